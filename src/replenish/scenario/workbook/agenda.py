"""The first sheet of a workbook: what the study is, what to do in which order, and where things are."""

from __future__ import annotations

import inspect

from xlsxwriter.worksheet import Worksheet

from replenish.scenario.model import TABLES, Scenario
from replenish.scenario.workbook.book import Styles, put
from replenish.scenario.workbook.layout import SETTINGS

SETTINGS_PURPOSE = "What holds for the whole study: title, first and last day, currency, paths."
STEPS = (
    (SETTINGS, "Name the study and say from when to when it runs."),
    ("items", "List what is stocked, and its unit."),
    ("holders", "List who holds stock and decides: nations, agencies, depots."),
    ("stocks", "Say how much each holder has today."),
    ("requirements", "Say how much should be held: a quantity, or days of supply."),
    ("demand", "Say how much is asked, by whom, how uncertain it is."),
    ("lines", "Say who produces how much; line_items says which item, expansions how that may grow."),
    ("routes", "Where one holder gives to another: from whom to whom, and how long it takes; then a row in policies."),
    ("policies", "Say who orders, releases and produces by which rule."),
    (
        "evidence",
        "Say where each value comes from, or that it is assumed, with its range; sources lists documents.",
    ),
    ("priorities", "For a plan: say what comes before what, or what it is worth; targets says what should be reached."),
    (
        "fleets",
        "For spares and repair: which systems stand where; sites says where spares are held, parts and breakdown what"
        " fails in a system, operations how its use changes.",
    ),
    (
        "repairs",
        "Say who repairs what in which time; servers says how many at once, part_stock which spares there are.",
    ),
    ("cases", "If you like: variants of the study, each a few changed cells; a run simulates them beside it."),
)
COMMANDS = (
    ("replenish check STUDY.xlsx", "names every mistake with sheet, row and column, and writes STUDY.checked.xlsx"),
    ("replenish run STUDY.xlsx", "simulates and writes report.html and report.xlsx"),
    ("replenish import-xlsx STUDY.xlsx FOLDER", "turns the workbook into a folder of text tables"),
)
RULES = (
    "Names are short and plain, in small letters: north_depot. What people read, such as North depot, goes into title.",
    "Only the sheets that the study needs are filled; the rest stay empty. An empty cell takes the default that the"
    " note on the head of its column names.",
    "A white bold head on dark ground marks a column that every row must fill; the note says Required as well.",
    "Numbers are plain numbers in the unit of the head; 5 % is 0.05. Dates are dates, or text such as 2026-03-01.",
    "A result of a formula counts as a value. Columns may be moved; their names may not be changed.",
    "Sheets of your own are named notes or remarks, or their name starts with _ or #. They are not read.",
)


def write_agenda(sheet: Worksheet, scenario: Scenario, look: Styles) -> None:
    """Write the first sheet."""
    sheet.hide_gridlines(2)
    for column, width in enumerate((5, 42, 110, 10)):
        sheet.set_column(column, column, width)
    put(sheet, 0, 0, scenario.settings.title, look.title)
    put(sheet, 1, 1, scenario.settings.description[:1000], look.text)
    row = _steps(sheet, 3, look)
    row = _commands(sheet, row + 1, look)
    row = _rules(sheet, row + 1, look)
    _contents(sheet, row + 1, scenario, look)


def _steps(sheet: Worksheet, row: int, look: Styles) -> int:
    put(sheet, row, 0, "Fill in", look.bold)
    for number, (name, what) in enumerate(STEPS, 1):
        put(sheet, row + number, 0, number, look.text)
        _link(sheet, row + number, name, look)
        put(sheet, row + number, 2, what, look.text)
    return row + len(STEPS) + 1


def _commands(sheet: Worksheet, row: int, look: Styles) -> int:
    put(sheet, row, 0, "Then type, with the name of this file in place of STUDY", look.bold)
    for number, (command, what) in enumerate(COMMANDS, 1):
        put(sheet, row + number, 0, len(STEPS) + number, look.text)
        put(sheet, row + number, 1, command, look.bold)
        put(sheet, row + number, 2, what, look.text)
    return row + len(COMMANDS) + 1


def _rules(sheet: Worksheet, row: int, look: Styles) -> int:
    put(sheet, row, 0, "Good to know", look.bold)
    for number, rule in enumerate(RULES, 1):
        sheet.merge_range(row + number, 1, row + number, 2, rule, look.text)
    return row + len(RULES) + 1


def _contents(sheet: Worksheet, row: int, scenario: Scenario, look: Styles) -> None:
    put(sheet, row, 0, "All sheets", look.bold)
    put(sheet, row, 3, "rows", look.bold)
    for number, name in enumerate((SETTINGS, *TABLES), 1):
        is_table = name in TABLES
        _link(sheet, row + number, name, look)
        put(sheet, row + number, 2, inspect.getdoc(TABLES[name]) if is_table else SETTINGS_PURPOSE, look.text)
        put(sheet, row + number, 3, len(scenario.rows(name)) if is_table else None, look.text)


def _link(sheet: Worksheet, row: int, name: str, look: Styles) -> None:
    sheet.write_url(row, 1, f"internal:'{name}'!A1", look.link, name)
