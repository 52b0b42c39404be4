"""How goods move between holders, and what was promised."""

from __future__ import annotations

import datetime as dt

from replenish.scenario.model import base as col
from replenish.scenario.model.base import Name, Per, Row


class Route(Row):
    """A way from one holder to another."""

    table = "routes"
    key = ("from_holder", "to_holder")

    from_holder: Name = col.name("the donor", refers_to="holder")
    to_holder: Name = col.name("the recipient", refers_to="holder")
    lead_time_days: float = col.number("from storage to arrival", unit="day", default=0.0)
    lead_time_coefficient_of_variation: float = col.number("spread of the lead time", unit="ratio", default=0.0)
    capacity: float | None = col.number("most that can be shipped; empty: no limit", unit="tonne/per", default=None)
    per: Per = col.text("unit of time of capacity", default="month")
    unit_cost: float = col.money("cost of shipping one unit", unit="currency/unit")
    currency: str = col.currency()
    loss_probability: float = col.share("share of what is shipped that is lost on the way", default=0.0)
    priority: int = col.number(
        "own demand of the donor with a smaller number is served before shipments", unit="rank", default=5
    )


class Pledge(Row):
    """A promise of one holder to another."""

    table = "pledges"
    key = ("from_holder", "to_holder", "item", "due")

    name: Name = col.name("name of the pledge; several holders may share one", default="")
    from_holder: Name = col.name("who promised", refers_to="holder")
    to_holder: Name = col.name("to whom", refers_to="holder")
    item: Name = col.name("what", refers_to="item")
    quantity: float = col.number("units promised", unit="unit", gt=0)
    start: dt.date | None = col.day("day of the promise; empty: before the start", default=None, may_lie_outside=True)
    due: dt.date = col.day("day by which all of it should have arrived")
    delivered_before_start: float = col.number("part that had arrived before the start", unit="unit", default=0.0)
    lateness_price: float = col.money("worth of one unit late by one period, in the plan", unit="currency/unit/period")
    currency: str = col.currency()
    unit: str = col.stated_unit()
