"""Cost against objective for a whole network, and what to buy to get there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from replenish.arrays.groups import Floats, Ints
from replenish.arrays.network import Network
from replenish.errors import SolveError
from replenish.sustain.evaluation import Evaluation, evaluate
from replenish.sustain.frontier.aims import Objective
from replenish.sustain.frontier.budget import Choices, dynamic_programme, fill_up
from replenish.sustain.frontier.layout import Limits
from replenish.sustain.frontier.merged import Change, Merged, Place
from replenish.sustain.frontier.unreached import UnreachedError
from replenish.sustain.methods import Method


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A place on the curve or beside it.

    cost, objective: there.  bound: no choice of stocks within the budget that was asked for has a smaller objective.
    """

    place: Place
    cost: float
    objective: float
    bound: float

    @property
    def gap(self) -> float:
        """Return how far the objective may be from the least at this budget."""
        return self.objective - self.bound


class Moved(NamedTuple):
    """How the stock of a part at a site changes."""

    part: int
    site: int
    units: int


class Purchase(NamedTuple):
    """One step of the curve and its reason.

    cost, gain, gain_per_cost: of the step.  before, after: objective.  moved: stocks that change; servers: (group,
    more) of them.
    """

    step: int
    cost: float
    gain: float
    gain_per_cost: float
    before: float
    after: float
    moved: tuple[Moved, ...]
    servers: tuple[tuple[int, int], ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class Curve:
    """Least objective by money, at the corners of the lower hull.

    network: whose.  objective_name: what is made small.  base_cost: of the smallest stocks.
    limits: smallest and greatest stocks.  method: of the backorders.  counts: servers before any is added, (group,).
    chosen: the point that was asked for.
    """

    network: Network
    merged: Merged
    limits: Limits
    base_cost: float
    objective_name: Objective
    method: Method
    counts: Ints
    chosen: Point | None = None

    @property
    def cost(self) -> Floats:
        """Return money spent after 0, 1, ... steps, (step + 1,)."""
        return self.base_cost + self.merged.cost

    @property
    def objective(self) -> Floats:
        """Return the objective after 0, 1, ... steps, (step + 1,)."""
        return self.merged.objective

    def stock_at(self, point: Point) -> Ints:
        """Return spares at a point, (part, site)."""
        return self._at(point)[0]

    def servers_at(self, point: Point) -> Ints:
        """Return servers at a point, (group,)."""
        return self._at(point)[1]

    def evaluate_at(self, point: Point) -> Evaluation:
        """Return what the network does at a point."""
        stock, servers = self._at(point)
        return evaluate(self.network, stock=stock, servers=servers, method=self.method)

    def at_step(self, step: int, extra: tuple[int, ...] = ()) -> Point:
        """Return the point after a number of steps, and `extra` ones out of order."""
        more = np.array(extra, np.int64)
        objective = float(self.objective[step] - self.merged.gain[more].sum())
        cost = float(self.cost[step] + self.merged.price[more].sum())
        return Point(place=Place(step, extra), cost=cost, objective=objective, bound=self._bound(cost))

    def at_budget(self, budget: float) -> Point:
        """Return the best point found within a budget, with the bound that no stocks beat.

        Raises:
            SolveError: the smallest stocks that are allowed cost more.
        """
        self._check_budget(budget)
        place, cost, objective, bound = fill_up(self.merged, budget - self.base_cost)
        return Point(place=place, cost=cost + self.base_cost, objective=objective, bound=bound)

    def exactly_at_budget(self, budget: float) -> Point:
        """Return the best point within a budget by dynamic programming over all points: for small problems.

        Raises:
            SolveError: the smallest stocks that are allowed cost more.
        """
        self._check_budget(budget)
        found, keys = self._all_sums(budget)
        best = int(np.argmin(found.value))
        changes = tuple(
            Change(piece, own[point]) for (piece, own), point in zip(keys, found.choice[best].tolist(), strict=True)
        )
        cost, value = float(found.cost[best]) + self.base_cost, float(found.value[best])
        return Point(place=Place(0, changes=changes), cost=cost, objective=value, bound=value)

    def efficient_points(self, budget: float) -> tuple[Floats, Floats]:
        """Return cost and objective of all undominated points within a budget, on the hull or not."""
        self._check_budget(budget)
        found, _ = self._all_sums(budget)
        return found.cost + self.base_cost, found.value

    def at_slope(self, gain_per_cost: float) -> Point:
        """Return the last point at which another unit of money still gains so much."""
        slope = self.merged.gain / self.merged.price
        return self.at_step(int(np.searchsorted(-slope, -gain_per_cost, side="right")))

    def at_backorders(self, most: float) -> Point:
        """Return the first point at which backorders of fleets are `most` at most.

        Raises:
            SolveError: no stocks reach it.
        """
        return self._first(lambda found: most - _owed(self.network, found), f"backorders of {most:g}", -1.0, most)

    def at_wait(self, most: float) -> Point:
        """Return the first point at which the mean wait of a fleet's request is `most` at most [day].

        Raises:
            SolveError: no stocks reach it.
        """
        asked = float(self.network.removals().sum())
        if asked == 0.0:
            return self.at_step(0)
        return self._first(
            lambda found: most - _owed(self.network, found) / asked, f"a mean wait of {most:g} days", -1.0, most
        )

    def at_availability(self, share: float | None = None) -> Point:
        """Return the first point at which so many systems are in service and every fleet has its own target.

        Where the common order of purchases leaves a fleet below its own target, it goes on with steps that help it.

        Args:
            share: of all systems together; only the targets of fleets if None.

        Raises:
            SolveError: no stocks reach it.
        """
        wanted = 0.0 if share is None else share
        weight = self.network.fleets.systems / max(self.network.fleets.systems.sum(), 1)
        point = self._first(
            lambda found: float(weight @ found.availability) - wanted,
            f"an availability of {wanted:.10g}",
            1.0,
            wanted,
        )
        for fleet in np.flatnonzero(self.network.fleets.target > 0):
            point = self._go_on(point, int(fleet))
        return point

    def purchases(self, first: int = 0, last: int | None = None) -> Iterator[Purchase]:
        """Yield steps in order with their reasons, from `first` up to before `last`."""
        end = len(self.merged.gain) if last is None else last
        before = self._at(self.at_step(first))
        done = self.merged.corner(Place(first))
        for step in range(first, end):
            done[self.merged.piece[step]] += 1
            after = self._step(step, int(done[self.merged.piece[step]]), before)
            moved = tuple(
                Moved(int(part), int(site), int(after[0][part, site] - before[0][part, site]))
                for part, site in zip(*np.nonzero(after[0] != before[0]), strict=True)
            )
            more = after[1] - before[1]
            cost, gain = float(self.merged.price[step]), float(self.merged.gain[step])
            yield Purchase(
                step, cost, gain, gain / cost, float(self.objective[step]), float(self.objective[step + 1]), moved,
                tuple((int(group), int(more[group])) for group in np.flatnonzero(more)),
            )  # fmt: skip
            before = after

    def _step(self, step: int, done: int, before: tuple[Ints, Ints]) -> tuple[Ints, Ints]:
        """Return stocks and servers after a step, the one numbered `done` of its piece: only that is written again."""
        stock, servers = before[0].copy(), before[1].copy()
        block, own = self.merged.owner(int(self.merged.piece[step]))
        block.write_corner(own, int(block.corners.first[own]) + done, stock, servers)
        return stock, servers

    def _at(self, point: Point) -> tuple[Ints, Ints]:
        stock, servers = self.limits.least.copy(), self.counts.copy()
        self.merged.write(point.place, stock, servers)
        return stock, servers

    def _bound(self, cost: float) -> float:
        return float(np.interp(cost, self.cost, self.objective))

    def _check_budget(self, budget: float) -> None:
        least = float(self.cost[0])
        if budget < least * (1 - 1e-12):
            raise SolveError(
                f"budget: {budget:,.0f} does not pay for the smallest stocks and servers that are allowed, which cost"
                f" {least:,.0f}; raise it or lower minimum"
            )

    def _all_sums(self, budget: float) -> tuple[Choices, list[tuple[int, list[object]]]]:
        curves, keys = [], []
        for piece in range(len(self.merged.part)):
            block, own = self.merged.owner(piece)
            points = block.points(own)
            curves.append((points.cost, points.value))
            keys.append((piece, list(points.keys)))
        return dynamic_programme(curves, budget - self.base_cost), keys

    def _first(self, margin: Callable[[Evaluation], float], wish: str, sign: float, wanted: float) -> Point:
        """Return the first step at which a margin is not negative, by bisection and then step by step."""
        high = len(self.merged.gain)
        best = margin(self.evaluate_at(self.at_step(high)))
        if best < 0.0:
            end = self.at_step(high)
            raise UnreachedError(wish, best=wanted + sign * best, cost=end.cost, full=self._full())
        low = -1
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if margin(self.evaluate_at(self.at_step(middle))) >= 0.0 else (middle, high)
        return self.at_step(high)

    def _full(self) -> list[tuple[int, int]]:
        """Return parts and sites that are at their maximum at the end of the curve."""
        stock = self.stock_at(self.at_step(len(self.merged.gain)))
        found = np.argwhere((stock >= self.limits.most) & (self.network.removals() > 0))
        return [(int(part), int(site)) for part, site in found]

    def _go_on(self, point: Point, fleet: int) -> Point:
        """Return a point with as many later steps of a fleet's parts as its own target takes."""
        target = float(self.network.fleets.target[fleet])
        if self.evaluate_at(point).availability[fleet] >= target:
            return point
        is_part = np.zeros(len(self.network.parts.cost), dtype=bool)
        is_part[self.network.installations.part[self.network.installations.fleet == fleet]] = True
        later = np.flatnonzero(self.merged.of_parts(is_part)[self.merged.piece])
        later = later[(later >= point.place.steps) & ~np.isin(later, point.place.extra)]

        def after(count: int) -> Point:
            extra = tuple(sorted({*point.place.extra, *later[:count].tolist()}))
            return self.at_step(point.place.steps, extra)

        low, high = 0, len(later)
        best = float(self.evaluate_at(after(high)).availability[fleet])
        if best < target:
            aim = f"an availability of {target:.10g}"
            raise UnreachedError(aim, best=best, cost=after(high).cost, full=self._full(), fleet=fleet)
        while high - low > 1:
            middle = (low + high) // 2
            is_enough = self.evaluate_at(after(middle)).availability[fleet] >= target
            low, high = (low, middle) if is_enough else (middle, high)
        return after(high)


def _owed(network: Network, found: Evaluation) -> float:
    """Return units owed to fleets."""
    asked = found.flows.requests
    share = np.divide(network.removals(), asked, out=np.zeros_like(asked), where=asked > 0)
    return float((found.backorders * share).sum())
