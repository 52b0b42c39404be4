"""Every measure once: its name, unit, formula, and the readings of the simulation that it is made of.

A *reading* is a number that the period step writes down for one thing (a stock, a demand, a line, ...) at the end of a
period.  A *measure* is a reading, a running sum of one, or a ratio of two.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Thing = Literal["cell", "demand", "product", "limit", "flow", "pledge", "account", "budget", "state"]
"""What a reading is about: a stock (holder, item); a demand (holder, item, purpose); an item made by a line; what may
hold that item back; an item on a route; a pledge; money of a holder by purpose; a budget of a holder by purpose; a
state of a chain."""

LABELS = ("holder", "item", "purpose", "line", "to_holder", "limit", "pledge", "chain", "state")
"""Columns that name a thing in tables of results; empty where they do not apply."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One measure.  `over` makes it a ratio; `is_cumulative` sums numerator and denominator from the start."""

    name: str
    title: str
    unit: str
    about: Thing
    reading: str
    over: str = ""
    when_empty: float = 0.0  # value of a ratio whose denominator is zero
    is_cumulative: bool = False
    one_minus: bool = False  # the measure is 1 - ratio
    formula: str
    adds_up: bool = True  # whether a group has it: the sum over its members, or the ratio of their sums


MEASURES: dict[str, Measure] = {
    measure.name: measure
    for measure in (
        Measure(
            name="on_hand", title="Stock on hand", unit="unit", about="cell", reading="on_hand",
            formula="stock that can be issued, at the end of the period",
        ),
        Measure(
            name="in_transit", title="In transit", unit="unit", about="cell", reading="in_transit",
            formula="shipped to the holder and not yet on hand, at the end of the period (before losses)",
        ),
        Measure(
            name="on_order", title="On order", unit="unit", about="cell", reading="on_order",
            formula="decided or ordered and not yet received, at the end of the period",
        ),
        Measure(
            name="requirement", title="Requirement", unit="unit", about="cell", reading="requirement",
            formula="quantity, or days of supply x planning use, in force in the period",
        ),
        Measure(
            name="shortfall", title="Shortfall against the requirement", unit="unit", about="cell",
            reading="shortfall", formula="max(0, requirement - on hand) at the end of the period",
        ),
        Measure(
            name="days_of_supply", title="Days of supply", unit="day", about="cell", reading="on_hand",
            over="planning_use", when_empty=float("inf"), adds_up=False,
            formula="on hand / planning use per day (the requirement's; else the mean demand of the period)",
        ),
        Measure(
            name="outside", title="Waiting outside", unit="unit", about="cell", reading="outside",
            formula="received and not on hand for want of storage, at the end of the period",
        ),
        Measure(
            name="expired", title="Expired", unit="unit/period", about="cell", reading="expired",
            formula="units past their shelf life that leave in the period",
        ),
        Measure(
            name="expired_cumulative", title="Expired since the start", unit="unit", about="cell", reading="expired",
            is_cumulative=True, formula="sum of expired up to the period",
        ),
        Measure(
            name="substituted", title="Issued for other items", unit="unit/period", about="cell",
            reading="substituted", formula="units issued in the period in place of another item",
        ),
        Measure(
            name="bundled", title="Used up with other items", unit="unit/period", about="cell", reading="bundled",
            formula="units used up in the period by the use of other items",
        ),
        Measure(
            name="demand", title="Need", unit="unit/period", about="demand", reading="demand",
            formula="demand revealed in the period",
        ),
        Measure(
            name="issues", title="Issued", unit="unit/period", about="demand", reading="issues",
            formula="handed out in the period, for demand of the period or owed from before",
        ),
        Measure(
            name="unmet", title="Unmet need", unit="unit/period", about="demand", reading="unmet",
            formula="demand of the period that is not issued in the period",
        ),
        Measure(
            name="unmet_cumulative", title="Unmet need since the start", unit="unit", about="demand", reading="unmet",
            is_cumulative=True, formula="sum of unmet up to the period",
        ),
        Measure(
            name="backorders", title="Owed", unit="unit", about="demand", reading="backorders",
            formula="demand still owed at the end of the period",
        ),
        Measure(
            name="fill_rate", title="Fill rate", unit="share", about="demand", reading="unmet", over="demand",
            is_cumulative=True, one_minus=True,
            formula="1 - sum of unmet / sum of demand, from the start (by volume); 1 where nothing was asked",
        ),
        Measure(
            name="production", title="Production", unit="unit/period", about="product", reading="production",
            formula="good units completed in the period, those bound to other customers included",
        ),
        Measure(
            name="capacity", title="Capacity", unit="unit/period", about="product", reading="capacity",
            formula="good units that the line could start in the period at its highest rate, expansions included",
        ),
        Measure(
            name="utilisation", title="Utilisation", unit="share", about="product", reading="started_capacity",
            over="line_capacity", adds_up=False,
            formula="capacity used by units of this item started / highest capacity of the line, in the period",
        ),
        Measure(
            name="bottleneck_share", title="What holds production back", unit="share", about="limit",
            reading="binding", adds_up=False,
            formula="share of paths in which this limit sets what is started in the period (its mean)",
        ),
        Measure(
            name="shipped", title="Shipped", unit="unit/period", about="flow", reading="shipped",
            formula="units that leave the donor in the period",
        ),
        Measure(
            name="delivered", title="Delivered", unit="unit/period", about="flow", reading="delivered",
            formula="units that arrive in the period, after losses on the way",
        ),
        Measure(
            name="delivered_cumulative", title="Delivered since the start", unit="unit", about="flow",
            reading="delivered", is_cumulative=True, formula="sum of delivered up to the period",
        ),
        Measure(
            name="pledge_fulfilment", title="Pledge fulfilment", unit="share", about="pledge",
            reading="pledge_delivered", over="pledge_quantity", adds_up=False,
            formula="units arrived for the pledge / units promised; what arrives counts for the earliest due first",
        ),
        Measure(
            name="spend", title="Spend", unit="currency/period", about="account", reading="spend",
            formula="money committed in the period, not discounted",
        ),
        Measure(
            name="spend_cumulative", title="Spend since the start", unit="currency", about="account",
            reading="spend", is_cumulative=True, formula="sum of spend up to the period",
        ),
        Measure(
            name="budget_left", title="Budget left", unit="currency", about="budget", reading="budget",
            formula="money that may still be committed, at the end of the period; gates not taken off",
        ),
        Measure(
            name="state_share", title="State of a chain", unit="share", about="state", reading="chain_state",
            adds_up=False, formula="share of paths in this state in the period (its mean)",
        ),
    )
}  # fmt: skip
"""All measures by name, in the order of reports."""

REPLENISHMENT = "date_of_replenishment"
"""The date measure that scalars of single paths may name."""

DATE_MEASURES = {
    "first_below_requirement": "first period at whose end on hand is below the requirement",
    REPLENISHMENT: "first period from which on hand stays at or above the requirement to the end; only for"
    " paths that were below it at some time",
}
"""Measures that are a period for each path; kept as counts of paths by period."""
