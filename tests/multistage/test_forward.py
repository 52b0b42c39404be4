"""Forward passes: which paths are walked, how often, and what they leave of the bound."""

from __future__ import annotations

import numpy as np
import pytest

from replenish.multistage import (
    ROOT,
    CVaR,
    ForwardPass,
    Historical,
    Iterations,
    Model,
    Outcomes,
    OutOfSample,
    Policy,
    Revisiting,
    RiskAdjusted,
    Sampled,
    Stage,
    WorstCase,
    linear,
    resume,
    solve_extensive,
    train,
)
from replenish.multistage.tables.branches import ROOT_NUMBER
from replenish.multistage.training.forward import NO_NODE, Paths

CHANCES = [0.2, 0.5, 0.3]
INFLOW = Outcomes({"inflow": [0.0, 4.0, 9.0]}, CHANCES)
PATHS = 4_000


def _reservoir() -> Stage:
    stage = Stage()
    water = stage.state("water", upper=12, initial=6)
    release, thermal, spill = (stage.variable(name, upper=most) for name, most in
                               (("release", 8), ("thermal", 10), ("spill", 30)))  # fmt: skip
    inflow, demand = stage.parameter("inflow"), stage.parameter("demand")
    stage.row("balance", water.after == water.before + inflow - release - spill)
    stage.row("load", release + thermal == demand)
    stage.objective(thermal)
    return stage


def _linear(stages: int = 3) -> Model:
    return linear(_reservoir(), [INFLOW] * stages, data=[{"demand": 5.0}] * stages)


def _loop(probability: float) -> Model:
    model = Model()
    model.add_node("week", _reservoir(), INFLOW, data={"demand": 5.0})
    model.add_edge(ROOT, "week")
    model.add_edge("week", "week", probability)
    return model


def _train(model: Model, iterations: int = 10, forward: ForwardPass | None = None) -> Policy:
    return train(model, iterations=iterations, stopping=Iterations(iterations), forward=forward)


def _paths(forward: ForwardPass, model: Model, iteration: int = 0) -> Paths:
    policy = train(model, iterations=0, forward=forward)
    return forward.sample(policy.trainer.graph, np.random.default_rng(1), iteration)


def _is_share(count: int, total: int, share: float) -> bool:
    return bool(abs(count / total - share) <= 4 * np.sqrt(share * (1 - share) / total))


def test_outcomes_are_drawn_as_often_as_they_are_probable() -> None:
    found = _paths(Sampled(PATHS), _linear())
    assert found.node.shape == (PATHS, 3)
    assert (found.node == np.arange(3)).all()
    for outcome, share in enumerate(CHANCES):
        assert _is_share(int((found.outcome == outcome).sum()), 3 * PATHS, share)
    pairs = (found.outcome[:, 0] == 1) & (found.outcome[:, 1] == 2)
    assert _is_share(int(pairs.sum()), PATHS, 0.5 * 0.3)


def test_children_are_drawn_by_their_edges_and_paths_end_by_what_is_left() -> None:
    model = Model()
    for name in "abc":
        model.add_node(name, _reservoir(), None, data={"demand": 5.0, "inflow": 4.0})
    model.add_edge(ROOT, "a")
    model.add_edge("a", "b", 0.5)
    model.add_edge("a", "c", 0.2)
    found = _paths(Sampled(PATHS), model)
    for node, share in ((1, 0.5), (2, 0.2), (NO_NODE, 0.3)):
        assert _is_share(int((found.node[:, 1] == node).sum()), PATHS, share)
    assert ((found.node == NO_NODE) == (found.outcome == NO_NODE)).all()


def test_paths_for_ever_last_as_long_as_a_geometric_distribution_and_are_cut_off() -> None:
    lengths = (_paths(Sampled(PATHS), _loop(0.8)).node != NO_NODE).sum(axis=1)
    assert abs(lengths.mean() - 5) <= 4 * lengths.std() / PATHS**0.5
    for steps in (1, 3):
        assert _is_share(int((lengths > steps).sum()), PATHS, 0.8**steps)
    assert _paths(Sampled(50, most_steps=4), _loop(0.99)).node.shape == (50, 4)


def test_a_path_is_that_of_its_seed_and_iteration() -> None:
    one, same, other = (_train(_linear(6), 5), _train(_linear(6), 5), train(_linear(6), iterations=5, seed=1))
    assert [row.simulated for row in one.rows] == [row.simulated for row in same.rows]
    assert [row.simulated for row in one.rows] != [row.simulated for row in other.rows]


def test_risk_adjusted_paths_go_where_the_weights_are() -> None:
    model = linear(_reservoir(), [INFLOW] * 3, data=[{"demand": 5.0}] * 3, risk=WorstCase())
    policy = _train(model, 15)
    weights = {node: weight.tolist() for node, weight in policy.trainer.graph.weights.items()}
    assert weights == {ROOT_NUMBER: [1, 0, 0], 0: [1, 0, 0], 1: [1, 0, 0]}
    always = RiskAdjusted(share=1.0, paths=50).sample(policy.trainer.graph, np.random.default_rng(0), 0)
    assert (always.outcome == 0).all()
    half = RiskAdjusted(share=0.5, paths=PATHS).sample(policy.trainer.graph, np.random.default_rng(0), 0)
    assert _is_share(int((half.outcome[:, 0] == 0).sum()), PATHS, 0.5 + 0.5 * CHANCES[0])


@pytest.mark.parametrize("share", [0.0, 1.5])
def test_a_share_is_a_share(share: float) -> None:
    with pytest.raises(ValueError, match="share is"):
        RiskAdjusted(share=share)


def test_paths_out_of_sample_meet_other_values_and_leave_the_bound_that_of_the_model() -> None:
    finer = Outcomes({"inflow": np.linspace(0, 9, 10)})
    forward = OutOfSample({"2": finer, "3": finer}, paths=PATHS)
    found = _paths(forward, _linear())
    assert (found.outcome[:, 0] < 3).all()
    assert (found.outcome[:, 1:] >= 3).all()
    assert _is_share(int((found.outcome[:, 1] == 7).sum()), PATHS, 0.1)
    optimum = solve_extensive(_linear()).value
    policy = _train(_linear(), 60, OutOfSample({"2": finer, "3": finer}, paths=2))
    assert policy.bound == pytest.approx(optimum, rel=1e-4)
    assert policy.evaluate().value == pytest.approx(optimum, rel=1e-3)


HISTORY = Historical([
    [("1", {"inflow": 1.5}), ("2", {"inflow": 20.0, "demand": 7.0}), ("3", {})],
    [("1", {}), ("2", {"inflow": 2.0})],
])  # fmt: skip


def test_a_history_is_walked_as_it_was() -> None:
    found = _train(_linear(), 20).simulate(HISTORY)
    assert found["inflow"].T[0].tolist() == [1.5, 20, 0]
    assert found["demand"].T[0].tolist() == [5, 7, 5]
    assert found["inflow"].T[1][:2].tolist() == [0, 2]
    assert found.node.T.tolist() == [[0, 1, 2], [0, 1, NO_NODE]]
    assert np.isnan(found.cost[2, 1])
    level = found["water.before"] + found["inflow"] - found["release"] - found["spill"]
    np.testing.assert_allclose(found["water.after"], level, atol=1e-7)
    np.testing.assert_allclose(found["release"] + found["thermal"], found["demand"], atol=1e-7)


def test_training_on_a_history_takes_its_paths_in_turn_or_by_probability() -> None:
    graph = _train(_linear(), 2, HISTORY).trainer.graph
    random = np.random.default_rng(0)
    turns = [HISTORY.sample(graph, random, iteration).outcome[0].tolist() for iteration in range(4)]
    assert turns == [[3, 3, 3], [4, 4, NO_NODE]] * 2
    weighed = Historical(HISTORY.paths, probability=[1.0, 3.0])
    drawn = [weighed.sample(graph, random, 0).outcome[0, 0] == 4 for _ in range(1_000)]
    assert _is_share(sum(map(bool, drawn)), 1_000, 0.75)


@pytest.mark.parametrize("forward", [HISTORY, OutOfSample({"2": Outcomes({"inflow": [1.0, 8.0]})})])
def test_training_goes_on_along_paths_that_it_did_not_know_before(forward: ForwardPass) -> None:
    policy = _train(_linear(), 5)
    before = policy.bound
    resume(policy, iterations=15, forward=forward)
    assert before <= policy.bound <= solve_extensive(_linear()).value + 1e-6
    met = policy.prepared.layout.parameters[1][len(CHANCES) :, 0]
    assert met.tolist() in ([20, 2], [1, 8])
    resume(policy, iterations=40)
    assert policy.bound == pytest.approx(solve_extensive(_linear()).value, rel=1e-4)


def test_what_a_history_cannot_hold_is_refused() -> None:
    policy = _train(_linear(), 1)
    for path, text in (
        ([("9", {})], "visits node `9`, which is not in the model"),
        ([("1", {"wind": 1.0})], "node `1` has no parameter `wind`; it has inflow, demand"),
        ([("1", {"inflow": np.nan})], "is not a finite number"),
    ):
        with pytest.raises(ValueError, match=text):
            policy.simulate(Historical([path]))
    with pytest.raises(ValueError, match="history without paths"):
        policy.simulate(Historical([]))
    with pytest.raises(ValueError, match="no path was asked for"):
        policy.simulate(0)


def test_revisiting_walks_the_same_paths_again() -> None:
    forward = Revisiting(Sampled(2), period=3)
    graph = _train(_linear(5), 1, forward).trainer.graph
    forward.extra(_linear())
    random = np.random.default_rng(0)
    found = [forward.sample(graph, random, iteration).outcome.tolist() for iteration in range(12)]
    assert found[:3] == found[3:6]
    assert found[6:9] == found[9:12]
    assert found[:3] != found[6:9]


@pytest.mark.parametrize(
    "forward",
    [Sampled(2), RiskAdjusted(share=0.7, paths=2), Revisiting(Sampled(2), period=5),
     OutOfSample({"2": Outcomes({"inflow": [1.0, 8.0]})}, paths=2)],
    ids=lambda one: type(one).__name__,
)  # fmt: skip
def test_every_pass_leads_to_the_optimum(forward: ForwardPass) -> None:
    model = linear(_reservoir(), [INFLOW] * 3, data=[{"demand": 5.0}] * 3, risk=CVaR(0.5))
    assert _train(model, 60, forward).bound == pytest.approx(solve_extensive(model).value, rel=1e-5)
