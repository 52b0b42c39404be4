"""Lots, shelf lives and storage in months, with numbers worked out on paper."""

from __future__ import annotations

import datetime as dt

import pytest

from replenish.scenario.model import Component, Demand, Item, LineItem, Lot, Pledge, Route, Row, Stock
from tests.simulation.by_hand import Run, ordering, plant, producing, release

pytestmark = pytest.mark.usefixtures("each_engine")

MONTH = 365.2425 / 12


def perishable(months: float) -> Item:
    return Item(name="round", unit="unit", unit_cost=1, shelf_life_days=months * MONTH)


def lots(holder: str, *rows: tuple[float, dt.date]) -> tuple[Row, ...]:
    return tuple(
        Lot(holder=holder, item="round", lot=f"lot{n}", quantity=quantity, expires=expires)
        for n, (quantity, expires) in enumerate(rows)
    )


def test_lots_leave_in_the_month_after_their_last_day_and_the_rest_evenly_over_a_life() -> None:
    """40 until the end of January, 30 until mid-February; the other 30 of 100 at 15 in each of the two months."""
    run = Run(
        perishable(2.9),
        Stock(holder="army", item="round", on_hand=100),
        *lots("army", (30, dt.date(2024, 2, 15)), (40, dt.date(2024, 1, 31))),
        months=4,
    )
    assert run("expired", "army", "round") == [0, 55, 45, 0]
    assert run("on_hand", "army", "round") == [100, 45, 0, 0]


def test_use_takes_the_oldest_units_first() -> None:
    """Of 55 that expire in February, 20 are used in January; then 20 of the 45 that expire in March."""
    run = Run(
        perishable(2.9),
        Stock(holder="army", item="round", on_hand=100),
        *lots("army", (55, dt.date(2024, 1, 20)), (45, dt.date(2024, 2, 29))),
        Demand(holder="army", item="round", mean=20, when_unmet="lost"),
        months=4,
    )
    assert run("expired", "army", "round") == [0, 35, 25, 0]
    assert run("on_hand", "army", "round") == [80, 25, 0, 0]
    assert run("unmet", "army", "round", "use") == [0, 0, 20, 20]


def test_a_lot_that_expired_before_the_start_leaves_in_the_first_month() -> None:
    run = Run(
        perishable(3),
        Stock(holder="army", item="round", on_hand=50),
        *lots("army", (50, dt.date(2023, 12, 20))),
        months=2,
    )
    assert run("expired", "army", "round") == [50, 0]
    assert run("on_hand", "army", "round") == [0, 0]


def test_a_fresh_unit_can_be_used_for_its_life_and_no_longer() -> None:
    """10 a month from February on, usable in two months; nobody uses them."""
    run = Run(perishable(2.3), *plant(max_rate=10), producing("maximum"))
    assert run("expired", "army", "round") == [0, 0, 0, 10, 10, 10]
    assert run("on_hand", "army", "round") == [0, 10, 20, 20, 20, 20]


def test_what_is_not_used_of_a_month_expires_two_months_later() -> None:
    """4 of 10 are used in February, 4 more of them in March: 2 expire in April, then 6 a month."""
    run = Run(
        perishable(2.3),
        *plant(max_rate=10),
        producing("maximum"),
        Demand(holder="army", item="round", mean=4, when_unmet="lost"),
    )
    assert run("expired", "army", "round") == [0, 0, 0, 2, 6, 6]
    assert run("on_hand", "army", "round") == [0, 6, 12, 16, 16, 16]


@pytest.mark.parametrize(
    ("first", "at_user", "at_donor"),
    [(None, [0, 0, 0, 50, 0, 0], [0, 0, 0, 10, 0, 40]), ("freshest", [0, 0, 0, 10, 0, 40], [0, 0, 0, 50, 0, 0])],
)
def test_goods_on_the_way_keep_their_age(first: str | None, at_user: list[float], at_donor: list[float]) -> None:
    """Of 60 that expire in April and 40 in June 50 are sent: the oldest, or all of the fresh and 10 of the old."""
    run = Run(
        perishable(6),
        Stock(holder="donor", item="round", on_hand=100),
        *lots("donor", (60, dt.date(2024, 3, 15)), (40, dt.date(2024, 5, 20))),
        Route(from_holder="donor", to_holder="user", lead_time_days=30),
        release("schedule", rate=50, ship_first=first),
        release("schedule", rate=0, start=dt.date(2024, 2, 1), ship_first=first),
    )
    assert run("expired", "user", "round") == at_user
    assert run("expired", "donor", "round") == at_donor


def test_what_is_past_its_life_on_arrival_counts_as_delivered_and_expires_at_once() -> None:
    run = Run(
        perishable(6),
        Stock(holder="donor", item="round", on_hand=50),
        *lots("donor", (50, dt.date(2024, 2, 10))),
        Route(from_holder="donor", to_holder="user", lead_time_days=60),
        release("schedule", rate=50),
        Pledge(name="aid", from_holder="donor", to_holder="user", item="round", quantity=80, due=dt.date(2024, 4, 9)),
        months=4,
    )
    assert run("delivered", "donor", "user", "round") == [0, 0, 50, 0]
    assert run("pledge_delivered", "aid") == [0, 0, 50, 50]
    assert run("expired", "user", "round") == [0, 0, 50, 0]
    assert run("on_hand", "user", "round") == [0, 0, 0, 0]


def test_losses_on_the_way_take_all_ages_alike() -> None:
    run = Run(
        perishable(6),
        Stock(holder="donor", item="round", on_hand=100),
        *lots("donor", (60, dt.date(2024, 2, 15)), (40, dt.date(2024, 3, 15))),
        Route(from_holder="donor", to_holder="user", loss_probability=0.25),
        release("above_floor_share", share=1.0),
        months=4,
    )
    assert run("expired", "user", "round") == [0, 0, 45, 30]


def test_two_shipments_of_one_stock_take_its_ages_in_the_order_of_the_recipients_names() -> None:
    run = Run(
        perishable(6),
        Stock(holder="donor", item="round", on_hand=100),
        *lots("donor", (50, dt.date(2024, 2, 15)), (50, dt.date(2024, 3, 15))),
        Route(from_holder="donor", to_holder="user"),
        Route(from_holder="donor", to_holder="ally"),
        release("schedule", rate=50),
        release("schedule", rate=50, to_holder="ally"),
        months=4,
    )
    assert run("expired", "ally", "round") == [0, 0, 50, 0]
    assert run("expired", "user", "round") == [0, 0, 0, 50]


def test_long_lives_are_kept_in_classes_that_leave_together() -> None:
    """Two years make classes of two months: expiry in month 1 or 2 leaves in 2, in 3 or 4 in 4."""
    run = Run(
        perishable(24),
        Stock(holder="donor", item="round", on_hand=100),
        *lots("donor", *((25, dt.date(2024, month, 10)) for month in (1, 2, 3, 4))),
        Route(from_holder="donor", to_holder="user"),
        release("schedule", rate=0),
    )
    assert run("expired", "donor", "round") == [0, 0, 50, 0, 50, 0]


def test_a_stock_that_stays_where_it_is_keeps_its_ages_exactly_however_long_it_lives() -> None:
    run = Run(
        perishable(24),
        Stock(holder="donor", item="round", on_hand=100),
        *lots("donor", *((25, dt.date(2024, month, 10)) for month in (1, 2, 3, 4))),
    )
    assert run("expired", "donor", "round") == [0, 25, 25, 25, 25, 0]


def test_production_takes_the_oldest_components() -> None:
    """10 shells a month into rounds: 20 of the 25 that expire in March are used by then, 20 of those of May."""
    run = Run(
        Item(name="shell", unit="unit", unit_cost=1, shelf_life_days=4 * MONTH),
        Stock(holder="army", item="shell", on_hand=50),
        Lot(holder="army", item="shell", lot="old", quantity=25, expires=dt.date(2024, 2, 10)),
        Lot(holder="army", item="shell", lot="new", quantity=25, expires=dt.date(2024, 4, 10)),
        Component(item="round", component="shell"),
        *plant(max_rate=10),
        producing("maximum"),
    )
    assert run("expired", "army", "shell") == [0, 0, 5, 0, 5, 0]
    assert run("on_hand", "army", "shell") == [40, 30, 15, 5, 0, 0]


def test_what_finds_no_room_waits_outside_at_its_own_cost() -> None:
    """10 a month come to a depot of 25: outside are 5 in April, 15 in May."""
    run = Run(
        Stock(holder="army", item="round", storage_limit=25, holding_cost=36.6, outside_cost=366),
        *plant(max_rate=10),
        producing("maximum"),
        months=5,
    )
    assert run("on_hand", "army", "round") == [0, 10, 20, 25, 25]
    assert run("outside", "army", "round") == [0, 0, 0, 5, 15]
    assert run("spend", "army", "holding") == [0, 29, 62, 75 + 150, 77.5 + 465]


def test_what_waits_outside_enters_when_there_is_room_and_opening_stock_above_the_limit_stays() -> None:
    """30 in a depot of 20, 10 more each month and 15 used: what comes in January waits until March."""
    run = Run(
        Stock(holder="army", item="round", on_hand=30, storage_limit=20),
        *plant(max_rate=10, start_rate=10),
        producing("maximum"),
        Demand(holder="army", item="round", mean=15),
    )
    assert run("on_hand", "army", "round") == [15, 5, 5, 5, 5, 0]
    assert run("outside", "army", "round") == [10, 15, 10, 5, 0, 0]
    assert run("unmet", "army", "round", "use") == [0] * 6


def test_what_waits_outside_is_neither_issued_nor_shipped() -> None:
    """A depot of 10 that 40 come to in February: 10 can be used, 10 more in each month after."""
    run = Run(
        Stock(holder="army", item="round", storage_limit=10),
        Stock(holder="donor", item="round", on_hand=40),
        Route(from_holder="donor", to_holder="army"),
        Route(from_holder="army", to_holder="user"),
        release("schedule", rate=40, to_holder="army"),
        release("above_floor_share", "army", share=1.0),
        months=4,
    )
    assert run("shipped", "army", "user", "round") == [0, 10, 10, 10]
    assert run("outside", "army", "round") == [0, 30, 20, 10]


def test_what_waits_outside_counts_for_the_position() -> None:
    run = Run(Stock(holder="army", item="round", storage_limit=20), *plant(), ordering("base_stock", quantity=50))
    assert run("on_hand", "army", "round") == [0, 20, 20, 20, 20, 20]
    assert run("outside", "army", "round") == [0, 30, 30, 30, 30, 30]
    assert run("on_order", "army", "round") == [50, 0, 0, 0, 0, 0]


def test_what_expires_is_taken_from_what_is_on_hand_before_what_waits_outside() -> None:
    run = Run(
        perishable(5),
        Stock(holder="army", item="round", on_hand=20, storage_limit=20),
        *lots("army", (20, dt.date(2024, 1, 31))),
        *plant(max_rate=10, start_rate=10),
        producing("maximum"),
        months=3,
    )
    assert run("expired", "army", "round") == [0, 20, 0]
    assert run("on_hand", "army", "round") == [20, 0, 20]
    assert run("outside", "army", "round") == [10, 20, 10]


def test_the_life_of_a_unit_starts_when_it_is_received() -> None:
    run = Run(
        perishable(1),
        *plant(LineItem(line="plant", item="round", production_lead_time_days=85)),
        ordering("schedule", rate=30),
        ordering("schedule", rate=0, start=dt.date(2024, 2, 1)),
    )
    assert run("on_hand", "army", "round") == [0, 0, 0, 30, 0, 0]
    assert run("expired", "army", "round") == [0, 0, 0, 0, 30, 0]
