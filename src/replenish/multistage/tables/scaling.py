"""Scales: factors by which rows, columns and costs are multiplied, so that numbers lie near 1 when they are solved.

All scales are powers of two, so scaling and its undoing round nothing.  A state has one scale in all programmes.

References:
    Tomlin (1975), On scaling linear programming problems, Mathematical Programming Study 4: geometric means.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from replenish.multistage.modelling.expression import NONE, Floats, Ints
from replenish.multistage.tables.layout import Structure

ROUNDS = 4
LARGE = 16.0
"""Coefficients within this factor of 1 need no scaling."""


@dataclass(frozen=True, slots=True, eq=False)
class Scale:
    """Scales of one structure: solved entry = row x entry x column, solved variable = variable / column.

    Attributes:
        row, column: factor of each row and each column, in the order of the structure.
        cost: divisor of costs, the same in all structures.
    """

    row: Floats
    column: Floats
    cost: float


def to_scales(structures: Sequence[Structure]) -> list[Scale]:
    """Return the scales of structures that belong to one model."""
    row, column, factor, rows, columns = _all_nonzeros(structures)
    row_scale, column_scale = np.ones(sum(rows)), np.ones(columns.count)
    if factor.size and not (factor.min() >= 1 / LARGE and factor.max() <= LARGE):
        for _ in range(ROUNDS):
            row_scale = _balanced(row, factor * column_scale[column], len(row_scale))
            column_scale = _balanced(column, factor * row_scale[row], len(column_scale))
            column_scale[columns.whole] = 1.0  # whole numbers stay whole
    row_scale, column_scale = _powers(row_scale), _powers(column_scale)
    ends = np.cumsum([0, *rows])
    found = [
        (row_scale[ends[k] : ends[k + 1]], column_scale[columns.number[k]]) for k in range(len(structures))
    ]  # fmt: skip
    cost = _cost_scale(structures, [scale for _, scale in found])
    return [Scale(row, column, cost) for row, column in found]


@dataclass(frozen=True, slots=True, eq=False)
class _Columns:
    """A number for each column of each structure; columns of one state share it. `whole` are those of whole numbers."""

    number: list[Ints]
    count: int
    whole: Ints


def _all_nonzeros(structures: Sequence[Structure]) -> tuple[Ints, Ints, Floats, list[int], _Columns]:
    columns = _number_columns(structures)
    row, column, factor, first = [], [], [], 0
    for k, structure in enumerate(structures):
        program = structure.program
        size = np.abs(program.factor)
        used = size > 0
        row.append(structure.place_of_rows()[program.row[used]] + first)
        column.append(columns.number[k][structure.place_of_columns()[program.column[used]]])
        factor.append(size[used])
        first += program.rows
    rows = [structure.program.rows for structure in structures]
    return np.concatenate(row), np.concatenate(column), np.concatenate(factor), rows, columns


def _number_columns(structures: Sequence[Structure]) -> _Columns:
    states: dict[str, int] = {}
    for structure in structures:
        for name in (*structure.incoming, *structure.outgoing):
            states.setdefault(name, len(states))
    numbers, count = [], len(states)
    whole: set[int] = set()
    for structure in structures:
        number = np.arange(count, count + len(structure.column))
        count += len(structure.column)
        for place, name in _border_places(structure):
            number[place] = states[name]
        numbers.append(number)
        whole |= set(number[structure.place_of_columns()[structure.program.is_integer]].tolist())
    return _Columns(numbers, count, np.array(sorted(whole), int))


def _border_places(structure: Structure) -> Iterator[tuple[int, str]]:
    yield from enumerate(structure.incoming)
    yield from enumerate(structure.outgoing, len(structure.column) - len(structure.outgoing))


def _balanced(group: Ints, size: Floats, count: int) -> Floats:
    """Return for each group the factor that brings the geometric mean of its smallest and largest entry to 1."""
    low, high = np.full(count, np.inf), np.zeros(count)
    np.minimum.at(low, group, size)
    np.maximum.at(high, group, size)
    with np.errstate(invalid="ignore"):
        return np.where(high > 0, 1.0 / np.sqrt(low * high), 1.0)


def _powers(scale: Floats) -> Floats:
    powers: Floats = np.exp2(np.round(np.log2(scale)))
    return powers


def _cost_scale(structures: Sequence[Structure], columns: Sequence[Floats]) -> float:
    sizes = []
    for structure, scale in zip(structures, columns, strict=True):
        used = structure.column != NONE
        size = np.abs(structure.program.cost[structure.column[used]] * scale[used])
        slopes = structure.program.cost_slopes
        sizes += [size[size > 0], np.abs(slopes.factor * scale[structure.place_of_columns()[slopes.entry]])]
    every = np.concatenate(sizes)
    every = every[every > 0]
    if not every.size:
        return 1.0
    return float(np.exp2(np.round(0.5 * (np.log2(every.min()) + np.log2(every.max())))))
