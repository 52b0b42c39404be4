"""An export is read back as it was, and no cell of it is taken for a formula."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from replenish.errors import UsageError
from replenish.ledger.ask.knowing import find_known
from replenish.ledger.correcting import correct
from replenish.ledger.exporting import all_statements, export_table
from replenish.ledger.importing.imports import import_table
from replenish.ledger.importing.rows import ESCAPED, escaped, unescaped
from replenish.ledger.store import Ledger
from tests.ledger.statements import said

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "'=1+1", "'", "''=x", '=HYPERLINK("https://example.org","x")']


@pytest.fixture
def book(tmp_path: Path) -> Ledger:
    """Return a ledger whose texts look like formulas."""
    made = Ledger.open(tmp_path / "book.db", create=True)
    base = said(-43.0, on="2024-01-31", published="2024-02-03")
    rows = [replace(base, id=f"s{place}", note=text, holder=f"{text}h") for place, text in enumerate(FORMULAS)]
    made.record(rows, author="me", purpose="a test")
    return made


@pytest.mark.parametrize("name", ["export.csv", "export.xlsx"])
def test_what_is_exported_is_read_back(name: str, book: Ledger, tmp_path: Path) -> None:
    path = export_table(book, tmp_path / name)
    other = Ledger.open(tmp_path / "other.db", create=True)
    import_table(other, path)
    kept = [replace(one, holder=one.holder.strip()) for one in all_statements(book)]
    assert all_statements(other) == kept


@pytest.mark.parametrize("name", ["export.csv", "export.xlsx"])
def test_a_correction_is_read_elsewhere_with_what_it_corrects_or_without(name: str, tmp_path: Path) -> None:
    book = Ledger.open(tmp_path / "book.db", create=True)
    first = said(10.0, on="2024-01-31", published="2024-02-03", id="A")
    book.record([first], author="me", purpose="a test")
    correct(book, "A", {"best": "12"}, reason="misread", author="me")
    for whole in (True, False):
        known = all_statements(book) if whole else [one.statement for one in find_known(book)]
        other = Ledger.open(tmp_path / f"{whole}.db", create=True)
        done = import_table(other, export_table(book, tmp_path / f"{whole}{name}", known))
        assert [one.id for one in done.statements] == (["A", "A~2"] if whole else ["A~2"])
        last = done.statements[-1]
        assert (last.supersedes, last.reason) == (("A", "misread") if whole else ("", ""))


def test_no_cell_of_a_file_starts_like_a_formula_and_numbers_stay_numbers(book: Ledger, tmp_path: Path) -> None:
    with export_table(book, tmp_path / "export.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    starts = {row[name][:1] for row in rows for name in row if name != "best"}
    assert starts.isdisjoint("=+-@\t\r\n")
    assert {row["best"] for row in rows} == {"-43"}


def test_no_cell_of_a_workbook_starts_like_a_formula_and_numbers_stay_numbers(book: Ledger, tmp_path: Path) -> None:
    head, *rows = CalamineWorkbook.from_path(str(export_table(book, tmp_path / "export.xlsx"))).get_sheet_by_name(
        "statements"
    ).to_python()  # fmt: skip
    texts = [cell for row in rows for cell in row if isinstance(cell, str)]
    assert [text for text in texts if text[:1] in set("=+-@\t\r\n")] == []
    assert {row[head.index("best")] for row in rows} == {-43.0}


@given(st.text(alphabet="'=+-@\t\r\n ax"))
def test_escaping_loses_nothing_and_leaves_no_formula(text: str) -> None:
    assert unescaped(escaped(text)) == text
    assert not re.match(r"[=+\-@\t\r\n]", escaped(text))
    assert escaped(text) == text or ESCAPED.match(text)


def test_a_file_that_exists_is_not_replaced(book: Ledger, tmp_path: Path) -> None:
    for name in ("export.csv", "export.xlsx"):
        (tmp_path / name).write_text("mine", encoding="utf-8")
        with pytest.raises(UsageError, match="exists"):
            export_table(book, tmp_path / name)
