"""Sums of expressions by group."""

from __future__ import annotations

import numpy as np

from replenish.arrays.groups import Floats, Ints
from replenish.multistage.modelling.expression import Expression, Operand, to_expression


def grouped(values: Operand, group: Ints, count: int) -> Expression:
    """Return the sums of the entries of `values` by group, (count,); an entry of group -1 is left out."""
    found = to_expression(values)
    places = np.asarray(group)[found.entry]
    kept = places >= 0
    column, parameter, factor = found.column[kept], found.parameter[kept], found.factor[kept]
    return Expression((count,), places[kept], column, parameter, factor)


def joined(parts: list[Expression], count: int) -> Expression:
    """Return the sum of expressions of one shape, (count,); zero where there is none."""
    total = to_expression(np.zeros(count))
    for part in parts:
        total = total + part
    return total


def total_by(values: Floats, own: list[int]) -> Floats:
    """Return the sum over some entries of the last axis, (..., entry)."""
    return np.asarray(values[..., own].sum(axis=-1))
