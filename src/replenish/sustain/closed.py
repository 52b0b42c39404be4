"""Closed fleets in closed form: systems that are down are not used, so nothing of them fails.

A fleet of M systems with one part in each and S spares is a closed network of queues with M + S units: at most M of
them are installed and fail, the others are under repair, on the way or on the shelf.  With exponential times between
failures and exponential repair by servers its law is a product; stages without waiting (tests, repair by ample servers,
transport) count only by their mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from replenish.arrays.groups import Floats, Ints
from replenish.arrays.network import EXPONENTIAL, NONE, Network
from replenish.errors import UsageError
from replenish.sustain.flows import Flows, to_flows


class Queue(NamedTuple):
    """Repair by servers that wait for this part alone.

    work: mean time under repair by removal, visits times the time of one [day].
    servers: how many.
    """

    work: float
    servers: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClosedFleet:
    """A closed fleet in the long run.

    outstanding: law of the parts under repair, on the way or on order, (number,).
    down: law of the systems that wait for a part, (number,).
    availability: mean share of systems in service.
    removals: mean [unit/day]; fewer than those of an open fleet by the factor `availability`.
    backorders: mean number of systems that wait [system].
    utilisation: (queue,) share of the time of servers at work.
    """

    outstanding: Floats
    down: Floats
    availability: float
    removals: float
    backorders: float
    utilisation: Floats


def finite_source(
    systems: int, spares: int, rate: float, *, queues: Sequence[Queue] = (), delay: float = 0.0
) -> ClosedFleet:
    """Return the law of a closed fleet with one part.

    Args:
        systems: in the fleet; each needs the one part.
        spares: in stock, on order or under repair, beside those installed [unit].
        rate: of failure of a system in service [1/day]; times between failures are exponential.
        queues: repair with waiting, exponential times; none for ample repair.
        delay: mean time without waiting by removal: tests, transport, ample repair, of any law [day].

    References:
        Gordon & Newell (1967), Closed queuing systems with exponential servers, Operations Research 15, 254-265.
        Gross, Miller & Soland (1983), A closed queueing network model for multi-echelon repairable item provisioning,
        IIE Transactions 15, 344-352.  With one queue: the machine repair problem with spares, Gross & Harris, ch. 2.

    >>> round(finite_source(10, 2, 1 / 50, queues=[Queue(8.0, 2)]).availability, 5)
    0.90783
    """
    if not (systems > 0 and spares >= 0 and rate > 0 and delay >= 0):
        raise ValueError("systems and rate must be above 0, spares and delay at least 0")
    units = systems + spares
    away = _weights(rate * delay, np.full(units, np.inf))
    for queue in queues:
        away = _convolve(away, _weights(rate * queue.work, np.full(units, float(queue.servers))))
    at_hand = _weights(1.0, np.full(units, float(systems)))[::-1]
    law = np.exp(away + at_hand - np.max(away + at_hand))
    law /= law.sum()
    short = np.maximum(np.arange(units + 1) - spares, 0)
    down = np.zeros(systems + 1)
    np.add.at(down, short, law)
    backorders = float(law @ short)
    removals = rate * (systems - backorders)
    used = np.array([removals * queue.work / queue.servers for queue in queues])
    return ClosedFleet(
        outstanding=law, down=down, availability=1.0 - backorders / systems, removals=removals, backorders=backorders,
        utilisation=used,
    )  # fmt: skip


def _weights(load: float, servers: Floats) -> Floats:
    """Return logarithms of the weights of 0, 1, ... units at a stage: load^n / prod min(k, servers)."""
    number = np.arange(1, len(servers) + 1)
    with np.errstate(divide="ignore"):
        return np.concatenate([[0.0], np.cumsum(np.log(load) - np.log(np.minimum(number, servers)))])


def _convolve(first: Floats, second: Floats) -> Floats:
    """Return the logarithm of the convolution of two laws given by theirs; cut to the length of the first."""
    found = [np.logaddexp.reduce(first[: n + 1] + second[: n + 1][::-1]) for n in range(len(first))]
    return np.array(found)


def find_closed(network: Network, *, stock: Ints | None = None) -> tuple[str, ...]:
    """Return for each fleet why no closed form holds for it, "" where `evaluate_closed` answers, (fleet,).

    Args:
        network: any.
        stock: (part, site) [unit]; that of the network if None.
    """
    held = network.spares.on_hand if stock is None else np.asarray(stock)
    flows = to_flows(network)
    return tuple(_why_not(network, flows, held, fleet) for fleet in range(len(network.fleets.site)))


def evaluate_closed(
    network: Network, fleet: int, *, stock: Ints | None = None, servers: Ints | None = None
) -> ClosedFleet:
    """Return the long run of a closed fleet for which `find_closed` says "".

    Args:
        network: any.
        fleet: row of the fleet.
        stock: (part, site) [unit]; that of the network if None.
        servers: (group,); those of the network if None.

    Raises:
        UsageError: no closed form holds for the fleet; the simulator takes it.
    """
    held = network.spares.on_hand if stock is None else np.asarray(stock)
    number = network.servers.number if servers is None else np.asarray(servers)
    flows = to_flows(network)
    if why := _why_not(network, flows, held, fleet):
        raise UsageError(f"fleet in row {fleet} has no closed form: {why}; simulate it")
    site = int(network.fleets.site[fleet])
    part = int(network.installations.part[network.installations.fleet == fleet][0])
    removals = float(network.removals()[part, site])
    systems = int(network.fleets.systems[fleet])
    route = _route(network, flows, part, site)
    queues = [
        Queue(
            float(flows.taken_in[part, at] / removals * network.repairs.time[part, at]),
            int(number[network.repairs.servers[part, at]]),
        )
        for at in route
        if _waits(network, flows, part, at)
    ]
    ample = sum(float(flows.pipeline[part, at]) for at in route) / removals
    delay = max(ample - sum(queue.work for queue in queues), 0.0)
    return finite_source(systems, int(held[part, site]), removals / systems, queues=queues, delay=delay)


def _route(network: Network, flows: Flows, part: int, site: int) -> list[int]:
    """Return the sites that a part of a fleet at a site may come to, from the bottom up."""
    found = [site]
    while flows.orders[part, found[-1]] > 0 and network.sites.parent[found[-1]] != NONE:
        found.append(int(network.sites.parent[found[-1]]))
    return found


def _waits(network: Network, flows: Flows, part: int, site: int) -> bool:
    """Return whether a part waits for servers at a site."""
    return bool(network.repairs.servers[part, site] != NONE and flows.taken_in[part, site] > 0)


def _why_not(network: Network, flows: Flows, stock: Ints, fleet: int) -> str:
    """Return why the law of a fleet is no product, "" if it is."""
    rows = np.flatnonzero(network.installations.fleet == fleet)
    if not network.fleets.is_closed[fleet]:
        return "it is open: systems that are down go on failing"
    if len(rows) != 1:
        return "its systems hold several parts, or none"
    part, site = int(network.installations.part[rows[0]]), int(network.fleets.site[fleet])
    found = {
        "a system is in service without all of its parts, which go on failing": (
            network.installations.needed[rows[0]] != network.installations.quantity[rows[0]]
        ),
        "times between failures are not exponential with a known rate": (
            network.parts.variance_ratio[part] != 1.0 or np.isfinite(network.parts.rate_shape[part])
        ),
        "its use changes over time": np.any(network.operations.fleet == fleet),
        "nothing of it fails": not flows.requests[part, site] > 0,
    }
    return next((why for why, holds in found.items() if holds), _why_not_alone(network, flows, stock, (part, site)))


def _why_not_alone(network: Network, flows: Flows, stock: Ints, at: tuple[int, int]) -> str:
    """Return what a part of a fleet at a site shares with others or waits for, "" if nothing."""
    part, site = at
    route = _route(network, flows, part, site)
    queues = [where for where in route if _waits(network, flows, part, where)]
    elsewhere = network.removals()[part].sum() > flows.requests[part, site] * (1 + 1e-12)
    found = {
        "its part waits for inner parts": np.any(network.inner.inside == part),
        "its part is in other fleets or parts too": elsewhere or np.any(network.inner.part == part),
        "sites of its route share their stock with others": np.any(network.sites.group[route] != NONE),
        "a site above holds spares, so the order of events matters": np.any(stock[part, route[1:]] > 0),
        "its servers repair other parts, or at several sites": any(_users(network, flows, part, w) > 1 for w in queues),
        "repair by servers does not take exponential time": np.any(network.repairs.law[part, queues] != EXPONENTIAL),
    }
    return next((why for why, holds in found.items() if holds), "")


def _users(network: Network, flows: Flows, part: int, site: int) -> int:
    """Return how many parts and sites the servers of a part at a site have work from."""
    return int(np.sum((network.repairs.servers == network.repairs.servers[part, site]) & (flows.taken_in > 0)))
