"""A table that is no part of a scenario, from a file or a sheet of a workbook, with the same checks of its cells."""

from __future__ import annotations

from pathlib import Path

from replenish.errors import Problem
from replenish.scenario.by_column import Columns
from replenish.scenario.draft import Table
from replenish.scenario.files import Report, read_text
from replenish.scenario.model import Row
from replenish.scenario.rules import ledger_cells, reading
from replenish.scenario.table_files import read_table
from replenish.scenario.workbook.archive import Book
from replenish.scenario.workbook.layout import is_left_alone, is_workbook
from replenish.scenario.workbook.read import find_grid, look_into, read_sheet


def read_single_table(path: Path | str, row_class: type[Row]) -> tuple[Table, Columns, list[Problem]]:
    """Return a table without entries, what its rows say by column, and everything wrong with its file and cells.

    Of a workbook the sheet is read that is named as the table, or the only one.
    """
    path, said, problems = Path(path), Columns(row_class), list[Problem]()
    report = Report(path.name, problems)
    table = Table(path.name, is_whole=False)
    if path.is_dir():
        table.file = str(path)
        Report(table.file, problems).add(
            reading.UNREADABLE_FILE, "is a folder", remedy="name the CSV file or workbook in it"
        )
    elif is_workbook(path):
        table = _from_workbook(path, said, report)
    elif (text := read_text(path.parent, report)) is not None:
        table = read_table(row_class, text, report, fill=said.fill)
    for asked in table.asked:
        Report(table.file, problems).add(
            ledger_cells.CELL, "asks a ledger, which only a table of a scenario can", row=asked.entry.line,
            column=asked.column, value=asked.text, remedy="write the value itself",
        )  # fmt: skip
    return table, said, [_alone(one, row_class) for one in problems]


def _alone(problem: Problem, row_class: type[Row]) -> Problem:
    """Return a problem with a remedy that fits a table by itself: nobody can leave it out as one of a scenario."""
    if problem.rule != reading.MISSING_HEADER.id or problem.remedy != reading.MISSING_HEADER.remedy:
        return problem
    needed = ", ".join(f"`{name}`" for name, field in row_class.model_fields.items() if field.is_required())
    return problem._replace(remedy=f"write the names of the columns into the first line, {needed} among them")


def _from_workbook(path: Path, said: Columns, report: Report) -> Table:
    found = [Table(path.name, is_whole=False)]

    def take(book: Book) -> None:
        if (sheet := _sheet(book, said.row_class.table, report)) is not None:
            own = Report(sheet, report.problems)
            if (grid := find_grid(book, sheet, own)) is not None:
                found.append(read_sheet(said.row_class, grid, own, fill=said.fill))

    look_into(path, report, take)
    return found[-1]


def _sheet(book: Book, name: str, report: Report) -> str | None:
    """Return the name of the sheet that holds a table, or None and a problem."""
    sheets = [sheet for sheet in book.sheets if sheet == name or not is_left_alone(sheet)]
    if name in sheets or len(sheets) == 1:
        return name if name in sheets else sheets[0]
    message = f"has no sheet `{name}`, and {len(sheets)} others"
    report.add(reading.UNKNOWN_TABLE, message, value=", ".join(sheets)[:80], remedy=f"name the sheet `{name}`")
    return None


def placed(problem: Problem, table: Table) -> Problem:
    """Return a problem with the address of its cell, where the table is a sheet."""
    letter = table.letters.get(problem.column or "", "")
    if problem.row is None or not letter or problem.file != table.file:
        return problem
    return problem._replace(cell=f"{problem.file}!{letter}{problem.row}")
