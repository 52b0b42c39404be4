"""Which series get a picture, what the rule picks for each day, and how what was promised compares with what came."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal, NamedTuple

from replenish.ledger import Answer, Known, Series, Statement
from replenish.ledger.ask.knowing import figures, has_figure
from replenish.ledger.ask.picking import answers, contradicts, first_of, rank, span

MOST_PICTURES: Final = 16
"""Series that get a picture; the others stand in a table."""

MOST_DRAWN: Final = 300
"""Statements of one series that are drawn: those for the latest days."""

REAL: Final[tuple[Literal["production_rate", "capacity"], ...]] = ("production_rate", "capacity")
"""Kinds beside which capacity targets are drawn."""


EVENTS: Final = frozenset({"investment", "order", "pledge", "delivery", "funding"})
"""Kinds of which each figure stands for itself, unless it is a sum: no line leads from one to the next."""


class Pictured(NamedTuple):
    """A series that gets a picture, and capacity targets of the same holder, item and unit to stand beside it."""

    answer: Answer
    promised: Answer | None

    @property
    def statements(self) -> int:
        """Return the number of statements that are drawn or listed."""
        return len(self.answer.history) + (len(self.promised.history) if self.promised else 0)


def choose(found: Sequence[Answer]) -> tuple[list[Pictured], list[Answer]]:
    """Return the series that get a picture, those with most statements first, and all others."""
    by_series = {answer.series: answer for answer in found if dated(answer)}
    pairs = [Pictured(answer, _promised(answer, by_series)) for answer in by_series.values()]
    taken = {one.promised.series for one in pairs if one.promised}
    able = [one for one in pairs if one.answer.series not in taken and _is_enough(one)]
    shown = sorted(able, key=lambda one: (-one.statements, one.answer.series))[:MOST_PICTURES]
    drawn = {one.answer.series for one in shown} | {one.promised.series for one in shown if one.promised}
    return shown, [answer for answer in found if answer.series not in drawn]


def _promised(answer: Answer, by_series: Mapping[Series, Answer]) -> Answer | None:
    """Return the targets that stand beside a series; beside one with a single figure only if no other has them."""
    own = answer.series
    target = by_series.get(own._replace(kind="capacity_target"))
    if target is None or own.kind not in REAL:
        return None
    real = [by_series[series] for kind in REAL if (series := own._replace(kind=kind)) in by_series]
    most = max(real, key=lambda one: len(dated(one)))
    return target if answer is most or len(dated(answer)) > 1 else None


def _is_enough(one: Pictured) -> bool:
    return len(dated(one.answer)) + (len(dated(one.promised)) if one.promised else 0) >= 2


def dated(answer: Answer) -> list[Known]:
    """Return the statements of a series that say a figure and name a day, those for the latest days if many."""
    return [one for one in answer.history if has_figure(one.statement) and first_of(one.statement)][-MOST_DRAWN:]


def course(answer: Answer) -> list[tuple[dt.date, Statement]]:
    """Return from which day on the rule picks which statement of a series."""
    known = list(figures(dated(answer)))
    found = list[tuple[dt.date, Statement]]()
    spans = [span(one.statement) for one in known]
    for day in sorted({one.start_first if one.is_fine else one.end_last for one in spans}):
        picked = picked_for(known, day)
        if picked and not (found and found[-1][1] == picked):
            found.append((day, picked))
    return found


def is_level(answer: Answer) -> bool:
    """Return whether a figure of a series holds until the next: a level or a sum since some start, not an event."""
    return not any(_is_event(one.statement) for one in dated(answer))


def _is_event(one: Statement) -> bool:
    return one.kind in EVENTS and not one.is_cumulative


def picked_for(known: Iterable[Known], day: dt.date) -> Statement | None:
    """Return what the rule picks of the statements of one series for a day."""
    return next((answer.picked.statement for answer in answers(known, valid=day) if answer.picked), None)


def value(one: Statement) -> float | None:
    """Return the number by which a statement is drawn: the figure, the middle of its range, or its bound."""
    if one.best is not None or one.low is None or one.high is None:
        return next((number for number in (one.best, one.low, one.high) if number is not None), None)
    return one.low / 2 + one.high / 2


def why_not(picked: Statement, other: Statement) -> str:
    """Return for what the rule leaves a statement and picks another."""
    own, others = rank(other), rank(picked)
    if own[0] != others[0]:
        return f"grade {other.grade} is below {picked.grade}"
    if own[1] != others[1]:
        return f"{other.directness}, not {picked.directness}"
    if own[2] != others[2]:
        return "undated" if other.known_from is None else "published earlier"
    return "its id comes later"


def is_apart(one: Statement, other: Statement) -> bool:
    """Return whether what a statement allows does not meet what another of its series allows.

    Two events, such as contracts, may both have been: they are never apart.
    """
    return contradicts(one, other) and not any(_is_event(statement) for statement in (one, other))


class Kept(NamedTuple):
    """How many targets were due on a day up to which there are figures, and how many of them were met by then."""

    due: int
    met: int


def kept(one: Pictured) -> Kept:
    """Return how many targets were met, each by the figure that the rule picks for the last day that it may mean."""
    if one.promised is None:
        return Kept(0, 0)
    known = list(figures(dated(one.answer)))
    last = max((span(other.statement).end_last for other in known), default=dt.date.min)
    targets = [target.statement for target in figures(dated(one.promised)) if target.statement.valid_to]
    due = [target for target in targets if span(target).end_last <= last and _least(target) is not None]
    return Kept(len(due), sum(_is_met(target, known) for target in due))


def _is_met(target: Statement, known: Sequence[Known]) -> bool:
    there, least = picked_for(known, span(target).end_last), _least(target)
    reached = value(there) if there else None
    return reached is not None and least is not None and reached >= least


def _least(target: Statement) -> float | None:
    """Return the least that a target asks for; None where it names only a bound above."""
    return target.low if target.low is not None else target.best
