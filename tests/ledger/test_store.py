"""What is recorded stays as it was recorded, and any change shows."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from replenish.errors import UsageError
from replenish.ledger.database import writing
from replenish.ledger.store import Ledger
from replenish.ledger.values import Document, Statement
from tests.ledger.statements import day, said


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """Return an empty ledger."""
    return Ledger.open(tmp_path / "ledger.db", create=True)


def test_what_is_recorded_is_found_as_it_was(ledger: Ledger) -> None:
    article = Document(title="Stocks", published=day("2024-02-03"), text="Ten shells are left.")
    first = said(
        10.0, on="2024-02-01", published="2024-02-03", id="A1", note="all \u00e9 \u4e2d", document=article.named()
    )
    entry = ledger.record([first, article], author="me", purpose="a test")
    assert (entry.number, entry.rows) == (1, 2)
    assert ledger.find(Statement, "A1") == first
    assert ledger.find(Document, article.named()) is not None
    assert ledger.verify() == []


def test_entries_form_a_chain(ledger: Ledger) -> None:
    made = [ledger.record([said(n, on="2024-01-01", published=None)], author="me", purpose=f"{n}") for n in (1.0, 2.0)]
    assert ledger.entries() == made
    assert made[1].previous == made[0].hash
    assert made[1].recorded_at >= made[0].recorded_at


@pytest.mark.parametrize("change", ["UPDATE statements SET best = 11", "DELETE FROM statements", "DELETE FROM entries",
                                    "UPDATE entries SET author = 'you'"])  # fmt: skip
def test_the_database_refuses_changes(ledger: Ledger, change: str) -> None:
    ledger.record([said(10.0, on="2024-02-01", published=None)], author="me", purpose="a test")
    with pytest.raises(DBAPIError, match="only grows"), writing(ledger.engine) as connection:
        connection.execute(text(change))
    assert ledger.verify() == []


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ("UPDATE statements SET best = 11", "differs from what was recorded"),
        ("DELETE FROM statements WHERE id = 'A'", "are not those that were recorded"),
        ("UPDATE entries SET author = 'you' WHERE number = 1", "breaks the chain"),
        ("DELETE FROM entries WHERE number = 1", "an entry between them is gone"),
    ],
)
def test_what_was_changed_behind_its_back_is_told(ledger: Ledger, change: str, what: str) -> None:
    for name in ("A", "B"):
        ledger.record([said(1.0, on="2024-01-01", published=None, id=name)], author="me", purpose="a test")
    with sqlite3.connect(str(ledger.engine.url.database)) as raw:
        for (trigger,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            raw.execute(f"DROP TRIGGER {trigger}")
        raw.execute(change)
    assert any(what in fault.what for fault in ledger.verify())


def test_a_correction_names_what_it_corrects(ledger: Ledger) -> None:
    ledger.record([said(10.0, on="2024-02-01", published=None, id="A")], author="me", purpose="a test")
    with pytest.raises(UsageError, match="there is no `B` to supersede"):
        ledger.record(
            [said(12.0, on="2024-02-01", published=None, supersedes="B", reason="misread")],
            author="me",
            purpose="a slip",
        )
    ledger.record(
        [said(12.0, on="2024-02-01", published=None, supersedes="A", reason="misread")], author="me", purpose="a slip"
    )
    assert ledger.verify() == []


def test_nothing_is_recorded_where_one_row_is_refused(ledger: Ledger) -> None:
    ledger.record([said(10.0, on="2024-02-01", published=None, id="A")], author="me", purpose="a test")
    with pytest.raises(UsageError, match="`A` is recorded already"):
        ledger.record(
            [said(n, on="2024-02-01", published=None, id=i) for n, i in ((1.0, "B"), (2.0, "A"))], author="me",
            purpose="again",
        )  # fmt: skip
    assert len(ledger.entries()) == 1
    assert ledger.find(Statement, "B") is None


def test_a_ledger_is_not_made_by_looking_for_it(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no ledger"):
        Ledger.open(tmp_path / "none.db")
    assert not (tmp_path / "none.db").exists()


def test_a_file_that_is_no_ledger_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear reader, this is not a database at all." * 200)
    with pytest.raises(UsageError, match="cannot be opened"):
        Ledger.open(path)
