"""Outages, closing lines, surge, due dates and what starts an expansion in months, worked out on paper."""

from __future__ import annotations

import datetime as dt

import pytest

from replenish.arrays import groups
from replenish.scenario.model import (
    Budget,
    ChainState,
    Component,
    Contract,
    Demand,
    Expansion,
    Forced,
    Line,
    LineItem,
    Requirement,
    Stock,
    Transition,
)
from tests.simulation.by_hand import START, Run, ordering, plant, producing

pytestmark = pytest.mark.usefixtures("each_engine")

OUTAGE, MINIMUM, ORDERS, CAPACITY, RAMP = (
    groups.LIMIT_OUTAGE, groups.LIMIT_MINIMUM, groups.LIMIT_ORDERS, groups.LIMIT_CAPACITY, groups.LIMIT_RAMP,
)  # fmt: skip


def test_a_line_that_fails_whenever_it_works_stands_still_every_other_month() -> None:
    """It has an outage in January, works again in February, and so on; it keeps its rate meanwhile."""
    run = Run(
        *plant(outage_probability=1.0, ramp_limit=30, keeping_cost=366, restart_cost=7),
        producing("maximum"),
    )
    assert run("started_capacity", "plant", "round") == [0, 30, 0, 60, 0, 90]
    assert run("binding", "plant", "round") == [OUTAGE, RAMP] * 3
    # Closed in January; it opens in February and is then kept open, outage or not.
    assert run("spend", "army", "lines") == [0, 29 + 7, 31, 30, 31, 30]


def test_an_outage_does_not_touch_what_is_in_production() -> None:
    run = Run(
        *plant(LineItem(line="plant", item="round", production_lead_time_days=60), start_rate=40, outage_probability=1),
        producing("maximum"),
        months=4,
    )
    assert run("on_hand", "army", "round") == [40, 80, 80, 180]


def test_a_line_that_may_close_waits_until_the_book_asks_for_its_minimum() -> None:
    """25 a month are ordered, 40 is the least it runs at: it makes 50 every other month."""
    run = Run(
        *plant(min_sustaining_rate=40, keeping_cost=366, restart_cost=5),
        producing("follow_or_close"),
        ordering("schedule", rate=25),
    )
    assert run("started_capacity", "plant", "round") == [0, 50, 0, 50, 0, 50]
    assert run("binding", "plant", "round") == [MINIMUM, ORDERS] * 3
    assert run("spend", "army", "lines") == [0, 34, 0, 35, 0, 35]
    assert run("on_order", "army", "round") == [25, 50, 25, 50, 25, 50]


def test_a_line_without_orders_is_closed_for_want_of_orders() -> None:
    run = Run(*plant(min_sustaining_rate=40), producing("follow_or_close"), months=2)
    assert run("binding", "plant", "round") == [ORDERS, ORDERS]
    assert run("on_hand", "army", "round") == [0, 0]


def test_a_line_that_opens_runs_at_its_minimum_at_once_however_slowly_it_rises() -> None:
    run = Run(
        *plant(min_sustaining_rate=40, ramp_limit=15),
        producing("follow_or_close"),
        ordering("schedule", rate=100),
        ordering("schedule", rate=0, start=dt.date(2024, 2, 1)),
        months=4,
    )
    assert run("started_capacity", "plant", "round") == [40, 55, 0, 0]
    assert run("binding", "plant", "round") == [RAMP, RAMP, MINIMUM, MINIMUM]


def test_keeping_a_line_open_costs_its_real_days_and_opening_it_again_its_restart() -> None:
    """Orders in January and April; the rate is 0 in between."""
    run = Run(
        *plant(keeping_cost=366, restart_cost=50),
        ordering("schedule", rate=20),
        ordering("schedule", rate=0, start=dt.date(2024, 2, 1)),
        ordering("schedule", rate=20, start=dt.date(2024, 4, 1)),
        ordering("schedule", rate=0, start=dt.date(2024, 5, 1)),
    )
    assert run("spend", "army", "lines") == [81, 0, 0, 80, 0, 0]


def test_a_line_that_runs_before_the_start_need_not_be_restarted() -> None:
    run = Run(*plant(start_rate=20, min_sustaining_rate=20, keeping_cost=366, restart_cost=50), months=2)
    assert run("spend", "army", "lines") == [31, 29]


def surging() -> LineItem:
    return LineItem(line="plant", item="round", surge_unit_cost=1.5)


def test_the_part_of_a_rate_above_the_normal_costs_the_surge_price() -> None:
    """90 ordered on a line of 60 in normal shifts: a third of them costs a half more."""
    run = Run(
        *plant(surging(), normal_rate=60),
        ordering("schedule", rate=90),
        ordering("schedule", rate=0, start=dt.date(2024, 2, 1)),
        months=2,
    )
    assert run("spend", "army", "orders") == [105, 0]


def test_output_that_nobody_ordered_costs_the_surge_price_too_and_customers_outside_pay_their_own() -> None:
    """100 a month at a normal 60, 50 of which are bound: 50 x (1 + 0.4 x 0.5)."""
    run = Run(*plant(surging(), normal_rate=60, bound_share=0.5), producing("maximum"), months=2)
    assert run("spend", "army", "orders") == [60, 60]


def test_a_budget_does_not_limit_what_surge_costs() -> None:
    run = Run(
        *plant(surging(), normal_rate=60),
        ordering("schedule", rate=90),
        Budget(holder="army", year=2024, amount=90),
        months=2,
    )
    assert run("spend", "army", "orders") == [105, 0]
    assert run("budget", "army", "orders") == [0, 0]


def test_who_pays_on_delivery_pays_when_it_is_received_and_uses_the_budget_up_when_ordered() -> None:
    run = Run(
        *plant(LineItem(line="plant", item="round", production_lead_time_days=60)),
        ordering("schedule", rate=60),
        Budget(holder="army", year=2024, amount=100, paid="delivery"),
        months=5,
    )
    assert run("budget", "army", "orders") == [40, 0, 0, 0, 0]
    assert run("spend", "army", "orders") == [0, 0, 60, 40, 0]


def test_who_pays_on_delivery_pays_for_contracts_and_unordered_output_when_received() -> None:
    """20 a month are in production; 15 of those of February belong to an ally who pays at once."""
    run = Run(
        *plant(LineItem(line="plant", item="round", production_lead_time_days=60), start_rate=20),
        Contract(name="old", holder="ally", item="round", line="plant", quantity=15, due=dt.date(2024, 2, 5)),
        Contract(name="new", holder="army", item="round", line="plant", quantity=10, due=dt.date(2024, 3, 5)),
        Budget(holder="army", year=2024, amount=0, paid="delivery"),
        months=4,
    )
    assert run("spend", "army", "orders") == [20, 5, 10, 0]
    assert run("spend", "ally", "orders") == [0, 0, 0, 0]


def by_due_date(*contracts: tuple[str, float, dt.date], days: float = 0, **columns: object) -> Run:
    """Return a run of a line that serves by due date."""
    item = LineItem(line="plant", item="round", production_lead_time_days=days)
    rows = [
        Contract(name=name, holder=name, item="round", line="plant", quantity=quantity, due=due)
        for name, quantity, due in contracts
    ]
    return Run(
        *plant(item, allocation="due_date", **columns),
        ordering("schedule", rate=0),
        ordering("schedule", rate=100, start=dt.date(2024, 2, 1)),
        ordering("schedule", rate=0, start=dt.date(2024, 3, 1)),
        *rows,
    )


def test_by_due_date_the_earliest_goes_first_and_equals_are_cut_alike() -> None:
    """The army's order of February and a contract are due in March, another contract in April; 60 a month are made."""
    run = by_due_date(("early", 100, dt.date(2024, 3, 10)), ("late", 100, dt.date(2024, 4, 10)), max_rate=60)
    assert run("on_hand", "army", "round") == [0, 0, 30, 60, 90, 100]
    assert run("on_hand", "early", "round") == [0, 0, 30, 60, 90, 100]
    assert run("on_hand", "late", "round") == [0, 0, 0, 0, 0, 40]


def test_contracts_that_are_already_late_at_the_start_keep_their_due_dates() -> None:
    """All three enter the book in January, two months before they could be made; 50 a month are."""
    run = by_due_date(
        ("third", 50, dt.date(2024, 3, 10)), ("second", 50, dt.date(2024, 2, 10)), ("first", 50, dt.date(2024, 1, 10)),
        days=60, max_rate=50,
    )  # fmt: skip
    assert run("on_hand", "first", "round") == [0, 0, 50, 50, 50, 50]
    assert run("on_hand", "second", "round") == [0, 0, 0, 50, 50, 50]
    assert run("on_hand", "third", "round") == [0, 0, 0, 0, 50, 50]
    assert run("on_hand", "army", "round") == [0, 0, 0, 0, 0, 50]


def test_how_late_an_order_is_counts_for_two_years() -> None:
    """Due in February and April 2024, and a line that first opens in July 2026: both are more than 24 months late."""
    run = Run(
        *plant(allocation="due_date", max_rate=100),
        producing("level", rate=0),
        producing("level", rate=10, start=dt.date(2026, 7, 1)),
        Contract(name="a", holder="first", item="round", line="plant", quantity=30, due=dt.date(2024, 2, 10)),
        Contract(name="b", holder="second", item="round", line="plant", quantity=10, due=dt.date(2024, 4, 10)),
        Contract(name="c", holder="third", item="round", line="plant", quantity=10, due=dt.date(2025, 9, 10)),
        months=36,
    )
    assert run("on_hand", "first", "round")[30:] == [0, 7.5, 15, 22.5, 30, 30]
    assert run("on_hand", "second", "round")[30:] == [0, 2.5, 5, 7.5, 10, 10]
    assert run("on_hand", "third", "round")[30:] == [0, 0, 0, 0, 0, 10]


def hall(**columns: object) -> Expansion:
    given = {"name": "hall", "line": "plant", "capacity_step": 10, "build_time_days": 0, "cost": 50, **columns}
    return Expansion.model_validate(given)


SHRINKING = (
    Stock(holder="army", item="gas", on_hand=100),
    Requirement(holder="army", item="gas", quantity=100),
    Demand(holder="army", item="gas", mean=20),
)
SHRUNK = {"trigger_holder": "army", "trigger_item": "gas", "trigger_share": 0.5}


def test_an_expansion_starts_when_the_watched_stock_falls_below_its_part_of_the_requirement() -> None:
    """On hand are 100, 80, 60 and then 40, less than half of 100, when it is decided in April."""
    run = Run(*plant(), *SHRINKING, hall(**SHRUNK))
    assert run("spend", "army", "expansions") == [0, 0, 0, 50, 0, 0]
    assert run("capacity", "plant", "round") == [100, 100, 100, 100, 110, 110]


def test_a_trigger_is_watched_in_review_periods_only() -> None:
    run = Run(*plant(), *SHRINKING, hall(**SHRUNK), review=2)
    assert run("spend", "army", "expansions") == [0, 0, 0, 0, 50, 0]


def test_a_trigger_is_watched_from_its_start_on_and_completion_moves_along() -> None:
    """Built in 61 days it would serve from May if begun in March; it begins in April."""
    run = Run(*plant(), *SHRINKING, hall(**SHRUNK, start=dt.date(2024, 3, 1), build_time_days=61), months=8)
    assert run("spend", "army", "expansions") == [0, 0, 0, 50, 0, 0, 0, 0]
    assert run("capacity", "plant", "round") == [100] * 5 + [110] * 3


def test_once_called_for_an_expansion_waits_for_money_whatever_the_stock_then_is() -> None:
    """Stock is low in April and May alone; the money comes in 2025."""
    run = Run(
        *plant(),
        *SHRINKING,
        Line(name="works", owner="army", max_rate=1000, start_rate=0),
        LineItem(line="works", item="gas"),
        Contract(name="gas", holder="army", item="gas", line="works", quantity=1000, due=dt.date(2024, 6, 10)),
        hall(**SHRUNK),
        Budget(holder="army", purpose="expansions", year=2024, amount=0),
        Budget(holder="army", purpose="expansions", year=2025, amount=60),
        months=14,
    )
    assert run("on_hand", "army", "gas")[:6] == [80, 60, 40, 20, 0, 980]
    assert run("spend", "army", "expansions") == [0] * 12 + [50, 0]


def test_a_trigger_may_watch_a_stock_and_a_state_and_needs_both() -> None:
    war = (
        ChainState(chain="world", state="peace", start_probability=1),
        ChainState(chain="world", state="war"),
        Transition(chain="world", from_state="peace", to_state="peace", probability=1),
        Transition(chain="world", from_state="war", to_state="war", probability=1),
        Forced(chain="world", start=START, end=dt.date(2024, 4, 30), state="peace"),
        Forced(chain="world", start=dt.date(2024, 5, 1), end=dt.date(2024, 12, 31), state="war"),
    )
    state = {"trigger_chain": "world", "trigger_state": "war"}
    assert Run(*plant(), *war, hall(**state))("spend", "army", "expansions") == [0, 0, 0, 0, 50, 0]
    assert Run(*plant(), *war, *SHRINKING, hall(**state, **SHRUNK))("spend", "army", "expansions") == [0] * 4 + [50, 0]


def test_a_product_in_an_outage_takes_no_components_and_is_held_back_by_the_outage() -> None:
    run = Run(
        *plant(outage_probability=1.0),
        producing("maximum"),
        Component(item="round", component="shell"),
        Stock(holder="army", item="shell", on_hand=30),
        months=2,
    )
    assert run("on_hand", "army", "shell") == [30, 0]
    assert run("binding", "plant", "round") == [OUTAGE, groups.LIMIT_COMPONENT]
