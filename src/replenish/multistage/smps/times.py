"""The time file: which rows and columns belong to which period."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from replenish.multistage.modelling.model import ROOT
from replenish.multistage.smps.core import FREE, Core
from replenish.multistage.smps.text import Record, Report


@dataclass(slots=True)
class Periods:
    """Names of the periods, and the period of each column and row, numbered from 0."""

    names: dict[str, int] = field(default_factory=dict)
    of_column: list[int] = field(default_factory=list)
    of_row: list[int] = field(default_factory=list)


def read_periods(records: Iterator[Record], report: Report, core: Core) -> Periods:
    """Return the periods of a time file, implicit or explicit; problems go to the report."""
    reader = _Reader(report, core)
    for record in records:
        if record.is_header:
            reader.begin(record)
        else:
            reader.take(record)
    return reader.finish()


class _Reader:
    """Takes records one after the other and finds the period of each row and column."""

    def __init__(self, report: Report, core: Core) -> None:
        self.report, self.core = report, core
        self.periods = Periods()
        self.section = ""
        self.is_explicit = False
        self.columns: dict[int, int] = {}
        self.rows: dict[int, int] = {}

    def begin(self, header: Record) -> None:
        """Begin the section of a header."""
        self.section = header.fields[0].upper()
        if self.section not in ("TIME", "NAME", "PERIODS", "ROWS", "COLUMNS"):
            self.report.unknown_section(header, "TIME, PERIODS, ROWS, COLUMNS")
        if self.section == "PERIODS":
            words = {word.upper() for word in header.fields[1:]}
            self.is_explicit = "EXPLICIT" in words
            if unknown := words - {"EXPLICIT", "IMPLICIT", "LP"}:
                self.report.add(header, f"`{min(unknown)}` periods are not known", "write IMPLICIT or EXPLICIT")

    def take(self, record: Record) -> None:
        """Take one record of the section."""
        if self.section == "PERIODS":
            self._period(record)
        elif self.section == "COLUMNS":
            self._assign(record, "column", self.core.columns, self.columns)
        elif self.section == "ROWS":
            self._assign(record, "row", self.core.rows, self.rows)

    def finish(self) -> Periods:
        """Return the periods, once each row and column has one and no row looks ahead."""
        if not self.periods.names:
            self.report.add(None, "there are no periods", "list them in the section PERIODS")
            return self.periods
        columns = self._filled(self.columns, len(self.core.columns))
        rows = self._filled(self.rows, len(self.core.kinds))
        free = {row for row, kind in enumerate(self.core.kinds) if kind == FREE}
        self._complain("column", self.core.columns, {n for n, t in enumerate(columns) if t < 0})
        self._complain("row", self.core.rows, {n for n, t in enumerate(rows) if t < 0} - free)
        self.periods.of_column, self.periods.of_row = columns, rows
        if not self.report.problems:
            self._check_order(free)
        return self.periods

    def _period(self, record: Record) -> None:
        name = record.fields[-1]
        if len(record.fields) != (1 if self.is_explicit else 3):
            self.report.wrong_count(record, "1: period" if self.is_explicit else "3: first column, first row, period")
            return
        if name in self.periods.names or name == ROOT:
            self.report.add(record, f"period `{name}` is listed twice or called `{ROOT}`", "give it its own name")
            return
        number = self.periods.names[name] = len(self.periods.names)
        if not self.is_explicit:
            self._first(record, "column", self.core.columns, self.columns, number)
            self._first(record, "row", self.core.rows, self.rows, number)

    def _first(
        self, record: Record, what: str, known: Mapping[str, int], first: dict[int, int], period: int
    ) -> None:  # fmt: skip
        """Take the first row or column of a period, which must lie after that of the period before."""
        name = record.fields[0 if what == "column" else 1]
        if name not in known:
            self.report.add(record, f"there is no {what} `{name}`", "use a name of the core file")
        elif first and known[name] <= max(first):
            message = f"{what} `{name}` does not lie after the first {what} of the period before"
            self.report.add(record, message, "order the core file by period, or use PERIODS EXPLICIT")
        else:
            first[known[name]] = period

    def _assign(self, record: Record, what: str, known: Mapping[str, int], target: dict[int, int]) -> None:
        """Take the period of one row or column."""
        if len(record.fields) != 2:
            self.report.wrong_count(record, f"2: {what} and period")
            return
        name, period = record.fields
        if name not in known:
            self.report.add(record, f"there is no {what} `{name}`", "use a name of the core file")
        elif period not in self.periods.names:
            self.report.add(record, f"there is no period `{period}`", "list it in the section PERIODS")
        elif known[name] in target:
            self.report.add(record, f"{what} `{name}` has a period already", "leave one of the lines")
        else:
            target[known[name]] = self.periods.names[period]

    def _filled(self, periods: Mapping[int, int], count: int) -> list[int]:
        """Return the period of each of `count`: its own, or if implicit that of the one before; -1 for none."""
        filled: list[int] = []
        for number in range(count):
            before = filled[-1] if filled and not self.is_explicit else -1
            filled.append(periods.get(number, before))
        return filled

    def _complain(self, what: str, known: Mapping[str, int], missing: set[int]) -> None:
        names = [name for name, number in known.items() if number in missing]
        if names:
            more = f" and {len(names) - 3} more" if len(names) > 3 else ""
            remedy = (
                f"list it in {what.upper()}S" if self.is_explicit else f"begin the first period at the first {what}"
            )
            self.report.add(None, f"{what} {', '.join(names[:3])}{more} belongs to no period", remedy)

    def _check_order(self, free: set[int]) -> None:
        columns, rows = list(self.core.columns), list(self.core.rows)
        for column, row in self.core.entries:
            if row not in free and self.periods.of_column[column] > self.periods.of_row[row]:
                message = f"row `{rows[row]}` holds column `{columns[column]}` of a later period"
                self.report.add(None, message, "move the row to the period of its last column")
