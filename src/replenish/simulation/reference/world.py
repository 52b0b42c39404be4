"""What a set of paths carries from period to period, and sums by group."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from replenish import draws
from replenish.arrays.groups import Arrays, Floats, Ints, Words
from replenish.simulation import state
from replenish.simulation.reference.lots import Lots, opening_lots

Bools = npt.NDArray[np.bool_]

ROUNDING = 1e-12
"""Smaller shares are rounding: they hold no product back, leave no capacity free, keep no order and no line open."""


@dataclass
class Known:
    """What is known of a period before anything is decided, each (thing, path)."""

    requirement: Floats
    planning_use: Floats
    demand: Floats
    buy_share: Floats  # (K + 1, path); the last row is that of no gate
    release_share: Floats  # (K + 1, path)
    production_lead: Ints  # (P, path) of what starts now
    transport_lead: Ints  # (F, path) of what leaves now


class World:
    """All paths at once; each attribute is (thing, path), and what comes later is (period, thing, path)."""

    def __init__(self, arrays: Arrays, seed: int, paths: Ints) -> None:
        self.arrays, self.seed, self.paths = arrays, seed, paths
        self.every = np.arange(len(paths))
        self._start_stocks()
        self._start_lines()
        self._start_orders()
        self._start_flows()
        self.chain = np.zeros((len(arrays.chains.states) + 1, len(paths)), np.int64)  # the last row stands for no chain
        self.budget = self.zeros(len(arrays.budgets.gate))
        self.spend = self.zeros(state.reading_sizes(arrays)["spend"])

    def _start_stocks(self) -> None:
        stocks = self.arrays.stocks
        self.on_hand = self.spread(stocks.opening)
        self.outside = self.zeros(len(stocks.opening))
        self.lots: dict[int, Lots] = opening_lots(stocks, len(self.paths))
        self.owed = self.zeros(len(self.arrays.demands.cell))
        self.arrived = self.zeros(len(stocks.opening))  # over routes, in the last period

    def _start_lines(self) -> None:
        lines, expansions = self.arrays.lines, self.arrays.expansions
        self.rate = self.spread(lines.start_rate)
        self.added = self.zeros(len(lines.max_rate))
        self.stands_still = np.zeros(self.rate.shape, np.bool_)
        self.is_called = np.zeros((len(expansions.line), len(self.paths)), np.bool_)  # for by its trigger
        self.paid_at = np.full(self.is_called.shape, -1, np.int64)
        self.completion = np.zeros(self.is_called.shape, np.int64)  # if paid in period `start`
        self.gain = self.zeros(len(expansions.line))

    def _start_orders(self) -> None:
        slots, products = self.arrays.slots, self.arrays.products
        longest = products.longest[slots.product]
        self.to_complete = self.ahead(products.longest)
        _unroll(self.to_complete, products.opening_output, products.ring, products.longest)
        self.to_receive = self.ahead(longest)
        _unroll(self.to_receive, slots.opening_work, slots.lead_ring, longest)
        self.to_book = self.ahead(slots.wait + 1)  # the last row is that of contracts after the horizon
        self.to_book[: len(slots.contracts)] += slots.contracts[:, :, None]
        self.book = self.zeros(len(slots.cell))
        self.due = self.ahead(products.lead[slots.product])  # the same book by the period in which it is due

    def _start_flows(self) -> None:
        flows, pledges = self.arrays.flows, self.arrays.pledges
        self.to_leave = self.ahead(flows.wait)
        self.to_arrive = self.ahead(flows.longest)
        self.lots_to_arrive = {
            f: np.zeros((len(self.to_arrive), *self.lots[cell].units.shape))
            for f, cell in enumerate(flows.from_cell.tolist())
            if cell in self.lots
        }  # (period, class, path) by flow
        self.to_ship = self.spread(pledges.open)  # left of each pledge, as units that arrive
        self.to_deliver = self.spread(pledges.open)

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

    def words(self, draw_class: int, streams: Words, t: int) -> Words:
        """Return the random word of each stream in period `t`, (stream, path)."""
        return draws.words(self.seed, draw_class, streams, self.paths, t)

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

    def withdraw(self, c: int, amount: Floats) -> None:
        """Take an amount from what stock `c` has on hand, the oldest units first."""
        self.on_hand[c] = np.maximum(0.0, self.on_hand[c] - amount)
        if c in self.lots:
            self.lots[c].take(amount)


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
