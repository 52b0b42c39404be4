"""Why does a plan say what it says?  Its cost, decisions and worths, with limits that bind, and prices."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import polars as pl

from replenish.errors import UsageError
from replenish.result import PLAN_LABELS, Result
from replenish.result.steadiness import range_words
from replenish.study.explain_plan_parts import (
    MOST_LIMITS,
    Told,
    limits_near,
    limits_of,
    limits_over_time,
    matching,
    names_in,
    names_of,
    price_cells,
    prices_of,
    scenario_cells,
    unknown,
    warnings_of,
)
from replenish.study.explained import Breakdown, Explanation, Term, Value, shown, words

_HEADS: Final = ("plan", "value")
_MOVED: Final = {"order": "orders", "shipped": "shipments", "run": "capacity used", "start": "share started"}


def is_of_plan(name: str) -> bool:
    """Return whether a name is one of a plan."""
    return name.partition("/")[0] in _HEADS


def explain_plan(run: Result, name: str, *, date: dt.date | None = None, **labels: str) -> Explanation:
    """Return where a number of a run's plan comes from: terms, binding limits with their prices, prices and statements.

    Args:
        run: a run that carries a plan.
        name: `plan`, `plan/decisions`, `plan/NAME` of a line, an expansion or anything that is decided about, or
            `value`, `value/holder/item`, `value/NAME` for what one more unit is worth.
        date: none is taken.
        **labels: what it is of, beside the names.

    Raises:
        UsageError: the run has no plan, the plan has nothing of this name, or a date is given.
    """
    told = Told(run.studies, run.scenario.settings.money.currency, run)
    if not told.about:
        raise UsageError(f"{name}: the run carries no plan; `replenish run` makes one and saves it with the run")
    if date is not None:
        raise UsageError(f"{name} is about the plan from the start on and takes no date")
    head, *parts = name.split("/")
    asked = [*filter(None, (*parts, *labels.values()))]
    if head == "value":
        return _worth(told, asked)
    if not asked:
        return _whole(told)
    return _decisions(told) if asked == ["decisions"] else _thing(told, asked)


def _whole(told: Told) -> Explanation:
    """Return the cost of the plan, beside as it is and beside its bound."""
    cost = told.number("simulated_cost")
    simulated = f"simulated; {told.range('simulated')}".strip("; ")
    value = told.number("policy_value") if cost is None else cost
    note = f"in its own programme; {told.range('policy')}".strip("; ") if cost is None else simulated
    return Explanation(
        measure="plan", title="Cost of the plan", unit=told.currency,
        formula="money, and unmet need, shortfalls and lateness at the prices used, less the worth of what is left",
        values=(Value(labels={}, unit=told.currency, date=None, mean=value, quantiles={}, note=note),),
        breakdowns=tuple(_costs(told)), limits=tuple(limits_of(told, told.table("plan_limits"))),
        inputs=tuple(price_cells(told, told.table("plan_prices"))),
        notes=(*warnings_of(told), *told.about.get("why", [])),
    )  # fmt: skip


def _costs(told: Told) -> Iterator[Breakdown]:
    """Yield the cost as that of as it is and the difference, and its value in the programme as bound and gap."""
    cost, as_is, change = (told.number(key) for key in ("simulated_cost", "as_is_cost", "difference"))
    if cost is not None and as_is is not None and change is not None:
        terms = _terms(told, {"as it is": as_is, "the plan less as it is": change})
        check = f"on the same {told.text('paths') or 'paths'} paths; difference: {told.range('difference')}"
        yield _sum("simulated, against as it is", cost, terms, check)
    bound, value = told.number("bound"), told.number("policy_value")
    if bound is not None and value is not None:
        terms = _terms(told, {"bound: no plan can cost less": bound, "gap": value - bound})
        gap = told.number("gap_share")
        wide = "" if gap is None else f"a gap of {shown(100 * gap)} %; "
        yield _sum("in its own programme", value, terms, f"{wide}value: {told.range('policy') or 'exact'}")


def _terms(told: Told, parts: Mapping[str, float]) -> tuple[Term, ...]:
    return tuple(Term(name=name, value=value, unit=told.currency, labels={}) for name, value in parts.items())


def _sum(title: str, value: float, terms: Sequence[Term], check: str) -> Breakdown:
    return Breakdown(
        title=title, kind="sum", terms=tuple(terms), value=value, check=check,
        expected=math.fsum(term.value or 0.0 for term in terms),
    )  # fmt: skip


def _decisions(told: Told) -> Explanation:
    """Return all decisions of the first stage."""
    rows = told.table("plan_decisions").filter((pl.col("quantity") != 0) | (pl.col("high") != 0))
    return Explanation(
        measure="plan/decisions", title="Decisions of the first stage", unit="as given",
        formula="what costs least at the prices used, given what is known at the first review",
        values=tuple(_decided(rows)), limits=tuple(limits_of(told, told.table("plan_limits"))),
        inputs=tuple(price_cells(told, told.table("plan_prices"))),
        notes=tuple(filter(None, (range_words(rows), told.text("steady"), *warnings_of(told)))),
    )  # fmt: skip


def _decided(rows: pl.DataFrame) -> Iterator[Value]:
    for row in rows.iter_rows(named=True):
        share = f"{100 * row['within']:g} %" if row["within"] is not None else "a little"
        span = f"; {shown(row['low'])} to {shown(row['high'])} cost at most {share} more in all"
        note = f"{row['what']}{span if row['low'] != row['high'] else ''}"
        yield Value(
            labels=names_of(row), unit=row["unit"], date=row["first_day"], mean=row["quantity"], quantiles={}, note=note
        )


def _thing(told: Told, asked: Sequence[str]) -> Explanation:
    """Return what is decided about a line, an expansion, or whatever else bears a name, and what one more is worth."""
    rows, worths = (matching(told, name, asked) for name in ("plan_decisions", "plan_values"))
    courses = matching(told, "plan_path", asked)
    if rows.is_empty() and worths.is_empty() and courses.is_empty():
        raise UsageError(unknown(told, asked, ("plan_decisions", "plan_values", "plan_path")))
    names = names_in(pl.concat([table.select(PLAN_LABELS) for table in (rows, worths, courses)]), asked)
    return Explanation(
        measure=f"plan/{'/'.join(asked)}", title=f"The plan for {', '.join(asked)}", unit="as given",
        formula="decisions of the first stage, what one more unit is worth, and the course of the programme",
        values=(*_decided(rows), *_worths(worths)),
        breakdowns=(*_early(told, asked), *_by_year(courses)),
        limits=(*limits_of(told, matching(told, "plan_limits", asked)), *limits_over_time(told, asked)),
        inputs=(*price_cells(told, prices_of(told, names)), *scenario_cells(told, names)),
        notes=tuple(warnings_of(told)),
    )  # fmt: skip


def _worth(told: Told, asked: Sequence[str]) -> Explanation:
    """Return what one more unit of a thing is worth, beside what it is worth elsewhere."""
    rows = matching(told, "plan_values", asked)
    if rows.is_empty():
        raise UsageError(unknown(told, asked, ("plan_values",)))
    names = names_in(rows, asked)
    limits = limits_near(told, rows)
    return Explanation(
        measure="/".join(("value", *asked)), title=f"Worth of one more unit: {', '.join(asked) or 'everything'}",
        unit=told.currency, formula="by how much the cost of the plan falls with one unit more at the start",
        values=tuple(_worths(rows)), breakdowns=tuple(_elsewhere(told, rows)) if asked else (),
        limits=tuple(limits_of(told, limits)),
        inputs=(*price_cells(told, prices_of(told, names)), *scenario_cells(told, names)) if asked else (),
        notes=tuple(dict.fromkeys([*rows["statement"].to_list()[:MOST_LIMITS], *warnings_of(told)])),
    )  # fmt: skip


def _worths(rows: pl.DataFrame) -> Iterator[Value]:
    for row in rows.iter_rows(named=True):
        yield Value(
            labels=names_of(row), unit=row["unit"], date=None, mean=row["value"], quantiles={},
            note=f"worth of one more: {row['what']}",
        )  # fmt: skip


def _elsewhere(told: Told, rows: pl.DataFrame) -> Iterator[Breakdown]:
    """Yield the worth of a unit of a stock as what it is worth elsewhere, and what it is worth more at home."""
    stocks = rows.filter(pl.col("what") == "stock").select("holder", "item").unique(maintain_order=True)
    digging = told.table("plan_digging").sort("level")
    for holder, item in stocks.iter_rows():
        own = digging.filter(pl.col("holder") == holder, pl.col("item") == item)
        if own.is_empty():
            continue
        row = own.row(-1, named=True)
        terms = _terms(told, {"delivered to the best recipient": row["worth_elsewhere"],
                              "worth more at home": row["value"] - row["worth_elsewhere"]})  # fmt: skip
        check = f"may be dug down to {shown(row['may_dig_to'])} of the {shown(row['on_hand'])} held"
        yield _sum(f"a unit of {holder}, {item}, with {shown(row['level'])} held", row["value"], terms, check)


def _early(told: Told, asked: Sequence[str]) -> Iterator[Breakdown]:
    """Yield what the plan does in the first quarters as what is done as it is, and the difference."""
    rows = matching(told, "plan_early", asked)
    is_sum = (pl.col("holder") == "") & (pl.col("what") != "start")
    is_sum |= (pl.col("what") == "spend") & (pl.col("purpose") == "")
    moved = rows.filter(pl.col("what") != "rate", ~is_sum)
    parts = moved.group_by("what", *PLAN_LABELS, "unit", maintain_order=True).agg(
        pl.col("plan", "as_is").sum(),
        pl.len().alias("quarters"),
        *(pl.col("date").filter(pl.col(side) > 0).min().alias(f"{side}_first") for side in ("plan", "as_is")),
    )
    for row in parts.iter_rows(named=True):
        terms = tuple(
            Term(name=name, value=value, unit=row["unit"].partition("/")[0], labels=names_of(row))
            for name, value in (("as it is", row["as_is"]), ("the plan less as it is", row["plan"] - row["as_is"]))
        )
        title = f"{row['what']} of {words(names_of(row))}, sum over the first {row['quarters']} quarters"
        first = [str(row[f"{side}_first"] or "not in them") for side in ("plan", "as_is")]
        check = f"means over the paths; first in the quarter from {first[0]}, as it is {first[1]}"
        yield _sum(title, row["plan"], terms, check)


def _by_year(courses: pl.DataFrame) -> Iterator[Breakdown]:
    """Yield what the programme moves, by year of the first day of its stages."""
    for what, title in _MOVED.items():
        own = courses.filter(pl.col("what") == what)
        for part in own.partition_by(list(PLAN_LABELS), maintain_order=True):
            names = names_of(part.row(0, named=True))
            years = part.group_by(pl.col("date").dt.year().alias("year"), maintain_order=True).agg(pl.col("mean").sum())
            terms = [Term(name=str(year), value=mean, labels=names) for year, mean in years.iter_rows()]
            total = math.fsum(part["mean"].to_list())
            if total > 0:
                check = f"means of the programme's own paths, {len(part)} stages; {shown(total)} in all"
                yield _sum(f"{title} of {words(names)}, by year", total, terms, check)
