"""Expansions and budgets as arrays."""

from __future__ import annotations

import datetime as dt
from functools import partial

import numpy as np

from replenish.arrays.context import Context, floats, ints
from replenish.arrays.delays import completion_law, expected_completion
from replenish.arrays.groups import Budgets, Expansions
from replenish.arrays.keyed import by_key
from replenish.scenario.model import Budget
from replenish.units import MEAN_DAYS


def to_expansions(context: Context) -> Expansions:
    """Return the expansions that have a start date or a trigger, or that a function starts."""
    labels = context.labels
    by_name = {row.name: row for row in context.scenario.expansions}
    rows = [by_name[name] for name in labels.expansions]
    lines = {line.name: line for line in context.scenario.lines}
    budget = {name: row for row, name in enumerate(context.labels.budgets)}
    owners = [lines[row.line].owner for row in rows]
    watched = [(row.trigger_holder, row.trigger_item) for row in rows]
    return Expansions(
        line=ints([labels.line_of[row.line] for row in rows]),
        step=floats([r.capacity_step * MEAN_DAYS[lines[r.line].per] / MEAN_DAYS[r.per] for r in rows]),
        share=floats([row.realised_share for row in rows]),
        spread=floats([row.realised_spread for row in rows]),
        cost=floats([context.price(row.cost, row.currency) for row in rows]),
        start=ints([context.first_period(row.start) for row in rows]),
        law=ints([context.laws.add(("expansion", row.name), partial(completion_law, context, row)) for row in rows]),
        expected=ints([expected_completion(context, row) for row in rows]),
        is_called=ints([int(row.name in context.called) for row in rows]),
        divisible=ints([int(row.divisible) for row in rows]),
        trigger_cell=ints([labels.cell_of[cell] if cell[1] else -1 for cell in watched]),
        trigger_share=floats([row.trigger_share or 0.0 for row in rows]),
        trigger_chain=ints([labels.chain_of[row.trigger_chain] for row in rows]),
        trigger_state=ints([labels.state(row.trigger_chain, row.trigger_state) for row in rows]),
        account=ints([labels.account(owner, "expansions") for owner in owners]),
        budget=ints([budget.get((owner, "expansions"), -1) for owner in owners]),
    )


def _name(row: Budget) -> tuple[str, str]:
    return row.holder, row.purpose


def to_budgets(context: Context) -> Budgets:
    """Return what each budget adds and keeps at the start of each budget year."""
    names = context.labels.budgets
    own = by_key(context.scenario.budgets, _name)
    shape = (len(context.calendar), len(names))
    amount, carry = np.zeros(shape), np.ones(shape)
    months = {holder.fiscal_year_start_month for holder in context.scenario.holders}
    years = {month: _first_periods(context, month) for month in months}
    for index, name in enumerate(names):
        rows = {row.year: row for row in own[name]}
        for t, year in years[context.holders[name[0]].fiscal_year_start_month]:
            amount[t, index] = _amount(context, rows.get(year))
            carry[t, index] = rows[year - 1].carry_over_share if t and year - 1 in rows else 0.0
    gates = [max(context.labels.chain_of[row.gate] for row in own[name]) for name in names]
    return Budgets(amount, carry, ints(gates))


def _first_periods(context: Context, first_month: int) -> list[tuple[int, int]]:
    """Return the first period that starts in each budget year, with the year."""
    years = [_budget_year(day, first_month) for day in context.calendar.starts]
    return [(t, year) for t, year in enumerate(years) if t == 0 or year != years[t - 1]]


def _amount(context: Context, row: Budget | None) -> float:
    return context.price(row.amount, row.currency) if row else 0.0


def _budget_year(day: dt.date, first_month: int) -> int:
    """Return the budget year of a day; years that start in October or later bear the number of the next year."""
    started = day.year if day.month >= first_month else day.year - 1
    return started + (1 if first_month >= 10 else 0)
