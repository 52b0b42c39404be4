"""What a group of paths carries from period to period, and the readings that it writes.

Everything is (row, lane): a lane is one path.  All amounts lie in one buffer and all codes in another, so that kernels
take few arrays; `amount_sizes` and `code_sizes` say how many rows each quantity has.  The readings come first; what is
also state (on hand, owed, ...) lives there and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from replenish.arrays.ages import opening_classes, receipt_periods
from replenish.arrays.groups import Arrays, Floats, Ints, Words

LANES = 32
"""Fewest paths that a kernel takes at a time; measured best for scenarios that fill the cache."""

MOST_LANES = 256
LANE_ROWS = 8  # rows of scratch for one thing at a time
CACHE = 6 * 2**20  # bytes of state that still run fast: a share of the last-level cache of a usual processor


class Readings(NamedTuple):
    """Numbers at the end of a period, each (thing, lane)."""

    on_hand: Floats
    in_transit: Floats
    on_order: Floats
    requirement: Floats
    shortfall: Floats
    planning_use: Floats
    demand: Floats
    issues: Floats
    unmet: Floats
    backorders: Floats
    outside: Floats
    expired: Floats
    substituted: Floats
    bundled: Floats
    production: Floats
    capacity: Floats
    started_capacity: Floats
    line_capacity: Floats
    binding: Floats
    shipped: Floats
    delivered: Floats
    pledge_delivered: Floats
    pledge_quantity: Floats
    spend: Floats
    budget: Floats
    chain_state: Floats


def reading_sizes(arrays: Arrays) -> dict[str, int]:
    """Return the number of rows of each reading."""
    cells, demands, products = len(arrays.stocks.opening), len(arrays.demands.cell), len(arrays.products.line)
    flows, pledges = len(arrays.flows.from_cell), len(arrays.pledges.flow)
    by_thing = {
        "on_hand in_transit on_order requirement shortfall planning_use": cells,
        "outside expired substituted bundled": cells,
        "demand issues unmet backorders": demands,
        "production capacity started_capacity line_capacity binding": products,
        "shipped delivered": flows,
        "pledge_delivered pledge_quantity": pledges,
        "spend": len(arrays.accounts),
        "budget": len(arrays.budgets.gate),
        "chain_state": len(arrays.chains.states),
    }
    sizes = {name: size for names, size in by_thing.items() for name in names.split()}
    return {name: sizes[name] for name in Readings._fields}


def amount_sizes(arrays: Arrays) -> dict[str, int]:
    """Return the number of rows of each quantity in the buffer of amounts, readings first."""
    stocks, slots, flows, products = arrays.stocks, arrays.slots, arrays.flows, arrays.products
    lines, pledges = len(arrays.lines.max_rate), len(arrays.pledges.flow)
    called = int(arrays.expansions.is_called.sum())
    carried = {
        "rate": lines,  # of the period before
        "added": lines,  # capacity added by expansions, in rate
        "book": len(slots.cell),  # ordered and not started, good units
        "due_book": int(slots.due_length.sum()),  # the same by due period
        "waiting": int(slots.wait.sum()),  # ordered, not yet in the book
        "work": len(slots.opening_work),  # in production, by slot
        "output": len(products.opening_output),  # in production, by product, bound part included
        "decided": int(flows.wait.sum()),  # released, not yet shipped
        "transit": int(flows.longest.sum()),  # shipped, not yet arrived
        "transit_classes": int((flows.longest * stocks.classes[flows.from_cell]).sum()),  # the same by class of expiry
        "pending": len(stocks.opening),  # decided releases on their way to leave for a stock
        "pending_flow": len(flows.from_cell),
        "open_to_ship": pledges,
        "open_to_deliver": pledges,
        "gain": len(arrays.expansions.line),  # capacity that an expansion brings
        "unexpired": len(stocks.opening),  # of first-in-first-out stocks: what came and is not past its life
        "receipts": int(receipt_periods(arrays).sum()),  # the same by period of receipt
        "classes": int(stocks.classes.sum()),  # units by class of expiry
        "first_below": len(stocks.dated),  # T - the first period below the requirement; 0 never
        "last_below": len(stocks.dated),  # 1 + the last period below it; 0 never
        "asked_order": len(slots.cell),  # what a user's function decides
        "asked_release": len(flows.from_cell),
        "asked_rate": lines,
        "asked_start": called,
        "begun": called,  # share of an expansion that a function has started
        "parts": called * len(arrays.clock.days),  # the same by the period in which it was started
        "asked_issue": len(arrays.sources.limited),  # the most that may still be issued in the period
        "limited_issue": len(arrays.sources.limited),  # what was issued in the period within that
    }
    return reading_sizes(arrays) | carried | _scratch_sizes(arrays)


def _scratch_sizes(arrays: Arrays) -> dict[str, int]:
    """Return the rows of sums inside a period."""
    return {
        "need": len(arrays.stocks.opening),
        "most": len(arrays.stocks.opening),
        "wanted": len(arrays.slots.cell),
        "served": len(arrays.slots.cell),
        "started": len(arrays.products.line),
        "room": len(arrays.flows.from_cell),
        "load": arrays.flows.route_capacity.shape[1],
        "cut": len(arrays.budgets.gate),
        "lane": LANE_ROWS,
    }


def code_sizes(arrays: Arrays) -> dict[str, int]:
    """Return the number of rows of each quantity in the buffer of codes."""
    expansions = len(arrays.expansions.line)
    return {
        "chain": len(arrays.chains.states),  # state of each chain
        "completion": expansions,  # period in which an expansion is complete if paid in time
        "late": expansions,  # periods that it waited for its trigger or for money
        "stage": expansions,  # 0 waits for its trigger, 1 for money, 2 under construction, 3 complete
        "is_out": len(arrays.lines.max_rate),  # 1 in an outage
        "product_place": len(arrays.products.line),  # in the ring, drawn for the period
        "route_place": arrays.flows.route_capacity.shape[1],
        "slip": len(arrays.slips.slot),  # period in which a contract enters the book
    }


def first_rows(sizes: dict[str, int]) -> dict[str, int]:
    """Return where the rows of each quantity start."""
    ends = np.cumsum(list(sizes.values())).tolist()
    return dict(zip(sizes, [0, *ends[:-1]], strict=True))


def per_thing(starts: dict[str, int], sizes: dict[str, int], *names: str) -> dict[str, Ints]:
    """Return the row of each thing for quantities that have one row a thing."""
    return {name: starts[name] + np.arange(sizes[name]) for name in names}


@dataclass(frozen=True, slots=True)
class Workspace:
    """All memory of one worker."""

    amounts: Floats  # (row, lane)
    codes: Ints  # (row, lane)
    words: Words  # (stream, 4, lane) of four periods in turn
    progress: Ints  # (expansion,) 0: some lane has not paid; 1: all paid; 2: complete in all
    opening: Floats  # (row,) what `amounts` is at the start
    buffer: Floats  # (row, lane) the readings: the first rows of `amounts`


def workspace(arrays: Arrays, lanes: int = LANES) -> Workspace:
    """Return the memory of one worker for `lanes` paths at a time."""
    sizes, codes = amount_sizes(arrays), code_sizes(arrays)
    amounts = np.zeros((sum(sizes.values()), lanes))
    return Workspace(
        amounts=amounts,
        codes=np.zeros((sum(codes.values()), lanes), np.int64),
        words=np.zeros((max(1, count_streams(arrays)), 4, lanes), np.uint32),
        progress=np.zeros(len(arrays.expansions.line), np.int64),
        opening=_opening(arrays, sizes),
        buffer=amounts[: sum(reading_sizes(arrays).values())],
    )


def count_streams(arrays: Arrays) -> int:
    """Return how many streams of words are drawn in every period."""
    return sum(len(part) for part in period_streams(arrays))


def period_streams(arrays: Arrays) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """Return the chains, demands, lines, products and routes that draw a word in every period."""
    flows, routes = arrays.flows, arrays.flows.route_capacity.shape[1]
    return (
        np.arange(len(arrays.chains.states)),
        np.arange(len(arrays.demands.cell)),
        np.flatnonzero(arrays.lines.outage_start),
        np.flatnonzero(arrays.products.lead_law >= 0),
        np.intersect1d(flows.route[flows.lead_law >= 0], np.arange(routes)),
    )


def choose_lanes(arrays: Arrays) -> int:
    """Return how many paths a kernel should take at a time: as many as the cache holds.

    More lanes share each visit to the histograms.  Results do not depend on it.
    """
    space = workspace(arrays)
    size = space.amounts.nbytes + space.codes.nbytes + space.words.nbytes
    lanes = LANES
    while lanes < MOST_LANES and size * 2 * lanes <= CACHE * LANES:
        lanes *= 2
    return lanes


def reset(space: Workspace) -> None:
    """Set the workspace to the start of the first period, except what is drawn for each path."""
    space.amounts[...] = space.opening[:, None]
    space.codes[...] = 0
    space.progress[...] = 0


def _opening(arrays: Arrays, sizes: dict[str, int]) -> Floats:
    stocks, slots, pledges = arrays.stocks, arrays.slots, arrays.pledges
    first = first_rows(sizes)
    opening = np.zeros(sum(sizes.values()))

    def put(name: str, values: Floats) -> None:
        opening[first[name] : first[name] + sizes[name]] = values

    put("on_hand", stocks.opening)
    put("pledge_quantity", pledges.quantity)
    put("pledge_delivered", pledges.quantity - pledges.open)
    on_order = np.zeros(len(stocks.opening))
    np.add.at(on_order, slots.cell, slots.opening_on_order)
    put("on_order", on_order)
    put("rate", arrays.lines.start_rate)
    put("work", slots.opening_work)
    put("output", arrays.products.opening_output)
    put("open_to_ship", pledges.open)
    put("open_to_deliver", pledges.open)
    put("unexpired", stocks.opening)
    put("due_book", slots.opening_due)
    put("classes", opening_classes(arrays))
    return opening
