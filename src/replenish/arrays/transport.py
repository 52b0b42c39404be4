"""Flows and pledges as arrays."""

from __future__ import annotations

import numpy as np

from replenish.arrays.context import Context, floats, ints, offsets
from replenish.arrays.groups import Flows, Pledges
from replenish.arrays.rules import in_force
from replenish.scenario.model import PolicyRow, Route


def to_flows(context: Context) -> Flows:
    """Return every item on every route that a policy or a pledge names."""
    labels, holders = context.labels, context.holders
    routes = {(row.from_holder, row.to_holder): row for row in context.scenario.routes}
    own = [routes[giver, taker] for giver, taker, _ in labels.flows]
    weight = {row.name: row.weight for row in context.scenario.items}
    leads = [context.calendar.delay(_on_the_way(context, row)) for row in own]
    waits = [_wait(context, row, lead) for row, lead in zip(own, leads, strict=True)]
    reserved = [_reserved(context, flow, row) for flow, row in zip(labels.flows, own, strict=True)]
    capacities = [
        np.inf if (row := routes[name]).capacity is None else row.capacity * context.calendar.share_of(row.per)
        for name in labels.routes
    ]
    return Flows(
        from_cell=ints([labels.cell_of[giver, item] for giver, _, item in labels.flows]),
        to_cell=ints([labels.cell_of[taker, item] for _, taker, item in labels.flows]),
        route=ints([labels.routes.index((giver, taker)) for giver, taker, _ in labels.flows]),
        gate=ints([labels.chain_of[holders[giver].gate] for giver, *_ in labels.flows]),
        wait=ints(waits),
        lead=ints(leads),
        wait_ring=offsets(waits)[:-1],
        lead_ring=offsets(leads)[:-1],
        survival=floats([1.0 - row.loss_probability for row in own]),
        cost=floats([context.price(row.unit_cost, row.currency) for row in own]),
        weight=floats([weight[item] for *_, item in labels.flows]),
        account=ints([labels.account(giver, "transport") for giver, *_ in labels.flows]),
        first_reserved=offsets([len(rows) for rows in reserved]),
        reserved=ints([row for rows in reserved for row in rows]),
        first_pledge=offsets([sum(pledge[:3] == flow for pledge in labels.pledges) for flow in labels.flows]),
        policy=in_force(
            context, len(labels.flows), lambda row: [labels.flow_of[_flow(row)]], "release"
        ),
        route_capacity=np.array(
            [np.broadcast_to(capacity, len(context.calendar)) for capacity in capacities]
        ).reshape(len(capacities), len(context.calendar)).T.copy(),
    )  # fmt: skip


def _flow(row: PolicyRow) -> tuple[str, str, str]:
    return row.holder, row.to_holder, row.item


def _on_the_way(context: Context, row: Route) -> float:
    return row.lead_time_days + context.holders[row.to_holder].absorption_delay_days


def _wait(context: Context, row: Route, lead: int) -> int:
    """Return the periods from decided to shipped: the whole chain rounded up once, less those on the way."""
    decision = context.holders[row.from_holder].decision_delay_days
    return context.calendar.delay(decision + _on_the_way(context, row)) - lead


def _reserved(context: Context, flow: tuple[str, str, str], route: Route) -> list[int]:
    """Return the demands of the donor that are served before shipments on this route."""
    giver, _, item = flow
    priority: dict[tuple[str, str, str], int] = {
        (row.holder, row.item, row.purpose): row.priority for row in context.scenario.demand
    }
    return [
        row
        for row, name in enumerate(context.labels.demands)
        if name[:2] == (giver, item) and priority[name] < route.priority
    ]


def to_pledges(context: Context) -> Pledges:
    """Return the pledges by flow and due date."""
    by_key = {(row.from_holder, row.to_holder, row.item, row.due.isoformat()): row for row in context.scenario.pledges}
    rows = [by_key[name[:4]] for name in context.labels.pledges]
    return Pledges(
        flow=ints([context.labels.flow_of[row.from_holder, row.to_holder, row.item] for row in rows]),
        quantity=floats([row.quantity for row in rows]),
        open=floats([row.quantity - row.delivered_before_start for row in rows]),
        start=ints([context.first_period(row.start) for row in rows]),
        due=ints([context.calendar.index(row.due) for row in rows]),
    )
