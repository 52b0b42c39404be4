"""A passage is found again where it moved or was edited, and is not found where it is gone."""

from __future__ import annotations

import time

import pytest

from replenish.ledger.documents.passages import find_passage, to_passage
from replenish.ledger.values import Passage
from tests.ledger.test_repeats import ARTICLE, OTHER

WORDS = "The board has ordered 6,000 drums from two refineries, of which the first will arrive in March."


def _passage(words: str = WORDS, text: str = ARTICLE) -> Passage:
    start = text.index(words)
    return to_passage(text, start, start + len(words), document="d")


def test_a_passage_is_where_it_was() -> None:
    found = find_passage(ARTICLE, _passage())
    assert (found.finding, found.words) == ("exact", WORDS)


def test_a_passage_that_moved_is_found() -> None:
    found = find_passage("Corrected on Friday.\n" + ARTICLE, _passage())
    assert (found.finding, found.words) == ("moved", WORDS)


def test_of_two_places_the_one_with_the_same_words_around_it_is_taken() -> None:
    text = "In spring it held ten shells. In autumn it held ten shells, he said."
    own = to_passage(text, text.rindex("ten shells"), text.rindex("ten shells") + 10, document="d")
    longer = "Corrected. " + text
    assert find_passage(longer, own).offset == longer.rindex("ten shells")


@pytest.mark.parametrize(
    ("edited", "same_numbers"),
    [
        ("The board has ordered 6,000 drums from three refineries, of which the first will arrive in April.", True),
        ("The board ordered 6,000 drums from two refineries, of which the first will now arrive in March.", True),
        ("The board has ordered 9,000 drums from two refineries, of which the first will arrive in March.", False),
    ],
)
def test_an_edited_passage_is_found_and_a_changed_figure_told(edited: str, same_numbers: bool) -> None:
    found = find_passage("An update. " + ARTICLE.replace(WORDS, edited), _passage())
    assert (found.finding, found.words, found.has_same_numbers) == ("edited", edited, same_numbers)
    assert 80 <= found.score < 100


def test_other_quotation_marks_are_an_edit_that_costs_nothing() -> None:
    own = _passage('"We shall not run dry before the thaw,"')
    found = find_passage(ARTICLE.replace('"', "\u201c"), own)
    assert (found.finding, found.score) == ("edited", 100.0)


def test_a_passage_that_is_gone_is_lost() -> None:
    assert find_passage(ARTICLE.replace(WORDS, ""), _passage()).finding == "lost"
    assert find_passage(OTHER, _passage()).finding == "lost"
    assert find_passage("", _passage()).finding == "lost"


def test_a_long_line_is_searched_in_time() -> None:
    begun = time.perf_counter()
    find_passage("The depot has ten thousand shells in store. " * 40_000, _passage())
    assert time.perf_counter() - begun < 10
