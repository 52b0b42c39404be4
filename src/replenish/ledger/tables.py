"""Tables of the ledger in the database.

Days and times are text in ISO form, so that they are compared and hashed alike in every database.  Names in an
index are at most 200 characters, since PostgreSQL refuses an index entry of more than a third of a page.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Float, ForeignKey, Index, Integer, MetaData, String, Table, Text

metadata = MetaData()

DAY, HASH = String(10), String(64)


def _of_entry() -> ForeignKey:
    """Return the key of an entry; its row comes after the others of it, with the moment at which they were there."""
    return ForeignKey("entries.number", deferrable=True, initially="DEFERRED")


def _record() -> list[Column[object]]:
    """Return the columns that every recorded row has."""
    return [
        Column("id", String(200), primary_key=True),
        Column("entry", Integer, _of_entry(), nullable=False, index=True),
        Column("digest", HASH, nullable=False),
        Column("supersedes", String(200), nullable=False, index=True),
        Column("reason", Text, nullable=False),
    ]


entries = Table(
    "entries",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("recorded_at", String(32), nullable=False, index=True),
    Column("author", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("content", HASH, nullable=False),
    Column("previous", HASH, nullable=False),
    Column("hash", HASH, nullable=False, unique=True),
)

documents = Table(
    "documents",
    metadata,
    *_record(),
    Column("content_hash", HASH, nullable=False, index=True),
    Column("title", Text, nullable=False),
    Column("publisher", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("published", DAY),
    Column("published_precision", String(8), nullable=False),
    Column("is_published_inferred", Boolean, nullable=False),
    Column("accessed", DAY),
    Column("language", String(20), nullable=False),
    Column("derived_from", String(200), nullable=False, index=True),
    Column("text", Text, nullable=False),
)

passages = Table(
    "passages",
    metadata,
    *_record(),
    Column("document", String(200), nullable=False, index=True),
    Column("words", Text, nullable=False),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    Column("offset", Integer),
    Column("speaker", Text, nullable=False),
)

statements = Table(
    "statements",
    metadata,
    *_record(),
    Column("kind", String(20), nullable=False),
    Column("holder", String(200), nullable=False),
    Column("item", String(200), nullable=False),
    Column("low", Float),
    Column("best", Float),
    Column("high", Float),
    Column("unit", Text, nullable=False),
    Column("valid_from", DAY),
    Column("valid_to", DAY),
    Column("valid_precision", String(8), nullable=False),
    Column("published", DAY),
    Column("published_precision", String(8), nullable=False),
    Column("is_published_inferred", Boolean, nullable=False),
    Column("known_from", DAY),
    Column("speaker", Text, nullable=False),
    Column("grade", String(1), nullable=False),
    Column("directness", String(8), nullable=False),
    Column("is_middle", Boolean, nullable=False),
    Column("is_cumulative", Boolean, nullable=False),
    Column("starts_at", Text, nullable=False),
    Column("ends_at", Text, nullable=False),
    Column("document", String(200), nullable=False, index=True),
    Column("passage", String(200), nullable=False),
    Column("note", Text, nullable=False),
    Index("statements_by_series", "item", "holder", "kind", "known_from"),
)

shingles = Table(
    "shingles",
    metadata,
    Column("hash", BigInteger, primary_key=True, autoincrement=False),
    Column("document", String(200), primary_key=True),
    Column("entry", Integer, _of_entry(), nullable=False),
)
"""Hashes of a sample of five-word runs of documents: by them one that repeats another is found."""

RECORDED = {"documents": documents, "passages": passages, "statements": statements}
"""Tables whose rows are hashed, in the order in which an entry hashes them."""
