"""A ledger: rows are recorded together as an entry, entries form a chain of hashes, nothing is changed or removed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, func, insert, select
from sqlalchemy.exc import IntegrityError

from replenish.errors import UsageError
from replenish.ledger import tables
from replenish.ledger.chain import Entry, next_entry, next_number
from replenish.ledger.database import open_engine, reading, writing
from replenish.ledger.lookup import find_corrections, find_ids
from replenish.ledger.rows import Packed, check_words, pack_all
from replenish.ledger.values import Record, to_record
from replenish.ledger.verification import Fault, find_faults

MOST_ROWS = 10_000
"""Rows that are sent to the database at a time."""

REFERENCES = (
    ("documents", "derived_from", "documents"), ("passages", "document", "documents"),
    ("statements", "document", "documents"), ("statements", "passage", "passages"),
)  # fmt: skip
"""Columns that hold the id of a row of another table, or of the same one."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """What was said, in a database.  Safe to use from several processes at once."""

    engine: Engine

    @classmethod
    def open(cls, place: str | Path, *, create: bool = False) -> Ledger:
        """Return the ledger in a file or at a URL.

        Raises:
            UsageError: it is not there and not to be created, cannot be opened, or a later version made it.
        """
        return cls(open_engine(place, create=create))

    def record(
        self, rows: Iterable[Record], *, author: str, purpose: str, shingles: Iterable[tuple[int, str]] = ()
    ) -> Entry:
        """Record rows as one entry, all or none, and return it.

        Args:
            rows: documents, passages and statements; a row without id gets one made from its content.
            author: who records.
            purpose: why, in a few words.
            shingles: hash and id of a document each, by which documents that repeat others are found.

        Raises:
            UsageError: there is nothing to record, a value does not fit, an id is taken, or a row names a document, a
                passage or a row to supersede that is not there, gives no reason for what it supersedes, or supersedes
                what another row supersedes already.
        """
        check_words(author=author, purpose=purpose)
        own, hashes = pack_all(rows), list(shingles)
        _refuse_baseless(own)
        try:
            with writing(self.engine) as connection:
                _refuse_missing(connection, own)
                _refuse_forks(connection, own)
                number = next_number(connection)
                flag = int if connection.dialect.name == "sqlite" else bool  # its driver is slow to convert bool
                for packed in own.values():
                    _insert(connection, packed.table, packed.rows(number, flag))
                _insert(connection, tables.shingles, ((*pair, number) for pair in hashes))
                # Last: who asks by a moment before the end of a long import shall not get other answers after it.
                entry = next_entry(connection, {name: packed.digests for name, packed in own.items()}, author, purpose)
                _insert(connection, tables.entries, iter([tuple(entry)]))
        except IntegrityError as error:
            self._refuse_taken(own)
            raise UsageError(f"the ledger refuses the rows ({error.orig})") from error
        return entry

    def _refuse_taken(self, own: dict[str, Packed]) -> None:
        with reading(self.engine) as connection:
            for name, packed in own.items():
                if taken := find_ids(connection, name, packed.ids):
                    raise UsageError(
                        f"{name}: `{min(taken)}` is recorded already; correct it by a row that supersedes it, or, if"
                        " another process recorded it just now, try again"
                    )

    def entries(self) -> list[Entry]:
        """Return all entries in order."""
        with reading(self.engine) as connection:
            found = connection.execute(select(tables.entries).order_by(tables.entries.c.number))
            return [Entry(*row) for row in found]

    def find(self, kind: type[Record], id: str) -> Record | None:  # noqa: A002 - the column's name
        """Return a row by its id; None where there is none."""
        table = tables.RECORDED[kind.table]
        with reading(self.engine) as connection:
            row = connection.execute(select(table).where(table.c.id == id)).mappings().first()
            return None if row is None else to_record(kind, dict(row))

    def verify(self) -> list[Fault]:
        """Return what is not as it was recorded; empty where the chain holds and every row has its digest."""
        with reading(self.engine) as connection:
            return find_faults(connection)


def _insert(connection: Connection, table: Table, rows: Iterator[tuple[Any, ...]]) -> None:
    """Insert rows as the driver takes them: their values need no conversion, which would take most of the time.

    A row that fails has all of them rolled back; OR FAIL spares SQLite to be ready to take back each by itself.
    """
    compiled = insert(table).prefix_with("OR FAIL", dialect="sqlite").compile(dialect=connection.dialect)
    names = [column.name for column in table.columns]
    preparer = connection.dialect.identifier_preparer
    copied = f"COPY {preparer.format_table(table)} ({', '.join(map(preparer.quote, names))}) FROM STDIN"
    while batch := list(islice(rows, MOST_ROWS)):
        if compiled.positional:
            connection.exec_driver_sql(str(compiled), batch)
        elif len(batch) > 1:
            connection.exec_driver_sql(copied, batch)
        else:
            connection.exec_driver_sql(str(compiled), dict(zip(names, batch[0], strict=True)))


def _refuse_baseless(own: dict[str, Packed]) -> None:
    """Raise UsageError for corrections without a reason, and for rows that supersede each other in a circle."""
    for name, packed in own.items():
        corrections = packed.corrections
        for id_, reason in zip(packed.ids, packed.columns["reason"], strict=True):
            if id_ in corrections and not reason.strip():
                raise UsageError(f"{name}: `{id_}` supersedes `{corrections[id_]}` and gives no reason; say why")
        _refuse_circle(name, corrections)


def _refuse_circle(name: str, corrections: dict[str, str]) -> None:
    done = set[str]()
    for start in corrections:
        at, passed = start, set[str]()
        while at in corrections and at not in done:
            if at in passed:
                raise UsageError(f"{name}: `{at}` supersedes itself, at once or by way of others")
            passed.add(at)
            at = corrections[at]
        done.update(passed)


def _refuse_missing(connection: Connection, own: dict[str, Packed]) -> None:
    """Raise UsageError for rows that name documents, passages or rows to supersede which nobody recorded."""
    for name, column, other in REFERENCES:
        named = set(own[name].columns[column]) - {"", *own[other].ids}
        if missing := named - find_ids(connection, other, named):
            raise UsageError(f"{name}: {column} `{min(missing)}` is none of the {other} of the ledger; record it first")
    for name, packed in own.items():
        corrected = set(packed.corrections.values()) - set(packed.ids)
        if missing := corrected - find_ids(connection, name, corrected):
            raise UsageError(f"{name}: there is no `{min(missing)}` to supersede")


def _refuse_forks(connection: Connection, own: dict[str, Packed]) -> None:
    """Raise UsageError for a second correction of the same row: nobody could say which of the two counts."""
    for name, packed in own.items():
        first = find_corrections(connection, name, packed.corrections.values())
        for id_, corrected in packed.corrections.items():
            earlier = first.setdefault(corrected, id_)
            if earlier != id_:
                raise UsageError(
                    f"{name}: `{id_}` supersedes `{corrected}`, which `{earlier}` supersedes already; supersede"
                    f" `{earlier}`, and if another process recorded it just now, look at it first"
                )


def count(connection: Connection, name: str) -> int:
    """Return the number of rows of a table."""
    found: int = connection.execute(select(func.count()).select_from(tables.metadata.tables[name])).scalar_one()
    return found
