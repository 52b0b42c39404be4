"""Delays made longer: what columns and dates become, and what a late start of a known flow costs."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import replenish
from replenish.errors import UsageError
from replenish.scenario.model import (
    Budget,
    ChainState,
    Demand,
    Expansion,
    Forced,
    Holder,
    Item,
    Line,
    LineItem,
    PolicyRow,
    Requirement,
    Route,
    Scenario,
    Settings,
    Simulation,
    Stock,
    Time,
    Transition,
)
from replenish.simulation import simulate
from replenish.study import delay_costs as costs
from replenish.study.delays import KINDS, Kind, delayed, longest_delay

YEAR = Settings(title="toy", time=Time(start=dt.date(2024, 1, 1), end=dt.date(2024, 12, 31)),
                simulation=Simulation(paths=8))  # fmt: skip


def shipped() -> Scenario:
    """Return a giver that decides and ships 10 a month in 20 days, a month at least, to a user of 10 who has 10."""
    return Scenario(
        settings=YEAR,
        items=(Item(name="mask", unit="box"),),
        holders=(Holder(name="giver"), Holder(name="user")),
        stocks=(Stock(holder="giver", item="mask", on_hand=1000), Stock(holder="user", item="mask", on_hand=10)),
        requirements=(Requirement(holder="user", item="mask", quantity=10),),
        demand=(Demand(holder="user", item="mask", mean=10, when_unmet="lost"),),
        routes=(Route(from_holder="giver", to_holder="user", lead_time_days=20),),
        policies=(PolicyRow(role="release", holder="giver", to_holder="user", item="mask", rule="schedule", rate=10),),
    )


def bought(*, first_month: int = 1) -> Scenario:
    """Return a depot that orders 10 a month with the money of one budget year and uses 10 a month."""
    return Scenario(
        settings=YEAR,
        items=(Item(name="mask", unit="box", unit_cost=1),),
        holders=(Holder(name="depot", fiscal_year_start_month=first_month),),
        stocks=(Stock(holder="depot", item="mask", on_hand=10),),
        demand=(Demand(holder="depot", item="mask", mean=10, when_unmet="lost"),),
        lines=(Line(name="maker", owner="depot", start_rate=0, max_rate=1000),),
        line_items=(LineItem(line="maker", item="mask", administrative_lead_time_days=5),),
        budgets=(Budget(holder="depot", year=2024, amount=1000),),
        policies=(PolicyRow(role="ordering", holder="depot", item="mask", rule="schedule", rate=10),),
    )


def cost(found: replenish.DelayCosts, measure: str, kind: str, holder: str) -> dict[str, Any]:
    rows = found.rows.filter(pl.col("measure") == measure, pl.col("kind") == kind, pl.col("holder") == holder)
    assert len(rows) == 1
    return rows.row(0, named=True)


def test_a_month_later_to_ship_or_to_decide_costs_the_use_of_one_month(tmp_path: Path) -> None:
    """20 days are one period, 50 are two: what would have arrived in February arrives in March."""
    found = replenish.delay_costs(shipped(), days=30, out=tmp_path)
    for kind in ("shipping", "deciding"):
        unmet = cost(found, "unmet_cumulative", kind, "user")
        assert (unmet["mean_a"], unmet["difference"], unmet["standard_error"]) == (0, 10, 0)
        assert unmet["paths"] == 8
    assert cost(found, "unmet_cumulative", "all", "user")["difference"] == 20
    assert cost(found, "deepest_shortfall", "shipping", "user")["mean_a"] == 10
    skipped = found.rows.filter(pl.col("outcome") == "skipped")["kind"].to_list()
    assert skipped == ["contracting", "producing", "building", "funding"]
    assert found.is_complete


def test_money_that_comes_a_month_later_loses_the_orders_of_a_month(tmp_path: Path) -> None:
    found = replenish.delay_costs(bought(), days=30.4, out=tmp_path)
    assert cost(found, "unmet_cumulative", "funding", "depot")["difference"] == 10
    assert cost(found, "spend_cumulative", "funding", "")["difference"] == pytest.approx(-10)


def test_money_that_lies_there_at_the_start_stays() -> None:
    """The budget year of 2024 starts in October 2023, a month later in November: before the horizon both times."""
    before = bought(first_month=10).with_rows(Budget(holder="depot", year=2025, amount=1000))
    later = delayed(before, "funding", 30)
    assert (later.holders[0].fiscal_year_start_month, later.budgets[0].year) == (11, 2024)
    result = simulate(later, paths=1)
    spent = result.summary.filter(pl.col("measure") == "spend_cumulative", pl.col("holder") == "")
    assert spent["value"][0] == pytest.approx(120)


@pytest.mark.parametrize(
    ("first_month", "days", "expected"),
    [
        (1, 30, (2, 2024)),  # January 2024 -> February 2024
        (9, 30, (10, 2025)),  # September 2024 -> October 2024, which bears the number of 2025
        (10, -30, (9, 2023)),  # October 2023 -> September 2023
        (12, 30, (1, 2024)),  # December 2023 -> January 2024
        (1, -30, (12, 2024)),  # January 2024 -> December 2023
        (4, 365, (4, 2025)),
        (4, 10, (4, 2024)),
    ],
)
def test_a_budget_year_that_starts_later_keeps_the_rule_of_its_number(
    first_month: int, days: float, expected: tuple[int, int]
) -> None:
    later = delayed(bought(first_month=first_month), "funding", days)
    assert (later.holders[0].fiscal_year_start_month, later.budgets[0].year) == expected


def gated(forced: str) -> Scenario:
    """Return money behind a gate whose state is known on days of 2024, written `01-01 03-31 gap, ...`."""
    rows = [row.split() for row in forced.split(", ")]
    days = [(dt.date.fromisoformat(f"2024-{a}"), dt.date.fromisoformat(f"2024-{b}"), state) for a, b, state in rows]
    return bought().model_copy(update={
        "chains": (ChainState(chain="law", state="open", start_probability=1),
                   ChainState(chain="law", state="gap", purchase_share=0)),
        "transitions": tuple(Transition(chain="law", from_state=state, to_state=state, probability=1)
                             for state in ("open", "gap")),
        "budgets": (Budget(holder="depot", year=2024, amount=1000, gate="law"),),
        "forced": tuple(Forced(chain="law", start=first, end=last, state=state) for first, last, state in days),
    })  # fmt: skip


@pytest.mark.parametrize(
    ("before", "days", "after"),
    [
        ("01-01 03-31 gap, 04-01 06-30 open, 07-01 08-31 gap", 30,
         "01-01 04-30 gap, 05-01 06-30 open, 07-01 09-30 gap"),
        ("01-01 01-31 gap, 02-01 02-10 open, 02-11 03-31 gap", 30, "01-01 03-01 gap, 03-02 04-30 gap"),
        ("01-01 01-31 gap, 02-01 06-30 open", -45, "01-01 06-30 open"),
        ("01-01 03-31 open, 04-01 06-30 gap", -10, "01-01 03-31 open, 04-01 06-20 gap"),
        ("01-01 03-31 gap, 05-01 06-30 open", 45, "01-01 05-15 gap, 05-16 06-30 open"),
    ],
)  # fmt: skip
def test_a_gap_in_funding_is_longer_not_later(before: str, days: float, after: str) -> None:
    later = delayed(gated(before), "funding", days)
    assert ", ".join(f"{row.start:%m-%d} {row.end:%m-%d} {row.state}" for row in later.forced) == after
    assert not [problem for problem in replenish.check(later) if problem.severity == "error"]


def test_chains_that_are_no_gate_stay() -> None:
    scenario = gated("01-01 03-31 gap").model_copy(update={"budgets": ()})
    assert delayed(scenario, "funding", 30).forced == scenario.forced


def delay_of(scenario: Scenario, kind: Kind) -> list[float]:
    values: dict[str, list[float]] = {
        "deciding": [row.decision_delay_days for row in scenario.holders],
        "contracting": [row.administrative_lead_time_days for row in scenario.line_items],
        "producing": [row.production_lead_time_days for row in scenario.line_items],
        "building": [row.build_time_days for row in scenario.expansions],
        "shipping": [row.lead_time_days for row in scenario.routes],
    }
    return values[kind]


@pytest.mark.parametrize("kind", KINDS[:5])
def test_each_kind_moves_its_own_column_and_none_below_zero(kind: Kind) -> None:
    expansion = Expansion(name="more", line="maker", capacity_step=1, build_time_days=50)
    both = {"holders": (*shipped().holders, *bought().holders), "routes": shipped().routes}
    scenario = bought().model_copy(update={**both, "expansions": (expansion,)})
    longer, none = delayed(scenario, kind, 12.5), delayed(scenario, kind, -1000)
    for own in KINDS[:5]:
        added = 12.5 if own == kind else 0
        assert delay_of(longer, own) == [days + added for days in delay_of(scenario, own)]
        assert delay_of(none, own) == [0 if own == kind else days for days in delay_of(scenario, own)]
    assert longest_delay(scenario) == 50


def test_the_delays_of_one_holder_are_those_of_its_members() -> None:
    group = shipped().model_copy(update={"holders": (
        Holder(name="givers"), Holder(name="giver", parent="givers"), Holder(name="user"),
    )})  # fmt: skip
    assert delay_of(delayed(group, "deciding", 7, holder="givers"), "deciding") == [7, 7, 0]
    assert delay_of(delayed(group, "shipping", 7, holder="user"), "shipping") == [27]
    with pytest.raises(UsageError, match="did you mean `giver`"):
        delayed(group, "deciding", 7, holder="givr")


def test_a_decider_sees_each_changed_scenario(tmp_path: Path) -> None:
    seen: list[float] = []

    def decider(scenario: Scenario) -> replenish.policy.Policies:
        seen.append(scenario.routes[0].lead_time_days)
        return {("giver", "user", "mask"): replenish.ReleaseSchedule(rate=20)}

    found = replenish.delay_costs(shipped(), days=30, decider=decider, out=tmp_path)
    assert seen == [20, 20, 50, 50]  # as it is, deciding, shipping, all
    assert cost(found, "unmet_cumulative", "shipping", "user")["difference"] == 10
    with pytest.raises(UsageError, match="both given"):
        replenish.delay_costs(shipped(), decider=decider, policies={}, out=tmp_path / "both")


def test_a_stopped_study_keeps_the_kinds_that_are_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = 0

    def stopping(*arguments: Any, **options: Any) -> Any:
        nonlocal runs
        runs += 1
        if runs > 2:
            raise KeyboardInterrupt
        return simulate(*arguments, **options)

    monkeypatch.setattr("replenish.study.delay_costs.simulate", stopping)
    found = replenish.delay_costs(shipped(), out=tmp_path)
    assert not found.is_complete
    assert set(found.rows["kind"]) == {"deciding", "contracting", "producing", "building"}
    again = costs.read_delay_costs(tmp_path, shipped())
    assert again.rows.equals(found.rows)
    assert "stopped early" in repr(again)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"days": 0}, "nothing would differ"),
        ({"holder": "usr"}, "did you mean `user`"),
        ({"measures": ("unmet_cumulativ",)}, "did you mean `unmet_cumulative`"),
    ],
)
def test_misuse_is_refused_with_what_to_do(options: Any, words: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=words):
        replenish.delay_costs(shipped(), out=tmp_path, **options)


def test_a_study_of_another_scenario_is_refused(tmp_path: Path) -> None:
    replenish.delay_costs(shipped(), out=tmp_path)
    with pytest.raises(UsageError, match="another scenario"):
        costs.read_delay_costs(tmp_path, bought())
    with pytest.raises(UsageError, match="holds no study of delays"):
        costs.read_delay_costs(tmp_path / "nowhere", bought())
