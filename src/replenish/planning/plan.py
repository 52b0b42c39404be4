"""A plan: what a scenario's statements, solved, say to do; it decides, is saved, and is applied to later data."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import polars as pl

from replenish.multistage import Decider, Policy
from replenish.planning.course import Course
from replenish.planning.graph import PlanModel
from replenish.planning.problem import Problem
from replenish.planning.steps import First, Steps
from replenish.planning.trying import Tried

Method = Literal["deterministic", "extensive", "sddp"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanOptions:
    """How a plan is computed, every choice made.

    method, stage_periods, chains, outcomes, whole, risk_weight, risk_tail: as the settings under `[plan]`.
    iterations, minutes: limits of training.
    seed: of sampled outcomes and paths.
    seeds: how many plans are made, each with the next seed, to see how far decisions depend on it.
    """

    method: Method
    stage_periods: int
    chains: tuple[str, ...]
    outcomes: int
    whole: bool
    risk_weight: float
    risk_tail: float
    iterations: int
    minutes: float
    seed: int
    seeds: int = 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plan:
    """What was found.

    Attributes:
        model: the scenario as a multistage programme.
        policy: what training has learned; it decides from any state.
        options: how it was computed.
        why: the choices that were made by size, with reasons, in words.
        simplifications: what of the scenario its programme does not see, or sees as a mean, in words.
        optimum: value of the programme where it was solved as a whole [currency]; None otherwise.
        course: what the optimum does on mean paths; None unless the method is deterministic.
        first: what is decided first, where there is no course; None in a plan of an earlier version.
        tried: how the chosen first decision did on paths of the programme; None where the optimum is known, and in a
            plan of an earlier version.
        others: plans of the same scenario with other seeds; they are not saved.
        seconds: wall time of building and solving.
        tables: answers by name; see `replenish.planning.answers`.
        folder: where it is saved; None if it is not.
    """

    model: PlanModel
    policy: Policy
    options: PlanOptions
    why: tuple[str, ...]
    optimum: float | None
    seconds: float
    course: Course | None = None
    first: First | None = None
    tried: Tried | None = None
    others: tuple[Plan, ...] = ()
    tables: dict[str, pl.DataFrame] = field(default_factory=dict)
    folder: Path | None = None
    simplifications: tuple[str, ...] = ()

    @property
    def problem(self) -> Problem:
        """Return the numbers that it was made from."""
        return self.model.frame.problem

    @property
    def bound(self) -> float:
        """Return what no plan can cost less than, in the programme [currency]."""
        return self.policy.bound

    def steps(self, decider: Decider | None = None) -> Steps:
        """Return the plan as something that decides period by period for blocks of paths."""
        return Steps(self.model, decider or self.policy.decider(), self.course, self.first)

    def with_tables(self, **tables: pl.DataFrame) -> Plan:
        """Return a copy with more answers."""
        return replace(self, tables={**self.tables, **tables})

    def __repr__(self) -> str:
        """Return what it is in a line."""
        how = f"{self.options.method}, {len(self.problem.stages)} stages of {self.options.stage_periods}"
        return f"<Plan: {self.problem.scenario.settings.title}; {how} periods; bound {self.bound:.6g}>"
