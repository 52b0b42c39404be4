"""The guide from a spreadsheet to a first chart, walked through as it is written."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest

from replenish.cli import main
from replenish.result import load_result
from replenish.scenario.model import TABLES
from tests.scenario.books import Sheets, make, values

PAGE = Path(__file__).resolve().parents[2] / "docs" / "guides" / "my-spreadsheet-to-first-chart.md"
TEXT = PAGE.read_text(encoding="utf-8")


def _tables() -> dict[str, list[list[str]]]:
    """Return the tables of the page by sheet."""
    found = re.findall(r"^\*\*Sheet `(\w+)`\*\*\n\n((?:\|.*\n)+)", TEXT, flags=re.MULTILINE)
    rows = {
        name: [[cell.strip() for cell in line[1:-1].split("|")] for line in text.splitlines()] for name, text in found
    }
    return {name: [head, *body] for name, (head, _, *body) in rows.items()}


def _typed(text: str) -> Any:
    """Return what a spreadsheet makes of what is typed."""
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return dt.date.fromisoformat(text)
    return float(text) if re.fullmatch(r"[0-9.]+", text) else text


def _fill(sheets: Sheets, tables: dict[str, list[list[str]]]) -> None:
    """Type the tables of the page into the sheets of a new workbook, in place of its rows."""
    for name, (head, *body) in tables.items():
        heads = [str(cell).split(" [")[0] for cell in sheets[name][0]]
        if name == "settings":
            said = dict(body)
            for row in sheets[name][1:]:
                row[1] = _typed(said[row[0]]) if row[0] in said else row[1]
            continue
        rows = [dict(zip(head, cells, strict=True)) for cells in body]
        assert set(head) <= set(heads)
        sheets[name][1:] = [[_typed(row.get(column, "")) for column in heads] for row in rows]


@pytest.fixture
def filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sheets:
    monkeypatch.chdir(tmp_path)
    assert main(["new", "first.xlsx"]) == 0
    sheets = values(Path("first.xlsx"))
    _fill(sheets, _tables())
    return sheets


def test_the_page_fills_every_table_of_the_new_workbook(filled: Sheets) -> None:
    assert {name for name in TABLES if len(filled[name]) > 1} == set(_tables()) - {"settings"}


def test_the_mistake_of_the_page_is_found_in_the_words_of_the_page(
    filled: Sheets, capsys: pytest.CaptureFixture[str]
) -> None:
    filled["stocks"][1][2] = "60 000"
    make(Path("tablets.xlsx"), filled)
    assert main(["check", "tablets.xlsx"]) == 3
    assert Path("tablets.checked.xlsx").exists()
    out = capsys.readouterr().out
    block = next(block for block in re.findall(r"```text\n(.*?)```", TEXT, flags=re.DOTALL))
    for part in re.split(r"\n|: ", block.strip()):
        assert part in out


def test_the_filled_workbook_is_sound_and_its_chart_shows_the_way_back_to_the_requirement(filled: Sheets) -> None:
    make(Path("tablets.xlsx"), filled)
    assert main(["check", "tablets.xlsx"]) == 0
    assert main(["run", "tablets.xlsx", "--out", "runs/tablets", "--paths", "200"]) == 0
    result = load_result("runs/tablets")
    stock = result.series.filter(measure="on_hand", holder="agency").sort("period")["p50"]
    requirement = result.series.filter(measure="requirement", holder="agency").sort("period")["p50"]
    assert stock[0] < requirement[0]
    assert stock[-1] > requirement[-1]
    rows = values(Path("runs/tablets/report.xlsx"))["series"]
    assert {"measure", "date", "p05", "p50", "p95"} <= set(rows[3])
    assert "on_hand" in {row[0] for row in rows[4:]}
