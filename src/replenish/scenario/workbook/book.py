"""Files of workbooks: made whole or not at all, and the looks that all of them share."""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from replenish.errors import UsageError
from replenish.scenario.workbook.scan import LONGEST_TEXT
from replenish.scenario.written import number_text

FIRST_DAY = dt.date(1900, 3, 1)
"""First day on which programs agree about the number of a date; earlier ones are written as text."""
LARGEST, SMALLEST = 9.99999999999999e307, 2.2250738585072014e-308
"""Range of the numbers of a spreadsheet, in size; others are written as text."""


@dataclass(frozen=True, slots=True)
class Styles:
    """How cells look: nothing is said by colour alone."""

    title: Format
    text: Format
    plain: Format  # for text that must stay as it is typed: names, keys
    day: Format
    bold: Format
    link: Format
    required: Format
    optional: Format
    moment: Format
    wrong: Format
    wrong_day: Format


def styles(book: Workbook) -> Styles:
    """Return the formats of a workbook."""
    head = {"bold": True, "text_wrap": True, "valign": "top", "border": 1}
    wrong = {"bg_color": "#FFC7CE", "font_color": "#9C0006", "bold": True}
    return Styles(
        title=book.add_format({"bold": True, "font_size": 16}),
        text=book.add_format({"text_wrap": True, "valign": "top"}),
        plain=book.add_format({"num_format": "@"}),
        day=book.add_format({"num_format": "yyyy-mm-dd", "align": "left"}),
        bold=book.add_format({"bold": True, "valign": "top"}),
        link=book.add_format({"font_color": "#0563C1", "underline": 1, "valign": "top"}),
        required=book.add_format(head | {"bg_color": "#1F3864", "font_color": "#FFFFFF"}),
        optional=book.add_format(head | {"bold": False, "italic": True, "bg_color": "#D9E1F2"}),
        moment=book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss", "align": "left"}),
        wrong=book.add_format(wrong),
        wrong_day=book.add_format(wrong | {"num_format": "yyyy-mm-dd hh:mm"}),
    )


@contextmanager
def making_book(path: Path | str, *, replaces: bool = False, comment: bytes = b"") -> Iterator[Workbook]:
    """Give a workbook that is saved as `path` once it is complete; `comment` is that of the archive.

    Raises:
        UsageError: `path` exists and may not be replaced, or does not end in .xlsx.
    """
    target = Path(path)
    if target.suffix.lower() != ".xlsx":
        raise UsageError(f"{target}: a workbook is written as .xlsx; name it {target.with_suffix('.xlsx').name}")
    if target.is_dir() or (target.exists() and not replaces):
        raise UsageError(f"{target} exists; give another name")
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.parent / f".{target.stem}-{uuid4().hex}.xlsx"
    book = xlsxwriter.Workbook(str(partial), {"in_memory": True})
    try:
        yield book
        book.close()
        with zipfile.ZipFile(partial, "a") as archive:
            archive.comment = comment
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def put(sheet: Worksheet, row: int, column: int, value: Any, style: Format | None = None) -> None:
    """Write a value so that it is read back equal; None and empty text leave the cell empty.

    Raises:
        UsageError: a text is longer than a cell can hold, or has signs that a workbook cannot keep.
    """
    if value is None or value == "":
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value, style)
    elif isinstance(value, int | float) and (value == 0 or SMALLEST <= abs(value) <= LARGEST):
        sheet.write_number(row, column, value, style)
    elif isinstance(value, dt.date) and _day_of(value) >= FIRST_DAY:
        sheet.write_datetime(row, column, value, style)
    else:
        text = number_text(float(value)) if isinstance(value, int | float) else str(value)
        sheet.write_string(row, column, _kept(text, sheet, row), style)


def _day_of(value: dt.date) -> dt.date:
    return value.date() if isinstance(value, dt.datetime) else value


def _kept(text: str, sheet: Worksheet, row: int) -> str:
    if len(text) > LONGEST_TEXT:
        what = f"a text of {len(text):,} characters, a cell holds {LONGEST_TEXT:,}"
    elif "\ufffe" in text or "\uffff" in text:
        what = "a text with a sign that is no character (U+FFFE or U+FFFF)"
    else:
        return text
    raise UsageError(f"{sheet.get_name()}, row {row + 1}: {what}; keep this scenario as a folder")
