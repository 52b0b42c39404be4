"""Stocks, their ages and their requirements as arrays."""

from __future__ import annotations

import math
from bisect import bisect_right

import numpy as np

from replenish.arrays import groups
from replenish.arrays.context import Context, floats, ints
from replenish.arrays.groups import Floats, Flows, Ints, Stocks
from replenish.arrays.keyed import by_key
from replenish.scenario.model import Lot, Requirement
from replenish.units import MEAN_DAYS

MOST_CLASSES = 12  # of expiry within one shelf life
LONGEST_LIFE = 10**9  # periods: what is said to keep longer keeps as long


def to_stocks(context: Context, flows: Flows) -> Stocks:
    """Return opening stocks, limits, ages and requirements."""
    labels, scenario = context.labels, context.scenario
    by_cell = {(row.holder, row.item): row for row in scenario.stocks}
    stocks = [by_cell.get(cell) for cell in labels.cells]
    requirement, planning, chain = _requirements(context)
    life = _shelf_lives(context)
    ages = _ages(context, life, flows)
    return Stocks(
        opening=floats([stock.on_hand if stock else 0.0 for stock in stocks]),
        floor=floats([stock.floor if stock else 0.0 for stock in stocks]),
        holding_cost=floats([context.price(s.holding_cost, s.currency) if s else 0.0 for s in stocks]),
        account=ints([labels.account(holder, "holding") for holder, _ in labels.cells]),
        requirement_chain=chain,
        requirement=requirement,
        planning_use=planning,
        dated=np.flatnonzero(requirement.max(axis=(0, 2), initial=0.0) > 0),
        ages=ages,
        shelf_life=life,
        class_width=np.maximum(1, -(-life // MOST_CLASSES)),
        classes=_classes(context, life, ages, flows),
        opening_expiry=_opening_expiry(context, life),
        storage_limit=floats([np.inf if s is None or s.storage_limit is None else s.storage_limit for s in stocks]),
        outside_cost=floats([context.price(s.outside_cost, s.currency) if s else 0.0 for s in stocks]),
    )


def _requirements(context: Context) -> tuple[Floats, Floats, Ints]:
    """Return requirement and planning use by period, stock and state, and the chain of each stock."""
    shape = (len(context.calendar), len(context.labels.cells), context.states)
    requirement, planning = np.zeros(shape), np.zeros(shape)
    chain = np.full(shape[1], -1, np.int64)
    for cell, rows in by_key(context.scenario.requirements, lambda row: (row.holder, row.item)).items():
        index = context.labels.cell_of[cell]
        requirement[:, index] = context.dated(rows, _required)
        planning[:, index] = context.dated(rows, _daily_use)
        chain[index] = context.only_chain(rows)
    return requirement, planning, chain


def _required(row: Requirement) -> float:
    return row.quantity if row.quantity is not None else (row.days_of_supply or 0.0) * _daily_use(row)


def _daily_use(row: Requirement) -> float:
    """Return the planning use [unit/day]; 0 where none is stated.

    A use per month or year is spread over the mean length of a month or year: a requirement does not change with the
    length of February.
    """
    return (row.planning_use or 0.0) / MEAN_DAYS[row.per]


def _shelf_lives(context: Context) -> Ints:
    """Return the periods in which a fresh unit can be used, at least 1; 0 where it keeps."""
    period = MEAN_DAYS[context.calendar.period]
    days = {item.name: item.shelf_life_days for item in context.scenario.items}
    lives = {name: _whole_periods(life / period) if life else 0 for name, life in days.items()}
    return ints([lives[item] for _, item in context.labels.cells])


def _whole_periods(life: float) -> int:
    return max(1, math.floor(min(life, LONGEST_LIFE) + 1e-9))


def _ages(context: Context, life: Ints, flows: Flows) -> Ints:
    """Return how ages are kept: in classes where goods move with their age, else first in is first out."""
    ages = np.where(life > 0, groups.FIRST_IN_FIRST_OUT, groups.KEEPS)
    moved = np.zeros(len(life), bool)
    moved[flows.from_cell] = moved[flows.to_cell] = True
    return np.where(moved & (life > 0), groups.CLASSES, ages).astype(np.int64)


def _classes(context: Context, life: Ints, ages: Ints, flows: Flows) -> Ints:
    """Return how many classes of expiry may be alive: those of one life, and of goods that outlive it on the way."""
    longest: dict[str, int] = {}
    for (*_, item), lead in zip(context.labels.flows, flows.longest, strict=True):
        longest[item] = max(longest.get(item, 0), int(lead))
    moved = ints([longest.get(item, 0) for _, item in context.labels.cells])
    width = np.maximum(1, -(-life // MOST_CLASSES))
    return np.where(ages == groups.CLASSES, (life + moved) // width + 3, 0).astype(np.int64)


def _opening_expiry(context: Context, life: Ints) -> Floats:
    """Return the opening units that expire in each period: lots on their day, the rest evenly over one life.

    A lot never outlives a fresh unit, whose life is rounded down to whole periods.
    """
    periods, lots = len(context.calendar), by_key(context.scenario.lots, lambda row: (row.holder, row.item))
    table = np.zeros((periods, len(life)))
    for stock in context.scenario.stocks:
        index = context.labels.cell_of[stock.holder, stock.item]
        if shelf_life := int(life[index]):
            own = [lot for lot in lots.get((stock.holder, stock.item), []) if lot.expires is not None]
            for lot in sorted(own, key=lambda lot: lot.lot):
                if (period := min(_leaves(context, lot), shelf_life)) < periods:
                    table[period, index] += lot.quantity
            rest = max(0.0, stock.on_hand - math.fsum(lot.quantity for lot in own))
            table[1 : shelf_life + 1, index] += rest / shelf_life
    return table


def _leaves(context: Context, lot: Lot) -> int:
    """Return the first period that starts after the last day of a lot."""
    assert lot.expires is not None  # only such lots are asked for
    return bisect_right(context.ordinals[:-1], lot.expires.toordinal())
