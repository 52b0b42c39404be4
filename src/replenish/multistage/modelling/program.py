"""A stage as numbers: what it costs and which limits hold, each entry an affine function of parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from replenish.multistage.modelling.expression import Floats, Ints, Shape

MOST_AT_ONCE = 64
"""With so many outcomes entries are moved all at once; with more, one after the other, to spare memory."""
Sense: TypeAlias = Literal["min", "max"]


def entry_name(name: str, place: tuple[int, ...]) -> str:
    """Return the name of an entry of a block, such as `stock[2]`; the name itself where there is only one.

    >>> entry_name("flow", (0, 3)), entry_name("water", ())
    ('flow[0,3]', 'water')
    """
    return f"{name}[{','.join(map(str, place))}]" if place else name


@dataclass(frozen=True, slots=True)
class Slopes:
    """How entries of a vector move with parameters: entry += factor x parameter."""

    entry: Ints
    parameter: Ints
    factor: Floats

    def moved(self, base: Floats, values: Floats) -> Floats:
        """Return `base`, (entry,), for each row of parameter `values`, (outcome, parameter), as (outcome, entry)."""
        table = np.repeat(base[None, :], len(values), axis=0)
        if len(values) <= MOST_AT_ONCE:
            np.add.at(table.T, self.entry, self.factor[:, None] * values.T[self.parameter])
            return table
        for entry, parameter, factor in zip(self.entry, self.parameter, self.factor, strict=True):
            table[:, entry] += factor * values[:, parameter]
        return table


@dataclass(frozen=True, slots=True)
class Block:
    """Where a named block of variables, rows or parameters lies."""

    first: int
    shape: Shape

    @property
    def size(self) -> int:
        """Return the number of entries."""
        return int(np.prod(self.shape, dtype=int))

    @property
    def places(self) -> slice:
        """Return the slice of its entries."""
        return slice(self.first, self.first + self.size)

    def names(self, name: str) -> list[str]:
        """Return a name for each entry: `name`, or `name[0]`, `name[1]`, ... for a block."""
        return [entry_name(name, place) for place in np.ndindex(*self.shape)]


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """Minimise (or maximise) cost @ y + offset subject to row_lower <= matrix @ y <= row_upper, lower <= y <= upper.

    All entries hold for parameters of zero; the slopes say how they move with parameters.  Infinite bounds are
    `math.inf`.  Incoming states are columns whose bounds are set to the state that the stage before has left.

    Attributes:
        variables, constraints, parameters: named blocks of columns, rows and parameters.
        priced: names of the rows that may be broken at a price.
        row, column, factor: nonzeros of the matrix, sorted by column, then row, without repetition.
        states: name of each state entry; `incoming` and `outgoing` are its columns.
        initial: value of each state before the first stage; NaN where none was given.
    """

    variables: Mapping[str, Block]
    constraints: Mapping[str, Block]
    parameters: Mapping[str, Block]
    priced: tuple[str, ...]
    sense: Sense
    offset: Floats  # (1,) constant of the objective
    cost: Floats
    lower: Floats
    upper: Floats
    row_lower: Floats
    row_upper: Floats
    row: Ints
    column: Ints
    factor: Floats
    is_integer: np.ndarray[tuple[int], np.dtype[np.bool_]]
    states: tuple[str, ...]
    incoming: Ints
    outgoing: Ints
    initial: Floats
    offset_slopes: Slopes
    cost_slopes: Slopes
    lower_slopes: Slopes
    upper_slopes: Slopes
    row_slopes: Slopes  # moves both bounds of a row
    matrix_slopes: Slopes  # entry = place in `factor`

    @property
    def columns(self) -> int:
        """Return the number of columns."""
        return len(self.cost)

    @property
    def rows(self) -> int:
        """Return the number of rows."""
        return len(self.row_lower)

    @property
    def parameter_count(self) -> int:
        """Return the number of entries of all parameters."""
        return sum(block.size for block in self.parameters.values())

    def column_names(self) -> list[str]:
        """Return the name of each column."""
        return [entry for name, block in self.variables.items() for entry in block.names(name)]

    def row_names(self) -> list[str]:
        """Return the name of each row."""
        return [entry for name, block in self.constraints.items() for entry in block.names(name)]
