"""Documents as they are cited: without their texts, and as last corrected."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import NamedTuple

from sqlalchemy import func, select

from replenish.ledger import tables
from replenish.ledger.ask.knowing import last_entry
from replenish.ledger.database import reading
from replenish.ledger.store import Ledger
from replenish.ledger.values import Document, to_record


def all_documents(ledger: Ledger, recorded_by: dt.date | None = None) -> dict[str, Document]:
    """Return every document by its id, corrected ones too, in the order in which they were recorded; without texts.

    recorded_by: moment, or end of a day in UTC, by which they were recorded; None: now.
    """
    table = tables.documents
    columns = [column for column in table.columns if column.name != "text"]
    with reading(ledger.engine) as connection:
        there = table.c.entry <= last_entry(connection, recorded_by)
        rows = connection.execute(select(*columns).where(there).order_by(table.c.entry, table.c.id)).mappings()
        found = [to_record(Document, {**row, "text": ""}) for row in rows]
    return {one.id: one for one in found if isinstance(one, Document)}


def cited_documents(ledger: Ledger, recorded_by: dt.date | None = None) -> dict[str, Document]:
    """Return for the id of every document the document as it was last corrected, such as with a date that was found."""
    found = all_documents(ledger, recorded_by)
    corrections = {one.supersedes: one for one in found.values() if one.supersedes}

    def last(one: Document) -> Document:
        return last(corrections[one.id]) if one.id in corrections else one

    return {name: last(one) for name, one in found.items()}


class Listed(NamedTuple):
    """A document as it was last corrected, with how many passages and statements of it are recorded."""

    document: Document
    passages: int
    statements: int


def listed(ledger: Ledger) -> list[Listed]:
    """Return all documents that were not corrected, by title, with how much of each is recorded."""
    cited, own = cited_documents(ledger), dict[str, Counter[str]]()
    with reading(ledger.engine) as connection:
        for table in (tables.passages, tables.statements):
            asked = select(table.c.document, func.count()).group_by(table.c.document)
            own[table.name] = Counter()
            for name, number in connection.execute(asked):
                if name in cited:
                    own[table.name][cited[name].id] += number
    found = {one.id: Listed(one, own["passages"][one.id], own["statements"][one.id]) for one in cited.values()}
    return sorted(found.values(), key=lambda one: (one.document.title.casefold(), one.document.id))


def cited_document(ledger: Ledger, name: str, recorded_by: dt.date | None = None) -> Document | None:
    """Return a document as it was last corrected by a moment; None where there is none of this id."""
    table, found = tables.documents, ledger.find(Document, name)
    with reading(ledger.engine) as connection:
        asked = select(table).where(table.c.entry <= last_entry(connection, recorded_by))
        while later := connection.execute(asked.where(table.c.supersedes == name)).mappings().first():
            name, found = later["id"], to_record(Document, dict(later))
    return found if isinstance(found, Document) else None
