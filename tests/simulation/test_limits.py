"""What functions hold back of issues: the same in both engines, unmet and conserved, and free where nobody does it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings

from replenish.arrays import Arrays, to_arrays, to_calendar
from replenish.arrays.groups import Floats
from replenish.policy import Called, Joint, to_calls, with_policies
from replenish.scenario.model import Scenario
from replenish.simulation import simulate
from replenish.simulation.called import Deciders
from replenish.simulation.reference import simulate_reference
from tests.simulation.engines import Readings, gross, numbers
from tests.simulation.random_scenarios import random_scenario
from tests.simulation.runs import trace
from tests.simulation.small import small

examples = settings(max_examples=25)
PATHS = 12
FAR = 1e15  # more than anybody ever asks for


def issuers(scenario: Scenario) -> tuple[tuple[str, str], ...]:
    """Return every other stock from which something is asked."""
    return tuple(sorted({(row.holder, row.item) for row in scenario.demand})[::2])


def steps(arrays: Arrays) -> Callable[[int, Floats], Floats]:
    """Return limits that change with period, stock, path and what was issued before."""
    scale = arrays.demands.mean.mean() if arrays.demands.mean.size else 1.0

    def most(t: int, issued: Floats) -> Floats:
        keys, paths = np.indices(issued.shape)
        return scale * ((t + 2 * keys + paths) % 5 - 0.5) + 0.1 * issued

    return most


def limited(scenario: Scenario, most: Callable[[int, Floats], Floats] | None = None) -> tuple[Arrays, Joint]:
    """Return arrays in which a function limits issues, by default as `steps` says."""
    issuing = issuers(scenario)
    plain = to_arrays(with_policies(scenario, Joint(lambda _: None, issuing=issuing)))[0]
    own = most or steps(plain)
    joint = Joint(lambda block: {"issuing": own(block.period, block.issued)}, issuing=issuing)
    return to_arrays(scenario, to_calls(joint))[0], joint


def traced(scenario: Scenario, joint: Joint, *, lanes: int = PATHS, seed: int = 4) -> Readings:
    arrays, labels = to_arrays(scenario, to_calls(joint))
    decide = Deciders(arrays, labels, to_calendar(scenario)).decide
    return trace(arrays, seed=seed, paths=PATHS, lanes=lanes, decide=decide)


@cache
def both(number: int) -> tuple[Arrays, Readings, Readings]:
    """Return a random scenario with limits, as the kernel and as the reference run it."""
    scenario = random_scenario(number)
    arrays, joint = limited(scenario)
    reference = simulate_reference(arrays, seed=4, paths=np.arange(PATHS), limit=steps(arrays))
    return arrays, traced(scenario, joint), reference


@given(number=numbers)
@examples
def test_both_engines_hold_back_the_same(number: int) -> None:
    _, kernel, reference = both(number)
    for name, values in reference.items():
        assert np.abs(kernel[name] - values).max(initial=0.0) <= 1e-9 * gross(reference), name


@given(number=numbers)
@examples
def test_what_is_taken_from_a_stock_stays_within_its_limit(number: int) -> None:
    arrays, kernel, _ = both(number)
    most, cells = steps(arrays), arrays.sources.limited
    plain = np.diff(arrays.demands.first_source) == 1  # nothing stands in: issues are what the own stock gives
    before = np.zeros((len(cells), PATHS))
    for t in range(len(arrays.clock.days)):
        own = [kernel["issues"][t][:, (arrays.demands.cell == cell) & plain].sum(axis=1) for cell in cells]
        taken = np.array(own).reshape(before.shape) + kernel["substituted"][t].T[cells]
        if plain.all():
            assert (taken <= np.maximum(most(t, before), 0.0) + 1e-9 * gross(kernel)).all()
        before = taken


@given(number=numbers)
@examples
def test_demand_is_issued_or_unmet(number: int) -> None:
    arrays, kernel, _ = both(number)
    lost = arrays.demands.is_owed == 0
    short = kernel["demand"] - kernel["issues"] - kernel["unmet"]
    assert np.abs(short[:, :, lost]).max(initial=0.0) <= 1e-9 * gross(kernel)


def test_limits_that_never_bind_change_no_bit() -> None:
    scenario = small()
    free = trace(to_arrays(scenario)[0], seed=4, paths=PATHS, lanes=PATHS)
    wide = traced(scenario, limited(scenario, lambda _, issued: np.full(issued.shape, FAR))[1])
    for name, values in free.items():
        np.testing.assert_array_equal(wide[name], values, err_msg=name)


def test_limits_do_not_depend_on_how_many_paths_go_together() -> None:
    scenario = small()
    joint = Joint(
        lambda block: {"issuing": 50.0 * (1 + block.paths % 3) + 0.1 * block.issued}, issuing=issuers(scenario)
    )
    alone, together = (traced(scenario, joint, lanes=lanes) for lanes in (1, PATHS))
    for name, values in together.items():
        np.testing.assert_array_equal(alone[name], values, err_msg=name)


@pytest.mark.parametrize("workers", [1, 3])
def test_a_limit_of_nothing_leaves_all_demand_unmet(workers: int) -> None:
    scenario = small()
    holder, item = issuers(scenario)[0]
    closed = {(holder, item): Called(role="issuing", function=lambda _: -1.0)}
    found = simulate(scenario, paths=40, workers=workers, policies=closed)
    issued = found.to_polars(measures=["issues"], holders=[holder], items=[item])
    assert len(issued) > 0
    assert issued["maximum"].max() == 0.0


def test_a_limit_on_what_nobody_asks_for_is_refused() -> None:
    scenario = small()
    with pytest.raises(ValueError, match="nobody asks it for that"):
        to_arrays(scenario, to_calls({("nobody", "round"): Called(role="issuing", function=lambda _: 0.0)}))
