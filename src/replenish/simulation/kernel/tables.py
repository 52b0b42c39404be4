"""The arrays as kernels take them: one table of records for each kind of thing, with the rows that belong to it.

A record holds the numbers of one thing and the rows of its amounts in the workspace, so that a kernel reads
`amounts[stock.on_hand]`.  Few tables instead of many arrays: the time to compile a kernel and to call it grows with
the number of its arrays.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import numpy as np

from replenish import draws
from replenish.arrays.groups import Arrays, Floats, Ints, Words
from replenish.simulation.state import (
    amount_sizes,
    code_sizes,
    first_rows,
    per_thing,
    period_streams,
    receipt_periods,
)

Records: TypeAlias = Any
"""A structured array: its fields are read as attributes in compiled code."""


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
    dated: Records  # stocks that get date measures
    demands: Records
    mean: Floats  # (T, D, S)
    law: Ints
    order: Ints  # (D,)
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


def to_tables(arrays: Arrays) -> Tables:
    """Return the tables of the kernels."""
    sizes, codes = amount_sizes(arrays), code_sizes(arrays)
    row, code = first_rows(sizes), first_rows(codes)
    words = _word_rows(arrays)
    uses, use_chains, adds_means = _planning_use(arrays)
    stocks = _stocks(arrays, row, sizes, use_chains, adds_means)
    chains, flows, clock = arrays.chains, arrays.flows, arrays.clock
    return Tables(
        layout=_records(1, lane=row["lane"], lane_code=code["lane"], load=row["load"], route_place=code["route_place"],
                        first_below=code["first_below"], last_below=code["last_below"]),
        zeroed=_zeroed(arrays, row, sizes),
        clock=_records(len(clock.days), days=clock.days, years=clock.years, is_review=clock.is_review,
                       reviews_before=clock.reviews_before[:-1], reviews_after=clock.reviews_before[1:],
                       span=clock.review_span),
        streams=_streams(arrays),
        chains=_records(len(chains.states), states=chains.states, state=_range(code, codes, "chain"),
                        reading=_range(row, sizes, "chain_state"), word=words["chain"],
                        first_influence=chains.first_influence[:-1], end_influence=chains.first_influence[1:]),
        moves=np.concatenate([chains.start[:, None, :], chains.move], axis=1),
        forced=chains.forced,
        probability=chains.probability,
        gates=np.stack([chains.buy_share, chains.release_share]),
        influences=_influences(arrays, stocks),
        reference=arrays.influences.reference,
        laws=_records(len(arrays.laws.kind), kind=arrays.laws.kind, offset=arrays.laws.offset,
                      zero=arrays.laws.base - arrays.laws.offset),
        thresholds=arrays.laws.thresholds,
        guide=arrays.laws.guide,
        knots=arrays.laws.knots,
        stocks=stocks,
        requirement=arrays.stocks.requirement,
        planning_use=uses,
        opening_expiry=arrays.stocks.opening_expiry,
        dated=_records(len(arrays.stocks.dated), on_hand=stocks["on_hand"][arrays.stocks.dated],
                       requirement=stocks["requirement"][arrays.stocks.dated],
                       first=_range(code, codes, "first_below"), last=_range(code, codes, "last_below")),
        demands=_demands(arrays, stocks, row, sizes, words),
        mean=arrays.demands.mean,
        law=arrays.demands.law,
        order=arrays.demands.order,
        sources=_records(len(arrays.sources.cell), on_hand=stocks["on_hand"][arrays.sources.cell],
                         substituted=stocks["substituted"][arrays.sources.cell], stock=arrays.sources.cell,
                         ratio=arrays.sources.ratio, first=arrays.sources.first_bundle[:-1],
                         end=arrays.sources.first_bundle[1:]),
        bundles=_records(len(arrays.sources.bundle_cell), on_hand=stocks["on_hand"][arrays.sources.bundle_cell],
                         bundled=stocks["bundled"][arrays.sources.bundle_cell], use=arrays.sources.bundle_use),
        lines=_lines(arrays, row, sizes, code, codes, words),
        line_periods=_records(arrays.lines.ramp.shape, ramp=arrays.lines.ramp, length=arrays.lines.length,
                              policy=arrays.lines.policy),
        products=_products(arrays, row, sizes, code, codes, words),
        components=_records(len(arrays.products.component_cell),
                            on_hand=stocks["on_hand"][arrays.products.component_cell],
                            need=stocks["need"][arrays.products.component_cell],
                            stock=arrays.products.component_cell, use=arrays.products.component_use),
        slots=_slots(arrays, stocks, row, sizes),
        slot_periods=_records(arrays.slots.policy.shape, policy=arrays.slots.policy, contracts=arrays.slots.contracts),
        slips=_records(len(arrays.slips.slot), slot=arrays.slips.slot, quantity=arrays.slips.quantity,
                       law=arrays.slips.law, stream=arrays.streams.slip, entry=_range(code, codes, "slip")),
        flows=_flows(arrays, stocks, row, sizes, words),
        flow_policy=flows.policy,
        flow_order=np.lexsort((flows.rank, flows.from_cell)).astype(np.int64),
        recipients=_recipients(arrays),
        incoming=np.argsort(flows.to_cell, kind="stable").astype(np.int64),
        reserved=flows.reserved,
        route_capacity=flows.route_capacity,
        pledges=_records(len(arrays.pledges.flow), start=arrays.pledges.start, due=arrays.pledges.due,
                         delivered=_range(row, sizes, "pledge_delivered"), to_ship=_range(row, sizes, "open_to_ship"),
                         to_deliver=_range(row, sizes, "open_to_deliver")),
        expansions=_expansions(arrays, stocks, row, sizes, code, codes),
        budgets=_records(len(arrays.budgets.gate), gate=arrays.budgets.gate, left=_range(row, sizes, "budget"),
                         cut=_range(row, sizes, "cut")),
        budget_periods=_records(arrays.budgets.amount.shape, amount=arrays.budgets.amount, carry=arrays.budgets.carry),
        rules=_records(len(arrays.rules.rule), **arrays.rules._asdict()),
    )  # fmt: skip


def _records(shape: int | tuple[int, ...], **columns: Any) -> Records:
    """Return a structured array with one field for each column; a column may have its own inner shape."""
    shape = (shape,) if isinstance(shape, int) else shape
    values = {name: np.asarray(column) for name, column in columns.items()}
    fields = [(name, value.dtype, value.shape[len(shape) :]) for name, value in values.items()]
    table = np.zeros(shape, np.dtype(fields, align=True))
    for name, value in values.items():
        table[name] = value
    return table.view(np.recarray)  # attributes also where nothing is compiled


def _zeroed(arrays: Arrays, row: dict[str, int], sizes: dict[str, int]) -> Ints:
    """Return the rows that sum over a period: money of accounts that anything is charged to, and what leaves stocks."""
    stocks, slots, flows, lines = arrays.stocks, arrays.slots, arrays.flows, arrays.lines
    is_perishable, others = (
        stocks.ages > 0,
        np.setdiff1d(np.arange(len(arrays.sources.cell)), arrays.demands.first_source),
    )
    used = {
        "spend": np.concatenate([
            stocks.account[(stocks.holding_cost > 0) | (stocks.outside_cost > 0)], slots.account[slots.price > 0],
            flows.account[flows.cost > 0], lines.account[(lines.keeping_cost > 0) | (lines.restart_cost > 0)],
            arrays.expansions.account, slots.account[arrays.products.surge_extra[slots.product] != 0],
        ]),
        "expired": np.flatnonzero(is_perishable),
        "substituted": arrays.sources.cell[others],
        "bundled": arrays.sources.bundle_cell,
    }  # fmt: skip
    rows = [_range(row, sizes, name)[np.unique(things)] for name, things in used.items()]
    return np.concatenate(rows).astype(np.int64)


def _range(starts: dict[str, int], sizes: dict[str, int], name: str) -> Ints:
    return per_thing(starts, sizes, name)[name]


def _word_rows(arrays: Arrays) -> dict[str, Ints]:
    """Return the row of words of each thing that draws in every period; -1 for those that do not."""
    lines, products = len(arrays.lines.max_rate), len(arrays.products.line)
    counts = (
        len(arrays.chains.states),
        len(arrays.demands.cell),
        lines,
        products,
        arrays.flows.route_capacity.shape[1],
    )
    rows, first = {}, 0
    for name, own, count in zip(
        ("chain", "demand", "line", "product", "route"), period_streams(arrays), counts, strict=True
    ):
        rows[name] = np.full(count, -1, np.int64)
        rows[name][own] = first + np.arange(len(own))
        first += len(own)
    return rows


def _streams(arrays: Arrays) -> Records:
    names = arrays.streams
    ids = (names.chain, names.demand, names.line, names.product, names.route)
    classes = (draws.CHAIN_DRAW, draws.DEMAND_DRAW, draws.OUTAGE_DRAW, draws.LEAD_DRAW, draws.ROUTE_DRAW)
    own = period_streams(arrays)
    stream = np.concatenate([np.zeros(0, np.int64), *(id_[rows] for id_, rows in zip(ids, own, strict=True))])
    draw_class = np.concatenate([np.full(len(rows), kind) for kind, rows in zip(classes, own, strict=True)])
    return _records(len(stream), stream=stream.astype(np.int64), draw_class=draw_class.astype(np.int64))


def _planning_use(arrays: Arrays) -> tuple[Floats, Ints, Ints]:
    """Return the planning use with mean demand where none is stated, (T, C, S), and its chain by stock.

    The third array says which stocks depend on several chains: their mean demand is left to be added in each path.
    """
    stocks, demands = arrays.stocks, arrays.demands
    asked = np.zeros(stocks.planning_use.shape)
    chain, is_mixed = stocks.requirement_chain.copy(), np.zeros(len(stocks.opening), np.int64)
    has_gaps = (stocks.planning_use == 0).any(axis=(0, 2))
    for d, cell in enumerate(demands.cell):
        if has_gaps[cell]:
            own = demands.mean[:, d] if demands.chain[d] >= 0 else demands.mean[:, d, :1]
            asked[:, cell] += own / arrays.clock.days[:, None]
            if demands.chain[d] >= 0 and chain[cell] >= 0 and chain[cell] != demands.chain[d]:
                is_mixed[cell] = 1
            chain[cell] = max(chain[cell], demands.chain[d])
    use = np.where(stocks.planning_use > 0, stocks.planning_use, np.where(is_mixed[:, None], 0.0, asked))
    return use, chain, is_mixed


def _stocks(
    arrays: Arrays, row: dict[str, int], sizes: dict[str, int], use_chains: Ints, adds_means: Ints
) -> Records:  # fmt: skip
    stocks, count = arrays.stocks, len(arrays.stocks.opening)
    remembered = receipt_periods(arrays)
    is_limited = np.isfinite(stocks.storage_limit)
    rows = per_thing(
        row, sizes, "on_hand", "in_transit", "on_order", "requirement", "shortfall", "planning_use", "outside",
        "expired", "substituted", "bundled", "pending", "unexpired", "need", "most",
    )  # fmt: skip
    return _records(
        count, **rows,
        received=np.where(is_limited, rows["outside"], rows["on_hand"]),  # where receipts go
        receipts=_offsets(row["receipts"], remembered), remembered=remembered,
        classes=_offsets(row["classes"], stocks.classes), class_count=stocks.classes, width=stocks.class_width,
        ages=stocks.ages, shelf_life=stocks.shelf_life,
        is_limited=is_limited.astype(np.int64), limit=np.where(is_limited, stocks.storage_limit, 0.0),
        floor=stocks.floor, holding_cost=stocks.holding_cost, outside_cost=stocks.outside_cost,
        spend=row["spend"] + stocks.account, chain=stocks.requirement_chain,
        use_chain=use_chains, adds_means=adds_means,
        is_required=np.isin(np.arange(count), stocks.dated).astype(np.int64),
        is_served=np.isin(np.arange(count), arrays.flows.to_cell).astype(np.int64),
        first_demand=arrays.demands.first[:-1], end_demand=arrays.demands.first[1:],
    )  # fmt: skip


def _offsets(start: int, counts: Ints) -> Ints:
    """Return where each of several runs of rows starts."""
    return start + np.cumsum(counts) - counts


def _influences(arrays: Arrays, stocks: Records) -> Records:
    own = arrays.influences
    return _records(
        len(own.cell), from_state=own.from_state, to_state=own.to_state, what=own.what, strength=own.strength,
        on_hand=stocks["on_hand"][own.cell], stock=own.cell,
    )  # fmt: skip


def _demands(
    arrays: Arrays, stocks: Records, row: dict[str, int], sizes: dict[str, int], words: dict[str, Ints]
) -> Records:
    own = arrays.demands
    return _records(
        len(own.cell), **per_thing(row, sizes, "demand", "issues", "unmet", "backorders"),
        on_hand=stocks["on_hand"][own.cell], chain=own.chain, is_owed=own.is_owed, word=words["demand"],
        first_source=own.first_source[:-1], end_source=own.first_source[1:],
    )  # fmt: skip


def _lines(
    arrays: Arrays, row: dict[str, int], sizes: dict[str, int], code: dict[str, int], codes: dict[str, int],
    words: dict[str, Ints],
) -> Records:  # fmt: skip
    own = arrays.lines
    return _records(
        len(own.max_rate), first=own.first_product[:-1], end=own.first_product[1:], min_rate=own.min_rate,
        normal_rate=own.normal_rate, max_rate=own.max_rate, unbound=own.unbound, allocation=own.allocation,
        outage_start=own.outage_start.astype(np.int64), outage_end=own.outage_end.astype(np.int64),
        keeping_cost=own.keeping_cost, restart_cost=own.restart_cost, spend=row["spend"] + own.account,
        word=words["line"], is_out=_range(code, codes, "is_out"), **per_thing(row, sizes, "rate", "added"),
        asked_rate=_range(row, sizes, "asked_rate"),
    )  # fmt: skip


def _products(
    arrays: Arrays, row: dict[str, int], sizes: dict[str, int], code: dict[str, int], codes: dict[str, int],
    words: dict[str, Ints],
) -> Records:  # fmt: skip
    own = arrays.products
    rows = per_thing(
        row, sizes, "production", "capacity", "started_capacity", "line_capacity", "binding", "started"
    )  # fmt: skip
    return _records(
        len(own.line), **rows, line=own.line, capacity_use=own.capacity_use, yield_fraction=own.yield_fraction,
        output_share=own.output_share, lead=own.lead, longest=own.longest, lead_law=own.lead_law,
        surge_extra=own.surge_extra, owner=own.owner_slot, first_slot=own.first_slot[:-1], end_slot=own.first_slot[1:],
        first=own.first_component[:-1], end=own.first_component[1:], output=row["output"] + own.ring,
        word=words["product"], place=_range(code, codes, "product_place"),
    )  # fmt: skip


def _slots(arrays: Arrays, stocks: Records, row: dict[str, int], sizes: dict[str, int]) -> Records:
    own = arrays.slots
    of_cell = np.bincount(own.cell, minlength=1)
    return _records(
        len(own.cell), is_alone=((of_cell[own.cell] == 1) & (own.budget < 0)).astype(np.int64),
        **per_thing(row, sizes, "book", "wanted", "served"), stock=own.cell, product=own.product,
        on_order=stocks["on_order"][own.cell], gate=own.gate, price=own.price, weight=own.weight,
        spend=row["spend"] + own.account, budget=own.budget, wait=own.wait, waiting=row["waiting"] + own.wait_ring,
        work=row["work"] + own.lead_ring, pays_on_delivery=own.pays_on_delivery, due=row["due_book"] + own.due_ring,
        due_length=own.due_length, asked=_range(row, sizes, "asked_order"),
    )  # fmt: skip


def _flows(
    arrays: Arrays, stocks: Records, row: dict[str, int], sizes: dict[str, int], words: dict[str, Ints]
) -> Records:
    own = arrays.flows
    kept = own.longest * arrays.stocks.classes[own.from_cell]
    return _records(
        len(own.from_cell), **per_thing(row, sizes, "shipped", "delivered", "pending_flow", "room"),
        from_stock=own.from_cell, to_stock=own.to_cell, in_transit=stocks["in_transit"][own.to_cell],
        on_hand=stocks["on_hand"][own.from_cell], pending=stocks["pending"][own.to_cell], route=own.route,
        gate=own.gate, wait=own.wait, lead=own.lead, longest=own.longest, lead_law=own.lead_law,
        word=words["route"][own.route], decided=row["decided"] + own.wait_ring, transit=row["transit"] + own.lead_ring,
        transit_classes=_offsets(row["transit_classes"], kept), survival=own.survival, cost=own.cost,
        weight=own.weight, spend=row["spend"] + own.account, first_reserved=own.first_reserved[:-1],
        end_reserved=own.first_reserved[1:], first_pledge=own.first_pledge[:-1], end_pledge=own.first_pledge[1:],
        asked=_range(row, sizes, "asked_release"),
    )  # fmt: skip


def _recipients(arrays: Arrays) -> Records:
    stock, counts = np.unique(arrays.flows.to_cell, return_counts=True)
    ends = np.cumsum(counts)
    return _records(len(stock), stock=stock, first=ends - counts, end=ends)


def _expansions(
    arrays: Arrays, stocks: Records, row: dict[str, int], sizes: dict[str, int], code: dict[str, int],
    codes: dict[str, int],
) -> Records:  # fmt: skip
    own = arrays.expansions
    return _records(
        len(own.line), line=own.line, step=own.step, share=own.share, spread=own.spread, cost=own.cost,
        start=own.start, law=own.law, spend=row["spend"] + own.account, budget=own.budget,
        trigger_cell=own.trigger_cell, trigger_share=own.trigger_share, trigger_chain=own.trigger_chain,
        trigger_state=own.trigger_state, stream=arrays.streams.expansion.astype(np.int64),
        gain=_range(row, sizes, "gain"), added=row["added"] + own.line,
        **per_thing(code, codes, "completion", "late", "stage"),
    )  # fmt: skip
