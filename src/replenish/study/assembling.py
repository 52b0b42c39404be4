"""Scenarios whose cells ask a ledger: opening it, answering as known at a date, and reading with it."""

from __future__ import annotations

import datetime as dt
import os
import weakref
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from replenish import scenario as scenarios
from replenish.errors import Problem, UsageError
from replenish.scenario import Scenario, examples
from replenish.scenario.asked import Answer, Ask, Opener, Refusal, Resolver
from replenish.scenario.model import LedgerSettings
from replenish.scenario.workbook.layout import is_workbook

if TYPE_CHECKING:
    from replenish.ledger.ask.knowing import AsOf, Known
    from replenish.ledger.ask.picking import Answer as Picked
    from replenish.ledger.store import Ledger
    from replenish.ledger.values import Statement

REMOTE = ("postgresql:", "postgresql+psycopg:")
"""Beginnings of addresses; all else is a file."""

ALLOWED = "REPLENISH_LEDGER"
"""Variable by which a user names a ledger; without it no scenario has a database contacted."""


def asking(
    known_at: dt.date | None = None,
    *,
    admit_undated_days: int | None = None,
    recorded_by: str = "",
    or_now: bool = False,
) -> Opener:
    """Return what opens the ledger of a scenario and answers its cells.

    Args:
        known_at: day by which a statement must have been published; None: no matter when.
        admit_undated_days: see `replenish.ledger.AsOf`; that of the scenario's settings if not given.
        recorded_by: moment by which a statement must have been recorded; that of the settings, or now, if not given.
        or_now: a cell that no statement known by then answers gets what is known now, with its later date.
    """

    def opener(settings: LedgerSettings, folder: Path) -> Resolver | Refusal:
        from replenish.ledger.ask.knowing import AsOf
        from replenish.ledger.moments import parse_moment
        from replenish.ledger.store import Ledger

        place = ledger_place(settings.place, folder)
        if isinstance(place, Refusal):
            return place
        try:
            ledger = Ledger.open(place)
            told = (
                recorded_by or settings.recorded_by or _last_moment(ledger)
            )  # what comes later is not seen by any cell
            moment = parse_moment(told)
        except UsageError as error:
            return Refusal("no ledger", str(error))
        day = known_at or settings.known_at
        days = settings.admit_undated_days if admit_undated_days is None else admit_undated_days
        as_of = AsOf(known_at=day, recorded_by=moment, admit_undated_days=days)
        used = settings.model_copy(update={
            "known_at": day, "admit_undated_days": days, "recorded_by": told,
        })  # fmt: skip
        now = replace(as_of, known_at=None)
        resolver = _Resolver(ledger, (as_of, now) if or_now else (as_of,), used)
        weakref.finalize(resolver, ledger.engine.dispose)  # nobody else knows when the last cell has its value
        return resolver

    return opener


def _last_moment(ledger: Ledger) -> str:
    return max((entry.recorded_at for entry in ledger.entries()), default="")


def ledger_place(place: str, scenario: Path) -> str | Path | Refusal:
    """Return where the ledger of a scenario is, or why it cannot be there.

    A file is named from the scenario folder on, and lies in the folder that holds it or deeper: several studies may
    share a ledger, and none reaches further out.  Of a workbook it is named from the folder that holds it on, and lies
    there or deeper, since a workbook lies among whatever else was downloaded.  A database is contacted only where the
    user names it too, by host, port and name in `REPLENISH_LEDGER`, and then at the address given there: a scenario may
    come from anybody.
    """
    if not place:
        return Refusal("no ledger", "place under [ledger] is empty")
    if place.startswith(REMOTE):
        return _allowed(place)
    if "://" in place:
        return Refusal("no ledger", f"`{place[:40]}` is neither a file nor a postgresql: address")
    is_book = is_workbook(scenario)
    base = (scenario.parent if is_book else scenario).resolve()
    home = base if is_book else base.parent
    named = Path(os.path.normpath(base / place))  # not resolved: the name of a network drive contacts it
    if "\0" in place or not named.is_relative_to(home) or not named.resolve().is_relative_to(home):
        held = "workbook" if is_book else "scenario folder"
        return Refusal("no ledger", f"`{place[:80]}` leads out of the folder that holds the {held}")
    return named.resolve()


def _allowed(place: str) -> str | Refusal:
    """Return the address of the database that a scenario names as the user gives it, or why it is not contacted."""
    from replenish.ledger.database import to_server, to_shown

    given = os.environ.get(ALLOWED, "")
    try:
        if given.startswith(REMOTE) and to_server(given) == to_server(place):
            return given
        shown = to_shown(place)
    except UsageError as error:
        return Refusal("no ledger", str(error))
    return Refusal(
        "no ledger", f"{shown} is a database, which is not contacted because a scenario names it",
        f"if you trust it, name it yourself: set {ALLOWED} to its address",
    )  # fmt: skip


def read_scenario(source: Scenario | Path | str, *, known_at: dt.date | None = None) -> Scenario:
    """Return a scenario given as such, as a folder or workbook, or by the name of an example.

    Args:
        source: the scenario.
        known_at: cells that ask a ledger get what was known at this day; None: what is known now.

    Raises:
        ScenarioError: anything is wrong with it.
        UsageError: there is no such scenario.
    """
    return examples.read_scenario(source, asking(known_at))


def check(
    source: Path | str | Scenario, *, cases: Collection[str] | None = None, known_at: dt.date | None = None
) -> list[Problem]:
    """Return everything wrong with a scenario folder or workbook, or with one made in Python, by file, row and column.

    Args:
        source: the scenario; rows made in Python are counted from 1 and their file is the name of the table.
        cases: what a case makes of the scenario is judged for these, or for all; each takes as long as all else.
        known_at: cells that ask a ledger get what was known at this day; None: what is known now.
    """
    return scenarios.check(source, cases=cases, ledger=asking(known_at))


@dataclass(frozen=True, slots=True, weakref_slot=True)
class _Resolver:
    """Answers from a ledger: as of the first date that has an answer."""

    ledger: Ledger
    as_of: tuple[AsOf, ...]
    used: LedgerSettings

    def __call__(self, ask: Ask) -> Answer | Refusal:
        found = _answer(self.ledger, ask, self.as_of[0])
        for as_of in self.as_of[1:]:
            if isinstance(found, Refusal) and found.lacking == "no answer":
                found = _answer(self.ledger, ask, as_of)
        if isinstance(found, Refusal) and found.lacking == "no answer" and not found.remedy:
            return found._replace(remedy=_advice(self.ledger, ask))
        return found


def _advice(ledger: Ledger, ask: Ask) -> str:
    """Return which names may have been meant; empty where the ledger has those of a cell."""
    from replenish.ledger.ask.knowing import Which
    from replenish.ledger.ask.names import hints

    return "; ".join(hints(ledger, Which(item=ask.item, holder=ask.holder)))


def _answer(ledger: Ledger, ask: Ask, as_of: AsOf) -> Answer | Refusal:
    from replenish.ledger.ask.knowing import Which
    from replenish.ledger.ask.picking import show
    from replenish.ledger.kinds import KINDS, to_kind

    kind = to_kind(ask.kind)
    if kind is None:
        return Refusal("no answer", f"there is no kind `{ask.kind[:40]}`", f"the kinds are {', '.join(KINDS)}")
    which = Which(item=ask.item, holder=ask.holder, kind=kind)
    every = [one for one in show(ledger, which, as_of, valid=ask.valid) if one.picked is not None]
    own = [one for one in every if ask.unit in ("", one.series.unit)]
    units = ", ".join(one.series.unit or "no unit" for one in every)
    if every and not own:
        return Refusal("unit", f"stated in {units}, not in {ask.unit}")
    if len(own) > 1:
        return Refusal("unit", f"stated in several units: {units}", "say which one with unit=")
    if not own:
        day = f" for {ask.valid} or before" if ask.valid else ""
        return Refusal("no answer", f"no {kind} of {ask.item} by {ask.holder}{day} is {as_of}")
    return _told(ledger, ask, own[0], as_of)


def _told(ledger: Ledger, ask: Ask, found: Picked, as_of: AsOf) -> Answer | Refusal:
    from replenish.ledger.ask.picking import BRIEF_RULE
    from replenish.ledger.citing import cited_document
    from replenish.ledger.importing.rows import escaped
    from replenish.ledger.values import Passage

    assert found.picked is not None  # else it was left out
    one = found.picked.statement
    value = _value(ask, found.picked)
    if value is None:
        return _endless(ask, one)
    document = cited_document(ledger, one.document, as_of.recorded_by) if one.document else None
    passage = ledger.find(Passage, one.passage) if one.passage else None
    title = document.title if document else one.note or f"statement {one.id}"
    low, high = _range(found.picked, (*found.rivals, *found.agreeing))
    return Answer(
        value=value, unit=one.unit, statement=one.id, document=one.document, title=escaped(title), low=low, high=high,
        passage=one.passage, words=passage.words if isinstance(passage, Passage) else "",
        publisher=escaped(document.publisher) if document else "",
        address=escaped(document.address) if document else "",
        published=one.known_from, told=_described(found.picked), is_derived=one.directness == "derived",
        admitted=_admitted(found.picked, as_of),
        conflicts=tuple(_words(ask, rival) for rival in found.rivals), picked_by=BRIEF_RULE,
    )  # fmt: skip


def _endless(ask: Ask, one: Statement) -> Refusal:
    """Return the refusal of an end that a statement does not say: which it says, and how to ask for it."""
    said = [(rule, words, end) for rule, words, end in (("low", "at least", one.low), ("high", "at most", one.high))
            if end is not None]  # fmt: skip
    told = " and ".join(f"{words} {end:,.12g}" for _, words, end in said)
    remedy = " or ".join(f"rule={rule}" for rule, _, _ in said)
    message = f"{one.id} says {told} {one.unit}".rstrip() + f", and no {ask.rule} value"
    return Refusal("no answer", message, f"ask for what it says with {remedy}, or write a number with its evidence")


def _described(known: Known) -> str:
    """Return for which days a statement is, its grade, and which entry recorded it, in words."""
    one = known.statement
    days = " to ".join(str(day) for day in dict.fromkeys((one.valid_from, one.valid_to)) if day)
    precision = "" if one.valid_precision == "day" or not days else f" (known to the {one.valid_precision})"
    return f"for {days or 'no day'}{precision}, grade {one.grade}, recorded in entry {known.entry}"


def _range(picked: Known, others: Sequence[Known]) -> tuple[float | None, float | None]:
    """Return the ends that a statement gives; where others speak of the same days, the least and the most of all."""
    from replenish.ledger.ask.picking import figure

    told = [end for known in (picked, *others) for end in figure(known.statement)
            if end is not None and not _is_bound(known.statement)]  # fmt: skip
    if not others or not told or min(told) == max(told):
        return picked.statement.low, picked.statement.high
    return min(told), max(told)


def _is_bound(one: Statement) -> bool:
    """Return whether a statement says only that it was at least, or at most, so much: no end of a range."""
    return one.best is None and None in (one.low, one.high)


def _admitted(known: Known, as_of: AsOf) -> dt.date | None:
    """Return from which day on a rule takes a statement as known that has no date of publication."""
    from replenish.ledger.ask.picking import span

    one, days = known.statement, as_of.admit_undated_days
    if not known.is_admitted or days is None:
        return None
    return span(one).end_last + dt.timedelta(days=days)


def _value(ask: Ask, known: Known) -> float | None:
    """Return the end of what was said that is asked for; the best value stands for an end that was not said."""
    one = known.statement
    end: float | None = {"low": one.low, "best": one.best, "high": one.high}[ask.rule]
    return one.best if end is None else end


def _words(ask: Ask, known: Known) -> str:
    one = known.statement
    told = (one.low, one.best, one.high)
    shown = _value(ask, known)
    figure = f"{shown:g}" if shown is not None else " to ".join(f"{end:g}" for end in told if end is not None)
    return f"{figure} ({one.id}, grade {one.grade})"
