"""What single rows of the programme keep."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from replenish.scenario import Scenario
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
    Price,
    Requirement,
    Route,
    Row,
    Stock,
    Transition,
)
from tests.planning.plans import best
from tests.planning.scenarios import sound

START = dt.date(2025, 1, 1)
EPSILON = 1e-6


def months(count: int, *rows: Row, **more: Any) -> Scenario:
    """Return a scenario of so many months from January 2025 on."""
    end = dt.date(2025 + (count - 1) // 12, (count - 1) % 12 + 1, 15)
    return sound("rows", START, end, *rows, **more)


def maker(*, line: dict[str, Any] | None = None, item: dict[str, Any] | None = None, **holder: Any) -> list[Row]:
    """Return a holder with a line that makes rounds, from nothing."""
    return [
        Item(name="round", unit="round", unit_cost=1.0),
        Holder(name="maker", **holder),
        Line(**{"name": "works", "owner": "maker", "max_rate": 10, "start_rate": 0} | (line or {})),
        LineItem(**{"line": "works", "item": "round"} | (item or {})),
        PolicyRow(role="ordering", holder="maker", item="round", line="works", rule="base_stock"),
    ]


def need(mean: float, *, holder: str = "maker", price: float = 100.0, **more: Any) -> list[Row]:
    """Return a need of rounds each month with what a lacking round is worth."""
    return [
        Demand(holder=holder, item="round", mean=mean, when_unmet="lost", **more),
        Price(holder=holder, item="round", what="unmet", price=price),
    ]


@pytest.mark.parametrize("expansions", [[], [Expansion(name="hall", line="works", capacity_step=1, cost=1e9,
                                                       build_time_days=30)]])  # fmt: skip
def test_a_line_makes_no_more_than_its_rate(expansions: list[Row]) -> None:
    plan = best(months(5, *maker(), *need(50.0), *expansions))
    assert plan.run("works").max() <= 10 + EPSILON
    assert plan.run("works").sum() == pytest.approx(40)  # what is started in the last month comes too late


def test_calling_units_outside_that_are_not_gains_nothing() -> None:
    """Holding costs 12 a year, waiting outside nothing: there are 5 rounds and room for 20."""
    rows = [Item(name="round", unit="round"), Holder(name="maker"), Holder(name="front"),
            Stock(holder="maker", item="round", on_hand=5, storage_limit=20, holding_cost=12),
            Route(from_holder="maker", to_holder="front", unit_cost=100)]  # fmt: skip
    plan = best(months(12, *rows, Requirement(holder="front", item="round", quantity=0)))
    assert plan["outside"].max() == 0
    assert plan.value == pytest.approx(60)


def test_what_waits_outside_is_not_shipped_above_the_floor() -> None:
    """Rounds beyond 10 wait outside; with a floor of 8 two may leave in a month, however many wait."""
    rows = [*maker(line={"start_rate": 10}), Holder(name="front"), *need(100.0, holder="front"),
            Stock(holder="maker", item="round", on_hand=10, storage_limit=10, floor=8),
            Route(from_holder="maker", to_holder="front")]  # fmt: skip
    plan = best(months(4, *rows))
    assert plan.shipped("maker", "front", "round")[:3] == pytest.approx([2, 2, 2])


def test_no_more_is_decided_to_leave_than_is_there_when_it_is_decided() -> None:
    """What is decided leaves a month later: of the 10 that come in each month only those that are there can be."""
    rows = [*maker(line={"start_rate": 10}, decision_delay_days=30), Holder(name="front"),
            *need(100.0, holder="front"), Route(from_holder="maker", to_holder="front", lead_time_days=30)]  # fmt: skip
    plan = best(months(6, *rows))
    assert (plan["release"][:, 0] <= [10 * n + EPSILON for n in range(1, 7)]).all()
    assert plan.shipped("maker", "front", "round")[:2] == pytest.approx([0, 10])


def gate(state: str, purchase_share: float) -> list[Row]:
    """Return a gate that stays in one state."""
    return [
        ChainState(chain="vote", state="open", start_probability=1.0),
        ChainState(chain="vote", state=state, purchase_share=purchase_share),
        *(Transition(chain="vote", from_state=own, to_state=own, probability=1.0) for own in ("open", state)),
        Forced(chain="vote", start=START, end=dt.date(2030, 1, 1), state=state),
    ]


def test_what_waits_outside_at_the_start_is_there_though_it_expires() -> None:
    """Five are held, ten come from the line in the first month and find no room: they serve the second and third."""
    rows = maker(line={"start_rate": 10}, item={"yield_fraction": 1.0, "unit_cost": 1e6})
    rows[0] = Item(name="round", unit="round", unit_cost=1.0, shelf_life_days=95)
    stock = Stock(holder="maker", item="round", on_hand=5, storage_limit=5)
    plan = best(months(3, *rows, stock, *need(5.0)))
    assert plan["unmet"].sum() == pytest.approx(0, abs=EPSILON)


@pytest.mark.parametrize(("share", "ordered"), [(0.0, 0.0), (0.5, 20.0)])
def test_the_gate_of_a_holder_holds_orders_back_that_have_a_budget(share: float, ordered: float) -> None:
    """Where it is shut nothing is ordered; where it lets a part through, what is asked makes up for it."""
    rows = [*maker(), Holder(name="army", gate="vote"), *gate("dry", share), *need(5.0, holder="army"),
            Budget(holder="army", year=2025, amount=1000),
            PolicyRow(role="ordering", holder="army", item="round", line="works", rule="base_stock")]  # fmt: skip
    plan = best(months(5, *rows))
    assert plan.order("army", "round", "works").sum() == pytest.approx(ordered, abs=EPSILON)


def test_a_cheap_round_costs_its_price_beside_a_need_that_is_dear_beyond_measure() -> None:
    plan = best(months(3, *maker(), *need(5.0, price=1e7), Stock(holder="maker", item="round", on_hand=5)))
    assert plan.value == pytest.approx(10.0)  # two months at 5 rounds of price 1


def test_what_costs_no_more_above_the_normal_rate_may_be_made_above_it() -> None:
    """A line makes rounds, dearer above the normal rate, and rockets, not dearer: 10 rockets are run, normal is 4."""
    rows = [*maker(line={"normal_rate": 4}, item={"surge_unit_cost": 2.0}), Item(name="rocket", unit="rocket"),
            LineItem(line="works", item="rocket"), Stock(holder="maker", item="rocket"),
            Demand(holder="maker", item="rocket", mean=10, when_unmet="lost"),
            Price(holder="maker", item="rocket", what="unmet", price=50.0)]  # fmt: skip
    assert best(months(3, *rows)).run("works")[:2] == pytest.approx([10, 10])


def test_units_above_the_normal_rate_cost_their_surge_price() -> None:
    plan = best(months(2, *maker(line={"normal_rate": 4}, item={"surge_unit_cost": 3.0}), *need(10.0)))
    assert plan.value == pytest.approx(1000 + 10 + 6 * 2)  # the first month is unmet; the second 4 at 1 and 6 at 3


def test_a_line_that_runs_at_its_highest_rate_pays_all_of_its_keeping() -> None:
    """Ten rounds a month are needed for a year; the eleven months whose output comes in time cost 11/12 of keeping."""
    lines = {"start_rate": 0, "keeping_cost": 365.0, "restart_cost": 7.0}
    plan = best(months(12, *maker(line=lines), *need(10.0)))
    assert plan.value == pytest.approx(1000 + 110 + 7 + (365 - 31))


def test_own_use_may_go_below_the_floor_and_shipments_may_not() -> None:
    """There are 12 rounds and a floor of 10: two leave, though need elsewhere is worth more than own need."""
    rows = [Item(name="round", unit="round"), Holder(name="maker"), Holder(name="front"), *need(2.0, price=100.0),
            *need(10.0, holder="front", price=150.0), Stock(holder="maker", item="round", on_hand=12, floor=10),
            Route(from_holder="maker", to_holder="front")]  # fmt: skip
    plan = best(months(2, *rows))
    assert plan.shipped("maker", "front", "round") == pytest.approx([2, 0])
    assert plan.held("maker", "round") == pytest.approx([8, 6])
