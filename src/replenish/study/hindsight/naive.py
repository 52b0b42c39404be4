"""Forecasts that need no model, made from what was known at a date: a model should do better than these."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

import numpy as np

from replenish.scenario.model import Observation, Pledge, Scenario
from replenish.study.observed import is_flow
from replenish.units import MEAN_DAYS, Per

NAIVE: Final = ("last_value", "announced_target", "linear_trend")
"""Names of the forecasts: nothing changes; all comes as announced, whole and in time; it goes on as it went."""


def naive_forecasts(known: Scenario, point: Observation) -> dict[str, float | None]:
    """Return each forecast of a reported figure in the unit of its report; None where too little was known.

    Args:
        known: the scenario as known at the date of the forecast; its observations are what had been reported.
        point: what is forecast; its value is not looked at.
    """
    own = sorted((row for row in known.observations if series_key(row) == series_key(point)), key=lambda row: row.date)
    per = per_of(known, point)
    values = [row.value * rate_factor(known, row, per) for row in own]
    return {
        "last_value": values[-1] if values else None,
        "announced_target": _target(known, point, per, own),
        "linear_trend": linear_trend([row.date for row in own], values, point.date),
    }


def series_key(row: Observation) -> tuple[str, ...]:
    """Return what makes reported figures belong to one series."""
    return row.measure, row.holder, row.item, row.line, row.to_holder


def per_of(scenario: Scenario, row: Observation) -> Per:
    """Return the unit of time of a reported flow."""
    return row.per or scenario.settings.time.period


def rate_factor(scenario: Scenario, row: Observation, per: Per) -> float:
    """Return by what a reported figure is multiplied to be of another unit of time; 1 for what is no flow."""
    return MEAN_DAYS[per] / MEAN_DAYS[per_of(scenario, row)] if is_flow(row.measure) else 1.0


def linear_trend(days: Sequence[dt.date], values: Sequence[float], on: dt.date) -> float | None:
    """Return the value on a day of the straight line of least squares, at least zero; None from less than two days.

    >>> linear_trend([dt.date(2024, 1, 1), dt.date(2024, 1, 11)], [10.0, 20.0], dt.date(2024, 1, 21))
    30.0
    """
    x = np.array([(day - on).days for day in days], np.float64)
    if len(set(days)) < 2:
        return None
    away, y = x - x.mean(), np.array(values)
    slope = float(away @ y / (away @ away))
    return max(0.0, float(y.mean()) - slope * float(x.mean()))


def _target(known: Scenario, point: Observation, per: Per, own: Sequence[Observation]) -> float | None:
    if point.measure in ("production", "capacity"):
        return _announced_rate(known, point, per)
    if point.measure == "delivered_cumulative":
        return _pledged(known, point, own)
    return None


def _announced_rate(known: Scenario, point: Observation, per: Per) -> float | None:
    """Return the highest rate of a line with every step that was announced to be there by then."""
    line = next((row for row in known.lines if row.name == point.line), None)
    steps = [
        row.capacity_step * MEAN_DAYS[per] / MEAN_DAYS[row.per]
        for row in known.expansions
        if row.line == point.line and row.start and row.start + dt.timedelta(days=row.build_time_days) <= point.date
    ]
    if line is None or line.max_rate is None or not steps:
        return None
    return line.max_rate * MEAN_DAYS[per] / MEAN_DAYS[line.per] + sum(steps)


def _pledged(known: Scenario, point: Observation, own: Sequence[Observation]) -> float | None:
    """Return the last count and what was promised to come between it and the day, at an even pace."""
    members = _members(known, point.holder)
    rows = [row for row in known.pledges if row.from_holder in members and row.item == point.item]
    rows = [row for row in rows if point.to_holder in ("", row.to_holder)]
    if not rows:
        return None
    since = own[-1].date if own else known.settings.time.start
    base = own[-1].value if own else 0.0
    start = known.settings.time.start
    return base + sum(_promised(row, point.date, start) - _promised(row, since, start) for row in rows)


def _promised(row: Pledge, day: dt.date, start: dt.date) -> float:
    first = row.start or start
    length = max((row.due - first).days, 1)
    return row.quantity * min(max((day - first).days / length, 0.0), 1.0)


def _members(known: Scenario, holder: str) -> set[str]:
    found = {holder} if holder else {row.name for row in known.holders}
    while more := {row.name for row in known.holders if row.parent in found} - found:
        found |= more
    return found
