"""What things are worth: prices, priorities from which prices are derived, and targets.

A share says how deep: a larger one is deeper of `unmet` and `late`, a smaller one of `shortfall` and `terminal_stock`.
"""

from __future__ import annotations

import datetime as dt
from typing import Final, Literal

from replenish.scenario.model import base as col
from replenish.scenario.model.base import Name, Row

Valued = Literal["unmet", "shortfall", "late", "terminal_stock"]
DEEPER_WHEN_SMALLER: Final = frozenset({"shortfall", "terminal_stock"})
"""What is counted in shares of a requirement that is held, so that a smaller share is a deeper one."""
_WHAT = (
    "unmet: demand that is not issued in its period; shortfall: what on hand lacks to the requirement; late: what the"
    " holder pledged and has not delivered when due; terminal_stock: what is held at the end, up to the requirement"
)


class Price(Row):
    """What a shortfall, an unmet unit or a late unit is worth in the plan."""

    table = "prices"
    key = ("holder", "item", "what", "share_from")

    holder: Name = col.name("whose shortfall, need or pledge", refers_to="holder")
    item: Name = col.name("of which item", refers_to="item")
    what: Valued = col.text(f"what is priced. {_WHAT}")
    share_from: float = col.share(
        "the price holds from this share: unmet, of the demand of the period that is unmet; late, of the pledge that is"
        " late; shortfall and terminal_stock, of the requirement that is held",
        default=0.0,
    )
    share_to: float = col.share(
        "up to this share. A deeper range costs at least as much: larger shares of unmet and late, smaller shares of"
        " shortfall and terminal_stock; a shortfall from 0 to 0.5 is what lacks below half of the requirement",
        default=1.0,
    )
    price: float = col.money(
        "worth of one unit for one period; of terminal_stock, once at the end", unit="currency/unit/period", default=...
    )
    currency: str = col.currency()


class Preference(Row):
    """One statement of what comes before what, or what it is worth; prices of the plan are derived from it."""

    table = "priorities"
    key = (
        "holder", "item", "what", "share_from", "over_holder", "over_item", "over_what", "over_share_from",
    )  # fmt: skip

    holder: Name = col.name("whose shortfall, need or pledge", refers_to="holder")
    item: Name = col.name("of which item", refers_to="item")
    what: Valued = col.text(f"what is weighed. {_WHAT}")
    share_from: float = col.share("from this share, as in prices", default=0.0)
    share_to: float = col.share("up to this share", default=1.0)
    relation: Literal["before", "worth"] = col.text(
        "before: it comes before the other, whatever it takes; worth: one unit for one period is worth `ratio` units of"
        " the other for one period"
    )
    ratio: float | None = col.number(
        "units of the other that one unit is worth; needed with worth", unit="ratio", default=None, gt=0
    )
    over_holder: Name = col.name("the other: whose; empty: the same holder", refers_to="holder", default="")
    over_item: Name = col.name("the other: of which item; empty: the same item", refers_to="item", default="")
    over_what: Literal["unmet", "shortfall", "late", "terminal_stock", "money"] = col.text(
        "the other: what is weighed against; money: the dearest price of one unit of the item"
    )
    over_share_from: float = col.share("the other: from this share", default=0.0)
    over_share_to: float = col.share("the other: up to this share", default=1.0)

    @property
    def other(self) -> tuple[str, str, str]:
        """Return holder, item and what of the other side, those left empty filled in."""
        return self.over_holder or self.holder, self.over_item or self.item, self.over_what


class TargetRow(Row):
    """What should be reached with a stated probability."""

    table = "targets"
    key = ("name",)

    name: Name = col.name("short name of the target")
    holder: Name = col.name(
        "whose need, stock, pledge or money; of spend, a group stands for its members", refers_to="holder"
    )
    item: Name = col.name("of which item; empty for spend", refers_to="item", default="")
    what: Literal["unmet", "shortfall", "late", "replenished", "spend"] = col.text(
        "unmet: demand not issued in its period; shortfall: what on hand lacks to the requirement; late: pledged and"
        " not delivered when due; replenished: back at the requirement, and from then on; spend: money committed"
    )
    at_most: float | None = col.number(
        "most that meets the target: unmet, share of the demand; shortfall, share of the requirement that lacks; late,"
        " share of what was pledged; spend, money in the scenario's currency; empty for replenished",
        unit="share or currency", default=None,
    )  # fmt: skip
    by: dt.date | None = col.day(
        "replenished: the day by which; shortfall: the day on which, empty: when it is deepest; unmet, late and spend:"
        " what has come about by then, empty: by the end",
        default=None,
    )
    probability: float = col.number("with which it is to be met", unit="share", default=0.9, gt=0, lt=1)
