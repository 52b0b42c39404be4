"""A row has one form in which it is hashed: alone or among others, before and after it was in a database."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from replenish.ledger.canonical import to_bodies, to_digest
from replenish.ledger.kinds import DIRECTNESS, GRADES, KINDS, PRECISIONS
from replenish.ledger.rows import pack_all
from replenish.ledger.store import Ledger
from replenish.ledger.values import Document, Statement
from tests.ledger.statements import said

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
names = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)
numbers = st.none() | st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**20), 10**20)
days = st.none() | st.dates(dt.date(1, 1, 1))
SHAPES: dict[str, st.SearchStrategy[Any]] = {
    "kind": st.sampled_from(KINDS), "grade": st.sampled_from(GRADES), "directness": st.sampled_from(DIRECTNESS),
    "valid_precision": st.sampled_from(PRECISIONS), "published_precision": st.sampled_from(PRECISIONS),
    **dict.fromkeys(("holder", "item", "unit", "document"), names),
    **dict.fromkeys(("speaker", "starts_at", "ends_at", "note"), texts),
    **dict.fromkeys(("low", "best", "high"), numbers),
    **dict.fromkeys(("valid_from", "valid_to", "published"), days),
    **dict.fromkeys(("is_published_inferred", "is_middle", "is_cumulative"), st.booleans()),
}  # fmt: skip
statements = st.builds(Statement, **SHAPES)


@given(st.lists(statements, min_size=1, max_size=6, unique_by=lambda row: row.body()))
def test_rows_are_hashed_alike_alone_and_among_others(rows: list[Statement]) -> None:
    assert pack_all(rows)["statements"].digests == {row.named(): row.digest() for row in rows}


@settings(max_examples=20)
@given(st.lists(statements, min_size=1, max_size=30, unique_by=lambda row: row.body()))
def test_whatever_is_recorded_is_verified_and_found(rows: list[Statement]) -> None:
    ledger = Ledger.open("sqlite://", create=True)
    documents = [Document(id=name, title="a test") for name in {row.document for row in rows} - {""}]
    ledger.record([*documents, *rows], author="me", purpose="a test")
    assert ledger.verify() == []
    for row in rows:
        found = ledger.find(Statement, row.named())
        assert found is not None
        assert found.digest() == to_digest(row.named(), row.body())
    ledger.engine.dispose()


@given(statements)
def test_the_form_is_json_of_what_is_not_empty(row: Statement) -> None:
    content = {name: value for name, value in row.content().items() if value not in (None, "") and value is not False}
    assert row.body() == json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


@given(statements, st.sampled_from(sorted(SHAPES)), st.data())
def test_any_change_of_a_row_changes_its_digest(row: Statement, name: str, data: st.DataObject) -> None:
    own = {column: getattr(row, column) for column in SHAPES}
    other = Statement(**(own | {name: data.draw(SHAPES[name])}))
    assert (other.digest() == row.digest()) == (other.content() == row.content())


def test_the_form_is_the_one_that_is_documented() -> None:
    row = said(0, on="2024-01-31", published="2024-02-01", id="A", note='é "x"\n', published_precision="month")
    body = (
        '{"best":0.0,"directness":"reported","grade":"C","holder":"alpha","item":"shell","kind":"count",'
        '"known_from":"2024-02-29","note":"é \\"x\\"\\n","published":"2024-02-01","published_precision":"month",'
        '"unit":"round","valid_from":"2024-01-31","valid_precision":"day","valid_to":"2024-01-31"}'
    )
    assert row.body() == body
    assert row.digest() == hashlib.sha256(f"A\n{body}".encode()).hexdigest()


def test_a_column_that_is_empty_changes_no_digest() -> None:
    assert to_bodies({"unit": ["t"], "colour": [""]}) == to_bodies({"unit": ["t"]})
