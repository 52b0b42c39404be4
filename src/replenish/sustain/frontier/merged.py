"""The curve of many pieces: steps from corner to corner of their hulls, the one that gains most by money first."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from replenish.arrays.groups import Floats, Ints
from replenish.arrays.network import Bools
from replenish.sustain.frontier.blocks import Block


class Change(NamedTuple):
    """A piece put at a point of its own, off the order of purchases."""

    piece: int
    key: Any


class Place(NamedTuple):
    """A place on a curve or beside it: the first `steps` purchases, `extra` ones out of order, changes of pieces."""

    steps: int
    extra: tuple[int, ...] = ()
    changes: tuple[Change, ...] = ()


class _Steps(NamedTuple):
    """Steps, each (step,), and objective and cost before them."""

    piece: Ints
    gain: Floats
    price: Floats
    value: float
    cost: float


def _steps_of(block: Block, before: int) -> _Steps:
    """Return the steps of a block, piece by piece; its pieces are numbered from `before` on."""
    first, cost, value = block.corners
    owner: Ints = np.repeat(np.arange(len(first) - 1, dtype=np.int64), np.diff(first))
    inside = owner[1:] == owner[:-1]
    return _Steps(
        before + owner[1:][inside],
        (value[:-1] - value[1:])[inside],
        (cost[1:] - cost[:-1])[inside],
        float(value[first[:-1]].sum()),
        float(cost[first[:-1]].sum()),
    )


@dataclass(frozen=True, eq=False)
class Merged:
    """Steps of all pieces in order."""

    blocks: tuple[Block, ...]

    @cached_property
    def first_piece(self) -> Ints:
        """Return the number of the first piece of each block, and of all of them."""
        return np.cumsum([0, *(len(block.part) for block in self.blocks)]).astype(np.int64)

    @cached_property
    def part(self) -> Ints:
        """Return the part of each piece; NONE for several."""
        return np.concatenate([np.zeros(0, np.int64), *(block.part for block in self.blocks)])

    @cached_property
    def _steps(self) -> _Steps:
        found = [_steps_of(block, int(before)) for block, before in zip(self.blocks, self.first_piece, strict=False)]
        piece = np.concatenate([np.zeros(0, np.int64), *(one.piece for one in found)])
        gain = np.concatenate([np.zeros(0), *(one.gain for one in found)])
        price = np.concatenate([np.zeros(0), *(one.price for one in found)])
        slope = np.divide(gain, price, out=np.full_like(gain, np.inf), where=price > 0)
        order = np.argsort(-slope, kind="stable")
        value, cost = (sum(own) for own in ([one.value for one in found], [one.cost for one in found]))
        return _Steps(piece[order], gain[order], price[order], value, cost)

    @property
    def piece(self) -> Ints:
        """Return the piece of each step, (step,)."""
        return self._steps.piece

    @property
    def gain(self) -> Floats:
        """Return what the objective falls by at each step, (step,)."""
        return self._steps.gain

    @property
    def price(self) -> Floats:
        """Return what each step costs, (step,)."""
        return self._steps.price

    @cached_property
    def cost(self) -> Floats:
        """Return cost beyond the smallest stocks after 0, 1, ... steps."""
        found: Floats = self._steps.cost + np.concatenate(([0.0], np.cumsum(self.price)))
        return found

    @cached_property
    def objective(self) -> Floats:
        """Return the objective after 0, 1, ... steps; summed from the end, so that small rests keep their digits."""
        rest = self._steps.value - float(self.gain.sum())
        return max(rest, 0.0) + np.concatenate((np.cumsum(self.gain[::-1])[::-1], [0.0]))

    def corner(self, place: Place) -> Ints:
        """Return how many steps each piece has made, (piece,)."""
        steps = np.concatenate((self.piece[: place.steps], self.piece[np.array(place.extra, np.int64)]))
        return np.bincount(steps, minlength=len(self.part)).astype(np.int64)

    def write(self, place: Place, stock: Ints, servers: Ints) -> None:
        """Write stocks, (part, site), and servers, (group,), at a place."""
        corner = self.corner(place)
        for block, first, end in self._ranges():
            block.write(block.corners.first[:-1] + corner[first:end], stock, servers)
        for piece, key in place.changes:
            block, own = self.owner(piece)
            block.write_point(own, key, stock, servers)

    def owner(self, piece: int) -> tuple[Block, int]:
        """Return the block of a piece and its number there."""
        block = int(np.searchsorted(self.first_piece, piece, side="right")) - 1
        return self.blocks[block], piece - int(self.first_piece[block])

    def of_parts(self, is_part: Bools) -> Bools:
        """Return pieces, (piece,), of some parts, or of several parts, (part,)."""
        return np.append(is_part, True)[self.part]

    def _ranges(self) -> list[tuple[Block, int, int]]:
        bounds = self.first_piece.tolist()
        return list(zip(self.blocks, bounds, bounds[1:], strict=False))
