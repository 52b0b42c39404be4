"""Cases of a scenario by name."""

from __future__ import annotations

from replenish.errors import ScenarioError, UsageError
from replenish.scenario.changes import apply_changes, base_of, find_changes
from replenish.scenario.check import check
from replenish.scenario.model import Scenario
from replenish.scenario.suggest import advice


def case_names(scenario: Scenario) -> tuple[str, ...]:
    """Return the names of the cases of a scenario, in the order of its table."""
    return tuple(dict.fromkeys(row.case for row in scenario.cases))


def apply_case(scenario: Scenario, name: str) -> Scenario:
    """Return the scenario that a case makes, checked in full; it has no cases of its own.

    Evidence of a changed cell is replaced by `assumed`, with a note that names the case.

    Raises:
        UsageError: the scenario has no such case.
        ScenarioError: the scenario, or what the case makes of it, is not sound; findings name the row of the case.
    """
    if name not in (names := case_names(scenario)):
        known = advice(name, names) or (f"it has {', '.join(names)}" if names else "it has none")
        raise UsageError(f"{name}: the scenario has no such case; {known}")
    problems = [
        problem for problem in check(scenario, cases=(name,)) if _concerns(scenario, name, problem.file, problem.row)
    ]
    if any(problem.severity == "error" for problem in problems):
        raise ScenarioError(problems)
    base = base_of(scenario)
    changes = [change for row in scenario.cases if row.case == name for change in find_changes(row, base)]
    return apply_changes(scenario, name, changes)


def _concerns(scenario: Scenario, name: str, file: str, row: int | None) -> bool:
    """Return whether a finding is about this case or about the scenario without cases."""
    return file != "cases" or row is None or scenario.cases[row - 1].case == name
