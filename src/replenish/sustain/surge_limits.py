"""Where the laws of a surge are not exact, in words."""

from __future__ import annotations

import numpy as np

from replenish.arrays.network import NONE, Network
from replenish.sustain.exactness import BATCHES, CLOSED, CONDEMNED, INNER_PARTS, LATERAL
from replenish.sustain.rates import Rate, is_share, share_at_most
from replenish.sustain.timed_flows import PartFlows

QUEUES = "queues for servers are left out"
SHARES = "the shares of those who ask one stock change over time"
DOUBT = "the rate is uncertain, and it is repaired with inner parts or is one"
INNER_TWICE = "waits for inner parts and for the part itself come from the same requests"


def find_limits(network: Network, flows: list[PartFlows]) -> tuple[tuple[str, ...], ...]:
    """Return why the laws of each part are not exact, (part,); nothing for a part whose laws are."""
    own = [_reasons(network, flows, part) for part in range(len(flows))]
    for part, reasons in enumerate(own):
        if any(own[one] for one in network.inner.part[network.inner.inside == part]):
            reasons.append(INNER_PARTS)
    return tuple(tuple(reasons) for reasons in own)


def _reasons(network: Network, flows: list[PartFlows], part: int) -> list[str]:
    at_work = np.array([not rate.is_nothing for rate in flows[part].taken_in])
    asked = np.array([not rate.is_nothing for rate in flows[part].requests])
    fleets = network.installations.fleet[network.installations.part == part]
    is_linked = np.any(network.inner.part == part) or np.any(network.inner.inside == part)
    found = {
        QUEUES: np.any((network.repairs.servers[part] != NONE) & at_work),
        BATCHES: network.parts.variance_ratio[part] != 1.0,
        DOUBT: np.isfinite(network.parts.rate_shape[part]) and is_linked,
        CLOSED: np.any(network.fleets.is_closed[fleets]),
        LATERAL: np.any(asked & (network.sites.group != NONE)),
        SHARES: not _has_constant_shares(network, flows, part),
        CONDEMNED: not _is_alike(network, flows[part]),
        INNER_TWICE: _is_twice(network, flows, part),
    }
    return [why for why, holds in found.items() if holds]


def _has_constant_shares(network: Network, flows: list[PartFlows], part: int) -> bool:
    """Return whether each of those that ask a site for a part asks the same share of it at all times."""
    own = flows[part]
    pairs = [
        (own.orders[site], own.requests[parent]) for site, parent in enumerate(network.sites.parent) if parent != NONE
    ]
    for inner, inside, share in zip(*network.inner, strict=True):
        if inner == part:
            pairs += [
                (rate.times(float(share)), whole)
                for rate, whole in zip(flows[inside].repaired, own.requests, strict=True)
            ]
    return all(is_share(rate, whole) for rate, whole in pairs)


def _is_alike(network: Network, own: PartFlows) -> bool:
    """Return whether all that ask a site pass the same share of parts on: else who asks tells how long it takes."""
    for site in range(len(own.requests)):
        below = np.flatnonzero(network.sites.parent == site)
        asking: list[tuple[Rate, Rate]] = [(own.bare[one], own.orders[one]) for one in below]
        if any(not bare.is_nothing for bare, _ in asking):
            shares = [share_at_most(bare, orders) for bare, orders in asking if not orders.is_nothing]
            shares += [] if own.removals[site].is_nothing else [0.0]
            if np.ptp(shares) > 1e-9 or not all(is_share(bare, orders) for bare, orders in asking):
                return False
    return True


def _is_twice(network: Network, flows: list[PartFlows], part: int) -> bool:
    """Return whether a site waits for a part and for its inner parts from above."""
    own = flows[part]
    inner = network.inner.part[network.inner.inside == part]
    return any(
        not own.repaired[site].is_nothing
        and not own.orders[site].is_nothing
        and any(not flows[one].orders[site].is_nothing for one in inner)
        for site in np.flatnonzero(network.sites.parent != NONE)
    )
