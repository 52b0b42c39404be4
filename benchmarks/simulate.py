"""Speed of the simulation, as ratios measured in one run: `make bench`, or `python benchmarks/simulate.py`.

CPU time, medians.  A cell-update is one stock (holder, item) in one period of one path.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np

from replenish.arrays import Arrays, to_arrays
from replenish.scenario.examples import read_scenario
from replenish.simulation.engine import run_paths
from replenish.simulation.kernel.collect import Series
from replenish.simulation.reference import simulate_reference
from replenish.simulation.series import choose_series, to_series

SEED = 1


def clocked(work: Callable[[], object], clock: Callable[[], float] = time.process_time) -> float:
    """Return the time that `work` takes [s]."""
    start = clock()
    work()
    return clock() - start


def median(work: Callable[[], object], repeats: int, clock: Callable[[], float] = time.process_time) -> float:
    """Return the median time over `repeats` runs [s]."""
    return statistics.median(clocked(work, clock) for _ in range(repeats))


def measure(example: str, paths: int, repeats: int) -> dict[str, float]:
    """Return times of one example: nanoseconds per cell-update, and ratios."""
    scenario = read_scenario(example)
    arrays, labels = to_arrays(scenario)
    default = to_series(arrays, choose_series(arrays, labels, scenario.settings.collect))
    none = to_series(arrays, [])
    updates = paths * len(arrays.clock.days) * len(arrays.stocks.opening)

    def run(series: Series, workers: int = 1) -> Callable[[], object]:
        return lambda: run_paths(arrays, series, paths=paths, seed=SEED, workers=workers)

    first = clocked(lambda: run_paths(arrays, none, paths=1, seed=SEED, workers=1))
    bare, full = median(run(none), repeats), median(run(default), repeats)
    numpy = median(lambda: _reference(arrays, paths), 1)
    one, two = (median(run(default, workers), repeats, time.perf_counter) for workers in (1, 2))
    return {
        "first call [s]": first,
        "ns per cell-update, no statistics": bare / updates * 1e9,
        "ns per cell-update, statistics of a default run": full / updates * 1e9,
        "series of a default run": len(default.columns),
        "NumPy reference / kernel, no statistics": numpy / bare,
        "one thread / two threads, wall": one / two,
    }


def _reference(arrays: Arrays, paths: int, chunk: int = 512) -> None:
    for first in range(0, paths, chunk):
        simulate_reference(arrays, seed=SEED, paths=np.arange(first, min(paths, first + chunk)))


def main() -> None:
    """Print the figures of one example."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--example", default="artillery")
    parser.add_argument("--paths", type=int, default=2048)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    for name, value in measure(options.example, options.paths, options.repeats).items():
        print(f"{name:52s} {value:10.3g}")


if __name__ == "__main__":
    main()
