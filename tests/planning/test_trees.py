"""Plans under chance: training against the whole tree, bounds, what more of anything does, and the order of tables."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replenish.arrays.groups import Floats
from replenish.multistage import Iterations, RiskMeasure, solve_extensive, train
from replenish.planning.frame import to_frame
from replenish.planning.graph import PlanModel, choose_chains, markov_model, to_risk
from replenish.planning.problem import to_problem
from replenish.scenario import Scenario
from replenish.scenario.model import (
    TABLES,
    Budget,
    ChainState,
    Demand,
    Expansion,
    Holder,
    Item,
    Line,
    LineItem,
    PolicyRow,
    Price,
    Requirement,
    Route,
    Row,
    Stock,
    Transition,
)
from tests.planning.plans import best
from tests.planning.scenarios import certain, sound

START = dt.date(2025, 1, 1)


def chain(name: str, **shut: Any) -> list[Row]:
    """Return a chain of two states, calm and rough, that lasts and changes."""
    return [
        ChainState(chain=name, state="calm", start_probability=0.6),
        ChainState(chain=name, state="rough", start_probability=0.4, **shut),
        Transition(chain=name, from_state="calm", to_state="calm", probability=0.7),
        Transition(chain=name, from_state="calm", to_state="rough", probability=0.3),
        Transition(chain=name, from_state="rough", to_state="calm", probability=0.4),
        Transition(chain=name, from_state="rough", to_state="rough", probability=0.6),
    ]


def two_chains() -> Scenario:
    """Return three months of a donor behind a gate and a front whose need goes by regime, random in each."""
    return sound(
        "tree", START, dt.date(2025, 3, 15),
        Item(name="round", unit="round", unit_cost=2.0),
        Holder(name="donor", gate="gate"), Holder(name="front"),
        Stock(holder="donor", item="round", on_hand=60, floor=5), Stock(holder="front", item="round", on_hand=10),
        Line(name="works", owner="donor", max_rate=15, start_rate=5), LineItem(line="works", item="round"),
        PolicyRow(role="ordering", holder="donor", item="round", line="works", rule="base_stock"),
        Route(from_holder="donor", to_holder="front"),
        Requirement(holder="donor", item="round", quantity=50),
        Demand(holder="front", item="round", chain="regime", state="calm", mean=10, distribution="poisson"),
        Demand(holder="front", item="round", chain="regime", state="rough", mean=35, distribution="poisson"),
        *chain("regime"), *chain("gate", purchase_share=0.0, release_share=0.0),
        Price(holder="front", item="round", what="unmet", price=9.0),
        Price(holder="donor", item="round", what="shortfall", price=1.0),
        Price(holder="donor", item="round", what="terminal_stock", price=3.0),
    )  # fmt: skip


def tree(scenario: Scenario, *, outcomes: int = 2, risk: RiskMeasure | None = None) -> PlanModel:
    """Return the model with nodes for all chains."""
    problem = to_problem(scenario)
    return markov_model(to_frame(problem), choose_chains(problem, ()), outcomes=outcomes, seed=5, risk=risk)


@pytest.mark.parametrize(("weight", "tail"), [(0.0, 1.0), (0.5, 0.25), (1.0, 0.5)])
def test_training_finds_the_optimum_of_the_whole_tree(weight: float, tail: float) -> None:
    model = tree(two_chains(), risk=to_risk(weight, tail)).model
    policy = train(model, stopping=Iterations(250), cuts="multi" if weight == 0 else "single")
    found = solve_extensive(model).value
    assert policy.bound == pytest.approx(found, rel=1e-6)
    assert policy.evaluate(most=100_000).value == pytest.approx(found, rel=1e-6)


@pytest.mark.parametrize("iterations", [1, 3, 10])
def test_no_policy_costs_less_than_the_bound(iterations: int) -> None:
    model = tree(two_chains()).model
    policy = train(model, stopping=Iterations(iterations))
    optimum, tolerance = solve_extensive(model).value, 1e-6
    assert policy.bound <= optimum + tolerance
    assert policy.evaluate(most=100_000).value >= optimum - tolerance


def test_need_that_is_spread_by_chance_costs_no_less_than_its_mean() -> None:
    """Costs are convex in need (inequality of Jensen), and clusters keep the mean."""
    scenario = two_chains()
    assert (
        solve_extensive(tree(scenario, outcomes=3).model).value
        >= solve_extensive(tree(scenario, outcomes=1).model).value
    )


def free(**changes: float) -> Scenario:
    """Return half a year in which nothing costs to hold; what changes makes it easier."""
    easy = {
        "money": 60.0,
        "stock": 20.0,
        "decision": 40.0,
        "lead": 50.0,
        "way": 40.0,
        "build": 60.0,
        "rate": 10.0,
    } | changes
    return sound(
        "free", START, dt.date(2025, 6, 15),
        Item(name="round", unit="round", unit_cost=2.0),
        Holder(name="donor", decision_delay_days=easy["decision"]), Holder(name="front"),
        Stock(holder="donor", item="round", on_hand=easy["stock"], floor=5), Stock(holder="front", item="round"),
        Line(name="works", owner="donor", max_rate=easy["rate"], start_rate=0, ramp_limit=5),
        LineItem(line="works", item="round", production_lead_time_days=easy["lead"]),
        Expansion(name="hall", line="works", capacity_step=10, cost=30, build_time_days=easy["build"], divisible=True),
        PolicyRow(role="ordering", holder="donor", item="round", line="works", rule="base_stock"),
        Route(from_holder="donor", to_holder="front", lead_time_days=easy["way"]),
        Requirement(holder="donor", item="round", quantity=25),
        Demand(holder="front", item="round", mean=12),
        Budget(holder="donor", year=2025, amount=easy["money"]),
        Budget(holder="donor", year=2025, purpose="expansions", amount=easy["money"] / 3),
    )  # fmt: skip


@settings(max_examples=25)
@given(
    st.fixed_dictionaries({"money": st.floats(0, 200), "stock": st.floats(0, 100), "rate": st.floats(5, 30)}),
    st.fixed_dictionaries({name: st.floats(0, 100) for name in ("decision", "lead", "way", "build")}),
    st.sampled_from(["money", "stock", "rate", "decision", "lead", "way", "build"]),
    st.floats(0, 60),
)
def test_more_money_stock_and_capacity_and_shorter_delays_never_hurt(
    amounts: dict[str, float], delays: dict[str, float], name: str, change: float
) -> None:
    before = amounts | delays
    after = before | {name: before[name] + change if name in amounts else max(0.0, before[name] - change)}
    hard, easy = best(free(**before)).value, best(free(**after)).value
    assert easy <= hard + 1e-6 * max(1.0, abs(hard))


def shuffled(scenario: Scenario, seed: int) -> Scenario:
    """Return the scenario with the rows of all tables in another order."""
    random = np.random.default_rng(seed)
    rows = {name: scenario.rows(name) for name in TABLES}
    return scenario.model_copy(
        update={n: tuple(own[i] for i in random.permutation(len(own))) for n, own in rows.items()}
    )


@pytest.mark.parametrize("number", range(6))
def test_the_order_of_rows_changes_nothing(number: int) -> None:
    one, other = (to_frame(to_problem(own)) for own in (certain(number), shuffled(certain(number), number)))
    for stage in range(len(one.problem.stages)):
        for name, values in data_of(one, stage).items():
            assert np.array_equal(values, data_of(other, stage)[name]), name
    assert best(certain(number)).value == best(shuffled(certain(number), number)).value


def data_of(frame: Any, stage: int) -> dict[str, Floats]:
    """Return the parameters of a stage as seen from the start."""
    stages = frame.problem.stages
    found: dict[str, Floats] = frame.data(stage, frame.teller.marginal[stages.first[stage] : stages.end[stage]])
    return found
