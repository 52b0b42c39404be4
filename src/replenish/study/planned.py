"""A plan beside the scenario's own policies on the same futures, as tables that a run carries."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from replenish.errors import UsageError
from replenish.measures import REPLENISHMENT
from replenish.multistage import Evaluation
from replenish.planning.answers import to_answers
from replenish.planning.names import LABELS
from replenish.planning.plan import Plan
from replenish.result import Result, save_studies
from replenish.result.plan_tables import plan_table
from replenish.result.steadiness import find_steadiness, steady_words
from replenish.scenario import input_hash
from replenish.scenario.model import Scenario
from replenish.study.compare import compared
from replenish.study.coupled import simulate
from replenish.study.sides import Side
from replenish.study.stated_cost import StatedCosts, collecting, stated_costs
from replenish.study.stepping import simulate_plan

AS_IS, PLAN = "as_is", "plan"
Z95 = 1.959964

WIDE_GAP = 0.1
"""Share of the policy's value above which the gap to the bound is too wide to act on without a second look."""

COSTED_PATHS = 1_000
"""Stated costs are found on at most so many paths: their trajectories are held in memory."""

EARLY_DAYS = 2 * 365
"""How long after the start decisions are set side by side."""

STARTED = 0.005
"""Mean share of an expansion from which on it counts as started."""

SHOWN = ("on_hand", "shortfall", "delivered", "production", "unmet_cumulative", "spend_cumulative", "capacity")
"""Measures that are shown over time for both sides."""

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan and the scenario's own policies on the same draws.

    as_is, plan: the two runs.
    as_is_costs, plan_costs: what their paths cost by the plan's prices.
    value: what the policy costs in its own programme.
    """

    as_is: Result
    plan: Result
    as_is_costs: StatedCosts
    plan_costs: StatedCosts
    value: Evaluation | None


def attach_plan(
    result: Result,
    plan: Plan,
    *,
    workers: int | None = None,
    progress: Progress = lambda _: None,
    stop: threading.Event | None = None,
) -> Result:
    """Simulate a plan on the draws of a saved run, and return the run with what the plan says and changes.

    Once `stop` is set, the run is returned as it is.

    Raises:
        UsageError: the plan was made for another scenario.
    """
    refuse_other_scenario(result.scenario, plan)
    found = compare_with_plan(result, plan, workers=workers, progress=progress, stop=stop)
    if found is None:
        return result
    told = plan if plan.tables else plan.with_tables(**to_answers(plan))
    return save_studies(result, {**told.tables, **to_tables(found, told, told.tables["plan_path"])})


def refuse_other_scenario(scenario: Scenario, plan: Plan) -> None:
    """Raise UsageError unless a plan was made for a scenario."""
    own = plan.problem.scenario
    if input_hash(scenario) != input_hash(own):
        raise UsageError(
            f"the plan is for `{own.settings.title}` with other data (its input hash is {input_hash(own)[:12]}, the"
            f" scenario's {input_hash(scenario)[:12]}); plan again, or apply the plan to the new data with"
            " replenish replan"
        )


def compare_with_plan(
    result: Result,
    plan: Plan,
    *,
    workers: int | None = None,
    progress: Progress = lambda _: None,
    stop: threading.Event | None = None,
) -> Planned | None:
    """Return the plan beside a run on the run's draws; None if it was stopped."""
    run = result.provenance
    kept = collecting(result.scenario, paths=min(run.paths, COSTED_PATHS))
    planned = simulate_plan(
        plan, scenario=kept, paths=run.paths, seed=run.seed, workers=workers, progress=progress, stop=stop
    )  # fmt: skip
    if stop is not None and stop.is_set():
        return None
    own = simulate(_costed(kept), paths=min(run.paths, COSTED_PATHS), seed=run.seed, workers=workers)
    costs = stated_costs(plan.problem, own), stated_costs(plan.problem, planned)
    value = None if plan.options.risk_weight else plan.policy.evaluate(paths=400)
    return Planned(result, planned, *costs, value)


def _costed(scenario: Scenario) -> Scenario:
    """Return a scenario that keeps trajectories and hardly any statistics."""
    return scenario.with_settings({"collect.measures": ("fill_rate",)})


def to_tables(found: Planned, plan: Plan, own_path: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Return the comparison as the tables of a run; `own_path` is the plan's course in its own programme."""
    sides = [Side(AS_IS, found.as_is.scenario), Side(PLAN, found.as_is.scenario)]
    compare = compared(sides, [found.as_is, found.plan]).differences
    return {
        "plan_about": _about(found, plan),
        "plan_side": compare.rename({"mean_a": AS_IS, "mean_b": PLAN}).drop("a", "b"),
        "plan_series": _series(found),
        "plan_early": pl.concat([early_decisions(found), early_starts(found, own_path)]),
        "plan_replenishment": _replenishment(found),
        "frontier": simulated_points(found),
    }


def simulated_points(found: Planned) -> pl.DataFrame:
    """Return what both sides come to in the simulator, as points beside those of a frontier on mean paths."""
    sides = {"as it is, simulated": found.as_is_costs, "the plan, simulated": found.plan_costs}
    rows = [
        {
            "unmet": float(costs.unmet_units.mean()), "shortfall": float(costs.missing_units.mean()),
            "money": float(costs.money.mean()), "cost": float(costs.total.mean()), "is_dominated": False,
            "is_stated": False, "label": label,
        }
        for label, costs in sides.items()
    ]  # fmt: skip
    return plan_table({"frontier": pl.DataFrame(rows)}, "frontier")


def _about(found: Planned, plan: Plan) -> pl.DataFrame:
    rows = [(key, str(value)) for key, value in _facts(found, plan)]
    return pl.DataFrame(rows, schema={"key": pl.String, "value": pl.String}, orient="row")


def _facts(found: Planned, plan: Plan) -> Iterator[tuple[str, object]]:
    """Yield what a plan rests on, and how sure it is."""
    options, problem = plan.options, plan.problem
    yield from (("why", reason) for reason in plan.why)
    yield from (("simplification", told) for told in plan.simplifications)
    yield from (
        ("method", options.method), ("stages", len(problem.stages)), ("stage_periods", options.stage_periods),
        ("nodes", len(plan.model.nodes)), ("outcomes", options.outcomes), ("seed", options.seed),
        ("chains", ", ".join(problem.labels.chains[chain] for chain in plan.model.chains)),
        ("iterations", len(plan.policy.rows)), ("ended", plan.policy.ended), ("seconds", round(plan.seconds, 1)),
        ("bound", plan.bound), ("currency", problem.scenario.settings.money.currency),
        ("paths", len(found.plan_costs.total)),
    )  # fmt: skip
    if found.value is not None:
        gap = gap_share(found.value.value, plan.bound)
        yield from (
            ("policy_value", found.value.value),
            ("policy_low", found.value.low),
            ("policy_high", found.value.high),
        )
        yield "gap_share", gap
        if gap > WIDE_GAP:
            yield "warning", _too_wide(gap)
    yield from _tried(plan)
    yield from _steadiness(plan)
    change = found.plan_costs.total - found.as_is_costs.total
    for name, costs in (
        ("simulated", found.plan_costs.total),
        (AS_IS, found.as_is_costs.total),
        ("difference", change),
    ):
        mean, half = float(costs.mean()), Z95 * float(costs.std(ddof=1)) / len(costs) ** 0.5 if len(costs) > 1 else 0.0
        yield from ((f"{name}_cost" if name != "difference" else name, mean), (f"{name}_low", mean - half),
                    (f"{name}_high", mean + half))  # fmt: skip
    for part in ("money", "unmet", "shortfall", "late", "terminal"):
        yield f"as_is_{part}", float(getattr(found.as_is_costs, part).mean())
        yield f"plan_{part}", float(getattr(found.plan_costs, part).mean())


def _tried(plan: Plan) -> Iterator[tuple[str, str]]:
    """Yield how the chosen first decision did on paths of the programme, as a warning where it was not taken."""
    if plan.tried is not None:
        yield "tried" if plan.tried.is_taken else "warning", plan.tried.words


def _steadiness(plan: Plan) -> Iterator[tuple[str, str]]:
    """Yield how stable first decisions are, as a warning where they are not."""
    table = plan.tables.get("plan_decisions")
    found = None if table is None else find_steadiness(plan_table(plan.tables, "plan_decisions"))
    if found is not None:
        yield "steady" if found.is_steady else "warning", steady_words(found, _thing)


def _thing(row: Mapping[str, Any]) -> str:
    ends = " to ".join(filter(None, (row["holder"], row["to_holder"])))
    return ", ".join(filter(None, (ends, row["item"], row["expansion"] or row["line"])))


def gap_share(value: float, bound: float) -> float:
    """Return the distance of a policy's value from the bound, as a share of the larger of the two in size."""
    return (value - bound) / max(abs(value), abs(bound), 1e-12)


def _too_wide(gap: float) -> str:
    return (
        f"the plan may cost up to {gap:.0%} more than the best one in its programme: more iterations or longer stages"
        " first, if the decision is close"
    )


def _series(found: Planned) -> pl.DataFrame:
    """Return measures over time of both sides, by all that names them; money without purposes."""
    keys = ["measure", "holder", "item", "purpose", "line", "to_holder", "date"]
    tables = []
    for side, result in ((AS_IS, found.as_is), (PLAN, found.plan)):
        is_part = (pl.col("measure") == "spend_cumulative") & (pl.col("purpose") != "")
        own = result.series.filter(pl.col("measure").is_in(SHOWN), ~is_part)
        tables.append(own.select(*keys, "mean", "p05", "p50", "p95", pl.lit(side).alias("side")))
    return pl.concat(tables)


def early_decisions(found: Planned) -> pl.DataFrame:
    """Return what is shipped, made and spent in the first two years by quarter, by the plan and as it is.

    Columns: `date` (first day of the quarter), `what` (shipped, production, spend), labels, `plan`, `as_is`,
    `difference`, `unit`.
    """
    end = found.as_is.calendar.starts[0] + dt.timedelta(days=EARLY_DAYS)
    tables = []
    for side, result in ((AS_IS, found.as_is), (PLAN, found.plan)):
        own = result.series.filter(pl.col("measure").is_in(("shipped", "production", "spend")), pl.col("date") < end)
        tables.append(own.with_columns(side=pl.lit(side)))
    keys = ["date", "what", "holder", "item", "purpose", "line", "to_holder", "unit"]
    table = pl.concat(tables).rename({"measure": "what"}).with_columns(pl.col("date").dt.truncate("3mo"))
    sums = table.group_by([*keys, "side"]).agg(pl.col("mean").sum()).pivot("side", index=keys, values="mean")
    for side in (AS_IS, PLAN):
        if side not in sums.columns:
            sums = sums.with_columns(pl.lit(0.0).alias(side))
    sums = sums.with_columns(pl.col(AS_IS).fill_null(0.0), pl.col(PLAN).fill_null(0.0))
    sums = sums.with_columns(difference=pl.col(PLAN) - pl.col(AS_IS), expansion=pl.lit(""), pledge=pl.lit(""))
    moving = sums.filter((pl.col(AS_IS).abs() > 1e-9) | (pl.col(PLAN).abs() > 1e-9))
    return moving.select("date", "what", *LABELS, PLAN, AS_IS, "difference", "unit").sort("date", "what", *LABELS)


def early_starts(found: Planned, own_path: pl.DataFrame) -> pl.DataFrame:
    """Return the shares of expansions that are started in the first two years, in the form of `early_decisions`.

    Those of the plan are means over the paths of its own programme, those of the scenario stand on their stated days.
    """
    scenario, first = found.as_is.scenario, found.as_is.calendar.starts[0]
    end = first + dt.timedelta(days=EARLY_DAYS)
    planned = own_path.filter(pl.col("what") == "start", pl.col("date") < end)
    planned = planned.with_columns(pl.col("date").dt.truncate("3mo"))
    planned = planned.group_by("date", "line", "expansion").agg(pl.col("mean").sum().alias(PLAN))
    rows = [(row.start, row.line, row.name, 1.0) for row in scenario.expansions if row.start and row.start < end]
    stated = pl.DataFrame(rows, schema={"date": pl.Date, "line": pl.String, "expansion": pl.String, AS_IS: pl.Float64},
                          orient="row").with_columns(pl.col("date").dt.truncate("3mo"))  # fmt: skip
    both = planned.join(stated, on=["date", "line", "expansion"], how="full", coalesce=True)
    both = both.with_columns(pl.col(PLAN).fill_null(0.0), pl.col(AS_IS).fill_null(0.0))
    moving = both.filter((pl.col(PLAN) > STARTED) | (pl.col(AS_IS) > 0))
    others = [label for label in LABELS if label not in ("line", "expansion")]
    told = moving.with_columns(
        what=pl.lit("start"), unit=pl.lit("share"), difference=pl.col(PLAN) - pl.col(AS_IS),
        **{label: pl.lit("") for label in others},
    )  # fmt: skip
    return told.select("date", "what", *LABELS, PLAN, AS_IS, "difference", "unit").sort("date", "what", *LABELS)


def _replenishment(found: Planned) -> pl.DataFrame:
    """Return the share of paths that are back at their requirement by each period, of those that were below it."""
    tables = []
    for side, result in ((AS_IS, found.as_is), (PLAN, found.plan)):
        own = result.dates.filter(pl.col("measure") == REPLENISHMENT, pl.col("period").is_not_null()).sort("period")
        share = pl.col("paths").cum_sum().over("holder", "item") / pl.col("applies")
        tables.append(own.select("holder", "item", "period", share.alias(side)))
    periods = pl.DataFrame({"period": np.arange(len(found.as_is.calendar)), "date": found.as_is.calendar.starts})
    cells = pl.concat([table.select("holder", "item") for table in tables]).unique(maintain_order=True)
    grid = cells.join(periods.with_columns(pl.col("period").cast(tables[0]["period"].dtype)), how="cross")
    for table in tables:
        grid = grid.join(table, on=["holder", "item", "period"], how="left")
    filled = [pl.col(side).forward_fill().over("holder", "item").fill_null(0.0) for side in (AS_IS, PLAN)]
    return grid.sort("holder", "item", "period").with_columns(filled).select("holder", "item", "date", AS_IS, PLAN)
