"""Files that hold documents: which ones a person named, and their bytes within limits."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Final, Literal, NamedTuple

from replenish.errors import UsageError

Format = Literal["text", "html", "pdf"]

SUFFIXES: Final[dict[str, Format]] = {
    ".txt": "text", ".text": "text", ".md": "text", ".html": "html", ".htm": "html", ".xhtml": "html", ".pdf": "pdf",
}  # fmt: skip
"""Ends of names of files that can be read, and what they hold."""

MOST_BYTES: Final[dict[Format, int]] = {"text": 20_000_000, "html": 5_000_000, "pdf": 100_000_000}
"""Largest file that is read [byte]."""

MOST_FILES = 100_000
"""Files that are looked for in one folder."""

PDF_MARK = b"%PDF-"
MARK_WITHIN = 1024


class Files(NamedTuple):
    """Files that were found, and those that were not taken with the reason."""

    taken: list[Path]
    refused: list[tuple[Path, str]]


def shown(path: Path) -> str:
    """Return the name of a file as text that a ledger can hold, whatever bytes it has."""
    return path.name.encode("utf-8", "replace").decode()


def find_files(named: Iterable[Path]) -> Files:
    """Return the documents that paths name: files as they are, folders with all that lies in them.

    Links in a folder that lead out of it are refused, and so are files of unknown type.

    Raises:
        UsageError: a path does not exist, or a folder holds too many files.
    """
    found = Files([], [])
    for path in named:
        if path.is_dir():
            _search(path, found)
        elif path.exists():
            found.taken.append(path)
        else:
            raise UsageError(f"{path}: there is no such file or folder")
    return found


def _search(folder: Path, found: Files) -> None:
    for base, inner, names in os.walk(folder, followlinks=False):
        inner[:] = sorted(name for name in inner if not name.startswith("."))
        for name in sorted(name for name in names if not name.startswith(".")):
            _sort_in(Path(base) / name, folder, found)
        if len(found.taken) + len(found.refused) > MOST_FILES:
            raise UsageError(f"{folder}: holds more than {MOST_FILES:,} files; name a smaller folder")


def _sort_in(path: Path, folder: Path, found: Files) -> None:
    if path.suffix.lower() not in SUFFIXES:
        found.refused.append((path, _unknown(path)))
    elif not path.resolve().is_relative_to(folder.resolve()):
        found.refused.append((path, f"{path}: leads out of {folder}"))
    else:
        found.taken.append(path)


def _unknown(path: Path) -> str:
    return f"{path}: `{path.suffix or path.name}` is no type of document; save it as one of {', '.join(SUFFIXES)}"


def read_bytes(path: Path, *, inside: Path | None = None) -> tuple[Format, bytes]:
    """Return what a file holds by its name, and its bytes.

    Args:
        path: the file.
        inside: folder out of which it must not lead.

    Raises:
        UsageError: it is missing, leads elsewhere, is no plain file, too large, or not what its name says.
    """
    held = SUFFIXES.get(path.suffix.lower())
    if held is None:
        raise UsageError(_unknown(path))
    place = path.resolve()
    if inside is not None and not place.is_relative_to(inside.resolve()):
        raise UsageError(f"{path}: leads out of {inside}")
    data = _read(place, path, MOST_BYTES[held])
    if held != "pdf" and data.startswith(PDF_MARK):
        raise UsageError(f"{path}: is a PDF by its content; name it .pdf")
    if held == "pdf" and PDF_MARK not in data[:MARK_WITHIN]:
        raise UsageError(f"{path}: is no PDF: it does not begin with {PDF_MARK.decode()}")
    return held, data


def _read(place: Path, path: Path, most: int) -> bytes:
    """Return the bytes of a plain file of limited size; a link put in its place meanwhile is not followed."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        number = os.open(place, flags)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from error
    with os.fdopen(number, "rb") as file:
        about = os.fstat(number)
        if not stat.S_ISREG(about.st_mode):
            raise UsageError(f"{path}: is no plain file")
        if about.st_size > most:
            raise UsageError(f"{path}: has {about.st_size:,} bytes, at most {most:,} are read; take the part you need")
        data = file.read(most + 1)
    if len(data) > most:
        raise UsageError(f"{path}: grew beyond {most:,} bytes while it was read")
    return data
