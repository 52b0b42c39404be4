"""What a purchase brings, in units that people read."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from replenish.report.numbers import money, people
from replenish.report.sustained.facts import Sustained, availability


def is_availability(study: Sustained) -> bool:
    """Return whether purchases are ranked by systems in service, not by parts owed."""
    return study.text("objective") == "availability"


def gain_head(study: Sustained) -> str:
    """Return the head of the column of gains."""
    return "In service, percentage points more" if is_availability(study) else "Parts owed, fewer"


def then_head(study: Sustained) -> str:
    """Return the head of the column of what is reached after a purchase."""
    return "In service then" if is_availability(study) else "Parts owed then"


def gain(study: Sustained, row: Mapping[str, Any]) -> float | None:
    """Return what a purchase brings: percentage points of systems in service, or fewer parts owed."""
    if row["saved"] is None or not is_availability(study):
        saved: float | None = row["saved"]
        return saved
    reached: float = row["availability"]
    return 100.0 * reached * -math.expm1(-row["saved"] / _systems(study))


def rate_head(study: Sustained, unit: float) -> str:
    """Return the head of the column by which purchases are ranked."""
    what = "Log points" if is_availability(study) else "Fewer"
    return f"{what} for {money(unit, study.currency)}"


def rate(study: Sustained, row: Mapping[str, Any], unit: float) -> float | None:
    """Return by what a purchase ranks: 100 log of the share in service, or fewer parts owed, for `unit` of money."""
    if row["saved_per_cost"] is None:
        return None
    scale = 100.0 / _systems(study) if is_availability(study) else 1.0
    return float(row["saved_per_cost"] * unit * scale)


def then(study: Sustained, row: Mapping[str, Any]) -> str:
    """Return what is reached after a purchase."""
    return availability(row["availability"]) if is_availability(study) else people(row["backorders"])


def money_unit(study: Sustained) -> float:
    """Return the power of a thousand of money that is nearest below what all purchases cost."""
    total = float(study.table("sustain_purchases")["cost"].sum())
    return 1000.0 ** math.floor(math.log(total, 1000.0)) if total >= 1.0 else 1.0


def _systems(study: Sustained) -> int:
    return max(int(study.table("sustain_fleets")["systems"].sum()), 1)
