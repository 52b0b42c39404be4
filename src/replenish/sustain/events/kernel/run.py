"""One history: clusters of parts one after the other, each with all its events in the order of time."""

from __future__ import annotations

import numpy as np

from replenish.arrays.groups import Floats, Ints
from replenish.sustain.events.kernel.bench import end_repair, take_to_bench, work
from replenish.sustain.events.kernel.compiled import compiled, entry, inlined
from replenish.sustain.events.kernel.draw import REMOVAL_DRAW, batch_size, mixed, quantile, share, words
from replenish.sustain.events.kernel.fleet import close_log, is_in_use, next_removal, open_hole, working_system
from replenish.sustain.events.kernel.heap import coded, drop_first, push, sink
from replenish.sustain.events.kernel.stock import receive, request, settle
from replenish.sustain.events.kernel.world import (
    BEGUN,
    CHANGES,
    CLUSTER,
    EVENTS,
    FINE,
    FREE,
    HEAP,
    HISTORY,
    LENT,
    MARGIN,
    MARK,
    NOBODY,
    NODES,
    REMOVE,
    REPAIRED,
    SEED,
    SHORT,
    STATUS,
    SYSTEM,
    World,
)

_PLACE_MASK = (1 << 31) - 1


@entry
def run_history(world: World, start: float, end: float, curve_days: Floats, curve: Ints) -> None:
    """Run all clusters from day `start` to day `end`; stop, with a status, where room runs short, and go on from there.

    `curve` (day, 2, place) gets units owed and on hand just before each of `curve_days`.
    """
    counters = world.counters
    while counters[CLUSTER] < world.row_start.shape[0] - 1:
        if counters[BEGUN] == 0:
            begin_cluster(world, counters[CLUSTER], start, end)
        run_cluster(world, counters[CLUSTER], end, curve_days, curve)
        if counters[STATUS] != FINE:
            return
        finish(world, counters[CLUSTER], end)
        if counters[STATUS] != FINE:
            return
        counters[CLUSTER] += 1
        counters[BEGUN] = 0
    for s in range(world.shops.shape[0]):
        work(world.shops[s], end)


@compiled
def begin_cluster(world: World, k: int, start: float, end: float) -> None:
    """Put the first removals of a cluster on an empty heap."""
    counters = world.counters
    counters[HEAP], counters[NODES], counters[FREE], counters[MARK], counters[BEGUN] = 0, 0, NOBODY, 0, 1
    for n in range(world.row_start[k], world.row_start[k + 1]):
        plan_first(world, world.cluster_row[n], start, end)


@inlined
def is_short(world: World) -> bool:
    """Return whether the next event might not find room."""
    counters = world.counters
    return bool(
        counters[HEAP] + MARGIN > world.heap.time.shape[0]
        or counters[NODES] + MARGIN > world.nodes.shape[0]
        or counters[CHANGES] + MARGIN > world.changes.shape[0]
    )


@compiled
def run_cluster(world: World, k: int, end: float, curve_days: Floats, curve: Ints) -> None:
    """Run the parts of a cluster, which nothing ties to other parts."""
    counters, heap = world.counters, world.heap
    mark, events = counters[MARK], 0
    while counters[STATUS] == FINE:
        if is_short(world):
            counters[STATUS] = SHORT
            break
        t = heap.time[0] if counters[HEAP] > 0 else np.inf
        while mark < curve_days.shape[0] and curve_days[mark] <= min(t, end):
            read_curve(world, k, mark, curve)
            mark += 1
        if t >= end:
            break
        events += 1
        code = heap.code[0]
        kind, place = code & 7, (code >> 3) & _PLACE_MASK
        if kind == REMOVE:
            remove(world, place, t, end)
            continue
        drop_first(heap, counters)
        if kind == REPAIRED:
            end_repair(world, place, code >> 34, t)
            continue
        if kind == LENT:
            world.cells[place].coming -= 1
        receive(world, place, t)
    counters[MARK] = mark
    counters[EVENTS] += events


@compiled
def plan_first(world: World, r: int, start: float, end: float) -> None:
    """Put the first removal of a row on the heap."""
    row = world.rows[r]
    world.states[r].stretch = world.fleets[row.fleet].first_stretch
    w0, w1, _, _ = words(
        world.counters[SEED], world.counters[HISTORY], 0, row.part_stream, (row.fleet_stream << 2) | REMOVAL_DRAW
    )
    world.states[r].drawn = 1
    t = next_removal(world, r, start, quantile(world.knots, row.gap_law, w0, w1))
    if t < end:
        push(world.heap, world.counters, t, coded(REMOVE, r, 0))


@compiled
def remove(world: World, r: int, t: float, end: float) -> None:
    """Remove a part, or a batch of parts, from systems, and put the next removal in the place of this one."""
    row, state, counters = world.rows[r], world.states[r], world.counters
    w0, w1, w2, w3 = words(
        counters[SEED], counters[HISTORY], state.drawn, row.part_stream, (row.fleet_stream << 2) | REMOVAL_DRAW
    )
    state.drawn += 1
    following = next_removal(world, r, t, quantile(world.knots, row.gap_law, w0, w1))
    if following < end:
        sink(world.heap, counters[HEAP], following, coded(REMOVE, r, 0))
    else:
        drop_first(world.heap, counters)
    mix = mixed((w2 << np.uint64(32)) | w3)
    for _ in range(batch_size(row.batch, share(w2)) if row.batch > 0.0 else 1):
        remove_one(world, r, t, mix)
        mix = mixed(mix)


@compiled
def remove_one(world: World, r: int, t: float, mix: np.uint64) -> None:
    """Remove a part from a random system; in a closed fleet nothing comes of it if that position is not in use."""
    row = world.rows[r]
    fleet = world.fleets[row.fleet]
    system = NOBODY
    if fleet.is_closed:
        position = int(np.int64(mix % np.uint64(fleet.systems * row.quantity)))
        if not is_in_use(world, r, position):
            return
        system = position // row.quantity
    if world.cells[row.place].on_hand == 0:
        if not fleet.is_closed:
            system = working_system(world, r, mix)
        open_hole(world, r, system, t)
    request(world, row.place, t, SYSTEM, r, system)
    take_to_bench(world, row.place, t)


@compiled
def read_curve(world: World, k: int, mark: int, curve: Ints) -> None:
    """Write down what is owed and on hand."""
    for n in range(world.place_start[k], world.place_start[k + 1]):
        first = world.cluster_place[n]
        for c in range(first, first + world.sites):
            curve[mark, 0, c], curve[mark, 1, c] = world.cells[c].owed, world.cells[c].on_hand


@compiled
def finish(world: World, k: int, end: float) -> None:
    """Bring all sums of a cluster up to the end."""
    for n in range(world.place_start[k], world.place_start[k + 1]):
        first = world.cluster_place[n]
        for c in range(first, first + world.sites):
            settle(world.cells[c], end)
    for n in range(world.row_start[k], world.row_start[k + 1]):
        close_log(world, world.cluster_row[n], end)
