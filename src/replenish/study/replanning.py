"""A plan applied to later data: what it would decide now, beside a plan made afresh.

A plan decides from any state, so that it need not be made again for data of the next month as long as their structure
is the same: holders, items, lines, routes and chains, how long everything takes, and the end of the horizon.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from replenish.arrays.groups import Floats
from replenish.arrays.labels import Labels
from replenish.arrays.state import State, opening_state
from replenish.errors import UsageError
from replenish.planning.frame import Frame, to_frame
from replenish.planning.methods import make_plan, to_options
from replenish.planning.plan import Plan
from replenish.planning.problem import to_problem
from replenish.planning.steps import to_keys
from replenish.planning.storing import load_plan
from replenish.scenario import Scenario
from replenish.study.saving import refuse_foreign, save_study, study_folder
from replenish.study.sides import Source, find_scenario_of, short_name

SCHEMA: dict[str, Any] = {
    **dict.fromkeys(("what", "holder", "item", "line", "to_holder", "expansion"), pl.String),
    **dict.fromkeys(("old", "fresh", "difference"), pl.Float64), "unit": pl.String,
}  # fmt: skip
STRUCTURE: Final = (
    "holders", "items", "chains", "cells", "demands", "lines", "products", "slots", "routes", "flows", "pledges",
    "expansions", "components", "budgets",
)  # fmt: skip
"""Names that must be the same in both."""

_TITLES: Final = {"cells": "stocks", "slots": "orders"}
_STUDY = "replan"
_TABLE = "decisions"


@dataclass(frozen=True, slots=True, kw_only=True)
class Replan:
    """What a plan decides from later data.

    rows: decisions for the first stage: `what` (order, release, rate, start), names, the quantity that the `old` plan
        decides from the new state and that of the plan made `fresh`, their `difference` (fresh - old) and its `unit`.
        A rate is in capacity per unit of time of the line, a start a share of the expansion.
    first_day, last_day: of the stage that is decided.
    begun: periods of the old plan's stage that had passed already; it decides as if the stage began now.
    old_value, fresh_value: cost that each expects from here on by its own programme and prices, discounted to the
        first day [currency].
    """

    rows: pl.DataFrame
    first_day: dt.date
    last_day: dt.date
    begun: int
    old_value: float
    fresh_value: float | None
    currency: str
    folder: Path | None = None

    def __repr__(self) -> str:
        """Return how much differs in one line."""
        differs = int((self.rows["difference"].abs() > _small(self.rows)).sum())
        return f"<Replan from {self.first_day}: {differs} of {len(self.rows)} decisions differ>"


def replan(
    plan: Plan | Path | str,
    source: Source,
    *,
    is_fresh: bool = True,
    out: Path | str | None = None,
    **options: Any,
) -> Replan:
    """Return what a plan decides from the opening data of a later scenario, beside a plan made afresh for it.

    Args:
        plan: the plan, or the folder in which it is saved.
        source: the later scenario, in any form that a study takes: same structure and end, a later start.
        is_fresh: whether a plan is made afresh as well, in the way of the old one.
        out: folder for the table; a new one under `runs/` if not given.
        **options: how the fresh plan is made, where that is to differ; as in the settings under `[plan]`.

    Raises:
        UsageError: the data have another structure (all that differs is named), the old plan knows no such state of
            chains, there is no such plan, or `out` holds something else.
        SolveError: no plan is possible.
    """
    old = plan if isinstance(plan, Plan) else load_plan(plan)
    scenario = find_scenario_of(source)
    folder = Path(out) if out is not None else study_folder(_STUDY, short_name(source))
    refuse_foreign(folder, _STUDY)
    frame = to_frame(to_problem(scenario, length=old.options.stage_periods))
    period = _refuse_other(old, frame)
    stages = old.problem.stages
    stage = int(np.searchsorted(stages.end, period, side="right"))
    state = _now(frame)
    decided, old_value = _decided(old, stage, state)
    fresh, fresh_value = np.full(len(decided), np.nan), None
    if is_fresh:
        fresh, fresh_value = _decided(_made(old, scenario, options), 0, state)
    rows = [
        {**names, "old": before, "fresh": after, "difference": after - before}
        for names, before, after in zip(_names(old), decided.tolist(), fresh.tolist(), strict=True)
    ]
    bounds, begun = frame.problem.calendar.bounds, period - int(stages.first[stage])
    found = Replan(
        rows=pl.DataFrame(rows, schema=SCHEMA).with_columns(pl.col("fresh", "difference").fill_nan(None)),
        first_day=bounds[0], last_day=bounds[int(frame.problem.stages.end[0])] - dt.timedelta(days=1), begun=begun,
        old_value=old_value, fresh_value=fresh_value, currency=scenario.settings.money.currency, folder=folder,
    )  # fmt: skip
    about = {
        "first_day": str(found.first_day), "last_day": str(found.last_day), "begun": begun, "old_value": old_value,
        "fresh_value": fresh_value, "plan": str(old.folder or ""),
    }  # fmt: skip
    save_study(folder, _STUDY, about, {_TABLE: found.rows})
    return found


def _made(old: Plan, scenario: Scenario, options: dict[str, Any]) -> Plan:
    """Return a plan of later data, made in the way of the old one."""
    kept = {name: getattr(old.options, name) for name in type(old.options).__dataclass_fields__}
    made, why = to_options(scenario, **kept | {"stage_periods": old.options.stage_periods} | options)
    return make_plan(scenario, made, why=why)


def _refuse_other(old: Plan, frame: Frame) -> int:
    """Return the period of the old plan in which new data begin.

    Raises:
        UsageError: they have another structure, end or unit of time, or do not begin with a period of the plan.
    """
    before, now = old.problem.calendar, frame.problem.calendar
    found = list(_differences(old.problem.labels, frame.problem.labels))
    if before.period != now.period:
        found.append(f"periods are of a {now.period}, in the plan of a {before.period}")
    elif before.bounds[-1] != now.bounds[-1]:
        found.append(f"the horizon ends on {now.last_day}, in the plan on {before.last_day}")
    elif now.bounds[0] not in before.starts:
        span = f"{before.starts[0]} to {before.starts[-1]}"
        found.append(f"{now.bounds[0]}, the start, is not the first day of a period of the plan ({span})")
    if not found and frame.usual.states != old.model.frame.usual.states:
        found.append(f"delays or shelf lives differ: {_other_states(old.model.frame, frame)}")
    if found:
        raise UsageError(f"the plan does not fit these data: {'; '.join(found)}. Make a plan afresh")
    return before.starts.index(now.bounds[0])


def _differences(before: Labels, now: Labels) -> Iterator[str]:
    for name in STRUCTURE:
        lacking, more = ({_named(entry) for entry in getattr(labels, name)} for labels in (before, now))
        lacking, more = lacking - more, more - lacking
        parts = [f"no {', '.join(sorted(lacking))}"] if lacking else []
        parts += [f"also {', '.join(sorted(more))}"] if more else []
        if parts:
            yield f"{_TITLES.get(name, name)}: {' and '.join(parts)}"
    for chain, old, new in zip(before.chains, before.states, now.states, strict=False):
        if before.chains == now.chains and old != new:
            yield f"states of {chain}: {', '.join(new)}, in the plan {', '.join(old)}"


def _named(entry: object) -> str:
    return "/".join(map(str, entry)) if isinstance(entry, tuple) else str(entry)


def _other_states(before: Frame, now: Frame) -> str:
    """Return the blocks of states that are of another size."""
    sizes = [
        {block: sum(name.partition("[")[0] == block for name in frame.usual.states) for block in _blocks(before, now)}
        for frame in (before, now)
    ]
    changed = [block for block in sizes[0] if sizes[0][block] != sizes[1][block]]
    return ", ".join(f"{block} has {sizes[1][block]} entries, in the plan {sizes[0][block]}" for block in changed)


def _blocks(*frames: Frame) -> list[str]:
    return list(dict.fromkeys(name.partition("[")[0] for frame in frames for name in frame.usual.states))


def _now(frame: Frame) -> State:
    """Return the opening state of new data, with the mean demand of the period in the states in which chains are."""
    arrays, state = frame.problem.arrays, opening_state(frame.problem.arrays)
    chain = state.chain_state[:, 0].astype(np.int64)
    mean = [arrays.demands.mean[0, d, chain[k] if k >= 0 else 0] for d, k in enumerate(arrays.demands.chain.tolist())]
    return replace(state, demand=np.array(mean, float).reshape(-1, 1))


def _decided(plan: Plan, stage: int, state: State) -> tuple[Floats, float]:
    """Return what a plan decides for a stage, in the order of its decisions, and what it expects from there on.

    Raises:
        UsageError: it knows no such state of chains.
    """
    labels, model = plan.problem.labels, plan.model
    states = tuple(int(state.chain_state[chain, 0]) for chain in model.chains)
    node = model.node(stage, states)
    if node not in model.nodes:
        named = ", ".join(
            f"{labels.chains[c]} is {labels.states[c][s]}" for c, s in zip(model.chains, states, strict=True)
        )
        raise UsageError(f"the plan does not hold it for possible that {named} at that time; make a plan afresh")
    steps, keys = plan.steps(), to_keys(model)
    held = steps.decide(stage, state)
    tables = zip((held.order, held.release, held.rate, held.start), keys, strict=True)
    value = plan.policy.decider().decide(node, model.frame.incoming(state), record=()).value[0]
    return np.concatenate([table[rows, 0] for table, rows in tables]), float(value)


def _names(plan: Plan) -> Iterator[dict[str, str]]:
    """Yield what each decision is about, in the order of a plan's decisions."""
    decisions, scenario = plan.problem.decisions, plan.problem.scenario
    units = {row.name: row.unit for row in scenario.items}
    per = {row.name: row.per for row in scenario.lines}
    blank = dict.fromkeys(("holder", "item", "line", "to_holder", "expansion"), "")
    for holder, item, line in decisions.ordering:
        yield blank | {"what": "order", "holder": holder, "item": item, "line": line, "unit": units[item]}
    for holder, to_holder, item in decisions.release:
        yield blank | {"what": "release", "holder": holder, "to_holder": to_holder, "item": item, "unit": units[item]}
    for line in decisions.production:
        yield blank | {"what": "rate", "line": line, "unit": f"capacity/{per[line]}"}
    for expansion in decisions.expansion:
        yield blank | {"what": "start", "expansion": expansion, "unit": "share"}


def _small(rows: pl.DataFrame) -> float:
    """Return up to what a difference is rounding."""
    largest = rows.select(pl.max_horizontal(pl.col("old").abs().max(), pl.col("fresh").abs().max())).item()
    return 1e-6 * (largest or 0.0)
