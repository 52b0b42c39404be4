"""A document is named by its id, or by as much of it as no other one has."""

from __future__ import annotations

import pytest

from replenish.errors import UsageError
from replenish.ledger.beginnings import find_document
from replenish.ledger.correcting import correct
from replenish.ledger.store import Ledger
from replenish.ledger.values import Document
from tests.ledger.statements import said


def _record(ledger: Ledger, *names: str) -> None:
    rows = [Document(id=name, title=f"Title {name[-2:]}", text=name) for name in names]
    ledger.record(rows, author="me", purpose="a test")


def test_a_beginning_that_one_document_has_names_it(ledger: Ledger) -> None:
    _record(ledger, "d-0123456789abcdef", "d-0123aaaaaaaaaaaa", "mine", "d-01")
    assert find_document(ledger, "d-01234").id == "d-0123456789abcdef"
    assert find_document(ledger, "d-0123a").id == "d-0123aaaaaaaaaaaa"
    assert [find_document(ledger, name).id for name in ("mine", "d-01")] == ["mine", "d-01"]


def test_a_beginning_that_several_have_is_refused_with_their_titles(ledger: Ledger) -> None:
    _record(ledger, *(f"d-0123{place}" for place in range(10, 17)))
    with pytest.raises(UsageError, match=r"the ids of 7 documents begin so; .*d-012310 \(Title 10\).*, and 2 more$"):
        find_document(ledger, "d-0123")


@pytest.mark.parametrize("beginning", ["d-", "d-012", "d-%%%%", "d-____", "D-0123", "0123", "min", ""])
def test_what_is_too_short_or_begins_no_id_is_refused(beginning: str, ledger: Ledger) -> None:
    _record(ledger, "d-0123456789abcdef", "mine")
    with pytest.raises(UsageError, match=r"no document has this id|give 4 characters after"):
        find_document(ledger, beginning)


def test_a_correction_takes_the_beginning_of_the_id_of_a_document(ledger: Ledger) -> None:
    _record(ledger, "d-0123456789abcdef")
    one = said(1.0, on="2024-01-31", published="2024-02-03")
    ledger.record([one], author="me", purpose="a test")
    made, _ = correct(ledger, one.named(), {"document": "d-0123"}, reason="it was there")
    assert made.document == "d-0123456789abcdef"
    with pytest.raises(UsageError, match="no document has this id"):
        correct(ledger, one.named(), {"document": "d-9999"}, reason="it was there")
