"""Which stocks, demands, lines and flows have rows and columns of a family."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from replenish.arrays.groups import Floats, Ints
from replenish.planning.problem import Problem
from replenish.planning.programme.limits import most_of_items
from replenish.planning.programme.sets import Sets

Bools = np.ndarray[tuple[int], np.dtype[np.bool_]]


@dataclass(frozen=True)
class Indices:
    """A problem with its sets, and rows of its arrays by what they need in a stage."""

    problem: Problem
    sets: Sets

    @cached_property
    def cells(self) -> int:
        """Return the number of stocks."""
        return len(self.problem.arrays.stocks.opening)

    @cached_property
    def most(self) -> Floats:
        """Return what each stock can hold at most, (stock,) [unit]."""
        return most_of_items(self.problem)

    @cached_property
    def owed_demands(self) -> Ints:
        """Return the demands whose unmet part stays owed."""
        return np.flatnonzero(self.problem.arrays.demands.is_owed)

    @cached_property
    def required(self) -> Ints:
        """Return the stocks whose shortfall has a price."""
        return np.unique(self.problem.shortfall.thing)

    @cached_property
    def gated_flows(self) -> Ints:
        """Return the flows that a chain may hold back."""
        return np.flatnonzero(self.problem.arrays.flows.gate >= 0)

    @cached_property
    def gated_slots(self) -> Ints:
        """Return the order slots that a chain may hold back."""
        slots = self.problem.arrays.slots
        return np.flatnonzero(slots.gate >= 0)

    @cached_property
    def gated_budgets(self) -> Ints:
        """Return the budgets that a chain may hold back."""
        return np.flatnonzero(self.problem.arrays.budgets.gate >= 0)

    @cached_property
    def donors(self) -> Ints:
        """Return the stocks from which anything may leave."""
        return np.unique(self.problem.arrays.flows.from_cell)

    @cached_property
    def lacks_by_itself(self) -> Bools:
        """Return which of them more than demand takes below a floor: expiry, production, use along with others."""
        arrays, found = self.problem.arrays, self.sets.lots.perishes.copy()
        found[arrays.sources.bundle_cell] = found[arrays.products.component_cell] = True
        return np.asarray(found[self.donors])

    @cached_property
    def waiting_flows(self) -> Ints:
        """Return the flows that leave later than they are decided."""
        return np.flatnonzero(self.problem.arrays.flows.wait > 0)

    @cached_property
    def free_flows(self) -> Ints:
        """Return those of them that no chain may hold back."""
        return np.intersect1d(self.waiting_flows, np.flatnonzero(self.problem.arrays.flows.gate < 0))

    @cached_property
    def skips_reviews(self) -> bool:
        """Return whether there are stages in which nothing may be decided."""
        clock, stages = self.problem.arrays.clock, self.problem.stages
        reviews = clock.reviews_before[stages.end] - clock.reviews_before[stages.first]
        return bool((reviews == 0).any())

    @cached_property
    def perishable_lots(self) -> Ints:
        """Return the lots of stocks whose units expire."""
        return np.flatnonzero(self.sets.lots.perishes[self.sets.lots.cell])

    @cached_property
    def limited_cells(self) -> Ints:
        """Return the stocks whose storage is limited."""
        return np.flatnonzero(np.isfinite(self.problem.arrays.stocks.storage_limit))

    @cached_property
    def limited_routes(self) -> Ints:
        """Return the routes whose capacity is limited."""
        return np.flatnonzero(np.isfinite(self.problem.arrays.flows.route_capacity).any(axis=0))

    @cached_property
    def ramped_lines(self) -> Ints:
        """Return the lines whose rate may rise only so fast."""
        return np.flatnonzero(np.isfinite(self.problem.arrays.lines.ramp).any(axis=0))

    @cached_property
    def surging_products(self) -> Ints:
        """Return the products of lines on which something costs more above the normal rate."""
        products = self.problem.arrays.products
        surging = np.unique(products.line[products.surge_extra > 0])
        return np.flatnonzero(np.isin(products.line, surging))

    @cached_property
    def kept_lines(self) -> Ints:
        """Return the lines for which it counts whether they are open."""
        lines = self.problem.arrays.lines
        counts = (lines.keeping_cost > 0) | (lines.restart_cost > 0)
        return np.flatnonzero(counts | (lines.min_rate > 0))
