"""The algebra of expressions against dense arrays: each expression is evaluated at random values and compared."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from replenish.multistage import Stage
from replenish.multistage.modelling.expression import NONE, Expression, Floats, Relation, to_expression

RANDOM = np.random.default_rng(5)


class Bench:
    """A stage with variables x (2, 3), y (3,), z () and parameters a (3,), b (), and numbers for all of them."""

    def __init__(self) -> None:
        stage = Stage()
        self.x, self.y, self.z = (stage.variable(name, shape) for name, shape in (("x", (2, 3)), ("y", 3), ("z", ())))
        self.a, self.b = stage.parameter("a", 3), stage.parameter("b")
        self.columns, self.parameters = RANDOM.normal(size=10), RANDOM.normal(size=4)
        self.dense: dict[str, Floats] = {
            "x": self.columns[:6].reshape(2, 3), "y": self.columns[6:9], "z": self.columns[9],
            "a": self.parameters[:3], "b": self.parameters[3],
        }  # fmt: skip

    def value(self, expression: Expression) -> Floats:
        """Return an expression at the numbers of this bench, summed term by term."""
        found = np.zeros(expression.size)
        for entry, column, parameter, factor in zip(*expression.terms, strict=True):
            own = 1.0 if column == NONE else self.columns[column]
            found[entry] += factor * own * (1.0 if parameter == NONE else self.parameters[parameter])
        return found.reshape(expression.shape)


MATRIX = np.array([[1.0, 0.0, -2.0], [0.0, 0.0, 0.0], [3.0, 4.0, 0.5], [0.0, 1.0, 0.0]])
ROW = np.array([2.0, -1.0, 0.5])
FORMULAS: dict[str, Callable[[Any], Any]] = {
    "sum of two": lambda v: v.y + v.a,
    "sum with numbers": lambda v: 3 + v.y - ROW,
    "numbers less": lambda v: ROW - v.y,
    "negative": lambda v: -(v.x - v.z),
    "row to table": lambda v: v.x + v.y,
    "single to table": lambda v: v.x * 2.0 - v.z,
    "table grows": lambda v: v.z + np.ones((4, 1, 3)) * v.y,
    "product with parameter": lambda v: v.a * v.y + v.b * v.x,
    "product with sum": lambda v: (v.y + 2) * (v.a - 1),
    "product of tables": lambda v: (v.x + v.y) * (v.b + np.arange(6.0).reshape(2, 3)),
    "array first": lambda v: ROW * v.y,
    "number of numpy first": lambda v: np.float64(2.5) * v.z,
    "quotient": lambda v: (v.y - v.b) / ROW,
    "matrix": lambda v: MATRIX @ v.y,
    "matrix of sum": lambda v: MATRIX @ (v.y * v.a + 1 - v.x[1]),
    "vector": lambda v: ROW @ (v.y + v.a),
    "row of table": lambda v: v.x[1],
    "column of table": lambda v: v.x[:, 2] + v.z,
    "last": lambda v: v.y[-1],
    "backwards": lambda v: v.x[::-1, ::-1],
    "chosen": lambda v: v.x[:, [2, 0, 2]] * ROW,
    "where": lambda v: v.y[np.array([True, False, True])],
    "new axis": lambda v: v.y[:, None] * np.arange(2.0),
    "total": lambda v: v.x.sum() + v.a.sum(),
    "cancelled": lambda v: v.x - v.x + v.b,
    "twice": lambda v: v.y + v.y + 2 * v.y,
}


@pytest.mark.parametrize("name", FORMULAS)
def test_an_expression_is_what_numpy_makes_of_its_values(name: str) -> None:
    bench = Bench()
    expected = FORMULAS[name](type("Values", (), bench.dense))
    found = FORMULAS[name](bench)
    assert found.shape == np.shape(expected)
    np.testing.assert_allclose(bench.value(found), expected, atol=1e-12)


@settings(max_examples=60)
@given(steps=st.lists(st.tuples(st.sampled_from("+-*@[s"), st.integers(0, 99)), max_size=6))
def test_chains_of_operations_follow_numpy(steps: list[tuple[str, int]]) -> None:
    bench = Bench()
    found, expected = bench.y, bench.dense["y"]
    for kind, seed in steps:
        random = np.random.default_rng(seed)
        if kind == "*":
            factor = random.normal(size=3)
            found, expected = factor * found, factor * expected
        elif kind == "@":
            matrix = random.integers(-1, 2, (3, 3)).astype(float)
            found, expected = matrix @ found, matrix @ expected
        elif kind == "[":
            order = random.permutation(3)
            found, expected = found[order], expected[order]
        elif kind == "s":
            found, expected = found.sum() + bench.x[0], expected.sum() + bench.dense["x"][0]
        else:
            sign = 1.0 if kind == "+" else -1.0
            found, expected = found + sign * bench.a, expected + sign * bench.dense["a"]
    np.testing.assert_allclose(bench.value(found), expected, atol=1e-9)


@pytest.mark.parametrize("make", [sparse.csr_array, sparse.csc_array, sparse.coo_array, sparse.csr_matrix])
def test_sparse_matrices_multiply_like_dense_ones(make: Callable[[Floats], Any]) -> None:
    bench = Bench()
    found = make(MATRIX) @ (bench.y + bench.a)
    assert isinstance(found, Expression)
    np.testing.assert_allclose(bench.value(found), MATRIX @ (bench.dense["y"] + bench.dense["a"]))


@pytest.mark.parametrize("other", [3.0, ROW])
@pytest.mark.parametrize(
    ("compare", "lower", "upper"), [(operator.le, -np.inf, 0), (operator.ge, 0, np.inf), (operator.eq, 0, 0)]
)
def test_relations_read_from_either_side(
    compare: Callable[[Any, Any], Relation], lower: float, upper: float, other: Any
) -> None:
    bench = Bench()
    left, right = compare(bench.y, other), compare(other, bench.y)
    assert (left.lower, left.upper) == (lower, upper)
    assert (right.lower, right.upper) in {(lower, upper), (-upper, -lower)}
    difference = bench.dense["y"] - other
    np.testing.assert_allclose(bench.value(left.expression), difference)
    sign = 1.0 if compare is operator.eq or (right.lower, right.upper) == (-upper, -lower) else -1.0
    np.testing.assert_allclose(bench.value(right.expression), sign * difference)


def test_products_that_are_not_linear_are_refused() -> None:
    bench = Bench()
    with pytest.raises(ValueError, match="two variables are multiplied"):
        bench.y * bench.z
    with pytest.raises(ValueError, match="two parameters are multiplied"):
        bench.a * bench.b
    with pytest.raises(ValueError, match="two parameters are multiplied"):
        (bench.a * bench.y) * bench.b


def test_what_cannot_be_is_refused() -> None:
    bench = Bench()
    with pytest.raises(ValueError, match="shape mismatch"):
        bench.y + np.ones(4)
    with pytest.raises(ValueError, match=r"matrix of shape \(2, 2\) times expression of shape \(3,\)"):
        np.ones((2, 2)) @ bench.y
    with pytest.raises(ValueError, match="an expression holds nan"):
        bench.y + np.nan
    with pytest.raises(ValueError, match="an expression holds inf"):
        to_expression([1.0, np.inf])
    with pytest.raises(TypeError, match="neither true nor false"):
        bool(bench.y <= 3)
    with pytest.raises(TypeError, match="no length"):
        len(bench.z)
    with pytest.raises(IndexError):
        bench.y[3]


def test_an_expression_can_be_walked_through_and_summed() -> None:
    bench = Bench()
    found = sum(row[0] for row in bench.x)
    assert isinstance(found, Expression)
    assert bench.value(found) == pytest.approx(bench.dense["x"][:, 0].sum())
    assert len(bench.x) == 2
