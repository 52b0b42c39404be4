"""What is made small: backorders of fleets, or the weighted log of availability."""

from __future__ import annotations

from typing import Literal

import numpy as np

from replenish.arrays.groups import Floats
from replenish.arrays.network import Bools, Network
from replenish.sustain.flows import Flows
from replenish.sustain.frontier.kernel.worth import Users

Objective = Literal["availability", "backorders"]


def to_users(network: Network, flows: Flows, objective: Objective, weights: Floats | None) -> Users:
    """Return which fleets ask for which part where, and what backorders of it mean for the objective.

    Backorders of a site fall on those who ask in proportion to their requests.  "availability": the sum over fleets of
    weight times -log of the product over parts of the chance that enough places in a system are filled, each empty with
    the chance of mean holes by place; weights are numbers of systems if None.  "backorders": the weighted sum of mean
    holes; weights are 1 if None.
    """
    own, fleets = network.installations, network.fleets
    site = fleets.site[own.fleet]
    place = own.part * len(network.sites.parent) + site
    order = np.argsort(place, kind="stable")
    asked = flows.requests[own.part, site]
    factor = np.divide(network.removals_by_row(), asked, out=np.zeros_like(asked), where=asked > 0)
    if objective == "availability":
        factor = factor / (fleets.systems[own.fleet] * own.quantity)
        weight = (fleets.systems if weights is None else weights)[own.fleet].astype(float)
        quantity, needed = own.quantity, own.needed
    else:
        weight = np.ones(len(own.part)) if weights is None else weights[own.fleet].astype(float)
        quantity = needed = np.zeros_like(own.quantity)
    first = np.searchsorted(place[order], np.arange(flows.requests.size + 1))
    return Users(first, factor[order], weight[order], quantity[order], needed[order])


def to_inner_users(flows: Flows, is_inner: Bools) -> Users:
    """Return users to whom each backorder of an inner part counts as one, whoever asks."""
    place = np.flatnonzero(np.repeat(is_inner, flows.requests.shape[1]))
    first = np.searchsorted(place, np.arange(flows.requests.size + 1))
    nothing = np.zeros(len(place), np.int64)
    return Users(first, np.ones(len(place)), np.ones(len(place)), nothing, nothing)


def find_convex(network: Network, objective: Objective) -> Bools:
    """Return parts, (part,), whose objective is convex in the stock of a base; redundant ones are not in general."""
    own = network.installations
    found = np.ones(len(network.parts.cost), dtype=bool)
    if objective == "availability":
        found[own.part[own.needed != own.quantity]] = False
    return found
