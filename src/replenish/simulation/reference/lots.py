"""Section 3: the ages of a stock, as explicit lots by class of expiry.

A stock of fresh units alone (first in, first out) is kept in classes one period wide, so that it is exact: no formula
is used that would hold only if the oldest units always leave first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from replenish.arrays import groups
from replenish.arrays.groups import Floats, Stocks


@dataclass
class Lots:
    """The units of one stock, on hand and outside together, by class of expiry."""

    units: Floats  # (class, path); the last class outlives the horizon
    width: int  # periods of expiry in one class
    life: int  # periods that a fresh unit can be used

    def class_of(self, expiry: int) -> int:
        """Return the class of units that expire in a period."""
        return min((2 * expiry + self.width) // (2 * self.width), len(self.units) - 1)

    def add_fresh(self, amount: Floats, t: int) -> None:
        """Add units that a line completed in period `t`."""
        self.units[self.class_of(t + self.life)] += amount

    def expire(self, t: int) -> Floats:
        """Remove and return all classes that leave by period `t`, (path,)."""
        past = self.units[: t // self.width + 1]
        gone: Floats = past.sum(axis=0)
        past[...] = 0.0
        return gone

    def take(self, amount: Floats, *, freshest_first: bool = False) -> Floats:
        """Remove an amount, the oldest or the freshest first, and return it by class, (class, path)."""
        taken, rest = np.zeros(self.units.shape), amount.copy()
        numbers = range(len(self.units))
        for j in reversed(numbers) if freshest_first else numbers:
            taken[j] = np.minimum(self.units[j], rest)
            rest -= taken[j]
        self.units -= taken
        return taken


def opening_lots(stocks: Stocks, paths: int) -> dict[int, Lots]:
    """Return the lots of every stock whose ages are kept; what outlives the horizon is in the last class."""
    found = {}
    for c in np.flatnonzero(stocks.ages != groups.KEEPS).tolist():
        width = int(stocks.class_width[c]) if stocks.ages[c] == groups.CLASSES else 1
        periods = len(stocks.opening_expiry)
        lots = Lots(np.zeros((-(-periods // width) + 1, paths)), width, int(stocks.shelf_life[c]))
        for expiry, amount in enumerate(stocks.opening_expiry[:, c]):
            lots.units[lots.class_of(expiry)] += amount
        lots.units[-1] += max(0.0, stocks.opening[c] - stocks.opening_expiry[:, c].sum())
        found[c] = lots
    return found
