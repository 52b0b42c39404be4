"""The same base stock case in SimPy, an event-driven simulator that shares nothing with ours."""

from __future__ import annotations

import datetime as dt
from collections.abc import Generator
from dataclasses import dataclass, field

import numpy as np
import pytest
import simpy

from replenish.arrays import to_arrays
from replenish.arrays.groups import Floats
from replenish.scenario import Scenario
from replenish.scenario.model import Demand, Holder, Item, Line, LineItem, PolicyRow, Settings, Stock, Time
from tests.simulation.engines import ENGINES, Readings, readings_of

MEAN, LEVEL, LEAD, PERIODS, PATHS = 6.0, 20.0, 2, 12, 400


@dataclass
class Shop:
    """A shop that orders up to a level every month and serves its customers in turn."""

    environment: simpy.Environment
    demands: list[float]
    review: int
    on_hand: float = LEVEL
    owed: float = 0.0
    on_order: float = 0.0
    stocks: list[float] = field(default_factory=list)
    debts: list[float] = field(default_factory=list)

    def open(self) -> Generator[simpy.Event, object, None]:
        """Order on the first day of a month, meet the demand around its middle, and count on its last day."""
        for month, asked in enumerate(self.demands):
            yield self.environment.timeout(0.1)
            if month % self.review == 0:
                self.order(max(0.0, LEVEL - (self.on_hand + self.on_order - self.owed)))
            yield self.environment.timeout(0.4)
            self.owed += asked
            self.serve()
            yield self.environment.timeout(0.4)
            self.stocks.append(self.on_hand)
            self.debts.append(self.owed)
            yield self.environment.timeout(0.1)

    def order(self, quantity: float) -> None:
        self.on_order += quantity
        self.environment.process(self.wait_for(quantity))

    def wait_for(self, quantity: float) -> Generator[simpy.Event, object, None]:
        """Receive an order just before the first decision that follows `LEAD` months later."""
        yield self.environment.timeout(LEAD - 0.05)
        self.on_order -= quantity
        self.on_hand += quantity
        self.serve()

    def serve(self) -> None:
        served = min(self.on_hand, self.owed)
        self.on_hand -= served
        self.owed -= served


def event_driven(demands: Floats, review: int) -> tuple[Floats, Floats]:
    """Return stock on hand and what is owed at the end of each month, (period, path), for (period, path) demands."""
    shops = []
    for path in range(demands.shape[1]):
        environment = simpy.Environment()
        shops.append(Shop(environment, demands[:, path].tolist(), review))
        environment.process(shops[-1].open())
        environment.run()
    return np.array([shop.stocks for shop in shops]).T, np.array([shop.debts for shop in shops]).T


def by_period(engine: str, review: int) -> Readings:
    """Return what the period step makes of the same case."""
    time = Time(start=dt.date(2024, 1, 1), end=dt.date(2024, PERIODS, 28), review_interval=review)
    scenario = Scenario(
        settings=Settings(title="base stock", time=time),
        items=(Item(name="part", unit="part"),),
        holders=(Holder(name="shop"),),
        stocks=(Stock(holder="shop", item="part", on_hand=LEVEL),),
        demand=(Demand(holder="shop", item="part", mean=MEAN, distribution="poisson"),),
        lines=(Line(name="plant", owner="shop", start_rate=0, max_rate=1e6),),
        line_items=(LineItem(line="plant", item="part", production_lead_time_days=30.4 * LEAD),),
        policies=(PolicyRow(role="ordering", holder="shop", item="part", rule="base_stock", quantity=LEVEL),),
    )
    return readings_of(to_arrays(scenario)[0], engine, seed=7, paths=PATHS)


@pytest.mark.parametrize("review", [1, 3])
@pytest.mark.parametrize("engine", ENGINES)
def test_the_same_demand_gives_the_same_stock_and_debt_on_every_path(engine: str, review: int) -> None:
    readings = by_period(engine, review)
    on_hand, owed = event_driven(readings["demand"][:, :, 0], review)
    np.testing.assert_allclose(readings["on_hand"][:, :, 0], on_hand, rtol=0, atol=1e-9)
    np.testing.assert_allclose(readings["backorders"][:, :, 0], owed, rtol=0, atol=1e-9)
    assert owed.max() > 0
    assert on_hand.max() > 0


def test_demand_of_the_same_law_gives_the_same_means_within_four_standard_errors() -> None:
    demands = np.random.default_rng(11).poisson(MEAN, (PERIODS, PATHS)).astype(np.float64)
    readings = by_period("kernel", 1)
    for name, theirs in zip(("on_hand", "backorders"), event_driven(demands, 1), strict=True):
        ours = readings[name][:, :, 0]
        error = np.sqrt((ours.var(axis=1, ddof=1) + theirs.var(axis=1, ddof=1)) / PATHS)
        assert (np.abs(ours.mean(axis=1) - theirs.mean(axis=1)) <= 4 * error).all(), name
