"""What a set of paths carries from period to period, and sums by group."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from replenish.arrays.groups import Arrays, Floats, Ints

Bools = npt.NDArray[np.bool_]


@dataclass
class Known:
    """What is known of a period before anything is decided, each (thing, path)."""

    requirement: Floats
    planning_use: Floats
    demand: Floats
    buy_share: Floats  # (K + 1, path); the last row is that of no gate
    release_share: Floats  # (K + 1, path)


class World:
    """All paths at once; each attribute is (thing, path), and what comes later is (period, thing, path)."""

    def __init__(self, arrays: Arrays, seed: int, paths: Ints) -> None:
        self.arrays, self.seed, self.paths = arrays, seed, paths
        slots, products, flows, expansions = arrays.slots, arrays.products, arrays.flows, arrays.expansions
        self.chain = np.zeros((len(arrays.chains.states) + 1, len(paths)), np.int64)  # the last row stands for no chain
        self.on_hand = self.spread(arrays.stocks.opening)
        self.owed = self.zeros(len(arrays.demands.cell))
        self.budget = self.zeros(len(arrays.budgets.gate))
        self.spend = self.zeros(int(arrays.stocks.account.max(initial=-1)) + 1)
        self.rate = self.spread(arrays.lines.start_rate)
        self.added = self.zeros(len(arrays.lines.max_rate))
        self.paid_at = np.full((len(expansions.line), len(paths)), -1, np.int64)
        self.completion = np.zeros(self.paid_at.shape, np.int64)  # if paid in time
        self.gain = self.zeros(len(expansions.line))
        self.book = self.zeros(len(slots.cell))
        self.to_book = self.ahead(slots.wait)
        self.to_book[: len(slots.contracts)] += slots.contracts[:, :, None]
        leads = products.lead[slots.product]
        self.to_receive = self.ahead(leads)
        _unroll(self.to_receive, slots.opening_work, slots.lead_ring, leads)
        self.to_complete = self.ahead(products.lead)
        _unroll(self.to_complete, products.opening_output, products.ring, products.lead)
        self.to_leave = self.ahead(flows.wait)
        self.to_arrive = self.ahead(flows.lead)
        self.to_ship = self.spread(arrays.pledges.open)  # left of each pledge, as units that arrive
        self.to_deliver = self.spread(arrays.pledges.open)

    def zeros(self, things: int) -> Floats:
        """Return nothing of each thing."""
        return np.zeros((things, len(self.paths)))

    def spread(self, values: Floats) -> Floats:
        """Return the same values for every path."""
        return self.zeros(len(values)) + values[:, None]

    def ahead(self, delays: Ints) -> Floats:
        """Return an empty plan of what comes when, long enough for what the last period decides."""
        periods = len(self.arrays.clock.days) + int(delays.max(initial=0))
        return np.zeros((periods, len(delays), len(self.paths)))

    def by_cell(self, cells: Ints, values: Floats) -> Floats:
        """Return the sums of `values` by stock."""
        return sum_by(cells, values, len(self.on_hand))

    def by_state(self, table: npt.NDArray[np.generic], chain: Ints) -> npt.NDArray[np.generic]:
        """Return the entries of a (thing, state) table in the present state of each thing's chain."""
        return np.asarray(table[np.arange(len(chain))[:, None], self.chain[chain]])

    def on_order(self, t: int) -> Floats:
        """Return what is decided or ordered and not received, by stock; period `t` has entered the book."""
        by_slot = self.book + self.to_book[t + 1 :].sum(axis=0) + self.to_receive[t + 1 :].sum(axis=0)
        return self.by_cell(self.arrays.slots.cell, by_slot)

    def in_transit(self, t: int) -> Floats:
        """Return what is shipped and has not arrived, by stock of the recipient."""
        return self.by_cell(self.arrays.flows.to_cell, self.to_arrive[t + 1 :].sum(axis=0))

    def still_to_leave(self, t: int) -> Floats:
        """Return what is decided and has not left, by stock of the recipient."""
        return self.by_cell(self.arrays.flows.to_cell, self.to_leave[t:].sum(axis=0))


def _unroll(plan: Floats, opening: Floats, first: Ints, lengths: Ints) -> None:
    """Put what is under way at the start into the periods in which it comes."""
    for thing, (start, length) in enumerate(zip(first, lengths, strict=True)):
        plan[:length, thing] += opening[start : start + length, None]


def sum_by(group: Ints, values: Floats, count: int) -> Floats:
    """Return the sums of `values`, (row, path), by the group of their row, (count, path)."""
    total = np.zeros((count, values.shape[1]))
    np.add.at(total, group, values)
    return total


def factor(asked: Floats, there: Floats) -> Floats:
    """Return by what factor, at most 1, all that is asked is cut to what is there."""
    return np.divide(there, asked, out=np.ones(asked.shape), where=asked > there)
