"""What the tables of a plan say, by name, and how its things and numbers are spoken of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import polars as pl

from replenish.report.numbers import NBSP, money, percent, quantity
from replenish.report.view import View
from replenish.result import PlanTables

CAPACITY = "capacity"
"""Unit of what a line can do, whatever it makes."""

LEAST_SHARE = 0.005
"""Part of an expansion from which on it counts as started."""


class Interval(NamedTuple):
    """A number with the ends of its 95 % confidence interval, None where they are not known."""

    value: float
    low: float | None
    high: float | None

    @property
    def is_clear(self) -> bool:
        """Return whether it can be told from none."""
        return self.low is None or self.high is None or not self.low <= 0 <= self.high


@dataclass(frozen=True)
class Planned(PlanTables):
    """The plan of a run, and the view of the run it belongs to."""

    view: View

    def of_item(self, name: str) -> pl.DataFrame:
        """Return the rows of a table about the main item, or about no item."""
        return self.table(name).filter(pl.col("item").is_in(["", self.view.item]))

    def interval(self, key: str, stem: str) -> Interval | None:
        """Return a value with the interval under `stem`; None where there is none."""
        value = self.number(key)
        return None if value is None else Interval(value, self.number(f"{stem}_low"), self.number(f"{stem}_high"))

    def when(self, day: date) -> str:
        """Return a day as exact as the periods of the run are long."""
        return self.view.when(self.view.result.calendar.index(day))

    def with_periods(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return a table with the `period` of each date of the run; later and earlier ones are left out."""
        calendar = self.view.result.calendar
        days = frame["date"].unique().to_list()
        periods = {day: calendar.index(day) for day in days}
        numbered = frame.with_columns(period=pl.col("date").replace_strict(periods, return_dtype=pl.Int64))
        return numbered.filter(pl.col("period").is_between(0, self.view.last)).sort("period", maintain_order=True)


def find_planned(view: View) -> Planned | None:
    """Return the plan that a run carries; None where it has none."""
    found = Planned(view.result.studies, view.scenario.settings.money.currency, view)
    return found if found.about else None


def thing(view: View, row: Mapping[str, Any]) -> str:
    """Return the name of what a row of a plan is about, for people; the main item is not named."""
    told = _place(view, row)
    item = row.get("item") or ""
    named = view.title("items", item) if item and item != view.item else ""
    return ", ".join(filter(None, (told, named))) or "all"


def _place(view: View, row: Mapping[str, Any]) -> str:
    holder, line = (view.title(table, row[label]) if row.get(label) else "" for table, label in _NAMED)
    if row.get("expansion"):
        return view.title("expansions", row["expansion"])
    if row.get("to_holder"):
        pledge = f"pledge {row['pledge'].replace('_', ' ')}: " if row.get("pledge") else ""
        return f"{pledge}{holder} to {view.title('holders', row['to_holder'])}"
    if line:
        return f"{holder}, {line}" if row.get("item") and holder else line
    return ", ".join(filter(None, (holder, (row.get("purpose") or "").replace("_", " "))))


_NAMED = (("holders", "holder"), ("lines", "line"))


def amount(value: float | None, unit: str, currency: str) -> str:
    r"""Return a number of a plan with its unit, which may be a share, money, or something per something.

    >>> amount(0.25, "share", "EUR"), amount(1200.0, "round/month", "EUR"), amount(3.0, "EUR/round", "EUR")
    ('25\xa0%', '1,200\xa0rounds a\xa0month', 'EUR\xa03 a\xa0round')
    """
    counted, _, per = unit.partition("/")
    if unit == "share":
        return percent(value)
    told = money(value, currency) if counted == currency else quantity(value, "" if counted == CAPACITY else counted)
    return f"{told.rstrip()} a{NBSP}{per.replace('/', ' and ')}" if per else told.rstrip()
