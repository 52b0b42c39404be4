"""Laws of counts for several days or rates at once: rows are cases, columns the chances of 0, 1, 2, ...

Chances below 1e-16 at the far end of all rows are cut.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln, xlogy

from replenish.arrays.groups import Floats
from replenish.sustain.kernel.rows import write_summed, write_thinned

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

    Args:
        laws: of X, (case, number).
        share: one, or those of the last unit, the one before it, ..., (case, number - 1).
    """
    if laws.shape[1] == 1:
        return laws
    found = np.zeros_like(laws)
    write_thinned(laws, np.atleast_2d(np.asarray(share, float)), found)
    return _trimmed(found)


def summed(laws: Floats, others: Floats) -> Floats:
    """Return the laws of sums of independent counts, (case, number)."""
    found = np.zeros((len(laws), laws.shape[1] + others.shape[1] - 1))
    write_summed(laws, others, found)
    return _trimmed(found)


def means(laws: Floats) -> Floats:
    """Return the mean of each law, (case,)."""
    return np.asarray(laws @ np.arange(laws.shape[1]))


def _trimmed(laws: Floats) -> Floats:
    used = np.flatnonzero(np.max(laws, axis=0, initial=0.0) > _TAIL)
    return np.ascontiguousarray(laws[:, : int(used[-1]) + 1 if used.size else 1])
