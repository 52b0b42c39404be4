"""The words of a scenario: settings, and one row class for each table."""

from __future__ import annotations

import html
import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from replenish.scenario.model.base import Row
from replenish.scenario.model.cases import Case
from replenish.scenario.model.demand import ChainState, Demand, Forced, Influence, Transition
from replenish.scenario.model.evidence import Evidence, Observation, Source
from replenish.scenario.model.money import Budget, ExchangeRate
from replenish.scenario.model.policies import PolicyRow
from replenish.scenario.model.production import Component, Contract, Expansion, Line, LineItem
from replenish.scenario.model.settings import (
    Collect,
    LedgerSettings,
    Money,
    PlanSettings,
    ReportSettings,
    Settings,
    Simulation,
    SustainSettings,
    Time,
)
from replenish.scenario.model.stock import Bundle, Holder, Item, Lot, Requirement, Stock, Substitute
from replenish.scenario.model.sustainment import Fleet, Installed, Operation, Part, PartStock, Repair, Servers, Site
from replenish.scenario.model.transport import Pledge, Route
from replenish.scenario.model.worth import Preference, Price, TargetRow

if TYPE_CHECKING:
    import polars as pl


class Scenario(BaseModel):
    """A study: settings and tables.  Immutable; `with_rows`, `with_table` and `with_settings` make variants."""

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
    priorities: tuple[Preference, ...] = ()
    targets: tuple[TargetRow, ...] = ()
    sites: tuple[Site, ...] = ()
    fleets: tuple[Fleet, ...] = ()
    operations: tuple[Operation, ...] = ()
    parts: tuple[Part, ...] = ()
    breakdown: tuple[Installed, ...] = ()
    repairs: tuple[Repair, ...] = ()
    servers: tuple[Servers, ...] = ()
    part_stock: tuple[PartStock, ...] = ()
    observations: tuple[Observation, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    sources: tuple[Source, ...] = ()
    cases: tuple[Case, ...] = ()

    def rows(self, table: str) -> tuple[Row, ...]:
        """Return the rows of a table by its name."""
        rows: tuple[Row, ...] = getattr(self, table)
        return rows

    @property
    def currency_rates(self) -> dict[str, float]:
        """Return what a unit of each currency is worth in the scenario's; an empty name stands for the latter."""
        rates = {row.currency: row.rate for row in self.exchange_rates}
        return rates | {self.settings.money.currency: 1.0, "": 1.0}

    def with_rows(self, *rows: Row) -> Scenario:
        """Return a copy in which each of `rows` replaces the row of the same table and key, or is added."""
        tables: dict[str, dict[str, Row]] = {}
        for row in rows:
            table = tables.setdefault(row.table, {old.key_value(): old for old in self.rows(row.table)})
            table[row.key_value()] = row
        return self.model_copy(update={name: tuple(table.values()) for name, table in tables.items()})

    def table(self, name: str) -> pl.DataFrame:
        """Return a table with all its columns, defaults filled in; a cell without value is null.

        Raises:
            UsageError: there is no such table.
        """
        found: pl.DataFrame = _frames().to_frame(self, name)
        return found

    def with_table(self, name: str, rows: object) -> Scenario:
        """Return a copy with `rows` in place of the whole table.

        Args:
            name: of the table.
            rows: a polars or pandas DataFrame, or a list of mappings or row objects.  Cells are read as those of a file
                are; null, and NaN in pandas, is an empty cell.

        Raises:
            ScenarioError: columns or cells are wrong; all of them are told, with rows counted from 1.  What rows say of
                each other is judged by `replenish.check` and before each run, once all tables are as they should be.
            UsageError: there is no such table, or `rows` is no frame.
        """
        found: Scenario = _frames().with_table(self, name, rows)
        return found

    def without_rows(self, name: str, *keys: str) -> Scenario:
        """Return a copy without the rows of these keys, their values joined by `/`; `*` stands for any part.

        Raises:
            UsageError: there is no such table or row.
        """
        found: Scenario = _frames().without_rows(self, name, keys)
        return found

    def with_settings(self, changes: Mapping[str, object] | None = None, /, **named: object) -> Scenario:
        """Return a copy with other settings, as in `with_settings(paths=500)` or `{"simulation.paths": 500}`.

        None stands for the default.

        Raises:
            ScenarioError: there is no such setting, or it does not take the value.
        """
        found: Scenario = _frames().with_settings(self, {**(changes or {}), **named})
        return found

    def __repr__(self) -> str:
        """Return title, horizon and number of rows."""
        counts = ", ".join(f"{name} {count}" for name, count in self._counts().items())
        return f"Scenario: {self.settings.title}\n  {self._horizon()}\n  rows: {counts or 'none'}"

    __str__ = __repr__

    def _repr_html_(self) -> str:
        """Return the same as a small table for a notebook."""
        rows = "".join(f"<tr><td>{name}</td><td>{count}</td></tr>" for name, count in self._counts().items())
        head = f"<p><b>Scenario: {html.escape(self.settings.title)}</b><br>{self._horizon()}</p>"
        return f"{head}<table><tr><th>table</th><th>rows</th></tr>{rows}</table>"

    def _counts(self) -> dict[str, int]:
        return {name: len(rows) for name in TABLES if (rows := self.rows(name))}

    def _horizon(self) -> str:
        time, simulation = self.settings.time, self.settings.simulation
        return f"{time.start} to {time.end} by {time.period}; {simulation.paths:,} paths, seed {simulation.seed}"


def _frames() -> Any:
    """Import what reads frames when it is first used: it stands above the row classes and uses them."""
    return importlib.import_module("replenish.scenario.frames")


TABLES: dict[str, type[Row]] = {
    row.table: row
    for row in (
        Item, Holder, Stock, Lot, Requirement, Demand, ChainState, Transition, Forced, Influence, Line, LineItem,
        Component, Bundle, Substitute, Expansion, Contract, Route, Pledge, Budget, ExchangeRate, PolicyRow, Price,
        Preference, TargetRow, Site, Fleet, Operation, Part, Installed, Repair, Servers, PartStock, Observation,
        Evidence, Source, Case,
    )
}  # fmt: skip
"""Row class of each table, in the order in which a reader meets them."""

__all__ = [
    "TABLES", "Budget", "Bundle", "Case", "ChainState", "Collect", "Component", "Contract", "Demand", "Evidence",
    "ExchangeRate", "Expansion", "Fleet", "Forced", "Holder", "Influence", "Installed", "Item", "LedgerSettings",
    "Line", "LineItem", "Lot", "Money", "Observation", "Operation", "Part", "PartStock", "PlanSettings", "Pledge",
    "PolicyRow", "Preference", "Price", "Repair", "ReportSettings", "Requirement", "Route", "Row", "Scenario",
    "Servers", "Settings", "Simulation", "Site", "Source", "Stock", "Substitute", "SustainSettings", "TargetRow",
    "Time", "Transition",
]  # fmt: skip
