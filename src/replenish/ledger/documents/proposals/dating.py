"""The days that a figure of a sentence is for, taken only from a date that stands beside it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from replenish.ledger.documents.dates import FoundDate
from replenish.ledger.documents.proposals.quantities import Quantity
from replenish.ledger.documents.proposals.speakers import SAID
from replenish.ledger.kinds import MEANINGS, Kind, Precision
from replenish.ledger.values import last_day

FAR = 90
"""Characters between a figure and a date beyond which they are not taken together."""

APART = re.compile(
    r"[;:()\u2013\u2014]|[.!?](?=\s)|,(?!\d)|\s-\s"
    rf"|\b(?:and|but|while|whereas|than|against|after|before|since|when|under)\b|{SAID}",
    re.IGNORECASE,
)
"""What ends a clause, so that a date behind it is that of something else."""

OPENING = re.compile(r"\W*(?:(?:as|of|in|on|by|at|during|for|the|end|start|early|late)\b[\s-]*)*", re.IGNORECASE)
SPOKEN = re.compile(rf"{SAID}(?:\s+[\w'\u2019]+){{0,3}}\s*$", re.IGNORECASE)
PREPOSITION = re.compile(
    r"(?:in|by|during|until|since|through|before|after|from|for|of|mid|to|early|late)\b[\s-]*", re.IGNORECASE
)
PART = r"(?:the\s+)?(?:start|beginning|middle|end|mid|early|late|first half|second half|course)\s*-?(?:of\s+)?"
INTRODUCED = re.compile(rf"\b(?P<word>by|before|until|from|since|after|through|to)\s+(?:{PART})*$", re.IGNORECASE)
OF_SOMETHING = re.compile(r"\b(?P<noun>\w+)\s+of\s+$", re.IGNORECASE)
PARTS = frozenset(["start", "beginning", "middle", "end", "half", "course", "quarter", "rest", "as", "all", "most"])
LASTS = re.compile(r"\s*(?:and|to|until|through|-|\u2013)?\s*(?:the end of\s+)?", re.IGNORECASE)

DUE = frozenset(["by", "before", "until", "from"])
NOT_ITS_OWN = frozenset(["since", "after", "to", "through", "before", "until", "from"])
"""Words before a date that make it the start or the end of a stretch, whose other end nobody named."""


class Valid(NamedTuple):
    """The days that a figure is for.

    last: None where no day is named by which it is due.  words: of the text, that say so.
    is_inferred: a date rests on the day on which the text appeared.
    """

    first: dt.date
    last: dt.date | None
    precision: Precision
    words: str
    is_inferred: bool


class _Stretch(NamedTuple):
    """A date, or two that are the ends of a stretch of time."""

    dates: tuple[FoundDate, ...]
    start: int
    end: int


def find_valid(
    words: str,
    quantity: Quantity,
    dates: Sequence[FoundDate],
    *,
    kind: Kind | None,
    others: Sequence[Quantity] = (),
    published: dt.date | None = None,
) -> Valid | None:
    """Return the days that a quantity of a sentence is for; None where no date stands beside it in its clause.

    Dates on which something was said, signed or published are not its own; nor is a start without an end.

    Args:
        words: the sentence.
        quantity: found in it.
        dates: found in it.
        kind: of the quantity; what is due has a last day only where the words or the calendar say that it is ahead.
        others: all quantities of the sentence.
        published: day on which the text appeared.
    """
    near = [
        (len(gap), one)
        for one in _stretches(words, dates)
        if (gap := _gap(words, quantity, one)) is not None and not _is_taken(quantity, one, others)
    ]
    if not near:
        return None
    _, stretch = min(near, key=lambda pair: pair[0])
    return _valid(words, stretch, kind, published)


def _stretches(words: str, dates: Sequence[FoundDate]) -> Iterator[_Stretch]:
    ends = set[int]()
    for own, following in pairwise([*dates, None]):
        assert own is not None
        if own.start in ends:
            continue
        if following is not None and _is_stretch(words, own, following):
            ends.add(following.start)
            yield _Stretch((own, following), own.start, following.end)
        else:
            yield _Stretch((own,), own.start, own.end)


def _is_stretch(words: str, first: FoundDate, second: FoundDate) -> bool:
    between = words[first.end : second.start]
    before = words[: first.start] + first.words
    is_opened = re.search(r"\b(?:between|from)\s+\S+(?:\s+\S+){0,2}$", before, re.IGNORECASE) is not None
    return (
        is_opened and first.day < second.day and first.precision == second.precision
        and LASTS.fullmatch(between) is not None
    )  # fmt: skip


def _gap(words: str, quantity: Quantity, one: _Stretch) -> str | None:
    """Return what stands between a quantity and a date of the same clause; None where they are not of one."""
    is_before = one.end <= quantity.start
    gap = words[one.end : quantity.start] if is_before else words[quantity.end : one.start]
    if is_before and OPENING.fullmatch(words, 0, one.start):
        gap = gap.removeprefix(",")
    spoken = SPOKEN.search(words, quantity.end if one.start >= quantity.end else 0, one.start)
    return None if spoken or len(gap) > FAR or APART.search(gap) else gap


def _is_taken(quantity: Quantity, one: _Stretch, others: Sequence[Quantity]) -> bool:
    """Return whether another quantity stands between."""
    low, high = min(quantity.end, one.end), max(quantity.start, one.start)
    return any(low <= other.start < high for other in others if other != quantity)


def _valid(words: str, one: _Stretch, kind: Kind | None, published: dt.date | None) -> Valid | None:
    first, last = one.dates[0], one.dates[-1]
    said, is_inferred = words[one.start : one.end], any(date.is_inferred for date in one.dates)
    if first is not last:
        return Valid(first.day, last.day, first.precision, said, is_inferred)
    before = words[: one.start] + _led(first.words)
    introduced = INTRODUCED.search(before)
    word = introduced["word"].lower() if introduced else ""
    of = OF_SOMETHING.search(before)
    if of and of["noun"].lower() not in PARTS:
        return None
    if kind is None or MEANINGS[kind].dated != "due":
        return None if word in NOT_ITS_OWN else Valid(first.day, first.day, first.precision, said, is_inferred)
    return _due(first, word, published)


def _due(date: FoundDate, word: str, published: dt.date | None) -> Valid | None:
    """Return the days of what is promised, ordered or planned: the day when it is due, or that of the announcement."""
    if word in DUE or (published is not None and date.day > published):
        return Valid(date.day, date.day, date.precision, date.words, date.is_inferred)
    if word or published is None or last_day(date.day, date.precision) > published:
        return None
    return Valid(date.day, None, date.precision, date.words, date.is_inferred)


def _led(words: str) -> str:
    """Return the preposition that the words of a date begin with."""
    found = PREPOSITION.match(words)
    return found[0] if found else ""
