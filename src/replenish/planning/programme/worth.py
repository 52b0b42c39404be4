"""What shortfalls, and stocks at the end, are worth."""

from __future__ import annotations

import numpy as np

from replenish.arrays.groups import Floats
from replenish.multistage.modelling.expression import Expression
from replenish.planning.programme.symbols import Symbols
from replenish.planning.sums import grouped


def add_worth_rows(s: Symbols) -> None:
    """Add the prices of shortfalls; in the last stage what is held has its worth."""
    add_shortfalls(s)
    if s.is_last:
        add_terminal(s)


def add_shortfalls(s: Symbols) -> None:
    """Requirement - held at the end of the stage <= sum of the ranges of the shortfall, each with its price."""
    bands, own = s.problem.shortfall, s.required
    if not len(own):
        return
    place = np.searchsorted(own, bands.thing)
    ranges = s.variable("shortfall", len(bands.thing), upper=_most_required(s)[bands.thing])
    s.row("shortfall_ranges", grouped(ranges, place, len(own)) >= s.requirement - s.inside[own])
    narrow = np.flatnonzero(np.isfinite(bands.width))
    s.row("shortfall_width", ranges[narrow] <= s.requirement[place[narrow]] * bands.width[narrow])
    s.cost(s.periods, ranges * bands.price)


def _most_required(s: Symbols) -> Floats:
    """Return the largest requirement of each stock, (stock,) [unit]."""
    return np.asarray(s.problem.arrays.stocks.requirement.max(axis=(0, 2)))


def add_terminal(s: Symbols) -> None:
    """What is held or paid for at the end is worth its price, up to the requirement."""
    bands = s.problem.terminal
    if len(bands.thing):
        own = np.unique(bands.thing)
        level = s.parameter("terminal_level", len(bands.thing))
        credit = s.variable("terminal", len(bands.thing), upper=level)
        s.row("terminal", grouped(credit, bands.thing, s.cells)[own] <= _position(s)[own])
        s.cost(-bands.price, credit)


def _position(s: Symbols) -> Expression:
    """Return what each stock has on hand, coming and on order when the last stage ends, (stock,) [unit].

    What would expire after the end never does, as in the simulator.
    """
    sets, slots = s.sets, s.problem.arrays.slots
    cell = sets.lots.cell
    held = s.closing + grouped(s.coming.after, cell[sets.coming.thing], s.cells)
    paid = np.where(slots.pays_on_delivery == 1, -1, slots.cell)
    ordered = grouped(s.book.after, paid, s.cells)
    return held + ordered + grouped(s.waiting.after, paid[sets.waiting.thing], s.cells)
