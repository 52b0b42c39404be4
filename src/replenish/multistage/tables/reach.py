"""Finite bounds for every variable, so that a bound of the optimum can be proven from any multipliers.

A variable without a bound of its own gets one in two ways.  *Rows*: if all others in a row are bounded, so is it.
*Worth*: if more of a variable costs money and only helps some rows, some optimum uses no more than these rows need;
of two slacks of one row with opposite signs, some optimum uses one.  The bounds are only used in proofs, never in the
programme that is solved.

References:
    Savelsbergh (1994), Preprocessing and probing techniques for mixed integer programming problems, ORSA Journal on
    Computing 6(4): bounds from rows. Andersen and Andersen (1995), Presolving in linear programming, Mathematical
    Programming 71: dominated columns.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from replenish.multistage.modelling.expression import Floats, Ints

ROUNDS = 10
WIDER = 1e-9
"""Derived bounds are moved out by this share: far above rounding, of no account for a proof."""


@dataclass(frozen=True, slots=True, eq=False)
class Box:
    """A programme whose data lie between bounds, in every outcome.

    Attributes:
        row, column, factor: nonzeros of the matrix, without those of rows whose coefficients are random.
        row_lower, row_upper: widest bounds of rows; `row_lower_most` and `row_upper_least` the narrowest.
        cost: lowest and highest cost of each column, (2, column).
        lower, upper: widest bounds of columns.
        is_fixed: columns that may not be moved: states, and columns with random coefficients.
    """

    row: Ints
    column: Ints
    factor: Floats
    row_lower: Floats
    row_upper: Floats
    row_lower_most: Floats
    row_upper_least: Floats
    cost: Floats
    lower: Floats
    upper: Floats
    is_fixed: np.ndarray[tuple[int], np.dtype[np.bool_]]


def find_reach(box: Box) -> tuple[Floats, Floats]:
    """Return bounds of columns within which some optimum lies, infinite where none was found."""
    lower, upper = box.lower.copy(), box.upper.copy()
    for _ in range(ROUNDS):
        before = np.isfinite(lower).sum() + np.isfinite(upper).sum()
        if before == 2 * len(lower):
            break
        _by_rows(box, lower, upper)
        _by_worth(box, lower, upper)
        if np.isfinite(lower).sum() + np.isfinite(upper).sum() == before:
            break
    return lower, upper


@dataclass(frozen=True, slots=True, eq=False)
class _Rest:
    """For each nonzero the smallest and largest sum of the other terms in its row."""

    least: Floats
    most: Floats


def _rest(box: Box, lower: Floats, upper: Floats) -> _Rest:
    ends = np.stack([lower[box.column], upper[box.column]]) * box.factor
    rows = len(box.row_lower)
    return _Rest(_others(box.row, ends.min(axis=0), rows), _others(box.row, ends.max(axis=0), rows))


def _others(row: Ints, term: Floats, rows: int) -> Floats:
    """Return for each term the sum of the others in its row; an infinite one among them makes it infinite."""
    is_finite = np.isfinite(term)
    finite, infinity = np.where(is_finite, term, 0.0), float(term[~is_finite][0]) if not is_finite.all() else 0.0
    total, size, endless = np.zeros(rows), np.zeros(rows), np.zeros(rows, int)
    np.add.at(total, row, finite)
    np.add.at(size, row, np.abs(finite))
    np.add.at(endless, row, ~is_finite)
    room = np.sign(infinity) if infinity else 0.0
    rest: Floats = total[row] - finite + room * WIDER * size[row]
    return np.where(endless[row] - ~is_finite > 0, infinity, rest)


def _by_rows(box: Box, lower: Floats, upper: Floats) -> None:
    rest = _rest(box, lower, upper)
    with np.errstate(invalid="ignore"):
        high = (box.row_upper[box.row] - rest.least) / box.factor
        low = (box.row_lower[box.row] - rest.most) / box.factor
    is_positive = box.factor > 0
    _tighten(upper, box.column, np.where(is_positive, high, low), sign=1.0)
    _tighten(lower, box.column, np.where(is_positive, low, high), sign=-1.0)


def _tighten(bound: Floats, column: Ints, found: Floats, *, sign: float) -> None:
    """Replace infinite bounds by the tightest that was found; `sign` is 1 for upper bounds."""
    best = np.full(len(bound), np.inf)
    np.minimum.at(best, column, np.where(np.isfinite(found), sign * found, np.inf))
    new = ~np.isfinite(bound) & np.isfinite(best)
    bound[new] = sign * (best[new] + WIDER * (1.0 + np.abs(best[new])))


def _by_worth(box: Box, lower: Floats, upper: Floats) -> None:
    """Bound columns of which more costs money and is needed at most by some rows."""
    for sign, own, other in ((1.0, lower, upper), (-1.0, upper, lower)):
        cost = box.cost[0] if sign > 0 else -box.cost[1]
        open_ended = ~np.isfinite(other) & np.isfinite(own) & (cost >= 0) & ~box.is_fixed
        for j in np.nonzero(open_ended)[0]:
            need = _need(box, int(j), sign, lower, upper)
            if np.isfinite(need):
                furthest = max(sign * own[j], need)
                other[j] = sign * (furthest + WIDER * (1.0 + abs(furthest)))


def _need(box: Box, j: int, sign: float, lower: Floats, upper: Floats) -> float:
    """Return the most of sign * column j that a row which it helps can need; inf if that has no limit."""
    most = -np.inf
    for place in np.nonzero(box.column == j)[0]:
        row, factor = box.row[place], sign * box.factor[place]
        target = box.row_lower_most[row] if factor > 0 else -box.row_upper_least[row]
        if np.isfinite(target):
            least = _least_rest(box, j, sign, int(row), ends=(lower, upper))
            most = max(most, (target - least) / abs(factor))
    return most


def _least_rest(box: Box, j: int, sign: float, row: int, *, ends: tuple[Floats, Floats]) -> float:
    """Return the least that the others add to a row while column j is off its bound; `sign` turns the row round too."""
    total, (lower, upper) = 0.0, ends
    side = np.sign(sign * box.factor[(box.row == row) & (box.column == j)][0])
    for place in np.nonzero((box.row == row) & (box.column != j))[0]:
        k, factor = int(box.column[place]), side * box.factor[place]
        bound = lower[k] if factor > 0 else upper[k]
        if not np.isfinite(bound) and _cancels(box, j, sign, k, factor):
            bound = upper[k] if factor > 0 else lower[k]
        if not np.isfinite(bound):
            return -np.inf
        total += factor * bound
    return total


def _cancels(box: Box, j: int, sign: float, k: int, factor_of_k: float) -> bool:
    """Return whether j and k stand in one row alone, and less of both saves money or costs nothing."""
    own, other = np.nonzero(box.column == j)[0], np.nonzero(box.column == k)[0]
    if len(own) != 1 or len(other) != 1 or box.is_fixed[k]:
        return False
    cost = box.cost[0, j] if sign > 0 else -box.cost[1, j]
    cost_of_k = -box.cost[1, k] if factor_of_k > 0 else box.cost[0, k]
    return bool(cost / abs(box.factor[own[0]]) + cost_of_k / abs(factor_of_k) >= 0)
