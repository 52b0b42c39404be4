"""Documents as they are cited: without their texts, and as last corrected."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from sqlalchemy import func, literal, select

from replenish.ledger import tables
from replenish.ledger.ask.knowing import last_entry
from replenish.ledger.database import reading
from replenish.ledger.lookup import find_corrections
from replenish.ledger.store import Ledger
from replenish.ledger.values import Document, column_names, from_database


def all_documents(ledger: Ledger, recorded_by: dt.date | None = None) -> dict[str, Document]:
    """Return every document by its id, corrected ones too, in the order in which they were recorded; without texts.

    recorded_by: moment, or end of a day in UTC, by which they were recorded; None: now.
    """
    table = tables.documents
    columns = [literal("") if name == "text" else table.c[name] for name in column_names(Document)]
    with reading(ledger.engine) as connection:
        there = table.c.entry <= last_entry(connection, recorded_by)
        rows = connection.execute(select(*columns).where(there).order_by(table.c.entry, table.c.id))
        return {one.id: one for one in from_database(Document, rows.all())}


def cited_documents(ledger: Ledger, recorded_by: dt.date | None = None) -> dict[str, Document]:
    """Return for the id of every document the document as it was last corrected, such as with a date that was found."""
    found = all_documents(ledger, recorded_by)
    corrections = {one.supersedes: one.id for one in found.values() if one.supersedes}
    return {name: found[last_corrected(name, corrections.get)] for name in found}


def last_corrected(name: str, correction: Callable[[str], str | None]) -> str:
    """Return the id of the row as which one was last corrected; its own if it never was.

    correction: gives the id of the row that corrects one; None for none.
    """
    passed = {name}
    while (later := correction(name)) and later not in passed:  # only a ledger that was tampered with goes in a circle
        passed.add(later)
        name = later
    return name


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
    with reading(ledger.engine) as connection:
        by = last_entry(connection, recorded_by)
        last = last_corrected(name, lambda one: find_corrections(connection, "documents", [one], by=by).get(one))
    found = ledger.find(Document, last)
    return found if isinstance(found, Document) else None
