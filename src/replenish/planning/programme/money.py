"""Rows and costs of money."""

from __future__ import annotations

import numpy as np

from replenish.arrays.groups import Floats
from replenish.planning.problem import Problem
from replenish.planning.programme.symbols import Symbols
from replenish.planning.sums import grouped

TIE = 1e-5
"""Part of the dearest price by which ties are broken."""

MOST_TIE = 1e-3
"""No more than this part of what a thing itself costs."""

WAITING = 0.1
"""Part of it that an order costs for each stage in which it stays open, and a release that is decided ahead."""


def add_money_rows(s: Symbols) -> None:
    """Add budgets and the costs of orders and of holding."""
    add_budgets(s)
    add_order_costs(s)
    add_holding_costs(s)


def add_budgets(s: Symbols) -> None:
    """Money left over + new money - committed = money left, by budget; gates let a part of it through."""
    arrays, count = s.problem.arrays, len(s.problem.arrays.budgets.gate)
    if not count:
        return
    slots, expansions = arrays.slots, arrays.expansions
    committed = grouped(s.order * slots.price, slots.budget, count)
    committed = committed + grouped(s.start * expansions.cost, expansions.budget, count)
    there = s.budget.before * s.parameter("carry", count) + s.parameter("amount", count)
    s.row("budget", s.budget.after == there - committed)
    own = s.gated_budgets
    if len(own):
        open_ = s.budget.before[own] * s.parameter("open_carry", len(own)) + s.parameter("open_amount", len(own))
        s.row("budget_gate", committed[own] <= open_)


def add_order_costs(s: Symbols) -> None:
    """Orders cost when they are placed or received; the owner of a line pays for what nobody ordered."""
    arrays, discounts = s.problem.arrays, s.problem.scenario.settings.money.discount_rate
    slots, products = arrays.slots, arrays.products
    on_delivery = slots.pays_on_delivery == 1
    wait = products.lead[slots.product] * float(arrays.clock.years.mean())
    later = np.where(on_delivery, (1.0 + discounts) ** -wait, 1.0)
    at_once = slots.price * ~on_delivery
    s.cost(np.where(at_once > 0, at_once, _tie(s.problem, slots.price)), s.order)
    s.cost(WAITING * _tie(s.problem, slots.price), s.book.after)
    s.cost(slots.price * on_delivery * later, s.made)
    owner = products.owner_slot
    unordered = slots.price[owner] * later[owner]
    s.cost(unordered + _tie(s.problem, unordered), s.spare_output)


def _tie(problem: Problem, price: Floats) -> Floats:
    """Return what an order that costs nothing when it is placed costs, and a unit that nobody ordered costs more.

    It is so little that it only breaks ties: towards ordering less and later, and towards serving open orders first.
    """
    return np.minimum(TIE * dearest_price(problem), np.where(price > 0, MOST_TIE * price, np.inf))


def dearest_price(problem: Problem) -> float:
    """Return the highest price of need, shortfall and lateness [currency/unit/period]."""
    return max(float(bands.price.max(initial=0.0)) for bands in (problem.unmet, problem.shortfall, problem.late))


def add_holding_costs(s: Symbols) -> None:
    """Holding a unit costs by the year, on hand or outside; outside it costs no less than on hand.

    Else the programme would gain by calling units outside that are not.
    """
    stocks, own = s.problem.arrays.stocks, s.limited_cells
    held = np.flatnonzero(stocks.holding_cost > 0)
    s.cost(s.years, s.closing[held] * stocks.holding_cost[held])
    extra = np.maximum(0.0, stocks.outside_cost[own] - stocks.holding_cost[own])
    s.cost(s.years, s.outside * extra)
