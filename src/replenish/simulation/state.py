"""What a group of paths carries from period to period, and the readings that it writes.

Everything is (thing, lane): a lane is one path.  The readings lie in one buffer, so that statistics see one array;
what is also state (on hand, owed, ...) lives there and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from replenish.arrays.groups import Arrays, Floats, Ints, Words

LANES = 32
"""Fewest paths that a kernel takes at a time; measured best for scenarios that fill the cache."""

MOST_LANES = 256
CACHE = 2 * 2**20  # bytes of state that still run fast: the second-level cache of a usual core


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
    is_in_state: Floats


class State(NamedTuple):
    """What is carried over beyond the readings."""

    chain: Ints  # (K, lane) state of each chain
    rate: Floats  # (M, lane) rate of the period before
    added: Floats  # (M, lane) capacity added by expansions, in rate
    book: Floats  # (O, lane) ordered and not started, good units
    waiting: Floats  # (ring, lane) ordered, not yet in the book
    work: Floats  # (ring, lane) in production, by slot
    output: Floats  # (ring, lane) in production, by product, bound part included
    decided: Floats  # (ring, lane) released, not yet shipped
    transit: Floats  # (ring, lane) shipped, not yet arrived
    pending: Floats  # (C, lane) decided releases on their way to leave for a stock
    pending_flow: Floats  # (F, lane)
    open_to_ship: Floats  # (G, lane)
    open_to_deliver: Floats  # (G, lane)
    budget: Floats  # (B, lane)
    completion: Ints  # (X, lane) period in which an expansion is complete if paid in time
    gain: Floats  # (X, lane) capacity that it brings
    late: Ints  # (X, lane) periods that it waited for money
    stage: Ints  # (X, lane) 0 not paid, 1 under construction, 2 complete
    first_below: Ints  # (stocks with a requirement, lane) -1 never
    last_below: Ints


class Scratch(NamedTuple):
    """Room for sums inside a period."""

    cell: Floats  # (C, lane)
    other_cell: Floats  # (C, lane)
    slot: Floats  # (O, lane)
    product: Floats  # (P, lane)
    flow: Floats  # (F, lane)
    released: Floats  # (F, lane)
    room: Floats  # (F, lane)
    route: Floats  # (R, lane)
    budget: Floats  # (B, lane)
    lane: Floats  # (2, lane)
    path_words: Words  # (4, lane)
    chain_words: Words  # (K, 4, lane)
    demand_words: Words  # (D, 4, lane)


@dataclass(frozen=True, slots=True)
class Workspace:
    """All memory of one worker; `buffer` holds the readings, rows in the order of `Readings`."""

    buffer: Floats
    readings: Readings
    state: State
    scratch: Scratch


def reading_sizes(arrays: Arrays) -> dict[str, int]:
    """Return the number of rows of each reading."""
    cells, demands, products = len(arrays.stocks.opening), len(arrays.demands.cell), len(arrays.products.line)
    flows, pledges = len(arrays.flows.from_cell), len(arrays.pledges.flow)
    by_thing = {
        "on_hand in_transit on_order requirement shortfall planning_use": cells,
        "demand issues unmet backorders": demands,
        "production capacity started_capacity line_capacity": products,
        "binding": int(arrays.products.first_limit[-1]),
        "shipped delivered": flows,
        "pledge_delivered pledge_quantity": pledges,
        "spend": int(arrays.stocks.account.max(initial=-1)) + 1,
        "is_in_state": int(arrays.chains.states.sum()),
    }
    sizes = {name: size for names, size in by_thing.items() for name in names.split()}
    return {name: sizes[name] for name in Readings._fields}


def workspace(arrays: Arrays, lanes: int = LANES) -> Workspace:
    """Return the memory of one worker for `lanes` paths at a time."""
    sizes = reading_sizes(arrays)
    buffer = np.zeros((sum(sizes.values()), lanes))
    ends = np.cumsum(list(sizes.values()))
    parts = np.split(buffer, ends[:-1])
    return Workspace(buffer, Readings(*parts), _state(arrays, lanes), _scratch(arrays, lanes))


def _state(arrays: Arrays, lanes: int) -> State:
    def floats(rows: int) -> Floats:
        return np.zeros((rows, lanes))

    def ints(rows: int) -> Ints:
        return np.zeros((rows, lanes), np.int64)

    slots, flows, products = arrays.slots, arrays.flows, arrays.products
    lines, pledges = len(arrays.lines.max_rate), len(arrays.pledges.flow)
    expansions, dated = len(arrays.expansions.line), len(arrays.stocks.dated)
    return State(
        chain=ints(len(arrays.chains.states)),
        rate=floats(lines),
        added=floats(lines),
        book=floats(len(slots.cell)),
        waiting=floats(int(slots.wait.sum())),
        work=floats(len(slots.opening_work)),
        output=floats(len(products.opening_output)),
        decided=floats(int(flows.wait.sum())),
        transit=floats(int(flows.lead.sum())),
        pending=floats(len(arrays.stocks.opening)),
        pending_flow=floats(len(flows.from_cell)),
        open_to_ship=floats(pledges),
        open_to_deliver=floats(pledges),
        budget=floats(len(arrays.budgets.gate)),
        completion=ints(expansions),
        gain=floats(expansions),
        late=ints(expansions),
        stage=ints(expansions),
        first_below=ints(dated),
        last_below=ints(dated),
    )


def _scratch(arrays: Arrays, lanes: int) -> Scratch:
    rows = {
        "cell": len(arrays.stocks.opening),
        "other_cell": len(arrays.stocks.opening),
        "slot": len(arrays.slots.cell),
        "product": len(arrays.products.line),
        "flow": len(arrays.flows.from_cell),
        "released": len(arrays.flows.from_cell),
        "room": len(arrays.flows.from_cell),
        "route": arrays.flows.route_capacity.shape[1],
        "budget": len(arrays.budgets.gate),
        "lane": 2,
    }
    return Scratch(
        **{name: np.zeros((count, lanes)) for name, count in rows.items()},
        path_words=np.zeros((4, lanes), np.uint32),
        chain_words=np.zeros((len(arrays.chains.states), 4, lanes), np.uint32),
        demand_words=np.zeros((len(arrays.demands.cell), 4, lanes), np.uint32),
    )


def choose_lanes(arrays: Arrays) -> int:
    """Return how many paths a kernel should take at a time: as many as the cache holds.

    More lanes share each visit to the histograms.  Results do not depend on it.
    """
    space = workspace(arrays)
    size = sum(part.nbytes for part in (*space.state, *space.scratch, space.buffer))
    lanes = LANES
    while lanes < MOST_LANES and size * 2 * lanes <= CACHE * LANES:
        lanes *= 2
    return lanes


def reset(arrays: Arrays, space: Workspace) -> None:
    """Set the workspace to the start of the first period, except what is drawn for each path."""
    for part in (*space.state, *space.scratch, space.buffer):
        part[...] = 0
    state, readings = space.state, space.readings
    readings.on_hand[...] = arrays.stocks.opening[:, None]
    readings.pledge_quantity[...] = arrays.pledges.quantity[:, None]
    readings.pledge_delivered[...] = (arrays.pledges.quantity - arrays.pledges.open)[:, None]
    np.add.at(readings.on_order, arrays.slots.cell, arrays.slots.opening_on_order[:, None])
    state.rate[...] = arrays.lines.start_rate[:, None]
    state.work[...] = arrays.slots.opening_work[:, None]
    state.output[...] = arrays.products.opening_output[:, None]
    state.open_to_ship[...] = arrays.pledges.open[:, None]
    state.open_to_deliver[...] = arrays.pledges.open[:, None]
    state.first_below[...] = -1
    state.last_below[...] = -1
