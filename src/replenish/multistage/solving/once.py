"""One node solved from scratch, with the cuts that matter: where prices or whole numbers are wanted."""

from __future__ import annotations

import numpy as np

from replenish.errors import SolveError
from replenish.multistage.linear_program import LinearProgram, Solution
from replenish.multistage.modelling.expression import NONE, Floats
from replenish.multistage.solver import solve_once
from replenish.multistage.tables.tables import Tables

VIOLATED = 1e-7
"""A cut is taken in if it lies above its cost to go by more than this share."""


def stage_program(tables: Tables, node: int, outcome: int, state: Floats) -> LinearProgram:
    """Return the programme of a node in an outcome from an incoming state, without cuts; all scaled."""
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


def solve_with_cuts(tables: Tables, node: int, program: LinearProgram, loaded: list[int]) -> Solution:
    """Return the optimum of a programme of a node with all its cuts; `loaded` begins with some, and grows by others.

    Raises:
        SolveError: there is none.
    """
    while True:
        found = solve_once(_with_cuts(tables, node, program, loaded))
        if found.status != "optimal":
            kind = " in whole numbers" if program.has_integers else ""
            raise SolveError(
                f"node {tables.layout.names[node]}{kind}: {found.status}; relax a row, give it a price"
                " (`stage.price_slack`), or bound its whole variables"
            )
        worst = _violated(tables, node, found.x, loaded)
        if not worst:
            return found
        loaded += worst


def outgoing_places(tables: Tables, node: int) -> slice:
    """Return where the outgoing states of a node stand among its columns; costs to go follow."""
    solved = tables.solved[int(tables.layout.structure[node])]
    return slice(solved.columns - len(solved.structure.outgoing), solved.columns)


def _with_cuts(tables: Tables, node: int, program: LinearProgram, loaded: list[int]) -> LinearProgram:
    """Return the programme with the cuts that are loaded."""
    return program.with_rows(*cut_rows(tables, node, loaded, len(program.cost)))


def cut_rows(tables: Tables, node: int, cuts: list[int], columns: int) -> tuple[Floats, Floats, Floats]:
    """Return cuts of a node as rows of its programme: lower and upper limits, (row,), and factors, (row, column)."""
    pool, own, places = tables.pools[node], np.array(cuts, int), outgoing_places(tables, node)
    factor = np.zeros((len(own), columns))
    factor[:, places.start : places.start + pool.width] = -pool.slope[:, own].T
    factor[np.arange(len(own)), places.stop + pool.of[own]] += 1.0
    return pool.level[own], np.full(len(own), np.inf), factor


def violated_cuts(tables: Tables, node: int, x: Floats, loaded: list[int]) -> list[int]:
    """Return the cuts of a node that are not loaded and lie above its costs to go, the most violated first."""
    pool, places = tables.pools[node], outgoing_places(tables, node)
    z = x[places.start : places.start + pool.width]
    future = x[places.stop + pool.of[: pool.count]]
    excess = pool.level[: pool.count] + z @ pool.slope[:, : pool.count] - future
    excess[loaded] = 0.0
    broken = np.nonzero(excess > VIOLATED * (1.0 + np.abs(future)))[0]
    found: list[int] = broken[np.argsort(-excess[broken], kind="stable")].tolist()
    return found


def _violated(tables: Tables, node: int, x: Floats, loaded: list[int]) -> list[int]:
    """Return the most violated cut of each cost to go that is not loaded."""
    worst: dict[int, int] = {}
    for cut in violated_cuts(tables, node, x, loaded):
        worst.setdefault(int(tables.pools[node].of[cut]), cut)
    return list(worst.values())
