"""Rows of transport: releases, floors, routes, pledges."""

from __future__ import annotations

import numpy as np

from replenish.arrays.groups import Arrays, Floats, Ints
from replenish.multistage.modelling.expression import Expression
from replenish.planning.prices import MARGIN
from replenish.planning.problem import Problem
from replenish.planning.programme.limits import most_owed
from replenish.planning.programme.money import TIE, WAITING, dearest_price
from replenish.planning.programme.symbols import Symbols
from replenish.planning.sums import grouped


def add_transport_rows(s: Symbols) -> None:
    """Add what leaves within stocks, gates and routes, and what it does for pledges."""
    if not len(s.problem.arrays.flows.from_cell):
        return
    add_releases(s)
    add_floors(s)
    add_routes(s)
    add_pledges(s)
    s.cost(s.problem.arrays.flows.cost[s.sets.parcel_flow], s.shipped)


def add_releases(s: Symbols) -> None:
    """What leaves is what was decided when its wait is over; the rest of that is dropped.

    To decide costs so little that it only breaks ties: towards deciding no more than leaves.
    """
    sets, own, flows = s.sets, s.waiting_flows, len(s.problem.arrays.flows.from_cell)
    if len(own):
        now, later = sets.released_now, sets.released_later
        released = _released(s)
        leaves = grouped(s.decided.before, sets.decided.at_hand, flows)
        leaves = leaves + grouped(released[now.source] * now.part, now.target, flows)
        s.row("leaving", s.shipped_by_flow[own] <= leaves[own])
        joins = grouped(released[later.source] * later.part, later.target, len(sets.decided))
        nearer = grouped(s.decided.before, sets.decided.following, len(sets.decided))
        s.row("decided", s.decided.after == nearer + joins)
        s.cost(WAITING * TIE * dearest_price(s.problem), s.release)
    if s.skips_reviews:
        s.row("release_review", _released(s) <= s.parameter("release_room", flows))


def _released(s: Symbols) -> Expression:
    """Return what is decided to leave, (flow,): at once where there is no wait."""
    flows = s.problem.arrays.flows
    at_once = np.where(flows.wait[s.sets.parcel_flow] == 0, s.sets.parcel_flow, -1)
    return grouped(s.shipped, at_once, len(flows.wait)) + grouped(s.release, s.waiting_flows, len(flows.wait))


def add_floors(s: Symbols) -> None:
    """Nothing leaves, or is decided to leave, from below the floor or before own demand of higher priority.

    A stock that is below by its own use is not infeasible: what so lacks has a price for each period.
    """
    flows, donors = s.problem.arrays.flows, s.donors
    reserved = reserved_demands(s.problem.arrays)
    keys = {cell: _least(reserved, flows.from_cell, cell) for cell in donors.tolist()}
    kept_back = _asked_before(s, [keys[cell] for cell in donors.tolist()]) + s.problem.arrays.stocks.floor[donors]
    below = _below(s, reserved)
    s.row("floor", (s.inside + s.issued_by_cell)[donors] + below[donors] >= kept_back)
    more = stricter_flows(s.problem.arrays)
    if len(more):
        cells = flows.from_cell[more]
        s.row("own_need_first", s.shipped_by_flow[more] <= _room(s, [reserved[f] for f in more], cells) + below[cells])
    if len(free := s.free_flows):  # the others have their room behind the gate
        cells = flows.from_cell[free]
        room = _room(s, [reserved[f] for f in free.tolist()], cells) + below[cells]
        s.row("decided_room", s.release[np.searchsorted(s.waiting_flows, free)] <= room)
    if len(s.gated_flows):
        _add_gates(s, reserved, below)


def _below(s: Symbols, reserved: list[tuple[int, ...]]) -> Expression:
    """Return by how much stocks lack of what shipments must leave, (stock,): by their own use, or by shipments."""
    donors, most, from_cell = s.donors, _most_below(s)[s.donors], s.problem.arrays.flows.from_cell
    own, by_shipments = (s.variable(name, len(donors), upper=most) for name in ("own_below", "below_floor"))
    asked = _asked_before(s, [_most(reserved, from_cell, cell) for cell in donors.tolist()])
    s.row("own_below", own <= s.parameter("may_lack", len(donors)) + asked + s.components[donors])
    s.cost(s.periods * below_price(s.problem), own)
    s.cost(guard_price(s.problem), by_shipments)
    return grouped(own + by_shipments, donors, s.cells)


def _add_gates(s: Symbols, reserved: list[tuple[int, ...]], below: Expression) -> None:
    """A gate lets a part of what may leave be released."""
    own, flows = s.gated_flows, s.problem.arrays.flows
    cells, share = flows.from_cell[own], s.parameter("release_share", len(own))
    before = (s.stored - s.components + below)[cells] - s.problem.arrays.stocks.floor[cells]
    first, entry = _first(reserved, own)
    owed = grouped(s.owed.before, s.owed_demands, len(s.problem.arrays.demands.cell))
    asked = grouped(owed[first], entry, len(own)) if len(first) else 0.0
    room = (before - asked) * share
    if len(first):
        room = room - s.parameter("gated_demand", len(own))
    s.row("gate", _released(s)[own] <= room)


def _first(reserved: list[tuple[int, ...]], flows: Ints) -> tuple[Ints, Ints]:
    """Return the demands that are served before some flows, and the place of the flow of each."""
    own = [reserved[flow] for flow in flows.tolist()]
    entry = np.repeat(np.arange(len(own)), [len(demands) for demands in own])
    return np.array([d for demands in own for d in demands], np.int64), entry


def reserved_demands(arrays: Arrays, chosen: Ints | None = None) -> list[tuple[int, ...]]:
    """Return the demands of the donor that are served before each of some flows, all if None."""
    flows = arrays.flows
    own = np.arange(len(flows.from_cell)) if chosen is None else chosen
    bounds = zip(flows.first_reserved[own].tolist(), flows.first_reserved[own + 1].tolist(), strict=True)
    return [tuple(flows.reserved[a:b].tolist()) for a, b in bounds]


def stricter_flows(arrays: Arrays) -> Ints:
    """Return the flows before which more own need is served than before others from the same stock."""
    reserved, from_cell = reserved_demands(arrays), arrays.flows.from_cell
    least = {cell: _least(reserved, from_cell, cell) for cell in np.unique(from_cell).tolist()}
    return np.array([f for f, own in enumerate(reserved) if own != least[int(from_cell[f])]], np.int64)


def _least(reserved: list[tuple[int, ...]], from_cell: Ints, cell: int) -> tuple[int, ...]:
    return min((reserved[f] for f in np.flatnonzero(from_cell == cell).tolist()), key=len)


def _most(reserved: list[tuple[int, ...]], from_cell: Ints, cell: int) -> tuple[int, ...]:
    return max((reserved[f] for f in np.flatnonzero(from_cell == cell).tolist()), key=len)


def _room(s: Symbols, reserved: list[tuple[int, ...]], cells: Ints) -> Expression:
    """Return what may leave each of some stocks, (entry,) [unit]."""
    before = (s.stored - s.components)[cells] - s.problem.arrays.stocks.floor[cells]
    return before - _asked_before(s, reserved)


def _asked_before(s: Symbols, reserved: list[tuple[int, ...]]) -> Expression:
    """Return what some sets of demands ask, (set,) [unit]."""
    demanded = s.demand + grouped(s.owed.before, s.owed_demands, len(s.problem.arrays.demands.cell))
    entry = np.repeat(np.arange(len(reserved)), [len(own) for own in reserved])
    demand = np.array([d for own in reserved for d in own], np.int64)
    return grouped(demanded[demand], entry, len(reserved))


def _most_below(s: Symbols) -> Floats:
    """Return what each stock can lack at most to its floor and to the own need that is served first, (stock,)."""
    arrays = s.problem.arrays
    found = s.most + arrays.stocks.floor
    np.add.at(found, arrays.demands.cell, 2.0 * most_owed(s.problem))
    return found


def below_price(problem: Problem) -> float:
    """Return the price of lacking one unit to the floor by own use for one period [currency/unit/period].

    For a year it costs what the dearest unit anywhere is worth.
    """
    return max(1.0, *_worths(problem, problem.periods_in_year)) / problem.periods_in_year


def guard_price(problem: Problem) -> float:
    """Return the price of one unit that shipments take from below the floor: more than it can gain [currency/unit]."""
    lasts = problem.periods_in_year + float(problem.stages.end[-1])
    return MARGIN * max(1.0, sum(_worths(problem, lasts)))


def _worths(problem: Problem, periods: float) -> list[float]:
    """Return what a unit may be worth for each of the things that have a price, for so many periods."""
    once = problem.arrays.demands.is_owed[problem.unmet.thing] == 0
    prices = [
        problem.unmet.price[once], problem.unmet.price[~once] * periods, problem.late.price * periods,
        problem.shortfall.price * periods, problem.terminal.price,
    ]  # fmt: skip
    return [float(own.max(initial=0.0)) for own in prices]


def add_routes(s: Symbols) -> None:
    """All that leaves over a route weighs no more than it carries."""
    flows, own = s.problem.arrays.flows, s.limited_routes
    if len(own):
        weight = flows.weight[s.sets.parcel_flow]
        load = grouped(s.shipped * weight, flows.route[s.sets.parcel_flow], flows.route_capacity.shape[1])
        s.row("route", load[own] <= s.parameter("route_capacity", len(own)))


def add_pledges(s: Symbols) -> None:
    """What arrives over a flow counts for its pledges; what is left of a pledge when it is due is late."""
    sets, arrays = s.sets, s.problem.arrays
    pledges, count = arrays.pledges, len(arrays.flows.from_cell)
    if not len(pledges.flow):
        return
    survival = arrays.flows.survival[sets.parcel_flow]
    now, later = sets.counted_now, sets.counted_later
    arrives = grouped(s.promised.before, sets.promised.at_hand, count)
    arrives = arrives + grouped(s.shipped[now.source] * (now.part * survival[now.source]), now.target, count)
    joins = grouped(
        s.shipped[later.source] * (later.part * survival[later.source]), later.target, len(sets.promised)
    )  # fmt: skip
    nearer = grouped(s.promised.before, sets.promised.following, len(sets.promised))
    s.row("promised", s.promised.after == nearer + joins)
    counted = s.variable("counted", len(pledges.flow), upper=s.parameter("may_count", len(pledges.flow)))
    by_flow = grouped(counted, pledges.flow, count)
    own = np.unique(pledges.flow)
    s.row("counted", by_flow[own] <= arrives[own])
    s.row("pledge", s.pledge.after == s.pledge.before - counted)
    _add_lateness(s)


def _add_lateness(s: Symbols) -> None:
    bands, quantity = s.problem.late, s.problem.arrays.pledges.quantity
    if not len(bands.thing):
        return
    width = np.where(np.isfinite(bands.width), bands.width, 1.0) * quantity[bands.thing]
    late = s.variable("late", len(bands.thing), upper=width)
    own = np.unique(bands.thing)
    s.row("late_ranges", grouped(late, bands.thing, len(quantity))[own] >= s.pledge.after[own])
    s.cost(s.parameter("late_periods", len(bands.thing)) * bands.price, late)
