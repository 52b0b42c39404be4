"""Random words and laws, compiled: the same numbers as `replenish.draws`, many lanes at a time."""

from __future__ import annotations

import numpy as np

from replenish.arrays.groups import Chains, Demands, Expansions, Laws, Streams, Words
from replenish.draws import (
    CHAIN_DRAW,
    DELAY_DRAW,
    DEMAND_DRAW,
    KEY_PURPOSE,
    MAIN_KNOTS,
    SHARE_DRAW,
    TAIL_KNOTS,
)
from replenish.simulation.kernel.compiled import compiled
from replenish.simulation.state import Readings, Scratch, State

_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_ONE = np.uint64(1)
_MULTIPLIER0, _MULTIPLIER1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_WEYL0, _WEYL1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)


@compiled
def fill_words(out: Words, seed: int, draw_class: int, stream: int, first_path: int, quarter: int) -> None:
    """Write the four words of each lane's counter into `out` (4, lane); lane i is path first_path + i."""
    w0, w1, w2, w3 = out[0], out[1], out[2], out[3]
    for i in range(w0.shape[0]):
        c0, c1 = np.uint64(first_path + i), np.uint64(quarter)
        c2, c3 = np.uint64(stream), np.uint64(draw_class)
        k0, k1 = np.uint64(seed), np.uint64(KEY_PURPOSE)
        for _ in range(10):
            p0, p1 = c0 * _MULTIPLIER0, c2 * _MULTIPLIER1
            c0, c2 = (p1 >> _HALF) ^ c1 ^ k0, (p0 >> _HALF) ^ c3 ^ k1
            c1, c3 = p1 & _LOW, p0 & _LOW
            k0, k1 = (k0 + _WEYL0) & _LOW, (k1 + _WEYL1) & _LOW
        w0[i], w1[i] = max(c0, _ONE), max(c1, _ONE)
        w2[i], w3[i] = max(c2, _ONE), max(c3, _ONE)


@compiled
def draw_paths(
    seed: int, first_path: int, expansions: Expansions, laws: Laws, streams: Streams, state: State, scratch: Scratch
) -> None:
    """Draw what holds for a whole path: when expansions are complete and what they bring."""
    words = scratch.path_words
    for x in range(expansions.line.shape[0]):
        fill_words(words, seed, DELAY_DRAW, streams.expansion[x], first_path, 0)
        completion, gain = state.completion[x], state.gain[x]
        for i in range(completion.shape[0]):
            completion[i] = count(laws, expansions.law[x], words[0, i])
        fill_words(words, seed, SHARE_DRAW, streams.expansion[x], first_path, 0)
        for i in range(gain.shape[0]):
            share = expansions.share[x] + expansions.spread[x] * (2.0 * (words[0, i] / 2.0**32) - 1.0)
            gain[i] = expansions.step[x] * min(max(share, 0.0), 1.0)


@compiled
def draw_period(t: int, seed: int, first_path: int, streams: Streams, scratch: Scratch) -> None:
    """Fill the words of the next four periods when they are needed."""
    if t % 4:
        return
    for k in range(streams.chain.shape[0]):
        fill_words(scratch.chain_words[k], seed, CHAIN_DRAW, streams.chain[k], first_path, t // 4)
    for d in range(streams.demand.shape[0]):
        fill_words(scratch.demand_words[d], seed, DEMAND_DRAW, streams.demand[d], first_path, t // 4)


@compiled
def count(laws: Laws, law: int, word: np.uint32) -> int:
    """Return the value of a counting law: the first entry whose threshold is not below the word."""
    offset = laws.offset[law]
    k = laws.guide[law, word >> np.uint32(26)]
    while word > laws.thresholds[offset + k]:
        k += 1
    return int(laws.base[law] + k)


@compiled
def interpolate(laws: Laws, law: int, word: np.uint32) -> float:
    """Return the quantile at level word / 2^32."""
    step, rest = np.int64(word >> np.uint32(22)), np.int64(word & np.uint32(0x3FFFFF))
    k, part = step, rest / 2.0**22
    if step == 0:
        k, part = MAIN_KNOTS + 1 + (rest >> 13), (rest & 0x1FFF) / 2.0**13
    elif step == MAIN_KNOTS - 1:
        k, part = MAIN_KNOTS + TAIL_KNOTS + 2 + (rest >> 13), (rest & 0x1FFF) / 2.0**13
    k += laws.offset[law]
    return float(laws.knots[k] + part * (laws.knots[k + 1] - laws.knots[k]))


@compiled
def move_chains(t: int, chains: Chains, state: State, scratch: Scratch, readings: Readings) -> None:
    """Move each chain by one draw, or to its forced state."""
    row = 0
    for k in range(chains.states.shape[0]):
        now, words = state.chain[k], scratch.chain_words[k, t % 4]
        last = chains.states[k] - 1
        for i in range(now.shape[0]):
            s = chains.forced[t, k]
            if s < 0:
                s = 0
                while s < last and words[i] > (chains.start[k, s] if t == 0 else chains.move[k, now[i], s]):
                    s += 1
            now[i] = s
        for s in range(last + 1):
            share = readings.is_in_state[row]
            for i in range(now.shape[0]):
                share[i] = 1.0 if now[i] == s else 0.0
            row += 1


@compiled
def draw_demand(t: int, demands: Demands, laws: Laws, state: State, scratch: Scratch, readings: Readings) -> None:
    """Draw the demand of the period."""
    for d in range(demands.cell.shape[0]):
        demand, words, chain = readings.demand[d], scratch.demand_words[d, t % 4], demands.chain[d]
        means, own_laws = demands.mean[t, d], demands.law[t, d]
        for i in range(demand.shape[0]):
            s = state.chain[chain, i] if chain >= 0 else 0
            law = own_laws[s]
            kind = laws.kind[law]
            if kind == 0:
                demand[i] = means[s]
            elif kind == 1:
                demand[i] = count(laws, law, words[i])
            elif kind == 2:
                demand[i] = means[s] * interpolate(laws, law, words[i])
            else:
                demand[i] = max(np.ceil(interpolate(laws, law, words[i])), 0.0)
