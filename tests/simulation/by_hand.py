"""Small cases whose numbers can be worked out on paper."""

from __future__ import annotations

import datetime as dt

import numpy as np

from replenish.arrays import Labels, to_arrays
from replenish.arrays.groups import Floats
from replenish.arrays.labels import PURPOSES
from replenish.scenario import Scenario, check
from replenish.scenario.draft import columns_with
from replenish.scenario.model import Holder, Item, Line, LineItem, PolicyRow, Row, Settings, Time
from tests.simulation.engines import readings_of

START = dt.date(2024, 1, 1)


def mentioned(rows: tuple[Row, ...], kind: str) -> set[str]:
    """Return the names of a kind that `rows` refer to and no row of them defines."""
    columns = [(row_class, column) for row_class, column, refers_to in columns_with("refers_to") if refers_to == kind]
    names = {getattr(row, column) for row in rows for row_class, column in columns if isinstance(row, row_class)}
    return names - {row.name for row in rows if isinstance(row, Holder | Item)} - {""}


def rows_of(labels: Labels, reading: str) -> list[tuple[str, ...]]:
    """Return the names of the rows of a reading."""
    by_thing: dict[str, list[tuple[str, ...]]] = {
        "demand issues unmet backorders": [*labels.demands],
        "production capacity started_capacity line_capacity binding": [*labels.products],
        "shipped delivered": [*labels.flows],
        "pledge_delivered pledge_quantity": [(name,) for *_, name in labels.pledges],
        "spend": [(holder, purpose) for holder in labels.holders for purpose in PURPOSES],
        "budget": sorted({(row.holder, row.purpose) for row in labels.scenario.budgets}),
        "chain_state": [(name,) for name in labels.chains],
    }
    return next((names for readings, names in by_thing.items() if reading in readings.split()), [*labels.cells])


class Run:
    """A case on one engine; holders and items that its rows mention need no rows of their own."""

    engine = "reference"

    def __init__(self, *rows: Row, months: int = 6, review: int = 1, paths: int = 2) -> None:
        end = dt.date(START.year + (months - 1) // 12, (months - 1) % 12 + 1, 28)
        scenario = Scenario(
            settings=Settings(title="case", time=Time(start=START, end=end, review_interval=review))
        ).with_rows(
            *rows,
            *(Holder(name=name) for name in mentioned(rows, "holder")),
            *(Item(name=name, unit="unit", unit_cost=1) for name in mentioned(rows, "item")),
        )
        assert [problem for problem in check(scenario) if problem.severity == "error"] == []
        arrays, self.labels = to_arrays(scenario)
        self.readings = readings_of(arrays, self.engine, paths=paths)

    def __call__(self, reading: str, *name: str) -> list[float]:
        """Return a reading of the thing called `name` in each month, of the first path."""
        return [round(value, 6) for value in self.on_paths(reading, *name)[:, 0].tolist()]

    def on_paths(self, reading: str, *name: str) -> Floats:
        """Return a reading of the thing called `name`, (period, path)."""
        place = rows_of(self.labels, reading).index(name)
        return np.asarray(self.readings[reading][:, :, place])


def release(rule: str, giver: str = "donor", **columns: object) -> PolicyRow:
    given = {"role": "release", "holder": giver, "to_holder": "user", "item": "round", "rule": rule, **columns}
    return PolicyRow.model_validate(given)


def ordering(rule: str, **columns: object) -> PolicyRow:
    return PolicyRow.model_validate({"role": "ordering", "holder": "army", "item": "round", "rule": rule, **columns})


def producing(rule: str, **columns: object) -> PolicyRow:
    return PolicyRow.model_validate({"role": "production", "line": "plant", "rule": rule, **columns})


def plant(item: LineItem | None = None, **columns: object) -> tuple[Line, LineItem]:
    """Return a line of the army that makes rounds in a month and has none in production at the start."""
    given = {"name": "plant", "owner": "army", "max_rate": 100, "start_rate": 0, **columns}
    return Line.model_validate(given), item or LineItem(line="plant", item="round")
