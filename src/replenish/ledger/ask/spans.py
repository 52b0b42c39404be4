"""For which days statements are, as exactly as that is known, and which of them are for the latest days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final, NamedTuple

from replenish.ledger.kinds import MEANINGS, Kind, Precision
from replenish.ledger.values import last_day

FINENESS: Final[dict[Precision, int]] = {"day": 3, "month": 3, "quarter": 2, "year": 1, "unknown": 0}
"""How finely days are known; those of 3 or more stand for days, those of 0 for none in particular."""
FINE: Final = 3


class Span(NamedTuple):
    """Between which days the last and the first day of a statement lie, each end included; later ones are greater.

    fineness: from `FINENESS`.
    unit_first: first day of the month, quarter or year in which it ends, as its dates are known; of a day that day.
    """

    end_first: dt.date
    start_first: dt.date
    fineness: int
    start_last: dt.date
    end_last: dt.date
    unit_first: dt.date

    @property
    def is_fine(self) -> bool:
        """Return whether it is known to the day or the month."""
        return self.fineness == FINE

    def is_same(self, other: Span) -> bool:
        """Return whether it may be for the same days as another that is known no more finely."""
        is_as_fine = self.fineness >= other.fineness > 0 or self.fineness == other.fineness
        is_same_end = self.end_last >= other.end_first and self.end_first <= other.end_last
        return is_as_fine and is_same_end and self.start_last >= other.start_first and (
            self.start_first <= other.start_last
        )  # fmt: skip

    def tells_of(self, other: Span) -> bool:
        """Return whether it is known more finely, and for days of the quarter or year in which another ends."""
        return self.fineness > other.fineness and self.start_first >= other.start_first and (
            other.unit_first <= self.end_first and self.end_last <= other.end_last
        )  # fmt: skip


NEVER: Final = Span(dt.date.min, dt.date.min, 0, dt.date.min, dt.date.min, dt.date.min)
"""Of a statement that names no day: before all others."""


def to_span(start: dt.date | None, end: dt.date | None, precision: Precision, kind: Kind = "other") -> Span:
    """Return the days of a statement: of what is due the day on which it is, or that of the announcement if not named.

    With two days it is for all from the first that the one may mean to the last that the other may mean.

    >>> to_span(dt.date(2024, 2, 5), None, "month").end_last
    datetime.date(2024, 2, 29)
    >>> to_span(dt.date(2024, 2, 1), dt.date(2024, 2, 29), "month").end_first
    datetime.date(2024, 2, 29)
    """
    first, last = start or end, end or start
    if first is None or last is None:
        return NEVER
    if MEANINGS[kind].dated == "due":
        first = last
    starts = first_of_days(first, precision), last_day(first, precision)
    ends = first_of_days(last, precision), last_day(last, precision)
    unit = ends[0]
    if first != last:
        starts, ends = (starts[0], starts[0]), (ends[1], ends[1])
    return Span(ends[0], starts[0], FINENESS[precision], starts[1], ends[1], unit)


def first_of_days(day: dt.date, precision: Precision) -> dt.date:
    """Return the first day that a date of some precision may mean.

    >>> first_of_days(dt.date(2024, 8, 20), "quarter")
    datetime.date(2024, 7, 1)
    """
    month = {"month": day.month, "quarter": 3 * ((day.month - 1) // 3) + 1, "year": 1}.get(precision)
    return day if month is None else dt.date(day.year, month, 1)


def in_time(spans: Sequence[Span], day: dt.date | None) -> list[int]:
    """Return which statements count where a day is asked for: those that begin by then.

    One whose quarter or year is not over by then, or whose day is unknown, counts only if nothing else does.
    """
    if day is None:
        return list(range(len(spans)))
    begun = [place for place, span in enumerate(spans) if span.start_first <= day]
    over = [place for place in begun if spans[place].is_fine or _is_over(spans[place], day)]
    return over or begun


def _is_over(span: Span, day: dt.date) -> bool:
    return span.fineness > 0 and span.end_last <= day


def for_latest_days(spans: Sequence[Span], places: Sequence[int]) -> list[int]:
    """Return which of some statements may be for the same days as the latest of them, and are known as finely.

    The latest is the one whose last day is the latest at the earliest reading of its date, then the one that begins
    last, then the one known more finely; none that a finer one tells of, and none of unknown days if others are known.
    """
    if not places:
        return []
    latest = max(spans[place] for place in places)
    if not latest.is_fine:
        latest = _latest({spans[place] for place in places})
    return [place for place in places if spans[place].is_same(latest)]


def _latest(spans: set[Span]) -> Span:
    known = {span for span in spans if span.fineness} or spans
    by_day = sorted(known, reverse=True)
    return next(span for span in by_day if not any(other.tells_of(span) for other in known))
