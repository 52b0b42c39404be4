"""The same small model in replenish, SimPy and stockpyl: depots that each order up to a level from a line of their own.

Each week a depot orders up to its level; what was ordered four weeks ago comes; demand is Poisson, and what is not
served stays owed.  With regimes, one chain of three states moves the mean of all depots.  stockpyl has no such chain
and orders after the demand of the period: its lead time is one week longer for the same stock at the end of each week.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Generator
from dataclasses import dataclass
from itertools import product
from math import sqrt
from statistics import median
from typing import Any

import numpy as np
import simpy
from clock import SEED, Case, Row, clocked, medians, runner, show, to_case, warm
from stockpyl.sim import simulation as stockpyl_simulation
from stockpyl.supply_chain_network import SupplyChainNetwork, single_stage_system

from replenish.scenario.model import (
    ChainState,
    Demand,
    Holder,
    Item,
    Line,
    LineItem,
    PolicyRow,
    Scenario,
    Settings,
    Stock,
    Transition,
)
from replenish.simulation import simulate

MEANS = {"low": 12.0, "middle": 20.0, "high": 30.0}  # demand of a week by state [unit]
STAY = 0.9  # probability that a regime stays
LEVEL = 110.0  # order up to this position [unit]
LEAD = 4  # from order to receipt [week]
ERRORS = 4  # standard errors by which means may differ

Last = tuple[float, float]
"""On hand and owed at the end of one path, mean over depots [unit]."""


@dataclass(frozen=True, slots=True)
class Size:
    """How large the model is."""

    depots: int
    weeks: int
    has_regimes: bool


@dataclass(frozen=True, slots=True)
class Peer:
    """Another simulator: what it runs, and on which sizes it is checked and timed."""

    name: str
    path: Callable[[Size, int], Last]  # size, seed -> the end of one path
    checked: Size
    paths: int  # of the check
    timed: Size


def depots(size: Size) -> Scenario:
    """Return the model as a scenario."""
    names = [f"depot{n}" for n in range(size.depots)]
    states = MEANS if size.has_regimes else {"": MEANS["middle"]}
    chain = "regime" if size.has_regimes else ""
    regimes = tuple(MEANS) if size.has_regimes else ()
    return Scenario(
        settings=_settings(size.weeks),
        items=(Item(name="part", unit="unit"),),
        holders=(*(Holder(name=name) for name in names), Holder(name="maker")),
        stocks=tuple(Stock(holder=name, item="part", on_hand=LEVEL) for name in names),
        chains=tuple(ChainState(chain="regime", state=state, start_probability=1 / len(MEANS)) for state in regimes),
        transitions=tuple(
            Transition(chain="regime", from_state=a, to_state=b, probability=STAY if a == b else (1 - STAY) / 2)
            for a, b in product(regimes, regimes)
        ),
        demand=tuple(
            Demand(holder=name, item="part", chain=chain, state=state, mean=mean, per="week", distribution="poisson")
            for name, (state, mean) in product(names, states.items())
        ),
        lines=tuple(
            Line(name=f"line_{name}", owner="maker", max_rate=1e6, start_rate=0.0, per="week") for name in names
        ),
        line_items=tuple(
            LineItem(line=f"line_{name}", item="part", production_lead_time_days=7.0 * LEAD) for name in names
        ),
        policies=tuple(
            PolicyRow(role="ordering", holder=name, item="part", line=f"line_{name}", rule="base_stock", quantity=LEVEL)
            for name in names
        ),
    )  # fmt: skip


def _settings(weeks: int) -> Settings:
    start = dt.date(2024, 1, 1)
    end = start + dt.timedelta(weeks=weeks, days=-1)
    return Settings.model_validate({"title": "Depots", "time": {"start": start, "end": end, "period": "week"}})


class Depot:
    """One depot in SimPy: a process that asks, serves and owes; each order is a process that comes."""

    def __init__(self, env: simpy.Environment, regime: Regime, random: np.random.Generator) -> None:
        self.on_hand, self.on_order, self.owed = LEVEL, 0.0, 0.0
        self._env, self._regime, self._random = env, regime, random
        env.process(self._weeks())

    def _weeks(self) -> Generator[simpy.Event]:
        while True:
            missing = LEVEL - (self.on_hand + self.on_order - self.owed)
            if missing > 0:
                self.on_order += missing
                self._env.process(self._delivery(missing))
            asked = self.owed + self._random.poisson(self._regime.mean)
            issued = min(asked, self.on_hand)
            self.on_hand -= issued
            self.owed = asked - issued
            yield self._env.timeout(1)

    def _delivery(self, quantity: float) -> Generator[simpy.Event]:
        yield self._env.timeout(LEAD)
        self.on_order -= quantity
        self.on_hand += quantity


class Regime:
    """The chain in SimPy.  It is made before the depots, so that it moves first in each week."""

    def __init__(self, env: simpy.Environment, random: np.random.Generator) -> None:
        self._env, self._random = env, random
        self._state = int(random.integers(len(MEANS)))
        env.process(self._weeks())

    @property
    def mean(self) -> float:
        """Return the mean demand of the week."""
        return tuple(MEANS.values())[self._state]

    def _weeks(self) -> Generator[simpy.Event]:
        while True:
            yield self._env.timeout(1)
            if self._random.random() >= STAY:
                self._state = (self._state + int(self._random.integers(1, len(MEANS)))) % len(MEANS)


def simpy_path(size: Size, seed: int) -> Last:
    """Return the end of one path in SimPy."""
    env, random = simpy.Environment(), np.random.default_rng(seed)
    regime = Regime(env, random)
    cells = [Depot(env, regime, random) for _ in range(size.depots)]
    env.run(until=size.weeks)
    return float(np.mean([cell.on_hand for cell in cells])), float(np.mean([cell.owed for cell in cells]))


def stockpyl_path(size: Size, seed: int) -> Last:
    """Return the end of one path in stockpyl."""
    network = SupplyChainNetwork()
    for n in range(size.depots):
        network.add_node(_stage(n))
    stockpyl_simulation(network, size.weeks, rand_seed=seed, progress_bar=False, consistency_checks="N")
    levels = np.array([sum(node.state_vars[size.weeks - 1].inventory_level.values()) for node in network.nodes])
    return float(np.maximum(levels, 0).mean()), float(np.maximum(-levels, 0).mean())


def _stage(number: int) -> Any:
    return single_stage_system(
        index=number, demand_type="P", mean=MEANS["middle"], shipment_lead_time=LEAD + 1, policy_type="BS",
        base_stock_level=LEVEL, local_holding_cost=1, stockout_cost=1,
    ).nodes[0]  # fmt: skip


def check_same(peer: Peer) -> list[Row]:
    """Return both means at the end with their distance in standard errors.

    Raises:
        SystemExit: they differ by more than four, so that it is not the same model.
    """
    ends = np.array([peer.path(peer.checked, seed) for seed in range(peer.paths)])
    rows: list[Row] = []
    for what, (mean, error), own in zip(("on hand", "owed"), _our_ends(peer.checked), ends.T, strict=True):
        other = float(own.mean())
        distance = abs(mean - other) / sqrt(error**2 + own.var(ddof=1) / len(own))
        if not distance <= ERRORS:
            raise SystemExit(f"{peer.name}: {what} at the end is {other:.4g}, replenish has {mean:.4g}: not one model")
        rows.append((peer.name, what, mean, other, distance))
    return rows


def _our_ends(size: Size, paths: int = 8192) -> list[tuple[float, float]]:
    """Return mean and standard error of on hand and owed at the end, of the first depot: all are alike."""
    last = simulate(depots(size), paths=paths, seed=SEED).series.filter(period=size.weeks - 1, holder="depot0")
    rows = [last.filter(measure=measure).row(0, named=True) for measure in ("on_hand", "backorders")]
    return [(row["mean"], row["standard_error"]) for row in rows]


PEERS = (
    Peer("SimPy", simpy_path, Size(8, 52, True), 1000, Size(8, 520, True)),
    Peer("stockpyl", stockpyl_path, Size(8, 26, False), 100, Size(8, 104, False)),
)


def measure(repeats: int) -> None:
    """Print how much longer SimPy and stockpyl take for the same model."""
    heads = ("peer", "at the end", "replenish", "peer", "standard errors apart")
    show("Means of one of 8 depots [unit]", heads, [row for peer in PEERS for row in check_same(peer)])
    heads = ("peer", "weeks", "peer [ns]", "none [ns]", "default [ns]", "peer / none", "peer / default")
    rows = [_ratios(peer, to_case(depots(peer.timed)), repeats) for peer in PEERS]
    show("CPU time of a depot, week and path; replenish without statistics and with the default ones", heads, rows)


def _ratios(peer: Peer, case: Case, repeats: int, paths: int = 16384) -> Row:
    warm(case)
    works = [runner(case, case.none, paths), runner(case, case.default, paths)]
    none, default = (t / paths for t in medians(works, repeats))
    theirs = median(clocked(lambda seed=seed: peer.path(peer.timed, seed)) for seed in range(2 * repeats))
    cells = peer.timed.depots * peer.timed.weeks
    per = [1e9 * t / cells for t in (theirs, none, default)]
    return peer.name, peer.timed.weeks, *per, theirs / none, theirs / default


if __name__ == "__main__":
    measure(5)
