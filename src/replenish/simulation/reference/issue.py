"""Sections 7 and 8: what is issued, and what is written down."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from replenish.arrays.groups import Floats
from replenish.simulation.reference.world import Known, World
from replenish.simulation.state import Readings


@dataclass
class Issued:
    """What is issued in a period, each (thing, path)."""

    issues: Floats  # by demand
    unmet: Floats  # by demand: what of the period's demand is not issued
    own: Floats  # by stock: taken by demands for its item
    substituted: Floats  # by stock: taken by demands for other items
    bundled: Floats  # by stock: used up along with other items


def issue(world: World, known: Known, most: Floats | None = None) -> Issued:
    """Serve all demands from their own stocks, then what is still asked from substitutes; `most` is (limit, path)."""
    demands, sources = world.arrays.demands, world.arrays.demands.first_source
    stocks, left = world.on_hand.shape, world.owed + known.demand
    room = np.full(stocks, np.inf)
    if most is not None:
        room[world.arrays.sources.limited] = np.maximum(0.0, most)
    done = Issued(np.zeros(left.shape), np.zeros(left.shape), np.zeros(stocks), np.zeros(stocks), np.zeros(stocks))
    for d in demands.order:
        _serve(world, left, done, d, int(sources[d]), taken=done.own, room=room)
    for d in demands.order:
        for source in range(sources[d] + 1, sources[d + 1]):
            _serve(world, left, done, d, source, taken=done.substituted, room=room)
    done.unmet = np.minimum(known.demand, left)
    world.owed = left * demands.is_owed[:, None]
    return done


def _serve(
    world: World, left: Floats, done: Issued, d: int, source: int, *, taken: Floats, room: Floats
) -> None:  # fmt: skip
    """Serve what is left of a demand from one stock, as far as that, its limit and the stocks bundled with it last."""
    sources = world.arrays.sources
    cell, ratio = int(sources.cell[source]), float(sources.ratio[source])
    bundles = range(sources.first_bundle[source], sources.first_bundle[source + 1])
    served = np.minimum(left[d], np.minimum(world.on_hand[cell], room[cell]) / ratio)
    for b in bundles:
        served = np.minimum(served, world.on_hand[sources.bundle_cell[b]] / (ratio * sources.bundle_use[b]))
    left[d] -= served
    done.issues[d] += served
    taken[cell] += served * ratio
    room[cell] -= np.where(np.isfinite(room[cell]), served * ratio, 0.0)
    world.withdraw(cell, served * ratio)
    for b in bundles:
        used = served * ratio * sources.bundle_use[b]
        done.bundled[sources.bundle_cell[b]] += used
        world.withdraw(int(sources.bundle_cell[b]), used)


def measure(world: World, t: int, known: Known, done: Issued, **flowed: Floats) -> Readings:
    """Return the readings of the period; `flowed` are those that were found on the way."""
    stocks, lines, products = world.arrays.stocks, world.arrays.lines, world.arrays.products
    pledged = world.spread(world.arrays.pledges.quantity)
    capacity = ((lines.max_rate[:, None] + world.added) * lines.length[t][:, None])[products.line]
    kept = world.on_hand * stocks.holding_cost[:, None] + world.outside * stocks.outside_cost[:, None]
    np.add.at(world.spend, stocks.account, kept * world.arrays.clock.years[t])
    return Readings(
        on_hand=world.on_hand.copy(),
        in_transit=world.in_transit(t),
        on_order=world.on_order(t),
        requirement=known.requirement,
        shortfall=np.maximum(0.0, known.requirement - world.on_hand),
        planning_use=known.planning_use,
        demand=known.demand,
        issues=done.issues,
        unmet=done.unmet,
        backorders=world.owed.copy(),
        outside=world.outside.copy(),
        substituted=done.substituted,
        bundled=done.bundled,
        capacity=capacity * (products.yield_fraction / products.capacity_use)[:, None],
        line_capacity=capacity,
        pledge_delivered=pledged - world.to_deliver,
        pledge_quantity=pledged,
        spend=world.spend.copy(),
        budget=world.budget.copy(),
        chain_state=world.chain[:-1].astype(np.float64),
        **flowed,
    )
