"""Results do not depend on the order of rows, on workers, on blocks or on what else is in the study."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings

from replenish.arrays import to_arrays
from replenish.scenario.model import Demand, Holder, Item, Scenario, Stock
from replenish.simulation.engine import Part, Simulation, make_worker, run_block, run_paths
from replenish.simulation.kernel.collect import BLOCK
from replenish.simulation.statistics import Moments, OpenBlock
from tests.simulation.engines import numbers
from tests.simulation.random_scenarios import random_scenario, shuffled
from tests.simulation.runs import every_series, totals, trace
from tests.simulation.small import small


@example(56)
@example(569)
@given(numbers)
@settings(max_examples=20)
def test_the_order_of_rows_changes_nothing(number: int) -> None:
    scenario = random_scenario(number)
    first, second = (totals(variant, paths=40).array_hash() for variant in (scenario, shuffled(scenario, number)))
    assert first == second


def test_the_number_of_workers_changes_nothing() -> None:
    hashes = {totals(small(), paths=1000, workers=workers).array_hash() for workers in (1, 2, 3)}
    assert len(hashes) == 1


def test_another_seed_changes_the_numbers() -> None:
    assert totals(small(), paths=40, seed=1).array_hash() != totals(small(), paths=40, seed=2).array_hash()


@pytest.mark.parametrize("lanes", [64, 256])
def test_the_number_of_paths_taken_at_a_time_changes_nothing(lanes: int) -> None:
    arrays, labels = to_arrays(small())
    series = every_series(arrays, labels)
    moments, counts = [], []
    for width in (32, lanes):
        worker = make_worker(arrays, series, width)
        begun = run_block(arrays, series, worker, seed=5, paths=range(200)).moments
        assert isinstance(begun, OpenBlock)
        moments.append(begun.close())
        counts.append(worker.gathered)
    assert np.array_equal(moments[0].mean, moments[1].mean, equal_nan=True)
    assert np.array_equal(moments[0].deviations, moments[1].deviations, equal_nan=True)
    assert np.array_equal(counts[0].histogram, counts[1].histogram)


def test_the_first_block_of_many_is_the_same_as_the_only_block() -> None:
    arrays, labels = to_arrays(small())
    series = every_series(arrays, labels)
    alone = run_paths(arrays, series, paths=BLOCK, seed=5, workers=1).moments
    parts: list[Part] = []
    Simulation(arrays, series, seed=5, workers=2).run(4 * BLOCK, keep=parts.append)
    first = parts[0].moments
    assert isinstance(first, Moments)
    assert alone.count == first.count == BLOCK
    assert np.array_equal(alone.mean.T, first.mean, equal_nan=True)
    assert [part.first for part in parts] == [0, BLOCK, 2 * BLOCK, 3 * BLOCK]


def test_a_path_is_the_same_however_many_run_beside_it() -> None:
    arrays, _ = to_arrays(small())
    few, many = trace(arrays, paths=50), trace(arrays, paths=300)
    assert all(np.array_equal(many[name][:, :50], few[name]) for name in few)


@pytest.mark.parametrize("paths", [1, 31, 33, 257, 300])
def test_any_number_of_paths_is_counted_in_full(paths: int) -> None:
    found = totals(small(), paths=paths)
    assert found.moments.count == paths
    assert (found.histogram.sum(axis=2) == paths).all()
    assert (found.first_below.sum(axis=1) == paths).all()


def with_more(scenario: Scenario) -> Scenario:
    """Return the scenario with another item and another holder, sorted before all others, and their demands."""
    return scenario.with_rows(
        Item(name="a_mine", unit="mine"),
        Holder(name="a_depot"),
        Stock(holder="a_depot", item="a_mine", on_hand=50),
        Demand(holder="a_depot", item="a_mine", mean=9, distribution="poisson"),
        Demand(holder="front", item="a_mine", mean=30, distribution="gamma", coefficient_of_variation=0.5),
    )


def test_another_item_leaves_the_draws_of_all_others_unchanged() -> None:
    (before, labels), (after, more) = to_arrays(small()), to_arrays(with_more(small()))
    old, new = trace(before, paths=64), trace(after, paths=64)
    places = [more.demands.index(demand) for demand in labels.demands]
    assert len(more.demands) == len(labels.demands) + 2
    assert np.array_equal(new["demand"][:, :, places], old["demand"])
    assert np.array_equal(new["chain_state"], old["chain_state"])
    cells = [more.cell_of[cell] for cell in labels.cells]
    assert np.array_equal(new["on_hand"][:, :, cells], old["on_hand"])


def test_a_larger_mean_never_lowers_a_draw() -> None:
    low, high = (
        to_arrays(Scenario(
            settings=small().settings, items=(Item(name="round", unit="round"),), holders=(Holder(name="h"),),
            demand=(Demand(holder="h", item="round", mean=mean, distribution="poisson"),),
        ))[0]
        for mean in (40.0, 44.0)
    )  # fmt: skip
    assert (trace(high, paths=256)["demand"] >= trace(low, paths=256)["demand"]).all()
