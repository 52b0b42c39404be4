"""A row is corrected once; who wants to correct it again corrects the correction."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from replenish.errors import UsageError
from replenish.ledger.citing import cited_document, cited_documents, last_corrected
from replenish.ledger.store import Ledger
from replenish.ledger.values import Document, Passage, Record
from tests.ledger.statements import said

ROWS: tuple[Record, ...] = (
    Document(id="d", title="a"), Passage(id="p", document="d", words="w"), said(1.0, on="2024-01-01", published=None,
                                                                             id="s"),
)  # fmt: skip


def correcting(row: Record, id_: str) -> Record:
    return replace(row, id=id_, supersedes=row.id, reason="misread")


@pytest.mark.parametrize("row", ROWS, ids=[row.table for row in ROWS])
def test_a_second_correction_of_a_row_is_refused_and_names_the_first(ledger: Ledger, row: Record) -> None:
    ledger.record(ROWS, author="me", purpose="a test")
    ledger.record([correcting(row, "first")], author="me", purpose="a test")
    with pytest.raises(UsageError, match=f"`second` supersedes `{row.id}`, which `first` supersedes already"):
        ledger.record([correcting(row, "second")], author="me", purpose="a test")
    assert len(ledger.entries()) == 2


@pytest.mark.parametrize("row", ROWS, ids=[row.table for row in ROWS])
def test_two_corrections_of_a_row_in_one_entry_are_refused(ledger: Ledger, row: Record) -> None:
    with pytest.raises(UsageError, match=f"`b` supersedes `{row.id}`, which `a` supersedes already"):
        ledger.record([*ROWS, correcting(row, "a"), correcting(row, "b")], author="me", purpose="a test")
    assert ledger.entries() == []


def test_of_two_corrections_at_once_one_is_recorded(ledger: Ledger) -> None:
    ledger.record(ROWS, author="me", purpose="a test")

    def record(name: str) -> str:
        try:
            ledger.record([correcting(ROWS[2], name)], author="me", purpose="a test")
        except UsageError as error:
            return str(error)
        return ""

    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(record, "abcd"))
    assert told.count("") == 1
    assert sum("supersedes already" in text for text in told) == 3
    assert len(ledger.entries()) == 2


def test_a_correction_that_is_recorded_again_is_told_as_such(ledger: Ledger) -> None:
    ledger.record([*ROWS, correcting(ROWS[2], "first")], author="me", purpose="a test")
    with pytest.raises(UsageError, match="`first` is recorded already"):
        ledger.record([correcting(ROWS[2], "first")], author="me", purpose="a test")


def test_a_correction_is_corrected_as_often_as_one_likes(ledger: Ledger) -> None:
    document = Document(id="d0", title="a")
    chain = [document, *(replace(document, id=f"d{n}", supersedes=f"d{n - 1}", reason="why") for n in range(1, 2000))]
    ledger.record(chain, author="me", purpose="a test")
    assert {one.id for one in cited_documents(ledger).values()} == {"d1999"}
    found = cited_document(ledger, "d1990")
    assert found is not None
    assert found.id == "d1999"


def test_corrections_in_a_circle_have_an_end() -> None:
    assert last_corrected("a", {"a": "b", "b": "a"}.get) == "b"
