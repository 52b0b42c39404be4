"""Rows of production: books, lines, rates, expansions."""

from __future__ import annotations

import numpy as np

from replenish.arrays.groups import Floats
from replenish.arrays.state import expected_gain
from replenish.multistage.modelling.expression import Expression
from replenish.planning.programme.limits import most_rates, most_runs
from replenish.planning.programme.symbols import Symbols
from replenish.planning.sums import grouped


def add_production_rows(s: Symbols) -> None:
    """Add orders on their way and in the book, what lines run, and how capacity grows."""
    add_book(s)
    add_run(s)
    add_ramp(s)
    add_surge(s)
    add_openness(s)
    add_expansions(s)


def add_book(s: Symbols) -> None:
    """Open orders + those that enter the book - made = open orders left, by slot."""
    sets, slots = s.sets, s.problem.arrays.slots
    count = len(slots.cell)
    if not count:
        return
    now, later = sets.ordered_now, sets.ordered_later
    enters = s.parameter("contracts", count) + grouped(s.waiting.before, sets.waiting.at_hand, count)
    enters = enters + grouped(s.order[now.source] * now.part, now.target, count)
    s.row("book", s.book.after == s.book.before + enters - s.made)
    joins = grouped(s.order[later.source] * later.part, later.target, len(sets.waiting))
    nearer = grouped(s.waiting.before, sets.waiting.following, len(sets.waiting))
    s.row("waiting", s.waiting.after == nearer + joins)
    bound = np.flatnonzero(_net(s)[slots.product] == 0)
    s.row("bound_output", s.made[bound] <= 0.0)
    if s.skips_reviews:
        s.row("order_review", s.order <= s.parameter("order_room", count))
    else:
        own = s.gated_slots
        s.row("order_gate", s.order[own] <= s.parameter("order_room", len(own)))


def _net(s: Symbols) -> Floats:
    """Return the good units that are not bound to others of one unit started, (product,)."""
    products, lines = s.problem.arrays.products, s.problem.arrays.lines
    return np.asarray(products.yield_fraction * lines.unbound[products.line])


def capacity(s: Symbols) -> Expression:
    """Return the capacity in force as a rate, (line,) [capacity/per]."""
    return added(s) + s.problem.arrays.lines.max_rate


def added(s: Symbols) -> Expression:
    """Return what expansions add to the rate of lines in the stage, (line,) [capacity/per]."""
    sets, lines = s.sets, len(s.problem.arrays.lines.max_rate)
    now, gain = sets.built_now, expected_gain(s.problem.arrays.expansions)
    grows = grouped(s.growing.before, sets.growing.at_hand, lines)
    grows = grows + grouped(s.start[now.source] * (now.part * gain[now.source]), now.target, lines)
    return grouped(s.added.before, s.growing_lines, lines) + grows


def add_run(s: Symbols) -> None:
    """Capacity used by what is started + spare = run <= capacity, by line."""
    arrays = s.problem.arrays
    products, slots, lines = arrays.products, arrays.slots, len(arrays.lines.max_rate)
    if not lines:
        return
    net = _net(s)[slots.product]
    use = np.divide(products.capacity_use[slots.product], net, out=np.zeros(net.shape), where=net > 0)
    s.row("run", grouped(s.made * use, products.line[slots.product], lines) + s.spare == s.run)
    s.row("capacity", s.run <= capacity(s) * s.time)


def add_ramp(s: Symbols) -> None:
    """The rate of a line rises no faster than its ramp limit."""
    own = s.ramped_lines
    s.row("rate", s.run[own] == s.rate.after * s.time[own])
    s.row("ramp", s.rate.after <= s.rate.before + s.parameter("ramp", len(own)))


def add_surge(s: Symbols) -> None:
    """What is started above the normal rate costs extra, of the products of a line the cheapest first.

    (The simulator spreads it over all that the line makes: equal where a line makes one product.)
    """
    arrays, own = s.problem.arrays, s.surging_products
    if not len(own):
        return
    products, lines = arrays.products, arrays.lines
    above = s.variable("above_normal", len(own), upper=most_runs(s.problem)[products.line[own]])
    normal = (added(s) + lines.normal_rate) * s.time
    surging = np.unique(products.line[own])
    used = grouped(above * products.capacity_use[own], products.line[own], len(lines.max_rate))
    s.row("above_normal_run", used[surging] >= (s.run - normal)[surging])
    s.row("above_normal_most", above <= s.started[own])
    s.cost(np.maximum(0.0, products.surge_extra[own]) * _net(s)[own], above)


def add_openness(s: Symbols) -> None:
    """A line that is open costs its keeping, and its restart if it was closed; whole, it runs at least its minimum."""
    own, lines = s.kept_lines, s.problem.arrays.lines
    if not len(own):
        return
    s.row("is_open", s.run[own] <= s.open.after * (s.time[own] * most_rates(s.problem)[own]))
    s.row("may_open", s.open.after <= s.parameter("may_open", len(own)))
    restarts = s.variable("restarts", len(own), upper=1.0)
    s.row("restart", restarts >= s.open.after - s.open.before)
    s.cost(lines.restart_cost[own], restarts)
    s.cost(s.years, s.open.after * lines.keeping_cost[own])
    if s.problem.whole:
        is_open = s.variable("whole_open", len(own), upper=1.0, is_integer=True)
        s.row("whole_open", s.open.after == is_open)
        s.row("minimum", s.run[own] >= is_open * (s.time[own] * lines.min_rate[own]))


def add_expansions(s: Symbols) -> None:
    """What is started is under construction, then adds to capacity; no expansion is started more than once in all."""
    sets, expansions = s.sets, s.problem.arrays.expansions
    s.row("added", s.added.after == added(s)[s.growing_lines])
    count = len(expansions.line)
    if not count:
        return
    if s.problem.whole and (whole := np.flatnonzero(expansions.divisible == 0)).size:
        s.row("whole_start", s.start[whole] == s.variable("whole_start", len(whole), upper=1.0, is_integer=True))
    s.row("left", s.left.after == s.left.before - s.start)
    later, gain = sets.built_later, expected_gain(expansions)
    joins = grouped(s.start[later.source] * (later.part * gain[later.source]), later.target, len(sets.growing))
    s.row("growing", s.growing.after == grouped(s.growing.before, sets.growing.following, len(sets.growing)) + joins)
    s.cost(expansions.cost, s.start)
