"""Section 5: rates, components, and who gets what is made."""

from __future__ import annotations

import numpy as np

from replenish.arrays import groups
from replenish.arrays.groups import Floats, Ints
from replenish.simulation.reference.world import World, factor, sum_by

ROUNDING = 1e-12
"""Smaller shares are rounding: they hold no product back, leave no capacity free and keep no order open."""


def produce(world: World, t: int) -> tuple[Floats, Floats]:
    """Start production; return capacity used by product, and what holds each product back."""
    lines, products = world.arrays.lines, world.arrays.products
    use = products.capacity_use[:, None]
    for_book = _for_book(world)
    asked = sum_by(products.line, for_book * use, len(world.rate))
    limit = _set_rates(world, t, asked)
    usable = world.rate * lines.length[t][:, None]
    spare = np.where(usable - asked > ROUNDING * usable, usable - asked, 0.0)[products.line]
    wished = for_book * factor(asked, usable)[products.line] + spare * products.output_share[:, None] / use
    started, binding = _take_components(world, wished, limit)
    good = started * products.yield_fraction[:, None]
    for p, lead in enumerate(products.lead):
        world.to_complete[t + lead, p] += good[p]
        _hand_out(world, t + int(lead), p, good[p] * lines.unbound[products.line[p]])
    return started * use, binding


def _for_book(world: World) -> Floats:
    """Return the units to start so that the whole book is served; nothing if all output is bound to others."""
    lines, products = world.arrays.lines, world.arrays.products
    net = products.yield_fraction * lines.unbound[products.line]
    each = np.divide(1.0, net, out=np.zeros(net.shape), where=net > 0)
    return sum_by(world.arrays.slots.product, world.book, len(net)) * each[:, None]


def _set_rates(world: World, t: int, asked: Floats) -> Ints:
    """Set the rate of each line and return what limits it, (M, path)."""
    lines = world.arrays.lines
    highest = lines.max_rate[:, None] + world.added
    reach = world.rate + lines.ramp[t][:, None]
    target = _targets(world, t, asked / lines.length[t][:, None], highest)
    wished = np.minimum(target, highest)
    world.rate = np.maximum(np.minimum(wished, reach), lines.min_rate[:, None])
    follows = (world.arrays.rules.rule[lines.policy[t]] == groups.FOLLOW_ORDERS)[:, None]
    by_orders = follows & (target < highest * (1 - ROUNDING))
    by_capacity = np.where(by_orders, groups.LIMIT_ORDERS, groups.LIMIT_CAPACITY)
    return np.where(reach < wished * (1 - ROUNDING), groups.LIMIT_RAMP, by_capacity).astype(np.int64)


def _targets(world: World, t: int, asked: Floats, highest: Floats) -> Floats:
    """Return the rate that the rule of each line aims at."""
    lines, rules, target = world.arrays.lines, world.arrays.rules, asked.copy()
    for m, row in enumerate(lines.policy[t]):
        match int(rules.rule[row]):
            case groups.NORMAL:
                target[m] = lines.normal_rate[m] + world.added[m]
            case groups.MAXIMUM:
                target[m] = highest[m]
            case groups.LEVEL:
                target[m] = rules.rate[row]
    return target


def _take_components(world: World, wished: Floats, limit: Ints) -> tuple[Floats, Floats]:
    """Return units started, cut to the scarcest component, and what holds each product back."""
    products, paths = world.arrays.products, np.arange(len(world.paths))
    made = np.repeat(np.arange(len(wished)), np.diff(products.first_component))  # what each component goes into
    use = products.component_use[:, None]
    allowed = factor(world.by_cell(products.component_cell, wished[made] * use), world.on_hand)[products.component_cell]
    cut, held = np.ones(wished.shape), limit[products.line]
    for n, p in enumerate(made.tolist()):
        is_least = allowed[n] < cut[p] - ROUNDING
        held[p] = np.where(is_least, groups.LIMIT_COMPONENT + n - products.first_component[p], held[p])
        cut[p] = np.minimum(cut[p], allowed[n])
    started = wished * cut
    taken = world.by_cell(products.component_cell, started[made] * use)
    world.on_hand = np.maximum(0.0, world.on_hand - taken)
    binding = world.zeros(int(products.first_limit[-1]))
    for p, first in enumerate(products.first_limit[:-1]):
        binding[first + held[p], paths] = 1.0
    return started, binding


def _hand_out(world: World, when: int, p: int, output: Floats) -> None:
    """Give output to the open orders for a product; the owner takes the rest and pays for it."""
    slots, products = world.arrays.slots, world.arrays.products
    own, owner = slice(products.first_slot[p], products.first_slot[p + 1]), products.owner_slot[p]
    rule = int(world.arrays.lines.allocation[products.line[p]])
    served = allocate(rule, world.book[own], output, slots.weight[own])
    rest = np.maximum(0.0, output - served.sum(axis=0))
    left = world.book[own] - served
    world.book[own] = np.where(left > ROUNDING * world.book[own], left, 0.0)
    world.to_receive[when, own] += served
    world.to_receive[when, owner] += rest
    world.spend[slots.account[owner]] += rest * slots.price[owner]


def allocate(rule: int, book: Floats, output: Floats, weight: Floats) -> Floats:
    """Return what each open order for a product gets of its output, (slot, path)."""
    if rule == groups.ALLOCATE_PRIORITY:
        before = np.cumsum(book, axis=0) - book
        return np.clip(output - before, 0.0, book)
    if rule == groups.ALLOCATE_WEIGHTS:
        return _share_by_weights(book, output, weight[:, None])
    return book * factor(book.sum(axis=0), output)


def _share_by_weights(book: Floats, output: Floats, weight: Floats) -> Floats:
    """Return min(book, weight x level) with the level at which the output is used up.

    The level rises from one filled order to the next; on the way there it serves all that are still open.
    """
    full_at = np.divide(book, weight, out=np.full(book.shape, np.inf), where=weight > 0)
    level, rest = np.zeros(output.shape), output.copy()
    for top in np.sort(full_at, axis=0):
        total = ((full_at > level) * weight).sum(axis=0)
        needed = np.where(total > 0, total * np.maximum(0.0, np.where(np.isinf(top), 0.0, top) - level), 0.0)
        part = np.divide(rest, total, out=np.zeros(rest.shape), where=total > 0)
        level = np.where(needed <= rest, np.where(np.isinf(top), level, top), level + part)
        rest = np.maximum(0.0, rest - needed)
    return np.where(full_at <= level, book, weight * level)
