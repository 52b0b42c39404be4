"""Published models of the same job, through the plan."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pytest
from scipy.special import ndtri

from replenish.arrays.groups import Floats
from replenish.multistage import Iterations, Model, Outcomes, solve_extensive, train
from replenish.multistage.modelling.model import ROOT
from replenish.planning.frame import Frame, to_frame
from replenish.planning.graph import mean_model
from replenish.planning.problem import to_problem
from replenish.scenario.model import (
    Budget,
    Component,
    Demand,
    Expansion,
    Holder,
    Item,
    Line,
    LineItem,
    PolicyRow,
    Price,
    Requirement,
    Row,
    Stock,
)
from replenish.study.formulas import contingency_reserve, replacement_time, years_to_requirement
from tests.planning.plans import Best, best
from tests.planning.scenarios import sound

USE, SUPPLY = 100.0, 40.0


def month(number: int) -> dt.date:
    return dt.date(2025 + number // 12, number % 12 + 1, 1)


def contingency(lead: int, warning: int, duration: int, *, is_built_up: bool, reserve: float = 0.0) -> Best:
    """Return the plan from a warning on: supply follows after the lead, all delays in months."""
    peace = [
        Demand(holder="army", item="round", purpose="training", mean=SUPPLY, when_unmet="lost"),
        Demand(holder="army", item="round", purpose="training", start=month(warning), mean=0.0, when_unmet="lost"),
    ]  # fmt: skip
    build = (month(lead - 1) - month(0)).days  # what is started then comes a month later
    return best(sound(
        "contingency", month(0), month(warning + duration - 1),
        Item(name="round", unit="round"), Holder(name="army"), Stock(holder="army", item="round", on_hand=reserve),
        Line(name="vendor", owner="army", max_rate=SUPPLY), LineItem(line="vendor", item="round"),
        Expansion(name="provision", line="vendor", capacity_step=USE - SUPPLY, build_time_days=build, divisible=True),
        *([] if is_built_up or not warning else peace),
        Demand(holder="army", item="round", mean=0.0, when_unmet="lost", priority=6),
        Demand(holder="army", item="round", mean=USE, start=month(warning), when_unmet="lost", priority=6),
        Price(holder="army", item="round", what="unmet", price=50.0),
    ))  # fmt: skip


@pytest.mark.parametrize("is_built_up", [False, True])
@pytest.mark.parametrize(("lead", "warning", "duration"), [(6, 2, 8), (9, 3, 4), (3, 1, 2), (4, 4, 5), (5, 0, 6)])
def test_s2_the_plan_lacks_the_contingency_reserve_and_no_more(
    lead: int, warning: int, duration: int, is_built_up: bool
) -> None:
    """Structure of Calbert, Thiagarajan and Rahman (MODSIM 2015), closed form derived: (c - s0) x the months from the
    end of the warning to the lead, less what the vendor yields during the warning where that is kept."""
    reserve = contingency_reserve(
        use=USE, supply=SUPPLY, provisioning_lead=lead, warning=warning, duration=duration, is_built_up=is_built_up
    )
    lacking = contingency(lead, warning, duration, is_built_up=is_built_up)["unmet"].sum()
    assert lacking == pytest.approx(reserve, abs=1e-6)
    held = contingency(lead, warning, duration, is_built_up=is_built_up, reserve=reserve)
    assert held["unmet"].sum() == pytest.approx(0, abs=1e-6)


PRICE = 3.0
RATES = {
    "amraam": (55, 388), "gbu24": (100, 5_000), "gbu16": (200, 18_000), "gbu12": (200, 18_000), "gbu10": (200, 18_000),
    "maverick": (100, 2_500), "hellfire": (200, 2_700), "harm": (50, 500),
}  # fmt: skip
"""Minimum and maximum rate [unit/year]; every delay is one year."""


def buying(item: str, paid_for: list[float], worth: float) -> tuple[Floats, Floats]:
    """Return what a navy gets in each year of what a budget pays for, and what is made without order.

    worth: of a unit that it has for a year.  The whole plan may fill a year up to the minimum at the cost of the maker;
    it does not where that costs more than waiting.
    """
    low, high = RATES[item]
    plan = best(sound(
        "buying", dt.date(2025, 1, 1), dt.date(2025 + len(paid_for), 12, 31),
        Item(name=item, unit="round", unit_cost=PRICE), Holder(name="navy"), Holder(name="maker"),
        Stock(holder="navy", item=item), Requirement(holder="navy", item=item, quantity=10 * high),
        Line(name="plant", owner="maker", start_rate=0, min_sustaining_rate=low, max_rate=high, per="year"),
        LineItem(line="plant", item=item, production_lead_time_days=365),
        PolicyRow(role="ordering", holder="navy", item=item, line="plant", rule="base_stock"),
        *(Budget(holder="navy", year=2025 + n, amount=PRICE * units) for n, units in enumerate(paid_for)),
        Price(holder="navy", item=item, what="shortfall", price=worth),
        Price(holder="navy", item=item, what="terminal_stock", price=0.0), period="year",
    ), whole=True)  # fmt: skip
    slot = plan.frame.problem.labels.slot_of["plant", item, "navy"]
    return plan["made"][:, slot], plan["spare"][:, 0]


@pytest.mark.parametrize("item", RATES)
def test_s3_a_whole_plan_buys_nothing_or_between_the_minimum_and_the_maximum(item: str) -> None:
    """AIM (Bruggeman, NPS thesis 2003): AMRAAM 55/388/1, GBU-24 kit 100/5000/1, GBU-16, -12 and -10 kits 200/18000/1,
    Maverick 100/2500/1, Hellfire 200/2700/1, HARM 50/500/1: least and most a year, and the delay in years."""
    low, high = RATES[item]
    made, unordered = buying(item, [0.6 * low, 0.6 * low, 2 * high, 0.0, 0.3 * low, low], worth=1.5)
    assert all(value < 1e-6 or low - 1e-6 <= value <= high + 1e-6 for value in made)
    assert made[:4] == pytest.approx([0, 1.2 * low, high, high], abs=1e-6)
    assert unordered == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("item", RATES)
@pytest.mark.parametrize("share", [0.9, 1.0])
def test_s3_a_budget_below_the_minimum_forces_a_year_without_production(item: str, share: float) -> None:
    """AIM, as above: nine tenths of the minimum, or all of it, in the first year, and nothing after."""
    low, _ = RATES[item]
    made, unordered = buying(item, [share * low, 0.0, 0.0], worth=1.05)
    assert made == pytest.approx([low if share == 1.0 else 0, 0, 0, 0], abs=1e-6)
    assert unordered == pytest.approx(0, abs=1e-6)


def test_s12_complete_rounds_follow_the_scarcest_component_once_its_stock_is_gone() -> None:
    """US 155 mm, September 2024: 40,000 projectiles and 18,000 charge sets a month give 18,000 complete rounds.

    Defense Express, 17 June 2025, on a report of the Pentagon.  The stock of 66,000 sets is ours; it lasts three
    months, each of which takes 22,000 more than is made.
    """
    rates = {"bodies": ("projectile", 40_000), "powder": ("charge", 18_000), "assembly": ("round", 100_000)}
    parts: list[Row] = [Item(name=name, unit=name) for name, _ in rates.values()]
    parts += [Line(name=name, owner="army", max_rate=rate) for name, (_, rate) in rates.items()]
    parts += [LineItem(line=name, item=item) for name, (item, _) in rates.items()]
    plan = best(sound(
        "components", dt.date(2024, 9, 1), dt.date(2025, 8, 31), *parts, Holder(name="army"),
        Component(item="round", component="projectile"), Component(item="round", component="charge"),
        Stock(holder="army", item="charge", on_hand=66_000), Stock(holder="army", item="round"),
        Demand(holder="army", item="round", mean=400_000),
    ))  # fmt: skip
    assert plan.run("assembly")[:-1] == pytest.approx([40_000] * 3 + [18_000] * 8)


def newsvendor(cost: float) -> Frame:
    """Return two months in which goods are ordered in the first and asked for in the second: 25 each that lacks, 5 each
    that is left."""
    days = 28 / 365
    return to_frame(to_problem(sound(
        "newsvendor", dt.date(2025, 1, 1), dt.date(2025, 2, 28),
        Item(name="paper", unit="paper", unit_cost=cost), Holder(name="shop"),
        Stock(holder="shop", item="paper", holding_cost=5 / days),
        Line(name="press", owner="shop", max_rate=10_000, start_rate=0), LineItem(line="press", item="paper"),
        Demand(holder="shop", item="paper", mean=0.0, when_unmet="lost"),
        Demand(holder="shop", item="paper", mean=100.0, start=dt.date(2025, 2, 1), when_unmet="lost"),
        Price(holder="shop", item="paper", what="unmet", price=25.0),
    )))  # fmt: skip


def with_normal_demand(frame: Frame, count: int) -> Model:
    """Return the model in which the need of the second month is normal with mean 100 and standard deviation 20."""
    mean, model = mean_model(frame).model, Model()
    first, second = mean.nodes
    values = 100.0 + 20.0 * ndtri((np.arange(count) + 0.5) / count)
    told = {name: value for name, value in mean.nodes[second].data.items() if name != "demand"}
    model.add_node(first, mean.nodes[first].program, data=mean.nodes[first].data)
    model.add_node(second, mean.nodes[second].program, Outcomes({"demand": values[:, None]}), data=told)
    model.add_edge(ROOT, first)
    model.add_edge(first, second)
    return model


@pytest.mark.parametrize(("cost", "ordered"), [(10.0, 100.0), (0.0, 119.3)])
def test_s14_the_newsvendor_orders_the_critical_quantile(cost: float, ordered: float) -> None:
    """min c x + E[25 shortage + 5 surplus], demand N(100, 20): x = 100 for c = 10, and not 119.3, which is c = 0."""
    model = with_normal_demand(newsvendor(cost), 401)
    found = solve_extensive(model)
    assert float(found.first()["run"][0]) == pytest.approx(ordered, abs=0.2)
    policy = train(model, stopping=Iterations(80))
    assert policy.bound == pytest.approx(found.value, rel=1e-6)
    assert policy.first_decisions()["run[0]"][-1] == pytest.approx(ordered, abs=0.2)


def test_s14_the_newsvendor_pays_what_the_closed_form_says() -> None:
    """10 x 100 + 30 x 20 x the density of the standard normal law at 0."""
    value = solve_extensive(with_normal_demand(newsvendor(10.0), 401)).value
    assert value == pytest.approx(1000 + 30 * 20 / math.sqrt(2 * math.pi), rel=1e-3)


def year_reached(*, now: float, required: float, rate: float, lead: int = 0, years: int) -> int:
    """Return the year, from 0, in which the plan's own course has the requirement on hand."""
    start = rate if lead == 0 else 0.0
    plan = best(sound(
        "rebuild", dt.date(2024, 1, 1), dt.date(2024 + years, 12, 31),
        Item(name="thing", unit="thing", unit_cost=1.0), Holder(name="army"),
        Stock(holder="army", item="thing", on_hand=now), Requirement(holder="army", item="thing", quantity=required),
        Line(name="plant", owner="army", max_rate=rate, start_rate=start, per="year"),
        LineItem(line="plant", item="thing", production_lead_time_days=365.2425 * lead),
        Price(holder="army", item="thing", what="shortfall", price=10.0), period="year",
    ))  # fmt: skip
    held = plan.held("army", "thing")
    return int(np.argmax(held >= required * (1 - 1e-9)))


@pytest.mark.parametrize(
    ("now", "former", "rate", "year"),
    [(226, 423, 14.0, 2038), (339, 2_398, 49.2, 2065), (121, 978, 8.8, 2121)],
    ids=["combat aircraft", "tanks", "howitzers"],
)
def test_s8_the_plan_is_back_at_a_former_level_in_the_year_of_the_formula(
    now: float, former: float, rate: float, year: int
) -> None:
    """Wolff et al. (2024), Fit for war in decades, Kiel Report 1: 14.1, 41.8 and 97.4 years; the second is 2065.8."""
    years = years_to_requirement(now, former, rate)
    assert 2024 + math.floor(years) == year
    assert 2024 + year_reached(now=now, required=former, rate=rate, years=math.floor(years) + 2) == year


def test_s10_the_plan_reaches_the_requirement_after_the_years_of_the_statute() -> None:
    """Form of 10 U.S.C. 222c: (13,773 - 3,376) at 600 a year are 17.3 years."""
    assert year_reached(now=3_376, required=13_773, rate=600, years=20) == 17


def test_s11_the_plan_replaces_a_missile_stock_in_the_time_of_the_formula() -> None:
    """CSIS: LRASM, 450 at 88 a year after nearly two years of production time, about 7.1 years."""
    time = replacement_time(lead=2, ramp=0, output_during_ramp=0, quantity=450, rate=88)
    assert year_reached(now=0, required=450, rate=88, lead=2, years=10) == math.floor(time) == 7
