"""Which rule each holder, line and route follows, with its parameters."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from replenish.scenario.model import base as col
from replenish.scenario.model.base import Name, Per, Row

Role = Literal["ordering", "release", "production"]
Rule = Literal[
    "base_stock", "reorder_point", "days_of_supply", "schedule",
    "above_floor_share", "proportional", "priority", "pledge_schedule",
    "follow_orders", "follow_or_close", "normal", "maximum", "level",
]  # fmt: skip
ShipFirst = Literal["oldest", "freshest"]


class PolicyRow(Row):
    """A rule in force from a date on, until the next row for the same decision."""

    table = "policies"
    key = ("role", "holder", "item", "line", "to_holder", "start")

    role: Role = col.text("what is decided: ordering by a holder, release along a route, production of a line")
    holder: Name = col.name("who orders or releases", refers_to="holder", default="")
    item: Name = col.name("what is ordered or released", refers_to="item", default="")
    line: Name = col.name("line that produces, or from which is ordered", refers_to="line", default="")
    to_holder: Name = col.name("to whom is released", refers_to="holder", default="")
    start: dt.date | None = col.day("first day of the rule; empty: from the start", default=None, may_lie_outside=True)
    rule: Rule = col.text("name of the rule")
    quantity: float | None = col.number(
        "base_stock, reorder_point: order up to this position (empty: the requirement); proportional, priority: stock"
        " that the recipient should have (empty: 0)", unit="unit", default=None,
    )  # fmt: skip
    reorder_point: float | None = col.number(
        "reorder_point: order when the position is below", unit="unit", default=None
    )
    days: float | None = col.number(
        "days_of_supply: order up to so many days of planning use", unit="day", default=None
    )
    rate: float | None = col.number("schedule: ordered; level: capacity run", unit="unit/per", default=None)
    per: Per = col.text("unit of time of rate", default="month")
    share: float | None = col.share(
        "ordering: part of the order that goes to this line (empty: all); above_floor_share: part of the stock above"
        " the protected level released in a review period; proportional, priority: part of the want that is covered"
        " (empty: all)",
        default=None,
    )
    keep: float | None = col.share(
        "release rules: part of the requirement that is protected as well as the floor (empty: none)", default=None
    )
    ship_first: ShipFirst | None = col.text(
        "release rules: which units of a perishable item leave first (empty: the oldest)", default=None
    )
