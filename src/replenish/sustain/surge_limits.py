"""Where the laws of a surge are not exact, in words."""

from __future__ import annotations

import numpy as np

from replenish.arrays.network import NONE, Network
from replenish.sustain.rates import Rate, is_share, share_at_most
from replenish.sustain.timed_flows import PartFlows


def find_limits(network: Network, flows: list[PartFlows]) -> tuple[str, ...]:
    """Return why the laws of a part are not exact, "" where they are, (part,)."""
    return tuple(_limit(network, flows, part) for part in range(len(flows)))


def _limit(network: Network, flows: list[PartFlows], part: int) -> str:
    own = _part_limit(network, flows, part)
    inner = [int(row) for row in network.inner.part[network.inner.inside == part]]
    below = next((why for why in (_part_limit(network, flows, one) for one in inner) if why), "")
    return own or (f"inner part: {below}" if below else "")


def _part_limit(network: Network, flows: list[PartFlows], part: int) -> str:
    """Return why the laws of a part are not exact, those of its inner parts left out."""
    at_work = np.array([not rate.is_nothing for rate in flows[part].taken_in])
    asked = np.array([not rate.is_nothing for rate in flows[part].requests])
    fleets = network.installations.fleet[network.installations.part == part]
    is_linked = np.any(network.inner.part == part) or np.any(network.inner.inside == part)
    found = {
        "its queue for servers is left out": np.any((network.repairs.servers[part] != NONE) & at_work),
        "its removals come in batches": network.parts.variance_ratio[part] != 1.0,
        "doubt about its rate is left out": np.isfinite(network.parts.rate_shape[part]) and is_linked,
        "systems that are down go on failing here": np.any(network.fleets.is_closed[fleets]),
        "sites of a group do not help each other out here": np.any(asked & (network.sites.group != NONE)),
        "shares of sites in requests change": not _has_constant_shares(network, flows, part),
        "some orders come without a part to repair": not _is_alike(network, flows[part]),
        "waits for inner parts and for the part come from the same requests": _is_twice(network, flows, part),
    }
    return next((why for why, holds in found.items() if holds), "")


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
