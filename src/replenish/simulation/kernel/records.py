"""Records of each kind of thing, with the rows of their amounts in the workspace."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

from replenish import draws
from replenish.arrays.ages import receipt_periods
from replenish.arrays.groups import CALLED, DAYS_OF_SUPPLY, Arrays, Floats, Ints
from replenish.simulation.state import per_thing, period_streams

Records: TypeAlias = Any
"""A structured array: its fields are read as attributes in compiled code."""


def records(shape: int | tuple[int, ...], **columns: Any) -> Records:
    """Return a structured array with one field for each column; a column may have its own inner shape.

    Whole numbers take half a word, so that the record of a thing lies in fewer lines of the cache; 32-bit words keep
    theirs.
    """
    shape = (shape,) if isinstance(shape, int) else shape
    values = {name: np.asarray(column) for name, column in columns.items()}
    kinds = {name: np.dtype(np.int32) if v.dtype == np.int64 else v.dtype for name, v in values.items()}
    fields = [(name, kinds[name], value.shape[len(shape) :]) for name, value in values.items()]
    table = np.zeros(shape, np.dtype(fields, align=True))
    for name, value in values.items():
        if kinds[name] != value.dtype and value.size and not -(2**31) <= value.min() <= value.max() < 2**31:
            raise OverflowError(f"{name}: {value.max()} does not fit a record")
        table[name] = value
    return table.view(np.recarray)  # attributes also where nothing is compiled


def zeroed_rows(arrays: Arrays, row: dict[str, int], sizes: dict[str, int]) -> Ints:
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
    rows = [row_range(row, sizes, name)[np.unique(things)] for name, things in used.items()]
    return np.concatenate(rows).astype(np.int64)


def row_range(starts: dict[str, int], sizes: dict[str, int], name: str) -> Ints:
    """Return the row of each thing of a quantity that has one row a thing."""
    return per_thing(starts, sizes, name)[name]


def word_rows(arrays: Arrays) -> dict[str, Ints]:
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


def to_streams(arrays: Arrays) -> Records:
    """Return the streams of words that are drawn in every period, in the order of their rows."""
    names = arrays.streams
    ids = (names.chain, names.demand, names.line, names.product, names.route)
    classes = (draws.CHAIN_DRAW, draws.DEMAND_DRAW, draws.OUTAGE_DRAW, draws.LEAD_DRAW, draws.ROUTE_DRAW)
    own = period_streams(arrays)
    stream = np.concatenate([np.zeros(0, np.int64), *(id_[rows] for id_, rows in zip(ids, own, strict=True))])
    draw_class = np.concatenate([np.full(len(rows), kind) for kind, rows in zip(classes, own, strict=True)])
    return records(len(stream), stream=stream.astype(np.uint32), draw_class=draw_class.astype(np.int64))


def planning_use(arrays: Arrays) -> tuple[Floats, Ints, Ints]:
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


def asks_functions(arrays: Arrays) -> bool:
    """Return whether functions of the user decide anything."""
    return bool((arrays.rules.rule == CALLED).any() or arrays.expansions.is_called.any() or len(arrays.sources.limited))


def plans_use(arrays: Arrays, row: dict[str, int], read: Ints | None) -> Ints:
    """Return which stocks need their planning use: those whose series or whose orders look at it, (C,)."""
    cells, slots = np.arange(len(arrays.stocks.opening)), arrays.slots
    rules = arrays.rules.rule[np.maximum(slots.policy, 0)]
    by_days = (rules == DAYS_OF_SUPPLY) & (slots.policy >= 0)
    is_called = asks_functions(arrays)
    is_read = np.ones(len(cells), np.bool_) if read is None or is_called else np.isin(row["planning_use"] + cells, read)
    return (is_read | np.isin(cells, slots.cell[by_days.any(axis=0)])).astype(np.int64)


def to_stocks(
    arrays: Arrays, row: dict[str, int], sizes: dict[str, int], use_chains: Ints, adds_means: Ints
) -> Records:  # fmt: skip
    """Return stocks with the rows of their amounts and where their slots, flows and demands stand."""
    stocks, count = arrays.stocks, len(arrays.stocks.opening)
    remembered = receipt_periods(arrays)
    slots, flows = np.sort(arrays.slots.cell), np.sort(arrays.flows.to_cell)
    place = np.searchsorted(stocks.dated, np.arange(count))
    is_limited = np.isfinite(stocks.storage_limit)
    rows = per_thing(
        row, sizes, "on_hand", "in_transit", "on_order", "requirement", "shortfall", "planning_use", "outside",
        "expired", "substituted", "bundled", "pending", "unexpired", "need", "most",
    )  # fmt: skip
    return records(
        count, **rows,
        received=np.where(is_limited, rows["outside"], rows["on_hand"]),  # where receipts go
        receipts=_offsets(row["receipts"], remembered), remembered=remembered,
        classes=_offsets(row["classes"], stocks.classes), class_count=stocks.classes, width=stocks.class_width,
        ages=stocks.ages, shelf_life=stocks.shelf_life,
        is_limited=is_limited.astype(np.int64), limit=np.where(is_limited, stocks.storage_limit, 0.0),
        floor=stocks.floor, holding_cost=stocks.holding_cost, outside_cost=stocks.outside_cost,
        spend=row["spend"] + stocks.account, chain=stocks.requirement_chain,
        use_chain=use_chains, adds_means=adds_means, plans_use=np.ones(count, np.int64),
        is_required=np.isin(np.arange(count), stocks.dated).astype(np.int64),
        is_shared=np.isin(np.arange(count), _shared(arrays)).astype(np.int64),
        first_below=row["first_below"] + place, last_below=row["last_below"] + place,
        first_slot=np.searchsorted(slots, np.arange(count)), end_slot=np.searchsorted(slots, np.arange(count), "right"),
        first_incoming=np.searchsorted(flows, np.arange(count)),
        end_incoming=np.searchsorted(flows, np.arange(count), "right"),
        is_served=np.isin(np.arange(count), arrays.flows.to_cell).astype(np.int64),
        first_demand=arrays.demands.first[:-1], end_demand=arrays.demands.first[1:],
    )  # fmt: skip


def _shared(arrays: Arrays) -> Ints:
    """Return the stocks from which demands for several items are served, and those of such demands."""
    demands, sources = arrays.demands, arrays.sources
    counts = np.diff(demands.first_source)
    own = np.repeat(demands.cell, counts)
    is_joint = np.repeat(counts, counts) > 1
    bundles = np.diff(sources.first_bundle)
    return np.concatenate([
        own[is_joint], sources.cell[is_joint], own[bundles > 0], sources.cell[bundles > 0], sources.bundle_cell
    ])  # fmt: skip


def _offsets(start: int, counts: Ints) -> Ints:
    """Return where each of several runs of rows starts."""
    return start + np.cumsum(counts) - counts


def to_influences(arrays: Arrays, stocks: Records) -> Records:
    """Return influences on chains with the stock that each looks at."""
    own = arrays.influences
    return records(
        len(own.cell), from_state=own.from_state, to_state=own.to_state, what=own.what, strength=own.strength,
        on_hand=stocks["on_hand"][own.cell], stock=own.cell,
    )  # fmt: skip


def to_demands(
    arrays: Arrays, stocks: Records, row: dict[str, int], sizes: dict[str, int], words: dict[str, Ints]
) -> Records:
    """Return demands with their rows, words and sources."""
    own = arrays.demands
    return records(
        len(own.cell), **per_thing(row, sizes, "demand", "issues", "unmet", "backorders"),
        on_hand=stocks["on_hand"][own.cell], chain=own.chain, is_owed=own.is_owed, word=words["demand"],
        first_source=own.first_source[:-1], end_source=own.first_source[1:],
    )  # fmt: skip


def to_sources(arrays: Arrays, stocks: Records, row: dict[str, int]) -> tuple[Records, Records]:
    """Return the stocks that may serve demands, and what bounds what is taken from each.

    A limit that a function sets is like one more stock that is used up, one for one.
    """
    own, limits = arrays.sources, {cell: n for n, cell in enumerate(arrays.sources.limited.tolist())}
    bundles, ends = list[tuple[int, int, float]](), []
    for cell, first, end in zip(own.cell.tolist(), own.first_bundle[:-1], own.first_bundle[1:], strict=True):
        used = zip(own.bundle_cell[first:end].tolist(), own.bundle_use[first:end].tolist(), strict=True)
        bundles += [(int(stocks["on_hand"][other]), int(stocks["bundled"][other]), use) for other, use in used]
        if cell in limits:
            bundles.append((row["asked_issue"] + limits[cell], row["limited_issue"] + limits[cell], 1.0))
        ends.append(len(bundles))
    on_hand, bundled, use = (
        (np.array(column) for column in zip(*bundles, strict=True)) if bundles else [np.zeros(0)] * 3
    )
    return records(
        len(own.cell), on_hand=stocks["on_hand"][own.cell], substituted=stocks["substituted"][own.cell], stock=own.cell,
        ratio=own.ratio, first=np.array([0, *ends[:-1]], np.int64)[: len(ends)], end=np.array(ends, np.int64),
    ), records(
        len(bundles), on_hand=on_hand.astype(np.int64), bundled=bundled.astype(np.int64), use=use.astype(np.float64)
    )  # fmt: skip


def to_lines(
    arrays: Arrays, row: dict[str, int], sizes: dict[str, int], code: dict[str, int], codes: dict[str, int],
    words: dict[str, Ints],
) -> Records:  # fmt: skip
    """Return lines with their rows and what they cost."""
    own = arrays.lines
    return records(
        len(own.max_rate), first=own.first_product[:-1], end=own.first_product[1:], min_rate=own.min_rate,
        normal_rate=own.normal_rate, max_rate=own.max_rate, unbound=own.unbound, allocation=own.allocation,
        outage_start=own.outage_start, outage_end=own.outage_end,
        keeping_cost=own.keeping_cost, restart_cost=own.restart_cost, spend=row["spend"] + own.account,
        word=words["line"], is_out=row_range(code, codes, "is_out"), **per_thing(row, sizes, "rate", "added"),
        asked_rate=row_range(row, sizes, "asked_rate"),
    )  # fmt: skip


def to_products(
    arrays: Arrays, row: dict[str, int], sizes: dict[str, int], code: dict[str, int], codes: dict[str, int],
    words: dict[str, Ints],
) -> Records:  # fmt: skip
    """Return products with their rows and the slots and components that belong to them."""
    own = arrays.products
    rows = per_thing(
        row, sizes, "production", "capacity", "started_capacity", "line_capacity", "binding", "started"
    )  # fmt: skip
    return records(
        len(own.line), **rows, line=own.line, capacity_use=own.capacity_use, yield_fraction=own.yield_fraction,
        output_share=own.output_share, lead=own.lead, longest=own.longest, lead_law=own.lead_law,
        surge_extra=own.surge_extra, owner=own.owner_slot, first_slot=own.first_slot[:-1], end_slot=own.first_slot[1:],
        first=own.first_component[:-1], end=own.first_component[1:], output=row["output"] + own.ring,
        word=words["product"], place=row_range(code, codes, "product_place"),
    )  # fmt: skip


def to_slots(arrays: Arrays, stocks: Records, row: dict[str, int], sizes: dict[str, int]) -> Records:
    """Return order slots with their rows; `is_alone` where no other decision depends on their orders."""
    own = arrays.slots
    of_cell = np.bincount(own.cell, minlength=1)
    return records(
        len(own.cell), is_alone=((of_cell[own.cell] == 1) & (own.budget < 0)).astype(np.int64),
        **per_thing(row, sizes, "book", "wanted", "served"), stock=own.cell, product=own.product,
        on_order=stocks["on_order"][own.cell], gate=own.gate, price=own.price, weight=own.weight,
        spend=row["spend"] + own.account, budget=own.budget, wait=own.wait, waiting=row["waiting"] + own.wait_ring,
        work=row["work"] + own.lead_ring, pays_on_delivery=own.pays_on_delivery, due=row["due_book"] + own.due_ring,
        longest=arrays.products.longest[own.product], due_length=own.due_length,
        asked=row_range(row, sizes, "asked_order"),
    )  # fmt: skip


def to_flows(
    arrays: Arrays, stocks: Records, row: dict[str, int], sizes: dict[str, int], words: dict[str, Ints]
) -> Records:
    """Return flows with their rows at both ends."""
    own = arrays.flows
    kept = own.longest * arrays.stocks.classes[own.from_cell]
    return records(
        len(own.from_cell), **per_thing(row, sizes, "shipped", "delivered", "pending_flow", "room"),
        from_stock=own.from_cell, to_stock=own.to_cell, in_transit=stocks["in_transit"][own.to_cell],
        on_hand=stocks["on_hand"][own.from_cell], pending=stocks["pending"][own.to_cell], route=own.route,
        gate=own.gate, wait=own.wait, lead=own.lead, longest=own.longest, lead_law=own.lead_law,
        word=words["route"][own.route], decided=row["decided"] + own.wait_ring, transit=row["transit"] + own.lead_ring,
        transit_classes=_offsets(row["transit_classes"], kept), survival=own.survival, cost=own.cost,
        weight=own.weight, spend=row["spend"] + own.account, first_reserved=own.first_reserved[:-1],
        end_reserved=own.first_reserved[1:], first_pledge=own.first_pledge[:-1], end_pledge=own.first_pledge[1:],
        asked=row_range(row, sizes, "asked_release"),
    )  # fmt: skip


def to_recipients(arrays: Arrays) -> Records:
    """Return stocks that flows reach, with the run of their flows in `Tables.incoming`."""
    stock, counts = np.unique(arrays.flows.to_cell, return_counts=True)
    ends = np.cumsum(counts)
    return records(len(stock), stock=stock, first=ends - counts, end=ends)


def to_expansions(
    arrays: Arrays, stocks: Records, row: dict[str, int], sizes: dict[str, int], code: dict[str, int],
    codes: dict[str, int],
) -> Records:  # fmt: skip
    """Return expansions with their rows, triggers and money."""
    own = arrays.expansions
    place = np.cumsum(own.is_called) - own.is_called  # among those that functions start
    return records(
        len(own.line), line=own.line, step=own.step, share=own.share, spread=own.spread, cost=own.cost,
        start=own.start, law=own.law, spend=row["spend"] + own.account, budget=own.budget,
        trigger_cell=own.trigger_cell, trigger_share=own.trigger_share, trigger_chain=own.trigger_chain,
        trigger_state=own.trigger_state, stream=arrays.streams.expansion,
        is_called=own.is_called, divisible=own.divisible, asked=row["asked_start"] + place, begun=row["begun"] + place,
        parts=row["parts"] + place * len(arrays.clock.days),
        gain=row_range(row, sizes, "gain"), added=row["added"] + own.line,
        **per_thing(code, codes, "completion", "late", "stage"),
    )  # fmt: skip
