"""Section 5: rates, components, and what is made for whom."""

from __future__ import annotations

import numpy as np

from replenish.arrays import groups
from replenish.arrays.groups import Floats, Ints
from replenish.simulation.reference.allocate import allocate, allocate_by_due_date
from replenish.simulation.reference.world import ROUNDING, Bools, Known, World, factor, sum_by


def produce(world: World, t: int, known: Known) -> tuple[Floats, Floats]:
    """Start production; return capacity used by product, and the code of what holds each product back."""
    lines, products = world.arrays.lines, world.arrays.products
    use = products.capacity_use[:, None]
    for_book = _for_book(world)
    asked = sum_by(products.line, for_book * use, len(world.rate))
    limit = _run_lines(world, t, asked)
    usable = np.where(world.stands_still, 0.0, world.rate * lines.length[t][:, None])
    spare = np.where(usable - asked > ROUNDING * usable, usable - asked, 0.0)[products.line]
    wished = for_book * factor(asked, usable)[products.line] + spare * products.output_share[:, None] / use
    is_wished = wished * use > ROUNDING * (_highest(world) * lines.length[t][:, None])[products.line]
    started, held = _take_components(world, wished, is_wished, limit[products.line])
    held = np.where(world.stands_still[products.line], groups.LIMIT_OUTAGE, held)
    good = started * products.yield_fraction[:, None]
    for p, lead in enumerate(known.production_lead):
        world.to_complete[t + lead, p, world.every] += good[p]
        _hand_out(world, t, p, good[p] * lines.unbound[products.line[p]], t + lead)
    return started * use, held.astype(np.float64)


def _for_book(world: World) -> Floats:
    """Return the units to start so that the whole book is served; nothing if all output is bound to others."""
    lines, products = world.arrays.lines, world.arrays.products
    net = products.yield_fraction * lines.unbound[products.line]
    each = np.divide(1.0, net, out=np.zeros(net.shape), where=net > 0)
    return sum_by(world.arrays.slots.product, world.book, len(net)) * each[:, None]


def _run_lines(world: World, t: int, asked: Floats) -> Ints:
    """Set the rate of each line, pay for keeping and restarting it, and return what limits it, (M, path)."""
    lines = world.arrays.lines
    highest, before = _highest(world), world.rate
    reach = before + lines.ramp[t][:, None]
    asked_rate = asked / lines.length[t][:, None]
    closes = _closes(world, t, asked_rate)
    target = np.where(closes, 0.0, _targets(world, t, asked_rate))
    wished = np.minimum(target, highest)
    lowest = np.where(closes, 0.0, np.minimum(lines.min_rate[:, None], highest))
    world.rate = np.where(world.stands_still, before, np.maximum(np.minimum(wished, reach), lowest))
    _pay_lines(world, t, before)
    is_asked = asked_rate > ROUNDING * highest
    by_orders = _follows(world, t) & (target < highest * (1 - ROUNDING))
    limit = np.where(by_orders, groups.LIMIT_ORDERS, groups.LIMIT_CAPACITY)
    limit = np.where(closes & is_asked, groups.LIMIT_MINIMUM, limit)
    return np.where(reach < wished * (1 - ROUNDING), groups.LIMIT_RAMP, limit).astype(np.int64)


def _highest(world: World) -> Floats:
    """Return the capacity in force as a rate."""
    return np.asarray(world.arrays.lines.max_rate[:, None] + world.added)


def _normal(world: World) -> Floats:
    """Return the normal rate, grown by expansions."""
    return np.asarray(world.arrays.lines.normal_rate[:, None] + world.added)


def _follows(world: World, t: int) -> Bools:
    """Return which lines follow orders, (M, 1)."""
    rule = world.arrays.rules.rule[world.arrays.lines.policy[t]]
    return np.asarray(np.isin(rule, (groups.FOLLOW_ORDERS, groups.FOLLOW_OR_CLOSE))[:, None])


def _closes(world: World, t: int, asked_rate: Floats) -> Bools:
    """Return which lines close because the book asks less than their minimum."""
    lines = world.arrays.lines
    may_close = world.arrays.rules.rule[lines.policy[t]] == groups.FOLLOW_OR_CLOSE
    return np.asarray(may_close[:, None] & (asked_rate < lines.min_rate[:, None] * (1 - ROUNDING)))


def _targets(world: World, t: int, asked_rate: Floats) -> Floats:
    """Return the rate that the rule of each line aims at, unless it closes."""
    lines, rules, target = world.arrays.lines, world.arrays.rules, asked_rate.copy()
    for m, row in enumerate(lines.policy[t]):
        match int(rules.rule[row]):
            case groups.NORMAL:
                target[m] = _normal(world)[m]
            case groups.MAXIMUM:
                target[m] = _highest(world)[m]
            case groups.LEVEL:
                target[m] = rules.rate[row]
    return target


def _pay_lines(world: World, t: int, before: Floats) -> None:
    """Pay for keeping lines that are open and for restarting those that were closed until now."""
    lines, open_from = world.arrays.lines, ROUNDING * _highest(world)
    is_open, was_open = world.rate > open_from, before > open_from
    keeping = is_open * (lines.keeping_cost * world.arrays.clock.years[t])[:, None]
    restarting = (is_open & ~was_open) * lines.restart_cost[:, None]
    np.add.at(world.spend, lines.account, keeping + restarting)


def _take_components(world: World, wished: Floats, is_wished: Bools, limit: Ints) -> tuple[Floats, Ints]:
    """Return units started, cut to the scarcest component, and the code of what holds each product back.

    Components hold nothing back where what is wished is only rounding.
    """
    products = world.arrays.products
    made = np.repeat(np.arange(len(wished)), np.diff(products.first_component))  # what each component goes into
    use = products.component_use[:, None]
    allowed = factor(world.by_cell(products.component_cell, wished[made] * use), world.on_hand)[products.component_cell]
    cut, held = np.ones(wished.shape), limit
    for n, p in enumerate(made.tolist()):
        is_least = is_wished[p] & (allowed[n] < cut[p] - ROUNDING)
        held[p] = np.where(is_least, groups.LIMIT_COMPONENT + n - products.first_component[p], held[p])
        cut[p] = np.minimum(cut[p], allowed[n])
    started = wished * cut
    for n, p in enumerate(made.tolist()):
        world.withdraw(int(products.component_cell[n]), started[p] * products.component_use[n])
    return started, held


def _hand_out(world: World, t: int, p: int, output: Floats, when: Ints) -> None:
    """Give output to the open orders for a product; the owner takes the rest and pays for it."""
    slots, products = world.arrays.slots, world.arrays.products
    own, owner = slice(products.first_slot[p], products.first_slot[p + 1]), products.owner_slot[p]
    gets = _serve_book(world, t, p, own, output)
    rest = np.maximum(0.0, output - gets.sum(axis=0))
    world.spend[slots.account[owner]] += rest * slots.price[owner] * (1 - slots.pays_on_delivery[owner])
    gets[owner - products.first_slot[p]] += rest
    extra = gets * _surge(world, int(products.line[p])) * products.surge_extra[p]
    np.add.at(world.spend, slots.account[own], extra)
    for place, o in enumerate(range(own.start, own.stop)):
        world.to_receive[when, o, world.every] += gets[place]


def _serve_book(world: World, t: int, p: int, own: slice, output: Floats) -> Floats:
    """Return what the open orders for a product get of its output, and take it off the book."""
    rule = int(world.arrays.lines.allocation[world.arrays.products.line[p]])
    book = world.book[own]
    if rule == groups.ALLOCATE_DUE_DATE:
        return allocate_by_due_date(world.due[:, own], book, output, t)
    served = allocate(rule, book, output, world.arrays.slots.weight[own])
    left = book - served
    book[...] = np.where(left > ROUNDING * book, left, 0.0)
    return served


def _surge(world: World, m: int) -> Floats:
    """Return the part of the rate of a line that is above its normal rate."""
    rate = world.rate[m]
    above = np.maximum(0.0, rate - _normal(world)[m])
    return np.asarray(np.divide(above, rate, out=np.zeros(rate.shape), where=rate > 0))
