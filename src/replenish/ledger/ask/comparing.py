"""What differs between what was known at two times, and why."""

from __future__ import annotations

import datetime as dt
from typing import Literal, NamedTuple

from sqlalchemy import select

from replenish.ledger import tables
from replenish.ledger.ask.knowing import ALL, AsOf, Known, Which, correcting, order, read_known
from replenish.ledger.database import reading
from replenish.ledger.store import Ledger
from replenish.ledger.values import Statement

Cause = Literal["published", "late", "admitted", "undated", "corrected", "withdrawn"]
"""Why a statement is known at one time and not at the other.

published: it appeared between the two days.  late: it had appeared, but was recorded after the first time.
admitted: it has no date, and a rule takes it as known by then.  undated: it has no date, and no day is asked for.
corrected: another one corrects it, and is known at the time at which it is not.
withdrawn: it was not yet published, or not yet recorded, at the second time.
"""


class Difference(NamedTuple):
    """A statement that is known at one of two times only.

    is_new: it is known at the second time; else it is known at the first only.
    correction: the statement that corrects it, or that it corrects; None for none.
    """

    statement: Statement
    is_new: bool
    cause: Cause
    reason: str
    correction: Statement | None = None


def differences(ledger: Ledger, first: AsOf, second: AsOf, which: Which = ALL) -> list[Difference]:
    """Return what is known at one of two times only, by series and valid date, with the reason of each."""
    with reading(ledger.engine) as connection:
        then = {one.statement.id: one for one in read_known(connection, which, first)}
        later = {one.statement.id: one for one in read_known(connection, which, second)}
        table = tables.entries
        rows = connection.execute(select(table.c.number, table.c.recorded_at)).all()
        moments: dict[int, str] = dict(map(tuple, rows))
        hidden = correcting(connection, later.keys() - then.keys(), first)
        replaced = correcting(connection, then.keys() - later.keys(), second)
    found = [_new(one, first, moments, then) for name, one in later.items() if name not in then.keys() | hidden.keys()]
    found += [_hidden(later[name].statement, by, first) for name, by in hidden.items()]
    found += [_gone(one.statement, replaced.get(name), second) for name, one in then.items() if name not in later]
    return sorted(found, key=lambda one: (order(one.statement), one.is_new))


def _new(known: Known, first: AsOf, moments: dict[int, str], then: dict[str, Known]) -> Difference:
    one = known.statement
    cause, reason = _cause(known, first, moments[known.entry])
    corrected = then.get(one.supersedes)
    if one.supersedes:
        reason = f"corrects {one.supersedes}: {one.reason}; {reason}"
    return Difference(one, True, cause, reason, corrected.statement if corrected else None)


def _cause(known: Known, first: AsOf, recorded_at: str) -> tuple[Cause, str]:
    one = known.statement
    if one.known_from is None and known.is_admitted:
        return "admitted", f"{_open(one)}; the rule for undated statements takes it as known by then"
    if one.known_from is None and first.known_at is not None:
        return "undated", f"{_open(one)}, and so was not known at any past day"
    if first.known_at is None or (one.known_from is not None and one.known_from <= first.known_at):
        return "late", (
            f"recorded late, at {recorded_at[:19]} UTC" + (f", although published by {one.known_from}"
            if one.known_from else "") + ": it changes the first answer only where recorded_by is not fixed"
        )  # fmt: skip
    return "published", f"published {one.published}" + (
        "" if one.known_from == one.published else f" ({one.published_precision}), so known from {one.known_from}"
    )


def _open(one: Statement) -> str:
    return "has a date of publication of unknown precision" if one.published else "has no date of publication"


def _hidden(one: Statement, by: Statement, first: AsOf) -> Difference:
    return Difference(one, True, "corrected", f"its correction {by.id} is {first}, and not at the second time", by)


def _gone(one: Statement, correction: Statement | None, second: AsOf) -> Difference:
    if correction is not None:
        reason = f"corrected by {correction.id}: {correction.reason}"
        return Difference(one, False, "corrected", reason, correction)
    return Difference(one, False, "withdrawn", f"is not yet {second}")


def fixed(as_of: AsOf, recorded_by: dt.date) -> AsOf:
    """Return the same time with what was recorded by then; its answers never change."""
    return AsOf(known_at=as_of.known_at, recorded_by=recorded_by, admit_undated_days=as_of.admit_undated_days)
