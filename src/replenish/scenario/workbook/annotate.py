"""Findings -> a copy of the workbook with each wrong cell marked, and a list of all findings in front."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, count
from pathlib import Path

from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from replenish.errors import Problem, UsageError
from replenish.scenario.workbook.archive import opened
from replenish.scenario.workbook.book import Styles, making_book, put, styles
from replenish.scenario.workbook.grid import Cell, read_grid
from replenish.scenario.workbook.layout import FINDINGS, LISTS, column_number
from replenish.scenario.workbook.scan import LONGEST_TEXT

MARK = b"written by replenish check"
"""Comment of the archive; any program that saves the file again drops it."""
MOST_NOTES = 5_000
"""Cells with a note; all wrong cells are coloured."""
LONGEST_NOTE = 2_000
_HEADS = {
    "severity": 10,
    "cell": 22,
    "column": 24,
    "found": 24,
    "what is wrong": 60,
    "what to do": 70,
    "rule": 22,
}
"""Columns of the list of findings, with their widths [character]."""
_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")
_NO_SIGN = re.compile("[\ufffe\uffff]")
_ADDRESS = re.compile(r"([A-Z]+)([0-9]+)")

Marks = dict[tuple[int, int], list[Problem]]


def checked_name(path: Path) -> Path:
    """Return the name of the annotated copy of a workbook.

    >>> checked_name(Path("a/study.xlsx")).as_posix()
    'a/study.checked.xlsx'
    """
    return path.with_name(f"{path.stem}.checked.xlsx")


def write_annotated(path: Path, problems: Sequence[Problem], copy: Path) -> Path:
    """Write a copy of a workbook with its findings and return its path; formulas become their values.

    An earlier copy is replaced as long as nobody has saved it anew.

    Raises:
        UsageError: `copy` is the workbook itself or somebody's own file.
    """
    _refuse_own(path, copy)
    with opened(path) as book, making_book(copy, replaces=True, comment=MARK) as out:
        look, names = styles(out), _safe_names(book.sheets)
        _write_findings(out.add_worksheet(FINDINGS), path.name, problems, look, names)
        for name, seen in book.sheets.items():
            if name not in names:
                continue
            sheet = out.add_worksheet(names[name])
            if name == LISTS:
                sheet.hide()
            rows = [] if seen.problem() else read_grid(book, name).rows
            _copy_sheet(sheet, rows, _marks(name, problems), look)
    return copy


def _refuse_own(path: Path, copy: Path) -> None:
    if copy.exists() and (copy.is_dir() or copy.resolve() == path.resolve() or not _is_ours(copy)):
        raise UsageError(f"{copy} exists and is not an untouched copy of a check; name another with --annotate")


def _is_ours(copy: Path) -> bool:
    try:
        with zipfile.ZipFile(copy) as archive:
            return archive.comment == MARK
    except (zipfile.BadZipFile, OSError):
        return False


def _safe_names(sheets: Iterable[str]) -> dict[str, str]:
    """Return the name in the copy of every sheet but an old list of findings: such as the format allows, each once."""
    names: dict[str, str] = {}
    taken = {FINDINGS}
    for sheet in sheets:
        if sheet.lower() != FINDINGS:
            plain = _FORBIDDEN.sub("_", sheet)[:31].strip("'") or "sheet"
            numbered = (f"{plain[:25]}~{number}" for number in count(2))
            names[sheet] = next(name for name in chain([plain], numbered) if name.lower() not in taken)
            taken.add(names[sheet].lower())
    return names


def _fit(cell: Cell) -> Cell:
    """Return a cell as a workbook can keep it."""
    return _NO_SIGN.sub("\ufffd", cell[:LONGEST_TEXT]) if isinstance(cell, str) else cell


def _marks(sheet: str, problems: Sequence[Problem]) -> Marks:
    """Return the findings of a sheet by cell, counted from 0; what has a row and no cell stands at its first."""
    found: Marks = {}
    for problem in problems:
        if problem.file == sheet:
            found.setdefault(_place(problem), []).append(problem)
    return found


def _place(problem: Problem) -> tuple[int, int]:
    match = _ADDRESS.fullmatch(problem.cell.rpartition("!")[2])
    return (int(match[2]) - 1, column_number(match[1])) if match else ((problem.row or 1) - 1, 0)


def _copy_sheet(sheet: Worksheet, rows: list[list[Cell]], marks: Marks, look: Styles) -> None:
    for place, width in enumerate(_widths(rows)):
        sheet.set_column(place, place, width)
    sheet.freeze_panes(1, 0)
    for line, row in enumerate(rows):
        for column, cell in enumerate(row):
            put(sheet, line, column, _fit(cell), _style(cell, line, look, is_wrong=(line, column) in marks))
    for place, ((line, column), problems) in enumerate(sorted(marks.items())):
        if line >= len(rows) or column >= len(rows[line]) or rows[line][column] == "":
            sheet.write_blank(line, column, None, look.wrong)
        if place < MOST_NOTES:
            note = "\n\n".join(f"{one.severity}: {one.message}\n→ {one.remedy} [{one.rule}]" for one in problems)
            sheet.write_comment(line, column, note[:LONGEST_NOTE], {"x_scale": 2.5, "y_scale": 1 + len(note) / 200})


def _style(cell: Cell, line: int, look: Styles, *, is_wrong: bool) -> Format | None:
    if isinstance(cell, dt.date):
        has_time = isinstance(cell, dt.datetime) and cell.time() != dt.time()
        return look.wrong_day if is_wrong else look.moment if has_time else look.day
    return look.wrong if is_wrong else look.bold if line == 0 else None


def _widths(rows: list[list[Cell]]) -> list[int]:
    columns = zip(*rows[:200], strict=True)
    return [min(40, max(10, *(len(str(cell)) + 2 for cell in column))) for column in columns]


def _write_findings(
    sheet: Worksheet, name: str, problems: Sequence[Problem], look: Styles, names: Mapping[str, str]
) -> None:
    errors = sum(problem.severity == "error" for problem in problems)
    put(sheet, 0, 0, f"{name}: {errors} errors, {len(problems) - errors} warnings", look.title)
    advice = f"Mend {name} and check again: this copy is then written anew, unless you have saved it yourself."
    put(sheet, 1, 0, advice, None)
    for column, (head, width) in enumerate(_HEADS.items()):
        put(sheet, 3, column, head, look.required)
        sheet.set_column(column, column, width)
    for row, problem in enumerate(problems, 4):
        cells = (
            problem.severity,
            "",
            problem.column,
            problem.value[:200],
            problem.message,
            problem.remedy,
            problem.rule,
        )
        for column, cell in enumerate(cells):
            put(sheet, row, column, _fit(cell), look.text)
        if problem.file in names:
            _link(sheet, row, problem, names[problem.file], look)
        else:
            put(sheet, row, 1, _fit(problem.where), look.text)
    sheet.freeze_panes(4, 0)
    sheet.autofilter(3, 0, 3 + max(len(problems), 1), len(_HEADS) - 1)


def _link(sheet: Worksheet, row: int, problem: Problem, name: str, look: Styles) -> None:
    address = problem.cell.rpartition("!")[2] or f"A{problem.row or 1}"
    quoted = name.replace("'", "''")
    sheet.write_url(row, 1, f"internal:'{quoted}'!{address}", look.link, problem.cell or problem.file)
