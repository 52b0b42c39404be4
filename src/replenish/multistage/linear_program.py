"""A linear programme by column, and what a solver finds for it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from replenish.multistage.modelling.expression import Floats, Ints


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

    @property
    def column(self) -> Ints:
        """Return the column of each nonzero."""
        return np.repeat(np.arange(len(self.cost)), np.diff(self.starts))

    @property
    def has_integers(self) -> bool:
        """Return whether some variable is whole."""
        return self.is_integer is not None and bool(self.is_integer.any())

    def with_columns(self, cost: Floats, lower: Floats, upper: Floats) -> LinearProgram:
        """Return this programme with more columns, which stand in no row and may be fractions."""
        count = len(cost)
        return replace(
            self,
            cost=np.concatenate([self.cost, cost]),
            lower=np.concatenate([self.lower, lower]),
            upper=np.concatenate([self.upper, upper]),
            starts=np.concatenate([self.starts, np.full(count, self.starts[-1])]),
            is_integer=None if self.is_integer is None else np.concatenate([self.is_integer, np.zeros(count, bool)]),
        )

    def with_rows(self, lower: Floats, upper: Floats, factor: Floats) -> LinearProgram:
        """Return this programme with more rows: lower <= factor @ x <= upper, where `factor` is (row, column)."""
        new_row, new_column = np.nonzero(factor)
        row = np.concatenate([self.row, len(self.row_lower) + new_row])
        column = np.concatenate([self.column, new_column])
        order = np.lexsort((row, column))
        return replace(
            self,
            starts=np.concatenate([[0], np.cumsum(np.bincount(column, minlength=len(self.cost)))]).astype(int),
            row=row[order],
            factor=np.concatenate([self.factor, factor[new_row, new_column]])[order],
            row_lower=np.concatenate([self.row_lower, lower]),
            row_upper=np.concatenate([self.row_upper, upper]),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """What HiGHS found for one programme.

    Attributes:
        status: "optimal", "infeasible", "unbounded", or what else HiGHS said, in small letters.
        objective: value at `x`.
        bound: proven bound of the objective from below; equals it for linear programmes.
        x: (column,).
        activity: (row,) what the rows come to.
        row_dual: (row,) change of the objective by a unit more of the limit; zero for integer programmes.
        column_dual: (column,) the same for bounds: reduced costs.
    """

    status: str
    objective: float
    bound: float
    x: Floats
    activity: Floats
    row_dual: Floats
    column_dual: Floats
