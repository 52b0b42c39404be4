"""What a sheet tells the person who fills it: notes on the heads, lists to choose from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pydantic.fields import FieldInfo
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from replenish.scenario.cells import Column, columns
from replenish.scenario.describe import default_text, holds, unit_of
from replenish.scenario.model import TABLES, Row
from replenish.scenario.rules.names import KINDS
from replenish.scenario.workbook.layout import LISTS, letters

LIST_ROWS = 1000
"""Rows of a sheet that have lists to choose from, at least."""
SPARE_ROWS = 200
"""Rows with lists below the last that is filled."""


def column_note(row_class: type[Row], name: str) -> str:
    """Return what the reference says about a column, and whether it must be filled."""
    declared = row_class.model_fields[name]
    return "\n".join([*_lines(name, declared), *(["Part of the key."] if name in row_class.key else [])])


def setting_meaning(declared: FieldInfo) -> str:
    """Return what the reference says about a setting, in one line."""
    return "; ".join(line.rstrip(".") for line in list(_lines("", declared))[1:])


def _lines(name: str, declared: FieldInfo) -> Iterator[str]:
    unit, default = unit_of(declared), default_text(declared)
    yield " ".join(filter(None, (name, f"[{unit}]" if unit else "")))
    yield declared.description or ""
    yield f"Holds: {holds(declared).replace('`', '')}."
    if declared.is_required():
        yield "Required."
    else:
        yield f"Optional; empty: {default}." if default else "Optional."


class Lists:
    """The hidden sheet of choices; each list stands there once."""

    def __init__(self, book: Workbook) -> None:
        self.sheet = book.add_worksheet(LISTS)
        self.sheet.hide()
        self.places: dict[tuple[Any, ...], str] = {}

    def range_of(self, choices: Sequence[Any]) -> str:
        """Return the address of a list, written when it is first asked for."""
        key = tuple(choices)
        if key not in self.places:
            column = len(self.places)
            for row, choice in enumerate(key):
                self.sheet.write(row, column, choice)
            letter = letters(column)
            self.places[key] = f"='{LISTS}'!${letter}$1:${letter}${len(key)}"
        return self.places[key]


def add_table_lists(sheet: Worksheet, row_class: type[Row], lists: Lists, sizes: dict[str, int]) -> None:
    """Add drop-down lists to the columns of a table; `sizes` are the rows of every table."""
    last = last_row(sizes[row_class.table])
    for place, (name, column) in enumerate(columns(row_class).items()):
        if options := _options(row_class.model_fields[name], column, lists, sizes):
            sheet.data_validation(1, place, last, place, options)


def add_setting_list(sheet: Worksheet, row: int, column: Column, lists: Lists) -> None:
    """Add a drop-down list to the value of a setting that is a choice or a flag."""
    if choices := column.choices if column.kind == "choice" else (True, False) * (column.kind == "flag"):
        sheet.data_validation(row, 1, row, 1, _choice(lists.range_of(choices)))


def last_row(filled: int) -> int:
    """Return the last row, counted from 0, that has lists to choose from."""
    return max(LIST_ROWS, filled + SPARE_ROWS)


def _options(declared: FieldInfo, column: Column, lists: Lists, sizes: dict[str, int]) -> dict[str, Any] | None:
    if column.kind == "choice":
        return _choice(lists.range_of(column.choices))
    if column.kind == "flag":
        return _choice(lists.range_of((True, False)))
    extra = declared.json_schema_extra
    kind = extra.get("refers_to") if isinstance(extra, dict) else None
    if isinstance(kind, str):
        return _reference(kind, sizes)
    return _choice(lists.range_of(tuple(TABLES))) if column.name == "table_name" and column.kind == "name" else None


def _choice(source: str) -> dict[str, Any]:
    return {
        "validate": "list",
        "source": source,
        "error_title": "Not one of the choices",
        "error_message": "Choose from the list of this cell.",
    }


def _reference(kind: str, sizes: dict[str, int]) -> dict[str, Any]:
    """Return a list of the names in another sheet; a name that is not there yet may be typed all the same."""
    row_class, key = KINDS[kind]
    letter = letters(list(row_class.model_fields).index(key))
    last = last_row(sizes[row_class.table]) + 1
    return {
        "validate": "list",
        "source": f"='{row_class.table}'!${letter}$2:${letter}${last}",
        "error_type": "warning",
        "error_title": "Not there yet",
        "error_message": f"The sheet {row_class.table} has no such {kind} yet. Add it there as well.",
    }
