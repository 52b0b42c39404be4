"""The cells of one sheet as a grid, with those that hold no value."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from replenish.scenario.cells import Fault
from replenish.scenario.rules import reading
from replenish.scenario.table_files import NO_FAULTS, Record
from replenish.scenario.workbook.archive import Book
from replenish.scenario.workbook.scan import Sheet
from replenish.scenario.written import number_text

Cell = Any
"""What a cell holds: text, number, flag, date, time, or empty text."""


@dataclass(slots=True)
class Grid:
    """The cells of a sheet from A1 on, all rows of one length; a cell without a value holds what stands in it."""

    rows: list[list[Cell]]
    faults: Mapping[int, Mapping[int, Fault]]  # row, column, from 0

    def is_used(self, column: int) -> bool:
        """Return whether any cell of a column holds something."""
        return any(row[column] != "" for row in self.rows)

    def records(self, columns: Sequence[int]) -> Iterator[Record]:
        """Iterate over the rows below the first that are not blank, as text."""
        for place, row in enumerate(self.rows[1:], 1):
            cells = tuple(text_of(row[column]) for column in columns)
            if any(cell and not cell.isspace() for cell in cells):
                yield place + 1, cells, self._faults_of(place, columns)

    def _faults_of(self, row: int, columns: Sequence[int]) -> Mapping[int, Fault]:
        found = self.faults.get(row)
        if not found:
            return NO_FAULTS
        return {place: found[column] for place, column in enumerate(columns) if column in found}


def text_of(cell: Cell) -> str:
    """Return what a cell holds as it would be written in a file.

    >>> text_of(2.0), text_of(True), text_of(dt.datetime(2022, 3, 1)), text_of(" a ")
    ('2', 'true', '2022-03-01', ' a ')
    """
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return number_text(cell)
    if isinstance(cell, dt.datetime) and cell.time() == dt.time():
        return cell.date().isoformat()
    return str(cell)


def read_grid(book: Book, name: str) -> Grid:
    """Return the cells of a sheet whose size was found fit."""
    sheet, rows = book.sheets[name], book.rows(name)
    width = max(sheet.columns, max(map(len, rows), default=0))
    rows += [[] for _ in range(len(rows), sheet.rows)]
    for row in rows:
        row.extend([""] * (width - len(row)))
    for (line, column), text in (sheet.errors | sheet.valueless).items():
        rows[line][column] = text
    faults = _faults(sheet)
    for line, row in enumerate(rows):
        for column, cell in enumerate(row):
            if isinstance(cell, str) and _PERHAPS_THOUSANDS.fullmatch(cell.strip()):
                faults.setdefault(line, {}).setdefault(column, _perhaps_thousands(cell.strip()))
    return Grid(rows, faults)


def _perhaps_thousands(text: str) -> Fault:
    """Return the fault of a number written as text that a German reads as thousands and an American as a fraction."""
    large, small = text.replace(".", ""), f"{float(text):g}"
    message = f"is text that may mean {large} or {small}"
    return Fault(reading.THOUSANDS_SEPARATOR, message, f"type {large} or {small} as a number", ("number", "whole"))


_PERHAPS_THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2}\.[0-9]{3}")
"""A number as text that has three digits behind a point."""


def _faults(sheet: Sheet) -> dict[int, dict[int, Fault]]:
    found: dict[int, dict[int, Fault]] = {}
    for (row, column), message in sheet.errors.items():
        fault = Fault(reading.SPREADSHEET_ERROR, f"`{message[:40]}` is the error message of a spreadsheet")
        found.setdefault(row, {})[column] = fault
    for (row, column), formula in sheet.valueless.items():
        fault = Fault(reading.FORMULA_WITHOUT_VALUE, f"the formula `{formula[:40]}` has no result")
        found.setdefault(row, {})[column] = fault
    return found
