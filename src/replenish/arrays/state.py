"""What a path has at the moment of decision, as numbers in the order of the rows of the arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from replenish.arrays.ages import came_at_start, held_by_life, longest_life
from replenish.arrays.groups import CLASSES, FIRST_IN_FIRST_OUT, Arrays, Expansions, Floats, Ints


@dataclass(frozen=True, slots=True)
class State:
    """All that who decides may know, after what comes in and before anything is decided; each (..., thing, lane).

    Rows follow `Arrays`: C stocks, D demands, O order slots, F flows, G pledges, M lines, X expansions, B budgets,
    K chains.  W, L, V and H are the longest waits and ways of all rows; what is shorter has zeros further on.

    on_hand: (C, lane) [unit].
    outside: (C, lane) waits for storage [unit].
    owed: (D, lane) backorders before the demand of the period [unit].
    demand: (D, lane) of the period [unit].
    requirement: (C, lane) [unit].
    book: (O, lane) open orders that lines may work on now [good unit].
    waiting: (W, O, lane) decided orders that enter the book in w + 1 periods; contracts are in `Slots.contracts`.
    coming: (L, C, lane) what reaches the stock in l + 1 periods from lines and routes, losses taken off [unit].
    decided: (V, F, lane) decided releases that leave in v periods, the first in this one [unit].
    pledged: (L, F, lane) what arrives over a flow that has pledges in l + 1 periods, losses taken off; else 0 [unit].
    open_pledges: (G, lane) promised and not delivered [unit].
    rate: (M, lane) of the period before [capacity/per].
    added: (M, lane) capacity in force from expansions [capacity/per].
    growing: (H, M, lane) capacity that expansions under construction are expected to add in h + 1 periods.
    started: (X, lane) share of each expansion that is started.
    budget: (B, lane) left, with what this period brings [currency].
    chain_state: (K, lane) number of the state of each chain.
    is_out: (M, lane) 1 in an outage.
    life: (R + 1, C, lane) on hand by life: row r expires in r + 1 periods, row R later or never [unit].
    """

    on_hand: Floats
    outside: Floats
    owed: Floats
    demand: Floats
    requirement: Floats
    book: Floats
    waiting: Floats
    coming: Floats
    decided: Floats
    pledged: Floats
    open_pledges: Floats
    rate: Floats
    added: Floats
    growing: Floats
    started: Floats
    budget: Floats
    chain_state: Floats
    is_out: Floats
    life: Floats


class Spans(NamedTuple):
    """How many periods ahead a state looks."""

    waiting: int  # W
    coming: int  # L
    decided: int  # V
    growing: int  # H
    life: int  # R


def spans(arrays: Arrays) -> Spans:
    """Return how many periods ahead a state looks."""
    ways = np.concatenate([arrays.products.longest[arrays.slots.product], arrays.flows.longest])
    growing = min(int(arrays.expansions.expected.max(initial=0)), len(arrays.clock.days))
    return Spans(
        waiting=int(arrays.slots.wait.max(initial=0)),
        coming=int(ways.max(initial=0)),
        decided=int(arrays.flows.wait.max(initial=0)),
        growing=growing,
        life=longest_life(arrays),
    )


def expected_gain(expansions: Expansions) -> Floats:
    """Return the mean capacity that each expansion brings, whose share of the step is cut to 0 ... 1, (X,)."""
    low, high = expansions.share - expansions.spread, expansions.share + expansions.spread
    inside, top = np.clip(low, 0.0, 1.0), np.clip(high, 0.0, 1.0)
    sums = (top**2 - inside**2) / 2 + np.maximum(0.0, high - np.maximum(low, 1.0))
    spread = np.where(expansions.spread > 0, high - low, 1.0)
    return np.asarray(expansions.step * np.where(expansions.spread > 0, sums / spread, inside))


def opening_state(arrays: Arrays) -> State:
    """Return the state before the first period is decided, with one lane.

    What is drawn is left out: demand is 0, no line is in an outage, contracts with a random slip are not in the book,
    and each chain is in its known or its most likely first state.
    """
    stocks, slots, lines, size = arrays.stocks, arrays.slots, arrays.lines, spans(arrays)
    demands, flows = len(arrays.demands.cell), len(arrays.flows.from_cell)
    chain = _first_states(arrays)
    on_hand, outside, life = _opening_stocks(arrays)
    return State(
        on_hand=on_hand,
        outside=outside,
        owed=np.zeros((demands, 1)),
        demand=np.zeros((demands, 1)),
        requirement=stocks.requirement[0, np.arange(len(stocks.opening)), _states_of(arrays, chain)][:, None],
        book=slots.contracts[0][:, None].copy(),
        waiting=np.zeros((size.waiting, len(slots.cell), 1)),
        coming=_opening_work(arrays)[1:, :, None],
        decided=np.zeros((size.decided, flows, 1)),
        pledged=np.zeros((size.coming, flows, 1)),
        open_pledges=arrays.pledges.open[:, None].copy(),
        rate=lines.start_rate[:, None].copy(),
        added=np.zeros((len(lines.max_rate), 1)),
        growing=np.zeros((size.growing, len(lines.max_rate), 1)),
        started=np.zeros((len(arrays.expansions.line), 1)),
        budget=arrays.budgets.amount[0][:, None].copy(),
        chain_state=chain[:, None].astype(np.float64),
        is_out=np.zeros((len(lines.max_rate), 1)),
        life=life,
    )


def _first_states(arrays: Arrays) -> Ints:
    """Return the known or most likely state of each chain in the first period, (K,)."""
    chains = arrays.chains
    probability = np.diff(chains.start.astype(np.int64), axis=1, prepend=0)
    probability[np.arange(probability.shape[1]) >= chains.states[:, None]] = -1
    likely = probability.argmax(axis=1) if len(probability) else np.zeros(0, np.int64)
    return np.where(chains.forced[0] >= 0, chains.forced[0], likely)


def _states_of(arrays: Arrays, chain: Ints) -> Ints:
    """Return the state on which the requirement of each stock depends, (C,)."""
    return np.append(chain, 0)[arrays.stocks.requirement_chain]


def _opening_work(arrays: Arrays) -> Floats:
    """Return what production brings to each stock by the period in which it is received, (L + 1, C)."""
    slots, size = arrays.slots, spans(arrays)
    table = np.zeros((size.coming + 1, len(arrays.stocks.opening)))
    longest = arrays.products.longest[slots.product]
    for cell, first, length in zip(slots.cell, slots.lead_ring, longest, strict=True):
        table[:length, cell] += slots.opening_work[first : first + length]
    return table


def _opening_stocks(arrays: Arrays) -> tuple[Floats, Floats, Floats]:
    """Return what is on hand, outside and on hand by life once the first period has brought and taken its own."""
    stocks, received = arrays.stocks, _opening_work(arrays)[0]
    is_limited = np.isfinite(stocks.storage_limit)
    entering = np.minimum(received, np.maximum(0.0, stocks.storage_limit - stocks.opening))
    on_hand = stocks.opening + np.where(is_limited, entering, received)
    outside = np.where(is_limited, received - entering, 0.0)
    life = np.zeros((longest_life(arrays) + 1, len(on_hand), 1))
    for c in range(len(on_hand)):
        came = came_at_start(arrays, c, float(received[c]))
        if stocks.ages[c] in (FIRST_IN_FIRST_OUT, CLASSES):
            expired = max(0.0, on_hand[c] + outside[c] - came.sum())
            inside = min(expired, on_hand[c])
            on_hand[c] -= inside
            outside[c] = max(0.0, outside[c] - (expired - inside))
        life[:, c] = held_by_life(came[:, None], on_hand[c : c + 1], outside[c : c + 1])
    return on_hand[:, None], outside[:, None], life
