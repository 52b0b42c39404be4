"""From values and slopes of what may follow a state to cuts of the cost to go there."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from replenish.multistage.modelling.expression import Floats, Ints
from replenish.multistage.tables.branches import Branches, Cuts
from replenish.multistage.tables.cuts import Pool

UNIT = 2.0**-52


class Ahead(NamedTuple):
    """What follows a state x: level + slope @ x bounds the cost of each branch from below.

    level, is_sure: (branch,); slope: (branch, state); value: (branch,) the bound at x itself.
    """

    level: Floats
    slope: Floats
    is_sure: Ints
    value: Floats


class Made(NamedTuple):
    """New cuts: level, of, is_sure (cut,) and slope (cut, width)."""

    level: Floats
    slope: Floats
    of: Ints
    is_sure: Ints


def make_cuts(branches: Branches, weights: Floats, ahead: Ahead, cuts: Cuts, width: int) -> Made:
    """Return the cuts of a node at a state, from weights by risk of what may follow."""
    if cuts == "grouped":
        return _grouped(branches, ahead)
    if cuts == "multi":
        return _each(branches, weights, ahead, width)
    level, slope, is_sure = _sum(weights * branches.discount, ahead, np.arange(len(weights)))
    return Made(np.array([level]), slope[None, :], np.zeros(1, int), np.array([is_sure]))


def _grouped(branches: Branches, ahead: Ahead) -> Made:
    """Return a cut for each child: the mean of its outcomes."""
    made = []
    for group in range(int(branches.group[-1]) + 1):
        own = np.nonzero(branches.group == group)[0]
        chance = branches.probability[own] * branches.discount[own]
        made.append(_sum(chance / chance.sum(), ahead, own))
    return Made(
        np.array([level for level, _, _ in made]), np.stack([slope for _, slope, _ in made]),
        np.arange(len(made)), np.array([is_sure for _, _, is_sure in made]),
    )  # fmt: skip


def _each(branches: Branches, weights: Floats, ahead: Ahead, width: int) -> Made:
    """Return a cut for each branch, and with a risk measure one that weighs their costs to go."""
    count = len(weights)
    slope = np.zeros((count, width))
    slope[:, : ahead.slope.shape[1]] = ahead.slope
    if branches.is_expectation:
        return Made(ahead.level, slope, np.arange(count), ahead.is_sure)
    risk = np.zeros((1, width))
    risk[0, ahead.slope.shape[1] :] = weights * branches.discount
    return Made(
        np.append(ahead.level, 0.0), np.concatenate([slope, risk]), np.arange(count + 1), np.append(ahead.is_sure, 1)
    )


def _sum(weights: Floats, ahead: Ahead, own: Ints) -> tuple[float, Floats, int]:
    """Return the weighted level and slope of some branches; the level less what rounding can have added."""
    level, slope = ahead.level[own], ahead.slope[own]
    margin = UNIT * (len(own) + 4) * float(np.abs(weights) @ np.abs(level))
    is_sure = int(ahead.is_sure[own][weights > 0].all())
    return float(weights @ level) - margin, weights @ slope, is_sure


def add_cuts(pool: Pool, made: Made, *, iteration: int, trial: int, state: Floats) -> None:
    """Put new cuts into the pool of a node."""
    count = len(made.level)
    where = np.zeros((count, pool.width))
    where[:, : len(state)] = state
    pool.add(
        made.level, made.slope, made.of, is_sure=made.is_sure, iteration=iteration,
        trial=np.full(count, trial), state=where,
    )  # fmt: skip


def highest(made: Made, lower: Floats, upper: Floats) -> Floats:
    """Return the highest value of each cut over a box of states, by which costs to go are bounded from above."""
    with np.errstate(invalid="ignore"):
        ends = np.where(made.slope != 0.0, np.maximum(made.slope * lower, made.slope * upper), 0.0)
    top: Floats = made.level + ends.sum(axis=1)
    return top
