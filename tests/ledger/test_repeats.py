"""A document that repeats another is found and the change shown; what goes back to one source counts once."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replenish.errors import UsageError
from replenish.ledger.documents.differences import differences
from replenish.ledger.documents.overlap import containment, longest_run
from replenish.ledger.documents.repeats import (
    RepeatSettings,
    compare,
    edits,
    find_repeats,
    independent_sources,
    linked,
    sampled,
)
from replenish.ledger.documents.words import SAMPLE_WINDOW, forms, sample, to_shingles
from replenish.ledger.store import Ledger
from replenish.ledger.values import Document
from tests.ledger.statements import day

ARTICLE = """The harbour board said on Tuesday that the raid on its stores has left 4,000 drums of oil, a third of what
it held in spring. "We shall not run dry before the thaw," its chairman Olaf Brandt told reporters at the quay.
The board has ordered 6,000 drums from two refineries, of which the first will arrive in March. Ship owners doubt it.
They have begun to fill their tanks in other ports, and some of them have hired a tanker of their own for the winter.
Brandt called that a waste. He said the board would publish a count every Friday until the stores are full again."""

COPY = """Northern Gazette - The harbour board said that the inspection of its stores has left 4,000 drums of oil,
a third of what it held in spring.
"We shall not run dry before the thaw," its chairman Olaf Brandt told reporters at the quay.
The board has ordered 6,000 drums from two refineries, of which the first will arrive in March.
They have begun to fill their tanks in other ports, and some of them have hired a tanker of their own for the winter.
Brandt called that a waste. The mayor thanked the board for its calm and asked all citizens to trust its figures."""

OTHER = """Two weeks after thieves emptied part of the harbour stores, oil is short in the whole district. The harbour
board speaks of 4,000 drums; truck drivers speak of half of that. A refinery confirmed an order for spring.
"We shall believe the count when we see one," said the head of the ship owners, Mona Reth, whose tanker left today."""

words = st.lists(st.sampled_from(["a", "b", "c", "d", "e"]), max_size=40)


def _document(text: str, **more: Any) -> Document:
    return Document(title=more.pop("title", text[:20]), text=text, **more)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """Return a ledger that holds the article and another one on the same subject."""
    found = Ledger.open(tmp_path / "ledger.db", create=True)
    for text in (ARTICLE, OTHER):
        own = _document(text)
        found.record([own], author="me", purpose="a test", shingles=sampled(own))
    return found


def test_an_edited_copy_is_found_and_one_on_the_same_subject_is_not(ledger: Ledger) -> None:
    (found,) = find_repeats(ledger.engine, _document(COPY))
    assert found.document == _document(ARTICLE).named()
    assert 0.6 < found.containment < 0.9
    assert found.longest_run >= 40
    assert compare(_document(OTHER), _document(ARTICLE)).containment < 0.02


def test_the_words_that_were_changed_are_shown() -> None:
    shown = edits(_document(COPY), _document(ARTICLE))
    assert any((one.own, one.other) == ("raid on", "inspection of") for one in shown)
    assert any(one.own == "on Tuesday" and one.other == "" for one in shown)
    assert any(one.other.endswith("to trust its figures") for one in shown)


def test_punctuation_and_quotation_marks_are_no_difference() -> None:
    assert differences('"Ten," he said; the U.S. has 1,000.', "\u201cTEN\u201d he said, the US has 1000") == []


def test_the_same_file_is_found_under_another_name(ledger: Ledger) -> None:
    once = _document("Ten.", content_hash="a" * 64)
    ledger.record([once], author="me", purpose="a test", shingles=sampled(once))
    (found,) = find_repeats(ledger.engine, _document("Ten.", content_hash="a" * 64, title="Again"))
    assert found.is_same_file


def test_thresholds_are_settings(ledger: Ledger) -> None:
    assert find_repeats(ledger.engine, _document(COPY), RepeatSettings(least_containment=0.95)) == []
    assert find_repeats(ledger.engine, _document(COPY), RepeatSettings(least_run=200)) == []


def test_a_corrected_document_is_not_offered(ledger: Ledger) -> None:
    old = _document(ARTICLE)
    new = _document(ARTICLE, title="Corrected", supersedes=old.named(), reason="title")
    ledger.record([new], author="me", purpose="a test", shingles=sampled(new))
    assert [one.document for one in find_repeats(ledger.engine, _document(COPY))] == [new.named()]


def test_copies_of_copies_are_one_source() -> None:
    article, other = _document(ARTICLE), _document(OTHER)
    (copy,) = linked(_document(COPY), article)
    (third,) = linked(_document("A copy of the copy."), copy)
    found = independent_sources([article, other, copy, third])
    assert set(found.values()) == {article.named(), other.named()}
    assert found[third.named()] == article.named()


def test_a_recorded_copy_derives_from_the_older_article_that_is_found_later(ledger: Ledger) -> None:
    copy = _document(COPY, published=day("2031-05-14"))
    ledger.record([copy], author="me", purpose="a test")
    article = _document(ARTICLE, title="First", published=day("2031-05-13"))
    rows = linked(article, copy)
    ledger.record(rows, author="me", purpose="a test")
    assert [one.derived_from for one in rows] == ["", article.named()]
    assert set(independent_sources([copy, *rows]).values()) == {article.named()}


def test_a_month_does_not_say_which_of_two_was_first() -> None:
    copy = _document(COPY, published=day("2031-05-14"))
    (row,) = linked(_document(ARTICLE, published=day("2031-05-01"), published_precision="month"), copy)
    assert row.derived_from == copy.named()


def test_copies_of_one_that_is_not_there_are_one_source() -> None:
    found = independent_sources([_document("one", derived_from="wire"), _document("two", derived_from="wire")])
    assert set(found.values()) == {"wire"}


def test_a_circle_of_copies_is_one_source() -> None:
    found = independent_sources([_document(n, id=n, derived_from=m) for n, m in ("ab", "bc", "ca")])
    assert set(found.values()) == {"a"}


def test_a_correction_goes_with_what_it_corrects() -> None:
    own = [
        _document("x", id="old"),
        _document("y", id="new", supersedes="old"),
        _document("z", id="c", derived_from="old"),
    ]
    assert set(independent_sources(own).values()) == {"new"}


@given(words, words)
@settings(max_examples=200, deadline=None)
def test_the_longest_run_is_that_of_a_plain_search(own: list[str], other: list[str]) -> None:
    runs = {tuple(own[i:j]) for i in range(len(own)) for j in range(i, len(own) + 1)}
    plain = max((len(one) for one in runs if _has(other, one)), default=0)
    start, there, length = longest_run(own, other)
    assert length == plain
    assert own[start : start + length] == other[there : there + length]


def _has(texts: list[str], run: tuple[str, ...]) -> bool:
    return any(tuple(texts[k : k + len(run)]) == run for k in range(len(texts) - len(run) + 1))


@given(
    st.lists(st.integers(0, 10**6), min_size=SAMPLE_WINDOW, max_size=SAMPLE_WINDOW), st.integers(0, 50), st.integers()
)
def test_a_shared_run_is_always_in_both_samples(shared: list[int], before: int, seed: int) -> None:
    draw = random.Random(seed)
    own, other = (
        [draw.randrange(10**6) for _ in range(n)] + shared + [draw.randrange(10**6) for _ in range(before)]
        for n in (before, 7)
    )
    assert sample(own) & sample(other)


def test_shingles_are_the_same_everywhere() -> None:
    assert to_shingles(forms("The depot has ten shells.")) == [9027801185859091679]


def test_containment_is_of_the_shorter_text() -> None:
    assert containment({1, 2}, {1, 2, 3, 4, 5}) == 1.0
    assert containment(set(), {1}) == 0.0


def test_a_text_of_one_word_again_and_again_costs_no_more(ledger: Ledger) -> None:
    again = _document("shell " * 200_000)
    assert find_repeats(ledger.engine, again) == []
    assert longest_run(["shell"] * 100_000, ["shell"] * 90_000)[2] == 90_000
    with pytest.raises(UsageError, match="not compared word by word"):
        edits(again, again)
