"""What lies where in the tables of many parts: one piece for each part and tree of sites.

A piece has a depot and bases; its table has a row for each stock of the depot and in each row, base by base, a number
for each stock of the base.  Stocks count from the smallest that is allowed.  A single site is a base without depot.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from replenish.arrays.groups import Floats, Ints


class Shapes(NamedTuple):
    """Places in tables of pieces.

    base_first: first base of each piece, (piece + 1,).
    low: smallest stock of the depot; rows: how many stocks of it, (piece,).
    least: smallest stock of a base; levels: how many stocks of it, (base,).
    column: of the first stock of a base in a row of its piece, (base,); width: of a row, (piece,).
    first: of a piece in tables of all stocks, (piece + 1,).
    first_row: of a piece in tables of stocks of depots, (piece + 1,).
    first_unit: of a piece in curves by units beyond the smallest stocks, (piece + 1,).
    """

    base_first: Ints
    low: Ints
    rows: Ints
    least: Ints
    levels: Ints
    column: Ints
    width: Ints
    first: Ints
    first_row: Ints
    first_unit: Ints

    @property
    def piece_of(self) -> Ints:
        """Return the piece of each base, (base,)."""
        return np.repeat(np.arange(len(self.low)), np.diff(self.base_first))


def to_shapes(base_first: Ints, depot: tuple[Ints, Ints], base: tuple[Ints, Ints]) -> Shapes:
    """Return the places of pieces whose depots and bases have these smallest stocks and numbers of stocks."""
    (low, rows), (least, levels) = depot, base
    total = _running(levels)
    width = total[base_first[1:]] - total[base_first[:-1]]
    column = total[:-1] - np.repeat(total[base_first[:-1]], np.diff(base_first))
    bases = np.diff(base_first)
    units = rows + width - bases
    return Shapes(
        base_first, low, rows, least, levels, column, width, _running(rows * width), _running(rows), _running(units)
    )


def _running(numbers: Ints) -> Ints:
    return np.concatenate(([0], np.cumsum(numbers))).astype(np.int64)


class Curves(NamedTuple):
    """Least objective of pieces by units beyond the smallest stocks, laid out by first_unit.

    value: least objective; row: of the depot's stocks at which it is reached; kept: whether it is on the lower hull.
    """

    value: Floats
    row: Ints
    kept: Ints
