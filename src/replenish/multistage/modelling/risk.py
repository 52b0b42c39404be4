"""How risk counts: each measure turns a distribution of costs into one number by shifting probability to high costs.

A risk measure is any object with `weights(probability, cost)` that returns probabilities under which the mean cost is
the risk: the dual form of a coherent measure (Artzner, Delbaen, Eber and Heath 1999).  Costs are minimised here; in a
model that maximises, the engine hands over negated gains.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from replenish.multistage.modelling.expression import Floats


@runtime_checkable
class RiskMeasure(Protocol):
    """What the engine asks of a risk measure; write your own with this one method.

    The weights must be probabilities (not negative, sum 1), must maximise weights @ cost over a convex set that does
    not depend on `cost`, and must not depend on the order of outcomes; then cuts are valid and bounds are bounds.
    """

    def weights(self, probability: Floats, cost: Floats) -> Floats:
        """Return the probabilities, (outcome,), under which the mean of `cost` is its risk."""
        ...  # pragma: no cover


@dataclass(frozen=True, slots=True)
class Expectation:
    """The plain mean."""

    def weights(self, probability: Floats, cost: Floats) -> Floats:
        """Return the probabilities as they are."""
        return probability


@dataclass(frozen=True, slots=True)
class WorstCase:
    """The highest cost among outcomes of positive probability."""

    def weights(self, probability: Floats, cost: Floats) -> Floats:
        """Return all weight on the worst possible outcome."""
        weights = np.zeros_like(probability)
        weights[int(np.argmax(np.where(probability > 0, cost, -np.inf)))] = 1.0
        return weights


@dataclass(frozen=True, slots=True)
class CVaR:
    """Mean of the worst `tail` share of costs; `tail=1` is the plain mean, `tail` towards 0 the worst case.

    Convention: `tail` is the probability mass that is averaged.  Other tools name the confidence level 1 - tail.

    References:
        Rockafellar and Uryasev (2000), Optimization of conditional value-at-risk, Journal of Risk 2(3), 21-41.

    >>> CVaR(0.5).weights(np.array([0.25, 0.25, 0.5]), np.array([1.0, 3.0, 2.0])).tolist()
    [0.0, 0.5, 0.5]
    """

    tail: float

    def __post_init__(self) -> None:
        if not 0 < self.tail <= 1:
            raise ValueError(f"CVaR tail is {self.tail}, must lie in (0, 1]; for the single worst case use WorstCase()")

    def weights(self, probability: Floats, cost: Floats) -> Floats:
        """Return the probabilities of the tail, scaled to sum to 1."""
        worst = np.argsort(-cost, kind="stable")
        before = np.cumsum(probability[worst]) - probability[worst]
        weights = np.empty_like(probability)
        weights[worst] = np.clip(self.tail - before, 0.0, probability[worst]) / self.tail
        return weights


@dataclass(frozen=True, slots=True)
class Mix:
    """A weighted mean of risk measures, such as `Mix((0.5, Expectation()), (0.5, CVaR(0.1)))`."""

    parts: tuple[tuple[float, RiskMeasure], ...]

    def __init__(self, *parts: tuple[float, RiskMeasure]) -> None:
        """Check and keep the parts.

        Raises:
            ValueError: shares are negative or do not sum to 1.
        """
        shares = [share for share, _ in parts]
        if not parts or min(shares) < 0 or abs(sum(shares) - 1.0) > 1e-12:
            raise ValueError(f"shares of a mix are {shares}; they must not be negative and must sum to 1")
        object.__setattr__(self, "parts", parts)

    def weights(self, probability: Floats, cost: Floats) -> Floats:
        """Return the mixed weights of the parts."""
        mixed = np.zeros_like(probability)
        for share, measure in self.parts:
            mixed += share * measure.weights(probability, cost)
        return mixed


@dataclass(frozen=True, slots=True)
class ModifiedChiSquared:
    """The worst mean over distributions within a Euclidean distance `radius` of the given probabilities.

    Maximises q @ cost subject to |q - p|_2 <= radius, sum q = 1, q >= 0.  Where no bound q >= 0 binds, the answer is
    p + radius * (cost - mean) / |cost - mean|; the bounds that bind are found by bisection on the multiplier.

    References:
        Philpott, de Matos and Kapelevich (2018), Distributionally robust SDDP, Computational Management Science 15.
    """

    radius: float

    def __post_init__(self) -> None:
        if not 0 <= self.radius < np.inf:
            raise ValueError(f"radius is {self.radius}; it must be finite and not negative")

    def weights(self, probability: Floats, cost: Floats) -> Floats:
        """Return the worst distribution within the radius."""
        centred = cost - cost @ probability
        spread = float(np.abs(centred).max(initial=0.0))
        if self.radius == 0 or spread <= 1e-14 * max(1.0, float(np.abs(cost).max())):
            return probability
        direction = centred / spread
        return _farthest(probability, direction, self.radius)


def _farthest(probability: Floats, direction: Floats, radius: float) -> Floats:
    """Return the projection of probability + step * direction on the simplex, for the step that lies at `radius`.

    These projections are the optima of the problem for each multiplier of the radius; their distance from
    `probability` grows with the step, up to the one in which only the worst outcomes are left.
    """
    low, high = 0.0, radius
    while _distance(probability, _projection(probability + high * direction)) < radius:
        low, high = high, 2 * high
        if high > 1e9:  # the radius reaches beyond the whole simplex; so large a step would round off the sum
            worst = direction >= direction.max() - 1e-9
            return _spread(worst, _projection(probability[worst]))
    for _ in range(100):
        middle = 0.5 * (low + high)
        inside = _distance(probability, _projection(probability + middle * direction)) < radius
        low, high = (middle, high) if inside else (low, middle)
    return _projection(probability + low * direction)


def _spread(chosen: np.ndarray[tuple[int], np.dtype[np.bool_]], values: Floats) -> Floats:
    """Return values at the chosen places and zero elsewhere."""
    spread = np.zeros(len(chosen))
    spread[chosen] = values
    return spread


def _distance(left: Floats, right: Floats) -> float:
    return float(np.sqrt(((left - right) ** 2).sum()))


def _projection(point: Floats) -> Floats:
    """Return the nearest probabilities to a point (Held, Wolfe and Crowder 1974)."""
    point = point - point.max()  # moves no projection, and keeps large numbers out of the sums
    descending = np.sort(point)[::-1]
    excess = np.cumsum(descending) - 1.0
    count = np.arange(1, len(point) + 1)
    last = int(np.nonzero(descending - excess / count > 0)[0][-1])
    nearest: Floats = np.maximum(point - excess[last] / (last + 1), 0.0)
    return nearest
