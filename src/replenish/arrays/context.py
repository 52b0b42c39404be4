"""What every part of the conversion to numbers needs: the calendar, the names and the money."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from replenish import draws
from replenish.arrays.groups import Floats, Ints, Laws
from replenish.arrays.labels import Labels
from replenish.periods import Calendar
from replenish.scenario.model import Holder, Scenario
from replenish.units import Per

GUIDE_ENTRIES = 8192
PERS: tuple[Per, ...] = ("day", "week", "month", "year")


@dataclass
class LawBook:
    """Collects laws, each kept once, and joins their tables."""

    laws: list[draws.Law] = field(default_factory=list)
    index: dict[tuple[Any, ...], int] = field(default_factory=dict)

    def add(self, key: tuple[Any, ...], make: Callable[[], draws.Law]) -> int:
        """Return the row of the law known by `key`, made on first use."""
        if key not in self.index:
            self.index[key] = len(self.laws)
            self.laws.append(make())
        return self.index[key]

    def to_laws(self) -> Laws:
        """Return the joined tables."""
        count = max(1, len(self.laws))
        offset, guide = np.zeros(count, np.int64), np.zeros((count, _guide_width(count)), np.int64)
        firsts = (np.arange(guide.shape[1]) * (draws.WORD // guide.shape[1])).astype(np.uint32)
        thresholds, knots = [np.zeros(0, np.uint32)], [np.zeros(0)]
        filled, knotted = 0, 0
        for row, law in enumerate(self.laws):
            if law.thresholds is not None:
                offset[row], filled = filled, filled + len(law.thresholds)
                thresholds.append(law.thresholds)
                guide[row] = offset[row] + np.searchsorted(law.thresholds, firsts)
            elif law.knots is not None:
                offset[row], knotted = knotted, knotted + len(law.knots)
                knots.append(law.knots)
        return Laws(
            kind=np.array([law.kind for law in self.laws] or [draws.FIXED], np.int64),
            offset=offset,
            base=np.array([law.base for law in self.laws] or [0], np.int64),
            thresholds=np.concatenate(thresholds),
            guide=guide,
            knots=np.concatenate(knots),
        )


def _guide_width(laws: int) -> int:
    """Return how many places of each law are kept to start from: more of them while all fit in a first-level cache."""
    return int(np.clip(2 ** int(np.log2(GUIDE_ENTRIES / laws)), 64, 1024))


@dataclass(frozen=True)
class Context:
    """A scenario on its way to numbers."""

    scenario: Scenario
    labels: Labels
    calendar: Calendar
    laws: LawBook
    holders: dict[str, Holder]
    rates: dict[str, float]  # `Scenario.currency_rates`
    share_of: dict[Per, Floats]  # units of time in each period, (T,)
    calls: int = 0  # policies at the end of the table in whose place functions decide
    limited: frozenset[tuple[str, str]] = frozenset()  # stocks from which functions limit what is issued
    called: frozenset[str] = frozenset()  # expansions that functions start

    @cached_property
    def ordinals(self) -> list[int]:
        """Return the first day of every period, and the day after the last, as ordinals, (T + 1,)."""
        return [day.toordinal() for day in self.calendar.bounds]

    @cached_property
    def states(self) -> int:
        """Return the number of states of the largest chain, at least one."""
        return max([1, *(len(states) for states in self.labels.states)])

    def first_period(self, start: dt.date | None) -> int:
        """Return the period from which a row holds; 0 for no date or an earlier one."""
        return 0 if start is None else max(0, self.calendar.index(start))

    def price(self, amount: float, currency: str) -> float:
        """Return an amount in the scenario's currency."""
        return amount * self.rates[currency]

    def dated(self, rows: Sequence[Any], value: Callable[[Any], Floats | float]) -> Floats:
        """Return `value` of the row in force by period and chain state, (T, S); 0 before the first row.

        The latest row holds; of two rows from the same period the one for a state goes before the one for all.
        """
        table = np.zeros((len(self.calendar), self.states))
        for row in sorted(rows, key=self._place):
            first = self.first_period(row.start)
            states = [self.labels.state(row.chain, row.state)] if row.chain else range(self.states)
            values = np.broadcast_to(value(row), len(self.calendar))[first:]
            for state in states:
                table[first:, state] = values
        return table

    def _place(self, row: Any) -> tuple[int, bool, dt.date, str]:
        return self.first_period(row.start), row.chain != "", since(row.start), row.state

    def only_chain(self, rows: Sequence[Any]) -> int:
        """Return the chain on which rows depend; -1 for none."""
        return max([-1, *(self.labels.chain_of[row.chain] for row in rows)])


def since(start: dt.date | None) -> dt.date:
    """Return the day from which a row holds, to sort by; no date comes before all dates."""
    return start or dt.date.min


def context(scenario: Scenario, labels: Labels, calendar: Calendar) -> Context:
    """Return the context of a sound scenario in which no function decides."""
    holders = {holder.name: holder for holder in scenario.holders}
    shares = {per: calendar.share_of(per) for per in PERS}
    return Context(scenario, labels, calendar, LawBook(), holders, scenario.currency_rates, shares)


def offsets(counts: Sequence[int] | Ints) -> Ints:
    """Return where each of several runs of rows starts, and the end of the last, (len + 1,).

    >>> offsets([2, 0, 3])
    array([0, 2, 2, 5])
    """
    return np.concatenate([[0], np.cumsum(np.asarray(counts, np.int64))]).astype(np.int64)


def ints(values: Sequence[int]) -> Ints:
    """Return whole numbers as an array."""
    return np.array(values, dtype=np.int64)


def floats(values: Sequence[float]) -> Floats:
    """Return numbers as an array."""
    return np.array(values, dtype=np.float64)
