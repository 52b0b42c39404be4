"""Histories of a part in a network by order statistics, to hold against laws."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from replenish.arrays.network import EXPONENTIAL, GAMMA, NONE, Network

Array = npt.NDArray[np.float64]


class Replication:
    """One history of a part in a network, by order statistics: no clock, and no law of backorders.

    A site has served as many requests as it had spares and got units back, so request k is met once it has been made
    and k - spares units came back.
    """

    def __init__(self, one: Network, random: np.random.Generator, day: float) -> None:
        self.one, self.random, self.day = one, random, day

    def delays(self, part: int, site: int, count: int) -> Array:
        repairs = self.one.repairs
        mean, law, spread = repairs.time[part, site], repairs.law[part, site], repairs.spread[part, site]
        if law == EXPONENTIAL:
            return self.random.exponential(mean, count)
        if law == GAMMA:
            return self.random.gamma(spread**-2, mean * spread**2, count)
        return np.full(count, mean)

    def owed(self, part: int, own: list[Array]) -> Array:
        """Return what each site owes on the day, given the times of removals at sites."""
        parents, sites = self.one.sites.parent, range(len(own))
        asked = [[(times, np.full(len(times), site), np.zeros(len(times), bool))] for site, times in enumerate(own)]
        back: list[list[Array]] = [[] for _ in sites]
        for site in reversed(sites):  # what comes to a bench, and what is ordered
            times, _, bare = (np.concatenate(column) for column in zip(*asked[site], strict=True))
            count = len(times)
            is_in = ~bare & (self.random.random(count) < self.one.repairs.repair_share[part, site])
            done = times + self.delays(part, site, count)
            is_lost = is_in & (self.random.random(count) < self.one.repairs.condemned_share[part, site])
            back[site].append(done[is_in & ~is_lost])
            ordered = np.concatenate([times[~is_in], done[is_lost]])
            without = np.concatenate([bare[~is_in], np.ones(is_lost.sum(), bool)])
            if parents[site] == NONE:
                back[site].append(ordered + self.one.parts.procurement_time[part])
            else:
                asked[parents[site]].append((ordered, np.full(len(ordered), site), without))
        owed = np.zeros(len(own))
        for site in sites:  # what is met, from the top
            times, who, _ = (np.concatenate(column) for column in zip(*asked[site], strict=True))
            order = np.argsort(times, kind="stable")
            times, who = times[order], who[order]
            spares = int(self.one.spares.on_hand[part, site])
            units = np.sort(np.concatenate([np.full(spares, -np.inf), *back[site]]))
            units = np.pad(units, (0, max(len(times) - len(units), 0)), constant_values=np.inf)[: len(times)]
            met = np.maximum(times, units)
            owed[site] = np.sum((times <= self.day) & (met > self.day))
            for below in np.flatnonzero(parents == site):
                back[below].append(met[who == below] + self.one.sites.order_time[below])
        return owed


def removals(random: np.random.Generator, pieces: list[tuple[float, float, float]]) -> Array:
    """Return times of Poisson removals, given pieces (first day, last day, rate)."""
    return np.concatenate(
        [np.zeros(0)] + [random.uniform(a, b, random.poisson((b - a) * rate)) for a, b, rate in pieces]
    )
