"""Probabilities of the states of chains, of lines at work and of late contracts, as a plan sees them."""

from __future__ import annotations

import numpy as np

from replenish import draws
from replenish.arrays.groups import Arrays, Floats


def first_chances(arrays: Arrays) -> Floats:
    """Return the probability of each state of each chain in the first period, (chain, state)."""
    chains = arrays.chains
    cumulative = (chains.start.astype(np.float64) + 1.0) / draws.WORD
    chance = np.diff(cumulative, axis=1, prepend=0.0)
    states = np.arange(chance.shape[1])
    last = chains.states[:, None] - 1
    tail = 1.0 - np.where(states < last, chance, 0.0).sum(axis=1, keepdims=True)
    chance = np.where(states < last, chance, np.where(states == last, tail, 0.0))
    return np.asarray(_known(arrays, 0, np.where(np.abs(chance) < 1e-9, 0.0, chance)))


def moved(arrays: Arrays, t: int, chance: Floats) -> Floats:
    """Return the chances in period `t` from those in the period before, (..., chain, state)."""
    ahead = np.einsum("...ks,ksj->...kj", chance, arrays.chains.probability)
    return _known(arrays, t, ahead)


def _known(arrays: Arrays, t: int, chance: Floats) -> Floats:
    """Return chances with those of chains whose state is known in a period."""
    forced = arrays.chains.forced[t]
    known = np.eye(chance.shape[-1])[np.maximum(forced, 0)]
    return np.where((forced >= 0)[:, None], known, chance)


def marginal_chances(arrays: Arrays) -> Floats:
    """Return the probability of each state in each period, seen from the start, (period, chain, state)."""
    table = [first_chances(arrays)]
    for t in range(1, len(arrays.clock.days)):
        table.append(moved(arrays, t, table[-1]))
    return np.stack(table)


def availability(arrays: Arrays) -> Floats:
    """Return the probability that each line is not in an outage, (period, line)."""
    lines = arrays.lines
    starts, ends = lines.outage_start / draws.WORD, lines.outage_end / draws.WORD
    down, table = np.zeros(len(starts)), []
    for _ in arrays.clock.days:
        down = down * (1.0 - ends) + (1.0 - down) * starts
        table.append(1.0 - down)
    return np.array(table).reshape(len(arrays.clock.days), len(starts))


def contract_entries(arrays: Arrays) -> Floats:
    """Return what contracts bring into the book in each period, late ones by their probability, (period, slot)."""
    table, slips = arrays.slots.contracts.copy(), arrays.slips
    for slot, quantity, law in zip(slips.slot, slips.quantity, slips.law, strict=True):
        first = int(arrays.laws.offset[law])
        thresholds = arrays.laws.thresholds[first : first + len(table)].astype(np.float64)
        table[:, slot] += quantity * np.diff((thresholds + 1.0) / draws.WORD, prepend=0.0)
    return table
