"""What a run keeps of its paths against the paths themselves."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replenish.arrays import Arrays, Labels, to_arrays
from replenish.arrays.groups import Floats
from replenish.measures import LABELS
from replenish.result import QUANTILES, quantile_column
from replenish.scenario.model import Collect
from replenish.simulation import simulate
from replenish.simulation.engine import run_paths
from replenish.simulation.kernel.collect import BINS, HISTOGRAM, LOWEST_OCTAVE
from replenish.simulation.series import CODED, SeriesName, choose_series, place_and_code, to_series
from replenish.simulation.statistics import Moments, Totals, bin_edges, quantiles
from tests.simulation.engines import Readings, numbers, random_arrays, random_readings
from tests.simulation.random_scenarios import random_scenario
from tests.simulation.runs import totals, trace
from tests.simulation.small import small

PATHS, SEED = 600, 3
SMALLEST = 2.0**LOWEST_OCTAVE  # values below it share the bin of zero


@cache
def both_ways() -> tuple[Arrays, Labels, list[SeriesName], Totals, Readings]:
    """Return statistics of the small scenario and the readings of the same paths."""
    arrays, labels = to_arrays(small())
    names = choose_series(arrays, labels, Collect())
    found = run_paths(arrays, to_series(arrays, names), paths=PATHS, seed=SEED, workers=2)
    return arrays, labels, names, found, trace(arrays, seed=SEED, paths=PATHS)


def values_of(name: SeriesName, readings: Readings) -> Floats:
    """Return a series by the formula of its measure, (period, path)."""
    measure, rows = name.measure, list(name.rows)
    if measure.reading in CODED:
        place, code = place_and_code(both_ways()[0], name)
        return np.asarray(readings[measure.reading][:, :, place] == code, np.float64)
    value: Floats = readings[measure.reading][:, :, rows].sum(axis=2)
    value = value.cumsum(axis=0) if measure.is_cumulative else value
    if not measure.over:
        return value
    over = readings[measure.over][:, :, rows].sum(axis=2)
    over = over.cumsum(axis=0) if measure.is_cumulative else over
    ratio: Floats = np.divide(value, over, out=np.full(value.shape, measure.when_empty), where=over > 0)
    return 1.0 - ratio if measure.one_minus else ratio


def every_value() -> Floats:
    """Return all series of the small scenario from its paths, (series, period, path)."""
    _, _, names, _, readings = both_ways()
    return np.array([values_of(name, readings) for name in names])


def test_mean_and_spread_are_those_of_the_paths() -> None:
    _, _, _, found, _ = both_ways()
    values = every_value()
    scale = np.abs(values).max(axis=(1, 2), keepdims=True)[:, :, 0] + 1e-300
    deviations = ((values - values.mean(axis=2, keepdims=True)) ** 2).sum(axis=2)
    assert (np.abs(found.moments.mean - values.mean(axis=2)) <= 1e-12 * scale).all()
    assert (np.abs(found.moments.deviations - deviations) <= 1e-10 * scale**2 * PATHS).all()


def test_smallest_and_largest_values_are_exact() -> None:
    _, _, _, found, _ = both_ways()
    values = every_value()
    scale = np.abs(values).max(axis=(1, 2))[:, None]
    assert (np.abs(found.lowest - values.min(axis=2)) <= 1e-13 * scale).all()
    assert (np.abs(found.highest - values.max(axis=2)) <= 1e-13 * scale).all()


def test_quantiles_lie_within_one_bin_of_those_of_the_paths() -> None:
    """Between the order statistics around the rank, widened by the bins in which they lie."""
    arrays, _, names, found, _ = both_ways()
    series, edges = to_series(arrays, names), bin_edges()
    checked = 0
    for row, values in zip(range(len(names)), np.sort(every_value(), axis=2), strict=True):
        if series.columns[row, HISTOGRAM] < 0:
            continue
        counts = found.histogram[series.columns[row, HISTOGRAM]].astype(float)
        levels = quantiles(counts, found.lowest[row], found.highest[row], QUANTILES)
        for level, kept in zip(QUANTILES, levels, strict=True):
            below = values[:, int(np.floor(level * (PATHS - 1)))]
            above = values[:, int(np.ceil(level * PATHS)) - 1 if level * PATHS >= 1 else 0]
            low, high = np.minimum(below, above), np.maximum(below, above)
            first = edges[np.maximum(np.searchsorted(edges, low, side="right") - 1, 0)]
            last = edges[np.minimum(np.searchsorted(edges, high, side="right"), BINS)]
            assert (kept >= np.minimum(first, low) - 1e-12).all(), names[row]
            assert (kept <= last + 1e-12).all(), names[row]
            checked += 1
    assert checked > 100


def test_a_quantile_is_off_by_less_than_a_bin() -> None:
    values = np.sort(np.random.default_rng(4).lognormal(5, 2, 20_000))
    edges = bin_edges()
    counts = np.histogram(values, edges)[0].astype(float)[None, :]
    kept = quantiles(counts, values[:1], values[-1:], QUANTILES)[:, 0]
    exact = np.quantile(values, QUANTILES)
    place = np.searchsorted(edges, exact, side="right")
    assert (np.abs(kept - exact) <= edges[place] - edges[place - 1]).all()


def test_bins_rise_and_are_at_most_a_sixteenth_of_their_value_wide() -> None:
    edges = bin_edges()
    assert len(edges) == BINS + 1
    assert (np.diff(edges) > 0).all()
    assert edges[1] == SMALLEST
    assert (np.diff(edges[1:-1]) / edges[1:-2]).max() <= 1 / 16 + 1e-12


@pytest.mark.parametrize("value", [0.0, 1e-9, SMALLEST, 1.0, 17.3, 123_456.7, 2.0**35.99, 1e300])
def test_a_constant_is_its_own_quantile(value: float) -> None:
    edges = bin_edges()
    place = min(max(int(np.searchsorted(edges, value, side="right")) - 1, 0), BINS - 1)
    counts = np.zeros((1, BINS))
    counts[0, place] = 10
    assert (quantiles(counts, np.array([value]), np.array([value]), QUANTILES) == value).all()


def test_the_share_of_paths_above_zero_is_exact() -> None:
    _, _, names, _, readings = both_ways()
    result = simulate(small(), paths=PATHS, seed=SEED)
    table = result.series.filter(~result.series["measure"].is_in(["bottleneck_share", "state_share"]))
    places = {(name.measure.name, *name.labels): name for name in names}
    for key, rows in table.group_by(["measure", *LABELS], maintain_order=True):
        values = values_of(places[tuple(map(str, key))], readings)
        assert rows["positive_share"].to_list() == pytest.approx((values >= SMALLEST).mean(axis=1).tolist(), abs=1e-12)


def test_a_result_names_its_series_as_the_paths_were_summed() -> None:
    """Means and medians of the table, found by label, against the paths."""
    _, _, names, _, readings = both_ways()
    table = simulate(small(), paths=PATHS, seed=SEED).series
    for name in names:
        rows = table.filter(measure=name.measure.name, **dict(zip(LABELS, name.labels, strict=True)))
        values = values_of(name, readings)
        assert rows["period"].to_list() == list(range(len(values)))
        assert rows["mean"].to_list() == pytest.approx(values.mean(axis=1).tolist(), rel=1e-11, abs=1e-9)
        error = values.std(axis=1, ddof=1) / np.sqrt(PATHS)
        assert rows["standard_error"].to_list() == pytest.approx(error.tolist(), rel=1e-6, abs=1e-7)
        if name.measure.about not in ("limit", "state"):
            assert (np.diff(rows.select(map(quantile_column, QUANTILES)).to_numpy(), axis=1) >= 0).all()


def brute_dates(on_hand: Floats, requirement: Floats) -> tuple[Floats, Floats]:
    """Return paths by period in which a stock is first below, and from which it is back to stay; last: never."""
    is_below = on_hand < requirement * (1 - 1e-9)
    first, back = np.zeros(len(is_below) + 1), np.zeros(len(is_below) + 1)
    for path in is_below.T:
        when = np.flatnonzero(path)
        first[when[0] if len(when) else -1] += 1
        if len(when):
            back[when[-1] + 1] += 1
    return first, back


def test_dates_are_counted_as_the_paths_say() -> None:
    arrays, _, _, found, readings = both_ways()
    for row, cell in enumerate(arrays.stocks.dated):
        first, back = brute_dates(readings["on_hand"][:, :, cell], readings["requirement"][:, :, cell])
        assert found.first_below[row].tolist() == first.tolist()
        assert found.replenished[row].tolist() == back.tolist()


@given(numbers)
@settings(max_examples=15)
def test_dates_of_random_scenarios_are_counted_as_the_paths_say(number: int) -> None:
    arrays, readings = random_arrays(number), random_readings(number, "kernel")
    found = totals(random_scenario(number), paths=32, seed=number)
    for row, cell in enumerate(arrays.stocks.dated):
        first, back = brute_dates(readings["on_hand"][:, :, cell], readings["requirement"][:, :, cell])
        assert found.first_below[row].tolist() == first.tolist()
        assert found.replenished[row].tolist() == back.tolist()


groups = st.lists(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20), min_size=1, max_size=6)


def moments_of(values: Floats) -> Moments:
    return Moments(len(values), values.mean(keepdims=True), ((values - values.mean()) ** 2).sum(keepdims=True))


@given(groups)
def test_moments_of_groups_merge_to_those_of_all(parts: list[list[float]]) -> None:
    merged, *others = [moments_of(np.array(part)) for part in parts]
    for other in others:
        merged = merged + other
    whole = moments_of(np.array([value for part in parts for value in part]))
    assert merged.count == whole.count
    assert merged.mean[0] == pytest.approx(whole.mean[0], rel=1e-12, abs=1e-9)
    assert merged.deviations[0] == pytest.approx(whole.deviations[0], rel=1e-9, abs=1e-6)
