"""A ledger: rows are recorded together as an entry, entries form a chain of hashes, nothing is changed or removed."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, func, insert, select

from replenish.errors import UsageError
from replenish.ledger import tables
from replenish.ledger.database import open_engine, reading, writing
from replenish.ledger.values import Document, Passage, Record, Statement, column_names, digest

START = "0" * 64
"""What the first entry has as the hash of the one before it."""

MOST_ROWS = 2_000
"""Rows that are sent to the database at a time."""

KINDS: tuple[type[Record], ...] = (Document, Passage, Statement)


class Entry(NamedTuple):
    """Rows that were recorded together.

    recorded_at: moment in UTC; never before that of the entry before.
    content: hash of the digests of its rows, table by table, by id.
    hash: of all else here and of the hash of the entry before.
    """

    number: int
    recorded_at: str
    author: str
    purpose: str
    rows: int
    content: str
    previous: str
    hash: str


class Fault(NamedTuple):
    """Something in a ledger that is not as it was recorded."""

    entry: int
    where: str
    what: str


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
            UsageError: there is nothing to record, an id is taken, or a row supersedes what is not there.
        """
        own = _by_table(rows)
        if not any(own.values()):
            raise UsageError("there is nothing to record")
        with writing(self.engine) as connection:
            _refuse_broken(connection, own)
            entry = _next_entry(connection, own, author, purpose)
            connection.execute(insert(tables.entries), entry._asdict())
            for name, records in own.items():
                _insert(connection, tables.RECORDED[name], (_row(one, entry.number) for one in records))
            _insert(connection, tables.shingles, (
                {"hash": value, "document": document, "entry": entry.number} for value, document in shingles
            ))  # fmt: skip
        return entry

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
            return list(_faults(connection))


def to_record(kind: type[Record], row: dict[str, Any]) -> Record:
    """Return a row of the database as it was before it was recorded."""
    days = {"published", "accessed", "valid_from", "valid_to"}
    found: dict[str, Any] = {
        name: dt.date.fromisoformat(row[name]) if name in days and row[name] is not None else row[name]
        for name in column_names(kind)
    }
    return kind(**found)


def _by_table(rows: Iterable[Record]) -> dict[str, list[Record]]:
    found: dict[str, list[Record]] = {kind.table: [] for kind in KINDS}
    for row in rows:
        found[row.table].append(row)
    return found


def _row(record: Record, entry: int) -> dict[str, Any]:
    row = record.content() | {"id": record.named(), "entry": entry, "digest": record.digest()}
    if isinstance(record, Statement):
        known = record.known_from
        row["known_from"] = known.isoformat() if known else None
    return row


def _insert(connection: Connection, table: Any, rows: Iterable[dict[str, Any]]) -> None:
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == MOST_ROWS:
            connection.execute(insert(table), batch)
            batch = []
    if batch:
        connection.execute(insert(table), batch)


def _refuse_broken(connection: Connection, own: dict[str, list[Record]]) -> None:
    """Raise UsageError for ids that are taken and for corrections of what is not there."""
    for name, records in own.items():
        ids = [one.named() for one in records]
        new = set(ids)
        if len(new) < len(ids):
            twice = next(one for one in ids if ids.count(one) > 1)
            raise UsageError(f"{name}: `{twice}` stands twice among the rows to record")
        if taken := _existing(connection, name, ids):
            raise UsageError(f"{name}: `{min(taken)}` is recorded already; correct it by a row that supersedes it")
        corrected = {one.supersedes for one in records if one.supersedes} - new
        if missing := corrected - _existing(connection, name, sorted(corrected)):
            raise UsageError(f"{name}: there is no `{min(missing)}` to supersede")


def _existing(connection: Connection, name: str, ids: Sequence[str]) -> set[str]:
    column, found = tables.RECORDED[name].c.id, set[str]()
    for first in range(0, len(ids), MOST_ROWS):
        found |= set(connection.scalars(select(column).where(column.in_(ids[first : first + MOST_ROWS]))))
    return found


def _next_entry(connection: Connection, own: dict[str, list[Record]], author: str, purpose: str) -> Entry:
    last = connection.execute(select(tables.entries).order_by(tables.entries.c.number.desc()).limit(1)).first()
    before = Entry(*last) if last is not None else None
    now = dt.datetime.now(dt.UTC).isoformat(timespec="microseconds")
    content = _content({name: {one.named(): one.digest() for one in records} for name, records in own.items()})
    entry = Entry(
        number=before.number + 1 if before else 1, recorded_at=max(now, before.recorded_at) if before else now,
        author=author, purpose=purpose, rows=sum(map(len, own.values())), content=content,
        previous=before.hash if before else START, hash="",
    )  # fmt: skip
    return entry._replace(hash=_hash(entry))


def _hash(entry: Entry) -> str:
    content = entry._asdict()
    del content["hash"]
    return digest(content)


def _content(digests: dict[str, dict[str, str]]) -> str:
    """Return the hash of the digests of rows, {table: {id: digest}}."""
    found = hashlib.sha256()
    for name in tables.RECORDED:
        for id_, value in sorted(digests.get(name, {}).items()):
            found.update(f"{name}\0{id_}\0{value}\n".encode())
    return found.hexdigest()


def _faults(connection: Connection) -> Iterator[Fault]:
    digests: dict[int, dict[str, dict[str, str]]] = {}
    for kind in KINDS:
        for row in connection.execute(select(tables.RECORDED[kind.table])).mappings():
            record = to_record(kind, dict(row))
            if row["digest"] != record.digest():
                yield Fault(row["entry"], f"{kind.table} {row['id']}", "differs from what was recorded")
            digests.setdefault(row["entry"], {}).setdefault(kind.table, {})[row["id"]] = row["digest"]
    previous, expected, moment = START, 1, ""
    for one in connection.execute(select(tables.entries).order_by(tables.entries.c.number)):
        entry = Entry(*one)
        if entry.number != expected:
            yield Fault(entry.number, "entries", f"follows {expected - 1}: an entry between them is gone")
        if entry.previous != previous or entry.hash != _hash(entry) or entry.recorded_at < moment:
            yield Fault(entry.number, "entries", "breaks the chain of hashes")
        if entry.content != _content(digests.pop(entry.number, {})):
            yield Fault(entry.number, "rows", "are not those that were recorded: some are gone, new or changed")
        previous, expected, moment = entry.hash, entry.number + 1, entry.recorded_at
    for number in sorted(digests):
        yield Fault(number, "rows", "belong to an entry that is gone")


def count(connection: Connection, name: str) -> int:
    """Return the number of rows of a table."""
    found: int = connection.execute(select(func.count()).select_from(tables.metadata.tables[name])).scalar_one()
    return found
