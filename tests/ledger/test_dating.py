"""A figure has the days of a date that stands beside it in its clause, and of no other."""

from __future__ import annotations

import datetime as dt

import pytest

from replenish.ledger.documents.proposals.propose import propose_passages

PUBLISHED = dt.date(2031, 3, 14)  # a Friday


def _days(text: str, published: dt.date | None = PUBLISHED) -> list[str]:
    """Return for each figure first and last day and precision; a hyphen where there is none."""
    figures = [one for proposal in propose_passages(text, published=published) for one in proposal.figures]
    return [
        "-" if one.valid is None else f"{one.valid.first} {one.valid.last} {one.valid.precision}" for one in figures
    ]


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("The forge made 228 barrels in 2030.", "2030-01-01 2030-01-01 year"),
        ("As of 3 March 2031, 11 million masks had arrived.", "2031-03-03 2031-03-03 day"),
        ("It released 900 barrels between 10 June 2030 and 20 June 2030.", "2030-06-10 2030-06-20 day"),
        ("It burned 900 tonnes from May 2030 to July 2030.", "2030-05-01 2030-07-01 month"),
        ("Norland sent 30,000 vials yesterday.", "2031-03-13 2031-03-13 day"),
        ("It held 400 tents at the end of 2029.", "2029-01-01 2029-01-01 year"),
    ],
)
def test_a_date_beside_a_figure_is_its_own(text: str, days: str) -> None:
    assert _days(text) == [days]


@pytest.mark.parametrize(
    "text",
    [
        "The depots hold 400 tents, the minister said on Friday.",
        "The minister said on 3 March 2031 that 400 tents were left.",
        "The depots have held 400 tents since 2022.",
        "The depots held 400 tents before 2022.",
        "The army must hold 400 tents under a law of 2021.",
        "That is 12 percent more than in 2029.",
        "The store was fired at in 2029; it holds 400 tents.",
        "LOMAR, 5 March 2031 - Clinics hold 400 tents.",
        "The contract, signed in March 2029, is worth 96 million pounds.",
    ],
)
def test_a_date_of_something_else_is_left(text: str) -> None:
    assert _days(text) == ["-"]


def test_a_date_goes_to_the_figure_that_no_other_one_parts_it_from() -> None:
    text = "It has delivered 300 of the 800 doses that it was to hand over by 30 September 2030."
    assert _days(text)[-1] == "2030-09-30 2030-09-30 day"
    assert _days(text)[0] == "-"


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("Norland pledged 400 tents by 31 January 2032.", "2032-01-31 2032-01-31 day"),
        ("Norland pledged 400 tents on 3 March 2031.", "2031-03-03 None day"),
        ("Norland pledged 400 tents in 2031.", "-"),
        ("Norland will make 500 barrels a year from 2033.", "2033-01-01 2033-01-01 year"),
    ],
)
def test_what_is_promised_is_due_only_where_words_or_calendar_say_so(text: str, days: str) -> None:
    assert _days(text) == [days]


def test_nothing_is_taken_as_announced_where_it_is_not_known_when_the_text_appeared() -> None:
    assert _days("Norland pledged 400 tents in 2030.", None) == ["-"]
    assert _days("Norland pledged 400 tents by 2033.", None) == ["2033-01-01 2033-01-01 year"]
