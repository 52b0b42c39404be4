"""Tables of the plan: decisions, prices, limits, worths, and headline numbers of both sides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from replenish.report import titles
from replenish.report.numbers import DASH, NBSP, money, people, percent, span
from replenish.report.planned import words
from replenish.report.planned.facts import Planned, amount, thing
from replenish.report.tables import Cell, Table, number
from replenish.result import PLAN_LABELS
from replenish.result.steadiness import RESTED, range_words

LEAST = 1e-6
"""Part of the end of its range below which a decision is none."""

MOST_ROWS = 30
"""Rows of a table; the workbook has all."""

DECIDED = {
    "order": "order", "release": "release", "shipped": "ship", "production": "make", "rate": "run at", "start": "start",
    "spend": "spend",
}  # fmt: skip
"""What is decided, in words."""

WORTHS = {
    "stock": "in stock", "capacity": "of capacity", "budget": "of budget", "route": "tonne on a route",
    "expansion": "option to build", "order": "on order", "backorder": "owed", "pledge": "pledged",
}  # fmt: skip
"""What one more unit is of."""

INFORMATION = {
    "stochastic_solution": "Knowing that the future is uncertain: this plan over one made for mean values",
    "perfect_information": "Knowing the future: what nobody can beat, over this plan",
}
_PRICED = {
    "unmet": "need that is not met", "shortfall": "short of the requirement", "late": "late on a pledge",
    "terminal_stock": "held at the end",
}  # fmt: skip


def decisions(planned: Planned) -> Table | None:
    """Return the decisions of the first review with their ranges."""
    taken = pl.max_horizontal("quantity", "best", "before")
    rows = planned.table("plan_decisions").filter(taken > LEAST * pl.col("high"))
    if rows.is_empty():
        return None
    order = pl.col("what").replace_strict(list(DECIDED), list(range(len(DECIDED))), default=len(DECIDED))
    ranked = rows.sort(order, "quantity", descending=[False, True], maintain_order=True)
    body = [_decision(planned, row) for row in ranked.head(MOST_ROWS).iter_rows(named=True)]
    caption = (
        f"Decisions of the first stage{f', {days}' if (days := words.first_stage(planned)) else ''}{_cut(len(rows))}"
    )
    has_seeds = bool(rows["seed_low"].is_not_null().any())
    meaning = range_words(rows)
    heads = (
        "Decision",
        "What",
        "How much",
        "Range",
        f"{RESTED} iterations before",
        *(["With other seeds"] * has_seeds),
    )
    return Table(
        f"{caption}. {meaning}" if meaning else caption, heads, body if has_seeds else [row[:-1] for row in body]
    )


def _decision(planned: Planned, row: Mapping[str, Any]) -> tuple[Cell, ...]:
    low, high, seed_low, seed_high = (
        amount(row[end], row["unit"], planned.currency) for end in ("low", "high", "seed_low", "seed_high")
    )
    return (
        Cell(DECIDED.get(row["what"], row["what"])),
        Cell(thing(planned.view, row)),
        number(amount(row["quantity"], row["unit"], planned.currency)),
        number(span(low, high) if low != high else "the same"),
        number(amount(row["before"], row["unit"], planned.currency)),
        number(span(seed_low, seed_high)),
    )


def early(planned: Planned) -> Table | None:
    """Return what each side orders, releases, runs and starts in the first quarters, the largest differences first."""
    rows = words.early_rows(planned)
    if rows.is_empty():
        return None
    is_rate = pl.col("what") == "rate"
    summed = [pl.when(is_rate.first()).then(pl.col(side).mean()).otherwise(pl.col(side).sum()).alias(side)
              for side in ("plan", "as_is")]  # fmt: skip
    found = rows.group_by("what", *PLAN_LABELS, "unit", maintain_order=True).agg(summed)
    found = found.with_columns(difference=pl.col("plan") - pl.col("as_is"))
    largest = pl.max_horizontal(pl.col("plan").abs(), pl.col("as_is").abs())
    other = found.filter(pl.col("difference").abs() > 1e-3 * largest)
    rank = pl.col("difference").abs().rank(descending=True).over("what", "unit")
    shown = other.sort(rank, maintain_order=True).head(MOST_ROWS).sort("what", maintain_order=True)
    body = [_early(planned, row) for row in shown.iter_rows(named=True)]
    caption = f"Sums over the first quarters, of rates their mean{_cut(len(other))}"
    return Table(caption, ("Decision", "What", "Plan", "As it is", "Difference"), body) if body else None


def _early(planned: Planned, row: Mapping[str, Any]) -> tuple[Cell, ...]:
    unit = row["unit"] if row["what"] == "rate" else row["unit"].partition("/")[0]  # of the others, sums
    plan, as_is = (amount(row[side], unit, planned.currency) for side in ("plan", "as_is"))
    sign = "+" if row["difference"] > 0 else ""
    points = f"{people(100 * row['difference'])}{NBSP}points" if unit == "share" else ""
    told = points or amount(row["difference"], unit, planned.currency)
    return (
        Cell(DECIDED.get(row["what"], row["what"])), Cell(thing(planned.view, row)), number(plan), number(as_is),
        number(f"{sign}{told}"),
    )  # fmt: skip


def sides(planned: Planned) -> Table | None:
    """Return the headline numbers of the plan and of the policies of the scenario."""
    known = planned.table("plan_side").filter(pl.col("plan").is_not_null() | pl.col("as_is").is_not_null())
    rows = [row for row in known.iter_rows(named=True) if words.is_told(planned, row)]
    if not rows:
        return None
    columns = ("Number", "As it is", "Plan", "Difference", f"95{NBSP}% interval")
    rows.sort(key=lambda row: row["item"] not in ("", planned.view.item))
    body = [_side(planned, row) for row in rows[: 2 * MOST_ROWS]]
    return Table("Means over the same paths", columns, body)


def _side(planned: Planned, row: Mapping[str, Any]) -> tuple[Cell, ...]:
    plan, as_is = (_level(planned, row[side], row["unit"]) for side in ("plan", "as_is"))
    is_clear = row["low"] is not None and not row["low"] <= 0 <= row["high"]
    return (
        Cell(titles.number_name(planned.view, row)), number(as_is), number(plan),
        Cell(words.difference(planned, row["difference"], row["unit"]), "number" if is_clear else "note"),
        number(words.ends(row)),
    )  # fmt: skip


def _level(planned: Planned, value: float | None, unit: str) -> str:
    """Return a headline number; that of a period as its date."""
    if unit == "period" and value is not None:
        return planned.view.when(round(value))
    return amount(value, unit, planned.currency)


def costs(planned: Planned) -> Table | None:
    """Return what the cost of each side is made of; None where that is not told."""
    body = []
    for part, name in _PARTS.items():
        as_is, plan = (planned.number(f"{side}_{part}") for side in ("as_is", "plan"))
        if as_is is not None and plan is not None and (as_is or plan):
            told = (money(value, planned.currency) for value in (as_is, plan, plan - as_is))
            body.append((Cell(name), *map(number, told)))
    columns = ("Part", "As it is", "Plan", "Difference")
    return Table("What the cost is made of, means by path", columns, body) if body else None


_PARTS = {
    "money": "Money", "unmet": "Unmet need", "shortfall": "Shortfalls", "late": "Lateness",
    "terminal": "Worth of what is left, taken off",
}  # fmt: skip


def prices(planned: Planned) -> Table | None:
    """Return the prices that were used, each with the statement behind it."""
    rows = planned.table("plan_prices")
    if rows.is_empty():
        return None
    rows = rows.sort(pl.col("item") != planned.view.item, maintain_order=True)
    body = [_price(planned, row) for row in rows.iter_rows(named=True)]
    period = planned.view.result.calendar.period
    caption = f"Prices of a unit for a {period}; of what is held at the end, once"
    notes = [_because(row) for row in rows.iter_rows(named=True)]
    return Table(caption, ("Of", "What", "Share", "Price", "Basis"), body, notes)


def _price(planned: Planned, row: Mapping[str, Any]) -> tuple[Cell, ...]:
    is_default = row["origin"].startswith("default")
    return (
        Cell(thing(planned.view, row)),
        Cell(_PRICED.get(row["what"], row["what"])),
        number("all" if (row["share_from"], row["share_to"]) == (0.0, 1.0) else _share(row)),
        number(money(row["price"], planned.currency)),
        Cell("default" if is_default else "stated", "assumed" if is_default else ""),
    )


def _because(row: Mapping[str, Any]) -> str:
    """Return the statement behind a price, and the row that makes it."""
    table, _, key = row["source"].partition(" ")
    told = f" ({table}: {key.replace('//', '/').strip('/').replace('/', ' / ')})" if key else ""
    return f"{row['origin'].removeprefix('default: ')}{told}"


def _share(row: Mapping[str, Any]) -> str:
    return span(percent(row["share_from"]), percent(row["share_to"]))


def limits(planned: Planned) -> Table | None:
    """Return the limits that hold the plan back, the dearest first."""
    rows = planned.table("plan_limits").filter(pl.col("price").abs() > 0)
    if rows.is_empty():
        return None
    found = rows.group_by("rule", "title", *PLAN_LABELS, maintain_order=True).agg(
        pl.col("price").abs().max(), pl.col("limit").sort_by(pl.col("price").abs()).last(),
        pl.col("date").min().alias("first"), pl.col("date").max().alias("last"),
    )  # fmt: skip
    ranked = found.sort("price", descending=True, maintain_order=True)
    body = [_limit(planned, row) for row in ranked.head(MOST_ROWS).iter_rows(named=True)]
    caption = f"Limits that hold the plan back, the dearest first{_cut(len(found))}"
    return Table(caption, ("Limit", "Of", "When", "Limit at", "One more is worth"), body)


def _limit(planned: Planned, row: Mapping[str, Any]) -> tuple[Cell, ...]:
    told = [planned.when(day) for day in (row["first"], row["last"]) if day]
    return (
        Cell(row["title"] or row["rule"].replace("_", " ")), Cell(thing(planned.view, row)),
        number(span(*told) if told else DASH), number(people(row["limit"])),
        number(money(row["price"], planned.currency)),
    )  # fmt: skip


def worths(planned: Planned) -> Table | None:
    """Return what one more unit of everything is worth now, the dearest of each kind first."""
    rows = planned.table("plan_values").filter(pl.col("value").abs() > 0)
    if rows.is_empty():
        return None
    order = pl.col("what").replace_strict(list(WORTHS), list(range(len(WORTHS))), default=len(WORTHS))
    ranked = rows.sort(order, pl.col("value").abs(), descending=[False, True], maintain_order=True)
    body = [
        (Cell(WORTHS.get(row["what"], row["what"])), Cell(thing(planned.view, row)),
         number(money(row["value"], planned.currency)))
        for row in ranked.iter_rows(named=True)
    ]  # fmt: skip
    return Table("What one more unit is worth now", ("One more", "Of", "Worth"), body, ranked["statement"].to_list())


def information(planned: Planned) -> Table | None:
    """Return what it is worth to plan for chance, and to know the future."""
    rows = planned.table("plan_information").filter(pl.col("value").is_not_null())
    body = [
        (
            Cell(INFORMATION.get(row["what"], row["what"].replace("_", " "))),
            number(money(row["value"], planned.currency)),
            number(_money_range(planned, row)),
            number(DASH if row["paths"] is None else f"{row['paths']:,}"),
        )
        for row in rows.iter_rows(named=True)
    ]
    columns = ("Worth of", "Less cost", f"95{NBSP}% interval", "Paths")
    return Table("What knowing is worth", columns, body) if body else None


def _money_range(planned: Planned, row: Mapping[str, Any]) -> str:
    if row["low"] is None or row["high"] is None:
        return DASH
    return span(money(row["low"], planned.currency), money(row["high"], planned.currency))


def simplifications(planned: Planned) -> Table | None:
    """Return what of the scenario the programme does not see, or sees as a mean."""
    told = [text.partition(": ") for text in planned.about.get("simplification", [])]
    body = [(Cell(what[:1].upper() + what[1:]), Cell(how)) for what, _, how in told]
    caption = "What the plan's own programme simplifies; in the simulator the plan meets all of it"
    return Table(caption, ("What", "How"), body) if body else None


def about(planned: Planned) -> Table:
    """Return how the plan was made."""
    known = planned.about
    rows = [("Method", words.method_words(planned))]
    rows += [("Because", text) for text in known.get("why", [])]
    for key, name in _ABOUT.items():
        rows += [(name, text if key == "seed" else _plain(text)) for text in known.get(key, []) if text]
    return Table("How the plan was made", ("What", "Value"), [(Cell(name), Cell(value)) for name, value in rows])


_ABOUT = {
    "nodes": "Nodes", "chains": "Chains that are nodes", "outcomes": "Outcomes of random need at a node",
    "iterations": "Iterations of training", "ended": "Training ended", "paths": "Paths of the simulation of both sides",
    "seed": "Seed", "seconds": "Seconds to make it",
}  # fmt: skip


def _plain(text: str) -> str:
    """Return a number with its thousands apart, and at most one digit after the point; other text as it is."""
    try:
        value = float(text)
    except ValueError:
        return text.replace("_", " ")
    return f"{value:,.0f}" if value.is_integer() else f"{value:,.1f}"


def _cut(rows: int) -> str:
    """Return how many rows are listed, where not all are."""
    return f" ({MOST_ROWS} of {rows:,})" if rows > MOST_ROWS else ""
