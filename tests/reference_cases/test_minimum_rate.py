"""Lines that make nothing in a year, or at least their minimum sustaining rate."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pytest

from replenish.arrays import to_arrays
from replenish.scenario import Scenario, check
from replenish.scenario.model import Budget, Holder, Item, Line, LineItem, PolicyRow, Settings, Stock, Time
from tests.simulation.engines import ENGINES, readings_of

PRICE = 3.0
RATES = {
    "amraam": (55, 388), "gbu24": (100, 5_000), "gbu16": (200, 18_000), "gbu12": (200, 18_000), "gbu10": (200, 18_000),
    "maverick": (100, 2_500), "hellfire": (200, 2_700), "harm": (50, 500),
}  # fmt: skip
"""Minimum and maximum rate [unit/year]; every delay is one year."""


def years(item: str, orders: Sequence[float], budgets: Sequence[float], engine: str) -> list[float]:
    """Return what is completed of an item in each year, if `orders` are placed in turn as far as `budgets` pay."""
    low, high = RATES[item]
    first, count = 2025, len(orders)
    scenario = Scenario(
        settings=Settings(title="minimum", time=Time(start=dt.date(first, 1, 1), end=dt.date(first + count, 12, 31),
                                                     period="year")),
        items=(Item(name=item, unit="round", unit_cost=PRICE),),
        holders=(Holder(name="navy"),),
        stocks=(Stock(holder="navy", item=item),),
        lines=(Line(name="plant", owner="navy", start_rate=0, min_sustaining_rate=low, max_rate=high, per="year"),),
        line_items=(LineItem(line="plant", item=item, production_lead_time_days=365),),
        budgets=tuple(Budget(holder="navy", year=first + n, amount=amount) for n, amount in enumerate(budgets)),
        policies=(
            PolicyRow(role="production", line="plant", rule="follow_or_close"),
            *(
                PolicyRow(role="ordering", holder="navy", item=item, rule="schedule", per="year", rate=rate,
                          start=dt.date(first + n, 1, 1))
                for n, rate in enumerate([*orders, 0.0])
            ),
        ),
    )  # fmt: skip
    assert [problem for problem in check(scenario) if problem.severity == "error"] == []
    made = readings_of(to_arrays(scenario)[0], engine, paths=1)["production"][:, 0, 0]
    assert made[0] == 0  # the delay
    return [float(value) for value in made[1:]]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("item", RATES)
def test_s3_a_year_makes_nothing_or_between_the_minimum_and_the_maximum(item: str, engine: str) -> None:
    """AIM (Bruggeman, NPS thesis 2003): AMRAAM 55/388/1, GBU-24 kit 100/5000/1, GBU-16, -12 and -10 kits 200/18000/1,
    Maverick 100/2500/1, Hellfire 200/2700/1, HARM 50/500/1: least and most a year, and the delay in years.

    What a closed line leaves in its book counts in the next year: 0.6 of the minimum twice is enough to open.
    More than the maximum is made over two years.
    """
    low, high = RATES[item]
    made = years(item, [0.6 * low, 0.6 * low, low, high, 0, 1.5 * high, 0], [1e9] * 7, engine)
    assert made == pytest.approx([0, 1.2 * low, low, high, 0, high, 0.5 * high])
    assert all(value == 0 or low * (1 - 1e-9) <= value <= high * (1 + 1e-9) for value in made)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("item", RATES)
def test_s3_a_budget_below_the_minimum_forces_a_year_without_production(item: str, engine: str) -> None:
    """The first year pays for nine tenths of the minimum, the second for nothing, the third for the minimum."""
    low, high = RATES[item]
    budgets = [0.9 * low * PRICE, 0.0, low * PRICE]
    made = years(item, [high, high, high], budgets, engine)
    assert made == pytest.approx([0, 0, 1.9 * low])
    assert sum(made) * PRICE == pytest.approx(sum(budgets))
