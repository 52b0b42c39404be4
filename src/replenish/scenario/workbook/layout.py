"""What a workbook of a scenario looks like: names of sheets, heads of columns, addresses of cells."""

from __future__ import annotations

from pathlib import Path

from replenish.scenario.describe import unit_of
from replenish.scenario.model import TABLES, Row

START, SETTINGS, FINDINGS, LISTS = "start", "settings", "findings", "_lists"
SETTING_COLUMNS = ("setting", "value", "unit", "meaning")
KEY_LETTER, VALUE_LETTER = "A", "B"
"""Columns of the names and the values of settings."""
READ = (".xlsx", ".xlsm")
"""Endings of workbooks that are read; macros are never run."""
REFUSED = (".xls", ".xlsb", ".xltx", ".xltm", ".ods", ".fods", ".numbers")
"""Endings of workbooks that are recognised and refused with a remedy."""
_OWN = ("notes", "remarks")


def is_workbook(path: Path | str) -> bool:
    """Return whether a path names a workbook rather than a folder."""
    return Path(path).suffix.lower() in (*READ, *REFUSED) and not Path(path).is_dir()


def is_left_alone(sheet: str) -> bool:
    """Return whether a sheet is no part of the scenario: a page of ours without input, or the user's own.

    >>> is_left_alone("_scratch"), is_left_alone("Notes"), is_left_alone("stocks")
    (True, True, False)
    """
    return sheet in (START, FINDINGS) or sheet.startswith(("_", "#")) or sheet.lower() in _OWN


def scenario_sheets() -> tuple[str, ...]:
    """Return the names of the sheets that hold a scenario, in their order."""
    return (SETTINGS, *TABLES)


def heads(row_class: type[Row]) -> list[str]:
    """Return the heads of a table's columns: the name, and the unit in brackets where there is one."""
    return [head(name, unit_of(declared)) for name, declared in row_class.model_fields.items()]


def head(name: str, unit: str) -> str:
    """Return the head of a column.

    >>> head("on_hand", "unit"), head("title", "")
    ('on_hand [unit]', 'title')
    """
    return f"{name} [{unit}]" if unit else name


def name_in(head: str) -> str:
    """Return the name in the head of a column; what stands in brackets after it is not read.

    >>> name_in(" on_hand [round]"), name_in("title")
    ('on_hand', 'title')
    """
    return head.strip().split(" [", 1)[0].strip()


def letters(column: int) -> str:
    """Return the letters of a column counted from 0.

    >>> letters(0), letters(25), letters(26), letters(16383)
    ('A', 'Z', 'AA', 'XFD')
    """
    found = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        found = chr(65 + rest) + found
    return found


def column_number(letters: str) -> int:
    """Return the number, from 0, of a column given by its letters.

    >>> column_number("A"), column_number("xfd")
    (0, 16383)
    """
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1
