"""What limits cost at an optimum."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from replenish.multistage.modelling.expression import Floats


class RowPrice(NamedTuple):
    """A row at an optimum: lower <= activity <= upper.

    What parameters and constants add to the row counts as a part of its limits.

    dual: change of the value by one more unit of the limit that binds; 0 where none does.
    """

    name: str
    activity: float
    lower: float
    upper: float
    dual: float


class VariablePrice(NamedTuple):
    """A variable at an optimum.

    reduced_cost: change of the value by one more unit of the bound that binds; 0 where none does.
    """

    name: str
    value: float
    lower: float
    upper: float
    reduced_cost: float


def to_row_prices(
    names: Sequence[str], activity: Floats, limits: tuple[Floats, Floats], dual: Floats
) -> tuple[RowPrice, ...]:
    """Return rows from their names and numbers, all (row,)."""
    columns = (activity, *limits, dual)
    return tuple(RowPrice(*row) for row in zip(names, *(column.tolist() for column in columns), strict=True))


def to_variable_prices(
    names: Sequence[str], value: Floats, bounds: tuple[Floats, Floats], reduced_cost: Floats
) -> tuple[VariablePrice, ...]:
    """Return variables from their names and numbers, all (column,)."""
    columns = (value, *bounds, reduced_cost)
    return tuple(VariablePrice(*row) for row in zip(names, *(column.tolist() for column in columns), strict=True))
