"""What a ledger has of the documents that a table names, and their texts."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, select

from replenish.ledger import tables
from replenish.ledger.lookup import batches


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
