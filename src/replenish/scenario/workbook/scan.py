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

# No pattern looks beyond the next "<", so that the time grows with the length of the text, whatever stands in it.
_ATTRIBUTES = rb"""((?:[^<>"'/]|/(?!>)|"[^"<]*"|'[^'<]*')*)"""
_CELL = re.compile(
    rb'<c r="([A-Z]+)([0-9]+)"(?: s="[0-9]+")?(?: t="([nsb])")?><v>([^<]+)</v></c>'  # as nearly all cells are written
    rb"|<(?:\w+:)?(c|row)\b" + _ATTRIBUTES + rb"(/?)>"
)
_PLACE = re.compile(rb"""(?:^|\s)r\s*=\s*["']([A-Za-z]*)([0-9]+)["']""")
_KIND = re.compile(rb"""(?:^|\s)t\s*=\s*["'](\w+)["']""")
_FORMULA = re.compile(rb"\s*<(?:\w+:)?f\b" + _ATTRIBUTES + rb"(?:/>|>([^<]*)</(?:\w+:)?f>)\s*")
_VALUE = re.compile(rb"\s*<(?:\w+:)?v\b[^<>]*>([^<]*)")
_NO_VALUE = re.compile(rb"\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?\s*</(?:\w+:)?c>")
_SHARED = re.compile(rb"<(?:\w+:)?si\b")
_MARKUP = re.compile(rb"<[^<>]*>")


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
    return [len(_MARKUP.sub(b"", text)) for text in _SHARED.split(data)[1:]]


def scan(data: bytes, lengths: Sequence[int] = ()) -> Sheet:
    """Return the size of a sheet and its cells without a value; cells without an address follow the one before.

    `lengths` are those of the shared texts.
    """
    scanner = _Scanner(data, lengths)
    for match in _CELL.finditer(data):
        if match[1]:
            scanner.plain(match)
        elif match[5] == b"row":
            scanner.start_row(match)
        else:
            scanner.other(match)
    return scanner.sheet


class _Scanner:
    """Follows the cells of a sheet from one to the next."""

    def __init__(self, data: bytes, lengths: Sequence[int]) -> None:
        self.data, self.lengths = data, lengths
        self.sheet = Sheet()
        self.row, self.column = -1, -1
        self._columns: dict[bytes, int] = {}

    def plain(self, match: re.Match[bytes]) -> None:
        """Take a cell that holds a value of its own or a shared text."""
        self._go_to(match[1], match[2])
        self._fill()
        if match[3] == b"s" and self.lengths:
            self.sheet.text += self.lengths[int(match[4])]

    def start_row(self, match: re.Match[bytes]) -> None:
        """Go before the first cell of a row."""
        place = _PLACE.search(match[6])
        self.row, self.column = int(place[2]) - 1 if place else self.row + 1, -1

    def other(self, match: re.Match[bytes]) -> None:
        """Take a cell in any other form; one without content is only a format."""
        place = _PLACE.search(match[6])
        if place and place[1]:
            self._go_to(place[1], place[2])
        else:
            self.column += 1
        if match[7] or self.data.startswith(b"</", match.end()):
            return
        self._fill()
        kind = _KIND.search(match[6])
        self._look_at(kind[1] if kind else b"n", match.end())

    def _go_to(self, letters: bytes, number: bytes) -> None:
        if letters not in self._columns:
            self._columns[letters] = column_number(letters.decode())
        self.row, self.column = int(number) - 1, self._columns[letters]

    def _fill(self) -> None:
        sheet = self.sheet
        sheet.rows, sheet.columns = max(sheet.rows, self.row + 1), max(sheet.columns, self.column + 1)

    def _look_at(self, kind: bytes, start: int) -> None:
        """Take down an error, a formula without a result, or the length of a shared text."""
        formula = _FORMULA.match(self.data, start)
        value = _VALUE.match(self.data, formula.end() if formula else start)
        if kind == b"e":
            self.sheet.errors[self.row, self.column] = value[1].decode(errors="replace") if value else "#ERROR"
        elif kind == b"s" and value and self.lengths:
            self.sheet.text += self.lengths[int(value[1])]
        elif formula and kind not in (b"str", b"inlineStr", b"s") and _NO_VALUE.match(self.data, formula.end()):
            self.sheet.valueless[self.row, self.column] = "=" + (formula[2] or b"").decode(errors="replace")
