"""Whole variables of the first stage: solved by branch and bound with the cuts of its cost to go."""

from __future__ import annotations

from dataclasses import dataclass

from replenish.multistage.linear_program import Solution
from replenish.multistage.modelling.expression import Floats, Ints
from replenish.multistage.solving.once import outgoing_places, solve_with_cuts, stage_program
from replenish.multistage.tables.tables import Tables


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
        program = stage_program(self.tables, self.node, outcome, state)
        found = solve_with_cuts(self.tables, self.node, program, self._loaded)
        return found, found.x[outgoing_places(self.tables, self.node)]
