"""Rules about evidence and observations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from replenish.scenario.draft import Draft
from replenish.scenario.model import TABLES, Evidence, Observation, Row
from replenish.scenario.rules.registry import Finding, rule


@rule(
    "evidence-without-cell",
    meaning="A row of evidence is about a cell that does not exist.",
    example="`stocks`, `germny/shell`, `on_hand`; or a column that the table does not have.",
    remedy="write the table, the values of the key joined by /, and the column as they stand in the table",
)
def evidence_without_cell(draft: Draft) -> Iterator[Finding]:
    """Find evidence about nothing: no such table, column or row."""
    rows = _Rows(draft)
    for entry in draft.sound(Evidence, "table_name"):
        name = entry.row.table_name
        if name not in TABLES:
            yield Finding(entry, "table_name", f"there is no table `{name}`", draft.advice(name, set(TABLES), "table"))
            continue
        columns = set(TABLES[name].model_fields)
        if entry.is_sound("column") and entry.row.column not in columns:
            message, remedy = (
                f"`{name}` has no column `{entry.row.column}`",
                draft.advice(entry.row.column, columns, name),
            )
            yield Finding(entry, "column", message, remedy)
        if entry.is_sound("row_key") and rows.is_missing(name, key := entry.row.row_key):
            message = f"`{name}` has no row with the key `{key}` ({'/'.join(TABLES[name].key)})"
            yield Finding(entry, "row_key", message, draft.advice(key, set(rows.of(name)), f"key of {name}"))


class _Rows:
    """Rows by table and key, each table looked through once."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self._tables: dict[str, dict[str, Row]] = {}

    def of(self, table: str) -> dict[str, Row]:
        """Return the rows of a table by key."""
        if table not in self._tables:
            row_class = TABLES[table]
            entries = self.draft.sound(row_class, *row_class.key)
            self._tables[table] = {entry.row.key_value(): entry.row for entry in entries}
        return self._tables[table]

    def is_missing(self, table: str, key: str) -> bool:
        """Return whether a table surely has no row of this key."""
        return key not in self.of(table) and self.draft.is_complete(TABLES[table], *TABLES[table].key)


@rule(
    "evidence-without-source",
    meaning="A value is said to be reported, or derived from reports, and no source is named.",
    example="`basis` reported with an empty `source`.",
    remedy="name the source, or set basis to assumed",
)
def evidence_without_source(draft: Draft) -> Iterator[Finding]:
    """Find reports of nobody."""
    for entry in draft.sound(Evidence, "basis", "source"):
        if entry.row.basis != "assumed" and not entry.row.source:
            yield Finding(entry, "source", f"a value that is {entry.row.basis} needs a source")


@rule(
    "low-above-high",
    meaning="The lowest value of a range is above its highest.",
    example="`low` 12000 and `high` 9000.",
    remedy="correct low or high",
)
def low_above_high(draft: Draft) -> Iterator[Finding]:
    """Find ranges without a value."""
    for row_class in (Evidence, Observation):
        for entry in draft.sound(row_class, "low", "high"):
            row: Any = entry.row
            if row.low is not None and row.high is not None and row.low > row.high:
                yield Finding(entry, "low", f"is above high, {row.high:g}")


@rule(
    "value-outside-range",
    severity="warning",
    meaning="A value lies outside the range that its evidence, or its own row, gives for it.",
    example="`on_hand` 15000 with evidence from 9000 to 12000.",
    remedy="check the value and its range",
)
def values_outside_range(draft: Draft) -> Iterator[Finding]:
    """Find values that their own range contradicts."""
    rows = _Rows(draft)
    for entry in draft.sound(Evidence, "table_name", "row_key", "column", "low", "high"):
        row = rows.of(entry.row.table_name).get(entry.row.row_key) if entry.row.table_name in TABLES else None
        value = getattr(row, entry.row.column, None) if row else None
        side = _side(value, entry.row.low, entry.row.high)
        if side:
            what = f"{entry.row.column} of {entry.row.row_key}"
            yield Finding(entry, side, f"{what} is {value:g}, outside {_range(entry.row.low, entry.row.high)}")
    for seen in draft.sound(Observation, "value", "low", "high"):
        if side := _side(seen.row.value, seen.row.low, seen.row.high):
            yield Finding(seen, side, f"value is {seen.row.value:g}, outside {_range(seen.row.low, seen.row.high)}")


def _side(value: object, low: float | None, high: float | None) -> str:
    """Return the end of the range beyond which `value` lies; empty if it does not."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return ""
    if low is not None and value < low:
        return "low"
    return "high" if high is not None and value > high else ""


def _range(low: float | None, high: float | None) -> str:
    return " to ".join("" if end is None else f"{end:g}" for end in (low, high))


_FLOWS = ("demand", "issues", "unmet", "production", "capacity", "delivered")
_OF_LINES = ("production", "capacity")
_OF_ROUTES = ("delivered", "delivered_cumulative")


@rule(
    "observation-per",
    meaning="A reported flow does not say for which unit of time, or a stock or cumulative figure does.",
    example="`measure` production with an empty `per`.",
    remedy="give per for demand, issues, unmet, production, capacity and delivered; leave it empty for the others",
)
def observation_per(draft: Draft) -> Iterator[Finding]:
    """Find figures whose unit of time is missing or in excess."""
    for entry in draft.sound(Observation, "measure", "per"):
        is_flow = entry.row.measure in _FLOWS
        if is_flow != (entry.row.per is not None):
            yield Finding(entry, "per", f"{entry.row.measure} " + ("needs it" if is_flow else "is not a flow"))


@rule(
    "observation-place",
    meaning="A reported figure names a line or a recipient that its measure does not have.",
    example="`measure` on_hand with a `line`.",
    remedy="empty the cell: line is for production and capacity, to_holder for delivered figures",
)
def observation_places(draft: Draft) -> Iterator[Finding]:
    """Find names that would be left out without a word."""
    for column, measures in (("line", _OF_LINES), ("to_holder", _OF_ROUTES)):
        for entry in draft.sound(Observation, "measure", column):
            if getattr(entry.row, column) and entry.row.measure not in measures:
                yield Finding(entry, column, f"{entry.row.measure} has none")
