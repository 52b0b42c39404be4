"""Numbers of the examples that follow by hand from published figures, and what their cases must move."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import cache
from typing import Any

import polars as pl
import pytest

from replenish.result import Result
from replenish.scenario import Scenario, apply_case
from replenish.scenario.examples import read_scenario
from replenish.scenario.model import Forced, Holder, Requirement, Stock
from replenish.simulation import simulate

UNITED_KINGDOM = 53_012_456 + 5_295_400 + 3_063_456 + 1_810_863  # census of 27 March 2011
PATHS = 48


def series(result: Result, measure: str, holder: str) -> list[float]:
    """Return the mean of one measure of a holder in each period."""
    wanted = (pl.col("measure") == measure) & (pl.col("holder") == holder) & (pl.col("to_holder") == "")
    return result.series.filter(wanted).sort("period")["mean"].to_list()


@cache
def run(name: str, case: str = "") -> Result:
    """Return a run of an example, as it is or in one of its cases."""
    example = read_scenario(name)
    return simulate(apply_case(example, case) if case else example, paths=PATHS)


def scalar(result: Result, measure: str, holder: str) -> float:
    """Return the mean of a number at the end of the horizon."""
    return series(result, measure, holder)[-1]


def with_tables(name: str, **tables: Any) -> Scenario:
    """Return an example with other tables, without the cases and the evidence that speak of its own."""
    return read_scenario(name).model_copy(update={**tables, "cases": (), "evidence": ()})


def without(rows: Iterable[Forced]) -> Scenario:
    """Return the antivirals with other known states, and with nothing ordered."""
    policies = tuple(row for row in read_scenario("antivirals").policies if row.role != "ordering")
    return with_tables("antivirals", forced=tuple(rows), policies=policies)


def test_stocks_for_half_of_the_population_are_31_6_million_courses() -> None:
    found = simulate(without(()), paths=2)
    assert series(found, "requirement", "united_kingdom")[0] == pytest.approx(UNITED_KINGDOM / 2, abs=3)


def test_if_nothing_happens_every_course_of_2013_expires_unused() -> None:
    """Bought 40 million, used 2.4 and written off 10 (National Audit Office, May 2013): the 27.6 million that are left
    are past seven years of life by the end of 2019, wherever they lie."""
    calm = Forced(chain="pandemic", start=dt.date(2013, 4, 1), end=dt.date(2027, 3, 31), state="calm")
    found = simulate(without([calm]), paths=2)
    expired = series(found, "expired_cumulative", "united_kingdom")
    held = series(found, "on_hand", "united_kingdom")[0] + series(found, "in_transit", "united_kingdom")[0]
    assert held == pytest.approx(40e6 - 2.4e6 - 10e6)
    assert expired[81] == pytest.approx(27.6e6)  # December 2019
    assert expired[-1] == pytest.approx(27.6e6)


def test_a_shorter_life_costs_money_and_courses() -> None:
    example, shorter = run("antivirals"), run("antivirals", "five_years")
    for measure, holder in [("expired_cumulative", "united_kingdom"), ("spend_cumulative", "")]:
        assert scalar(shorter, measure, holder) > 1.2 * scalar(example, measure, holder)
    assert scalar(shorter, "unmet_cumulative", "england") > scalar(example, "unmet_cumulative", "england")


def test_an_onset_left_to_chance_asks_for_less() -> None:
    """With 25 calm years on average, 14 years see an onset in 1 - exp(-14 / 25) = 43 % of the paths."""
    need = [sum(series(run("antivirals", case), "demand", "england")) for case in ("", "chance_of_onset")]
    assert 0 < need[1] < 0.7 * need[0]


def test_an_early_onset_meets_the_stock_before_what_was_ordered_arrives() -> None:
    early = run("antivirals", "early_onset")
    need = series(early, "demand", "united_kingdom")
    assert need[:6] == [0] * 6
    assert min(need[6:9]) > 0  # October to December 2013
    made = early.series.filter((pl.col("measure") == "production") & (pl.col("period") < 9))
    assert made.height > 0
    assert made["mean"].max() == 0


def test_90_days_of_net_crude_imports_are_243_million_barrels() -> None:
    """Imports 6.28, exports 3.58 million barrels a day in 2022 (Energy Information Administration)."""
    found = simulate(read_scenario("petroleum"), paths=2)
    assert series(found, "requirement", "reserve")[0] == pytest.approx(90 * (6.28e6 - 3.58e6), rel=1e-6)
    assert series(found, "on_hand", "reserve")[0] == pytest.approx(353.3e6, rel=0.01)


def test_days_of_supply_are_the_days_of_import_protection_that_were_published() -> None:
    """726.6 million barrels over net imports of 9.70 million a day in 2009 are 75 days (US Department of Energy)."""
    held = Stock(holder="reserve", item="crude", on_hand=726.6e6)
    wanted = Requirement(holder="reserve", item="crude", days_of_supply=90, planning_use=9.70e6)
    alone = Scenario(
        settings=read_scenario("petroleum").settings,
        items=read_scenario("petroleum").items,
        holders=(Holder(name="reserve"), Holder(name="refiners")),
        stocks=(held,),
        requirements=(wanted,),
    )
    assert round(series(simulate(alone, paths=2), "days_of_supply", "reserve")[0]) == 75


def test_sites_deliver_no_more_than_4_4_million_barrels_a_day() -> None:
    """However much is asked: Bryan Mound 1.5 million a day (Reuters, 2000), all sites 4.4 (Department of Energy)."""
    stop = Forced(chain="imports", start=dt.date(2024, 1, 1), end=dt.date(2024, 3, 31), state="stop")
    thirsty = tuple(row.model_copy(update={"mean": 20e6}) for row in read_scenario("petroleum").demand)
    found = simulate(with_tables("petroleum", forced=(stop,), demand=thirsty), paths=2)
    shipped = found.series.filter((pl.col("measure") == "shipped") & (pl.col("to_holder") == "refiners"))
    most = dict(shipped.group_by("holder").agg(pl.col("mean").max()).iter_rows())
    sites = ("bryan_mound", "west_hackberry", "big_hill", "bayou_choctaw")
    assert most["bryan_mound"] == pytest.approx(7 * 1.5e6, rel=1e-3)
    assert sum(most[site] for site in sites) == pytest.approx(7 * 4.4e6, rel=1e-3)


def test_a_stop_of_a_year_leaves_more_need_unmet_and_half_the_refill_less_oil() -> None:
    example, half = run("petroleum"), run("petroleum", "half_refill")
    for changed in (run("petroleum", "stop_of_a_year"), half):
        assert scalar(changed, "unmet_cumulative", "refiners") > scalar(example, "unmet_cumulative", "refiners")
        assert scalar(changed, "on_hand", "reserve") < scalar(example, "on_hand", "reserve")
    assert scalar(half, "spend_cumulative", "") == pytest.approx(scalar(example, "spend_cumulative", "") / 2)


def test_counting_gross_imports_raises_the_requirement_to_565_million_barrels_and_changes_no_barrel() -> None:
    example, gross = run("petroleum"), run("petroleum", "gross_imports")
    assert scalar(gross, "requirement", "reserve") == pytest.approx(90 * 6.28e6, rel=1e-4)
    assert scalar(gross, "on_hand", "reserve") == scalar(example, "on_hand", "reserve")
