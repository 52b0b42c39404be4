"""For which days statements are, as exactly as that is known, and which of them are for the latest days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final, NamedTuple

from replenish.ledger.kinds import Precision
from replenish.ledger.values import last_day

COARSE: Final = frozenset(("quarter", "year", "unknown"))
"""Precisions of a date that leave open for which of many days a figure is."""


class Span(NamedTuple):
    """Between which days the last and the first day of a statement lie, each end included.

    is_fine: known to the day or the month.
    """

    end_first: dt.date
    is_fine: bool
    start_first: dt.date
    start_last: dt.date
    end_last: dt.date


NEVER: Final = Span(dt.date.min, False, dt.date.min, dt.date.min, dt.date.min)
"""Of a statement that names no day: before all others."""


def to_span(start: dt.date | None, end: dt.date | None, precision: Precision) -> Span:
    """Return the days of a statement; of what is due on a day that nobody named, that of the announcement.

    >>> to_span(dt.date(2024, 2, 5), None, "month").end_last
    datetime.date(2024, 2, 29)
    """
    first, last = start or end, end or start
    if first is None or last is None:
        return NEVER
    return Span(
        first_of_days(last, precision), precision not in COARSE, first_of_days(first, precision),
        last_day(first, precision), last_day(last, precision),
    )  # fmt: skip


def first_of_days(day: dt.date, precision: Precision) -> dt.date:
    """Return the first day that a date of some precision may mean.

    >>> first_of_days(dt.date(2024, 8, 20), "quarter")
    datetime.date(2024, 7, 1)
    """
    month = {"month": day.month, "quarter": 3 * ((day.month - 1) // 3) + 1, "year": 1}.get(precision)
    return day if month is None else dt.date(day.year, month, 1)


def in_time(spans: Sequence[Span], day: dt.date | None) -> list[int]:
    """Return which statements count where a day is asked for: those that begin by then.

    One whose quarter or year is not over by then counts only if nothing else does.
    """
    if day is None:
        return list(range(len(spans)))
    begun = [place for place, span in enumerate(spans) if span.start_first <= day]
    return [place for place in begun if spans[place].is_fine or spans[place].end_last <= day] or begun


def for_latest_days(spans: Sequence[Span], places: Sequence[int]) -> list[int]:
    """Return which of some statements may be for the same days as the latest of them, and are known as finely.

    The latest is the one whose last day is the latest at the earliest reading of its date, then the one known more
    finely, then the one that begins last.
    """
    if not places:
        return []
    latest = max(spans[place] for place in places)
    found = []
    for place in places:
        span = spans[place]
        is_same_end = span.end_last >= latest.end_first and span.end_first <= latest.end_last
        is_same_start = span.start_last >= latest.start_first and span.start_first <= latest.start_last
        if is_same_end and is_same_start and (span.is_fine or not latest.is_fine):
            found.append(place)
    return found
