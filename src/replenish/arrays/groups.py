"""A scenario as numbers alone: no name, date or None is left.

Each group is a NamedTuple of arrays, which the compiled kernel can take.  Sizes in brackets: T periods, C stocks,
D demands, K chains, S states of the largest chain, I influences, M lines, P products, O order slots, N contracts with
random slip, F flows, R routes, G pledges, X expansions, B budgets.  Rows of every group follow the sorted names of
their things, so that the order of rows in the tables changes nothing.  An index of -1 means "none".
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint32]

# Codes of rules, shared by the kernel and the reference.
BASE_STOCK, REORDER_POINT, DAYS_OF_SUPPLY, SCHEDULE = 1, 2, 3, 4
ABOVE_FLOOR_SHARE, PROPORTIONAL, PLEDGE_SCHEDULE, PRIORITY = 5, 6, 7, 12
FOLLOW_ORDERS, NORMAL, MAXIMUM, LEVEL, FOLLOW_OR_CLOSE = 8, 9, 10, 11, 13
CALLED = 14  # in every role: a function of the user decides
# Codes of allocation rules.
ALLOCATE_PROPORTIONAL, ALLOCATE_PRIORITY, ALLOCATE_WEIGHTS, ALLOCATE_DUE_DATE = 0, 1, 2, 3
# What may hold a product back, before its components.
LIMIT_ORDERS, LIMIT_CAPACITY, LIMIT_RAMP, LIMIT_OUTAGE, LIMIT_MINIMUM, LIMIT_COMPONENT = 0, 1, 2, 3, 4, 5
# How the ages of a stock are kept: it keeps for ever; first in is first out; by classes of expiry.
KEEPS, FIRST_IN_FIRST_OUT, CLASSES = 0, 1, 2
OVERDUE = 24  # periods by which due dates of open orders are told apart once they have passed
# What an influence on a chain looks at.
ON_HAND, DELIVERED = 0, 1


class Clock(NamedTuple):
    """The calendar as numbers."""

    days: Floats  # (T,) [day]
    years: Floats  # (T,) [year]
    is_review: Ints  # (T,) 1 in review periods
    reviews_before: Ints  # (T + 1,) review periods before t
    review_span: Floats  # (T, 4) length up to the next review [day, week, month, year]


class Chains(NamedTuple):
    """Markov chains; thresholds are cumulative probabilities as 32-bit words."""

    states: Ints  # (K,)
    start: Words  # (K, S) thresholds of the first period
    move: Words  # (K, S, S) thresholds by state of the period before
    forced: Ints  # (T, K) known state or -1
    probability: Floats  # (K, S, S) the same moves as probabilities, for chains under influence
    first_influence: Ints  # (K + 1,) rows of `Influences`
    buy_share: Floats  # (K, S) part of purchases let through
    release_share: Floats  # (K, S)


class Influences(NamedTuple):
    """What stocks and deliveries do to the moves of a chain, by chain."""

    from_state: Ints  # (I,) -1: from every state
    to_state: Ints  # (I,)
    cell: Ints  # (I,)
    what: Ints  # (I,) ON_HAND or DELIVERED
    reference: Floats  # (T, I) level below which it acts [unit], or [unit/period] for deliveries
    strength: Floats  # (I,) added to the factor 1 when the level is zero


class Laws(NamedTuple):
    """Tables of the inverse distribution functions, joined end to end."""

    kind: Ints  # (law,) codes of `replenish.draws`
    offset: Ints  # (law,) first entry in `thresholds` or `knots`
    base: Ints  # (law,) smallest value of a counting law
    thresholds: Words  # (entry,)
    guide: Ints  # (law, 64 ... 1024) entry in `thresholds` to start from, by the top bits of the word
    knots: Floats  # (entry,)


class Stocks(NamedTuple):
    """Stocks and what should be held."""

    opening: Floats  # (C,) [unit]
    floor: Floats  # (C,) [unit]
    holding_cost: Floats  # (C,) [currency/unit/year]
    account: Ints  # (C,) account that pays for holding
    requirement_chain: Ints  # (C,)
    requirement: Floats  # (T, C, S) [unit]
    planning_use: Floats  # (T, C, S) [unit/day]; 0 = mean demand
    dated: Ints  # (stocks with a requirement,) rows that get date measures
    ages: Ints  # (C,) KEEPS, FIRST_IN_FIRST_OUT or CLASSES
    shelf_life: Ints  # (C,) periods that a fresh unit can be used; 0: it keeps
    class_width: Ints  # (C,) periods of expiry in one class
    classes: Ints  # (C,) classes that may be alive at once, on hand or on the way; 0 unless `ages` is CLASSES
    opening_expiry: Floats  # (T, C) opening units that expire in step 3 of each period
    storage_limit: Floats  # (C,) [unit]
    outside_cost: Floats  # (C,) [currency/unit/year]


class Demands(NamedTuple):
    """Demands, sorted by stock and then in order of service."""

    first: Ints  # (C + 1,) rows of each stock
    cell: Ints  # (D,)
    chain: Ints  # (D,)
    is_owed: Ints  # (D,) 1 owed, 0 lost
    mean: Floats  # (T, D, S) [unit/period]
    law: Ints  # (T, D, S)
    order: Ints  # (D,) demands in the order of service: by holder, priority, item, purpose
    first_source: Ints  # (D + 1,) rows of `Sources`: the own stock first, then substitutes by rank


class Sources(NamedTuple):
    """Stocks that may serve a demand, by demand."""

    cell: Ints  # (source,)
    ratio: Floats  # (source,) units of this stock for one unit of demand
    first_bundle: Ints  # (source + 1,)
    bundle_cell: Ints  # (bundle,) stock that is used up along with it
    bundle_use: Floats  # (bundle,) units of it for one unit taken from the source
    limited: Ints  # (limit,) stocks from which functions limit what is issued, in their order


class Lines(NamedTuple):
    """Lines; rates in the unit of time of the line, turned into periods by `length`."""

    first_product: Ints  # (M + 1,)
    start_rate: Floats  # (M,)
    min_rate: Floats
    normal_rate: Floats
    max_rate: Floats
    ramp: Floats  # (T, M) largest rise in the period
    unbound: Floats  # (M,) 1 - bound share
    length: Floats  # (T, M) units of time in the period
    allocation: Ints  # (M,)
    policy: Ints  # (T, M)
    outage_start: Words  # (M,) threshold of the draw of a working line; 0: never
    outage_end: Words  # (M,) threshold of the draw of a line that stands still
    keeping_cost: Floats  # (M,) [currency/year]
    restart_cost: Floats  # (M,) [currency]
    account: Ints  # (M,) account that pays for both


class Products(NamedTuple):
    """An item on a line, with its components and order slots."""

    line: Ints  # (P,)
    capacity_use: Floats
    yield_fraction: Floats
    output_share: Floats  # (P,) share of spare capacity, sums to 1 by line
    lead: Ints  # (P,) planned [period]
    longest: Ints  # (P,) longest that may be drawn, length of the rings
    lead_law: Ints  # (P,) law of the lead of what starts in a period; -1: as planned
    surge_extra: Floats  # (P,) price of a good unit made above the normal rate less its usual price [currency/unit]
    owner_slot: Ints  # (P,)
    first_slot: Ints  # (P + 1,)
    first_component: Ints  # (P + 1,)
    component_cell: Ints  # (component,)
    component_use: Floats  # (component,) units of component per unit started
    ring: Ints  # (P,) offset of the ring of completed output
    opening_output: Floats  # (ring,) good units in production before the start


class Slots(NamedTuple):
    """Orders of one holder for one product; slots of a product stand in order of priority."""

    product: Ints  # (O,)
    cell: Ints  # (O,)
    gate: Ints
    price: Floats  # [currency/unit]
    weight: Floats
    account: Ints
    budget: Ints
    wait: Ints  # (O,) periods from decided to the book
    wait_ring: Ints
    lead_ring: Ints  # (O,) offset of the ring in production
    opening_work: Floats  # (ring,) good units in production before the start
    contracts: Floats  # (T, O) contracts that enter the book
    opening_on_order: Floats  # (O,) contracts and work before the start
    policy: Ints  # (T, O)
    pays_on_delivery: Ints  # (O,) 1: what is ordered is paid for when it is received
    due_ring: Ints  # (O,) offset of the open book by due period; its length is `due_length`
    due_length: Ints  # (O,) lead + OVERDUE + 1 on lines that allocate by due date, else 0
    opening_due: Floats  # (ring,) contracts that enter the book in the first period, by due period 0 ... lead


class Slips(NamedTuple):
    """Contracts whose entry into the book is drawn for each path."""

    slot: Ints  # (N,)
    quantity: Floats  # (N,) [unit]
    law: Ints  # (N,) law of the period of entry; T or more: after the horizon


class Flows(NamedTuple):
    """An item on a route."""

    from_cell: Ints  # (F,)
    to_cell: Ints
    route: Ints
    gate: Ints
    wait: Ints
    lead: Ints  # (F,) planned [period]
    longest: Ints  # (F,) longest that may be drawn, length of the ring
    lead_law: Ints  # (F,) law of the lead of what leaves in a period; -1: as planned
    rank: Ints  # (F,) flows of one stock in the order of priority of the recipients, from 0
    wait_ring: Ints
    lead_ring: Ints
    survival: Floats
    cost: Floats  # [currency/unit]
    weight: Floats  # [tonne/unit]
    account: Ints
    first_reserved: Ints  # (F + 1,)
    reserved: Ints  # demands served before this flow
    first_pledge: Ints  # (F + 1,)
    policy: Ints  # (T, F)
    route_capacity: Floats  # (T, R) [tonne/period]


class Pledges(NamedTuple):
    """Promises, by flow and due date."""

    flow: Ints  # (G,)
    quantity: Floats
    open: Floats  # (G,) not delivered at the start
    start: Ints  # period from which deliveries count
    due: Ints


class Expansions(NamedTuple):
    """Expansions that something may start: a date, a trigger or a function."""

    line: Ints  # (X,)
    step: Floats  # (X,) in the rate of the line
    share: Floats
    spread: Floats
    cost: Floats  # [currency]
    start: Ints  # (X,) period of the decision; the first in which a function may start it
    law: Ints  # (X,) law of the completion period if paid for in period `start`
    expected: Ints  # (X,) periods from the decision to the expected completion, at least 1
    is_called: Ints  # (X,) 1: a function starts it
    divisible: Ints  # (X,) 1: a function may start it in parts
    trigger_cell: Ints  # (X,) stock that is watched; -1: none
    trigger_share: Floats  # (X,) started once on hand is below this part of the requirement
    trigger_chain: Ints  # (X,) chain that is watched; -1: none
    trigger_state: Ints  # (X,) started once the chain is in this state
    account: Ints
    budget: Ints


class Budgets(NamedTuple):
    """What may be committed."""

    amount: Floats  # (T, B) added at the start of t [currency]
    carry: Floats  # (T, B) part of what is left that stays
    gate: Ints  # (B,)


class Rules(NamedTuple):
    """Parameters of policies; -1 where a parameter is not given."""

    rule: Ints
    quantity: Floats
    reorder_point: Floats
    days: Floats
    rate: Floats  # per unit of time `per`; for a line already in its own
    per: Ints
    share: Floats
    keep: Floats
    ships_freshest: Ints  # 1: a release takes the freshest units


class Streams(NamedTuple):
    """Names of the random streams as 32-bit words."""

    chain: Words  # (K,)
    demand: Words  # (D,)
    expansion: Words  # (X,)
    line: Words  # (M,) outages
    product: Words  # (P,) lead times
    route: Words  # (R,) lead times
    slip: Words  # (N,) contracts


class Arrays(NamedTuple):
    """All groups."""

    clock: Clock
    chains: Chains
    influences: Influences
    laws: Laws
    stocks: Stocks
    demands: Demands
    sources: Sources
    lines: Lines
    products: Products
    slots: Slots
    slips: Slips
    flows: Flows
    pledges: Pledges
    expansions: Expansions
    budgets: Budgets
    accounts: Ints  # (A,) holder of each account; a holder has one for each purpose
    rules: Rules
    streams: Streams
