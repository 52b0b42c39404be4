"""What a policy decides and is worth, against the extensive form moved by hand; simulations as tables."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from replenish.errors import SolveError
from replenish.multistage import (
    ROOT,
    CVaR,
    Expectation,
    Historical,
    Iterations,
    Mix,
    Model,
    Outcomes,
    Policy,
    RiskMeasure,
    Sampled,
    Stage,
    linear,
    solve_extensive,
    train,
)
from replenish.multistage.problems import get

OUTCOMES = Outcomes({"inflow": [[0.0, 1.0], [3.0, 0.0], [6.0, 4.0]], "price": [5.0, 3.0, 1.0]}, [0.3, 0.5, 0.2])
STAGES = 3


def _stage(sense: str, level: tuple[float, float]) -> Stage:
    """Return two reservoirs in a row, in units that the engine has to scale, that earn or save `price`."""
    stage = Stage("max" if sense == "max" else "min")
    sign = 1.0 if sense == "max" else -1.0
    water = stage.state("water", 2, upper=[5000.0, 8.0], initial=np.array(level))
    release = stage.variable("release", 2, upper=[2500.0, 4.0])
    spill = stage.variable("spill", 2, upper=[20_000.0, 40.0])
    inflow, price = stage.parameter("inflow", 2), stage.parameter("price")
    stage.row("upper", water.after[0] == water.before[0] + 1000 * inflow[0] - release[0] - spill[0])
    lower = water.before[1] + inflow[1] + 1e-3 * (release[0] + spill[0]) - release[1] - spill[1]
    stage.row("lower", water.after[1] == lower)
    stage.objective(sign * price * (1e-3 * release[0] + 2 * release[1]))
    stage.objective(-sign * 0.1 * (1e-3 * spill[0] + spill[1]))
    return stage


def _model(
    sense: str = "max", level: tuple[float, float] = (2200.0, 3.3), stages: int = STAGES, **options: Any
) -> Model:
    first = Outcomes({"inflow": [[1.3, 0.7]], "price": [2.0]})
    return linear(_stage(sense, level), [first, *[OUTCOMES] * (stages - 1)], **options)


def _train(model: Model, iterations: int = 80, **options: Any) -> Policy:
    return train(model, iterations=iterations, stopping=Iterations(iterations), forward=Sampled(3), **options)


@pytest.mark.parametrize("risk", [Expectation(), Mix((0.5, Expectation()), (0.5, CVaR(0.4)))], ids=["mean", "mix"])
@pytest.mark.parametrize(("sense", "cuts"), [("max", "single"), ("min", "multi")])
def test_the_gradient_of_a_decision_is_that_of_the_extensive_form(sense: str, cuts: str, risk: RiskMeasure) -> None:
    level, step = (2200.0, 3.3), (20.0, 0.02)
    policy = _train(_model(sense, level, risk=risk, discount=0.95), cuts=cuts)
    found = policy.decide("1")

    def optimum(shift: tuple[float, float]) -> float:
        moved = (level[0] + shift[0], level[1] + shift[1])
        return solve_extensive(_model(sense, moved, risk=risk, discount=0.95)).value

    assert found.value == pytest.approx(optimum((0, 0)), rel=1e-5)
    for k, name in enumerate(("water[0]", "water[1]")):
        up, down = (optimum(tuple(sign * step[k] * (j == k) for j in range(2))) for sign in (1, -1))  # type: ignore[arg-type]
        ends = sorted([(up - found.value) / step[k], (found.value - down) / step[k]])
        slack = 1e-3 * max(1e-3, abs(ends[0]), abs(ends[1]))
        assert ends[0] - slack <= found.gradient[name] <= ends[1] + slack


@pytest.mark.parametrize("cuts", ["single", "multi", "grouped"])
def test_the_cost_to_go_is_the_discounted_optimum_of_what_follows(cuts: str) -> None:
    policy = _train(_model(discount=0.95), 120, cuts=cuts)
    first = policy.decide("1")
    left = first.variables["water.after"]
    later = linear(_stage("max", (left[0], left[1])), [OUTCOMES] * (STAGES - 1), discount=0.95)
    optimum = 0.95 * solve_extensive(later).value
    worth = policy.cost_to_go("1", {"water": left})
    assert worth.value == pytest.approx(optimum, rel=1e-4)
    assert first.value == pytest.approx(first.cost + worth.value, rel=1e-6)
    assert policy.cost_to_go(str(STAGES), {}).value == 0
    other = policy.cost_to_go("1", {"water[0]": left[0] / 2, "water[1]": left[1]})
    change = worth.value + worth.gradient["water[0]"] * (-left[0] / 2)
    assert other.value <= change + 1e-6  # a concave gain lies below each of its tangents


def test_a_decision_knows_the_parameters_that_it_is_given() -> None:
    policy = _train(_model(), 20)
    dear, cheap = (policy.decide("2", {"water": [1000, 3]}, inflow=[0, 0], price=price) for price in (9.0, 0.0))
    assert dear.variables["release"][1] == pytest.approx(4, abs=1e-6)
    assert dear.cost > cheap.cost
    assert cheap.cost == pytest.approx(0, abs=1e-9)
    before = dear.variables["water.before"]
    assert before.tolist() == [1000, 3]
    default = policy.decide("2", {"water": [1000, 3]})
    first = policy.decide("2", {"water": [1000, 3]}, inflow=[0.0, 1.0], price=5.0)
    assert default.value == pytest.approx(first.value)


def test_what_cannot_be_decided_is_refused() -> None:
    policy = _train(_model(), 3)
    for node, state, parameters, text in (
        ("9", {}, {}, "`9`"),
        ("1", {"water[0]": 3.0}, {}, r"the state lacks water\[1\]"),
        ("1", {"water": [1.0, 2.0], "oil": 3.0}, {}, "no state is called oil"),
        ("1", {"water": [1.0, np.nan]}, {}, r"water\[1\] is not a finite number"),
        ("1", {"water": [1.0, 2.0]}, {"price": np.inf}, "parameter `price` of node `1` is not a finite"),
        ("1", {"water": [1.0, 2.0]}, {"wind": 1.0}, "no parameter `wind`"),
    ):
        with pytest.raises(ValueError, match=text):
            policy.decide(node, state, **parameters)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="no node `9`"):
        policy.cost_to_go("9", {})
    with pytest.raises(SolveError, match=r"node 1, outcome 0, from water\[0\]=1e\+06.*row upper"):
        policy.decide("1", {"water": [1e6, 2.0]})


def test_first_decisions_are_in_units_and_names_of_the_model() -> None:
    policy = _train(_model(), 12)
    table = policy.first_decisions()
    assert table["iteration"].to_list() == list(range(1, 13))
    assert table["water.before[0]"].to_list() == pytest.approx([2200.0] * 12)
    after = policy.decide("1").variables["water.after"]
    balance = 2200 + 1300 - table["release[0]"] - table["spill[0]"]
    assert table["water.after[0]"].to_list() == pytest.approx(balance.to_list())
    assert 0 <= after[0] <= 5000
    assert policy.table().columns == ["iteration", "bound", "simulated", "seconds", "cuts", "solves", "is_proven"]
    assert policy.table()["bound"].to_list() == [row.bound for row in policy.rows]


def test_no_first_decision_where_chance_comes_first() -> None:
    with pytest.raises(ValueError, match="the first stage has 3 outcomes"):
        _train(get("hydro-2").build(), 2).first_decisions()


def test_a_policy_without_training_has_empty_tables() -> None:
    policy = train(_model(), iterations=0)
    assert np.isnan(policy.bound)
    assert not policy.is_proven
    assert policy.table().height == policy.first_decisions().height == 0


def test_a_simulation_keeps_the_rows_of_the_model_and_its_costs() -> None:
    found = _train(_model(discount=0.9), 30).simulate(300, seed=4)
    water, release, spill = (found[name] for name in ("water.after", "release", "spill"))
    assert water.shape == release.shape == (STAGES, 300, 2)
    assert found["inflow"].shape == (STAGES, 300, 2)
    assert found["price"].shape == found.cost.shape == found.node.shape == (STAGES, 300)
    np.testing.assert_allclose(found["water.before"][1:], water[:-1], atol=1e-6)
    inflow = 1000 * found["inflow"][..., 0]
    kept = found["water.before"][..., 0] + inflow - release[..., 0] - spill[..., 0]
    np.testing.assert_allclose(water[..., 0], kept, atol=1e-5)
    cost = found["price"] * (1e-3 * release[..., 0] + 2 * release[..., 1]) - 0.1 * (
        1e-3 * spill[..., 0] + spill[..., 1]
    )
    np.testing.assert_allclose(found.cost, cost, atol=1e-8)
    np.testing.assert_allclose(found.total, 0.9 ** np.arange(STAGES) @ cost, atol=1e-8)
    np.testing.assert_array_equal(found["price"][1:], np.array([5.0, 3.0, 1.0])[found.outcome[1:]])


def test_few_variables_are_kept_where_few_are_asked_for() -> None:
    found = _train(_model(), 3).simulate(5, record=["spill"])
    assert list(found.variables) == ["spill"]
    with pytest.raises(KeyError, match="nothing is called `release`; there are spill, inflow, price"):
        found["release"]
    with pytest.raises(ValueError, match=r"no variable is called oil; there are water\.before"):
        _train(_model(), 1).simulate(5, record=["oil"])


def test_simulations_are_long_tables_and_quantiles() -> None:
    found = _train(get("farmer").build(), 20).simulate(40)
    table = found.to_polars()
    assert table.height == 80
    assert table.columns[:4] == ["stage", "path", "node", "cost"]
    assert table.filter(pl.col("stage") == 1)["sold[0]"].is_nan().all()
    one = table.filter((pl.col("path") == 7) & (pl.col("stage") == 2)).row(0, named=True)
    assert one["sold[2]"] == found["sold"][1, 7, 2]
    assert one["cost"] == found.cost[1, 7]
    bands = found.quantiles("sold", [0.0, 0.5, 1.0])
    assert bands.shape == (3, 2, 4)
    assert np.isnan(bands[:, 0]).all()
    np.testing.assert_array_equal(bands[2, 1], found["sold"][1].max(axis=0))


def test_paths_that_end_early_have_rows_up_to_their_end() -> None:
    found = _train(get("infinite-hydro").build(), 30).simulate(50)
    lengths = (found.node >= 0).sum(axis=0)
    assert lengths.min() < lengths.max() == found.node.shape[0]
    assert (np.isnan(found.cost) == (found.node < 0)).all()
    assert (np.isnan(found["water.after"]) == (found.node < 0)).all()
    assert found.to_polars().height == lengths.sum()
    np.testing.assert_allclose(found.total, np.nansum(found.cost, axis=0))
    assert np.isfinite(found.quantiles("thermal")).all()


def test_states_that_a_stage_does_not_take_over_may_be_left_out() -> None:
    first, second = Stage(), Stage()
    one, two = first.state("one", upper=5, initial=1), first.state("two", upper=5, initial=2)
    first.row("keep", one.after + two.after == one.before + two.before)
    first.objective(two.after)
    last = second.state("two", upper=5)
    second.row("keep", last.after == last.before)
    second.objective(-3 * last.after)
    policy = _train(linear([first, second], [None, None]), 5)
    assert policy.bound == pytest.approx(-2 * 3)
    assert policy.cost_to_go("1", {"two": 2.0}).gradient == {"two": pytest.approx(-3)}
    assert policy.simulate(Historical([[("1", {}), ("2", {})]])).total == pytest.approx([-6])


def test_a_skipped_node_has_the_state_of_the_one_before() -> None:
    stage, model = Stage(), Model()
    level = stage.state("level", upper=9, initial=4)
    stage.row("shrink", level.after == 0.5 * level.before)
    stage.objective(level.before)
    for name in "abc":
        model.add_node(name, stage)
    model.add_edge(ROOT, "a")
    model.add_edge("a", "b", 0.25)
    model.add_edge("a", "c", 0.75, 0.5)
    model.add_edge("b", "c")
    policy = _train(model, 10)
    assert policy.bound == pytest.approx(4 + 0.25 * (2 + 1) + 0.75 * 0.5 * 2)
    found = policy.simulate(200)
    expected = np.where(found.node[1] == 1, 4 + 2 + 1, 4 + 0.5 * 2)
    np.testing.assert_allclose(found.total, expected, atol=1e-9)
