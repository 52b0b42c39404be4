"""Sections 7 and 8: what is issued, and what is written down."""

from __future__ import annotations

import numpy as np

from replenish.arrays.groups import Floats
from replenish.simulation.reference.world import Known, World
from replenish.simulation.state import Readings


def issue(world: World, known: Known) -> tuple[Floats, Floats]:
    """Return what is issued, and what of the period's demand is not."""
    demands = world.arrays.demands
    issues, unmet = np.zeros(world.owed.shape), np.zeros(world.owed.shape)
    for d, cell in enumerate(demands.cell):
        issues[d] = np.minimum(world.on_hand[cell], world.owed[d] + known.demand[d])
        for_old = np.minimum(issues[d], world.owed[d])
        unmet[d] = known.demand[d] - np.minimum(known.demand[d], issues[d] - for_old)
        world.on_hand[cell] -= issues[d]
        world.owed[d] = (world.owed[d] - for_old + unmet[d]) * demands.is_owed[d]
    return issues, unmet


def measure(world: World, t: int, known: Known, **flowed: Floats) -> Readings:
    """Return the readings of the period; `flowed` are those that were found on the way."""
    stocks, lines, products = world.arrays.stocks, world.arrays.lines, world.arrays.products
    pledged = world.spread(world.arrays.pledges.quantity)
    capacity = ((lines.max_rate[:, None] + world.added) * lines.length[t][:, None])[products.line]
    holding = world.on_hand * (stocks.holding_cost * world.arrays.clock.years[t])[:, None]
    np.add.at(world.spend, stocks.account, holding)
    return Readings(
        on_hand=world.on_hand.copy(),
        in_transit=world.in_transit(t),
        on_order=world.on_order(t),
        requirement=known.requirement,
        shortfall=np.maximum(0.0, known.requirement - world.on_hand),
        planning_use=known.planning_use,
        demand=known.demand,
        backorders=world.owed.copy(),
        capacity=capacity * (products.yield_fraction / products.capacity_use)[:, None],
        line_capacity=capacity,
        pledge_delivered=pledged - world.to_deliver,
        pledge_quantity=pledged,
        spend=world.spend.copy(),
        is_in_state=_states(world),
        **flowed,
    )


def _states(world: World) -> Floats:
    counts = world.arrays.chains.states
    rows = [world.chain[k] == state for k, count in enumerate(counts) for state in range(count)]
    return np.array(rows, np.float64).reshape(len(rows), len(world.paths))
