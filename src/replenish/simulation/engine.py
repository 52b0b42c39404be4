"""Monte Carlo over blocks of paths: threads share the blocks, results do not depend on who ran which."""

from __future__ import annotations

import ctypes
import os
import queue
import threading
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from replenish.arrays.groups import Arrays, Floats
from replenish.errors import UsageError
from replenish.simulation.kernel.collect import BINS, BLOCK, HISTOGRAM, Series, Statistics
from replenish.simulation.kernel.run import run_lanes
from replenish.simulation.kernel.tables import Tables, to_tables
from replenish.simulation.state import LANES, Workspace, choose_lanes, reset, workspace
from replenish.simulation.statistics import (
    Moments,
    OpenBlock,
    Totals,
    no_totals,
    places_of,
    rows_of,
    statistics,
    to_moments,
)

MEMORY_LIMIT: Final = 4 * 2**30  # bytes of histograms of all workers
NO_TRACE: Final[Floats] = np.zeros((0, 0, 0))

Decide = Callable[[int, int, Workspace], None]
"""Called in the middle of each period with its number, the first path and the workspace."""

Progress = Callable[[int], None]
"""Called with the number of paths finished since the last call."""


@dataclass(frozen=True, slots=True)
class Worker:
    """The memory of one thread."""

    tables: Tables
    space: Workspace
    gathered: Statistics


@dataclass(frozen=True, slots=True)
class Part:
    """What some paths of a block add, beyond what lies in the memory of the worker."""

    first: int  # path
    moments: Moments | OpenBlock  # of the block up to the last of these paths
    scalars: Floats  # (scalar, path)
    trajectories: npt.NDArray[np.float32]  # (trajectory, period, path)
    count: int  # paths


Keep = Callable[[Part], None]
"""Called with each part in the order of paths."""


def _ignore(_: object) -> None:
    """Take no notice."""


class Simulation:
    """Paths 0 to `paths` of a scenario, and their statistics; `run` adds paths to them."""

    def __init__(
        self, arrays: Arrays, series: Series, *, seed: int, workers: int | None = None, start: Totals | None = None,
        decide: Decide | None = None,
    ) -> None:  # fmt: skip
        """Prepare to go on from `start`, or from no paths.

        Raises:
            UsageError: the statistics asked for would not fit in memory.
        """
        count = _affordable(series, workers or os.cpu_count() or 1)
        start = start or no_totals(series, len(arrays.stocks.dated))
        lanes = choose_lanes(arrays)
        self._arrays, self._series, self._seed, self._decide = arrays, series, seed, decide
        self._whole, self._rest = start.whole, start.rest
        self._lanes, self._most = lanes, count
        first = make_worker(arrays, series, lanes)
        own = first.gathered._replace(histogram=start.counts, extremes=start.extremes, dates=start.dates)
        self._team = [Worker(first.tables, first.space, own)]

    @property
    def paths(self) -> int:
        """Return the number of paths done."""
        return self._whole.count + (self._rest.count if self._rest else 0)

    def run(
        self, paths: int, *, progress: Progress = _ignore, keep: Keep = _ignore, stop: threading.Event | None = None
    ) -> None:
        """Go on to `paths` paths in all; once `stop` is set, only blocks that have begun are finished."""
        if paths <= self.paths:
            return
        done, begun, blocks = self.paths, self._rest, range(self.paths // BLOCK, -(-paths // BLOCK))
        while len(self._team) < min(self._most, len(blocks)):
            self._team.append(make_worker(self._arrays, self._series, self._lanes))

        def work(worker: Worker, block: int) -> Part:
            own = range(max(block * BLOCK, done), min((block + 1) * BLOCK, paths))
            before = begun if block == blocks[0] else None
            return run_block(
                self._arrays, self._series, worker, seed=self._seed, paths=own, begun=before, decide=self._decide
            )

        deal = Deal(blocks, stop or threading.Event(), ahead=4 * len(self._team))
        with closing(deal.results(self._team[: len(blocks)], work)) as parts:
            for part in parts:
                self._add(part)
                keep(part)
                progress(part.count)

    def _add(self, part: Part) -> None:
        if isinstance(part.moments, OpenBlock):
            self._rest = part.moments
        else:
            self._whole, self._rest = self._whole + part.moments, None

    def totals(self) -> Totals:
        """Return the statistics of all paths done; counts are whole, so the order of workers does not matter."""
        first, *others = (worker.gathered for worker in self._team)
        for other in others:
            for name in ("histogram", "dates"):
                getattr(first, name)[...] += getattr(other, name)
                getattr(other, name)[...] = 0
            np.minimum(first.extremes[:, :, 0], other.extremes[:, :, 0], out=first.extremes[:, :, 0])
            np.maximum(first.extremes[:, :, 1], other.extremes[:, :, 1], out=first.extremes[:, :, 1])
        return Totals(self._whole, self._rest, first.histogram, first.extremes, first.dates)


class Deal:
    """Blocks that threads take one after the other, so that those taken are always the first ones."""

    def __init__(self, blocks: range, stop: threading.Event, *, ahead: int) -> None:
        self._blocks, self._stop, self._ahead = blocks, stop, ahead
        self._taken = self._read = 0
        self._changed = threading.Condition()
        self._results: queue.SimpleQueue[tuple[int, Part | BaseException | None]] = queue.SimpleQueue()

    def results(self, team: list[Worker], work: Callable[[Worker, int], Part]) -> Generator[Part]:
        """Yield the part of each block in turn; an error in a thread stops all and is raised here."""
        # Threads of a program that is told twice to stop end with it, in whatever block they are.
        threads = [threading.Thread(target=self._serve, args=(worker, work), daemon=True) for worker in team]
        for thread in threads:
            thread.start()
        try:
            yield from self._in_order(len(threads))
        except Exception:
            self._end(threads)
            raise
        finally:
            self._stop_dealing()

    def _in_order(self, busy: int) -> Generator[Part]:
        waiting: dict[int, Part] = {}
        while busy:
            number, part = self._results.get()
            if isinstance(part, BaseException):
                raise part
            if part is None:
                busy -= 1
                continue
            waiting[number] = part
            while self._read in waiting:
                yield waiting.pop(self._read)
                with self._changed:
                    self._read += 1
                    self._changed.notify_all()

    def _serve(self, worker: Worker, work: Callable[[Worker, int], Part]) -> None:
        try:
            while (number := self._take()) is not None:
                self._results.put((number, work(worker, self._blocks[number])))
            self._results.put((-1, None))
        except BaseException as error:
            self._results.put((-1, error))

    def _take(self) -> int | None:
        """Return the next block; None if there is none or no more are wanted.  Wait if too many are unread."""
        with self._changed:
            self._changed.wait_for(lambda: self._taken - self._read < self._ahead or self._stop.is_set())
            if self._stop.is_set() or self._taken == len(self._blocks):
                return None
            self._taken += 1
            return self._taken - 1

    def _stop_dealing(self) -> None:
        with self._changed:
            self._taken = len(self._blocks)
            self._read = self._taken
            self._changed.notify_all()

    def _end(self, threads: list[threading.Thread]) -> None:
        self._stop_dealing()
        for thread in threads:
            thread.join()


def run_paths(
    arrays: Arrays,
    series: Series,
    *,
    paths: int,
    seed: int,
    workers: int | None = None,
    progress: Progress = _ignore,
) -> Totals:
    """Simulate `paths` paths and return their statistics.

    Raises:
        UsageError: the statistics asked for would not fit in memory.
    """
    simulation = Simulation(arrays, series, seed=seed, workers=workers)
    simulation.run(paths, progress=progress)
    return simulation.totals()


def make_worker(arrays: Arrays, series: Series, lanes: int = LANES) -> Worker:
    """Return the memory of one thread that takes `lanes` paths at a time."""
    space = workspace(arrays, lanes)
    read = series.terms if len(series.columns) else None  # without series it is a trace that is wanted
    return Worker(to_tables(arrays, read), space, statistics(series, len(arrays.stocks.dated), space.buffer))


def run_block(
    arrays: Arrays, series: Series, worker: Worker, *, seed: int, paths: range, begun: OpenBlock | None = None,
    decide: Decide | None = None,
) -> Part:  # fmt: skip
    """Run `paths`, which lie in one block and begin it or go on with what has `begun`."""
    own, lanes = worker.gathered, worker.space.buffer.shape[1]
    if begun is not None:
        own.shift[...], own.sums[...] = begun.shift, begun.sums
    for first in range(paths.start // lanes * lanes, paths.stop, lanes):
        lanes_used = range(max(paths.start - first, 0), min(paths.stop - first, lanes))
        run_group(arrays, series, worker, seed=seed, first=first, lanes=lanes_used, decide=decide)
    start, count = paths.start % BLOCK, (paths.stop - 1) % BLOCK + 1
    is_whole = count == BLOCK
    moments = to_moments(BLOCK, own.moments) if is_whole else OpenBlock(count, own.shift.copy(), own.sums.copy())
    scalars, trajectories = own.scalars[:, start:count].copy(), own.trajectories[:, :, start:count].copy()
    return Part(paths.start, moments, scalars, trajectories, len(paths))


_DOOR = ctypes.CFUNCTYPE(None, ctypes.c_int64)


class Asked:
    """The door through which a kernel asks functions of the user; what they raise waits until the kernel is done."""

    def __init__(self, decide: Decide | None, first_path: int, space: Workspace) -> None:
        self.error: BaseException | None = None
        self._decide, self._first_path, self._space = decide, first_path, space
        self.door = _DOOR(self._ask)

    def _ask(self, t: int) -> None:
        if self._decide is not None and self.error is None:
            try:
                self._decide(t, self._first_path, self._space)
            except BaseException as error:
                self.error = error


def run_group(
    arrays: Arrays,
    series: Series,
    worker: Worker,
    *,
    seed: int,
    first: int,
    lanes: range,
    trace: Floats = NO_TRACE,
    decide: Decide | None = None,
) -> None:
    """Run one group of lanes from the start to the end of the horizon; lane 0 is path `first`, only `lanes` count.

    With `decide` the functions of the user are asked in the middle of every period.
    """
    space, tables = worker.space, worker.tables
    reset(space)
    asked = Asked(decide, first, space)
    run_lanes(
        seed, first, lanes.start, lanes.stop, tables, space.amounts, space.codes, space.words, space.progress,
        space.buffer, series, worker.gathered, trace, decide is not None, asked.door,
    )  # fmt: skip
    if asked.error is not None:
        raise asked.error


def _affordable(series: Series, workers: int) -> int:
    """Return how many workers have room for their histograms, at most `workers`."""
    rows, places = rows_of(series, HISTOGRAM), places_of(series)
    needed = rows * places * BINS * 4
    if needed > MEMORY_LIMIT:
        raise UsageError(
            f"statistics of {rows} series over {places} periods need {needed / 2**30:.1f} GiB for each worker, the"
            f" limit is {MEMORY_LIMIT / 2**30:.0f} GiB for all; name fewer measures, holders or items under [collect],"
            " or keep fewer periods with `every`"
        )
    return min(workers, MEMORY_LIMIT // max(needed, 1))
