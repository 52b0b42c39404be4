"""Whole variables of the first stage: solved by branch and bound with the cuts of its cost to go."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from replenish.errors import SolveError
from replenish.multistage.modelling.expression import NONE, Floats, Ints
from replenish.multistage.solver import LinearProgram, Solution, solve_once
from replenish.multistage.tables.tables import Tables

VIOLATED = 1e-7
"""A cut is taken in if it lies above its cost to go by more than this share."""


@dataclass(slots=True, eq=False)
class Whole:
    """The first stage, if it has whole variables and nothing but the root leads there.

    Answers are remembered until there are new cuts.
    """

    tables: Tables
    node: int
    _known: dict[tuple[int, int, bytes], tuple[Solution, Floats]]
    _loaded: list[int]

    @classmethod
    def find(cls, tables: Tables, firsts: Ints, followers: Ints) -> Whole | None:
        """Return the first stage to be solved in whole numbers, if there is one."""
        if len(firsts) != 1 or int(firsts[0]) in set(followers.tolist()):
            return None
        node = int(firsts[0])
        program = tables.solved[int(tables.layout.structure[node])].structure.program
        return cls(tables, node, {}, []) if program.is_integer.any() else None

    def solve(self, outcome: int, state: Floats) -> tuple[Solution, Floats]:
        """Return the optimum in an outcome from an incoming state, and the state that it leaves; all scaled.

        Raises:
            SolveError: there is none.
        """
        count = self.tables.pools[self.node].count
        key = (count, outcome, state.tobytes())
        if key not in self._known:
            self._known = {old: found for old, found in self._known.items() if old[0] == count}
            self._known[key] = self._solve(outcome, state)
        return self._known[key]

    def forget(self) -> None:
        """Forget all answers."""
        self._known.clear()
        self._loaded.clear()

    def _solve(self, outcome: int, state: Floats) -> tuple[Solution, Floats]:
        base, columns = self._base(outcome, state), self._columns()
        while True:
            found = solve_once(self._with_cuts(base))
            if found.status != "optimal":
                raise SolveError(
                    f"node {self.tables.layout.names[self.node]} in whole numbers: {found.status}; relax a row, give it"
                    " a price (`stage.price_slack`), or bound its whole variables"
                )
            worst = self._violated(found.x)
            if not worst:
                return found, found.x[columns[0] - columns[1] : columns[0]]
            self._loaded += worst

    def _columns(self) -> tuple[int, int]:
        """Return how many columns there are without costs to go, and how many of the last are outgoing states."""
        solved = self.tables.solved[int(self.tables.layout.structure[self.node])]
        return solved.columns, len(solved.structure.outgoing)

    def _base(self, outcome: int, state: Floats) -> LinearProgram:
        """Return the programme of the stage in an outcome, without cuts."""
        tables, node = self.tables, self.node
        solved, data = tables.solved[int(tables.layout.structure[node])], tables.data[node]
        s, program = solved.structure, solved.to_linear_program()
        cost, lower, upper = program.cost.copy(), program.lower.copy(), program.upper.copy()
        row_lower, row_upper, factor = program.row_lower.copy(), program.row_upper.copy(), program.factor.copy()
        row_lower[: s.moved_rows], row_upper[: s.moved_rows] = data.row_lower[outcome], data.row_upper[outcome]
        lower[s.moved_bounds], upper[s.moved_bounds] = data.lower[outcome], data.upper[outcome]
        cost[s.moved_costs], factor[solved.place[s.moved_factors]] = data.cost[outcome], data.factor[outcome]
        lower[: len(state)] = upper[: len(state)] = state
        cost[solved.columns :], lower[solved.columns :] = tables.future_cost[node], tables.future_lower[node]
        is_integer = np.where(s.column == NONE, False, s.program.is_integer[s.column])
        return LinearProgram(
            cost=cost, lower=lower, upper=upper, row_lower=row_lower, row_upper=row_upper, starts=program.starts,
            row=program.row, factor=factor, offset=float(data.offset[outcome]),
            is_integer=np.concatenate([is_integer, np.zeros(s.futures, bool)]),
        )  # fmt: skip

    def _with_cuts(self, base: LinearProgram) -> LinearProgram:
        """Return the programme with the cuts that are loaded."""
        pool, own, (columns, outgoing) = self.tables.pools[self.node], np.array(self._loaded, int), self._columns()
        if not len(own):
            return base
        rows, count = len(base.row_lower), len(base.cost)
        dense = np.zeros((len(own), count))
        dense[:, columns - outgoing : columns - outgoing + pool.width] = -pool.slope[:, own].T
        dense[np.arange(len(own)), columns + pool.of[own]] += 1.0
        new_row, new_column = np.nonzero(dense)
        row = np.concatenate([base.row, rows + new_row])
        column = np.concatenate([np.repeat(np.arange(count), np.diff(base.starts)), new_column])
        order = np.lexsort((row, column))
        return replace(
            base,
            starts=np.concatenate([[0], np.cumsum(np.bincount(column, minlength=count))]).astype(int),
            row=row[order],
            factor=np.concatenate([base.factor, dense[new_row, new_column]])[order],
            row_lower=np.concatenate([base.row_lower, pool.level[own]]),
            row_upper=np.concatenate([base.row_upper, np.full(len(own), np.inf)]),
        )

    def _violated(self, x: Floats) -> list[int]:
        """Return the most violated cut of each cost to go that is not loaded."""
        pool, (columns, outgoing) = self.tables.pools[self.node], self._columns()
        z = x[columns - outgoing : columns - outgoing + pool.width]
        of = pool.of[: pool.count]
        excess = pool.level[: pool.count] + z @ pool.slope[:, : pool.count] - x[columns + of]
        excess[self._loaded] = 0.0
        worst = {}
        for cut in np.argsort(excess):
            if excess[cut] > VIOLATED * (1.0 + abs(x[columns + of[cut]])):
                worst[int(of[cut])] = int(cut)
        return list(worst.values())
