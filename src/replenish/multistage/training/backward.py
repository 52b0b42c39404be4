"""From values and slopes of what may follow some states to cuts of the cost to go there."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from replenish.multistage.modelling.expression import Floats, Ints
from replenish.multistage.solving.kernel.certify import UNIT
from replenish.multistage.tables.branches import Branches, Cuts


class Ahead(NamedTuple):
    """What follows some states x: level + slope @ x bounds the cost of each branch from below.

    level, is_sure: (trial, branch); slope: (trial, branch, state); value: (trial, branch) the bound at x itself.
    """

    level: Floats
    slope: Floats
    is_sure: Ints
    value: Floats


class Made(NamedTuple):
    """New cuts: trial, level, of and is_sure, (cut,), and slope, (cut, width)."""

    trial: Ints
    level: Floats
    slope: Floats
    of: Ints
    is_sure: Ints


def weigh(branches: Branches, ahead: Ahead) -> Floats:
    """Return the weights by risk of what may follow each state, (trial, branch)."""
    if branches.is_expectation:
        return np.broadcast_to(branches.probability, ahead.value.shape)
    return np.stack([branches.weights(branches.discount * value) for value in ahead.value])


def make_cuts(branches: Branches, weights: Floats, ahead: Ahead, cuts: Cuts, width: int, *, reach: Floats) -> Made:
    """Return the cuts of a node at some states, from weights by risk of what may follow each.

    They hold wherever each state is at most `reach`, (state,), in size.
    """
    if cuts == "single":
        return _sum(weights * branches.discount, ahead, 0, reach)
    if cuts == "grouped":
        return _grouped(branches, ahead, reach)
    return _each(branches, weights, ahead, width)


def _sum(weights: Floats, ahead: Ahead, of: int, reach: Floats) -> Made:
    """Return the weighted sum of branches for each trial; its level less what rounding can have added to the cut."""
    trials, count = weights.shape
    terms = weights * ahead.level
    pull = np.matmul(np.abs(weights)[:, None, :], np.abs(ahead.slope))[:, 0]
    is_bounded = (np.isfinite(reach) | (pull == 0.0)).all(axis=1)
    size = np.abs(terms).sum(axis=1) + pull @ np.where(np.isfinite(reach), reach, 0.0)
    margin = UNIT * (count + len(reach) + 4) * size
    is_sure = is_bounded & ((ahead.is_sure == 1) | (weights == 0.0)).all(axis=1)
    slope = np.matmul(weights[:, None, :], ahead.slope)[:, 0]
    return Made(np.arange(trials), terms.sum(axis=1) - margin, slope, np.full(trials, of), is_sure.astype(int))


def _grouped(branches: Branches, ahead: Ahead, reach: Floats) -> Made:
    """Return a cut for each child: the mean of its outcomes."""
    chance = branches.probability * branches.discount
    made = []
    for group in range(int(branches.group[-1]) + 1):
        own = np.nonzero(branches.group == group)[0]
        weights = np.broadcast_to(chance[own] / chance[own].sum(), (len(ahead.level), len(own)))
        few = Ahead(ahead.level[:, own], ahead.slope[:, own], ahead.is_sure[:, own], ahead.value[:, own])
        made.append(_sum(weights, few, group, reach))
    return _joined(made)


def _each(branches: Branches, weights: Floats, ahead: Ahead, width: int) -> Made:
    """Return a cut for each branch, and with a risk measure one that weighs their costs to go."""
    trials, count = weights.shape
    states = ahead.slope.shape[2]
    slope = np.zeros((trials * count, width))
    slope[:, :states] = ahead.slope.reshape(-1, states)
    each = Made(
        np.repeat(np.arange(trials), count), ahead.level.ravel(), slope, np.tile(np.arange(count), trials),
        ahead.is_sure.ravel(),
    )  # fmt: skip
    if branches.is_expectation:
        return each
    risk = np.zeros((trials, width))
    risk[:, states:] = weights * branches.discount
    ones = np.ones(trials, int)
    return _joined([each, Made(np.arange(trials), np.zeros(trials), risk, ones * count, ones)])


def _joined(made: list[Made]) -> Made:
    return Made(*(np.concatenate([one[k] for one in made]) for k in range(len(Made._fields))))


def highest(made: Made, lower: Floats, upper: Floats) -> Floats:
    """Return the highest value of each cut over a box of states, by which costs to go are bounded from above."""
    with np.errstate(invalid="ignore"):  # zero times an infinite bound
        ends = np.where(made.slope != 0.0, np.maximum(made.slope * lower, made.slope * upper), 0.0)
    top: Floats = made.level + ends.sum(axis=1)
    return top
