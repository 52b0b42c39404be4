"""Parts that one thing ties to each other, so that their events must be told in one order."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from replenish.arrays.groups import Ints
from replenish.arrays.network import NONE, Network


def find_clusters(network: Network) -> Ints:
    """Return the cluster of each part, (part,), numbered from 0 in the order of their first parts.

    Parts are tied by servers that repair both, by one being inside the other, and by a closed fleet that holds both.
    Parts of an open fleet are not, whether or not holes are gathered: what one part does tells nothing to the other.
    """
    above = list(range(len(network.parts.rate)))

    def root(part: int) -> int:
        while above[part] != part:
            above[part] = above[above[part]]
            part = above[part]
        return part

    for tied in _ties(network):
        first, *others = tied
        for other in others:
            one, two = sorted((root(int(first)), root(int(other))))
            above[two] = one
    return np.unique([root(part) for part in range(len(above))], return_inverse=True)[1].astype(np.int64)


def _ties(network: Network) -> Iterable[Ints]:
    """Yield parts that are tied together, at least one at a time."""
    own, servers = network.installations, network.repairs.servers
    for group in np.unique(servers[servers != NONE]):
        yield np.flatnonzero((servers == group).any(axis=1))
    yield from np.stack([network.inner.part, network.inner.inside], axis=1)
    for fleet in np.flatnonzero(network.fleets.is_closed):
        parts = own.part[own.fleet == fleet]
        if len(parts):
            yield parts
