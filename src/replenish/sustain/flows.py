"""What flows through a network in the long run: parts taken out, repaired, passed on, ordered.

A site meets a request for a part from its stock, or owes it.  A faulty part that comes with the request is repaired
here, passed to the parent, or condemned; for one that is passed or condemned a part is ordered from the parent.  At the
top such orders go to a maker who delivers after the procurement time.  So every request sets off either a repair at the
site or an order, and units outstanding at a site are those repairs and orders that are not done.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from replenish.arrays.groups import Floats
from replenish.arrays.network import NONE, Network


class Flows(NamedTuple):
    """Rates and means of a network whose fleets are used as stated, each (part, site).

    requests: asked from the stock of the site, by its fleets, by repairs of outer parts and by sites below [unit/day].
    arrivals: faulty or suspect parts that come to the site [unit/day].
    taken_in: of them, under repair here [unit/day].
    orders: from the parent, or at the top from the maker [unit/day].
    at_work: mean under test and under repair, servers and inner parts always at hand [unit].
    on_the_way: mean of orders on the way from the parent, it having stock, or from the maker [unit].
    share: of the requests of the parent that come from this site; 0 at the top.
    """

    requests: Floats
    arrivals: Floats
    taken_in: Floats
    orders: Floats
    at_work: Floats
    on_the_way: Floats
    share: Floats

    @property
    def pipeline(self) -> Floats:
        """Return mean units outstanding at a site, its parent having stock [unit]."""
        return self.at_work + self.on_the_way


def to_flows(network: Network, removals: Floats | None = None) -> Flows:
    """Return the flows of a network.

    Args:
        network: sites stand after their parents.
        removals: of parts from systems, (part, site) [unit/day]; as stated for the fleets if None.
    """
    own = network.removals() if removals is None else removals
    outer = _of_parts(network, own)
    inner = np.zeros_like(own)
    np.add.at(inner, network.inner.part, network.inner.share[:, None] * _repaired(network, outer)[network.inner.inside])
    return _of_parts(network, own + inner)


def _repaired(network: Network, flows: Flows) -> Floats:
    """Return parts that are repaired, not condemned, by site; each may need an inner part."""
    found: Floats = flows.taken_in * (1.0 - network.repairs.condemned_share)
    return found


def _of_parts(network: Network, own: Floats) -> Flows:
    """Return the flows that removals at sites set off, passed up from the lowest sites."""
    parent, repairs = network.sites.parent, network.repairs
    requests, arrivals = own.copy(), own.copy()
    orders, taken_in, without = np.zeros_like(own), np.zeros_like(own), np.zeros_like(own)
    for site in range(len(parent) - 1, -1, -1):
        faulty = arrivals[:, site] * (1.0 - repairs.no_fault_share[:, site])
        taken_in[:, site] = faulty * repairs.repair_share[:, site]
        passed = faulty - taken_in[:, site]
        without[:, site] += taken_in[:, site] * repairs.condemned_share[:, site]
        orders[:, site] = passed + without[:, site]
        if parent[site] != NONE:
            requests[:, parent[site]] += orders[:, site]
            arrivals[:, parent[site]] += passed
            without[:, parent[site]] += without[:, site]
    above = np.where(parent == NONE, 0, parent)
    share = np.divide(orders, requests[:, above], out=np.zeros_like(own), where=requests[:, above] > 0)
    lead = np.where(parent == NONE, network.parts.procurement_time[:, None], network.sites.order_time)
    tested = arrivals * repairs.no_fault_share * repairs.no_fault_time
    return Flows(
        requests=requests,
        arrivals=arrivals,
        taken_in=taken_in,
        orders=orders,
        at_work=tested + taken_in * repairs.time,
        on_the_way=orders * lead,
        share=np.where(parent == NONE, 0.0, share),
    )
