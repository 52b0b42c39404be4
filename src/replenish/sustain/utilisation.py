"""How busy servers are, and the laws of parts in their shops."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from replenish.arrays.groups import Floats, Ints
from replenish.arrays.network import EXPONENTIAL, FIXED, NONE, Network
from replenish.errors import SolveError
from replenish.sustain.flows import Flows, to_flows


class Overload(NamedTuple):
    """A shop that cannot keep up: its row, servers that its work takes, servers there, and the fewest that would do."""

    group: int
    load: float
    servers: int
    fewest: int

    @property
    def utilisation(self) -> float:
        """Return load by server, 1 or more."""
        return self.load / self.servers if self.servers else float("inf")


class OverloadError(SolveError):
    """Some shops get more work than they can do: their queues grow without limit, so there is no long run."""

    def __init__(self, overloads: tuple[Overload, ...]) -> None:
        self.overloads = overloads
        told = "; ".join(
            f"servers {one.group}: {one.load:.4g} of {one.servers} busy on average, give at least {one.fewest}"
            for one in overloads
        )
        super().__init__(f"work comes in faster than it is done ({told})")


class Shops(NamedTuple):
    """Laws of shops, each (group,) or (part, site).

    load: servers busy on average.
    share, tail: (part, site) of a part in the work of the shop that repairs it, and the ratio of the geometric law of
    its number that waits while all servers are busy.
    is_alike: whether all parts of the shop come at random, with one exponential law and one priority: the law is exact.
    """

    servers: Ints
    load: Floats
    share: Floats
    tail: Floats
    is_alike: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]


def find_load(network: Network, flows: Flows | None = None) -> Floats:
    """Return servers that are busy on average, (group,), whether or not there are so many."""
    found = to_flows(network) if flows is None else flows
    load = np.zeros(len(network.servers.number))
    is_served = network.repairs.servers != NONE
    np.add.at(load, network.repairs.servers[is_served], (found.taken_in * network.repairs.time)[is_served])
    return load


def find_utilisation(network: Network, servers: Ints | None = None, flows: Flows | None = None) -> Floats:
    """Return load by server, (group,); inf where there is work and nobody."""
    load, number = find_load(network, flows), network.servers.number if servers is None else servers
    return np.divide(load, number, out=np.where(load > 0, np.inf, 0.0), where=number > 0)


def find_overloads(network: Network, servers: Ints | None = None, flows: Flows | None = None) -> tuple[Overload, ...]:
    """Return the shops at or above a utilisation of 1, with the fewest servers that would do; none if all keep up."""
    load, number = find_load(network, flows), network.servers.number if servers is None else servers
    return tuple(
        Overload(int(group), float(load[group]), int(number[group]), int(np.floor(load[group])) + 1)
        for group in np.flatnonzero((load > 0) & (load >= number))
    )


def without_queues(network: Network) -> Network:
    """Return the network as it would be with servers to spare everywhere: what ignoring queues assumes."""
    nobody = np.full_like(network.repairs.servers, NONE)
    return replace(network, repairs=network.repairs._replace(servers=nobody))


def to_shops(network: Network, flows: Flows, servers: Ints, ratio: Floats | None = None) -> Shops:
    """Return laws of the numbers in shops.

    Parts with one exponential law and one priority: M/M/c, and a part in the shop is one of a kind with the chance of
    its share of the work, independently of the others: exact.  Otherwise mean waits are those of Allen and Cunneen, by
    priority as in Kella and Yechiali, and what waits of a part is geometric as in M/M/c.

    Args:
        network: repairs tell who repairs what.
        flows: its flows.
        servers: how many, (group,).
        ratio: variance / mean of requests, (part, site); 1 if None.

    Raises:
        OverloadError: a shop is at or above a utilisation of 1.

    References:
        Allen (1990), Probability, Statistics, and Queueing Theory, 2nd ed., section 5.3; Kella, Yechiali (1985),
        Waiting times in the non-preemptive priority M/M/c queue, Stochastic Models 1(2), 257-262.
    """
    overloads = find_overloads(network, servers, flows)
    if overloads:
        raise OverloadError(overloads)
    load = find_load(network, flows)
    share, tail = np.zeros_like(flows.taken_in), np.zeros_like(flows.taken_in)
    is_alike = np.ones(len(load), dtype=bool)
    batches = np.ones_like(share) if ratio is None else ratio
    for group in np.flatnonzero(load > 0):
        rows = np.nonzero((network.repairs.servers == group) & (flows.taken_in > 0))
        shop = _to_shop(network, flows, rows)
        is_alike[group] = shop.is_alike() and bool(np.all(batches[rows] == 1.0))
        queue = shop.queue(int(servers[group]), batches[rows])
        share[rows] = shop.rate * shop.time / load[group]
        tail[rows] = queue / (1.0 + queue)
    return Shops(servers, load, share, tail, is_alike)


def _to_shop(network: Network, flows: Flows, rows: tuple[Ints, ...]) -> _Shop:
    repairs = network.repairs
    return _Shop(
        flows.taken_in[rows], repairs.time[rows], repairs.law[rows], repairs.spread[rows], repairs.priority[rows]
    )


class _Shop(NamedTuple):
    """Parts of one shop, each (row,)."""

    rate: Floats
    time: Floats
    law: Ints
    spread: Floats
    priority: Ints

    def is_alike(self) -> bool:
        """Return whether the law of the number of each part is exact."""
        first = all(np.ptp(values) <= 1e-12 * np.max(values) for values in (self.time, self.priority))
        return bool(first and np.all(self.law == EXPONENTIAL))

    def queue(self, servers: int, ratio: Floats) -> Floats:
        """Return means of what waits of each part while all servers are busy, (row,)."""
        work = self.rate * self.time
        spread = np.where(self.law == EXPONENTIAL, 1.0, np.where(self.law == FIXED, 0.0, self.spread))
        mean = work.sum() / self.rate.sum()
        service = self.rate @ (self.time**2 * (1.0 + spread**2)) / self.rate.sum() / mean**2 - 1.0
        uneven = (self.rate @ ratio / self.rate.sum() + service) / 2.0
        before = np.array([work[self.priority < rank].sum() for rank in self.priority]) / servers
        until = np.array([work[self.priority <= rank].sum() for rank in self.priority]) / servers
        found: Floats = self.rate * uneven * mean / servers / ((1.0 - before) * (1.0 - until))
        return found
