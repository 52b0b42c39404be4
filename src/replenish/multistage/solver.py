"""The only file that talks to HiGHS (Huangfu and Hall 2018, Mathematical Programming Computation 10)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np

from replenish.errors import SolveError
from replenish.multistage.expression import Floats, Ints


@dataclass(frozen=True, slots=True, eq=False)
class LinearProgram:
    """Minimise cost @ x + offset subject to row_lower <= A x <= row_upper, lower <= x <= upper.

    A is stored by column: nonzeros of column j are those from starts[j] to starts[j + 1].
    """

    cost: Floats
    lower: Floats
    upper: Floats
    row_lower: Floats
    row_upper: Floats
    starts: Ints
    row: Ints
    factor: Floats
    offset: float = 0.0
    is_integer: np.ndarray[tuple[int], np.dtype[np.bool_]] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """What HiGHS found for one programme.

    Attributes:
        status: "optimal", "infeasible", "unbounded", or what else HiGHS said, in small letters.
        objective: value at `x`.
        bound: proven bound of the objective from below; equals it for linear programmes.
        x: (column,).
        row_dual: (row,); zero for integer programmes.
    """

    status: str
    objective: float
    bound: float
    x: Floats
    row_dual: Floats


def solve_once(program: LinearProgram, *, seconds: float | None = None, gap: float = 1e-9) -> Solution:
    """Solve one linear or mixed-integer programme from scratch, on one thread."""
    highs = _load(program)
    if seconds is not None:
        highs.setOptionValue("time_limit", seconds)
    highs.setOptionValue("mip_rel_gap", gap)
    highs.setOptionValue("mip_abs_gap", gap)
    highs.run()
    status = highs.modelStatusToString(highs.getModelStatus()).lower()
    found, info = highs.getSolution(), highs.getInfo()
    is_mip = program.is_integer is not None and bool(program.is_integer.any())
    return Solution(
        status=status,
        objective=info.objective_function_value,
        bound=info.mip_dual_bound if is_mip else info.objective_function_value,
        x=np.array(found.col_value),
        row_dual=np.array(found.row_dual) if len(found.row_dual) else np.zeros(len(program.row_lower)),
    )


def find_conflict(program: LinearProgram) -> tuple[list[int], list[int]]:
    """Return rows and columns that cannot hold together: none can be left out of an irreducible conflict.

    Raises:
        SolveError: HiGHS found no conflict, as when the programme is feasible after all.
    """
    highs = _load(program)
    highs.setOptionValue("iis_strategy", int(highspy.IisStrategy.kIisStrategyIrreducible))
    _, conflict = highs.getIis()
    if not conflict.valid_ or not (conflict.row_index_ or conflict.col_index_):
        raise SolveError("no conflict was found between rows and bounds")
    return list(conflict.row_index_), list(conflict.col_index_)


def _load(program: LinearProgram) -> Any:
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(program.cost), len(program.row_lower)
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = program.cost, program.lower, program.upper
    lp.row_lower_, lp.row_upper_ = program.row_lower, program.row_upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = program.starts.astype(np.int32)
    lp.a_matrix_.index_ = program.row.astype(np.int32)
    lp.a_matrix_.value_ = program.factor
    lp.offset_ = program.offset
    if program.is_integer is not None and program.is_integer.any():
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        lp.integrality_ = [kinds[int(whole)] for whole in program.is_integer]
    highs: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("threads", 1)
    highs.passModel(lp)
    return highs
