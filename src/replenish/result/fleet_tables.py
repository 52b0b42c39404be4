"""The table of fleets that a coupled run carries among its studies: its columns, and how it is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

FLEET_MEASURES: Final = {
    "availability": "systems in service / systems, at the opening of the period",
    "in_service": "systems in service at the opening of the period",
    "systems": "systems that the fleet has at the opening of the period",
    "issue_limit": "the most that systems in service can issue in the period",
    "held_back": "of what is asked and on hand at the opening, what systems in service cannot issue",
    "held_back_by_repair": "of that, what all systems could issue if none were out of service",
    "removals": "parts taken out of systems in the period",
    "parts_backorders": "parts that systems lack at the opening of the period",
}
"""Measures of a coupled run, in words."""

FLEETS: Final = pl.Schema(
    dict.fromkeys(("measure", "fleet", "part", "holder", "item"), pl.String)
    | {"date": pl.Date}
    | dict.fromkeys(("mean", "standard_error", "p05", "p25", "p50", "p75", "p95"), pl.Float64)
    | {"paths": pl.Int64}
)
"""Columns of the table `fleets`: one row for a measure, a thing and a period; names that do not apply are empty."""


def fleet_table(studies: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return the table of fleets; no rows where a run has none."""
    found = studies.get("fleets")
    return FLEETS.to_frame() if found is None else found.select(FLEETS.names())
