"""Files of a scenario folder as text, and which of them are there."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from replenish.errors import Problem
from replenish.scenario.draft import SETTINGS_FILE
from replenish.scenario.model import TABLES
from replenish.scenario.rules import reading
from replenish.scenario.rules.registry import RuleDoc
from replenish.scenario.suggest import advice, nearest

TABLES_FOLDER = "tables"
MOST_BYTES = 50_000_000
"""Largest file that is read [byte]."""


@dataclass(frozen=True, slots=True)
class Report:
    """Takes down problems of one file."""

    file: str
    problems: list[Problem]

    def add(
        self,
        rule: RuleDoc,
        message: str,
        *,
        row: int | None = None,
        column: str | None = None,
        value: str = "",
        remedy: str = "",
    ) -> None:
        """Take down one problem; an empty remedy stands for that of the rule."""
        self.problems.append(
            Problem(rule.id, rule.severity, self.file, row, column, value, message, remedy or rule.remedy)
        )


def read_text(folder: Path, report: Report) -> str | None:
    """Return the text of a file of the scenario, or None and a problem if it cannot be used."""
    path = folder / report.file
    try:
        if not path.resolve().is_relative_to(folder.resolve()):
            report.add(reading.OUTSIDE_FOLDER, "leads out of the scenario folder", value=str(path.readlink()))
            return None
        about = path.stat()
        if not stat.S_ISREG(about.st_mode) and not stat.S_ISDIR(about.st_mode):
            report.add(reading.UNREADABLE_FILE, "is no plain file")  # a pipe or a device may never end
            return None
        if about.st_size > MOST_BYTES:
            message = f"has {about.st_size:,} bytes, may have {MOST_BYTES:,}"
            report.add(reading.FILE_TOO_LARGE, message, value=str(about.st_size))
            return None
        return _decoded(path.read_bytes(), report)
    except (OSError, RuntimeError) as error:  # a link that leads to itself is a RuntimeError before Python 3.13
        reason = getattr(error, "strerror", None) or "cannot be opened"
        report.add(reading.UNREADABLE_FILE, f"cannot be read: {reason.lower()}")
        return None


def _decoded(data: bytes, report: Report) -> str | None:
    if b"\0" in data:
        report.add(reading.NOT_TEXT, "holds zero bytes: it is a workbook, another binary file, or UTF-16 text")
        return None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"byte 0x{data[error.start]:02x} on line {line} is not UTF-8"
        report.add(reading.NOT_TEXT, message, row=line, value=f"0x{data[error.start]:02x}")
        return None
    if text.startswith("\ufeff"):
        report.add(reading.BYTE_ORDER_MARK, "starts with a byte-order mark", row=1)
    return text.removeprefix("\ufeff")


def find_tables(folder: Path, problems: list[Problem]) -> tuple[list[str], list[str]]:
    """Return the tables that have a file, and those whose file was perhaps misnamed."""
    home = folder / TABLES_FOLDER
    suspects = list(_find_misplaced(folder, problems))
    report = Report(TABLES_FOLDER, problems)
    if not home.is_dir():
        found = nearest(TABLES_FOLDER, [path.name for path in folder.iterdir() if path.is_dir()])
        report.add(
            reading.MISSING_TABLES, "there is no such folder", remedy=f"rename `{found}` to tables" if found else ""
        )
        return [], list(TABLES)
    if not home.resolve().is_relative_to(folder.resolve()):
        report.add(reading.OUTSIDE_FOLDER, "leads out of the scenario folder", value=str(home.readlink()))
        return [], list(TABLES)
    names = sorted(path.name for path in home.iterdir() if not _is_hidden(path.name))
    present = [name for name in TABLES if f"{name}.csv" in names]
    for name in names:
        if name.removesuffix(".csv") not in present:
            suspects += _unknown_table(name, present, problems)
    return present, suspects


def _is_hidden(name: str) -> bool:
    """Return whether a file is left by the system or an open spreadsheet and nobody takes it for a table."""
    return name.startswith((".", "~$")) or name.endswith("~") or name in ("Thumbs.db", "desktop.ini")


def _find_misplaced(folder: Path, problems: list[Problem]) -> Iterator[str]:
    for name in TABLES:
        if (folder / f"{name}.csv").exists():
            Report(f"{name}.csv", problems).add(reading.MISPLACED_TABLE, f"lies beside {TABLES_FOLDER}, not in it")
            yield name


def _unknown_table(name: str, present: list[str], problems: list[Problem]) -> list[str]:
    """Report a file that is no table; return the table that it perhaps should be."""
    stem = name.rsplit(".", 1)[0]
    missing = [table for table in TABLES if table not in present]
    found = nearest(stem, missing)
    is_same = found is not None and found == stem
    remedy = f"save it as `{found}.csv`" if is_same else advice(name, [f"{table}.csv" for table in TABLES])
    Report(f"{TABLES_FOLDER}/{name}", problems).add(
        reading.UNKNOWN_TABLE, "is no table of a scenario", value=name, remedy=remedy
    )
    return [found] if found else []


def has_settings(folder: Path, problems: list[Problem]) -> bool:
    """Return whether the folder and its `scenario.toml` exist; else report it."""
    if not folder.is_dir():
        what = "is a file" if folder.exists() else "does not exist"
        Report(".", problems).add(reading.NO_FOLDER, f"the folder {what}", value=str(folder))
        return False
    path = folder / SETTINGS_FILE
    if not (path.exists() or path.is_symlink()):
        found = nearest(SETTINGS_FILE, [other.name for other in folder.iterdir() if other.is_file()])
        remedy = f"rename `{found}` to {SETTINGS_FILE}" if found else ""
        Report(SETTINGS_FILE, problems).add(reading.MISSING_SETTINGS, "there is no such file", remedy=remedy)
        return False
    return True
