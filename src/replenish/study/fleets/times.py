"""Times in periods: which share of what is on its way comes out by each opening of a period."""

from __future__ import annotations

import numpy as np
from scipy.special import gammaincc, ndtr

from replenish.arrays.groups import Floats
from replenish.arrays.network import EXPONENTIAL, FIXED, GAMMA

MOST_CLASSES = 240
"""Periods of age that are told apart; older units all leave at the last rate."""

_NODES = (np.arange(64) + 0.5) / 64
_OVER = 1e-6  # share that is still on its way when ages are no longer told apart


def leaving_shares(law: int, mean: float, spread: float, period: float) -> Floats:
    """Return the share of units of each age that leaves in a period: of those entered in it first, then of older ones.

    With S_j the share of units, entered evenly over a period, that are still there at the j-th opening after it, the
    shares are 1 - S_0 and 1 - S_j / S_(j - 1); the last one holds for all older units.  So the number there at openings
    follows exactly the law of M/G/infinity while units enter at a constant rate.

    >>> leaving_shares(FIXED, 45.0, 0.0, 30.0).tolist()
    [0.0, 0.5, 1.0]
    """
    if mean <= 0:
        return np.ones(1)
    if law == EXPONENTIAL:
        left = mean / period * -np.expm1(-period / mean)
        return np.array([1 - left, -np.expm1(-period / mean)])
    stays = [_staying(law, mean, spread, period, 0)]
    while stays[-1] > _OVER and len(stays) < MOST_CLASSES:
        stays.append(_staying(law, mean, spread, period, len(stays)))
    before = np.array([1.0, *stays[:-1]])
    found = 1 - np.array(stays) / before
    if stays[-1] <= _OVER:
        found[-1] = 1.0
    return np.asarray(np.clip(found, 0.0, 1.0))


def _staying(law: int, mean: float, spread: float, period: float, opening: int) -> float:
    """Return the share of units, entered evenly over a period, that are there at the opening after it, or later."""
    if law == FIXED:
        return float(np.clip(mean / period - opening, 0.0, 1.0))
    age = (opening + _NODES) * period
    if law == GAMMA:
        shape = spread**-2
        return float(gammaincc(shape, shape * age / mean).mean())
    sigma = np.sqrt(np.log1p(spread**2))
    return float(ndtr((np.log(mean / age) - sigma**2 / 2) / sigma).mean())


def finished_share(waiting: Floats, servers: Floats, length: Floats) -> Floats:
    """Return the share of `waiting` units that servers finish in a time of `length` repair times, all (lane,).

    While more wait than there are servers, these work without a break; the last ones finish as exponential times do.

    >>> finished_share(np.array([2.0, 40.0]), np.array([4.0, 4.0]), np.array([1.0, 1.0])).round(6).tolist()
    [0.632121, 0.1]
    """
    beyond = np.maximum(0.0, waiting - servers)
    crowded = np.divide(beyond, servers, out=np.full_like(waiting, np.inf), where=servers > 0)
    early = np.minimum(beyond, servers * length)
    late = np.minimum(waiting, servers) * -np.expm1(-np.maximum(0.0, length - crowded))
    return np.asarray(np.divide(early + late, waiting, out=np.zeros_like(waiting), where=waiting > 0))
