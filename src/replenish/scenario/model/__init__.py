"""The words of a scenario: settings, and one row class for each table."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from replenish.scenario.model.base import Row
from replenish.scenario.model.cases import Case
from replenish.scenario.model.demand import ChainState, Demand, Forced, Influence, Transition
from replenish.scenario.model.evidence import Evidence, Observation, Source
from replenish.scenario.model.money import Budget, ExchangeRate
from replenish.scenario.model.policies import PolicyRow
from replenish.scenario.model.production import Component, Contract, Expansion, Line, LineItem
from replenish.scenario.model.settings import Collect, Money, ReportSettings, Settings, Simulation, Time
from replenish.scenario.model.stock import Bundle, Holder, Item, Lot, Price, Requirement, Stock, Substitute
from replenish.scenario.model.transport import Pledge, Route


class Scenario(BaseModel):
    """A study: settings and tables.  Immutable; `with_rows` makes a variant."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    settings: Settings
    items: tuple[Item, ...] = ()
    holders: tuple[Holder, ...] = ()
    stocks: tuple[Stock, ...] = ()
    lots: tuple[Lot, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    demand: tuple[Demand, ...] = ()
    chains: tuple[ChainState, ...] = ()
    transitions: tuple[Transition, ...] = ()
    forced: tuple[Forced, ...] = ()
    influences: tuple[Influence, ...] = ()
    lines: tuple[Line, ...] = ()
    line_items: tuple[LineItem, ...] = ()
    components: tuple[Component, ...] = ()
    bundles: tuple[Bundle, ...] = ()
    substitutes: tuple[Substitute, ...] = ()
    expansions: tuple[Expansion, ...] = ()
    orders: tuple[Contract, ...] = ()
    routes: tuple[Route, ...] = ()
    pledges: tuple[Pledge, ...] = ()
    budgets: tuple[Budget, ...] = ()
    exchange_rates: tuple[ExchangeRate, ...] = ()
    policies: tuple[PolicyRow, ...] = ()
    prices: tuple[Price, ...] = ()
    observations: tuple[Observation, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    sources: tuple[Source, ...] = ()
    cases: tuple[Case, ...] = ()

    def rows(self, table: str) -> tuple[Row, ...]:
        """Return the rows of a table by its name."""
        rows: tuple[Row, ...] = getattr(self, table)
        return rows

    def with_rows(self, *rows: Row) -> Scenario:
        """Return a copy in which each of `rows` replaces the row of the same table and key, or is added."""
        tables: dict[str, dict[str, Row]] = {}
        for row in rows:
            table = tables.setdefault(row.table, {old.key_value(): old for old in self.rows(row.table)})
            table[row.key_value()] = row
        return self.model_copy(update={name: tuple(table.values()) for name, table in tables.items()})


TABLES: dict[str, type[Row]] = {
    row.table: row
    for row in (
        Item, Holder, Stock, Lot, Requirement, Demand, ChainState, Transition, Forced, Influence, Line, LineItem,
        Component, Bundle, Substitute, Expansion, Contract, Route, Pledge, Budget, ExchangeRate, PolicyRow, Price,
        Observation, Evidence, Source, Case,
    )
}  # fmt: skip
"""Row class of each table, in the order in which a reader meets them."""

__all__ = [
    "TABLES", "Budget", "Bundle", "Case", "ChainState", "Collect", "Component", "Contract", "Demand", "Evidence",
    "ExchangeRate", "Expansion", "Forced", "Holder", "Influence", "Item", "Line", "LineItem", "Lot", "Money",
    "Observation", "Pledge", "PolicyRow", "Price", "ReportSettings", "Requirement", "Route", "Row", "Scenario",
    "Settings", "Simulation", "Source", "Stock", "Substitute", "Time", "Transition",
]  # fmt: skip
