"""Which columns a period hands on to later ones, and in which state."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from replenish.multistage.smps.core import FREE, Core
from replenish.multistage.smps.stoch import Place
from replenish.multistage.smps.times import Periods


class Carried(NamedTuple):
    """A column that rows of later periods hold: decided in `first`, last needed in `last`."""

    column: int
    first: int
    last: int


@dataclass(slots=True)
class State:
    """A state that carries one column after the other.

    Columns of different periods share a state where their times do not overlap, as the stocks at the end of each
    period do: so a policy has as many states as columns that are carried at once, not as are carried ever.
    """

    columns: list[Carried] = field(default_factory=list)

    def incoming(self, period: int) -> int | None:
        """Return the column that comes into a period, or None."""
        return next((one.column for one in self.columns if one.first < period <= one.last), None)

    def outgoing(self, period: int) -> int | None:
        """Return the column that leaves a period, or None."""
        return self.incoming(period + 1)

    def is_alive(self, period: int) -> bool:
        """Return whether something comes into this period or a later one, so that all before must have the state."""
        return self.columns[-1].last >= period


def find_states(core: Core, periods: Periods, places: Sequence[Sequence[Place]]) -> list[State]:
    """Return the fewest states that carry all columns which rows of later periods hold."""
    last = list(periods.of_column)
    held = [*core.entries, *((p.column, p.row) for each in places for p in each if p.kind == "matrix")]
    for column, row in held:
        if core.kinds[row] != FREE:
            last[column] = max(last[column], periods.of_row[row])
    carried = [
        Carried(column, first, end)
        for column, (first, end) in enumerate(zip(periods.of_column, last, strict=True))
        if end > first
    ]
    states: list[State] = []
    free: list[tuple[int, int]] = []  # (period from which it is free, number of the state)
    for one in sorted(carried, key=lambda one: one.first):
        if free and free[0][0] <= one.first:
            _, number = heapq.heappop(free)
        else:
            number = len(states)
            states.append(State())
        states[number].columns.append(one)
        heapq.heappush(free, (one.last, number))
    return states
