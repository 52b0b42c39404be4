"""Nodes with children in common learn from each other's visits."""

from __future__ import annotations

import numpy as np
import pytest

from replenish.errors import SolveError
from replenish.multistage import (
    ROOT,
    CVaR,
    Expectation,
    Iterations,
    Mix,
    Model,
    Outcomes,
    Policy,
    RiskMeasure,
    Sampled,
    Stage,
    Work,
    markov,
    solve_extensive,
    train,
)
from replenish.multistage.tables.branches import Cuts
from replenish.multistage.tables.prepare import prepare
from replenish.multistage.training.families import find_depths, find_families
from replenish.multistage.training.trainer import Trainer

REGIMES = 4
MATRIX = np.array([[0.7, 0.3, 0, 0], [0.2, 0.5, 0.3, 0], [0, 0.3, 0.4, 0.3], [0, 0, 0.1, 0.7]])
"""Neighbours alone follow each other; in the last regime a path may end."""


def _shop() -> Stage:
    stage = Stage()
    stock = stage.state("stock", 2, upper=20, initial=[3, 1])
    bought, missing = stage.variable("bought", 2, upper=6), stage.variable("missing", 2)
    price, demand = stage.parameter("price"), stage.parameter("demand", 2)
    stage.row("balance", stock.after == stock.before + bought + missing - demand)
    stage.objective(price * bought.sum())
    stage.objective(0.1 * stock.after + 9 * missing)
    return stage


def _banded(risk: RiskMeasure | None = None, stages: int = 3) -> Model:
    rng = np.random.default_rng(5)
    start = np.full((1, REGIMES), 1 / REGIMES)
    outcomes = [
        [Outcomes({"demand": rng.uniform(0, 3 + 2 * r, (2, 2))}) for r in range(REGIMES)] for _ in range(stages)
    ]
    data = [[{"price": 1.0 + 0.4 * ((r + t) % 3)} for r in range(REGIMES)] for t in range(stages)]
    return markov(_shop(), [start, *[MATRIX] * (stages - 1)], outcomes=outcomes, data=data, discount=0.9, risk=risk)


def _train(model: Model, iterations: int, cuts: Cuts = "single", work: Work | None = None) -> Policy:
    return train(model, iterations=iterations, stopping=Iterations(iterations), cuts=cuts, work=work)


def test_nodes_of_a_stage_are_a_family_where_neighbours_share_children() -> None:
    prepared = prepare(_banded())
    assert [family.nodes for family in find_families(prepared, is_wide=True)[::REGIMES]] == [
        (0, 1, 2, 3), (4, 5, 6, 7), (8, 9, 10, 11),
    ]  # fmt: skip
    assert all(len(family.nodes) == 1 for family in find_families(prepared, is_wide=False)[: 2 * REGIMES])


def test_the_branches_of_a_family_are_those_of_each_of_its_nodes() -> None:
    prepared = prepare(_banded())
    family = find_families(prepared, is_wide=True)[5]
    assert sorted(family.order.tolist()) == list(range(2 * REGIMES))
    for node, places, groups in zip(family.nodes, family.places, family.groups, strict=True):
        own = prepared.branches[node]
        assert family.branches.child[places].tolist() == own.child.tolist()
        assert family.branches.outcome[places].tolist() == own.outcome.tolist()
        assert family.branches.by_child.child[groups].tolist() == own.by_child.child.tolist()


def test_a_visit_makes_a_cut_for_each_node_of_the_family() -> None:
    policy = _train(_banded(), 1)
    assert [pool.count for pool in policy.prepared.tables.pools] == [1] * 2 * REGIMES + [0] * REGIMES


@pytest.mark.parametrize("risk", [Expectation(), Mix((0.6, Expectation()), (0.4, CVaR(0.3)))], ids=["mean", "mix"])
@pytest.mark.parametrize("cuts", ["single", "multi"])
def test_a_family_leads_to_the_optimum_and_never_beyond(risk: RiskMeasure, cuts: Cuts) -> None:
    model = _banded(risk)
    optimum = solve_extensive(model).value
    policy = _train(model, 60, cuts)
    assert policy.bound == pytest.approx(optimum, rel=1e-5)
    assert policy.bound <= optimum * (1 + 1e-9)
    assert policy.is_proven


def test_a_family_lets_the_bound_rise_in_fewer_iterations(monkeypatch: pytest.MonkeyPatch) -> None:
    together = _train(_banded(stages=6), 10).bound
    monkeypatch.setattr(
        "replenish.multistage.training.trainer.find_families",
        lambda prepared, **_: find_families(prepared, is_wide=False),
    )
    assert together > _train(_banded(stages=6), 10).bound * 1.05


def test_nodes_met_at_several_depths_are_no_family() -> None:
    model = Model()
    for t in range(4):
        model.add_node(str(t), _shop(), Outcomes({"demand": [[1.0, 2.0], [3.0, 0.0]]}), data={"price": 1.0})
    model.add_edge(ROOT, "0")
    for t in range(3):
        model.add_edge(str(t), str(t + 1), 0.5)
        if t < 2:
            model.add_edge(str(t), str(t + 2), 0.4)
    prepared = prepare(model)
    assert find_depths(prepared.branches) == [0, 1, -2, -2]
    assert [len(family.nodes) for family in find_families(prepared, is_wide=True)] == [1, 1, 1, 1]


def _hopeless() -> Model:
    """Return a model in which what one node leaves makes the child that only another node has infeasible."""
    first, last = Stage(), Stage()
    stock = first.state("stock", upper=20, initial=0)
    least, most = first.parameter("least"), first.parameter("most")
    bought = first.variable("bought", lower=least, upper=most)
    first.row("balance", stock.after == stock.before + bought)
    first.objective(bought)
    held, used, missing = last.state("stock", upper=20), last.variable("used"), last.variable("missing", upper=6)
    need = last.parameter("need")
    last.row("balance", held.after == held.before - used)
    last.row("use", used + missing == need)
    last.objective(3 * missing)
    model = Model()
    for name, low, high in (("poor", 0.0, 2.0), ("rich", 6.0, 20.0)):
        model.add_node(name, first, data={"least": low, "most": high})
        model.add_edge(ROOT, name, 0.5)
    for name, wanted in (("low", 2.0), ("middle", 6.0), ("high", 12.0)):
        model.add_node(name, last, Outcomes({"need": [wanted, wanted - 1]}))
    for parent, child in (("poor", "low"), ("poor", "middle"), ("rich", "middle"), ("rich", "high")):
        model.add_edge(parent, child, 0.5)
    return model


@pytest.mark.parametrize("threads", [1, 2])
def test_a_family_narrows_where_a_state_is_hopeless_for_children_of_others(threads: int) -> None:
    model = _hopeless()
    optimum = solve_extensive(model).value
    policy = _train(model, 20, work=Work(lanes=2, threads=threads))
    assert policy.bound == pytest.approx(optimum, rel=1e-6)
    assert [len(family.nodes) for family in policy.trainer.families[:2]] == [1, 1]


def test_a_state_that_is_hopeless_for_its_own_children_is_an_error() -> None:
    model = _hopeless()
    model.add_edge("poor", "high", 1e-9)
    with pytest.raises(SolveError, match="infeasible"):
        Trainer(prepare(model), Work(), 0).step(Sampled())
