"""Conditions by which queries see a ledger as it was: what was recorded and published by then, what was superseded."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from sqlalchemy import ColumnElement, Connection, FromClause, exists, func, select

from replenish.ledger import tables

IsKnown = Callable[[FromClause], ColumnElement[bool]]
"""Makes the condition that a row of a table, or of an alias of it, is known."""


def find_last_entry(connection: Connection, recorded_by: dt.date | None = None) -> int:
    """Return the number of the last entry that was recorded by then; 0 for none.

    Since entries are never older than those before them, a row was recorded by then if its `entry` is not higher.

    Args:
        connection: from `reading` or `writing`.
        recorded_by: end of that day in UTC, or with a time the exact moment; None: now.

    Raises:
        ValueError: a time without its zone.
    """
    moment = tables.entries.c.recorded_at
    query = select(func.max(tables.entries.c.number))
    if isinstance(recorded_by, dt.datetime):
        if recorded_by.tzinfo is None:
            raise ValueError(f"{recorded_by}: a moment needs its time zone")
        query = query.where(moment <= recorded_by.astimezone(dt.UTC).isoformat(timespec="microseconds"))
    elif recorded_by is not None:
        query = query.where(func.substr(moment, 1, 10) <= recorded_by.isoformat())
    return connection.scalar(query) or 0


def is_superseded(rows: FromClause, is_known: IsKnown) -> ColumnElement[bool]:
    """Return the condition that a row is superseded by one that is known itself.

    What supersedes it may be superseded in turn: the row does not come back for that.

    Args:
        rows: a table with corrections, or an alias of one, from which a query selects.
        is_known: makes the condition for an alias of the same table.
    """
    later = _table(rows).alias()
    return exists().where(later.c.supersedes == rows.c.id, later.c.supersedes != "", is_known(later))


def known(last_entry: int, known_at: dt.date | None) -> IsKnown:
    """Return what makes the condition that a statement was recorded by an entry and published for sure by a day.

    Args:
        last_entry: from `find_last_entry`.
        known_at: None: whenever it was published, if at all.
    """

    def is_known(rows: FromClause) -> ColumnElement[bool]:
        recorded = rows.c.entry <= last_entry
        return recorded if known_at is None else recorded & (rows.c.known_from <= known_at.isoformat())

    return is_known


def _table(rows: FromClause) -> FromClause:
    return getattr(rows, "element", rows)
