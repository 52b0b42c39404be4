"""A ledger is seen as it was: what was recorded and known by then, less what was superseded."""

from __future__ import annotations

import datetime as dt

import pytest

from replenish.ledger.ask.knowing import AsOf, find_known, last_entry
from replenish.ledger.database import reading
from replenish.ledger.store import Ledger
from tests.ledger.statements import day, said


def seen(ledger: Ledger, known_at: str | None, entry: int) -> str:
    before = "2000-01-01T00:00:00+00:00"
    moment = dt.datetime.fromisoformat([before, *(one.recorded_at for one in ledger.entries())][entry])
    as_of = AsOf(known_at=day(known_at) if known_at else None, recorded_by=moment)
    return "".join(sorted(one.statement.id for one in find_known(ledger, as_of=as_of)))


@pytest.fixture
def corrected(ledger: Ledger) -> Ledger:
    """Return a ledger of three entries: A; B in its place and D without a date; C in the place of B."""
    for rows in (
        [said(1.0, on="2024-01-01", published="2024-01-10", id="A")],
        [
            said(2.0, on="2024-01-01", published="2024-02-10", id="B", supersedes="A", reason="misread"),
            said(4.0, on="2024-01-01", published=None, id="D"),
        ],
        [said(3.0, on="2024-01-01", published="2024-03-10", id="C", supersedes="B", reason="misread again")],
    ):
        ledger.record(rows, author="me", purpose="a test")
    return ledger


def test_a_row_is_seen_until_what_supersedes_it_is_known(corrected: Ledger) -> None:
    days = ("2024-01-09", "2024-01-10", "2024-02-10", "2024-03-10")
    assert [seen(corrected, day_, 3) for day_ in days] == ["", "A", "B", "C"]


def test_what_was_recorded_later_changes_nothing_seen_before(corrected: Ledger) -> None:
    assert [seen(corrected, "2024-12-31", entry) for entry in range(4)] == ["", "A", "B", "C"]


def test_without_a_day_undated_rows_are_seen_too(corrected: Ledger) -> None:
    assert [seen(corrected, None, entry) for entry in range(4)] == ["", "A", "BD", "CD"]


def test_the_last_entry_is_found_by_day_and_by_moment(corrected: Ledger) -> None:
    moments = [dt.datetime.fromisoformat(entry.recorded_at) for entry in corrected.entries()]
    before = moments[0] - dt.timedelta(microseconds=1)
    with reading(corrected.engine) as connection:
        assert [last_entry(connection, moment) for moment in (before, *moments, None)] == [0, 1, 2, 3, 3]
        there = moments[1].astimezone(dt.timezone(dt.timedelta(hours=5)))
        assert last_entry(connection, there) == 2
        assert last_entry(connection, moments[2].date()) == 3
        assert last_entry(connection, moments[0].date() - dt.timedelta(days=1)) == 0
        assert last_entry(connection, moments[1].replace(tzinfo=None)) == 2
