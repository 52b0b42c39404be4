"""One mistake gives one finding: rules leave alone what a damaged cell, row or table makes uncertain."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replenish.scenario import TABLES, check
from replenish.scenario.cells import columns
from replenish.scenario.model import Stock
from tests.scenario.small import ROWS, sound, written

USED = sorted({row.table for row in ROWS})


def _read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def _write(path: Path, rows: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    path.write_text(text.getvalue(), encoding="utf-8")


@pytest.mark.parametrize("table", USED)
def test_a_cell_that_cannot_be_read_gives_one_finding(table: str, tmp_path: Path) -> None:
    path = written(tmp_path / "study") / "tables" / f"{table}.csv"
    sound_rows = _read(path)
    kinds = columns(TABLES[table])
    for row in range(1, len(sound_rows)):
        for place, column in enumerate(sound_rows[0]):
            if kinds[column].kind == "text":
                continue
            rows = [list(cells) for cells in sound_rows]
            rows[row][place] = "!"
            _write(path, rows)
            found = [(problem.file, problem.row, problem.column) for problem in check(tmp_path / "study")]
            assert found == [(f"tables/{table}.csv", row + 1, column)]


@pytest.mark.parametrize("table", USED)
def test_a_row_of_the_wrong_length_gives_one_finding(table: str, tmp_path: Path) -> None:
    path = written(tmp_path / "study") / "tables" / f"{table}.csv"
    sound_rows = _read(path)
    for row in range(1, len(sound_rows)):
        rows = [list(cells) for cells in sound_rows]
        rows[row].append("")
        _write(path, rows)
        assert [(problem.rule, problem.row) for problem in check(tmp_path / "study")] == [("ragged-row", row + 1)]


@pytest.mark.parametrize("table", USED)
def test_a_row_that_stands_twice_gives_one_finding(table: str, tmp_path: Path) -> None:
    path = written(tmp_path / "study") / "tables" / f"{table}.csv"
    rows = _read(path)
    _write(path, [*rows, rows[-1]])
    found = [(problem.rule, problem.row) for problem in check(tmp_path / "study")]
    assert found == [("duplicate-key", len(rows) + 1)]


@pytest.mark.parametrize("table", USED)
def test_a_column_with_a_wrong_name_gives_one_finding(table: str, tmp_path: Path) -> None:
    path = written(tmp_path / "study") / "tables" / f"{table}.csv"
    sound_rows = _read(path)
    for place in range(len(sound_rows[0])):
        rows = [list(cells) for cells in sound_rows]
        rows[0][place] = "qqq"
        _write(path, rows)
        found = [(problem.rule, problem.row, problem.column) for problem in check(tmp_path / "study")]
        assert found == [("unknown-column", 1, "qqq")]


@pytest.mark.parametrize("table", USED)
def test_a_table_that_cannot_be_read_gives_one_finding(table: str, tmp_path: Path) -> None:
    path = written(tmp_path / "study") / "tables" / f"{table}.csv"
    path.write_bytes(b"PK\0\0")
    assert [problem.rule for problem in check(tmp_path / "study")] == ["not-text"]


def test_names_that_a_damaged_row_may_define_are_excused_and_slips_are_not(tmp_path: Path) -> None:
    holders = "name,parent,gate\neurope,,\ndonor,europe,parliament\nThe Front,,\n"
    folder = written(tmp_path / "study", holders=holders)
    assert [problem.rule for problem in check(folder)] == ["bad-name"]
    stocks = folder / "tables" / "stocks.csv"
    stocks.write_text(stocks.read_text(encoding="utf-8").replace("donor,fuze", "dnor,fuze"), encoding="utf-8")
    assert [problem.rule for problem in check(folder)] == ["bad-name", "unknown-name"]


WORDS = ["", "!", "-5", "0", "1e9", "1,5", "nan", "shell", "donor", "surge", "plant", "2030-01-01", "release", "level"]
MISTAKES = st.lists(st.tuples(st.sampled_from(USED), st.integers(0, 99), st.integers(0, 99), st.sampled_from(WORDS)))


@settings(max_examples=60)
@given(MISTAKES)
def test_no_mistake_makes_the_check_itself_fail(
    tmp_path_factory: pytest.TempPathFactory, mistakes: list[tuple[str, int, int, str]]
) -> None:
    folder = written(tmp_path_factory.mktemp("any") / "study")
    for table, row, place, word in mistakes:
        path = folder / "tables" / f"{table}.csv"
        rows = _read(path)
        cells = rows[row % len(rows)]
        cells[place % len(cells)] = word
        _write(path, rows)
    for problem in check(folder):
        assert problem.message
        assert problem.remedy


def test_many_mistakes_of_one_kind_are_all_listed() -> None:
    stocks = tuple(Stock(holder=f"h{number}", item="shell") for number in range(50))
    found = check(sound().model_copy(update={"stocks": (*sound().stocks, *stocks)}))
    assert [(problem.rule, problem.row) for problem in found] == [("unknown-name", row) for row in range(4, 54)]
