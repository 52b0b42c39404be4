"""What flows through a network whose fleets are used more and less over time; repair by ample servers.

The same flows as in `flows`, as rates over time.  What is passed on moves at once, so steps of use stay steps; what is
condemned is ordered when its repair time is over, and a repair asks for its inner part when its own time is over: the
wait for inner parts comes after repair.  Only so is the number under repair free of that wait.
"""

from __future__ import annotations

from functools import reduce
from typing import NamedTuple

import numpy as np

from replenish.arrays.network import NONE, Network
from replenish.sustain.profiles import Profiles, to_profiles
from replenish.sustain.rates import NOTHING, Delay, Rate


class PartFlows(NamedTuple):
    """Flows of one part, each by site.

    requests: asked from the stock of the site.  removals: of them, from systems or repairs at the site.
    tested: no fault found.  taken_in: under repair.  repaired: of them, not condemned, when the repair time is over.
    orders: from the parent or the maker.  bare: of them, those with which no part is passed on.
    """

    requests: list[Rate]
    removals: list[Rate]
    tested: list[Rate]
    taken_in: list[Rate]
    repaired: list[Rate]
    orders: list[Rate]
    bare: list[Rate]


def to_timed_flows(network: Network) -> list[PartFlows]:
    """Return the flows of each part over time, (part,)."""
    own = _removals(network)
    outer = {int(part): _flows(network, int(part), own[int(part)]) for part in np.unique(network.inner.inside)}
    for part, inside, share in zip(*network.inner, strict=True):
        repaired = outer[int(inside)].repaired
        own[part] = [rate.plus(more.times(float(share))) for rate, more in zip(own[part], repaired, strict=True)]
    is_inner = set(network.inner.part.tolist())
    return [
        outer[part] if part in outer and part not in is_inner else _flows(network, part, own[part])
        for part in range(len(own))
    ]


def repair_delay(network: Network, part: int, site: int) -> Delay:
    """Return the law of a repair time."""
    repairs = network.repairs
    return Delay(float(repairs.time[part, site]), int(repairs.law[part, site]), float(repairs.spread[part, site]))


def order_delay(network: Network, part: int, site: int) -> Delay:
    """Return the time of an order, the parent having stock: fixed."""
    if network.sites.parent[site] == NONE:
        return Delay(float(network.parts.procurement_time[part]))
    return Delay(float(network.sites.order_time[site]))


def removals_of(network: Network, profiles: Profiles, row: int) -> Rate:
    """Return removals of a part from the systems of one fleet over time: of a row of the installations."""
    rows = network.installations
    part, fleet = rows.part[row], rows.fleet[row]
    factor = network.parts.rate[part] * rows.quantity[row] * rows.use[row] * network.fleets.systems[fleet]
    jump = factor * profiles.jump[:, fleet]
    moves = jump != 0
    return Rate(float(factor * profiles.before[fleet]), profiles.start[moves], jump[moves])


def _removals(network: Network) -> list[list[Rate]]:
    """Return removals from systems over time, by part and site."""
    parts, sites = network.repairs.time.shape
    found, profiles = [[NOTHING] * sites for _ in range(parts)], to_profiles(network)
    for row, (part, fleet) in enumerate(zip(network.installations.part, network.installations.fleet, strict=True)):
        site = network.fleets.site[fleet]
        found[part][site] = found[part][site].plus(removals_of(network, profiles, row))
    return found


def _flows(network: Network, part: int, removals: list[Rate]) -> PartFlows:
    """Return the flows of a part from its removals, passed up from the lowest sites."""
    parent, repairs = network.sites.parent, network.repairs
    sites = len(parent)
    arrivals: list[list[Rate]] = [[rate] for rate in removals]
    bare: list[list[Rate]] = [[] for _ in removals]
    found = PartFlows([NOTHING] * sites, removals, *([NOTHING] * sites for _ in range(5)))
    for site in range(sites - 1, -1, -1):
        arriving, without = _sum(arrivals[site]), _sum(bare[site])
        found.requests[site] = arriving.plus(without)
        found.tested[site] = arriving.times(float(repairs.no_fault_share[part, site]))
        faulty = arriving.times(1.0 - float(repairs.no_fault_share[part, site]))
        found.taken_in[site] = faulty.times(float(repairs.repair_share[part, site]))
        passed = faulty.times(1.0 - float(repairs.repair_share[part, site]))
        condemned = float(repairs.condemned_share[part, site])
        done = found.taken_in[site].delayed(repair_delay(network, part, site))
        found.repaired[site] = done.times(1.0 - condemned)
        if condemned > 0:
            without = without.plus(done.times(condemned))
        found.bare[site] = without
        found.orders[site] = passed.plus(without)
        if parent[site] != NONE:
            arrivals[parent[site]].append(passed)
            bare[parent[site]].append(without)
    return found


def _sum(rates: list[Rate]) -> Rate:
    return reduce(Rate.plus, rates, NOTHING)
