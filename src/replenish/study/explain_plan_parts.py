"""What a run's plan tells, as limits, prices and cells: the parts of its explanations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from replenish.result import PLAN_LABELS, PlanTables, Result
from replenish.scenario.model import TABLES, Row
from replenish.scenario.suggest import advice
from replenish.study.explain_inputs import cells_of
from replenish.study.explained import Input, Limit, shown, words

MOST_LIMITS: Final = 12
"""Limits that are told, the dearest first."""

_OF_STOCK: Final = ("stocks", "requirements", "demand")
_OF_LINE: Final = ("lines", "line_items", "expansions", "components")


@dataclass(frozen=True)
class Told(PlanTables):
    """The plan of a run."""

    run: Result

    def range(self, stem: str) -> str:
        """Return the interval whose ends stand under `stem`; empty where they do not."""
        ends = [self.number(f"{stem}_{end}") for end in ("low", "high")]
        return "" if None in ends else f"95 % interval {shown(ends[0])} to {shown(ends[1])}"


def limits_of(told: Told, rows: pl.DataFrame) -> Iterator[Limit]:
    """Yield limits that bind, the dearest first."""
    ranked = rows.sort(pl.col("price").abs(), descending=True, maintain_order=True)
    for row in ranked.head(MOST_LIMITS).iter_rows(named=True):
        names = names_of(row)
        of = f" of {words(names)}" if names else ""
        start = f" from {row['date']} on" if row["date"] else ""
        note = f"one unit more is worth {shown(row['price'], told.currency)}"
        yield Limit(
            name=f"{row['title'] or row['rule']}{of}{start}",
            value=row["activity"], of=row["limit"], unit="", note=note,
        )  # fmt: skip


def limits_over_time(told: Told, asked: Sequence[str]) -> Iterator[Limit]:
    """Yield how long limits of these names bind over the horizon, those that bind for longest first."""
    rows = matching(told, "plan_limits_over_time", asked)
    stages = told.number("stages") or max(1, rows["date"].n_unique())
    parts = rows.partition_by("rule", *PLAN_LABELS, maintain_order=True)
    for part in sorted(parts, key=lambda own: -float(own["share"].sum()))[:MOST_LIMITS]:
        first, dearest = part.row(0, named=True), part.sort("price", descending=True).row(0, named=True)
        years = part.group_by(pl.col("date").dt.year().alias("year"), maintain_order=True).agg(pl.col("share").max())
        binds = ", ".join(f"{year} {shown(100 * share)} %" for year, share in years.sort("year").iter_rows())
        worth = f"one unit more is worth at most {shown(dearest['price'], told.currency)}, from {dearest['date']} on"
        yield Limit(
            name=f"{first['title'] or first['rule']} of {words(names_of(first))} over the horizon",
            value=100 * float(part["share"].sum()) / stages, unit="% of it", of=None,
            note=f"most paths on which it binds in a stage of {binds}; {worth}",
        )  # fmt: skip


def limits_near(told: Told, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the limits on the holders, lines and routes of the rows, and on lines that make their items."""
    holders, lines = ({*rows[label].to_list()} - {""} for label in ("holder", "line"))
    items = {*rows["item"].to_list()} - {""}
    lines |= {row.line for row in told.run.scenario.line_items if row.item in items}
    is_ours = pl.col("holder").is_in(holders) & (pl.col("item").is_in([*items, ""]) | (pl.lit(not items)))
    return told.table("plan_limits").filter(is_ours | pl.col("line").is_in(lines) | pl.col("to_holder").is_in(holders))


def prices_of(told: Told, names: Mapping[str, set[str]]) -> pl.DataFrame:
    """Return the prices of the items, of whoever: a unit is worth what it is worth where it is needed most."""
    rows, lines = told.table("plan_prices"), lines_of(told, names)
    items = names["item"] | {row.item for row in told.run.scenario.line_items if row.line in lines}
    return rows.filter(pl.col("item").is_in(items)) if items else rows


def price_cells(told: Told, rows: pl.DataFrame) -> Iterator[Input]:
    """Yield each price used with the statement behind it, then the rows of the scenario that say so."""
    units = {item.name: item.unit for item in told.run.scenario.items}
    period = told.run.calendar.period
    for row in rows.iter_rows(named=True):
        is_once = row["what"] == "terminal_stock"
        yield Input(
            table="price used", key=f"{row['holder']}/{row['item']}",
            column=f"{row['what']} {shown(row['share_from'])} to {shown(row['share_to'])}", value=shown(row["price"]),
            unit=f"{told.currency}/{units.get(row['item'], 'unit')}{'' if is_once else f'/{period}'}",
            is_default=False, basis="default" if row["origin"].startswith("default") else "stated",
            source=row["source"], note=row["origin"].removeprefix("default: "),
        )  # fmt: skip
    stated = {tuple(source.partition(" ")[::2]) for source in rows["source"].to_list()}
    found = [row for table in ("prices", "priorities") for row in told.run.scenario.rows(table)]
    yield from cells_of(told.run.scenario, [row for row in found if (row.table, row.key_value()) in stated])


def scenario_cells(told: Told, names: Mapping[str, set[str]]) -> list[Input]:
    """Return the cells about the lines and expansions of these names, or else about the stocks."""
    scenario = told.run.scenario
    expansions = [row for row in scenario.expansions if row.name in names["expansion"]]
    if lines := lines_of(told, names):
        found = [row for table in _OF_LINE for row in scenario.rows(table) if _is_of_line(row, lines)]
        return cells_of(scenario, [*expansions, *(row for row in found if row not in expansions)])
    pairs = [row for table in TABLES if table in _OF_STOCK for row in scenario.rows(table)]
    own = [row for row in pairs if _get(row, "holder") in names["holder"] and _get(row, "item") in names["item"]]
    return cells_of(scenario, own)


def lines_of(told: Told, names: Mapping[str, set[str]]) -> set[str]:
    """Return the lines, and those that the expansions add to."""
    return names["line"] | {row.line for row in told.run.scenario.expansions if row.name in names["expansion"]}


def _is_of_line(row: Row, lines: set[str]) -> bool:
    return (_get(row, "name") if row.table == "lines" else _get(row, "line")) in lines


def _get(row: Row, column: str) -> str:
    return str(getattr(row, column, ""))


def warnings_of(told: Told) -> list[str]:
    """Return what must be known before anybody acts on the plan."""
    return [f"warning: {text}" for text in told.about.get("warning", []) if text]


def matching(told: Told, name: str, asked: Sequence[str]) -> pl.DataFrame:
    """Return the rows of a table whose labels have all the names."""
    table = told.table(name)
    for own in asked:
        table = table.filter(pl.any_horizontal(pl.col(PLAN_LABELS) == own))
    return table


def names_of(row: Mapping[str, Any]) -> dict[str, str]:
    """Return the labels of a row that are not empty."""
    return {label: row[label] for label in PLAN_LABELS if row[label]}


def names_in(rows: pl.DataFrame, asked: Sequence[str]) -> dict[str, set[str]]:
    """Return the names under each label; of lines and expansions those that are asked for by name."""
    found = {label: {*rows[label].to_list()} - {""} for label in PLAN_LABELS}
    for label in ("line", "expansion"):
        found[label] &= {*asked}
    return found


def unknown(told: Told, asked: Sequence[str], tables: Sequence[str]) -> str:
    """Return what was asked for in vain, with the nearest name that the plan knows."""
    known = {name for table in tables for label in PLAN_LABELS for name in told.table(table)[label].to_list() if name}
    strangers = [name for name in asked if name not in known]
    if not strangers:
        return f"{'/'.join(asked)}: the plan has nothing that is about all of these together"
    near = advice(strangers[0], sorted(known)) or f"it knows {', '.join(sorted(known)[:MOST_LIMITS])}"
    return f"{strangers[0]}: the plan decides nothing of this name; {near}"
