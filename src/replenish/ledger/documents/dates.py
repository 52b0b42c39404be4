"""Days named in text, as they stand: nothing is made up where a year is missing."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple, cast

from replenish.errors import UsageError
from replenish.ledger.kinds import Precision

MONTHS: Final = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
QUARTERS: Final = ("first", "second", "third", "fourth")

_MONTH = r"(?P<month>" + "|".join(f"{name}|{name[:3]}\\.?" for name in MONTHS) + r"|sept\.?)"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>(?:19|20)\d\d)"


class FoundDate(NamedTuple):
    """A date in a text, from `start` to `end`.

    is_inferred: it was worked out from the day on which the text appeared.
    """

    day: dt.date
    precision: Precision
    start: int
    end: int
    words: str
    is_inferred: bool = False


WRITTEN = re.compile(r"(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d))?|-Q(?P<quarter>[1-4]))?")
"""A day, month, quarter or year as a person writes it in figures."""


def read_day(text: str) -> tuple[dt.date, Precision]:
    """Return the first day of what is written as `2024-02-03`, `2024-02`, `2024-Q1` or `2024`, and its precision.

    >>> read_day("2024-02"), read_day("2024-Q3")
    ((datetime.date(2024, 2, 1), 'month'), (datetime.date(2024, 7, 1), 'quarter'))

    Raises:
        UsageError: it is none of these.
    """
    found = WRITTEN.fullmatch(text.strip())
    month = found and (found["month"] or (3 * int(found["quarter"]) - 2 if found["quarter"] else 1))
    try:
        if found is None or month is None:
            raise ValueError
        day = dt.date(int(found["year"]), int(month), int(found["day"] or 1))
    except ValueError as error:
        raise UsageError(f"{text}: is no day; write 2024-02-03, or 2024-02, 2024-Q1, 2024 for what is known") from error
    named = next((name for name in ("day", "month", "quarter") if found[name]), "year")
    return day, cast(Precision, named)


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-]){text}(?![\w-])", re.IGNORECASE)


def _is_verb(words: re.Match[str]) -> bool:
    """Return whether what looks like a month is none: `may 20 trucks`."""
    return (words.groupdict().get("month") or "M")[0].islower()


def _month(words: re.Match[str]) -> int:
    name = words["month"].lower()[:3]
    return next(number for number, month in enumerate(MONTHS, 1) if month.startswith(name))


def _of_day(words: re.Match[str]) -> dt.date:
    return dt.date(int(words["year"]), _month(words), int(words["day"]))


def _of_quarter(words: re.Match[str]) -> dt.date:
    said = words["quarter"].lower()
    number = int(said) if said.isdigit() else QUARTERS.index(said) + 1
    return dt.date(int(words["year"]), 3 * number - 2, 1)


ABSOLUTE: Final[tuple[tuple[re.Pattern[str], Precision, Callable[[re.Match[str]], dt.date]], ...]] = (
    (re.compile(r"(?<![\w-])(?P<year>\d{4})-(?P<number>\d\d)-(?P<day>\d\d)(?=T\d|[^\w-]|$)"), "day",
     lambda words: dt.date(int(words["year"]), int(words["number"]), int(words["day"]))),
    (_pattern(rf"{_DAY}\s+(?:of\s+)?{_MONTH},?\s+{_YEAR}"), "day", _of_day),
    (_pattern(rf"{_MONTH}\s+{_DAY},?\s+{_YEAR}"), "day", _of_day),
    (_pattern(rf"{_MONTH},?\s+(?:of\s+)?{_YEAR}"), "month",
     lambda words: dt.date(int(words["year"]), _month(words), 1)),
    (_pattern(rf"(?P<quarter>{'|'.join(QUARTERS)})\s+quarter\s+of\s+{_YEAR}"), "quarter", _of_quarter),
    (_pattern(rf"Q(?P<quarter>[1-4])\s+(?:of\s+)?{_YEAR}"), "quarter", _of_quarter),
    (_pattern(rf"(?:in|by|during|until|since|through|before|after|from|for|of|mid-|to|early|late)\s*{_YEAR}"), "year",
     lambda words: dt.date(int(words["year"]), 1, 1)),
)  # fmt: skip
"""Dates that say their year, the more exact ones first."""

NO_YEAR = (_pattern(rf"{_DAY}\s+(?:of\s+)?{_MONTH}"), _pattern(rf"{_MONTH}\s+{_DAY}"))
WEEKDAY = _pattern(rf"(?:(?P<next>next)\s+|(?P<last>last)\s+)?(?P<weekday>{'|'.join(WEEKDAYS)})")
RELATIVE: Final = {"yesterday": -1, "today": 0, "tomorrow": 1}
RELATIVE_WORDS = _pattern(rf"(?P<relative>{'|'.join(RELATIVE)})")
LATER = re.compile(r"\b(will|shall|next|upcoming|ahead|due|plans?|expected|scheduled|is to|are to)\b", re.IGNORECASE)
LOOKED_BACK = 60


def find_dates(text: str, published: dt.date | None = None) -> list[FoundDate]:
    """Return the dates in a text in order; those without year only where it is known when the text appeared.

    >>> [(str(one.day), one.precision) for one in find_dates("On 3 May 2024, as in June 2023, on Friday.")]
    [('2024-05-03', 'day'), ('2023-06-01', 'month')]
    >>> find_dates("He said on Friday.", dt.date(2024, 2, 10))[0].day
    datetime.date(2024, 2, 9)
    """
    found = list(_without_overlap(_absolute(text), []))
    if published is not None:
        found += _without_overlap(_inferred(text, published), found)
    return sorted(found, key=lambda one: one.start)


def _without_overlap(dates: Iterator[FoundDate], taken: list[FoundDate]) -> Iterator[FoundDate]:
    kept = list(taken)
    for date in dates:
        if not any(date.start < other.end and other.start < date.end for other in kept):
            kept.append(date)
            yield date


def _absolute(text: str) -> Iterator[FoundDate]:
    for pattern, precision, to_day in ABSOLUTE:
        for words in pattern.finditer(text):
            day = _day(lambda words=words, to_day=to_day: to_day(words))  # type: ignore[misc]
            if day is not None and not _is_verb(words):
                yield FoundDate(day, precision, words.start(), words.end(), words[0])


def _day(make: Callable[[], dt.date]) -> dt.date | None:
    try:
        return make()
    except ValueError:  # such as 31 June
        return None


def _inferred(text: str, published: dt.date) -> Iterator[FoundDate]:
    for pattern in NO_YEAR:
        for words in pattern.finditer(text):
            if not _is_verb(words) and (day := _nearest(_month(words), int(words["day"]), published)):
                yield FoundDate(day, "day", words.start(), words.end(), words[0], is_inferred=True)
    for words in WEEKDAY.finditer(text):
        day = _weekday(words, published, text[max(0, words.start() - LOOKED_BACK) : words.start()])
        yield FoundDate(day, "day", words.start(), words.end(), words[0], is_inferred=True)
    for words in RELATIVE_WORDS.finditer(text):
        day = published + dt.timedelta(days=RELATIVE[words["relative"].lower()])
        yield FoundDate(day, "day", words.start(), words.end(), words[0], is_inferred=True)


def _nearest(month: int, day: int, published: dt.date) -> dt.date | None:
    years = (published.year - 1, published.year, published.year + 1)
    days = [_day(lambda year=year: dt.date(year, month, day)) for year in years]  # type: ignore[misc]
    known = [one for one in days if one is not None]
    return min(known, key=lambda one: abs((one - published).days)) if known else None


def _weekday(words: re.Match[str], published: dt.date, before: str) -> dt.date:
    """Return the last such day up to the publication, or the next one where the words before it look ahead."""
    number = WEEKDAYS.index(words["weekday"].lower())
    back = (published.weekday() - number) % 7
    if words["last"]:
        return published - dt.timedelta(days=back or 7)
    if words["next"] or LATER.search(re.split(r"[,;:]", before)[-1]):
        return published + dt.timedelta(days=(-back) % 7 or 7)
    return published - dt.timedelta(days=back)
