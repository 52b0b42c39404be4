"""Functions of the user that decide, and the rows for which they do."""

from __future__ import annotations

from collections.abc import Iterator

from replenish.arrays.context import Context
from replenish.arrays.labels import Call
from replenish.arrays.orders import ordering_slots
from replenish.policy import Calls
from replenish.scenario.model import PolicyRow, Scenario


def with_calls(scenario: Scenario, calls: Calls) -> Scenario:
    """Return a scenario with a row at the end of its policies for each function.

    Raises:
        ValueError: a function decides for what the scenario does not have.
    """
    faults = [fault for row, _ in calls for fault in _faults(scenario, row)]
    if faults:
        raise ValueError("; ".join(faults))
    return scenario.model_copy(update={"policies": (*scenario.policies, *(row for row, _ in calls))})


def _faults(scenario: Scenario, row: PolicyRow) -> Iterator[str]:
    who = f"a function decides {row.role} of {row.key_value()!r}"
    makers = [made.line for made in scenario.line_items if made.item == row.item]
    if row.role == "production" and all(line.name != row.line for line in scenario.lines):
        yield f"{who}: there is no line {row.line!r}; name one of the table lines"
    if row.role == "release" and all(
        (route.from_holder, route.to_holder) != (row.holder, row.to_holder) for route in scenario.routes
    ):
        yield f"{who}: no route leads from {row.holder!r} to {row.to_holder!r}; name both ends of a row of routes"
    if row.role != "production" and all(item.name != row.item for item in scenario.items):
        yield f"{who}: there is no item {row.item!r}; name one of the table items"
    if row.role == "ordering" and all(holder.name != row.holder for holder in scenario.holders):
        yield f"{who}: there is no holder {row.holder!r}; name one of the table holders"
    if row.role == "ordering" and (row.line not in makers if row.line else len(makers) != 1):
        yield f"{who}: {row.item!r} is made by {', '.join(makers) or 'no line'}; name the line in the key"


def to_call_rows(context: Context, calls: Calls) -> tuple[Call, ...]:
    """Return each function with the rows of its order slots, flow or line."""
    return tuple(Call(row.role, _rows(context, row), function) for row, function in calls)


def _rows(context: Context, row: PolicyRow) -> tuple[int, ...]:
    labels = context.labels
    if row.role == "ordering":
        return tuple(ordering_slots(context, row))
    if row.role == "release":
        return (labels.flow_of[row.holder, row.to_holder, row.item],)
    return (labels.line_of[row.line],)
