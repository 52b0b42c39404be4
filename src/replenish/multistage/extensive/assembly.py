"""A large linear programme under construction: columns, rows and terms are added in blocks."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import coo_array

from replenish.multistage.linear_program import LinearProgram
from replenish.multistage.modelling.expression import Floats, Ints

OBJECTIVE = -1
"""The row number of the objective."""


@dataclass(slots=True)
class Assembly:
    """Columns, rows and terms so far.

    Attributes:
        columns, rows: their numbers so far.
    """

    columns: int = 0
    rows: int = 0
    _bounds: list[tuple[Floats, Floats]] = field(default_factory=list)
    _limits: list[tuple[Floats, Floats]] = field(default_factory=list)
    _terms: list[tuple[Ints, Ints, Floats]] = field(default_factory=list)
    _constants: list[tuple[Ints, Floats]] = field(default_factory=list)

    def add_columns(self, lower: Floats, upper: Floats) -> Ints:
        """Add a column for each pair of bounds; return their numbers."""
        self._bounds.append((lower, upper))
        self.columns += len(lower)
        return np.arange(self.columns - len(lower), self.columns)

    def add_rows(self, lower: Floats, upper: Floats) -> Ints:
        """Add a row for each pair of limits; return their numbers."""
        self._limits.append((lower, upper))
        self.rows += len(lower)
        return np.arange(self.rows - len(lower), self.rows)

    def add_positive_rows(self, count: int) -> Ints:
        """Add rows that must not be negative; return their numbers."""
        return self.add_rows(np.zeros(count), np.full(count, math.inf))

    def add_terms(self, row: Ints, column: Ints, factor: Floats | float) -> None:
        """Add entries of the matrix or, in row -1, of the objective; the three are spread to one shape."""
        rows, columns, factors = np.broadcast_arrays(row, column, np.asarray(factor, float))
        self._terms.append((rows.ravel(), columns.ravel(), factors.ravel()))

    def add_constants(self, row: Ints, constant: Floats) -> None:
        """Add constants to rows or, in row -1, to the objective."""
        self._constants.append((row, constant))

    def to_linear_program(self) -> LinearProgram:
        """Return the programme; terms at one place are summed."""
        row, column, factor = (np.concatenate(parts) for parts in zip(*self._terms, strict=True))
        is_cost = row == OBJECTIVE
        inside = ~is_cost & (factor != 0)
        places = (row[inside], column[inside])
        matrix = coo_array((factor[inside], places), shape=(self.rows, self.columns)).tocsc()
        matrix.sort_indices()
        lower, upper = (np.concatenate(parts) for parts in zip(*self._bounds, strict=True))
        constant = self._constant()
        row_lower, row_upper = (np.concatenate(parts) - constant[1:] for parts in zip(*self._limits, strict=True))
        return LinearProgram(
            cost=_summed(column[is_cost], factor[is_cost], self.columns),
            lower=lower, upper=upper, row_lower=row_lower, row_upper=row_upper,
            starts=matrix.indptr, row=matrix.indices, factor=matrix.data, offset=float(constant[0]),
        )  # fmt: skip

    def _constant(self) -> Floats:
        """Return the constant of the objective, then of each row."""
        row, constant = (np.concatenate(parts) for parts in zip(*self._constants, strict=True))
        return _summed(row - OBJECTIVE, constant, self.rows + 1)


def _summed(place: Ints, value: Floats, size: int) -> Floats:
    return np.bincount(place, value, minlength=size).astype(float)
