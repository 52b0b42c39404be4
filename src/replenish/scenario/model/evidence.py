"""Where values come from, and reported figures to hold the results against."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from replenish.scenario.model import base as col
from replenish.scenario.model.base import Name, Per, Row

Observable = Literal[
    "on_hand", "demand", "issues", "unmet", "production", "capacity", "delivered", "delivered_cumulative",

]  # fmt: skip


class Observation(Row):
    """A reported figure, drawn over the results and compared with their 90 % band."""

    table = "observations"
    key = ("name",)

    name: Name = col.name("short name of the figure")
    measure: Observable = col.text("what was reported, a measure of this name")
    date: dt.date = col.day("day that the figure is for")
    holder: Name = col.name("whose; a group stands for its members; empty: all", refers_to="holder", default="")
    item: Name = col.name("which item", refers_to="item")
    line: Name = col.name("which line (production, capacity); empty: all", refers_to="line", default="")
    to_holder: Name = col.name("recipient (delivered); empty: all", refers_to="holder", default="")
    value: float = col.number("best value", unit="unit or unit/per")
    per: Per | None = col.text("unit of time of a flow; empty for a stock or a cumulative figure", default=None)
    low: float | None = col.number("lowest value reported; empty: value", unit="unit or unit/per", default=None)
    high: float | None = col.number("highest value reported; empty: value", unit="unit or unit/per", default=None)
    unit: str = col.text("unit of the item; empty: the item's; any other is refused", default="")
    source: Name = col.name("where it was reported", refers_to="source")
    note: str = col.text("what to know about it; why the model may differ", default="")


class Evidence(Row):
    """Where the value of one cell comes from."""

    table = "evidence"
    key = ("table_name", "row_key", "column", "source")

    table_name: Name = col.name("table of the cell")
    row_key: str = col.text("key of the row: its values joined by /")
    column: Name = col.name("column of the cell")
    basis: Literal["reported", "derived", "assumed"] = col.text("reported, derived from reports, or assumed")
    source: Name = col.name("where it was reported; empty: assumed", refers_to="source", default="")
    low: float | None = col.number("lowest value for sensitivity", unit="unit of the cell", default=None, ge=None)
    high: float | None = col.number("highest value for sensitivity", unit="unit of the cell", default=None, ge=None)
    note: str = col.text("how the value follows from the source", default="")


class Source(Row):
    """A published document."""

    table = "sources"
    key = ("name",)

    name: Name = col.name("short name, used by evidence and observations")
    title: str = col.text("title")
    publisher: str = col.text("publisher", default="")
    address: str = col.text("public address", default="")
    published: dt.date | None = col.day("date of publication, if known", default=None, may_lie_outside=True)
    admitted: dt.date | None = col.day(
        "day from which a source without date of publication counts as known, by a rule that is stated", default=None,
        may_lie_outside=True,
    )  # fmt: skip
    note: str = col.text("what it says, in our own words", default="")
