"""What is recorded stays as it was recorded, in SQLite and PostgreSQL, and any change shows."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from replenish.errors import UsageError
from replenish.ledger import tables
from replenish.ledger.database import writing
from replenish.ledger.store import Ledger
from replenish.ledger.values import Document, Passage, Statement
from tests.ledger.statements import day, said


def record(ledger: Ledger, *ids: str) -> None:
    ledger.record([said(1.0, on="2024-01-01", published=None, id=id_) for id_ in ids], author="me", purpose="a test")


def tamper(ledger: Ledger, change: str) -> None:
    """Change the database as one can who may do anything with it."""
    if ledger.engine.dialect.name == "postgresql":
        with ledger.engine.begin() as connection:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            connection.execute(text(change))
        return
    with sqlite3.connect(str(ledger.engine.url.database)) as raw:
        triggers = raw.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            raw.execute(f"DROP TRIGGER {name}")
        raw.execute(change)
        for _, made in triggers:
            raw.execute(made)


def test_what_is_recorded_is_found_as_it_was(ledger: Ledger) -> None:
    article = Document(title="Stocks", published=day("2024-02-03"), text="Ten shells are left.")
    words = Passage(document=article.named(), words="Ten shells", offset=0, speaker="the minister")
    first = said(
        10.0, on="2024-02-01", published="2024-02-03", id="A1", note="all \u00e9 \u4e2d \U0001f6e2 \\ \" ' \n %s :x",
        document=article.named(), passage=words.named(), is_middle=True, low=0.0,
    )  # fmt: skip
    entry = ledger.record([first, article, words], author="me", purpose="a test")
    assert (entry.number, entry.rows) == (1, 3)
    assert ledger.find(Statement, "A1") == first
    assert ledger.find(Document, article.named()) is not None
    assert ledger.find(Passage, words.named()) is not None
    assert ledger.verify() == []


def test_whole_numbers_and_negative_zero_are_verified_after_the_database_made_them_its_own(ledger: Ledger) -> None:
    ledger.record([said(3, on="2024-02-01", published="2024-02-03", low=-0.0, high=1e300)], author="me", purpose="a")
    assert ledger.verify() == []


def test_entries_form_a_chain(ledger: Ledger) -> None:
    made = [ledger.record([said(n, on="2024-01-01", published=None)], author="me", purpose=f"{n}") for n in (1.0, 2.0)]
    assert ledger.entries() == made
    assert made[1].previous == made[0].hash
    assert made[1].recorded_at >= made[0].recorded_at


@pytest.mark.parametrize("table", sorted(tables.metadata.tables))
def test_the_database_refuses_changes(ledger: Ledger, table: str) -> None:
    ledger.record(
        [said(10.0, on="2024-02-01", published=None), Document(id="d", title="a"), Passage(document="d", words="w")],
        author="me", purpose="a test", shingles=[(1, "d")],
    )  # fmt: skip
    column = {"entries": "author", "shingles": "document"}.get(table, "reason")
    acts = [f"UPDATE {table} SET {column} = 'x'", f"DELETE FROM {table}"]
    if ledger.engine.dialect.name == "postgresql":
        acts.append(f"TRUNCATE {table} CASCADE")
    for act in acts:
        with pytest.raises(DBAPIError, match="only grows"), writing(ledger.engine) as connection:
            connection.execute(text(act))
    assert ledger.verify() == []


@pytest.mark.parametrize("table", sorted(tables.metadata.tables))
@pytest.mark.parametrize("column", ["", "rowid"])
def test_sqlite_refuses_to_replace_what_is_recorded(tmp_path: Path, table: str, column: str) -> None:
    ledger = Ledger.open(tmp_path / "ledger.db", create=True)
    rows = [said(10.0, on="2024-02-01", published=None), Document(id="d", title="a"), Passage(document="d", words="w")]
    ledger.record(rows, author="me", purpose="a test", shingles=[(1, "d")])
    own = [one.name for one in tables.metadata.tables[table].columns]
    changed = {"entries": "author", "shingles": "entry"}.get(table, "reason")
    if column:  # another key at the same place in the file
        changed = {"entries": "hash"}.get(table, own[0])
    told = ", ".join("'9'" if name == changed else f'"{name}"' for name in own)
    names = ", ".join([*filter(None, [column]), *(f'"{name}"' for name in own)])
    command = f"REPLACE INTO {table} ({names}) SELECT {', '.join(filter(None, [column, told]))} FROM {table}"
    with sqlite3.connect(tmp_path / "ledger.db") as other, pytest.raises(sqlite3.IntegrityError, match="only grows"):
        other.execute(command)
    assert ledger.verify() == []


def test_rows_name_only_what_is_recorded(ledger: Ledger) -> None:
    base = said(1.0, on="2024-01-01", published=None, id="A")
    article = Document(id="d", title="a")
    for wrong in (
        replace(base, document="d-9"), replace(base, passage="p-9"), Passage(document="d-9", words="w"),
        replace(article, derived_from="d-9"), replace(base, passage="d"),
    ):  # fmt: skip
        with pytest.raises(UsageError, match=r"is none of the (documents|passages) of the ledger"):
            ledger.record([article, wrong] if wrong.id != "d" else [wrong], author="me", purpose="a test")
    assert ledger.entries() == []
    ledger.record([article], author="me", purpose="a test")
    ledger.record([replace(base, document="d"), replace(article, id="e", derived_from="d")], author="me", purpose="b")
    assert ledger.verify() == []


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ("UPDATE statements SET best = 11 WHERE id = 'A'", "differs from what was recorded"),
        ("UPDATE statements SET known_from = '2020-01-01' WHERE id = 'A'", "differs from what was recorded"),
        ("UPDATE statements SET id = 'C' WHERE id = 'A'", "differs from what was recorded"),
        ("UPDATE statements SET entry = 2 WHERE id = 'A'", "are not those that were recorded"),
        ("DELETE FROM statements WHERE id = 'A'", "are not those that were recorded"),
        ("UPDATE entries SET author = 'you' WHERE number = 1", "breaks the chain"),
        ("DELETE FROM entries WHERE number = 1", "an entry between them is gone"),
        ("DELETE FROM entries WHERE number = 2", "belong to an entry that is gone"),
    ],
)
def test_what_was_changed_behind_its_back_is_told(ledger: Ledger, change: str, what: str) -> None:
    for name in ("A", "B"):
        record(ledger, name)
    assert ledger.verify() == []
    tamper(ledger, change)
    faults = ledger.verify()
    assert any(what in fault.what for fault in faults)
    assert not any("triggers" in fault.what for fault in faults)


def test_guards_that_are_gone_are_told(ledger: Ledger) -> None:
    record(ledger, "A")
    with ledger.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.execute(text("DROP TRIGGER statements_no_update"))
        else:
            connection.execute(text("ALTER TABLE statements DISABLE TRIGGER statements_refuse_rows"))
    assert [fault.where for fault in ledger.verify()] == ["database"]


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ("UPDATE statements SET note = x'00ff', best = 'ten' WHERE id = '3'", "statements 3"),
        ("UPDATE statements SET note = CAST(x'ff' AS TEXT) WHERE id = '3'", "database"),
        ("UPDATE statements SET best = 9e999 WHERE id = '3'", "statements 3"),
        ("UPDATE statements SET id = x'00ff' WHERE id = '3'", "database"),
        ("UPDATE statements SET entry = 'one' WHERE id = '3'", "rows"),
        ("UPDATE entries SET recorded_at = x'00'", "database"),
    ],
)
def test_values_of_another_type_are_told(tmp_path: Path, change: str, where: str) -> None:
    ledger = Ledger.open(tmp_path / "ledger.db", create=True)
    record(ledger, *map(str, range(5)))
    tamper(ledger, change)
    assert where in {fault.where for fault in ledger.verify()}


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    ledger = Ledger.open(path, create=True)
    record(ledger, *map(str, range(5_000)))
    ledger.engine.dispose()
    content = bytearray(path.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 10_000] = bytes(10_000)
    path.write_bytes(content)
    assert ledger.verify() != []


def test_a_correction_names_what_it_corrects(ledger: Ledger) -> None:
    record(ledger, "A")
    right = said(12.0, on="2024-02-01", published=None, supersedes="A", reason="misread")
    with pytest.raises(UsageError, match="there is no `B` to supersede"):
        ledger.record([said(12.0, on="2024-02-01", published=None, supersedes="B", reason="misread")], author="me",
                      purpose="a slip")  # fmt: skip
    ledger.record([right], author="me", purpose="a slip")
    assert ledger.verify() == []


def test_a_correction_says_why(ledger: Ledger) -> None:
    record(ledger, "A")
    with pytest.raises(UsageError, match="gives no reason"):
        ledger.record([said(12.0, on="2024-02-01", published=None, supersedes="A")], author="me", purpose="a slip")


@pytest.mark.parametrize("pairs", [[("A", "A")], [("A", "B"), ("B", "A")], [("A", "B"), ("B", "C"), ("C", "B")]])
def test_rows_do_not_supersede_each_other_in_a_circle(ledger: Ledger, pairs: list[tuple[str, str]]) -> None:
    rows = [said(1.0, on="2024-01-01", published=None, id=a, supersedes=b, reason="why") for a, b in pairs]
    with pytest.raises(UsageError, match="supersedes itself"):
        ledger.record(rows, author="me", purpose="a test")


def test_a_long_chain_of_corrections_is_recorded_at_once(ledger: Ledger) -> None:
    rows = [
        said(1.0, on="2024-01-01", published=None, id=f"{n}", supersedes=f"{n - 1}" if n else "", reason="again")
        for n in range(5_000)
    ]
    assert ledger.record(rows, author="me", purpose="a test").rows == 5_000


def test_nothing_is_recorded_where_one_row_is_refused(ledger: Ledger) -> None:
    record(ledger, "A")
    with pytest.raises(UsageError, match="`A` is recorded already"):
        record(ledger, "B", "A")
    with pytest.raises(UsageError, match="`C` stands twice"):
        record(ledger, "C", "B", "C")
    assert len(ledger.entries()) == 1
    assert ledger.find(Statement, "B") is None


def test_signs_that_a_database_writes_in_its_own_way_come_back(ledger: Ledger) -> None:
    notes = ["a\tb", "a\nb\r\n", "\\N", "\\", "\\.", "'", '"', ",", ""]
    rows = [
        replace(said(1.0, on="2024-01-01", published=None, id=f"{n}"), note=note, is_middle=n == 1)
        for n, note in enumerate(notes)
    ]
    ledger.record(rows, author="me", purpose="a test")
    assert [ledger.find(Statement, row.id) for row in rows] == rows
    assert ledger.verify() == []


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [
        ("best", float("nan"), "finite"), ("high", float("inf"), "finite"), ("holder", "a\0b", "NUL"),
        ("note", "\ud800", "half a character"), ("item", "x" * 201, "at most 200"), ("kind", "rumour", "one of"),
        ("grade", "E", "one of"), ("valid_precision", "week", "one of"), ("is_middle", 1, "true or false"),
        ("unit", None, "text"),
    ],
)  # fmt: skip
def test_values_that_databases_hold_differently_are_refused(
    ledger: Ledger, column: str, value: object, rule: str
) -> None:
    wrong = said(**({"best": 1.0, "on": "2024-01-01", "published": None} | {column: value}))  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=rf"statements row 2, {column}: .*{rule}"):
        ledger.record([said(1.0, on="2024-01-01", published=None), wrong], author="me", purpose="a test")
    assert ledger.entries() == []


def test_words_of_a_database_language_are_words(ledger: Ledger) -> None:
    name = "'; DROP TABLE statements; --"
    row = said(1.0, on="2024-01-01", published=None, id=name, holder=name, item="%(x)s ? :y")
    ledger.record([row], author=name, purpose=name)
    assert ledger.find(Statement, name) == row
    assert ledger.verify() == []


def test_nothing_to_record_is_refused(ledger: Ledger) -> None:
    with pytest.raises(UsageError, match="nothing to record"):
        ledger.record([], author="me", purpose="a test")


def test_an_author_that_no_database_holds_is_refused(ledger: Ledger) -> None:
    with pytest.raises(UsageError, match=r"author: .* is not text"):
        ledger.record([said(1.0, on="2024-01-01", published=None)], author="a\0b", purpose="a test")
