"""Flows and pledges as arrays."""

from __future__ import annotations

from collections import Counter

import numpy as np

from replenish.arrays.context import Context, floats, ints, offsets
from replenish.arrays.delays import Lead, to_lead
from replenish.arrays.groups import Floats, Flows, Ints, Pledges
from replenish.arrays.keyed import by_key
from replenish.arrays.rules import in_force
from replenish.scenario.model import PolicyRow, Route


def to_flows(context: Context) -> Flows:
    """Return every item on every route that a policy or a pledge names."""
    labels = context.labels
    routes = {(row.from_holder, row.to_holder): row for row in context.scenario.routes}
    leads = {name: _lead(context, routes[name]) for name in {flow[:2] for flow in labels.flows}}
    own = [(routes[flow[:2]], leads[flow[:2]]) for flow in labels.flows]
    weight = {row.name: row.weight for row in context.scenario.items}
    waits = [_wait(context, row, lead.planned) for row, lead in own]
    longest = [lead.longest for _, lead in own]
    reserved = _reserved(context, [row for row, _ in own])
    pledged = Counter(pledge[:3] for pledge in labels.pledges)
    return Flows(
        from_cell=ints([labels.cell_of[giver, item] for giver, _, item in labels.flows]),
        to_cell=ints([labels.cell_of[taker, item] for _, taker, item in labels.flows]),
        route=ints([labels.route_of[flow[:2]] for flow in labels.flows]),
        gate=ints([labels.chain_of[context.holders[giver].gate] for giver, *_ in labels.flows]),
        wait=ints(waits),
        lead=ints([lead.planned for _, lead in own]),
        longest=ints(longest),
        lead_law=ints([lead.law for _, lead in own]),
        rank=_ranks(context),
        wait_ring=offsets(waits)[:-1],
        lead_ring=offsets(longest)[:-1],
        survival=floats([1.0 - row.loss_probability for row, _ in own]),
        cost=floats([context.price(row.unit_cost, row.currency) for row, _ in own]),
        weight=floats([weight[item] for *_, item in labels.flows]),
        account=ints([labels.account(giver, "transport") for giver, *_ in labels.flows]),
        first_reserved=offsets([len(rows) for rows in reserved]),
        reserved=ints([row for rows in reserved for row in rows]),
        first_pledge=offsets([pledged[flow] for flow in labels.flows]),
        policy=in_force(context, len(own), lambda row: [labels.flow_of[_flow(row)]], "release"),
        route_capacity=_capacities(context, [routes[name] for name in labels.routes]),
    )


def _flow(row: PolicyRow) -> tuple[str, str, str]:
    return row.holder, row.to_holder, row.item


def _lead(context: Context, row: Route) -> Lead:
    """Return the periods on the way; of its days only those of transport vary, absorption does not."""
    absorption = context.holders[row.to_holder].absorption_delay_days
    return to_lead(context, row.lead_time_days, row.lead_time_coefficient_of_variation, fixed=absorption)


def _wait(context: Context, row: Route, lead: int) -> int:
    """Return the periods from decided to shipped: the whole chain rounded up once, less those on the way."""
    decision = context.holders[row.from_holder].decision_delay_days
    on_the_way = row.lead_time_days + context.holders[row.to_holder].absorption_delay_days
    return context.calendar.delay(decision + on_the_way) - lead


def _ranks(context: Context) -> Ints:
    """Return the place of each flow among those that leave the same stock, by priority and name of the recipient."""
    ranks = np.zeros(len(context.labels.flows), np.int64)
    numbered = list(enumerate(context.labels.flows))
    for flows in by_key(numbered, lambda pair: (pair[1][0], pair[1][2])).values():
        queue = sorted(flows, key=lambda pair: (context.holders[pair[1][1]].priority, pair[1][1]))
        ranks[[flow for flow, _ in queue]] = range(len(queue))
    return ranks


def _reserved(context: Context, routes: list[Route]) -> list[list[int]]:
    """Return the demands of the donor that are served before shipments, for each flow."""
    labels = context.labels
    priority: dict[tuple[str, ...], int] = {
        (row.holder, row.item, row.purpose): row.priority for row in context.scenario.demand
    }
    demands = by_key([(row, name) for row, name in enumerate(labels.demands)], lambda pair: pair[1][:2])
    return [
        [row for row, name in demands.get((giver, item), []) if priority[name] < route.priority]
        for (giver, _, item), route in zip(labels.flows, routes, strict=True)
    ]


def _capacities(context: Context, routes: list[Route]) -> Floats:
    """Return what each route carries in each period, (T, R) [tonne/period]."""
    table = np.full((len(context.calendar), len(routes)), np.inf)
    for index, row in enumerate(routes):
        if row.capacity is not None:
            table[:, index] = row.capacity * context.share_of[row.per]
    return table


def to_pledges(context: Context) -> Pledges:
    """Return the pledges by flow and due date."""
    by_name = {(row.from_holder, row.to_holder, row.item, row.due.isoformat()): row for row in context.scenario.pledges}
    rows = [by_name[name[:4]] for name in context.labels.pledges]
    return Pledges(
        flow=ints([context.labels.flow_of[row.from_holder, row.to_holder, row.item] for row in rows]),
        quantity=floats([row.quantity for row in rows]),
        open=floats([row.quantity - row.delivered_before_start for row in rows]),
        start=ints([context.first_period(row.start) for row in rows]),
        due=ints([context.calendar.index(row.due) for row in rows]),
    )
