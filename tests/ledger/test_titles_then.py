"""Answers as recorded by a moment cite documents as they were recorded by then."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from replenish.cli import main
from replenish.ledger.ask.knowing import AsOf
from replenish.ledger.store import Ledger
from replenish.ledger.values import Document
from replenish.report.recorded import ledger_to_html
from tests.ledger.statements import said

PAPER = Document(id="d", title="Oldtitle")
ROWS = (
    said(10.0, on="2024-01-31", published="2024-02-03", id="A", document="d"),
    said(20.0, on="2024-01-31", published="2024-02-03", id="B", document="d"),
    said(30.0, on="2024-12-31", published="2024-02-03", id="P", document="d", kind="pledge"),
)


@pytest.fixture
def moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return a moment after which the title of a document was corrected, in a ledger in the working folder."""
    monkeypatch.chdir(tmp_path)
    book = Ledger.open("ledger.db", create=True)
    entry = book.record([PAPER, *ROWS], author="me", purpose="a test")
    book.record([replace(PAPER, id="e", title="Newtitle", supersedes="d", reason="misread")], author="me", purpose="b")
    book.engine.dispose()
    return entry.recorded_at


@pytest.mark.parametrize("command", ["show", "conflicts", "sources", "diff"])
def test_a_command_prints_the_title_that_was_recorded_by_then(
    command: str, moment: str, capsys: pytest.CaptureFixture[str]
) -> None:
    days = ["--known", "2020-01-01", "2024-12-31"] if command == "diff" else []
    assert main(["ledger", command, *days, "--recorded-by", *([moment] * (2 if days else 1))]) == 0
    told = capsys.readouterr().out
    assert "Oldtitle" in told
    assert "Newtitle" not in told


@pytest.mark.parametrize("command", ["show", "conflicts", "pledges", "counts", "sources"])
def test_a_table_has_the_title_that_was_recorded_by_then(command: str, moment: str, tmp_path: Path) -> None:
    assert main(["ledger", command, "--recorded-by", moment, "--out", "told.csv"]) == 0
    told = (tmp_path / "told.csv").read_text(encoding="utf-8")
    assert "Oldtitle" in told
    assert "Newtitle" not in told


def test_a_page_has_the_title_that_was_recorded_by_then(moment: str) -> None:
    book = Ledger.open("ledger.db")
    then = ledger_to_html(book, as_of=AsOf(recorded_by=dt.datetime.fromisoformat(moment)))
    assert "Oldtitle" in then
    assert "Newtitle" not in then
    assert "Newtitle" in ledger_to_html(book)
    book.engine.dispose()
