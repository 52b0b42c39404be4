"""Entries and their chain of hashes: each holds the hash of the one before and of the digests of its own rows."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from replenish.ledger import tables

START = "0" * 64
"""What the first entry has as the hash of the one before it."""

Digests = Mapping[str, Mapping[str, str]]
"""Digest of each row, by table and id."""


class Entry(NamedTuple):
    """Rows that were recorded together.

    recorded_at: moment in UTC at which its rows were there; later than that of the entry before, whatever clocks say.
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


def next_number(connection: Connection) -> int:
    """Return the number of the entry that comes next; the writer alone may ask."""
    return (connection.scalar(select(func.max(tables.entries.c.number))) or 0) + 1


def next_entry(connection: Connection, digests: Digests, author: str, purpose: str) -> Entry:
    """Return the entry that comes after the last one of a ledger; the writer alone may ask."""
    last = connection.execute(select(tables.entries).order_by(tables.entries.c.number.desc()).limit(1)).first()
    before = Entry(*last) if last is not None else None
    now = dt.datetime.now(dt.UTC)
    if before is not None:
        now = max(now, dt.datetime.fromisoformat(before.recorded_at) + dt.timedelta(microseconds=1))
    entry = Entry(
        number=before.number + 1 if before else 1, recorded_at=now.isoformat(timespec="microseconds"),
        author=author, purpose=purpose, rows=sum(map(len, digests.values())), content=to_content(digests),
        previous=before.hash if before else START, hash="",
    )  # fmt: skip
    return entry._replace(hash=to_hash(entry))


def to_hash(entry: Entry) -> str:
    """Return the SHA-256 of an entry without its own hash, as JSON with names in alphabetical order."""
    content = entry._asdict()
    del content["hash"]
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def to_content(digests: Digests) -> str:
    """Return the SHA-256 of the digests of rows: tables in the order of `tables.RECORDED`, in them ids in order."""
    found = hashlib.sha256()
    for name in tables.RECORDED:
        own = digests.get(name, {})
        found.update("".join(f"{name}\0{id_}\0{own[id_]}\n" for id_ in sorted(own)).encode())
    return found.hexdigest()
