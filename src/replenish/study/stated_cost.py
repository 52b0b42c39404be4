"""What simulated paths cost by the prices of a plan: money, need, reserves and promises in one currency."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from replenish.arrays.groups import Floats
from replenish.arrays.labels import PURPOSES
from replenish.planning.problem import Bands, Problem
from replenish.result import Result
from replenish.scenario.model import Scenario

TRAJECTORIES = (
    "spend", "unmet", "demand", "backorders", "shortfall", "requirement", "on_hand", "outside", "on_order",
    "in_transit", "pledge_fulfilment",
)  # fmt: skip
"""Measures whose trajectories are needed."""


@dataclass(frozen=True, slots=True)
class StatedCosts:
    """Discounted costs of each path, (path,) [currency]; `terminal` is a credit and not above zero.

    unmet_units: need that is not met in the period in which it arises, (path,) [unit].
    missing_units: what lacks to requirements, for as long as it does, (path,) [unit x month].
    """

    money: Floats
    unmet: Floats
    shortfall: Floats
    late: Floats
    terminal: Floats
    unmet_units: Floats
    missing_units: Floats

    @property
    def total(self) -> Floats:
        """Return the sum, (path,)."""
        return self.money + self.unmet + self.shortfall + self.late + self.terminal


def collecting(scenario: Scenario, *, paths: int = 0) -> Scenario:
    """Return a scenario that keeps the trajectories from which stated costs are found; 0: of all paths."""
    return scenario.with_settings({"collect.trajectories": TRAJECTORIES, "collect.trajectory_paths": paths})


def stated_costs(problem: Problem, result: Result) -> StatedCosts:
    """Return what each path of a run costs by the prices of a problem.

    The run must hold trajectories; see `collecting`.  Of a stage all periods are discounted as its first.
    """
    kept = _Kept(problem, result)
    parts = (_money(kept), _unmet(kept), _shortfall(kept), _late(kept), _terminal(kept))
    return StatedCosts(*parts, _unmet_units(kept), _missing_units(kept))


class _Kept:
    """Trajectories as arrays (path, period), by measure and names."""

    def __init__(self, problem: Problem, result: Result) -> None:
        self.problem = problem
        values = result.trajectory_values
        table = values.collect() if isinstance(values, pl.LazyFrame) else values
        periods = len(problem.calendar)
        self.paths = int(table["path"].n_unique())
        names = ["measure", "holder", "item", "purpose", "pledge"]
        parts = table.sort("path", "period").partition_by(names, as_dict=True)
        self._tables = {
            tuple(map(str, key)): part["value"].to_numpy().astype(np.float64).reshape(self.paths, periods)
            for key, part in parts.items()
        }
        stage = np.searchsorted(problem.stages.end, np.arange(periods), side="right")
        self.discount = problem.discounts[np.minimum(stage, len(problem.stages) - 1)]
        self.groups = problem.labels.groups

    def of(self, measure: str, holder: str, item: str = "", purpose: str = "", pledge: str = "") -> Floats:
        """Return one trajectory, (path, period); zeros where there is none."""
        found = self._tables.get((measure, holder, item, purpose, pledge))
        return np.zeros((self.paths, len(self.discount))) if found is None else found

    def spend(self) -> Floats:
        """Return the money that all holders spend on all purposes, (path, period)."""
        rows = [
            self.of("spend", holder, purpose=purpose)
            for holder in self.problem.labels.holders
            if holder not in self.groups
            for purpose in PURPOSES
        ]
        return np.asarray(sum(rows, np.zeros((self.paths, len(self.discount)))))


def _money(kept: _Kept) -> Floats:
    return np.asarray(kept.spend() @ kept.discount)


def _ranges(bands: Bands, thing: int, amount: Floats, whole: Floats) -> Floats:
    """Return what an amount costs by the ranges of a thing, each a share of `whole`."""
    cost, below = np.zeros(amount.shape), np.zeros(amount.shape)
    for band in np.flatnonzero(bands.thing == thing):
        width = bands.width[band] * whole if np.isfinite(bands.width[band]) else np.inf
        cost += bands.price[band] * np.clip(amount - below, 0.0, width)
        below = below + width
    return cost


def _unmet(kept: _Kept) -> Floats:
    problem, total = kept.problem, np.zeros(kept.paths)
    for d, (holder, item, purpose) in enumerate(problem.labels.demands):
        is_owed = bool(problem.arrays.demands.is_owed[d])
        amount = kept.of("backorders" if is_owed else "unmet", holder, item, purpose)
        cost = _ranges(problem.unmet, d, amount, kept.of("demand", holder, item, purpose))
        total += cost @ kept.discount
        if is_owed:
            total += problem.periods_in_year * cost[:, -1] * kept.discount[-1]
    return total


def _unmet_units(kept: _Kept) -> Floats:
    rows = [kept.of("unmet", *names).sum(axis=1) for names in kept.problem.labels.demands]
    return np.asarray(sum(rows, np.zeros(kept.paths)))


def _missing_units(kept: _Kept) -> Floats:
    cells = np.unique(kept.problem.shortfall.thing).tolist()
    rows = [kept.of("shortfall", *kept.problem.labels.cells[cell]).sum(axis=1) for cell in cells]
    months = 12.0 / kept.problem.periods_in_year
    return np.asarray(sum(rows, np.zeros(kept.paths)) * months)


def _shortfall(kept: _Kept) -> Floats:
    problem, total = kept.problem, np.zeros(kept.paths)
    for cell in np.unique(problem.shortfall.thing).tolist():
        names = problem.labels.cells[cell]
        cost = _ranges(problem.shortfall, cell, kept.of("shortfall", *names), kept.of("requirement", *names))
        total += cost @ kept.discount
    return total


def _late(kept: _Kept) -> Floats:
    problem, total = kept.problem, np.zeros(kept.paths)
    pledges, periods = problem.arrays.pledges, np.arange(len(problem.calendar))
    for g, (giver, _, item, due, name) in enumerate(problem.labels.pledges):
        label = f"{name} {due}" if name else due
        share = kept.of("pledge_fulfilment", giver, item, pledge=label)
        is_due = periods >= pledges.due[g]
        late = pledges.quantity[g] * (1.0 - share) * is_due
        total += _ranges(problem.late, g, late, np.full_like(late, pledges.quantity[g])) @ kept.discount
    return total


def _terminal(kept: _Kept) -> Floats:
    problem, total = kept.problem, np.zeros(kept.paths)
    unpaid = {row.holder for row in problem.scenario.budgets if row.purpose == "orders" and row.paid == "delivery"}
    for cell in np.unique(problem.terminal.thing).tolist():
        names = problem.labels.cells[cell]
        paid = ("on_hand", "outside", "in_transit", *(() if names[0] in unpaid else ("on_order",)))
        held = sum(kept.of(measure, *names)[:, -1] for measure in paid)
        required = kept.of("requirement", *names)[:, -1]
        total -= _ranges(problem.terminal, cell, np.asarray(held), required) * kept.discount[-1]
    return total
