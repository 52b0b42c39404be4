"""Statistics of a period: integer histograms, exact extremes, and sums in a fixed order of paths.

Sums of a block of paths have one accumulator for each path number modulo `WAYS`, which adds its paths one after the
other.  So they do not depend on how many paths a kernel takes at a time, nor on where a run was interrupted, and the
loop over paths is one that processors do several at a time.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from replenish.arrays.groups import Floats, Ints
from replenish.simulation.kernel.compiled import compiled, entry, inlined

BLOCK = 256  # paths; part of the definition of results: moments are formed by block, in block order
WAYS = 32  # accumulators of a sum; divides the number of lanes
FEW_BINS = 3  # so close together, bins are counted one after the other: adding to the same one again and again waits
STEPS_PER_OCTAVE = 16
LOWEST_OCTAVE, OCTAVES = -16, 52
BINS = OCTAVES * STEPS_PER_OCTAVE + 2  # one bin below, for zero, and one above
_SHIFT = 48  # 52 bits of fraction, of which four choose the step
_FIRST = ((1023 + LOWEST_OCTAVE) << 4) - 1
_SIGN, _ALL_BUT_SIGN = 63, 2**63 - 1

# Columns of `Series.columns`; -1 means none.
FIRST, OVER, LAST = 0, 1, 2  # terms[FIRST:OVER] are summed, terms[OVER:LAST] are the denominator
DIRECT = 3  # row of the buffer that is the series
RUNNING = 4  # row of the scratch with the sum since the start; that of the denominator follows
STATISTIC, HISTOGRAM = 5, 6  # rows of the statistics
TRAJECTORY, SCALAR = 7, 8  # rows of what is kept of single paths
COLUMNS = 9
# Columns of `Series.numbers`.
WHEN_EMPTY, BASE, SIGN, EQUALS = 0, 1, 2, 3  # a ratio counts as BASE + SIGN x ratio; EQUALS NaN: a plain sum
NUMBERS = 4
# Rows of the scratch that are not running sums.
VALUE, DENOMINATOR, FREE = 0, 1, 2


class Series(NamedTuple):
    """Which sums of readings make each series, and what is kept of it."""

    columns: Ints  # (series, COLUMNS)
    numbers: Floats  # (series, NUMBERS)
    terms: Ints  # (term,) rows of the buffer
    periods: Ints  # (T,) place of the statistics of each period; -1 where none are kept
    dated: Ints  # (stocks with a requirement,) scalar with the date of replenishment; -1 for none


class Statistics(NamedTuple):
    """What one worker gathers; place = period of which statistics are kept."""

    histogram: npt.NDArray[np.uint32]  # (place, row, bin) paths
    extremes: Ints  # (place, series, 2) smallest and largest value as ordered whole numbers
    shift: Floats  # (place, series, 2) of the block: value of its first path; 1 if any path has another, else 0
    sums: Floats  # (place, series, 2, way) of the block: sums of (value - shift) and of its square
    own_sums: Floats  # (2, way) the same of a block that is done in one go: so that `sums` stay out of the cache
    moments: Floats  # (place, series, 2) of a whole block: mean and sum of squared deviations
    scratch: Floats  # (row, lane) running sums and the series at hand
    bits: Ints  # (row, lane) the same memory, read as whole numbers
    words: Ints  # (row, lane) the memory of the readings, read as whole numbers
    dates: Ints  # (2, stock, period + 1) paths by first period below and by period of replenishment; last: never
    scalars: Floats  # (scalar, BLOCK) of the paths of the block
    trajectories: npt.NDArray[np.float32]  # (trajectory, period, BLOCK)


@compiled
def collect(t: int, path: int, skip: int, used: int, buffer: Floats, series: Series, statistics: Statistics) -> None:
    """Add the readings of period `t` to the statistics; lanes `skip` to `used` count, lane 0 is path `path`."""
    place, offset = series.periods[t], path % BLOCK
    is_last = t == series.periods.shape[0] - 1
    for s in range(series.columns.shape[0]):
        own = series.columns[s]
        is_counted = place >= 0 and own[STATISTIC] >= 0
        is_scalar = is_last and own[SCALAR] >= 0
        if not (is_counted or is_scalar or own[TRAJECTORY] >= 0 or own[RUNNING] >= 0):
            continue
        if own[DIRECT] >= 0:
            values, bits = buffer[own[DIRECT]], statistics.words[own[DIRECT]]
        else:
            row = evaluate(own, series.numbers[s], series.terms, buffer, statistics.scratch)
            values, bits = statistics.scratch[row], statistics.bits[row]
        if is_counted:
            count(place, own[STATISTIC], own[HISTOGRAM], offset, skip, used, values, bits, statistics)
        if is_scalar:
            kept = statistics.scalars[own[SCALAR]]
            for i in range(skip, used):
                kept[offset + i] = values[i]
        if own[TRAJECTORY] >= 0:
            course = statistics.trajectories[own[TRAJECTORY], t]
            for i in range(skip, used):
                course[offset + i] = values[i]


@inlined
def count(
    place: int, n: int, histogram: int, offset: int, skip: int, used: int, values: Floats, bits: Ints,
    statistics: Statistics,
) -> None:  # fmt: skip
    """Add lanes `skip` to `used` of one series to its extremes, sums and histogram; lane 0 is path `offset`."""
    is_first, is_last = offset + skip == 0, offset + used == BLOCK
    low, high = find_range(bits[skip:used])
    extremes, shift = statistics.extremes[place, n], statistics.shift[place, n]
    extremes[0], extremes[1] = min(extremes[0], low), max(extremes[1], high)
    if is_first:
        shift[0], shift[1] = values[0], 0.0
    sums = statistics.own_sums if is_first and is_last else statistics.sums[place, n]
    if low != high or values[skip] != shift[0]:
        if shift[1] == 0.0:
            sums[:] = 0.0
            shift[1] = 1.0
        add(skip, used, values, shift[0], sums[0], sums[1])
    if is_last:
        close(BLOCK, shift, sums, statistics.moments[place, n])
    if histogram >= 0:
        count_bins(low, high, bits[skip:used], statistics.histogram[place, histogram])


@inlined
def find_range(bits: Ints) -> tuple[int, int]:
    """Return the smallest and largest number as whole numbers in the order of the numbers; see `to_floats`."""
    first, changes, signs = bits[0], 0, 0
    for i in range(bits.shape[0]):
        changes |= bits[i] ^ first
        signs |= bits[i]
    low = high = first ^ ((first >> _SIGN) & _ALL_BUT_SIGN)
    if changes == 0:
        return low, high
    if signs >= 0:
        for i in range(bits.shape[0]):
            low, high = min(low, bits[i]), max(high, bits[i])
        return low, high
    for i in range(bits.shape[0]):
        key = bits[i] ^ ((bits[i] >> _SIGN) & _ALL_BUT_SIGN)
        low, high = min(low, key), max(high, key)
    return low, high


@inlined
def count_bins(low: int, high: int, bits: Ints, row: npt.NDArray[np.uint32]) -> None:
    """Count each number in its bin; `low` and `high` are the smallest and the largest."""
    first, last = bin_of(low), bin_of(high)
    if last - first <= FEW_BINS:
        left = bits.shape[0]
        for place in range(first, last):
            found = 0
            for i in range(bits.shape[0]):
                found += 1 if bin_of(bits[i]) == place else 0
            row[place] += np.uint32(found)
            left -= found
        row[last] += np.uint32(left)
    elif first > 0 and last < BINS - 1:
        for i in range(bits.shape[0]):
            row[(np.uint64(bits[i]) >> np.uint64(_SHIFT)) - np.uint64(_FIRST)] += np.uint32(1)
    else:
        for i in range(bits.shape[0]):
            row[np.uint64(bin_of(bits[i]))] += np.uint32(1)


@inlined
def bin_of(bits: int) -> int:
    """Return the bin of a number from its bits."""
    return min(max((bits >> _SHIFT) - _FIRST, 0), BINS - 1)


@inlined
def add(skip: int, used: int, values: Floats, shift: float, total: Floats, squares: Floats) -> None:
    """Add lanes `skip` to `used` to the accumulators of their path numbers."""
    for start in range(skip - skip % WAYS, used, WAYS):
        low, high = max(skip - start, 0), min(used - start, WAYS)
        own_total, own_squares, own = total[low:high], squares[low:high], values[start + low : start + high]
        for i in range(own.shape[0]):
            gap = own[i] - shift if own[i] != shift else 0.0  # inf - inf is no gap
            own_total[i] += gap
            own_squares[i] += gap * gap


@compiled
def evaluate(own: Ints, numbers: Floats, terms: Ints, buffer: Floats, scratch: Floats) -> int:
    """Write the value of a series in each lane into a row of the scratch, and return which."""
    is_running = own[RUNNING] >= 0
    row = own[RUNNING] if is_running else VALUE
    values = scratch[row]
    if not is_running:
        values[:] = 0.0
    equals = numbers[EQUALS]
    for n in range(own[FIRST], own[OVER]):
        term = buffer[terms[n]]
        if not np.isnan(equals):
            for i in range(values.shape[0]):
                values[i] += 1.0 if term[i] == equals else 0.0
        else:
            for i in range(values.shape[0]):
                values[i] += term[i]
    if own[OVER] == own[LAST]:
        return row
    below = scratch[row + 1]
    if not is_running:
        below[:] = 0.0
    for n in range(own[OVER], own[LAST]):
        term = buffer[terms[n]]
        for i in range(values.shape[0]):
            below[i] += term[i]
    ratio, when_empty, base, sign = scratch[VALUE], numbers[WHEN_EMPTY], numbers[BASE], numbers[SIGN]
    for i in range(values.shape[0]):
        part = values[i] / below[i] if below[i] > 0.0 else when_empty
        ratio[i] = base + sign * part
    return VALUE


@compiled
def collect_dates(
    path: int, skip: int, used: int, first_below: Floats, last_below: Floats, series: Series, statistics: Statistics
) -> None:
    """Count when each stock first is below its requirement, and from when it stays at or above it.

    `first_below` is T less the first period below, `last_below` the period after the last; both (stock, lane), 0 for
    never.
    """
    periods, offset = series.periods.shape[0], path % BLOCK
    for n in range(first_below.shape[0]):
        for i in range(skip, used):
            first, back = periods - int(first_below[n, i]), int(last_below[n, i])
            statistics.dates[0, n, first] += 1
            if first < periods:
                statistics.dates[1, n, back] += 1
            if series.dated[n] >= 0:
                comes = first < periods and back < periods
                statistics.scalars[series.dated[n], offset + i] = np.float64(back) if comes else np.nan


@entry
def close_block(count: int, shift: Floats, sums: Floats, moments: Floats) -> None:
    """Write mean and sum of squared deviations of the `count` paths so far of a block, (place, series, 2)."""
    for place in range(moments.shape[0]):
        for n in range(moments.shape[1]):
            close(count, shift[place, n], sums[place, n], moments[place, n])


@inlined
def close(count: int, shift: Floats, sums: Floats, moments: Floats) -> None:
    """Write mean and sum of squared deviations of one series."""
    moments[0], moments[1] = shift[0], 0.0
    if shift[1] == 1.0:
        total, squares = fold(sums[0]), fold(sums[1])
        moments[0] += total / count
        moments[1] = max(squares - total * total / count, 0.0)


@inlined
def fold(sums: Floats) -> float:
    """Return the sum of the accumulators, in four chains so that no addition waits for the one before."""
    a, b, c, d = 0.0, 0.0, 0.0, 0.0
    for i in range(0, WAYS, 4):
        a += sums[i]
        b += sums[i + 1]
        c += sums[i + 2]
        d += sums[i + 3]
    return (a + b) + (c + d)
