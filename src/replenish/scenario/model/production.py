"""What makes items, from what, how fast, and how that can grow."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from replenish.scenario.model import base as col
from replenish.scenario.model.base import Name, Per, Row

Allocation = Literal["proportional", "priority", "due_date", "weights"]
Delay = Literal["none", "exponential", "gamma", "lognormal"]


class Line(Row):
    """A producer.  Rates are in capacity units: units of an item times its capacity_use."""

    table = "lines"
    key = ("name",)

    name: Name = col.name("short name, used by other tables")
    title: str = col.text("name for reports; empty: the short name", default="")
    owner: Name = col.name("whose components it takes and who gets output that nobody ordered", refers_to="holder")
    start_rate: float | None = col.number(
        "rate before the first period; empty: normal_rate", unit="unit/per", default=None
    )
    min_sustaining_rate: float = col.number("rate below which the line closes", unit="unit/per", default=0.0)
    normal_rate: float | None = col.number("rate of normal shifts; empty: max_rate", unit="unit/per", default=None)
    max_rate: float = col.number("highest rate with today's tooling", unit="unit/per")
    per: Per = col.text("unit of time of the rates", default="month")
    ramp_limit: float | None = col.number(
        "largest rise of the rate in a month; empty: no limit", unit="unit/per/month", default=None, gt=0
    )
    bound_share: float = col.share("share of good output bound to customers outside the scenario", default=0.0)
    allocation: Allocation = col.text("how output is shared among open orders", default="proportional")
    outage_probability: float = col.share("probability that an outage starts in a period", default=0.0)
    outage_duration_days: float = col.number("mean length of an outage", unit="day", default=0.0)
    keeping_cost: float = col.money("cost of keeping the line open", unit="currency/year")
    restart_cost: float = col.money("cost of restarting it once closed", unit="currency")
    currency: str = col.currency()


class LineItem(Row):
    """An item that a line makes."""

    table = "line_items"
    key = ("line", "item")

    line: Name = col.name("which line", refers_to="line")
    item: Name = col.name("what it makes", refers_to="item")
    capacity_use: float = col.number("capacity used by one unit started", unit="capacity/unit", default=1.0, gt=0)
    output_share: float = col.number(
        "weight of this item in output that nobody ordered, on a line that makes several", unit="weight", default=1.0
    )
    unit_cost: float | None = col.money("price of one good unit; empty: the item's", unit="currency/unit", default=None)
    surge_unit_cost: float | None = col.money(
        "price of a unit made above normal_rate; empty: unit_cost", unit="currency/unit", default=None
    )
    currency: str = col.currency()
    yield_fraction: float = col.number("good units per unit started", unit="share", default=1.0, gt=0, le=1)
    administrative_lead_time_days: float = col.number("from decided to contract award", unit="day", default=0.0)
    production_lead_time_days: float = col.number("from start of production to delivery", unit="day", default=0.0)
    lead_time_coefficient_of_variation: float = col.number(
        "spread of the production lead time", unit="ratio", default=0.0
    )


class Component(Row):
    """Bill of materials: starting one unit takes components from the stock of the line's owner."""

    table = "components"
    key = ("item", "component")

    item: Name = col.name("what is made", refers_to="item")
    component: Name = col.name("what it is made from", refers_to="item")
    quantity: float = col.number("units of component in one unit of item", unit="unit/unit", default=1.0, gt=0)


class Expansion(Row):
    """An option to add capacity to a line."""

    table = "expansions"
    key = ("name",)

    name: Name = col.name("short name")
    title: str = col.text("name for reports; empty: the short name", default="")
    line: Name = col.name("the line that grows", refers_to="line")
    capacity_step: float = col.number("capacity added to max_rate and normal_rate, as announced", unit="unit/per", gt=0)
    per: Per = col.text("unit of time of capacity_step", default="month")
    start: dt.date | None = col.day(
        "day on which it is decided, with a trigger the first on which it may be; empty: only a plan may start it, or"
        " its trigger from the start on", default=None,
    )  # fmt: skip
    trigger_holder: Name = col.name("holder of the stock that is watched", refers_to="holder", default="")
    trigger_item: Name = col.name("item of the stock that is watched", refers_to="item", default="")
    trigger_share: float | None = col.share(
        "started once the watched stock is below this part of its requirement", default=None
    )
    trigger_chain: Name = col.name("chain that is watched", refers_to="chain", default="")
    trigger_state: Name = col.name("started once that chain is in this state", default="")
    earliest: dt.date | None = col.day("first day on which a plan may start it; empty: at once", default=None)
    build_time_days: float = col.number("planned time from decision to full capacity", unit="day")
    delay_distribution: Delay = col.text("law of the delay beyond the planned time", default="none")
    delay_mean_days: float = col.number("mean delay", unit="day", default=0.0)
    delay_coefficient_of_variation: float = col.number(
        "standard deviation / mean of the delay (gamma and lognormal)", unit="ratio", default=0.0
    )
    realised_share: float = col.share("mean share of the announced step that comes about", default=1.0)
    realised_spread: float = col.share("the realised share is uniform within this distance of its mean", default=0.0)
    cost: float = col.money("cost of the whole step, paid when decided", unit="currency")
    currency: str = col.currency()
    divisible: bool = col.text("whether a plan may build a part of it", default=False)


class Contract(Row):
    """An order placed before the start."""

    table = "orders"
    key = ("name",)

    name: Name = col.name("short name of the contract")
    holder: Name = col.name("who ordered", refers_to="holder")
    item: Name = col.name("what", refers_to="item")
    line: Name = col.name("from which line", refers_to="line")
    quantity: float = col.number("units still to be delivered", unit="unit", gt=0)
    due: dt.date = col.day("day on which delivery is due")
    slip_days: float = col.number("how much later it is expected to be (mean)", unit="day", default=0.0)
    slip_distribution: Delay = col.text("law of how much later; none: exactly slip_days", default="none")
    slip_coefficient_of_variation: float = col.number(
        "standard deviation / mean of slip_days (gamma and lognormal)", unit="ratio", default=0.0
    )
    unit: str = col.stated_unit()
