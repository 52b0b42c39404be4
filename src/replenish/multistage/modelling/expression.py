"""Linear expressions in variables and parameters, as tables of terms.

An expression has a shape, like an array.  Each of its terms is a row of a table: the entry that it belongs to, its
column (variable) or -1, its parameter or -1, and a factor.  Both -1 is a constant; both given is a variable times a
parameter, which makes a cost or a coefficient random.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]
Shape: TypeAlias = tuple[int, ...]
Operand: TypeAlias = "Expression | npt.ArrayLike"

NONE = -1


class Expression:
    """An array of affine functions of the variables and parameters of one stage."""

    __array_ufunc__ = None  # so that `array * expression` comes here
    __hash__ = None  # type: ignore[assignment]  # `==` makes a relation

    def __init__(self, shape: Shape, entry: Ints, column: Ints, parameter: Ints, factor: Floats) -> None:
        self.shape = shape
        self.entry, self.column, self.parameter, self.factor = entry, column, parameter, factor

    @property
    def size(self) -> int:
        """Return the number of entries."""
        return math.prod(self.shape)

    def __array__(self, dtype: npt.DTypeLike | None = None, copy: bool | None = None) -> npt.NDArray[np.object_]:
        """Return a single object, so that sparse matrices leave their product with it to `__rmatmul__`."""
        single = np.empty((), object)
        single[()] = self
        return single

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("a single expression has no length")
        return self.shape[0]

    def __iter__(self) -> Iterator[Expression]:
        return (self[place] for place in range(len(self)))

    def __getitem__(self, key: Any) -> Expression:
        chosen = np.asarray(np.arange(self.size).reshape(self.shape)[key])
        return self._gather(chosen.ravel(), chosen.shape)

    def __add__(self, other: Operand) -> Expression:
        left, right = _same_shape(self, to_expression(other))
        return Expression(left.shape, *(np.concatenate(pair) for pair in zip(left.terms, right.terms, strict=True)))

    def __neg__(self) -> Expression:
        return Expression(self.shape, self.entry, self.column, self.parameter, -self.factor)

    def __sub__(self, other: Operand) -> Expression:
        return self + -to_expression(other)

    def __rsub__(self, other: Operand) -> Expression:
        return to_expression(other) - self

    def __mul__(self, other: Operand) -> Expression:
        left, right = _same_shape(self, to_expression(other))
        first, second = _pairs(left.entry, right.entry, left.size)
        column = _product(left.column[first], right.column[second], "variables")
        parameter = _product(left.parameter[first], right.parameter[second], "parameters")
        factor = left.factor[first] * right.factor[second]
        return Expression(left.shape, left.entry[first], column, parameter, factor)

    __radd__, __rmul__ = __add__, __mul__

    def __truediv__(self, other: npt.ArrayLike) -> Expression:
        return self * (1.0 / np.asarray(other, float))

    def __rmatmul__(self, matrix: npt.ArrayLike) -> Expression:
        """Return `matrix @ self` for a matrix (rows, entries), dense or sparse."""
        dense = np.asarray(matrix.toarray() if hasattr(matrix, "toarray") else matrix, float)
        if len(self.shape) != 1 or dense.shape[-1] != self.size:
            raise ValueError(f"matrix of shape {dense.shape} times expression of shape {self.shape}")
        wide = np.atleast_2d(dense)
        row, entry = np.nonzero(wide)
        first, second = _pairs(entry, self.entry, self.size)
        factor = wide[row, entry][first] * self.factor[second]
        return Expression(dense.shape[:-1], row[first], self.column[second], self.parameter[second], factor)

    def sum(self) -> Expression:
        """Return the sum of all entries."""
        return Expression((), np.zeros_like(self.entry), self.column, self.parameter, self.factor)

    def __le__(self, other: Operand) -> Relation:
        return Relation(self - other, -math.inf, 0.0)

    def __ge__(self, other: Operand) -> Relation:
        return Relation(self - other, 0.0, math.inf)

    def __eq__(self, other: Operand) -> Relation:  # type: ignore[override]
        return Relation(self - other, 0.0, 0.0)

    @property
    def terms(self) -> tuple[Ints, Ints, Ints, Floats]:
        """Return entry, column, parameter and factor of each term."""
        return self.entry, self.column, self.parameter, self.factor

    def spread(self, shape: Shape) -> Expression:
        """Return the expression repeated to a shape by the rules of NumPy."""
        if shape == self.shape:
            return self
        source = np.broadcast_to(np.arange(self.size).reshape(self.shape), shape)
        return self._gather(source.ravel(), shape)

    def _gather(self, chosen: Ints, shape: Shape) -> Expression:
        first, second = _pairs(chosen, self.entry, self.size)
        return Expression(shape, first, self.column[second], self.parameter[second], self.factor[second])


@dataclass(frozen=True, slots=True)
class Relation:
    """`lower <= expression <= upper`, entry by entry."""

    expression: Expression
    lower: float
    upper: float

    def __bool__(self) -> bool:
        raise TypeError("a relation between expressions is neither true nor false; hand it to `stage.row(name, ...)`")


def to_expression(value: Operand) -> Expression:
    """Return numbers as an expression of constants; an expression as it is.

    Raises:
        ValueError: a number is not finite.
    """
    if isinstance(value, Expression):
        return value
    array = np.asarray(value, float)
    if not np.isfinite(array).all():
        raise ValueError(f"an expression holds {array[~np.isfinite(array)].flat[0]}: numbers in it must be finite")
    none = np.full(array.size, NONE)
    return Expression(array.shape, np.arange(array.size), none, none, array.ravel().astype(float))


def make_symbols(shape: int | Shape, first: int, *, are_parameters: bool) -> Expression:
    """Return a block of new variables or parameters that are numbered from `first`."""
    shape = (shape,) if isinstance(shape, int) else tuple(shape)
    entry = np.arange(math.prod(shape))
    number, none = first + entry, np.full(entry.size, NONE)
    columns, parameters = (none, number) if are_parameters else (number, none)
    return Expression(shape, entry, columns, parameters, np.ones(entry.size))


def _same_shape(left: Expression, right: Expression) -> tuple[Expression, Expression]:
    shape = np.broadcast_shapes(left.shape, right.shape)
    return left.spread(shape), right.spread(shape)


def _pairs(left: Ints, right: Ints, size: int) -> tuple[Ints, Ints]:
    """Return all pairs of places at which `left` and `right` hold the same number, ordered by `left`."""
    order = np.argsort(right, kind="stable")
    count = np.bincount(right, minlength=size)
    first = np.concatenate(([0], np.cumsum(count)))
    times = count[left]
    place = np.repeat(np.arange(len(left)), times)
    within = np.arange(len(place)) - np.repeat(np.cumsum(times) - times, times)
    return place, order[first[left][place] + within]


def _product(left: Ints, right: Ints, what: str) -> Ints:
    if bool(((left != NONE) & (right != NONE)).any()):
        raise ValueError(f"two {what} are multiplied with each other: a stage must be linear")
    return np.maximum(left, right)
