"""The first decisions of a plan as a table: what is taken, how free it is, and how far it moved."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl

from replenish.multistage import NearRange
from replenish.planning.first import DECIDED, WITHIN, Decided, FirstStage
from replenish.planning.names import LABELS, Names
from replenish.planning.plan import Plan
from replenish.result.steadiness import RESTED

_NUMBERS = ("quantity", "low", "high", "best", "before", "seed_low", "seed_high", "within")
_SCHEMA: dict[str, Any] = {
    "what": pl.String, **dict.fromkeys(LABELS, pl.String), **dict.fromkeys(_NUMBERS, pl.Float64), "unit": pl.String,
    "first_day": pl.Date, "last_day": pl.Date,
}  # fmt: skip


def first_decisions(plan: Plan) -> pl.DataFrame:
    """Return what is decided in the first stage, how free it is, and how far it moved over iterations and seeds.

    Columns: `what` (order, release, rate, start), labels, `quantity` that is taken, `low` and `high` of all decisions
    that cost at most the share `within` more than the best in all, `best` as the solver found it (the
    quantity too where what is chosen did worse on paths of the programme), `before`: the quantity as it was without the
    last 20 iterations of training, `seed_low` and `seed_high` of the quantity over seeds, `unit`, `first_day`,
    `last_day`. What is not known is null: `before` with as few iterations or on the course of an optimum, ends over
    seeds with one of them. A rate is in capacity per unit of time of the line; a start is a share of the expansion.
    """
    stage, bounds = FirstStage(plan.model, plan.policy), plan.problem.calendar.bounds
    days = {"first_day": bounds[0], "last_day": bounds[int(plan.problem.stages.end[0])] - dt.timedelta(days=1)}
    found, earlier, seeds = stage.near_optimal(), _before(plan, stage), _over_seeds(plan)
    rows = []
    for one, near in zip(stage.decisions(), found.ranges, strict=True):
        quantity = stage.told(one, _on_course(plan, one, _decided(plan, near)))
        ends = sorted([quantity, stage.told(one, near.low), stage.told(one, near.high)])
        others = [quantity, *(seed[one.key] for seed in seeds)]
        is_told = len(others) > 1
        rows.append({
            "what": DECIDED[one.block], **{label: one.names.get(label, "") for label in LABELS}, "quantity": quantity,
            "low": ends[0], "high": ends[-1], "best": stage.told(one, near.best), "before": earlier.get(one.key),
            "seed_low": min(others) if is_told else None, "seed_high": max(others) if is_told else None,
            "within": WITHIN, "unit": _unit(plan, one.block, one.names), **days,
        })  # fmt: skip
    return pl.DataFrame(rows, schema=_SCHEMA)


def _on_course(plan: Plan, one: Decided, chosen: float) -> float:
    """Return what is done: what the optimum does where it is followed, else what is chosen."""
    if plan.course is None:
        return chosen
    return float(plan.course.variables[one.block][0][list(one.entries)].sum())


def _decided(plan: Plan, near: NearRange) -> float:
    """Return what is chosen; the solver's own where the optimum is known, or what is chosen did worse on paths."""
    if plan.options.method != "sddp":
        return near.best
    return near.chosen if plan.tried is None or plan.tried.is_taken else near.best


def _taken(plan: Plan, stage: FirstStage, *, until: int | None = None) -> dict[str, float]:
    """Return what another state of training decides, in the way in which the plan decides."""
    found = zip(stage.decisions(), stage.near_optimal(until=until).ranges, strict=True)
    return {one.key: stage.told(one, _decided(plan, near)) for one, near in found}


def _before(plan: Plan, stage: FirstStage) -> dict[str, float]:
    """Return the decisions as they were some iterations before; none if there were not as many."""
    until = plan.policy.trainer.iteration - RESTED
    return {} if plan.course is not None or until < 1 else _taken(plan, stage, until=until)


def _over_seeds(plan: Plan) -> list[dict[str, float]]:
    """Return the decisions of each plan with another seed."""
    return [_taken(plan, FirstStage(other.model, other.policy)) for other in plan.others]


def _unit(plan: Plan, block: str, names: Names) -> str:
    if block == "start":
        return "share"
    if block == "run":
        per = {line.name: line.per for line in plan.problem.scenario.lines}
        return f"capacity/{per[names['line']]}"
    return {item.name: item.unit for item in plan.problem.scenario.items}[names["item"]]


def over_seeds(plan: Plan) -> pl.DataFrame:
    """Return how training ended with each seed: `seed`, `bound` [currency], `iterations`, `ended`."""
    rows = [
        {"seed": one.options.seed, "bound": one.bound, "iterations": len(one.policy.rows), "ended": one.policy.ended}
        for one in (plan, *plan.others)
    ]
    return pl.DataFrame(rows)
