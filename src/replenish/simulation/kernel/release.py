"""Sections 5 and 6 of docs/explanation/period-step.md: releases and shipments."""

from __future__ import annotations

import numpy as np

from replenish.arrays.groups import (
    ABOVE_FLOOR_SHARE,
    CALLED,
    CLASSES,
    PLEDGE_SCHEDULE,
    PRIORITY,
    PROPORTIONAL,
    SCHEDULE,
    Floats,
    Ints,
    Words,
)
from replenish.simulation.kernel.compiled import compiled, inlined
from replenish.simulation.kernel.draw import count_all
from replenish.simulation.kernel.lanes import add, copy
from replenish.simulation.kernel.order import let_through
from replenish.simulation.kernel.produce import find_places
from replenish.simulation.kernel.receive import freshest
from replenish.simulation.kernel.records import Records
from replenish.simulation.kernel.share import scatter
from replenish.simulation.kernel.tables import Tables


@compiled
def find_room(t: int, tables: Tables, amounts: Floats) -> None:
    """Write what each flow could take of its stock."""
    for f in range(tables.flows.shape[0]):
        flow, policy = tables.flows[f], tables.flow_policy[t, f]
        room, stock, on_hand = amounts[flow.room], tables.stocks[flow.from_stock], amounts[flow.on_hand]
        keep = tables.rules[policy].keep if policy >= 0 else 0.0
        if keep == 0.0 and flow.first_reserved == flow.end_reserved:
            for i in range(room.shape[0]):
                room[i] = max(0.0, on_hand[i] - stock.floor)
            continue
        required = amounts[stock.requirement]
        for i in range(room.shape[0]):
            room[i] = max(stock.floor, keep * required[i])
        for n in range(flow.first_reserved, flow.end_reserved):
            own = tables.demands[tables.reserved[n]]
            demand, owed = amounts[own.demand], amounts[own.backorders]
            for i in range(room.shape[0]):
                room[i] += demand[i] + owed[i]
        for i in range(room.shape[0]):
            room[i] = max(0.0, on_hand[i] - room[i])


@compiled
def decide_releases(t: int, tables: Tables, amounts: Floats, codes: Ints) -> None:
    """Write what leaves in this period: what was decided earlier, or now where nothing waits.

    All is decided before anything is committed, so that no donor sees what another decides in the same period.
    """
    is_review = tables.clock[t].is_review == 1
    if is_review:
        for n in range(tables.recipients.shape[0]):
            find_want(t, tables.recipients[n], tables, amounts)
    for f in range(tables.flows.shape[0]):
        leaving = amounts[tables.flows[f].shipped]
        if is_review and tables.flow_policy[t, f] >= 0:
            want_release(t, f, leaving, tables, amounts)
            let_through(leaving, tables.flows[f].gate, 1, tables, codes)
        else:
            leaving[:] = 0.0
    for f in range(tables.flows.shape[0]):
        if tables.flows[f].wait > 0:
            exchange_decided(t, tables.flows[f], amounts)


@inlined
def shares_wants(t: int, f: int, tables: Tables) -> bool:
    """Return whether a flow follows a rule that splits the want of its recipient over donors."""
    policy = tables.flow_policy[t, f]
    if policy < 0:
        return False
    rule = tables.rules[policy].rule
    return bool(rule in (PROPORTIONAL, PRIORITY))


@inlined
def find_want(t: int, recipient: Records, tables: Tables, amounts: Floats) -> None:
    """Write what a recipient lacks to serve all that is asked of it, and what its donors could release."""
    stock = tables.stocks[recipient.stock]
    total, lack = amounts[stock.need], amounts[stock.most]
    total[:] = 0.0
    is_shared = False
    for n in range(recipient.first, recipient.end):
        if shares_wants(t, tables.incoming[n], tables):
            add(total, amounts[tables.flows[tables.incoming[n]].room])
            is_shared = True
    if not is_shared:
        return
    on_hand, in_transit, pending = amounts[stock.on_hand], amounts[stock.in_transit], amounts[stock.pending]
    for i in range(lack.shape[0]):
        lack[i] = -(on_hand[i] + in_transit[i] + pending[i])
    for d in range(stock.first_demand, stock.end_demand):
        demand, owed = amounts[tables.demands[d].demand], amounts[tables.demands[d].backorders]
        for i in range(lack.shape[0]):
            lack[i] += demand[i] + owed[i]


@inlined
def want_release(t: int, f: int, wanted: Floats, tables: Tables, amounts: Floats) -> None:
    """Write what the rule of a flow wants to release."""
    flow, rule = tables.flows[f], tables.rules[tables.flow_policy[t, f]]
    room = amounts[flow.room]
    if rule.rule == ABOVE_FLOOR_SHARE:
        for i in range(wanted.shape[0]):
            wanted[i] = rule.share * room[i]
        return
    if rule.rule in (PROPORTIONAL, PRIORITY):
        total, lack = amounts[tables.stocks[flow.to_stock].need], amounts[tables.stocks[flow.to_stock].most]
        quantity = max(0.0, rule.quantity)
        for i in range(wanted.shape[0]):
            want = rule.share * max(0.0, quantity + lack[i])
            wanted[i] = min(1.0, want / max(total[i], 1e-300)) * room[i]
        return
    wanted[:] = 0.0
    if rule.rule == SCHEDULE:
        wanted[:] = rule.rate * tables.clock[t].span[rule.per]
    elif rule.rule == PLEDGE_SCHEDULE:
        want_for_pledges(t, flow, wanted, tables, amounts)
    elif rule.rule == CALLED:
        asked = amounts[flow.asked]
        for i in range(wanted.shape[0]):
            wanted[i] = max(0.0, asked[i])
    for i in range(wanted.shape[0]):
        wanted[i] = min(wanted[i], room[i])


@compiled
def want_for_pledges(t: int, flow: Records, wanted: Floats, tables: Tables, amounts: Floats) -> None:
    """Write what open pledges ask now: the rest of each spread over the reviews before it is due."""
    if flow.survival == 0.0:
        return
    underway, pending = amounts[tables.layout[0].lane], amounts[flow.pending_flow]
    for i in range(wanted.shape[0]):
        underway[i] = pending[i] * flow.survival
    for g in range(flow.first_pledge, flow.end_pledge):
        pledge = tables.pledges[g]
        if t >= pledge.start:
            left = amounts[pledge.to_ship]
            last = min(max(pledge.due - flow.wait - flow.lead, t), tables.clock.shape[0] - 1)
            reviews = max(1, tables.clock[last].reviews_after - tables.clock[t].reviews_before)
            for i in range(wanted.shape[0]):
                covered = min(left[i], underway[i])
                underway[i] -= covered
                wanted[i] += (left[i] - covered) / reviews
    for i in range(wanted.shape[0]):
        wanted[i] /= flow.survival


@inlined
def exchange_decided(t: int, flow: Records, amounts: Floats) -> None:
    """Let what is decided wait for its delays, and write what leaves now in its place, cut to the room of now."""
    leaving, waiting = amounts[flow.shipped], amounts[flow.decided + t % flow.wait]
    pending, own = amounts[flow.pending], amounts[flow.pending_flow]
    for i in range(leaving.shape[0]):
        change = leaving[i] - waiting[i]
        pending[i] = max(0.0, pending[i] + change)
        own[i] = max(0.0, own[i] + change)
    room = amounts[flow.room]
    for i in range(leaving.shape[0]):
        decided = leaving[i]
        leaving[i] = min(waiting[i], room[i])
        waiting[i] = decided


@compiled
def ship(t: int, tables: Tables, amounts: Floats, codes: Ints, words: Words) -> None:
    """Section 6: let leave what stocks and routes allow."""
    cut_to_stocks(t, tables, amounts)
    cut_to_routes(t, tables, amounts)
    draw_route_leads(t, tables, codes, words)
    for f in range(tables.flows.shape[0]):
        flow = tables.flows[f]
        shipped, on_hand, in_transit = amounts[flow.shipped], amounts[flow.on_hand], amounts[flow.in_transit]
        for i in range(shipped.shape[0]):
            on_hand[i] = max(0.0, on_hand[i] - shipped[i])
            in_transit[i] += shipped[i]
        if flow.cost > 0.0:
            spend = amounts[flow.spend]
            for i in range(shipped.shape[0]):
                spend[i] += shipped[i] * flow.cost
        place = codes[tables.layout[0].route_place + flow.route]
        if flow.lead_law < 0:
            add(amounts[flow.transit + (t + flow.lead) % flow.longest], shipped)
        else:
            scatter(shipped, flow.transit, place, amounts)
        if flow.first_pledge < flow.end_pledge:
            promise_less(t, flow, tables, amounts)
        if tables.stocks[flow.from_stock].ages == CLASSES:
            policy = tables.flow_policy[t, f]
            takes_freshest = policy >= 0 and tables.rules[policy].ships_freshest == 1
            ship_classes(t, flow, tables.stocks[flow.from_stock], takes_freshest, place, tables, amounts)


@inlined
def promise_less(t: int, flow: Records, tables: Tables, amounts: Floats) -> None:
    """Take what is shipped off what is left of the flow's pledges, as it will count on arrival."""
    leaving, rest = amounts[flow.shipped], amounts[tables.layout[0].lane]
    for i in range(rest.shape[0]):
        rest[i] = leaving[i] * flow.survival
    for g in range(flow.first_pledge, flow.end_pledge):
        if t + flow.lead >= tables.pledges[g].start:
            left = amounts[tables.pledges[g].to_ship]
            for i in range(rest.shape[0]):
                taken = min(rest[i], left[i])
                left[i] -= taken
                rest[i] -= taken


@compiled
def ship_classes(
    t: int, flow: Records, stock: Records, takes_freshest: bool, places: Ints, tables: Tables, amounts: Floats
) -> None:
    """Move what is shipped from the classes of the donor to those on the way."""
    left = amounts[tables.layout[0].lane]
    copy(left, amounts[flow.shipped])
    last, count, oldest = freshest(t, stock), stock.class_count, t // stock.width + 1
    arrival = (t + flow.lead) % flow.longest
    for n in range(last - oldest + 1):
        ring = (last - n if takes_freshest else oldest + n) % count
        own = amounts[stock.classes + ring]
        if flow.lead_law < 0:
            underway = amounts[flow.transit_classes + arrival * count + ring]
            for i in range(left.shape[0]):
                taken = min(own[i], left[i])
                own[i] -= taken
                left[i] -= taken
                underway[i] += taken
        else:
            for i in range(left.shape[0]):
                taken = min(own[i], left[i])
                own[i] -= taken
                left[i] -= taken
                amounts[flow.transit_classes + places[i] * count + ring, i] += taken


@compiled
def draw_route_leads(t: int, tables: Tables, codes: Ints, words: Words) -> None:
    """Draw the lead of what leaves on each route now."""
    for f in range(tables.flows.shape[0]):
        flow = tables.flows[f]
        if flow.lead_law >= 0:
            place, word = codes[tables.layout[0].route_place + flow.route], words[flow.word, t % 4]
            count_all(place, word, flow.lead_law, tables.laws, tables.thresholds, tables.guide)
            find_places(t, place, flow.longest)


@compiled
def cut_to_stocks(t: int, tables: Tables, amounts: Floats) -> None:
    """Cut the flows of each stock to what it can give: by one factor, or in order where one follows `priority`."""
    first, order = 0, tables.flow_order
    asked, most = amounts[tables.layout[0].lane], amounts[tables.layout[0].lane + 1]
    while first < order.shape[0]:
        stock, end, in_order = tables.flows[order[first]].from_stock, first, False
        asked[:] = 0.0
        most[:] = 0.0
        while end < order.shape[0] and tables.flows[order[end]].from_stock == stock:
            flow, policy = tables.flows[order[end]], tables.flow_policy[t, order[end]]
            in_order = in_order or (policy >= 0 and tables.rules[policy].rule == PRIORITY)
            leaving, room = amounts[flow.shipped], amounts[flow.room]
            for i in range(asked.shape[0]):
                asked[i] += leaving[i]
                most[i] = max(most[i], room[i])
            end += 1
        for n in range(first, end if end > first + 1 else first):  # a single flow is within its room
            leaving = amounts[tables.flows[order[n]].shipped]
            if in_order:
                for i in range(asked.shape[0]):
                    leaving[i] = min(leaving[i], most[i])
                    most[i] -= leaving[i]
            else:
                for i in range(asked.shape[0]):
                    leaving[i] *= most[i] / asked[i] if asked[i] > most[i] else 1.0
        first = end


@compiled
def cut_to_routes(t: int, tables: Tables, amounts: Floats) -> None:
    """Cut what leaves on each route to the weight that it carries."""
    first_load = tables.layout[0].load
    for r in range(tables.route_capacity.shape[1]):
        amounts[first_load + r, :] = 0.0
    for f in range(tables.flows.shape[0]):
        flow = tables.flows[f]
        if tables.route_capacity[t, flow.route] < np.inf:
            load, leaving = amounts[first_load + flow.route], amounts[flow.shipped]
            for i in range(leaving.shape[0]):
                load[i] += leaving[i] * flow.weight
    for f in range(tables.flows.shape[0]):
        limit, load = tables.route_capacity[t, tables.flows[f].route], amounts[first_load + tables.flows[f].route]
        if limit < np.inf:
            leaving = amounts[tables.flows[f].shipped]
            for i in range(leaving.shape[0]):
                leaving[i] *= limit / load[i] if load[i] > limit else 1.0
