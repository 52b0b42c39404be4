"""Cuts from the prices of an optimum: they hold everywhere, and at the optimum they meet it."""

from __future__ import annotations

import numpy as np
import pytest

from replenish.multistage import ROOT, CVaR, Iterations, Model, Policy, Stage, linear, resume, solve_extensive, taught
from tests.multistage.random_models import MEAN, Recipe, Shape

ONCE = Iterations(1)
SHAPES: tuple[Shape, ...] = ("linear", "markov", "tree", "ending")


def once(model: Model) -> Policy:
    return resume(taught(model, solve_extensive(model)), iterations=1, stopping=ONCE)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("sense", ["min", "max"])
@pytest.mark.parametrize("seed", range(4))
def test_the_bound_is_the_optimum_at_once(shape: Shape, sense: str, seed: int) -> None:
    recipe = Recipe(
        seed=seed, shape=shape, stages=4, states=2, discount=0.95, random=frozenset({"rhs", "price", "cap"})
    )
    model = recipe.but(sense=sense).build()
    policy, optimum = once(model), solve_extensive(model).value
    assert policy.bound == pytest.approx(optimum, rel=1e-7, abs=1e-6)
    assert policy.rows[0].is_proven or policy.prepared.unbounded


@pytest.mark.parametrize("shape", ["linear", "markov", "tree"])
def test_no_cut_lies_above_the_cost_to_go(shape: Shape) -> None:
    model = Recipe(seed=7, shape=shape, stages=3, states=2, random=frozenset({"rhs", "price", "gain"})).build()
    first = model.children(ROOT)[0].child
    initial = model.nodes[first].program.initial
    states = initial * np.random.default_rng(1).uniform(0.5, 1.5, (10, len(initial)))
    told = once(model).decider().decide(first, states).value
    for state, value in zip(states, told, strict=True):
        initial[:] = state
        assert value <= solve_extensive(model).value * (1 + 1e-9) + 1e-6


def test_a_policy_that_was_taught_trains_on() -> None:
    model = Recipe(seed=3, shape="markov", stages=5, states=3, outcomes=3).build()
    policy = once(model)
    before = policy.rows[-1].cuts
    resume(policy, iterations=10, stopping=Iterations(10))
    assert len(policy.rows) == 11
    assert policy.rows[-1].cuts > before
    assert policy.bound <= solve_extensive(model).value * (1 + 1e-9) + 1e-9


def test_a_model_that_measures_risk_is_refused() -> None:
    model = Recipe(seed=1, risk=CVaR(0.5)).build()
    with pytest.raises(ValueError, match="prices of the extensive form are weighed by risk"):
        taught(model, solve_extensive(model))


def test_an_optimum_in_whole_numbers_is_refused() -> None:
    stage = Stage()
    stock = stage.state("stock", upper=10, initial=1)
    stage.row("balance", stock.after == stock.before + stage.variable("bought", upper=3, is_integer=True) - 1.5)
    stage.objective(stock.after)
    model = linear([stage, stage], [None, None], risk=MEAN)
    with pytest.raises(ValueError, match="whole numbers"):
        taught(model, solve_extensive(model))
