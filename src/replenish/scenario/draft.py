"""A scenario while it is read: rows with their place in the files, and which cells cannot be relied on.

A cell that was found wrong is *damaged*.  Rules skip damaged cells, so that one mistake gives one finding.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any, Generic, TypeVar, cast

from replenish.errors import Problem
from replenish.periods import Calendar, calendar
from replenish.scenario.model import TABLES, Money, Row, Scenario, Settings, Time
from replenish.scenario.suggest import advice

R = TypeVar("R", bound=Row)

SETTINGS_FILE = "scenario.toml"
MOST_YEARS = 200
"""Longest horizon; beyond it is a mistyped year."""
LAST_YEAR = 2500
"""Latest year in which a horizon may end."""
MOST_SUGGESTIONS = 500
"""Different unknown words for which the nearest valid one is looked up."""


@dataclass(slots=True, eq=False)
class Entry(Generic[R]):
    """One row and where it was written.  Damaged cells of `row` hold None."""

    row: R
    line: int  # line of the file, or place in the table from 1 on for rows made in Python
    damaged: frozenset[str] = frozenset()
    cells: Sequence[str] = ()  # as written
    is_repeated: bool = False  # its key stands in an earlier row

    def is_sound(self, *columns: str) -> bool:
        """Return whether none of `columns` is damaged."""
        return not self.damaged or self.damaged.isdisjoint(columns)

    def damage(self, column: str) -> None:
        """Take down that a cell was found wrong."""
        self.damaged |= {column}


@dataclass(frozen=True, slots=True)
class Asked:
    """A cell that asks a ledger; its entry holds None there until it is resolved."""

    entry: Entry[Any]
    column: str
    text: str


@dataclass(slots=True)
class Table:
    """The rows of one table as far as they could be read."""

    file: str
    entries: list[Entry[Any]] = field(default_factory=list)
    position: Mapping[str, int] = field(default_factory=dict)  # of each column in `Entry.cells`
    is_whole: bool = True  # False where a part could not be read
    letters: Mapping[str, str] = field(default_factory=dict)  # of each column in a sheet; empty for a file
    asked: list[Asked] = field(default_factory=list)  # cells that ask a ledger


@dataclass
class Draft:
    """All that was read, sound or not, and the problems found so far."""

    tables: dict[str, Table] = field(default_factory=dict)
    settings: Settings | None = None
    time: Time | None = None  # None where it cannot be relied on
    money: Money | None = None
    settings_file: str = SETTINGS_FILE
    setting_lines: Mapping[str, int] = field(default_factory=dict)
    tried: Collection[str] | None = None  # cases of which it is judged what they make of the scenario; None: all
    setting_letters: Mapping[str, str] = field(default_factory=dict)  # of the cell of each setting, in a sheet
    problems: list[Problem] = field(default_factory=list)
    _advice: dict[tuple[str, str], str] = field(default_factory=dict)

    def entries(self, row_class: type[R]) -> list[Entry[R]]:
        """Return all rows of a table."""
        table = self.tables.get(row_class.table)
        return cast("list[Entry[R]]", table.entries) if table else []

    def sound(self, row_class: type[R], *columns: str) -> Iterator[Entry[R]]:
        """Iterate over the rows whose `columns` can be relied on, without repeated ones."""
        for entry in self.entries(row_class):
            if not entry.is_repeated and entry.is_sound(*columns):
                yield entry

    def is_complete(self, row_class: type[Row], *columns: str) -> bool:
        """Return whether every row was read and its `columns` are sound: only then is something absent for sure."""
        table = self.tables.get(row_class.table)
        return table is None or (
            table.is_whole and all(entry.is_repeated or entry.is_sound(*columns) for entry in table.entries)
        )

    def written(self, entry: Entry[Any], column: str) -> str:
        """Return a cell as it was written."""
        table = self.tables[entry.row.table]
        place = table.position.get(column)
        if place is not None and place < len(entry.cells):
            return entry.cells[place]
        return "" if (value := getattr(entry.row, column)) is None else str(value)

    def placed(self, problem: Problem) -> Problem:
        """Return a problem with the address of its cell, where it lies in a sheet."""
        if problem.row is None or problem.column is None:
            return problem
        is_setting = problem.file == self.settings_file
        letters = self.setting_letters if is_setting else self._letters.get(problem.file, {})
        letter = letters.get(problem.column, "")
        return problem._replace(cell=f"{problem.file}!{letter}{problem.row}") if letter else problem

    @cached_property
    def _letters(self) -> dict[str, Mapping[str, str]]:
        return {table.file: table.letters for table in self.tables.values()}

    def advice(self, word: str, valid: Sequence[str] | set[str], kind: str) -> str:
        """Return what to write instead of `word`; each word is looked up once, and not without end."""
        key = (kind, word)
        if key not in self._advice and len(self._advice) < MOST_SUGGESTIONS:
            self._advice[key] = advice(word, valid)
        return self._advice.get(key, "")

    @cached_property
    def calendar(self) -> Calendar | None:
        """Return the periods, or None where the horizon is not known."""
        if self.time is None or not self.has_horizon:
            return None
        return calendar(self.time.start, self.time.end, self.time.period)

    @property
    def has_horizon(self) -> bool:
        """Return whether start and end are known and make sense."""
        time = self.time
        return time is not None and time.start <= time.end and years(time) <= MOST_YEARS and time.end.year <= LAST_YEAR

    @property
    def last_day(self) -> dt.date | None:
        """Return the last day of the last period, or None where the horizon is not known."""
        return self.calendar.last_day if self.calendar else None


def years(time: Time) -> float:
    """Return the length of the horizon [year], roughly."""
    return (time.end - time.start).days / 365.25


def to_draft(scenario: Scenario) -> Draft:
    """Return a scenario made in Python as a draft: tables by name, rows from 1 on."""
    tables = {
        name: Table(name, [Entry(row, number) for number, row in enumerate(scenario.rows(name), 1)]) for name in TABLES
    }
    settings = scenario.settings
    return Draft(tables, settings, settings.time, settings.money, settings_file="settings")


@cache
def columns_with(mark: str) -> tuple[tuple[type[Any], str, Any], ...]:
    """Return row class, column and value of every column that declares `mark`, such as `refers_to` or `unit`."""
    found = []
    for row_class in TABLES.values():
        for column, declared in row_class.model_fields.items():
            extra = declared.json_schema_extra
            if isinstance(extra, dict) and mark in extra:
                found.append((row_class, column, extra[mark]))
    return tuple(found)
