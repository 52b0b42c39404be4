"""From what workers gathered to numbers: merged in block order, so that they do not depend on who did what."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

import numpy as np

from replenish.arrays.groups import Floats, Ints
from replenish.simulation.kernel.collect import BINS, LOWEST_OCTAVE, STEPS_PER_OCTAVE, Series, Statistics


def statistics(series: Series, periods: int, dated: int, lanes: int) -> Statistics:
    """Return empty statistics for one worker."""
    count = len(series.is_cumulative)
    shape, values = (count, periods), np.zeros(lanes)
    return Statistics(
        histogram=np.zeros((int(series.histogram.max(initial=-1)) + 1, periods, BINS), np.uint32),
        lowest=np.full(shape, np.inf),
        highest=np.full(shape, -np.inf),
        shift=np.zeros(shape),
        total=np.zeros(shape),
        squares=np.zeros(shape),
        running=np.zeros((count, 2, lanes)),
        values=values,
        bits=values.view(np.int64),
        first_below=np.zeros((dated, periods + 1), np.int64),
        replenished=np.zeros((dated, periods + 1), np.int64),
    )


@dataclass(frozen=True, slots=True)
class Moments:
    """Number, mean and sum of squared deviations of the paths so far, for each (series, period)."""

    count: int
    mean: Floats
    deviations: Floats

    def __add__(self, other: Moments) -> Moments:
        """Return the moments of both groups (Chan, Golub and LeVeque 1983, eq. 2.1)."""
        count = self.count + other.count
        with np.errstate(invalid="ignore"):  # inf - inf: days of supply without use
            gap = other.mean - self.mean
            mean = self.mean + gap * (other.count / count)
            deviations = self.deviations + other.deviations + gap**2 * (self.count * other.count / count)
        return Moments(count, mean, deviations)


def take_moments(own: Statistics, count: int) -> Moments:
    """Return the moments of the block just run, and clear them for the next."""
    with np.errstate(invalid="ignore"):
        mean = own.shift + own.total / count
        deviations = np.maximum(own.squares - own.total**2 / count, 0.0)
    own.total[...] = 0.0
    own.squares[...] = 0.0
    return Moments(count, mean, deviations)


@dataclass(frozen=True, slots=True)
class Totals:
    """Statistics of all paths."""

    moments: Moments
    histogram: np.ndarray[tuple[int, int, int], np.dtype[np.uint32]]
    lowest: Floats
    highest: Floats
    first_below: Ints
    replenished: Ints

    def array_hash(self) -> str:
        """Return one hash of every number: equal for any number of workers."""
        digest = sha256()
        for part in (
            self.moments.mean, self.moments.deviations, self.histogram, self.lowest, self.highest, self.first_below,
            self.replenished,
        ):  # fmt: skip
            digest.update(np.ascontiguousarray(part).tobytes())
        return digest.hexdigest()


def merge(moments: Moments, parts: list[Statistics]) -> Totals:
    """Return the statistics of all workers together; counts are whole, so their order does not matter."""
    first, *others = parts
    for other in others:
        first.histogram[...] += other.histogram
        first.first_below[...] += other.first_below
        first.replenished[...] += other.replenished
        np.minimum(first.lowest, other.lowest, out=first.lowest)
        np.maximum(first.highest, other.highest, out=first.highest)
    return Totals(moments, first.histogram, first.lowest, first.highest, first.first_below, first.replenished)


def bin_edges() -> Floats:
    """Return the lower edge of each bin and the upper edge of the last, (BINS + 1,)."""
    step = np.arange(BINS - 1)
    inner = 2.0 ** (LOWEST_OCTAVE + step // STEPS_PER_OCTAVE) * (1 + step % STEPS_PER_OCTAVE / STEPS_PER_OCTAVE)
    return np.concatenate([[0.0], inner, [np.inf]])


def quantiles(histogram: Floats, lowest: Floats, highest: Floats, levels: tuple[float, ...]) -> Floats:
    """Return quantiles by linear interpolation inside the bin, cut to the exact extremes.

    Args:
        histogram: counts of paths, (row, bin).
        lowest: exact minimum of each row, (row,).
        highest: exact maximum of each row, (row,).
        levels: probabilities.

    Returns:
        (level, row); the error in rank is at most the count of one bin.
    """
    edges = bin_edges()
    cumulative = histogram.cumsum(axis=1)
    count = cumulative[:, -1]
    rows, found = np.arange(len(histogram)), []
    for level in levels:
        rank = level * count
        place = (cumulative < rank[:, None]).sum(axis=1)
        below = np.where(place > 0, cumulative[rows, place - 1], 0.0)
        part = (rank - below) / np.maximum(histogram[rows, place], 1.0)
        low, high = np.maximum(edges[place], lowest), np.minimum(edges[place + 1], highest)
        high = np.where(place == 0, low, high)  # the first bin holds zero and what rounding leaves of it
        found.append(np.clip(np.where(high > low, low + part * (np.minimum(high, 1e300) - low), low), lowest, highest))
    return np.array(found)
