"""Two routes to what expires: explicit lots, and the balance of what came and is not past its life."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replenish.arrays import Arrays
from replenish.arrays.groups import CLASSES, FIRST_IN_FIRST_OUT, Floats
from replenish.simulation.reference.lots import Lots
from replenish.simulation.reference.world import Bools
from tests.simulation.balance import before, by_group
from tests.simulation.engines import ENGINES, gross, numbers, random_arrays, random_readings, readings_of
from tests.simulation.test_conservation import inside


def of_fresh_units(arrays: Arrays) -> list[int]:
    """Return the stocks that get fresh units only."""
    return np.flatnonzero(arrays.stocks.ages == FIRST_IN_FIRST_OUT).tolist()


def within_life(arrays: Arrays, received: Floats, c: int) -> Floats:
    """Return what came to a stock and is not past its life, whether still there or not, (period, path)."""
    life, left = int(arrays.stocks.shelf_life[c]), np.zeros(received.shape)
    came = arrays.stocks.opening[c] + np.zeros(received.shape[1])
    for t, fresh in enumerate(received):
        came = came + fresh - arrays.stocks.opening_expiry[t, c] - (received[t - life] if t >= life else 0.0)
        left[t] = came
    return left


@pytest.mark.parametrize("engine", ENGINES)
@given(number=numbers)
@settings(max_examples=60)
def test_of_fresh_units_what_expires_is_what_is_held_beyond_those_within_their_life(number: int, engine: str) -> None:
    """The formula of first in, first out, from flows alone."""
    arrays, readings = random_arrays(number), random_readings(number, engine)
    received = by_group(arrays.slots.cell, inside(number).received, len(arrays.stocks.opening))
    held = readings["on_hand"] + readings["outside"]
    there = before(held, arrays.stocks.opening) + received
    for c in of_fresh_units(arrays):
        expected = np.maximum(0.0, there[:, :, c] - within_life(arrays, received[:, :, c], c))
        assert np.abs(expected - readings["expired"][:, :, c]).max() <= 1e-11 * gross(readings)


def in_classes(arrays: Arrays, stocks: Bools) -> Arrays:
    """Return the same arrays with the ages of some stocks, and of all that are moved, in classes of one period."""
    rows = arrays.stocks
    ages, longest = np.where(stocks, CLASSES, rows.ages), int(arrays.flows.longest.max(initial=0))
    return arrays._replace(
        stocks=rows._replace(
            ages=ages,
            class_width=np.ones_like(rows.class_width),
            classes=np.where(ages == CLASSES, rows.shelf_life + longest + 3, 0),
        )
    )


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("number", range(0, 60, 4))
def test_classes_one_period_wide_are_exact_where_only_fresh_units_come(number: int, engine: str) -> None:
    arrays = random_arrays(number)
    fresh = arrays.stocks.ages == FIRST_IN_FIRST_OUT
    formula, classes = (
        readings_of(in_classes(arrays, stocks), engine, seed=number, paths=8)
        for stocks in (np.zeros_like(fresh), fresh)
    )
    worst = {name: float(np.abs(formula[name] - classes[name]).max(initial=0.0)) for name in formula}
    scale = gross(formula) * max(1.0, float(arrays.slots.price.max(initial=0.0)))
    assert max(worst.values()) <= 1e-11 * scale, worst


amounts = st.lists(st.integers(0, 50), min_size=25, max_size=25)


@given(fresh=amounts, percent=st.lists(st.integers(0, 100), min_size=25, max_size=25), life=st.integers(1, 9))
def test_to_take_the_oldest_first_never_wastes_more_by_any_period(
    fresh: list[int], percent: list[int], life: int
) -> None:
    """The same units come and the same are withdrawn, as many as there are if the freshest are taken first."""
    oldest, freshest = (Lots(np.zeros((40, 1)), 1, life) for _ in range(2))
    wasted = np.zeros(2)
    for t, (came, part) in enumerate(zip(fresh, percent, strict=True)):
        for place, lots in enumerate((oldest, freshest)):
            lots.add_fresh(np.array([float(came)]), t)
            wasted[place] += lots.expire(t)[0]
        amount = freshest.units.sum(axis=0) * part / 100
        oldest.take(amount)
        freshest.take(amount, freshest_first=True)
        assert wasted[0] <= wasted[1] + 1e-9
