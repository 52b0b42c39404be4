"""The section of the report on the years until each stock is at its requirement."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import polars as pl

from replenish.report.numbers import DASH, money, people, quantity
from replenish.report.sections import Part, Section
from replenish.report.tables import Cell, Table, number
from replenish.report.view import View
from replenish.study.requirement import requirement_table

HEADING = "Years to requirement"
COLUMNS = (
    "Stock", "On hand", "Requirement", "Lacks", "Made a year", "At full capacity", "Own use a year", "Years",
    "Years at full capacity", "Replacement, years", "Money a year to be there by the end",
)  # fmt: skip


def years(view: View) -> Section:
    """Return years to requirement at the start and at the end of the horizon."""
    start, end = requirement_table(view.scenario), requirement_table(view.result)
    if start.is_empty():
        return Section("years", HEADING, "No stock has a requirement.")
    lead = (
        "What each stock lacks, and the years until it is there if lines go on as they do and all that they make is"
        " its own. Rates are those that lines and the makers of their components keep up; releases to others do not"
        " count. What several stocks order from one line is split in proportion to their requirements. Replacement is"
        " the time from deciding to order what lacks until all of it is there: lead times, ramp, then the full rate."
    )
    tables = [
        _table(view, start, "At the start, at the rates of the first day"),
        _table(view, end, f"At the end, {view.when(view.last)}: means, at the rates of the last year"),
    ]
    return Section("years", HEADING, lead, [Part("", (), (), tables)])


def _table(view: View, rows: pl.DataFrame, caption: str) -> Table:
    return Table(caption, COLUMNS, [_row(view, row) for row in rows.iter_rows(named=True)])


def _row(view: View, row: dict[str, Any]) -> Sequence[Cell]:
    item = "" if row["item"] == view.item else f", {view.title('items', row['item'])}"
    units = (row[column] for column in ("requirement", "shortfall", "rate_now", "rate_full", "use"))
    return (
        Cell(f"{view.title('holders', row['holder'])}{item}"),
        number(quantity(row["on_hand"], row["unit"])),
        *(number(people(value)) for value in units),
        *(number(_years(row[column])) for column in ("years_now", "years_full", "replacement_years")),
        number(DASH if row["yearly_money"] is None else money(row["yearly_money"], row["currency"])),
    )


def _years(value: float) -> str:
    return "never" if math.isinf(value) else f"{value:.1f}"
