"""Conflicts, sums that fall, pledges, counts and sources, as a ledger lists them."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import replace

import pytest

from replenish.ledger.ask.knowing import AsOf, Which
from replenish.ledger.ask.lists import conflicts, counts, falls, pledges, sources
from replenish.ledger.store import Ledger
from replenish.ledger.values import Document, Statement
from tests.ledger.statements import day, said


@pytest.fixture
def book(ledger: Ledger) -> Ledger:
    """Return an empty ledger."""
    return ledger


def test_conflicts_stand_side_by_side_and_count_independent_sources(book: Ledger) -> None:
    first = Document(id="d1", title="First", published=day("2024-02-01"))
    documents = [first, replace(first, id="d2", title="Copy", derived_from="d1"), replace(first, id="d3", title="Own")]
    base = said(10.0, on="2024-01-31", published="2024-02-01")
    rows = [replace(base, id=f"s{number}", document=f"d{number}") for number in (1, 2, 3)]
    other = replace(base, id="other", best=20.0, grade="A", document="d2")
    book.record([*documents, *rows, other], author="me", purpose="a test")
    (found,) = conflicts(book)
    assert [one.id for one in found.statements] == ["other", "s1", "s2", "s3"]
    assert found.sources == (1, 2, 2, 2)  # d2 repeats d1
    assert [(one.document.id, one.statements, one.origin) for one in sources(book)] == [
        ("d2", 2, "d1"), ("d1", 1, "d1"), ("d3", 1, "d3"),
    ]  # fmt: skip


def test_what_is_recorded_later_changes_no_list_that_was_fixed(book: Ledger) -> None:
    first = Document(id="d1", title="First", published=day("2024-02-01"), text="ten")
    base = said(10.0, on="2024-01-31", published="2024-02-01")
    rows = [replace(base, id="s1", document="d1"), replace(base, id="s2", best=11.0, document="d2")]
    rows.append(replace(base, id="s4", best=11.0, document="d1"))
    made = book.record([first, replace(first, id="d2", title="Second"), *rows], author="me", purpose="a test")
    fixed = AsOf(known_at=day("2024-03-01"), recorded_by=dt.datetime.fromisoformat(made.recorded_at))
    before = conflicts(book, as_of=fixed), sources(book, as_of=fixed), falls(book, as_of=fixed)
    copy = replace(first, id="d3", title="Second", supersedes="d2", reason="a copy of d1", derived_from="d1")
    late = replace(base, id="s3", best=11.0, document="d1", directness="direct")
    book.record([copy, late], author="me", purpose="later")
    assert (conflicts(book, as_of=fixed), sources(book, as_of=fixed), falls(book, as_of=fixed)) == before
    assert {one.origin for one in sources(book)} == {"d1"}


def test_statements_that_agree_are_no_conflict(book: Ledger) -> None:
    base = said(10.0, on="2024-01-31", published="2024-02-01")
    book.record([base, replace(base, grade="A")], author="me", purpose="a test")
    assert conflicts(book) == []


def test_contradictions_of_earlier_days_are_found_and_the_widest_apart_come_first(book: Ledger) -> None:
    def at(on: str, *figures: float) -> list[Statement]:
        return [said(best, on=on, published="2025-01-01", id=f"{on} {best:g}") for best in figures]

    rows = [*at("2024-01-31", 10.0, 11.0), *at("2024-02-29", 10.0), *at("2024-03-31", 10.0, 30.0, 20.0)]
    month = replace(rows[0], id="month", best=5.0, valid_precision="month", grade="B")
    book.record([*rows, month], author="me", purpose="a test")
    found = conflicts(book)
    assert [{one.id for one in each.statements} for each in found] == [
        {"2024-03-31 10", "2024-03-31 30", "2024-03-31 20"}, {"month", "2024-01-31 10", "2024-01-31 11"},
    ]  # fmt: skip
    assert [each.statements[0].id for each in found] == ["2024-03-31 10", "month"]
    assert [round(each.ratio, 2) for each in found] == [3.0, 2.2]
    assert [len(each.statements) for each in conflicts(book, valid=day("2024-02-29"))] == []
    assert conflicts(book, Which(kind="other")) == []


def test_a_sum_that_falls_is_told(book: Ledger) -> None:
    base = replace(said(0.0, on="2024-01-31", published="2024-12-01"), kind="delivery", is_cumulative=True)
    said_at = {"2024-01-31": (None, 10.0, None), "2024-02-29": (20.0, None, None), "2024-03-31": (None, 15.0, None),
               "2024-04-30": (5.0, 10.0, 25.0)}  # fmt: skip
    rows = [
        replace(base, id=on, valid_from=day(on), valid_to=day(on), low=low, best=best, high=high)
        for on, (low, best, high) in said_at.items()
    ]
    book.record(rows, author="me", purpose="a test")
    assert [(one.earlier.id, one.later.id) for one in falls(book)] == [("2024-02-29", "2024-03-31")]


def test_a_pledge_stands_beside_its_deliveries_and_is_not_added(book: Ledger) -> None:
    base = said(100.0, on="2024-06-30", published="2024-01-01")
    promise = replace(base, id="promise", kind="pledge")
    sent = replace(base, kind="delivery", is_cumulative=True, unit="round cumulative")
    rows = [promise, *(
        replace(sent, best=best, valid_from=day(on), valid_to=day(on))
        for best, on in ((30.0, "2024-03-31"), (60.0, "2024-06-30"), (110.0, "2024-09-30"))
    )]  # fmt: skip
    book.record(rows, author="me", purpose="a test")
    (line,) = pledges(book)
    assert line.by_due is not None
    assert line.latest is not None
    assert (line.pledge.best, line.by_due.best, line.latest.best, line.share) == (100.0, 60.0, 110.0, 0.6)


def test_a_delivery_of_another_unit_or_holder_is_none_of_the_pledge(book: Ledger) -> None:
    base = said(100.0, on="2024-06-30", published="2024-01-01")
    sent = replace(base, kind="delivery")
    rows = [replace(base, kind="pledge"), replace(sent, unit="ton"), replace(sent, holder="beta")]
    book.record(rows, author="me", purpose="a test")
    (line,) = pledges(book)
    assert (line.by_due, line.latest, line.share) == (None, None, None)


def test_a_pledge_of_a_year_is_due_at_its_end_and_met_by_the_last_day_that_a_sum_may_mean(book: Ledger) -> None:
    base = said(100.0, on="2024-01-01", published="2024-01-01", valid_precision="year")
    sent = replace(base, kind="delivery", is_cumulative=True, id="sent", valid_to=None)
    december = replace(sent, id="december", valid_from=day("2024-12-01"), valid_precision="month")
    guessed = replace(sent, id="guessed", valid_precision="unknown")
    book.record([replace(base, kind="pledge"), december, guessed], author="me", purpose="a test")
    (line,) = pledges(book)
    assert (line.due, line.by_due, line.share, line.met) == (day("2024-12-31"), december, 1.0, day("2024-12-31"))


def test_a_sum_of_an_unknown_day_falls_after_none(book: Ledger) -> None:
    base = replace(said(9.0, on="2024-01-31", published="2024-12-01"), kind="delivery", is_cumulative=True)
    late = replace(base, best=1.0, valid_from=day("2024-03-31"), valid_to=day("2024-03-31"), valid_precision="unknown")
    book.record([base, late], author="me", purpose="a test")
    assert falls(book) == []


def test_long_lists_are_found_in_time(book: Ledger) -> None:
    days = [(dt.date(2020, 1, 1) + dt.timedelta(number)).isoformat() for number in range(1500)]
    base = said(1.0, on=days[0], published="2025-01-01", kind="delivery", is_cumulative=True)
    rows = [replace(base, id=f"s{number}", best=float(number % 50), valid_from=day(on), valid_to=day(on))
            for number, on in enumerate(days)]  # fmt: skip
    rivals = [replace(one, id=f"r{one.id}", best=(one.best or 0.0) + 100.0) for one in rows[::3]]
    promised = [replace(one, id=f"p{one.id}", kind="pledge", is_cumulative=False) for one in rows[::3]]
    book.record([*rows, *rivals, *promised], author="me", purpose="a test")
    started = time.process_time()
    assert (len(conflicts(book)), len(pledges(book))) == (500, 500)
    assert {one.later.id for one in falls(book)} >= {one.id for one in rows[1:]}
    assert time.process_time() - started < 4


def test_a_count_of_a_month_that_is_not_over_is_no_days_old(book: Ledger) -> None:
    book.record([said(1.0, on="2024-08-31", published="2024-08-04", valid_precision="month")], author="me", purpose="a")
    assert [one.days for one in counts(book, on=day("2024-08-05"))] == [0]


def test_days_since_the_last_count(book: Ledger) -> None:
    rows = [
        said(best, on=on, published="2024-12-01", holder=holder)
        for best, on, holder in ((1.0, "2024-01-01", "a"), (2.0, "2024-03-01", "a"), (3.0, "2024-02-01", "b"))
    ]
    book.record(rows, author="me", purpose="a test")
    found = counts(book, on=day("2024-03-11"))
    assert [(one.statement.holder, one.days) for one in found] == [("b", 39), ("a", 10)]
