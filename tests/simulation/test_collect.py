"""The statistics kernel on readings made by hand, against sums and counts by NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from replenish.arrays.groups import Floats
from replenish.simulation.engine import MEMORY_LIMIT
from replenish.simulation.kernel.collect import (
    BINS,
    BLOCK,
    COLUMNS,
    DIRECT,
    FIRST,
    FREE,
    HISTOGRAM,
    LAST,
    OVER,
    RUNNING,
    SCALAR,
    STATISTIC,
    TRAJECTORY,
    Series,
    Statistics,
    close_block,
    collect,
)
from replenish.simulation.kernel.compiled import entry
from replenish.simulation.kernel.lanes import copy
from replenish.simulation.statistics import bin_edges, statistics, to_floats, to_keys

NONE = float("nan")


@entry
def collect_all(
    path: int, skip: int, used: int, buffers: Floats, buffer: Floats, series: Series, own: Statistics
) -> None:
    """Hand over the readings of each period in turn."""
    own.scratch[:] = 0.0
    for t in range(buffers.shape[0]):
        for row in range(buffer.shape[0]):
            copy(buffer[row], buffers[t, row])
        collect(t, path, skip, used, buffer, series, own)


def one_series(terms: list[int], over: list[int], *, periods: int, **columns: int) -> Series:
    """Return a single series of these rows."""
    own = np.full((1, COLUMNS), -1)
    own[0, [FIRST, OVER, LAST]] = 0, len(terms), len(terms) + len(over)
    own[0, [STATISTIC, HISTOGRAM, TRAJECTORY, SCALAR]] = 0
    for name, value in columns.items():
        own[0, {"direct": DIRECT, "running": RUNNING}[name]] = value
    return Series(
        own, np.array([[0.0, 0.0, 1.0, NONE]]), np.array([*terms, *over]), np.arange(periods), np.zeros(0, np.int64)
    )


def gathered(series: Series, readings: Floats, lanes: int, cuts: tuple[int, ...] = ()) -> Statistics:
    """Return the statistics of readings (period, row, path), `lanes` at a time, interrupted at `cuts`."""
    buffer = np.zeros((readings.shape[1], lanes))
    own = statistics(series, 0, buffer)
    ends = [*cuts, readings.shape[2]]
    for start, end in zip([0, *cuts], ends, strict=True):
        for first in range(start // lanes * lanes, end, lanes):
            part = np.zeros((*readings.shape[:2], lanes))
            used = min(lanes, readings.shape[2] - first)
            part[:, :, :used] = readings[:, :, first : first + used]
            lanes_used = max(start - first, 0), min(end - first, lanes)
            collect_all(first, *lanes_used, part, buffer, series, own)
    return own


def values(kind: str, periods: int = 3, rows: int = 1, paths: int = BLOCK) -> Floats:
    random = np.random.default_rng(7)
    shape = (periods, rows, paths)
    made: dict[str, Any] = {
        "wide": lambda: random.lognormal(3, 2, shape),
        "narrow": lambda: 100 + random.random(shape),
        "below zero": lambda: random.normal(0, 10, shape),
        "zeros and huge": lambda: np.where(random.random(shape) < 0.5, 0.0, 1e30),
        "few": lambda: random.integers(0, 3, shape).astype(float),
        "equal": lambda: np.full(shape, 5.5),
    }
    return np.asarray(made[kind]())


KINDS = ("wide", "narrow", "below zero", "zeros and huge", "few", "equal")


@pytest.mark.parametrize("lanes", [32, 256])
@pytest.mark.parametrize("kind", KINDS)
def test_statistics_are_those_of_the_values(kind: str, lanes: int) -> None:
    readings = values(kind)
    own = gathered(one_series([0], [], periods=3, direct=0), readings, lanes)
    for t, row in enumerate(readings[:, 0]):
        place = np.clip(np.searchsorted(bin_edges(), row, side="right") - 1, 0, BINS - 1)
        assert own.histogram[t, 0].tolist() == np.bincount(place, minlength=BINS).tolist()
        assert to_floats(own.extremes[t, 0]).tolist() == [row.min(), row.max()]
        mean, deviations = own.moments[t, 0]
        assert mean == pytest.approx(row.mean(), rel=1e-12, abs=1e-12)
        assert deviations == pytest.approx(((row - row.mean()) ** 2).sum(), rel=1e-10)
        assert own.scalars[0].tolist() == readings[-1, 0].tolist()
        assert own.trajectories[0, t].tolist() == row.astype(np.float32).tolist()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("cuts", [(1,), (32, 64), (37, 38, 200), (255,)])
def test_interruptions_and_lanes_change_no_bit(kind: str, cuts: tuple[int, ...]) -> None:
    readings, series = values(kind), one_series([0], [], periods=3, direct=0)
    whole = gathered(series, readings, 256)
    for lanes in (32, 64, 256):
        other = gathered(series, readings, lanes, cuts)
        assert other.moments.tobytes() == whole.moments.tobytes()
        assert other.histogram.tobytes() == whole.histogram.tobytes()
        assert other.extremes.tobytes() == whole.extremes.tobytes()


@pytest.mark.parametrize("paths", [1, 31, 33, 100])
def test_the_sums_of_a_block_that_has_begun_are_those_of_its_paths(paths: int) -> None:
    readings = values("wide", paths=paths)
    own = gathered(one_series([0], [], periods=3, direct=0), readings, 32)
    moments = np.zeros((3, 1, 2))
    close_block(paths, own.shift, own.sums, moments)
    assert moments[:, 0, 0] == pytest.approx(readings[:, 0].mean(axis=1), rel=1e-12)
    assert moments[:, 0, 1] == pytest.approx(readings[:, 0].var(axis=1) * paths, rel=1e-9, abs=1e-9)


def test_infinite_values_have_an_infinite_mean_if_all_are() -> None:
    own = gathered(one_series([0], [], periods=1, direct=0), np.full((1, 1, BLOCK), np.inf), 32)
    assert own.moments[0, 0].tolist() == [np.inf, 0.0]


def test_sums_ratios_and_running_sums() -> None:
    readings = values("few", rows=3)
    total = gathered(one_series([0, 2], [], periods=3), readings, 64)
    assert total.scalars[0].tolist() == (readings[2, 0] + readings[2, 2]).tolist()
    since = gathered(one_series([0], [], periods=3, running=FREE), readings, 64)
    assert since.scalars[0].tolist() == readings[:, 0].sum(axis=0).tolist()
    ratio = gathered(one_series([0], [1, 2], periods=3), readings, 64)
    below = readings[2, 1] + readings[2, 2]
    assert ratio.scalars[0].tolist() == np.divide(readings[2, 0], below, out=0 * below, where=below > 0).tolist()


def test_a_running_ratio_counts_from_one_where_it_is_a_share_not_met() -> None:
    readings = values("few", rows=2)
    series = one_series([0], [1], periods=3, running=FREE)
    series.numbers[0] = [0.0, 1.0, -1.0, NONE]
    above, below = readings[:, 0].sum(axis=0), readings[:, 1].sum(axis=0)
    share = 1.0 - np.divide(above, below, out=0 * below, where=below > 0)
    assert gathered(series, readings, 32).scalars[0].tolist() == share.tolist()


def test_a_code_counts_where_the_row_equals_it() -> None:
    readings = values("few", rows=2)
    series = one_series([1], [], periods=3)
    for code in (0.0, 1.0, 2.0):
        series.numbers[0, 3] = code
        own = gathered(series, readings, 32)
        assert own.scalars[0].tolist() == (readings[2, 1] == code).astype(float).tolist()
        assert own.moments[:, 0, 0] == pytest.approx((readings[:, 1] == code).mean(axis=1), abs=1e-15)


def test_periods_that_are_left_out_still_count_in_sums_since_the_start() -> None:
    readings = values("few", periods=5)
    series = one_series([0], [], periods=5, running=FREE)._replace(periods=np.array([-1, 0, -1, -1, 1]))
    own = gathered(series, readings, 64)
    assert own.moments[:, 0, 0] == pytest.approx(readings.cumsum(axis=0)[[1, 4], 0].mean(axis=1), rel=1e-12)
    assert own.histogram.sum(axis=(1, 2)).tolist() == [BLOCK, BLOCK]


def test_keys_keep_the_order_of_numbers() -> None:
    ordered = np.array([-np.inf, -1e300, -2.0, -1e-300, 0.0, 1e-300, 1.0, 2.0, 1e300, np.inf])
    assert (np.diff(to_keys(ordered).astype(object)) > 0).all()
    assert to_floats(to_keys(ordered)).tolist() == ordered.tolist()


def test_the_memory_limit_has_room_for_workers_of_a_default_run() -> None:
    from replenish.simulation.selection import MOST

    assert 16 * MOST * BINS * 4 <= MEMORY_LIMIT
