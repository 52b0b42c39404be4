"""Published numbers of stockpile studies, reproduced by the simulation.

Every case is deterministic, so two paths suffice.  Tolerances are rounding of floats alone unless a test says more.
"""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import polars as pl
import pytest

from replenish.result import Result
from replenish.scenario import Scenario
from replenish.scenario.model import (
    Component,
    Demand,
    Expansion,
    Holder,
    Item,
    Line,
    LineItem,
    PolicyRow,
    Requirement,
    Route,
    Settings,
    Stock,
    Time,
)
from replenish.simulation import simulate


def study(start: dt.date, end: dt.date, period: str, **tables: Any) -> Result:
    """Return the run of a scenario made of `tables`."""
    settings = Settings.model_validate({"title": "case", "time": Time.model_validate(
        {"start": start, "end": end, "period": period})})  # fmt: skip
    return simulate(Scenario(settings=settings, **tables), paths=2)


def means(result: Result, measure: str, **labels: str) -> list[float]:
    """Return the mean of one series in each period."""
    wanted = [pl.col(label) == name for label, name in labels.items()]
    return result.series.filter(pl.col("measure") == measure, *wanted).sort("period")["mean"].to_list()


def first_unmet(result: Result, item: str) -> int:
    """Return the number of the first period, counted from 1, in which some demand is not met."""
    return next(t for t, unmet in enumerate(means(result, "unmet", item=item), 1) if unmet > 1e-6)


RATES = {dt.date(2024, 10, 1): 60_000, dt.date(2025, 4, 1): 75_000, dt.date(2025, 10, 1): 100_000}


def planned_rate(month: float) -> float:
    """Return the planned rate so many months after 1 October 2024: the line between the rate points."""
    first, second, third = RATES.values()
    if month < 6:
        return first + (second - first) * month / 6
    return second + (third - second) * (month - 6) / 6


def started(month: int) -> dt.date:
    """Return the day from which rounds are started that are completed in a month, counted from October 2024."""
    return dt.date(2024 + (8 + month) // 12, (8 + month) % 12 + 1, 1)


def ramp(slip_days: float, taken_at: float = 0.5) -> Result:
    """Simulate the ramp: one capacity step a month, each `slip_days` later than planned.

    A period has one rate: that of the line `taken_at` so much of the month.  What is completed in a month was started
    the month before, so each step is planned one month ahead.
    """
    rates = [40_000.0, *(planned_rate(month + taken_at) for month in range(12))]
    steps = tuple(
        Expansion(name=f"step_{month:02d}", line="plant", capacity_step=rates[month + 1] - rates[month],
                  start=dt.date(2024, 8, 1), build_time_days=(started(month) - dt.date(2024, 8, 1)).days + slip_days)
        for month in range(12)
    )  # fmt: skip
    return study(
        dt.date(2024, 8, 1), dt.date(2027, 12, 31), "month",
        items=(Item(name="round", unit="round"),),
        holders=(Holder(name="army"),),
        stocks=(Stock(holder="army", item="round"),),
        requirements=(Requirement(holder="army", item="round", quantity=1_500_000),),
        lines=(Line(name="plant", owner="army", max_rate=40_000),),
        line_items=(LineItem(line="plant", item="round"),),
        expansions=steps,
        policies=(PolicyRow(role="production", line="plant", rule="maximum"),),
    )  # fmt: skip


def made_in_the_year(result: Result) -> float:
    """Return what is completed from October 2024 to September 2025: periods 2 to 13."""
    return sum(means(result, "production", line="plant")[2:14])


def back(result: Result) -> int:
    """Return the period from which the stock stays at its requirement."""
    rows = result.dates.filter(pl.col("measure") == "date_of_replenishment")
    return int(rows["period"][0])


def test_s5_a_ramp_that_slips_loses_450_000_rounds_in_a_year_and_postpones_replenishment() -> None:
    """US 155 mm: plan 60,000 (Oct 2024), 75,000 (Apr 2025), 100,000 (Oct 2025) a month; outcome 40,000 flat.

    The year's output is the integral of the line between the rate points, 930,000; the rate at the middle of each
    month gives it exactly.  Plan of February 2024: Defense One, 17 June 2025; outcome: National Defense Magazine,
    14 August 2025.  The requirement of 1.5 million and the slip are ours, and their dates arithmetic.  In time: two
    months at 40,000, the year's 930,000, and from October 2025 97,917 a month reach it in the sixth month, March 2026.
    400 days late, each step serves the 14th month after the planned one: 16 months at 40,000 and eleven of the twelve
    months of the ramp give 1,472,083, so that it is reached in November 2026.
    """
    plan, outcome = ramp(0.0), ramp(400.0)
    assert made_in_the_year(plan) == pytest.approx(930_000)
    assert made_in_the_year(outcome) == pytest.approx(480_000)
    assert made_in_the_year(plan) - made_in_the_year(outcome) == pytest.approx(450_000)
    start = dt.date(2024, 8, 1)
    assert [start.year * 12 + start.month - 1 + back(run) for run in (plan, outcome)] == [
        2026 * 12 + 3 - 1,
        2026 * 12 + 11 - 1,
    ]


def test_s5_rates_taken_at_the_start_of_each_month_give_910_000() -> None:
    """The other convention on the same rate points: half a month's rise is lost in each month."""
    assert made_in_the_year(ramp(0.0, taken_at=0.0)) == pytest.approx(910_000)


def front(suppliers: dict[str, float], own_stock: float) -> Result:
    """Simulate 562 days of use served by a stock and by suppliers at daily rates; routes take one day."""
    stocks = [Stock(holder=name, item="round", on_hand=10e6) for name in suppliers]
    return study(
        dt.date(2023, 8, 1), dt.date(2023, 8, 1) + dt.timedelta(days=562), "day",
        items=(Item(name="round", unit="round"),),
        holders=(Holder(name="user"), *(Holder(name=name) for name in suppliers)),
        stocks=(Stock(holder="user", item="round", on_hand=own_stock), *stocks),
        demand=(Demand(holder="user", item="round", mean=22_729, per="day", when_unmet="lost",
                       start=dt.date(2023, 8, 2)),),
        routes=tuple(Route(from_holder=name, to_holder="user") for name in suppliers),
        policies=tuple(
            PolicyRow(role="release", holder=name, to_holder="user", item="round", rule="schedule", rate=rate,
                      per="day")
            for name, rate in suppliers.items()
        ),
    )  # fmt: skip


def test_s6_one_supplier_of_several_gives_7_473_a_day_and_its_loss_shows_in_use() -> None:
    """RUSI, 6 May 2025: at least 4.2 million rounds in 562 days from one supplier; total use 22,729 a day, without
    that supplier 13,493.

    What the two rates leave open comes from the user's own stock; without the supplier and that stock the user fires
    what the others bring.
    """
    rate = 4_200_000 / 562
    assert round(rate) == 7_473
    own_stock = (22_729 - 13_493 - rate) * 562
    both = front({"supplier": rate, "others": 13_493}, own_stock)
    assert means(both, "delivered_cumulative", holder="supplier")[-1] == pytest.approx(4_200_000)
    assert means(both, "unmet_cumulative")[-1] == pytest.approx(0, abs=1e-3)
    alone = front({"others": 13_493}, 0.0)
    assert means(alone, "issues")[1:] == pytest.approx([13_493] * 562)


def test_s7_need_and_receipt_give_fill_rates_of_two_years() -> None:
    """RUSI, 3 April 2025: need 2.4 million a year, received 1.6 million (2023) and 1.5 million (2024).

    Fill rates 66.7 % and 62.5 %, cumulative unmet 0.8 and 1.7 million.  What arrives in a year was released the year
    before, the route taking one period.
    """
    result = study(
        dt.date(2022, 1, 1), dt.date(2024, 12, 31), "year",
        items=(Item(name="round", unit="round"),),
        holders=(Holder(name="user"), Holder(name="donor")),
        stocks=(Stock(holder="donor", item="round", on_hand=5e6),),
        demand=(Demand(holder="user", item="round", mean=2.4e6, per="year", when_unmet="lost",
                       start=dt.date(2023, 1, 1)),),
        routes=(Route(from_holder="donor", to_holder="user", lead_time_days=20),),
        policies=tuple(
            PolicyRow(role="release", holder="donor", to_holder="user", item="round", rule="schedule", rate=rate,
                      per="year", start=dt.date(year, 1, 1))
            for year, rate in ((2022, 1.6e6), (2023, 1.5e6))
        ),
    )  # fmt: skip
    issued, asked = means(result, "issues")[1:], means(result, "demand")[1:]
    assert [round(100 * i / a, 1) for i, a in zip(issued, asked, strict=True)] == [66.7, 62.5]
    assert means(result, "unmet_cumulative")[1:] == pytest.approx([0.8e6, 1.7e6])
    assert means(result, "fill_rate")[-1] == pytest.approx(3.1 / 4.8)


def energy(coal_days: float, cut: float) -> Result:
    """Simulate three fuels when supply stops; a unit is one day of normal use, the share outside electricity stops.

    Oil is used almost only outside electricity, where its use goes on.
    """
    stock = {"gas": 12.0, "coal": 45.0 + coal_days, "oil": 146.0}
    use = {"gas": 1 - 0.17, "coal": 1 - 0.23, "oil": 1.0}
    return study(
        dt.date(2025, 1, 1), dt.date(2025, 7, 1), "day",
        items=tuple(Item(name=name, unit="day") for name in stock),
        holders=(Holder(name="island"),),
        stocks=tuple(Stock(holder="island", item=name, on_hand=days) for name, days in stock.items()),
        demand=tuple(
            Demand(holder="island", item=name, mean=rate * (1 - cut), per="day") for name, rate in use.items()
        ),
    )  # fmt: skip


def test_s9_three_fuels_run_out_in_weeks_3_9_and_21() -> None:
    """CSIS, Lights Out? (2025), Taiwan: gas 12 days (17 % outside electricity), coal 45 (23 %), oil 146 (99 %).

    Exhausted in weeks 3, 9 and 21: after 14.5, 58.4 and 146 days.  The first day with unmet use is the day after the
    last full one.
    """
    result = energy(0.0, 0.0)
    days = {item: first_unmet(result, item) for item in ("gas", "coal", "oil")}
    assert days == {"gas": 15, "coal": 59, "oil": 147}
    assert [math.ceil(day / 7) for day in days.values()] == [3, 9, 21]


def test_s9_more_coal_and_less_use_carry_coal_to_the_end_of_week_12() -> None:
    """The same study: 14 more days of coal and total use cut by 9 %: (45 + 14) / 0.77 / 0.91 = 84.2 days.

    That is twelve weeks and a fifth of a day; the study prints week 12, the last full one.
    """
    day = first_unmet(energy(14.0, 0.09), "coal")
    assert day == math.ceil((45 + 14) / 0.77 / 0.91) == 85
    assert (day - 1) // 7 == 12


def test_s12_the_scarcest_component_sets_complete_rounds_once_its_stock_is_gone() -> None:
    """US 155 mm, September 2024: 40,000 projectiles and 18,000 charge sets a month give 18,000 complete rounds.

    Defense Express, 17 June 2025, on a report of the Pentagon.  The stock of 66,000 sets is ours; it lasts three
    months, each of which takes 22,000 more than is made.
    """
    result = study(
        dt.date(2024, 9, 1), dt.date(2025, 8, 31), "month",
        items=tuple(Item(name=name, unit=name) for name in ("round", "projectile", "charge")),
        holders=(Holder(name="army"),),
        stocks=(Stock(holder="army", item="charge", on_hand=66_000), Stock(holder="army", item="round")),
        lines=tuple(
            Line(name=name, owner="army", max_rate=rate)
            for name, rate in {"bodies": 40_000, "powder": 18_000, "assembly": 100_000}.items()
        ),
        line_items=(
            LineItem(line="bodies", item="projectile"),
            LineItem(line="powder", item="charge"),
            LineItem(line="assembly", item="round"),
        ),
        components=(Component(item="round", component="projectile"), Component(item="round", component="charge")),
        policies=tuple(
            PolicyRow(role="production", line=name, rule="maximum") for name in ("bodies", "powder", "assembly")
        ),
    )  # fmt: skip
    complete = means(result, "production", line="assembly")[1:]
    assert complete == pytest.approx([40_000] * 3 + [18_000] * 8)
    binding = means(result, "bottleneck_share", line="assembly", limit="charge")
    assert binding[3:] == pytest.approx([1.0] * 9)
