"""Small cases in monthly periods whose numbers can be worked out on paper."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from replenish.arrays import Labels, to_arrays
from replenish.scenario import Scenario, check
from replenish.scenario.model import (
    Budget,
    ChainState,
    Component,
    Contract,
    Demand,
    Expansion,
    Forced,
    Holder,
    Item,
    Line,
    LineItem,
    Pledge,
    PolicyRow,
    Requirement,
    Route,
    Row,
    Settings,
    Stock,
    Time,
    Transition,
)
from tests.simulation.runs import Readings, trace

START = dt.date(2024, 1, 1)


class Run:
    """One path of a case; values are found by name and come as one number a month."""

    def __init__(self, *rows: Row, months: int = 6, review: int = 1) -> None:
        end = dt.date(START.year + (months - 1) // 12, (months - 1) % 12 + 1, 28)
        names = {getattr(row, name) for row in rows for name in ("holder", "owner", "from_holder", "to_holder")
                 if getattr(row, name, "")}  # fmt: skip
        names -= {row.name for row in rows if isinstance(row, Holder)}
        items = {row.item for row in rows if hasattr(row, "item")} | {
            row.component for row in rows if isinstance(row, Component)
        }
        scenario = Scenario(settings=Settings(title="case", time=Time(start=START, end=end, review_interval=review)))
        weights = {row.name for row in rows if isinstance(row, Item)}
        scenario = scenario.with_rows(
            *rows,
            *(Holder(name=name) for name in sorted(names)),
            *(Item(name=name, unit="unit") for name in sorted(items - weights - {""})),
        )
        assert [problem for problem in check(scenario) if problem.severity == "error"] == []
        arrays, self.labels = to_arrays(scenario)
        self.readings: Readings = trace(arrays)

    def __call__(self, reading: str, *name: str) -> list[float]:
        """Return a reading of the thing called `name` in each month."""
        things: dict[int, Any] = {
            len(part): part for part in (self.labels.cells, self.labels.demands, self.labels.products, self.labels.flows)
        }
        del things
        rows = rows_of(self.labels, reading)
        values: list[float] = self.readings[reading][:, 0, rows.index(name)].tolist()
        return values


def rows_of(labels: Labels, reading: str) -> list[tuple[str, ...]]:
    """Return the names of the rows of a reading."""
    if reading in ("demand", "issues", "unmet", "backorders"):
        return list(labels.demands)
    if reading in ("production", "capacity", "started_capacity", "line_capacity"):
        return list(labels.products)
    if reading in ("shipped", "delivered"):
        return list(labels.flows)
    if reading.startswith("pledge"):
        return [(name,) for *_, name in labels.pledges]
    if reading == "spend":
        return [(holder, kind) for holder in labels.holders for kind in ("orders", "expansions", "transport", "holding")]
    return list(labels.cells)
