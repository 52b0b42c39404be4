"""A scenario as numbers alone: no name, date or None is left.

Each group is a NamedTuple of arrays, which the compiled kernel can take.  Sizes in brackets: T periods, C stocks,
D demands, K chains, S states of the largest chain, M lines, P products, O order slots, F flows, R routes, G pledges,
X expansions, B budgets.  Rows of every group follow the sorted names of their things, so that the order of rows in the
tables changes nothing.  An index of -1 means "none".
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
ABOVE_FLOOR_SHARE, PROPORTIONAL, PLEDGE_SCHEDULE = 5, 6, 7
FOLLOW_ORDERS, NORMAL, MAXIMUM, LEVEL = 8, 9, 10, 11
# Codes of allocation rules.
ALLOCATE_PROPORTIONAL, ALLOCATE_PRIORITY, ALLOCATE_WEIGHTS = 0, 1, 2
# What may hold a product back, before its components.
LIMIT_ORDERS, LIMIT_CAPACITY, LIMIT_RAMP, LIMIT_COMPONENT = 0, 1, 2, 3


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
    buy_share: Floats  # (K, S) part of purchases let through
    release_share: Floats  # (K, S)


class Laws(NamedTuple):
    """Tables of the inverse distribution functions, joined end to end."""

    kind: Ints  # (law,) codes of `replenish.draws`
    offset: Ints  # (law,) first entry in `thresholds` or `knots`
    base: Ints  # (law,) smallest value of a counting law
    thresholds: Words  # (entry,)
    guide: Ints  # (law, 64) where to start in the thresholds, by the top six bits
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


class Demands(NamedTuple):
    """Demands, sorted by stock and then in order of service."""

    first: Ints  # (C + 1,) rows of each stock
    cell: Ints  # (D,)
    chain: Ints  # (D,)
    is_owed: Ints  # (D,) 1 owed, 0 lost
    mean: Floats  # (T, D, S) [unit/period]
    law: Ints  # (T, D, S)


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


class Products(NamedTuple):
    """An item on a line, with its components and order slots."""

    line: Ints  # (P,)
    capacity_use: Floats
    yield_fraction: Floats
    output_share: Floats  # (P,) share of spare capacity, sums to 1 by line
    lead: Ints  # (P,) [period]
    owner_slot: Ints  # (P,)
    first_slot: Ints  # (P + 1,)
    first_component: Ints  # (P + 1,)
    component_cell: Ints  # (component,)
    component_use: Floats  # (component,) units of component per unit started
    first_limit: Ints  # (P + 1,) rows of the reading `binding`
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


class Flows(NamedTuple):
    """An item on a route."""

    from_cell: Ints  # (F,)
    to_cell: Ints
    route: Ints
    gate: Ints
    wait: Ints
    lead: Ints
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
    """Expansions with a start date."""

    line: Ints  # (X,)
    step: Floats  # (X,) in the rate of the line
    share: Floats
    spread: Floats
    cost: Floats  # [currency]
    start: Ints  # (X,) period of the decision
    law: Ints  # (X,) law of the completion period
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


class Streams(NamedTuple):
    """Names of the random streams as 32-bit words."""

    chain: Words  # (K,)
    demand: Words  # (D,)
    expansion: Words  # (X,)


class Arrays(NamedTuple):
    """All groups."""

    clock: Clock
    chains: Chains
    laws: Laws
    stocks: Stocks
    demands: Demands
    lines: Lines
    products: Products
    slots: Slots
    flows: Flows
    pledges: Pledges
    expansions: Expansions
    budgets: Budgets
    rules: Rules
    streams: Streams
