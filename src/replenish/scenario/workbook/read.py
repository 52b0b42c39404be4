"""Workbook -> draft: the same tables, settings and findings as from a folder, with the addresses of cells."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from replenish.scenario.draft import Draft, Table
from replenish.scenario.files import Report
from replenish.scenario.model import TABLES, Row
from replenish.scenario.rules import reading
from replenish.scenario.suggest import advice, nearest
from replenish.scenario.table_files import Fill, fill_rows, read_rows
from replenish.scenario.workbook.archive import Book, NotReadableError, TooLargeError, opened
from replenish.scenario.workbook.grid import Grid, read_grid, text_of
from replenish.scenario.workbook.layout import (
    READ,
    SETTING_COLUMNS,
    SETTINGS,
    is_left_alone,
    letters,
    name_in,
    scenario_sheets,
)
from replenish.scenario.workbook.settings_sheet import SettingRow, read_settings_sheet


def read_workbook(path: Path | str) -> Draft:
    """Return all that a workbook holds, with the problems of its sheets and cells; other rules have not run."""
    path = Path(path)
    draft = Draft(settings_file=SETTINGS)
    if not look_into(path, Report(path.name, draft.problems), lambda book: _read_sheets(book, draft)):
        draft.tables = {name: Table(name, is_whole=False) for name in TABLES}
    return draft


def look_into(path: Path, report: Report, take: Callable[[Book], object]) -> bool:
    """Call `take` with an opened workbook; return whether it could be read, else what is wrong goes to `report`."""
    try:
        if path.suffix.lower() not in READ:
            raise NotReadableError(f"{path.suffix} is not read, only {' and '.join(READ)}")
        with opened(path) as book:
            take(book)
    except TooLargeError as error:
        report.add(reading.FILE_TOO_LARGE, str(error))
    except NotReadableError as error:
        report.add(reading.NOT_A_WORKBOOK, error.found, remedy=error.remedy)
    except OSError as error:
        report.add(reading.UNREADABLE_FILE, f"cannot be read: {(error.strerror or 'cannot be opened').lower()}")
    else:
        return True
    return False


def _read_sheets(book: Book, draft: Draft) -> None:
    lost = _judge_names(list(book.sheets), draft)
    draft.tables = {name: Table(name, is_whole=False) for name in lost}
    for name in scenario_sheets():
        if name in book.sheets and (grid := find_grid(book, name, Report(name, draft.problems))):
            _read_sheet(draft, grid, Report(name, draft.problems))
        elif name in book.sheets:
            draft.tables |= {name: Table(name, is_whole=False)} if name in TABLES else {}


def _read_sheet(draft: Draft, grid: Grid, report: Report) -> None:
    if report.file == SETTINGS:
        if (rows := _settings_rows(grid, report)) is not None:
            read_settings_sheet(draft, rows, report)
    else:
        draft.tables[report.file] = read_sheet(TABLES[report.file], grid, report)


def _judge_names(sheets: list[str], draft: Draft) -> list[str]:
    """Report sheets that are no part of a scenario; return the tables that they perhaps should be."""
    missing = [name for name in scenario_sheets() if name not in sheets]
    suspects: list[str] = []
    for name in sheets:
        if name not in scenario_sheets() and not is_left_alone(name):
            found = nearest(name, missing)
            suspects += [found] if found else []
            remedy = f"did you mean `{found}`?" if found else advice(name, scenario_sheets())
            Report(name, draft.problems).add(
                reading.UNKNOWN_TABLE,
                "is no sheet of a scenario",
                value=name,
                remedy=(remedy + "; " if remedy else "") + "a sheet of your own is named `notes` or starts with _ or #",
            )
    if SETTINGS in missing and SETTINGS not in suspects:
        remedy = "add a sheet `settings` with the columns setting and value, and a row for title, time.start, time.end"
        Report(SETTINGS, draft.problems).add(reading.MISSING_SETTINGS, "there is no such sheet", remedy=remedy)
    return [name for name in suspects if name != SETTINGS]


def find_grid(book: Book, name: str, report: Report) -> Grid | None:
    """Return the cells of a sheet, or None and a problem if it is too large."""
    if problem := book.sheets[name].problem():
        report.add(reading.FILE_TOO_LARGE, problem)
        return None
    return read_grid(book, name)


def read_sheet(row_class: type[Row], grid: Grid, report: Report, *, fill: Fill = fill_rows) -> Table:
    """Return the rows of a table; a sheet without any cell is an empty table."""
    table = Table(report.file)
    if not grid.rows:
        return table
    header = [name_in(text_of(cell)) for cell in grid.rows[0]]
    used = [place for place, head in enumerate(header) if head or grid.is_used(place)]
    if not used:
        return table
    names = [header[place] for place in used]
    table.letters = {header[place]: letters(place) for place in reversed(used)}
    table.is_whole = False
    return read_rows(table, row_class, names, grid.records(used), report, fill=fill)


def _settings_rows(grid: Grid, report: Report) -> list[SettingRow] | None:
    """Return line, key, value and fault of every setting, or None and a problem if the head is another."""
    heads = [name_in(text_of(cell)) for cell in grid.rows[0]] if grid.rows else []
    if heads[:2] != list(SETTING_COLUMNS[:2]):
        value, what = ",".join(heads)[:80], " and ".join(SETTING_COLUMNS[:2])
        message = f"the first two columns are not {what}"
        report.add(reading.MISSING_HEADER, message, row=1, value=value, remedy=f"name columns A and B {what}")
        return None
    return [
        SettingRow(line, key.strip(), value, faults.get(1))
        for line, (key, value), faults in grid.records([0, 1])
        if key.strip()
    ]
