"""Budgets and exchange rates."""

from __future__ import annotations

from typing import Literal

from replenish.scenario.model import base as col
from replenish.scenario.model.base import Name, Row


class Budget(Row):
    """What one holder may spend in one budget year."""

    table = "budgets"
    key = ("holder", "year", "purpose")

    holder: Name = col.name("whose money", refers_to="holder")
    year: int = col.number("budget year", unit="year", ge=1900, le=2200)
    purpose: Literal["orders", "expansions"] = col.text("what it may be spent on", default="orders")
    amount: float = col.money("amount made available at the start of the year", unit="currency", default=...)
    currency: str = col.text("currency of the amounts in this row; empty: the scenario's", default="")
    carry_over_share: float = col.share("share of what is left that may be used in the next year", default=0.0)
    gate: Name = col.name("chain whose purchase_share is the part that may be spent", refers_to="chain", default="")
    paid: Literal["order", "delivery"] = col.text("when money leaves; it is committed at the order", default="order")


class ExchangeRate(Row):
    """Worth of a currency in the scenario's currency."""

    table = "exchange_rates"
    key = ("currency",)

    currency: str = col.text("currency, such as EUR")
    rate: float = col.number(
        "units of the scenario's currency that one unit of this currency is worth", unit="ratio", gt=0
    )
