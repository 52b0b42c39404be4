"""The compiled kernel and the plain reference are two routes to the same numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from replenish.arrays import Arrays, groups, to_arrays
from replenish.arrays.groups import (
    ALLOCATE_PRIORITY,
    ALLOCATE_PROPORTIONAL,
    ALLOCATE_WEIGHTS,
    OVERDUE,
)
from replenish.scenario import check
from replenish.simulation.reference import simulate_reference
from replenish.simulation.reference.allocate import allocate, allocate_by_due_date
from replenish.simulation.state import Readings as ReadingNames
from replenish.simulation.state import reading_sizes
from tests.simulation.engines import Readings, gross, numbers, random_arrays, random_readings, readings_of
from tests.simulation.random_scenarios import random_scenario
from tests.simulation.small import small

EXACT = ("demand", "requirement", "line_capacity", "chain_state", "binding", "pledge_quantity")


def differences(arrays: Arrays, kernel: Readings, reference: Readings) -> dict[str, float]:
    """Return by how much readings differ, relative to the gross flow, where it is more than rounding."""
    largest = gross(reference)
    dearest = max(1.0, *(float(part.max(initial=0.0)) for part in (arrays.slots.price, arrays.flows.cost)))
    found = {}
    for name, expected in reference.items():
        scale = largest * dearest if name in ("spend", "budget") else largest
        worst = float(np.abs(kernel[name] - expected).max(initial=0.0))
        if worst > (0.0 if name in EXACT else 1e-12 * scale):
            found[name] = worst / scale
    return found


def test_the_small_scenario_runs_alike_in_kernel_and_reference() -> None:
    arrays, _ = to_arrays(small())
    kernel, reference = (readings_of(arrays, engine, seed=7, paths=96) for engine in ("kernel", "reference"))
    assert differences(arrays, kernel, reference) == {}


def test_the_reference_writes_every_reading_in_its_size() -> None:
    arrays, _ = to_arrays(small())
    found = simulate_reference(arrays, seed=7, paths=np.arange(3))
    assert tuple(found) == ReadingNames._fields
    assert {name: values.shape for name, values in found.items()} == {
        name: (24, 3, size) for name, size in reading_sizes(arrays).items()
    }


@given(numbers)
@settings(max_examples=60)
def test_random_scenarios_run_alike_in_kernel_and_reference(number: int) -> None:
    kernel, reference = (random_readings(number, engine) for engine in ("kernel", "reference"))
    assert differences(random_arrays(number), kernel, reference) == {}


def test_the_reference_gives_a_path_the_same_numbers_whichever_paths_run_beside_it() -> None:
    arrays, _ = to_arrays(small())
    many, one = (simulate_reference(arrays, seed=7, paths=np.array(paths)) for paths in ([3, 900, 41], [900]))
    assert all(np.array_equal(many[name][:, 1:2], one[name]) for name in one)


@given(numbers)
@settings(max_examples=20)
def test_random_scenarios_are_sound(number: int) -> None:
    assert [problem for problem in check(random_scenario(number)) if problem.severity == "error"] == []


def test_the_small_scenario_is_sound() -> None:
    assert check(small()) == []


def test_random_scenarios_use_every_rule_and_every_limit() -> None:
    rules: set[int] = set()
    limits: set[int] = set()
    for number in range(40):
        arrays, readings = random_arrays(number), random_readings(number, "reference")
        used = [part.policy.ravel() for part in (arrays.slots, arrays.flows, arrays.lines)]
        rows = np.unique(np.concatenate(used))
        rules |= set(arrays.rules.rule[rows[rows >= 0]].tolist())
        limits |= set(np.minimum(readings["binding"], groups.LIMIT_COMPONENT + 1).ravel().tolist())
    assert rules == set(range(1, 14))
    assert limits == set(range(groups.LIMIT_COMPONENT + 2))


def structures(arrays: Arrays, readings: Readings) -> set[str]:
    """Return which of the rarer events happen in a scenario."""
    expired, ages = readings["expired"].sum(axis=(0, 1)), arrays.stocks.ages
    happened = {
        "first in, first out": expired[ages == groups.FIRST_IN_FIRST_OUT].sum(),
        "classes": expired[ages == groups.CLASSES].sum(),
        "wide classes": expired[(ages == groups.CLASSES) & (arrays.stocks.class_width > 1)].sum(),
        "outside": readings["outside"].sum(),
        "expired outside": (readings["outside"] * readings["expired"]).sum(),
        "substitutes": readings["substituted"].sum(),
        "bundles": readings["bundled"].sum(),
        "influences": len(arrays.influences.cell),
        "slips": len(arrays.slips.slot),
        "random production": (arrays.products.lead_law >= 0).sum(),
        "random transport": (arrays.flows.lead_law >= 0).sum(),
        "triggers": (arrays.expansions.trigger_cell >= 0).sum(),
        "watched states": (arrays.expansions.trigger_chain >= 0).sum(),
        "payment on delivery": arrays.slots.pays_on_delivery.sum(),
        "due dates": arrays.slots.due_length.sum(),
        "freshest": arrays.rules.ships_freshest.sum(),
        "surge": (arrays.products.surge_extra > 0).sum(),
        "keeping": arrays.lines.keeping_cost.sum(),
    }
    return {name for name, amount in happened.items() if amount > 0}


def test_random_scenarios_and_the_small_one_use_every_structure() -> None:
    arrays, _ = to_arrays(small())
    alone = structures(arrays, simulate_reference(arrays, seed=1, paths=np.arange(64)))
    found = [structures(random_arrays(number), random_readings(number, "reference")) for number in range(60)]
    every = set().union(*found)
    assert {name for name in every if sum(name in one for one in found) < 5} == set()  # not by one lucky number
    assert len(every) == 18
    assert alone == every


ORDERS = np.array([[30.0], [10.0], [60.0]])
WEIGHTS = np.array([1.0, 3.0, 1.0])


def test_output_in_proportion_goes_to_the_larger_order() -> None:
    served = allocate(ALLOCATE_PROPORTIONAL, ORDERS, np.array([50.0]), WEIGHTS)
    assert served.ravel().tolist() == [15.0, 5.0, 30.0]


def test_output_by_priority_goes_to_the_first_order() -> None:
    served = allocate(ALLOCATE_PRIORITY, ORDERS, np.array([35.0]), WEIGHTS)
    assert served.ravel().tolist() == [30.0, 5.0, 0.0]


def test_output_by_weight_that_one_holder_does_not_need_goes_to_the_others() -> None:
    served = allocate(ALLOCATE_WEIGHTS, ORDERS, np.array([50.0]), WEIGHTS)  # 10, 30, 10; 20 are left over
    assert served.ravel().tolist() == pytest.approx([20.0, 10.0, 20.0])


def test_output_by_due_date_goes_to_the_earliest_and_long_overdue_orders_count_as_equal() -> None:
    """At 30, what was due at 2, 4 and 6 counts as due at 6: 40 of 80 for them, then nothing for what is due at 7."""
    due = np.zeros((40, 3, 1))
    due[[2, 4, 6, 7], [0, 1, 2, 2]] = np.array([[20.0], [20.0], [40.0], [5.0]])
    book = due.sum(axis=0)
    served = allocate_by_due_date(due, book, np.array([40.0]), 6 + OVERDUE)
    assert served.ravel().tolist() == [10.0, 10.0, 20.0]
    assert book.ravel().tolist() == [10.0, 10.0, 25.0]
    assert due[[6, 7], 2, 0].tolist() == [20.0, 5.0]
