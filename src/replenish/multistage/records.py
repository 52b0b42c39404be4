"""What kernels read and write: records of numbers and addresses.

Addresses are those of NumPy arrays that `tables.Tables` keeps alive.  All amounts are scaled (see `scaling`).
"""

from __future__ import annotations

import numpy as np


def _record(*names: str) -> np.dtype[np.void]:
    return np.dtype([(name, np.int64) for name in names])


STRUCTURE = _record(
    # sizes; `columns` counts those of the programme, costs to go follow
    "rows", "columns", "futures", "incoming", "outgoing",
    # the matrix by column; costs and bounds that hold where no parameter moves them
    "starts", "row", "factor", "cost", "lower", "upper", "row_lower", "row_upper",
    # what moves with parameters: rows come first, columns as 32-bit sets, nonzeros by row, column and place
    "moved_rows", "moved_bounds", "bound_set", "moved_costs", "cost_set",
    "moved_factors", "factor_row", "factor_column", "factor_place",
)  # fmt: skip
"""A programme with its borders."""

NODE = _record(
    "structure",
    # tables by outcome of what moves
    "row_lower", "row_upper", "lower", "upper", "cost", "factor", "offset",
    # rows that differ between outcomes, if nothing else does; else 0
    "random_rows", "random_set",
    # bounds of columns for proofs (see `reach`), finite where possible
    "safe_lower", "safe_upper",
    # costs to go: their weights in the objective and their bounds
    "future_cost", "future_lower", "future_upper",
    # cuts: future[of] - slope @ x >= level; slopes as (width, capacity)
    "cuts", "capacity", "width", "level", "slope", "of", "is_sure",
)  # fmt: skip
"""A node: what its parameters make of the structure, and the cuts of its cost to go."""

SLOT = _record(
    "model",  # handle of HiGHS
    "node", "outcome",  # what it holds now; -1: none
    "state", "factor",  # the incoming state and the nonzeros that it holds
    "has_state",
)  # fmt: skip
"""A programme that is held by HiGHS."""

MEMORY = _record(
    "slot",
    "loaded",
    "keep",
    "limit",
    "newest",
    "seen",
    "cut",
    "idle",
    "column_basis",
    "row_basis",
    "has_basis",
    "bases",
    "bunched",  # bases that were looked at, and outcomes that they answered for
)
"""What a lane remembers of a node: which cuts are in its programme, for how long each was idle, and a basis.

It tries to hold at most `keep` cuts, never more than `limit`; of new cuts it takes the `newest` at once.
"""

TASK = _record("node", "outcome", "source", "target")
"""One programme to solve: its incoming state is row `source` of the states, its outgoing one goes to row `target`."""

ANSWER = np.dtype([
    ("value", np.float64),  # optimum, cost to go included
    ("cost", np.float64),  # of the stage alone
    ("level", np.float64),  # safe bound of the optimum at a state of zero; with the slope a cut
    ("is_sure", np.int64),  # whether that bound is proven
    ("is_done", np.int64),
])  # fmt: skip
"""What is found for a task."""

COUNTS = _record("tasks", "solves", "cured", "repeated", "disagreed", "added", "dropped", "switched", "bunched")
"""What a lane has done: tasks, runs of the solver, failures cured by a cold start, optima repeated cold, and so on."""

MOST_RANDOM_ROWS = 8
"""Outcomes are bunched where at most so many rows, and nothing else, differ between them."""

VERBS = (
    "changeColsBoundsByRange", "changeRowsBoundsByRange", "changeColsBoundsBySet", "changeColsCostBySet",
    "changeColsCostByRange", "changeCoeff", "addRows", "deleteRowsBySet", "deleteRowsByRange", "run", "getModelStatus",
    "getSolution", "clearSolver", "getBasis", "setBasis", "getBasicVariables", "getBasisSolve",
)  # fmt: skip
"""What kernels ask of HiGHS, in the order of the table of addresses; names of the C interface without `Highs_`."""
