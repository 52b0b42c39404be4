"""Statistics of a period: integer histograms, exact extremes, and sums in a fixed order of paths."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from replenish.arrays.groups import Floats, Ints
from replenish.simulation.kernel.compiled import compiled

STEPS_PER_OCTAVE = 16
LOWEST_OCTAVE, OCTAVES = -16, 52
BINS = OCTAVES * STEPS_PER_OCTAVE + 2  # one bin below, for zero, and one above
_SHIFT = 48  # 52 bits of fraction, of which four choose the step
_FIRST = ((1023 + LOWEST_OCTAVE) << 4) - 1


class Series(NamedTuple):
    """Which sums of readings make each series; rows of the readings' buffer."""

    first_term: Ints  # (series + 1,)
    term: Ints
    first_over: Ints  # (series + 1,) rows of the denominator; none for a plain sum
    over: Ints
    is_cumulative: Ints
    one_minus: Ints
    when_empty: Floats
    histogram: Ints  # (series,) row of the histogram; -1 where only the mean is kept


class Statistics(NamedTuple):
    """What one worker gathers."""

    histogram: npt.NDArray[np.uint32]  # (row, period, bin) paths
    lowest: Floats  # (series, period)
    highest: Floats
    shift: Floats  # (series, period) of the block: value of its first path
    total: Floats  # of the block: sum of (value - shift)
    squares: Floats  # of the block: sum of (value - shift)^2
    running: Floats  # (series, 2, lane) sums since the start
    values: Floats  # (lane,) of one series
    bits: Ints  # (lane,) the same memory, read as whole numbers
    first_below: Ints  # (stock, period + 1) paths; last column: never
    replenished: Ints  # (stock, period + 1) paths that were below; last column: never again


@compiled
def collect(t: int, used: int, is_first: bool, buffer: Floats, series: Series, statistics: Statistics) -> None:
    """Add the readings of period `t` of the first `used` lanes to the statistics."""
    values, bits = statistics.values, statistics.bits
    for s in range(series.is_cumulative.shape[0]):
        evaluate(s, values, buffer, series, statistics)
        if is_first:
            statistics.shift[s, t] = values[0]
        shift, low, high = statistics.shift[s, t], statistics.lowest[s, t], statistics.highest[s, t]
        total, squares = statistics.total[s, t], statistics.squares[s, t]
        for i in range(used):
            low, high = min(low, values[i]), max(high, values[i])
            total += values[i] - shift
            squares += (values[i] - shift) * (values[i] - shift)
        statistics.lowest[s, t], statistics.highest[s, t] = low, high
        statistics.total[s, t], statistics.squares[s, t] = total, squares
        if series.histogram[s] >= 0:
            row = statistics.histogram[series.histogram[s], t]
            for i in range(used):
                row[min(max((bits[i] >> _SHIFT) - _FIRST, 0), BINS - 1)] += np.uint32(1)


@compiled
def evaluate(s: int, values: Floats, buffer: Floats, series: Series, statistics: Statistics) -> None:
    """Write the value of series `s` in each lane into `values`."""
    values[:] = 0.0
    for n in range(series.first_term[s], series.first_term[s + 1]):
        row = buffer[series.term[n]]
        for i in range(values.shape[0]):
            values[i] += row[i]
    is_cumulative = series.is_cumulative[s] == 1
    if is_cumulative:
        running = statistics.running[s, 0]
        for i in range(values.shape[0]):
            running[i] += values[i]
            values[i] = running[i]
    if series.first_over[s] == series.first_over[s + 1]:
        return
    running = statistics.running[s, 1]
    for i in range(values.shape[0]):
        over = running[i] if is_cumulative else 0.0
        for n in range(series.first_over[s], series.first_over[s + 1]):
            over += buffer[series.over[n], i]
        running[i] = over
        value = values[i] / over if over > 0.0 else series.when_empty[s]
        values[i] = 1.0 - value if series.one_minus[s] == 1 else value


@compiled
def collect_dates(used: int, first_below: Ints, last_below: Ints, periods: int, statistics: Statistics) -> None:
    """Count when each stock first is below its requirement, and from when it stays at or above it."""
    for n in range(first_below.shape[0]):
        for i in range(used):
            first, last = first_below[n, i], last_below[n, i]
            statistics.first_below[n, first if first >= 0 else periods] += 1
            if first >= 0:
                statistics.replenished[n, last + 1] += 1
