"""Laws of counts for several days or rates at once: rows are cases, columns the chances of 0, 1, 2, ...

Chances below 1e-16 at the far end of all rows are cut.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln, xlogy

from replenish.arrays.groups import Floats

_TAIL = 1e-16


def poisson(mean: npt.ArrayLike) -> Floats:
    """Return Poisson laws with means, (case, number)."""
    rate = np.atleast_1d(np.asarray(mean, float))[:, None]
    most = float(rate.max(initial=0.0))
    number = np.arange(int(most + 10 * np.sqrt(most) + 30))
    return _trimmed(np.exp(xlogy(number, rate) - rate - gammaln(number + 1)))


def owed(laws: Floats, stock: int) -> Floats:
    """Return the laws of max(X - stock, 0), (case, number); a negative stock adds to X."""
    if stock <= 0:
        return np.pad(laws, ((0, 0), (-stock, 0)))
    none = laws[:, : stock + 1].sum(axis=1, keepdims=True)
    return np.hstack([none, laws[:, stock + 1 :]])


def thinned(laws: Floats, share: npt.ArrayLike) -> Floats:
    """Return the laws of how many of X are of one kind, unit k with probability share[k], (case, number).

    Horner's scheme for the generating function, a product of 1 - share + share z, has positive terms only.

    Args:
        laws: of X, (case, number).
        share: one, or those of the last unit, the one before it, ..., (case, number - 1).
    """
    chance = np.broadcast_to(np.asarray(share, float), (len(laws), laws.shape[1] - 1))
    found = np.zeros_like(laws)
    found[:, 0] = laws[:, -1]
    for number in range(laws.shape[1] - 2, -1, -1):
        moved = chance[:, number, None] * found
        found -= moved
        found[:, 1:] += moved[:, :-1]
        found[:, 0] += laws[:, number]
    return _trimmed(found)


def summed(laws: Floats, others: Floats) -> Floats:
    """Return the laws of sums of independent counts, (case, number)."""
    long, short = (laws, others) if laws.shape[1] >= others.shape[1] else (others, laws)
    width = long.shape[1]
    found = np.zeros((len(laws), width + short.shape[1] - 1))
    for number in range(short.shape[1]):
        found[:, number : number + width] += short[:, number, None] * long
    return _trimmed(found)


def means(laws: Floats) -> Floats:
    """Return the mean of each law, (case,)."""
    return np.asarray(laws @ np.arange(laws.shape[1]))


def mean_owed(laws: Floats, stock: int) -> Floats:
    """Return the mean of max(X - stock, 0) of each law, (case,); the stock may be negative."""
    return np.asarray(laws @ np.maximum(np.arange(laws.shape[1]) - stock, 0))


def _trimmed(laws: Floats) -> Floats:
    used = np.flatnonzero(np.max(laws, axis=0, initial=0.0) > _TAIL)
    return np.ascontiguousarray(laws[:, : int(used[-1]) + 1 if used.size else 1])
