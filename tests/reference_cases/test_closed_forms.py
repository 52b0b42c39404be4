"""Textbook closed forms of inventory theory, reproduced by the simulation within four standard errors."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest
from scipy.special import gammaincc, pdtr, pdtrc, pdtrik

from replenish.result import Result
from replenish.scenario import Scenario
from replenish.scenario.model import Demand, Holder, Item, Line, LineItem, PolicyRow, Settings, Stock, Time
from replenish.simulation import simulate

MEAN, VARIATION, LEAD = 10.0, 0.5, 2  # demand of a period; periods from decision to receipt
PERIODS, PATHS = 8, 20_000
LEVELS = {"poisson": (24, 30, 33, 38), "gamma": (20, 30, 45, 60)}


def poisson_loss(mean: float, level: float) -> float:
    """Return E[max(X - level, 0)] of a Poisson law and a whole level."""
    return float(mean * pdtrc(level - 2, mean) - level * pdtrc(level - 1, mean)) if level >= 2 else mean - level


def gamma_loss(mean: float, shape: float, level: float) -> float:
    """Return E[max(X - level, 0)] of a gamma law."""
    at = level * shape / mean
    return float(mean * gammaincc(shape + 1, at) - level * gammaincc(shape, at))


def loss(law: str, periods: int, level: float) -> float:
    """Return the mean by which the demand of so many periods exceeds a level."""
    if law == "poisson":
        return poisson_loss(MEAN * periods, level)
    return gamma_loss(MEAN * periods, periods / VARIATION**2, level)


def base_stock(law: str) -> Result:
    """Simulate one depot for each level, each with demand of its own; what is not met is owed."""
    levels = LEVELS[law]
    return simulate(
        Scenario(
            settings=Settings(title="base stock", time=Time(start=dt.date(2024, 1, 1), end=dt.date(2024, PERIODS, 28))),
            items=(Item(name="part", unit="part"),),
            holders=(Holder(name="maker"), *(Holder(name=f"depot{level}") for level in levels)),
            stocks=tuple(Stock(holder=f"depot{level}", item="part", on_hand=level) for level in levels),
            demand=tuple(
                Demand(holder=f"depot{level}", item="part", mean=MEAN, distribution=law,
                       coefficient_of_variation=0.0 if law == "poisson" else VARIATION)
                for level in levels
            ),
            lines=(Line(name="plant", owner="maker", start_rate=0, max_rate=1e6),),
            line_items=(LineItem(line="plant", item="part", production_lead_time_days=30.4 * LEAD),),
            policies=tuple(
                PolicyRow(role="ordering", holder=f"depot{level}", item="part", rule="base_stock", quantity=level)
                for level in levels
            ),
        ),
        paths=PATHS,
        seed=5,
    )  # fmt: skip


def in_last_period(result: Result, measure: str, holder: str) -> tuple[float, float]:
    """Return the mean of a measure in the last period, and its standard error."""
    row = result.series.filter(pl.col("measure") == measure, pl.col("holder") == holder, period=PERIODS - 1)
    return row["mean"].item(), row["standard_error"].item()


@pytest.mark.parametrize("law", LEVELS)
def test_a_base_stock_with_a_lead_time_owes_and_holds_what_the_closed_form_says(law: str) -> None:
    """What is ordered up to S at the start of a period has all arrived L periods later; L + 1 periods' demand came.

    Backorders are E[(D(L+1) - S)+], stock is S - E[D(L+1)] + backorders, and of the demand of one period
    E[(D(L+1) - S)+] - E[(D(L) - S)+] is late (Zipkin 2000, Foundations of Inventory Management; Porteus 2002,
    Foundations of Stochastic Inventory Theory).
    """
    result = base_stock(law)
    for level in LEVELS[law]:
        owed = loss(law, LEAD + 1, level)
        late = owed - loss(law, LEAD, level)
        expected = {"backorders": owed, "on_hand": level - MEAN * (LEAD + 1) + owed, "unmet": late, "demand": MEAN}
        for measure, value in expected.items():
            mean, error = in_last_period(result, measure, f"depot{level}")
            assert abs(mean - value) <= 4 * error, (measure, level)
            assert error < 0.02 * max(value, 5)
    fill_rates = [1 - in_last_period(result, "unmet", f"depot{level}")[0] / MEAN for level in LEVELS[law]]
    assert fill_rates == sorted(fill_rates)
    assert fill_rates[0] < 0.5
    assert fill_rates[-1] > 0.9


def test_the_loss_of_a_poisson_law_is_that_of_its_sum() -> None:
    """The closed form itself is held against the sum over all values."""
    x = np.arange(200)
    weights = np.diff(pdtr(x, 30.0), prepend=0.0)
    for level in (0, 1, 2, 24, 30, 38):
        assert poisson_loss(30.0, level) == pytest.approx(float(np.maximum(x - level, 0) @ weights), abs=1e-9)


SHORTAGE, SURPLUS, SPREAD = 25.0, 5.0, 20.0
SHIFTED = 400.0  # a Poisson law of mean 400 has the printed spread of 20 and is close to normal


def cost_of(level: float, price: float) -> tuple[float, float]:
    """Return the mean cost of a stock for one period of demand, and the chance that it does not suffice.

    All levels meet the same demand: draws are named by the demand and the seed.
    """
    result = simulate(
        Scenario(
            settings=Settings(title="newsvendor", time=Time(start=dt.date(2024, 1, 1), end=dt.date(2024, 1, 31))),
            items=(Item(name="paper", unit="paper"),),
            holders=(Holder(name="vendor"),),
            stocks=(Stock(holder="vendor", item="paper", on_hand=level),),
            demand=(Demand(holder="vendor", item="paper", mean=SHIFTED, distribution="poisson", when_unmet="lost"),),
        ),
        paths=50_000,
        seed=2,
    )
    values = {name: rows.item(0, "mean") for (name,), rows in result.series.group_by("measure")}
    short = result.series.filter(pl.col("measure") == "unmet")["positive_share"].item()
    return price * level + SHORTAGE * values["unmet"] + SURPLUS * values["on_hand"], short


@pytest.mark.parametrize(("price", "printed"), [(10.0, 100.0), (0.0, 119.3)])
def test_s14_a_newsvendor_stocks_the_critical_fractile_and_the_price_belongs_in_it(
    price: float, printed: float
) -> None:
    """min c x + E[25 shortage + 5 surplus], demand N(100, 20): x = 100 for c = 10; 119.3 is the answer to c = 0.

    The cheapest stock is the fractile (25 - c) / (25 + 5) of demand (Porteus 2002, chapter 1).  There is no normal
    law here; the law with the spread of 20 is Poisson of mean 400, 300 above the printed case.
    """
    fractile = (SHORTAGE - price) / (SHORTAGE + SURPLUS)
    best = float(np.ceil(pdtrik(fractile, SHIFTED)))
    assert abs(best - 300 - printed) < 1
    costs = {level: cost_of(level, price) for level in (best - 12, best - 6, best, best + 6, best + 12)}
    assert min(costs, key=lambda level: costs[level][0]) == best
    for level, (_, short) in costs.items():
        chance = float(pdtrc(level, SHIFTED))
        assert abs(short - chance) <= 4 * (chance * (1 - chance) / 50_000) ** 0.5
