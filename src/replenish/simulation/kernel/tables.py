"""The arrays as kernels take them: one table of records for each kind of thing, with the rows that belong to it.

A record holds the numbers of one thing and the rows of its amounts in the workspace, so that a kernel reads
`amounts[stock.on_hand]`.  Few tables instead of many arrays: the time to compile a kernel and to call it grows with
the number of its arrays.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from replenish.arrays.groups import Arrays, Floats, Ints, Words
from replenish.simulation.kernel.records import (
    Records,
    asks_functions,
    planning_use,
    plans_use,
    records,
    row_range,
    to_demands,
    to_expansions,
    to_flows,
    to_influences,
    to_lines,
    to_products,
    to_recipients,
    to_slots,
    to_sources,
    to_stocks,
    to_streams,
    word_rows,
    zeroed_rows,
)
from replenish.simulation.state import amount_sizes, code_sizes, first_rows


class Tables(NamedTuple):
    """All that does not change from path to path."""

    layout: Records  # one record: first rows of scratch
    zeroed: Ints  # rows that start each period at zero
    clock: Records  # by period
    streams: Records  # by stream of words drawn in every period
    chains: Records
    moves: Words  # (K, S + 1, S) thresholds: row 0 for the first period, row s + 1 from state s
    forced: Ints  # (T, K)
    probability: Floats  # (K, S, S)
    gates: Floats  # (2, K, S) shares of purchases and of releases that are let through
    influences: Records
    reference: Floats  # (T, I)
    laws: Records
    thresholds: Words
    guide: Ints
    knots: Floats
    stocks: Records
    requirement: Floats  # (T, C, S)
    planning_use: Floats
    opening_expiry: Floats  # (T, C)
    slots_of: Ints  # order slots by stock
    demands: Records
    mean: Floats  # (T, D, S)
    law: Ints
    order: Ints  # demands of shared stocks in the order of service
    sources: Records
    bundles: Records
    lines: Records
    line_periods: Records  # (T, M)
    products: Records
    components: Records
    slots: Records
    slot_periods: Records  # (T, O)
    slips: Records
    flows: Records
    flow_policy: Ints  # (T, F)
    flow_order: Ints  # (F,) flows of one stock in order of priority of the recipients
    recipients: Records  # stocks that flows reach
    incoming: Ints  # flows by recipient
    reserved: Ints
    route_capacity: Floats  # (T, R)
    pledges: Records
    expansions: Records
    budgets: Records
    budget_periods: Records  # (T, B)
    rules: Records


def to_tables(arrays: Arrays, read: Ints | None = None) -> Tables:
    """Return the tables of the kernels; `read` are the rows of readings that are looked at, None if any may be."""
    sizes, codes = amount_sizes(arrays), code_sizes(arrays)
    row, code = first_rows(sizes), first_rows(codes)
    words = word_rows(arrays)
    uses, use_chains, adds_means = planning_use(arrays)
    stocks = to_stocks(arrays, row, sizes, use_chains, adds_means)
    stocks["plans_use"] = plans_use(arrays, row, read)
    sources, bundles = to_sources(arrays, stocks, row)
    chains, flows, clock = arrays.chains, arrays.flows, arrays.clock
    return Tables(
        layout=records(1, lane=row["lane"], load=row["load"], route_place=code["route_place"],
                        first_below=row["first_below"], last_below=row["last_below"],
                        dated=sizes["first_below"],
                        decides_early=int(not asks_functions(arrays))),
        zeroed=zeroed_rows(arrays, row, sizes),
        clock=records(len(clock.days), days=clock.days, years=clock.years, is_review=clock.is_review,
                       reviews_before=clock.reviews_before[:-1], reviews_after=clock.reviews_before[1:],
                       span=clock.review_span),
        streams=to_streams(arrays),
        chains=records(len(chains.states), states=chains.states, state=row_range(code, codes, "chain"),
                        reading=row_range(row, sizes, "chain_state"), word=words["chain"],
                        first_influence=chains.first_influence[:-1], end_influence=chains.first_influence[1:]),
        moves=np.concatenate([chains.start[:, None, :], chains.move], axis=1),
        forced=chains.forced,
        probability=chains.probability,
        gates=np.stack([chains.buy_share, chains.release_share]),
        influences=to_influences(arrays, stocks),
        reference=arrays.influences.reference,
        laws=records(len(arrays.laws.kind), kind=arrays.laws.kind, offset=arrays.laws.offset,
                      zero=arrays.laws.base - arrays.laws.offset),
        thresholds=arrays.laws.thresholds,
        guide=arrays.laws.guide,
        knots=arrays.laws.knots,
        stocks=stocks,
        requirement=arrays.stocks.requirement,
        planning_use=uses,
        opening_expiry=arrays.stocks.opening_expiry,
        slots_of=np.argsort(arrays.slots.cell, kind="stable").astype(np.int64),
        demands=to_demands(arrays, stocks, row, sizes, words),
        mean=arrays.demands.mean,
        law=arrays.demands.law,
        order=arrays.demands.order[stocks["is_shared"][arrays.demands.cell[arrays.demands.order]] == 1],
        sources=sources,
        bundles=bundles,
        lines=to_lines(arrays, row, sizes, code, codes, words),
        line_periods=records(arrays.lines.ramp.shape, ramp=arrays.lines.ramp, length=arrays.lines.length,
                              policy=arrays.lines.policy),
        products=to_products(arrays, row, sizes, code, codes, words),
        components=records(len(arrays.products.component_cell),
                            on_hand=stocks["on_hand"][arrays.products.component_cell],
                            need=stocks["need"][arrays.products.component_cell],
                            stock=arrays.products.component_cell, use=arrays.products.component_use),
        slots=to_slots(arrays, stocks, row, sizes),
        slot_periods=records(arrays.slots.policy.shape, policy=arrays.slots.policy, contracts=arrays.slots.contracts),
        slips=records(len(arrays.slips.slot), slot=arrays.slips.slot, quantity=arrays.slips.quantity,
                       law=arrays.slips.law, stream=arrays.streams.slip, entry=row_range(code, codes, "slip")),
        flows=to_flows(arrays, stocks, row, sizes, words),
        flow_policy=flows.policy,
        flow_order=np.lexsort((flows.rank, flows.from_cell)).astype(np.int64),
        recipients=to_recipients(arrays),
        incoming=np.argsort(flows.to_cell, kind="stable").astype(np.int64),
        reserved=flows.reserved,
        route_capacity=flows.route_capacity,
        pledges=records(len(arrays.pledges.flow), start=arrays.pledges.start, due=arrays.pledges.due,
                         delivered=row_range(row, sizes, "pledge_delivered"),
                         to_ship=row_range(row, sizes, "open_to_ship"),
                         to_deliver=row_range(row, sizes, "open_to_deliver")),
        expansions=to_expansions(arrays, stocks, row, sizes, code, codes),
        budgets=records(len(arrays.budgets.gate), gate=arrays.budgets.gate, left=row_range(row, sizes, "budget"),
                         cut=row_range(row, sizes, "cut")),
        budget_periods=records(arrays.budgets.amount.shape, amount=arrays.budgets.amount, carry=arrays.budgets.carry),
        rules=records(len(arrays.rules.rule), **arrays.rules._asdict()),
    )  # fmt: skip
