"""Sections 5 and 6 of docs/explanation/period-step.md: releases and shipments."""

from __future__ import annotations

from replenish.arrays.groups import (
    ABOVE_FLOOR_SHARE,
    PLEDGE_SCHEDULE,
    PROPORTIONAL,
    SCHEDULE,
    Chains,
    Clock,
    Demands,
    Flows,
    Pledges,
    Rules,
    Stocks,
)
from replenish.simulation.kernel.compiled import compiled
from replenish.simulation.state import Readings, Scratch, State


@compiled
def find_room(t: int, flows: Flows, stocks: Stocks, rules: Rules, scratch: Scratch, readings: Readings) -> None:
    """Write what each flow could take of its stock into scratch.room."""
    for f in range(flows.from_cell.shape[0]):
        c, policy, room = flows.from_cell[f], flows.policy[t, f], scratch.room[f]
        keep = rules.keep[policy] if policy >= 0 else 0.0
        for i in range(room.shape[0]):
            protected = max(stocks.floor[c], keep * readings.requirement[c, i])
            for n in range(flows.first_reserved[f], flows.first_reserved[f + 1]):
                d = flows.reserved[n]
                protected += readings.demand[d, i] + readings.backorders[d, i]
            room[i] = max(0.0, readings.on_hand[c, i] - protected)


@compiled
def sum_donor_room(t: int, flows: Flows, rules: Rules, scratch: Scratch) -> None:
    """Write what all proportional donors of each recipient could release into scratch.cell."""
    scratch.cell[:] = 0.0
    for f in range(flows.from_cell.shape[0]):
        policy = flows.policy[t, f]
        if policy >= 0 and rules.rule[policy] == PROPORTIONAL:
            total, room = scratch.cell[flows.to_cell[f]], scratch.room[f]
            for i in range(room.shape[0]):
                total[i] += room[i]


@compiled
def decide_releases(
    t: int,
    clock: Clock,
    flows: Flows,
    pledges: Pledges,
    demands: Demands,
    rules: Rules,
    chains: Chains,
    state: State,
    scratch: Scratch,
    readings: Readings,
) -> None:
    """Write what leaves in this period into scratch.flow: what was decided earlier, or now where nothing waits.

    All is decided before anything is committed, so that no donor sees what another decides in the same period.
    """
    sum_donor_room(t, flows, rules, scratch)
    for f in range(flows.from_cell.shape[0]):
        want_release(t, f, clock, flows, pledges, demands, rules, chains, state, scratch, readings)
    for f in range(flows.from_cell.shape[0]):
        commit_release(t, f, flows, state, scratch)


@compiled
def want_release(
    t: int,
    f: int,
    clock: Clock,
    flows: Flows,
    pledges: Pledges,
    demands: Demands,
    rules: Rules,
    chains: Chains,
    state: State,
    scratch: Scratch,
    readings: Readings,
) -> None:
    """Write what flow `f` decides to release into scratch.released: never more than it has room for now."""
    released, policy = scratch.released[f], flows.policy[t, f]
    released[:] = 0.0
    if policy < 0 or clock.is_review[t] == 0:
        return
    gate, to, rule = flows.gate[f], flows.to_cell[f], rules.rule[policy]
    for i in range(released.shape[0]):
        room, quantity = scratch.room[f, i], 0.0
        if rule == ABOVE_FLOOR_SHARE:
            quantity = rules.share[policy] * room
        elif rule == SCHEDULE:
            quantity = rules.rate[policy] * clock.review_span[t, rules.per[policy]]
        elif rule == PROPORTIONAL:
            want = rules.share[policy] * want_of(to, i, max(0.0, rules.quantity[policy]), demands, state, readings)
            total = scratch.cell[to, i]
            quantity = room * (want / total if total > want else 1.0)
        elif rule == PLEDGE_SCHEDULE:
            quantity = pledge_quantity(t, f, i, clock, flows, pledges, state)
        open_share = chains.release_share[gate, state.chain[gate, i]] if gate >= 0 else 1.0
        released[i] = min(quantity, room) * open_share


@compiled
def commit_release(t: int, f: int, flows: Flows, state: State, scratch: Scratch) -> None:
    """Move what was decided one step on: it leaves now, or waits while earlier decisions leave."""
    released, leaving, wait = scratch.released[f], scratch.flow[f], flows.wait[f]
    pending, pending_flow = state.pending[flows.to_cell[f]], state.pending_flow[f]
    for i in range(released.shape[0]):
        pending[i] += released[i]
        pending_flow[i] += released[i]
        leaving[i] = released[i]
    if wait > 0:
        waiting = state.decided[flows.wait_ring[f] + t % wait]
        for i in range(released.shape[0]):
            leaving[i] = waiting[i]
            waiting[i] = released[i]


@compiled
def want_of(c: int, i: int, stock_wanted: float, demands: Demands, state: State, readings: Readings) -> float:
    """Return what the recipient's stock `c` lacks for its demand, what it owes and the stock it should have."""
    want = stock_wanted - readings.on_hand[c, i] - readings.in_transit[c, i] - state.pending[c, i]
    for d in range(demands.first[c], demands.first[c + 1]):
        want += readings.demand[d, i] + readings.backorders[d, i]
    return float(max(0.0, want))


@compiled
def pledge_quantity(t: int, f: int, i: int, clock: Clock, flows: Flows, pledges: Pledges, state: State) -> float:
    """Return what the open pledges of a flow ask now: the rest of each spread over the reviews before it is due."""
    if flows.survival[f] == 0.0:
        return 0.0
    underway = state.pending_flow[f, i] * flows.survival[f]
    quantity = 0.0
    for g in range(flows.first_pledge[f], flows.first_pledge[f + 1]):
        if t >= pledges.start[g]:
            rest = state.open_to_ship[g, i]
            covered = min(rest, underway)
            underway -= covered
            last = min(max(pledges.due[g] - flows.wait[f] - flows.lead[f], t), clock.is_review.shape[0] - 1)
            reviews = clock.reviews_before[last + 1] - clock.reviews_before[t]
            quantity += (rest - covered) / max(1, reviews)
    return float(quantity / flows.survival[f])


@compiled
def ship(t: int, flows: Flows, pledges: Pledges, state: State, scratch: Scratch, readings: Readings) -> None:
    """Section 6: let leave what stocks and routes allow."""
    cut_to_stocks(flows, state, scratch)
    cut_to_routes(t, flows, scratch)
    for f in range(flows.from_cell.shape[0]):
        leaving, shipped = scratch.flow[f], readings.shipped[f]
        on_hand, in_transit = readings.on_hand[flows.from_cell[f]], readings.in_transit[flows.to_cell[f]]
        spend = readings.spend[flows.account[f]]
        transit = state.transit[flows.lead_ring[f] + t % flows.lead[f]]
        for i in range(leaving.shape[0]):
            quantity = leaving[i]
            on_hand[i] = max(0.0, on_hand[i] - quantity)
            in_transit[i] += quantity
            transit[i] += quantity
            shipped[i] = quantity
            spend[i] += quantity * flows.cost[f]
            rest = quantity * flows.survival[f]
            for g in range(flows.first_pledge[f], flows.first_pledge[f + 1]):
                if t + flows.lead[f] >= pledges.start[g]:  # as it will count on arrival
                    taken = min(rest, state.open_to_ship[g, i])
                    state.open_to_ship[g, i] -= taken
                    rest -= taken


@compiled
def cut_to_stocks(flows: Flows, state: State, scratch: Scratch) -> None:
    """Cut what leaves each stock to what it can give; what cannot leave is no longer pending."""
    scratch.cell[:] = 0.0
    scratch.other_cell[:] = 0.0
    for f in range(flows.from_cell.shape[0]):
        c, to, leaving, room = flows.from_cell[f], flows.to_cell[f], scratch.flow[f], scratch.room[f]
        for i in range(leaving.shape[0]):
            state.pending[to, i] = max(0.0, state.pending[to, i] - leaving[i])
            state.pending_flow[f, i] = max(0.0, state.pending_flow[f, i] - leaving[i])
            leaving[i] = min(leaving[i], room[i])
            scratch.cell[c, i] += leaving[i]
            scratch.other_cell[c, i] = max(scratch.other_cell[c, i], room[i])
    for f in range(flows.from_cell.shape[0]):
        asked, limit = scratch.cell[flows.from_cell[f]], scratch.other_cell[flows.from_cell[f]]
        leaving = scratch.flow[f]
        for i in range(leaving.shape[0]):
            if asked[i] > limit[i]:
                leaving[i] *= limit[i] / asked[i]


@compiled
def cut_to_routes(t: int, flows: Flows, scratch: Scratch) -> None:
    """Cut what leaves on each route to the weight that it carries."""
    scratch.route[:] = 0.0
    for f in range(flows.from_cell.shape[0]):
        load, leaving = scratch.route[flows.route[f]], scratch.flow[f]
        for i in range(leaving.shape[0]):
            load[i] += leaving[i] * flows.weight[f]
    for f in range(flows.from_cell.shape[0]):
        load, leaving, limit = scratch.route[flows.route[f]], scratch.flow[f], flows.route_capacity[t, flows.route[f]]
        for i in range(leaving.shape[0]):
            if load[i] > limit:
                leaving[i] *= limit / load[i]
