"""Rules about the horizon and the dates in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from replenish.scenario.draft import LAST_YEAR, MOST_YEARS, Draft, columns_with, years
from replenish.scenario.model import Demand, PolicyRow, Requirement
from replenish.scenario.rules.registry import Finding, rule


@rule(
    "end-before-start",
    meaning="The horizon ends before it starts.",
    example="`start = 2031-12-31` and `end = 2022-03-01`.",
    remedy="set time.end to a day after time.start",
)
def end_before_start(draft: Draft) -> Iterator[Finding]:
    """Find a horizon without a day."""
    if (time := draft.time) is not None and time.end < time.start:
        yield Finding(None, "time.end", f"lies before time.start, {time.start}", value=str(time.end))


@rule(
    "horizon-too-long",
    meaning=f"The horizon is longer than {MOST_YEARS} years or ends after {LAST_YEAR}.",
    example="`end = 2931-12-31`.",
    remedy="correct the year of time.start or time.end",
)
def horizon_too_long(draft: Draft) -> Iterator[Finding]:
    """Find a horizon that only a mistyped year explains."""
    if (time := draft.time) is not None and (years(time) > MOST_YEARS or time.end.year > LAST_YEAR):
        yield Finding(None, "time.end", f"is {years(time):,.0f} years after time.start", value=str(time.end))


@rule(
    "date-outside-horizon",
    meaning="A date that has an effect only inside the horizon lies outside it.",
    example="a pledge due on 2021-12-31 in a study that starts in 2022.",
    remedy="correct the date, or the horizon in scenario.toml",
)
def dates_outside_horizon(draft: Draft) -> Iterator[Finding]:
    """Find dates before the first or after the last day of the horizon."""
    if draft.time is None or draft.last_day is None:
        return
    first, last = draft.time.start, draft.last_day
    for row_class, column, may_lie_outside in columns_with("may_lie_outside"):
        if may_lie_outside:
            continue
        for entry in draft.sound(row_class, column):
            day = getattr(entry.row, column)
            if day is not None and not first <= day <= last:
                yield Finding(entry, column, f"lies outside the horizon, {first} to {last}")


@rule(
    "never-in-force",
    severity="warning",
    meaning="A row starts after the end of the horizon and changes nothing.",
    example="a requirement from 2041-01-01 on in a study that ends in 2031.",
    remedy="correct the date, or remove the row",
)
def never_in_force(draft: Draft) -> Iterator[Finding]:
    """Find rows that start after the horizon."""
    if (last := draft.last_day) is None:
        return
    tables: tuple[type[Any], ...] = (Demand, Requirement, PolicyRow)
    for row_class in tables:
        for entry in draft.sound(row_class, "start"):
            if entry.row.start is not None and entry.row.start > last:
                yield Finding(entry, "start", f"lies after the last day, {last}")
