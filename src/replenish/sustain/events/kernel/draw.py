"""Random words of one counter at a time, the same as `replenish.draws.philox`, and what they are turned into."""

from __future__ import annotations

from typing import Final

import numpy as np

from replenish.arrays.groups import Floats
from replenish.draws import KNOTS, MAIN_KNOTS, TAIL_KNOTS
from replenish.sustain.events.kernel.compiled import compiled, inlined
from replenish.sustain.events.kernel.world import FIXED_LAW, NO_LAW

PURPOSE: Final = 0x53535054  # second key word: sets these draws apart from other uses of the same seed
REMOVAL_DRAW, BENCH_DRAW, RATE_DRAW = 0, 1, 2
"""Classes of draws: the two lowest bits of the last word of a counter."""

_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_MULTIPLIER0, _MULTIPLIER1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_WEYL0, _WEYL1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
_SHARE = 2.0**-32
_MIX0, _MIX1, _STEP = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB), np.uint64(0x9E3779B97F4A7C15)


@compiled
def words(
    seed: int, history: int, number: int, stream: int, other: int
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """Return four 32-bit words of a counter."""
    c0, c1 = np.uint64(history) & _LOW, np.uint64(number) & _LOW
    c2, c3 = np.uint64(stream) & _LOW, np.uint64(other) & _LOW
    k0, k1 = np.uint64(seed) & _LOW, np.uint64(PURPOSE)
    for _ in range(10):
        p0, p1 = c0 * _MULTIPLIER0, c2 * _MULTIPLIER1
        c0, c2 = (p1 >> _HALF) ^ c1 ^ k0, (p0 >> _HALF) ^ c3 ^ k1
        c1, c3 = p1 & _LOW, p0 & _LOW
        k0, k1 = (k0 + _WEYL0) & _LOW, (k1 + _WEYL1) & _LOW
    return c0, c1, c2, c3


@inlined
def share(word: np.uint64) -> float:
    """Return a word as a number inside (0, 1)."""
    return (float(np.int64(word)) + 0.5) * _SHARE


@inlined
def long_share(high: np.uint64, low: np.uint64) -> float:
    """Return two words as a number inside (0, 1)."""
    return (float(np.int64(high)) + share(low)) * _SHARE


@inlined
def mixed(state: np.uint64) -> np.uint64:
    """Return the next state of a small generator for what one counter leaves open.

    References:
        Steele, Lea and Flood (2014), Fast splittable pseudorandom number generators. OOPSLA 2014.
    """
    z = state + _STEP
    z = (z ^ (z >> np.uint64(30))) * _MIX0
    z = (z ^ (z >> np.uint64(27))) * _MIX1
    return np.uint64(z ^ (z >> np.uint64(31)))


@compiled
def quantile(knots: Floats, law: int, high: np.uint64, low: np.uint64) -> float:
    """Return the value of mean 1 that two words pick from a law."""
    if law == NO_LAW:
        return float(-np.log(long_share(high, low)))
    if law == FIXED_LAW:
        return 1.0
    step, rest = np.int64(high >> np.uint64(22)), np.int64(high & np.uint64(0x3FFFFF))
    k, part = step, rest / 2.0**22
    if step == 0:
        k, part = MAIN_KNOTS + 1 + (rest >> 13), (rest & 0x1FFF) / 2.0**13
    elif step == MAIN_KNOTS - 1:
        k, part = MAIN_KNOTS + TAIL_KNOTS + 2 + (rest >> 13), (rest & 0x1FFF) / 2.0**13
    at = law * KNOTS + k
    return float(knots[at] + part * (knots[at + 1] - knots[at]))


@compiled
def batch_size(parameter: float, chance: float) -> int:
    """Return the size of a batch: the quantile of the logarithmic law."""
    size, mass = 1, -parameter / np.log1p(-parameter)
    while chance > mass and size < 1_000_000:
        chance -= mass
        mass *= parameter * size / (size + 1)
        size += 1
    return size
