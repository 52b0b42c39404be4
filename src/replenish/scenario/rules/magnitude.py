"""A warning about numbers that only a slip of the unit explains."""

from __future__ import annotations

from collections.abc import Iterator

from replenish.scenario.draft import Draft, columns_with
from replenish.scenario.rules.registry import Finding, rule
from replenish.units import DAYS_PER_YEAR

_LONGEST_DELAY = 30 * DAYS_PER_YEAR
_LONGEST_LIFE = 200 * DAYS_PER_YEAR
_LARGEST = {
    "unit": 1e12,
    "unit/per": 1e12,
    "unit/per/month": 1e12,
    "unit or unit/per": 1e13,
    "unit/unit": 1e6,
    "capacity/unit": 1e6,
    "tonne/unit": 1e6,
    "tonne/per": 1e9,
    "currency": 1e14,
    "share or currency": 1e14,
    "currency/unit": 1e12,
    "currency/unit/year": 1e12,
    "currency/unit/period": 1e12,
    "currency/year": 1e14,
    "ratio": 1e5,
    "rank": 1e6,
    "weight": 1e9,
    "system": 1e7,
    "server": 1e6,
    "currency/server": 1e12,
    "use/per": 1e9,
}
"""Largest plausible number by unit; the world's yearly output is about 1e14 of any large currency."""
_LONG_LIVED = ("shelf_life_days", "mean_duration_days", "days_of_supply", "days")


@rule(
    "implausible-magnitude",
    severity="warning",
    meaning="A number is so large that a slip of the unit is likely: above 1e12 units, or a delay above 30 years.",
    example="`build_time_days` 20231201.",
    remedy="check the number and the unit of its column",
)
def implausible_magnitudes(draft: Draft) -> Iterator[Finding]:
    """Find numbers beyond what any study of this kind holds."""
    for row_class, column, unit in columns_with("unit"):
        largest = _largest(column, unit)
        if largest is None:
            continue
        for entry in draft.sound(row_class, column):
            value = getattr(entry.row, column)
            if value is not None and abs(value) > largest:
                yield Finding(entry, column, f"is {value:g} [{unit}], more than {largest:.4g}")


def _largest(column: str, unit: str) -> float | None:
    if unit == "day":
        return _LONGEST_LIFE if column in _LONG_LIVED else _LONGEST_DELAY
    return _LARGEST.get(unit)
