"""Markov chains fitted to paths."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replenish.multistage.modelling.expression import Floats
from replenish.multistage.modelling.lattice import _means, fit_markov
from replenish.multistage.modelling.model import markov
from replenish.multistage.modelling.stage import Stage
from tests.multistage.equivalent import optimum


def walks(stages: int, paths: int, dimension: int = 1, seed: int = 1) -> Floats:
    steps = np.random.default_rng(seed).normal(size=(stages, paths, dimension))
    steps[0] = 0.0
    return 100.0 + np.cumsum(steps, axis=0)


def simulated_chain(values: Sequence[Floats], transitions: Sequence[Floats], paths: int) -> Floats:
    random = np.random.default_rng(3)
    node = np.zeros(paths, int)
    found = []
    for value, matrix in zip(values, transitions, strict=True):
        node = (random.random(paths)[:, None] > np.cumsum(matrix[node], axis=1)).sum(axis=1)
        found.append(value[node])
    return np.array(found)


def test_a_chain_of_known_values_is_recovered() -> None:
    values = [np.array([5.0]), np.array([4.0, 6.0]), np.array([3.0, 5.0, 9.0])]
    transitions = [np.ones((1, 1)), np.array([[0.3, 0.7]]), np.array([[0.6, 0.4, 0.0], [0.1, 0.4, 0.5]])]
    paths = 40_000
    lattice = fit_markov(simulated_chain(values, transitions, paths), [1, 2, 3])
    for found, value in zip(lattice.values, values, strict=True):
        assert found.ravel().tolist() == value.tolist()
    for found, matrix in zip(lattice.transitions, transitions, strict=True):
        standard_error = 0.5 / np.sqrt(paths * 0.3)
        np.testing.assert_allclose(found, matrix, atol=4 * standard_error)
    assert lattice.error.tolist() == [0.0, 0.0, 0.0]


@given(
    stages=st.integers(1, 4), paths=st.integers(5, 60), dimension=st.integers(1, 3), states=st.integers(1, 5),
    seed=st.integers(0, 99),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_means_are_kept_and_probabilities_sum_to_1(
    stages: int, paths: int, dimension: int, states: int, seed: int
) -> None:  # fmt: skip
    table = walks(stages, paths, dimension, seed)
    lattice = fit_markov(table, states, seed=seed)
    arriving = np.ones(1)
    for t, (values, matrix, share) in enumerate(
        zip(lattice.values, lattice.transitions, lattice.probability, strict=True)
    ):
        np.testing.assert_allclose(share @ values, table[t].mean(axis=0), rtol=1e-12)
        np.testing.assert_allclose(matrix.sum(axis=1), 1.0, rtol=1e-12)
        arriving = arriving @ matrix
        np.testing.assert_allclose(arriving, share, rtol=1e-9, atol=1e-12)
        assert (lattice.paths_per_node[t] > 0).all()


def test_what_the_nodes_lack_in_variance_is_the_error_squared() -> None:
    table = walks(4, 500)
    lattice = fit_markov(table, 6)
    for t in range(4):
        between = lattice.probability[t] @ (lattice.values[t].ravel() - table[t].mean()) ** 2
        assert between + lattice.error[t] ** 2 == pytest.approx(table[t].var(), rel=1e-9, abs=1e-12)


def test_more_nodes_leave_less_error() -> None:
    errors = [fit_markov(walks(2, 2000), states).error[1] for states in (1, 2, 4, 8, 16)]
    assert all(more < fewer for fewer, more in pairwise(errors))


def test_nodes_of_a_normal_distribution_lie_where_theory_puts_them() -> None:
    """Two nodes: mean of the half-normal, root of 2 / pi (Max 1960, Quantizing for minimum distortion)."""
    table = np.random.default_rng(5).normal(size=(1, 50_000))
    lattice = fit_markov(table, 2)
    best = np.sqrt(2 / np.pi)
    np.testing.assert_allclose(lattice.values[0].ravel(), [-best, best], atol=4 / np.sqrt(50_000))


def test_a_seed_gives_the_same_chain_again() -> None:
    first, second, other = (fit_markov(walks(3, 200, 2), 7, seed=seed) for seed in (4, 4, 5))
    for t in range(3):
        np.testing.assert_array_equal(first.values[t], second.values[t])
        np.testing.assert_array_equal(first.transitions[t], second.transitions[t])
    assert not np.array_equal(first.values[2], other.values[2])


def test_a_stage_in_which_all_paths_agree_has_one_node() -> None:
    lattice = fit_markov(walks(2, 50), 4)
    assert [len(values) for values in lattice.values] == [1, 4]
    assert lattice.transitions[0].tolist() == [[1.0]]


def test_a_centre_that_lost_its_points_moves_to_a_far_one() -> None:
    points = np.array([[0.0], [1.0], [9.0]])
    assert _means(points, np.array([0, 0, 0]), np.array([0.0, 1.0, 9.0]), 2).tolist() == [[10 / 3], [9.0]]


def test_nodes_and_transitions_make_a_model() -> None:
    """The price is 1 or 3 when selling, the mean 2: 10 units earn 20."""
    lattice = fit_markov([[5.0, 5.0, 5.0, 5.0], [1.0, 1.0, 3.0, 3.0]], 2)
    stage = Stage("max")
    store = stage.state("store", initial=10.0)
    price, sold = stage.parameter("price"), stage.variable("sold")
    first = stage.parameter("is_first")
    stage.row("balance", store.after == store.before - sold)
    stage.row("closed", sold <= 10.0 - 10.0 * first)
    stage.objective(price * sold)
    data = lattice.data("price")
    facts = [[node | {"is_first": np.array(float(t == 0))} for node in nodes] for t, nodes in enumerate(data)]
    model = markov(stage, lattice.transitions, data=facts)
    assert list(model.nodes) == ["1-0", "2-0", "2-1"]
    assert optimum(model) == pytest.approx(20.0)


def test_data_of_several_dimensions_are_vectors() -> None:
    data = fit_markov(walks(2, 30, dimension=2), 3).data("price")
    assert [len(nodes) for nodes in data] == [1, 3]
    assert data[1][0]["price"].shape == (2,)


@pytest.mark.parametrize(
    ("paths", "states", "message"),
    [
        ([1.0, 2.0], 1, r"paths have shape \(2,\); give \(stage, path\)"),
        ([[1.0, float("nan")]], 1, "paths hold nan; give finite numbers"),
        ([[1.0, 2.0]], [1, 2], "2 numbers of nodes were given for 1 stages"),
        ([[1.0, 2.0]], 3, r"numbers of nodes are \[3\]; they must lie between 1 and the number of paths, 2"),
        ([[1.0, 2.0]], 0, "must lie between 1 and"),
    ],
)
def test_what_cannot_be_fitted_is_refused(paths: list[float], states: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fit_markov(paths, states)
