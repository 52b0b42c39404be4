"""Policies as rows of parameters, and which row is in force when."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from replenish.arrays import groups
from replenish.arrays.context import PERS, Context, floats, ints, since
from replenish.arrays.groups import Ints, Rules
from replenish.scenario.model import PolicyRow
from replenish.scenario.model.policies import Rule
from replenish.units import MEAN_DAYS, Per

CODES: dict[Rule, int] = {
    "base_stock": groups.BASE_STOCK,
    "reorder_point": groups.REORDER_POINT,
    "days_of_supply": groups.DAYS_OF_SUPPLY,
    "schedule": groups.SCHEDULE,
    "above_floor_share": groups.ABOVE_FLOOR_SHARE,
    "proportional": groups.PROPORTIONAL,
    "priority": groups.PRIORITY,
    "pledge_schedule": groups.PLEDGE_SCHEDULE,
    "follow_orders": groups.FOLLOW_ORDERS,
    "follow_or_close": groups.FOLLOW_OR_CLOSE,
    "normal": groups.NORMAL,
    "maximum": groups.MAXIMUM,
    "level": groups.LEVEL,
}


def to_rules(context: Context) -> Rules:
    """Return the parameters of every row of `policies`; row 0 is the rule of a line that names none."""
    rows = [PolicyRow(role="production", rule="follow_orders"), *context.scenario.policies]
    lines = {line.name: line.per for line in context.scenario.lines}
    codes = ints([CODES[row.rule] for row in rows])
    codes[len(rows) - context.calls :] = groups.CALLED
    return Rules(
        rule=codes,
        quantity=floats([_or(row.quantity, -1.0) for row in rows]),
        reorder_point=floats([_or(row.reorder_point, -1.0) for row in rows]),
        days=floats([_or(row.days, -1.0) for row in rows]),
        rate=floats([_rate(row, lines) for row in rows]),
        per=ints([PERS.index(row.per) for row in rows]),
        share=floats([_or(row.share, 1.0) for row in rows]),
        keep=floats([_or(row.keep, 0.0) for row in rows]),
        ships_freshest=ints([int(row.ship_first == "freshest") for row in rows]),
    )


def _or(value: float | None, default: float) -> float:
    return default if value is None else value


def _rate(row: PolicyRow, lines: dict[str, Per]) -> float:
    """Return the rate; that of a line in the line's own unit of time."""
    rate = _or(row.rate, 0.0)
    if row.role != "production" or row.line not in lines:
        return rate
    return rate * MEAN_DAYS[lines[row.line]] / MEAN_DAYS[row.per]


def in_force(
    context: Context, count: int, places: Callable[[PolicyRow], list[int]], role: str, default: int = -1
) -> Ints:
    """Return the row of `Rules` in force by period for each of `count` deciders, (T, count); functions always hold."""
    table = np.full((len(context.calendar), count), default, np.int64)
    written = len(context.scenario.policies) - context.calls
    numbered = [(number, row) for number, row in enumerate(context.scenario.policies, 1) if row.role == role]
    for number, row in sorted(numbered, key=lambda pair: (pair[0] > written, since(pair[1].start))):
        for place in places(row):
            table[context.first_period(row.start) :, place] = number
    return table
