"""A small scenario that uses every structure of the engine."""

from __future__ import annotations

import datetime as dt
from typing import Any

from replenish.scenario.model import (
    Budget,
    Bundle,
    ChainState,
    Component,
    Contract,
    Demand,
    ExchangeRate,
    Expansion,
    Forced,
    Holder,
    Influence,
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
    Stock,
    Substitute,
    Time,
    Transition,
)  # fmt: skip

START = dt.date(2024, 1, 1)


def settings(end: dt.date = dt.date(2025, 12, 31), **time: Any) -> Settings:
    return Settings(title="small", time=Time(start=START, end=end, **time))


def small() -> Scenario:
    """Two donors, one recipient, rounds made of shells and fuzes, a gate, a threat and regimes of use.

    Rounds and shells expire; rounds wear barrels, and rockets stand in for them.
    """
    return Scenario(
        settings=settings(),
        items=(
            Item(name="round", unit="round", unit_cost=100.0, weight=0.05, shelf_life_days=540),
            Item(name="shell", unit="shell", unit_cost=60.0, currency="USD", shelf_life_days=300),
            Item(name="fuze", unit="fuze", unit_cost=20.0),
            Item(name="rocket", unit="rocket", unit_cost=900.0),
            Item(name="barrel", unit="barrel", unit_cost=5000.0),
        ),
        holders=(
            Holder(name="east", parent="union", decision_delay_days=40, gate="gate", fiscal_year_start_month=10),
            Holder(name="west", parent="union", priority=2, allocation_weight=2.0),
            Holder(name="union"),
            Holder(name="front", absorption_delay_days=20),
        ),
        stocks=(
            Stock(holder="east", item="round", on_hand=5000, floor=500, holding_cost=1.0),
            Stock(holder="west", item="round", on_hand=2000, floor=100),
            Stock(holder="east", item="shell", on_hand=800),
            Stock(holder="east", item="fuze", on_hand=300),
            Stock(holder="west", item="shell", on_hand=1500),
            Stock(holder="west", item="fuze", on_hand=4000),
            Stock(holder="front", item="round", on_hand=200, storage_limit=900, outside_cost=2.0),
            Stock(holder="front", item="rocket", on_hand=500),
            Stock(holder="front", item="barrel", on_hand=30),
        ),
        lots=(
            Lot(holder="east", item="round", lot="a", quantity=3000, expires=dt.date(2024, 8, 20)),
            Lot(holder="east", item="round", lot="b", quantity=2000, expires=dt.date(2025, 3, 31)),
            Lot(holder="west", item="round", lot="a", quantity=2000, expires=dt.date(2024, 12, 31)),
            Lot(holder="front", item="round", lot="a", quantity=200, expires=dt.date(2024, 5, 5)),
            Lot(holder="east", item="shell", lot="a", quantity=800, expires=dt.date(2024, 4, 15)),
            Lot(holder="west", item="shell", lot="a", quantity=1500, expires=dt.date(2024, 9, 30)),
        ),
        bundles=(Bundle(holder="front", item="round", bundled_item="barrel", quantity=0.002),),
        substitutes=(Substitute(item="round", substitute="rocket", ratio=0.5),),
        requirements=(
            Requirement(holder="east", item="round", quantity=6000),
            Requirement(holder="west", item="round", days_of_supply=30, planning_use=70),
            Requirement(holder="west", item="round", days_of_supply=40, planning_use=70, start=dt.date(2024, 9, 1)),
            Requirement(holder="east", item="round", chain="threat", state="high", quantity=9000),
        ),
        demand=(
            Demand(holder="front", item="round", chain="regime", state="quiet", mean=400, distribution="poisson"),
            Demand(holder="front", item="round", chain="regime", state="surge", mean=1500,
                   distribution="negative_binomial", coefficient_of_variation=0.3),
            Demand(holder="east", item="round", purpose="training", mean=3, per="day", distribution="gamma",
                   coefficient_of_variation=0.5, priority=1, when_unmet="lost"),
            Demand(holder="west", item="round", purpose="training", mean=20, per="week", distribution="lognormal",
                   coefficient_of_variation=0.4, priority=7, when_unmet="lost"),
        ),
        chains=(
            ChainState(chain="regime", state="quiet", start_probability=1.0, mean_duration_days=120),
            ChainState(chain="regime", state="surge", mean_duration_days=90),
            ChainState(chain="gate", state="open", start_probability=0.7),
            ChainState(chain="gate", state="shut", start_probability=0.3, purchase_share=0.2, release_share=0.1),
            ChainState(chain="threat", state="low", start_probability=1.0),
            ChainState(chain="threat", state="high"),
        ),
        transitions=(
            Transition(chain="regime", from_state="quiet", to_state="surge", probability=1.0),
            Transition(chain="regime", from_state="surge", to_state="quiet", probability=1.0),
            Transition(chain="gate", from_state="open", to_state="open", probability=0.8),
            Transition(chain="gate", from_state="open", to_state="shut", probability=0.2),
            Transition(chain="gate", from_state="shut", to_state="open", probability=0.5),
            Transition(chain="gate", from_state="shut", to_state="shut", probability=0.5),
            Transition(chain="threat", from_state="low", to_state="low", probability=0.95),
            Transition(chain="threat", from_state="low", to_state="high", probability=0.05),
            Transition(chain="threat", from_state="high", to_state="high", probability=1.0),
        ),
        influences=(
            Influence(chain="threat", from_state="low", to_state="high", what="on_hand", holder="east", item="round",
                      reference=4000, strength=3.0),
            Influence(chain="regime", to_state="surge", what="delivered", holder="front", item="round",
                      reference=300, strength=-0.5),
        ),
        forced=(Forced(chain="gate", start=dt.date(2024, 3, 1), end=dt.date(2024, 5, 31), state="shut"),),
        lines=(
            Line(name="assembly", owner="east", start_rate=300, min_sustaining_rate=50, normal_rate=400, max_rate=600,
                 ramp_limit=60, allocation="due_date", keeping_cost=12_000, restart_cost=5_000),
            Line(name="forge", owner="east", max_rate=6000, per="year", normal_rate=4800, allocation="weights",
                 outage_probability=0.05, outage_duration_days=50),
            Line(name="private", owner="west", max_rate=8, per="day", bound_share=0.3, allocation="priority"),
        ),
        line_items=(
            LineItem(line="assembly", item="round", production_lead_time_days=60, administrative_lead_time_days=45,
                     yield_fraction=0.95, surge_unit_cost=130),
            LineItem(line="forge", item="shell", production_lead_time_days=20),
            LineItem(line="forge", item="fuze", capacity_use=0.25, production_lead_time_days=90),
            LineItem(line="private", item="round", production_lead_time_days=120, unit_cost=150,
                     lead_time_coefficient_of_variation=0.4),
        ),
        components=(
            Component(item="round", component="shell"),
            Component(item="round", component="fuze", quantity=1.02),
        ),
        expansions=(
            Expansion(name="second_hall", line="assembly", capacity_step=200, start=dt.date(2024, 2, 1), cost=50_000,
                      build_time_days=150, delay_distribution="gamma", delay_mean_days=90,
                      delay_coefficient_of_variation=0.7, realised_share=0.6, realised_spread=0.2),
            Expansion(name="press", line="forge", capacity_step=100, per="month", start=dt.date(2024, 4, 1),
                      build_time_days=100, delay_distribution="lognormal", delay_mean_days=60,
                      delay_coefficient_of_variation=0.5),
            Expansion(name="third_hall", line="assembly", capacity_step=100, build_time_days=90, cost=20_000,
                      trigger_holder="east", trigger_item="round", trigger_share=0.8, trigger_chain="threat",
                      trigger_state="high"),
        ),
        orders=(
            Contract(name="old_1", holder="west", item="round", line="assembly", quantity=400,
                     due=dt.date(2024, 2, 10)),
            Contract(name="old_2", holder="west", item="round", line="assembly", quantity=900,
                     due=dt.date(2024, 8, 10), slip_days=45),
            Contract(name="old_3", holder="west", item="round", line="assembly", quantity=300,
                     due=dt.date(2024, 5, 10), slip_days=90, slip_distribution="gamma",
                     slip_coefficient_of_variation=0.6),
        ),
        routes=(
            Route(from_holder="east", to_holder="front", lead_time_days=25, capacity=30, loss_probability=0.02,
                  unit_cost=2, priority=4),
            Route(from_holder="west", to_holder="front", lead_time_days=40, priority=8,
                  lead_time_coefficient_of_variation=0.5),
        ),
        pledges=(
            Pledge(name="first", from_holder="west", to_holder="front", item="round", quantity=900,
                   due=dt.date(2024, 10, 1), start=dt.date(2024, 3, 1)),
            Pledge(name="second", from_holder="west", to_holder="front", item="round", quantity=2000,
                   due=dt.date(2025, 10, 1), delivered_before_start=100),
        ),
        budgets=(
            Budget(holder="east", year=2024, amount=300_000, carry_over_share=0.5, gate="gate",
                   paid="delivery"),
            Budget(holder="east", year=2025, amount=400_000, gate="gate", paid="delivery"),
            Budget(holder="east", purpose="expansions", year=2024, amount=60_000, gate="gate"),
        ),
        exchange_rates=(ExchangeRate(currency="USD", rate=0.9),),
        policies=(
            PolicyRow(role="ordering", holder="east", item="round", line="assembly", rule="base_stock"),
            PolicyRow(role="ordering", holder="west", item="round", line="private", rule="days_of_supply", days=60,
                      share=0.5),
            PolicyRow(role="ordering", holder="west", item="round", line="assembly", rule="reorder_point",
                      reorder_point=2500, quantity=4000, share=0.5),
            PolicyRow(role="ordering", holder="east", item="shell", rule="base_stock", quantity=1500),
            PolicyRow(role="ordering", holder="east", item="fuze", rule="schedule", rate=300),
            PolicyRow(role="release", holder="east", to_holder="front", item="round", rule="above_floor_share",
                      share=0.2, keep=0.1),
            PolicyRow(role="release", holder="east", to_holder="front", item="round", rule="priority",
                      quantity=300, start=dt.date(2025, 1, 1), ship_first="freshest"),
            PolicyRow(role="release", holder="west", to_holder="front", item="round", rule="pledge_schedule"),
            PolicyRow(role="production", line="assembly", rule="follow_or_close"),
            PolicyRow(role="production", line="forge", rule="normal"),
            PolicyRow(role="production", line="private", rule="maximum"),
        ),
    )  # fmt: skip
