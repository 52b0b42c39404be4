"""A first decision that is given: what it costs by hand, and that cuts made from it hold for the model as it is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from replenish.errors import SolveError
from replenish.multistage import (
    ROOT,
    FirstDecision,
    Historical,
    Iterations,
    Model,
    Outcomes,
    Policy,
    Sampled,
    Stage,
    linear,
    resume,
    solve_extensive,
    train,
)
from replenish.multistage.problems import get

NEED = Outcomes({"need": [2.0, 6.0, 11.0]}, [0.3, 0.4, 0.3])
PATHS = Historical([[("1", {}), ("2", {"need": need})] for need in (2.0, 6.0, 11.0)])


def _model(stages: int = 2, *, is_integer: bool = False, sense: str = "min") -> Model:
    """Return a store, in units that the engine has to scale, that is filled at 1 a unit; what lacks costs 4 a unit."""
    stage, sign = Stage("max" if sense == "max" else "min"), -1.0 if sense == "max" else 1.0
    need = stage.parameter("need")
    store = stage.state("store", upper=3000.0, initial=100.0)
    bought = stage.variable("bought", upper=2000.0, is_integer=is_integer)
    short = stage.variable("short", upper=20.0)
    stage.row("balance", store.after == store.before + bought - 100 * need + 100 * short)
    stage.objective(sign * (bought + 400 * short + 0.5 * store.after))
    if stages == 2:
        last = Stage("max" if sense == "max" else "min")
        need = last.parameter("need")
        store, short = last.state("store", upper=3000.0, initial=100.0), last.variable("short", upper=20.0)
        spill = last.variable("spill", upper=3000.0)
        last.row("balance", store.after == store.before - 100 * need + 100 * short - spill)
        last.objective(sign * (400 * short))
        model = Model()
        model.add_node("1", stage.program(), Outcomes({"need": [3.0]}))
        model.add_node("2", last.program(), NEED)
        model.add_edge(ROOT, "1")
        model.add_edge("1", "2")
        return model
    return linear(stage, [Outcomes({"need": [3.0]}), *[NEED] * (stages - 1)])


def _train(model: Model, iterations: int = 30) -> Policy:
    return train(model, iterations=iterations, stopping=Iterations(iterations), forward=Sampled(3))


def _by_hand(bought: float, need: float) -> float:
    """Return the cost of two stages: what is bought, what is held once, and what lacks of the need."""
    left = 100.0 + bought - 300.0
    return bought + 0.5 * left + 4.0 * max(0.0, 100.0 * need - left)


@pytest.mark.parametrize("sense", ["min", "max"])
@pytest.mark.parametrize("bought", [200.0, 500.0, 800.0, 1777.0])
def test_a_given_first_decision_costs_on_paths_what_it_costs_by_hand(bought: float, sense: str) -> None:
    policy = _train(_model(sense=sense), 5)
    found = policy.simulate(PATHS, first=FirstDecision("1", {"bought": bought, "short": 0.0}))
    sign = -1.0 if sense == "max" else 1.0
    assert sign * found.total == pytest.approx([_by_hand(bought, need) for need in (2.0, 6.0, 11.0)])
    assert found["bought"][0] == pytest.approx([bought] * 3)
    assert found["store.after"][0] == pytest.approx([bought - 200.0] * 3, abs=1e-4)
    assert sign * found.cost[0] == pytest.approx([bought + 0.5 * (bought - 200.0)] * 3)


@pytest.mark.parametrize("stages", [1, 2, 3])
def test_the_best_first_decision_costs_on_paths_what_the_policy_costs(stages: int) -> None:
    policy = _train(_model(stages), 60)
    best = FirstDecision("1", policy.decide("1").variables)
    own, same = policy.simulate(40, seed=3), policy.simulate(40, seed=3, first=best)
    assert np.array_equal(own.outcome, same.outcome)
    assert same.total == pytest.approx(own.total, rel=1e-5)


def test_training_from_a_poor_decision_leaves_a_bound_of_the_model_and_cuts_that_hold() -> None:
    model = _model(4)
    optimum = solve_extensive(model).value
    policy, poor = _train(model, 3), FirstDecision("1", {"bought": 1900.0, "short": 0.0})
    resume(policy, iterations=40, stopping=Iterations(40), first=poor)
    assert [row.bound for row in policy.rows] == sorted(row.bound for row in policy.rows)
    assert policy.bound <= optimum + 1e-6 * optimum
    assert policy.is_proven
    resume(policy, iterations=60, stopping=Iterations(60), forward=Sampled(3))
    assert policy.bound == pytest.approx(optimum, rel=1e-6)


def test_cuts_know_what_a_decision_costs_once_paths_went_there() -> None:
    model, poor = _model(3), FirstDecision("1", {"bought": 1900.0, "short": 0.0})
    policy = _train(model, 2)
    before = policy.value_of_first(poor)
    resume(policy, iterations=40, stopping=Iterations(40), forward=Sampled(3), first=poor)
    node = model.nodes["1"]
    lower = node.program.lower.copy()
    lower[node.program.variables["bought"].places] = 1900.0
    held = _model(3)
    held.nodes["1"] = replace(node, program=replace(node.program, lower=lower))
    true = solve_extensive(held).value
    assert before < policy.value_of_first(poor) <= true * (1 + 1e-6)
    assert policy.value_of_first(poor) == pytest.approx(true, rel=1e-4)
    assert policy.value_of_first(FirstDecision("1", {})) == pytest.approx(policy.decide("1").value)


def test_iterations_tell_the_decision_that_they_walk_from() -> None:
    policy = _train(_model(3), 2)
    resume(policy, iterations=1, stopping=Iterations(1), first=FirstDecision("1", {"bought": 1234.0}))
    assert policy.first_decisions()["bought"][-1] == pytest.approx(1234.0)


def test_a_decision_is_held_in_a_first_stage_in_whole_numbers() -> None:
    policy = _train(_model(is_integer=True), 5)
    found = policy.simulate(PATHS, first=FirstDecision("1", {"bought": 777.0}))
    assert found["bought"][0] == pytest.approx([777.0] * 3)


def test_paths_that_begin_elsewhere_are_decided_by_the_cuts() -> None:
    policy = _train(get("hydro-2").build(), 3)
    begins = sorted({policy.prepared.layout.names[child] for child in policy.prepared.first.child.tolist()})
    assert policy.simulate(10, first=FirstDecision(begins[0], {})).total == pytest.approx(policy.simulate(10).total)


@pytest.mark.parametrize(
    ("first", "said"),
    [
        (FirstDecision("2", {}), "no path begins at node `2`; give a decision for 1"),
        (FirstDecision("1", {"sold": 1.0}), "no variable `sold`"),
        (FirstDecision("1", {"bought": [1.0, 2.0]}), "finite numbers of shape"),
        (FirstDecision("1", {"bought": float("nan")}), "finite numbers of shape"),
    ],
)
def test_a_first_decision_that_does_not_fit_is_named(first: FirstDecision, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        _train(_model(), 2).simulate(3, first=first)


def test_a_first_decision_that_cannot_be_taken_is_refused() -> None:
    with pytest.raises(SolveError, match="that is given for the first stage cannot be taken"):
        _train(_model(), 2).simulate(3, first=FirstDecision("1", {"bought": 0.0, "short": 0.0}))
