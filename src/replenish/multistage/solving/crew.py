"""Sharing tasks out to lanes, and lanes to threads."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np

from replenish.errors import SolveError
from replenish.multistage.linear_program import Solution
from replenish.multistage.modelling.expression import Floats, Ints
from replenish.multistage.records import COUNTS, TASK
from replenish.multistage.solving.lanes import MOST_PROGRAMMES, Found, Lane, Start
from replenish.multistage.solving.whole import Whole
from replenish.multistage.tables.tables import Records, Tables

T = TypeVar("T")
CHUNK = 1_000.0
"""Microseconds of work below which handing a part to another thread costs more than it saves."""
SOLVE, SOLVE_ROW = 20.0, 1.2
"""Microseconds that a solve is taken to last: so many, and so many a row. A guess serves: it only shares work out."""


@dataclass(frozen=True, slots=True)
class Work:
    """How the work is divided; only `threads` may differ between runs that shall give the same bits.

    lanes: parts into which the work is split, each with programmes of its own.
    threads: how many serve the lanes; as many as there are processors if None.
    is_lazy: whether only cuts that matter are in a programme; the answers are the same.
    """

    lanes: int = 4
    threads: int | None = None
    is_lazy: bool = True

    def __post_init__(self) -> None:
        if self.lanes < 1 or (self.threads is not None and self.threads < 1):
            raise ValueError(f"{self.lanes} lanes and {self.threads} threads: both must be at least 1")


class Crew:
    """Lanes and the threads that serve them."""

    def __init__(
        self, tables: Tables, work: Work, whole: Whole | None = None, *, most_programmes: int | None = None
    ) -> None:
        """Make the lanes; `whole` solves a first stage with whole variables."""
        self._tables, self._work, self._whole = tables, work, whole
        most = most_programmes or MOST_PROGRAMMES
        self._lanes = [Lane(tables, is_lazy=work.is_lazy, most_programmes=most) for _ in range(work.lanes)]
        self._threads = min(work.threads or os.cpu_count() or 1, work.lanes)
        self._pool: ThreadPoolExecutor | None = None

    def solve(self, tasks: Records, states: Floats, *, with_primal: bool = False) -> Found:
        """Solve tasks that do not depend on each other.

        Raises:
            SolveError: a programme has no optimum, in the caller's words.
        """
        return self.solve_parts(_split(tasks, self._parts(tasks)), states, with_primal=with_primal)

    def solve_parts(
        self, parts: Sequence[Records], states: Floats, *, with_primal: bool = False, with_duals: bool = False
    ) -> Found:
        """Solve parts, each in order in a lane of its own; outgoing states are written into `states`."""
        first = [self._solve_whole(part, states) for part in parts]
        jobs = [
            partial(lane.solve, part, states, first=found, with_primal=with_primal, with_duals=with_duals)
            for lane, part, found in zip(self._lanes, parts, first, strict=False)
        ]
        found = self._each(jobs)
        if len(found) == 1:
            return found[0]
        return Found(*(np.concatenate([one[k] for one in found]) for k in range(len(found[0]))))

    def _solve_whole(self, tasks: Records, states: Floats) -> dict[int, Solution]:
        """Return what a first stage in whole numbers decides, by task; nothing leads to these tasks but the start.

        Raises:
            SolveError: it has no optimum.
        """
        found: dict[int, Solution] = {}
        if self._whole is None:
            return found
        for place in np.nonzero(tasks["node"] == self._whole.node)[0].tolist():
            size = int(self._tables.structures["incoming"][self._tables.nodes["structure"][tasks["node"][place]]])
            task = tasks[place]
            found[place], left = self._whole.solve(int(task["outcome"]), states[task["source"], :size].copy())
            if task["target"] >= 0:
                states[task["target"], : len(left)] = left
        return found

    def begin(self, node: int, start: Start | None) -> None:
        """Let what is found for a node next depend on nothing that was solved before."""
        for lane in self._lanes:
            lane.begin(node, start)
        if self._whole is not None:
            self._whole.forget()

    def leave(self, node: int) -> Start:
        """Return what a node that one task was solved for just now may begin with again."""
        return self._lanes[0].leave(node)

    def solve_bulk(self, node: int, outcomes: Ints, state: Floats) -> tuple[Floats, Floats]:
        """Return sums over outcomes of one node; see `Lane.solve_bulk`.

        Raises:
            SolveError: a programme has no optimum, in the caller's words.
        """
        parts = [part for part in np.array_split(outcomes, len(self._lanes)) if len(part)]
        lanes = zip(self._lanes, parts, strict=False)
        found = self._each([partial(lane.solve_bulk, node, part, state) for lane, part in lanes])
        return np.sum([mean for mean, _ in found], axis=0), np.sum([slope for _, slope in found], axis=0)

    def _each(self, jobs: Sequence[Callable[[], T]]) -> list[T]:
        """Return what each lane does, in the order of lanes; all have come to an end, whichever failed.

        Raises:
            SolveError: that of the first lane that failed.
        """
        if len(jobs) == 1:
            return [jobs[0]()]
        if self._threads > 1:
            self._pool = self._pool or ThreadPoolExecutor(self._threads, "lane")
            pending = [self._pool.submit(job) for job in jobs]
            wait(pending)
            return [one.result() for one in pending]
        done = [_tried(job) for job in jobs]
        return [one.result() for one in done]

    def share(self, count: int) -> list[Ints]:
        """Return which of `count` independent chains of tasks each lane has."""
        return [part for part in np.array_split(np.arange(count), self._work.lanes) if len(part)]

    def counts(self) -> Records:
        """Return what all lanes have done together, one record."""
        total = np.zeros(1, COUNTS)
        for name in COUNTS.names or ():
            total[name] = sum(int(lane.counts[name][0]) for lane in self._lanes)
        return total

    def solves(self) -> int:
        """Return how often lanes have run the solver."""
        return sum(int(lane.counts["solves"][0]) for lane in self._lanes)

    def _parts(self, tasks: Records) -> int:
        """Return into how many parts tasks are split: a matter of their number and size, not of the clock."""
        rows = float(self._tables.structures["rows"][self._tables.nodes["structure"][tasks["node"][:1]]].mean())
        return int(np.clip(len(tasks) * (SOLVE + SOLVE_ROW * rows) / CHUNK, 1, len(self._lanes)))


def _tried(job: Callable[[], T]) -> Future[T]:
    """Return what a job found, or how it failed."""
    done: Future[T] = Future()
    try:
        done.set_result(job())
    except SolveError as error:
        done.set_exception(error)
    return done


def _split(tasks: Records, parts: int) -> list[Records]:
    return [part for part in np.array_split(tasks, parts) if len(part)] if parts > 1 else [tasks]


def to_tasks(node: Ints, outcome: Ints, source: Ints, target: Ints | int) -> Records:
    """Return tasks as records."""
    tasks = np.zeros(len(node), TASK)
    tasks["node"], tasks["outcome"], tasks["source"], tasks["target"] = node, outcome, source, target
    return tasks
