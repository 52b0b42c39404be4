"""What is kept about a reference problem: how to build it, and the optimum that others found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from replenish.multistage.modelling.model import Model


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A multistage problem whose optimum is known.

    Attributes:
        name: its name in this collection.
        case: number in the list of reference cases (`M1`, ...); empty for further problems of the same families.
        title: what it is about, in a few words.
        build: returns the model.
        optimum: the published number, in the sense of the model (a gain if it maximises); None if none is published.
        tolerance: how far an exact optimum may lie from it, because it was rounded or found by sampling.
        is_relative: whether `tolerance` is a share of the optimum.
        source: where data and optimum come from.
        note: what else to know.
    """

    name: str
    title: str
    build: Callable[[], Model]
    optimum: float | None
    tolerance: float
    source: str
    case: str = ""
    is_relative: bool = False
    note: str = ""

    def accepts(self, value: float) -> bool:
        """Return whether a value lies within the tolerance of the optimum; any does if none is published."""
        if self.optimum is None:
            return True
        return abs(value - self.optimum) <= self.tolerance * (abs(self.optimum) if self.is_relative else 1.0)
