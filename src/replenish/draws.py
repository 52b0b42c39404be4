"""Random numbers by name, and tables that turn them into demand.

A draw is a function of (seed, stream, path, period) and of nothing else: no state is carried, so a path is the same
whatever the number of paths, blocks or threads, and adding an item leaves the draws of all others unchanged.

References:
    Salmon, Moraes, Dror and Shaw (2011), Parallel random numbers: as easy as 1, 2, 3. SC11. Philox4x32-10.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.special import betainc, gammaincc, gammaincinv, ndtri

Floats = npt.NDArray[np.float64]
Words = npt.NDArray[np.uint32]

WORD: Final = 2**32
CHAIN_DRAW, DEMAND_DRAW, DELAY_DRAW, SHARE_DRAW = 1, 2, 3, 4
OUTAGE_DRAW, LEAD_DRAW, ROUTE_DRAW, SLIP_DRAW, FLEET_DRAW = 5, 6, 7, 8, 9
"""Classes of draws: the last word of the counter, so that streams of two kinds never meet."""

KEY_PURPOSE: Final = 0x52504C53  # second key word: sets these draws apart from other uses of the same seed
_MULTIPLIER = (np.uint64(0xD2511F53), np.uint64(0xCD9E8D57))
_WEYL = (0x9E3779B9, 0xBB67AE85)
_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)

FIXED, COUNT, SCALED, ROUNDED = 0, 1, 2, 3
"""Kinds of laws: the mean itself; a table of counts; mean x a quantile; a quantile rounded up to a whole number."""

LARGEST_COUNT_TABLE: Final = 500.0  # means above it use quantiles rounded to whole numbers
MAIN_KNOTS, TAIL_KNOTS = 1024, 512
KNOTS: Final = MAIN_KNOTS + 1 + 2 * (TAIL_KNOTS + 1)


def stream_id(*names: str) -> int:
    """Return the 32-bit name of a stream; it depends on the names alone."""
    return int.from_bytes(sha256("/".join(names).encode()).digest()[:4], "big")


def philox(counter: npt.NDArray[np.uint64], seed: int, purpose: int = KEY_PURPOSE) -> Words:
    """Return four random words for each counter, both (4, ...) of 32-bit words."""
    c0, c1, c2, c3 = counter
    k0, k1 = seed, purpose
    for _ in range(10):
        product0, product1 = c0 * _MULTIPLIER[0], c2 * _MULTIPLIER[1]
        c0, c1, c2, c3 = (
            (product1 >> _HALF) ^ c1 ^ np.uint64(k0),
            product1 & _LOW,
            (product0 >> _HALF) ^ c3 ^ np.uint64(k1),
            product0 & _LOW,
        )
        k0, k1 = (k0 + _WEYL[0]) % WORD, (k1 + _WEYL[1]) % WORD
    drawn: Words = np.stack([c0, c1, c2, c3]).astype(np.uint32)
    return drawn


def words(seed: int, draw_class: int, streams: Words, paths: npt.NDArray[np.int64], period: int) -> Words:
    """Return one word for each stream and path of a period, (stream, path).

    Four consecutive periods share one counter: its four words serve them in turn.  The word 0 counts as 1, so that a
    threshold of 0 is never picked: what has no probability never happens.
    """
    counter = np.zeros((4, len(streams), len(paths)), dtype=np.uint64)
    counter[0] = paths
    counter[1] = period // 4
    counter[2] = streams[:, None]
    counter[3] = draw_class
    drawn: Words = np.maximum(philox(counter, seed)[period % 4], np.uint32(1))
    return drawn


def to_thresholds(cumulative: Floats) -> Words:
    """Return cumulative probabilities as words: a draw `u` picks the first entry with u <= threshold.

    The last threshold is the largest word, so that every draw picks an entry.
    """
    rounded = np.clip(np.rint(cumulative * WORD) - 1, 0, WORD - 1)
    rounded[..., -1] = WORD - 1
    thresholds: Words = rounded.astype(np.uint32)
    return thresholds


@dataclass(frozen=True, slots=True)
class Law:
    """An inverse distribution function as a table; `kind` says how the kernel reads it."""

    kind: int
    base: int = 0
    thresholds: Words | None = None
    knots: Floats | None = None


def fixed() -> Law:
    """Return the law of a quantity that is always its mean."""
    return Law(FIXED)


def poisson(mean: float) -> Law:
    """Return the Poisson law with `mean` [unit]."""
    return _counting(lambda x: gammaincc(x + 1, mean), mean, math.sqrt(mean))


def negative_binomial(mean: float, variation: float) -> Law:
    """Return the negative binomial law with standard deviation `variation` x `mean`; its variance exceeds the mean.

    Raises:
        ValueError: the variance does not exceed the mean.
    """
    variance = (variation * mean) ** 2
    if variance <= mean:
        raise ValueError(f"negative binomial: variance {variance:g} must exceed the mean {mean:g}; use poisson")
    size, chance = mean**2 / (variance - mean), mean / variance
    return _counting(lambda x: betainc(size, x + 1, chance), mean, math.sqrt(variance))


def gamma(variation: float) -> Law:
    """Return the gamma law with mean 1 and standard deviation `variation`."""
    shape = variation**-2
    return _scaled(lambda u: gammaincinv(shape, u) / shape)


def lognormal(variation: float) -> Law:
    """Return the lognormal law with mean 1 and standard deviation `variation`."""
    sigma = math.sqrt(math.log1p(variation**2))
    return _scaled(lambda u: np.exp(sigma * ndtri(u) - sigma**2 / 2))


def discrete(probabilities: Floats, base: int = 0) -> Law:
    """Return the law that takes base, base + 1, ... with the given probabilities."""
    return Law(COUNT, base, thresholds=to_thresholds(np.cumsum(probabilities)))


def _counting(cdf: Callable[[Floats], Floats], mean: float, deviation: float) -> Law:
    if mean > LARGEST_COUNT_TABLE:
        knots = _solve(cdf, _levels(), mean + 60 * deviation + 60)
        return Law(ROUNDED, knots=knots + (mean - 0.5 - _mean(knots)))
    first, last = _first_reaching(cdf, np.array([0.5, WORD - 0.5]) / WORD, mean + 60 * deviation + 60)
    lowest = max(0.0, first - 1)
    return Law(COUNT, int(lowest), thresholds=to_thresholds(cdf(np.arange(lowest, last + 1))))


def _first_reaching(cdf: Callable[[Floats], Floats], levels: Floats, high: float) -> Floats:
    """Return for each level the least whole number, up to `high`, at which the law reaches it."""
    below, above = np.full(levels.shape, -1.0), np.full(levels.shape, math.ceil(high))
    while (above - below).max() > 1:
        middle = np.floor((below + above) / 2)
        is_below = cdf(middle) < levels
        below, above = np.where(is_below, middle, below), np.where(is_below, above, middle)
    return above


def _solve(cdf: Callable[[Floats], Floats], levels: Floats, high: float) -> Floats:
    """Return x with cdf(x) = level by bisection; counting laws are continued between whole numbers."""
    below, above = np.full(levels.shape, -1.0), np.full(levels.shape, high)
    for _ in range(60):
        middle = (below + above) / 2
        is_below = cdf(middle) < levels
        below, above = np.where(is_below, middle, below), np.where(is_below, above, middle)
    solved: Floats = (below + above) / 2
    return solved


def _scaled(quantile: Callable[[Floats], Floats]) -> Law:
    knots = quantile(_levels())
    return Law(SCALED, knots=knots / _mean(knots))


def _levels() -> Floats:
    """Return the levels of the knots: an even grid, then a finer one over its first and over its last step."""
    step = 1 / MAIN_KNOTS
    fine = np.linspace(0, step, TAIL_KNOTS + 1)
    levels = np.concatenate([np.linspace(0, 1, MAIN_KNOTS + 1), fine, 1 - step + fine])
    inside: Floats = np.clip(levels, 0.5 / WORD, 1 - 0.5 / WORD)
    return inside


def _mean(knots: Floats) -> float:
    """Return the mean of the law that `knots` stand for, interpolated as the kernel does it."""
    main, low, high = np.split(knots, [MAIN_KNOTS + 1, MAIN_KNOTS + TAIL_KNOTS + 2])
    inner = (main[1:-2] + main[2:-1]).sum() / 2 / MAIN_KNOTS
    tails = sum((tail[1:] + tail[:-1]).sum() / 2 / TAIL_KNOTS / MAIN_KNOTS for tail in (low, high))
    return float(inner + tails)


def draw(law: Law, mean: float, u: Words) -> Floats:
    """Return the values that the words `u` pick; the plain form of what the kernel does."""
    if law.kind == FIXED:
        return np.full(u.shape, mean)
    if law.kind == COUNT:
        assert law.thresholds is not None  # every counting law has thresholds
        return np.asarray(law.base + np.searchsorted(law.thresholds, u), dtype=np.float64)
    assert law.knots is not None  # every other law has knots
    value = interpolate(law.knots, u)
    return np.maximum(np.ceil(value), 0.0) if law.kind == ROUNDED else mean * value


def interpolate(knots: Floats, u: Words) -> Floats:
    """Return the quantile at level u / 2^32 by linear interpolation between the knots."""
    step, rest = u >> np.uint32(22), u & np.uint32(0x3FFFFF)
    is_tail = (step == 0) | (step == MAIN_KNOTS - 1)
    place = np.where(step == 0, MAIN_KNOTS + 1, MAIN_KNOTS + TAIL_KNOTS + 2) + (rest >> np.uint32(13))
    index = np.where(is_tail, place, step).astype(np.int64)
    part = np.where(is_tail, (rest & np.uint32(0x1FFF)) / 2.0**13, rest / 2.0**22)
    value: Floats = knots[index] + part * (knots[index + 1] - knots[index])
    return value
