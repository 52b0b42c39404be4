"""What is refused where it comes in: forms of days that mean two things, names and cells of any signs and length."""

from __future__ import annotations

import datetime as dt
import time
from pathlib import Path

import pytest

from replenish.errors import UsageError
from replenish.ledger.ask.many import current_all
from replenish.ledger.moments import parse_moment
from replenish.ledger.store import Ledger
from replenish.ledger.values import Document
from replenish.scenario.asked import LONGEST, Ask, Refusal, parse_ask
from replenish.study.assembling import ledger_place
from tests.ledger.statements import said

NOON = dt.datetime(2024, 12, 31, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize("text", ["20241231", "2024-W53-2", "20241231T1200", "2024-12-31T12", "2024-12-31x12:00",
                                  "\u0662\u0660\u0662\u0664-12-31"])  # fmt: skip
def test_a_moment_in_another_form_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="write a day as 2024-12-31 or a moment as 2024-12-31T18:00"):
        parse_moment(text)


@pytest.mark.parametrize("text", ["2024-12-31T12:00", "2024-12-31 12:00:00", "2024-12-31T12:00:00.000000+00:00",
                                  "2024-12-31T12:00Z", "2024-12-31T17:00+05:00"])  # fmt: skip
def test_a_moment_in_its_form_is_read(text: str) -> None:
    assert parse_moment(text) == NOON
    assert parse_moment("2024-12-31") == NOON.date()


@pytest.mark.parametrize("text", ["20240331", "2024-W13-7", "2024-3-31", "\u0662\u0660\u0662\u0664-03-31"])
def test_a_day_of_a_cell_in_another_form_is_refused(text: str) -> None:
    told = parse_ask(f"ledger(kind=count, holder=a, item=b, valid={text})")
    assert told == f"valid={text} is not a date written as YYYY-MM-DD"


def test_a_long_cell_is_refused_at_once() -> None:
    start = time.process_time()
    assert parse_ask("ledger(" + "," * 100_000 + '")') == "is longer than 1,000 characters"
    assert time.process_time() - start < 1.0
    longest = "ledger(kind=count, holder=a, item=b)".ljust(LONGEST)
    assert isinstance(parse_ask(longest), Ask)


@pytest.mark.parametrize("column", ["holder", "item", "unit", "id"])
@pytest.mark.parametrize("sign", ["\x1f", "\x1b", "\x85"])
def test_a_name_with_a_control_sign_is_refused(ledger: Ledger, column: str, sign: str) -> None:
    base = {"best": 1.0, "on": "2024-01-01", "published": None}
    with pytest.raises(UsageError, match=rf"{column}: .* without control signs"):
        ledger.record([said(**(base | {column: f"a{sign}b"}))], author="me", purpose="a test")  # type: ignore[arg-type]
    assert current_all(ledger) == []


def test_a_text_keeps_its_signs(ledger: Ledger) -> None:
    ledger.record([Document(id="d", title="a\x1fb", text="a\x0cb")], author="me", purpose="a test")
    assert ledger.verify() == []


def test_a_workbook_reaches_no_ledger_beside_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "Downloads"
    folder.mkdir()
    for name in (tmp_path / "facts.db", folder / "facts.db", folder / "book.xlsx"):
        name.touch()
    for place in ("../facts.db", str(tmp_path / "facts.db"), "deeper/../../facts.db"):
        found = ledger_place(place, folder / "book.xlsx")
        assert isinstance(found, Refusal)
        assert "leads out of the folder that holds the workbook" in found.message
    assert ledger_place("facts.db", folder / "book.xlsx") == (folder / "facts.db").resolve()
