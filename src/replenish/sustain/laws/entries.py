"""Doors for Python to the laws of kernels."""

from __future__ import annotations

from replenish.arrays.groups import Floats
from replenish.sustain.laws.compiled import entry
from replenish.sustain.laws.fill import fill_moments, fill_shop, thin_owed


@entry
def write_moments(mean: float, variance: float, out: Floats) -> tuple[int, int]:
    """Write the law with a mean and a variance."""
    return fill_moments(mean, variance, out)


@entry
def write_shop(load: tuple[int, float, float, float], out: Floats, more: Floats) -> tuple[int, int]:
    """Write the law of a part's number in a shop, from servers, load, share, and ratio of the tail."""
    return fill_shop(load[0], load[1], load[2], load[3], out, more)


@entry
def write_owed(law: Floats, start: int, stock: int, share: float, memory: tuple[Floats, Floats]) -> tuple[int, int]:
    """Write the law of thinned units owed."""
    return thin_owed(law, start, law.size, stock, share, memory[0], memory[1])
