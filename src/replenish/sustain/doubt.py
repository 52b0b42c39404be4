"""Doubt about rates: a mixture over a gamma law as a sum over few rates."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from scipy.linalg import eigh_tridiagonal
from scipy.special import gammainccinv, gammaincinv

from replenish.arrays.groups import Floats

PRECISION = 1e-7
"""Of chances at a mixture of rates; backorders are off by less than 1e-7."""
WIDE = 4.0
"""Units outstanding by shape from which the law of the rate is much wider than that of the number at a rate."""

SHARP = 4.0
"""Shape below which the density of a rate bends sharply at 0."""
TAIL = 1e-13


def rates(shape: float, units: float) -> tuple[Floats, Floats]:
    """Return multiples of the mean rate and their weights, under which means are those over a gamma law.

    Args:
        shape: of the gamma law with mean 1; inf for no doubt.
        units: most that is outstanding on average at a site; more units ask for more rates.

    References:
        Golub, Welsch (1969), Calculation of Gauss quadrature rules, Mathematics of Computation 23, 221-230.
    """
    if not math.isfinite(shape) or units <= 0.0:
        return np.ones(1), np.ones(1)
    steps = units / shape
    if steps <= WIDE:
        # exp(-steps x) in Laguerre polynomials has coefficients in proportion to (steps / (1 + steps))^k
        size = math.ceil(math.log(PRECISION) / (2.0 * math.log(steps / (1.0 + steps)))) + 2
        return _laguerre(shape, size)
    return _wide(shape, math.ceil(math.log2(units) * 4) / 4)


@lru_cache(maxsize=4096)
def _laguerre(shape: float, size: int) -> tuple[Floats, Floats]:
    """Return the Gauss rule of a gamma law with mean 1."""
    k = np.arange(size, dtype=float)
    points, weights = _gauss(2.0 * k + shape, np.sqrt(k[1:] * (k[1:] + shape - 1.0)))
    return points / shape, weights


@lru_cache(maxsize=4096)
def _wide(shape: float, scale: float) -> tuple[Floats, Floats]:
    """Return a rule in u, the square root of units at a rate, in which Poisson laws are all of one width.

    The density of u is u^(2 shape - 1) exp(-shape u^2 / units).  Where the power bends sharply at 0 a Gauss-Jacobi rule
    takes it into its weights.
    """
    units = 2.0**scale
    power = 2.0 * shape - 1.0
    bend = power if shape < SHARP else 0.0
    low = math.sqrt(gammaincinv(shape, TAIL) / shape * units) if bend == 0.0 else 0.0
    high = math.sqrt(gammainccinv(shape, TAIL) / shape * units)
    points, weights = _jacobi(math.ceil(2.2 * (high - low)) + 10, bend)
    u = low + (high - low) * (1.0 + points) / 2.0
    with np.errstate(divide="ignore"):
        logs = np.log(weights) + (power - bend) * np.log(u) - shape * u * u / units
    weights = np.exp(logs - logs.max())
    kept = weights > TAIL
    return u[kept] ** 2 / units, weights[kept] / weights[kept].sum()


def _jacobi(size: int, b: float) -> tuple[Floats, Floats]:
    """Return the Gauss rule for the weight (1 + x)^b on -1..1."""
    k = np.arange(1, size, dtype=float)
    first = b / (b + 2.0)
    diagonal = np.concatenate([[first], b * b / ((2.0 * k + b) * (2.0 * k + b + 2.0))])
    return _gauss(diagonal, 2.0 * k * (k + b) / ((2.0 * k + b) * np.sqrt((2.0 * k + b) ** 2 - 1.0)))


def _gauss(diagonal: Floats, off: Floats) -> tuple[Floats, Floats]:
    """Return points and weights of the Gauss rule of a Jacobi matrix."""
    points, vectors = eigh_tridiagonal(diagonal, off)
    return points, vectors[0] ** 2
