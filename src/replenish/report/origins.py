"""Where values come from: the register of evidence, and the inputs named under each picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from replenish.report.numbers import exact
from replenish.report.view import View
from replenish.scenario.describe import unit_of
from replenish.scenario.model import TABLES, Evidence, Row, Scenario, Source

Basis = str
SHOWN = 2
"""Sources that are named under a picture; the register has all."""


class Origin(NamedTuple):
    """One row of the register, ready for reading."""

    table: str
    key: str
    column: str
    value: str
    unit: str
    low: str
    high: str
    basis: Basis
    source: str
    note: str


class Counts(NamedTuple):
    """How many cells rest on what; a cell with several rows counts once, by its weakest."""

    reported: int
    derived: int
    assumed: int

    @property
    def total(self) -> int:
        """Return the number of cells with a stated origin."""
        return self.reported + self.derived + self.assumed


def register(scenario: Scenario) -> list[Origin]:
    """Return every row of evidence with the value of its cell."""
    rows = {table: {row.key_value(): row for row in scenario.rows(table)} for table in TABLES}
    units = {item.name: item.unit for item in scenario.items}
    return [_origin(row, rows.get(row.table_name, {}).get(row.row_key), units) for row in scenario.evidence]


def counts(scenario: Scenario) -> Counts:
    """Return how many cells are reported, derived and assumed."""
    order = ("reported", "derived", "assumed")
    weakest: dict[tuple[str, str, str], int] = {}
    for row in scenario.evidence:
        cell = (row.table_name, row.row_key, row.column)
        weakest[cell] = max(weakest.get(cell, 0), order.index(row.basis))
    found = list(weakest.values())
    return Counts(*(found.count(place) for place in range(3)))


def inputs(view: View, *cells: tuple[str, str]) -> str:
    """Return the sources of the rows whose key starts so, as one line; `cells` are pairs of table and key."""
    rows = [row for row in view.scenario.evidence if any(_belongs(row, *cell) for cell in cells)]
    titles = {source.name: source.title for source in view.scenario.sources}
    names = list(dict.fromkeys(titles.get(row.source, row.source) for row in rows if row.source))
    assumed = len({(row.table_name, row.row_key, row.column) for row in rows if row.basis == "assumed"})
    return _input_line(names, assumed)


def safe_address(address: str) -> str:
    """Return an address only if a browser may follow it: http or https with a host.

    >>> safe_address("https://example.org/a"), safe_address("javascript:alert(1)")
    ('https://example.org/a', '')
    """
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return ""
    return address.strip() if parts.scheme in ("http", "https") and parts.netloc else ""


def cited(scenario: Scenario) -> list[Source]:
    """Return the sources that evidence or an observation names, in the order of their table."""
    named = {row.source for row in scenario.evidence} | {row.source for row in scenario.observations}
    return [source for source in scenario.sources if source.name in named]


def _origin(row: Evidence, cell_row: Row | None, units: dict[str, str]) -> Origin:
    value = getattr(cell_row, row.column, None) if cell_row else None
    return Origin(
        row.table_name, row.row_key, row.column, exact(value), _unit(cell_row, row.column, units),
        exact(row.low), exact(row.high), row.basis, row.source, row.note,
    )  # fmt: skip


def _unit(row: Row | None, column: str, units: dict[str, str]) -> str:
    """Return the unit of a cell with the item, time and currency of its row put in."""
    declared = type(row).model_fields.get(column) if row else None
    unit = unit_of(declared) if declared else ""
    item, per = getattr(row, "item", ""), getattr(row, "per", None)
    words = {
        "unit": units.get(item, "unit"),
        "per": per or "per",
        "currency": getattr(row, "currency", "") or "currency",
    }
    return "/".join(words.get(word, word) for word in unit.split("/"))


def _belongs(row: Evidence, table: str, key: str) -> bool:
    return row.table_name == table and (row.row_key == key or row.row_key.startswith(f"{key}/"))


def _input_line(names: Sequence[str], assumed: int) -> str:
    parts: list[Any] = list(names[:SHOWN])
    if len(names) > SHOWN:
        parts.append(f"{len(names) - SHOWN} more")
    if assumed:
        parts.append(f"{assumed} assumed value{'s' if assumed > 1 else ''}")
    return "; ".join(parts)
