"""A ledger that holds what no ledger records ends a command with an error and a way on, never a traceback."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from replenish.cli import main
from replenish.ledger.store import Ledger
from replenish.ledger.values import Document, Passage
from tests.ledger.statements import said

COMMANDS = (
    ["show"], ["conflicts"], ["pledges"], ["counts"], ["sources"], ["documents"], ["statement", "A"],
    ["diff", "--known", "2024-01-01", "2024-12-31"], ["export", "all.csv"], ["report"],
)  # fmt: skip


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a ledger in the working folder, without the guards against changes."""
    monkeypatch.chdir(tmp_path)
    book = Ledger.open("ledger.db", create=True)
    rows = [
        Document(id="d", title="a"), Passage(id="p", document="d", words="w"),
        said(1.0, on="2024-01-01", published="2024-01-02", id="A", document="d", passage="p"),
        said(3.0, on="2024-01-01", published="2024-01-02", id="B", document="d"),
    ]  # fmt: skip
    book.record(rows, author="me", purpose="a test")
    book.engine.dispose()
    with sqlite3.connect("ledger.db") as raw:
        for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            raw.execute(f"DROP TRIGGER {name}")
    return tmp_path / "ledger.db"


@pytest.mark.parametrize(
    "change",
    [
        "statements SET valid_from = '31.12.2024'", "statements SET best = 'abc'", "statements SET best = 9e999",
        "statements SET valid_precision = 'century'", "statements SET grade = 'Z'",
        "statements SET kind = 'rumour'", "statements SET note = x'ff'",
        "statements SET directness = 'heard', valid_to = '2024-13-01'",
        "documents SET title = x'ff'", "documents SET published = '2024'", "passages SET offset = 'x'",
        "entries SET recorded_at = 'yesterday'",
    ],
)  # fmt: skip
def test_every_command_ends_with_words(change: str, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with sqlite3.connect(place) as raw:
        raw.execute(f"UPDATE {change}")
    refused = 0
    for command in COMMANDS:
        status = main(["ledger", *command])
        told = capsys.readouterr().err
        assert status in (0, 2), told
        assert status == 0 or "holds what no ledger records" in told, told
        refused += status == 2
    assert refused
    assert main(["ledger", "verify"]) == 4
