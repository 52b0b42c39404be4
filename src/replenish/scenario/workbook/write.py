"""A scenario -> workbook with an agenda, notes, lists to choose from, and one sheet for each table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from replenish.scenario.cells import columns
from replenish.scenario.describe import default_of, unit_of
from replenish.scenario.model import TABLES, Row, Scenario, Settings
from replenish.scenario.resolving import Texts
from replenish.scenario.workbook.agenda import write_agenda
from replenish.scenario.workbook.book import Styles, making_book, put, styles
from replenish.scenario.workbook.guide import (
    Lists,
    add_setting_list,
    add_table_lists,
    column_note,
    setting_meaning,
)
from replenish.scenario.workbook.layout import SETTING_COLUMNS, SETTINGS, START, heads
from replenish.scenario.workbook.settings_sheet import Setting, all_settings
from replenish.scenario.written import is_stated

WIDEST = 40
"""Widest column of a table [character]."""


def write_workbook(scenario: Scenario, path: Path | str, *, texts: Texts | None = None) -> Path:
    """Write a scenario as a workbook that is read back as an equal one; return its path.

    `texts` stand in place of values.

    Numbers come back equal to 15 significant digits.  The file appears complete or not at all.

    Raises:
        UsageError: `path` exists, does not end in .xlsx, or a text is longer than a cell can hold.
    """
    with making_book(path) as book:
        look, sizes = styles(book), {name: len(scenario.rows(name)) for name in TABLES}
        start = book.add_worksheet(START)
        settings = book.add_worksheet(SETTINGS)
        sheets = {name: book.add_worksheet(name) for name in TABLES}
        lists = Lists(book)
        write_agenda(start, scenario, look)
        _write_settings(settings, scenario.settings, look, lists)
        for name, sheet in sheets.items():
            _write_table(sheet, TABLES[name], scenario.rows(name), look, texts or {})
            add_table_lists(sheet, TABLES[name], lists, sizes)
        _show_first(book, start)
    return Path(path)


def write_template(scenario: Scenario, path: Path | str) -> Path:
    """Write a workbook with the settings of a scenario and empty tables, to be filled; return its path."""
    return write_workbook(Scenario(settings=scenario.settings), path)


def _show_first(book: Workbook, start: Worksheet) -> None:
    start.activate()
    book.set_properties({"title": "Scenario of replenish", "comments": "The sheet start says how to fill it."})


def _write_settings(sheet: Worksheet, settings: Settings, look: Styles, lists: Lists) -> None:
    for place, (name, width) in enumerate(zip(SETTING_COLUMNS, (28, WIDEST, 12, 90), strict=True)):
        sheet.write_string(0, place, name, look.required if place < 2 else look.optional)
        sheet.set_column(place, place, width)
    sheet.freeze_panes(1, 1)
    row = 1
    for setting in all_settings():
        for value in _values(setting, settings):
            _write_setting(sheet, row, setting, value, look)
            add_setting_list(sheet, row, columns(setting.model)[setting.name], lists)
            row += 1


def _write_setting(sheet: Worksheet, row: int, setting: Setting, value: Any, look: Styles) -> None:
    kind = columns(setting.model)[setting.name].kind
    cell = {"day": look.day, "number": None, "whole": None}.get(kind, look.text)
    sheet.write_string(row, 0, setting.key, look.bold if setting.declared.is_required() else look.text)
    sheet.write_blank(row, 1, None, cell)
    put(sheet, row, 1, value, cell)
    put(sheet, row, 2, unit_of(setting.declared), look.text)
    put(sheet, row, 3, setting_meaning(setting.declared), look.text)


def _values(setting: Setting, settings: Settings) -> tuple[Any, ...]:
    """Return what stands beside a setting: its value if it is stated, the entries of a list, at least one cell."""
    section: BaseModel = settings
    for part in setting.key.split(".")[:-1]:
        section = getattr(section, part)
    if setting.is_list:
        return tuple(filter(str.strip, getattr(section, setting.name))) or ("",)
    stated = is_stated(section, setting.name, default_of(setting.declared))
    return (getattr(section, setting.name) if stated else "",)


def _write_table(sheet: Worksheet, row_class: type[Row], rows: tuple[Row, ...], look: Styles, texts: Texts) -> None:
    defaults = {name: default_of(declared) for name, declared in row_class.model_fields.items()}
    formats = {"day": look.day, "text": look.plain, "name": look.plain}
    for place, (name, column) in enumerate(columns(row_class).items()):
        head, cell = heads(row_class)[place], formats.get(column.kind)
        values = [getattr(row, name) if is_stated(row, name, defaults[name]) else None for row in rows]
        if texts:
            told = [texts.get((row.table, row.key_value(), name)) for row in rows]
            values = [text or value for text, value in zip(told, values, strict=True)]
        sheet.set_column(place, place, _width(head, values), cell)
        sheet.write_string(0, place, head, look.required if column.is_required else look.optional)
        note = column_note(row_class, name)
        sheet.write_comment(0, place, note, {"x_scale": 2.2, "y_scale": 0.4 + 0.25 * _note_lines(note)})
        for row, value in enumerate(values, 1):
            put(sheet, row, place, value, cell)
    sheet.freeze_panes(1, min(len(row_class.key), 2))
    sheet.autofilter(0, 0, max(len(rows), 1), len(defaults) - 1)
    if rows:
        sheet.set_tab_color("#1F3864")


def _width(head: str, values: list[Any]) -> int:
    longest = max((len(str(value)) for value in values if value is not None), default=0)
    return min(WIDEST, max(10, len(head) + 4, longest + 2))


def _note_lines(note: str) -> int:
    return sum(1 + len(line) // 45 for line in note.splitlines())
