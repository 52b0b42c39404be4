"""Curves of parts in trees of any depth, with any law that the evaluator knows, servers and inner parts given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product

import numpy as np

from replenish.arrays.groups import Floats, Ints
from replenish.arrays.network import NONE, Bools
from replenish.sustain.frontier.kernel.spread import add_curves, split_units
from replenish.sustain.frontier.kernel.worth import Users, fill_worth_at
from replenish.sustain.frontier.layout import Limits
from replenish.sustain.outstanding import Outstanding

Path = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class TreePiece:
    """A part in one tree: least objective by units, over all splits.

    What a site owes hangs on its stock and on those of the sites above it, so each site has a table by all of them.
    Curves of the sites below one are added for each of its stocks; nothing need be convex.
    """

    part: int
    root: int
    parent: Ints
    least: Ints  # (site,)
    value: dict[int, Floats]  # by stock of each site from the root down to this one
    _found: dict[tuple[int, Path], Floats] = field(default_factory=dict)

    @cached_property
    def curve(self) -> Floats:
        """Return the least objective by units beyond the smallest stocks."""
        return self._best(self.root, ())

    def split(self, units: int, stock: Ints) -> None:
        """Write the stocks of all sites, (site,), for units beyond the smallest stocks."""
        self._split(self.root, (), units, stock)

    def _below(self, site: int) -> list[int]:
        return [below for below in self.value if self.parent[below] == site]

    def _best(self, site: int, path: Path) -> Floats:
        if (site, path) not in self._found:
            options = [self._at(site, (*path, level)) for level in range(self.value[site].shape[-1])]
            best = np.full(max(level + len(own) for level, own in enumerate(options)), np.inf)
            for level, own in enumerate(options):
                best[level : level + len(own)] = np.minimum(best[level : level + len(own)], own)
            self._found[site, path] = best
        return self._found[site, path]

    def _at(self, site: int, path: Path) -> Floats:
        """Return the least objective by units below a site with a given stock."""
        total = np.array([self.value[site][path]])
        for below in self._below(site):
            total = add_curves(total, self._best(below, path))
        return total

    def _split(self, site: int, path: Path, units: int, stock: Ints) -> None:
        owed = []
        for level in range(min(units + 1, self.value[site].shape[-1])):
            own = self._at(site, (*path, level))
            owed.append(own[units - level] if units - level < len(own) else np.inf)
        level = int(np.argmin(owed))
        stock[site] = self.least[site] + level
        below = self._below(site)
        shares = split_units([self._best(one, (*path, level)) for one in below], units - level)
        for one, share in zip(below, shares, strict=True):
            self._split(one, (*path, level), share, stock)


def to_tree(
    outstanding: Outstanding, users: Users, limits: Limits, where: tuple[int, int], least_gain: float
) -> TreePiece:
    """Return a part in the tree of a root; stocks of other parts are those that `outstanding` has."""
    part, root = where
    parent, least = outstanding.supply.parent, limits.least[part]
    stock = outstanding.supply.stock.copy()
    stock[part] = least
    sites = _active_from(parent, root, outstanding.flows.requests[part] > 0)
    worst = replace(outstanding, supply=outstanding.supply._replace(stock=stock))
    levels = {
        site: _count(worst.law(part, site).to_array(), int(least[site]), int(limits.most[part, site]), least_gain)
        for site in sites
    }
    value = {}
    for site in sites:
        above = _above(parent, site, sites)
        table = np.empty([levels[one] for one in (*above, site)])
        for path in product(*(range(levels[one]) for one in above)):
            stock[part, above] = least[above] + np.array(path, np.int64) if above else stock[part, above]
            law = worst.law(part, site).to_array()
            owed = backorders_by_stock(law, int(least[site]), levels[site])
            fill_worth_at(part * len(parent) + site, users, owed)
            table[path] = owed
        stock[part] = least
        value[site] = table
    return TreePiece(part, root, parent, least, value)


def backorders_by_stock(law: Floats, least: int, levels: int) -> Floats:
    """Return the mean number owed for stocks least, least + 1, ..., of a law from 0 on."""
    size = max(least + levels + 1, len(law))
    chance = np.zeros(size + 1)
    chance[: len(law)] = law
    beyond = np.cumsum(chance[::-1])[::-1][1:]  # P(X > s), s = 0, 1, ...
    owed: Floats = np.cumsum(beyond[::-1])[::-1]
    return np.ascontiguousarray(owed[least : least + levels])


def _count(law: Floats, least: int, most: int, least_gain: float) -> int:
    beyond = np.cumsum(law[::-1])[::-1]  # P(X >= s)
    top = int(np.searchsorted(-beyond, -least_gain, side="left")) - 1
    return max(min(top, most) - least, 0) + 1


def _active_from(parent: Ints, root: int, is_active: Bools) -> list[int]:
    """Return sites of a tree, parents first, that have requests or lie above one that has."""
    members = [root]
    for site in range(len(parent)):
        if parent[site] in members:
            members.append(site)
    needed = {root}
    for site in members:
        if is_active[site]:
            needed |= {site, *_above(parent, site, members)}
    return [site for site in members if site in needed]


def _above(parent: Ints, site: int, within: Sequence[int]) -> list[int]:
    found: list[int] = []
    while parent[site] != NONE and parent[site] in within:
        site = int(parent[site])
        found.append(site)
    return found[::-1]
