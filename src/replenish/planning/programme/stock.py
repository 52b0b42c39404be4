"""Rows of stocks: balance, ageing, storage, what is under way."""

from __future__ import annotations

import numpy as np

from replenish.arrays.groups import Ints
from replenish.multistage.modelling.expression import Expression
from replenish.planning.programme.symbols import Symbols
from replenish.planning.sums import grouped


def add_stock_rows(s: Symbols) -> None:
    """Add conservation of every stock and of what is on its way to it."""
    add_balance(s)
    add_storage(s)
    add_arrivals(s)


def add_balance(s: Symbols) -> None:
    """Opening + received - issued - components - shipped = closing, by stock; by class of life where units expire."""
    lots = s.sets.lots
    keeps, perishing = np.flatnonzero(~lots.perishes[lots.cell]), s.perishable_lots
    outflow = s.issued_by_cell + s.components
    by_lot = grouped(s.shipped, s.sets.parcel_lot, len(lots.cell))
    rest = s.on_hand.before + s.received - by_lot
    s.row("balance", s.on_hand.after[keeps] == (rest - outflow[lots.cell])[keeps])
    if len(perishing):
        _add_ageing(s, perishing, rest, outflow)


def _add_ageing(s: Symbols, own: Ints, rest: Expression, outflow: Expression) -> None:
    """Units of a class that are not taken belong to the next class, or have expired, when the stage ends."""
    lots, count = s.sets.lots, len(s.sets.lots.cell)
    cell = lots.cell[own]
    take, remaining = s.variable("take", len(own), upper=s.most[cell]), s.remaining
    perishing = np.where(lots.perishes, np.arange(s.cells), -1)
    s.row("taken", grouped(take, cell, s.cells) == grouped(outflow, perishing, s.cells))
    s.row("class_balance", remaining == rest[own] - take)
    moving = 1.0 / lots.width[cell]
    older = np.where(lots.level[own] > 0, own - 1, -1)
    ageing = grouped(remaining * moving, older, count) + grouped(remaining * (1.0 - moving), own, count)
    s.row("ageing", s.on_hand.after[own] == ageing[own])


def add_storage(s: Symbols) -> None:
    """What a store cannot take waits outside: it costs, does not leave and does not count as held."""
    own = s.limited_cells
    if len(own):
        limit = s.problem.arrays.stocks.storage_limit[own]
        leaves = s.issued_by_cell + s.components + s.sent
        s.row("outside", s.outside >= s.held[own] - limit)
        s.row("storage", leaves[own] <= s.periods * limit)


def add_arrivals(s: Symbols) -> None:
    """What is on its way comes one stage nearer; what is made or shipped now joins it."""
    sets, count = s.sets, len(s.sets.coming)
    if not count:
        return
    survival = s.problem.arrays.flows.survival[sets.parcel_flow]
    made, sent = sets.made_later, sets.sent_later
    joins = grouped(s.output[made.source] * made.part, made.target, count)
    joins = joins + grouped(s.shipped[sent.source] * (sent.part * survival[sent.source]), sent.target, count)
    s.row("arrivals", s.coming.after == grouped(s.coming.before, sets.coming.following, count) + joins)
