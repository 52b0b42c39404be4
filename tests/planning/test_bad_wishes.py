"""Wishes that cannot come true are told in the words of the scenario, before or while a plan is made."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replenish.errors import SolveError
from replenish.planning.bad_wishes import BadWish, find_bad_wishes
from replenish.planning.methods import make_plan, to_options
from replenish.planning.problem import to_problem
from replenish.scenario import Scenario
from replenish.scenario.model import (
    Holder,
    Item,
    Price,
    Requirement,
    Route,
    Stock,
    TargetRow,
    Transition,
)
from tests.planning.plans import best
from tests.planning.scenarios import certain
from tests.planning.test_programme import gate, maker, months, need


def wishes(scenario: Scenario) -> list[BadWish]:
    return find_bad_wishes(to_problem(scenario))


def told(scenario: Scenario) -> str:
    """Return the one thing that is wished for in vain."""
    (wish,) = wishes(scenario)
    return wish.what


def targets(*rows: dict[str, Any], stock: float = 100.0) -> Scenario:
    """Return five months in which 10 rounds a month can be made at 2 each and 5 a month are needed."""
    return months(
        5, *maker(item={"unit_cost": 2.0}), Stock(holder="maker", item="round", on_hand=stock), *need(5.0),
        Requirement(holder="maker", item="round", quantity=200),
        *(TargetRow(**{"name": f"t{n}", "holder": "maker", "item": "round"} | row) for n, row in enumerate(rows)),
    )  # fmt: skip


def test_a_sound_scenario_wishes_for_nothing_in_vain() -> None:
    easy = {"what": "shortfall", "at_most": 0.4, "by": dt.date(2025, 5, 20)}
    assert wishes(targets(easy, {"what": "spend", "item": "", "at_most": 1000})) == []


def test_targets_that_ask_for_more_than_can_be_there_contradict_each_other() -> None:
    """Need up to the end of May is 25, the requirement 200; there are 100 and 40 more can be made: 140 are not 225."""
    scenario = targets(
        {"what": "replenished", "by": dt.date(2025, 5, 20)}, {"what": "unmet", "at_most": 0.0}
    )  # fmt: skip
    assert told(scenario) == (
        "targets: t0, t1 ask for 225 of round by 2025-05-31, of which at most 140 can be there by then; allow more to"
        " lack, or more time"
    )


def test_each_target_may_be_met_that_cannot_be_met_together() -> None:
    held, served = {"what": "shortfall", "at_most": 0.35, "by": dt.date(2025, 5, 20)}, {"what": "unmet", "at_most": 0.0}
    assert wishes(targets(held)) == wishes(targets(served)) == []
    assert "t0, t1 ask for 155 of round" in told(targets(held, served))


def test_a_limit_of_money_below_what_other_targets_cost_is_named() -> None:
    """Half of the requirement and all need take 125 rounds; 25 of them at 2 each are dearer than 40."""
    held = {"what": "shortfall", "at_most": 0.5, "by": dt.date(2025, 5, 20)}
    scenario = targets(held, {"what": "unmet", "at_most": 0.0}, {"what": "spend", "item": "", "at_most": 40.0})
    assert told(scenario) == (
        "targets: t0, t1 and t2 contradict each other: what lacks of round on 2025-05-31 costs at least 50, t2 allows"
        " 40"
    )


def test_no_plan_is_made_of_contradictions() -> None:
    scenario = targets({"what": "replenished", "by": dt.date(2025, 2, 20)})
    with pytest.raises(SolveError, match=r"t0 ask for 200 of round by 2025-02-28, of which at most 110 can be there"):
        make_plan(scenario, to_options(scenario)[0])


def test_a_horizon_shorter_than_every_delay_is_named() -> None:
    scenario = months(3, *maker(item={"production_lead_time_days": 150}), *need(5.0))
    with pytest.raises(SolveError) as error:
        make_plan(scenario, to_options(scenario)[0])
    assert str(error.value) == (
        "horizon: nothing that is decided can arrive: it has 3 periods of a month, and the shortest way, round from"
        " works, takes 5; plan for more periods, or shorten a delay"
    )


def test_a_way_that_ends_after_the_horizon_is_noted_in_the_plan() -> None:
    rows = [*maker(item={"production_lead_time_days": 150}), Holder(name="front"), *need(5.0, holder="front"),
            Route(from_holder="maker", to_holder="front")]  # fmt: skip
    plan = make_plan(scenario := months(3, *rows), to_options(scenario)[0])
    assert any(reason.startswith("horizon: round from works arrives after the end, 5 periods") for reason in plan.why)


def test_a_gate_that_is_shut_throughout_is_named() -> None:
    rows = [*maker(), Holder(name="front"), *need(5.0, holder="front")]
    rows[1] = Holder(name="maker", gate="vote")
    closed = [
        row.model_copy(update={"release_share": 0.0}) if row.key_value() == "vote/dry" else row
        for row in gate("dry", 0.0)
    ]
    scenario = months(
        5, *rows, *closed, Route(from_holder="maker", to_holder="front"), Stock(holder="maker", item="round")
    )
    assert [wish.what for wish in wishes(scenario)] == [
        "chains: vote lets nothing through in any period (purchase_share 0): maker cannot spend. Give a state with a"
        " purchase_share above 0 a chance",
        "chains: vote lets nothing through in any period (release_share 0): maker cannot release. Give a state with a"
        " release_share above 0 a chance",
    ]


def test_where_only_a_shut_gate_decides_there_is_no_plan() -> None:
    closed = [
        row.model_copy(update={"release_share": 0.0}) if row.key_value() == "vote/dry" else row
        for row in gate("dry", 1.0)
    ]
    scenario = months(
        3, Item(name="round", unit="round"), Holder(name="maker", gate="vote"), Holder(name="front"), *closed,
        Stock(holder="maker", item="round", on_hand=9), *need(5.0, holder="front"),
        Route(from_holder="maker", to_holder="front"),
    )  # fmt: skip
    with pytest.raises(SolveError, match="vote lets nothing through in any period"):
        make_plan(scenario, to_options(scenario)[0])


def test_a_regime_that_can_never_end_is_named_with_its_probability() -> None:
    """Dry once, dry for good: with 0.2 a month, after four moves 1 - 0.8^4 = 59 %."""
    chain = [row for row in gate("dry", 0.0) if row.table == "chains"]
    moves = [("open", "open", 0.8), ("open", "dry", 0.2), ("dry", "dry", 1.0)]
    chain += [Transition(chain="vote", from_state=a, to_state=b, probability=p) for a, b, p in moves]
    rows = maker(gate="vote")
    assert told(months(5, *rows, *chain, *need(5.0))) == (
        "chains: vote never leaves dry, where purchase_share is 0, and is there at the end with probability 59%; from"
        " then on maker cannot spend. Add a transition out of it if it may end"
    )


def test_a_plan_in_which_nothing_is_worth_anything_is_refused() -> None:
    scenario = months(3, *maker(), *need(5.0, price=0.0))
    with pytest.raises(SolveError, match="are all worth 0, so that to do nothing is the best plan"):
        make_plan(scenario, to_options(scenario)[0])


def test_a_need_that_is_worth_less_than_its_goods_is_named() -> None:
    assert told(months(3, *maker(item={"unit_cost": 7.0}), *need(5.0, price=3.0))) == (
        "prices: a unit of round that maker lacks (use) is worth at most 3, to buy it costs at least 7: the plan orders"
        " none for it"
    )


def test_stock_at_the_end_that_is_worth_more_than_it_costs_is_named() -> None:
    rows = [*maker(item={"unit_cost": 7.0}), *need(5.0), Requirement(holder="maker", item="round", quantity=40),
            Price(holder="maker", item="round", what="terminal_stock", price=9.0)]  # fmt: skip
    assert told(months(3, *rows)) == (
        "prices: terminal_stock of round of maker is worth 9 a unit at the end, to buy it costs at most 7: the plan"
        " fills the stock to its requirement for the end alone"
    )


@settings(max_examples=15)
@given(st.integers(0, 500), st.sampled_from([0.0, 1e3]), st.sampled_from([0.0, 1.0]))
def test_no_price_makes_a_programme_unbounded(number: int, terminal: float, other: float) -> None:
    """Free goods, needs worth nothing, stocks at the end worth a fortune: there is always an optimum."""
    scenario = certain(number)
    prices = [
        row.model_copy(update={"price": terminal if row.what == "terminal_stock" else other * row.price})
        for row in scenario.prices
    ]
    goods = [row.model_copy(update={"unit_cost": 0.0, "surge_unit_cost": None}) for row in scenario.line_items]
    hulls = [row.model_copy(update={"cost": 0.0}) for row in scenario.expansions]
    assert math.isfinite(best(scenario.with_rows(*prices, *goods, *hulls)).value)
