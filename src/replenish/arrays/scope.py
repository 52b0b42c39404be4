"""What a scenario may say and the simulation does not do yet: refused by name, never skipped in silence."""

from __future__ import annotations

from collections.abc import Iterator

from replenish.errors import Problem
from replenish.scenario.model import Row, Scenario
from replenish.scenario.rules.simulation import NOT_SIMULATED

_TABLES = ("lots", "bundles", "substitutes")
_CELLS: dict[tuple[str, str], object] = {
    ("items", "shelf_life_days"): None,
    ("stocks", "storage_limit"): None,
    ("routes", "lead_time_coefficient_of_variation"): 0.0,
    ("lines", "outage_probability"): 0.0,
    ("lines", "keeping_cost"): 0.0,
    ("lines", "restart_cost"): 0.0,
    ("line_items", "surge_unit_cost"): None,
    ("budgets", "paid"): "order",
}
"""Cells that must keep this value."""


def find_unsupported(scenario: Scenario) -> list[Problem]:
    """Return what the simulation would have to leave out, as errors."""
    return list(_unsupported(scenario))


def _unsupported(scenario: Scenario) -> Iterator[Problem]:
    for table in _TABLES:
        if rows := scenario.rows(table):
            yield _problem(rows[0], 1, "", "")
    for (table, column), neutral in _CELLS.items():
        for number, row in enumerate(scenario.rows(table), 1):
            if (value := getattr(row, column)) != neutral:
                yield _problem(row, number, column, str(value))
    for number, line in enumerate(scenario.lines, 1):
        if line.allocation == "due_date":
            yield _problem(line, number, "allocation", line.allocation)


def _problem(row: Row, number: int, column: str, value: str) -> Problem:
    what = f"{column} of {row.key_value()}" if column else f"table {row.table}"
    message = f"the simulation of this version does not use {what}; leaving it out would change results"
    rule = NOT_SIMULATED
    return Problem(rule.id, rule.severity, row.table, number, column or None, value, message, rule.remedy)
