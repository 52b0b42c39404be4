"""Where the curve of a system comes from: blocks of pieces, each piece with a lower hull of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, Protocol

import numpy as np

from replenish.arrays.groups import Floats, Ints
from replenish.sustain.frontier.hulls import lower_hull
from replenish.sustain.frontier.layout import Layout
from replenish.sustain.frontier.plain import Hulls, Model, find_hulls, split
from replenish.sustain.frontier.trees import TreePiece


class Corners(NamedTuple):
    """Corners of hulls: first of each piece, (piece + 1,), cost beyond the smallest stocks and objective of each."""

    first: Ints
    cost: Floats
    value: Floats


class Points(NamedTuple):
    """Cost and objective of points of one piece, and what its block knows them by."""

    cost: Floats
    value: Floats
    keys: Sequence[Any]


class Block(Protocol):
    """Pieces of one kind."""

    @property
    def part(self) -> Ints:
        """Return the part of each piece; NONE for a piece of several."""
        ...

    @property
    def corners(self) -> Corners:
        """Return hulls of all pieces."""
        ...

    def points(self, piece: int) -> Points:
        """Return all points of a piece that a budget may end at."""
        ...

    def write(self, corner: Ints, stock: Ints, servers: Ints) -> None:
        """Write stocks, (part, site), and servers, (group,), at a corner of each piece."""
        ...

    def write_corner(self, piece: int, corner: int, stock: Ints, servers: Ints) -> None:
        """Write stocks and servers of one piece at one of its corners."""
        ...

    def write_point(self, piece: int, key: Any, stock: Ints, servers: Ints) -> None:
        """Write stocks and servers of one piece at one of its points."""
        ...


@dataclass(frozen=True, eq=False)
class PlainBlock:
    """Parts that stand alone in trees of two levels."""

    layout: Layout
    model: Model

    @property
    def part(self) -> Ints:
        """Return the part of each piece."""
        return self.layout.part

    @cached_property
    def hulls(self) -> Hulls:
        """Return hulls by units."""
        return find_hulls(self.layout, self.model)

    @cached_property
    def corners(self) -> Corners:
        """Return hulls of all pieces."""
        hulls = self.hulls
        price = np.repeat(self.model.cost[self.part], np.diff(hulls.first))
        return Corners(hulls.first, price * hulls.units, hulls.value)

    def points(self, piece: int) -> Points:
        """Return all points of a piece."""
        found = find_hulls(self.layout.take(np.array([piece])), self.model, all_points=True)
        keys = list(zip(found.units.tolist(), found.row.tolist(), strict=True))
        return Points(self.model.cost[self.part[piece]] * found.units, found.value, keys)

    def write(self, corner: Ints, stock: Ints, servers: Ints) -> None:
        """Write stocks at a corner of each piece."""
        self._write(self.layout, self.hulls.row[corner], self.hulls.units[corner], stock)

    def write_corner(self, piece: int, corner: int, stock: Ints, servers: Ints) -> None:
        """Write stocks of one piece at one of its corners."""
        self.write_point(piece, (self.hulls.units[corner], self.hulls.row[corner]), stock, servers)

    def write_point(self, piece: int, key: Any, stock: Ints, servers: Ints) -> None:
        """Write stocks of one piece at one of its points."""
        units, row = key
        self._write(self.layout.take(np.array([piece])), np.array([row]), np.array([units]), stock)

    def _write(self, layout: Layout, row: Ints, units: Ints, stock: Ints) -> None:
        depot, base = split(layout, self.model, row, units)
        counts = np.diff(layout.base_first)
        has_depot = layout.site[layout.base_first[:-1]] != layout.root
        stock[layout.part[has_depot], layout.root[has_depot]] = depot[has_depot]
        stock[np.repeat(layout.part, counts), layout.site] = base


@dataclass(frozen=True, eq=False)
class TreeBlock:
    """Parts in trees of any depth."""

    pieces: tuple[TreePiece, ...]
    cost: Floats  # of a unit, (part,)

    @property
    def part(self) -> Ints:
        """Return the part of each piece."""
        return np.array([piece.part for piece in self.pieces], np.int64)

    @cached_property
    def units(self) -> tuple[Ints, ...]:
        """Return units at the corners of each piece."""
        return tuple(lower_hull(np.arange(len(one.curve), dtype=float), one.curve) for one in self.pieces)

    @cached_property
    def corners(self) -> Corners:
        """Return hulls of all pieces."""
        first = np.cumsum([0, *(len(units) for units in self.units)]).astype(np.int64)
        found = [
            (self.cost[one.part] * units, one.curve[units]) for one, units in zip(self.pieces, self.units, strict=True)
        ]
        return Corners(first, *(np.concatenate([np.zeros(0), *column]) for column in zip(*found, strict=True)))

    def points(self, piece: int) -> Points:
        """Return all points of a piece."""
        curve = self.pieces[piece].curve
        units = np.arange(len(curve))
        return Points(self.cost[self.pieces[piece].part] * units, curve, units.tolist())

    def write(self, corner: Ints, stock: Ints, servers: Ints) -> None:
        """Write stocks at a corner of each piece."""
        for number in range(len(self.pieces)):
            self.write_corner(number, int(corner[number]), stock, servers)

    def write_corner(self, piece: int, corner: int, stock: Ints, servers: Ints) -> None:
        """Write stocks of one piece at one of its corners."""
        self.write_point(piece, self.units[piece][corner - self.corners.first[piece]], stock, servers)

    def write_point(self, piece: int, key: Any, stock: Ints, servers: Ints) -> None:
        """Write stocks of one piece at one of its points."""
        self.pieces[piece].split(int(key), stock[self.pieces[piece].part])
