"""Random whole numbers by name: many lanes at a time, each a function of seed, stream, path and period alone."""

from __future__ import annotations

import math

import numpy as np

from replenish.arrays.groups import Floats, Ints
from replenish.compiling import Compiler
from replenish.draws import FLEET_DRAW, KEY_PURPOSE, WORD

COMPILER = Compiler("fleets", "compiling.py", "draws.py", "study/fleets/counts.py")
entry, compiled = COMPILER.entry, COMPILER.compiled

_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_MULTIPLIER0, _MULTIPLIER1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_WEYL0, _WEYL1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
_FAR = 12.0  # standard deviations beyond which nothing is looked for


@compiled
def level(seed: int, stream: int, path: int, period: int) -> float:
    """Return the draw of a stream, path and period, between 0 and 1."""
    c0, c1 = np.uint64(path) & _LOW, np.uint64(period // 4) & _LOW
    c2, c3 = np.uint64(stream) & _LOW, np.uint64(FLEET_DRAW)
    k0, k1 = np.uint64(seed) & _LOW, np.uint64(KEY_PURPOSE)
    for _ in range(10):
        p0, p1 = c0 * _MULTIPLIER0, c2 * _MULTIPLIER1
        c0, c2 = (p1 >> _HALF) ^ c1 ^ k0, (p0 >> _HALF) ^ c3 ^ k1
        c1, c3 = p1 & _LOW, p0 & _LOW
        k0, k1 = (k0 + _WEYL0) & _LOW, (k1 + _WEYL1) & _LOW
    turn = period % 4
    word = c0 if turn == 0 else c1 if turn == 1 else c2 if turn == 2 else c3
    return (float(word) + 0.5) / WORD


@compiled
def poisson_count(u: float, mean: float) -> float:
    """Return the Poisson number at level `u`, searched upwards from where it is all but certain to lie above."""
    if mean <= 0.0:
        return 0.0
    reach = _FAR * math.sqrt(mean) + _FAR
    count = max(0.0, math.floor(mean - reach))
    chance = math.exp(count * math.log(mean) - mean - math.lgamma(count + 1.0))
    reached = chance
    while reached < u and count < mean + 4.0 * reach:
        count += 1.0
        chance *= mean / count
        reached += chance
    return count


@compiled
def binomial_count(u: float, size: float, share: float) -> float:
    """Return the binomial number out of `size` at level `u`, searched as the Poisson one is."""
    if size <= 0.0 or share <= 0.0:
        return 0.0
    if share >= 1.0:
        return size
    rest, mean = 1.0 - share, size * share
    count = max(0.0, math.floor(mean - _FAR * math.sqrt(mean * rest) - _FAR))
    chance = math.exp(
        math.lgamma(size + 1.0) - math.lgamma(count + 1.0) - math.lgamma(size - count + 1.0)
        + count * math.log(share) + (size - count) * math.log(rest)
    )  # fmt: skip
    reached = chance
    while reached < u and count < size:
        chance *= (size - count) / (count + 1.0) * share / rest
        count += 1.0
        reached += chance
    return count


@compiled
def chosen_count(u: float, drawn: float, own: float, others: float) -> float:
    """Return how many of `drawn` units, taken from all alike, are among the `own`, not the `others`: hypergeometric."""
    lowest, highest = max(0.0, drawn - others), min(own, drawn)
    total = own + others
    if highest <= lowest:
        return lowest
    share = own / total
    spread = math.sqrt(drawn * share * (1.0 - share))
    count = max(lowest, math.floor(drawn * share - _FAR * spread - _FAR))
    chance = math.exp(
        logarithm_of_ways(own, count) + logarithm_of_ways(others, drawn - count) - logarithm_of_ways(total, drawn)
    )
    reached = chance
    while reached < u and count < highest:
        chance *= (own - count) * (drawn - count) / ((count + 1.0) * (others - drawn + count + 1.0))
        count += 1.0
        reached += chance
    return count


@compiled
def logarithm_of_ways(total: float, part: float) -> float:
    """Return the logarithm of the number of ways to choose a part of a total."""
    return math.lgamma(total + 1.0) - math.lgamma(part + 1.0) - math.lgamma(total - part + 1.0)


@entry
def draw_levels(seed: int, streams: Ints, first_path: int, period: int, out: Floats) -> None:
    """Write the draws of streams into `out` (stream, lane); lane i is path first_path + i."""
    for row in range(out.shape[0]):
        for i in range(out.shape[1]):
            out[row, i] = level(seed, streams[row], first_path + i, period)


@entry
def draw_poisson(seed: int, streams: Ints, first_path: int, period: int, mean: Floats, out: Floats) -> None:
    """Write Poisson numbers with these means into `out`, both (stream, lane)."""
    for row in range(out.shape[0]):
        for i in range(out.shape[1]):
            out[row, i] = poisson_count(level(seed, streams[row], first_path + i, period), mean[row, i])


@entry
def draw_binomial(
    seed: int, streams: Ints, first_path: int, period: int, size: Floats, share: Floats, out: Floats
) -> None:  # fmt: skip
    """Write how many out of `size` fall into a share into `out`, all (stream, lane)."""
    for row in range(out.shape[0]):
        for i in range(out.shape[1]):
            if size[row, i] > 0.0:
                u = level(seed, streams[row], first_path + i, period)
                out[row, i] = binomial_count(u, size[row, i], share[row, i])
            else:
                out[row, i] = 0.0


@entry
def draw_chosen(
    seed: int, streams: Ints, first_path: int, period: int, drawn: Floats, own: Floats, others: Floats, out: Floats
) -> None:  # fmt: skip
    """Write how many of those drawn from all alike are among the own into `out`, all (stream, lane)."""
    for row in range(out.shape[0]):
        for i in range(out.shape[1]):
            u = level(seed, streams[row], first_path + i, period)
            out[row, i] = chosen_count(u, drawn[row, i], own[row, i], others[row, i])
