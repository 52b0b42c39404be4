"""Workbooks made cell by cell, as people and programs make them."""

from __future__ import annotations

import datetime as dt
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import xlsxwriter
from python_calamine import CalamineWorkbook

from replenish.scenario import Scenario
from replenish.scenario.workbook.write import write_workbook

Sheets = dict[str, list[list[Any]]]


class Formula(NamedTuple):
    """A formula with the result that a spreadsheet has saved with it."""

    text: str
    result: Any


def make(path: Path, sheets: Sheets) -> Path:
    """Write sheets as they are given, from A1 on."""
    book = xlsxwriter.Workbook(str(path))
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for row, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                if isinstance(cell, Formula):
                    sheet.write_formula(row, column, cell.text, None, cell.result)
                elif isinstance(cell, dt.date):
                    sheet.write_datetime(row, column, cell, day)
                elif isinstance(cell, str):
                    sheet.write_string(row, column, cell)
                elif cell is not None:
                    sheet.write(row, column, cell)
    book.close()
    return path


def sheets_of(scenario: Scenario) -> Sheets:
    """Return the sheets that a scenario is written as, to be spoilt; cells that hold nothing are empty text."""
    with tempfile.TemporaryDirectory() as folder:
        path = write_workbook(scenario, Path(folder) / "study.xlsx")
        return values(path)


def values(path: Path) -> Sheets:
    """Return the values of all sheets."""
    with CalamineWorkbook.from_path(path) as book:
        return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}


def edit(path: Path, part: str, change: Callable[[str], str]) -> Path:
    """Change the text of one part of a workbook."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    text = parts[part].decode()
    assert change(text) != text
    parts[part] = change(text).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


def part_of(path: Path, sheet: str) -> str:
    """Return the text of a sheet's part, whose number is its place in the workbook."""
    with CalamineWorkbook.from_path(path) as book:
        number = book.sheet_names.index(sheet) + 1
    with zipfile.ZipFile(path) as archive:
        return archive.read(f"xl/worksheets/sheet{number}.xml").decode()
