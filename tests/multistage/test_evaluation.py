"""What a policy is worth: exactly on a tree that is gone through by hand, and by paths with an interval."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings

from replenish.errors import SolveError
from replenish.multistage import ROOT, Iterations, Model, Policy, Sampled, Stage, Work, solve_extensive, train
from replenish.multistage.problems import get
from tests.multistage.random_models import Recipe, recipes


def _train(model: Model, iterations: int) -> Policy:
    return train(model, iterations=iterations, stopping=Iterations(iterations), work=Work(lanes=1))


def _branches(model: Model, parent: str) -> Iterator[tuple[str, float, float, dict[str, float]]]:
    """Yield child, probability, discount and random parameters of what may follow a node."""
    for edge in model.children(parent):
        outcomes = model.nodes[edge.child].outcomes
        if outcomes is None:
            yield edge.child, edge.probability, edge.discount, {}
            continue
        for k, chance in enumerate(outcomes.probability.tolist()):
            yield edge.child, edge.probability * chance, edge.discount, {
                name: values[k] for name, values in outcomes.values.items()
            }  # fmt: skip


def _by_hand(policy: Policy, parent: str = ROOT, state: object = None) -> float:
    """Return what following the decisions of a policy costs, one decision at a time."""
    model, worth, chances = policy.model, [], []
    for child, chance, discount, random in _branches(model, parent):
        came = None if state is None else {"level": state}
        found = policy.decide(child, came, **random)  # type: ignore[arg-type]
        later = _by_hand(policy, child, found.variables["level.after"])
        worth.append(discount * (found.cost + later))
        chances.append(chance)
    if not worth:
        return 0.0
    rest = 1.0 - sum(chances) if sum(chances) < 1 - 1e-9 else 0.0
    cost, probability = np.array([*worth, 0.0]), np.array([*chances, rest])
    sign = 1.0 if model.sense == "min" else -1.0
    return float(model.risk_of(parent).weights(probability / probability.sum(), sign * cost) @ cost)


@settings(max_examples=4)
@given(recipe=recipes)
def test_the_exact_value_is_that_of_decisions_one_by_one(recipe: Recipe) -> None:
    recipe = recipe.but(stages=2, outcomes=2)
    policy = _train(recipe.build(), 30)
    found = policy.evaluate()
    assert found.is_exact
    assert found.low == found.value == found.high
    assert found.value == pytest.approx(_by_hand(policy), rel=1e-4, abs=1e-4)


def test_the_gap_shrinks_to_nothing() -> None:
    gaps = [_train(get("hydro-4").build(), iterations).evaluate().gap for iterations in (1, 60)]
    assert gaps[0] > 1
    assert gaps[1] < 1e-6


def test_the_number_of_vertices_is_that_of_the_tree() -> None:
    policy = _train(get("hydro-4").build(), 1)
    assert policy.evaluate().paths == 3 + 9 + 27 + 81
    assert policy.evaluate(most=120).is_exact
    assert not policy.evaluate(most=119, paths=50).is_exact


def test_the_interval_covers_the_exact_value_as_often_as_it_says() -> None:
    policy = _train(get("hydro-4").build(), 10)
    exact = policy.evaluate().value
    found = [policy.evaluate(most=1, paths=120, seed=seed) for seed in range(25)]
    covered = sum(one.low <= exact <= one.high for one in found)
    assert covered >= 19  # 23.75 expected, standard error 1.1
    widths = np.array([one.high - one.low for one in found])
    spread = np.std([one.value for one in found])
    assert widths.mean() == pytest.approx(2 * 1.96 * spread, rel=0.5)


def test_an_estimate_counts_discounts_and_the_sense_of_the_model() -> None:
    for name in ("valley-both", "infinite-hydro", "newsvendor"):
        problem = get(name)
        policy = _train(problem.build(), 80)
        found = policy.evaluate(most=1, paths=400)
        assert problem.optimum is not None
        half = found.high - found.value
        assert abs(found.value - problem.optimum) <= 4 / 1.96 * half + problem.tolerance


@pytest.mark.parametrize("begin", [1.0, 0.8])
def test_a_discount_counts_once_a_step(begin: float) -> None:
    stage, model = Stage("max"), Model()
    stage.state("level", upper=1, initial=0)
    stage.objective(2.0)
    for name in "abc":
        model.add_node(name, stage)
    model.add_edge(ROOT, "a", 1.0, begin)
    model.add_edge("a", "b", 1.0, 0.5)
    model.add_edge("b", "c", 1.0, 0.5)
    policy = _train(model, 2)
    assert policy.evaluate().value == pytest.approx(begin * (2 + 1 + 0.5))
    assert policy.evaluate(most=1, paths=5).value == pytest.approx(begin * 3.5)
    assert policy.simulate(2).total == pytest.approx([begin * 3.5] * 2)
    assert policy.bound == pytest.approx(solve_extensive(model).value)


def test_evaluations_say_what_they_are() -> None:
    policy = _train(get("hydro-4").build(), 30)
    assert "exact, 120 vertices" in str(policy.evaluate())
    assert "95 % interval" in str(policy.evaluate(most=1, paths=20))
    with pytest.raises(ValueError, match="ask for at least 2"):
        policy.evaluate(most=1, paths=1)


def test_risk_on_a_tree_that_is_too_large_has_no_estimate() -> None:
    policy = _train(get("valley-cvar").build(), 3)
    with pytest.raises(SolveError, match="nested risk measure has no simple estimate"):
        policy.evaluate(most=10)


@pytest.mark.parametrize("name", ["hydro-4", "farmer", "valley-both", "valley-cvar", "newsvendor", "expansion-2"])
def test_the_inner_bound_meets_the_optimum_from_the_other_side(name: str) -> None:
    problem, policy = get(name), _train(get(name).build(), 40)
    optimum = solve_extensive(problem.build(), relax=True).value
    sign = 1.0 if policy.model.sense == "min" else -1.0
    inner = policy.inner_bound(points=40)
    assert sign * (inner - optimum) >= -1e-6 * abs(optimum)
    assert inner == pytest.approx(optimum, rel=2e-2, abs=1e-2)
    assert policy.inner_bound(points=3) * sign >= inner * sign - 1e-6 * abs(optimum)


def test_a_lipschitz_constant_reaches_states_that_lie_outside() -> None:
    policy = train(get("hydro-4").build(), iterations=20, stopping=Iterations(20), forward=Sampled(2))
    optimum = solve_extensive(get("hydro-4").build()).value
    for lipschitz in (10.0, {"water": 10.0}):
        found = policy.inner_bound(points=10, lipschitz=lipschitz)
        assert optimum - 1e-6 <= found <= policy.inner_bound(points=10) + 1e-6


def test_an_infinite_horizon_has_no_inner_bound() -> None:
    with pytest.raises(SolveError, match="infinite horizon"):
        _train(get("infinite-hydro").build(), 2).inner_bound()
