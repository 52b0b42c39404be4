"""Tables of a plan that a run carries among its studies: their columns, and how they are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import polars as pl

from replenish.result.typed import StatedTables, days, numbers, texts, with_schema

PLAN_LABELS: Final = ("holder", "item", "purpose", "line", "to_holder", "expansion", "pledge")
"""Columns that name a thing in tables of a plan; empty where they do not apply."""

_THINGS: Final = ("holder", "item", "purpose", "line", "to_holder")

_LABELS: dict[str, Any] = dict.fromkeys(PLAN_LABELS, pl.String)


PLAN_TABLES: Final[dict[str, pl.Schema]] = {
    "plan_about": pl.Schema(texts("key", "value")),
    "plan_decisions": pl.Schema(
        {"what": pl.String, **_LABELS}
        | numbers("quantity", "low", "high", "best", "before", "seed_low", "seed_high", "within")
        | {"unit": pl.String}
        | days("first_day", "last_day")
    ),
    "plan_seeds": pl.Schema({"seed": pl.Int64, "bound": pl.Float64, "iterations": pl.Int64, "ended": pl.String}),
    "plan_early": pl.Schema(
        {"date": pl.Date, "what": pl.String, **_LABELS, **numbers("plan", "as_is", "difference"), "unit": pl.String}
    ),
    "plan_values": pl.Schema(
        {"what": pl.String, **_LABELS, "value": pl.Float64, "unit": pl.String, "statement": pl.String}
    ),
    "plan_digging": pl.Schema(
        texts("holder", "item")
        | numbers("on_hand", "level", "value", "cost_of_release", "worth_elsewhere", "may_dig_to")
    ),
    "plan_limits": pl.Schema(
        {**texts("rule", "title"), **_LABELS, **numbers("activity", "limit", "price"), "date": pl.Date}
    ),
    "plan_limits_over_time": pl.Schema(
        {**texts("rule", "title"), **_LABELS, **days("date"), **numbers("share", "price")}
    ),
    "plan_prices": pl.Schema(
        texts("holder", "item", "what") | numbers("share_from", "share_to", "price") | texts("origin", "source")
    ),
    "plan_path": pl.Schema(
        {"date": pl.Date, "what": pl.String, **_LABELS, **numbers("mean", "p05", "p25", "p50", "p75", "p95")}
    ),
    "plan_training": pl.Schema({"iteration": pl.Int64, **numbers("bound", "simulated", "seconds")}),
    "plan_side": pl.Schema(
        texts("measure", *_THINGS, "unit") | numbers("as_is", "plan", "difference", "standard_error", "low", "high")
    ),
    "plan_series": pl.Schema(
        texts("measure", *_THINGS) | days("date") | numbers("mean", "p05", "p50", "p95") | texts("side")
    ),
    "frontier": pl.Schema(
        numbers("unmet", "shortfall", "money", "cost", "reserve_multiplier", "need_multiplier")
        | {"is_dominated": pl.Boolean, "is_stated": pl.Boolean, "label": pl.String}
    ),
    "plan_delays": pl.Schema(
        texts("kind", "title", "outcome", "reason", "unit") | numbers("days", "unmet", "shortfall", "money", "cost")
    ),
    "plan_information": pl.Schema({**texts("what", "reason"), **numbers("value", "low", "high"), "paths": pl.Int64}),
    "plan_replenishment": pl.Schema(texts("holder", "item") | days("date") | numbers("plan", "as_is")),
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
    return with_schema(studies.get(name), PLAN_TABLES[name])


@dataclass(frozen=True)
class PlanTables(StatedTables):
    """What the tables of a plan say.

    stated_currency: of the scenario, for a plan that names none.
    """

    schemas: ClassVar[Mapping[str, pl.Schema]] = PLAN_TABLES
    about_name: ClassVar[str] = "plan_about"

    stated_currency: str

    @property
    def currency(self) -> str:
        """Return the currency of all worths."""
        return self.text("currency") or self.stated_currency
