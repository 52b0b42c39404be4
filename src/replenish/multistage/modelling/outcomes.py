"""What chance does at a node: values of parameters, with probabilities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from replenish.multistage.modelling.expression import Floats

CLOSE = 1e-9
"""How far a sum of probabilities may lie from 1: rounding of a million terms stays far below it."""


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes:
    """Finitely many outcomes of named parameters.

    Attributes:
        values: for each parameter its value in each outcome, (outcome, *shape of the parameter).
        probability: (outcome,), sums to 1; equal if not given.

    >>> Outcomes({"inflow": [0.0, 20.0, 50.0]}).probability.round(3).tolist()
    [0.333, 0.333, 0.333]
    """

    values: Mapping[str, Floats]
    probability: Floats

    def __init__(self, values: Mapping[str, npt.ArrayLike], probability: npt.ArrayLike | None = None) -> None:
        """Check and keep values and probabilities.

        Raises:
            ValueError: numbers of outcomes differ, a number is not finite, or probabilities are negative or do not
                sum to 1.
        """
        arrays = {name: np.asarray(value, float) for name, value in values.items()}
        counts = {name: len(array) if array.ndim else 0 for name, array in arrays.items()}
        if not counts or len(set(counts.values())) != 1 or 0 in counts.values():
            raise ValueError(f"outcomes need one value of each parameter for each outcome; found {counts}")
        for name, array in arrays.items():
            if not np.isfinite(array).all():
                raise ValueError(f"outcomes of `{name}` hold {array[~np.isfinite(array)].flat[0]}; give finite numbers")
        count = next(iter(counts.values()))
        chance = np.full(count, 1.0 / count) if probability is None else np.asarray(probability, float)
        check_probabilities(chance, count)
        object.__setattr__(self, "values", arrays)
        object.__setattr__(self, "probability", chance)

    def __len__(self) -> int:
        return len(self.probability)

    def __mul__(self, other: Outcomes) -> Outcomes:
        """Return all pairs of independent outcomes; the last factor varies fastest."""
        if both := set(self.values) & set(other.values):
            raise ValueError(f"parameters {sorted(both)} are in both factors of a product of outcomes")
        left = {name: np.repeat(array, len(other), axis=0) for name, array in self.values.items()}
        right = {
            name: np.tile(array, (len(self),) + (1,) * (array.ndim - 1)) for name, array in other.values.items()
        }  # fmt: skip
        return Outcomes(left | right, np.outer(self.probability, other.probability).ravel())


def independent(factors: Sequence[Outcomes]) -> Outcomes:
    """Return all combinations of independent outcomes.

    Raises:
        ValueError: there is no factor, or two share a parameter.
    """
    if not factors:
        raise ValueError("a product of outcomes needs at least one factor")
    product = factors[0]
    for factor in factors[1:]:
        product = product * factor
    return product


def check_probabilities(probability: Floats, count: int) -> None:
    """Raise ValueError unless these are `count` probabilities that sum to 1."""
    if probability.shape != (count,):
        raise ValueError(f"{count} outcomes need as many probabilities, not an array of shape {probability.shape}")
    if not (np.isfinite(probability).all() and (probability >= 0).all()):
        raise ValueError("probabilities must be finite and not negative")
    if abs((total := float(probability.sum())) - 1.0) > CLOSE:
        raise ValueError(f"probabilities of outcomes sum to {total:.9g}, must sum to 1")
