"""Linear programmes solved in rational arithmetic: a route on which nothing is rounded."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from replenish.multistage.modelling.expression import Floats


@dataclass(frozen=True)
class Exact:
    """Minimise cost @ y subject to matrix @ y <= limit, for few columns; floats are taken at their exact value."""

    cost: Floats
    matrix: Floats  # (row, column)
    limit: Sequence[Fraction]

    def optimum(self) -> Fraction:
        """Return the lowest cost of an exactly feasible vertex.

        Vertices are found in floating point and tried in the order of their cost.
        """
        for _, rows in sorted(self._vertices()):
            point = _solved([[*_exact(self.matrix[row]), self.limit[row]] for row in rows])
            if point is not None and self._holds(point):
                return _dot(_exact(self.cost), point)
        raise AssertionError("no vertex is feasible")

    def _vertices(self) -> Iterator[tuple[float, list[int]]]:
        """Yield the cost of vertices that seem to be feasible, and the rows that meet there."""
        limit = np.array([float(value) for value in self.limit])
        bases = np.array([*itertools.combinations(range(len(limit)), len(self.cost))])
        is_regular = np.abs(np.linalg.det(self.matrix[bases])) > 1e-9
        bases = bases[is_regular]
        points = np.linalg.solve(self.matrix[bases], limit[bases][..., None])[..., 0]
        near = (points @ self.matrix.T - limit <= 1e-7 * (1 + np.abs(limit))).all(axis=1)
        yield from zip((points[near] @ self.cost).tolist(), bases[near].tolist(), strict=True)

    def _holds(self, point: list[Fraction]) -> bool:
        return all(_dot(_exact(row), point) <= limit for row, limit in zip(self.matrix, self.limit, strict=True))


def height(level: float, slope: Floats, x: Floats) -> Fraction:
    """Return level + slope @ x without rounding."""
    return Fraction(float(level)) + _dot(_exact(slope), _exact(x))


def _exact(values: Floats) -> list[Fraction]:
    return [Fraction(float(value)) for value in values]


def _dot(left: list[Fraction], right: list[Fraction]) -> Fraction:
    return sum((a * b for a, b in zip(left, right, strict=True)), Fraction(0))


def _solved(table: list[list[Fraction]]) -> list[Fraction] | None:
    """Return the solution of square equations, the right side last in each row; None if they are singular."""
    for k in range(len(table)):
        pivot = next((i for i in range(k, len(table)) if table[i][k] != 0), None)
        if pivot is None:
            return None
        table[k], table[pivot] = table[pivot], table[k]
        table[k] = [value / table[k][k] for value in table[k]]
        for i in range(len(table)):
            if i != k and table[i][k] != 0:
                table[i] = [a - table[i][k] * b for a, b in zip(table[i], table[k], strict=True)]
    return [row[-1] for row in table]
