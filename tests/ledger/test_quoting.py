"""Words of a table are found in their document as they stand there, or told."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replenish.errors import TableError
from replenish.ledger.documents.passages import find_passage
from replenish.ledger.importing.imports import import_table
from replenish.ledger.importing.quoting import Quotable, to_line
from replenish.ledger.store import Ledger
from replenish.ledger.values import Document, Passage

TEXT = "Of 14,000 shells\n  2,000 are left. Nobody said why.\nOf 14,000 shells 2,000 are left."


@given(st.text(alphabet="a1., \n\t\x1b\xa0\u202e", max_size=60), st.integers(0, 60), st.integers(0, 60))
def test_a_line_of_whole_words_is_found_as_it_stands_in_the_text(text: str, start: int, length: int) -> None:
    words = text.split(" ")
    piece = " ".join(words[start : start + length])
    found = Quotable.of("d", text).find(piece)
    if not piece.strip():
        assert found is None
        return
    assert found is not None
    assert found.offset is not None
    assert text[found.offset : found.offset + len(found.words)] == found.words
    assert to_line(found.words) == to_line(piece)
    assert find_passage(text, found).finding == "exact"


@pytest.mark.parametrize(
    "words", ["4,000 shells", "14,000 shell", "2", "2,00", "000 are left", "shells 3,000", "left. No"]
)
def test_words_that_are_not_whole_or_not_there_are_not_found(words: str) -> None:
    assert Quotable.of("d", TEXT).find(words) is None


def test_the_first_of_several_places_is_taken_with_the_ends_of_lines_of_the_text() -> None:
    found = Quotable.of("d", TEXT).find("14,000 shells 2,000 are left.")
    assert found is not None
    assert (found.offset, found.words) == (3, "14,000 shells\n  2,000 are left.")


@pytest.fixture
def book(tmp_path: Path) -> Ledger:
    """Return a ledger with one document."""
    made = Ledger.open(tmp_path / "book.db", create=True)
    made.record([Document(id="D", title="Shells", text=TEXT)], author="me", purpose="a test")
    return made


def _table(folder: Path, *rows: str, head: str = "document,words,passage") -> Path:
    path = folder / "figures.csv"
    lines = [f"kind,holder,item,best,unit,{head}", *(f"count,alpha,shell,2000,round,{row}" for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_quoted_words_are_recorded_once_with_the_statements_that_they_say(book: Ledger, tmp_path: Path) -> None:
    done = import_table(book, _table(tmp_path, "D,Nobody  said why.,"), author="me")
    assert [one.words for one in done.passages] == ["Nobody said why."]
    assert done.statements[0].passage == done.passages[0].named()
    assert isinstance(book.find(Passage, done.statements[0].passage), Passage)
    other = _table(tmp_path, "D,Nobody said why.,")
    other.write_text(other.read_text(encoding="utf-8").replace("alpha", "beta"), encoding="utf-8")
    again = import_table(book, other, author="me")
    assert (again.passages, again.statements[0].passage) == ((), done.statements[0].passage)
    assert book.verify() == []


def test_words_without_a_document_or_a_place_in_it_are_all_told(book: Ledger, tmp_path: Path) -> None:
    rows = ("D,nowhere,", ",Nobody said why.,", "D,Nobody said why.,p-1", "E,Nobody said why.,")
    with pytest.raises(TableError) as caught:
        import_table(book, _table(tmp_path, *rows))
    assert [(one.rule, one.row) for one in caught.value.problems if one.severity == "error"] == [
        ("words-not-found", 2), ("words-not-found", 3), ("passage-twice", 4), ("unknown-record", 5),
    ]  # fmt: skip
    assert len(book.entries()) == 1
