"""Histories run by threads: each has its own memory, which grows where a history needs more."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from replenish.arrays.groups import Floats, Ints
from replenish.arrays.network import Network
from replenish.sustain.events.kernel.run import run_history
from replenish.sustain.events.kernel.sweep import Seen, sweep
from replenish.sustain.events.kernel.world import (
    BEGUN,
    CHANGE,
    CHANGES,
    CHANGES_FULL,
    EVENTS,
    FINE,
    HEAP,
    HEAP_FULL,
    HISTORY,
    MARGIN,
    NODE,
    NODES,
    NODES_FULL,
    SEED,
    SHORT,
    STATE,
    STATUS,
    Heap,
    Records,
    World,
)
from replenish.sustain.events.tables import Tables, draw_rates


class Span(NamedTuple):
    """Days of a study; day 0 is its start."""

    start: float  # of the warm-up
    end: float
    year_ends: Floats
    curve_days: Floats


class History(NamedTuple):
    """What one history says; sums over days after day 0."""

    cells: Records
    shops: Records
    seen: Seen
    curve: Ints  # (day, 2, place)
    events: int


def _longer(row: Records, length: int) -> Records:
    """Return a row that starts as `row` does."""
    if len(row) == length:
        return row
    found = np.zeros(length, row.dtype)
    found[: len(row)] = row
    return found


class Worker:
    """The memory of one thread."""

    def __init__(self, network: Network, tables: Tables, *, seed: int, draws_rates: bool) -> None:
        self._network, self._tables, self._seed, self._draws_rates = network, tables, seed, draws_rates
        rows = int(np.diff(tables.row_start).max(initial=0))
        self._room = {HEAP_FULL: rows + 2 * MARGIN, NODES_FULL: 2 * MARGIN, CHANGES_FULL: 2 * MARGIN}
        self.world = self._new_world()

    def _new_world(self) -> World:
        own, room = self._tables, self._room
        return World(
            places=own.places, cells=own.cells.copy(), rows=own.rows, states=np.zeros(len(own.rows), STATE),
            holes=np.zeros(own.holes, np.int64), fleets=own.fleets, down=np.zeros(len(own.fleets), np.int64),
            causes=np.zeros(len(own.system_fleet), np.int64), stretch_start=own.stretch_start,
            stretch_usage=own.stretch_usage, shops=own.shops.copy(), queues=own.queues.copy(), inner=own.inner,
            members=own.members, knots=own.knots,
            heap=Heap(np.zeros(room[HEAP_FULL]), np.zeros(room[HEAP_FULL], np.int64)),
            nodes=np.zeros(room[NODES_FULL], NODE), changes=np.zeros(room[CHANGES_FULL], CHANGE),
            counters=np.zeros(BEGUN + 1, np.int64), cluster_row=own.cluster_row, cluster_place=own.cluster_place,
            row_start=own.row_start, place_start=own.place_start, sites=own.sites,
        )  # fmt: skip

    def run(self, history: int, span: Span) -> History:
        """Return what a history says."""
        rates = np.ones(len(self._network.parts.rate))
        if self._draws_rates and np.isfinite(self._network.parts.rate_shape).any():
            rates = draw_rates(self._network, self._tables, self._seed, history)
        curve = np.zeros((len(span.curve_days), 2, len(self._tables.places)), np.int64)
        while not self._has_room(history, span, rates, curve):
            self._room[int(self.world.counters[STATUS])] *= 2
            self.world = self._new_world()
        seen = self._see(span)
        return History(self.world.cells.copy(), self.world.shops.copy(), seen, curve, int(self.world.counters[EVENTS]))

    def _has_room(self, history: int, span: Span, rates: Floats, curve: Ints) -> bool:
        """Run a history from its start and return whether there was room for it."""
        world, own = self.world, self._tables
        self._reset(span.start)
        world.states["rate"] = own.rows["factor"] * rates[own.rows["part"]]
        world.counters[:] = 0
        world.counters[SEED], world.counters[HISTORY] = self._seed, history
        run_history(world, span.start, span.end, span.curve_days, curve)
        while world.counters[STATUS] == SHORT:
            world = self.world = self._grown()
            run_history(world, span.start, span.end, span.curve_days, curve)
        return bool(world.counters[STATUS] == FINE)

    def _grown(self) -> World:
        """Return the same moment of a history with more room where it ran short."""
        world, counters, room = self.world, self.world.counters, self._room
        for what, used in ((HEAP_FULL, HEAP), (NODES_FULL, NODES), (CHANGES_FULL, CHANGES)):
            if counters[used] + MARGIN > room[what]:
                room[what] *= 2
        counters[STATUS] = FINE
        heap = Heap(_longer(world.heap.time, room[HEAP_FULL]), _longer(world.heap.code, room[HEAP_FULL]))
        nodes, changes = _longer(world.nodes, room[NODES_FULL]), _longer(world.changes, room[CHANGES_FULL])
        return world._replace(heap=heap, nodes=nodes, changes=changes)

    def _reset(self, start: float) -> None:
        world, own = self.world, self._tables
        for now, first in ((world.cells, own.cells), (world.shops, own.shops), (world.queues, own.queues)):
            now[...] = first
        world.cells["last"] = world.shops["last"] = start
        world.states[...] = 0
        for counts in (world.holes, world.down, world.causes):
            counts[...] = 0

    def _see(self, span: Span) -> Seen:
        own, changes = self._tables, self.world.changes[: self.world.counters[CHANGES]]
        systems, fleets = len(own.system_fleet), len(own.fleets)
        seen = Seen(
            causes=np.zeros(systems, np.int64), shared=np.zeros(systems), last_shared=np.full(systems, span.start),
            row_days=np.zeros(len(own.rows)), down=np.zeros(fleets, np.int64), last=np.full(fleets, span.start),
            down_days=np.zeros(fleets), whole_days=np.zeros(fleets),
            year_days=np.zeros((len(span.year_ends), fleets)),
            curve=np.zeros((len(span.curve_days), fleets), np.int64),
        )  # fmt: skip
        order = np.argsort(changes["time"], kind="stable")
        sweep(changes, order, own.system_fleet, seen, span.year_ends, span.curve_days, span.end)
        return seen


def run_histories(
    make: Callable[[], Worker], span: Span, *, histories: int, workers: int, stop: threading.Event
) -> Iterator[History]:
    """Yield histories in order, as threads finish them; once `stop` is set, none that has not begun."""
    memory = threading.local()

    def work(history: int) -> History | None:
        if stop.is_set():
            return None
        if not hasattr(memory, "worker"):
            memory.worker = make()
        worker: Worker = memory.worker
        return worker.run(history, span)

    with ThreadPoolExecutor(min(workers, histories)) as pool:
        try:
            for found in pool.map(work, range(histories)):
                if found is None:
                    return
                yield found
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
