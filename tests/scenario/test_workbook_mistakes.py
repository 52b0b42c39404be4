"""A workbook with 25 planted mistakes has exactly those findings, and a copy that shows each in its place."""

from __future__ import annotations

import datetime as dt
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest

from replenish.cli import main
from replenish.errors import ScenarioError
from replenish.scenario import check, load
from tests.scenario.books import Formula, Sheets, make, part_of, sheets_of, values
from tests.scenario.small import sound

CELLS: tuple[tuple[str, int, str, Any, str], ...] = (
    ("settings", 7, "setting", "time.review_intervall", "unknown-key"),
    ("settings", 11, "value", "many", "not-a-number"),
    ("items", 2, "weight", -0.05, "negative"),
    ("items", 3, "unit_cost", Formula("=VLOOKUP(1,B:C,2)", "#N/A"), "spreadsheet-error"),
    ("stocks", 2, "on_hand", "9,000", "thousands-separator"),
    ("stocks", 2, "floor", "2000 rounds", "number-with-unit"),
    ("stocks", 3, "unit", "tonne", "unit-mismatch"),
    ("lots", 2, "expires", "31/12/2026", "date-format"),
    ("requirements", 2, "start", 44621, "spreadsheet-date"),
    ("requirements", 3, "holder", "frnt", "unknown-name"),
    ("demand", 2, "mean", dt.date(2026, 5, 1), "not-a-number"),
    ("demand", 3, "per", "monthly", "unknown-choice"),
    ("transitions", 2, "probability", 0.95, "transition-sum"),
    ("forced", 2, "start", "2022-02-30", "bad-date"),
    ("expansions", 2, "divisible", "x", "not-true-or-false"),
    ("orders", 2, "due", None, "empty-required"),
    ("routes", 2, "capacity", "1,5", "decimal-comma"),
    ("pledges", 2, "quantity", "n/a", "nan"),
    ("budgets", 2, "year", 2022.5, "not-whole"),
    ("observations", 2, "low", 2000, "low-above-high"),
    ("evidence", 2, "row_key", "donor/shells", "evidence-without-cell"),
)
"""Sheet, row as the spreadsheet counts, column, what is put there, and the rule that finds it."""

OTHERS = {
    ("Stock levels", "", "unknown-table"),
    ("lines", "", "missing-column"),
    ("holders", "holders!J1", "unknown-column"),
    ("stocks", "stocks!A5", "duplicate-key"),
}
"""Mistakes of whole sheets, columns and rows: sheet, cell, rule."""


def _name(head: str) -> str:
    return head.split(" [", maxsplit=1)[0]


def _column(sheets: Sheets, sheet: str, column: str) -> int:
    return [_name(str(head)) for head in sheets[sheet][0]].index(column)


def _wrong() -> Sheets:
    """Return the sheets of the sound scenario with the mistakes planted."""
    sheets = sheets_of(sound())
    for sheet, row, column, value, _ in CELLS:
        sheets[sheet][row - 1][_column(sheets, sheet, column)] = value
    rate = _column(sheets, "lines", "max_rate")
    for line in sheets["lines"]:
        line.pop(rate)
    sheets["holders"][0].append("colour")
    sheets["stocks"].append(list(sheets["stocks"][2]))
    sheets["stocks"][4:] = [sheets["stocks"].pop(), *sheets["stocks"][4:]]
    sheets["Stock levels"] = [["Germany", 400]]
    sheets["notes"] = [["mine", 1.5, dt.date(2026, 1, 2), True]]
    return sheets


def _address(sheets: Sheets, sheet: str, row: int, column: str) -> str:
    return f"{sheet}!{chr(65 + _column(sheets, sheet, column))}{row}"


def _expected() -> set[tuple[str, str, str]]:
    sheets = sheets_of(sound())
    cells = {(sheet, _address(sheets, sheet, row, column), rule) for sheet, row, column, _, rule in CELLS}
    return cells | OTHERS


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return make(tmp_path / "study.xlsx", _wrong())


def test_25_planted_mistakes_yield_exactly_these_25_findings(book: Path) -> None:
    found = check(book)
    assert len(found) == 25
    assert {(problem.file, problem.cell, problem.rule) for problem in found} == _expected()


def test_each_finding_says_where_what_and_how_to_mend_it(book: Path) -> None:
    by_cell = {problem.cell: problem for problem in check(book) if problem.cell}
    assert str(by_cell["requirements!A3"]) == (
        "requirements!A3 holder: there is no holder `frnt` [unknown-name]; did you mean `front`?"
    )
    assert by_cell["items!D3"].value == "#N/A"
    assert by_cell["demand!G2"].value == "2026-05-01"
    with pytest.raises(ScenarioError, match="and 24 more"):
        load(book)


def test_check_prints_addresses_and_writes_a_copy_with_every_finding_in_its_cell(
    book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", str(book)]) == 3
    out, err = capsys.readouterr()
    assert "requirements!A3" in out
    assert "25 errors, no warnings" in out
    copy = book.with_name("study.checked.xlsx")
    assert f"copy with the findings: {copy}" in err
    listed = values(copy)["findings"]
    assert len(listed) == 4 + 25
    assert {(row[1], row[6]) for row in listed[4:]} == {(cell or sheet, rule) for sheet, cell, rule in _expected()}
    links = part_of(copy, "findings")
    for sheet, cell, _ in _expected():
        assert f"location=\"'{sheet}'!{cell.rpartition('!')[2] or 'A1'}\"" in links


def test_the_copy_keeps_what_the_user_wrote_and_colours_what_is_wrong(book: Path) -> None:
    main(["check", str(book)])
    copy = book.with_name("study.checked.xlsx")
    before, after = values(book), values(copy)
    assert list(after) == ["findings", *before]
    for name, rows in before.items():
        texts = [[str(cell) for cell in row if cell != ""] for row in rows]
        kept = [[str(cell) for cell in row if cell not in ("", "#N/A")] for row in after[name]]
        assert [row for row in kept if row] == [row for row in texts if row], name
    assert _notes(copy, "demand!G2").startswith("error: `2026-05-01` is not a number\n→ write a plain number")
    assert _style(copy, "items", "D3") == _style(copy, "orders", "F2") != _style(copy, "stocks", "A2")
    assert after["items"][2][3] == "#N/A"


def _style(book: Path, sheet: str, cell: str) -> str:
    match = re.search(rf'<c r="{cell}"(?: s="(\d+)")?', part_of(book, sheet))
    assert match
    return match[1]


def _notes(book: Path, address: str) -> str:
    """Return the note of a cell; notes of a sheet are found through its relations."""
    sheet, cell = address.split("!")
    number = list(values(book)).index(sheet) + 1
    with zipfile.ZipFile(book) as archive:
        relations = archive.read(f"xl/worksheets/_rels/sheet{number}.xml.rels").decode()
        comments = re.search(r"comments(\d+)\.xml", relations)
        assert comments
        text = archive.read(f"xl/comments{comments[1]}.xml").decode()
    note = re.search(rf'<comment ref="{cell}".*?<t(?: [^>]*)?>(.*?)</t>', text, re.DOTALL)
    assert note
    return note[1]


def test_the_copy_is_written_anew_but_never_over_a_file_that_somebody_saved(
    book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = book.with_name("study.checked.xlsx")
    assert main(["check", str(book)]) == main(["check", str(book)]) == 3
    with zipfile.ZipFile(copy, "a") as archive:
        archive.comment = b""  # what every program does that saves it
    saved = copy.read_bytes()
    capsys.readouterr()
    assert main(["check", str(book)]) == 3
    assert "no copy with the findings" in capsys.readouterr().err
    assert main(["check", str(book), "--annotate", str(copy)]) == 2
    assert main(["check", str(book), "--annotate", str(book)]) == 2
    assert copy.read_bytes() == saved
    assert main(["check", str(book), "--annotate", str(book.with_name("other.xlsx"))]) == 3
    assert book.with_name("other.xlsx").exists()


def test_no_copy_is_written_where_none_is_wanted_or_needed(book: Path) -> None:
    main(["check", str(book), "--no-annotate"])
    make(book.with_name("sound.xlsx"), sheets_of(sound()))
    assert main(["check", str(book.with_name("sound.xlsx"))]) == 0
    broken = book.with_name("broken.xlsx")
    broken.write_bytes(b"PK")
    assert main(["check", str(broken)]) == 3
    assert sorted(path.name for path in book.parent.iterdir()) == ["broken.xlsx", "sound.xlsx", "study.xlsx"]


def test_json_carries_the_addresses(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(book), "--format", "json", "--no-annotate"]) == 3
    found = json.loads(capsys.readouterr().out)["problems"]
    assert {"cell", "file", "row", "column"} <= set(found[0])
    assert {problem["cell"] for problem in found if problem["cell"]} >= {"stocks!C2", "stocks!D2"}


def test_the_findings_of_a_copy_are_those_of_the_original(book: Path) -> None:
    """A copy may be mended in place: its list of findings is not taken for a table."""
    main(["check", str(book)])
    copy = book.with_name("study.checked.xlsx")
    assert {problem.cell for problem in check(copy)} == {problem.cell for problem in check(book)}
