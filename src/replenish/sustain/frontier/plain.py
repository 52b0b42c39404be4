"""Curves of parts that stand alone: cost against least objective over all splits of their units."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from replenish.arrays.groups import Floats, Ints
from replenish.arrays.network import Bools
from replenish.sustain.frontier.kernel.shapes import Curves, Shapes
from replenish.sustain.frontier.kernel.spread import fill_curves, give_out, split_any
from replenish.sustain.frontier.kernel.thin import DONE, fill_tables
from replenish.sustain.frontier.kernel.worth import Users, fill_worth
from replenish.sustain.frontier.layout import Layout


class Model(NamedTuple):
    """What pieces are computed with.

    cost: of a unit, (part,).  users: of parts at sites.  method: of backorders, as in the kernel.
    is_convex: whether the objective of a part is convex in its stock at a base, (part,).
    """

    cost: Floats
    users: Users
    sites: int
    method: int
    is_convex: Bools


class Hulls(NamedTuple):
    """Corners of lower hulls of pieces: units beyond the smallest stocks, row of the depot, objective.

    first: first corner of each piece, (piece + 1,).
    """

    first: Ints
    units: Ints
    row: Ints
    value: Floats


def find_hulls(layout: Layout, model: Model, *, all_points: bool = False) -> Hulls:
    """Return the corners of all pieces, or all their points, chunk by chunk."""
    found = [_of_chunk(layout.take(pieces), model, all_points) for pieces in layout.chunks()]
    if not found:
        return Hulls(np.zeros(1, np.int64), np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
    counts = np.concatenate([counts for counts, *_ in found])
    units, row, value = (np.concatenate(column) for column in list(zip(*found, strict=True))[1:])
    return Hulls(np.concatenate(([0], np.cumsum(counts))).astype(np.int64), units, row, value)


def _of_chunk(layout: Layout, model: Model, all_points: bool) -> tuple[Ints, Ints, Ints, Floats]:
    shapes, depot_value, value = tables(layout, model, is_worth=True)
    size = shapes.first_unit[-1]
    curves = Curves(np.empty(size), np.empty(size, np.int64), np.empty(size, np.int64))
    fill_curves(shapes, value, depot_value, model.is_convex[layout.part], *_room(shapes), curves)
    kept = np.flatnonzero(curves.kept) if not all_points else np.arange(size)
    counts = np.diff(np.searchsorted(kept, shapes.first_unit))
    piece = np.repeat(np.arange(len(layout.part)), counts)
    return counts, kept - shapes.first_unit[piece], curves.row[kept], curves.value[kept]


def tables(layout: Layout, model: Model, *, is_worth: bool) -> tuple[Shapes, Floats, Floats]:
    """Return the shapes, and backorders or what they mean for the objective, of depots and of bases."""
    shapes = layout.shapes()
    depot, found = np.empty(shapes.first_row[-1]), np.empty(shapes.first[-1])
    most = int(max((shapes.least + shapes.levels).max(initial=1), shapes.rows.max(initial=1)))
    room = max(most + 1, 64)
    while (
        fill_tables(shapes, layout.depot_mean, layout.share, layout.own, model.method, np.empty(4 * room), depot, found)
        != DONE
    ):
        room *= 2
    if is_worth:
        alone = layout.site[layout.base_first[:-1]] == layout.root
        place = layout.part[shapes.piece_of] * model.sites + layout.site
        depot_place = np.where(alone, -1, layout.part * model.sites + layout.root)
        fill_worth(shapes, depot_place, place, model.users, depot, found)
    return shapes, depot, found


def _room(shapes: Shapes) -> tuple[Floats, Ints]:
    units = int(np.diff(shapes.first_unit).max(initial=1)) + int(shapes.levels.max(initial=1)) + 1
    bases = int(np.diff(shapes.base_first).max(initial=1))
    return np.empty(2 * units), np.empty(max(units, bases), np.int64)


def split(layout: Layout, model: Model, row: Ints, units: Ints) -> tuple[Ints, Ints]:
    """Return the stocks of depots, (piece,), and bases, (base,), of pieces with these units and depot rows."""
    low = layout.low + row
    at = layout._replace(low=low, rows=np.ones_like(row))
    stock = np.empty(len(layout.site), np.int64)
    for pieces in at.chunks():
        own = at.take(pieces)
        shapes, _, value = tables(own, model, is_worth=True)
        begin, end = at.base_first[pieces[0]], at.base_first[pieces[-1] + 1]
        left = (units - row)[pieces]
        space, room = _room(shapes)
        convex = model.is_convex[own.part]
        give_out(shapes, value, np.flatnonzero(convex), left[convex], space, room, stock[begin:end])
        for piece in np.flatnonzero(~convex):
            split_any(shapes, value, int(piece), int(left[piece]), stock[begin:end])
    return low, stock
