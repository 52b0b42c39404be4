"""Random words and laws, compiled: the same numbers as `replenish.draws`, many lanes at a time."""

from __future__ import annotations

import numpy as np

from replenish.arrays.groups import Floats, Ints, Words
from replenish.draws import COUNT, DELAY_DRAW, FIXED, KEY_PURPOSE, MAIN_KNOTS, SCALED, SHARE_DRAW, SLIP_DRAW, TAIL_KNOTS
from replenish.simulation.kernel.compiled import compiled, inlined
from replenish.simulation.kernel.records import Records
from replenish.simulation.kernel.tables import Tables

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
        # What is known to fit in 32 bits is multiplied many at a time.
        c0, c1 = np.uint64(first_path + i) & _LOW, np.uint64(quarter) & _LOW
        c2, c3 = np.uint64(stream) & _LOW, np.uint64(draw_class) & _LOW
        k0, k1 = np.uint64(seed) & _LOW, np.uint64(KEY_PURPOSE) & _LOW
        for _ in range(10):
            p0, p1 = c0 * _MULTIPLIER0, c2 * _MULTIPLIER1
            c0, c2 = (p1 >> _HALF) ^ c1 ^ k0, (p0 >> _HALF) ^ c3 ^ k1
            c1, c3 = p1 & _LOW, p0 & _LOW
            k0, k1 = (k0 + _WEYL0) & _LOW, (k1 + _WEYL1) & _LOW
        w0[i], w1[i] = max(c0, _ONE), max(c1, _ONE)
        w2[i], w3[i] = max(c2, _ONE), max(c3, _ONE)


@compiled
def draw_period(t: int, seed: int, first_path: int, streams: Records, words: Words) -> None:
    """Fill the words of the next four periods when they are needed."""
    if t % 4 == 0:
        for n in range(streams.shape[0]):
            fill_words(words[n], seed, streams[n].draw_class, streams[n].stream, first_path, t // 4)


@compiled
def draw_paths(seed: int, first_path: int, tables: Tables, amounts: Floats, codes: Ints, room: Words) -> None:
    """Draw what holds for a whole path: when expansions are complete, what they bring, when contracts slip to.

    `room` (4, lane) is overwritten.
    """
    laws, thresholds, guide = tables.laws, tables.thresholds, tables.guide
    for x in range(tables.expansions.shape[0]):
        expansion = tables.expansions[x]
        fill_words(room, seed, DELAY_DRAW, expansion.stream, first_path, 0)
        count_all(codes[expansion.completion], room[0], expansion.law, laws, thresholds, guide)
        fill_words(room, seed, SHARE_DRAW, expansion.stream, first_path, 0)
        gain, word = amounts[expansion.gain], room[0]
        for i in range(gain.shape[0]):
            share = expansion.share + expansion.spread * (2.0 * (word[i] / 2.0**32) - 1.0)
            gain[i] = expansion.step * min(max(share, 0.0), 1.0)
    for n in range(tables.slips.shape[0]):
        slip = tables.slips[n]
        fill_words(room, seed, SLIP_DRAW, slip.stream, first_path, 0)
        count_all(codes[slip.entry], room[0], slip.law, laws, thresholds, guide)


@compiled
def count_all(out: Ints, words: Words, law: int, laws: Records, thresholds: Words, guide: Ints) -> None:
    """Write what a counting law gives for each word."""
    zero, guides, shift = laws[law].zero, guide[law], guide_shift(guide)
    for i in range(out.shape[0]):
        out[i] = zero + find(thresholds, guides[words[i] >> shift], words[i])


@inlined
def guide_shift(guide: Ints) -> np.uint32:
    """Return by how many bits a word is shifted to find its place in a guide."""
    shift, width = 32, guide.shape[1]
    while width > 1:
        shift, width = shift - 1, width >> 1
    return np.uint32(shift)


@inlined
def find(thresholds: Words, start: int, word: np.uint32) -> int:
    """Return the first entry from `start` on whose threshold is not below the word."""
    entry = np.uint64(start)
    # Two steps without a branch: guides are so fine that more are rare, and branches on random words cost most.
    entry += np.uint64(word > thresholds[entry])
    entry += np.uint64(word > thresholds[entry])
    while word > thresholds[entry]:
        entry += np.uint64(1)
    return int(entry)


@inlined
def interpolate(knots: Floats, offset: int, word: np.uint32) -> float:
    """Return the quantile at level word / 2^32."""
    step, rest = np.int64(word >> np.uint32(22)), np.int64(word & np.uint32(0x3FFFFF))
    k, part = step, rest / 2.0**22
    if step == 0:
        k, part = MAIN_KNOTS + 1 + (rest >> 13), (rest & 0x1FFF) / 2.0**13
    elif step == MAIN_KNOTS - 1:
        k, part = MAIN_KNOTS + TAIL_KNOTS + 2 + (rest >> 13), (rest & 0x1FFF) / 2.0**13
    at = np.uint64(k + offset)
    return float(knots[at] + part * (knots[at + np.uint64(1)] - knots[at]))


@inlined
def draw_demand(t: int, d: int, tables: Tables, amounts: Floats, codes: Ints, words: Words) -> None:
    """Section 4: draw a demand of the period."""
    laws, thresholds, guide, knots = tables.laws, tables.thresholds, tables.guide, tables.knots
    chain, means, own_laws = tables.demands[d].chain, tables.mean[t, d], tables.law[t, d]
    demand = amounts[tables.demands[d].demand]
    if chain < 0 and laws[own_laws[0]].kind == FIXED:
        demand[:] = means[0]
        return
    word = words[tables.demands[d].word, t % 4]
    if chain < 0:
        draw_in_state(demand, word, own_laws[0], means[0], laws, thresholds, guide, knots)
    elif all_counts(own_laws, tables.chains[chain].states, laws):
        state, shift = codes[tables.chains[chain].state], guide_shift(guide)
        for i in range(demand.shape[0]):
            law = np.uint64(own_laws[np.uint64(state[i])])
            start = guide[law, np.uint64(word[i] >> shift)]
            demand[i] = laws[law].zero + find(thresholds, start, word[i])
    else:
        draw_by_state(demand, word, codes[tables.chains[chain].state], own_laws, means, laws, thresholds, guide, knots)


@compiled
def draw_by_state(
    demand: Floats, word: Words, state: Ints, own_laws: Ints, means: Floats, laws: Records, thresholds: Words,
    guide: Ints, knots: Floats,
) -> None:  # fmt: skip
    """Draw the demand of a period whose law depends on the state in each lane."""
    shift = guide_shift(guide)
    for i in range(demand.shape[0]):
        law, mean = own_laws[state[i]], means[state[i]]
        kind = laws[law].kind
        if kind == COUNT:
            demand[i] = laws[law].zero + find(thresholds, guide[law, word[i] >> shift], word[i])
        elif kind == FIXED:
            demand[i] = mean
        else:
            value = interpolate(knots, laws[law].offset, word[i])
            demand[i] = mean * value if kind == SCALED else max(np.ceil(value), 0.0)


@inlined
def all_counts(laws_by_state: Ints, states: int, laws: Records) -> bool:
    """Return whether the law of every state is a table of counts."""
    others = 0
    for s in range(states):
        others += laws[laws_by_state[s]].kind != COUNT
    return others == 0


@compiled
def draw_in_state(
    demand: Floats, word: Words, law: int, mean: float, laws: Records, thresholds: Words, guide: Ints, knots: Floats
) -> None:
    """Draw the demand of a period whose law is the same in all lanes."""
    offset, zero, kind = laws[law].offset, laws[law].zero, laws[law].kind
    if kind == COUNT:
        guides, shift = guide[law], guide_shift(guide)
        for i in range(demand.shape[0]):
            demand[i] = zero + find(thresholds, guides[word[i] >> shift], word[i])
    elif kind == SCALED:
        for i in range(demand.shape[0]):
            demand[i] = mean * interpolate(knots, offset, word[i])
    else:
        for i in range(demand.shape[0]):
            demand[i] = max(np.ceil(interpolate(knots, offset, word[i])), 0.0)
