"""What is written in a cell is read exactly or named by its own rule; nothing is guessed."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from replenish.scenario import check
from replenish.scenario.cells import columns
from replenish.scenario.model import Demand, Expansion, Holder, Line, Stock
from tests.scenario.small import written

HOLDERS = "name,parent\neurope,\ndonor,europe\nfront,\n"

NUMBERS = {
    "not-a-number": ["many", "1.2.3", "1.5.", "--5", "\u0661\u0662"],
    "decimal-comma": ["1,5", "1.234,5", "-0,5", "0,125", "1 234,5"],
    "thousands-separator": ["28,000", "28 000", "1'000'000", "1_000", "1.000.000", "1,234.5", "28\u00a0000"],
    "number-with-unit": ["5 %", "30 days", "4t", "\u20ac 12", "12 EUR"],
    "nan": ["nan", "NaN", "n/a", "-", "?", "null", "#N/A"],
    "infinite": ["inf", "-Infinity", "1e999", "\u221e"],
    "spreadsheet-error": ["#REF!", "#DIV/0!"],
    "negative": ["-1", "-0.001"],
}
DAYS = {
    "spreadsheet-date": ["44986", "44986.5"],
    "date-format": [
        "03/04/2022", "13/04/2022", "1.3.2022", "2022-3-1", "2022/03/01", "20220301", "2022-03-01 00:00:00",
        "2022-03-01T00:00", "1 March 2022", "March 2022", "2022", "2022-03",
    ],
    "bad-date": ["2023-02-30", "soon", "2022-13-01", "0000-01-01"],
}  # fmt: skip
CELL_RULES = {*NUMBERS, *DAYS, "not-whole", "out-of-range", "not-true-or-false", "unknown-choice", "bad-name"}


@pytest.mark.parametrize(("rule", "text"), [(rule, text) for rule, texts in NUMBERS.items() for text in texts])
def test_what_is_not_a_number_is_named(rule: str, text: str) -> None:
    reading = columns(Stock)["on_hand"].read(text)
    assert reading.fault is not None
    assert reading.fault.rule.id == rule


@pytest.mark.parametrize(("rule", "text"), [(rule, text) for rule, texts in DAYS.items() for text in texts])
def test_what_is_not_an_iso_date_is_named(rule: str, text: str) -> None:
    reading = columns(Demand)["start"].read(text)
    assert reading.fault is not None
    assert reading.fault.rule.id == rule


@pytest.mark.parametrize(
    ("text", "value"),
    [("1250.5", 1250.5), ("1e3", 1000.0), (" 7 ", 7.0), ("+2", 2.0), (".5", 0.5), ("0.1", 0.1), ("1000", 1000.0)],
)
def test_a_plain_number_is_read(text: str, value: float) -> None:
    assert columns(Stock)["on_hand"].read(text) == (value, None)


def test_other_kinds_of_cells_are_read() -> None:
    assert columns(Demand)["start"].read("2024-02-29").value == dt.date(2024, 2, 29)
    assert columns(Demand)["priority"].read("3").value == 3
    assert columns(Demand)["per"].read("week").value == "week"
    assert columns(Expansion)["divisible"].read("TRUE").value is True
    assert columns(Holder)["title"].read(" Free, text ").value == " Free, text "


@pytest.mark.parametrize(
    ("model", "column", "text", "rule"),
    [
        (Demand, "priority", "1.5", "not-whole"),
        (Demand, "priority", "1e300", "infinite"),
        (Demand, "priority", "2,5", "decimal-comma"),
        (Expansion, "realised_share", "85", "out-of-range"),
        (Expansion, "capacity_step", "0", "out-of-range"),
        (Expansion, "capacity_step", "-5", "negative"),
        (Expansion, "divisible", "x", "not-true-or-false"),
        (Line, "per", "monthly", "unknown-choice"),
        (Holder, "name", "United States", "bad-name"),
    ],
)
def test_other_mistakes_in_cells_are_named(model: type, column: str, text: str, rule: str) -> None:
    reading = columns(model)[column].read(text)
    assert reading.fault is not None
    assert reading.fault.rule.id == rule


@pytest.mark.parametrize(
    ("column", "text", "advice"),
    [
        ("start", "03/04/2022", "2022-03-04 (month/day, as in the US) or 2022-04-03 (day/month)"),
        ("start", "13/04/2022", "2022-04-13 (day/month)"),
        ("start", "44986", "2023-03-01 if days count from 1900"),
        ("per", "monthly", "did you mean `month`?"),
        ("holder", "United States", "write `united_states` here"),
    ],
)
def test_the_remedy_names_what_may_be_meant(column: str, text: str, advice: str) -> None:
    fault = columns(Demand)[column].read(text).fault
    assert fault is not None
    assert advice in fault.remedy


def test_cells_are_reported_as_written_with_file_row_and_column(tmp_path: Path) -> None:
    stocks = 'holder,item,on_hand\ndonor,shell,9000\n\ndonor,fuze,"1,5"\nfront,shell, -3\n'
    folder = written(tmp_path / "x", stocks=stocks, lots="holder,item,lot,quantity\n")
    found = [(p.file, p.row, p.column, p.value, p.rule) for p in check(folder)]
    assert found == [
        ("tables/stocks.csv", 4, "on_hand", "1,5", "decimal-comma"),
        ("tables/stocks.csv", 5, "on_hand", " -3", "negative"),
    ]


def test_line_breaks_in_quotes_do_not_move_row_numbers(tmp_path: Path) -> None:
    sources = 'name,title,note\nreport,"Annual\nreport","a ""quoted""\r\n\r\nword"\nother,Other,\n,Third,\n'
    found = check(written(tmp_path / "x", sources=sources))
    assert [(p.row, p.column, p.rule) for p in found] == [(6, "name", "unused-source"), (7, "name", "empty-required")]
