"""Which figure is for the latest days, by days and precisions as people write them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from replenish.ledger.ask.many import current_all
from replenish.ledger.ask.picking import show
from replenish.ledger.kinds import Kind, Precision
from replenish.ledger.store import Ledger
from tests.ledger.statements import day, said


def rows(kind: Kind, *days: tuple[str, str, Precision], **more: Any) -> list[Any]:
    """Return statements named a, b and so on, for days from, to and as exactly as given, each graded better."""
    return [
        said(float(number + 1), on="2024-01-01", published="2026-01-01", id="abc"[number], kind=kind,
             valid_from=day(start), valid_to=day(end), valid_precision=precision, grade="CBA"[number], **more)
        for number, (start, end, precision) in enumerate(days)
    ]  # fmt: skip


def competing(book: Ledger, valid: str | None = None) -> str:
    """Return the ids of the picked statement and those that compete with it, asked in both ways."""
    asked: dt.date | None = day(valid) if valid else None
    (answer,), (current,) = show(book, valid=asked), current_all(book, valid=asked)
    assert answer.picked is not None
    assert current.picked == answer.picked
    assert current.others == len(answer.rivals) + len(answer.agreeing)
    return "".join(one.statement.id for one in (answer.picked, *answer.rivals, *answer.agreeing))


@pytest.fixture
def book(ledger: Ledger) -> Ledger:
    """Return an empty ledger."""
    return ledger


@pytest.mark.parametrize(
    ("kind", "days", "expected"),
    [
        ("use", [("2024-03-01", "2024-03-31", "month"), ("2024-01-01", "2024-03-31", "day")], "a"),
        ("use", [("2024-04-01", "2024-06-30", "quarter"), ("2024-01-01", "2024-06-30", "day")], "a"),
        ("use", [("2024-03-01", "2024-03-31", "month"), ("2024-03-01", "2024-03-31", "day")], "ba"),
        ("use", [("2024-03-01", "2024-03-31", "month"), ("2024-03-15", "2024-03-15", "day")], "a"),
        ("count", [("2024-03-01", "2024-03-01", "month"), ("2024-03-15", "2024-03-15", "day")], "ba"),
    ],
)
def test_a_stretch_between_two_days_is_for_all_days_of_its_months(
    kind: Kind, days: list[tuple[str, str, Precision]], expected: str, book: Ledger
) -> None:
    book.record(rows(kind, *days), author="me", purpose="a test")
    assert competing(book) == expected


@pytest.mark.parametrize("kind", ["use", "count"])
@pytest.mark.parametrize("quarter", [("2024-01-01", "2024-03-31"), ("2024-07-01", "2024-09-30")])
def test_a_year_does_not_stand_against_a_quarter_of_it(kind: Kind, quarter: tuple[str, str], book: Ledger) -> None:
    start, end = quarter if kind == "use" else (quarter[0], quarter[0])
    year = ("2024-01-01", "2024-12-31" if kind == "use" else "2024-01-01")
    book.record(rows(kind, (start, end, "quarter"), (*year, "year")), author="me", purpose="a test")
    assert competing(book) == "a"


def test_a_quarter_does_not_stand_against_a_month_of_it(book: Ledger) -> None:
    days: list[tuple[str, str, Precision]] = [
        ("2024-02-01", "2024-02-29", "month"), ("2024-01-01", "2024-03-31", "quarter"),
        ("2024-01-01", "2024-12-31", "year"),
    ]  # fmt: skip
    book.record(rows("use", *days), author="me", purpose="a test")
    assert competing(book) == "a"


def test_a_year_that_follows_a_finer_figure_is_the_latest(book: Ledger) -> None:
    book.record(
        rows("use", ("2024-01-01", "2024-12-31", "year"), ("2023-10-01", "2023-12-31", "quarter")),
        author="me", purpose="a test",
    )  # fmt: skip
    assert competing(book) == "a"


@pytest.mark.parametrize("valid", [None, "2024-06-30"])
@pytest.mark.parametrize("other", [("2020-01-01", "2020-01-01", "day"), ("2024-12-31", "2024-12-31", "year")])
def test_a_day_that_is_unknown_stands_only_where_nothing_else_does(
    other: tuple[str, str, Precision], valid: str | None, book: Ledger
) -> None:
    known, unknown = rows("count", other, ("2024-03-31", "2024-03-31", "unknown"))
    book.record([unknown], author="me", purpose="a test")
    assert competing(book, valid) == "b"
    book.record([known], author="me", purpose="a test")
    assert competing(book, valid) == "a"


@pytest.mark.parametrize("kind", ["pledge", "order", "capacity_target"])
def test_what_is_due_counts_from_the_day_on_which_it_is_due(kind: Kind, book: Ledger) -> None:
    due = rows(kind, ("2024-06-01", "2024-06-01", "day"), ("2024-02-01", "2025-12-31", "day"))
    book.record(due, author="me", purpose="a test")
    assert competing(book, "2024-06-02") == "a"
    assert competing(book, "2025-12-31") == "b"
    assert competing(book) == "b"
