"""From when each cell of a scenario can be known, by the dates of its sources."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from replenish.scenario.model import Evidence, Row, Scenario

Cell = tuple[str, str, str]
"""Table, key of the row, column."""


class Origin(NamedTuple):
    """What a cell rests on.

    known_from: day of publication; None: never at a past date, as a source of it has no date.
    is_assumed: the author assumed it, so that it could be written down at any date.
    """

    known_from: dt.date | None
    is_assumed: bool


@dataclass(frozen=True)
class Origins:
    """What each cell that has evidence rests on, and what of it is known at a date.

    admitted: cells known by the rule for undated sources alone.
    """

    date: dt.date
    by_cell: dict[Cell, Origin]
    admitted: frozenset[Cell]

    def is_later(self, row: Row, column: str) -> bool:
        """Return whether a cell is not yet known; one without evidence is the author's and always is."""
        origin = self.by_cell.get((row.table, row.key_value(), column))
        if origin is None or origin.is_assumed:
            return False
        return origin.known_from is None or origin.known_from > self.date

    def later(self, row: Row) -> list[str]:
        """Return the columns of a row that are not yet known."""
        return [column for column in type(row).model_fields if self.is_later(row, column)]

    def is_reported(self, row: Row, column: str) -> bool:
        """Return whether a cell rests on a source that is known by the date."""
        origin = self.by_cell.get((row.table, row.key_value(), column))
        return origin is not None and not origin.is_assumed and not self.is_later(row, column)

    def known_from(self, row: Row, columns: Iterable[str]) -> dt.date | None:
        """Return the day from which all of these cells are known; None for never at a past date."""
        found = [self.by_cell[row.table, row.key_value(), column].known_from for column in columns]
        dates = [day for day in found if day is not None]
        return max(dates) if len(dates) == len(found) and dates else None


def find_origins(scenario: Scenario, date: dt.date, *, admit_undated_days: int | None) -> Origins:
    """Return what the cells of a scenario rest on, as seen at a date.

    A cell that any row of evidence calls assumed is assumed.  A reported one is known from the first of its sources on:
    each of them says it.  A derived one is known once all of its sources are: it needs them together.  A source without
    date counts as published from the day on which it says that a rule admits it, else `admit_undated_days` after the
    date that the row itself bears, if that is given.
    """
    published = {row.name: row.published or row.admitted for row in scenario.sources}
    by_rule = {row.name for row in scenario.sources if row.published is None and row.admitted}
    rows = {(table, row.key_value()): row for table in _tables(scenario) for row in scenario.rows(table)}
    told: dict[Cell, list[Evidence]] = {}
    for one in scenario.evidence:
        told.setdefault((one.table_name, one.row_key, one.column), []).append(one)
    by_cell, admitted = dict[Cell, Origin](), set[Cell]()
    for cell, own in told.items():
        strict = _origin(own, published)
        by_cell[cell] = strict
        if strict.known_from is not None and not by_rule.isdisjoint(one.source for one in own):
            admitted.add(cell)
        stand_in = _admitted_date(rows.get(cell[:2]), admit_undated_days)
        if stand_in is not None and strict.known_from is None and not strict.is_assumed:
            dates = {name: day or stand_in for name, day in published.items()}
            by_cell[cell] = _origin(own, dates)
            admitted.add(cell)
    return Origins(date, by_cell, frozenset(admitted))


def own_date(row: Any) -> dt.date | None:
    """Return the day that a row bears: of what was observed, or on which something starts; None for none."""
    found: dt.date | None = getattr(row, "date", None) or getattr(row, "start", None)
    return found


def _tables(scenario: Scenario) -> Sequence[str]:
    return sorted({one.table_name for one in scenario.evidence} & set(type(scenario).model_fields) - {"settings"})


def _admitted_date(row: Row | None, days: int | None) -> dt.date | None:
    day = own_date(row) if row is not None else None
    return None if day is None or days is None else day + dt.timedelta(days=days)


def _origin(own: Sequence[Evidence], published: Mapping[str, dt.date | None]) -> Origin:
    sources = [row for row in own if row.source]
    if any(row.basis == "assumed" for row in own) or not sources:
        return Origin(None, is_assumed=True)
    reported = [published.get(row.source) for row in sources if row.basis == "reported"]
    derived = [published.get(row.source) for row in sources if row.basis == "derived"]
    if reported:
        dates = [day for day in reported if day is not None]
        return Origin(min(dates) if dates else None, is_assumed=False)
    return Origin(None if None in derived else max(day for day in derived if day is not None), is_assumed=False)
