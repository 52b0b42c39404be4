"""What is held, by whom, and how much of it should be."""

from __future__ import annotations

import datetime as dt

from replenish.scenario.model import base as col
from replenish.scenario.model.base import Name, Per, Row


class Item(Row):
    """A stocked thing."""

    table = "items"
    key = ("name",)

    name: Name = col.name("short name, used by every other table")
    title: str = col.text("name for reports; empty: the short name", default="")
    unit: str = col.text("unit in which it is counted, such as round or tonne")
    unit_cost: float = col.money("price of one unit", unit="currency/unit")
    currency: str = col.currency()
    shelf_life_days: float | None = col.number("life of a fresh unit; empty: it keeps", unit="day", default=None, gt=0)
    weight: float = col.number("weight of one unit, used by route capacities", unit="tonne/unit", default=0.0)


class Holder(Row):
    """A nation, agency or depot that owns stock and decides; or a group of such."""

    table = "holders"
    key = ("name",)

    name: Name = col.name("short name, used by every other table")
    title: str = col.text("name for reports; empty: the short name", default="")
    parent: Name = col.name(
        "the group that it belongs to; sums are reported for groups", refers_to="holder", default=""
    )
    decision_delay_days: float = col.number(
        "from need seen to decided, for orders and releases", unit="day", default=0.0
    )
    absorption_delay_days: float = col.number(
        "training and fielding after goods arrive, before they are on hand", unit="day", default=0.0
    )
    gate: Name = col.name(
        "chain whose state lets through this holder's orders and releases", refers_to="chain", default=""
    )
    priority: int = col.number(
        "place in the queue of a line that allocates by priority; 1 first", unit="rank", default=1
    )
    allocation_weight: float = col.number("weight on a line that allocates by weights", unit="weight", default=1.0)
    fiscal_year_start_month: int = col.number(
        "month in which the budget year starts; from October on, a budget year bears the number of the next year",
        unit="month", default=1, ge=1, le=12,
    )  # fmt: skip


class Stock(Row):
    """What one holder has of one item, and the limits on it."""

    table = "stocks"
    key = ("holder", "item")

    holder: Name = col.name("who holds it", refers_to="holder")
    item: Name = col.name("what is held", refers_to="item")
    on_hand: float = col.number("stock at the start of the first period", unit="unit", default=0.0)
    floor: float = col.number(
        "stock below which nothing is shipped away; own use may go below it", unit="unit", default=0.0
    )
    storage_limit: float | None = col.number("most that can be stored; empty: no limit", unit="unit", default=None)
    holding_cost: float = col.money("cost of keeping one unit for a year", unit="currency/unit/year")
    outside_cost: float = col.money(
        "cost of keeping one unit outside for a year, where it waits for storage", unit="currency/unit/year"
    )
    currency: str = col.currency()
    unit: str = col.stated_unit()


class Lot(Row):
    """Part of an opening stock with its expiry."""

    table = "lots"
    key = ("holder", "item", "lot")

    holder: Name = col.name("who holds it", refers_to="holder")
    item: Name = col.name("what is held", refers_to="item")
    lot: Name = col.name("name of the lot")
    quantity: float = col.number("units in the lot, part of the stock's on_hand", unit="unit")
    expires: dt.date | None = col.day(
        "last day on which it may be issued; empty: it keeps", default=None, may_lie_outside=True
    )
    unit: str = col.stated_unit()


class Requirement(Row):
    """What should be held from a date on: a quantity, or days of supply of a stated planning use."""

    table = "requirements"
    key = ("holder", "item", "start", "chain", "state")

    holder: Name = col.name("who should hold it", refers_to="holder")
    item: Name = col.name("what should be held", refers_to="item")
    start: dt.date | None = col.day(
        "first day on which it holds; empty: from the start", default=None, may_lie_outside=True
    )
    chain: Name = col.name("chain on whose state it depends (a threat); empty: none", refers_to="chain", default="")
    state: Name = col.name("state of that chain", default="")
    quantity: float | None = col.number("units that should be held; or give days_of_supply", unit="unit", default=None)
    days_of_supply: float | None = col.number("days of the planning use; or give quantity", unit="day", default=None)
    planning_use: float | None = col.number(
        "use from which days of supply are counted; needed with days_of_supply", unit="unit/per", default=None, gt=0
    )
    per: Per = col.text("unit of time of planning_use", default="day")
    unit: str = col.stated_unit()


class Bundle(Row):
    """Use of one item consumes another: rounds wear barrels."""

    table = "bundles"
    key = ("holder", "item", "bundled_item")

    holder: Name = col.name(
        "whose use it is; empty: of every holder with a stock of the item and of the bundled item",
        refers_to="holder", default="",
    )  # fmt: skip
    item: Name = col.name("the item that is used", refers_to="item")
    bundled_item: Name = col.name("the item that its use consumes", refers_to="item")
    quantity: float = col.number("units of bundled_item consumed by one unit of item", unit="unit/unit", gt=0)


class Substitute(Row):
    """An item that may be issued where another runs out."""

    table = "substitutes"
    key = ("item", "substitute")

    item: Name = col.name("the item that is asked for", refers_to="item")
    substitute: Name = col.name("the item that may be issued instead", refers_to="item")
    ratio: float = col.number("units of substitute that replace one unit of item", unit="unit/unit", default=1.0, gt=0)
    rank: int = col.number("order in which substitutes are tried; 1 first", unit="rank", default=1)
