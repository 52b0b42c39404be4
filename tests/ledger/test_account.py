"""Everything behind one statement, the names of a ledger, and its list of documents."""

from __future__ import annotations

from dataclasses import replace

import pytest

from replenish.errors import UsageError
from replenish.ledger.ask.account import account
from replenish.ledger.ask.knowing import Which
from replenish.ledger.ask.names import hints, names
from replenish.ledger.citing import listed
from replenish.ledger.correcting import correct
from replenish.ledger.store import Ledger
from replenish.ledger.values import Document, Passage
from tests.ledger.statements import day, said


@pytest.fixture
def book(ledger: Ledger) -> Ledger:
    """Return a ledger with a statement, its passage and its document, which was dated later, and one more."""
    page = Document(id="d-1", title="Stocks", text="ten shells")
    one = replace(said(10.0, on="2024-01-31", published="2024-02-01", id="A"), document="d-1", passage="p-1")
    other = said(7.0, on="2024-01-31", published="2024-02-01", id="B", holder="United States")
    words = Passage(id="p-1", document="d-1", words="ten shells")
    ledger.record([page, words, one, other], author="anna", purpose="a test")
    dated = replace(page, id="d-2", published=day("2024-02-01"), supersedes="d-1", reason="dated")
    ledger.record([dated], author="ben", purpose="a test")
    correct(ledger, "A", {"best": "12"}, reason="misread", author="ben")
    return ledger


@pytest.mark.parametrize("name", ["A", "A~2"])
def test_an_account_has_every_version_with_who_recorded_it(name: str, book: Ledger) -> None:
    found = account(book, name)
    assert [(one.id, one.best, entry.author) for one, entry in found.versions] == [
        ("A", 10.0, "anna"),
        ("A~2", 12.0, "ben"),
    ]
    assert found.statement.best == 12.0
    assert found.passage is not None
    assert found.passage.words == "ten shells"
    assert found.document is not None
    assert (found.document.id, found.document.published) == ("d-2", day("2024-02-01"))


def test_a_statement_that_is_not_there_is_told(book: Ledger) -> None:
    with pytest.raises(UsageError, match="no statement has this id"):
        account(book, "C")


def test_names_are_listed_with_how_many_statements_use_them(book: Ledger) -> None:
    assert [tuple(one) for one in names(book, "holder")] == [("alpha", 2), ("United States", 1)]


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        ("united states", ["no holder is `united states`; perhaps `United States`"]),
        ("Untied States", ["no holder is `Untied States`; perhaps `United States`"]),
        ("Russia", ["no holder is `Russia`; `replenish ledger names` lists them"]),
        ("alpha", []),
        ("", []),
    ],
)
def test_a_name_that_no_statement_has_gets_a_hint(asked: str, hint: list[str], book: Ledger) -> None:
    assert hints(book, Which(holder=asked)) == hint


def test_documents_are_listed_as_last_corrected_with_all_that_is_recorded_of_them(book: Ledger) -> None:
    [one] = listed(book)
    assert (one.document.id, one.passages, one.statements) == ("d-2", 1, 2)
