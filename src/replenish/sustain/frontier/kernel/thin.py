"""Backorders of bases for every stock of their depot, exactly, without a sum over the depot's backorders.

A base with share p of the depot's requests waits for a binomial part, with chance p each, of the depot's backorders
(X - s)+, and has a number of its own outstanding that is independent of them.  In generating functions, with
w = 1 - p + p z and F the law of X,

    E w^((X - s + 1)+) = F(s - 1) + w (E w^((X - s)+) - F(s - 1)),

so the law of the base for one unit less at the depot comes from its law by one step of thinning: for backorders
E_s(k) of the base with stock k, and e(k) of what it has outstanding of its own,

    E_{s-1}(k) = (1 - p) E_s(k) + p F(s - 1) e(k) + p (E_s(k - 1) - F(s - 1) e(k - 1)).

All terms are positive, so no digits are lost.  The recursion starts where the depot never owes anything, E_s = e.

References:
    Simon (1971), Stationary properties of a two-echelon inventory model for low demand items, Operations Research 19.
    Graves (1985), A multi-echelon inventory model for a repairable item with one-for-one replenishment, Management
    Science 31(10), 1247-1256.
"""

from __future__ import annotations

from replenish.arrays.groups import Floats
from replenish.sustain.frontier.kernel.compiled import compiled, entry
from replenish.sustain.frontier.kernel.shapes import Shapes
from replenish.sustain.laws.fill import OVERFLOW, fill_moments
from replenish.sustain.laws.read import fill_curves

DONE = -1
EXACT, VARI_METRIC, METRIC = range(3)


@entry
def fill_tables(
    shapes: Shapes,
    depot: Floats,
    share: Floats,
    own: Floats,
    method: int,
    space: Floats,
    depot_found: Floats,
    found: Floats,
) -> int:
    """Fill in backorders of depots and bases for each stock of depot and base; return DONE, or a piece without room.

    Args:
        shapes: of the pieces.
        depot: mean outstanding at depots, (piece,); Poisson.
        share: of the depot's requests, (base,).
        own: mean outstanding at a base whose depot never owes, (base,); Poisson.
        method: EXACT, VARI_METRIC or METRIC.
        space: for four laws, or curves by all stocks of a base.
        depot_found: filled in, (all rows).
        found: filled in, (all stocks).
    """
    room = len(space) // 4
    for piece in range(len(shapes.low)):
        start, length = fill_moments(depot[piece], depot[piece], space[:room])
        if length == OVERFLOW:
            return piece
        rows, row = shapes.rows[piece], shapes.first_row[piece]
        fill_curves(
            space[:room], start, length, shapes.low[piece], space[room : room + rows], depot_found[row : row + rows]
        )
        for base in range(shapes.base_first[piece], shapes.base_first[piece + 1]):
            if method == EXACT:
                is_done = thin(shapes, piece, base, start, length, share[base], own[base], space, found)
            else:
                is_done = fit(shapes, piece, base, start, length, share[base], own[base], method, space, found)
            if not is_done:
                return piece
    return DONE


@compiled
def thin(
    shapes: Shapes,
    piece: int,
    base: int,
    start: int,
    length: int,
    p: float,
    own: float,
    space: Floats,
    found: Floats,
) -> bool:
    """Fill in exact backorders of a base by the recursion; the depot's law lies in `space`."""
    room = len(space) // 4
    low, end = shapes.low[piece], shapes.least[base] + shapes.levels[base]
    last = low + shapes.rows[piece] - 1
    alone, owed = space[room : room + end], space[2 * room : 2 * room + end]
    if not fill_alone(own, end, space, alone, owed):
        return False
    top, beyond = start + length - 1, 0.0
    for stock in range(max(top, last), low - 1, -1):
        if stock < top:
            beyond += space[stock + 1 - start] if stock + 1 >= start else 0.0
            take_one(p, max(1.0 - beyond, 0.0), alone, owed)
        if stock <= last:
            here = shapes.first[piece] + (stock - low) * shapes.width[piece] + shapes.column[base]
            for level in range(shapes.levels[base]):
                found[here + level] = owed[shapes.least[base] + level]
    return True


@compiled
def fill_alone(own: float, end: int, space: Floats, alone: Floats, owed: Floats) -> bool:
    """Fill in, twice, backorders by stock of a base whose depot never owes."""
    room = len(space) // 4
    start, length = fill_moments(own, own, space[3 * room :])
    if length == OVERFLOW:
        return False
    fill_curves(space[3 * room :], start, length, 0, owed, alone)
    for level in range(end):
        owed[level] = alone[level]
    return True


@compiled
def take_one(p: float, below: float, alone: Floats, owed: Floats) -> None:
    """Turn backorders of a base by its stock into those for one unit less at the depot; `below` is F(s - 1)."""
    for level in range(len(owed) - 1, 0, -1):
        waits = max(owed[level - 1] - below * alone[level - 1], 0.0)
        owed[level] = (1.0 - p) * owed[level] + p * below * alone[level] + p * waits
    owed[0] += p * (1.0 - below)


@compiled
def fit(
    shapes: Shapes,
    piece: int,
    base: int,
    start: int,
    length: int,
    p: float,
    own: float,
    method: int,
    space: Floats,
    found: Floats,
) -> bool:
    """Fill in backorders of a base by a law with the mean, and for VARI-METRIC the variance, of what is outstanding.

    References:
        Sherbrooke (1968), METRIC, Operations Research 16(1), 122-141.
        Sherbrooke (1986), VARI-METRIC, Operations Research 34(2), 311-319.
    """
    room, levels = len(space) // 4, shapes.levels[base]
    low = shapes.low[piece]
    last = low + shapes.rows[piece] - 1
    top, beyond, mean, square = start + length - 1, 0.0, 0.0, 0.0
    for stock in range(max(top, last), low - 1, -1):
        if stock < top:
            beyond += space[stock + 1 - start] if stock + 1 >= start else 0.0
            square += 2.0 * mean + beyond  # E[B^2](s) = E[B^2](s + 1) + EBO(s + 1) + EBO(s)
            mean += beyond
        if stock <= last:
            here = shapes.first[piece] + (stock - low) * shapes.width[piece] + shapes.column[base]
            total = own + p * mean
            spread = total if method == METRIC else total + p * p * (square - mean * mean - mean)
            first, count = fill_moments(total, spread, space[3 * room :])
            if count == OVERFLOW:
                return False
            fill_curves(
                space[3 * room :], first, count, shapes.least[base],
                space[room : room + levels], found[here : here + levels],
            )  # fmt: skip
    return True
