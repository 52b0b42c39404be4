"""Parts that stand alone in trees of two levels, laid out for the kernels: one piece for each part and tree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from replenish.arrays.groups import Floats, Ints
from replenish.arrays.network import NONE, Bools, Network
from replenish.sustain.flows import Flows
from replenish.sustain.frontier.kernel.shapes import Shapes, to_shapes
from replenish.sustain.frontier.kernel.worth import count_levels

ROOM = 1 << 22
"""Numbers in tables at one time."""


class Layout(NamedTuple):
    """Pieces and their bases; a part at a single site is a base without depot.

    part, root: of each piece; depot_mean: outstanding there; low, rows: smallest stock and number of stocks, (piece,).
    base_first: (piece + 1,).
    site: of each base; share: of the depot's requests; own: mean outstanding, the depot never owing; least, levels:
        smallest stock and number of stocks, (base,).
    """

    part: Ints
    root: Ints
    depot_mean: Floats
    low: Ints
    rows: Ints
    base_first: Ints
    site: Ints
    share: Floats
    own: Floats
    least: Ints
    levels: Ints

    def take(self, pieces: Ints) -> Layout:
        """Return the layout of `pieces`, which may come more than once."""
        counts = np.diff(self.base_first)[pieces]
        first = np.concatenate(([0], np.cumsum(counts)))
        base = np.arange(first[-1]) + np.repeat(self.base_first[pieces] - first[:-1], counts)
        return Layout(
            self.part[pieces], self.root[pieces], self.depot_mean[pieces], self.low[pieces], self.rows[pieces], first,
            self.site[base], self.share[base], self.own[base], self.least[base], self.levels[base],
        )  # fmt: skip

    def shapes(self) -> Shapes:
        """Return where its numbers lie in tables."""
        return to_shapes(self.base_first, (self.low, self.rows), (self.least, self.levels))

    def chunks(self) -> Iterator[Ints]:
        """Yield pieces in runs whose tables have room."""
        total = np.concatenate(([0], np.cumsum(self.levels)))
        size = np.cumsum((total[self.base_first[1:]] - total[self.base_first[:-1]]) * self.rows)
        if not len(size):
            return
        run = size // ROOM
        ends = [*np.flatnonzero(np.diff(run)) + 1, len(run)]
        for first, end in zip([0, *ends[:-1]], ends, strict=True):
            yield np.arange(first, end)


class Limits(NamedTuple):
    """Stocks between which an optimum lies, (part, site)."""

    least: Ints
    most: Ints


def to_limits(network: Network, *, buy_only: bool) -> Limits:
    """Return smallest and greatest stocks; where nothing is sold, what is on hand is the least."""
    spares = network.spares
    least = np.maximum(spares.minimum, spares.on_hand) if buy_only else spares.minimum
    return Limits(least, np.maximum(spares.maximum, least))


def find_active(flows: Flows) -> Bools:
    """Return where parts are asked for, (part, site)."""
    found: Bools = flows.requests > 0
    return found


def to_roots(network: Network) -> Ints:
    """Return the top of the tree of each site, (site,)."""
    found = np.arange(len(network.sites.parent))
    for site, parent in enumerate(network.sites.parent):
        if parent != NONE:
            found[site] = found[parent]
    return found


def to_layout(network: Network, flows: Flows, limits: Limits, stands_alone: Bools, least_gain: float) -> Layout:
    """Return the layout of (part, root) pairs, `stands_alone` (part, site) being true at their roots."""
    active, parent = find_active(flows), network.sites.parent
    is_root = np.flatnonzero(parent == NONE)
    found = []
    for root in is_root:
        parts = np.flatnonzero(stands_alone[:, root])
        children = np.flatnonzero(parent == root)
        below = active[np.ix_(parts, children)]
        alone: Bools = np.logical_not(below.any(axis=1))
        bases = np.concatenate((below, alone[:, None]), axis=1)
        number, column = np.nonzero(bases)
        site = np.append(children, root)[column]
        found.append((parts, np.full(len(parts), root), alone, bases.sum(axis=1), parts[number], site))
    part, top, alone, counts, of, site = (np.concatenate(column) for column in zip(*found, strict=True))
    mean = np.where(alone, 0.0, flows.pipeline[part, top])
    base_mean, share = flows.pipeline[of, site], flows.share[of, site]
    worst = base_mean + share * np.repeat(mean, counts)
    low, rows = _stocks(mean, limits, part, top, least_gain)
    least, levels = _stocks(worst, limits, of, site, least_gain)
    return Layout(
        part, top, mean,
        np.where(alone, 0, low), np.where(alone, 1, rows),
        np.concatenate(([0], np.cumsum(counts))).astype(np.int64), site, share, base_mean, least, levels,
    )  # fmt: skip


def _stocks(mean: Floats, limits: Limits, part: Ints, site: Ints, least_gain: float) -> tuple[Ints, Ints]:
    """Return smallest stocks and how many are worth looking at."""
    top = np.zeros(len(mean), np.int64)
    room = 256
    while count_levels(mean, least_gain, np.empty(room), top) >= 0:
        room *= 4
    low = limits.least[part, site]
    high = np.minimum(np.maximum(top, low), limits.most[part, site])
    return low, np.maximum(high, low) - low + 1
