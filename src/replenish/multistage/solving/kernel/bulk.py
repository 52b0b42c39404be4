"""The mean of a node's optima over very many outcomes, bunch by bunch, without an answer for each of them.

The bound of an optimum is linear in right-hand sides while the multipliers stay, so a bunch counts with its probability
at its mean right-hand side.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from replenish.multistage.modelling.expression import Floats, Ints
from replenish.multistage.solving.kernel.bunch import TRIAL, fits, is_cut_off, read_basis
from replenish.multistage.solving.kernel.certify import UNIT, certify, gather_columns
from replenish.multistage.solving.kernel.compiled import compiled, entry
from replenish.multistage.solving.kernel.cuts import load_newest
from replenish.multistage.solving.kernel.foreign import DOUBLE, doubles, integers
from replenish.multistage.solving.kernel.reveal import enter_node, enter_state, reveal
from replenish.multistage.solving.kernel.solve import make_room, optimise

FEW = 1_000
"""Looking at so many outcomes takes about as long as a solve: bunches must save more than the looks at what is left."""


@entry
def solve_bulk(
    verbs: Ints,
    structures: Any,
    nodes: Any,
    slots: Any,
    memories: Any,
    number: int,
    state: Floats,
    chances: Floats,
    left: Any,
    mean: Floats,
    slope: Floats,
    space: Any,
    counts: Any,
) -> int:
    """Add the mean bound of node `number` over the outcomes in `left` to `mean` and `slope`; return -1.

    `mean` is level, probability and the number of bunches without proof. Returns an outcome that could not be solved.
    """
    node = nodes[number]
    s, memory = structures[node.structure], memories[number]
    slot = slots[memory.slot]
    if slot.node != number:
        enter_node(verbs, s, nodes, slot, memories, number, space)
        counts[0].switched += 1
    enter_state(verbs, s, slot, memory, state.ctypes.data)
    make_room(verbs, slot, s, memory, memory.newest, space, counts)
    load_newest(verbs, slot, s, node, memory, space)
    remaining, bases = len(left), 0
    while remaining > 0:
        is_bunched = bases < TRIAL or (len(left) - remaining) * FEW >= bases * remaining
        at = remaining // 2 if is_bunched else remaining - 1  # from the middle, where bunches are large
        base = left[at]
        reveal(verbs, s, node, slot, base)
        if not optimise(verbs, s, node, slot, memory, space, counts):
            return int(base)
        counts[0].tasks += 1
        bases += 1
        begin_bunch(node, space)
        if is_bunched:
            read_basis(verbs, s, node, slot, memory, space)
            kept = gather_bunch(s, node, memory, base, chances, left, remaining, mean, space)
            counts[0].bunched += remaining - kept - 1
            remaining = kept
        else:
            gather_outcome(s, node, base, base, chances, mean, space)
            remaining -= 1
        add_bunch(s, node, slot, memory, base, mean, slope, space)
    return -1


@compiled
def begin_bunch(node: Any, space: Any) -> None:
    """Clear the sums of a bunch."""
    space.chance[0], space.chance[1] = 0.0, 0.0
    for k in range(node.random_rows):
        space.low[k], space.high[k] = 0.0, 0.0


@compiled
def gather_outcome(s: Any, node: Any, base: int, outcome: int, chances: Floats, mean: Floats, space: Any) -> None:
    """Add probability and right-hand sides of an outcome to those of the bunch of `base`.

    Adds to `mean` by what the constant of its objective differs from that of `base`.
    """
    own, other = doubles(node.offset + base * DOUBLE, 1)[0], doubles(node.offset + outcome * DOUBLE, 1)[0]
    random, width = integers(node.random_set, node.random_rows), s.moved_rows
    lower = doubles(node.row_lower + outcome * width * DOUBLE, width)
    upper = doubles(node.row_upper + outcome * width * DOUBLE, width)
    chance = chances[outcome]
    space.chance[0] += chance
    space.chance[1] += 1.0
    mean[0] += chance * (other - own) - UNIT * 4 * chance * (abs(other) + abs(own))
    for k in range(node.random_rows):
        space.low[k] += chance * lower[random[k]]
        space.high[k] += chance * upper[random[k]]


@compiled
def gather_bunch(
    s: Any, node: Any, memory: Any, base: int, chances: Floats, left: Any, remaining: int, mean: Floats, space: Any
) -> int:
    """Sum up the outcomes for which the basis answers and take them out of `left`; return how many are left."""
    kept = 0
    for u in range(remaining):
        outcome = left[u]
        is_own = outcome == base
        if not is_own and fits(s, node, memory, base, outcome, space):
            is_own = s.futures == 0 or not is_cut_off(s, node, memory, space)
        if is_own:
            gather_outcome(s, node, base, outcome, chances, mean, space)
        else:
            left[kept] = outcome
            kept += 1
    return kept


@compiled
def add_bunch(s: Any, node: Any, slot: Any, memory: Any, base: int, mean: Floats, slope: Floats, space: Any) -> None:
    """Add the bound of a bunch at its mean right-hand side, times its probability.

    `space.chance` holds its probability and how many outcomes it has: so many roundings went into its sums.
    """
    chance = space.chance[0]
    gather_columns(s, node, base, space)
    level, is_sure = certify(s, node, slot, memory, base, space.dual, space.slope, space)
    random, width = integers(node.random_set, node.random_rows), s.moved_rows
    lower = doubles(node.row_lower + base * width * DOUBLE, width)
    upper = doubles(node.row_upper + base * width * DOUBLE, width)
    total, size = chance * level, abs(chance * level)
    for k in range(node.random_rows):
        weight = space.dual[random[k]]
        bound = lower[random[k]] if weight > 0.0 else upper[random[k]]
        if weight != 0.0 and abs(bound) < np.inf:
            moved = space.low[k] if weight > 0.0 else space.high[k]
            total += weight * (moved - chance * bound)
            size += abs(weight) * (abs(moved) + abs(chance * bound))
    mean[0] += total - UNIT * (space.chance[1] + 2 * node.random_rows + 8) * size
    mean[1] += chance
    mean[2] += 0.0 if is_sure else 1.0
    for j in range(s.incoming):
        slope[j] += chance * space.slope[j]
