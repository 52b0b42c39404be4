"""How long a network takes to forget how it began."""

from __future__ import annotations

import numpy as np

from replenish.arrays.groups import Floats, Ints
from replenish.arrays.network import Network
from replenish.sustain.flows import Flows, to_flows
from replenish.sustain.utilisation import find_load

TIMES = 6.0
"""Relaxation times after which a four-hundredth of a difference at the start is left."""


def settling_days(network: Network, servers: Ints | None = None, flows: Flows | None = None) -> Floats:
    """Return how long queues at servers take to settle, (group,) [day]; infinite at or above a utilisation of 1.

    In a queue M/M/c what is left of the start shrinks with the relaxation time T / (sqrt(c) - sqrt(load))^2, T being
    the mean repair time: months at half load, decades near 1.

    References:
        Morse (1955), Stochastic properties of waiting lines, Journal of the Operations Research Society of America
        3(3), 255-261.
    """
    found = to_flows(network) if flows is None else flows
    number = network.servers.number if servers is None else servers
    load, work = find_load(network, found), np.zeros(len(number))
    is_served = (network.repairs.servers >= 0) & (found.taken_in > 0)
    np.add.at(work, network.repairs.servers[is_served], found.taken_in[is_served])
    room = np.sqrt(number) - np.sqrt(load)
    time = np.divide(load, work, out=np.zeros_like(load), where=work > 0)
    days: Floats = np.divide(TIMES * time, room**2, out=np.where(load > 0, np.inf, 0.0), where=room > 0)
    return days


def pipeline_days(network: Network) -> float:
    """Return how long the longest way through repair, orders and makers takes to settle, queues apart [day]."""
    repairs, sites = network.repairs, network.sites
    longest = float(np.max(repairs.time + repairs.no_fault_time, initial=0.0))
    return TIMES * longest + float(network.parts.procurement_time.max(initial=0.0) + sites.order_time.sum())
