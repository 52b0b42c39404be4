"""How free a decision is: between which ends it may lie at nearly the best value, and one that stands for them all.

Where optima tie, the vertex that a simplex method ends at is an accident. The ends of each quantity over all decisions
whose value is within a tolerance of the best are not, nor is the decision nearest to a place between them.

References:
    Brill, Chang and Hopkins (1982), Modeling to generate alternatives: the HSJ approach and an illustration using a
    problem in land use planning, Management Science 28(3), 221-235. Neumann and Brown (2021), The near-optimal feasible
    space of a renewable power system model, Electric Power Systems Research 190, 106690.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from replenish.errors import SolveError
from replenish.multistage.linear_program import Solution
from replenish.multistage.modelling.expression import Floats
from replenish.multistage.policy.explanation import to_held_program
from replenish.multistage.solver import Loaded
from replenish.multistage.solving.once import cut_rows, violated_cuts
from replenish.multistage.tables.prepare import Prepared
from replenish.multistage.tables.tables import Tables

Groups = Mapping[str, Mapping[str, float]]

STEPS = 4
"""Parts of half a range: a deviation counts once in the first, twice in the second and so on, so that ties spread."""

AT_ONCE = 8
"""Cuts that are loaded at a time."""

FIXED = 1e-5
"""A range narrower than this share of its largest end, or of the scale of its variables, is none."""

ENDLESS = ("unbounded", "unbounded or infeasible")


class NearRange(NamedTuple):
    """A quantity over all decisions whose value is within a tolerance of the best, in the caller's units.

    best: at the optimum that the solver found, one of many where optima tie.
    low, high: ends of the range; infinite where nothing bounds it.
    chosen: in the decision that stands for all.
    """

    name: str
    best: float
    low: float
    high: float
    chosen: float


class NearOptimal(NamedTuple):
    """Decisions of a stage whose value is nearly the best, as far as the cuts know.

    value: best value of the stage and all that follows.
    chosen_value: value of the decision that stands for all; within the tolerance of the best.
    within: the tolerance: share of the best value, or that many units of it where it is below 1.
    ranges: of each group.
    variables: of the decision that stands for all, by name, each of its shape.
    best_variables: of the optimum that the solver found, likewise.
    """

    value: float
    chosen_value: float
    within: float
    ranges: tuple[NearRange, ...]
    variables: dict[str, Floats]
    best_variables: dict[str, Floats]


class Question(NamedTuple):
    """What is asked of a node.

    node: its number.
    state: incoming state in the caller's units, (state,).
    values: of its parameters, (parameter,).
    groups: sums of single variables, by name: weight by name of the variable.
    aims: of groups: the place in its range to be near to, from 0 (low) to 1 (high); the middle where none is given.
    within: tolerance of the value, see `NearOptimal`.
    until: cuts of this iteration and later ones are left out; none if None.
    """

    node: int
    state: Floats
    values: Floats
    groups: Groups
    aims: Mapping[str, float]
    within: float
    until: int | None


def near_optimal(prepared: Prepared, asked: Question) -> NearOptimal:
    """Return the near-optimal ranges of groups of variables, and the decision nearest to a place in each.

    Raises:
        ValueError: a variable of a group is unknown, or the tolerance or an aim is out of its bounds.
        SolveError: there is no optimum.
    """
    _refuse(asked)
    stage = _Stage(prepared, asked)
    best = stage.solve(stage.loaded.program.cost)
    value = prepared.to_value(best.objective)
    stage.keep_near(best, asked.within * max(1.0, abs(value)) / prepared.cost_scale)
    weights = stage.weights(asked.groups)
    ends = np.array([[stage.end(weight, sign) for sign in (1.0, -1.0)] for weight in weights]).reshape(-1, 2)
    at_best = weights @ best.x
    ends[:, 0], ends[:, 1] = np.minimum(ends[:, 0], at_best), np.maximum(ends[:, 1], at_best)
    aims = np.array([asked.aims.get(name, 0.5) for name in asked.groups])
    x = stage.nearest(weights, ends, aims, best.x)
    chosen = np.clip(weights @ x, ends[:, 0], ends[:, 1])
    table = np.column_stack([at_best, ends, chosen]).tolist()
    return NearOptimal(
        value=value, chosen_value=prepared.to_value(stage.cost_of(x)), within=asked.within,
        ranges=tuple(NearRange(name, *row) for name, row in zip(asked.groups, table, strict=True)),
        variables=stage.variables(x), best_variables=stage.variables(best.x),
    )  # fmt: skip


class _Stage:
    """The programme of a node, loaded with the cuts that matter so far; all scaled."""

    def __init__(self, prepared: Prepared, asked: Question) -> None:
        self.solved = prepared.tables.solved[int(prepared.layout.structure[asked.node])]
        self.structure, self.node = prepared.structure(asked.node), asked.node
        self.tables = _tables(prepared, asked)
        self.cuts: list[int] = []
        state = asked.state / prepared.state_scale(asked.node, outgoing=False)
        program = to_held_program(prepared, self.tables, asked.node, state, self.cuts)
        self.columns, self.extra, self.loaded, self.has_grown = len(program.cost), 0, Loaded(program), True
        self._load(self.cuts)

    def solve(self, cost: Floats) -> Solution:
        """Return the optimum for some costs, with all cuts.

        Raises:
            SolveError: there is none.
        """
        found = self._settled(cost)
        if found.status != "optimal":
            raise SolveError(f"node {self.tables.layout.names[self.node]}: {found.status}, where an optimum is needed")
        return found

    def end(self, weight: Floats, sign: float) -> float:
        """Return the least (sign 1) or greatest (-1) value of a sum of columns; infinite where nothing bounds it."""
        size = float(np.abs(weight).max(initial=0.0)) or 1.0
        found = self._settled(sign * weight / size)
        if found.status in ENDLESS:
            return -sign * np.inf
        if found.status != "optimal":
            raise SolveError(f"node {self.tables.layout.names[self.node]}: {found.status} near its optimum")
        return float(weight @ found.x[: self.columns])

    def keep_near(self, best: Solution, room: float) -> None:
        """Let the cost be at most so much above the best."""
        cost = self.loaded.program.cost
        size = room or float(np.abs(cost).max(initial=0.0)) or 1.0  # the room is what must not be lost in rounding
        limit = np.array([float(cost @ best.x) + room]) / size
        self.loaded.add_rows(np.array([-np.inf]), limit, cost[None, :] / size)

    def nearest(self, weights: Floats, ends: Floats, aims: Floats, best: Floats) -> Floats:
        """Return the columns whose sums are nearest to places in their ranges, each measured by its range.

        Deviations are summed, each in parts that count the more the further out they are.
        """
        width = ends[:, 1] - ends[:, 0]
        size = np.maximum(np.abs(ends).max(axis=1), np.abs(weights).max(axis=1, initial=0.0))
        is_free = np.isfinite(width) & (width > FIXED * size)
        free = int(is_free.sum())
        if not free:
            return best
        parts = np.full((free, 2 * STEPS), 0.5 / STEPS)
        parts[:, STEPS - 1 :: STEPS] = np.inf
        self.loaded.add_columns(np.zeros(parts.size), parts.ravel())
        self.extra = parts.size
        sides = np.kron(np.eye(free), np.repeat([-1.0, 1.0], STEPS))
        self.has_grown = True
        factor = np.hstack([weights[is_free] / width[is_free, None], sides])
        target = ends[is_free, 0] / width[is_free] + aims[is_free]
        self.loaded.add_rows(target, target, factor)
        steps = np.tile(np.arange(1.0, STEPS + 1), 2 * free)
        return self.solve(np.concatenate([np.zeros(self.columns), steps])).x[: self.columns]

    def weights(self, groups: Groups) -> Floats:
        """Return the weights of columns in each group, (group, column).

        Raises:
            ValueError: a variable is unknown.
        """
        places = dict(zip(self.structure.program.column_names(), self.structure.place_of_columns(), strict=True))
        found = np.zeros((len(groups), self.columns))
        for row, (name, own) in zip(found, groups.items(), strict=True):
            for variable, weight in own.items():
                if variable not in places:
                    raise ValueError(f"group {name}: no variable is called {variable}")
                row[places[variable]] += weight * self.solved.scale.column[places[variable]]
        return found

    def variables(self, x: Floats) -> dict[str, Floats]:
        """Return variables by name, in the caller's units."""
        places = self.structure.place_of_columns()
        own = x[places] * self.solved.scale.column[places]
        return {
            name: own[block.places].reshape(block.shape) for name, block in self.structure.program.variables.items()
        }

    def cost_of(self, x: Floats) -> float:
        """Return the cost of columns and of all that follows."""
        return float(self.loaded.program.cost @ x) + self.loaded.program.offset

    def _settled(self, cost: Floats) -> Solution:
        """Return what is found for some costs once no cut is violated."""
        asked: Floats | None = np.concatenate([cost, np.zeros(self.columns + self.extra - len(cost))])
        while True:
            found = self.loaded.solve(asked, has_grown=self.has_grown)
            self.has_grown = False
            if found.status in ENDLESS:
                missing = sorted(set(range(self.tables.pools[self.node].count)) - set(self.cuts))
            elif found.status == "optimal":
                missing = violated_cuts(self.tables, self.node, found.x[: self.columns], self.cuts)[:AT_ONCE]
            else:
                return found
            if not missing:
                return found
            self.cuts += missing
            self._load(missing)
            asked, self.has_grown = None, True

    def _load(self, cuts: list[int]) -> None:
        if cuts:
            lower, upper, factor = cut_rows(self.tables, self.node, cuts, self.columns)
            self.loaded.add_rows(lower, upper, factor)


def _refuse(asked: Question) -> None:
    if not (np.isfinite(asked.within) and asked.within >= 0):
        raise ValueError(f"within is {asked.within}; give a share of the best value, 0 or more")
    if unknown := sorted(set(asked.aims) - set(asked.groups)):
        raise ValueError(f"no group is called {', '.join(unknown)}; groups are {', '.join(asked.groups)}")
    if strange := [name for name, aim in asked.aims.items() if not 0 <= aim <= 1]:
        raise ValueError(f"aim of {', '.join(strange)}: give a place from 0 (low) to 1 (high)")


def _tables(prepared: Prepared, asked: Question) -> Tables:
    """Return tables in which the node has one outcome, and only the cuts that count."""
    tables = prepared.tables.copied()
    tables.put_outcomes(asked.node, asked.values[None, :])
    if asked.until is not None:
        tables.pools = list(tables.pools)
        tables.pools[asked.node] = tables.pools[asked.node].until(asked.until)
    return tables
