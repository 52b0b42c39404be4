"""What a ledger has of the rows of a table: documents, their texts, statements with their corrections, ids."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import Connection, select

from replenish.ledger import tables
from replenish.ledger.values import Statement, column_names, from_database

ASKED_AT_ONCE = 500
"""Ids in one question to the database."""


def find_documents(connection: Connection, addresses: Iterable[str]) -> dict[tuple[str, str], str]:
    """Return ids of recorded documents by address and title; corrected ones are left out."""
    table, found = tables.documents, dict[tuple[str, str], str]()
    corrected = select(table.c.supersedes).where(table.c.supersedes != "")
    asked = select(table.c.address, table.c.title, table.c.id).where(table.c.id.not_in(corrected)).order_by(table.c.id)
    for some in batches(sorted(set(addresses))):
        for address, title, name in connection.execute(asked.where(table.c.address.in_(some))):
            found.setdefault((address, title), name)
    return found


def find_texts(connection: Connection, ids: Iterable[str]) -> dict[str, str]:
    """Return texts of recorded documents by id; empty ones are of documents whose address alone is known."""
    table, found = tables.documents, dict[str, str]()
    for some in batches(sorted(set(ids))):
        asked = select(table.c.id, table.c.text).where(table.c.id.in_(some))
        found.update((name, text) for name, text in connection.execute(asked))
    return found


def find_ids(connection: Connection, table: str, ids: Iterable[str]) -> set[str]:
    """Return those of the ids that rows of a table have."""
    column = tables.RECORDED[table].c.id
    found = set[str]()
    for some in batches(sorted(set(ids))):
        found |= set(connection.scalars(select(column).where(column.in_(some))))
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
