"""Spares for a stretch of use when few failures were counted: the doubt about the rate widens the stock.

Given n failures in a use of u, the rate is gamma distributed with shape n + prior and scale 1/u, and the removals in a
further use of t are negative binomial: P(N = k) = C(k + a - 1, k) p^a (1 - p)^k with a = n + prior, p = u / (u + t).
A plug-in rate n/u says that a part that has not failed yet never will.

References:
    Jeffreys (1946), An invariant form for the prior probability in estimation problems, Proc. R. Soc. A 186, 453-461:
    for a Poisson rate the prior rate^(-1/2), hence prior = 0.5.
    Barlow & Proschan (1965), Mathematical Theory of Reliability: spares for a period with a given assurance.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import betainc, pdtr

from replenish.arrays.groups import Floats, Ints
from replenish.arrays.network import Network
from replenish.arrays.sustainment import JEFFREYS
from replenish.errors import UsageError
from replenish.sustain.profiles import use_between

_SURE = 1.0 - 1e-9
"""A probability above it asks for spares in the round-off of the law."""


def assurance(spares: npt.ArrayLike, mean: npt.ArrayLike, shape: npt.ArrayLike) -> Floats:
    """Return the probability that spares last, P(N <= spares), arguments broadcast together.

    Args:
        spares: at the start, none come back in time [unit].
        mean: expected removals in the stretch of use [unit].
        shape: of the gamma law of the rate; inf for a known rate, where the removals are Poisson.

    References:
        Johnson, Kemp & Kotz (2005), Univariate Discrete Distributions, ch. 5: P(N <= k) = I_p(a, k + 1).

    >>> round(float(assurance(0, mean=1.0, shape=1.0)), 12)  # geometric: 1 / (1 + mean)
    0.5
    """
    number, expected, doubt = np.broadcast_arrays(
        np.asarray(spares, float), np.asarray(mean, float), np.asarray(shape, float)
    )
    is_known = np.isinf(doubt)
    safe = np.where(is_known, 1.0, doubt)
    found: Floats = np.where(is_known, pdtr(number, expected), betainc(safe, number + 1.0, safe / (safe + expected)))
    return found


def spares_for(mean: npt.ArrayLike, shape: npt.ArrayLike, probability: npt.ArrayLike) -> Ints:
    """Return the least number of spares that last with a probability, arguments broadcast together [unit].

    Args:
        mean: expected removals in the stretch of use [unit].
        shape: of the gamma law of the rate; inf for a known rate.
        probability: that the spares last, in [0, 1).

    Raises:
        ValueError: a mean is negative, a shape is not positive or a probability is outside [0, 1 - 1e-9].
    """
    expected, doubt, wanted = np.broadcast_arrays(
        np.asarray(mean, float), np.asarray(shape, float), np.asarray(probability, float)
    )
    if not (np.all(expected >= 0) and np.all(doubt > 0) and np.all((wanted >= 0) & (wanted <= _SURE))):
        raise ValueError("mean must be >= 0, shape > 0 and probability in [0, 1 - 1e-9]")
    low = np.full(expected.shape, -1.0)  # never enough
    high = np.ceil(expected)
    while np.any(short := assurance(high, expected, doubt) < wanted):
        low = np.where(short, high, low)
        high = np.where(short, 2 * high + 1, high)
    while np.any(high - low > 1):
        middle = np.floor((low + high) / 2)
        is_enough = (assurance(middle, expected, doubt) >= wanted) & (middle >= 0)
        high, low = np.where(is_enough, middle, high), np.where(is_enough, low, middle)
    return np.asarray(high, np.int64)


def predictive_spares(
    failures: float, observed_use: float, use_ahead: float, probability: npt.ArrayLike, *, prior: float = JEFFREYS
) -> Ints:
    """Return the least spares that last with a probability, given what was counted [unit].

    Args:
        failures: counted; a fraction is allowed (shared incidents).
        observed_use: over which they were counted, of all installed parts [use].
        use_ahead: of all installed parts, in the same unit.
        probability: one or several, each in [0, 1).
        prior: failures that the prior stands for; 0.5 is that of Jeffreys, 1 a flat one.

    References:
        Jeffreys (1946).  The rows of the tests were asked by an engineer with 0 failures in 32,441 h.
    """
    shape = failures + prior
    if not (observed_use > 0 and use_ahead >= 0 and shape > 0):
        raise ValueError("observed_use must be above 0, use_ahead at least 0 and failures + prior above 0")
    return spares_for(shape * use_ahead / observed_use, shape, probability)


def plug_in_spares(failures: float, observed_use: float, use_ahead: float, probability: npt.ArrayLike) -> Ints:
    """Return what the same asks for when the counted rate is taken for the true one: too few [unit]."""
    return spares_for(failures * use_ahead / observed_use, np.inf, probability)


def spares_to_last(network: Network, days: float, probability: float, *, start: float = 0.0) -> Ints:
    """Return spares at each site that last a stretch of days without repair or resupply, (part, site) [unit].

    A kit for a deployment: each number alone lasts with the probability, several together with less.
    Use follows the operations of the fleets.

    Args:
        network: removals by fleets; inner parts are not asked for, as nothing is repaired.
        days: length of the stretch [day].
        probability: that the spares of a part at a site last.
        start: first day of the stretch [day after the start of the study].

    Raises:
        UsageError: removals of a part are not Poisson given its rate.
    """
    if np.any(network.parts.variance_ratio != 1.0):
        raise UsageError("spares for a stretch of use take Poisson removals; set variance_ratio of all parts to 1")
    rows, mean = network.installations, np.zeros_like(network.repairs.time)
    use = use_between(network, start, start + days)[rows.fleet] * network.fleets.systems[rows.fleet]
    expected = network.parts.rate[rows.part] * rows.quantity * rows.use * use
    np.add.at(mean, (rows.part, network.fleets.site[rows.fleet]), expected)
    return spares_for(mean, network.parts.rate_shape[:, None], probability)
