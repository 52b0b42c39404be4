"""What is done to whole rows of lanes: the smallest loops, which the compiler turns into vector instructions."""

from __future__ import annotations

from replenish.arrays.groups import Floats
from replenish.simulation.kernel.compiled import inlined


@inlined
def copy(row: Floats, other: Floats) -> None:
    """Write `other` to `row`."""
    for i in range(row.shape[0]):
        row[i] = other[i]


@inlined
def add(row: Floats, more: Floats) -> None:
    """Add `more` to `row`."""
    for i in range(row.shape[0]):
        row[i] += more[i]
