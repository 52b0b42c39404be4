"""The state of a group of paths at the moment of decision, read from the memory of a kernel.

What comes later lies in rings there: what comes in period t stands at t modulo the length of the ring, and the place of
the period at hand is empty or, for releases, holds what leaves now.
"""

from __future__ import annotations

import numpy as np

from replenish.arrays.ages import fresh_row, held_by_life, opening_by_life, receipt_periods, rows_of_classes
from replenish.arrays.groups import CLASSES, KEEPS, Arrays, Floats, Ints
from replenish.arrays.state import State, expected_gain, spans
from replenish.simulation.state import Workspace, amount_sizes, code_sizes, first_rows

_BUILDING = 2  # stage of an expansion that is paid for; the next is complete


class Sight:
    """Where everything that a state shows lies."""

    def __init__(self, arrays: Arrays) -> None:
        """Number the rows."""
        self._arrays, self._spans = arrays, spans(arrays)
        self._sizes, self._code_sizes = amount_sizes(arrays), code_sizes(arrays)
        self._first, self._first_code = first_rows(self._sizes), first_rows(self._code_sizes)
        self._receipts = _starts(self._first["receipts"], receipt_periods(arrays))
        self._classes = _starts(self._first["classes"], arrays.stocks.classes)
        self._ageing = np.flatnonzero(arrays.stocks.ages != KEEPS).tolist()
        self._gain = expected_gain(arrays.expansions)

    def look(self, t: int, space: Workspace) -> State:
        """Return the state of all lanes in period `t`; nothing in it is shared with the workspace."""
        amounts, coming, pledged = space.amounts, *self._under_way(t, space.amounts)
        on_hand, outside = self._read("on_hand", amounts), self._read("outside", amounts)
        started, growing = self._building(t, space)
        return State(
            on_hand=on_hand,
            outside=outside,
            owed=self._read("backorders", amounts),
            demand=self._read("demand", amounts),
            requirement=self._read("requirement", amounts),
            book=self._read("book", amounts),
            waiting=self._waiting(t, amounts),
            coming=coming,
            decided=self._decided(t, amounts),
            pledged=pledged,
            open_pledges=self._read("open_to_deliver", amounts),
            rate=self._read("rate", amounts),
            added=self._read("added", amounts),
            growing=growing,
            started=started,
            budget=self._read("budget", amounts),
            chain_state=self._read("chain_state", amounts),
            is_out=self._code("is_out", space).astype(np.float64),
            life=self._life(t, amounts, on_hand, outside),
        )

    def _read(self, name: str, amounts: Floats) -> Floats:
        first = self._first[name]
        return amounts[first : first + self._sizes[name]].copy()

    def _code(self, name: str, space: Workspace) -> Ints:
        first = self._first_code[name]
        return space.codes[first : first + self._code_sizes[name]]

    def _waiting(self, t: int, amounts: Floats) -> Floats:
        slots = self._arrays.slots
        steps = np.arange(1, self._spans.waiting + 1)
        return _ahead(amounts, self._first["waiting"] + slots.wait_ring, slots.wait, t + steps, steps)

    def _decided(self, t: int, amounts: Floats) -> Floats:
        flows, steps = self._arrays.flows, np.arange(self._spans.decided)
        return _ahead(amounts, self._first["decided"] + flows.wait_ring, flows.wait, t + steps, steps)

    def _under_way(self, t: int, amounts: Floats) -> tuple[Floats, Floats]:
        """Return what comes to each stock, and what comes over flows that have pledges."""
        slots, flows, steps = self._arrays.slots, self._arrays.flows, np.arange(1, self._spans.coming + 1)
        longest = self._arrays.products.longest[slots.product]
        work = _ahead(amounts, self._first["work"] + slots.lead_ring, longest, t + steps, steps)
        transit = _ahead(amounts, self._first["transit"] + flows.lead_ring, flows.longest, t + steps, steps)
        transit *= flows.survival[:, None]
        coming = np.zeros((len(steps), len(self._arrays.stocks.opening), amounts.shape[1]))
        for cells, parts in ((slots.cell, work), (flows.to_cell, transit)):
            for thing, cell in enumerate(cells.tolist()):
                coming[:, cell] += parts[:, thing]
        transit[:, np.diff(flows.first_pledge) == 0] = 0.0
        return coming, transit

    def _building(self, t: int, space: Workspace) -> tuple[Floats, Floats]:
        """Return the share of each expansion that is started, and when capacity under construction is expected."""
        own, lanes = self._arrays.expansions, space.amounts.shape[1]
        started = (self._code("stage", space) >= _BUILDING).astype(np.float64)
        started[own.is_called == 1] = self._read("begun", space.amounts)
        growing = np.zeros((self._spans.growing, len(self._arrays.lines.max_rate), lanes))
        for x in np.flatnonzero(started.any(axis=1)).tolist():
            shares, since = self._open_parts(t, x, space) if own.is_called[x] else self._open_whole(x, space)
            ahead = np.maximum(0, since + own.expected[x] - t - 1)
            part, lane = np.nonzero((shares > 0) & (ahead < len(growing)))
            np.add.at(growing, (ahead[part, lane], own.line[x], lane), shares[part, lane] * self._gain[x])
        return started, growing

    def _open_parts(self, t: int, x: int, space: Workspace) -> tuple[Floats, Ints]:
        """Return the parts of an expansion under construction and the periods in which they began, (part, lane)."""
        own, periods = self._arrays.expansions, len(self._arrays.clock.days)
        first = self._first["parts"] + int(own.is_called[:x].sum()) * periods
        took = np.maximum(1, self._code("completion", space)[x] - own.start[x])
        since = np.arange(max(own.start[x], t - took.max() + 1), t)[:, None]
        shares = np.where(t - since < took, space.amounts[first + since[:, 0]], 0.0)
        return shares, np.broadcast_to(since, shares.shape)

    def _open_whole(self, x: int, space: Workspace) -> tuple[Floats, Ints]:
        """Return the same of an expansion that has a date or a trigger, (1, lane)."""
        is_open = self._code("stage", space)[x] == _BUILDING
        return is_open.astype(np.float64)[None], (self._arrays.expansions.start[x] + self._code("late", space)[x])[None]

    def _life(self, t: int, amounts: Floats, on_hand: Floats, outside: Floats) -> Floats:
        life = np.zeros((self._spans.life + 1, *on_hand.shape))
        life[-1] = on_hand
        for c in self._ageing:
            came = self._came(t, c, amounts)
            life[:, c] = held_by_life(came, on_hand[c], outside[c])
        return life

    def _came(self, t: int, c: int, amounts: Floats) -> Floats:
        """Return what a stock may hold by row of life: its classes of expiry, or all that came and is not too old."""
        came = np.zeros((self._spans.life + 1, amounts.shape[1]))
        if self._arrays.stocks.ages[c] == CLASSES:
            places, rows = rows_of_classes(self._arrays, c, t)
            np.add.at(came, rows, amounts[self._classes[c] + places])
            return came
        remembered = self._receipts[c + 1] - self._receipts[c]
        ages = np.arange(min(remembered, t + 1))
        came += opening_by_life(self._arrays, c, t)[:, None]
        fresh = [fresh_row(self._arrays, c, age) for age in ages.tolist()]
        np.add.at(came, fresh, amounts[self._receipts[c] + (t - ages) % max(1, remembered)])
        return came


def _starts(first: int, counts: Ints) -> Ints:
    """Return where each of several runs of rows starts, and where the last ends."""
    return first + np.concatenate([[0], np.cumsum(counts)])


def _ahead(amounts: Floats, first: Ints, length: Ints, periods: Ints, steps: Ints) -> Floats:
    """Return what rings hold for some periods, (step, ring, lane); nothing from a whole turn on."""
    rows = first + periods[:, None] % np.maximum(1, length)
    is_held = steps[:, None] < length
    return np.where(is_held[:, :, None], amounts[np.where(is_held, rows, 0)], 0.0)
