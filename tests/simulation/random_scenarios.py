"""Random scenarios: every structure of the engine in odd combinations, sound by construction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

from replenish.scenario.model import (
    TABLES,
    Budget,
    Bundle,
    ChainState,
    Component,
    Contract,
    Demand,
    Expansion,
    Forced,
    Holder,
    Influence,
    Item,
    Line,
    LineItem,
    Lot,
    Pledge,
    PolicyRow,
    Requirement,
    Route,
    Row,
    Scenario,
    Settings,
    Stock,
    Substitute,
    Time,
    Transition,
)  # fmt: skip
from replenish.units import MEAN_DAYS, Per

T = TypeVar("T")
PERS: tuple[Per, ...] = ("day", "week", "month", "year")


@dataclass
class _Maker:
    """Draws the parts of one scenario, each from what was drawn before."""

    random: np.random.Generator
    rows: dict[str, list[Row]] = field(default_factory=dict)

    def add(self, *rows: Row) -> None:
        for row in rows:
            self.rows.setdefault(row.table, []).append(row)

    def some(self, low: int, high: int) -> range:
        return range(int(self.random.integers(low, high + 1)))

    def one(self, values: Sequence[T]) -> T:
        return values[int(self.random.integers(len(values)))]

    def chance(self, probability: float) -> bool:
        return bool(self.random.random() < probability)

    def number(self, low: float, high: float) -> float:
        return float(self.random.uniform(low, high))

    def size(self, low: float, high: float) -> float:
        """Return a number whose logarithm is uniform; sometimes a round one, so that ties occur."""
        value = float(np.exp(self.random.uniform(np.log(low), np.log(high))))
        return float(f"{value:.1g}") if self.chance(0.3) else value

    def maybe(self, probability: float, value: T) -> T | None:
        return value if self.chance(probability) else None

    def settings(self) -> Settings:
        self.start = dt.date(2024, 1, 1) + dt.timedelta(
            days=int(self.random.integers(0, 300)) if self.chance(0.4) else 0
        )
        self.period: Per = self.one(("month", "month", "week"))
        periods = int(self.random.integers(8, 25))
        self.length = int(periods * MEAN_DAYS[self.period]) - 8
        every = self.one((1, 1, 2, 3))
        end = self.start + dt.timedelta(days=self.length)
        return Settings(title="random", time=Time(start=self.start, end=end, period=self.period, review_interval=every))

    def day(self, first: float = 0.0, last: float = 1.0) -> dt.date:
        return self.start + dt.timedelta(days=int(self.number(first, last) * self.length))

    def rate(self, monthly: float) -> dict[str, Any]:
        """Return a monthly rate as a mean or rate in some unit of time."""
        per: Per = self.one(PERS)
        return {"value": monthly * MEAN_DAYS[per] / MEAN_DAYS["month"], "per": per}

    def names(self) -> None:
        self.ends = ["round", "rocket"][: self.one((1, 1, 2))]
        self.parts = ["shell", "fuze", "charge"][: len(self.some(0, 3))]
        self.holders = [f"h{n}" for n in self.some(2, 5)]
        self.items = [*self.ends, *self.parts, "barrel"]
        self.cost = {name: self.size(1, 100) for name in self.items}
        lives = (None, self.number(1, 4), self.number(4, 40), self.one((1.0, 2.0, 12.0, 13.0, 40.0)))
        self.life = {name: self.one(lives) for name in self.items}  # periods
        for name, life in self.life.items():
            self.add(Item(
                name=name, unit="unit", unit_cost=self.cost[name], weight=self.size(0.01, 1),
                shelf_life_days=None if life is None else life * MEAN_DAYS[self.period],
            ))  # fmt: skip

    def chains(self) -> None:
        self.states: dict[str, list[str]] = {}
        for n in self.some(0, 3):
            chain, states = f"chain{n}", [f"s{s}" for s in self.some(1, 3)]
            self.states[chain] = states
            start, lasting = self.random.dirichlet(np.ones(len(states))), self.chance(0.4) and len(states) > 1
            for s, state in enumerate(states):
                days = self.size(20, 300) if lasting else None
                self.add(ChainState(
                    chain=chain, state=state, start_probability=float(start[s]), mean_duration_days=days,
                    purchase_share=self.one((1.0, 0.0, 0.3)), release_share=self.one((1.0, 0.0, 0.6)),
                ))  # fmt: skip
                others = [to for to in states if to != state or not lasting]
                for to, share in zip(others, self.random.dirichlet(np.ones(len(others))), strict=True):
                    self.add(Transition(chain=chain, from_state=state, to_state=to, probability=float(share)))
            if self.chance(0.5):
                self.add(Forced(chain=chain, start=self.day(-0.1, 0.4), end=self.day(0.4, 0.9), state=self.one(states)))

    def gate(self) -> str:
        return self.one(["", "", *self.states])

    def place_holders(self) -> None:
        for name in self.holders:
            self.add(Holder(
                name=name, gate=self.gate(), priority=self.one((1, 1, 2)), allocation_weight=self.one((1.0, 2.5, 0.5)),
                decision_delay_days=self.one((0, 0, 20, 70)), absorption_delay_days=self.one((0, 25)),
                fiscal_year_start_month=self.one((1, 4, 10)),
            ))  # fmt: skip

    def stocks(self) -> None:
        self.floors: dict[tuple[str, str], float] = {}
        self.required: list[tuple[str, str]] = []
        for holder in self.holders:
            for item in self.items:
                if self.chance(0.7):
                    self.stock(holder, item)
                if self.chance(0.5):
                    self.required.append((holder, item))
                    self.requirements(holder, item)

    def stock(self, holder: str, item: str) -> None:
        floor = self.floors[holder, item] = self.one((0.0, 0.0, self.size(10, 500)))
        on_hand = self.one((0.0, self.size(10, 5000)))
        self.add(Stock(
            holder=holder, item=item, on_hand=on_hand, floor=floor, storage_limit=self.maybe(0.3, self.size(10, 5000)),
            holding_cost=self.one((0.0, 3.0)), outside_cost=self.one((0.0, 5.0)),
        ))  # fmt: skip
        if self.life[item] is not None and on_hand > 0:
            self.opening_lots(holder, item, on_hand)

    def opening_lots(self, holder: str, item: str, on_hand: float) -> None:
        """Put all or a part of the stock into lots that a fresh unit outlives."""
        days = (self.life[item] or 0.0) * MEAN_DAYS[self.period]
        shares = self.random.dirichlet(np.ones(4))[: self.one((0, 1, 3, 4))]
        for n, share in enumerate(shares):
            expires = self.start + dt.timedelta(days=int(self.number(-0.2, 0.99) * days))
            self.add(Lot(holder=holder, item=item, lot=f"lot{n}", quantity=on_hand * share * 0.999, expires=expires))

    def requirements(self, holder: str, item: str) -> None:
        """Add one row for all, then some for a state or from a date on."""
        chain = self.one(["", *self.states])
        extra: list[dict[str, Any]] = [{}]
        extra += [{"start": self.day(0.1, 0.9)} for _ in self.some(0, 1)]
        extra += [{"chain": chain, "state": self.one(self.states[chain])} for _ in self.some(0, 1) if chain]
        floor = self.floors.get((holder, item), 0.0)
        for more in extra:
            if self.chance(0.5):
                self.add(Requirement(holder=holder, item=item, quantity=floor + self.size(10, 3000), **more))
            else:
                use = floor / 30 * 1.001 + self.size(0.3, 100)
                self.add(Requirement(holder=holder, item=item, days_of_supply=30, planning_use=use, **more))

    def demands(self) -> None:
        for holder in self.holders:
            for item in self.ends:
                for purpose in ("use", "training", "contingency"):
                    if self.chance(0.35):
                        self.demand(holder, item, purpose)

    def demand(self, holder: str, item: str, purpose: str) -> None:
        same = {"priority": self.one((1, 5, 9)), "when_unmet": self.one(("owed", "owed", "lost"))}
        chain = self.one(["", *self.states])
        states = self.states[chain] if chain else [""]
        for state in states:
            for start in dict.fromkeys((None, self.maybe(0.3, self.day(0.1, 0.9)))):
                mean = self.one((self.size(0.1, 20), self.size(20, 2000), self.size(20, 2000), 0.0))
                law = self.one(("deterministic", "poisson", "negative_binomial", "gamma", "lognormal"))
                rate = self.rate(mean)
                shortest = mean * MEAN_DAYS[self.period] / MEAN_DAYS["month"] * 0.8
                spread = 1.3 / np.sqrt(max(shortest, 1e-9)) if law == "negative_binomial" else self.number(0.0, 1.5)
                self.add(Demand(
                    holder=holder, item=item, purpose=purpose, chain=chain, state=state, start=start,
                    mean=rate["value"], per=rate["per"], distribution=law,
                    coefficient_of_variation=0.0 if law in ("deterministic", "poisson") else float(spread), **same,
                ))  # fmt: skip

    def joint_use(self) -> None:
        """Add bundles, each from an item to one further on, and substitutes in every direction."""
        held = set(self.floors)
        for n, item in enumerate(self.items):
            for other in self.items[n + 1 :]:
                owners = [holder for holder in self.holders if {(holder, item), (holder, other)} <= held]
                if owners and self.chance(0.25):
                    self.add(Bundle(
                        holder=self.one(["", self.one(owners)]), item=item, bundled_item=other,
                        quantity=self.one((1.0, 0.02, 2.5)),
                    ))  # fmt: skip
            for other in self.items:
                if other != item and self.chance(0.25):
                    rank, ratio = self.one((1, 1, 2)), self.one((1.0, 0.7, 3.0))
                    self.add(Substitute(item=item, substitute=other, ratio=ratio, rank=rank))

    def influences(self) -> None:
        for chain, states in self.states.items():
            pairs = [(first, to) for first in ["", *states] for to in states if first != to]
            if len(states) > 1 and self.floors and self.chance(0.6):
                for first, to in dict.fromkeys((self.one(pairs), self.one(pairs))):
                    holder, item = self.one(sorted(self.floors))
                    rate = self.rate(self.size(10, 3000))
                    self.add(Influence(
                        chain=chain, from_state=first, to_state=to, what=self.one(("on_hand", "delivered")),
                        holder=holder, item=item, reference=rate["value"], per=rate["per"],
                        strength=self.one((-1.0, -0.4, 0.5, 6.0)),
                    ))  # fmt: skip

    def lines(self) -> None:
        self.made: list[tuple[str, str]] = []
        for n in self.some(1, 4):
            name = f"line{n}"
            items = sorted({self.one((*self.ends, *self.parts)) for _ in self.some(1, 3)})
            per, monthly = self.one(PERS), self.size(5, 2000)
            largest = monthly * MEAN_DAYS[per] / MEAN_DAYS["month"]
            lowest = self.one((0.0, 0.0, 0.2)) * largest
            normal = self.maybe(0.5, self.number(lowest, largest))
            self.add(Line(
                name=name, owner=self.one(self.holders), start_rate=self.maybe(0.5, self.number(0, largest)),
                min_sustaining_rate=lowest, normal_rate=normal, max_rate=largest, per=per,
                ramp_limit=self.maybe(0.5, largest * self.number(0.02, 0.5)),
                bound_share=self.one((0.0, 0.0, 0.3, 1.0 if self.chance(0.1) else 0.5)),
                allocation=self.one(("proportional", "priority", "weights", "due_date")),
                keeping_cost=self.one((0.0, 100.0)), restart_cost=self.one((0.0, 500.0)), **self.outages(),
            ))  # fmt: skip
            for item in items:
                self.made.append((name, item))
                self.add(self.line_item(name, item))
            self.add(*self.production(name, largest, per))
            for x in self.some(0, 1):
                self.add(self.expansion(f"grow{n}{x}", name, monthly))
        for item in self.ends:
            for part in self.parts:
                if self.chance(0.6):
                    self.add(Component(item=item, component=part, quantity=self.one((1.0, 1.02, 3.0))))

    def outages(self) -> dict[str, Any]:
        probability = self.one((0.0, 0.0, 0.1, 0.6, 1.0))
        days = self.one((0.0, 20.0, 90.0)) if probability else 0.0
        return {"outage_probability": probability, "outage_duration_days": days}

    def line_item(self, line: str, item: str) -> Row:
        cost, days = self.maybe(0.3, self.size(1, 100)), self.one((0, 15, 50, 110))
        price = self.cost[item] if cost is None else cost
        return LineItem(
            line=line, item=item, capacity_use=self.one((1.0, 0.25, 3.0)), output_share=self.one((1.0, 0.0, 2.0)),
            yield_fraction=self.one((1.0, 0.9)), unit_cost=cost, surge_unit_cost=self.maybe(0.5, price * 1.4),
            administrative_lead_time_days=self.one((0, 40)), production_lead_time_days=days,
            lead_time_coefficient_of_variation=self.one((0.0, 0.0, 0.3, 1.2)) if days else 0.0,
        )  # fmt: skip

    def production(self, line: str, largest: float, per: str) -> list[Row]:
        found: list[Row] = []
        for start in dict.fromkeys((None, self.maybe(0.2, self.day(0.2, 0.8)))):
            rule = self.one(("follow_orders", "follow_or_close", "follow_or_close", "normal", "maximum", "level"))
            rate = {"rate": largest * self.number(0, 1.2), "per": per} if rule == "level" else {}
            if self.chance(0.8):
                found.append(PolicyRow(role="production", line=line, rule=rule, start=start, **rate))
        return found

    def expansion(self, name: str, line: str, monthly: float) -> Row:
        law, rate = self.one(("none", "exponential", "gamma", "lognormal")), self.rate(monthly * self.number(0.1, 2))
        trigger = self.trigger()
        return Expansion(
            name=name, line=line, capacity_step=rate["value"], per=rate["per"],
            start=self.maybe(0.5, self.day(0, 0.6)) if trigger else self.day(0, 0.6), **trigger,
            build_time_days=self.one((0, 30, 100)), delay_distribution=law, delay_mean_days=40 * (law != "none"),
            delay_coefficient_of_variation=self.one((0.5, 1.5)) * (law in ("gamma", "lognormal")),
            realised_share=self.one((1.0, 0.6)), realised_spread=self.one((0.0, 0.4)),
            cost=self.one((0.0, self.size(100, 5000))),
        )  # fmt: skip

    def trigger(self) -> dict[str, Any]:
        watched: dict[str, Any] = {}
        if self.required and self.chance(0.4):
            holder, item = self.one(self.required)
            watched |= {"trigger_holder": holder, "trigger_item": item, "trigger_share": self.number(0.1, 1)}
        if self.states and self.chance(0.3):
            chain = self.one(sorted(self.states))
            watched |= {"trigger_chain": chain, "trigger_state": self.one(self.states[chain])}
        return watched

    def contracts(self) -> None:
        for n in self.some(0, 6):
            line, item = self.one(self.made)
            days = self.one((0, 0, 60, 200))
            law = self.one(("none", "exponential", "gamma", "lognormal")) if days else "none"
            self.add(Contract(
                name=f"c{n}", holder=self.one(self.holders), item=item, line=line, quantity=self.size(1, 2000),
                due=self.day(), slip_days=days, slip_distribution=law,
                slip_coefficient_of_variation=self.one((0.5, 1.5)) * (law in ("gamma", "lognormal")),
            ))  # fmt: skip

    def ordering(self) -> None:
        for holder in self.holders:
            for line, item in self.made:
                if not self.chance(0.45):
                    continue
                first = self.maybe(0.8, None)
                for start in dict.fromkeys((first, self.maybe(0.3, self.day(0.1, 0.9)))):
                    self.add(PolicyRow(
                        role="ordering", holder=holder, item=item, line=line, start=start, **self.ordering_rule()
                    ))  # fmt: skip

    def ordering_rule(self) -> dict[str, Any]:
        share, quantity = self.maybe(0.5, self.number(0, 1)), self.maybe(0.6, self.size(10, 3000))
        match self.one(("base_stock", "reorder_point", "days_of_supply", "schedule")):
            case "base_stock":
                return {"rule": "base_stock", "quantity": quantity, "share": share}
            case "reorder_point":
                point = self.size(10, 2000)
                return {"rule": "reorder_point", "reorder_point": point, "quantity": quantity, "share": share}
            case "days_of_supply":
                return {"rule": "days_of_supply", "days": self.size(10, 200), "share": share}
        rate = self.rate(self.size(5, 500))
        return {"rule": "schedule", "rate": rate["value"], "per": rate["per"]}

    def routes(self) -> None:
        pairs = [(giver, taker) for giver in self.holders for taker in self.holders if giver != taker]
        for giver, taker in pairs:
            if not self.chance(0.45):
                continue
            days = self.one((0, 10, 40, 80))
            self.add(Route(
                from_holder=giver, to_holder=taker, lead_time_days=days,
                lead_time_coefficient_of_variation=self.one((0.0, 0.0, 0.3, 1.2)) if days else 0.0,
                capacity=self.maybe(0.4, self.size(1, 300)), per=self.one(PERS), unit_cost=self.one((0.0, 2.0)),
                loss_probability=self.one((0.0, 0.05, 0.4, 1.0 if self.chance(0.1) else 0.0)),
                priority=self.one((1, 5, 10)),
            ))  # fmt: skip
            for item in (*self.ends, *self.parts[:1]):
                for start in dict.fromkeys((None, self.maybe(0.3, self.day(0.1, 0.9)))) if self.chance(0.7) else ():
                    self.add(PolicyRow(
                        role="release", holder=giver, to_holder=taker, item=item, start=start, **self.release_rule()
                    ))  # fmt: skip
                for n in self.some(0, 2):
                    due = self.day(0.5 * n, 0.5 * n + 0.4)
                    start = self.maybe(0.5, self.start + (due - self.start) * self.number(0, 1))
                    self.add(Pledge(
                        from_holder=giver, to_holder=taker, item=item, quantity=self.size(10, 3000), due=due,
                        start=start, delivered_before_start=self.one((0.0, 5.0)),
                    ))  # fmt: skip

    def release_rule(self) -> dict[str, Any]:
        same = {"keep": self.maybe(0.4, self.number(0, 1)), "ship_first": self.one((None, "oldest", "freshest"))}
        rule = self.one(("above_floor_share", "proportional", "priority", "schedule", *["pledge_schedule"] * 2))
        match rule:
            case "above_floor_share":
                return {"rule": rule, "share": self.number(0, 1), **same}
            case "proportional" | "priority":
                quantity, share = self.maybe(0.6, self.size(10, 2000)), self.maybe(0.5, self.number(0, 1))
                return {"rule": rule, "quantity": quantity, "share": share, **same}
            case "schedule":
                rate = self.rate(self.size(5, 500))
                return {"rule": rule, "rate": rate["value"], "per": rate["per"], **same}
        return {"rule": rule, **same}

    def budgets(self) -> None:
        for holder in self.holders:
            for purpose in ("orders", "expansions"):
                if not self.chance(0.4):
                    continue
                gate, first = self.gate(), self.start.year
                paid = self.one(("order", "delivery")) if purpose == "orders" else "order"
                for year in range(first, first + 3):
                    self.add(Budget(
                        holder=holder, year=year, purpose=purpose, gate=gate, amount=self.size(100, 100_000),
                        carry_over_share=self.one((0.0, 0.5, 1.0)), paid=paid,
                    ))  # fmt: skip


def random_scenario(number: int) -> Scenario:
    """Return scenario `number`; the same number gives the same scenario."""
    maker = _Maker(np.random.default_rng(number))
    settings = maker.settings()
    for part in (
        maker.names, maker.chains, maker.place_holders, maker.stocks, maker.joint_use, maker.demands, maker.influences,
        maker.lines, maker.contracts, maker.ordering, maker.routes, maker.budgets,
    ):  # fmt: skip
        part()
    return Scenario(settings=settings, **{table: tuple(rows) for table, rows in maker.rows.items()})


def shuffled(scenario: Scenario, number: int) -> Scenario:
    """Return the same scenario with the rows of every table in another order."""
    random = np.random.default_rng(number)
    tables = {table: scenario.rows(table) for table in TABLES}
    places = {table: random.permutation(len(rows)) for table, rows in tables.items()}
    return scenario.model_copy(
        update={table: tuple(rows[place] for place in places[table]) for table, rows in tables.items()}
    )
