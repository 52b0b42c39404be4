"""Lines of SMPS files as fields, and what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import ClassVar, Literal, NamedTuple, TypeAlias, TypeVar

from replenish.errors import ReplenishError

Layout: TypeAlias = Literal["auto", "free", "fixed"]
Read = TypeVar("Read")

MOST_BYTES = 200_000_000
"""Largest file that is read [byte]."""
MOST_SHOWN, MOST_KEPT = 20, 1000
LARGEST = 1e20
"""Numbers from here on mean infinity in bounds, and nothing elsewhere."""

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([ed][+-]?\d+)?", re.IGNORECASE | re.ASCII)
_INFINITY = re.compile(r"[+-]?inf(inity)?", re.IGNORECASE)
_COLUMNS = ((1, 3), (4, 12), (14, 22), (24, 36), (39, 47), (49, 61))  # places of the six fields of the fixed layout


class SmpsProblem(NamedTuple):
    """One finding about an SMPS file: where it is, what was found against which rule, and how to mend it."""

    file: str
    line: int | None  # from 1; None when the finding is about the whole file
    message: str
    remedy: str

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{where}: {self.message}; {self.remedy}"


class SmpsError(ReplenishError):
    """An SMPS test set cannot be read; `problems` holds every finding, not only the first."""

    exit_code: ClassVar[int] = 3

    def __init__(self, problems: Sequence[SmpsProblem]) -> None:
        self.problems = tuple(problems)
        more = len(problems) - MOST_SHOWN
        shown = [str(problem) for problem in problems[:MOST_SHOWN]]
        super().__init__("\n".join([*shown, *([f"(and {more} more)"] if more > 0 else [])]))


@dataclass(frozen=True, slots=True)
class Record:
    """A line of a file: the header of a section, or data."""

    line: int
    is_header: bool
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """Takes down problems of one file."""

    file: str
    problems: list[SmpsProblem] = field(default_factory=list)

    def add(self, at: Record | int | None, message: str, remedy: str) -> None:
        """Take down a problem at a record or line; a file that is wrong throughout fills no memory."""
        line = at.line if isinstance(at, Record) else at
        if len(self.problems) < MOST_KEPT:
            self.problems.append(SmpsProblem(self.file, line, message, remedy))

    def unknown_section(self, header: Record, known: str) -> None:
        """Take down a section that the reader does not know."""
        self.add(header, f"section `{header.fields[0]}` is unknown here, known are {known}", "remove it or correct it")

    def wrong_count(self, record: Record, expected: str) -> None:
        """Take down a line with too few or too many fields."""
        found = " ".join(record.fields)
        message = f"`{found[:80]}` has {len(record.fields)} fields, must be {expected}"
        self.add(record, message, "correct the line; names with spaces need the fixed layout")

    def number(self, text: str, at: Record, *, may_be_infinite: bool = False) -> float | None:
        """Return a field as a number, or None and a problem."""
        if may_be_infinite and _INFINITY.fullmatch(text):
            return float(text)
        value = float(text.lower().replace("d", "e")) if _NUMBER.fullmatch(text) else None
        if value is None:
            self.add(at, f"`{text[:40]}` is not a number", "write a number such as 12.5 or 1e-3")
            return None
        if abs(value) < LARGEST:
            return value
        if may_be_infinite:
            return float("inf") if value > 0 else float("-inf")
        self.add(at, f"{text[:40]} is too large, numbers must lie below {LARGEST:g} in size", "correct the number")
        return None

    def probability(self, text: str, at: Record) -> Probability | None:
        """Return a field as a probability, or None and a problem."""
        value = self.number(text, at)
        if value is None:
            return None
        if not 0 <= value <= 1:
            self.add(at, f"probability {text} does not lie in [0, 1]", "correct the probability")
            return None
        exponent = Decimal(text.lower().replace("d", "e")).as_tuple().exponent
        return Probability(value, 0.5 * 10.0 ** min(int(exponent), 0))


class Probability(NamedTuple):
    """A probability as it was written."""

    value: float
    rounding: float  # half a unit of its last digit


MOST_ROUNDING = 0.01
"""How far probabilities may sum from 1 at most, if the rounding of their digits explains it."""


def scaled(probabilities: Sequence[Probability], report: Report, at: Record | None, what: str) -> list[float]:
    """Return probabilities divided by their sum, and a problem if rounding cannot explain why that is not 1."""
    total = sum(one.value for one in probabilities)
    slack = min(MOST_ROUNDING, sum(one.rounding for one in probabilities)) + 1e-9
    if abs(total - 1.0) > slack:
        report.add(at, f"probabilities of {what} sum to {total:.9g}, must sum to 1", "correct the probabilities")
    return [one.value / total if total else 0.0 for one in probabilities]


def read_lines(path: Path, most_bytes: int) -> list[str]:
    """Return the lines of a file; comments in old files may hold any character set.

    Raises:
        SmpsError: the file is missing, not a file, too large or not text.
    """
    report = Report(path.name)
    try:
        with path.open("rb") as stream:
            data = stream.read(most_bytes + 1) if path.is_file() else b"\0"
    except OSError as error:
        report.add(None, f"cannot be read: {(error.strerror or 'unknown reason').lower()}", "check the path")
        raise SmpsError(report.problems) from None
    if len(data) > most_bytes:
        report.add(None, f"has more than {most_bytes:,} bytes", "if you trust the file, raise `most_bytes`")
    elif b"\0" in data:
        report.add(None, "is not a text file", "hand over the core, time or stoch file itself, unpacked")
    if report.problems:
        raise SmpsError(report.problems)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return [line.rstrip("\r") for line in text.split("\n")]


def parse(
    path: Path, layout: Layout, most_bytes: int, reader: Callable[[Iterator[Record], Report], Read]
) -> tuple[Read, Report]:
    """Return what `reader` makes of a file, with its problems.

    With layout "auto" fields are parted by blanks; where that fails and the file keeps strictly to the columns of the
    fixed layout, those are used.
    """
    lines = read_lines(path, most_bytes)
    report = Report(path.name)
    found = reader(_records(lines, report, _fixed if layout == "fixed" else _free), report)
    if layout == "auto" and report.problems:
        second = Report(path.name)
        other = reader(_records(lines, second, _fixed), second)
        if not second.problems:
            return other, second
    return found, report


def _records(lines: Sequence[str], report: Report, split: Callable[[str], tuple[str, ...] | None]) -> Iterator[Record]:
    """Return the records up to ENDATA, which must be there: a file that lost its end is a wrong problem."""
    for number, line in enumerate(lines, 1):
        if line.startswith("*") or not line.strip():
            continue
        if not line[0].isspace():
            header = tuple(line.split())
            if header[0].upper() == "ENDATA":
                return
            yield Record(number, True, header)
        elif (fields := split(line)) is None:
            report.add(
                number, "text lies outside the columns 2-3, 5-12, 15-22, 25-36, 40-47 and 50-61", "move it there"
            )
        else:
            yield Record(number, False, fields)
    report.add(len(lines), "the file ends without ENDATA", "it was perhaps cut off: get a whole copy")


def _free(line: str) -> tuple[str, ...]:
    return tuple(line.split())


def _fixed(line: str) -> tuple[str, ...] | None:
    """Return the fields that are not empty, or None if text lies between them."""
    line = line.expandtabs(8).rstrip()
    fields = [line[first:last].strip() for first, last in _COLUMNS]
    ends = [0, *(last for _, last in _COLUMNS)]
    gaps = [line[last:first] for last, (first, _) in zip(ends, (*_COLUMNS, (len(line), 0)), strict=True)]
    return None if any(gap.strip() for gap in gaps) else tuple(one for one in fields if one)
