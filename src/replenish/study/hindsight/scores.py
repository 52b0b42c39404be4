"""Scores of a forecast against what came: how far off it was, and how wide of the mark its bands were.

References:
    Gneiting and Raftery (2007), Strictly proper scoring rules, prediction, and estimation, Journal of the American
    Statistical Association 102(477), 359-378: section 4.2 (CRPS, equation 21) and section 6.1 (quantiles).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from replenish.arrays.groups import Floats

LEVELS = (0.05, 0.25, 0.50, 0.75, 0.95)
"""Levels of the quantiles by which the pinball loss judges a forecast: the ends of both bands, and the median."""


def crps(paths: Floats, value: float) -> float:
    """Return the continuous ranked probability score of equally likely paths; 0 is best, in the unit of the value.

    Args:
        paths: forecast, (path,) [unit].
        value: what came, y [unit].

    Returns:
        E|X - y| - E|X - X'| / 2 with X and X' drawn from the paths [unit]; |x - y| of a forecast of one number x.

    References:
        Gneiting and Raftery (2007), equation 21, with the sign turned so that less is better.

    >>> crps(np.array([10.0]), 13.0), crps(np.array([0.0, 2.0]), 1.0)
    (3.0, 0.5)
    """
    ordered, count = np.sort(np.asarray(paths, np.float64)), len(paths)
    weights = 2.0 * np.arange(1, count + 1) - count - 1
    return float(np.abs(ordered - value).mean() - (weights @ ordered) / count**2)


def pinball(quantile: float, level: float, value: float) -> float:
    """Return the pinball loss of a quantile, (y - q)(level - 1{y < q}); 0 is best, in the unit of the value.

    References:
        Gneiting and Raftery (2007), section 6.1, with s(x) = x and the sign turned so that less is better.

    >>> pinball(10.0, 0.9, 12.0), round(pinball(10.0, 0.9, 8.0), 6)
    (1.8, 0.2)
    """
    return (value - quantile) * (level - (value < quantile))


def mean_pinball(paths: Floats, value: float, levels: Sequence[float] = LEVELS) -> float:
    """Return the mean of the pinball losses of the quantiles of paths, (path,) [unit], at some levels [unit]."""
    found = np.quantile(paths, levels)
    return float(np.mean([pinball(q, level, value) for q, level in zip(found, levels, strict=True)]))


def is_covered(paths: Floats, value: float, share: float) -> bool:
    """Return whether a value lies in the central band that holds this share of the paths, (path,) [unit].

    >>> is_covered(np.arange(101.0), 25.0, 0.5), is_covered(np.arange(101.0), 24.0, 0.5)
    (True, False)
    """
    low, high = np.quantile(paths, ((1 - share) / 2, (1 + share) / 2))
    return bool(low <= value <= high)
