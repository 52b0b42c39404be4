"""Tables of a plan that a run carries among its studies: their columns, and how they are read."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import polars as pl

PLAN_LABELS: Final = ("holder", "item", "purpose", "line", "to_holder", "expansion", "pledge")
"""Columns that name a thing in tables of a plan; empty where they do not apply."""

_THINGS: Final = ("holder", "item", "purpose", "line", "to_holder")

_LABELS: dict[str, Any] = dict.fromkeys(PLAN_LABELS, pl.String)


def _numbers(*names: str) -> dict[str, Any]:
    return dict.fromkeys(names, pl.Float64)


def _texts(*names: str) -> dict[str, Any]:
    return dict.fromkeys(names, pl.String)


def _days(*names: str) -> dict[str, Any]:
    return dict.fromkeys(names, pl.Date)


PLAN_TABLES: Final[dict[str, pl.Schema]] = {
    "plan_about": pl.Schema(_texts("key", "value")),
    "plan_decisions": pl.Schema(
        {"what": pl.String, **_LABELS, **_numbers("quantity", "low", "high"), "unit": pl.String}
        | _days("first_day", "last_day")
    ),
    "plan_early": pl.Schema(
        {"date": pl.Date, "what": pl.String, **_LABELS, **_numbers("plan", "as_is", "difference"), "unit": pl.String}
    ),
    "plan_values": pl.Schema(
        {"what": pl.String, **_LABELS, "value": pl.Float64, "unit": pl.String, "statement": pl.String}
    ),
    "plan_digging": pl.Schema(
        _texts("holder", "item")
        | _numbers("on_hand", "level", "value", "cost_of_release", "worth_elsewhere", "may_dig_to")
    ),
    "plan_limits": pl.Schema(
        {**_texts("rule", "title"), **_LABELS, **_numbers("activity", "limit", "price"), "date": pl.Date}
    ),
    "plan_limits_over_time": pl.Schema(
        {**_texts("rule", "title"), **_LABELS, **_days("date"), **_numbers("share", "price")}
    ),
    "plan_prices": pl.Schema(
        _texts("holder", "item", "what") | _numbers("share_from", "share_to", "price") | _texts("origin", "source")
    ),
    "plan_path": pl.Schema(
        {"date": pl.Date, "what": pl.String, **_LABELS, **_numbers("mean", "p05", "p25", "p50", "p75", "p95")}
    ),
    "plan_training": pl.Schema({"iteration": pl.Int64, **_numbers("bound", "simulated", "seconds")}),
    "plan_side": pl.Schema(
        _texts("measure", *_THINGS, "unit") | _numbers("as_is", "plan", "difference", "standard_error", "low", "high")
    ),
    "plan_series": pl.Schema(
        _texts("measure", *_THINGS) | _days("date") | _numbers("mean", "p05", "p50", "p95") | _texts("side")
    ),
    "frontier": pl.Schema(
        _numbers("unmet", "shortfall", "money", "cost", "reserve_multiplier", "need_multiplier")
        | {"is_dominated": pl.Boolean, "is_stated": pl.Boolean, "label": pl.String}
    ),
    "plan_delays": pl.Schema(
        _texts("kind", "title", "outcome", "reason", "unit") | _numbers("days", "unmet", "shortfall", "money", "cost")
    ),
    "plan_information": pl.Schema({**_texts("what", "reason"), **_numbers("value", "low", "high"), "paths": pl.Int64}),
    "plan_replenishment": pl.Schema(_texts("holder", "item") | _days("date") | _numbers("plan", "as_is")),
}
"""Columns of each table.

`plan_about` holds one row for each `key`, several for `why`, `simplification` and `warning`; numbers are written as
text.  Differences are plan less as it is.  A point of `frontier` without multipliers is what the policies of the
scenario come to.  A start is the share of an expansion; a worth is in currency per unit; a price is for a unit and a
period.
"""


def plan_table(studies: Mapping[str, pl.DataFrame], name: str) -> pl.DataFrame:
    """Return a table of a plan with the columns of `PLAN_TABLES` and no others; no rows where a run has none.

    Labels and other texts that are missing are empty; numbers and days are null.
    """
    schema, table = PLAN_TABLES[name], studies.get(name)
    if table is None or table.is_empty():
        return schema.to_frame()
    columns = [
        (pl.col(column) if column in table.columns else pl.lit(None)).cast(kind).alias(column)
        for column, kind in schema.items()
    ]
    texts = [column for column, kind in schema.items() if kind == pl.String]
    return table.select(columns).with_columns(pl.col(texts).fill_null(""))


@dataclass(frozen=True)
class PlanTables:
    """What the tables of a plan say.

    studies: tables of a run by name.
    stated_currency: of the scenario, for a plan that names none.
    """

    studies: Mapping[str, pl.DataFrame]
    stated_currency: str

    @cached_property
    def about(self) -> dict[str, list[str]]:
        """Return the values of each key of `plan_about`; empty where a run has no plan."""
        found: dict[str, list[str]] = {}
        for key, value in self.table("plan_about").iter_rows():
            found.setdefault(key, []).append(value)
        return found

    @property
    def currency(self) -> str:
        """Return the currency of all worths."""
        return self.text("currency") or self.stated_currency

    def table(self, name: str) -> pl.DataFrame:
        """Return a table; without rows where the run has none."""
        return plan_table(self.studies, name)

    def text(self, key: str) -> str:
        """Return the first value of a key; empty for none."""
        return next(iter(self.about.get(key, [])), "")

    def number(self, key: str) -> float | None:
        """Return the value of a key as a number; None where there is none that is finite."""
        try:
            value = float(self.text(key))
        except ValueError:
            return None
        return value if math.isfinite(value) else None
