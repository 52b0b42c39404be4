"""Looks into the parts of a workbook before it is opened: sizes, and what a reader of values would not see.

A sheet is read as a full grid, so one cell in the last corner of a small file could fill the memory: the size of the
grid is taken first.  Cells with an error, and formulas whose result was never saved, would come back as empty ones.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from posixpath import join, normpath
from xml.etree import ElementTree

from replenish.scenario.workbook.layout import column_number

MOST_BYTES = 50_000_000
"""Largest workbook that is read [byte]."""
MOST_UNPACKED = 500_000_000
"""Largest sum of the parts of a workbook, unpacked [byte]."""
MOST_COLUMNS = 500
"""Widest sheet that is read [column]."""
MOST_CELLS = 20_000_000
"""Largest grid of a sheet, empty cells included [cell]."""
LONGEST_TEXT = 32_767
"""Longest text of a cell that the format allows [character]."""

_ATTRIBUTES = rb"""((?:[^>"'/]|/(?!>)|"[^"]*"|'[^']*')*)"""
_TAG = re.compile(rb"<(?:\w+:)?(c|row)\b" + _ATTRIBUTES + rb"(/?)>")
_PLACE = re.compile(rb"""(?:^|\s)r\s*=\s*["']([A-Za-z]*)([0-9]+)["']""")
_IS_ERROR = re.compile(rb"""(?:^|\s)t\s*=\s*["']e["']""")
_IS_TEXT = re.compile(rb"""(?:^|\s)t\s*=\s*["'](?:str|inlineStr|s)["']""")
_ERROR = re.compile(rb"<(?:\w+:)?v>([^<]*)<")
_FORMULA = re.compile(rb"\s*<(?:\w+:)?f\b" + _ATTRIBUTES + rb"(?:/>|>([^<]*)</(?:\w+:)?f>)\s*")
_NO_VALUE = re.compile(rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?\s*</(?:\w+:)?c>")
_SHARED = re.compile(rb"<(?:\w+:)?si\b.*?</(?:\w+:)?si>", re.DOTALL)
_MARKUP = re.compile(rb"<[^>]*>")
_RELATIONS = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


class NotReadableError(Exception):
    """A file is not a workbook that can be read: what was found, and a remedy."""

    def __init__(self, found: str, remedy: str = "") -> None:
        super().__init__(found)
        self.found, self.remedy = found, remedy


class TooLargeError(Exception):
    """A workbook, or a part of it, is larger than is read."""


@dataclass(slots=True)
class Sheet:
    """What a look at the text of a sheet tells: its size, and cells that hold no value.  Places count from 0."""

    rows: int = 0
    columns: int = 0
    errors: dict[tuple[int, int], str] = field(default_factory=dict)  # row, column: message of the spreadsheet
    valueless: dict[tuple[int, int], str] = field(default_factory=dict)  # row, column: formula

    def problem(self) -> str:
        """Return why the sheet is too large to be read; empty if it is not."""
        if self.columns > MOST_COLUMNS:
            return f"has cells in {self.columns:,} columns, may have {MOST_COLUMNS:,}"
        if self.rows * self.columns > MOST_CELLS:
            return f"spans {self.rows:,} rows and {self.columns:,} columns, may have {MOST_CELLS:,} cells"
        return ""


def look_into(path: Path) -> dict[str, Sheet]:
    """Return the worksheets of a workbook by name.

    Raises:
        NotReadableError: the file is broken, encrypted, or of another kind.
        TooLargeError: it is larger than is read, packed or unpacked.
        OSError: it cannot be opened.
    """
    _check_kind(path)
    try:
        with zipfile.ZipFile(path) as archive:
            _check_sizes(archive)
            _check_texts(archive)
            return {name: _scan(_read(archive, part)) for name, part in _worksheets(archive)}
    except (zipfile.BadZipFile, KeyError, ElementTree.ParseError, EOFError, NotImplementedError, RuntimeError) as error:
        raise NotReadableError(f"is broken: {error}") from error


def _check_kind(path: Path) -> None:
    if (size := path.stat().st_size) > MOST_BYTES:
        raise TooLargeError(f"has {size:,} bytes, may have {MOST_BYTES:,}")
    with path.open("rb") as file:
        start = file.read(8)
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise NotReadableError("is locked with a password, or an old workbook (.xls)")
    if not start.startswith(b"PK"):
        raise NotReadableError("is no workbook, whatever its name says")


def _check_sizes(archive: zipfile.ZipFile) -> None:
    """Refuse what would unpack to too much; sizes that the directory understates fail when a part is read."""
    unpacked = sum(part.file_size for part in archive.infolist())
    if unpacked > MOST_UNPACKED:
        raise TooLargeError(f"unpacks to {unpacked:,} bytes, may unpack to {MOST_UNPACKED:,}")
    names = archive.namelist()
    if "xl/workbook.xml" not in names:
        other = "an OpenDocument or another kind of" if "mimetype" in names or "content.xml" in names else "no Excel"
        raise NotReadableError(f"is {other} workbook")
    for name in names:
        _read(archive, name)


def _read(archive: zipfile.ZipFile, part: str) -> bytes:
    data = archive.read(part)
    if part.endswith((".xml", ".rels")) and b"<!DOCTYPE" in data[:1000]:
        raise NotReadableError(f"is broken: {part} declares a document type")
    return data


def _check_texts(archive: zipfile.ZipFile) -> None:
    """Refuse texts longer than the format allows: one of them can stand in a million cells."""
    if "xl/sharedStrings.xml" not in archive.namelist():
        return
    for match in _SHARED.finditer(_read(archive, "xl/sharedStrings.xml")):
        if len(match[0]) > LONGEST_TEXT and len(_MARKUP.sub(b"", match[0])) > 4 * LONGEST_TEXT:
            raise TooLargeError(f"holds a text of more than {LONGEST_TEXT:,} characters in one cell")


def _worksheets(archive: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """Iterate over name and part of every worksheet."""
    relations = ElementTree.fromstring(_read(archive, "xl/_rels/workbook.xml.rels"))
    targets = {str(one.get("Id")): one for one in relations}
    for sheet in ElementTree.fromstring(_read(archive, "xl/workbook.xml")).iter():
        relation = targets.get(sheet.get(_RELATIONS, "")) if sheet.tag.endswith("}sheet") else None
        if relation is not None and relation.get("Type", "").endswith("/worksheet"):
            target = relation.get("Target", "")
            part = target.lstrip("/") if target.startswith("/") else normpath(join("xl", target))
            yield sheet.get("name", ""), part


def _scan(data: bytes) -> Sheet:
    """Return the size of a sheet and its cells without a value; cells without an address follow the one before."""
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
    return sheet


def _note_valueless(sheet: Sheet, data: bytes, match: re.Match[bytes], place: tuple[int, int]) -> None:
    if _IS_ERROR.search(match[2]):
        found = _ERROR.search(data, match.end())
        sheet.errors[place] = found[1].decode(errors="replace") if found else "#ERROR"
        return
    formula = _FORMULA.match(data, match.end())
    if formula and not _IS_TEXT.search(match[2]) and _NO_VALUE.match(data, formula.end()):
        sheet.valueless[place] = "=" + (formula[2] or b"").decode(errors="replace")
