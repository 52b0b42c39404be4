"""Prices of rows and bounds, against values of the same stage with its limits moved."""

from __future__ import annotations

import numpy as np
import pytest

from replenish.errors import SolveError
from replenish.multistage import (
    CVaR,
    Expectation,
    Iterations,
    Mix,
    Model,
    Outcomes,
    Policy,
    Stage,
    linear,
    train,
)
from replenish.multistage.linear_program import LinearProgram
from replenish.multistage.solver import solve_once
from replenish.multistage.tables.branches import Cuts

INFLOW = Outcomes({"inflow": [[0.2, 1.1], [3.1, 0.3], [6.2, 4.1]], "price": [5.0, 3.0, 1.0]}, [0.3, 0.5, 0.2])
STATE = {"water": [1830.0, 2.9]}
STEP = 1e-3


def _model(sense: str = "max", *, is_integer: bool = False) -> Model:
    """Return two reservoirs in units that the engine has to scale; `limit` moves what may be released in all."""
    stage = Stage("max" if sense == "max" else "min")
    sign = 1.0 if sense == "max" else -1.0
    inflow, price, limit = stage.parameter("inflow", 2), stage.parameter("price"), stage.parameter("limit")
    water = stage.state("water", 2, upper=[5000.0, 8.0], initial=[2200.0, 3.3])
    release = stage.variable("release", 2, upper=[2500.0, 4.0])
    gates = stage.variable("gates", upper=9, is_integer=is_integer)
    spill = stage.variable("spill", 2, upper=[20_000.0, 40.0])
    stage.row("upper", water.after[0] == water.before[0] + 1000 * inflow[0] - release[0] - spill[0])
    lower = water.before[1] + inflow[1] + 1e-3 * (release[0] + spill[0]) - release[1] - spill[1]
    stage.row("lower", water.after[1] == lower)
    stage.row("through", 1e-3 * release[0] + release[1] <= limit)
    stage.row("open", 1e-3 * release[0] - 0.7 * gates <= 0)
    stage.objective(sign * price * (1e-3 * release[0] + 2 * release[1]))
    stage.objective(-sign * 0.1 * (1e-3 * spill[0] + spill[1]))
    stage.objective(-sign * 0.3 * gates)
    first = Outcomes({"inflow": [[1.3, 0.7]], "price": [2.0]})
    risk = Mix((0.5, Expectation()), (0.5, CVaR(0.4)))
    return linear(stage, [first, INFLOW, INFLOW], data=[{"limit": 3.5}] * 3, discount=0.95, risk=risk)


def _train(model: Model, cuts: Cuts = "single") -> Policy:
    return train(model, iterations=60, stopping=Iterations(60), cuts=cuts)


@pytest.mark.parametrize(("sense", "cuts"), [("max", "single"), ("min", "multi")])
def test_duals_are_what_one_more_unit_of_a_limit_changes(sense: str, cuts: Cuts) -> None:
    policy = _train(_model(sense), cuts)
    told = policy.explain("2", STATE, inflow=[0.9, 0.8], price=2.5, limit=2.7)
    rows = {row.name: row for row in told.rows}
    assert list(rows) == ["upper", "lower", "through", "open"]

    def value(inflow: tuple[float, float] = (0.9, 0.8), limit: float = 2.7) -> float:
        return policy.decide("2", STATE, inflow=inflow, price=2.5, limit=limit).value

    assert told.value == pytest.approx(value(), rel=1e-7)
    for name, up, down, unit in (
        ("upper", value((0.9 + STEP, 0.8)), value((0.9 - STEP, 0.8)), 1000.0),
        ("lower", value((0.9, 0.8 + STEP)), value((0.9, 0.8 - STEP)), 1.0),
        ("through", value(limit=2.7 + STEP), value(limit=2.7 - STEP), 1.0),
    ):
        ends = sorted([(up - told.value) / STEP / unit, (told.value - down) / STEP / unit])
        slack = 1e-4 * max(1e-3, abs(ends[0]))
        assert ends[0] - slack <= rows[name].dual <= ends[1] + slack
    assert abs(rows["upper"].dual) > 1e-5
    assert abs(rows["through"].dual) > 1e-3


def test_only_what_binds_has_a_price() -> None:
    told = _train(_model()).explain("2", STATE)
    for name, at, lower, upper, price in (*told.rows, *told.variables):
        assert lower - 1e-6 * (1 + abs(lower)) <= at <= upper + 1e-6 * (1 + abs(upper)), name
        if min(at - lower, upper - at) > 1e-5 * (1 + abs(at)):
            assert price == pytest.approx(0, abs=1e-9)
    assert any(row.dual for row in told.rows)
    assert told.row_table().columns == ["name", "activity", "lower", "upper", "dual"]
    assert told.variable_table().height == len(told.variables) == 9


def test_the_reduced_cost_of_what_came_in_is_the_gradient() -> None:
    policy = _train(_model())
    told, decided = policy.explain("2", STATE), policy.decide("2", STATE)
    came = {one.name.replace(".before", ""): one for one in told.variables if ".before" in one.name}
    assert {name: one.reduced_cost for name, one in came.items()} == pytest.approx(decided.gradient, rel=1e-6, abs=1e-9)
    values = {one.name: one.value for one in told.variables}
    assert values["release[1]"] == pytest.approx(decided.variables["release"][1], abs=1e-6)


def test_prices_hold_with_whole_numbers_of_the_first_stage_held() -> None:
    whole, relaxed = _model(is_integer=True), _model()
    model = linear(
        [node.program for node in (whole.nodes["1"], relaxed.nodes["2"])],
        [whole.nodes["1"].outcomes, INFLOW], data=[{"limit": 3.5}] * 2,
    )  # fmt: skip
    policy = _train(model)
    told = policy.explain("1")
    gates = next(one for one in told.variables if one.name == "gates")
    assert gates.value == pytest.approx(round(gates.value), abs=1e-9)
    assert told.value == pytest.approx(policy.decide("1").value, rel=1e-7)
    assert any(row.dual for row in told.rows)


def test_a_stage_without_an_optimum_has_no_prices() -> None:
    with pytest.raises(SolveError, match="node 2: infeasible"):
        _train(_model()).explain("2", {"water": [1e6, 1.0]})


def test_rows_and_columns_are_added_to_a_programme() -> None:
    one = LinearProgram(
        cost=np.array([1.0, 2.0]), lower=np.zeros(2), upper=np.full(2, 9.0), row_lower=np.array([3.0]),
        row_upper=np.array([np.inf]), starts=np.array([0, 1, 2]), row=np.array([0, 0]), factor=np.ones(2),
        is_integer=np.array([True, False]),
    )  # fmt: skip
    found = solve_once(one)
    assert (found.objective, found.row_dual.tolist()) == (3.0, [0.0])
    wider = one.with_columns(np.array([0.5]), np.zeros(1), np.ones(1))
    more = wider.with_rows(np.array([1.0, -np.inf]), np.array([np.inf, 1.5]), np.array([[0, 1.0, 2.0], [1.0, 0, 0]]))
    assert (more.starts.tolist(), more.row.tolist()) == ([0, 2, 4, 5], [0, 2, 0, 1, 1])
    assert more.factor.tolist() == [1, 1, 1, 1, 2]
    assert more.column.tolist() == [0, 0, 1, 1, 2]
    found = solve_once(more)
    assert found.objective == pytest.approx(1 + 2 * 2)
    assert found.x == pytest.approx([1, 2, 0])


@pytest.mark.parametrize("sense", ["max", "min"])
def test_prices_along_paths_are_those_that_each_stage_explains(sense: str) -> None:
    policy = _train(_model(sense))
    found = policy.simulate(4, record=["water.before"], prices=["upper", "through"], seed=3)
    for stage in (1, 2):
        for path in range(4):
            node, told = (
                found.nodes[found.node[stage, path]],
                {name: found.parameters[name][stage, path] for name in ("inflow", "price", "limit")},
            )
            rows = policy.explain(node, {"water": found["water.before"][stage, path]}, **told).rows
            duals = {row.name: row.dual for row in rows}
            for name in ("upper", "through"):
                assert found.prices[name][stage, path] == pytest.approx(duals[name], rel=1e-6, abs=1e-9)


def test_an_unknown_row_has_no_price() -> None:
    with pytest.raises(ValueError, match="no row is called dam; there are upper, lower, through, open"):
        _train(_model()).simulate(1, prices=["dam"])
