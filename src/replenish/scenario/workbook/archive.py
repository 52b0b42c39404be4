"""A workbook as an archive: bounded, looked into, and only then opened for its values."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from posixpath import join, normpath
from typing import Any
from xml.etree import ElementTree

from python_calamine import CalamineError, CalamineWorkbook

from replenish.scenario.workbook.scan import Sheet, scan, text_lengths

MOST_BYTES = 50_000_000
"""Largest workbook that is read [byte]."""
MOST_UNPACKED = 300_000_000
"""Largest sum of the parts of a workbook, unpacked [byte]."""

_RELATIONS = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


_BROKEN = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError, ElementTree.ParseError, LookupError,
    ValueError, CalamineError,
)  # fmt: skip


class NotReadableError(Exception):
    """A file is not a workbook that can be read: what was found, and a remedy."""

    def __init__(self, found: str, remedy: str = "") -> None:
        super().__init__(found)
        self.found, self.remedy = found, remedy


class TooLargeError(Exception):
    """A workbook, or a part of it, is larger than is read."""


class Book:
    """An opened workbook: what a look into it told of each worksheet, and the values of their cells."""

    def __init__(self, sheets: Mapping[str, Sheet], values: CalamineWorkbook) -> None:
        self.sheets, self._values = sheets, values

    def rows(self, name: str) -> list[list[Any]]:
        """Return the values of a sheet from A1 on."""
        with _in_our_words():
            return self._values.get_sheet_by_name(name).to_python(skip_empty_area=False)


@contextmanager
def opened(path: Path) -> Iterator[Book]:
    """Open a workbook.

    Raises:
        NotReadableError: the file is broken, encrypted, or of another kind.
        TooLargeError: it is larger than is read, packed or unpacked.
        OSError: it cannot be opened.
    """
    _check_kind(path)
    with _in_our_words():
        parts = _parts(path)
        lengths = text_lengths(parts.get("xl/sharedStrings.xml", b""))
        sheets = {name: scan(parts[part], lengths) for name, part in _worksheets(parts)}
        values = CalamineWorkbook.from_filelike(_packed(parts))
    with values:
        yield Book(sheets, values)


@contextmanager
def _in_our_words() -> Iterator[None]:
    """Turn whatever a broken file makes its readers raise into one error; the reader of values may panic."""
    try:
        yield
    except _BROKEN as error:
        raise NotReadableError(f"is broken: {error}") from error
    except BaseException as error:  # a panic is no Exception
        if type(error).__name__ != "PanicException":
            raise
        raise NotReadableError(f"is broken: {error}") from error


def _check_kind(path: Path) -> None:
    about = path.stat()
    if not stat.S_ISREG(about.st_mode) and not stat.S_ISDIR(about.st_mode):
        raise NotReadableError("is no plain file")  # a pipe or a device may never end
    if about.st_size > MOST_BYTES:
        raise TooLargeError(f"has {about.st_size:,} bytes, may have {MOST_BYTES:,}")
    with path.open("rb") as file:
        start = file.read(8)
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise NotReadableError("is locked with a password, or an old workbook (.xls)")
    if not start.startswith(b"PK"):
        raise NotReadableError("is no workbook, whatever its name says")


def _parts(path: Path) -> dict[str, bytes]:
    """Return the parts that hold the cells, unpacked to the sizes that the directory states and no further."""
    with zipfile.ZipFile(path) as archive:
        unpacked = sum(part.file_size for part in archive.infolist())
        if unpacked > MOST_UNPACKED:
            raise TooLargeError(f"unpacks to {unpacked:,} bytes, may unpack to {MOST_UNPACKED:,}")
        names = archive.namelist()
        if "xl/workbook.xml" not in names:
            other = (
                "an OpenDocument or another kind of" if "mimetype" in names or "content.xml" in names else "no Excel"
            )
            raise NotReadableError(f"is {other} workbook")
        return {part.filename: _unpacked(archive, part) for part in archive.infolist() if _holds_cells(part.filename)}


def _holds_cells(part: str) -> bool:
    return part.endswith((".xml", ".rels")) and not part.startswith(("xl/media/", "customXml/"))


def _unpacked(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bytes:
    with archive.open(part) as file:
        data = file.read(part.file_size)  # without a size it would unpack up to a gigabyte before it looks
    if b"<!DOCTYPE" in data:
        raise NotReadableError(f"is broken: {part.filename} declares a document type")
    return data


def _packed(parts: Mapping[str, bytes]) -> io.BytesIO:
    """Return the parts as an archive, so that the reader of values sees what was looked into and nothing else."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    packed.seek(0)
    return packed


def _worksheets(parts: Mapping[str, bytes]) -> Iterator[tuple[str, str]]:
    """Iterate over name and part of every worksheet."""
    targets = {str(one.get("Id")): one for one in ElementTree.fromstring(parts["xl/_rels/workbook.xml.rels"])}
    for sheet in ElementTree.fromstring(parts["xl/workbook.xml"]).iter():
        relation = targets.get(sheet.get(_RELATIONS, "")) if sheet.tag.endswith("}sheet") else None
        if relation is not None and relation.get("Type", "").endswith("/worksheet"):
            target = relation.get("Target", "")
            yield sheet.get("name", ""), target.lstrip("/") if target.startswith("/") else normpath(join("xl", target))
