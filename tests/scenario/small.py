"""A small sound scenario that uses most tables, and ways to spoil it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from replenish.scenario import Scenario, write
from replenish.scenario.model import (
    Budget,
    ChainState,
    Component,
    Contract,
    Demand,
    Evidence,
    ExchangeRate,
    Expansion,
    Forced,
    Holder,
    Item,
    Line,
    LineItem,
    Lot,
    Observation,
    Pledge,
    PolicyRow,
    Price,
    Requirement,
    Route,
    Row,
    Settings,
    Source,
    Stock,
    Time,
    Transition,
)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


HORIZON = Settings(title="Small", time=Time(start=day("2022-03-01"), end=day("2024-12-31")))

ROWS: tuple[Row, ...] = (
    Item(name="shell", unit="round", unit_cost=3000, weight=0.05),
    Item(name="fuze", unit="piece", currency="USD", unit_cost=200),
    Holder(name="europe"),
    Holder(name="donor", parent="europe", gate="parliament"),
    Holder(name="front"),
    Stock(holder="donor", item="shell", on_hand=9000, floor=2000, storage_limit=50_000, unit="round"),
    Stock(holder="donor", item="fuze", on_hand=20_000),
    Stock(holder="front", item="shell", on_hand=5000),
    Lot(holder="donor", item="shell", lot="old", quantity=4000),
    Requirement(holder="donor", item="shell", quantity=8000),
    Requirement(holder="front", item="shell", days_of_supply=30, planning_use=100),
    Demand(holder="front", item="shell", chain="regime", state="quiet", mean=2000, distribution="poisson"),
    Demand(
        holder="front", item="shell", chain="regime", state="surge", mean=5000,
        distribution="negative_binomial", coefficient_of_variation=0.3,
    ),
    Demand(holder="donor", item="shell", purpose="training", mean=100),
    ChainState(chain="regime", state="quiet", start_probability=0.25),
    ChainState(chain="regime", state="surge", start_probability=0.75),
    Transition(chain="regime", from_state="quiet", to_state="quiet", probability=0.9),
    Transition(chain="regime", from_state="quiet", to_state="surge", probability=0.1),
    Transition(chain="regime", from_state="surge", to_state="surge", probability=0.5),
    Transition(chain="regime", from_state="surge", to_state="quiet", probability=0.5),
    ChainState(chain="parliament", state="open", mean_duration_days=400),
    ChainState(chain="parliament", state="shut", mean_duration_days=90, purchase_share=0, release_share=0.5),
    Transition(chain="parliament", from_state="open", to_state="shut", probability=1),
    Transition(chain="parliament", from_state="shut", to_state="open", probability=1),
    Forced(chain="parliament", start=day("2022-01-01"), end=day("2022-12-31"), state="open"),
    Line(name="plant", owner="donor", min_sustaining_rate=100, normal_rate=800, max_rate=1000, start_rate=500),
    LineItem(line="plant", item="shell", production_lead_time_days=60),
    Component(item="shell", component="fuze"),
    Expansion(
        name="second-hall", line="plant", capacity_step=500, start=day("2022-06-01"), build_time_days=400,
        delay_distribution="gamma", delay_mean_days=90, delay_coefficient_of_variation=0.5, realised_share=0.8,
    ),
    Contract(name="first", holder="donor", item="shell", line="plant", quantity=500, due=day("2022-09-30")),
    Route(from_holder="donor", to_holder="front", lead_time_days=20, capacity=400),
    Pledge(from_holder="donor", to_holder="front", item="shell", quantity=6000, due=day("2023-12-31")),
    Budget(holder="donor", year=2022, amount=1e8, gate="parliament"),
    Budget(holder="donor", year=2023, amount=1e8, gate="parliament"),
    Budget(holder="donor", year=2024, amount=1e8, gate="parliament"),
    ExchangeRate(currency="USD", rate=0.9),
    PolicyRow(role="ordering", holder="donor", item="shell", rule="base_stock"),
    PolicyRow(role="release", holder="donor", item="shell", to_holder="front", rule="pledge_schedule", keep=0.5),
    PolicyRow(role="production", line="plant", rule="follow_orders"),
    Price(holder="front", item="shell", what="unmet", share_to=0.5, price=10),
    Price(holder="front", item="shell", what="unmet", share_from=0.5, price=20),
    Source(name="report", title="Annual report"),
    Observation(
        name="output", measure="production", date=day("2023-06-30"), item="shell", line="plant", value=900,
        per="month", low=700, high=1000, source="report",
    ),
    Evidence(
        table_name="stocks", row_key="donor/shell", column="on_hand", basis="reported", source="report",
        low=8000, high=12_000,
    ),
)  # fmt: skip


def sound() -> Scenario:
    """Return a scenario without any finding."""
    return Scenario(settings=HORIZON).with_rows(*ROWS)


def without(scenario: Scenario, table: str, *keys: str) -> Scenario:
    """Return a scenario without the rows of these keys; without any keys, without the table."""
    rows = tuple(row for row in scenario.rows(table) if keys and row.key_value() not in keys)
    return scenario.model_copy(update={table: rows})


def added(scenario: Scenario, *rows: Row) -> Scenario:
    """Return a scenario with rows put at the end of their tables, whatever their keys."""
    for row in rows:
        scenario = scenario.model_copy(update={row.table: (*scenario.rows(row.table), row)})
    return scenario


def written(folder: Path, **tables: str) -> Path:
    """Write the sound scenario and put `tables` in place of its own; return the folder."""
    write(sound(), folder)
    for name, text in tables.items():
        (folder / "tables" / f"{name}.csv").write_text(text, encoding="utf-8", newline="")
    return folder
