"""Functions of the user that decide, and the rows for which they do."""

from __future__ import annotations

from collections.abc import Iterator

from replenish.arrays.context import Context
from replenish.arrays.keyed import by_key
from replenish.arrays.labels import Call
from replenish.arrays.orders import ordering_slots
from replenish.policy import Asked, CalledRole, Calls
from replenish.scenario.model import Expansion, PolicyRow, Scenario


def with_calls(scenario: Scenario, calls: Calls) -> Scenario:
    """Return a scenario with a row at the end of its policies for each decision of functions.

    Expansions that they start have no trigger, and as their start the first day on which they may be started.

    Raises:
        ValueError: a function decides for what the scenario does not have.
    """
    rows = tuple(row for call in calls for row in call.rows)
    names = {name for call in calls for name in call.expansions}
    known = _Known(scenario)
    faults = [fault for row in rows for fault in _faults(known, row)]
    faults += [
        f"a function starts {name!r}: there is no such expansion; name one of the table expansions"
        for name in sorted(names - {row.name for row in scenario.expansions})
    ]
    faults += [fault for call in calls for holder, item in call.issuing for fault in _not_asked(scenario, holder, item)]
    limited = [key for call in calls for key in call.issuing]
    faults += [
        f"two functions limit what {holder!r} issues of {item!r}; keep one of them"
        for holder, item in sorted({key for key in limited if limited.count(key) > 1})
    ]
    if faults:
        raise ValueError("; ".join(faults))
    expansions = tuple(_freed(scenario, row) if row.name in names else row for row in scenario.expansions)
    return scenario.model_copy(update={"policies": (*scenario.policies, *rows), "expansions": expansions})


def _not_asked(scenario: Scenario, holder: str, item: str) -> Iterator[str]:
    """Yield a fault if nobody asks a holder for an item, nor for one that it may stand in for."""
    items = {item, *(row.item for row in scenario.substitutes if row.substitute == item)}
    if not any(row.holder == holder and row.item in items for row in scenario.demand):
        yield f"a function limits what {holder!r} issues of {item!r}: nobody asks it for that; name a row of demand"


def _freed(scenario: Scenario, row: Expansion) -> Expansion:
    """Return an expansion that only a function starts."""
    first = scenario.settings.time.start
    return row.model_copy(update={
        "start": max(row.earliest or first, first), "trigger_holder": "", "trigger_item": "", "trigger_share": None,
        "trigger_chain": "", "trigger_state": "",
    })  # fmt: skip


class _Known:
    """The names of what a scenario has."""

    def __init__(self, scenario: Scenario) -> None:
        self.lines, self.items, self.holders = (
            {row.name for row in rows} for rows in (scenario.lines, scenario.items, scenario.holders)
        )
        self.routes = {(route.from_holder, route.to_holder) for route in scenario.routes}
        self.made = by_key(scenario.line_items, lambda row: row.item)


def _faults(known: _Known, row: PolicyRow) -> Iterator[str]:
    who = f"a function decides {row.role} of {row.key_value()!r}"
    makers = [made.line for made in known.made.get(row.item, ())]
    if row.role == "production" and row.line not in known.lines:
        yield f"{who}: there is no line {row.line!r}; name one of the table lines"
    if row.role == "release" and (row.holder, row.to_holder) not in known.routes:
        yield f"{who}: no route leads from {row.holder!r} to {row.to_holder!r}; name both ends of a row of routes"
    if row.role != "production" and row.item not in known.items:
        yield f"{who}: there is no item {row.item!r}; name one of the table items"
    if row.role == "ordering" and row.holder not in known.holders:
        yield f"{who}: there is no holder {row.holder!r}; name one of the table holders"
    if row.role == "ordering" and (row.line not in makers if row.line else len(makers) != 1):
        yield f"{who}: {row.item!r} is made by {', '.join(makers) or 'no line'}; name the line in the key"


def to_call_rows(context: Context, calls: Calls) -> tuple[Call, ...]:
    """Return each function with the rows of its order slots, flows, lines, expansions and limits on issues."""
    return tuple(Call(call.function, _rows(context, call), call.is_joint) for call in calls)


def _rows(context: Context, call: Asked) -> dict[CalledRole, tuple[int, ...]]:
    """Return the rows of what a function decides by role, in the order of its answers."""
    rows: dict[CalledRole, tuple[int, ...]] = {
        role: tuple(_place(context, row) for row in own)
        for role, own in by_key(call.rows, lambda row: row.role).items()
    }
    if call.expansions:
        rows["expansion"] = tuple(context.labels.expansions.index(name) for name in call.expansions)
    if call.issuing:
        limited = sorted(context.labels.cell_of[cell] for cell in context.limited)
        rows["issuing"] = tuple(limited.index(context.labels.cell_of[cell]) for cell in call.issuing)
    return rows


def _place(context: Context, row: PolicyRow) -> int:
    labels = context.labels
    if row.role == "ordering":
        return ordering_slots(context, row)[0]
    if row.role == "release":
        return labels.flow_of[row.holder, row.to_holder, row.item]
    return labels.line_of[row.line]
