"""Parts that hang together, by servers that may be added or by inner parts: one curve for all of them.

A *setting* fixes what they share: numbers of servers, and stocks of inner parts.  Given a setting the parts are
independent, so each setting has a merged curve, and the curve of the whole is the lower hull over all settings.  So a
server is bought where it saves more by money than spares do.

What is optimal and what is a heuristic: given numbers of servers and stocks of inner parts the merged curve is the
lower hull of all stocks.  Over numbers of servers all settings are tried up to MOST_SETTINGS of them, which is optimal;
beyond that servers are added one by one, each time in the group that saves most by money at the smallest stocks.  Inner
parts are stocked in the order in which they save most of their own backorders, each of which holds up a repair, by
money: a heuristic, for a stock of inner parts off that order might do better.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np

from replenish.arrays.groups import Floats, Ints
from replenish.arrays.network import NONE, Bools, Network
from replenish.sustain.flows import Flows
from replenish.sustain.frontier.aims import to_inner_users
from replenish.sustain.frontier.blocks import Corners, Points, TreeBlock
from replenish.sustain.frontier.hulls import lower_hull, undominated
from replenish.sustain.frontier.kernel.worth import Users, fill_worth_at
from replenish.sustain.frontier.layout import Limits, to_roots
from replenish.sustain.frontier.merged import Merged, Place
from replenish.sustain.frontier.trees import to_tree
from replenish.sustain.methods import Method
from replenish.sustain.outstanding import Outstanding, to_outstanding

MOST_SETTINGS = 64


@dataclass(frozen=True, eq=False)
class Frame:
    """What all curves of a network are made with."""

    network: Network
    flows: Flows
    limits: Limits
    users: Users
    method: Method
    least_gain: float

    def outstanding(self, counts: Ints) -> Outstanding:
        """Return laws with some numbers of servers and the smallest stocks."""
        return to_outstanding(self.network, self.flows, self.limits.least, counts, self.method)

    def trees(self, outstanding: Outstanding, where: list[tuple[int, int]]) -> TreeBlock:
        """Return curves of parts in trees of roots, other stocks being those of `outstanding`."""
        found = (to_tree(outstanding, self.users, self.limits, one, self.least_gain) for one in where)
        return TreeBlock(tuple(found), self.network.parts.cost)

    def places(self, parts: Ints) -> list[tuple[int, int]]:
        """Return (part, root) of all trees in which parts are asked for."""
        roots = to_roots(self.network)
        return [
            (int(part), int(root))
            for part in parts
            for root in np.unique(roots[self.flows.requests[part] > 0])
        ]  # fmt: skip


@dataclass(frozen=True, eq=False)
class Setting:
    """What parts share, and the curve of the others given it.

    cost, value: of what is fixed, beyond the smallest.  servers: (group, number) of those that are set.
    inner: curve of the inner parts and a place on it.
    """

    cost: float
    value: float
    servers: tuple[tuple[int, int], ...]
    inner: tuple[Merged, Place] | None
    outer: Merged

    def write(self, step: int, stock: Ints, servers: Ints) -> None:
        """Write stocks and servers after a number of steps of the outer parts."""
        for group, number in self.servers:
            servers[group] = number
        if self.inner is not None:
            self.inner[0].write(self.inner[1], stock, servers)
        self.outer.write(Place(step), stock, servers)


@dataclass(frozen=True, eq=False)
class JointPiece:
    """Settings of parts that hang together, and their points: cost, value, setting and step."""

    settings: tuple[Setting, ...]

    @cached_property
    def points(self) -> tuple[Floats, Floats, list[tuple[int, int]]]:
        """Return undominated points of all settings."""
        cost = [one.cost + one.outer.cost for one in self.settings]
        value = [one.value + one.outer.objective for one in self.settings]
        keys = [(number, step) for number, own in enumerate(cost) for step in range(len(own))]
        costs, values = np.concatenate(cost), np.concatenate(value)
        kept = undominated(costs, values)
        return costs[kept], values[kept], [keys[point] for point in kept.tolist()]

    @cached_property
    def hull(self) -> Ints:
        """Return which of the points are corners of the hull."""
        return lower_hull(*self.points[:2])


@dataclass(frozen=True, eq=False)
class JointBlock:
    """Sets of parts that hang together."""

    pieces: tuple[JointPiece, ...]

    @property
    def part(self) -> Ints:
        """Return NONE for each piece: it has several parts."""
        return np.full(len(self.pieces), NONE)

    @cached_property
    def corners(self) -> Corners:
        """Return hulls of all pieces."""
        first = np.cumsum([0, *(len(piece.hull) for piece in self.pieces)]).astype(np.int64)
        found = [(piece.points[0][piece.hull], piece.points[1][piece.hull]) for piece in self.pieces]
        return Corners(first, *(np.concatenate(column) for column in zip(*found, strict=True)))

    def points(self, piece: int) -> Points:
        """Return the undominated points of a piece."""
        return Points(*self.pieces[piece].points)

    def write(self, corner: Ints, stock: Ints, servers: Ints) -> None:
        """Write stocks and servers at a corner of each piece."""
        for number in range(len(self.pieces)):
            self.write_corner(number, int(corner[number]), stock, servers)

    def write_corner(self, piece: int, corner: int, stock: Ints, servers: Ints) -> None:
        """Write stocks and servers of one piece at one of its corners."""
        own = self.pieces[piece]
        self.write_point(piece, own.points[2][own.hull[corner - self.corners.first[piece]]], stock, servers)

    def write_point(self, piece: int, key: Any, stock: Ints, servers: Ints) -> None:
        """Write stocks and servers of one piece at one of its points."""
        setting, step = key
        self.pieces[piece].settings[setting].write(step, stock, servers)


def find_sets(network: Network, flows: Flows, is_free: Bools) -> list[tuple[Ints, Ints]]:
    """Return sets of parts that hang together, and the groups of servers, free ones, that they share."""
    parts = len(network.parts.cost)
    groups = np.where(flows.taken_in > 0, network.repairs.servers, NONE)
    part, site = np.nonzero((groups != NONE) & is_free[groups] if len(is_free) else groups == -2)
    links = [(int(a), int(b)) for a, b in zip(network.inner.part, network.inner.inside, strict=True)]
    links += [(int(one), parts + int(group)) for one, group in zip(part, groups[part, site], strict=True)]
    owner = np.arange(parts + len(is_free))
    for one, other in links:
        owner[owner == owner[one]] = owner[other]
    shared = {int(owner[one]) for one, _ in links}
    found = []
    for name in sorted(shared, key=lambda name: int(np.flatnonzero(owner == name)[0])):
        members = np.flatnonzero(owner == name)
        found.append((members[members < parts], members[members >= parts] - parts))
    return found


def to_joint(frame: Frame, parts: Ints, groups: Ints, counts: Ints) -> JointPiece:
    """Return the settings of parts that hang together; `counts` are servers, (group,), where none is added."""
    paid = frame.network.servers
    settings: list[Setting] = []
    for numbers in _numbers(frame, parts, groups, counts):
        own = counts.copy()
        own[groups] = numbers
        cost = float(((own - paid.number) * paid.cost)[groups].sum())
        servers = tuple((int(group), int(own[group])) for group in groups)
        settings += _settings(frame, parts, frame.outstanding(own), cost, servers)
    return JointPiece(tuple(settings))


def _numbers(frame: Frame, parts: Ints, groups: Ints, counts: Ints) -> Iterator[tuple[int, ...]]:
    """Yield numbers of servers to try, by group."""
    ranges = [
        range(int(counts[group]), int(max(frame.network.servers.most[group], counts[group])) + 1) for group in groups
    ]
    if np.prod([float(len(one)) for one in ranges]) <= MOST_SETTINGS:
        yield from product(*ranges)
        return
    at = [one[0] for one in ranges]
    yield tuple(at)
    while any(number < own[-1] for number, own in zip(at, ranges, strict=True)):
        room = [which for which, number in enumerate(at) if number < ranges[which][-1]]
        gain = [_gain(frame, parts, groups, counts, [*at[:one], at[one] + 1, *at[one + 1 :]]) for one in room]
        cost = frame.network.servers.cost[groups[room]]
        at[room[int(np.argmin(np.array(gain) / np.maximum(cost, 1e-300)))]] += 1
        yield tuple(at)


def _gain(frame: Frame, parts: Ints, groups: Ints, counts: Ints, numbers: list[int]) -> float:
    """Return mean outstanding of parts at sites with some numbers of servers, less what it is with infinitely many."""
    own = counts.copy()
    own[groups] = numbers
    found = frame.outstanding(own)
    return sum(
        found.law(int(part), int(site)).mean - float(frame.flows.pipeline[part, site])
        for part in parts
        for site in np.flatnonzero(frame.flows.requests[part] > 0)
    )


def _settings(
    frame: Frame, parts: Ints, outstanding: Outstanding, cost: float, servers: tuple[tuple[int, int], ...]
) -> Iterator[Setting]:
    """Yield settings of parts with given servers: one for each corner of the curve of their inner parts."""
    inner = _inside(frame.network, parts)
    outer = np.setdiff1d(parts, inner)
    if not len(inner):
        yield Setting(cost, 0.0, servers, None, Merged((frame.trees(outstanding, frame.places(parts)),)))
        return
    is_inner = np.zeros(len(frame.network.parts.cost), dtype=bool)
    is_inner[inner] = True
    own = replace(frame, users=to_inner_users(frame.flows, is_inner))
    curve = Merged((JointBlock((JointPiece(tuple(_settings(own, inner, outstanding, 0.0, ()))),)),))
    for step in range(len(curve.cost)):
        stock, nobody = frame.limits.least.copy(), np.zeros(len(frame.network.servers.number), np.int64)
        place = Place(step)
        curve.write(place, stock, nobody)
        found = replace(outstanding, supply=outstanding.supply._replace(stock=stock))
        value = _worth(frame, found, inner, stock)
        merged = Merged((frame.trees(found, frame.places(outer)),))
        yield Setting(cost + float(curve.cost[step]), value, servers, (curve, place), merged)


def _inside(network: Network, parts: Ints) -> Ints:
    """Return those of `parts` that are inside others of them."""
    rows = np.isin(network.inner.part, parts) & np.isin(network.inner.inside, parts)
    return np.unique(network.inner.part[rows])


def _worth(frame: Frame, outstanding: Outstanding, parts: Ints, stock: Ints) -> float:
    """Return what backorders of parts with given stocks mean for the objective."""
    sites, total = stock.shape[1], 0.0
    for part in parts:
        for site in range(sites):
            place = int(part) * sites + site
            if frame.users.first[place] < frame.users.first[place + 1]:
                owed = np.array([outstanding.law(int(part), site).backorders(int(stock[part, site]))])
                fill_worth_at(place, frame.users, owed)
                total += float(owed[0])
    return total
