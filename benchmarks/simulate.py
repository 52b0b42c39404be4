"""Speed of the simulation: `make bench`, or `python benchmarks/simulate.py` with the parts to run.

CPU time, medians.  A cell-update is one stock (holder, item) in one period of one path.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.util import find_spec
from time import perf_counter

import called
import numba
import numpy as np
import processes
from clock import Row, medians, nanoseconds, referrer, runner, show, to_case, warm
from networks import network

from replenish.arrays.groups import Words
from replenish.scenario.examples import read_scenario
from replenish.scenario.model import Scenario
from replenish.simulation.kernel.draw import fill_words

FLAGSHIP = "artillery"
HEADS = ("scenario", "stocks", "periods", "paths", "none [ns]", "default [ns]")


def small() -> Scenario:
    """Return the small network: 8 holders, 6 items, ten years of weeks."""
    return network(8, 6, 520, 3)


def large(weeks: int) -> Scenario:
    """Return the large network: 40 holders, 60 items."""
    return network(40, 60, weeks, 10)


def speed(options: argparse.Namespace) -> None:
    """Print the cost of a cell-update of the flagship and of the two networks."""
    weeks = 104 if options.quick else 1560
    cases = {
        FLAGSHIP: (read_scenario(FLAGSHIP), 10_000, options.repeats),
        "8 x 6 network": (small(), 2048, options.repeats),
        "40 x 60 network": (large(weeks), 256, options.repeats if options.quick else 1),
    }
    show(
        "Cell-update without statistics, and with those of a default run",
        HEADS,
        [_cost(n, *c) for n, c in cases.items()],
    )


def _cost(name: str, scenario: Scenario, paths: int, repeats: int) -> Row:
    case = to_case(scenario)
    return name, case.stocks, case.periods, paths, *nanoseconds(case, paths, repeats)


def reference(options: argparse.Namespace) -> None:
    """Print how much longer the plain NumPy reference takes, both without statistics."""
    rows: list[Row] = []
    for name, scenario in {FLAGSHIP: read_scenario(FLAGSHIP), "8 x 6 network": network(8, 6, 52, 3)}.items():
        case, paths = to_case(scenario), 512
        warm(case)
        numpy, kernel = medians([referrer(case, paths), runner(case, case.none, paths)], min(3, options.repeats))
        rows.append((name, *(1e9 * t / case.updates(paths) for t in (numpy, kernel)), numpy / kernel))
    show("Plain NumPy reference, 512 paths", ("scenario", "NumPy [ns]", "kernel [ns]", "ratio"), rows)


def threads(options: argparse.Namespace) -> None:
    """Print how much sooner two threads are done than one, in wall time."""
    rows: list[Row] = []
    for name, (scenario, paths) in {
        FLAGSHIP: (read_scenario(FLAGSHIP), 40_960),
        "8 x 6 network": (small(), 4096),
    }.items():
        case = to_case(scenario)
        warm(case)
        works = [runner(case, case.default, paths, workers) for workers in (1, 2)]
        one, two, lone, both = medians([*works, partial(words, 1), partial(words, 2)], options.repeats, perf_counter)
        rows.append((name, paths, one, two, one / two, lone / both))
    show(
        "Two threads, statistics of a default run, wall time; beside it random words alone, which share nothing",
        ("scenario", "paths", "one [s]", "two [s]", "ratio", "words"),
        rows,
    )


def words(workers: int, count: int = 100_000) -> None:
    """Draw the same number of random words by one thread or by two."""
    parts = [(np.zeros((4, 256), np.uint32), count // workers) for _ in range(workers)]
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(lambda part: _draw(*part), parts))


@numba.njit(nogil=True)
def _draw(out: Words, count: int) -> None:
    for period in range(count):
        fill_words(out, 1, 2, period, 0, 3)


def sizes(options: argparse.Namespace) -> None:
    """Print the cost against paths, holders x items, periods and shelf lives."""
    repeats = min(3, options.repeats)
    flagship = read_scenario(FLAGSHIP)
    rows = [_cost(FLAGSHIP, flagship, paths, repeats) for paths in (1_000, 10_000, 100_000)]
    rows += [
        _cost(f"{h} x {i}", network(h, i, 104, 3), n, repeats)
        for h, i, n in ((2, 2, 8192), (8, 6, 4096), (16, 12, 1024), (40, 30, 256))
    ]
    rows += [_cost("8 x 6", network(8, 6, weeks, 3), 1024, repeats) for weeks in (52, 520, 1560)]
    for life in (52, 260, 520):
        rows.append(_cost(f"8 x 6, life {life} weeks, exact", _without_routes(life), 1024, repeats))
        rows.append(
            _cost(f"8 x 6, life {life} weeks, classes", network(8, 6, 520, 3, shelf_life_days=7 * life), 1024, repeats)
        )
    rows.append(_cost("8 x 6, no routes, keeps", _without_routes(None), 1024, repeats))
    show("Cost against size", HEADS, rows)


def _without_routes(weeks: int | None) -> Scenario:
    """Return the small network in which stock stays where it is, so that first in, first out is exact."""
    scenario = network(8, 6, 520, 3, shelf_life_days=None if weeks is None else 7.0 * weeks)
    kept = tuple(row for row in scenario.policies if row.role != "release")
    return scenario.model_copy(update={"routes": (), "policies": kept})


def peers(options: argparse.Namespace) -> None:
    """Print how much longer SimPy and stockpyl take for a model that all can express."""
    if find_spec("simpy") is None or find_spec("stockpyl") is None:
        print("\nSimPy and stockpyl are not installed: left out (see benchmarks/README.md)")
        return
    from peers import measure

    measure(options.repeats)


PARTS: Mapping[str, Callable[[argparse.Namespace], None]] = {
    "speed": speed,
    "reference": reference,
    "threads": threads,
    "called": lambda options: called.measure(options.repeats),
    "start": lambda options: processes.measure_start(options.repeats),
    "peers": peers,
    "sizes": sizes,
    "memory": lambda _: processes.measure_memory(),
}


def main() -> None:
    """Print the tables of the parts that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", help=f"any of {', '.join(PARTS)}; none: all")
    parser.add_argument("--quick", action="store_true", help="the large network over 104 weeks instead of 1560")
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    for part in options.parts or PARTS:
        PARTS[part](options)


if __name__ == "__main__":
    main()
