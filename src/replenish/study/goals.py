"""The three goals of a plan on mean paths: little unmet need, short reserves and money, each in its own unit.

Everything that a plan pays for belongs to one of them: need is what is unmet or late, reserve is what lacks in stocks
and what is held at the end, money is the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

import numpy as np

from replenish.arrays.groups import Floats
from replenish.errors import UsageError
from replenish.multistage import Extensive, Node, solve_extensive
from replenish.planning.frame import to_frame
from replenish.planning.graph import PlanModel, mean_model
from replenish.planning.methods import to_options
from replenish.planning.prices import PriceUsed
from replenish.planning.problem import Problem, to_problem
from replenish.scenario.model import Scenario
from replenish.scenario.suggest import advice
from replenish.units import DAYS_PER_MONTH, MEAN_DAYS

Goal = Literal["need", "reserve", "money"]

BLOCKS: Final[Mapping[str, tuple[str, ...]]] = {"need": ("unmet_range", "late"), "reserve": ("shortfall", "terminal")}
"""Variables of the programme that cost nothing but the prices of a goal."""

ROUNDING: Final = 1e-9
"""Part of what sums are made of up to which they are rounding."""

GUARD: Final = "below_floor"
"""Variable whose price must be above all others; it is no goal."""

GUARDS: Final = (GUARD, "own_below")
"""What floors cost that are not kept; no money."""


class Goals(NamedTuple):
    """What a plan comes to on mean paths.

    unmet: need that is not met in the stage in which it arises [unit].
    shortfall: what lacks to requirements at the end of stages, for as long as they last [unit x month].
    money: discounted money of all kinds [currency].
    cost: the three by the stated prices, discounted, less what is held at the end [currency].
    """

    unmet: float
    shortfall: float
    money: float
    cost: float


@dataclass(frozen=True, slots=True)
class MeanPlan:
    """The best plan of a scenario when everything random takes its mean."""

    model: PlanModel
    found: Extensive

    @property
    def problem(self) -> Problem:
        """Return the numbers that it was made from."""
        return self.model.frame.problem

    def has(self, block: str) -> bool:
        """Return whether the programme has a block of variables."""
        return any(block in program.variables for program in (self.model.frame.usual, self.model.frame.last))

    def blocks(self, goal: str) -> tuple[str, ...]:
        """Return the variables of a goal that the programme has."""
        return tuple(block for block in BLOCKS[goal] if self.has(block))

    def goals(
        self, item: str = "", found: Extensive | None = None, factors: Mapping[str, float] | None = None
    ) -> Goals:
        """Return what a solution comes to.

        Args:
            item: whose need and reserves are counted; all items if empty.
            found: another solution of the same programme.
            factors: by which its blocks of variables cost more than the stated prices.
        """
        solved, factors = found or self.found, factors or {}
        cost = {block: solved.cost_of(block) for block in (*self.blocks("need"), *self.blocks("reserve"))}
        guard = sum(solved.cost_of(block) for block in GUARDS if self.has(block))
        money = _told(solved.value - sum(cost.values()) - guard, abs(solved.value) + sum(map(abs, cost.values())))
        stated = money + sum(value / factors.get(block, 1.0) for block, value in cost.items())
        return Goals(self._unmet(solved, item), self._shortfall(solved, item), money, stated)

    def _unmet(self, found: Extensive, item: str) -> float:
        own = np.array([item in ("", named) for _, named, _ in self.problem.labels.demands], bool)
        if not own.any():
            return 0.0
        unmet = found.values("unmet")
        asked = np.stack([np.asarray(node.data["demand"], float) for node in self._nodes(found)])
        new = np.where(self.problem.arrays.demands.is_owed == 1, np.minimum(unmet, asked), unmet)
        return _told(float(new[:, own].sum()), float(asked[:, own].sum()))

    def _shortfall(self, found: Extensive, item: str) -> float:
        bands, cells = self.problem.shortfall, self.problem.labels.cells
        own = np.array([item in ("", cells[cell][1]) for cell in bands.thing.tolist()], bool)
        if not own.any():
            return 0.0
        months = np.array([np.asarray(node.data["periods"], float).sum() for node in self._nodes(found)])
        lacks = float(months @ found.values("shortfall")[:, own].sum(axis=1)) * period_months(self.problem)
        return _told(lacks, float(self.problem.arrays.stocks.requirement.max(initial=0.0)))

    def _nodes(self, found: Extensive) -> list[Node]:
        return [found.vertices.nodes[number] for number in found.vertices.node.tolist()]

    def asked(self) -> Floats:
        """Return the mean demand over the horizon, (demand,) [unit]."""
        total: Floats = np.sum([np.asarray(node.data["demand"], float) for node in self._nodes(self.found)], axis=0)
        return total


def solve_mean(
    scenario: Scenario, *, length: int | None = None, prices: tuple[PriceUsed, ...] | None = None
) -> MeanPlan:
    """Return the best plan of a sound scenario on mean paths, with expansions in parts; nothing is trained.

    Args:
        scenario: what to plan.
        length: periods of a stage; as the scenario's settings say if None.
        prices: in place of those that the scenario's statements give.

    Raises:
        UsageError: the scenario has what a plan cannot have.
        SolveError: no plan is possible, costs fall without limit, or statements contradict each other.
    """
    model = mean_model(to_frame(to_problem(scenario, length=length or stage_length(scenario), prices=prices)))
    return MeanPlan(model, solve_extensive(model.model))


def stage_length(scenario: Scenario) -> int:
    """Return the periods of a stage of a deterministic plan, as the settings say."""
    return to_options(scenario, method="deterministic", whole=False)[0].stage_periods


def _told(value: float, scale: float) -> float:
    """Return a number, or zero where it is what rounding leaves."""
    return value if abs(value) > ROUNDING * scale else 0.0


def period_months(problem: Problem) -> float:
    """Return the length of a period [month]."""
    return MEAN_DAYS[problem.calendar.period] / DAYS_PER_MONTH


def unit_of(scenario: Scenario, item: str) -> str:
    """Return the unit of an item, or if it is empty of all that are asked for or required; `unit` if they differ.

    Raises:
        UsageError: there is no such item.
    """
    units = {row.name: row.unit for row in scenario.items}
    if item and item not in units:
        near = advice(item, units) or f"there are {', '.join(units)}"
        raise UsageError(f"item {item}: there is no such item; {near}")
    wanted = {row.item for row in scenario.demand} | {row.item for row in scenario.requirements}
    own = {units[name] for name in units if name == item or (not item and name in wanted)}
    return own.pop() if len(own) == 1 else "unit"
