"""What was known when: held against a plain list, and never changed by what is recorded later."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Self

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import URL

from replenish.errors import UsageError
from replenish.ledger import store
from replenish.ledger.ask.comparing import differences
from replenish.ledger.ask.knowing import AsOf, Which, find_known
from replenish.ledger.ask.lists import conflicts, counts, pledges, sources
from replenish.ledger.ask.many import current_all, overview
from replenish.ledger.ask.picking import Series, answer_hash, answers, current, show
from replenish.ledger.kinds import DIRECTNESS, GRADES, PRECISIONS, Precision
from replenish.ledger.store import Ledger
from replenish.ledger.values import Statement, last_day
from tests.ledger.statements import day, said
from tests.postgresql import database

DAYS_FROM = dt.date(2024, 1, 1)
DAYS = st.dates(DAYS_FROM, dt.date(2024, 6, 30))
Recorded = list[tuple[Statement, str]]
"""Statements in the order in which they were recorded, each with its moment: the plain list."""


@pytest.fixture
def book(ledger: Ledger) -> Ledger:
    """Return an empty ledger."""
    return ledger


def test_a_word_of_another_list_asks_for_the_kind_that_it_stands_for() -> None:
    word: Any = "stock"
    assert Which(kind=word) == Which(kind="count")
    word = "rumour"
    with pytest.raises(UsageError, match="no kind `rumour`; the kinds are count, pledge"):
        Which(kind=word)


def test_a_day_given_as_text_is_refused_with_what_to_give() -> None:
    text: Any = "2023-12-31"
    with pytest.raises(TypeError, match=r"known_at: '2023-12-31' is no day; give one such as datetime.date"):
        AsOf(known_at=text)
    with pytest.raises(TypeError, match="is no day; give one"):
        AsOf(known_at=dt.datetime(2023, 12, 31, tzinfo=dt.UTC))
    with pytest.raises(TypeError, match=r"recorded_by: .* is no day or moment"):
        AsOf(recorded_by=text)


def test_what_is_given_in_the_place_of_another_is_refused_by_every_question(book: Ledger) -> None:
    as_of: Any = AsOf(known_at=day("2024-01-01"))
    which: Any = Which(item="shell")
    on = day("2024-01-01")
    for ask in (show, find_known, conflicts, pledges, partial(counts, on=on), sources, current_all):
        with pytest.raises(TypeError, match=r"which: give a ledger.Which"):
            ask(book, as_of)
        with pytest.raises(TypeError, match=r"as_of: give a ledger.AsOf"):
            ask(book, which, which)
    with pytest.raises(TypeError, match=r"series: give a ledger.Series"):
        current(book, which)


@st.composite
def _statement(draw: st.DrawFn, number: int) -> Statement:
    valid = draw(st.none() | DAYS)
    start = draw(st.dates(DAYS_FROM, valid) | st.just(valid)) if valid else None
    return Statement(
        id=f"s{number}", kind=draw(st.sampled_from(("count", "delivery", "pledge"))),
        holder=draw(st.sampled_from(("a", "b"))), item="shell",
        best=draw(st.sampled_from((1.0, 2.0, None))), unit="round", valid_from=start, valid_to=valid,
        valid_precision=draw(st.sampled_from(PRECISIONS)), published=draw(st.none() | DAYS),
        published_precision=draw(st.sampled_from(PRECISIONS)), grade=draw(st.sampled_from(GRADES)),
        directness=draw(st.sampled_from(DIRECTNESS)),
        supersedes=f"s{draw(st.integers(0, number - 1))}" if number and draw(st.booleans()) else "", reason="a test",
    )  # fmt: skip


@st.composite
def _entries(draw: st.DrawFn) -> list[list[Statement]]:
    sizes = draw(st.lists(st.integers(1, 5), min_size=1, max_size=3))
    found, number, corrected = [], 0, set[str]()
    for size in sizes:
        own = [draw(_statement(number + place)) for place in range(size)]
        found.append([_corrects_first(one, corrected) for one in own])
        number += size
    return found


def _corrects_first(one: Statement, corrected: set[str]) -> Statement:
    """Return a statement that corrects no row which another one corrects already."""
    if not one.supersedes or one.supersedes in corrected:
        return replace(one, supersedes="", reason="")
    corrected.add(one.supersedes)
    return one


def _recorded(place: str, entries: Sequence[list[Statement]]) -> tuple[Ledger, Recorded]:
    ledger = Ledger.open(place, create=True)
    listed: Recorded = []
    for rows in entries:
        entry = ledger.record(rows, author="me", purpose="a test")
        listed += [(one, entry.recorded_at) for one in rows]
    return ledger, listed


def _is_published(one: Statement, as_of: AsOf) -> bool:
    if as_of.known_at is None:
        return True
    if one.published is not None and one.published_precision != "unknown":
        return last_day(one.published, one.published_precision) <= as_of.known_at
    if as_of.admit_undated_days is None or one.valid_to is None:
        return False
    admitted = last_day(one.valid_to, one.valid_precision) + dt.timedelta(days=as_of.admit_undated_days)
    return admitted <= as_of.known_at


def _by_list(listed: Recorded, as_of: AsOf) -> set[str]:
    """Return the ids that are known, by the words of the definition."""
    moment = as_of.recorded_by.isoformat(timespec="microseconds") if isinstance(as_of.recorded_by, dt.datetime) else "9"
    there = [one for one, recorded_at in listed if recorded_at <= moment and _is_published(one, as_of)]
    corrected = {one.supersedes for one in there}
    return {one.id for one in there} - corrected


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(entries=_entries(), known_at=st.none() | DAYS, admit=st.none() | st.integers(0, 90), data=st.data())
def test_what_is_known_is_what_a_plain_list_says(
    entries: list[list[Statement]], known_at: dt.date | None, admit: int | None, data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        _is_what_a_list_says(f"{folder}/book.db", entries, known_at, admit, data)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(entries=_entries(), known_at=st.none() | DAYS, admit=st.none() | st.integers(0, 90), data=st.data())
def test_what_postgresql_knows_is_what_a_plain_list_says(
    postgresql_server: URL,
    entries: list[list[Statement]],
    known_at: dt.date | None,
    admit: int | None,
    data: st.DataObject,
) -> None:
    with database(postgresql_server) as place:
        _is_what_a_list_says(place, entries, known_at, admit, data)


def _is_what_a_list_says(
    place: str, entries: list[list[Statement]], known_at: dt.date | None, admit: int | None, data: st.DataObject
) -> None:
    ledger, listed = _recorded(place, entries)
    moments = [None, *(dt.datetime.fromisoformat(moment) for moment in sorted({moment for _, moment in listed}))]
    as_of = AsOf(known_at=known_at, recorded_by=data.draw(st.sampled_from(moments)), admit_undated_days=admit)
    known = find_known(ledger, as_of=as_of)
    assert {one.statement.id for one in known} == _by_list(listed, as_of)
    valid = data.draw(st.none() | DAYS)
    picked = {one.series: one.picked.statement.id for one in answers(known, valid=valid) if one.picked}
    at_once = {one.series: one.picked.statement.id for one in current_all(ledger, as_of=as_of, valid=valid)}
    assert picked == at_once
    shown = [
        (one.series, one.picked, len(one.history), len(one.rivals), tuple(sorted(one.admitted)))
        for one in show(ledger, as_of=as_of, valid=valid)
    ]
    assert overview(ledger, as_of=as_of, valid=valid) == shown
    ledger.engine.dispose()


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(entries=_entries(), known_at=DAYS, admit=st.none() | st.integers(0, 90))
def test_answers_with_recorded_by_fixed_never_change(
    entries: list[list[Statement]], known_at: dt.date, admit: int | None
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        _never_changes(f"{folder}/book.db", entries, known_at, admit)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(entries=_entries(), known_at=DAYS, admit=st.none() | st.integers(0, 90))
def test_answers_of_postgresql_with_recorded_by_fixed_never_change(
    postgresql_server: URL, entries: list[list[Statement]], known_at: dt.date, admit: int | None
) -> None:
    with database(postgresql_server) as place:
        _never_changes(place, entries, known_at, admit)


def _never_changes(place: str, entries: list[list[Statement]], known_at: dt.date, admit: int | None) -> None:
    ledger, listed = _recorded(place, entries[:1])
    fixed = AsOf(known_at=known_at, recorded_by=dt.datetime.fromisoformat(listed[-1][1]), admit_undated_days=admit)
    before = answer_hash(show(ledger, as_of=fixed))
    for rows in entries[1:]:
        ledger.record(rows, author="me", purpose="later")
    assert answer_hash(show(ledger, as_of=fixed)) == before
    found = differences(ledger, fixed, replace(fixed, recorded_by=None))
    now, then = ({one.statement.id for one in find_known(ledger, as_of=at)}
                 for at in (replace(fixed, recorded_by=None), fixed))  # fmt: skip
    assert {one.statement.id for one in found if one.is_new} == now - then
    assert {one.statement.id for one in found if not one.is_new} == then - now
    ledger.engine.dispose()


@pytest.mark.parametrize(
    ("precision", "first"),
    [("day", "2024-04-10"), ("month", "2024-04-30"), ("quarter", "2024-06-30"), ("year", "2024-12-31")],
)
def test_a_statement_is_known_from_the_last_day_that_its_date_may_mean(
    precision: Precision, first: str, book: Ledger
) -> None:
    row = said(1.0, on="2024-01-31", published="2024-04-10", published_precision=precision)
    book.record([row], author="me", purpose="a test")
    eve = day(first) - dt.timedelta(days=1)
    assert [len(find_known(book, as_of=AsOf(known_at=known))) for known in (eve, day(first))] == [0, 1]
    assert [len(current_all(book, as_of=AsOf(known_at=known))) for known in (eve, day(first))] == [0, 1]


def test_a_date_of_publication_of_unknown_precision_is_none_at_a_past_day(book: Ledger) -> None:
    row = said(1.0, on="2024-01-31", published="2024-04-10", id="A", published_precision="unknown", grade="A")
    book.record([row, replace(row, id="B", published_precision="day", best=2.0)], author="me", purpose="a test")
    late = AsOf(known_at=day("2026-12-31"))
    for as_of, expected in ((late, "B"), (replace(late, admit_undated_days=90), "BA"), (AsOf(), "BA")):
        (answer,) = show(book, as_of=as_of)
        assert answer.picked is not None
        assert "".join(one.statement.id for one in (answer.picked, *answer.rivals)) == expected
        assert [(one.picked, one.others) for one in current_all(book, as_of=as_of)] == [
            (answer.picked, len(answer.rivals))
        ]
        assert answer.admitted == (("A",) if as_of.admit_undated_days else ())
    assert [one.cause for one in differences(book, late, AsOf())] == ["undated"]
    assert book.verify() == []


def test_a_clock_that_is_put_back_changes_no_answer_that_was_fixed(
    book: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = said(10.0, on="2024-01-31", published="2024-02-03", id="A")
    first = book.record([row], author="me", purpose="first")
    fixed = AsOf(known_at=day("2024-03-01"), recorded_by=dt.datetime.fromisoformat(first.recorded_at))
    before = answer_hash(show(book, as_of=fixed))

    class Slow(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> Self:
            return cls(2000, 1, 1, tzinfo=tz)

    monkeypatch.setattr("replenish.ledger.chain.dt.datetime", Slow)
    later = [book.record([replace(row, id=name)], author="me", purpose="later") for name in "BC"]
    monkeypatch.undo()
    assert first.recorded_at < later[0].recorded_at < later[1].recorded_at
    assert answer_hash(show(book, as_of=fixed)) == before
    assert book.verify() == []


def test_who_asks_by_a_moment_in_the_middle_of_an_import_gets_the_same_answer_after_it(
    book: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    book.record([said(10.0, on="2024-01-31", published="2024-02-03", id="A")], author="me", purpose="first")
    asked: list[tuple[AsOf, str]] = []
    insert = store._insert

    def slowly(*given: Any) -> None:
        now = AsOf(known_at=day("2024-03-01"), recorded_by=dt.datetime.now(dt.UTC))
        asked.append((now, answer_hash(show(book, as_of=now))))
        insert(*given)

    monkeypatch.setattr(store, "_insert", slowly)
    book.record([said(11.0, on="2024-02-01", published="2024-02-04", id="B")], author="me", purpose="second")
    assert len(asked) > 2
    assert [answer_hash(show(book, as_of=now)) for now, _ in asked[:-1]] == [said for _, said in asked[:-1]]


def test_differences_backwards_name_the_correction_that_is_not_known_yet(book: Ledger) -> None:
    rows = [
        said(10.0, on="2024-01-31", published="2024-02-03", id="A"),
        said(11.0, on="2024-01-31", published="2024-04-03", id="B", supersedes="A", reason="misread"),
        said(12.0, on="2024-01-31", published="2024-05-03", id="C", supersedes="B", reason="counted"),
    ]
    book.record(rows, author="me", purpose="a test")
    early, late = AsOf(known_at=day("2024-03-01")), AsOf(known_at=day("2024-06-01"))
    there = {one.statement.id: (one.is_new, one.cause, one.reason) for one in differences(book, early, late)}
    assert there["A"] == (False, "corrected", "corrected by B: misread")  # B itself is corrected by then
    assert there["C"][:2] == (True, "published")
    back = {one.statement.id: (one.is_new, one.cause, one.reason) for one in differences(book, late, early)}
    assert back["A"][:2] == (True, "corrected")
    assert back["A"][2] == "its correction B is known at 2024-06-01, and not at the second time"
    assert back["C"] == (False, "withdrawn", "is not yet known at 2024-03-01")


def test_a_late_insert_changes_the_answer_only_where_recorded_by_is_not_fixed(book: Ledger) -> None:
    first = book.record([said(10.0, on="2024-01-31", published="2024-02-03", id="A")], author="me", purpose="first")
    known = AsOf(known_at=day("2024-03-01"))
    fixed = replace(known, recorded_by=dt.datetime.fromisoformat(first.recorded_at))
    open_, closed = answer_hash(show(book, as_of=known)), answer_hash(show(book, as_of=fixed))
    late = said(12.0, on="2024-02-15", published="2024-02-20", id="B")
    book.record([late], author="me", purpose="an old article")
    assert answer_hash(show(book, as_of=fixed)) == closed
    assert answer_hash(show(book, as_of=known)) != open_
    (found,) = differences(book, fixed, known)
    assert (found.statement, found.is_new, found.cause) == (late, True, "late")
    assert "changes the first answer only where recorded_by is not fixed" in found.reason
    assert differences(book, fixed, fixed) == []


def test_differences_give_their_reasons(book: Ledger) -> None:
    rows = [
        said(10.0, on="2024-01-31", published="2024-02-03", id="old"),
        said(11.0, on="2024-01-31", published="2024-04-03", id="new", supersedes="old", reason="counted again"),
        said(12.0, on="2024-03-31", published="2024-04-10", published_precision="month", id="month"),
        said(13.0, on="2024-01-10", published=None, id="undated"),
    ]
    book.record(rows, author="me", purpose="a test")
    first, second = (AsOf(known_at=day(known), admit_undated_days=90) for known in ("2024-03-01", "2024-05-01"))
    found = {one.statement.id: one for one in differences(book, first, second)}
    assert {name: (one.is_new, one.cause) for name, one in found.items()} == {
        "old": (False, "corrected"), "new": (True, "published"), "month": (True, "published"),
        "undated": (True, "admitted"),
    }  # fmt: skip
    assert found["old"].reason == "corrected by new: counted again"
    assert found["new"].reason.startswith("corrects old: counted again")
    assert "so known from 2024-04-30" in found["month"].reason
    back = {one.statement.id: one.cause for one in differences(book, second, first)}
    assert back["month"] == "withdrawn"


def test_the_end_of_a_day_of_recording_counts(book: Ledger) -> None:
    entry = book.record([said(10.0, on="2024-01-31", published="2024-02-03")], author="me", purpose="a test")
    today = dt.datetime.fromisoformat(entry.recorded_at).date()
    assert len(find_known(book, as_of=AsOf(recorded_by=today))) == 1
    assert find_known(book, as_of=AsOf(recorded_by=today - dt.timedelta(days=1))) == []


PICKED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "the better grade": ({"grade": "A"}, {"grade": "B", "published": day("2024-06-01")}),
    "direct before reported": ({"directness": "direct"}, {"directness": "reported"}),
    "reported before derived": ({"directness": "reported"}, {"directness": "derived"}),
    "the latest publication": ({"published": day("2024-05-01")}, {"published": day("2024-04-01")}),
    "dated before undated": ({"published": day("2024-05-01")}, {"published": None}),
    "the first id": ({"id": "A"}, {"id": "B"}),
    "not what is wrong": ({"grade": "C"}, {"grade": "D"}),
    "the later day, whatever the grade": (
        {"grade": "C", "valid_to": day("2024-02-01")}, {"grade": "A", "valid_to": day("2024-01-31")},
    ),
    "grade, where a month may mean the same day": (
        {"grade": "A", "valid_precision": "month"}, {"grade": "B", "valid_to": day("2024-01-31")},
    ),
    "a day of the year before the year itself, whatever the grade": (
        {"grade": "C"}, {"grade": "A", "valid_from": day("2024-12-31"), "valid_to": day("2024-12-31"),
                         "valid_precision": "year"},
    ),
    "a later year before a day of an earlier one": (
        {"grade": "C", "valid_from": day("2025-12-31"), "valid_to": day("2025-12-31"), "valid_precision": "year"},
        {"grade": "A"},
    ),
    "of stretches that end on one day the one that begins last, whatever the grade": (
        {"grade": "C", "valid_from": day("2024-01-10"), "valid_to": day("2024-03-31")},
        {"grade": "A", "valid_from": day("2024-01-01"), "valid_to": day("2024-03-31")},
    ),
}  # fmt: skip


@pytest.mark.parametrize("rule", PICKED)
def test_the_rule_picks(rule: str, book: Ledger) -> None:
    base = said(1.0, on="2024-01-15", published="2024-03-01")
    of_better, of_worse = PICKED[rule]
    first: dict[str, Any] = {"best": 1.0, "id": "x"} | of_better
    second: dict[str, Any] = {"best": 2.0, "id": "y"} | of_worse
    better, worse = replace(base, **first), replace(base, **second)
    book.record([worse, better], author="me", purpose="a test")
    answer = current(book, Series("count", "alpha", "shell", "round"))
    assert answer.picked is not None
    assert answer.picked.statement == better
    assert [one.picked.statement for one in current_all(book)] == [better]


def test_a_day_asked_for_leaves_out_what_is_for_later_days(book: Ledger) -> None:
    rows = [said(best, on=on, published="2024-06-01") for best, on in ((1.0, "2024-01-31"), (2.0, "2024-03-31"))]
    book.record(rows, author="me", purpose="a test")
    found = [one.picked.statement.best for one in show(book, valid=day("2024-02-15")) if one.picked]
    assert found == [1.0]
    assert [one.picked.statement.best for one in current_all(book, valid=day("2024-02-15"))] == [1.0]


@pytest.mark.parametrize(("asked", "expected"), [("2024-06-30", 1.0), ("2024-12-31", 1.0), ("2025-01-31", 3.0)])
def test_a_year_counts_once_it_is_over_and_only_where_nothing_finer_is_known_of_it(
    asked: str, expected: float, book: Ledger
) -> None:
    fine = said(1.0, on="2024-02-15", published="2026-01-01")
    years = [replace(said(best, on=on, published="2026-01-01"), valid_precision="year")
             for best, on in ((2.0, "2024-12-31"), (3.0, "2025-12-31"))]  # fmt: skip
    book.record([fine, years[0]], author="me", purpose="a test")
    assert [one.picked.statement.best for one in show(book, valid=day("2024-06-30")) if one.picked] == [1.0]
    late = replace(fine, id="late", best=3.0, valid_from=day("2025-01-31"), valid_to=day("2025-01-31"))
    book.record([late, years[1]], author="me", purpose="a test")
    for found in (show(book, valid=day(asked)), current_all(book, valid=day(asked))):
        assert [one.picked.statement.best for one in found if one.picked] == [expected]


def test_a_year_that_is_not_over_counts_where_nothing_else_is_known(book: Ledger) -> None:
    year = replace(said(2.0, on="2024-12-31", published="2024-01-01"), valid_precision="year")
    book.record([year], author="me", purpose="a test")
    for found in (show(book, valid=day("2024-06-30")), current_all(book, valid=day("2024-06-30"))):
        assert [one.picked.statement.best for one in found if one.picked] == [2.0]


@pytest.mark.parametrize(
    ("other", "is_rival"),
    [
        ({"best": 14.0, "low": 6.0, "high": 38.0}, False),
        ({"best": None, "low": 6.0}, False),
        ({"best": None, "high": 6.0}, True),
        ({"best": 7.0}, False),
        ({"best": 8.0}, True),
    ],
)
def test_figures_whose_ranges_meet_do_not_contradict_each_other(
    other: dict[str, Any], is_rival: bool, book: Ledger
) -> None:
    one = said(7.0, on="2024-01-15", published="2024-03-01", grade="A")
    book.record([one, replace(one, id="other", grade="B", **other)], author="me", purpose="a test")
    [answer] = show(book)
    assert (len(answer.rivals), len(answer.agreeing)) == ((1, 0) if is_rival else (0, 1))
    assert len(conflicts(book)) == is_rival


def test_figures_of_other_units_or_kinds_are_other_series(book: Ledger) -> None:
    base = said(1.0, on="2024-01-15", published="2024-03-01")
    rows = [base, replace(base, unit="thousand rounds"), replace(base, kind="pledge"), replace(base, kind="delivery")]
    book.record(rows, author="me", purpose="a test")
    assert len(show(book)) == len(current_all(book)) == 4
    assert conflicts(book) == []


def test_only_what_is_asked_for_is_found(book: Ledger) -> None:
    rows = [said(1.0, on="2024-01-15", published=None, holder=holder, item=item) for holder in "ab" for item in "xy"]
    book.record(rows, author="me", purpose="a test")
    assert len(find_known(book, Which(holder="a"))) == 2
    assert len(find_known(book, Which(holder="a", item="x", kind="count", unit="round"))) == 1
    assert find_known(book, Which(kind="pledge")) == []
