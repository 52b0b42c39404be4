"""Stages: runs of periods in which a plan decides once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from replenish.arrays.groups import Floats, Ints


@dataclass(frozen=True, slots=True)
class Stages:
    """The periods of a horizon in stages of `length` periods; the last may be shorter.

    Attributes:
        length: periods of a full stage.
        first, end: (stage,) its first period, and the one after its last.
    """

    length: int
    first: Ints
    end: Ints

    def __len__(self) -> int:
        return len(self.first)

    @property
    def periods(self) -> Ints:
        """Return the number of periods of each stage, (stage,)."""
        return self.end - self.first

    def totals(self, table: Floats) -> Floats:
        """Return the sums over the periods of each stage of a table (period, ...), (stage, ...)."""
        return np.add.reduceat(table, self.first, axis=0)


def to_stages(periods: int, length: int) -> Stages:
    """Return so many periods in stages of `length`.

    >>> to_stages(7, 3).end.tolist()
    [3, 6, 7]
    """
    first = np.arange(0, periods, length)
    return Stages(length, first, np.minimum(first + length, periods))


def split(delay: int, length: int) -> list[tuple[int, float]]:
    """Return in which later stages what flows evenly over a stage arrives `delay` periods after, with the part of each.

    >>> split(4, 3)
    [(1, 0.6666666666666667), (2, 0.3333333333333333)]
    >>> split(4, 1)
    [(4, 1.0)]
    """
    whole, rest = divmod(delay, length)
    parts = [(whole, 1.0 - rest / length), (whole + 1, rest / length)]
    return [(stage, part) for stage, part in parts if part > 0]
