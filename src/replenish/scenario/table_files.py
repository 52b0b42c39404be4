"""Tables -> rows with their place; every cell that cannot be read is a problem."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from types import MappingProxyType
from typing import Any

from replenish.scenario.asked import asks
from replenish.scenario.cells import MOST_REMEMBERED, Column, Fault, columns
from replenish.scenario.draft import Asked, Entry, Table
from replenish.scenario.files import Report
from replenish.scenario.model import Row
from replenish.scenario.rules import reading
from replenish.scenario.suggest import advice, nearest, respelt

MOST_ROWS = 1_000_000
"""Longest table that is read [row]."""
Record = tuple[int, Sequence[str], Mapping[int, Fault]]
"""Line of a row, its cells as text, and by their place those that hold no value at all."""
NO_FAULTS: Mapping[int, Fault] = MappingProxyType({})
Fill = Callable[[Table, "Reader", Iterable[Record]], None]
"""Puts records, as a reader reads them, into a table."""
_OTHER_SEPARATORS = {";": "a semicolon", "\t": "a tab", "|": "a bar"}


def fill_rows(table: Table, reader: Reader, records: Iterable[Record]) -> None:
    """Put each record into a table as an entry."""
    for line, cells, faults in records:
        entry = reader.entry(line, cells, faults)
        table.entries.append(entry)
        if entry.damaged:
            table.asked += reader.asked_in(entry)


def read_table(row_class: type[Row], text: str, report: Report, *, fill: Fill = fill_rows) -> Table:
    """Return the rows of a table; what is wrong with them goes to `report`."""
    table = Table(report.file, is_whole=False)
    records = _records(text, report, table)
    header = [name.strip() for name in next(records, (1, []))[1]]
    if separator := _other_separator(header):
        report.add(
            reading.SEPARATOR, f"columns are separated by {_OTHER_SEPARATORS[separator]}", row=1, value=separator
        )
        return table
    sound = ((line, cells, NO_FAULTS) for line, cells in records)
    return read_rows(table, row_class, header, sound, report, fill=fill)


def read_rows(
    table: Table, row_class: type[Row], header: list[str], records: Iterator[Record], report: Report, *,
    fill: Fill = fill_rows,
) -> Table:  # fmt: skip
    """Fill `table` from its header and records, whatever they were read from, and return it."""
    if not any(name in row_class.model_fields for name in header):
        meant = ",".join(respelt(header, row_class.model_fields))
        report.add(
            reading.MISSING_HEADER, "the first line names none of the columns", row=1, value=",".join(header)[:80],
            remedy=f"did you mean `{meant}`?" if meant else "",
        )  # fmt: skip
        return table
    table.is_whole = True
    table.position = {name: place for place, name in reversed(list(enumerate(header)))}
    fill(table, Reader(row_class, header, report), islice(records, MOST_ROWS))
    if (more := next(records, None)) is not None:
        report.add(reading.TOO_MANY_ROWS, f"has more than {MOST_ROWS:,} rows", row=more[0])
        table.is_whole = False
    return table


def _records(text: str, report: Report, table: Table) -> Iterator[tuple[int, Sequence[str]]]:
    """Iterate over line and cells of each row that is not blank; a quoted cell may hold line breaks."""
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    line, is_first = 1, True
    while True:
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            report.add(reading.BROKEN_CSV, f"the row that starts here cannot be read: {error}", row=line)
            table.is_whole = False
            return
        if is_first or (not (joined := "".join(cells)).isspace() and joined):
            yield line, cells
        line, is_first = rows.line_num + 1, False


def _other_separator(header: list[str]) -> str:
    """Return the sign that separates columns if it is not the comma."""
    joined = ",".join(header)
    counts = {sign: joined.count(sign) for sign in _OTHER_SEPARATORS}
    sign = max(counts, key=lambda sign: counts[sign])
    return sign if counts[sign] >= max(1, len(header)) else ""


class Reader:
    """Turns rows of one table into entries; judges the header when it is made."""

    def __init__(self, row_class: type[Row], header: list[str], report: Report) -> None:
        self.row_class, self.header, self.report = row_class, header, report
        self.columns = columns(row_class)
        self.absent = frozenset(self._judge_header())
        self.order = [
            (place, self.columns[name])
            for place, name in enumerate(header)
            if name in self.columns and name not in self.absent
        ]
        self._required = frozenset(column.name for _, column in self.order if column.is_required)
        self._plain = [(place, column.name, _PlainValues(column)) for place, column in self.order]

    def _judge_header(self) -> set[str]:
        """Report what is wrong with the header; return the columns whose cells are lost by it.

        A column that is not known may be any that is missing: then only the one finding is made, and none of the
        missing columns is relied on.
        """
        missing = [name for name in self.columns if name not in self.header]
        unknown = [name for name in self.header if name not in self.columns]
        lost: set[str] = set()
        for name in unknown:
            if (found := nearest(name, [column for column in missing if column not in lost])) is not None:
                lost.add(found)
            self._unknown_column(name, found)
        strangers = len(unknown) - len(lost)
        required = [name for name in missing if self.columns[name].is_required and name not in lost]
        for name in required[strangers:]:
            self.report.add(reading.MISSING_COLUMN, "is not in the header", row=1, column=name)
        lost.update(missing if strangers else required)
        return lost | set(self._repeated_columns())

    def _unknown_column(self, name: str, found: str | None) -> None:
        remedy = f"did you mean `{found}`?" if found else advice(name, list(self.columns))
        message = f"is no column of {self.row_class.table}" if name else "a column has no name"
        self.report.add(reading.UNKNOWN_COLUMN, message, row=1, column=name, value=name, remedy=remedy)

    def _repeated_columns(self) -> Iterator[str]:
        for name in self.columns:
            if self.header.count(name) > 1:
                self.report.add(reading.DUPLICATE_COLUMN, "stands in the header twice", row=1, column=name, value=name)
                yield name

    def entry(self, line: int, cells: Sequence[str], faults: Mapping[int, Fault]) -> Entry[Any]:
        """Return one row; cells that cannot be read are damaged and reported."""
        if len(cells) != len(self.header):
            message = f"has {len(cells)} cells, the header has {len(self.header)}"
            self.report.add(reading.RAGGED_ROW, message, row=line, value=",".join(cells)[:80])
            everything = frozenset(self.columns)
            return Entry(_partial(self.row_class, {}, everything), line, everything, tuple(cells))
        values, damaged = None if faults else self._plain_values(cells), self.absent
        if values is None:
            values, damaged = self._values(line, cells, faults)
        row = _partial(self.row_class, values, damaged) if damaged else self.row_class.model_validate(values)
        return Entry(row, line, damaged, tuple(cells))

    def _plain_values(self, cells: Sequence[str]) -> dict[str, Any] | None:
        """Return the values of a row; None unless all its cells are plain, as nearly all are."""
        try:
            values = {name: plain[text] for place, name, plain in self._plain if (text := cells[place])}
        except NotPlainError:
            return None
        return values if values.keys() >= self._required else None

    def _values(
        self, line: int, cells: Sequence[str], faults: Mapping[int, Fault]
    ) -> tuple[dict[str, Any], frozenset[str]]:
        values: dict[str, Any] = {}
        damaged = self.absent
        for place, column in self.order:
            text = cells[place]
            if not text and not column.is_required and not faults:
                continue
            found = faults.get(place) if faults else None
            if not found and column.kind != "text" and asks(text):
                damaged |= {column.name}  # until it is resolved
                continue
            if found and (not found.kinds or column.kind in found.kinds):
                fault: Fault | None = found
            elif not text or (column.kind != "text" and text.isspace()):
                fault = Fault(reading.EMPTY_REQUIRED, "is empty and has no default") if column.is_required else None
            else:
                value, fault = column.read(text)
                values[column.name] = value
            if fault:
                self._report_cell(fault, line, column, text)
                values.pop(column.name, None)
                damaged |= {column.name}
        return values, damaged

    def asked_in(self, entry: Entry[Any]) -> Iterator[Asked]:
        """Yield the cells of a damaged row that ask a ledger."""
        if len(entry.cells) == len(self.header):
            for place, column in self.order:
                if column.kind != "text" and asks(text := entry.cells[place]):
                    yield Asked(entry, column.name, text)

    def _report_cell(self, fault: Fault, line: int, column: Column, text: str) -> None:
        self.report.add(fault.rule, fault.message, row=line, column=column.name, value=text, remedy=fault.remedy)


class NotPlainError(Exception):
    """A cell must be looked at more closely: it is blank or wrong, or may ask a ledger."""


def plain_value(column: Column, text: str) -> Any:
    """Return the value of a cell that needs no closer look.

    Raises:
        NotPlainError: it needs one.
    """
    if column.kind == "text" and text:
        return text
    if not text or text.isspace() or text.endswith(")"):
        raise NotPlainError
    value, fault = column.read(text)
    if fault:
        raise NotPlainError
    return value


class _PlainValues(dict[str, Any]):
    """Values of the plain cells of a column by their text."""

    def __init__(self, column: Column) -> None:
        self.column = column

    def __missing__(self, text: str) -> Any:
        if len(self) > MOST_REMEMBERED:
            self.clear()
        value = self[text] = plain_value(self.column, text)
        return value


def _partial(row_class: type[Row], values: dict[str, Any], damaged: frozenset[str]) -> Row:
    """Return a row whose damaged cells are None."""
    return row_class.model_construct(set(values), **dict.fromkeys(damaged), **values)
