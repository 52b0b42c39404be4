"""The core file: one linear programme over all periods, in MPS format."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from replenish.multistage.modelling.program import Sense
from replenish.multistage.smps.text import Record, Report

FREE = "N"
KINDS = ("N", "E", "L", "G")
VALUED = {"LO": ("lower",), "LI": ("lower",), "UP": ("upper",), "UI": ("upper",), "FX": ("lower", "upper")}
"""Bounds that come with a value, and the ends of the column that they set."""
BARE = {
    "FR": (("lower", -math.inf), ("upper", math.inf)),
    "MI": (("lower", -math.inf),),
    "PL": (("upper", math.inf),),
    "BV": (("lower", 0.0), ("upper", 1.0)),
}
"""Bounds whose value their name says."""


@dataclass(slots=True)
class Core:
    """A linear programme with names; rows and columns are numbered in the order of the file.

    Attributes:
        kinds: for each row N, E, L or G.
        entries: nonzeros by (column, row), those of the objective included.
        right, ranges: right-hand sides and ranges by row; the objective has minus its right-hand side as constant.
        ends: "lower" and "upper" bounds by column.
        given: where in the file a bound was given, by (end, column).
        right_names: names that right-hand sides go by.
        objective: row of the objective, the first of kind N; -1 if there is none.
    """

    sense: Sense = "min"
    rows: dict[str, int] = field(default_factory=dict)
    kinds: list[str] = field(default_factory=list)
    columns: dict[str, int] = field(default_factory=dict)
    is_integer: list[bool] = field(default_factory=list)
    entries: dict[tuple[int, int], float] = field(default_factory=dict)
    right: dict[int, float] = field(default_factory=dict)
    ranges: dict[int, float] = field(default_factory=dict)
    ends: dict[str, list[float]] = field(default_factory=lambda: {"lower": [], "upper": []})
    given: dict[tuple[str, int], int] = field(default_factory=dict)
    right_names: set[str] = field(default_factory=lambda: {"RHS"})

    @property
    def objective(self) -> int:
        """Return the row of the objective."""
        return self.kinds.index(FREE) if FREE in self.kinds else -1

    def offsets(self, row: int) -> tuple[float, float]:
        """Return how far the bounds of a row lie from its right-hand side."""
        kind, spread = self.kinds[row], self.ranges.get(row)
        if spread is None:
            return (-math.inf if kind == "L" else 0.0), (math.inf if kind == "G" else 0.0)
        if kind == "E":
            return min(spread, 0.0), max(spread, 0.0)
        return (-abs(spread), 0.0) if kind == "L" else (0.0, abs(spread))


def read_core(records: Iterator[Record], report: Report, integer_upper: float | None) -> Core:
    """Return the programme of a core file; problems go to the report."""
    reader = _Reader(report)
    for record in records:
        if record.is_header:
            reader.begin(record)
        else:
            reader.section(record)
    reader.finish(integer_upper)
    return reader.core


class _Reader:
    """Takes records one after the other and fills a `Core`."""

    def __init__(self, report: Report) -> None:
        self.core = Core()
        self.report = report
        self.in_integers = False
        self.sections: dict[str, Callable[[Record], None]] = {
            "NAME": self.skip, "OBJSENSE": self.objsense, "ROWS": self.rows, "COLUMNS": self.columns, "RHS": self.rhs,
            "RANGES": self.ranges, "BOUNDS": self.bounds,
        }  # fmt: skip
        self.section: Callable[[Record], None] = self.skip

    def begin(self, header: Record) -> None:
        """Begin the section of a header."""
        name = header.fields[0].upper()
        self.section = self.sections.get(name, self.skip)
        if name not in self.sections:
            self.report.unknown_section(header, ", ".join(self.sections))
        elif name == "OBJSENSE" and len(header.fields) > 1:
            self.objsense(Record(header.line, False, header.fields[1:]))

    def skip(self, record: Record) -> None:
        """Leave out a record of a section that is unknown, and so a problem already, or without data."""

    def objsense(self, record: Record) -> None:
        """Take the direction of the objective."""
        word = record.fields[0].upper()
        if word not in ("MIN", "MINIMIZE", "MINIMISE", "MAX", "MAXIMIZE", "MAXIMISE"):
            self.report.add(record, f"`{word}` is no direction of the objective", "write MIN or MAX")
        self.core.sense = "max" if word.startswith("MAX") else "min"

    def rows(self, record: Record) -> None:
        """Take a row."""
        if len(record.fields) != 2:
            self.report.wrong_count(record, "2: kind and name of a row")
            return
        kind, name = record.fields[0].upper(), record.fields[1]
        if kind not in KINDS:
            self.report.add(record, f"`{kind}` is no kind of row", f"use {', '.join(KINDS)}")
        if name in self.core.rows:
            self.report.add(record, f"row `{name}` is defined twice", "give each row its own name")
        self.core.rows.setdefault(name, len(self.core.kinds))
        if len(self.core.rows) > len(self.core.kinds):
            self.core.kinds.append(kind if kind in KINDS else FREE)

    def columns(self, record: Record) -> None:
        """Take up to two nonzeros of a column, or a marker of integer columns."""
        words = [word.strip("'").upper() for word in record.fields]
        if "MARKER" in words[1:2]:
            if words[-1] not in ("INTORG", "INTEND"):
                self.report.add(record, f"marker `{words[-1]}` is unknown", "use 'INTORG' or 'INTEND'")
            self.in_integers = words[-1] == "INTORG"
            return
        if len(record.fields) not in (3, 5):
            self.report.wrong_count(record, "3 or 5: column, then row and number once or twice")
            return
        column = self._column(record.fields[0])
        for row, value in self._pairs(record, record.fields[1:]):
            if (column, row) in self.core.entries:
                self._repeated(record, f"the entry of column `{record.fields[0]}` in its row")
            self.core.entries[column, row] = value

    def rhs(self, record: Record) -> None:
        """Take up to two right-hand sides."""
        self._vector(record, self.core.right, "right-hand side")
        if len(record.fields) % 2:
            self.core.right_names.add(record.fields[0])

    def ranges(self, record: Record) -> None:
        """Take up to two ranges."""
        self._vector(record, self.core.ranges, "range")

    def bounds(self, record: Record) -> None:
        """Take a bound of a column; the name of the set of bounds may be left out."""
        kind = record.fields[0].upper()
        if kind not in VALUED and kind not in BARE:
            known = ", ".join([*VALUED, *BARE])
            self.report.add(record, f"`{kind}` is no kind of bound", f"use {known}")
        elif kind in BARE:
            self._bare(record, kind)
        elif len(record.fields) not in (3, 4):
            self.report.wrong_count(record, "3 or 4: kind, set, column, number")
        elif (column := self._known_column(record, record.fields[-2])) is not None:
            value = self.report.number(record.fields[-1], record, may_be_infinite=True)
            self.core.is_integer[column] |= kind in ("LI", "UI")
            for end in VALUED[kind]:
                self._set_bound(record, end, column, math.nan if value is None else value)

    def finish(self, integer_upper: float | None) -> None:
        """Set bounds that depend on which others were given, and check all."""
        if not self.core.rows or not self.core.columns:
            self.report.add(None, "there are no rows or no columns", "hand over a core file in MPS format")
        for name, column in self.core.columns.items():
            has = [(end, column) in self.core.given for end in ("lower", "upper")]
            if self.core.is_integer[column] and not any(has):
                self._bound_integer(name, column, integer_upper)
            low, high = self.core.ends["lower"][column], self.core.ends["upper"][column]
            if has == [False, True] and high < 0:
                message = (
                    f"column `{name}` has upper bound {high:g} and no lower bound, which readers take as 0 or as none"
                )
                self.report.add(self.core.given["upper", column], message, "give it a lower bound (LO or MI)")
            elif low > high:
                line = max(self.core.given.get((end, column), 0) for end in ("lower", "upper"))
                self.report.add(line, f"column `{name}` has bounds {low:g} to {high:g}", "correct them")

    def _bound_integer(self, name: str, column: int, integer_upper: float | None) -> None:
        if integer_upper is None:
            message = f"integer column `{name}` has no bounds, and readers take its upper bound as 1 or as infinite"
            self.report.add(None, message, "give it a bound, or say which with `integer_upper`")
        else:
            self.core.ends["upper"][column] = integer_upper

    def _bare(self, record: Record, kind: str) -> None:
        fields = record.fields[1:]
        if not 1 <= len(fields) <= 3:
            self.report.wrong_count(record, "2 to 4: kind, set, column, number")
            return
        has_set = len(fields) == 3 or (len(fields) == 2 and fields[1] in self.core.columns)
        column = self._known_column(record, fields[1] if has_set else fields[0])
        if column is not None:
            self.core.is_integer[column] |= kind == "BV"
            for end, value in BARE[kind]:
                self._set_bound(record, end, column, value)

    def _set_bound(self, record: Record, end: str, column: int, value: float) -> None:
        if (end, column) in self.core.given and self.core.ends[end][column] != value:
            self._repeated(record, f"the {end} bound of the column")
        self.core.given[end, column] = record.line
        self.core.ends[end][column] = value

    def _column(self, name: str) -> int:
        """Return the number of a column, which may be new."""
        column = self.core.columns.setdefault(name, len(self.core.is_integer))
        if column == len(self.core.is_integer):
            self.core.is_integer.append(self.in_integers)
            self.core.ends["lower"].append(0.0)
            self.core.ends["upper"].append(math.inf)
        return column

    def _known_column(self, record: Record, name: str) -> int | None:
        column = self.core.columns.get(name)
        if column is None:
            self.report.add(record, f"there is no column `{name}`", "use a name of the section COLUMNS")
        return column

    def _vector(self, record: Record, target: dict[int, float], what: str) -> None:
        """Take one or two pairs of row and number; the name of the vector may be left out."""
        if not 2 <= len(record.fields) <= 5:
            self.report.wrong_count(record, "2 to 5: name of the vector, then row and number once or twice")
            return
        for row, value in self._pairs(record, record.fields[len(record.fields) % 2 :]):
            if target.get(row, value) != value:
                self._repeated(record, f"the {what} of a row")
            target[row] = value

    def _pairs(self, record: Record, fields: tuple[str, ...]) -> Iterator[tuple[int, float]]:
        for name, text in zip(fields[::2], fields[1::2], strict=True):
            value = self.report.number(text, record)
            if name not in self.core.rows:
                self.report.add(record, f"there is no row `{name}`", "use a name of the section ROWS")
            elif value is not None:
                yield self.core.rows[name], value

    def _repeated(self, record: Record, what: str) -> None:
        self.report.add(record, f"{what} is given twice", "leave one of the lines")
