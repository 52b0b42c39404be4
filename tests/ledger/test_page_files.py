"""Where the page of a ledger is written: over an earlier page, and over nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from replenish.cli import main
from replenish.errors import UsageError
from replenish.ledger.store import Ledger
from replenish.report.recorded import page, write_ledger_page
from replenish.report.rendering import render
from tests.ledger.statements import said


@pytest.fixture
def book(tmp_path: Path) -> Ledger:
    """Return a ledger of one statement in a file."""
    made = Ledger.open(tmp_path / "ledger.db", create=True)
    made.record([said(10.0, on="2024-01-31", published="2024-02-03", id="A")], author="me", purpose="a test")
    return made


def test_a_page_never_takes_the_place_of_the_ledger(
    book: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["ledger", "report", "--out", "ledger.db"]) == 2
    assert "ledger.db exists and is no page of a ledger" in capsys.readouterr().err
    assert book.verify() == []
    assert len(book.entries()) == 1


@pytest.mark.parametrize("held", [b"", b"mine", b"<!doctype html>\n<title>mine</title>", b"\xff\xfe"])
def test_a_file_of_somebody_else_is_not_replaced(held: bytes, book: Ledger, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_bytes(held)
    with pytest.raises(UsageError, match="is no page of a ledger; name another file"):
        write_ledger_page(book, path)
    assert path.read_bytes() == held


def test_the_report_of_a_scenario_is_not_replaced(book: Ledger, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(render("page.html.j2", title=page.MARK, version="1", origin="a scenario and a seed"), "utf-8")
    with pytest.raises(UsageError, match="is no page of a ledger"):
        write_ledger_page(book, path)


def test_an_earlier_page_is_replaced(book: Ledger, tmp_path: Path) -> None:
    path = write_ledger_page(book, tmp_path / "page.html")
    before = path.read_bytes()
    book.record([said(11.0, on="2024-02-29", published="2024-03-03", id="B")], author="me", purpose="a test")
    assert write_ledger_page(book, path).read_bytes() != before
    assert sorted(one.name for one in tmp_path.iterdir() if "page" in one.name) == ["page.html"]


def test_a_page_that_fails_leaves_the_earlier_one(
    book: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_ledger_page(book, tmp_path / "page.html")
    before = path.read_bytes()
    monkeypatch.setattr(page, "ledger_to_html", lambda *_, **__: "half \ud800 of it")
    with pytest.raises(UnicodeEncodeError):
        write_ledger_page(book, path)
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir() if "page" in one.name] == ["page.html"]
