"""What holds for every model: bound <= optimum <= policy, whatever the cuts, units, order of outcomes and risk."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replenish.multistage import (
    Expectation,
    Iterations,
    Policy,
    RiskAdjusted,
    StoppingRule,
    Work,
    resume,
    solve_extensive,
    train,
)
from tests.multistage.random_models import RISKS, Reached, Recipe, recipes

ENOUGH, MOST = 60, 500
FEW = settings(max_examples=5)
REPEATED = settings(max_examples=4, derandomize=True)
"""Where optima are many, a policy may rest at one that was never walked from: so the same models each time."""


def _train(recipe: Recipe, iterations: int = ENOUGH, stopping: StoppingRule | None = None, **options: Any) -> Policy:
    """Train on three paths an iteration, many of them bad ones, so that what matters of a tree is soon known."""
    return train(
        recipe.build(), iterations=iterations, stopping=stopping or Iterations(iterations),
        forward=RiskAdjusted(share=0.5, paths=3), **options,
    )  # fmt: skip


def _reaches(recipe: Recipe, optimum: float, **options: Any) -> bool:
    """Return whether training comes to an optimum and stays there for some iterations."""
    policy = _train(recipe, MOST, Reached(optimum, 1e-4), **options)
    resume(policy, iterations=5)
    return bool(policy.bound == _near(optimum))


def _optimum(recipe: Recipe) -> float:
    return solve_extensive(recipe.build()).value


def _near(value: float, *, relative: float = 1e-4) -> Any:
    return pytest.approx(value, rel=relative, abs=relative)


def _kinds(recipe: Recipe) -> list[str]:
    return ["single", "multi", "grouped"] if isinstance(recipe.risk, Expectation) else ["single", "multi"]


@FEW
@given(recipe=recipes, cuts=st.sampled_from(["single", "multi"]), iterations=st.integers(1, 8))
def test_bound_optimum_and_policy_stand_in_order_from_the_first_iteration(
    recipe: Recipe, cuts: str, iterations: int
) -> None:
    policy = _train(recipe, iterations, cuts=cuts)
    optimum, value = _optimum(recipe), policy.evaluate()
    sign = 1.0 if recipe.sense == "min" else -1.0
    slack = 1e-6 * (1 + abs(optimum))
    assert value.is_exact
    assert sign * policy.bound <= sign * optimum + slack
    assert sign * optimum <= sign * value.value + slack


@FEW
@given(recipe=recipes, cuts=st.sampled_from(["single", "multi"]))
def test_the_bound_never_gets_worse(recipe: Recipe, cuts: str) -> None:
    sign = 1.0 if recipe.sense == "min" else -1.0
    bounds = [sign * row.bound for row in _train(recipe, 20, cuts=cuts).rows]
    assert bounds == sorted(bounds)


@REPEATED
@given(recipe=recipes)
def test_bound_and_policy_meet_at_the_optimum_with_each_kind_of_cuts(recipe: Recipe) -> None:
    optimum = _optimum(recipe)
    for cuts in _kinds(recipe):
        assert _train(recipe, cuts=cuts).evaluate().value == _near(optimum), cuts
        assert _reaches(recipe, optimum, cuts=cuts), cuts


@FEW
@given(recipe=recipes)
def test_lazy_cuts_give_the_bound_of_all_cuts(recipe: Recipe) -> None:
    assert _reaches(recipe, _optimum(recipe), work=Work(is_lazy=False))


@settings(max_examples=4)
@given(recipe=recipes, risk=st.sampled_from(RISKS))
def test_the_inner_bound_lies_on_the_other_side(recipe: Recipe, risk: Any) -> None:
    recipe = recipe.but(risk=risk, states=min(recipe.states, 2), stages=min(recipe.stages, 3))
    policy, optimum = _train(recipe, 20), _optimum(recipe)
    sign = 1.0 if recipe.sense == "min" else -1.0
    inner = policy.inner_bound(points=15)
    assert sign * inner >= sign * optimum - 1e-6 * (1 + abs(optimum))
    assert sign * inner >= sign * policy.bound - 1e-6 * (1 + abs(optimum))


@FEW
@given(recipe=recipes, order=st.integers(0, 100))
def test_the_order_of_outcomes_does_not_move_the_optimum(recipe: Recipe, order: int) -> None:
    assert _reaches(recipe.but(order=order), _optimum(recipe))


@FEW
@given(recipe=recipes)
def test_units_of_costs_and_states_do_not_move_the_optimum(recipe: Recipe) -> None:
    assert _reaches(recipe.but(cost_unit=1000.0, state_unit=0.01), 1000 * _optimum(recipe))


@settings(REPEATED, max_examples=3)
@given(recipe=recipes)
def test_four_stages_meet_the_optimum_too(recipe: Recipe) -> None:
    recipe = recipe.but(stages=4, outcomes=2, states=min(recipe.states, 2))
    policy, optimum = _train(recipe, 70), _optimum(recipe)
    assert policy.bound == _near(optimum)
    assert policy.evaluate().value == _near(optimum)
