"""The list of observations becomes statements without loss, and the example ledger holds them."""

from __future__ import annotations

import csv
import io
from collections import Counter
from pathlib import Path

import pytest

from replenish.errors import UsageError
from replenish.ledger.ask.knowing import AsOf, find_known
from replenish.ledger.citing import all_documents
from replenish.ledger.exporting import all_statements, to_csv
from replenish.ledger.importing.observations import COLUMNS, read_observations, to_row, write_observations
from replenish.ledger.importing.rows import StatementRow, to_statements
from replenish.ledger.making import example_table, new_ledger
from replenish.ledger.store import Ledger
from replenish.ledger.values import Statement
from replenish.scenario.by_column import Columns
from tests.ledger.statements import day

SOURCE = (Path(__file__).parent / "observations.csv").read_bytes().decode()
ROWS = {row.id: row for row in read_observations(SOURCE)}
NUMBERS = ("value", "low", "high")


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """Return the example ledger."""
    return new_ledger(tmp_path_factory.mktemp("example") / "ledger.db", example=True, author="a test")


def test_the_example_ledger_is_the_list_in_every_field(example: Ledger) -> None:
    found = {row["id"]: row for row in write_observations(all_statements(example), all_documents(example))}
    source = list(csv.DictReader(io.StringIO(SOURCE, newline="")))
    assert len(found) == len(source) == 412
    for row in source:
        for name in COLUMNS:
            own, other = found[row["id"]][name], row[name]
            is_number = name in NUMBERS and bool(other)
            assert (float(own) == float(other)) if is_number else (own == other), (row["id"], name)


def test_the_shipped_table_is_what_the_list_becomes(example: Ledger) -> None:
    assert {one.id: one for one in all_statements(example)} == {
        name: _statement(row, document) for name, row in ROWS.items()
        if (document := _document(example, row))
    }  # fmt: skip
    assert example.verify() == []


def _statement(row: StatementRow, document: str) -> Statement:
    return to_statements(Columns.of(row), [document])[0]


def _document(ledger: Ledger, row: StatementRow) -> str:
    return next(
        one.id for one in all_documents(ledger).values() if (one.title, one.address) == (row.title, row.address)
    )


def test_tags_become_fields() -> None:
    assert Counter(row.grade for row in ROWS.values()) == {"A": 34, "B": 244, "C": 133, "D": 1}
    assert sum(row.directness == "derived" for row in ROWS.values()) == 56
    assert sum(row.published is None for row in ROWS.values()) == 28
    assert sum(row.best is row.low is row.high is None for row in ROWS.values()) == 19
    assert ROWS["BAR03"].grade == "D"
    assert all(row.note.startswith("[prec=") for row in ROWS.values())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("USP23", {"low": 28000.0, "best": None, "high": None, "valid_precision": "year"}),
        ("EUP07", {"low": None, "best": None, "high": 700000.0}),
        ("EUP12", {"low": None, "best": 400000.0, "high": 500000.0}),  # the value is not the open end
        ("USP13", {"is_middle": True, "best": 82500.0, "kind": "capacity_target"}),
        ("USI24", {"is_middle": False, "low": 425000000.0}),
        ("USP22", {"valid_from": day("2023-10-05"), "valid_to": None}),  # no due date
        ("EUD01", {"valid_from": day("2023-03-20"), "valid_to": day("2024-03-20")}),  # promised within 12 months
        ("EUD19", {"valid_from": day("2025-04-09"), "valid_to": day("2025-12-31")}),  # promised for a year
        ("CZD04", {"valid_from": day("2024-04-16"), "valid_to": None}),  # promised without a day
        ("EUD17", {"valid_from": day("2024-12-31"), "valid_to": day("2024-12-31")}),  # announced for a later day
        ("FND24", {"valid_from": day("2023-10-01"), "valid_to": day("2024-03-31")}),
        ("USD09", {"is_cumulative": True}),
        ("USI07", {"starts_at": "", "ends_at": ""}),  # not ended
        ("MSL07", {"starts_at": "contract award", "ends_at": "completion", "directness": "derived"}),
        ("FND12", {"best": -43.0}),
    ],
)
def test_what_a_row_becomes(name: str, expected: dict[str, object]) -> None:
    assert {column: getattr(ROWS[name], column) for column in expected} == expected


def test_undated_statements_are_known_at_no_past_day(example: Ledger) -> None:
    known = find_known(example, as_of=AsOf(known_at=day("2030-01-01")))
    assert len(known) == 412 - 28
    admitted = find_known(example, as_of=AsOf(known_at=day("2030-01-01"), admit_undated_days=90))
    assert 0 < len([one for one in admitted if one.is_admitted]) <= 28


def test_a_list_without_tags_or_columns_is_refused() -> None:
    row = dict.fromkeys(COLUMNS, "") | {"id": "X", "kind": "stock", "note": "no tags"}
    with pytest.raises(UsageError, match="X: the note must begin with"):
        to_row(row)
    with pytest.raises(UsageError, match="the columns are id"):
        read_observations("id,date\n")


def test_the_shipped_table_is_what_an_export_would_write() -> None:
    text = example_table().read_bytes().decode()
    head = next(csv.reader(io.StringIO(text, newline="")))
    assert set(head) <= {*StatementRow.model_fields}
    assert to_csv([], head) == text[: text.index("\n") + 1]
    assert len(text.splitlines()) == 413
