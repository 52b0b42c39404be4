"""For which parts the laws are exact, and why not for others."""

from __future__ import annotations

import numpy as np

from replenish.arrays.groups import Floats
from replenish.arrays.network import NONE, Bools, Network
from replenish.sustain.flows import Flows
from replenish.sustain.methods import Exact, Method, Metric
from replenish.sustain.outstanding import Outstanding

SAME = 1e-9  # shares that differ by less are one within rounding

BY_METHOD = "mean and variance alone are carried from site to site"
BY_MEAN = "units outstanding are taken for Poisson"
BATCHES = "the variance of removals is not their mean"
SHARED_SERVERS = "servers repair parts with different repair times, laws or priorities, or not exponentially"
BUSY_AT_MEAN = "the rate is uncertain, and queues are those at its mean"
MIXED_RATES = "uncertain rates of several sources meet in it"
INNER_PLACES = "it is repaired with inner parts at more than one site"
INNER_SERVERS = "the same servers repair it and a part inside it"
INNER_PARTS = "a part inside it is not exact"
UNEVEN_REPAIRS = "repairs that need it do not end at random: their servers are not exact"
CONDEMNED = "those who ask one stock send different shares of faulty parts in return"
LATERAL = "sites that help each other out are taken one by one"
CLOSED = "systems that are down are taken to fail on"


def find_reasons(network: Network, found: Outstanding, method: Method) -> tuple[tuple[str, ...], ...]:
    """Return why backorders of each part are not exact, (part,); nothing for a part whose law is exact."""
    flows, parts = found.flows, len(network.parts.cost)
    is_outer = np.zeros(parts, dtype=bool)
    is_outer[network.inner.inside] = True
    asks = flows.requests > 0
    reasons = {
        BY_METHOD: np.full(parts, not isinstance(method, Exact | Metric)),
        BY_MEAN: np.full(parts, isinstance(method, Metric)),
        BATCHES: np.any(found.ratio != 1.0, axis=1),
        SHARED_SERVERS: _has_unlike_servers(network, found),
        BUSY_AT_MEAN: _is_busy_at_mean(network, found),
        MIXED_RATES: found.doubt.is_mixed,
        INNER_PLACES: is_outer & (_repaired(network, flows).sum(axis=1) > 1),
        INNER_SERVERS: _shares_servers_inside(network, flows),
        CONDEMNED: _answers_differ(network, flows),
        LATERAL: np.any(asks[:, _helps_out(network)], axis=1),
        CLOSED: _is_in_closed(network),
    }
    uneven = np.zeros(parts, dtype=bool)
    np.logical_or.at(uneven, network.inner.part, reasons[SHARED_SERVERS][network.inner.inside])
    reasons[UNEVEN_REPAIRS] = uneven
    is_odd = np.any(list(reasons.values()), axis=0)
    inside = np.zeros(parts, dtype=bool)
    np.logical_or.at(inside, network.inner.inside, is_odd[network.inner.part])
    reasons[INNER_PARTS] = inside
    return tuple(tuple(why for why, where in reasons.items() if where[part]) for part in range(parts))


def _repaired(network: Network, flows: Flows) -> Bools:
    found: Bools = flows.taken_in * (1.0 - network.repairs.condemned_share) > 0
    return found


def _has_unlike_servers(network: Network, found: Outstanding) -> Bools:
    is_unlike = np.append(~found.shops.is_alike, False)
    answer: Bools = np.any(is_unlike[found.supply.shop], axis=1)
    return answer


def _is_busy_at_mean(network: Network, found: Outstanding) -> Bools:
    """Return parts at servers to which a part with an uncertain rate comes."""
    shop = found.supply.shop
    is_doubtful = np.isfinite(found.doubt.shape) | found.doubt.is_mixed
    groups = np.zeros(len(found.shops.load) + 1, dtype=bool)
    groups[shop[is_doubtful]] = True
    groups[NONE] = False
    answer: Bools = np.any(groups[shop], axis=1)
    return answer


def _shares_servers_inside(network: Network, flows: Flows) -> Bools:
    """Return parts repaired by servers that also repair a part inside them."""
    answer = np.zeros(len(flows.requests), dtype=bool)
    servers = np.where(flows.taken_in > 0, network.repairs.servers, NONE)
    for part, inside in zip(network.inner.part, network.inner.inside, strict=True):
        same = (servers[inside][:, None] == servers[part][None, :]) & (servers[inside] != NONE)[:, None]
        answer[inside] |= bool(same.any())
    return answer


def _answers_differ(network: Network, flows: Flows) -> Bools:
    """Return parts of which some who ask a stock send a faulty one with a request more often than others do.

    What they wait for differs then, and so the requests that are owed are not a random sample of all.
    """
    parent = network.sites.parent
    passed = flows.arrivals * (1.0 - network.repairs.no_fault_share) * (1.0 - network.repairs.repair_share)
    answer = np.zeros(len(passed), dtype=bool)
    for site in np.unique(parent[parent != NONE]):
        below = np.flatnonzero(parent == site)
        own = flows.requests[:, site] - flows.orders[:, below].sum(axis=1)
        asked = np.concatenate([own[:, None], flows.orders[:, below]], axis=1)
        with_one = np.concatenate([own[:, None], passed[:, below]], axis=1)
        answer |= _differ(with_one, asked, SAME * flows.requests[:, site])
    return answer


def _differ(some: Floats, of: Floats, least: Floats) -> Bools:
    """Return rows in which the ratio of `some` to `of` is not the same in all places that count."""
    counts = of > least[:, None]
    ratio = np.divide(some, of, out=np.full_like(of, np.nan), where=counts)
    high = np.where(counts, ratio, -np.inf).max(axis=1)
    low = np.where(counts, ratio, np.inf).min(axis=1)
    answer: Bools = high - low > SAME
    return answer


def _helps_out(network: Network) -> Bools:
    """Return sites in a lateral group with another one."""
    group = network.sites.group
    answer: Bools = (group != NONE) & (np.sum(group[:, None] == group[None, :], axis=1) > 1)
    return answer


def _is_in_closed(network: Network) -> Bools:
    answer = np.zeros(len(network.parts.cost), dtype=bool)
    answer[network.installations.part[network.fleets.is_closed[network.installations.fleet]]] = True
    return answer
