"""What keeps systems in service: sites, fleets, parts, how parts are repaired, by whom, and spares."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from replenish.scenario.model import base as col
from replenish.scenario.model.base import Name, Per, Row

RepairLaw = Literal["exponential", "fixed", "gamma", "lognormal"]


class Site(Row):
    """A place that holds spares and may repair: a base, a workshop, a depot.  Sites form trees of supply."""

    table = "sites"
    key = ("name",)

    name: Name = col.name("short name, used by other tables")
    title: str = col.text("name for reports; empty: the short name", default="")
    holder: Name = col.name("whose it is", refers_to="holder")
    parent: Name = col.name(
        "site that supplies it and repairs what it cannot; empty: the top of its tree", refers_to="site", default=""
    )
    order_time_days: float = col.number(
        "from an order to its arrival, while the parent has the part in stock", unit="day", default=0.0
    )
    lateral_group: Name = col.name("sites of a group help each other out before they wait; empty: none", default="")
    lateral_time_days: float = col.number("from a site of the group to this one", unit="day", default=0.0)


class Fleet(Row):
    """Systems of one type at one site."""

    table = "fleets"
    key = ("name",)

    name: Name = col.name("short name")
    title: str = col.text("name for reports; empty: the short name", default="")
    site: Name = col.name("where the systems stand and get spares", refers_to="site")
    system: Name = col.name("type of system; the table breakdown says what is in it")
    systems: int = col.number("how many", unit="system", gt=0, ge=None)
    usage: float = col.number(
        "use of one system in service, in operating hours or whatever unit the failure rates are for", unit="use/per"
    )
    per: Per = col.text("unit of time of usage", default="month")
    item: Name = col.name(
        "item that the systems issue: in a coupled run its issues are their use; empty: they are used as stated",
        refers_to="item", default="",
    )  # fmt: skip
    closed: bool = col.text("whether a system that is down is not used and does not fail", default=False)
    cannibalised: bool = col.text("whether holes are gathered in as few systems as possible", default=False)
    target_availability: float | None = col.share(
        "share of systems that should be in service; empty: none", default=None
    )


class Operation(Row):
    """Use of a fleet from a day on, in place of what stands in fleets: a deployment, a surge, a quiet time."""

    table = "operations"
    key = ("fleet", "start")

    fleet: Name = col.name("which fleet", refers_to="fleet")
    start: dt.date = col.day("first day")
    usage: float = col.number("use of one system from then on", unit="use/per")
    per: Per = col.text("unit of time of usage", default="month")


class Part(Row):
    """What fails and is replaced: in a system (line replaceable unit) or in another part (shop replaceable unit)."""

    table = "parts"
    key = ("name",)

    name: Name = col.name("short name, used by other tables")
    title: str = col.text("name for reports; empty: the short name", default="")
    unit_cost: float = col.money("price of one spare", unit="currency/unit")
    currency: str = col.currency()
    failure_rate: float | None = col.number(
        "removals of one installed part by unit of use; empty: from failures and observed_use", unit="unit/use",
        default=None,
    )  # fmt: skip
    failures: float | None = col.number("removals that were counted", unit="unit", default=None)
    observed_use: float | None = col.number(
        "use of all installed parts over which they were counted", unit="use", default=None, gt=0
    )
    variance_ratio: float = col.number(
        "variance / mean of removals in a stretch of time; 1: Poisson", unit="ratio", default=1.0, gt=0
    )
    procurement_lead_time_days: float = col.number(
        "from the order of a new one to its arrival at the top site, where parts are not repaired", unit="day",
        default=0.0,
    )  # fmt: skip


class Installed(Row):
    """A part in a type of system, or in another part."""

    table = "breakdown"
    key = ("part", "inside")

    part: Name = col.name("which part", refers_to="part")
    inside: Name = col.name("type of system, or part, that holds it")
    quantity: int = col.number("how many are in one system", unit="unit/system", default=1, gt=0, ge=None)
    needed: int | None = col.number(
        "how many of them a system needs to be in service; empty: all", unit="unit/system", default=None
    )
    use: float = col.number("use of the part by unit of use of the system", unit="ratio", default=1.0)
    share: float | None = col.share(
        "of a part in another part: share of the repairs of the other one that need it", default=None
    )


class Repair(Row):
    """What a site does with parts that come to it; the row that says most holds: part and site, part, site, neither."""

    table = "repairs"
    key = ("part", "site")

    part: Name = col.name("which part; empty: every part", refers_to="part", default="")
    site: Name = col.name("where; empty: every site", refers_to="site", default="")
    no_fault_share: float = col.share("share in which no fault is found: they are tested and go back", default=0.0)
    no_fault_time_days: float = col.number("time of that test", unit="day", default=0.0)
    repair_share: float = col.share(
        "share of the faulty that are repaired here; the others go to the parent at once, or are replaced by new ones"
        " at the top", default=1.0,
    )  # fmt: skip
    condemned_share: float = col.share("share of those taken in here that turn out to be beyond repair", default=0.0)
    repair_time_days: float = col.number("time under repair, without waiting for servers or parts", unit="day")
    repair_law: RepairLaw = col.text("law of the repair time", default="exponential")
    repair_coefficient_of_variation: float | None = col.number(
        "standard deviation / mean of the repair time (gamma and lognormal)", unit="ratio", default=None, gt=0
    )
    servers: Name = col.name("who repairs; empty: always somebody", refers_to="servers", default="")
    priority: int = col.number("smaller numbers are repaired first by shared servers", unit="rank", default=1)


class Servers(Row):
    """People or stands at a site that repair one part at a time each."""

    table = "servers"
    key = ("name",)

    name: Name = col.name("short name")
    title: str = col.text("name for reports; empty: the short name", default="")
    site: Name = col.name("where", refers_to="site")
    count: int = col.number("how many", unit="server", gt=0, ge=None)
    most: int | None = col.number("how many there may be; empty: no more than now", unit="server", default=None)
    unit_cost: float = col.money("price of one more, on the same footing as that of a spare", unit="currency/server")
    currency: str = col.currency()


class PartStock(Row):
    """Spares of a part at a site: those held, and what an optimum must keep to."""

    table = "part_stock"
    key = ("part", "site")

    part: Name = col.name("which part", refers_to="part")
    site: Name = col.name("where", refers_to="site")
    on_hand: int = col.number("spares held: on the shelf, under repair or on order", unit="unit", default=0)
    minimum: int = col.number("an optimum holds at least so many", unit="unit", default=0)
    maximum: int | None = col.number("an optimum holds at most so many; empty: no limit", unit="unit", default=None)
