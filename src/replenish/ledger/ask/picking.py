"""Which of several figures for the same days is taken: one written rule, the others shown beside it."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from replenish.ledger.ask.knowing import ALL, NOW, AsOf, Known, Which, figures, find_known
from replenish.ledger.kinds import DIRECTNESS, GRADES, Directness, Grade, Kind, Precision
from replenish.ledger.store import Ledger
from replenish.ledger.values import Statement, last_day

RULE = (
    "Of the statements of one kind, holder, item and unit that give a figure and are not graded D, those for the"
    " latest day compete (of those for the day asked for or before): the one whose last day is the latest, and all"
    " whose last day may be the same; a month stands for all its days, a year for all of its. Of these the best grade"
    " is taken; then direct before reported before derived; then the latest publication, undated last; then the first"
    " id."
)
"""The rule by which `current` picks."""


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
    rivals: others for the same days with another figure, best first.
    agreeing: others for the same days with the same figure.
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
    """Return what is known of one series, and the statement that the rule picks."""
    which = Which(item=series.item, holder=series.holder, kind=series.kind)
    known = [one for one in find_known(ledger, which, as_of) if one.statement.unit == series.unit]
    return _answer(series, known, valid)


def answers(known: Iterable[Known], *, valid: dt.date | None = None) -> list[Answer]:
    """Return statements by series, with the one that the rule picks of each."""
    ordered = sorted(known, key=lambda one: to_series(one.statement))
    grouped = groupby(ordered, key=lambda one: to_series(one.statement))
    return [_answer(series, list(own), valid) for series, own in grouped]


def _answer(series: Series, known: Sequence[Known], valid: dt.date | None) -> Answer:
    in_time = [one for one in known if valid is None or (first_of(one.statement) or dt.date.min) <= valid]
    competing = sorted(_competing(list(figures(in_time))), key=lambda one: rank(one.statement))
    history = tuple(sorted(in_time, key=lambda one: _when(one.statement)))
    if not competing:
        return Answer(series, None, (), (), history)
    picked, *others = competing
    said = figure(picked.statement)
    rivals = tuple(one for one in others if figure(one.statement) != said)
    return Answer(series, picked, rivals, tuple(one for one in others if one not in rivals), history)


def _competing(known: Sequence[Known]) -> list[Known]:
    """Return the statement whose last day is the latest and those whose last day may be the same."""
    if not known:
        return []
    latest = max(known, key=lambda one: (span(one.statement)[1], span(one.statement)[0], one.statement.id))
    first, last = span(latest.statement)
    return [one for one in known if span(one.statement)[0] <= last and span(one.statement)[1] >= first]


def rank(one: Statement) -> tuple[int, int, int, str]:
    """Return by what competing statements are ranked: the smallest is picked."""
    return rank_of(one.grade, one.directness, one.known_from, one.id)


def rank_of(grade: Grade, directness: Directness, known_from: dt.date | None, name: str) -> tuple[int, int, int, str]:
    """Return the rank of a statement of which only this is known."""
    return GRADES.index(grade), DIRECTNESS.index(directness), -known_from.toordinal() if known_from else 0, name


def figure(one: Statement) -> tuple[float | None, float | None, float | None]:
    """Return what a statement says."""
    return one.low, one.best, one.high


def first_of(one: Statement) -> dt.date | None:
    """Return the first day that a statement may be for; None where it names none."""
    day = one.valid_from or one.valid_to
    return None if day is None else first_of_days(day, one.valid_precision)


def first_of_days(day: dt.date, precision: Precision) -> dt.date:
    """Return the first day that a date of some precision may mean.

    >>> first_of_days(dt.date(2024, 8, 20), "quarter")
    datetime.date(2024, 7, 1)
    """
    month = {"month": day.month, "quarter": 3 * ((day.month - 1) // 3) + 1, "year": 1}.get(precision)
    return day if month is None else dt.date(day.year, month, 1)


def span(one: Statement) -> tuple[dt.date, dt.date]:
    """Return between which days the last day of a statement lies; one that names no day comes before all others.

    Of what is due on a day that nobody named it is the day from which it was announced.
    """
    day = one.valid_to or one.valid_from
    if day is None:
        return dt.date.min, dt.date.min
    return first_of_days(day, one.valid_precision), last_day(day, one.valid_precision)


def _when(one: Statement) -> tuple[dt.date, dt.date, str]:
    return *span(one), one.id


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
