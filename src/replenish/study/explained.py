"""What is behind a number of a run: its values, its terms, what limits it, and the rows of the scenario."""

from __future__ import annotations

import datetime as dt
import html
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Final, Literal

import polars as pl

from replenish.errors import UsageError
from replenish.measures import LABELS
from replenish.scenario.suggest import advice

EXPANSION: Final = "expansion"
"""Label of what only a plan decides by its name."""

Names = Mapping[str, str]
Kind = Literal["sum", "ratio", "product"]

MOST_SHOWN: Final = 12
"""Rows of each table in `repr` and in a notebook."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One number of the run.  `mean` of a date is the mean number of its period, and its quantiles are days."""

    labels: Names
    unit: str
    date: dt.date | None  # first day of its period; None where it is about the whole horizon
    mean: float | None
    standard_error: float | None = None
    quantiles: Mapping[str, float | dt.date | None]
    minimum: float | None = None
    maximum: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One number that a value is made of; `value` is None where the run does not keep it."""

    name: str
    value: float | None
    unit: str = ""
    sign: float = 1.0  # how it enters a sum
    measure: str = ""  # where the run says it; empty for a number of the scenario
    labels: Names
    date: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakdown:
    """A value as the sum, ratio or product of terms, and whether they come out at it.

    expected: what the terms come to; None where one of them is not kept.
    rest: of a sum with terms that are not kept: what is left for them together.
    is_exact: whether `expected` must be the value but for rounding: so it is for sums of means, not for ratios of them.
    check: the same in words.
    """

    title: str
    kind: Kind
    terms: tuple[Term, ...]
    value: float
    expected: float | None
    rest: float | None = None
    is_exact: bool = True
    check: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """What may hold the number down in the period: a bottleneck, a route, a stock and its floor, a gate, a budget."""

    name: str
    value: float
    unit: str
    of: float | None = None  # what the limit is, where the value is a part of it
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One cell of the scenario behind the number, with one row of its evidence."""

    table: str
    key: str
    column: str
    value: str
    unit: str
    is_default: bool  # the cell is empty and stands for its default
    basis: str = ""  # empty: no evidence is given
    low: float | None = None
    high: float | None = None
    source: str = ""
    address: str = ""
    note: str = ""


_TABLES: Final[dict[str, type]] = {"values": Value, "terms": Term, "limits": Limit, "inputs": Input}


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Where a number of a run comes from.

    values: one for each thing that the labels fit; terms, limits and inputs are of the first if it is the only one.
    breakdowns: the terms.
    missing: numbers that the run did not keep, and how to keep them.
    notes: what else to know, such as how to choose one of several values.
    """

    measure: str
    title: str
    unit: str
    formula: str
    values: tuple[Value, ...]
    breakdowns: tuple[Breakdown, ...] = ()
    limits: tuple[Limit, ...] = ()
    inputs: tuple[Input, ...] = ()
    missing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def to_polars(self, table: str = "terms") -> pl.DataFrame:
        """Return `values`, `terms`, `limits` or `inputs` as a table; labels and quantiles have a column each.

        Raises:
            UsageError: there is no such table.
        """
        if table not in _TABLES:
            raise UsageError(f"table {table}: there is no such table; {advice(table, list(_TABLES))}")
        return _frame(self._rows(table), _TABLES[table])

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as plain values that JSON knows; infinite numbers become text."""
        found = _plain(asdict(self))
        assert isinstance(found, dict)  # a dataclass is one
        return found

    def _rows(self, table: str) -> list[dict[str, Any]]:
        if table == "terms":
            return [{"breakdown": b.title, **_flat(term)} for b in self.breakdowns for term in b.terms]
        return [_flat(row) for row in getattr(self, table)]

    def __repr__(self) -> str:
        """Return the explanation as text, long tables cut."""
        lines = [f"{self.title} ({self.measure}) [{self.unit}]: {self.formula}"]
        lines += _cut([f"  {words(v.labels)}{_on(v.date)}: {value_words(v)}" for v in self.values])
        for part in self.breakdowns:
            lines += [part.title, *_cut([f"  {'  '.join(cells)}" for cells in term_cells(part)]), f"  {part.check}"]
        lines += ["limits"] * bool(self.limits) + _cut([f"  {limit_words(limit)}" for limit in self.limits])
        told = [row for row in self.inputs if not row.is_default]
        lines += ["rows of the scenario"] * bool(told) + _cut([f"  {input_words(row)}" for row in told])
        return "\n".join([*lines, *self.missing, *self.notes])

    def _repr_html_(self) -> str:
        """Return the explanation as small tables for a notebook."""
        head = f"<p><b>{_safe(self.title)}</b> ({_safe(self.measure)}) [{_safe(self.unit)}]: {_safe(self.formula)}</p>"
        parts = [head, _html(("of", "value"), [(words(v.labels) + _on(v.date), value_words(v)) for v in self.values])]
        for part in self.breakdowns:
            parts += [f"<p>{_safe(part.title)}</p>", _html(("term", "mean"), term_cells(part))]
            parts.append(f"<p>{_safe(part.check)}</p>")
        parts.append(_html(("what may hold it down",), [(limit_words(limit),) for limit in self.limits]))
        told = [row for row in self.inputs if not row.is_default]
        cells = [(f"{row.table} {row.key} {row.column}", row.value, row.unit, row.basis, row.source) for row in told]
        parts.append(_html(("cell", "value", "unit", "basis", "source"), cells))
        return "".join([*parts, *(f"<p>{_safe(text)}</p>" for text in (*self.missing, *self.notes))])


def words(labels: Names) -> str:
    """Return the names of a thing in one line.

    >>> words({"holder": "ukraine", "item": "round_155", "purpose": ""})
    'ukraine, round_155'
    """
    return ", ".join(filter(None, (labels.get(label, "") for label in (*LABELS, EXPANSION)))) or "all together"


def shown(value: float | None, unit: str = "") -> str:
    """Return a number with six digits and its unit; a dash where there is none.

    >>> shown(1234567.891, "round"), shown(0.25), shown(None)
    ('1,234,570 round', '0.25', 'not known')
    """
    if value is None or math.isnan(value):
        return "not known"
    rounded = float(f"{value:.6g}") + 0.0  # no minus before a zero
    text = f"{rounded:,.0f}" if abs(rounded) >= 1e5 and math.isfinite(rounded) else f"{rounded:,.6g}"
    return f"{text} {unit}".rstrip()


def value_words(value: Value) -> str:
    """Return a value with its error and range."""
    ends = [value.quantiles.get(name) for name in ("p05", "p50", "p95")]
    is_mean = value.standard_error is not None or bool(value.quantiles)
    parts = [f"{'mean ' if is_mean else ''}{shown(value.mean, value.unit)}"]
    parts += [f"standard error {shown(value.standard_error)}"] if value.standard_error is not None else []
    if any(end is not None for end in ends):
        parts.append("5, 50, 95 %: " + ", ".join("never" if end is None else _quantile(end) for end in ends))
    return "; ".join([*parts, *filter(None, (value.note,))])


def limit_words(limit: Limit) -> str:
    """Return a limit in one line."""
    of = "" if limit.of is None else f" of {shown(limit.of)}"
    return f"{limit.name}: {shown(limit.value)}{of} {limit.unit}".rstrip() + (f"; {limit.note}" if limit.note else "")


def input_words(row: Input) -> str:
    """Return a cell with its origin in one line."""
    place = " ".join(filter(None, (row.table, row.key, row.column)))
    value = f"{row.value} {row.unit}".rstrip()
    origin = " ".join(filter(None, (row.basis, row.source, row.address))) or "no evidence given"
    ends = "" if row.low is None and row.high is None else f"; range {shown(row.low)} to {shown(row.high)}"
    return f"{place} = {value} ({'default' if row.is_default else origin}{ends})"


def term_cells(part: Breakdown) -> list[tuple[str, str]]:
    """Return name and value of each term; those of a sum with their sign and in its unit."""
    signs = [("\u2212 " if term.sign < 0 else "+ ") if part.kind == "sum" else "" for term in part.terms]
    units = ["" if part.kind == "sum" else term.unit for term in part.terms]
    values = [term.value for term in part.terms]
    told = ["not kept" if value is None else shown(value, unit) for value, unit in zip(values, units, strict=True)]
    return [(sign + term.name, own) for sign, term, own in zip(signs, part.terms, told, strict=True)]


def _quantile(value: float | dt.date) -> str:
    return shown(value) if isinstance(value, int | float) else value.isoformat()


def _on(day: dt.date | None) -> str:
    return f" ({day})" if day else ""


def _cut(lines: Sequence[str]) -> list[str]:
    more = len(lines) - MOST_SHOWN
    return [*lines[:MOST_SHOWN], *([f"  ... {more} more"] if more > 0 else [])]


def _flat(row: Any) -> dict[str, Any]:
    """Return the fields of a row, with a column for each label and quantile."""
    found: dict[str, Any] = {}
    for name in (field.name for field in fields(row)):
        value = getattr(row, name)
        if name == "labels":
            found |= {label: value.get(label, "") for label in LABELS} | dict(value)
        elif isinstance(value, Mapping):
            found |= {key: str(own) if isinstance(own, dt.date) else own for key, own in value.items()}
        else:
            found[name] = value
    return found


def _frame(rows: list[dict[str, Any]], kind: type) -> pl.DataFrame:
    kinds = {"float | None": pl.Float64, "float": pl.Float64, "dt.date | None": pl.Date, "bool": pl.Boolean}
    declared = {own.name: kinds.get(str(own.type), pl.String) for own in fields(kind)}
    columns = dict.fromkeys(name for row in rows for name in row) or dict.fromkeys(declared)
    schema: dict[str, Any] = {name: declared.get(name) for name in columns}
    return pl.DataFrame(rows, schema=schema, infer_schema_length=None, strict=False)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(own) for key, own in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(own) for own in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    return value.isoformat() if isinstance(value, dt.date) else value


def _safe(text: str) -> str:
    return html.escape(text)


def _html(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table for a notebook, cut to what is read."""
    found = list(rows)
    if not found:
        return ""
    more = f"<p>... {len(found) - MOST_SHOWN} more</p>" if len(found) > MOST_SHOWN else ""
    lines = [f"<tr>{''.join(f'<th>{_safe(cell)}</th>' for cell in head)}</tr>"]
    lines += [f"<tr>{''.join(f'<td>{_safe(cell)}</td>' for cell in row)}</tr>" for row in found[:MOST_SHOWN]]
    return f"<table>{''.join(lines)}</table>{more}"
