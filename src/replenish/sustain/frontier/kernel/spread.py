"""How many units of a part each site gets: all stocks of the depot, for each the best split over bases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from replenish.arrays.groups import Floats, Ints
from replenish.sustain.frontier.kernel.compiled import compiled, entry
from replenish.sustain.frontier.kernel.shapes import Curves, Shapes

HUGE = 1e300
"""Beyond any objective."""


@entry
def fill_curves(
    shapes: Shapes, value: Floats, depot_value: Floats, is_convex: Any, space: Floats, at: Ints, curves: Curves
) -> None:
    """Fill in the least objective of every piece by units, and which points are on the lower hull.

    Args:
        shapes: of the pieces.
        value: objective of bases by stock of depot and base, (all stocks).
        depot_value: objective of depots by their stock, (all rows).
        is_convex: whether the objective of each base is convex in its stock, (piece,).
        space: two numbers for each unit of the largest piece.
        at: room for one number for each base of the largest piece.
        curves: filled in.
    """
    for piece in range(len(shapes.low)):
        first, end = shapes.first_unit[piece], shapes.first_unit[piece + 1]
        for unit in range(first, end):
            curves.value[unit], curves.row[unit] = HUGE, 0
        for row in range(shapes.rows[piece]):
            if is_convex[piece]:
                spread_by_gain(shapes, value, piece, row, end - first, at, space)
            else:
                spread_any(shapes, value, piece, row, space)
            own = depot_value[shapes.first_row[piece] + row]
            for unit in range(shapes.width[piece] - (shapes.base_first[piece + 1] - shapes.base_first[piece]) + 1):
                if own + space[unit] < curves.value[first + row + unit]:
                    curves.value[first + row + unit] = own + space[unit]
                    curves.row[first + row + unit] = row
        mark_hull(curves.value, first, end, at, curves.kept)


@compiled
def spread_by_gain(shapes: Shapes, value: Floats, piece: int, row: int, units: int, at: Ints, space: Floats) -> None:
    """Give each unit to the base that gains most by it; leave the objective by units in `space`, stocks in `at`.

    Right where the objective of each base is convex in its stock.
    """
    begin, end = shapes.base_first[piece], shapes.base_first[piece + 1]
    start = shapes.first[piece] + row * shapes.width[piece]
    total = 0.0
    for base in range(begin, end):
        at[base - begin] = 0
        total += value[start + shapes.column[base]]
    space[0] = total
    for unit in range(1, min(units, shapes.width[piece] - (end - begin) + 1)):
        best, gain = -1, -HUGE
        for base in range(begin, end):
            level = at[base - begin]
            if level + 1 < shapes.levels[base]:
                here = start + shapes.column[base] + level
                own = value[here] - value[here + 1]
                if own > gain:
                    best, gain = base, own
        if best < 0:
            break
        at[best - begin] += 1
        total -= gain
        space[unit] = total


@compiled
def spread_any(shapes: Shapes, value: Floats, piece: int, row: int, space: Floats) -> None:
    """Leave in `space` the least objective by units over all splits, base by base."""
    begin, end = shapes.base_first[piece], shapes.base_first[piece + 1]
    start = shapes.first[piece] + row * shapes.width[piece]
    half = len(space) // 2
    reach = 0
    space[0] = 0.0
    for base in range(begin, end):
        levels = shapes.levels[base]
        for unit in range(reach + levels):
            space[half + unit] = HUGE
        for unit in range(reach + 1):
            for level in range(levels):
                own = space[unit] + value[start + shapes.column[base] + level]
                space[half + unit + level] = min(space[half + unit + level], own)
        reach += levels - 1
        for unit in range(reach + 1):
            space[unit] = space[half + unit]


@compiled
def mark_hull(value: Floats, first: int, end: int, corners: Ints, kept: Ints) -> None:
    """Mark points of value[first:end] on the lower hull as long as it falls; `corners` has room for all of them."""
    count = 0
    for point in range(first, end):
        kept[point] = 0
        if count and not value[point] < value[corners[count - 1]]:
            continue
        while count >= 2:
            last, before = corners[count - 1], corners[count - 2]
            old = (value[before] - value[last]) / (last - before)
            new = (value[last] - value[point]) / (point - last)
            if new < old:
                break
            count -= 1
        corners[count] = point
        count += 1
    for number in range(count):
        kept[corners[number]] = 1


@entry
def give_out(shapes: Shapes, value: Floats, pieces: Ints, units: Ints, space: Floats, at: Ints, stock: Ints) -> None:
    """Fill in the stock of bases, (base,), of `pieces` for units at bases beyond their smallest stocks.

    Only where the objective of bases is convex, and for tables with one row.
    """
    for number in range(len(pieces)):
        piece = pieces[number]
        spread_by_gain(shapes, value, piece, 0, units[number] + 1, at, space)
        begin = shapes.base_first[piece]
        for base in range(begin, shapes.base_first[piece + 1]):
            stock[base] = shapes.least[base] + at[base - begin]


def split_any(shapes: Shapes, value: Floats, piece: int, units: int, stock: Ints) -> None:
    """Fill in the stock of bases of one piece for units beyond the smallest stocks, over all splits; not compiled."""
    begin, end = shapes.base_first[piece], shapes.base_first[piece + 1]
    start = shapes.first[piece]
    rows = [
        value[start + shapes.column[base] : start + shapes.column[base] + shapes.levels[base]]
        for base in range(begin, end)
    ]
    for base, level in zip(range(begin, end), split_units(rows, units), strict=True):
        stock[base] = shapes.least[base] + level


def split_units(curves: Sequence[Floats], units: int) -> list[int]:
    """Return how many of `units` each of some curves gets, so that the sum of their values is least."""
    best = [np.zeros(1)]
    for curve in curves:
        best.append(add_curves(best[-1], curve))
    found = []
    for number in range(len(curves) - 1, -1, -1):
        curve, before = curves[number], best[number]
        levels = np.arange(max(units - len(before) + 1, 0), min(units, len(curve) - 1) + 1)
        level = int(levels[np.argmin(before[units - levels] + curve[levels])])
        found.append(level)
        units -= level
    return found[::-1]


def add_curves(one: Floats, other: Floats) -> Floats:
    """Return the least sum of two curves by the units that they get together."""
    if len(one) > len(other):
        one, other = other, one
    found = np.full(len(one) + len(other) - 1, np.inf)
    for units, value in enumerate(one):
        found[units : units + len(other)] = np.minimum(found[units : units + len(other)], value + other)
    return found
