"""The table of years to requirement counts what lines keep up, splits it, and takes own use off."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import pytest

import replenish
from replenish.errors import UsageError
from replenish.scenario.model import (
    ChainState,
    Component,
    Demand,
    ExchangeRate,
    Expansion,
    Holder,
    Item,
    Line,
    LineItem,
    PolicyRow,
    Requirement,
    Scenario,
    Settings,
    Stock,
    Time,
    Transition,
)
from replenish.simulation import simulate
from replenish.study.requirement import requirement_table

START = dt.date(2025, 1, 1)


def plant(**tables: Any) -> Scenario:
    """Return a line of 1,200 rounds a year for the north, which holds 100 of the 500 that it should."""
    base: dict[str, Any] = {
        "settings": Settings(title="plant", time=Time(start=START, end=dt.date(2028, 12, 31))),
        "items": (Item(name="round", unit="round", unit_cost=10.0), Item(name="shell", unit="shell")),
        "holders": (Holder(name="north"), Holder(name="south")),
        "stocks": (Stock(holder="north", item="round", on_hand=100),),
        "requirements": (Requirement(holder="north", item="round", quantity=500),),
        "lines": (Line(name="assembly", owner="north", max_rate=100),),
        "line_items": (LineItem(line="assembly", item="round"),),
        "policies": (PolicyRow(role="ordering", holder="north", item="round", rule="base_stock"),),
    }
    return Scenario(**(base | tables))


def rows(scenario: Scenario) -> dict[str, dict[str, Any]]:
    return {row["holder"]: row for row in requirement_table(scenario).to_dicts()}


def test_one_stock_gets_all_of_its_line() -> None:
    """400 lacking at 1,200 a year; over four years 100 a year at 10 each."""
    row = rows(plant())["north"]
    assert (row["shortfall"], row["use"]) == (400, 0)
    assert row["rate_now"] == row["rate_full"] == pytest.approx(1200)
    assert row["years_now"] == pytest.approx(1 / 3)
    assert row["yearly_money"] == pytest.approx(400 / 4 * 10, rel=1e-3)


def test_start_rate_bound_share_yield_and_expansions_count() -> None:
    """Now 60 a month, in future 100 + 200 x 0.5; of each 100 started 80 are good and half of those are free."""
    found = plant(
        lines=(Line(name="assembly", owner="north", start_rate=60, max_rate=100, bound_share=0.5),),
        line_items=(LineItem(line="assembly", item="round", yield_fraction=0.8),),
        expansions=(
            Expansion(name="hall", line="assembly", capacity_step=2400, per="year", start=START, build_time_days=90,
                      realised_share=0.5),
            Expansion(name="option", line="assembly", capacity_step=1000, build_time_days=90),
        ),
    )  # fmt: skip
    row = rows(found)["north"]
    assert row["rate_now"] == pytest.approx(60 * 12 * 0.4)
    assert row["rate_full"] == pytest.approx(200 * 12 * 0.4)


def test_a_component_line_holds_the_product_back() -> None:
    """40 shells a month, two to a round: 20 rounds a month, whatever stock of shells there is."""
    found = plant(
        lines=(Line(name="assembly", owner="north", max_rate=100), Line(name="forge", owner="north", max_rate=40)),
        line_items=(LineItem(line="assembly", item="round"), LineItem(line="forge", item="shell")),
        components=(Component(item="round", component="shell", quantity=2),),
        stocks=(Stock(holder="north", item="shell", on_hand=1e6),),
    )
    assert rows(found)["north"]["rate_now"] == pytest.approx(240)


def test_stocks_that_order_from_one_line_share_it_by_requirement() -> None:
    found = plant(
        requirements=(
            Requirement(holder="north", item="round", quantity=300),
            Requirement(holder="south", item="round", quantity=900),
        ),
        policies=tuple(
            PolicyRow(role="ordering", holder=holder, item="round", rule="base_stock") for holder in ("north", "south")
        ),
    )
    assert [rows(found)[holder]["rate_now"] for holder in ("north", "south")] == pytest.approx([300, 900])


def test_use_as_large_as_the_rate_means_never() -> None:
    row = rows(plant(demand=(Demand(holder="north", item="round", mean=100),)))["north"]
    assert row["use"] == pytest.approx(1200)
    assert row["years_now"] == math.inf


def test_states_at_the_start_weigh_requirement_and_use() -> None:
    """A quarter of the paths start in a threat, which asks 900 instead of 500."""
    found = plant(
        chains=(
            ChainState(chain="threat", state="low", start_probability=0.75),
            ChainState(chain="threat", state="high", start_probability=0.25),
        ),
        transitions=tuple(Transition(chain="threat", from_state=s, to_state=s, probability=1) for s in ("low", "high")),
        requirements=(
            Requirement(holder="north", item="round", quantity=500),
            Requirement(holder="north", item="round", chain="threat", state="high", quantity=900),
        ),
    )
    assert rows(found)["north"]["requirement"] == pytest.approx(600)


def test_money_is_in_the_currency_of_the_scenario() -> None:
    found = plant(
        items=(Item(name="round", unit="round", unit_cost=10.0, currency="USD"),),
        exchange_rates=(ExchangeRate(currency="USD", rate=0.5),),
    )
    row = rows(found)["north"]
    assert (row["unit_cost"], row["currency"]) == (5, "EUR")


def test_of_a_run_the_means_of_the_period_count() -> None:
    """Full pipeline, base stock: 100 arrive in each month until the 500 are there, four periods later."""
    result = simulate(plant(), paths=4)
    third = requirement_table(result, period=2).to_dicts()[0]
    assert (third["on_hand"], third["shortfall"]) == (400, 100)
    assert third["rate_now"] == pytest.approx(1200, rel=0.02)
    assert third["years_now"] == pytest.approx(1 / 12, rel=0.02)
    last = requirement_table(result).to_dicts()[0]
    assert (last["shortfall"], last["years_now"], last["yearly_money"]) == (0, 0, 0)


def test_a_date_suits_a_run_inside_its_horizon_only() -> None:
    result = simulate(plant(), paths=4)
    assert replenish.requirement(result, date=dt.date(2025, 3, 15))["on_hand"].to_list() == [400]
    with pytest.raises(UsageError, match="outside the horizon"):
        replenish.requirement(result, date=dt.date(2024, 12, 31))
    with pytest.raises(UsageError, match="needs a saved run"):
        replenish.requirement(plant(), date=START)
    with pytest.raises(ValueError, match="period is 99"):
        requirement_table(result, period=99)


def test_without_a_requirement_the_table_is_empty() -> None:
    assert requirement_table(plant(requirements=())).is_empty()
