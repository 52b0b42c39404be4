"""The best that a budget buys, exactly or between two corners of the hull."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from replenish.arrays.groups import Floats, Ints
from replenish.sustain.frontier.blocks import Points
from replenish.sustain.frontier.hulls import undominated
from replenish.sustain.frontier.merged import Change, Merged, Place

MOST_PIECES = 100
MOST_STATES = 2_000
SAME = 1e-9  # money lost to rounding, relative to a budget


class Choices(NamedTuple):
    """Undominated sums of one point from each of some curves, by rising cost.

    choice: (sum, curve) point that each takes.
    """

    cost: Floats
    value: Floats
    choice: Ints


def dynamic_programme(curves: Sequence[tuple[Floats, Floats]], budget: float) -> Choices:
    """Return every undominated sum of one point from each curve that costs `budget` at most, exactly.

    Points on no lower hull are looked at too.  Where costs are whole numbers there are at most `budget` + 1 sums at any
    time, else there may be very many: for small problems.

    Args:
        curves: cost and value of the points of each.
        budget: most that is spent in all.
    """
    return _sum(curves, budget, slope=0.0, worth=np.inf)


def _sum(curves: Sequence[tuple[Floats, Floats]], budget: float, *, slope: float, worth: float) -> Choices:
    """Return undominated sums, leaving out those with value + slope * cost above `worth`.

    The cheapest points still to come must fit in as well.
    """
    least = np.array([cost.min() for cost, _ in curves])
    after = np.concatenate((np.cumsum(least[::-1])[::-1], [0.0]))[1:]
    cost, value, back = np.zeros(1), np.zeros(1), []
    room = budget + SAME * max(abs(budget), 1.0)
    for (own_cost, own_value), rest in zip(curves, after, strict=True):
        total = (cost[:, None] + own_cost).ravel()
        score = (value[:, None] + own_value).ravel()
        fits = np.flatnonzero((total + rest <= room) & (score + slope * total <= worth))
        kept = fits[undominated(total[fits], score[fits])] if len(fits) else fits
        if np.isfinite(worth) and len(kept) > MOST_STATES:
            kept = np.sort(kept[np.argsort((score + slope * total)[kept], kind="stable")[:MOST_STATES]])
        back.append(np.stack(np.divmod(kept, len(own_cost))))
        cost, value = total[kept], score[kept]
    order = np.argsort(cost, kind="stable")
    choice = np.empty((len(order), len(curves)), np.int64)
    at = order
    for number in range(len(curves) - 1, -1, -1):
        choice[:, number] = back[number][1][at]
        at = back[number][0][at]
    return Choices(cost[order], value[order], choice)


class Filled(NamedTuple):
    """What fills a budget between two corners: where, cost and objective, and the least objective that is possible."""

    place: Place
    cost: float
    objective: float
    bound: float


def fill_up(merged: Merged, budget: float) -> Filled:
    """Return the last corner within a budget, improved by points off the hull.

    A set of points that beats the corner at the budget has, at the slope of the next step, a sum of reduced costs
    (objective + slope * cost above the corner's) below the slope times the money left.  So only pieces with such points
    are looked at, and of sums of them only those below: the optimum, unless there are more than MOST_PIECES such pieces
    or MOST_STATES such sums, of which the most promising are kept.  The bound is Lagrange's, on the hull.
    """
    steps = int(np.searchsorted(merged.cost, budget * (1 + SAME), side="right")) - 1
    cost, objective = float(merged.cost[steps]), float(merged.objective[steps])
    if steps >= len(merged.gain):
        return Filled(Place(steps), cost, objective, objective)
    slope = float(merged.gain[steps] / merged.price[steps])
    left = budget - cost
    bound = max(objective - slope * left, 0.0)
    pieces, curves = _promising(merged, Place(steps), slope, slope * left)
    if not pieces:
        return Filled(Place(steps), cost, objective, bound)
    found = _sum([(points.cost, points.value) for points in curves], left, slope=slope, worth=slope * left)
    if not len(found.value) or found.value.min() >= 0.0:
        return Filled(Place(steps), cost, objective, bound)
    best = int(np.argmin(found.value))
    changes = tuple(
        Change(piece, points.keys[point])
        for piece, points, point in zip(pieces, curves, found.choice[best].tolist(), strict=True)
        if points.cost[point] != 0.0 or points.value[point] != 0.0
    )
    return Filled(
        Place(steps, changes=changes), cost + float(found.cost[best]), objective + float(found.value[best]), bound
    )


def _promising(merged: Merged, place: Place, slope: float, worth: float) -> tuple[list[int], list[Points]]:
    """Return pieces with points of small reduced cost, and those points relative to the place."""
    corner = merged.corner(place)
    found = []
    for piece in range(len(merged.part)) if len(merged.part) <= MOST_PIECES else _near(merged, place):
        block, own = merged.owner(piece)
        at = block.corners.first[own] + corner[piece]
        points = block.points(own)
        cost, value = points.cost - block.corners.cost[at], points.value - block.corners.value[at]
        reduced = value + slope * cost
        kept = np.flatnonzero((reduced <= worth) & ((cost != 0.0) | (np.abs(value) < SAME)))
        here = int(np.argmin(np.abs(cost)))
        kept = np.union1d(kept, [here])
        cost[here] = value[here] = 0.0
        if len(kept) > 1:
            own_points = Points(cost[kept], value[kept], [points.keys[point] for point in kept.tolist()])
            found.append((float(np.partition(reduced[kept], 1)[1]), piece, own_points))
    found.sort(key=lambda one: one[:2])
    return [piece for _, piece, _ in found], [points for _, _, points in found]


def _near(merged: Merged, place: Place) -> list[int]:
    """Return pieces of the steps around a place, nearest first."""
    steps = place.steps
    around = merged.piece[max(steps - 4 * MOST_PIECES, 0) : steps + 4 * MOST_PIECES]
    distance = np.abs(np.arange(len(around)) - min(steps, 4 * MOST_PIECES))
    nearest = around[np.argsort(distance, kind="stable")]
    _, first = np.unique(nearest, return_index=True)
    found: list[int] = nearest[np.sort(first)][:MOST_PIECES].tolist()
    return found
