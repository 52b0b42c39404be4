"""Laws of counts as values."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from replenish.arrays.groups import Floats
from replenish.sustain.laws.entries import write_moments, write_owed, write_shop
from replenish.sustain.laws.fill import OVERFLOW

ROOM = 256  # places to begin with; doubled until a law fits


class Law(NamedTuple):
    """Chances of start, start + 1, ...; what is left out is below 1e-15 in all."""

    start: int
    chance: Floats

    @property
    def numbers(self) -> Floats:
        """Return the numbers that the chances are for."""
        return np.arange(self.start, self.start + len(self.chance), dtype=float)

    @property
    def mean(self) -> float:
        """Return the mean."""
        return float(self.numbers @ self.chance)

    @property
    def variance(self) -> float:
        """Return the variance."""
        return float((self.numbers - self.mean) ** 2 @ self.chance)

    def chance_above(self, stock: int) -> float:
        """Return P(X > stock)."""
        return float(self.chance[max(stock + 1 - self.start, 0) :].sum())

    def chance_below(self, stock: int) -> float:
        """Return P(X < stock): that a request finds a unit on the shelf."""
        return float(self.chance[: max(stock - self.start, 0)].sum())

    def backorders(self, stock: int) -> float:
        """Return E[max(X - stock, 0)]; the stock may be negative.

        >>> round(poisson(1.0).backorders(2), 6)  # 3/e - 1
        0.103638
        """
        return float(np.maximum(self.numbers - stock, 0.0) @ self.chance)

    def backorder_variance(self, stock: int) -> float:
        """Return the variance of max(X - stock, 0)."""
        owed = np.maximum(self.numbers - stock, 0.0)
        return float((owed - owed @ self.chance) ** 2 @ self.chance)

    def to_array(self) -> Floats:
        """Return the chances of 0, 1, ...; the law has no negative numbers."""
        return np.concatenate([np.zeros(self.start), self.chance])


def poisson(mean: float) -> Law:
    """Return the Poisson law."""
    return from_moments(mean, mean)


def from_moments(mean: float, variance: float) -> Law:
    """Return the law with a mean and a variance: negative binomial, Poisson or binomial by their ratio."""
    return _written(lambda out, _: write_moments(float(mean), float(variance), out))


def shop(servers: int, load: float, *, share: float = 1.0) -> Law:
    """Return the law of the number of a part in a shop with exponential repair, M/M/c.

    Args:
        servers: c.
        load: servers busy on average, below c.
        share: of the part in the work of the shop.
    """
    if not 0 <= load < servers:
        raise ValueError(f"load is {load:g} of {servers} servers, must be below their number; give more servers")
    waiting = share * load / (servers - load)  # of the part, while all servers are busy
    tail = waiting / (1.0 + waiting)
    return _written(lambda out, more: write_shop((servers, float(load), float(share), tail), out, more))


def owed(law: Law, stock: int, *, share: float = 1.0) -> Law:
    """Return the law of units owed, max(X - stock, 0), each counted with chance `share`; the stock may be negative."""
    return _written(lambda out, more: write_owed(law.chance, law.start, stock, float(share), (out, more)))


def thin(law: Law, share: float) -> Law:
    """Return the law of a count of which each unit is kept with chance `share`."""
    return owed(law, 0, share=share)


def add(one: Law, other: Law) -> Law:
    """Return the law of the sum of two independent counts."""
    return Law(one.start + other.start, np.convolve(one.chance, other.chance))


def mix(laws: list[Law], weights: Floats) -> Law:
    """Return the mixture of laws."""
    start = min(law.start for law in laws)
    chance = np.zeros(max(law.start + len(law.chance) for law in laws) - start)
    for law, weight in zip(laws, weights, strict=True):
        chance[law.start - start : law.start - start + len(law.chance)] += weight * law.chance
    return Law(start, chance)


def erlang_b(servers: int, load: float) -> float:
    """Return the chance that all servers are busy where nobody waits.

    >>> round(erlang_b(2, 1.0), 12)
    0.2
    """
    blocked = 1.0
    for count in range(1, servers + 1):
        blocked = load * blocked / (count + load * blocked)
    return blocked


def erlang_c(servers: int, load: float) -> float:
    """Return the chance that one who comes has to wait for a server, M/M/c; the load is below c.

    >>> round(erlang_c(3, 2.0), 12)  # 4/9
    0.444444444444
    """
    blocked = erlang_b(servers, load)
    return blocked / (1.0 - load / servers * (1.0 - blocked)) if servers else math.inf


def _written(write: Callable[[Floats, Floats], Any]) -> Law:
    """Return what a kernel writes, in as much room as it takes."""
    room = ROOM
    while True:
        out = np.empty(room)
        start, length = write(out, np.empty(2 * room))
        if length != OVERFLOW:
            return Law(start, out[:length].copy())
        room *= 2
