"""Removals that come in batches, or more evenly than at random: variances of what they leave outstanding."""

from __future__ import annotations

import numpy as np
from scipy.special import gammainc, gammaln, ndtr

from replenish.arrays.groups import Floats, Ints
from replenish.arrays.network import EXPONENTIAL, FIXED, GAMMA, NONE, Network
from replenish.sustain.flows import Flows


def to_ratio(network: Network, flows: Flows) -> Floats:
    """Return variance / mean of requests, (part, site): batches thin out on their way up and into parts.

    Of a stream with ratio v, the units that are kept with chance q have ratio 1 + q (v - 1).
    """
    excess = network.removals() * (network.parts.variance_ratio - 1.0)[:, None]
    if not excess.any():
        return np.ones_like(excess)
    inner, parent = network.inner, network.sites.parent
    of_outer = excess.copy()
    kept = flows.taken_in * (1.0 - network.repairs.condemned_share)
    chance = inner.share[:, None] * over(kept, flows.requests)[inner.inside]
    np.add.at(excess, inner.part, chance**2 * of_outer[inner.inside])
    passed = over(flows.orders, flows.requests)
    for site in range(len(parent) - 1, -1, -1):
        if parent[site] != NONE:
            excess[:, parent[site]] += passed[:, site] ** 2 * excess[:, site]
    found: Floats = 1.0 + over(excess, flows.requests)
    return found


def to_own_ratio(network: Network, flows: Flows, ratio: Floats, is_served: Floats) -> Floats:
    """Return variance / mean of what is under test, under repair and on the way, (part, site).

    With p(u) the chance that a unit asked for u days ago is still out, and servers to spare, the variance is
    mean + rate (v - 1) times the integral of p(u)^2: two units of a batch are out together with chance p(u)^2.

    Args:
        network: repairs tell how long units are out.
        flows: its flows.
        ratio: v, variance / mean of requests, (part, site).
        is_served: 1 where units wait for servers and so are not counted here, else 0.

    References:
        Shanbhag (1966), On infinite server queues with batch arrivals, Journal of Applied Probability 3, 274-279.
    """
    if np.all(ratio == 1.0):
        return ratio
    repairs, top = network.repairs, network.sites.parent == NONE
    tested = over(flows.arrivals * repairs.no_fault_share, flows.requests)
    repaired = over(flows.taken_in, flows.requests) * (1.0 - is_served)
    ordered = over(flows.orders, flows.requests)
    lead = np.where(top, network.parts.procurement_time[:, None], network.sites.order_time)
    test = repairs.no_fault_time
    both, with_lead, with_test = (_least(network, other) for other in (None, lead, test))
    together = tested**2 * test + repaired**2 * both + ordered**2 * lead
    together += 2.0 * (tested * repaired * with_test + repaired * ordered * with_lead)
    together += 2.0 * tested * ordered * np.minimum(test, lead)
    mean = tested * test + repaired * repairs.time + ordered * lead
    found: Floats = 1.0 + (ratio - 1.0) * over(together, mean)
    return found


def _least(network: Network, other: Floats | None) -> Floats:
    """Return the mean of the shorter of a repair time and a fixed time, or another such repair time, (part, site)."""
    law, mean, spread = network.repairs.law, network.repairs.time, np.maximum(network.repairs.spread, 1e-6)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = _least_of_two(law, mean, spread) if other is None else _least_of_fixed(law, mean, spread, other)
    return np.where(mean > 0, np.nan_to_num(found), 0.0)


def _least_of_two(law: Ints, mean: Floats, spread: Floats) -> Floats:
    """Return the mean of the shorter of two: mean (1 - Gini's coefficient)."""
    shape, width = 1.0 / spread**2, np.sqrt(np.log1p(spread**2))
    gini = np.exp(gammaln(shape + 0.5) - gammaln(shape) - np.log(shape)) / np.sqrt(np.pi)
    return _by_law(law, mean / 2.0, mean, mean * (1.0 - gini), mean * 2.0 * ndtr(-width / np.sqrt(2.0)))


def _least_of_fixed(law: Ints, mean: Floats, spread: Floats, fixed: Floats) -> Floats:
    """Return the mean of the shorter of a repair time and a fixed time."""
    shape, width = 1.0 / spread**2, np.sqrt(np.log1p(spread**2))
    x, point = fixed * shape / mean, np.log(fixed / mean) / width
    gamma = mean * gammainc(shape + 1.0, x) + fixed * (1.0 - gammainc(shape, x))
    lognormal = mean * ndtr(point - width / 2.0) + fixed * (1.0 - ndtr(point + width / 2.0))
    return _by_law(law, -mean * np.expm1(-fixed / mean), np.minimum(mean, fixed), gamma, lognormal)


def _by_law(law: Ints, exponential: Floats, fixed: Floats, gamma: Floats, lognormal: Floats) -> Floats:
    rest = np.where(law == GAMMA, gamma, lognormal)
    return np.where(law == EXPONENTIAL, exponential, np.where(law == FIXED, fixed, rest))


def over(one: Floats, other: Floats) -> Floats:
    """Return one / other, 0 where the other is 0."""
    return np.divide(one, other, out=np.zeros_like(one), where=other > 0)
