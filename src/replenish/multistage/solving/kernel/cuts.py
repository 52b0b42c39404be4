"""Cuts in and out of a programme: only those that matter are in it, and the answer is that of all of them."""

from __future__ import annotations

from typing import Any

from replenish.multistage.modelling.expression import Floats, Ints
from replenish.multistage.records import VERBS
from replenish.multistage.solving.kernel.compiled import compiled
from replenish.multistage.solving.kernel.foreign import call_pii, call_pip, call_pippippp, doubles, integers

ADD_ROWS = VERBS.index("addRows")
DELETE_SET, DELETE_RANGE = VERBS.index("deleteRowsBySet"), VERBS.index("deleteRowsByRange")
AGE = 10
"""What a change of the incoming state adds to the idleness of a cut; not to bind in a solve alone makes it 1."""
PATIENCE = 2 * AGE - 1
"""A cut that is idle beyond this, so has not bound from the last two states, may leave when there are too many."""
RELATIVE, ABSOLUTE = 1e-9, 1e-8
"""A cut is violated beyond this, relative to the cost to go and in scaled units: below the tolerance of the solver."""
BLOCK = 256  # cuts that are looked at together: their values stay in the fastest cache


@compiled
def add_cuts(verbs: Ints, model: int, s: Any, node: Any, cuts: Ints, count: int, space: Any) -> None:
    """Add rows future[of] - slope @ x >= level for some cuts."""
    level, of = doubles(node.level, node.capacity), integers(node.of, node.capacity)
    slope = doubles(node.slope, node.width * node.capacity)
    place, first = 0, s.columns - s.outgoing
    for k in range(count):
        cut = cuts[k]
        space.row_start[k] = place
        space.row_lower[k] = level[cut]
        for j in range(node.width):
            factor = slope[j * node.capacity + cut]
            if factor != 0.0:
                space.row_column[place], space.row_factor[place] = first + j, -factor
                place += 1
        space.row_column[place], space.row_factor[place] = s.columns + of[cut], 1.0
        place += 1
    call_pippippp(verbs[ADD_ROWS], (
        model, count, space.row_lower.ctypes.data, space.infinity.ctypes.data, place, space.row_start.ctypes.data,
        space.row_column.ctypes.data, space.row_factor.ctypes.data,
    ))  # fmt: skip


@compiled
def forget_cuts(verbs: Ints, model: int, rows: int, count: int) -> None:
    """Remove the last `count` rows."""
    if count > 0:
        call_pii(verbs[DELETE_RANGE], (model, rows, rows + count - 1))


@compiled
def load(verbs: Ints, slot: Any, s: Any, node: Any, memory: Any, chosen: Ints, count: int, space: Any) -> None:
    """Add chosen cuts to the programme of a node and remember them."""
    add_cuts(verbs, slot.model, s, node, chosen, count, space)
    cut, idle = integers(memory.cut, memory.limit), integers(memory.idle, memory.limit)
    for k in range(count):
        cut[memory.loaded + k], idle[memory.loaded + k] = chosen[k], 0
    memory.loaded += count


@compiled
def load_newest(verbs: Ints, slot: Any, s: Any, node: Any, memory: Any, space: Any) -> None:
    """Add the newest of the cuts that came since the node was last solved here."""
    first = max(memory.seen, node.cuts - memory.newest)
    count = min(node.cuts - first, memory.limit - memory.loaded)
    memory.seen = node.cuts
    if count > 0:
        for k in range(count):
            space.chosen[k] = first + k
        load(verbs, slot, s, node, memory, space.chosen, count, space)


@compiled
def find_violated(s: Any, node: Any, memory: Any, x: Floats, space: Any) -> int:
    """Put violated cuts that are not loaded into `space.chosen`: the worst of each cost to go; return how many.

    Of a single cost to go it is the worst of each block, so that cuts of all ages come in at once.
    """
    level, of = doubles(node.level, node.capacity), integers(node.of, node.capacity)
    slope = doubles(node.slope, node.width * node.capacity)
    first, capacity, height, found = s.columns - s.outgoing, node.capacity, space.height, 0
    forget_worst(s, x, space)
    for start in range(0, node.cuts, BLOCK):
        count = min(BLOCK, node.cuts - start)
        for c in range(count):
            height[c] = level[start + c]
        for j in range(node.width):
            z = x[first + j]
            if z != 0.0:
                base = j * capacity + start
                for c in range(count):
                    height[c] += slope[base + c] * z
        for c in range(count):
            f = of[start + c]
            excess = height[c] - x[s.columns + f]
            if excess > space.worst[f]:
                space.worst[f], space.which[f] = excess, start + c
        if s.futures == 1:
            found = choose_worst(s, memory, found, space)
            forget_worst(s, x, space)
    return found if s.futures == 1 else choose_worst(s, memory, found, space)


@compiled
def forget_worst(s: Any, x: Floats, space: Any) -> None:
    """Begin to look for the worst cut of each cost to go: it must be violated beyond the tolerance."""
    for f in range(s.futures):
        space.worst[f], space.which[f] = ABSOLUTE + RELATIVE * abs(x[s.columns + f]), -1


@compiled
def choose_worst(s: Any, memory: Any, found: int, space: Any) -> int:
    """Add the worst cuts to `space.chosen`, if they are not loaded; return how many there are now."""
    cut = integers(memory.cut, memory.limit)
    for f in range(s.futures):
        is_new = space.which[f] >= 0 and found < len(space.chosen)
        for k in range(memory.loaded):
            is_new = is_new and cut[k] != space.which[f]
        if is_new:
            space.chosen[found] = space.which[f]
            found += 1
    return found


@compiled
def note_binding(s: Any, memory: Any, dual: Floats) -> None:
    """Note which loaded cuts bind: they are not idle."""
    idle = integers(memory.idle, memory.limit)
    for k in range(memory.loaded):
        idle[k] = 0 if abs(dual[s.rows + k]) > 1e-12 else max(idle[k], 1)


@compiled
def age(memory: Any) -> None:
    """Let loaded cuts age by a change of state."""
    idle = integers(memory.idle, memory.limit)
    for k in range(memory.loaded):
        idle[k] += AGE


@compiled
def drop_idle(verbs: Ints, slot: Any, s: Any, memory: Any, patience: int, space: Any) -> int:
    """Take cuts out that are idle beyond `patience`; return how many."""
    cut, idle = integers(memory.cut, memory.limit), integers(memory.idle, memory.limit)
    kept, dropped = 0, 0
    for k in range(memory.loaded):
        if idle[k] > patience:
            space.dropped[dropped] = s.rows + k
            dropped += 1
        else:
            cut[kept], idle[kept] = cut[k], idle[k]
            kept += 1
    if dropped > 0:
        call_pip(verbs[DELETE_SET], (slot.model, dropped, space.dropped.ctypes.data))
    memory.loaded = kept
    return dropped
