"""Monte Carlo over blocks of paths: threads share the blocks, results do not depend on who ran which."""

from __future__ import annotations

import os
import queue
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import numpy as np

from replenish.arrays.groups import Arrays, Floats
from replenish.errors import UsageError
from replenish.simulation.kernel.collect import BINS, Series, Statistics
from replenish.simulation.kernel.run import run_lanes
from replenish.simulation.kernel.tables import Tables, to_tables
from replenish.simulation.state import LANES, Workspace, choose_lanes, reset, workspace
from replenish.simulation.statistics import Moments, Totals, merge, statistics, take_moments

BLOCK: Final = 256  # paths; part of the definition of results: sums are formed by block, in block order
MEMORY_LIMIT: Final = 4 * 2**30  # bytes of histograms of all workers
NO_TRACE: Final[Floats] = np.zeros((0, 0, 0))

Progress = Callable[[int], None]
"""Called with the number of paths finished since the last call."""


@dataclass(frozen=True, slots=True)
class Worker:
    """The memory of one thread."""

    tables: Tables
    space: Workspace
    gathered: Statistics


def run_paths(
    arrays: Arrays,
    series: Series,
    *,
    paths: int,
    seed: int,
    workers: int | None = None,
    progress: Progress = lambda _: None,
) -> Totals:
    """Simulate `paths` paths and return their statistics.

    Raises:
        UsageError: the statistics asked for would not fit in memory.
    """
    blocks = -(-paths // BLOCK)
    count = max(1, min(workers or os.cpu_count() or 1, blocks))
    _check_memory(series, len(arrays.clock.days), count)
    idle: queue.SimpleQueue[Worker] = queue.SimpleQueue()
    lanes = choose_lanes(arrays)
    team = [make_worker(arrays, series, lanes) for _ in range(count)]
    for worker in team:
        idle.put(worker)

    def run(block: int) -> Moments:
        worker = idle.get()
        try:
            return run_block(arrays, series, worker, seed=seed, first=block * BLOCK, paths=paths)
        finally:
            idle.put(worker)

    with ThreadPoolExecutor(count) as pool:
        moments = None
        for part in _in_order(pool, run, blocks, ahead=4 * count):
            moments = part if moments is None else moments + part
            progress(part.count)
    assert moments is not None  # there is at least one block
    return merge(moments, [worker.gathered for worker in team])


def _in_order(pool: ThreadPoolExecutor, run: Callable[[int], Moments], blocks: int, *, ahead: int) -> Iterator[Moments]:
    """Yield the result of each block in turn; at most `ahead` blocks are waiting or unread, to bound memory."""
    waiting: list[Future[Moments]] = [pool.submit(run, block) for block in range(min(ahead, blocks))]
    try:
        for block in range(blocks):
            yield waiting.pop(0).result()
            if block + ahead < blocks:
                waiting.append(pool.submit(run, block + ahead))
    finally:
        for future in waiting:
            future.cancel()


def make_worker(arrays: Arrays, series: Series, lanes: int = LANES) -> Worker:
    """Return the memory of one thread that takes `lanes` paths at a time."""
    dated = len(arrays.stocks.dated)
    gathered = statistics(series, len(arrays.clock.days), dated, lanes)
    return Worker(to_tables(arrays), workspace(arrays, lanes), gathered)


def run_block(arrays: Arrays, series: Series, worker: Worker, *, seed: int, first: int, paths: int) -> Moments:
    """Run the block of paths that starts with path `first` and return its moments."""
    end = min(first + BLOCK, paths)
    lanes = worker.space.amounts.shape[1]
    for start in range(first, end, lanes):
        run_group(arrays, series, worker, seed=seed, first=start, used=min(lanes, end - start), is_first=start == first)
    return take_moments(worker.gathered, end - first)


def run_group(
    arrays: Arrays,
    series: Series,
    worker: Worker,
    *,
    seed: int,
    first: int,
    used: int,
    is_first: bool,
    trace: Floats = NO_TRACE,
) -> None:
    """Run one group of lanes from the start to the end of the horizon."""
    space = worker.space
    reset(space)
    run_lanes(
        seed, first, used, is_first, worker.tables, space.amounts, space.codes, space.words, space.progress,
        space.buffer, series, worker.gathered, trace,
    )  # fmt: skip


def _check_memory(series: Series, periods: int, workers: int) -> None:
    rows = int(series.histogram.max(initial=-1)) + 1
    needed = rows * periods * BINS * 4 * workers
    if needed > MEMORY_LIMIT:
        raise UsageError(
            f"statistics of {rows} series over {periods} periods need {needed / 2**30:.1f} GiB for {workers} workers,"
            f" the limit is {MEMORY_LIMIT / 2**30:.0f} GiB; name fewer measures, holders or items under [collect]"
        )
