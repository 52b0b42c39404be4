"""Studies on a plan, on scenarios in which every optimum is arithmetic."""

from __future__ import annotations

import datetime as dt
import math
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import replenish
from replenish.arrays.state import opening_state
from replenish.cli import main
from replenish.errors import UsageError
from replenish.planning.methods import make_plan, to_options
from replenish.planning.plan import Plan
from replenish.planning.storing import save_plan
from replenish.result.plan_tables import PLAN_TABLES
from replenish.scenario.model import (
    Budget,
    ChainState,
    Demand,
    Holder,
    Item,
    Line,
    LineItem,
    Price,
    Requirement,
    Route,
    Scenario,
    Settings,
    Simulation,
    Stock,
    Time,
    Transition,
)
from replenish.study.attached_to_plan import attach_frontier, attach_information, attach_plan_delays
from replenish.study.frontier import dominated
from replenish.study.goals import solve_mean
from replenish.study.information import plan_on_means
from replenish.study.stated_cost import collecting, stated_costs
from replenish.study.wishes import Wish

ITEM = Item(name="mask", unit="box", unit_cost=1)


def settings(months: int = 12, first: int = 1) -> Settings:
    end = dt.date(2024 + months // 12, months % 12 + 1, 1) - dt.timedelta(days=1)
    return Settings(title="toy", time=Time(start=dt.date(2024, first, 1), end=end), simulation=Simulation(paths=4))


def price(what: Any, value: float, holder: str = "giver") -> Price:
    return Price(holder=holder, item="mask", what=what, price=value)


def lent() -> Scenario:
    """Return a giver with all of the 100 that it requires, and a user who asks 5 a month and has 5.

    What leaves in month j serves in month j + 1 and lacks at the end of 13 - j months, each worth 1; need is worth 9.5.
    So what leaves in months 4 to 11 is worth it, and 15 of 60 stay unmet.
    """
    return Scenario(
        settings=settings(),
        items=(ITEM,),
        holders=(Holder(name="giver"), Holder(name="user")),
        stocks=(Stock(holder="giver", item="mask", on_hand=100), Stock(holder="user", item="mask", on_hand=5)),
        requirements=(Requirement(holder="giver", item="mask", quantity=100),),
        demand=(Demand(holder="user", item="mask", mean=5, when_unmet="lost"),),
        routes=(Route(from_holder="giver", to_holder="user", lead_time_days=30),),
        prices=(price("unmet", 9.5, "user"), price("shortfall", 1.0), price("terminal_stock", 0.0)),
    )


def bought(*, lead_days: float = 30) -> Scenario:
    """Return a depot that uses 10 a month, has those of January, and may order as much for 2 each, a month ahead."""
    return Scenario(
        settings=settings(),
        items=(Item(name="mask", unit="box", unit_cost=2),),
        holders=(Holder(name="depot"),),
        stocks=(Stock(holder="depot", item="mask", on_hand=10),),
        demand=(Demand(holder="depot", item="mask", mean=10, when_unmet="lost"),),
        lines=(Line(name="maker", owner="depot", start_rate=0, max_rate=10),),
        line_items=(LineItem(line="maker", item="mask", production_lead_time_days=lead_days),),
        prices=(price("unmet", 9.0, "depot"),),
    )


def newsvendor() -> Scenario:
    """Return a depot that orders now, for 2 each, what is asked next month: 20 in war, else none; need is worth 10."""
    states = {"calm": 0.0, "war": 20.0}
    moves = (("calm", "calm", 0.5), ("calm", "war", 0.5), ("war", "war", 1.0))
    return Scenario(
        settings=settings(2),
        items=(Item(name="mask", unit="box", unit_cost=2),),
        holders=(Holder(name="depot"),),
        stocks=(Stock(holder="depot", item="mask"),),
        chains=(ChainState(chain="threat", state="calm", start_probability=1), ChainState(chain="threat", state="war")),
        transitions=tuple(Transition(chain="threat", from_state=a, to_state=b, probability=p) for a, b, p in moves),
        demand=tuple(
            Demand(holder="depot", item="mask", chain="threat", state=state, mean=mean, when_unmet="lost")
            for state, mean in states.items()
        ),
        lines=(Line(name="maker", owner="depot", start_rate=0, max_rate=1000),),
        line_items=(LineItem(line="maker", item="mask", production_lead_time_days=30),),
        prices=(price("unmet", 10.0, "depot"),),
    )


def made(scenario: Scenario, **changes: Any) -> Plan:
    options, why = to_options(scenario, **changes)
    return make_plan(scenario, options, why=why)


@pytest.mark.parametrize(("months", "unmet"), [(1.0, 15.0), (0.1, 0.0), (10.0, 55.0)])
def test_need_is_served_from_reserve_as_far_as_a_month_of_it_is_worth_less(
    months: float, unmet: float, tmp_path: Path
) -> None:
    """At 0.1 x even what lacks for 12 months is worth less than a unit of need; at 10 x no month is."""
    found = replenish.frontier(lent(), steps=3, spread=10, goals=["need", "reserve"], out=tmp_path / "f")
    row = found.points.filter(pl.col("reserve_multiplier") == months).row(0, named=True)
    served = 11 - round(unmet / 5)
    short = 5 * sum(range(2, served + 2))
    assert (row["unmet"], row["shortfall"], row["money"]) == pytest.approx((unmet, short, 0.0))
    assert row["cost"] == pytest.approx(9.5 * unmet + short)
    assert row["is_stated"] == (months == 1.0)
    assert f"a month of reserve is worth {float(f'{months / 9.5:.1e}'):g} of a unit of need" in row["label"]


def test_a_frontier_is_of_the_best_plans_solved_alone(tmp_path: Path) -> None:
    scenario = replenish.load("blank")
    found = replenish.frontier(scenario, steps=3, out=tmp_path / "f")
    assert found.goals == ("need", "reserve", "money")
    assert len(found.points) == 9
    stated = found.points.filter(pl.col("is_stated")).row(0, named=True)
    assert stated["cost"] == pytest.approx(solve_mean(scenario).found.value)
    assert found.points["cost"].min() == pytest.approx(stated["cost"])
    assert not stated["is_dominated"]
    assert (tmp_path / "f" / "frontier.csv").is_file()


def test_a_point_that_is_worse_in_one_goal_and_better_in_none_is_dominated() -> None:
    assert dominated(np.array([[0.0, 2.0], [1.0, 1.0], [1.0, 3.0], [0.0, 2.0]])) == [False, False, True, False]


def test_a_frontier_needs_two_goals_that_the_scenario_has(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="goal reserve: the scenario has no requirement, so there is nothing to weigh"):
        replenish.frontier(bought(), goals=["need", "reserve"], out=tmp_path / "f")
    with pytest.raises(UsageError, match="needs two goals or three of need, reserve, money; found need"):
        replenish.frontier(bought(), goals=["need"], out=tmp_path / "f")
    with pytest.raises(UsageError, match="steps is 1"):
        replenish.frontier(bought(), steps=1, out=tmp_path / "f")
    with pytest.raises(UsageError, match="item masks: there is no such item; did you mean `mask`"):
        replenish.frontier(bought(), item="masks", out=tmp_path / "f")


def test_need_against_money_moves_the_price_of_need(tmp_path: Path) -> None:
    """A unit costs 2 and need is worth 9: at 0.1 x nothing is bought."""
    found = replenish.frontier(bought(), steps=3, spread=10, goals=["need", "money"], out=tmp_path / "f")
    assert found.points["need_multiplier"].to_list() == [0.1, 1.0, 10.0]
    assert found.points["unmet"].to_list() == pytest.approx([110, 0, 0], abs=1e-6)
    assert found.points["money"].to_list() == pytest.approx([0, 220, 220])


def test_a_stopped_frontier_keeps_its_points(tmp_path: Path) -> None:
    def stop(done: int, _: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    found = replenish.frontier(lent(), steps=3, spread=10, out=tmp_path / "f", progress=stop)
    assert (len(found.points), found.is_complete) == (2, False)
    assert "stopped early" in repr(found)


def test_a_plan_that_knows_of_a_month_more_to_produce_loses_the_need_of_one_month(tmp_path: Path) -> None:
    """10 boxes of need are worth 90; those that would come after the end are not bought, for 2 each less."""
    as_is = replenish.delay_costs(bought(), days=30, paths=2, out=tmp_path / "as_is")
    found = replenish.plan_delays(bought(), days=30, as_is=as_is, out=tmp_path / "d")
    row = found.rows.filter(pl.col("kind") == "producing").row(0, named=True)
    assert [row[name] for name in ("unmet", "shortfall", "money", "cost")] == pytest.approx([10, 0, -20, 70], abs=1e-6)
    assert row["as_is_unmet"] is not None
    assert found.base.unmet == 0
    assert found.rows.filter(pl.col("outcome") == "skipped")["kind"].to_list() == ["building", "shipping", "funding"]
    assert (tmp_path / "d" / "plan_delays.csv").is_file()


def test_the_rules_as_they_are_must_meet_the_same_delay(tmp_path: Path) -> None:
    as_is = replenish.delay_costs(bought(), days=60, paths=2, out=tmp_path / "as_is")
    with pytest.raises(UsageError, match="run it for the same days and holder"):
        replenish.plan_delays(bought(), days=30, as_is=as_is, out=tmp_path / "d")


def test_the_worth_of_weighing_chance_and_of_knowing_it_are_those_of_the_newsvendor(tmp_path: Path) -> None:
    """The plan buys 20 for 40.  On means 10 are bought, for 20, and 10 lack in war, for 100.

    In war the plan saves 80, else it loses 20; who knows the future saves 40 if there is no war.
    """
    plan = made(newsvendor(), method="extensive")
    assert plan.bound == pytest.approx(40)
    found = replenish.value_of_information(plan, paths=64, futures=50, out=tmp_path / "v")
    rows = {row["what"]: row for row in found.rows.to_dicts()}
    costs = {what: found.costs.filter(pl.col("what") == what) for what in rows}
    for what, other in (("stochastic_solution", {120.0, 20.0}), ("perfect_information", {40.0, 0.0})):
        assert set(costs[what]["plan"].round(4)) == {40.0}
        assert set(costs[what]["other"].round(4) + 0.0) == other
        assert rows[what]["low"] < rows[what]["value"] < rows[what]["high"]
    war = float((costs["stochastic_solution"]["other"].to_numpy() > 60).mean())
    assert rows["stochastic_solution"]["value"] == pytest.approx(80 * war - 20 * (1 - war), rel=1e-4)
    calm = float((costs["perfect_information"]["other"].to_numpy() < 20).mean())
    assert rows["perfect_information"]["value"] == pytest.approx(40 * calm, rel=1e-6)
    assert abs(war - 0.5) < 4 * math.sqrt(0.25 / 64)


def test_a_plan_that_costs_more_than_one_on_means_is_said_to(tmp_path: Path) -> None:
    """Where need is worth 3, who fears the worst buys 20 for 40; on means 10 are bought, which costs 50 or 20."""
    scenario = newsvendor().with_rows(price("unmet", 3.0, "depot"))
    plan = made(scenario, method="extensive", risk_weight=1.0, risk_tail=0.1)
    found = replenish.value_of_information(plan, paths=256, futures=4, out=tmp_path / "v")
    row = found.rows.row(0, named=True)
    assert row["plan"] == pytest.approx(40, rel=1e-4)
    assert row["value"] < row["high"] < 0
    assert "weighs risk, was trained too little" in row["reason"]


def test_a_plan_on_means_has_nothing_to_weigh(tmp_path: Path) -> None:
    plan = made(newsvendor(), method="deterministic")
    assert plan_on_means(plan).bound == pytest.approx(plan.bound)
    found = replenish.value_of_information(plan, paths=4, futures=4, out=tmp_path / "v")
    assert found.rows["value"].to_list() == [None, None]
    assert "nothing to compare" in found.rows["reason"][0]


def unmet(at_most: float) -> Wish:
    return Wish(holder="user", item="mask", what="unmet", at_most=at_most, probability=0.9)


def test_the_smallest_price_that_meets_a_target_is_found_by_bisection(tmp_path: Path) -> None:
    """What leaves in January lacks for 12 months: need must be worth more than 12, 12 / 9.5 times the price at hand."""
    found = replenish.reach_by_price(lent(), unmet(0.0), most=4.0, paths=2, out=tmp_path / "p")
    assert found.outcome == "reached"
    assert 12 / 9.5 < found.multiplier < 12 / 9.5 * 4 ** (1 / 64) * 1.001
    assert found.price == pytest.approx(9.5 * found.multiplier)
    assert found.probability.probability == 1
    assert found.fresh is not None
    assert found.fresh.probability == 1
    assert len(found.rows) == 8
    assert (tmp_path / "p" / "trials.csv").is_file()


def test_a_price_at_hand_that_suffices_is_said_to(tmp_path: Path) -> None:
    found = replenish.reach_by_price(lent(), unmet(0.25), paths=2, out=tmp_path / "p")
    assert (found.outcome, found.multiplier, len(found.rows)) == ("suffices", 1.0, 1)


def test_a_target_that_no_price_reaches_is_said_to_be(tmp_path: Path) -> None:
    """Of the first month nothing can be served: the user has 5 of the 5 that it asks, less 5."""
    scenario = lent().with_rows(Stock(holder="user", item="mask", on_hand=0))
    found = replenish.reach_by_price(scenario, unmet(0.05), paths=2, most=100, out=tmp_path / "p")
    assert (found.outcome, found.probability.probability) == ("not reached", 0.0)
    assert len(found.rows) == 2
    assert "not reached" in repr(found)


def test_what_has_no_price_cannot_be_reached_by_it(tmp_path: Path) -> None:
    wish = Wish(holder="user", item="mask", what="shortfall", at_most=0.1)
    with pytest.raises(UsageError, match="shortfall of user/mask has no price that could be raised"):
        replenish.reach_by_price(lent(), wish, paths=2, out=tmp_path / "p")


def later(**changes: Any) -> Scenario:
    """Return the scenario of `bought` in February: what was ordered in January is there."""
    return bought(**changes).model_copy(update={"settings": settings(first=2)})


def test_a_plan_decides_from_later_data_as_one_made_afresh(tmp_path: Path) -> None:
    saved = save_plan(made(bought()), tmp_path / "plan")
    found = replenish.replan(tmp_path / "plan", later(), out=tmp_path / "r")
    order = found.rows.filter(pl.col("what") == "order").row(0, named=True)
    assert (order["holder"], order["line"], order["unit"]) == ("depot", "maker", "box")
    rate = found.rows.filter(pl.col("what") == "rate").row(0, named=True)  # made with or without an order, for as much
    assert (rate["line"], rate["old"], rate["fresh"]) == ("maker", pytest.approx(10), pytest.approx(10))
    assert found.old_value == pytest.approx(found.fresh_value)
    assert found.old_value == pytest.approx(saved.bound - 20)
    assert (found.first_day, found.last_day, found.begun) == (dt.date(2024, 2, 1), dt.date(2024, 2, 29), 0)


def test_a_plan_says_how_far_its_stage_has_begun(tmp_path: Path) -> None:
    plan = made(bought(), stage_periods=3)
    found = replenish.replan(plan, later(), is_fresh=False, out=tmp_path / "r")
    assert (found.begun, found.fresh_value) == (1, None)
    assert found.rows["fresh"].null_count() == len(found.rows)


def test_all_that_differs_in_structure_is_named_at_once(tmp_path: Path) -> None:
    plan = made(bought())
    other = later().with_rows(
        Holder(name="annex"), Stock(holder="annex", item="mask"), Budget(holder="depot", year=2024, amount=60)
    )
    with pytest.raises(UsageError) as caught:
        replenish.replan(plan, other, out=tmp_path / "r")
    said = str(caught.value)
    assert "holders: also annex" in said
    assert "stocks: also annex/mask" in said
    assert "budgets: also depot" in said
    with pytest.raises(UsageError, match=r"delays or shelf lives differ: coming has 3 entries, in the plan 1"):
        replenish.replan(plan, later(lead_days=90), out=tmp_path / "r")
    early = bought().model_copy(update={"settings": settings(months=10)})
    with pytest.raises(UsageError, match="the horizon ends on 2024-10-31, in the plan on 2024-12-31"):
        replenish.replan(plan, early, out=tmp_path / "r")


def test_orders_of_every_stage_may_meet_in_the_book() -> None:
    """Training may order as much as there could ever be in each stage; what follows must still have a plan."""
    plan = made(bought())
    decider, stage = plan.policy.decider(), 6
    node = plan.model.node(stage, ())
    states = plan.model.frame.incoming(opening_state(plan.problem.arrays))
    place = [name.partition("[")[0] for name in decider.states(node)].index("book")
    states[0, place] = stage * plan.model.frame.symbols.most[0]
    assert decider.decide(node, states, record=()).value.shape == (1,)


def test_a_run_carries_studies_on_plans_and_its_report_shows_them(tmp_path: Path) -> None:
    scenario = newsvendor()
    run = replenish.simulate(scenario, paths=4, out=tmp_path / "run")
    replenish.frontier(scenario, steps=3, out=tmp_path / "f")
    replenish.plan_delays(scenario, out=tmp_path / "d")
    replenish.value_of_information(made(scenario, method="extensive"), paths=4, futures=8, out=tmp_path / "i")
    carried = attach_information(
        attach_plan_delays(attach_frontier(run, tmp_path / "f"), tmp_path / "d"), tmp_path / "i"
    )
    for name in ("frontier", "plan_delays", "plan_information"):
        assert carried.studies[name].columns == list(PLAN_TABLES[name])
        assert len(replenish.load_result(tmp_path / "run").studies[name]) == len(carried.studies[name]) > 0
    with pytest.raises(UsageError, match="holds no plan-delay study"):
        attach_plan_delays(run, tmp_path / "f")
    with pytest.raises(UsageError, match="is a study of another scenario"):
        attach_frontier(replenish.simulate(bought(), paths=2, out=tmp_path / "other"), tmp_path / "f")


def test_commands_print_the_studies(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "study"
    replenish.write(newsvendor(), folder)
    study = str(folder)
    assert main(["frontier", study, "--steps", "3", "--out", str(tmp_path / "f")]) == 0
    assert "stated prices: a unit of need is worth 5 x its dearest price" in capsys.readouterr().out
    assert main(["plan-delay", study, "--out", str(tmp_path / "d")]) == 0
    assert "shipping skipped: the scenario has no such delay" in capsys.readouterr().out
    assert main(["information", study, "--paths", "8", "--futures", "4", "--out", str(tmp_path / "i")]) == 0
    assert "to know the future" in capsys.readouterr().out
    wish = ["--what", "unmet", "--holder", "depot", "--item", "mask", "--at-most", "1"]
    assert main(["price", study, *wish, "--paths", "4", "--out", str(tmp_path / "p")]) == 0
    assert "the price at hand suffices: 100" in capsys.readouterr().out
    save_plan(made(newsvendor()), tmp_path / "plan")
    assert main(["replan", str(tmp_path / "plan"), study, "--out", str(tmp_path / "r")]) == 0
    assert "order depot mask maker" in capsys.readouterr().out


@pytest.mark.parametrize("period", ["week", "month"])
def test_what_lacks_is_counted_in_months_whatever_the_period(period: str, tmp_path: Path) -> None:
    """A giver holds 40 of the 100 that it requires, all year, and nobody can make more: 60 units x 12 months lack."""
    rows = [
        ITEM, Holder(name="giver"), Holder(name="user"), Stock(holder="giver", item="mask", on_hand=40),
        Requirement(holder="giver", item="mask", quantity=100), price("shortfall", 1.0),
        Route(from_holder="giver", to_holder="user"), Demand(holder="user", item="mask", mean=0, when_unmet="lost"),
    ]  # fmt: skip
    year = settings()
    timed = year.model_copy(update={"time": year.time.model_copy(update={"period": period})})
    scenario = Scenario(settings=timed).with_rows(*rows)
    plan = solve_mean(scenario)
    run = replenish.simulate(collecting(scenario), paths=2, out=tmp_path / "run")
    assert plan.goals().shortfall == pytest.approx(60 * 12, rel=0.02)
    assert stated_costs(plan.problem, run).missing_units == pytest.approx(60 * 12, rel=0.02)
