"""A document out of a file: its words, its hash, and what it says of itself; dates only as proposals."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from replenish.errors import UsageError
from replenish.ledger.documents.dates import FoundDate, find_dates
from replenish.ledger.documents.encodings import clean, decode
from replenish.ledger.documents.files import Format, read_bytes, shown
from replenish.ledger.documents.pdf_files import MOST_CHARACTERS, Taken
from replenish.ledger.kinds import Precision
from replenish.ledger.values import Document

MOST_SECONDS = 60
"""Time that taking the text out of one file may last."""

MOST_MEMORY = 1_500_000_000
"""Address space of the process that does it [byte], where the platform can bound it."""

HEADER_LINES, HEADER_CHARACTERS = 8, 1_000
TITLE_CHARACTERS = 160
PUBLISHED_WORDS = re.compile(r"\b(published|posted|date|issued|released)\b", re.IGNORECASE)

Basis = Literal["header", "meta", "text"]
BASES: Final[tuple[Basis, ...]] = ("header", "meta", "text")


class DateProposal(NamedTuple):
    """A day on which a document may have appeared, and the words that say so.

    basis: header: a line at its head; meta: a tag or property of the file; text: its first words.
    is_inferred: the words do not say that it is the day of publication.
    """

    day: dt.date
    precision: Precision
    basis: Basis
    words: str
    is_inferred: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a file gives.

    content_hash: SHA-256 of its bytes.  notes: what a person should know of how it was read.
    """

    path: Path
    format: Format
    content_hash: str
    encoding: str
    text: str
    title: str
    publisher: str = ""
    address: str = ""
    language: str = ""
    dates: tuple[DateProposal, ...] = ()
    notes: tuple[str, ...] = ()


def read_document(path: Path, *, inside: Path | None = None) -> Reading:
    """Return what a file of text, HTML or PDF holds.

    Args:
        path: the file.
        inside: folder out of which it must not lead.

    Raises:
        UsageError: it cannot be read within the limits, or holds no text.
    """
    form, data = read_bytes(path, inside=inside)
    encoding, notes = "", list[str]()
    if form != "pdf":
        plain, encoding, told = decode(data, str(path), is_page=form == "html")
        notes += told
    taken: Taken = {"text": plain} if form == "text" else _taken(form, data if form == "pdf" else plain.encode(), path)
    text, dropped = clean(taken["text"])
    if dropped:
        notes.append(f"{dropped} characters that show nothing were left out")
    if not text.strip():
        raise UsageError(f"{path}: holds no text")
    if len(text) > MOST_CHARACTERS:
        raise UsageError(f"{path}: has {len(text):,} characters of text, at most {MOST_CHARACTERS:,} are kept")
    return Reading(
        path=path, format=form, content_hash=hashlib.sha256(data).hexdigest(), encoding=encoding, text=text,
        title=_one_line(taken.get("title", "")) or _title(text, path), publisher=_one_line(taken.get("publisher", "")),
        address=_one_line(taken.get("address", "")), language=_language(taken.get("language", "")),
        dates=tuple(_proposals(text, taken.get("dates", []), form)), notes=tuple(notes),
    )  # fmt: skip


def to_document(reading: Reading, **columns: Any) -> Document:
    """Return the row for a document that was read; `columns` say what a person knows or accepts, such as the date."""
    own: dict[str, Any] = {
        "content_hash": reading.content_hash, "title": reading.title, "publisher": reading.publisher,
        "address": reading.address, "language": reading.language, "text": reading.text,
    }  # fmt: skip
    return Document(**(own | columns))


def _taken(form: Format, data: bytes, path: Path) -> Taken:
    """Return what a process of its own takes out of bytes.

    Raises:
        UsageError: it found a problem, took too long, or died.
    """
    root = str(Path(__file__).parents[3])
    there = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH", ""))))}
    command = [
        sys.executable,
        "-P",
        "-m",
        "replenish.ledger.documents.worker",
        form,
        f"{MOST_SECONDS}",
        f"{MOST_MEMORY}",
    ]
    try:
        done = subprocess.run(
            command, input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=there, timeout=MOST_SECONDS,
            check=False,
        )  # fmt: skip
        found: Taken = json.loads(done.stdout)
    except subprocess.TimeoutExpired as error:
        raise UsageError(f"{path}: takes longer than {MOST_SECONDS} s to read; take the part you need") from error
    except ValueError as error:
        raise UsageError(
            f"{path}: reading it used up its {MOST_SECONDS} s or its memory, or broke the reader"
        ) from error
    if "problem" in found:
        raise UsageError(f"{path}: {_one_line(found['problem'])}")
    return found


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", clean(text)[0]).strip()[:500]


def _language(text: str) -> str:
    found = re.fullmatch(r"([A-Za-z]{2,3})([-_][A-Za-z0-9]{2,8})*", text.strip())
    return found[0].replace("_", "-")[:20] if found else ""


def _title(text: str, path: Path) -> str:
    """Return the first line, or as many of its words as a title has."""
    first = next((line for line in map(str.strip, text.split("\n")) if line), shown(path))
    words = re.sub(r"\s+", " ", first[: 4 * TITLE_CHARACTERS]).strip()
    return words if len(words) <= TITLE_CHARACTERS else words[:TITLE_CHARACTERS].rsplit(" ", 1)[0] + " ..."


def _proposals(text: str, said: list[tuple[str, str]], form: Format) -> list[DateProposal]:
    found = list(_from_header(text))
    for where, words in said:
        for date in find_dates(words)[:1]:
            found.append(DateProposal(date.day, date.precision, "meta", f"{where}: {words}", form == "pdf"))
    ordered = sorted(found, key=lambda one: (BASES.index(one.basis), one.is_inferred))
    first = {(one.day, one.precision): one for one in reversed(ordered)}
    return [one for one in ordered if first[one.day, one.precision] is one]


def _from_header(text: str) -> list[DateProposal]:
    """Return the dates in the first lines; one in running text may be that of anything, so it is marked as inferred."""
    head = text.lstrip()[:HEADER_CHARACTERS]
    found: list[DateProposal] = []
    for line in [line for line in head.split("\n") if line.strip()][:HEADER_LINES]:
        for date in find_dates(line):
            if date.precision == "day":
                is_header = _is_header(line, date)
                words = line.strip()[:120] if is_header else date.words
                found.append(DateProposal(date.day, "day", "header" if is_header else "text", words, not is_header))
    return found


def _is_header(line: str, date: FoundDate) -> bool:
    """Return whether a line gives its date as that of the document: it says so, or says little else."""
    return (
        len(line) - len(date.words) < 40
        or PUBLISHED_WORDS.search(line[max(0, date.start - 30) : date.start]) is not None
    )
