"""The compiled kernel and the plain reference are two routes to the same numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings

from replenish.arrays import Arrays, to_arrays
from replenish.arrays.groups import ALLOCATE_PRIORITY, ALLOCATE_PROPORTIONAL, ALLOCATE_WEIGHTS
from replenish.scenario import check
from replenish.simulation.reference import simulate_reference
from replenish.simulation.reference.produce import allocate
from replenish.simulation.state import Readings as ReadingNames
from tests.simulation.random_scenarios import random_scenario
from tests.simulation.runs import Readings, gross, numbers, trace, traced_random
from tests.simulation.small import small

EXACT = ("demand", "requirement", "planning_use", "line_capacity", "is_in_state", "binding", "pledge_quantity")


def differences(arrays: Arrays, kernel: Readings, reference: Readings) -> dict[str, float]:
    """Return by how much readings differ, relative to the gross flow, where it is more than rounding."""
    largest = gross(reference)
    price = max(1.0, *(part.max(initial=0.0) for part in (arrays.slots.price, arrays.flows.cost)))
    found = {}
    for name, expected in reference.items():
        scale = largest * price if name == "spend" else largest
        worst = float(np.abs(kernel[name] - expected).max(initial=0.0))
        if worst > (0.0 if name in EXACT else 1e-12 * scale):
            found[name] = worst / scale
    return found


def test_the_small_scenario_runs_alike_in_kernel_and_reference() -> None:
    arrays, _ = to_arrays(small())
    reference = simulate_reference(arrays, seed=7, paths=np.arange(96))
    assert tuple(reference) == ReadingNames._fields
    assert differences(arrays, trace(arrays, seed=7, paths=96), reference) == {}


@example(56)
@example(721)
@given(numbers)
@settings(max_examples=50)
def test_random_scenarios_run_alike_in_kernel_and_reference(number: int) -> None:
    arrays, kernel = traced_random(number)
    assert differences(arrays, kernel, simulate_reference(arrays, seed=number, paths=np.arange(32))) == {}


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
        arrays, readings = traced_random(number)
        used = [part.policy.ravel() for part in (arrays.slots, arrays.flows, arrays.lines)]
        rules |= set(arrays.rules.rule[np.unique(np.concatenate(used))])
        starts = np.repeat(arrays.products.first_limit[:-1], np.diff(arrays.products.first_limit))
        is_used = readings["binding"].any(axis=(0, 1))
        limits |= set(np.minimum(np.arange(len(starts)) - starts, 3)[is_used])
    assert rules >= set(range(1, 12))
    assert limits == {0, 1, 2, 3}


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
