"""From what workers gathered to numbers: merged in block order, so that they do not depend on who did what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Any

import numpy as np

from replenish.arrays.groups import Floats, Ints
from replenish.simulation.kernel.collect import (
    BINS,
    BLOCK,
    FREE,
    HISTOGRAM,
    LOWEST_OCTAVE,
    RUNNING,
    SCALAR,
    STATISTIC,
    STEPS_PER_OCTAVE,
    TRAJECTORY,
    WAYS,
    Series,
    Statistics,
    close_block,
)

Counts = np.ndarray[tuple[int, int], np.dtype[Any]]
Histogram = np.ndarray[tuple[int, int, int], np.dtype[np.uint32]]
State = Mapping[str, np.ndarray[Any, np.dtype[Any]]]
"""What a saved run needs to go on, as plain arrays."""


def rows_of(series: Series, column: int) -> int:
    """Return how many rows of a kind are kept: statistics, histograms, scalars or trajectories."""
    return int(series.columns[:, column].max(initial=-1)) + 1


def places_of(series: Series) -> int:
    """Return of how many periods statistics are kept."""
    return int(series.periods.max(initial=-1)) + 1


def statistics(series: Series, dated: int, buffer: Floats) -> Statistics:
    """Return empty statistics for a worker whose readings lie in `buffer`."""
    periods, lanes = len(series.periods), buffer.shape[1]
    shape = (places_of(series), rows_of(series, STATISTIC))
    running = int(series.columns[:, RUNNING].max(initial=FREE - 1))
    scratch = np.zeros((running + 2, lanes))  # the last running sum may have a denominator
    return Statistics(
        histogram=np.zeros((shape[0], rows_of(series, HISTOGRAM), BINS), np.uint32),
        extremes=np.tile(to_keys(np.array([np.inf, -np.inf])), (*shape, 1)),
        shift=np.zeros((*shape, 2)),
        sums=np.zeros((*shape, 2, WAYS)),
        own_sums=np.zeros((2, WAYS)),
        moments=np.zeros((*shape, 2)),
        scratch=scratch,
        bits=scratch.view(np.int64),
        words=buffer.view(np.int64),
        dates=np.zeros((2, dated, periods + 1), np.int64),
        scalars=np.zeros((max(rows_of(series, SCALAR), int(series.dated.max(initial=-1)) + 1), BLOCK)),
        trajectories=np.zeros((rows_of(series, TRAJECTORY), periods, BLOCK), np.float32),
    )


def to_keys(values: Floats) -> Ints:
    """Return whole numbers in the same order as `values`: their bits, those below zero turned round."""
    bits = np.ascontiguousarray(values, np.float64).view(np.int64)
    keys: Ints = bits ^ ((bits >> 63) & np.int64(2**63 - 1))
    return keys


def to_floats(keys: Ints) -> Floats:
    """Return the numbers whose keys these are.

    >>> to_floats(to_keys(np.array([-1.5, 0.0, 2.0]))).tolist()
    [-1.5, 0.0, 2.0]
    """
    values: Floats = (keys ^ ((keys >> 63) & np.int64(2**63 - 1))).view(np.float64)
    return values


@dataclass(frozen=True, slots=True)
class Moments:
    """Number, mean and sum of squared deviations of the paths so far, for each (place, series)."""

    count: int
    mean: Floats
    deviations: Floats

    def __add__(self, other: Moments) -> Moments:
        """Return the moments of both groups (Chan, Golub and LeVeque 1983, eq. 2.1)."""
        if self.count == 0:
            return other
        count = self.count + other.count
        with np.errstate(invalid="ignore"):  # a finite number of days of supply, then one without use
            gap = np.where(other.mean == self.mean, 0.0, other.mean - self.mean)
            mean = self.mean + gap * (other.count / count)
            deviations = self.deviations + other.deviations + gap**2 * (self.count * other.count / count)
        return Moments(count, mean, deviations)


@dataclass(frozen=True, slots=True)
class OpenBlock:
    """The sums of a block of which only the first `count` paths are done; see `kernel.collect.Statistics`."""

    count: int
    shift: Floats
    sums: Floats

    def close(self) -> Moments:
        """Return the moments of the paths so far."""
        moments = np.zeros((*self.shift.shape[:2], 2))
        close_block(self.count, self.shift, self.sums, moments)
        return to_moments(self.count, moments)


def to_moments(count: int, moments: Floats) -> Moments:
    """Return what the kernel wrote of a block, (place, series, 2), as moments."""
    return Moments(count, moments[:, :, 0].copy(), moments[:, :, 1].copy())


@dataclass(frozen=True, slots=True)
class Totals:
    """Statistics of all paths so far.  What is asked of them comes as (series, place); they lie as (place, series)."""

    whole: Moments  # of complete blocks
    rest: OpenBlock | None  # the block that has begun
    counts: Histogram  # (place, row, bin)
    extremes: Ints  # (place, series, 2)
    dates: Ints  # (2, stock, period + 1)

    @property
    def paths(self) -> int:
        """Return the number of paths."""
        return self.whole.count + (self.rest.count if self.rest else 0)

    @property
    def moments(self) -> Moments:
        """Return mean and sum of squared deviations, (series, place)."""
        found = self.whole + self.rest.close() if self.rest else self.whole
        return Moments(found.count, found.mean.T, found.deviations.T)

    @property
    def histogram(self) -> Histogram:
        """Return paths by bin, (row, place, bin)."""
        return self.counts.swapaxes(0, 1)

    @property
    def lowest(self) -> Floats:
        """Return the smallest values, (series, place)."""
        return to_floats(self.extremes[:, :, 0].T)

    @property
    def highest(self) -> Floats:
        """Return the largest values, (series, place)."""
        return to_floats(self.extremes[:, :, 1].T)

    @property
    def first_below(self) -> Ints:
        """Return paths by first period below the requirement, (stock, period + 1); last: never."""
        counts: Ints = self.dates[0]
        return counts

    @property
    def replenished(self) -> Ints:
        """Return paths that were below by the period from which they no longer are; last: never."""
        counts: Ints = self.dates[1]
        return counts

    def array_hash(self) -> str:
        """Return one hash of every number: equal for any number of workers, however often a run was interrupted."""
        digest, moments = sha256(), self.moments
        for part in (moments.mean, moments.deviations, self.counts, self.extremes, self.dates):
            digest.update(np.ascontiguousarray(part).tobytes() if part is not self.counts else part.data)
        return digest.hexdigest()

    def to_state(self) -> dict[str, np.ndarray[Any, np.dtype[Any]]]:
        """Return everything as arrays to be saved; of the histogram only what is not zero."""
        places = np.flatnonzero(self.counts)
        state = {
            "count": np.array([self.whole.count, self.rest.count if self.rest else 0]),
            "mean": self.whole.mean,
            "deviations": self.whole.deviations,
            "places": np.diff(places, prepend=0).astype(np.uint32),
            "counts": self.counts.reshape(-1)[places],
            "extremes": self.extremes,
            "dates": self.dates,
        }
        return state | ({"shift": self.rest.shift, "sums": self.rest.sums} if self.rest else {})


def no_totals(series: Series, dated: int) -> Totals:
    """Return the statistics of no path."""
    empty = statistics(series, dated, np.zeros((0, WAYS)))
    zero = np.zeros(empty.shift.shape[:2])
    return Totals(Moments(0, zero, zero), None, empty.histogram, empty.extremes, empty.dates)


def from_state(state: State, series: Series, dated: int) -> Totals:
    """Return saved statistics.

    Raises:
        ValueError, KeyError: they are not those of these series.
    """
    empty = no_totals(series, dated)
    shape = empty.whole.mean.shape
    whole, begun = (int(number) for number in state["count"])
    empty.counts.reshape(-1)[np.cumsum(state["places"], dtype=np.int64)] = state["counts"]
    rest = None
    if begun:
        rest = OpenBlock(begun, state["shift"].reshape(*shape, 2), state["sums"].reshape(*shape, 2, WAYS))
    moments = Moments(whole, state["mean"].reshape(shape), state["deviations"].reshape(shape))
    extremes, dates = state["extremes"].reshape(*shape, 2), state["dates"].reshape(empty.dates.shape)
    return Totals(moments, rest, empty.counts, extremes, dates)


@cache
def bin_edges() -> Floats:
    """Return the lower edge of each bin and the upper edge of the last, (BINS + 1,)."""
    step = np.arange(BINS - 1)
    inner = 2.0 ** (LOWEST_OCTAVE + step // STEPS_PER_OCTAVE) * (1 + step % STEPS_PER_OCTAVE / STEPS_PER_OCTAVE)
    return np.concatenate([[0.0], inner, [np.inf]])


def quantiles(histogram: Counts, lowest: Floats, highest: Floats, levels: tuple[float, ...]) -> Floats:
    """Return quantiles by linear interpolation inside the bin, cut to the exact extremes.

    Args:
        histogram: counts of paths, (row, bin).
        lowest: exact minimum of each row, (row,).
        highest: exact maximum of each row, (row,).
        levels: probabilities.

    Returns:
        (level, row); the error in rank is at most the count of one bin.
    """
    used = np.flatnonzero(histogram.any(axis=0))  # a few dozen of the bins, as a rule
    histogram = histogram[:, used].astype(np.float64)
    first, last = bin_edges()[used], bin_edges()[used + 1]
    cumulative = histogram.cumsum(axis=1)
    count = cumulative[:, -1]
    rows, found = np.arange(len(histogram)), []
    for level in levels:
        rank = level * count
        place = (cumulative < rank[:, None]).sum(axis=1)
        below = np.where(place > 0, cumulative[rows, place - 1], 0.0)
        part = (rank - below) / np.maximum(histogram[rows, place], 1.0)
        low, high = np.maximum(first[place], lowest), np.minimum(last[place], highest)
        high = np.where(used[place] == 0, low, high)  # the first bin holds zero and what rounding leaves of it
        found.append(np.clip(np.where(high > low, low + part * (np.minimum(high, 1e300) - low), low), lowest, highest))
    return np.array(found)
