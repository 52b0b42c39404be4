"""Entries, documents, passages, statements, shingles; rows are neither changed nor removed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = ("entries", "documents", "passages", "statements", "shingles")
UNIQUE = {
    "entries": ("number = NEW.number", "hash = NEW.hash"),
    "shingles": ("hash = NEW.hash AND document = NEW.document",),
}
"""What no two rows of a table share; of others it is the id."""

REFUSED = "the ledger only grows: correct a row by one that supersedes it"
DAY, HASH = sa.String(10), sa.String(64)


def upgrade() -> None:
    """Make the tables, and what refuses to change or remove their rows."""
    _tables()
    if op.get_bind().dialect.name == "postgresql":
        _refuse_in_postgresql()
    else:
        _refuse_in_sqlite()


def downgrade() -> None:
    """Refuse: the first version has none before it."""
    raise NotImplementedError(REFUSED)


def _of_entry() -> sa.ForeignKey:
    return sa.ForeignKey("entries.number", deferrable=True, initially="DEFERRED")


def _record() -> list[sa.Column[object]]:
    return [
        sa.Column("id", sa.String(200), primary_key=True),
        sa.Column("entry", sa.Integer, _of_entry(), nullable=False, index=True),
        sa.Column("digest", HASH, nullable=False),
        sa.Column("supersedes", sa.String(200), nullable=False, index=True),
        sa.Column("reason", sa.Text, nullable=False),
    ]


def _tables() -> None:
    op.create_table(
        "entries",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("recorded_at", sa.String(32), nullable=False, index=True),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("content", HASH, nullable=False),
        sa.Column("previous", HASH, nullable=False),
        sa.Column("hash", HASH, nullable=False, unique=True),
    )
    op.create_table(
        "documents",
        *_record(),
        sa.Column("content_hash", HASH, nullable=False, index=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("publisher", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("published", DAY),
        sa.Column("published_precision", sa.String(8), nullable=False),
        sa.Column("is_published_inferred", sa.Boolean, nullable=False),
        sa.Column("accessed", DAY),
        sa.Column("language", sa.String(20), nullable=False),
        sa.Column("derived_from", sa.String(200), nullable=False, index=True),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.create_table(
        "passages",
        *_record(),
        sa.Column("document", sa.String(200), nullable=False, index=True),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("before", sa.Text, nullable=False),
        sa.Column("after", sa.Text, nullable=False),
        sa.Column("offset", sa.Integer),
        sa.Column("speaker", sa.Text, nullable=False),
    )
    op.create_table("statements", *_record(), *_statement())
    op.create_index("statements_by_series", "statements", ["item", "holder", "kind", "known_from"])
    op.create_table(
        "shingles",
        sa.Column("hash", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("document", sa.String(200), primary_key=True),
        sa.Column("entry", sa.Integer, _of_entry(), nullable=False),
    )


def _statement() -> list[sa.Column[object]]:
    names = ("holder", "item", "document", "passage")
    texts = ("unit", "speaker", "starts_at", "ends_at", "note")
    flags = ("is_published_inferred", "is_middle", "is_cumulative")
    return [
        sa.Column("kind", sa.String(20), nullable=False),
        *(sa.Column(name, sa.Float) for name in ("low", "best", "high")),
        *(sa.Column(name, DAY) for name in ("valid_from", "valid_to", "published", "known_from")),
        *(sa.Column(name, sa.String(8), nullable=False) for name in ("valid_precision", "published_precision")),
        sa.Column("grade", sa.String(1), nullable=False),
        sa.Column("directness", sa.String(8), nullable=False),
        *(sa.Column(name, sa.Boolean, nullable=False) for name in flags),
        *(sa.Column(name, sa.String(200), nullable=False, index=name == "document") for name in names),
        *(sa.Column(name, sa.Text, nullable=False) for name in texts),
    ]


def _refuse_in_sqlite() -> None:
    for table in TABLES:
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table}"
                f" BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END"
            )
        _refuse_replacing(table)


def _refuse_replacing(table: str) -> None:
    """Refuse INSERT OR REPLACE, which removes rows without a word to the triggers of DELETE.

    FAIL and not ABORT, which would have SQLite prepare to take back each row that is inserted: an import would take
    twice as long.
    """
    same = (*UNIQUE.get(table, ("id = NEW.id",)), "rowid = NEW.rowid")
    there = " OR ".join(f"EXISTS (SELECT 1 FROM {table} WHERE {one})" for one in same)
    op.execute(
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {there}"
        f" BEGIN SELECT RAISE(FAIL, '{REFUSED}'); END"
    )


def _refuse_in_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RAISE EXCEPTION '{REFUSED}'; END $$"
    )
    for table in TABLES:
        op.execute(
            f"CREATE TRIGGER {table}_refuse_rows BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_refuse_all BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
