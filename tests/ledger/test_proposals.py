"""What the rules propose is worth a look, and they say no more than the words do."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replenish.ledger.documents.dates import find_dates
from replenish.ledger.documents.passages import find_passage
from replenish.ledger.documents.proposals.propose import propose_passages
from replenish.ledger.documents.proposals.quantities import find_quantities
from replenish.ledger.documents.proposals.sentences import joined
from tests.ledger.news.scores import FOLDER, scores, table
from tests.ledger.statements import day

FLOORS = {
    "held out": {"quotations with speaker": 0.55, "quantities with unit": 0.9, "with kind": 0.55, "dates": 0.9},
    "seen later": {"quotations with speaker": 0.95, "quantities with unit": 0.9, "with kind": 0.75, "dates": 0.95},
    "shaping": {"quotations with speaker": 0.9, "quantities with unit": 1.0, "with kind": 0.9, "dates": 1.0},
}
"""Least precision and recall, by what the texts were used for."""


@pytest.mark.parametrize("which", FLOORS)
def test_rules_propose_what_a_reader_would_record(which: str) -> None:
    own = scores(which)
    assert {
        name for name, least in FLOORS[which].items() if min(own[name].precision, own[name].recall) < least
    } == set()


def test_the_documentation_shows_the_scores_of_these_rules() -> None:
    page = Path(__file__).parents[2] / "docs" / "explanation" / "ledger.md"
    assert "\n".join(table()) in page.read_text(encoding="utf-8")


def test_there_are_at_least_twelve_texts() -> None:
    assert len(list(FOLDER.glob("*.toml"))) >= 12


@pytest.mark.parametrize(
    ("text", "low", "best", "high", "unit"),
    [
        ("14,000 shells a month", None, 14_000, None, "shells/month"),
        ("14\u202f000 shells per month", None, 14_000, None, "shells/month"),
        ("twenty-five thousand shells annually", None, 25_000, None, "shells/year"),
        ("a hundred and twenty trucks", None, 120, None, "trucks"),
        ("2.5 million doses", None, 2_500_000, None, "doses"),
        ("14k shells", None, 14_000, None, "shells"),
        ("between 12 and 15 trucks", 12, None, 15, "trucks"),
        ("2 to 3 million doses", 2_000_000, None, 3_000_000, "doses"),
        ("10,000\u201312,000 rounds", 10_000, None, 12_000, "rounds"),
        ("up to 500 tents", None, None, 500, "tents"),
        ("more than 500 tents", 500, None, None, "tents"),
        ("$1.5bn", None, 1_500_000_000, None, "USD"),
        ("\u20ac300m", None, 300_000_000, None, "EUR"),
        ("40 million euros a year", None, 40_000_000, None, "EUR/year"),
        ("3,200 euros per shell", None, 3_200, None, "EUR/shell"),
        ("80 per cent of them", None, 80, None, "percent"),
        ("80% of them", None, 80, None, "percent"),
        ("20,000 155 mm artillery shells", None, 20_000, None, "155 mm artillery shells"),
        ("5,000 tonnes of diesel a day", None, 5_000, None, "tonnes of diesel/day"),
    ],
)
def test_a_quantity_is_read_as_said(
    text: str, low: float | None, best: float | None, high: float | None, unit: str
) -> None:
    (found,) = find_quantities(f"They had {text}.")
    assert (found.low, found.best, found.high, found.unit) == (low, best, high, unit)


@pytest.mark.parametrize(
    "text", ["the 155mm gun", "Article 5", "F-16", "the 2-day talks", "Model 40", "at 9:30", "28 states"]
)
def test_what_counts_nothing_is_no_quantity(text: str) -> None:
    assert find_quantities(f"They spoke of {text} again.") == []


def test_a_change_is_two_figures_and_not_a_range() -> None:
    found = find_quantities("Output rose from 14,000 to 40,000 shells a month.")
    assert [(one.best, one.unit) for one in found] == [(14_000, "shells/month"), (40_000, "shells/month")]


def test_a_day_of_the_week_is_worked_out_only_from_a_known_publication() -> None:
    text = "He spoke on Friday; the talks will begin on Monday."
    assert find_dates(text) == []
    assert [(str(one.day), one.is_inferred) for one in find_dates(text, day("2024-02-10"))] == [
        ("2024-02-09", True), ("2024-02-12", True),
    ]  # fmt: skip


def test_a_pronoun_means_the_last_one_named() -> None:
    text = 'Ada Holm said the stores are empty. "We must fill all of them," she added.'
    (quotation,) = [one for one in propose_passages(text) if one.is_quotation]
    assert (quotation.passage.words, quotation.speaker) == ("We must fill all of them", "Ada Holm")


def test_a_pronoun_means_nobody_where_somebody_else_was_named_since() -> None:
    text = 'Ada Holm said the stores are empty. Senator Will Dane came in late. "We must fill all of them," he said.'
    (quotation,) = [one for one in propose_passages(text) if one.is_quotation]
    assert quotation.speaker == ""


def test_nobody_is_made_up_as_a_speaker() -> None:
    (found,) = propose_passages('The sign read differently. "All of the stores are full." The road was empty.')
    assert found.speaker == ""


def test_a_passage_keeps_its_place_and_the_words_around_it() -> None:
    text = "The stores burned. They held 400 tonnes of wheat in May 2030. Nobody was hurt."
    (found,) = propose_passages(text, document="d")
    own = found.passage
    assert own.offset is not None
    assert text[own.offset : own.offset + len(own.words)] == own.words == "They held 400 tonnes of wheat in May 2030."
    assert (own.before, own.document) == ("The stores burned. ", "d")
    assert [(one.kind, one.kind_words) for one in found.figures] == [("count", "held")]
    assert [(str(one.day), one.precision) for one in found.dates] == [("2030-05-01", "month")]


@pytest.mark.parametrize(
    "text",
    ["ten " * 50_000, '"' * 100_000, "A" * 500_000, "Ada Holm " * 60_000, "from 5 to " * 15_000, "said, " * 100_000,
     "1,000" * 100_000, "a million and a half " * 10_000, ". " * 100_000],
    ids=["numbers", "quotes", "letter", "names", "ranges", "said", "digits", "halves", "stops"],
)  # fmt: skip
def test_a_line_without_end_is_searched_in_time(text: str) -> None:
    begun = time.perf_counter()
    propose_passages(text, published=day("2030-01-01"))
    assert time.perf_counter() - begun < 30


PIECES = (
    "Ada Holm", "said", "he", '"', "\u201c", "\u201d", ".", ",", ":", ";", "\n", "from", "to", "between", "and",
    "14,000", "2.5", "million", "half a", "shells", "tonnes of", "$", "\u20ac", "%", "a month", "on Friday",
    "31 June 2031", "May", "2030-13-40", "according to", "the", "Dr.", "\u00b2", "\ufb01", "each", "up to", "0",
    "of the", "cubic metres",
)  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=40))
@settings(max_examples=300, deadline=None)
def test_whatever_stands_in_a_text_each_passage_is_found_again_in_it(pieces: list[str]) -> None:
    text = " ".join(pieces)
    for one in propose_passages(text, published=day("2030-01-01")):
        assert find_passage(text, one.passage).finding == "exact"
        assert all(
            one.passage.words[own.quantity.start : own.quantity.end] == own.quantity.words for own in one.figures
        )


WRAPPED = """The works in the town of Ost now make six hundred filters a
month, its director Ida Brandt said on Monday in the harbour of
Norvik. It has 4,200 of them in its stores, more than half of what it
held in spring, and nobody knows why.
Prices rise"""


def test_a_text_with_short_lines_gives_what_it_gives_in_long_ones() -> None:
    short, long = propose_passages(WRAPPED), propose_passages(WRAPPED.replace("\n", " ").replace("why. Pr", "why.\nPr"))
    assert [[figure.quantity for figure in one.figures] for one in short] == [
        [figure.quantity for figure in one.figures] for one in long
    ]
    assert [one.speaker for one in short] == [one.speaker for one in long]
    first = short[0]
    assert first.figures[0].quantity.unit == "filters/month"
    assert first.passage.words in WRAPPED  # as they stand there, line ends too
    assert "\n" in first.passage.words


def test_lines_that_stand_alone_are_not_joined() -> None:
    heads = "Filters run short\nThe harbour of Norvik has 4,200 filters left, its master said.\nMore on page 3"
    assert joined(heads) == heads
