"""A prepared decider says for many states what the policy says for each."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from replenish.errors import SolveError
from replenish.multistage import Decided, Iterations, Model, Outcomes, Policy, Stage, Work, linear, resume, train
from replenish.multistage.modelling.expression import Floats
from replenish.multistage.problems import get

DEMAND = Outcomes({"demand": [[1.0, 4.0], [3.0, 0.5], [5.0, 2.0]], "price": [1.0, 2.0, 1.5]}, [0.3, 0.4, 0.3])


def _shop(*, is_integer: bool = False) -> Stage:
    stage = Stage()
    hidden = stage.state("age", upper=50, initial=2)
    stock = stage.state("stock", 2, upper=[2000, 20], initial=[300, 1])
    price, demand, ease = stage.parameter("price"), stage.parameter("demand", 2), stage.parameter("ease")
    bought = stage.variable("bought", 2, upper=[600, 6], is_integer=is_integer)
    missing = stage.variable("missing", 2)
    scale = np.array([100.0, 1.0])
    stage.row("balance", stock.after == stock.before + bought + missing - scale * demand)
    stage.row("effort", bought.sum() * 1e-2 * ease <= 8)
    stage.row("older", hidden.after == 0.9 * hidden.before)
    stage.objective((1 / scale) * price * bought)
    stage.objective((1 / scale) * (0.1 * stock.after + 9 * missing))
    stage.objective(0.01 * hidden.after)
    return stage


def _model() -> Model:
    first = Outcomes({"demand": [[2.0, 2.0]], "price": [1.0]})
    return linear(_shop(), [first, *[DEMAND] * 4], data=[{"ease": 1.0}] * 5, discount=0.95)


@pytest.fixture(scope="module")
def policy() -> Policy:
    return train(_model(), iterations=40, stopping=Iterations(40))


def _states(rows: int) -> Floats:
    rng = np.random.default_rng(8)
    return np.column_stack([rng.uniform(0, 9, rows), rng.uniform(0, 900, rows), rng.uniform(0, 12, rows)])


def _bits(found: Decided) -> list[bytes]:
    return [
        found.value.tobytes(), found.cost.tobytes(), found.gradient.tobytes(),
        *(table.tobytes() for table in found.variables.values()),
    ]  # fmt: skip


def test_many_states_are_decided_as_each_alone(policy: Policy) -> None:
    rng, states = np.random.default_rng(2), _states(30)
    values = np.column_stack([rng.uniform(0.5, 3, 30), rng.uniform(0, 6, (30, 2)), rng.uniform(0.5, 2, 30)])
    decider = policy.decider(width=8, work=Work(lanes=2))
    assert decider.states("3") == ("age", "stock[0]", "stock[1]")
    found = decider.decide("3", states, values)
    for row in range(30):
        price, demand, ease = values[row, 0], values[row, 1:3], values[row, 3]
        state = {"age": states[row, 0], "stock": states[row, 1:]}
        alone = policy.decide("3", state, price=price, demand=demand, ease=ease)
        assert found.value[row] == pytest.approx(alone.value, rel=1e-7)
        assert found.cost[row] + policy.cost_to_go(
            "3", {"age": found.variables["age.after"][row], "stock": found.variables["stock.after"][row]}
        ).value == pytest.approx(alone.value, rel=1e-6)
    assert found.variables["stock.before"] == pytest.approx(states[:, 1:])
    assert found.gradient.shape == (30, 3)


def test_the_gradient_is_a_plane_below_the_value(policy: Policy) -> None:
    states = _states(20)
    found = policy.decider().decide("2", states)
    planes = found.value[:, None] + np.einsum("ns,nms->nm", found.gradient, states[None] - states[:, None])
    assert (planes <= found.value[None, :] + 1e-6 * abs(found.value)).all()


def test_parameters_by_name_are_those_by_place(policy: Policy) -> None:
    decider, states = policy.decider(), _states(5)
    prices = np.linspace(0.5, 2, 5)
    named = decider.decide("2", states, {"price": prices, "demand": [3.0, 1.0]})
    values = np.column_stack([prices, np.full(5, 3.0), np.full(5, 1.0), np.ones(5)])
    assert _bits(named) == _bits(decider.decide("2", states, values))
    default = decider.decide("2", states, {"price": 1.0, "demand": [1.0, 4.0]})
    assert _bits(default) == _bits(decider.decide("2", states))


def test_what_is_decided_depends_neither_on_threads_nor_on_what_was_decided_before(policy: Policy) -> None:
    states = _states(100)
    fresh = policy.decider(width=64, work=Work(lanes=4, threads=1)).decide("2", states)
    used = policy.decider(width=64, work=Work(lanes=4, threads=3))
    for node, rows in (("2", 70), ("4", 11), ("5", 3), ("2", 1)):
        used.decide(node, _states(rows)[::-1], {"ease": 2.0})
    assert _bits(used.decide("2", states)) == _bits(fresh)


def test_threads_may_share_a_decider(policy: Policy) -> None:
    decider, states = policy.decider(width=16), _states(40)
    nodes = ["2", "3", "4"] * 4
    alone = {node: _bits(decider.decide(node, states)) for node in nodes}
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda node: _bits(decider.decide(node, states)), nodes))
    assert found == [alone[node] for node in nodes]


def test_a_decider_keeps_to_the_cuts_that_it_began_with() -> None:
    policy, states = train(_model(), iterations=3, stopping=Iterations(3)), _states(20)
    decider = policy.decider()
    before, first = decider.decide("2", states), policy.decide("1")
    resume(policy, iterations=60, stopping=Iterations(60))
    assert _bits(decider.decide("2", states)) == _bits(before)
    assert policy.decider().decide("2", states).value.sum() > before.value.sum() + 1e-3
    assert policy.decide("1").value > first.value + 1e-3


def test_variables_that_are_not_recorded_are_not_returned(policy: Policy) -> None:
    found = policy.decider().decide("2", _states(4), record=["bought"])
    assert {name: table.shape for name, table in found.variables.items()} == {"bought": (4, 2)}
    assert policy.decider().decide("2", np.zeros((0, 3))).value.shape == (0,)


def test_a_first_stage_in_whole_numbers_is_decided_in_whole_numbers() -> None:
    whole, later = _shop(is_integer=True), _shop()
    model = linear([whole, later], [Outcomes({"demand": [[2.5, 2.5]], "price": [1.0]}), DEMAND], data=[{"ease": 1}] * 2)
    policy = train(model, iterations=20, stopping=Iterations(20))
    states = np.array([[2.0, 300.5, 0.25], [2.0, 3.5, 0.75], [2.0, 300.5, 0.25]])
    found = policy.decider(width=2).decide("1", states, {"demand": [[2.5, 2.5], [1.5, 3.5], [0.5, 0.5]]})
    bought = found.variables["bought"]
    assert bought == pytest.approx(bought.round(), abs=1e-6)
    assert found.value[0] > found.value[2]
    assert found.value[0] == pytest.approx(policy.decide("1", {"age": 2, "stock": [300.5, 0.25]}).value, rel=1e-6)


def test_states_of_a_reference_problem_are_decided_as_in_a_simulation() -> None:
    policy = train(get("hydro-4").build(), iterations=30, stopping=Iterations(30))
    walked = policy.simulate(50)
    decider = policy.decider()
    names = [name.removesuffix(".after") for name in walked.variables if name.endswith(".after")]
    assert len(names) == len(decider.states("2")) == 1
    came = walked[f"{names[0]}.after"][0].reshape(50, -1)
    given = {name: values[1] for name, values in walked.parameters.items()}
    found = decider.decide("2", came, given)
    assert found.cost == pytest.approx(walked.cost[1], rel=1e-6, abs=1e-6)


def test_what_cannot_be_decided_is_refused(policy: Policy) -> None:
    decider, states = policy.decider(), _states(2)
    with pytest.raises(ValueError, match="no node `9`"):
        decider.decide("9", states)
    with pytest.raises(ValueError, match=r"states have shape \(2, 2\); give \(row, 3\)"):
        decider.decide("2", states[:, :2])
    with pytest.raises(ValueError, match="state age of row 1 is not a finite number"):
        decider.decide("2", np.array([[1.0, 1, 1], [np.nan, 1, 1]]))
    with pytest.raises(ValueError, match="no parameter `wind`"):
        decider.decide("2", states, {"wind": 1.0})
    with pytest.raises(ValueError, match=r"parameter `demand` has shape \(3,\)"):
        decider.decide("2", states, {"demand": [1.0, 2.0, 3.0]})
    with pytest.raises(ValueError, match="a parameter is not a finite number"):
        decider.decide("2", states, {"price": np.inf})
    with pytest.raises(ValueError, match="no variable is called sold"):
        decider.decide("2", states, record=["sold"])
    with pytest.raises(ValueError, match="the width is 0"):
        policy.decider(width=0)
    hopeless = np.array([[1.0, 1.0, 1.0], [1.0, 1e6, 1.0]])
    with pytest.raises(SolveError, match=r"node 2, outcome 1, from age=1, stock\[0\]=1e\+06.*row balance"):
        decider.decide("2", hopeless)
    assert np.isfinite(decider.decide("2", states).value).all()
