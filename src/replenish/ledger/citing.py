"""Documents as they are cited: without their texts, and as last corrected."""

from __future__ import annotations

from sqlalchemy import select

from replenish.ledger import tables
from replenish.ledger.database import reading
from replenish.ledger.store import Ledger
from replenish.ledger.values import Document, to_record


def all_documents(ledger: Ledger) -> dict[str, Document]:
    """Return every document by its id, corrected ones too, in the order in which they were recorded; without texts."""
    table = tables.documents
    columns = [column for column in table.columns if column.name != "text"]
    with reading(ledger.engine) as connection:
        rows = connection.execute(select(*columns).order_by(table.c.entry, table.c.id)).mappings()
        found = [to_record(Document, {**row, "text": ""}) for row in rows]
    return {one.id: one for one in found if isinstance(one, Document)}


def cited_documents(ledger: Ledger) -> dict[str, Document]:
    """Return for the id of every document the document as it was last corrected, such as with a date that was found."""
    found = all_documents(ledger)
    corrections = {one.supersedes: one for one in found.values() if one.supersedes}

    def last(one: Document) -> Document:
        return last(corrections[one.id]) if one.id in corrections else one

    return {name: last(one) for name, one in found.items()}


def cited_document(ledger: Ledger, name: str) -> Document | None:
    """Return a document as it was last corrected; None where there is none of this id."""
    table, found = tables.documents, ledger.find(Document, name)
    with reading(ledger.engine) as connection:
        while later := connection.execute(select(table).where(table.c.supersedes == name)).mappings().first():
            name, found = later["id"], to_record(Document, dict(later))
    return found if isinstance(found, Document) else None
