"""Everything that a ledger holds of one statement: what was said, where, who recorded it, what became of it."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import select

from replenish.errors import UsageError
from replenish.ledger import tables
from replenish.ledger.chain import Entry
from replenish.ledger.citing import cited_document
from replenish.ledger.database import reading
from replenish.ledger.lookup import find_chains
from replenish.ledger.store import Ledger
from replenish.ledger.values import Document, Passage, Statement


class Version(NamedTuple):
    """A statement as one entry recorded it."""

    statement: Statement
    entry: Entry


class Account(NamedTuple):
    """A statement with all that stands behind it.

    versions: as first recorded, then its corrections in order; the last one counts.
    document: as it is cited; None where it names none.
    """

    versions: tuple[Version, ...]
    document: Document | None
    passage: Passage | None

    @property
    def statement(self) -> Statement:
        """Return the statement as it counts now."""
        return self.versions[-1].statement


def account(ledger: Ledger, id: str) -> Account:  # noqa: A002 - the column's name
    """Return what is recorded of a statement; its id may be that of any of its versions.

    Raises:
        UsageError: no statement has this id.
    """
    first = _first(ledger, id)
    with reading(ledger.engine) as connection:
        chain = find_chains(connection, [first.id])[first.id]
        table = tables.statements
        asked = select(table.c.id, table.c.entry).where(table.c.id.in_([one.id for one in chain]))
        numbers = {row.id: row.entry for row in connection.execute(asked)}
    entries = {entry.number: entry for entry in ledger.entries()}
    versions = tuple(Version(one, entries[numbers[one.id]]) for one in chain)
    last = versions[-1].statement
    passage = ledger.find(Passage, last.passage) if last.passage else None
    return Account(
        versions, cited_document(ledger, last.document) if last.document else None,
        passage if isinstance(passage, Passage) else None,
    )  # fmt: skip


def _first(ledger: Ledger, name: str) -> Statement:
    found = ledger.find(Statement, name)
    if not isinstance(found, Statement):
        raise UsageError(f"{name}: no statement has this id; `replenish ledger show` lists them")
    return _first(ledger, found.supersedes) if found.supersedes else found
