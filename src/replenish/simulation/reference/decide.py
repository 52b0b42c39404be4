"""Section 5: budgets, expansions and orders."""

from __future__ import annotations

import numpy as np

from replenish.arrays import groups
from replenish.arrays.groups import Floats
from replenish.simulation.reference.receive import enter_book
from replenish.simulation.reference.world import Bools, Known, World, factor


def open_budgets(world: World, t: int) -> None:
    """Add what a new budget year brings, and keep a share of what is left of the old one."""
    budgets = world.arrays.budgets
    world.budget = world.budget * budgets.carry[t][:, None] + budgets.amount[t][:, None]


def pay_expansions(world: World, t: int, known: Known) -> None:
    """Pay for the expansions that should have started, as far as there is money."""
    _watch_triggers(world, t, known)
    expansions, budgets = world.arrays.expansions, world.arrays.budgets
    for x, (cost, budget) in enumerate(zip(expansions.cost, expansions.budget, strict=True)):
        pays = (world.paid_at[x] < 0) & world.is_called[x]
        if budget >= 0:
            pays &= cost <= world.budget[budget] * known.buy_share[budgets.gate[budget]]
            world.budget[budget] -= cost * pays
        world.paid_at[x, pays] = t
        world.spend[expansions.account[x]] += cost * pays


def _watch_triggers(world: World, t: int, known: Known) -> None:
    """Call for the expansions whose start has come and, in a review period, whose trigger is met."""
    expansions = world.arrays.expansions
    for x, (cell, chain) in enumerate(zip(expansions.trigger_cell, expansions.trigger_chain, strict=True)):
        has_trigger = cell >= 0 or chain >= 0
        if t >= expansions.start[x] and (not has_trigger or world.arrays.clock.is_review[t]):
            world.is_called[x] |= _is_met(world, known, x)


def _is_met(world: World, known: Known, x: int) -> Bools:
    """Return where all that the trigger of an expansion watches is as stated; true if it watches nothing."""
    expansions, is_met = world.arrays.expansions, np.ones(len(world.paths), np.bool_)
    if (cell := expansions.trigger_cell[x]) >= 0:
        is_met &= world.on_hand[cell] < expansions.trigger_share[x] * known.requirement[cell]
    if (chain := expansions.trigger_chain[x]) >= 0:
        is_met &= world.chain[chain] == expansions.trigger_state[x]
    return is_met


def order(world: World, t: int, known: Known) -> None:
    """Decide what is ordered and send it on its way to the book."""
    if not world.arrays.clock.is_review[t]:
        return
    slots = world.arrays.slots
    owed = world.by_cell(world.arrays.demands.cell, world.owed)
    coming = world.on_order(t) + world.in_transit(t) + world.still_to_leave(t)
    position = world.on_hand + world.outside + coming - owed
    wanted = world.zeros(len(slots.cell))
    for o in range(len(slots.cell)):
        wanted[o] = _wanted(world, t, o, position[slots.cell[o]], known) * known.buy_share[slots.gate[o]]
    ordered = _cut_to_budgets(world, wanted, known)
    is_at_once = (slots.wait == 0)[:, None]
    world.to_book[t + slots.wait, np.arange(len(ordered))] += np.where(is_at_once, 0.0, ordered)
    enter_book(world, t, np.where(is_at_once, ordered, 0.0))


def _wanted(world: World, t: int, o: int, position: Floats, known: Known) -> Floats:
    """Return what the rule of a slot asks for, before gates and money."""
    rules, row, cell = world.arrays.rules, world.arrays.slots.policy[t, o], world.arrays.slots.cell[o]
    if row < 0:
        return np.zeros(position.shape)
    level = known.requirement[cell] if rules.quantity[row] < 0 else np.full(position.shape, rules.quantity[row])
    lacking = np.maximum(0.0, level - position)
    match int(rules.rule[row]):
        case groups.REORDER_POINT:
            lacking = np.where(position < rules.reorder_point[row] * (1 - 1e-9), lacking, 0.0)
        case groups.DAYS_OF_SUPPLY:
            lacking = np.maximum(0.0, rules.days[row] * known.planning_use[cell] - position)
        case groups.SCHEDULE:
            lacking = np.full(position.shape, scheduled(world, t, row))
    return np.asarray(lacking * rules.share[row])


def scheduled(world: World, t: int, row: int) -> float:
    """Return the rate of a rule times the length of the periods up to the next review."""
    rules = world.arrays.rules
    return float(rules.rate[row] * world.arrays.clock.review_span[t, rules.per[row]])


def _cut_to_budgets(world: World, wanted: Floats, known: Known) -> Floats:
    """Return what is ordered, and commit the money for it."""
    slots, ordered = world.arrays.slots, wanted.copy()
    for b, gate in enumerate(world.arrays.budgets.gate):
        own = slots.budget == b
        cost = (wanted[own] * slots.price[own, None]).sum(axis=0)
        ordered[own] *= factor(cost, world.budget[b] * known.buy_share[gate])
        committed = (ordered[own] * slots.price[own, None]).sum(axis=0)
        world.budget[b] = np.maximum(0.0, world.budget[b] - committed)
    np.add.at(world.spend, slots.account, ordered * (slots.price * (1 - slots.pays_on_delivery))[:, None])
    return ordered
