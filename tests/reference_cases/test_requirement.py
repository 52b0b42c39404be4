"""Published years to a requirement, replacement times, reserves and obligations."""

from __future__ import annotations

import datetime as dt
import math

import polars as pl
import pytest

from replenish.result import Result
from replenish.scenario.model import (
    Contract,
    Demand,
    Expansion,
    Holder,
    Item,
    Line,
    LineItem,
    PolicyRow,
    Requirement,
    Route,
    Stock,
)
from replenish.study.formulas import (
    contingency_reserve,
    crude_equivalent,
    replacement_time,
    stockholding_obligation,
    yearly_money,
    years_to_requirement,
)
from replenish.study.requirement import requirement_table
from tests.reference_cases.test_stockpile import means, study

DAY = dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("now", "former", "rate", "years", "year"),
    [(226, 423, 14.0, 14.1, 2038), (339, 2_398, 49.2, 41.8, 2066), (121, 978, 8.8, 97.4, 2121)],
    ids=["combat aircraft", "tanks", "howitzers"],
)
def test_s8_years_to_a_former_level(now: float, former: float, rate: float, years: float, year: int) -> None:
    """Wolff et al. (2024), Fit for war in decades, Kiel Report 1: levels of 2004, orders of two and a half years."""
    found = years_to_requirement(now, former, rate)
    assert math.floor(found * 10 + 0.5) / 10 == pytest.approx(years)
    assert round(2024 + found) == year


def test_s10_years_to_requirement_and_the_money_that_shortens_them() -> None:
    """Form of 10 U.S.C. 222c: (13,773 - 3,376) at 600 a year are 17.3 years; in ten years it takes 1,039.7 a year."""
    years = years_to_requirement(3_376, 13_773, 600)
    assert round(years, 1) == 17.3
    assert yearly_money(13_773 - 3_376, years, 1.0) == pytest.approx(600)
    assert yearly_money(13_773 - 3_376, 10, 2.0) == pytest.approx(2_079.4)


def test_s10_the_table_gives_the_same_years_from_a_scenario() -> None:
    start = dt.date(2025, 1, 1)
    result = study(
        start, dt.date(2034, 12, 31), "year",
        items=(Item(name="missile", unit="missile", unit_cost=2.0),),
        holders=(Holder(name="army"),),
        stocks=(Stock(holder="army", item="missile", on_hand=3_376),),
        requirements=(Requirement(holder="army", item="missile", quantity=13_773),),
        lines=(Line(name="plant", owner="army", max_rate=600, per="year"),),
        line_items=(LineItem(line="plant", item="missile"),),
    )  # fmt: skip
    row = requirement_table(result.scenario).to_dicts()[0]
    assert row["shortfall"] == 10_397
    assert round(row["years_now"], 1) == round(row["years_full"], 1) == 17.3
    assert row["yearly_money"] == pytest.approx(2_079.4, rel=1e-3)


def test_s11_replacement_time_of_a_missile() -> None:
    """CSIS: LRASM, 450 at 88 a year after nearly two years of production time, about 7.1 years."""
    assert round(replacement_time(lead=2, ramp=0, output_during_ramp=0, quantity=450, rate=88), 1) == 7.1


def test_s11_the_table_gives_the_replacement_time_of_the_same_missile() -> None:
    """Two years of production lead time, then 88 a year: what lacks is there after 2 + 450 / 88 years."""
    result = study(
        dt.date(2025, 1, 1), dt.date(2034, 12, 31), "year",
        items=(Item(name="missile", unit="missile"),),
        holders=(Holder(name="navy"),),
        stocks=(Stock(holder="navy", item="missile", on_hand=0),),
        requirements=(Requirement(holder="navy", item="missile", quantity=450),),
        lines=(Line(name="plant", owner="navy", max_rate=88, per="year"),),
        line_items=(LineItem(line="plant", item="missile", production_lead_time_days=2 * 365.25),),
    )  # fmt: skip
    assert requirement_table(result.scenario)["replacement_years"][0] == pytest.approx(2 + 450 / 88, rel=1e-3)


def test_the_table_counts_the_ramp_of_a_line() -> None:
    """From 120 to 360 a year at 10 a month more each month: two years, 480 units on the way, then the full rate."""
    result = study(
        dt.date(2025, 1, 1), dt.date(2034, 12, 31), "year",
        items=(Item(name="missile", unit="missile"),),
        holders=(Holder(name="navy", decision_delay_days=365.25),),
        stocks=(Stock(holder="navy", item="missile", on_hand=0),),
        requirements=(Requirement(holder="navy", item="missile", quantity=840),),
        lines=(Line(name="plant", owner="navy", start_rate=10, max_rate=30, per="month", ramp_limit=10 / 12),),
        line_items=(LineItem(line="plant", item="missile"),),
    )  # fmt: skip
    assert requirement_table(result.scenario)["replacement_years"][0] == pytest.approx(1 + 2 + 1, rel=1e-3)


def test_a_ramp_adds_its_length_and_takes_its_output_off() -> None:
    assert replacement_time(lead=1, ramp=2, output_during_ramp=100, quantity=400, rate=100) == 6
    assert replacement_time(lead=1, ramp=2, output_during_ramp=100, quantity=50, rate=0) == 3
    assert replacement_time(lead=1, ramp=2, output_during_ramp=0, quantity=50, rate=0) == math.inf


def interceptors(use: float) -> Result:
    """Simulate the use of interceptors by two batteries that are filled up from the reload pool."""
    start = dt.date(2025, 6, 1)
    return study(
        start, dt.date(2027, 6, 30), "month",
        items=(Item(name="interceptor", unit="interceptor"),),
        holders=(Holder(name="engaged"), Holder(name="other_batteries"), Holder(name="reload_pool")),
        stocks=(
            Stock(holder="engaged", item="interceptor", on_hand=2 * 48),
            Stock(holder="other_batteries", item="interceptor", on_hand=6 * 48),
            Stock(holder="reload_pool", item="interceptor", on_hand=534 - 8 * 48),
        ),
        demand=(
            Demand(holder="engaged", item="interceptor", mean=use),
            Demand(holder="engaged", item="interceptor", mean=0, start=dt.date(2025, 7, 1)),
        ),
        lines=(Line(name="plant", owner="reload_pool", start_rate=0, max_rate=100),),
        line_items=(LineItem(line="plant", item="interceptor"),),
        orders=(Contract(name="ordered", holder="reload_pool", item="interceptor", line="plant", quantity=100,
                         due=dt.date(2027, 4, 30)),),
        routes=(Route(from_holder="reload_pool", to_holder="engaged"),),
        policies=(PolicyRow(role="release", holder="reload_pool", to_holder="engaged", item="interceptor",
                            rule="proportional"),),
    )  # fmt: skip


@pytest.mark.parametrize(("use", "from_pool", "left"), [(150, 54, 96), (200, 104, 46)])
def test_s4_reload_pool_after_the_use_of_two_batteries(use: float, from_pool: float, left: float) -> None:
    """CSIS, 5 December 2025: 534 THAAD interceptors delivered, 8 batteries of 48; of a use of 150 the reload pool gives
    54 and keeps 96, of 200 it gives 104 and keeps 46; 100 more are ordered, the next delivery is due in April 2027.

    One month is between the use and the reload; both are complete long before the delivery.
    """
    result = interceptors(use)
    pool = means(result, "on_hand", holder="reload_pool")
    assert means(result, "delivered_cumulative", holder="reload_pool")[-1] == pytest.approx(from_pool)
    assert pool[5] == pytest.approx(left)
    held = sum(means(result, "on_hand", holder=holder)[5] for holder in ("engaged", "other_batteries", "reload_pool"))
    assert held == pytest.approx(534 - use)
    april = (2027 - 2025) * 12 + 4 - 6
    assert pool[april - 1] == pytest.approx(left)
    assert pool[april] == pytest.approx(left + 100)


CRUDE, PRODUCTS = 10.0e6, 2.0e6  # [tonne/year]


def test_s13_the_obligation_of_the_directive_in_tonnes() -> None:
    """Directive 2009/119/EC: crude 10.0 Mt less 4 % naphtha plus 1.065 x 2.0 Mt are 11.73 Mt; 90/365 of it 2.892 Mt."""
    imports = crude_equivalent(CRUDE, PRODUCTS)
    assert imports == pytest.approx(11.73e6)
    assert round(stockholding_obligation(imports, 12e6) / 1e6, 3) == 2.892
    assert stockholding_obligation(imports, 30e6) == pytest.approx(61 / 365 * 30e6)


def test_s13_the_obligation_as_days_of_supply_of_a_scenario() -> None:
    result = study(
        dt.date(2025, 1, 1), dt.date(2025, 12, 31), "month",
        items=(Item(name="oil", unit="tonne"),),
        holders=(Holder(name="state"),),
        stocks=(Stock(holder="state", item="oil", on_hand=3e6),),
        requirements=(Requirement(holder="state", item="oil", days_of_supply=90, per="day",
                                  planning_use=crude_equivalent(CRUDE, PRODUCTS) / 365),),
    )  # fmt: skip
    assert [round(value / 1e6, 3) for value in means(result, "requirement")] == [2.892] * 12


RATES = {"use": 100.0, "supply": 40.0}
LEAD, WARNING, DURATION = 90, 30, 120


def reserve_of(lead: float, warning: float, duration: float, *, is_built_up: bool = False) -> float:
    """Return the closed form at the rates of this case."""
    return contingency_reserve(
        use=RATES["use"], supply=RATES["supply"], provisioning_lead=lead, warning=warning, duration=duration,
        is_built_up=is_built_up,
    )  # fmt: skip


def contingency(reserve: float, *, is_built_up: bool) -> Result:
    """Simulate a contingency day by day; supply follows it `LEAD` days after the warning of the first day.

    Supply of a day was started the day before.  Unless it is kept, peacetime takes it during the warning.
    """
    start = dt.date(2025, 1, 1)
    first, last = start + WARNING * DAY, start + (WARNING + DURATION) * DAY
    peace = 0.0 if is_built_up else RATES["supply"]
    return study(
        start, last + 10 * DAY, "day",
        items=(Item(name="kit", unit="kit"),),
        holders=(Holder(name="army"),),
        stocks=(Stock(holder="army", item="kit", on_hand=reserve),),
        demand=tuple(
            Demand(holder="army", item="kit", mean=mean, per="day", start=day, when_unmet="lost")
            for day, mean in ((start, peace), (first, RATES["use"]), (last, 0.0))
        ),
        lines=(Line(name="vendor", owner="army", max_rate=RATES["supply"], per="day"),),
        line_items=(LineItem(line="vendor", item="kit"),),
        expansions=(Expansion(name="surge", line="vendor", capacity_step=RATES["use"] - RATES["supply"], per="day",
                              start=start, build_time_days=LEAD - 1),),
        policies=(PolicyRow(role="production", line="vendor", rule="maximum"),),
    )  # fmt: skip


@pytest.mark.parametrize(("is_built_up", "reserve"), [(False, 3_600), (True, 2_400)])
def test_s2_a_reserve_one_unit_smaller_runs_out(is_built_up: bool, reserve: float) -> None:
    """Structure of Calbert et al. (MODSIM 2015), closed form derived: 60 a day are missing for 60 days of exposure.

    Kept for 30 days of warning, the supply of 40 a day takes 1,200 off the reserve.
    """
    found = reserve_of(LEAD, WARNING, DURATION, is_built_up=is_built_up)
    assert found == reserve
    assert means(contingency(found, is_built_up=is_built_up), "unmet_cumulative")[-1] == pytest.approx(0, abs=1e-9)
    short = contingency(found - 1, is_built_up=is_built_up)
    assert means(short, "unmet_cumulative")[-1] == pytest.approx(1)
    first = short.series.filter(pl.col("measure") == "unmet", pl.col("mean") > 1e-9)["period"][0]
    assert first == LEAD - 1


def test_s2_no_reserve_is_needed_where_supply_follows_within_the_warning() -> None:
    assert reserve_of(30, 30, 120) == 0
    assert reserve_of(900, 30, 10) == 600
