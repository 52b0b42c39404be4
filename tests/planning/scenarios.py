"""Small scenarios in which nothing is random and all that is worth anything has a stated price."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from replenish.scenario import Scenario, check
from replenish.scenario.model import (
    Budget,
    Bundle,
    ChainState,
    Component,
    Contract,
    Demand,
    Expansion,
    Forced,
    Holder,
    Item,
    Line,
    LineItem,
    Lot,
    Money,
    Pledge,
    PolicyRow,
    Price,
    Requirement,
    Route,
    Row,
    Settings,
    Stock,
    Substitute,
    Time,
    Transition,
)

START = dt.date(2025, 10, 1)


def sound(title: str, start: dt.date, end: dt.date, *rows: Row, discount: float = 0.0, **time: Any) -> Scenario:
    """Return a scenario of some rows, which must be free of errors."""
    settings = Settings(title=title, time=Time(start=start, end=end, **time), money=Money(discount_rate=discount))
    scenario = Scenario(settings=settings).with_rows(*rows)
    found = [problem for problem in check(scenario) if problem.severity == "error"]
    assert found == [], found
    return scenario


@dataclass
class Maker:
    """Draws the parts of one scenario, each from what was drawn before."""

    random: np.random.Generator
    months: int
    whole: bool = False
    expires: bool = True
    unmet: tuple[str, ...] = ("owed", "lost")
    rows: list[Row] = field(default_factory=list)

    def add(self, *rows: Row) -> None:
        self.rows.extend(rows)

    def one(self, *values: Any) -> Any:
        return values[int(self.random.integers(len(values)))]

    def number(self, low: float, high: float) -> float:
        return float(np.round(self.random.uniform(low, high), 3))

    def chance(self, probability: float) -> bool:
        return bool(self.random.random() < probability)

    def day(self, low: float = 0.0, high: float = 1.0) -> dt.date:
        return START + dt.timedelta(days=int(self.random.uniform(low, high) * (self.months * 30 - 10)))

    def make(self) -> Scenario:
        self.things()
        self.stocks()
        self.needs()
        self.lines()
        self.routes()
        self.money()
        end = START + dt.timedelta(days=int(self.months * 30.4) - 8)
        return sound(
            "certain", START, end, *self.rows, discount=0.0 if self.paid == "delivery" else self.one(0.0, 0.07)
        )

    def things(self) -> None:
        self.holders = ["ally", "front", "maker"]
        self.items = ["round", "rocket", "shell", "barrel"]
        self.life = self.one(None, None, self.one(1.5, 3.2, 5.0)) if self.expires else None
        for item in self.items:
            life = self.life * 30.5 if item == "round" and self.life else None
            self.add(Item(name=item, unit="unit", unit_cost=self.number(1, 9), shelf_life_days=life,
                          weight=self.number(0.1, 1)))  # fmt: skip
        self.gate = self.one("", "gate")
        if self.gate:
            self.gates()
        for holder in self.holders:
            self.add(Holder(
                name=holder, decision_delay_days=self.one(0, 0, 35, 70), absorption_delay_days=self.one(0, 20),
                fiscal_year_start_month=self.one(1, 1, 4), gate=self.gate if self.chance(0.5) else "",
            ))  # fmt: skip
        if self.chance(0.5):
            self.add(Component(item="round", component="shell", quantity=self.one(1.0, 1.5)))
        if self.chance(0.4):
            self.add(Substitute(item="round", substitute="rocket", ratio=self.one(1.0, 0.5, 2.0)))
        if self.chance(0.3):
            self.add(Bundle(holder="front", item="round", bundled_item="barrel", quantity=0.05))

    def gates(self) -> None:
        shut, half = (0.0, 0.0), (0.5, 0.3)
        for state, (buy, release) in {"half": half, "open": (1.0, 1.0), "shut": shut}.items():
            self.add(ChainState(chain="gate", state=state, start_probability=float(state == "open"),
                                purchase_share=buy, release_share=release))  # fmt: skip
            self.add(Transition(chain="gate", from_state=state, to_state=state, probability=1.0))
        days = [START, *sorted({self.day(0.2, 0.5), self.day(0.6, 0.9)}), dt.date(2030, 1, 1)]
        for first, end in pairwise(days):
            self.add(Forced(chain="gate", start=first, end=end - dt.timedelta(days=1),
                            state=self.one("open", "half", "shut")))  # fmt: skip

    def stocks(self) -> None:
        for holder in self.holders:
            for item in self.items:
                on_hand = self.number(0, 90) if item == "round" or self.chance(0.7) else 0.0
                self.stock(holder, item, on_hand)
        for holder in self.holders:
            if self.chance(0.7):
                self.requirement(holder, "round")

    def stock(self, holder: str, item: str, on_hand: float) -> None:
        self.add(Stock(
            holder=holder, item=item, on_hand=on_hand, floor=self.one(0.0, self.number(0, 40)),
            storage_limit=self.one(None, None, on_hand + self.number(0, 40)),
            holding_cost=self.one(0.0, self.number(0, 2)), outside_cost=self.one(0.0, self.number(1, 4)),
        ))  # fmt: skip
        if item == "round" and self.life and self.chance(0.6):
            days = int(self.life * 30)
            for n in range(2):
                expires = START + dt.timedelta(days=int(self.number(0.1, 0.95) * days))
                self.add(Lot(holder=holder, item=item, lot=f"lot{n}", quantity=on_hand * 0.3, expires=expires))

    def requirement(self, holder: str, item: str) -> None:
        floor = max([0.0, *(row.floor for row in self.rows if isinstance(row, Stock) and row.holder == holder)])
        self.add(Requirement(holder=holder, item=item, quantity=floor + self.number(10, 90)))
        if self.chance(0.5):
            self.add(Requirement(holder=holder, item=item, start=self.day(0.2, 0.8), days_of_supply=40,
                                 planning_use=floor / 40 + self.number(0.5, 3)))  # fmt: skip
        self.priced(holder, item, "shortfall", self.number(0.1, 3), is_deeper_below=True)
        self.priced(holder, item, "terminal_stock", self.number(0.5, 8), is_deeper_below=True)

    def priced(self, holder: str, item: str, what: Any, price: float, *, is_deeper_below: bool = False) -> None:
        """Add a price, in two ranges or in one."""
        if self.chance(0.5):
            self.add(Price(holder=holder, item=item, what=what, price=price))
            return
        middle, prices = self.number(0.2, 0.8), [price, price * 2]
        low, high = prices[::-1] if is_deeper_below else prices
        self.add(Price(holder=holder, item=item, what=what, share_to=middle, price=low))
        self.add(Price(holder=holder, item=item, what=what, share_from=middle, price=high))

    def needs(self) -> None:
        for holder in self.holders:
            for purpose in ("use", "training"):
                if self.chance(0.5) or (holder, purpose) == ("front", "use"):
                    self.need(holder, purpose)
            if any(isinstance(row, Demand) and row.holder == holder for row in self.rows):
                self.priced(holder, "round", "unmet", self.number(3, 40))

    def need(self, holder: str, purpose: Any) -> None:
        same: dict[str, Any] = {"priority": self.one(3, 5, 7), "when_unmet": self.one(*self.unmet)}
        per = self.one("day", "month")
        scale = 30.0 if per == "day" else 1.0
        for start in dict.fromkeys((None, self.one(None, self.day(0.2, 0.8)))):
            mean = self.number(0, 40) / scale
            self.add(Demand(holder=holder, item="round", purpose=purpose, start=start, mean=mean, per=per, **same))

    def lines(self) -> None:
        self.paid = self.one("order", "order", "delivery")
        self.made: set[tuple[str, str]] = set()
        self.line("works", "maker", ["round"])
        if self.chance(0.6):
            self.line("forge", self.one("maker", "ally"), self.one(["shell"], ["rocket", "shell"], ["round", "shell"]))

    def line(self, name: str, owner: str, items: list[str]) -> None:
        most, bound = self.number(20, 60), self.one(0.0, 0.0, 0.25)
        normal = self.one(None, most * 0.6)
        least = most * 0.2 if self.whole else 0.0
        self.add(Line(
            name=name, owner=owner, max_rate=most, normal_rate=normal, start_rate=self.one(0.0, most * 0.5),
            min_sustaining_rate=least, ramp_limit=self.one(None, most * 0.3), bound_share=bound,
            keeping_cost=self.whole * self.number(0, 300), restart_cost=self.whole * self.number(0, 60),
        ))  # fmt: skip
        for item in items:
            cost = self.number(1, 6)
            surge = cost * 1.5 if len(items) == 1 and self.chance(0.5) else None
            lead = self.one(0, 40, 75)
            self.add(LineItem(
                line=name, item=item, capacity_use=self.one(1.0, 0.5), output_share=self.one(1.0, 2.0), unit_cost=cost,
                surge_unit_cost=surge, yield_fraction=self.one(1.0, 0.9), administrative_lead_time_days=self.one(0, 20),
                production_lead_time_days=lead,
            ))  # fmt: skip
            for holder in dict.fromkeys((owner, self.one(*self.holders))):
                self.add(PolicyRow(role="ordering", holder=holder, item=item, line=name, rule="base_stock", quantity=0))
            if self.chance(0.4):
                due = START + dt.timedelta(days=lead + int(self.number(35, 100)))
                if due < START + dt.timedelta(days=self.months * 30 - 10):
                    self.add(Contract(name=f"{name}_{item}", holder=self.one(*self.holders), item=item, line=name,
                                      quantity=self.number(1, 30), due=due))  # fmt: skip
        if self.chance(0.5):
            self.add(Expansion(
                name=f"more_{name}", line=name, capacity_step=self.one(10.0, 30.0), cost=self.number(10, 100),
                build_time_days=self.one(20, 80), earliest=self.one(None, self.day(0.1, 0.4)),
                realised_share=self.one(1.0, 0.7), divisible=not self.whole or self.chance(0.5),
            ))  # fmt: skip

    def routes(self) -> None:
        for giver, taker in (("maker", "front"), ("ally", "front"), ("maker", "ally")):
            if self.chance(0.75) or giver == "maker":
                self.add(Route(
                    from_holder=giver, to_holder=taker, lead_time_days=self.one(5, 40),
                    capacity=self.one(None, self.number(3, 40)), unit_cost=self.one(0.0, self.number(0, 1)),
                    loss_probability=self.one(0.0, 0.1), priority=self.one(4, 6),
                ))  # fmt: skip
                self.add(
                    PolicyRow(role="release", holder=giver, to_holder=taker, item="round", rule="schedule", rate=0)
                )
                if taker == "front" and self.chance(0.5):
                    self.pledge(giver, taker)

    def pledge(self, giver: str, taker: str) -> None:
        for due in (self.day(0.3, 0.6), self.day(0.7, 0.95)):
            quantity = self.number(10, 60)
            self.add(Pledge(from_holder=giver, to_holder=taker, item="round", quantity=quantity, due=due,
                            start=self.one(None, self.day(0.0, 0.29)),
                            delivered_before_start=self.one(0.0, quantity * 0.2)))  # fmt: skip
        if not any(isinstance(row, Price) and (row.holder, row.what) == (giver, "late") for row in self.rows):
            self.priced(giver, "round", "late", self.number(0.5, 6))

    def money(self) -> None:
        for holder in self.holders:
            for purpose in ("orders", "expansions"):
                if self.chance(0.5) or (self.paid == "delivery" and purpose == "orders"):
                    gate, paid = self.gate if self.chance(0.5) else "", self.paid if purpose == "orders" else "order"
                    for year in (2025, 2026):
                        self.add(Budget(holder=holder, year=year, purpose=purpose, amount=self.number(10, 200),
                                        carry_over_share=self.one(0.0, 0.5, 1.0), gate=gate, paid=paid))  # fmt: skip


def certain(number: int, *, whole: bool = False) -> Scenario:
    """Return a random scenario in which nothing is random, the same for the same number."""
    random = np.random.default_rng(number)
    return Maker(random, months=int(random.integers(3, 8)), whole=whole).make()


class PlainMaker(Maker):
    """Draws only what the programme sees as the simulator does.

    One purpose asks for rounds, which are owed at one price above all others, so that serving is never put off; each
    line makes one item, for its owner; who gives has no need of its own and is not below its floor; nothing expires or
    waits outside.
    """

    def needs(self) -> None:
        self.need("front", "use")
        self.add(Price(holder="front", item="round", what="unmet", price=self.number(200, 400)))

    def stock(self, holder: str, item: str, on_hand: float) -> None:
        super().stock(holder, item, on_hand)
        own = self.rows[-1] if isinstance(self.rows[-1], Stock) else None
        if own is not None:
            self.rows[-1] = own.model_copy(update={"storage_limit": None, "floor": min(own.floor, on_hand)})

    def lines(self) -> None:
        self.paid = self.one("order", "order", "delivery")
        self.line("works", "maker", ["round"])
        if self.chance(0.6):
            self.line("forge", "maker", ["shell"])

    def add(self, *rows: Row) -> None:
        """Leave out what other holders order, and what stands in for rounds or is used up along with them."""
        kept = [row for row in rows if not isinstance(row, Substitute | Bundle)]
        kept = [
            row for row in kept if not (isinstance(row, PolicyRow) and row.role == "ordering" and row.holder != "maker")
        ]
        super().add(*(row.model_copy(update={"holder": "maker"}) if isinstance(row, Contract) else row for row in kept))


def plain(number: int) -> Scenario:
    """Return a random scenario that the programme sees whole, the same for the same number."""
    random = np.random.default_rng(number)
    return PlainMaker(random, months=int(random.integers(3, 8)), expires=False, unmet=("owed",)).make()
