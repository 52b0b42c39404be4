"""A table read by column says what it says read by row, and has the same problems."""

from __future__ import annotations

import csv
import io
import random
from pathlib import Path

import pytest

from replenish.errors import Problem
from replenish.scenario.by_column import Columns
from replenish.scenario.files import Report
from replenish.scenario.model import TABLES, Demand, Row
from replenish.scenario.table_files import read_table

TABLE_FILES = sorted((Path(__file__).parent / "mistakes" / "tables").glob("*.csv"))
ODD = [
    "",
    " ",
    "0",
    "-0",
    "-5",
    "1,5",
    "nan",
    "1e999",
    "2024-02-30",
    "maybe",
    "TRUE",
    "a b",
    "f(x)",
    "ledger(kind=use)",
]


def by_row_and_by_column(row_class: type[Row], text: str) -> tuple[Columns, list[Problem]]:
    """Return a table read by column after a comparison with the same one read by row."""
    own, others = list[Problem](), list[Problem]()
    said = Columns(row_class)
    table = read_table(row_class, text, Report("table.csv", own), fill=said.fill)
    rows = read_table(row_class, text, Report("table.csv", others))
    assert own == others
    assert (table.position, table.is_whole) == (rows.position, rows.is_whole)
    assert [(one.column, one.text, one.entry.line) for one in table.asked] == [
        (one.column, one.text, one.entry.line) for one in rows.asked
    ]
    assert said.lines == [entry.line for entry in rows.entries]
    assert list(map(tuple, said.cells)) == [entry.cells for entry in rows.entries]
    assert said.damaged == {n: entry.damaged for n, entry in enumerate(rows.entries) if entry.damaged}
    for name, values in said.values.items():
        assert values == [entry.row.__dict__[name] for entry in rows.entries], name
    return said, own


@pytest.mark.parametrize("path", TABLE_FILES, ids=lambda path: path.stem)
def test_both_ways_find_the_same_mistakes(path: Path) -> None:
    by_row_and_by_column(TABLES[path.stem], path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("path", TABLE_FILES, ids=lambda path: path.stem)
def test_both_ways_read_the_same_where_cells_are_damaged_at_random(path: Path, seed: int) -> None:
    draw, (header, *rows) = random.Random(seed), csv.reader(io.StringIO(path.read_text(encoding="utf-8")))
    for row in rows:
        for _ in range(draw.choice([0, 0, 1, 3])):
            row[draw.randrange(len(row))] = draw.choice(ODD)
        if draw.random() < 0.1:
            row.pop()
    if draw.random() < 0.3:
        header[draw.randrange(len(header))] = draw.choice(["mine", header[0]])
    written = io.StringIO()
    csv.writer(written).writerows([header, *rows])
    by_row_and_by_column(TABLES[path.stem], written.getvalue())


def test_a_table_without_rows_has_all_columns_and_no_values() -> None:
    said, problems = by_row_and_by_column(Demand, ",".join(Demand.model_fields) + "\n")
    assert (set(said.values), problems) == (set(Demand.model_fields), [])
    assert not any(said.values.values())
