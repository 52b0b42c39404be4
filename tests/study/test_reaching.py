"""What would have to be true, on scenarios in which every amount is arithmetic."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

import replenish
from replenish.errors import UsageError
from replenish.scenario.model import (
    Budget,
    Demand,
    Expansion,
    Holder,
    Item,
    Line,
    LineItem,
    Lot,
    Pledge,
    PolicyRow,
    Requirement,
    Route,
    Scenario,
    Settings,
    Simulation,
    Stock,
    Time,
)
from replenish.study.levers import Lever, levers
from replenish.study.reaching import read_reach
from replenish.study.wishes import Wish, find_wish, fulfilled, share_of, wishes

STUDY = {
    "settings": Settings(title="toy", time=Time(start=dt.date(2024, 1, 1), end=dt.date(2024, 12, 31)),
                         simulation=Simulation(paths=8)),
    "items": (Item(name="mask", unit="box", unit_cost=2),),
}  # fmt: skip


def refilled() -> Scenario:
    """Return a depot that has 40 of the 100 that it should have, and a line that always makes 10 a month for it."""
    return Scenario(
        **STUDY,
        holders=(Holder(name="depot"),),
        stocks=(Stock(holder="depot", item="mask", on_hand=40),),
        requirements=(Requirement(holder="depot", item="mask", quantity=100),),
        lines=(Line(name="maker", owner="depot", max_rate=10),),
        line_items=(LineItem(line="maker", item="mask", production_lead_time_days=30),),
        policies=(PolicyRow(role="production", line="maker", rule="maximum"),),
    )


def used(**law: Any) -> Scenario:
    """Return a user who asks 20 a month, 240 in all, and has 120."""
    return Scenario(
        **STUDY,
        holders=(Holder(name="user"),),
        stocks=(Stock(holder="user", item="mask", on_hand=120),),
        demand=(Demand(holder="user", item="mask", mean=20, when_unmet="lost", **law),),
    )


def bought() -> Scenario:
    """Return a depot that uses 10 a month and orders as much, has 20, and money for 30."""
    return Scenario(
        **STUDY,
        holders=(Holder(name="depot"),),
        stocks=(Stock(holder="depot", item="mask", on_hand=20),),
        demand=(Demand(holder="depot", item="mask", mean=10, when_unmet="lost"),),
        lines=(Line(name="maker", owner="depot", start_rate=0, max_rate=1000),),
        line_items=(LineItem(line="maker", item="mask"),),
        budgets=(Budget(holder="depot", year=2024, amount=60),),
        policies=(PolicyRow(role="ordering", holder="depot", item="mask", rule="schedule", rate=10),),
    )


def promised() -> Scenario:
    """Return a giver that has 50 of the 100 that it promised by the end of March."""
    return Scenario(
        **STUDY,
        holders=(Holder(name="giver"), Holder(name="user")),
        stocks=(Stock(holder="giver", item="mask", on_hand=50), Stock(holder="user", item="mask")),
        routes=(Route(from_holder="giver", to_holder="user"),),
        pledges=(Pledge(from_holder="giver", to_holder="user", item="mask", quantity=100, due=dt.date(2024, 3, 31)),),
        policies=(
            PolicyRow(role="release", holder="giver", to_holder="user", item="mask", rule="pledge_schedule"),
        ),
    )  # fmt: skip


def back(by: str) -> Wish:
    return Wish(holder="depot", item="mask", what="replenished", by=dt.date.fromisoformat(by))


def unmet(at_most: float, holder: str = "user", **more: Any) -> Wish:
    return Wish(holder=holder, item="mask", what="unmet", at_most=at_most, **more)


def amounts(found: replenish.Reach) -> dict[str, float]:
    """Return the amount of each lever that reaches the wish."""
    return {row["lever"]: row["amount"] for row in found.rows.to_dicts() if row["outcome"] == "reached"}


def test_back_after_six_months_is_met_by_june_and_not_by_may(tmp_path: Path) -> None:
    """40 + 10 a month, the first of them at the end of January."""
    met = replenish.reach(refilled(), back("2024-06-30"), out=tmp_path / "june")
    assert met.is_met
    assert met.today.probability == 1
    assert met.rows.is_empty()
    assert "met already" in repr(met)
    assert replenish.reach(refilled(), back("2024-05-31"), out=tmp_path / "may").today.probability == 0


@pytest.mark.parametrize(
    ("by", "capacity", "opening"),
    [
        ("2024-05-31", 1.25, 1.25),  # 50 + 40 f = 100, 40 f + 50 = 100: what is in production at first stays 10
        ("2024-03-31", 2.5, 1.75),  # 50 + 20 f = 100, 40 f + 30 = 100
    ],
)
def test_the_smallest_factors_are_those_of_arithmetic(by: str, capacity: float, opening: float, tmp_path: Path) -> None:
    found = replenish.reach(refilled(), back(by), out=tmp_path)
    assert amounts(found) == {"capacity": capacity, "opening_stock": opening}
    for row in found.rows.filter(found.rows["outcome"] == "reached").to_dicts():
        assert row["probability"] == 1
        assert row["low"] == pytest.approx(0.025 ** (1 / 8))  # of 8 paths


def test_a_lever_that_does_not_suffice_is_named_with_its_limit(tmp_path: Path) -> None:
    """A pipeline that is full gives as much a month, however long it is."""
    found = replenish.reach(refilled(), back("2024-05-31"), out=tmp_path).rows.to_dicts()
    row = next(row for row in found if row["lever"] == "delays")
    assert (row["outcome"], row["amount"], row["limit"], row["probability"]) == ("not reached", 0, 30, 0)


def test_expansions_start_as_many_days_earlier_as_bring_their_first_output_in_time(tmp_path: Path) -> None:
    """Paid for in March it counts from April on, when 20 are started that arrive in May, so that 110 are there."""
    expansion = Expansion(name="more", line="maker", capacity_step=10, start=dt.date(2024, 4, 11), build_time_days=0)
    found = replenish.reach(refilled().with_rows(expansion), back("2024-05-31"), out=tmp_path)
    assert amounts(found)["expansions"] == 11


def test_unmet_need_falls_with_need_and_with_what_is_there(tmp_path: Path) -> None:
    """(240 f - 120) / 240 f <= 1/4 for f <= 2/3, and 240 - 120 f <= 60 for f >= 3/2."""
    found = replenish.reach(used(), unmet(0.25), out=tmp_path)
    assert found.today.probability == 0
    assert amounts(found) == {"need": 0.66, "opening_stock": 1.5}
    assert replenish.reach(used(), unmet(0.5), out=tmp_path / "half").is_met
    assert replenish.reach(used(), unmet(0, by=dt.date(2024, 6, 30)), out=tmp_path / "first").is_met


def test_money_is_turned_up_to_what_the_orders_cost(tmp_path: Path) -> None:
    """A quarter of 120 may stay unmet: 90 less the 20 that are there are 70, for which 140 are needed instead of 60."""
    found = replenish.reach(bought(), unmet(0.25, "depot"), out=tmp_path)
    assert amounts(found)["money"] == pytest.approx(2.34)


def test_to_spend_less_capacity_and_money_are_made_smaller(tmp_path: Path) -> None:
    """10 a month at 2 each are 240 a year."""
    half = replenish.reach(refilled(), Wish(what="spend", at_most=120), out=tmp_path / "made")
    assert amounts(half) == {"capacity": 0.5}
    ordered = replenish.reach(bought(), Wish(holder="depot", what="spend", at_most=30), out=tmp_path / "ordered")
    assert amounts(ordered) == {"money": 0.5}
    early = Wish(holder="depot", what="spend", at_most=20, by=dt.date(2024, 1, 31))
    assert replenish.reach(bought(), early, out=tmp_path / "early").is_met


def test_late_is_the_part_of_promises_that_lacks_when_they_are_due(tmp_path: Path) -> None:
    half = Wish(holder="giver", item="mask", what="late", at_most=0.5)
    assert replenish.reach(promised(), half, out=tmp_path / "half").is_met
    less = Wish(holder="giver", item="mask", what="late", at_most=0.4)
    assert amounts(replenish.reach(promised(), less, out=tmp_path / "less")) == {"opening_stock": 1.2}
    none_due = Wish(holder="giver", item="mask", what="late", at_most=0.4, by=dt.date(2024, 2, 29))
    with pytest.raises(UsageError, match="giver has promised no mask that is due then"):
        replenish.reach(promised(), none_due, out=tmp_path / "none")


def test_a_shortfall_is_that_of_its_day_or_the_deepest(tmp_path: Path) -> None:
    """Half is there at the end of January, 70 at the end of March."""
    deep = Wish(holder="depot", item="mask", what="shortfall", at_most=0.3)
    assert amounts(replenish.reach(refilled(), deep, out=tmp_path / "deep"))["opening_stock"] == 1.5
    in_march = Wish(holder="depot", item="mask", what="shortfall", at_most=0.3, by=dt.date(2024, 3, 31))
    assert replenish.reach(refilled(), in_march, out=tmp_path / "march").is_met


def test_one_step_less_than_the_smallest_change_does_not_suffice(tmp_path: Path) -> None:
    """Random need: all runs meet the same draws, so that the amount is exact for these paths."""
    scenario = used(distribution="gamma", coefficient_of_variation=0.5)
    wish = unmet(0.25, probability=0.8)
    found = replenish.reach(scenario, wish, paths=200, out=tmp_path)
    lever = {lever.name: lever for lever in levers(scenario, wish)}
    for row in found.rows.to_dicts():
        back_a_step = row["amount"] + (0.01 if row["lever"] == "need" else -0.01)
        shares = [
            share_of(fulfilled(lever[row["lever"]].apply(scenario, amount), wish, paths=200)).probability
            for amount in (row["amount"], back_a_step)
        ]
        assert shares[0] == row["probability"] >= 0.8 > shares[1]
        assert row["low"] < row["probability"] < row["high"]


def test_the_interval_is_that_of_clopper_and_pearson() -> None:
    """With no hit of n the upper end is 1 - 0.025 ** (1 / n); 7 of 10 is in every table: 0.3475 to 0.9333."""
    assert share_of(np.zeros(20, bool)) == pytest.approx((0, 0, 1 - 0.025 ** (1 / 20)))
    assert share_of(np.arange(10) < 7) == pytest.approx((0.7, 0.34755, 0.93326), abs=1e-5)


def test_a_decider_sees_each_lever_that_is_turned(tmp_path: Path) -> None:
    rates: list[float] = []

    def decider(scenario: Scenario) -> replenish.policy.Policies:
        rates.append(scenario.lines[0].max_rate)
        return {"maker": replenish.Level(rate=scenario.lines[0].max_rate / 2)}

    found = replenish.reach(refilled(), back("2024-05-31"), decider=decider, out=tmp_path)
    assert rates[0] == 10
    assert amounts(found)["capacity"] == 2.5  # 50 + 4 x 10 f / 2 = 100
    assert max(rates) == 100


def test_levers_that_change_nothing_are_left_out() -> None:
    assert [lever.name for lever in levers(used(), unmet(0.25))] == ["need", "opening_stock"]
    assert [lever.name for lever in levers(promised(), unmet(0.25))] == ["opening_stock"]


def of_name(scenario: Scenario, name: str) -> Lever:
    return next(lever for lever in levers(scenario, unmet(0.25)) if lever.name == name)


def test_opening_stocks_grow_with_their_lots_up_to_the_room_there_is() -> None:
    stored = used().model_copy(update={
        "stocks": (Stock(holder="user", item="mask", on_hand=120, storage_limit=180),),
        "lots": (Lot(holder="user", item="mask", lot="old", quantity=40, expires=dt.date(2024, 6, 30)),),
    })  # fmt: skip
    more = of_name(stored, "opening_stock").apply(stored, 4)
    assert (more.stocks[0].on_hand, more.lots[0].quantity) == (180, 60)


def test_thinned_counts_keep_their_law() -> None:
    """Of negative binomial counts with variance m + m^2 / r each kept with chance f: variance f m + (f m)^2 / r."""
    counted = used(distribution="negative_binomial", coefficient_of_variation=0.5)
    less = of_name(counted, "need").apply(counted, 0.25).demand[0]
    r = 20**2 / ((0.5 * 20) ** 2 - 20)
    assert less.mean == 5
    assert (less.coefficient_of_variation * 5) ** 2 == pytest.approx(5 + 25 / r)


def test_an_amount_outside_its_limits_is_refused() -> None:
    with pytest.raises(ValueError, match=r"need: 1\.5, must lie from 0\.01 to 1"):
        of_name(used(), "need").apply(used(), 1.5)


def test_wishes_are_the_rows_of_the_table_of_targets() -> None:
    row = {"name": "back", "holder": "depot", "item": "mask", "what": "replenished", "at_most": None,
           "by": dt.date(2024, 5, 31), "probability": 0.8}  # fmt: skip
    tabled = cast(Scenario, SimpleNamespace(targets=(SimpleNamespace(**row),)))
    assert wishes(tabled) == (Wish(**cast(Any, row)),)
    assert find_wish(tabled, "") == find_wish(tabled, "back") == wishes(tabled)[0]
    with pytest.raises(UsageError, match="did you mean `back`"):
        find_wish(tabled, "bak")


def test_a_scenario_without_targets_says_how_to_state_one(tmp_path: Path) -> None:
    bare = cast(Scenario, SimpleNamespace())
    assert wishes(bare) == ()
    with pytest.raises(UsageError, match="no table of targets"):
        find_wish(bare, "back")


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"what": "unmet", "holder": "user", "item": "mask"}, "at_most is missing, must be a share"),
        ({"what": "unmet", "holder": "user", "item": "mask", "at_most": 2}, "at_most is 2, must be a share"),
        ({"what": "spend", "at_most": -1}, "an amount of at least 0"),
        ({"what": "spend", "at_most": 1, "item": "mask"}, "leave the item out"),
        ({"what": "late", "at_most": 1}, "needs a holder and an item"),
        ({"what": "replenished", "holder": "user", "item": "mask"}, "needs by"),
        ({"what": "unmet", "holder": "user", "item": "mask", "at_most": 0, "probability": 1}, "between 0 and 1"),
        ({"what": "glory"}, "it is one of unmet, shortfall"),
    ],
)
def test_what_cannot_be_wished_for_is_refused(wish: Any, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        Wish(**wish)


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        (unmet(0.1, "usr"), "did you mean `user`"),
        (unmet(0.1, by=dt.date(2031, 1, 1)), "outside the horizon, 2024-01-01 to 2024-12-31"),
        (Wish(holder="user", item="mask", what="shortfall", at_most=0.1), "user has no requirement of mask"),
        (Wish(holder="user", item="mask", what="late", at_most=0.1), "user has promised no mask"),
    ],
)
def test_a_wish_that_does_not_suit_the_scenario_is_refused(wish: Wish, words: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=words):
        replenish.reach(used(), wish, out=tmp_path)


def test_a_stopped_study_keeps_the_levers_that_are_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = 0

    def stopping(*arguments: Any, **options: Any) -> Any:
        nonlocal runs
        runs += 1
        if runs > 12:  # as it is, and up to 11 for capacity
            raise KeyboardInterrupt
        return fulfilled(*arguments, **options)

    monkeypatch.setattr("replenish.study.reaching.fulfilled", stopping)
    found = replenish.reach(refilled(), back("2024-05-31"), out=tmp_path)
    assert not found.is_complete
    assert found.rows["lever"].to_list() == ["capacity"]
    again = read_reach(tmp_path, refilled())
    assert (again.wish, again.today, again.is_complete) == (found.wish, found.today, False)
    assert again.rows.equals(found.rows)
    with pytest.raises(UsageError, match="another scenario"):
        read_reach(tmp_path, used())
