"""Laws of counts for several cases at once, a row each: chances of 0, 1, 2, ..."""

from __future__ import annotations

from replenish.arrays.groups import Floats
from replenish.sustain.laws.compiled import entry
from replenish.sustain.laws.fill import TINY, thin_step


@entry
def write_thinned(laws: Floats, share: Floats, out: Floats) -> None:
    """Write the laws of how many of X count, unit k with chance share[k]; of one column or row of shares all use it.

    Horner's scheme for the generating function, a product of 1 - share + share z, has positive terms only.
    """
    by_row, by_unit = int(share.shape[0] > 1), int(share.shape[1] > 1)
    for row in range(laws.shape[0]):
        found = out[row]
        last = laws.shape[1] - 1
        while last > 0 and laws[row, last] < TINY:
            last -= 1
        found[0] = laws[row, last]
        length = 1
        for unit in range(last - 1, -1, -1):
            length = thin_step(length, share[by_row * row, by_unit * unit], laws[row, unit], found)


@entry
def write_summed(laws: Floats, others: Floats, out: Floats) -> None:
    """Add the laws of sums of independent numbers to `out`."""
    for row in range(laws.shape[0]):
        for one in range(laws.shape[1]):
            chance = laws[row, one]
            if chance >= TINY:
                for other in range(others.shape[1]):
                    out[row, one + other] += chance * others[row, other]
