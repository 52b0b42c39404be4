"""Answers of a plan as tables: first decisions, what units are worth, how deep stocks may be dug, what binds.

Every table has the columns of `names.LABELS`; empty where they do not apply.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import polars as pl

from replenish.arrays.groups import Floats
from replenish.arrays.state import opening_state
from replenish.multistage import Decider
from replenish.planning.binding import LIMITS, NEGLIGIBLE, limits_over_time
from replenish.planning.first import FirstStage
from replenish.planning.first_table import first_decisions, over_seeds
from replenish.planning.names import LABELS, RULES, Names, name_entry, names_of
from replenish.planning.plan import Plan
from replenish.planning.sums import total_by

LEVELS = 11
"""Levels of a stock at which the worth of its next unit is told."""


def to_answers(plan: Plan, *, paths: int = 400) -> dict[str, pl.DataFrame]:
    """Return all answers that the programme alone gives, by name."""
    decider = plan.policy.decider()
    return {
        "plan_decisions": first_decisions(plan),
        "plan_seeds": over_seeds(plan),
        "plan_values": marginal_values(plan, decider),
        "plan_digging": digging(plan, decider),
        "plan_limits": binding_limits(plan),
        "plan_limits_over_time": limits_over_time(plan),
        "plan_prices": prices_used(plan),
        "plan_path": own_path(plan, paths=paths),
        "plan_training": training(plan),
    }


def first_node(plan: Plan) -> str:
    """Return the node that is known, or most likely, at the start."""
    return FirstStage(plan.model, plan.policy).node


def _opening(plan: Plan) -> Floats:
    """Return the incoming state of the first stage, (1, state)."""
    return plan.model.frame.incoming(opening_state(plan.problem.arrays))


def _labelled(names: Mapping[str, str]) -> dict[str, str]:
    return {label: names.get(label, "") for label in LABELS}


def _by_names(plan: Plan, block: str) -> Iterable[tuple[Names, list[int]]]:
    """Yield the entries of a block by what they are about: parcels of one flow stand together."""
    found: dict[tuple[tuple[str, str], ...], list[int]] = {}
    for place, names in enumerate(names_of(plan.model.frame, block)):
        found.setdefault(tuple(sorted(names.items())), []).append(place)
    yield from ((dict(key), own) for key, own in found.items())


def marginal_values(plan: Plan, decider: Decider) -> pl.DataFrame:
    """Return what one more unit of each stock, capacity, budget and route is worth at the start [currency/unit].

    Columns: `what` (stock, capacity, budget, expansion, pledge, route), labels, `value`, `unit`, `statement`.
    """
    node, currency = first_node(plan), plan.problem.scenario.settings.money.currency
    gradient = decider.decide(node, _opening(plan), record=()).gradient[0]
    rows = []
    for state, slope in zip(decider.states(node), gradient.tolist(), strict=True):
        block, names = name_entry(plan.model.frame, state)
        if block in _WORTHS and not (block == "on_hand" and not _is_freshest(plan, state)):
            what, said = _WORTHS[block]
            statement = said.format(value=f"{-slope:,.4g} {currency}", **_words(plan, names))
            rows.append({"what": what, **_labelled(names), "value": -slope, "unit": currency, "statement": statement})
    for price in plan.policy.explain(node).rows:
        block, names = name_entry(plan.model.frame, price.name)
        if block == "route_rule":
            statement = f"one more tonne carried from {names['holder']} to {names['to_holder']} now is worth"
            statement += f" {-price.dual:,.4g} {currency}"
            rows.append(
                {"what": "route", **_labelled(names), "value": -price.dual, "unit": currency, "statement": statement}
            )
    return pl.DataFrame(rows, infer_schema_length=None)


_WORTHS = {
    "on_hand": ("stock", "one more {unit} of {item} held by {holder} now is worth {value}"),
    "added": ("capacity", "one more unit of capacity of {line} from now on is worth {value}"),
    "budget": ("budget", "one more unit of money for {purpose} of {holder} now is worth {value}"),
    "left": ("expansion", "the option to build {expansion} is worth {value}"),
    "book": ("order", "one more {unit} of {item} on order by {holder} from {line} is worth {value}"),
    "owed": ("backorder", "one more {unit} of {item} owed by {holder} is worth {value}"),
}


def _words(plan: Plan, names: Names) -> dict[str, str]:
    units = {item.name: item.unit for item in plan.problem.scenario.items}
    return {**_labelled(names), "unit": units.get(names.get("item", ""), "unit")}


def _is_freshest(plan: Plan, state: str) -> bool:
    lots, place = plan.model.frame.sets.lots, int(state.partition("[")[2].rstrip("]") or 0)
    return bool(lots.level[place] == lots.count[lots.cell[place]] - 1)


def digging(plan: Plan, decider: Decider) -> pl.DataFrame:
    """Return for each stock that may be released what its next unit is worth at levels from nothing to what is held.

    Columns: `holder`, `item`, `on_hand`, `level`, `value` [currency/unit], `cost_of_release` of all from what is held
    down to the level [currency], `worth_elsewhere` of a unit that is delivered now to the best recipient, and
    `may_dig_to`: the lowest of the levels at which the unit is still worth less at home than elsewhere.
    """
    frame, node = plan.model.frame, first_node(plan)
    state, names = _opening(plan), decider.states(node)
    elsewhere, rows = _worth_elsewhere(plan, decider), []
    for cell, value in sorted(elsewhere.items()):
        columns = [
            place
            for place, name in enumerate(names)
            if name.startswith("on_hand") and int(name.partition("[")[2].rstrip("]") or 0) in _lots_of(plan, cell)
        ]
        held = float(state[0, columns].sum())
        if held <= 0:
            continue
        levels = np.linspace(0.0, 1.0, LEVELS)
        states = np.repeat(state, LEVELS, axis=0)
        states[:, columns] *= levels[:, None]
        found = decider.decide(node, states, record=())
        worth = -(found.gradient[:, columns] * state[0, columns]).sum(axis=1) / held
        enough = held * levels[worth <= value + NEGLIGIBLE]
        holder, item = frame.problem.labels.cells[cell]
        for level, unit, total in zip(levels, worth, found.value, strict=True):
            rows.append({
                "holder": holder, "item": item, "on_hand": held, "level": float(held * level), "value": float(unit),
                "cost_of_release": float(total - found.value[-1]), "worth_elsewhere": value,
                "may_dig_to": float(enough.min()) if len(enough) else held,
            })  # fmt: skip
    return pl.DataFrame(rows, infer_schema_length=None, schema=_DIGGING)


_DIGGING: dict[str, Any] = {"holder": pl.String, "item": pl.String} | dict.fromkeys(
    ("on_hand", "level", "value", "cost_of_release", "worth_elsewhere", "may_dig_to"), pl.Float64
)


def _lots_of(plan: Plan, cell: int) -> set[int]:
    lots = plan.model.frame.sets.lots
    return set(range(int(lots.first[cell]), int(lots.first[cell] + lots.count[cell])))


def _worth_elsewhere(plan: Plan, decider: Decider) -> dict[int, float]:
    """Return what a unit of each donor's stock is worth at its best recipient, transport and losses taken off."""
    arrays, node = plan.problem.arrays, first_node(plan)
    worth = -decider.decide(node, _opening(plan), record=()).gradient[0]
    by_cell: dict[int, float] = {}
    for name, value in zip(decider.states(node), worth.tolist(), strict=True):
        block, _, place = name.partition("[")
        if block == "on_hand" and _is_freshest(plan, name):
            by_cell[int(plan.model.frame.sets.lots.cell[int(place.rstrip("]") or 0)])] = value
    best: dict[int, float] = {}
    flows = arrays.flows
    for giver, taker, survival, cost in zip(flows.from_cell, flows.to_cell, flows.survival, flows.cost, strict=True):
        value = float(survival) * by_cell.get(int(taker), 0.0) - float(cost)
        best[int(giver)] = max(best.get(int(giver), -np.inf), value)
    return best


def binding_limits(plan: Plan) -> pl.DataFrame:
    """Return what holds the plan back in the first stage, and by how much cost falls for one more unit of each limit.

    Columns: `rule`, `title`, labels, `activity`, `limit`, `price` [currency/unit], `date`.
    """
    found, date = plan.policy.explain(first_node(plan)), plan.problem.calendar.starts[0]
    rows = []
    for row in found.rows:
        block, names = name_entry(plan.model.frame, row.name)
        rule = block.removesuffix("_rule")
        if rule in LIMITS and abs(row.dual) > NEGLIGIBLE:
            limit = row.lower if row.dual > 0 else row.upper
            rows.append({
                "rule": rule, "title": RULES[rule], **_labelled(names), "activity": row.activity, "limit": limit,
                "price": abs(row.dual), "date": date,
            })  # fmt: skip
    schema = {"rule": pl.String, "title": pl.String, **dict.fromkeys(LABELS, pl.String)}
    numbers = dict.fromkeys(("activity", "limit", "price"), pl.Float64)
    table = pl.DataFrame(rows, schema={**schema, **numbers, "date": pl.Date})
    return table.sort("price", descending=True)


def prices_used(plan: Plan) -> pl.DataFrame:
    """Return the prices with the statements behind them."""
    return pl.DataFrame([asdict(price) for price in plan.problem.prices], infer_schema_length=None)


def training(plan: Plan) -> pl.DataFrame:
    """Return the iterations of training."""
    return plan.policy.table().select("iteration", "bound", "simulated", "seconds", "is_proven")


_PATHS = ("order", "shipped", "run", "start", "unmet", "shortfall", "on_hand.after", "added.after")


def own_path(plan: Plan, *, paths: int) -> pl.DataFrame:
    """Return the programme's own trajectory by stage on sampled paths.

    Columns: `date`, `what`, labels, `mean`, `p05`, `p25`, `p50`, `p75`, `p95`.
    """
    known = plan.model.frame.program(0).variables
    recorded = [name for name in _PATHS if name in known]
    found = plan.policy.simulate(paths, record=recorded)
    dates = [plan.problem.calendar.starts[first] for first in plan.problem.stages.first.tolist()]
    tables = []
    for block in recorded:
        for names, own in _by_names(plan, block):
            values = total_by(found.variables[block], own)
            tables.append(_quantiles(values, dates, block.removesuffix(".after"), names))
    return pl.concat(tables)


def _quantiles(values: Floats, dates: list[dt.date], what: str, names: Names) -> pl.DataFrame:
    columns = {
        f"p{round(100 * level):02d}": np.nanquantile(values, level, axis=1) for level in (0.05, 0.25, 0.5, 0.75, 0.95)
    }
    labels = {label: pl.lit(value) for label, value in _labelled(names).items()}
    table = pl.DataFrame({"date": dates, "mean": np.nanmean(values, axis=1), **columns})
    return table.with_columns(what=pl.lit(what), **labels).select("date", "what", *LABELS, "mean", *columns)
