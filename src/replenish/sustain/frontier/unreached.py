"""An aim that no stocks reach, told in rows; who knows names tells it in names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from replenish.errors import SolveError

CLOSE = 0.9999
"""What is this near to one, or above it, is told with more digits."""


class Names(NamedTuple):
    """Names of rows, as they are told."""

    fleets: Sequence[str]
    parts: Sequence[str]
    sites: Sequence[str]


class UnreachedError(SolveError):
    """No stocks that are allowed reach an aim, whatever they cost.

    Attributes:
        aim: in words; `fleet` is whose, None for all.
        best: what can be reached.  cost: of it.
        full: parts and sites at whose maximum it stops, as (part, site); none if stocks end where more are never used.
    """

    def __init__(
        self, aim: str, *, best: float, cost: float, full: Sequence[tuple[int, int]], fleet: int | None = None
    ) -> None:
        self.aim, self.best, self.cost, self.full, self.fleet = aim, best, cost, tuple(full), fleet
        super().__init__(self.words(None))

    def words(self, names: Names | None) -> str:
        """Return what cannot be reached, the best that can, and what limits it; by row where there are no names."""
        whose = "" if self.fleet is None else f" of {_name(names and names.fleets, 'fleet', self.fleet)}"
        digits = 10 if self.best > CLOSE else 6
        best = f"the best is {self.best:.{digits}g}, at a cost of {self.cost:,.0f}"
        told = f"{self.aim}{whose} is not reached at any budget: {best}"
        if not self.full:
            return f"{told}; more spares would all but never be used: shorten repair or order times, or add servers"
        part, site = self.full[0]
        first = f"{_name(names and names.parts, 'part', part)} at {_name(names and names.sites, 'site', site)}"
        more = f" and {len(self.full) - 1} more" if len(self.full) > 1 else ""
        return f"{told}; what limits it is the maximum of {first}{more}: raise it in part_stock"


def _name(names: Sequence[str] | None, kind: str, row: int) -> str:
    return f"{kind} {row}" if names is None else f"`{names[row]}`"
