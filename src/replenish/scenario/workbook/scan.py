"""The text of a sheet -> its size, and its cells that hold no value; values are read by another.

A sheet is read as a full grid, so one cell in the last corner of a small file could fill the memory, and so could one
long text that stands in a million cells: sizes are taken first.  Cells with an error, and formulas whose result was
never saved, would come back as empty ones: they are found here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from replenish.scenario.workbook.layout import column_number

MOST_COLUMNS = 500
"""Widest sheet that is read [column]."""
MOST_CELLS = 20_000_000
"""Largest grid of a sheet, empty cells included [cell]."""
MOST_TEXT = 1_000_000_000
"""Most text in the cells of a sheet [character]."""
LONGEST_TEXT = 32_767
"""Longest text of a cell that the format allows [character]."""

_ATTRIBUTES = rb"""((?:[^>"'/]|/(?!>)|"[^"]*"|'[^']*')*)"""
_TAG = re.compile(rb"<(?:\w+:)?(c|row)\b" + _ATTRIBUTES + rb"(/?)>")
_PLACE = re.compile(rb"""(?:^|\s)r\s*=\s*["']([A-Za-z]*)([0-9]+)["']""")
_IS_ERROR = re.compile(rb"""(?:^|\s)t\s*=\s*["']e["']""")
_IS_TEXT = re.compile(rb"""(?:^|\s)t\s*=\s*["'](?:str|inlineStr|s)["']""")
_IS_SHARED = re.compile(rb"""(?:^|\s)t\s*=\s*["']s["']""")
_INDEX = re.compile(rb"\s*<(?:\w+:)?v>\s*([0-9]+)")
_ERROR = re.compile(rb"<(?:\w+:)?v>([^<]*)<")
_FORMULA = re.compile(rb"\s*<(?:\w+:)?f\b" + _ATTRIBUTES + rb"(?:/>|>([^<]*)</(?:\w+:)?f>)\s*")
_NO_VALUE = re.compile(rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?\s*</(?:\w+:)?c>")
_SHARED = re.compile(rb"<(?:\w+:)?si\b.*?</(?:\w+:)?si>", re.DOTALL)
_MARKUP = re.compile(rb"<[^>]*>")


@dataclass(slots=True)
class Sheet:
    """What a look at the text of a sheet tells: its size, and cells that hold no value.  Places count from 0."""

    rows: int = 0
    columns: int = 0
    text: int = 0  # characters in its cells, shared texts only
    errors: dict[tuple[int, int], str] = field(default_factory=dict)  # row, column: message of the spreadsheet
    valueless: dict[tuple[int, int], str] = field(default_factory=dict)  # row, column: formula

    def problem(self) -> str:
        """Return why the sheet is too large to be read; empty if it is not."""
        if self.columns > MOST_COLUMNS:
            return f"has cells in {self.columns:,} columns, may have {MOST_COLUMNS:,}"
        if self.text > MOST_TEXT:
            return f"holds {self.text:,} characters, may hold {MOST_TEXT:,}"
        if self.rows * self.columns > MOST_CELLS:
            return f"spans {self.rows:,} rows and {self.columns:,} columns, may have {MOST_CELLS:,} cells"
        return ""


def text_lengths(data: bytes) -> list[int]:
    """Return the lengths of the texts that cells of all sheets share [byte]."""
    return [len(_MARKUP.sub(b"", match[0])) for match in _SHARED.finditer(data)]


def scan(data: bytes, lengths: Sequence[int] = ()) -> Sheet:
    """Return the size of a sheet and its cells without a value; cells without an address follow the one before.

    `lengths` are those of the shared texts.
    """
    sheet = Sheet()
    row, column = -1, -1
    for match in _TAG.finditer(data):
        place = _PLACE.search(match[2])
        if match[1] == b"row":
            row, column = int(place[2]) - 1 if place else row + 1, -1
            continue
        column = column + 1
        if place and place[1]:
            row, column = int(place[2]) - 1, column_number(place[1].decode())
        if not match[3] and data[match.end() : match.end() + 2] != b"</":
            sheet.rows, sheet.columns = max(sheet.rows, row + 1), max(sheet.columns, column + 1)
            _note_valueless(sheet, data, match, (row, column))
            if lengths and _IS_SHARED.search(match[2]) and (index := _INDEX.match(data, match.end())):
                sheet.text += lengths[int(index[1])]
    return sheet


def _note_valueless(sheet: Sheet, data: bytes, match: re.Match[bytes], place: tuple[int, int]) -> None:
    if _IS_ERROR.search(match[2]):
        found = _ERROR.search(data, match.end())
        sheet.errors[place] = found[1].decode(errors="replace") if found else "#ERROR"
        return
    formula = _FORMULA.match(data, match.end())
    if formula and not _IS_TEXT.search(match[2]) and _NO_VALUE.match(data, formula.end()):
        sheet.valueless[place] = "=" + (formula[2] or b"").decode(errors="replace")
