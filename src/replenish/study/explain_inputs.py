"""The rows of a scenario behind a thing: its own, and those one level upstream, with where their values come from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from replenish.arrays.labels import Labels
from replenish.measures import Thing
from replenish.scenario.describe import default_of, unit_of
from replenish.scenario.model import TABLES, Evidence, Row, Scenario
from replenish.simulation.series import Names
from replenish.study.explained import Input

UNTOLD = frozenset({"title", "note", "unit", "currency", "per"})
"""Columns that say how another one is to be read."""

GENERAL = frozenset({"items", "holders", "budgets"})
"""Tables whose rows are about much else as well; they come after those that are about the thing alone."""


@dataclass(slots=True)
class Circle:
    """Names of all that a number is about."""

    cells: set[tuple[str, str]] = field(default_factory=set)
    products: set[tuple[str, str]] = field(default_factory=set)
    flows: set[tuple[str, str, str]] = field(default_factory=set)
    chains: set[str] = field(default_factory=set)
    spenders: set[str] = field(default_factory=set)

    @property
    def holders(self) -> set[str]:
        """Return everybody in it."""
        return {holder for holder, _ in self.cells} | {end for flow in self.flows for end in flow[:2]} | self.spenders

    @property
    def items(self) -> set[str]:
        """Return everything in it."""
        return {item for _, item in self.cells} | {item for _, item in self.products} | {flow[2] for flow in self.flows}

    @property
    def lines(self) -> set[str]:
        """Return the lines in it."""
        return {line for line, _ in self.products}


def inputs(scenario: Scenario, labels: Labels, about: Thing, things: Iterable[Names]) -> list[Input]:
    """Return the cells of all rows behind `things`, one for each row of their evidence.

    Rows of the things themselves come first, then those upstream; both in the order of the tables.
    """
    circle, own = Circle(), Circle()
    for names in things:
        _draw(circle, labels, about, names)
        _draw_own(own, about, names)
    _add_chains(circle, scenario)
    rows = [row for table in TABLES for row in scenario.rows(table) if _concerns(row, circle)]
    rows.sort(key=lambda row: (not _concerns(row, own), row.table in GENERAL))
    return cells_of(scenario, rows)


def cells_of(scenario: Scenario, rows: Iterable[Row]) -> list[Input]:
    """Return the cells of rows, one for each row of their evidence."""
    evidence: dict[tuple[str, str, str], list[Evidence]] = {}
    for told in scenario.evidence:
        evidence.setdefault((told.table_name, told.row_key, told.column), []).append(told)
    return [found for row in rows for found in _cells(scenario, row, evidence)]


def _draw_own(circle: Circle, about: Thing, names: Names) -> None:
    """Add a thing alone."""
    holder, item = names.get("holder", ""), names.get("item", "")
    match about:
        case "cell" | "demand":
            circle.cells.add((holder, item))
        case "product" | "limit":
            circle.products.add((names["line"], item))
        case "flow" | "pledge":
            circle.flows.add((holder, names["to_holder"], item))
        case "account" | "budget":
            circle.spenders.add(holder)
        case "state":
            circle.chains.add(names["chain"])


def _draw(circle: Circle, labels: Labels, about: Thing, names: Names) -> None:
    """Add a thing and what lies one level upstream of it."""
    holder, item = names.get("holder", ""), names.get("item", "")
    match about:
        case "cell" | "demand":
            _add_stock(circle, labels, (holder, item))
        case "product" | "limit":
            _add_product(circle, labels, (names["line"], item))
            parts = [cell for cell in circle.cells if cell[1] != item]
            circle.products |= {(line, part) for line, part, owner in labels.slots if (owner, part) in parts}
        case "flow" | "pledge":
            circle.flows.add((holder, names["to_holder"], item))
            circle.cells |= {(holder, item), (names["to_holder"], item)}
            circle.products |= {(line, made) for line, made, owner in labels.slots if (owner, made) == (holder, item)}
        case "account" | "budget":
            circle.spenders.add(holder)
            _add_spending(circle, labels, holder, names.get("purpose", ""))
        case "state":
            circle.chains.add(names["chain"])


def _add_stock(circle: Circle, labels: Labels, cell: tuple[str, str]) -> None:
    circle.cells.add(cell)
    for line, item, holder in labels.slots:
        if (holder, item) == cell:
            _add_product(circle, labels, (line, item))
    for flow in labels.flows:
        giver, taker, item = flow
        if cell in ((giver, item), (taker, item)):
            circle.flows.add(flow)
            circle.cells.add((giver, item))


def _add_product(circle: Circle, labels: Labels, product: tuple[str, str]) -> None:
    circle.products.add(product)
    owner = next(row.owner for row in labels.scenario.lines if row.name == product[0])
    circle.cells |= {(owner, part) for part in labels.components[labels.product_of[product]]}


def _add_spending(circle: Circle, labels: Labels, holder: str, purpose: str) -> None:
    """Add what a holder spends on: lines that it orders from, its own lines, its routes, its stocks."""
    if purpose in ("orders", ""):
        ordered = [(line, item) for line, item, own in labels.slots if own == holder]
        circle.products |= set(ordered)
        circle.cells |= {(holder, item) for _, item in ordered}
    if purpose in ("expansions", "lines", ""):
        owned = {row.name for row in labels.scenario.lines if row.owner == holder}
        circle.products |= {product for product in labels.products if product[0] in owned}
    if purpose in ("transport", ""):
        circle.flows |= {flow for flow in labels.flows if flow[0] == holder}
    if purpose in ("holding", ""):
        circle.cells |= {cell for cell in labels.cells if cell[0] == holder}


def _add_chains(circle: Circle, scenario: Scenario) -> None:
    circle.chains |= {row.chain for row in scenario.demand if (row.holder, row.item) in circle.cells}
    circle.chains |= {row.chain for row in scenario.requirements if (row.holder, row.item) in circle.cells}
    gated = [row.gate for row in scenario.holders if row.name in circle.holders]
    gated += [row.gate for row in scenario.budgets if row.holder in circle.spenders]
    circle.chains = (circle.chains | set(gated)) - {""}


def _concerns(row: Row, circle: Circle) -> bool:
    """Return whether a row is about something in the circle; tables that are not named here stand behind no number."""
    test = _TESTS.get(row.table)
    return test is not None and test(row, circle)


def _is_policy_of(row: Any, circle: Circle) -> bool:
    if row.role == "production":
        return row.line in circle.lines
    if row.role == "release":
        return (row.holder, row.to_holder, row.item) in circle.flows
    return (row.holder, row.item) in circle.cells and row.line in circle.lines | {""}


def _is_of_stock(row: Any, circle: Circle) -> bool:
    return (row.holder, row.item) in circle.cells


def _is_of_chain(row: Any, circle: Circle) -> bool:
    return row.chain in circle.chains


def _is_of_item(row: Any, circle: Circle) -> bool:
    return row.item in circle.items and getattr(row, "holder", "") in circle.holders | {""}


_TESTS: dict[str, Callable[[Any, Circle], bool]] = {
    "items": lambda row, circle: row.name in circle.items,
    "holders": lambda row, circle: row.name in circle.holders,
    "lines": lambda row, circle: row.name in circle.lines,
    **dict.fromkeys(("stocks", "lots", "requirements", "demand"), _is_of_stock),
    **dict.fromkeys(("chains", "transitions", "forced", "influences"), _is_of_chain),
    **dict.fromkeys(("bundles", "substitutes"), _is_of_item),
    "line_items": lambda row, circle: (row.line, row.item) in circle.products,
    "components": lambda row, circle: row.item in {item for _, item in circle.products},
    "expansions": lambda row, circle: row.line in circle.lines,
    "orders": lambda row, circle: (row.line, row.item) in circle.products and _is_of_stock(row, circle),
    "routes": lambda row, circle: (row.from_holder, row.to_holder) in {flow[:2] for flow in circle.flows},
    "pledges": lambda row, circle: (row.from_holder, row.to_holder, row.item) in circle.flows,
    "budgets": lambda row, circle: row.holder in circle.holders,
    "policies": _is_policy_of,
}
"""Whether a row of a table is about something in the circle."""


def _cells(scenario: Scenario, row: Row, evidence: dict[tuple[str, str, str], list[Evidence]]) -> Iterator[Input]:
    """Yield the cells of a row: those that say something, and defaults that are numbers."""
    key = row.key_value()
    for column, declared in type(row).model_fields.items():
        value = getattr(row, column)
        if column in row.key or column in UNTOLD or value is None or value == "":
            continue
        is_default = column not in row.model_fields_set and value == default_of(declared)
        cell = Input(
            table=row.table, key=key, column=column, value=_written(value),
            unit=_unit(scenario, row, unit_of(declared)), is_default=is_default,
        )  # fmt: skip
        found = evidence.get((row.table, key, column), [])
        yield from (_with_origin(scenario, cell, told) for told in found)
        if not found:
            yield cell


def _with_origin(scenario: Scenario, cell: Input, told: Evidence) -> Input:
    source = next((row for row in scenario.sources if row.name == told.source), None)
    return Input(
        table=cell.table, key=cell.key, column=cell.column, value=cell.value, unit=cell.unit,
        is_default=cell.is_default, basis=told.basis, low=told.low, high=told.high, note=told.note,
        source=source.title if source else told.source, address=source.address if source else "",
    )  # fmt: skip


def _unit(scenario: Scenario, row: Any, unit: str) -> str:
    """Return the unit of a cell in the words of its row: round/month rather than unit/per."""
    items = {item.name: item.unit for item in scenario.items}
    item = getattr(row, "item", "") or (row.name if row.table == "items" else "")
    currency = getattr(row, "currency", "") or scenario.settings.money.currency
    words = {"unit": items.get(item, "unit"), "per": getattr(row, "per", None) or "per", "currency": currency}
    return "/".join(words.get(word, word) for word in unit.split("/"))


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:.15g}" if isinstance(value, float) else str(value)
