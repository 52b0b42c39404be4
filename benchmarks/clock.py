"""Time taken by runs of a scenario: CPU time, medians, whole runs with all that they set up except compilation."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from replenish.arrays import Arrays, to_arrays
from replenish.scenario.model import Scenario
from replenish.simulation.engine import Simulation
from replenish.simulation.kernel.collect import Series
from replenish.simulation.reference import simulate_reference
from replenish.simulation.selection import select
from replenish.simulation.series import to_series

SEED = 1
REFERENCE_PATHS = 512  # at a time; more leave the cache

Clock = Callable[[], float]
Row = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """A scenario as numbers, with the series of a default run and with none."""

    arrays: Arrays
    default: Series
    none: Series

    @property
    def stocks(self) -> int:
        """Return the number of stocks (holder, item)."""
        return len(self.arrays.stocks.opening)

    @property
    def periods(self) -> int:
        """Return the number of periods."""
        return len(self.arrays.clock.days)

    def updates(self, paths: int) -> int:
        """Return the number of cell-updates: one is one stock in one period of one path."""
        return paths * self.stocks * self.periods


def to_case(scenario: Scenario) -> Case:
    """Return a scenario ready to be timed."""
    arrays, labels = to_arrays(scenario)
    selection = select(arrays, labels, scenario.settings.collect)
    return Case(arrays, to_series(arrays, selection.names, selection.kept), to_series(arrays, []))


def clocked(work: Callable[[], object], clock: Clock = time.process_time) -> float:
    """Return the time that `work` takes [s]."""
    start = clock()
    work()
    return clock() - start


def medians(works: Sequence[Callable[[], object]], repeats: int, clock: Clock = time.process_time) -> list[float]:
    """Return the median time of each of `works` [s]; they take turns, so that a busy machine hits all alike."""
    times = [[clocked(work, clock) for work in works] for _ in range(repeats)]
    return [statistics.median(own) for own in zip(*times, strict=True)]


def runner(case: Case, series: Series, paths: int, workers: int = 1) -> Callable[[], object]:
    """Return a function that simulates `paths` paths, from no memory to its totals."""

    def work() -> object:
        simulation = Simulation(case.arrays, series, seed=SEED, workers=workers)
        simulation.run(paths)
        return simulation.totals()

    return work


def referrer(case: Case, paths: int) -> Callable[[], object]:
    """Return a function that runs the plain NumPy reference over `paths` paths."""

    def work() -> None:
        for first in range(0, paths, REFERENCE_PATHS):
            simulate_reference(case.arrays, seed=SEED, paths=np.arange(first, min(paths, first + REFERENCE_PATHS)))

    return work


def warm(case: Case) -> None:
    """Compile, or load what is compiled already."""
    for series in (case.none, case.default):
        runner(case, series, 1)()


def nanoseconds(case: Case, paths: int, repeats: int) -> tuple[float, float]:
    """Return the CPU time of a cell-update without statistics and with those of a default run [ns]."""
    warm(case)
    bare, default = medians([runner(case, case.none, paths), runner(case, case.default, paths)], repeats)
    return bare / case.updates(paths) * 1e9, default / case.updates(paths) * 1e9


def show(title: str, heads: Sequence[str], rows: Sequence[Row]) -> None:
    """Print a table as Markdown."""
    print(f"\n{title}\n")
    print("| " + " | ".join(heads) + " |")
    print("|" + "---|" * len(heads))
    for row in rows:
        print("| " + " | ".join(_text(value) for value in row) + " |", flush=True)


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return f"{value:,}" if isinstance(value, int) else str(value)
