"""Small cases in months whose numbers can be worked out on paper."""

from __future__ import annotations

import datetime as dt

import pytest

from replenish.scenario.model import (
    Budget,
    ChainState,
    Component,
    Contract,
    Demand,
    Expansion,
    Forced,
    Holder,
    Item,
    Line,
    LineItem,
    Pledge,
    PolicyRow,
    Requirement,
    Route,
    Stock,
    Transition,
)
from tests.simulation.by_hand import START, Run, ordering, plant, release

pytestmark = pytest.mark.usefixtures("each_engine")

SHUT = (
    ChainState(chain="gate", state="open"),
    ChainState(chain="gate", state="shut", purchase_share=0.5, release_share=0.25),
    Transition(chain="gate", from_state="open", to_state="open", probability=1),
    Transition(chain="gate", from_state="shut", to_state="shut", probability=1),
    Forced(chain="gate", start=START, end=START + dt.timedelta(days=59), state="shut"),  # January and February
    Forced(chain="gate", start=START + dt.timedelta(days=60), end=dt.date(2030, 1, 1), state="open"),
)


def test_delays_add_up_in_days_and_are_rounded_up_once() -> None:
    """20 + 20 + 20 days are two months, not three; the order of January arrives in March."""
    run = Run(
        Holder(name="army", decision_delay_days=20),
        Line(name="plant", owner="army", max_rate=100, start_rate=0),
        LineItem(line="plant", item="round", administrative_lead_time_days=20, production_lead_time_days=20),
        ordering("base_stock", quantity=60),
    )
    assert run("on_hand", "army", "round") == [0, 0, 60, 60, 60, 60]
    assert run("on_order", "army", "round") == [60, 60, 0, 0, 0, 0]
    assert run("spend", "army", "orders") == [60, 0, 0, 0, 0, 0]


def test_a_line_before_the_start_has_its_pipeline_full() -> None:
    run = Run(
        Line(name="plant", owner="army", max_rate=100, start_rate=30),
        LineItem(line="plant", item="round", production_lead_time_days=70, yield_fraction=0.9),
    )
    assert run("on_hand", "army", "round") == [27, 54, 81, 81, 81, 81]


def test_a_contract_due_within_the_lead_time_is_served_from_the_pipeline() -> None:
    """Due in February: 60 of the 100 that are then completed; due in May: enters the book a lead time before."""
    run = Run(
        Line(name="plant", owner="army", max_rate=100),
        LineItem(line="plant", item="round", production_lead_time_days=60),
        Contract(name="old", holder="ally", item="round", line="plant", quantity=60, due=dt.date(2024, 2, 10)),
        Contract(name="new", holder="ally", item="round", line="plant", quantity=70, due=dt.date(2024, 5, 10)),
    )
    assert run("on_hand", "ally", "round") == [0, 60, 60, 60, 130, 130]
    assert run("on_hand", "army", "round") == [100, 140, 140, 140, 140, 140]


def test_a_line_rises_by_its_ramp_limit_and_falls_at_once() -> None:
    """The book of 300 in January: 40, 80, 100 and the rest of 80; made a month later."""
    run = Run(
        *plant(ramp_limit=40), ordering("schedule", rate=300), ordering("schedule", rate=0, start=dt.date(2024, 2, 1))
    )
    assert run("started_capacity", "plant", "round") == [40, 80, 100, 80, 0, 0]
    assert run("production", "plant", "round") == [0, 40, 80, 100, 80, 0]


def test_a_line_that_must_not_stop_makes_rounds_that_the_owner_pays_for() -> None:
    run = Run(*plant(min_sustaining_rate=20))
    assert run("started_capacity", "plant", "round") == [20] * 6
    assert run("spend", "army", "orders") == [20] * 6
    assert run("on_hand", "army", "round") == [0, 20, 40, 60, 80, 100]


def test_the_bound_share_leaves_the_system_and_its_capacity_is_asked_for_too() -> None:
    """A book of 30 asks for 60 units of capacity on a line that owes half to others."""
    run = Run(*plant(bound_share=0.5), ordering("base_stock", quantity=30))
    assert run("started_capacity", "plant", "round") == [60, 0, 0, 0, 0, 0]
    assert run("production", "plant", "round") == [0, 60, 0, 0, 0, 0]
    assert run("on_hand", "army", "round") == [0, 30, 30, 30, 30, 30]


def test_two_products_that_share_a_component_are_cut_alike() -> None:
    """30 shells for 40 rounds and 20 rockets: each starts half of what it would."""
    run = Run(
        Line(name="a", owner="army", max_rate=40, start_rate=0),
        Line(name="b", owner="army", max_rate=20, start_rate=0),
        LineItem(line="a", item="round"),
        LineItem(line="b", item="rocket"),
        Component(item="round", component="shell"),
        Component(item="rocket", component="shell"),
        Stock(holder="army", item="shell", on_hand=30),
        PolicyRow(role="production", line="a", rule="maximum"),
        PolicyRow(role="production", line="b", rule="maximum"),
        months=2,
    )
    assert run("started_capacity", "a", "round") == [20, 0]
    assert run("started_capacity", "b", "rocket") == [10, 0]
    assert run("on_hand", "army", "shell") == [0, 0]


def test_an_expansion_waits_for_money_and_its_completion_moves_as_far() -> None:
    """It costs 50 from January 2024 on; 30 of that year are carried over and meet the 30 of 2025."""
    run = Run(
        *plant(),
        Expansion(name="hall", line="plant", capacity_step=10, start=START, build_time_days=61, cost=50),
        Budget(holder="army", purpose="expansions", year=2024, amount=30, carry_over_share=1.0),
        Budget(holder="army", purpose="expansions", year=2025, amount=30),
        months=18,
    )
    assert run("spend", "army", "expansions") == [0] * 12 + [50] + [0] * 5
    # Built in 61 days it would serve from the first month that starts after 2 March, April; so a year later.
    assert run("capacity", "plant", "round") == [100] * 15 + [110] * 3


def test_an_expansion_built_in_no_time_serves_from_the_month_after_it_is_paid_for() -> None:
    run = Run(*plant(), Expansion(name="hall", line="plant", capacity_step=10, start=START, build_time_days=0))
    assert run("capacity", "plant", "round") == [100, 110, 110, 110, 110, 110]


def test_a_budget_cuts_orders_and_keeps_its_carry_over_share() -> None:
    """100 asked each month at price 1; 150 for 2024 in full by February, nothing more until 2025."""
    run = Run(
        *plant(),
        ordering("schedule", rate=100),
        Budget(holder="army", year=2024, amount=150),
        Budget(holder="army", year=2025, amount=40),
        months=14,
    )
    assert run("spend", "army", "orders") == [100, 50, *[0] * 10, 40, 0]


def test_a_shut_gate_lets_its_share_of_orders_and_releases_through() -> None:
    run = Run(
        *SHUT,
        *plant(),
        Holder(name="army", gate="gate"),
        ordering("schedule", rate=80),
        Stock(holder="army", item="round", on_hand=1000),
        Route(from_holder="army", to_holder="user"),
        release("schedule", "army", rate=80),
    )
    assert run("spend", "army", "orders") == [40, 40, 80, 80, 80, 80]
    assert run("shipped", "army", "user", "round") == [20, 20, 80, 80, 80, 80]


def test_a_schedule_covers_the_months_up_to_the_next_review() -> None:
    run = Run(
        Stock(holder="donor", item="round", on_hand=1000),
        Route(from_holder="donor", to_holder="user"),
        release("schedule", rate=10),
        review=4,
    )
    assert run("shipped", "donor", "user", "round") == [40, 0, 0, 0, 20, 0]


def test_a_release_leaves_the_floor_and_own_use_goes_below_it() -> None:
    """100 on hand and a floor of 30: 70 leave; own demand of 20, less urgent than the shipment, is then issued."""
    run = Run(
        Stock(holder="donor", item="round", on_hand=100, floor=30),
        Demand(holder="donor", item="round", mean=20, priority=9),
        Route(from_holder="donor", to_holder="user", lead_time_days=40, priority=5),
        release("above_floor_share", share=1.0),
        months=4,
    )
    assert run("shipped", "donor", "user", "round") == [70, 0, 0, 0]
    assert run("on_hand", "donor", "round") == [10, 0, 0, 0]
    assert run("on_hand", "user", "round") == [0, 0, 70, 70]
    assert run("in_transit", "user", "round") == [70, 70, 0, 0]


def test_demand_before_the_route_in_priority_is_served_before_shipments() -> None:
    run = Run(
        Stock(holder="donor", item="round", on_hand=100),
        Demand(holder="donor", item="round", mean=20, priority=1),
        Route(from_holder="donor", to_holder="user", priority=5),
        release("above_floor_share", share=1.0),
        months=3,
    )
    assert run("shipped", "donor", "user", "round") == [80, 0, 0]
    assert run("issues", "donor", "round", "use") == [20, 0, 0]
    assert run("backorders", "donor", "round", "use") == [0, 20, 40]


def test_part_of_the_requirement_can_be_protected_too() -> None:
    run = Run(
        Stock(holder="donor", item="round", on_hand=100, floor=10),
        Requirement(holder="donor", item="round", quantity=120),
        Route(from_holder="donor", to_holder="user"),
        release("above_floor_share", share=0.5, keep=0.5),
        months=3,
    )
    assert run("shipped", "donor", "user", "round") == [20, 10, 5]


@pytest.mark.parametrize(("share", "first", "second"), [(None, 50, 250), (0.5, 25, 125), (0.01, 0.5, 2.5)])
def test_donors_cover_a_want_in_proportion_to_what_each_can_release(
    share: float | None, first: float, second: float
) -> None:
    """A want of 300, and 100 and 500 that can be released: one sixth and five sixths, whoever is asked first."""
    run = Run(
        Stock(holder="a", item="round", on_hand=100),
        Stock(holder="z", item="round", on_hand=500),
        Demand(holder="user", item="round", mean=300),
        Route(from_holder="a", to_holder="user", lead_time_days=30),
        Route(from_holder="z", to_holder="user", lead_time_days=30),
        release("proportional", "a", share=share),
        release("proportional", "z", share=share),
        months=1,
    )
    assert run("shipped", "a", "user", "round") == [first]
    assert run("shipped", "z", "user", "round") == [second]


def test_a_covered_share_of_a_want_is_not_a_share_of_what_donors_have() -> None:
    """Half of a want of 300 is 150, and the donor has 100: all of it goes."""
    run = Run(
        Stock(holder="donor", item="round", on_hand=100),
        Demand(holder="user", item="round", mean=300),
        Route(from_holder="donor", to_holder="user", lead_time_days=30),
        release("proportional", share=0.5),
        months=1,
    )
    assert run("shipped", "donor", "user", "round") == [100]


def test_a_route_carries_no_more_than_its_weight_and_cuts_all_items_alike() -> None:
    run = Run(
        Item(name="round", unit="round", weight=0.05),
        Item(name="rocket", unit="rocket", weight=0.15),
        Stock(holder="donor", item="round", on_hand=1000),
        Stock(holder="donor", item="rocket", on_hand=1000),
        Route(from_holder="donor", to_holder="user", capacity=10),
        release("schedule", rate=100),
        release("schedule", rate=100, item="rocket"),
        months=1,
    )
    assert run("shipped", "donor", "user", "round") == [50]
    assert run("shipped", "donor", "user", "rocket") == [50]


def test_a_pledge_is_spread_over_the_releases_that_still_arrive_in_time() -> None:
    """Due in June, a month on the way: released from January to May, 80 less a fifth lost on the way each month."""
    run = Run(
        Stock(holder="donor", item="round", on_hand=1000),
        Route(from_holder="donor", to_holder="user", loss_probability=0.2),
        release("pledge_schedule"),
        Pledge(name="aid", from_holder="donor", to_holder="user", item="round", quantity=320, due=dt.date(2024, 6, 15)),
        months=8,
    )
    assert run("shipped", "donor", "user", "round") == [80, 80, 80, 80, 80, 0, 0, 0]
    assert run("pledge_delivered", "aid") == [0, 64, 128, 192, 256, 320, 320, 320]


def test_what_is_under_way_when_a_pledge_is_made_counts_for_it() -> None:
    """100 leave in January by another rule and arrive in March, when a pledge of 100 is made: nothing is left of it."""
    run = Run(
        Stock(holder="donor", item="round", on_hand=1000),
        Route(from_holder="donor", to_holder="user", lead_time_days=60),
        release("schedule", rate=100),
        release("pledge_schedule", start=dt.date(2024, 2, 1)),
        Pledge(name="aid", from_holder="donor", to_holder="user", item="round", quantity=100,
               start=dt.date(2024, 3, 1), due=dt.date(2024, 8, 15)),
        months=9,
    )  # fmt: skip
    assert run("shipped", "donor", "user", "round") == [100, *[0] * 8]
    assert run("pledge_delivered", "aid") == [0, 0, *[100] * 7]


def test_a_late_pledge_is_released_at_once_as_far_as_stock_allows() -> None:
    run = Run(
        Stock(holder="donor", item="round", on_hand=60),
        Line(name="plant", owner="donor", max_rate=25),
        LineItem(line="plant", item="round"),
        PolicyRow(role="production", line="plant", rule="maximum"),
        Route(from_holder="donor", to_holder="user", lead_time_days=60),
        release("pledge_schedule"),
        Pledge(name="aid", from_holder="donor", to_holder="user", item="round", quantity=150, due=dt.date(2024, 1, 15)),
    )
    assert run("shipped", "donor", "user", "round") == [85, 25, 25, 15, 0, 0]


def test_owed_demand_is_served_before_new_demand() -> None:
    """40 a month on a supply of 30: 10 more are owed each month; in the first month nothing has arrived."""
    run = Run(
        Line(name="plant", owner="army", max_rate=30, start_rate=0),
        LineItem(line="plant", item="round"),
        PolicyRow(role="production", line="plant", rule="maximum"),
        Demand(holder="army", item="round", mean=40),
        Demand(holder="army", item="round", purpose="training", mean=5, priority=7, when_unmet="lost"),
        months=4,
    )
    assert run("issues", "army", "round", "use") == [0, 30, 30, 30]
    assert run("backorders", "army", "round", "use") == [40, 50, 60, 70]
    assert run("unmet", "army", "round", "use") == [40, 40, 40, 40]
    assert run("unmet", "army", "round", "training") == [5, 5, 5, 5]
    assert run("backorders", "army", "round", "training") == [0, 0, 0, 0]


def test_rates_a_day_follow_the_real_days_of_a_month() -> None:
    run = Run(Demand(holder="army", item="round", mean=100, per="day"), months=4)
    assert run("demand", "army", "round", "use") == [3100, 2900, 3100, 3000]


def test_holding_costs_are_those_of_the_stock_at_the_end_for_the_real_days() -> None:
    run = Run(Stock(holder="army", item="round", on_hand=366, holding_cost=1.0), months=2)
    assert run("spend", "army", "holding") == [31, 29]


def test_a_state_without_demand_asks_nothing_also_beside_random_lead_times() -> None:
    """Calm in January and February, a wave in March; the lead time of the line varies."""
    run = Run(
        ChainState(chain="wave", state="calm"),
        ChainState(chain="wave", state="wave"),
        Transition(chain="wave", from_state="calm", to_state="calm", probability=1),
        Transition(chain="wave", from_state="wave", to_state="wave", probability=1),
        Forced(chain="wave", start=START, end=START + dt.timedelta(days=59), state="calm"),
        Forced(chain="wave", start=START + dt.timedelta(days=60), end=dt.date(2030, 1, 1), state="wave"),
        Line(name="plant", owner="army", max_rate=0),
        LineItem(line="plant", item="round", production_lead_time_days=180, lead_time_coefficient_of_variation=0.3),
        Stock(holder="army", item="round", on_hand=1000),
        Demand(holder="army", item="round", chain="wave", state="wave", mean=100),
    )
    assert run("demand", "army", "round", "use")[:3] == [0, 0, 100]
