"""What the sustain engine costs: `python benchmarks/sustain.py` with the parts to run.

CPU time, since other programs may run.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from time import process_time
from typing import Any

import numpy as np
import spares
from clock import Row, show

from replenish.arrays.network import (
    EXPONENTIAL,
    NONE,
    UNLIMITED,
    Fleets,
    InnerParts,
    Installations,
    Network,
    Operations,
    Parts,
    Repairs,
    ServerGroups,
    Sites,
    Spares,
)
from replenish.sustain.evaluation import evaluate
from replenish.sustain.events import Histories, simulate_network

YEAR = 365.2425
SYSTEMS = 24

Part = Callable[[argparse.Namespace], None]
PARTS: dict[str, Part] = {}
"""What can be measured, by name."""


def part(function: Part) -> Part:
    """Register a part under its name."""
    PARTS[function.__name__] = function
    return function


def depot_and_bases(parts: int, bases: int, seed: int = 1) -> Network:
    """Return parts (median 8 removals a year over all bases) at bases of one depot, stocked to about 1.5 deviations."""
    random = np.random.default_rng(seed)
    sites = bases + 1
    rate = 8 / YEAR * random.lognormal(0.0, 1.0, parts)
    repair_share = np.concatenate([np.ones((parts, 1)), np.full((parts, bases), 0.3)], axis=1)
    time = np.concatenate([np.full((parts, 1), 60.0), np.full((parts, bases), 30.0)], axis=1)
    base_load = rate[:, None] / bases * np.full((1, bases), 0.3 * 30 + 0.7 * 12)
    load = np.concatenate([rate[:, None] * 0.7 * 60, base_load], axis=1)
    stock = np.ceil(load + 1.5 * np.sqrt(load)).astype(np.int64)
    own = np.arange(parts * bases)
    return Network(
        sites=Sites(np.array([NONE] + [0] * bases), np.array([0.0] + [10.0] * bases), np.full(sites, NONE),
                    np.zeros(sites)),
        fleets=Fleets(np.arange(1, sites), np.full(bases, SYSTEMS), np.ones(bases), np.zeros(bases, bool),
                      np.zeros(bases, bool), np.zeros(bases)),
        operations=Operations(np.zeros(0, np.int64), np.zeros(0), np.zeros(0)),
        parts=Parts(np.ones(parts), rate, np.full(parts, np.inf), np.ones(parts), np.zeros(parts)),
        installations=Installations(own // bases, own % bases, np.ones(len(own), np.int64), np.ones(len(own), np.int64),
                                    np.full(len(own), 1 / bases / SYSTEMS)),
        inner=InnerParts(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)),
        repairs=Repairs(np.zeros((parts, sites)), np.zeros((parts, sites)), repair_share, np.zeros((parts, sites)),
                        time,
                        np.full((parts, sites), EXPONENTIAL), np.ones((parts, sites)),
                        np.full((parts, sites), NONE), np.ones((parts, sites), np.int64)),
        servers=ServerGroups(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)),
        spares=Spares(stock, np.zeros_like(stock), np.full_like(stock, UNLIMITED)),
    )  # fmt: skip


def timed(network: Network, years: float, histories: int = 1) -> tuple[Histories, float]:
    """Return histories without a warm-up and their CPU time on one thread [s]."""
    begun = process_time()
    found = simulate_network(network, years=years, warm_up_years=0.0, histories=histories, workers=1)
    return found, process_time() - begun


def with_simpy(network: Network, years: float, seed: int = 1) -> tuple[int, float]:
    """Return events and backorder days of the bases by SimPy: a container for each stock, a process for each unit."""
    import simpy

    random = np.random.default_rng(seed)
    world = simpy.Environment()
    repairs, stock = network.repairs, network.spares.on_hand
    parts, sites = stock.shape
    shelf = [[simpy.Container(world, init=int(stock[p, s])) for s in range(sites)] for p in range(parts)]
    counted = [0, 0.0]

    def fails(p: int, s: int, mean: float) -> Any:
        while True:
            yield world.timeout(random.exponential(mean))
            counted[0] += 1
            world.process(waits(p, s))
            world.process(replaced(p, s))

    def waits(p: int, s: int) -> Any:
        asked = world.now
        yield shelf[p][s].get(1)
        counted[1] += world.now - asked

    def replaced(p: int, s: int) -> Any:
        if random.random() < repairs.repair_share[p, s]:
            yield world.timeout(random.exponential(repairs.time[p, s]))
        else:
            world.process(repaired(p))
            yield shelf[p][0].get(1)
            yield world.timeout(network.sites.order_time[s])
        counted[0] += 1
        yield shelf[p][s].put(1)

    def repaired(p: int) -> Any:
        yield world.timeout(random.exponential(repairs.time[p, 0]))
        counted[0] += 1
        yield shelf[p][0].put(1)

    removals = network.removals()
    for p, s in zip(*np.nonzero(removals), strict=True):
        world.process(fails(p, s, 1 / removals[p, s]))
    world.run(until=years * YEAR)
    return int(counted[0]), counted[1]


@part
def events(options: argparse.Namespace) -> None:
    """Print events per CPU-second: by size, and beside SimPy on the same network."""
    timed(depot_and_bases(2, 2), 1.0)
    rows: list[Row] = []
    for parts in (1, 10, 100, 1_000, *(() if options.quick else (10_000,))):
        network = depot_and_bases(parts, 20)
        found, spent = timed(network, 3e5 / parts if parts < 1_000 else 2e5 / parts)
        rows.append((parts, 20, found.events, spent, found.events / spent / 1e6, float(found.availability.mean.mean())))
    show("Events of a depot and its bases, one thread, all statistics",
         ("parts", "bases", "events", "CPU [s]", "million events a CPU-second", "availability"), rows)  # fmt: skip
    rows = []
    for parts, bases in ((1, 4), (100, 20), (1_000, 20)):
        network = depot_and_bases(parts, bases)
        years = 10_000.0 / parts
        begun = process_time()
        done, owed = with_simpy(network, years)
        peer = process_time() - begun
        found, spent = timed(network, years, 20)
        own = float(found.backorders.mean[:, 1:].sum())
        rows.append((parts, bases, done / peer, found.events / spent, found.events / spent / (done / peer),
                     owed / years / YEAR, own))  # fmt: skip
    show("Beside SimPy, one process a unit",
         ("parts", "bases", "SimPy [events/s]", "replenish [events/s]", "ratio", "owed at bases, SimPy", "replenish"),
         rows)  # fmt: skip


@part
def evaluation(options: argparse.Namespace) -> None:
    """Print the CPU time of evaluations by size and by whether rates are uncertain, and of compiling."""
    begun = process_time()
    evaluate(depot_and_bases(2, 2))
    first = process_time() - begun
    rows: list[Row] = []
    for parts in (100, 1_000, *(() if options.quick else (10_000,))):
        network = depot_and_bases(parts, 20)
        doubtful = replace(network, parts=network.parts._replace(rate_shape=np.full(parts, 4.5)))
        spent = []
        for one in (network, doubtful):
            begun = process_time()
            evaluate(one)
            spent.append(process_time() - begun)
        rows.append((f"{parts:,} x 20", *spent))
    show(f"Evaluation by the exact law, one thread; the first call took {first:.1f} s",
         ("parts x bases", "rates known [s]", "rates uncertain [s]"), rows)  # fmt: skip


@part
def frontier(options: argparse.Namespace) -> None:
    """Print the CPU time of curves of spares by size."""
    spares.measure_curves(depot_and_bases, quick=options.quick)


@part
def greedy(options: argparse.Namespace) -> None:
    """Print the ratio to a plain greedy in Python on a size that both finish."""
    spares.measure_greedy(depot_and_bases, parts=5 if options.quick else 20)


def main() -> None:
    """Run the parts asked for, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", help=f"of {', '.join(PARTS)}; all if none is named")
    parser.add_argument("--quick", action="store_true", help="small sizes")
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    for name in options.parts or PARTS:
        PARTS[name](options)


if __name__ == "__main__":
    main()
