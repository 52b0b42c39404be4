"""Rows of a ledger by ids that are asked for, so many at a time as a database takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import Connection, select

from replenish.ledger import tables
from replenish.ledger.values import Statement, column_names, from_database

ASKED_AT_ONCE = 500
"""Ids in one question to the database."""


def find_ids(connection: Connection, table: str, ids: Iterable[str]) -> set[str]:
    """Return those of the ids that rows of a table have."""
    column = tables.RECORDED[table].c.id
    found = set[str]()
    for some in batches(sorted(set(ids))):
        found |= set(connection.scalars(select(column).where(column.in_(some))))
    return found


def find_corrections(
    connection: Connection, table: str, ids: Iterable[str], *, by: int | None = None
) -> dict[str, str]:
    """Return the id of the row that corrects each of the ids which any row corrects; the first one if several do.

    by: number of the last entry that counts; all count if not given.
    """
    own, found = tables.RECORDED[table].c, dict[str, str]()
    asked = select(own.supersedes, own.id).order_by(own.entry, own.id)
    asked = asked if by is None else asked.where(own.entry <= by)
    for some in batches(sorted(set(ids))):
        for corrected, name in connection.execute(asked.where(own.supersedes.in_(some))):
            found.setdefault(corrected, name)
    return found


def find_chains(connection: Connection, ids: Iterable[str]) -> dict[str, list[Statement]]:
    """Return recorded statements by id, each followed by its corrections in the order in which they were recorded."""
    table = tables.statements
    chains = {one.id: [one] for one in _statements(connection, table.c.id, ids)}
    waiting = {name: name for name in chains}
    while waiting:
        following = dict[str, str]()
        for one in _statements(connection, table.c.supersedes, waiting):
            start = waiting[one.supersedes]
            if one.id not in {other.id for other in chains[start]}:
                chains[start].append(one)
                following[one.id] = start
        waiting = following
    return chains


def _statements(connection: Connection, column: object, values: Iterable[str]) -> Iterator[Statement]:
    table = tables.statements
    asked = select(*(table.c[name] for name in column_names(Statement))).order_by(table.c.entry, table.c.id)
    for some in batches(sorted(values)):
        found = connection.execute(asked.where(column.in_(some))).all()  # type: ignore[attr-defined]
        yield from from_database(Statement, found)


def batches(values: Sequence[str]) -> Iterator[Sequence[str]]:
    """Iterate over values, so many as are asked at once."""
    return (values[first : first + ASKED_AT_ONCE] for first in range(0, len(values), ASKED_AT_ONCE))
