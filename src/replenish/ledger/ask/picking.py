"""Which of several figures for the same days is taken: one written rule, the others shown beside it."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import math
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from replenish.ledger.ask.knowing import ALL, NOW, AsOf, Known, Which, figures, find_known
from replenish.ledger.ask.spans import Span, for_latest_days, in_time, to_span
from replenish.ledger.kinds import DIRECTNESS, GRADES, Directness, Grade, Kind
from replenish.ledger.store import Ledger
from replenish.ledger.values import Statement

RULE = (
    "Of the statements of one kind, holder, item and unit that give a figure and are not graded D, those for the"
    " latest days compete (of those that begin by the day asked for): the one whose last day is the latest, of these"
    " the one that begins last, and all that may be for the same days. A date known to the month, quarter or year may"
    " be any day of it; two dates are all days from the first of the one to the last of the other; what is promised,"
    " ordered or planned is for the day on which it is due. One known to the year competes only where no month, quarter"
    " or day of it is told of, one known to the quarter only where no month or day of it is; one whose quarter or year"
    " is not over by the day asked for only where nothing else is known; one whose day is unknown or not named, last"
    " of all. Of these the best grade is taken; then direct before reported before derived; then the latest"
    " publication, undated last; then the first id."
)
"""The rule by which `current` picks."""

BRIEF_RULE = "latest days, then grade, then directness, then latest publication"
"""The same in short."""


class Series(NamedTuple):
    """Statements that can be held against each other: figures of other kinds or units are never mixed with them."""

    kind: Kind
    holder: str
    item: str
    unit: str

    def __str__(self) -> str:
        """Return it in words."""
        return f"{self.kind} {self.holder} {self.item}" + (f" [{self.unit}]" if self.unit else "")


class Answer(NamedTuple):
    """What a ledger says of one series.

    picked: the statement that the rule picks; None where none gives a figure.
    rivals: others for the same days that contradict it, best first.
    agreeing: others for the same days that do not: their ranges meet.
    history: all that are known of the series, by the days that they are for.
    """

    series: Series
    picked: Known | None
    rivals: tuple[Known, ...]
    agreeing: tuple[Known, ...]
    history: tuple[Known, ...]

    @property
    def admitted(self) -> tuple[str, ...]:
        """Return the ids of undated statements that a rule admitted."""
        return tuple(one.statement.id for one in self.history if one.is_admitted)


def to_series(one: Statement) -> Series:
    """Return the series to which a statement belongs."""
    return Series(one.kind, one.holder, one.item, one.unit)


def show(ledger: Ledger, which: Which = ALL, as_of: AsOf = NOW, *, valid: dt.date | None = None) -> list[Answer]:
    """Return what is known of each series that is asked for, by its name.

    Args:
        ledger: the ledger.
        which: which statements; all if not given.
        as_of: as known and recorded when.
        valid: day for which the figure is wanted; statements for later days do not count.
    """
    return answers(find_known(ledger, which, as_of), valid=valid)


def current(ledger: Ledger, series: Series, as_of: AsOf = NOW, *, valid: dt.date | None = None) -> Answer:
    """Return what is known of one series, and the statement that the rule picks.

    Raises:
        TypeError: `series` is no `Series`.
    """
    if not isinstance(series, Series):
        raise TypeError(f"series: give a ledger.Series(kind, holder, item, unit), not {series!r}")
    which = Which(item=series.item, holder=series.holder, kind=series.kind)
    known = [one for one in find_known(ledger, which, as_of) if one.statement.unit == series.unit]
    return _answer(series, known, valid)


def answers(known: Iterable[Known], *, valid: dt.date | None = None) -> list[Answer]:
    """Return statements by series, with the one that the rule picks of each."""
    ordered = sorted(known, key=lambda one: to_series(one.statement))
    grouped = groupby(ordered, key=lambda one: to_series(one.statement))
    return [_answer(series, list(own), valid) for series, own in grouped]


def _answer(series: Series, known: Sequence[Known], valid: dt.date | None) -> Answer:
    begun = (one for one in known if valid is None or span(one.statement).start_first <= valid)
    history = tuple(sorted(begun, key=lambda one: _when(one.statement)))
    told = list(figures(known))
    spans = [span(one.statement) for one in told]
    latest = [told[place] for place in for_latest_days(spans, in_time(spans, valid))]
    if not latest:
        return Answer(series, None, (), (), history)
    picked, *others = sorted(latest, key=lambda one: rank(one.statement))
    rivals = tuple(one for one in others if contradicts(picked.statement, one.statement))
    return Answer(series, picked, rivals, tuple(one for one in others if one not in rivals), history)


def rank(one: Statement) -> tuple[int, int, int, str]:
    """Return by what competing statements are ranked: the smallest is picked."""
    return rank_of(one.grade, one.directness, one.known_from, one.id)


def rank_of(grade: Grade, directness: Directness, known_from: dt.date | None, name: str) -> tuple[int, int, int, str]:
    """Return the rank of a statement of which only this is known."""
    return GRADES.index(grade), DIRECTNESS.index(directness), -known_from.toordinal() if known_from else 0, name


def figure(one: Statement) -> tuple[float | None, float | None, float | None]:
    """Return what a statement says."""
    return one.low, one.best, one.high


def least(one: Statement) -> float:
    """Return the least that a statement allows; minus infinity if it leaves that open."""
    return next((value for value in (one.low, one.best) if value is not None), -math.inf)


def most(one: Statement) -> float:
    """Return the most that a statement allows; infinity if it leaves that open."""
    return next((value for value in (one.high, one.best) if value is not None), math.inf)


def contradicts(one: Statement, other: Statement) -> bool:
    """Return whether what two statements say cannot both be so: their ranges do not meet."""
    return least(one) > most(other) or most(one) < least(other)


def span(one: Statement) -> Span:
    """Return for which days a statement is."""
    return to_span(one.valid_from, one.valid_to, one.valid_precision, one.kind)


def first_of(one: Statement) -> dt.date | None:
    """Return the first day that a statement may be for; None where it names none."""
    return None if one.valid_from is one.valid_to is None else span(one).start_first


def _when(one: Statement) -> tuple[dt.date, dt.date, str]:
    own = span(one)
    return own.end_first, own.end_last, one.id


def answer_hash(answers: Iterable[Answer]) -> str:
    """Return the hash of what answers say: series, picked statement, and all that is known with its content.

    It is the same for a past `known_at` with `recorded_by` fixed, whatever is recorded later.
    """
    found = hashlib.sha256()
    for one in sorted(answers, key=lambda one: one.series):
        picked = one.picked.statement.id if one.picked else ""
        history = [(known.statement.id, known.statement.digest(), known.is_admitted) for known in one.history]
        found.update(json.dumps([one.series, picked, history], ensure_ascii=False).encode() + b"\n")
    return found.hexdigest()
