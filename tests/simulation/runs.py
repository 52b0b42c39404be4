"""What the tests of the engine share: readings of single paths, and statistics of many."""

from __future__ import annotations

import numpy as np

from replenish.arrays import Arrays, Labels, to_arrays
from replenish.scenario.model import Collect, Scenario
from replenish.simulation.engine import Decide, make_worker, run_group, run_paths
from replenish.simulation.kernel.collect import Series
from replenish.simulation.series import choose_series, to_series
from replenish.simulation.state import LANES, reading_sizes
from replenish.simulation.statistics import Totals
from tests.simulation.engines import Readings


def trace(
    arrays: Arrays, *, seed: int = 1, paths: int = LANES, lanes: int = LANES, decide: Decide | None = None
) -> Readings:
    """Return the readings that the kernel writes for paths 0, 1, ..., `lanes` at a time."""
    sizes = reading_sizes(arrays)
    series = to_series(arrays, [])
    worker = make_worker(arrays, series, lanes)
    parts = []
    for first in range(0, paths, lanes):
        part = np.zeros((len(arrays.clock.days), sum(sizes.values()), lanes))
        used = min(lanes, paths - first)
        run_group(arrays, series, worker, seed=seed, first=first, lanes=range(used), trace=part, decide=decide)
        parts.append(part[:, :, :used])
    rows = np.split(np.concatenate(parts, axis=2).swapaxes(1, 2), np.cumsum([*sizes.values()])[:-1], axis=2)
    return dict(zip(sizes, rows, strict=True))


def every_series(arrays: Arrays, labels: Labels) -> Series:
    """Return all series that a run would keep if nothing is chosen."""
    return to_series(arrays, choose_series(arrays, labels, Collect()))


def totals(scenario: Scenario, *, paths: int, seed: int = 1, workers: int = 1) -> Totals:
    """Return the statistics of all series of a scenario."""
    arrays, labels = to_arrays(scenario)
    return run_paths(arrays, every_series(arrays, labels), paths=paths, seed=seed, workers=workers)
