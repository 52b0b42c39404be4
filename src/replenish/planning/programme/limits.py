"""How large anything can get within the horizon: bounds that cut off nothing, by which bounds of costs are proven."""

from __future__ import annotations

import numpy as np

from replenish.arrays.groups import Floats
from replenish.arrays.state import expected_gain
from replenish.planning.problem import Problem

ROOM = 2.0
"""Factor by which bounds exceed what is possible, so that none of them binds by rounding."""


def most_of_items(problem: Problem) -> Floats:
    """Return for each stock the units of its item that can exist in all stocks together, (stock,) [unit].

    What is there and on order at the start, all that demand may ask back as owed, and all that lines can make.
    """
    arrays, labels = problem.arrays, problem.labels
    items = {item: row for row, item in enumerate(labels.items)}
    of_cell = np.array([items[item] for _, item in labels.cells], np.int64)
    total = np.zeros(len(items))
    np.add.at(total, of_cell, arrays.stocks.opening)
    slots, products = arrays.slots, arrays.products
    np.add.at(total, of_cell[slots.cell], arrays.slots.opening_on_order)
    output = _most_capacity(problem)[products.line] / products.capacity_use * products.yield_fraction
    np.add.at(total, of_cell[slots.cell[products.owner_slot]], output)
    return np.asarray(ROOM * (total[of_cell] + 1.0))


def _most_capacity(problem: Problem) -> Floats:
    """Return what each line can run over the horizon with all expansions, (line,) [capacity]."""
    return np.asarray(most_rates(problem) * problem.arrays.lines.length.sum(axis=0))


def most_rates(problem: Problem) -> Floats:
    """Return the rate of each line with all expansions, and no less than it starts with, (line,) [capacity/per]."""
    lines, expansions = problem.arrays.lines, problem.arrays.expansions
    rate = np.maximum(lines.max_rate, lines.start_rate)
    np.add.at(rate, expansions.line, expected_gain(expansions))
    return np.asarray(rate)


def most_runs(problem: Problem) -> Floats:
    """Return what each line can run in one stage, (line,) [capacity]."""
    longest = problem.stages.totals(problem.arrays.lines.length[: int(problem.stages.end[-1])]).max(axis=0)
    return np.asarray(ROOM * most_rates(problem) * longest + 1.0)


def most_owed(problem: Problem) -> Floats:
    """Return what each demand can ask in all, (demand,) [unit]; ten times its mean in each period's worst state."""
    asked = problem.arrays.demands.mean.max(axis=2).sum(axis=0)
    return np.asarray(10.0 * asked + 1.0)


def most_money(problem: Problem) -> Floats:
    """Return the money that each budget can hold, (budget,) [currency]."""
    return np.asarray(ROOM * problem.arrays.budgets.amount.sum(axis=0) + 1.0)
