"""The deterministic plan written a second time, in linopy, straight from the rows of the tables.

It follows `docs/explanation/period-step.md` period by period and shares nothing with `replenish.planning` or with the
arrays of the simulator.  It takes monthly scenarios in which nothing is random: chains are forced throughout, every
unmet, lacking, late and final unit has a stated price, and `policies` names who may order and release what.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from typing import Any

import linopy
import numpy as np
import xarray as xr

from replenish.scenario.model import Line, LineItem, Price, Route, Scenario
from tests.planning.months import Months

Expression = Any  # of linopy: variables, expressions and numbers add up alike
Cell = tuple[str, str]


def optimum(scenario: Scenario, *, whole: bool = False) -> float:
    """Return the least cost of a plan that knows everything; `whole`: with whole expansions and minimum rates."""
    return WrittenOut(scenario, whole=whole).solve()


def total(*parts: Expression) -> Expression:
    """Return the sum of expressions of the same axes, added up at once: each addition of linopy takes a while."""
    known = [part for part in parts if isinstance(part, xr.DataArray)]
    open_ = [1 * part for part in parts if not isinstance(part, xr.DataArray)]
    found = linopy.merge(open_, cls=linopy.LinearExpression) if len(open_) > 1 else open_[0]
    return found + sum(known) if known else found


@dataclass
class WrittenOut:
    """One programme; variables are vectors over periods `t`, those of stocks also over the last period of use `e`."""

    scenario: Scenario
    whole: bool = False
    model: linopy.Model = field(default_factory=linopy.Model)
    costs: list[Expression] = field(default_factory=list)

    # -- time and words

    @cached_property
    def months(self) -> Months:
        return Months(self.scenario)

    @property
    def count(self) -> int:
        return len(self.months)

    def last_uses(self, item: str) -> np.ndarray[Any, Any]:
        """Return the last periods of use that are told apart, (1, e); what keeps has one, beyond all that matter."""
        life = self.life[item]
        return np.array([[10**6]]) if life is None else np.arange(self.count + life)[None, :]

    @cached_property
    def discount(self) -> xr.DataArray:
        rate = self.scenario.settings.money.discount_rate
        return self.vector((1 + rate) ** -(np.cumsum(self.months.years) - self.months.years))

    def vector(self, values: Any) -> xr.DataArray:
        return xr.DataArray(np.broadcast_to(values, self.count), dims="t", coords={"t": np.arange(self.count)})

    def by_end(self, values: np.ndarray[Any, Any]) -> xr.DataArray:
        coords = {"t": np.arange(self.count), "e": np.arange(values.shape[1])}
        return xr.DataArray(values, dims=("t", "e"), coords=coords)

    def some(self, *, upper: Any = np.inf, whole: bool = False) -> Expression:
        """Return a variable for each period, not negative."""
        times = {"t": np.arange(self.count)}
        if whole:
            return 1 * self.model.add_variables(coords=times, binary=True)
        return 1 * self.model.add_variables(lower=0, upper=self.vector(upper), coords=times)

    def some_by_end(self, item: str) -> Expression:
        coords = {"t": np.arange(self.count), "e": np.arange(self.last_uses(item).size)}
        return 1 * self.model.add_variables(lower=0, coords=coords)

    @cached_property
    def nothing(self) -> Expression:
        return self.some(upper=0.0)

    def later(self, amount: Expression, periods: int) -> Expression:
        """Return what arrives in each period of what is sent so many periods before."""
        times = np.arange(self.count)
        moved = xr.DataArray(np.eye(self.count, k=-periods), dims=("t", "s"), coords={"t": times, "s": times})
        return (amount.rename({"t": "s"}) * moved).sum("s")

    def pay(self, amount: Expression, price: Any) -> None:
        self.costs.append((amount * (self.discount * price)).sum())

    def must(self, relation: Any) -> None:
        self.model.add_constraints(relation)

    def alive(self, item: str, ahead: int = 0) -> xr.DataArray:
        """Return 1 where units with a last period of use are of use so many periods ahead."""
        return self.by_end((self.last_uses(item) >= np.arange(self.count)[:, None] + ahead) * 1.0)

    def fresh(self, item: str) -> xr.DataArray:
        """Return 1 at the last period of use of units that come in each period."""
        life = self.life[item]
        ends = np.arange(self.count)[:, None] + (life - 1 if life else 0)
        return self.by_end(((self.last_uses(item) == ends) | (life is None)) * 1.0)

    # -- what there is

    @cached_property
    def cells(self) -> list[Cell]:
        return list(product((h.name for h in self.scenario.holders), (i.name for i in self.scenario.items)))

    @cached_property
    def life(self) -> dict[str, int | None]:
        days = {item.name: item.shelf_life_days for item in self.scenario.items}
        return {
            name: None if d is None else max(1, math.floor(d / self.months.mean + 1e-9)) for name, d in days.items()
        }

    @cached_property
    def lines(self) -> dict[str, Line]:
        return {line.name: line for line in self.scenario.lines}

    @cached_property
    def routes(self) -> dict[Cell, Route]:
        return {(row.from_holder, row.to_holder): row for row in self.scenario.routes}

    @cached_property
    def orders(self) -> dict[tuple[str, str, str], Expression]:
        """Return what each holder orders of each item from each line."""
        found = {(row.holder, row.item, row.line) for row in self.scenario.policies if row.role == "ordering"}
        found |= {(row.holder, row.item, row.line) for row in self.scenario.orders}
        found |= {(self.lines[row.line].owner, row.item, row.line) for row in self.scenario.line_items}
        return {key: self.some() for key in sorted(found)}

    @cached_property
    def ships(self) -> dict[tuple[str, str, str], Expression]:
        """Return what leaves over each route of each item by last period of use."""
        found = {(row.holder, row.to_holder, row.item) for row in self.scenario.policies if row.role == "release"}
        found |= {(row.from_holder, row.to_holder, row.item) for row in self.scenario.pledges}
        return {key: self.some_by_end(key[2]) for key in sorted(found)}

    # -- the whole

    def solve(self) -> float:
        for cell in self.cells:
            self.received[cell], self.used[cell], self.taken[cell], self.coming[cell] = [], [], [], []
        self.production()
        self.shipping()
        self.issuing()
        self.stocks()
        self.budgets()
        self.pledges()
        self.model.add_objective(total(*self.costs))
        status, found = self.model.solve(solver_name="highs", io_api="direct", output_flag=False, mip_rel_gap=0.0)
        assert (status, found) == ("ok", "optimal")
        return float(self.model.objective.value or 0.0)

    received: dict[Cell, list[Expression]] = field(default_factory=dict)
    """What comes into each stock by last period of use."""
    used: dict[Cell, list[Expression]] = field(default_factory=dict)
    """What demand takes from each stock, whatever its age."""
    taken: dict[Cell, list[Expression]] = field(default_factory=dict)
    """What production takes from it."""
    coming: dict[Cell, list[Expression]] = field(default_factory=dict)
    """What is paid for, or on its way, and comes after the last period; single numbers."""
    made: dict[tuple[str, str, str], Expression] = field(default_factory=dict)
    starts: dict[str, Expression] = field(default_factory=dict)
    owed: dict[tuple[str, str, str], Expression] = field(default_factory=dict)

    # -- lines

    def production(self) -> None:
        for row in self.scenario.expansions:
            self.starts[row.name] = self.some(whole=self.whole and not row.divisible)
            first = 0 if row.earliest is None else self.months.of(row.earliest)
            self.must(self.starts[row.name] <= self.vector(np.arange(self.count) >= first))
            self.must(self.starts[row.name].sum() <= 1)
            self.pay(self.starts[row.name], row.cost)
        for line in self.scenario.lines:
            self.line(line)

    def line(self, line: Line) -> None:
        length = self.vector(self.months.length(line.per))
        products = [row for row in self.scenario.line_items if row.line == line.name]
        shares = {row.item: row.output_share / (sum(p.output_share for p in products) or 1.0) for row in products}
        grown = self.grown(line)
        spare, surge = self.some(), self.some()
        run = spare
        for row in products:
            run = run + self.output(line, row, spare * shares[row.item])
        self.pipeline(line, products, shares)
        self.must(run <= (grown + line.max_rate) * length)
        rate = run * (1 / length)
        before = self.later(rate, 1)
        start = line.start_rate if line.start_rate is not None else line.normal_rate
        start = line.max_rate if start is None else start
        if line.ramp_limit is not None:
            self.must(rate - before <= line.ramp_limit + start * self.vector(np.arange(self.count) == 0))
        normal = line.max_rate if line.normal_rate is None else line.normal_rate
        self.must(surge >= run - (grown + normal) * length)
        for row in products:  # of a line with a dearer surge the tables of these tests have one item
            if row.surge_unit_cost is not None:
                good = row.yield_fraction * (1 - line.bound_share) / row.capacity_use
                self.pay(surge, (row.surge_unit_cost - self.price(row)) * good)
        if self.whole:
            self.openness(line, run, length, start)

    def openness(self, line: Line, run: Expression, length: xr.DataArray, start: float) -> None:
        """A line is closed and makes nothing, or it is open, makes its minimum and costs its keeping."""
        is_open, restarts = self.some(whole=True), self.some()
        most = line.max_rate + sum(self.step(row.name) for row in self.scenario.expansions if row.line == line.name)
        self.must(run <= is_open * (most * length))
        self.must(run >= is_open * (line.min_sustaining_rate * length))
        was_open = self.vector((np.arange(self.count) == 0) * float(start > 0))
        self.must(restarts - is_open + self.later(is_open, 1) >= -was_open)
        self.pay(is_open, self.vector(self.months.years) * line.keeping_cost)
        self.pay(restarts, line.restart_cost)

    def step(self, name: str) -> float:
        row = next(row for row in self.scenario.expansions if row.name == name)
        per = self.lines[row.line].per
        return row.capacity_step * row.realised_share * self.months.mean_days(per) / self.months.mean_days(row.per)

    def grown(self, line: Line) -> Expression:
        """Return what expansions have added to the rate by each period."""
        total = self.nothing
        for row in self.scenario.expansions:
            if row.line == line.name:
                wait = self.months.construction(row.earliest, row.build_time_days + row.delay_mean_days)
                for periods in range(wait, self.count):
                    total = total + self.later(self.starts[row.name], periods) * self.step(row.name)
        return total

    def price(self, row: LineItem) -> float:
        items = {item.name: item.unit_cost for item in self.scenario.items}
        return items[row.item] if row.unit_cost is None else row.unit_cost

    def output(self, line: Line, row: LineItem, spare: Expression) -> Expression:
        """Let a line make an item for its book and without order; return the capacity that the book takes."""
        lead = self.months.delay(row.production_lead_time_days)
        net = row.yield_fraction * (1 - line.bound_share)
        capacity, started = 0.0 * spare, spare * (1 / row.capacity_use)
        for key in self.orders:
            if key[1:] == (row.item, line.name):
                made = self.some()
                self.made[key] = made
                self.book(key, row, lead)
                started = started + made * (1 / net)
                capacity = capacity + made * (row.capacity_use / net)
                self.arrive(key[:2], made, lead)
                self.pay_order(key, made, self.price(row), lead)
        unordered = spare * (net / row.capacity_use)
        self.arrive((line.owner, row.item), unordered, lead)
        self.pay(unordered, self.price(row) + self.tie(self.price(row)))
        for part in self.scenario.components:
            if part.item == row.item:
                self.taken[line.owner, part.component].append(started * part.quantity)
        return capacity

    def arrive(self, cell: Cell, made: Expression, lead: int) -> None:
        """Let fresh units come into a stock, with the last period of their use."""
        self.received[cell].append(self.later(made, lead) * self.fresh(cell[1]))
        self.coming[cell].append((made * self.vector(np.arange(self.count) + lead >= self.count)).sum())

    def pay_order(self, key: tuple[str, str, str], made: Expression, price: float, lead: int) -> None:
        if self.pays_on_delivery(key[0]):
            assert self.scenario.settings.money.discount_rate == 0.0  # else it matters when delivery is
            self.pay(made, price)
            self.pay(self.orders[key], self.tie(price))
        else:
            self.pay(self.orders[key], price or self.tie(price))

    def tie(self, price: float) -> float:
        """Return what breaks ties of orders that cost nothing when they are placed, and with what nobody ordered."""
        return min(1e-5 * self.dearest, 1e-3 * price) if price else 1e-5 * self.dearest

    @property
    def dearest(self) -> float:
        return max(row.price for row in self.scenario.prices if row.what != "terminal_stock")

    def pays_on_delivery(self, holder: str) -> bool:
        own = [row for row in self.scenario.budgets if (row.holder, row.purpose) == (holder, "orders")]
        return any(row.paid == "delivery" for row in own)

    def book(self, key: tuple[str, str, str], row: LineItem, lead: int) -> None:
        """Orders enter the book once they are decided and awarded; nobody gets more than is in it."""
        holder = next(holder for holder in self.scenario.holders if holder.name == key[0])
        days = holder.decision_delay_days + row.administrative_lead_time_days + row.production_lead_time_days
        wait = self.months.delay(days) - lead
        self.must(self.orders[key] <= self.vector(self.orderable(key, row, holder.gate)))
        contracts = self.vector(self.contracts(key, lead))
        left = self.some()
        self.pay(left, 0.1 * self.tie(self.price(row)))
        self.must(left == self.later(left, 1) + self.later(self.orders[key], wait) - self.made[key] + contracts)
        if not self.pays_on_delivery(key[0]):
            self.coming[key[:2]].append(self.orders[key].sum() - self.made[key].sum() + float(contracts.sum()))

    def orderable(self, key: tuple[str, str, str], row: LineItem, gate: str) -> np.ndarray[Any, Any]:
        """Return the most that may be ordered.

        A gate that is neither open nor shut lets its share of what the line could make in the longest month be
        ordered; where there is a budget, money is the limit and the gate counts only where it is shut.
        """
        line, share = self.lines[row.line], self.share_of(gate, "purchase_share")
        most = line.max_rate + sum(self.step(x.name) for x in self.scenario.expansions if x.line == line.name)
        good = row.yield_fraction * (1 - line.bound_share) / row.capacity_use
        could = max(1.0, most * max(self.months.length(line.per)) * good)
        has_budget = any((b.holder, b.purpose) == (key[0], "orders") for b in self.scenario.budgets)
        is_open = (share == 1.0) | ((share > 0.0) & has_budget)
        return np.where(is_open, 1e6, share * could)

    def contracts(self, key: tuple[str, str, str], lead: int) -> np.ndarray[Any, Any]:
        found = np.zeros(self.count)
        for row in self.scenario.orders:
            if (row.holder, row.item, row.line) == key:
                entry = self.months.of(row.due) - lead
                assert entry >= 0  # or it would be served from what is in production at the start
                if entry < self.count:
                    found[entry] += row.quantity
        return found

    def pipeline(self, line: Line, products: list[LineItem], shares: dict[str, float]) -> None:
        """Before the start the line ran at its start rate, for its owner."""
        rate = next(r for r in (line.start_rate, line.normal_rate, line.max_rate) if r is not None)
        for row in products:
            lead = self.months.delay(row.production_lead_time_days)
            good = rate * shares[row.item] / row.capacity_use * row.yield_fraction * (1 - line.bound_share)
            amounts = np.where(np.arange(self.count) < lead, good * self.months.length(line.per), 0.0)
            self.received[line.owner, row.item].append(self.vector(amounts) * self.fresh(row.item))
            late = [good * self.months.length(line.per)[n % self.count] for n in range(self.count, lead)]
            self.coming[line.owner, row.item].append(self.nothing.sum() + sum(late))

    # -- routes

    def shipping(self) -> None:
        for key, ships in self.ships.items():
            giver, taker, item = key
            route = self.routes[giver, taker]
            arrives = self.later(ships, self.way(route)) * (1 - route.loss_probability)
            self.received[taker, item].append(arrives * self.alive(item))
            after = self.vector(np.arange(self.count) + self.way(route) >= self.count)
            late = (ships * (self.alive(item, self.way(route)) * after)).sum() * (1 - route.loss_probability)
            self.coming[taker, item].append(late)
            self.pay(ships.sum("e"), route.unit_cost)
        weight = {item.name: item.weight for item in self.scenario.items}
        for (giver, taker), route in self.routes.items():
            if route.capacity is not None:
                load = [x.sum("e") * weight[key[2]] for key, x in self.ships.items() if key[:2] == (giver, taker)]
                if load:
                    self.must(sum(load) <= self.vector(route.capacity * self.months.length(route.per)))

    def way(self, route: Route) -> int:
        taker = next(holder for holder in self.scenario.holders if holder.name == route.to_holder)
        return self.months.delay(route.lead_time_days + taker.absorption_delay_days)

    def wait(self, route: Route) -> int:
        giver = next(holder for holder in self.scenario.holders if holder.name == route.from_holder)
        taker = next(holder for holder in self.scenario.holders if holder.name == route.to_holder)
        days = giver.decision_delay_days + route.lead_time_days + taker.absorption_delay_days
        return self.months.delay(days) - self.way(route)

    def releases(self, cell: Cell, there: Expression) -> None:
        """Nothing leaves, and nothing is decided to leave, beyond the room of its flow above the floor and own need.

        What own use, production and expiry may have taken below the floor by then is cheap, more is dear.
        """
        floor = next((row.floor for row in self.scenario.stocks if (row.holder, row.item) == cell), 0.0)
        own = {key: x for key, x in self.ships.items() if (key[0], key[2]) == cell}
        if not own:
            return
        by_use, by_shipments = self.some(), self.some()
        self.pay(by_use, self.below_price())
        self.pay(by_shipments, self.guard_price())
        below, last = by_use + by_shipments, max(self.routes[key[:2]].priority for key in own)
        used = self.vector(self.may_lack(cell, floor)) + self.asked_before(cell, last)
        self.must(by_use <= total(used, *self.taken[cell]))
        gate = next(h.gate for h in self.scenario.holders if h.name == cell[0])
        rooms = {}
        for key, ships in own.items():
            route = self.routes[key[:2]]
            rooms[key] = there - floor - self.asked_before(cell, route.priority) + below
            wait = self.wait(route)
            decided = self.some() if wait else ships.sum("e")
            if wait:
                self.pay(decided, 1e-6 * self.dearest)
            self.must(ships.sum("e") <= self.later(decided, wait))
            self.must(ships.sum("e") <= rooms[key])
            share = self.vector(self.share_of(gate, "release_share"))
            self.must(decided <= rooms[key] * share)
        least = max(own, key=lambda key: -self.routes[key[:2]].priority)
        self.must(sum(x.sum("e") for x in own.values()) <= rooms[least])

    def may_lack(self, cell: Cell, floor: float) -> np.ndarray[Any, Any]:
        """Return how far a stock may have come below its floor by itself: what lacks at first, then twice its use."""
        held = next((row.on_hand for row in self.scenario.stocks if (row.holder, row.item) == cell), 0.0)
        bundled = {row.bundled_item for row in self.scenario.bundles if row.holder in ("", cell[0])}
        if self.life[cell[1]] is not None or self.taken[cell] or cell[1] in bundled:
            return np.full(self.count, floor)
        ratios = {row.item: row.ratio for row in self.scenario.substitutes if row.substitute == cell[1]} | {
            cell[1]: 1.0
        }
        asked = [self.asked(key) * ratios.get(key[1], 0.0) for key in self.needs() if key[0] == cell[0]]
        used = np.cumsum([0.0, *sum(asked, np.zeros(self.count))])[:-1]
        return np.minimum(floor, max(0.0, floor - held) + 2 * used)

    def below_price(self) -> float:
        """Return the price of lacking a unit to the floor for a month: for a year it is what a unit may be worth."""
        return max(1.0, *self.worths(12)) / 12

    def guard_price(self) -> float:
        """Return the price of shipping a unit from below the floor: a fourth more than all that it may be worth."""
        return 1.25 * max(1.0, sum(self.worths(12 + self.count)))

    def worths(self, months: int) -> list[float]:
        """Return what a unit is worth at most as need that is lost or owed, as late, as held now and at the end."""
        found = dict.fromkeys(("lost", "owed", "late", "shortfall", "terminal_stock"), 0.0)
        for row in self.scenario.prices:
            own = [need for need in self.scenario.demand if (need.holder, need.item) == (row.holder, row.item)]
            kinds = {need.when_unmet for need in own} if row.what == "unmet" else {row.what}
            for kind in kinds:
                lasts = kind not in ("lost", "terminal_stock")
                found[kind] = max(found[kind], row.price * (months if lasts else 1))
        return list(found.values())

    def asked_before(self, cell: Cell, priority: int) -> Expression:
        """Return own demand, of the period and owed, that goes before shipments."""
        total = self.nothing
        for key in self.needs():
            if key[:2] == cell and self.need(key).priority < priority:
                total = total + self.vector(self.asked(key)) + self.later(self.owed[key], 1)
        return total

    def share_of(self, gate: str, column: str) -> np.ndarray[Any, Any]:
        """Return the share that a gate lets through in each period; its states are known."""
        if not gate:
            return np.ones(self.count)
        shares = {row.state: getattr(row, column) for row in self.scenario.chains if row.chain == gate}
        rows = [row for row in self.scenario.forced if row.chain == gate]
        days = self.months.starts
        return np.array([next(shares[r.state] for r in rows if r.start <= day <= r.end) for day in days])

    # -- need

    def needs(self) -> list[tuple[str, str, str]]:
        return sorted({(row.holder, row.item, row.purpose) for row in self.scenario.demand})

    def need(self, key: tuple[str, str, str]) -> Any:
        return next(row for row in self.scenario.demand if (row.holder, row.item, row.purpose) == key)

    def asked(self, key: tuple[str, str, str]) -> np.ndarray[Any, Any]:
        """Return what is asked in each period: the latest row holds."""
        found = np.zeros(self.count)
        rows = [row for row in self.scenario.demand if (row.holder, row.item, row.purpose) == key]
        for row in sorted(rows, key=lambda row: self.months.first(row.start)):
            first = self.months.first(row.start)
            found[first:] = (row.mean * self.months.length(row.per))[first:]
        return found

    def issuing(self) -> None:
        for key in self.needs():
            holder, item, _ = key
            asked, unmet = self.vector(self.asked(key)), self.some()
            is_owed = self.need(key).when_unmet == "owed"
            issued = [self.issue((holder, item), 1.0)]
            for row in self.scenario.substitutes:
                if row.item == item:
                    issued.append(self.issue((holder, row.substitute), row.ratio))
            self.owed[key] = unmet if is_owed else 0.0 * unmet
            self.must(total(unmet, *issued) == self.later(self.owed[key], 1) + asked)
            last = self.vector(np.arange(self.count) == self.count - 1)
            years = 1.0 + 12.0 * last if is_owed else self.vector(1.0)
            self.banded((holder, item, "unmet"), unmet, asked, years)

    def issue(self, cell: Cell, ratio: float) -> Expression:
        """Return units of demand served from a stock, which takes the stock and what is used along with it."""
        served = self.some()
        self.used[cell].append(served * ratio)
        for row in self.scenario.bundles:
            if row.item == cell[1] and row.holder in ("", cell[0]):
                self.used[cell[0], row.bundled_item].append(served * (ratio * row.quantity))
        return served

    def bands(self, thing: tuple[str, str, str]) -> list[Price]:
        """Return the stated prices of something, the shallowest range first."""
        own = [row for row in self.scenario.prices if (row.holder, row.item, row.what) == thing]
        return sorted(own, key=lambda row: row.price)

    def banded(self, thing: tuple[str, str, str], amount: Expression, of: xr.DataArray, times: Any) -> None:
        """Pay for an amount range by range; the deepest has no end."""
        bands = self.bands(thing)
        parts = []
        for place, row in enumerate(bands):
            part = self.some()
            if place < len(bands) - 1:
                self.must(part <= of * (row.share_to - row.share_from))
            self.pay(part, times * row.price)
            parts.append(part)
        self.must(total(*parts) >= amount)

    # -- stocks

    def stocks(self) -> None:
        rows = {(row.holder, row.item): row for row in self.scenario.stocks}
        for cell in self.cells:
            self.stock(cell, rows.get(cell))

    def stock(self, cell: Cell, row: Any) -> None:
        holding, limit = (row.holding_cost, row.storage_limit) if row else (0.0, None)
        end, taken = self.some_by_end(cell[1]), self.some_by_end(cell[1])
        came = total(*self.received[cell], self.later(end, 1) * self.alive(cell[1])) + self.by_end(self.opening(cell))
        leaves = total(taken, *(x for key, x in self.ships.items() if (key[0], key[2]) == cell))
        self.must(end == came - leaves)
        for_lines = total(self.nothing, *self.taken[cell])
        self.must(taken.sum("e") == total(for_lines, *self.used[cell]))
        outside = self.some() if limit is not None else self.nothing
        if limit is not None:
            self.must(outside >= came.sum("e") - limit)
            self.must(leaves.sum("e") <= limit)
            self.pay(outside, self.vector(self.months.years) * max(0.0, row.outside_cost - holding))
        self.pay(end.sum("e"), self.vector(self.months.years) * holding)
        self.releases(cell, came.sum("e") - outside - for_lines)
        self.worth(cell, end, outside)

    def opening(self, cell: Cell) -> np.ndarray[Any, Any]:
        """Return the opening stock by last period of use: lots on their day, the rest evenly over one life."""
        life = self.life[cell[1]]
        table = np.zeros((self.count, self.last_uses(cell[1]).size))
        on_hand = next((row.on_hand for row in self.scenario.stocks if (row.holder, row.item) == cell), 0.0)
        if life is None:
            table[0, -1] = on_hand
            return table
        rest = on_hand
        for lot in self.scenario.lots:
            if (lot.holder, lot.item) == cell and lot.expires is not None:
                table[0, min(self.months.of(lot.expires), life - 1)] += lot.quantity
                rest -= lot.quantity
        table[0, :life] += rest / life
        table[0, -1] += table[0, self.count - 1 : -1].sum()  # what would expire after the horizon never does
        table[0, self.count - 1 : -1] = 0.0
        return table

    def worth(self, cell: Cell, end: Expression, outside: Expression) -> None:
        """Pay for what lacks to the requirement; what is there or paid for at the end is worth its price up to it."""
        required = self.required(cell)
        if not required.any():
            return
        short = self.some()
        self.must(short >= self.vector(required) - end.sum("e") + outside)
        self.banded((*cell, "shortfall"), short, self.vector(required), self.vector(1.0))
        last, worths = self.vector(np.arange(self.count) == self.count - 1), []
        for row in self.bands((*cell, "terminal_stock")):
            credit = self.some()
            self.must(credit <= self.vector(required) * last * (row.share_to - row.share_from))
            self.pay(credit, -row.price)
            worths.append(credit.sum())
        self.must(
            total(*worths)
            <= (end * (self.alive(cell[1], 1) * last)).sum() + total(self.nothing.sum(), *self.coming[cell])
        )

    # -- money and promises

    def budgets(self) -> None:
        for holder, purpose in sorted({(row.holder, row.purpose) for row in self.scenario.budgets}):
            rows = {row.year: row for row in self.scenario.budgets if (row.holder, row.purpose) == (holder, purpose)}
            month = next(h.fiscal_year_start_month for h in self.scenario.holders if h.name == holder)
            carry, amount = np.ones(self.count), np.zeros(self.count)
            for t, year in self.months.years_that_begin(month):
                amount[t] = rows[year].amount if year in rows else 0.0
                carry[t] = rows[year - 1].carry_over_share if t and year - 1 in rows else 0.0
            left, spent = self.some(), self.committed(holder, purpose)
            there = self.later(left, 1) * self.vector(carry) + self.vector(amount)
            self.must(left == there - spent)
            gate = next(iter(rows.values())).gate
            self.must(spent <= there * self.vector(self.share_of(gate, "purchase_share")))

    def committed(self, holder: str, purpose: str) -> Expression:
        total = self.nothing
        if purpose == "expansions":
            for row in self.scenario.expansions:
                if self.lines[row.line].owner == holder:
                    total = total + self.starts[row.name] * row.cost
            return total
        for (orderer, item, line), order in self.orders.items():
            if orderer == holder:
                made = next(row for row in self.scenario.line_items if (row.line, row.item) == (line, item))
                total = total + order * self.price(made)
        return total

    def pledges(self) -> None:
        """What arrives counts for pledges that are made; what lacks of one at the end of a period is late from its due
        period on."""
        for key, ships in self.ships.items():
            own = [row for row in self.scenario.pledges if (row.from_holder, row.to_holder, row.item) == key]
            if not own:
                continue
            route = self.routes[key[:2]]
            arrives = self.later(ships.sum("e"), self.way(route)) * (1 - route.loss_probability)
            counted = []
            for row in own:
                made, left = self.vector(np.arange(self.count) >= self.months.first(row.start)), self.some()
                counts = self.some(upper=row.quantity * made)
                opening = (row.quantity - row.delivered_before_start) * (np.arange(self.count) == 0)
                self.must(left == self.later(left, 1) + self.vector(opening) - counts)
                counted.append(counts)
                late = self.vector((np.arange(self.count) >= self.months.of(row.due)) * 1.0)
                self.banded((key[0], key[2], "late"), left, self.vector(row.quantity), late)
            self.must(total(*counted) <= arrives)

    def required(self, cell: Cell) -> np.ndarray[Any, Any]:
        found = np.zeros(self.count)
        rows = [row for row in self.scenario.requirements if (row.holder, row.item) == cell]
        for row in sorted(rows, key=lambda row: self.months.first(row.start)):
            use = (row.planning_use or 0.0) / self.months.mean_days(row.per)
            quantity = (row.days_of_supply or 0.0) * use if row.quantity is None else row.quantity
            found[self.months.first(row.start) :] = quantity
        return found
