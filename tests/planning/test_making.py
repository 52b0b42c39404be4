"""A plan from its options to its folder."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import replenish
from replenish.arrays.state import opening_state
from replenish.errors import UsageError
from replenish.planning import methods
from replenish.planning.answers import first_node
from replenish.planning.first_table import first_decisions
from replenish.planning.methods import make_plan, to_options
from replenish.planning.plan import Plan
from replenish.planning.prices import derive_prices
from replenish.planning.storing import load_plan, save_plan
from replenish.planning.trying import ROUND, ROUNDS, TRIED, Tried, reserved
from replenish.result.steadiness import find_steadiness, steady_words
from replenish.scenario.model import Scenario
from replenish.study.planned import attach_plan, refuse_other_scenario
from replenish.study.stated_cost import collecting, stated_costs
from replenish.study.stepping import simulate_plan


def steady() -> Scenario:
    """Return the blank study with a demand that is always its mean."""
    blank = replenish.load("blank")
    rows = [row.model_copy(update={"distribution": "deterministic"}) for row in blank.demand]
    return blank.model_copy(update={"demand": tuple(rows)})


@pytest.fixture(scope="module")
def random_plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """Return a short plan of the blank study with its answers."""
    return replenish.plan("blank", out=tmp_path_factory.mktemp("plans") / "plan", iterations=15)


def test_what_is_not_random_is_planned_on_its_one_path() -> None:
    options, why = to_options(steady())
    assert options.method == "deterministic"
    assert "nothing that the plan sees is random" in why[0]


def test_options_go_before_settings_and_settings_before_size() -> None:
    scenario = replenish.load("blank").with_settings({"plan.method": "deterministic", "plan.stage_periods": 3})
    assert to_options(scenario)[0].stage_periods == 3
    assert to_options(scenario, stage_periods=2)[0].stage_periods == 2


def test_an_option_that_there_is_not_is_named() -> None:
    with pytest.raises(UsageError, match="a plan has no option stages"):
        to_options(replenish.load("blank"), stages=3)


def test_whole_expansions_ask_for_mean_paths() -> None:
    with pytest.raises(UsageError, match="whole expansions need the method deterministic, not sddp"):
        to_options(replenish.load("blank"), whole=True, method="sddp")


def test_a_deterministic_plan_costs_in_the_simulator_what_its_optimum_says() -> None:
    scenario = steady()
    options, why = to_options(scenario)
    plan = make_plan(scenario, options, why=why)
    result = simulate_plan(plan, scenario=collecting(scenario), paths=2)
    assert plan.optimum is not None
    # trajectories are kept in single precision
    assert stated_costs(plan.problem, result).total == pytest.approx(plan.optimum, rel=1e-6)


def test_a_bound_is_proven_and_below_what_the_policy_costs(random_plan: Plan) -> None:
    assert random_plan.policy.is_proven
    value = random_plan.policy.evaluate(paths=200)
    assert random_plan.bound <= value.high


def test_a_plan_read_back_decides_as_it_did(random_plan: Plan) -> None:
    assert random_plan.folder is not None
    again = load_plan(random_plan.folder)
    node = first_node(again)
    assert again.policy.decide(node).value == random_plan.policy.decide(node).value
    assert again.options == random_plan.options
    assert again.tables.keys() == random_plan.tables.keys()


def test_a_folder_of_a_plan_says_every_choice(random_plan: Plan) -> None:
    assert random_plan.folder is not None
    about = json.loads((random_plan.folder / "plan.json").read_text(encoding="utf-8"))
    assert about["options"]["method"] == "sddp"
    assert about["prices"][0].keys() >= {"price", "origin", "source"}


def test_a_plan_does_not_replace_what_is_no_plan(random_plan: Plan, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="holds something that is not a plan"):
        save_plan(random_plan, tmp_path)


def test_a_folder_without_a_plan_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no plan that can be read"):
        load_plan(tmp_path)


def test_first_decisions_lie_in_their_ranges(random_plan: Plan) -> None:
    table = random_plan.tables["plan_decisions"]
    assert len(table) == 2  # an order and a rate
    for name in ("quantity", "best"):
        assert (table["low"] <= table[name]).all()
        assert (table[name] <= table["high"]).all()
    assert table["within"].to_list() == [1e-3, 1e-3]
    assert table["before"].null_count() == 2  # of 15 iterations


def test_what_is_told_of_the_first_stage_is_what_is_done(random_plan: Plan) -> None:
    table = random_plan.tables["plan_decisions"]
    assert random_plan.folder is not None
    for plan in (random_plan, load_plan(random_plan.folder)):
        held = plan.steps().decide(0, opening_state(plan.problem.arrays))
        told = {row["what"]: row["quantity"] for row in table.iter_rows(named=True)}
        assert held.order.sum() == pytest.approx(told["order"], rel=1e-6)
        assert held.rate.sum() == pytest.approx(told["rate"], rel=1e-6)


def test_the_first_decision_holds_from_the_opening_state_alone(random_plan: Plan) -> None:
    first = random_plan.first
    assert first is not None
    states = np.stack([first.incoming, first.incoming + 1.0])
    assert first.holds(first.node, states).tolist() == [True, False]
    assert not first.holds("elsewhere", states).any()


def test_a_deterministic_plan_tells_its_course_with_ranges_around_it() -> None:
    scenario = steady()
    plan = make_plan(scenario, to_options(scenario)[0])
    table = first_decisions(plan)
    assert plan.course is not None
    assert plan.first is None
    assert plan.tried is None
    ordered = table.row(by_predicate=pl.col("what") == "order", named=True)
    assert ordered["quantity"] == pytest.approx(plan.course.variables["order"][0].sum())
    assert (table["low"] <= table["quantity"]).all()
    assert (table["quantity"] <= table["high"]).all()
    assert find_steadiness(table) is None


def test_a_part_of_the_iterations_is_kept_and_walked_from_the_chosen_decision(random_plan: Plan) -> None:
    assert [reserved(count) for count in (4, 15, 100, 300)] == [0, 3, 20, ROUNDS * ROUND]
    assert len(random_plan.policy.rows) == 15
    assert random_plan.policy.ended.endswith("then 3 iterations from the chosen decision")
    held = random_plan.policy.first_decisions().tail(3)
    assert held["run[0]"].n_unique() == 1


def test_the_chosen_decision_is_tried_on_paths_and_that_is_kept(random_plan: Plan) -> None:
    tried = random_plan.tried
    assert random_plan.folder is not None
    assert tried is not None
    assert tried == load_plan(random_plan.folder).tried
    assert tried.is_taken == (tried.more <= 1e-3 + 2 * tried.error)
    assert f"Tried on {TRIED} paths of the programme: the chosen first decision costs" in tried.words


def test_a_chosen_decision_that_did_worse_on_paths_gives_way_to_the_solvers_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(methods, "try_chosen", lambda *_, **__: Tried(TRIED, 0.05, 0.01, is_taken=False))
    plan = replenish.plan("blank", out=tmp_path / "plan", iterations=5)
    table = plan.tables["plan_decisions"]
    assert table["quantity"].to_list() == table["best"].to_list()
    held = plan.steps().decide(0, opening_state(plan.problem.arrays))
    assert held.order.sum() == pytest.approx(table.row(by_predicate=pl.col("what") == "order", named=True)["best"])
    told = attach_plan(replenish.simulate("blank", paths=10, out=tmp_path / "run"), plan).studies["plan_about"]
    warnings = told.filter(pl.col("key") == "warning")["value"].to_list()
    assert any("5.00% (standard error 1.00%) more" in text and "does the solver's own" in text for text in warnings)


def test_seeds_tell_how_far_first_decisions_depend_on_them(tmp_path: Path) -> None:
    plan = replenish.plan("blank", out=tmp_path / "plan", iterations=4, seeds=3)
    seeds, table = plan.tables["plan_seeds"], plan.tables["plan_decisions"]
    first = plan.options.seed
    assert seeds["seed"].to_list() == [first, first + 1, first + 2]
    assert seeds["bound"].n_unique() == 3
    assert (table["seed_low"] <= table["quantity"]).all()
    assert (table["quantity"] <= table["seed_high"]).all()
    found = find_steadiness(table)
    assert found is not None
    assert found.over == "with other seeds"


def test_seeds_are_for_sddp_alone_and_that_is_said() -> None:
    options, why = to_options(steady(), seeds=3)
    assert options.seeds == 1
    assert "one seed: only sddp trains on samples" in why


def test_a_decision_that_moves_far_is_named_and_one_that_does_not_is_called_stable(random_plan: Plan) -> None:
    table = random_plan.tables["plan_decisions"]
    still, moved = (table.with_columns(before=factor * pl.col("quantity")) for factor in (0.99, 0.5))
    rests, moves = find_steadiness(still), find_steadiness(moved)
    assert rests is not None
    assert moves is not None
    assert rests.is_steady
    assert moves.largest == pytest.approx(0.5)
    told = steady_words(moves, lambda row: row["line"])
    assert "First decisions are not stable enough to act on" in told
    assert "by 50%" in told


def test_a_unit_in_stock_is_worth_no_more_than_buying_one_and_waiting(random_plan: Plan) -> None:
    values = random_plan.tables["plan_values"]
    stock = values.filter(values["what"] == "stock")["value"].to_list()
    unmet = max(price.price for price in random_plan.problem.prices if price.what == "unmet")
    assert 0 <= stock[0] <= unmet * len(random_plan.problem.calendar)


def test_a_plan_of_other_data_is_refused(random_plan: Plan) -> None:
    with pytest.raises(UsageError, match="the plan is for `Blank scenario` with other data"):
        refuse_other_scenario(steady(), random_plan)


def test_a_run_carries_the_plan_beside_its_own_policies(random_plan: Plan, tmp_path: Path) -> None:
    result = replenish.simulate("blank", paths=40, out=tmp_path / "run")
    told = attach_plan(result, random_plan).studies
    about = dict(told["plan_about"].iter_rows())
    assert float(about["difference"]) == pytest.approx(float(about["simulated_cost"]) - float(about["as_is_cost"]))
    assert float(about["difference_low"]) <= float(about["difference"]) <= float(about["difference_high"])
    assert {"plan_side", "plan_series", "plan_early", "plan_replenishment"} <= told.keys()
    assert told["plan_replenishment"]["plan"].is_between(0, 1).all()


def test_before_holds_for_as_long_as_the_other_may_last() -> None:
    scenario = replenish.load("artillery")
    prices = {(p.holder, p.what, p.share_from): p.price for p in derive_prices(scenario)}
    shallow = prices["united_states", "shortfall", 0.5]
    assert prices["ukraine", "unmet", 0.0] == pytest.approx(1.25 * 118 * shallow)  # 118 months


def test_own_need_is_worth_more_than_any_unit_kept_from_it() -> None:
    prices = derive_prices(replenish.load("artillery"))
    own = {price.what: price.price for price in prices if price.holder == "germany" and price.share_from == 0.0}
    assert own["unmet"] >= 118 * own["shortfall"] + own["terminal_stock"]


def test_prices_never_fall_with_depth() -> None:
    for example in ("artillery", "antivirals", "petroleum", "blank"):
        prices = derive_prices(replenish.load(example))
        for one, next_ in pairwise(prices):
            assert one.thing != next_.thing or one.price <= next_.price


def test_chains_that_follow_stocks_are_refused() -> None:
    rows = [
        {"chain": "war", "from_state": "", "to_state": "surge", "what": "on_hand", "holder": "ukraine",
         "item": "round_155", "reference": 1000.0, "strength": 1.0},
    ]  # fmt: skip
    scenario = replenish.load("artillery").with_table("influences", rows)
    with pytest.raises(UsageError, match="the moves of war depend on stocks or deliveries"):
        to_options(scenario)


def test_too_many_combinations_of_states_are_named() -> None:
    scenario = replenish.load("artillery").with_settings({"plan.chains": ()})
    options, why = to_options(scenario)
    with pytest.raises(UsageError, match=r"contingency 3, us_funding 4, war 3 make 36 combinations"):
        make_plan(scenario, options, why=why)


def test_the_same_seed_gives_the_same_plan(tmp_path: Path) -> None:
    first, second = (
        replenish.plan("blank", out=tmp_path / name, iterations=5).policy.table()["bound"].to_numpy()
        for name in ("one", "two")
    )
    assert np.array_equal(first, second)
