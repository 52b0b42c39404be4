"""Tables of a study of spares and repair: their columns, and how they are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

import polars as pl

from replenish.result.typed import StatedTables, numbers, texts

SUSTAIN_TABLES: Final[dict[str, pl.Schema]] = {
    "sustain_about": pl.Schema(texts("key", "value")),
    "sustain_fleets": pl.Schema(
        texts("fleet", "site", "system")
        | {"systems": pl.Int64}
        | numbers("target", "now", "chosen", "without_queues", "simulated", "standard_error", "low", "high")
    ),
    "sustain_causes": pl.Schema(texts("fleet", "site", "part") | numbers("now", "chosen")),
    "sustain_spares": pl.Schema(
        texts("part", "site")
        | numbers("unit_cost", "requests")
        | {"now": pl.Int64, "chosen": pl.Int64}
        | numbers(
            "outstanding_now", "outstanding_chosen", "backorders_now", "backorders_chosen", "fill_rate_now",
            "fill_rate_chosen", "wait_now", "wait_chosen",
        )
        | {"is_exact": pl.Boolean, "why_not": pl.String}
    ),
    "sustain_servers": pl.Schema(
        texts("servers", "site")
        | {"now": pl.Int64, "chosen": pl.Int64, "smallest": pl.Int64}
        | numbers("load", "utilisation_now", "utilisation_chosen")
    ),
    "sustain_curve": pl.Schema(numbers("cost", "availability", "backorders")),
    "sustain_purchases": pl.Schema(
        {"place": pl.Int64} | texts("kind", "part", "servers", "site") | {"units": pl.Int64}
        | numbers("cost", "saved", "saved_per_cost", "total_cost", "availability", "backorders")
    ),
    "sustain_checks": pl.Schema(
        texts("quantity", "fleet", "part", "site", "servers")
        | numbers("analytic", "simulated", "standard_error", "errors")
        | {"is_exact": pl.Boolean, "verdict": pl.String}
    ),
    "sustain_surge": pl.Schema({"day": pl.Float64, "date": pl.Date} | texts("fleet") | numbers(
        "availability", "backorders"
    )),
}  # fmt: skip
"""Columns of each table.

`sustain_about` holds one row for each key, several for `warning` and `approximation`; numbers are written as text.
`now` is with the spares and servers of the scenario, `chosen` with those of the optimum, if one was sought.  Causes are
systems that are down for a part.  Spares: requests [unit/year], outstanding [unit], waits [day].  A purchase saves
backorders, or raises the sum of log availability, by `saved`; totals are those after it.  The last ones fit what is
bought to the budget or to targets of single fleets: they have no saving of their own, and may be fewer units.  A check
is analytic beside simulated, `errors` standard errors apart.
"""


@dataclass(frozen=True)
class SustainTables(StatedTables):
    """What the tables of a study of spares say."""

    schemas: ClassVar[Mapping[str, pl.Schema]] = SUSTAIN_TABLES
    about_name: ClassVar[str] = "sustain_about"
