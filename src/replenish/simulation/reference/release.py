"""Sections 5 and 6: releases and shipments."""

from __future__ import annotations

import numpy as np

from replenish.arrays import groups
from replenish.arrays.groups import Floats, Ints
from replenish.simulation.reference.decide import scheduled
from replenish.simulation.reference.receive import count_for_pledges
from replenish.simulation.reference.world import Known, World, factor, sum_by


def release(world: World, t: int, known: Known) -> None:
    """Decide releases; they leave when their wait is over."""
    if not world.arrays.clock.is_review[t]:
        return
    flows = world.arrays.flows
    room = _room(world, t, known)
    released = world.zeros(len(room))
    for f in range(len(room)):
        wanted = np.minimum(_wanted(world, t, f, room, known), room[f])
        released[f] = wanted * known.release_share[flows.gate[f]]
    for f, wait in enumerate(flows.wait):
        world.to_leave[t + wait, f] += released[f]


def _room(world: World, t: int, known: Known) -> Floats:
    """Return what each flow may take from the stock of its donor."""
    flows, row = world.arrays.flows, world.arrays.flows.policy[t]
    keep = np.where(row < 0, 0.0, world.arrays.rules.keep[row])[:, None]
    reserved = world.zeros(len(row))
    for f, first in enumerate(flows.first_reserved[:-1]):
        before = flows.reserved[first : flows.first_reserved[f + 1]]
        reserved[f] = (known.demand + world.owed)[before].sum(axis=0)
    floor = world.arrays.stocks.floor[flows.from_cell, None]
    level = np.maximum(floor, keep * known.requirement[flows.from_cell])
    return np.maximum(0.0, world.on_hand[flows.from_cell] - level - reserved)


def _wanted(world: World, t: int, f: int, room: Floats, known: Known) -> Floats:
    """Return what the rule of a flow wants to release."""
    rules, row = world.arrays.rules, world.arrays.flows.policy[t, f]
    match int(rules.rule[row]) if row >= 0 else -1:
        case groups.ABOVE_FLOOR_SHARE:
            return np.asarray(rules.share[row] * room[f])
        case groups.PROPORTIONAL | groups.PRIORITY:
            want = np.maximum(0.0, max(0.0, rules.quantity[row]) + _lack(world, t, f, known))
            return np.asarray(rules.share[row] * want * _part(world, t, f, room))
        case groups.SCHEDULE:
            return np.full(room[f].shape, scheduled(world, t, row))
        case groups.PLEDGE_SCHEDULE:
            return _pledged(world, t, f)
    return np.zeros(room[f].shape)


def _lack(world: World, t: int, f: int, known: Known) -> Floats:
    """Return what the recipient lacks to serve all that is asked of it; negative where it has more."""
    asked = world.by_cell(world.arrays.demands.cell, known.demand + world.owed)
    lack = asked - world.on_hand - world.in_transit(t) - world.still_to_leave(t)
    return np.asarray(lack[world.arrays.flows.to_cell[f]])


def _part(world: World, t: int, f: int, room: Floats) -> Floats:
    """Return the part of a flow in what all donors that cover a want of its recipient can release."""
    flows = world.arrays.flows
    covers = np.isin(_rules_of_now(world, t), (groups.PROPORTIONAL, groups.PRIORITY))
    together = room[covers & (flows.to_cell == flows.to_cell[f])].sum(axis=0)
    return np.asarray(np.divide(room[f], together, out=np.zeros(together.shape), where=together > 0))


def _rules_of_now(world: World, t: int) -> Ints:
    """Return the code of the rule of each flow; 0 for none."""
    row = world.arrays.flows.policy[t]
    return np.where(row < 0, 0, world.arrays.rules.rule[row])


def _pledged(world: World, t: int, f: int) -> Floats:
    """Return what the pledges of a flow ask to be released now, losses made up for."""
    flows, pledges, clock = world.arrays.flows, world.arrays.pledges, world.arrays.clock
    wanted = np.zeros(len(world.paths))
    if flows.survival[f] == 0:
        return wanted
    left, decided, is_made = world.to_ship.copy(), world.zeros(len(flows.from_cell)), pledges.start <= t
    decided[f] = world.to_leave[t:, f].sum(axis=0) * flows.survival[f]
    count_for_pledges(world, left, decided, is_made)
    for g in range(flows.first_pledge[f], flows.first_pledge[f + 1]):
        last = pledges.due[g] - flows.wait[f] - flows.lead[f]
        times = clock.is_review[t : last + 1].sum() if last >= t else 0
        wanted += left[g] / max(1, times) * is_made[g]
    return np.asarray(wanted / flows.survival[f])


def ship(world: World, t: int, known: Known) -> Floats:
    """Let leave what stocks and routes allow; what cannot leave is dropped."""
    flows, pledges = world.arrays.flows, world.arrays.pledges
    shipped = _cut_to_routes(world, t, _cut_to_stocks(world, t, _room(world, t, known)))
    world.to_leave[t] = 0.0
    for f in range(len(shipped)):
        _send(world, t, f, shipped[f], t + known.transport_lead[f])
    np.add.at(world.spend, flows.account, shipped * flows.cost[:, None])
    will_count = pledges.start <= t + flows.lead[pledges.flow]
    count_for_pledges(world, world.to_ship, shipped * flows.survival[:, None], will_count)
    return shipped


def _send(world: World, t: int, f: int, amount: Floats, arrival: Ints) -> None:
    """Take what a flow ships from its stock and put it on the way, with its ages if they are kept."""
    cell = int(world.arrays.flows.from_cell[f])
    world.on_hand[cell] = np.maximum(0.0, world.on_hand[cell] - amount)
    world.to_arrive[arrival, f, world.every] += amount
    if cell in world.lots:
        row = world.arrays.flows.policy[t, f]
        freshest_first = bool(row >= 0 and world.arrays.rules.ships_freshest[row])
        taken = world.lots[cell].take(amount, freshest_first=freshest_first)
        world.lots_to_arrive[f][arrival, :, world.every] += taken.T


def _cut_to_stocks(world: World, t: int, room: Floats) -> Floats:
    """Return what leaves if only stocks limit it: each flow within its room, all of a stock within the largest."""
    from_cell = world.arrays.flows.from_cell
    leaving, most = np.minimum(world.to_leave[t], room), np.zeros(world.on_hand.shape)
    np.maximum.at(most, from_cell, room)
    cut = leaving * factor(world.by_cell(from_cell, leaving), most)[from_cell]
    for cell in np.unique(from_cell[_rules_of_now(world, t) == groups.PRIORITY]):
        own = np.flatnonzero(from_cell == cell)
        ranked = own[np.argsort(world.arrays.flows.rank[own])]
        before = np.cumsum(leaving[ranked], axis=0) - leaving[ranked]
        cut[ranked] = np.clip(most[cell] - before, 0.0, leaving[ranked])
    return np.asarray(cut)


def _cut_to_routes(world: World, t: int, leaving: Floats) -> Floats:
    """Return what leaves within the weight that each route carries."""
    flows = world.arrays.flows
    capacity = world.spread(flows.route_capacity[t])
    tonnes = sum_by(flows.route, leaving * flows.weight[:, None], len(capacity))
    return np.asarray(leaving * factor(tonnes, capacity)[flows.route])
