"""What a scenario could know at a date, how forecasts are scored, and the command that does both."""

from __future__ import annotations

import datetime as dt
import math
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr, ndtri

import replenish
from replenish.cli import main
from replenish.errors import UsageError
from replenish.scenario import Scenario
from replenish.scenario.model import (
    Budget,
    Case,
    ChainState,
    Demand,
    Evidence,
    Expansion,
    Forced,
    Holder,
    Item,
    Line,
    LineItem,
    Observation,
    Pledge,
    PolicyRow,
    Route,
    Row,
    Settings,
    Simulation,
    Source,
    Stock,
    Time,
    Transition,
)  # fmt: skip
from replenish.study.hindsight.known import as_known
from replenish.study.hindsight.naive import linear_trend, naive_forecasts
from replenish.study.hindsight.scores import LEVELS, crps, is_covered, mean_pinball, pinball
from replenish.study.hindsight.study import by_series, with_share

DATE = dt.date(2023, 6, 30)
OLD, NEW, NEVER = "old", "new", "undated"
SOURCES = (
    Source(name=OLD, title="Said early", published=dt.date(2023, 3, 1)),
    Source(name=NEW, title="Said late", published=dt.date(2024, 3, 1)),
    Source(name=NEVER, title="Who knows"),
)


def told(table: str, key: str, *columns: str, source: str = NEW, basis: Any = "reported") -> tuple[Evidence, ...]:
    """Return evidence of some cells of a row."""
    return tuple(
        Evidence(table_name=table, row_key=key, column=column, basis=basis, source=source) for column in columns
    )


def toy(*evidence: tuple[Evidence, ...], **tables: Any) -> Scenario:
    """Return a maker of shells that gives them away, with evidence for some of its cells."""
    own: dict[str, Any] = {
        "settings": Settings(title="toy", time=Time(start=dt.date(2023, 1, 1), end=dt.date(2025, 12, 31)),
                             simulation=Simulation(paths=64)),
        "items": (Item(name="shell", unit="round"),),
        "holders": (Holder(name="maker"), Holder(name="user")),
        "stocks": (Stock(holder="maker", item="shell", on_hand=1000.0),),
        "demand": (Demand(holder="user", item="shell", mean=100.0, when_unmet="lost"),),
        "lines": (Line(name="plant", owner="maker", start_rate=50.0, max_rate=50.0),),
        "line_items": (LineItem(line="plant", item="shell", production_lead_time_days=30.0),),
        "routes": (Route(from_holder="maker", to_holder="user", lead_time_days=20.0),),
        "policies": (
            PolicyRow(role="production", line="plant", rule="maximum"),
            PolicyRow(role="release", holder="maker", to_holder="user", item="shell", rule="above_floor_share",
                      share=0.1),
        ),
        "sources": SOURCES,
    }  # fmt: skip
    return Scenario(**(own | tables), evidence=tuple(row for rows in evidence for row in rows))


def step(name: str, start: str, **more: Any) -> Expansion:
    return Expansion(name=name, line="plant", capacity_step=50.0, start=dt.date.fromisoformat(start),
                     build_time_days=90.0, **more)  # fmt: skip


NEEDED = ("capacity_step", "start", "build_time_days")


def test_an_announcement_that_was_made_later_is_dropped_and_said() -> None:
    rows = (step("early", "2023-04-01"), step("late", "2023-05-01"), step("guess", "2023-05-01"))
    evidence = told("expansions", "early", *NEEDED, source=OLD), told("expansions", "late", *NEEDED)
    known = as_known(toy(*evidence, expansions=rows), DATE)
    assert [row.name for row in known.scenario.expansions] == ["early", "guess"]  # what has no evidence is the author's
    [one] = known.told
    assert (one.table, one.key, one.what, one.known_from) == ("expansions", "late", "dropped", dt.date(2024, 3, 1))


def test_a_realised_share_that_was_seen_later_goes_back_to_what_was_announced() -> None:
    delay: dict[str, Any] = {"delay_mean_days": 60.0, "delay_distribution": "gamma",
                             "delay_coefficient_of_variation": 0.5}  # fmt: skip
    row = step("works", "2023-04-01", realised_share=0.5, realised_spread=0.2, **delay)
    later = told("expansions", "works", "realised_share", "delay_mean_days")
    known = as_known(toy(told("expansions", "works", *NEEDED, source=OLD), later, expansions=(row,)), DATE)
    assert known.scenario.expansions == (step("works", "2023-04-01"),)
    assert known.count("reverted") == 2


def test_an_assumption_counts_as_known_always() -> None:
    row = step("works", "2023-04-01", realised_share=0.5)
    guessed = told("expansions", "works", *NEEDED, source="", basis="assumed")
    named = told("expansions", "works", "realised_share", basis="assumed")
    known = as_known(toy(guessed, named, expansions=(row,)), DATE)
    assert known.scenario.expansions == (row,)
    assert known.told == ()


@pytest.mark.parametrize(("basis", "is_there"), [("reported", True), ("derived", False)])
def test_a_reported_value_is_known_from_its_first_source_and_a_derived_one_from_its_last(
    basis: Any, is_there: bool
) -> None:
    both = [told("expansions", "works", *NEEDED, source=name, basis=basis) for name in (OLD, NEW)]
    known = as_known(toy(*both, expansions=(step("works", "2023-04-01"),)), DATE)
    assert bool(known.scenario.expansions) is is_there


def test_an_undated_source_is_never_known_unless_a_stated_rule_admits_it() -> None:
    scenario = toy(told("expansions", "works", *NEEDED, source=NEVER), expansions=(step("works", "2023-04-01"),))
    assert as_known(scenario, DATE).scenario.expansions == ()
    admitted = as_known(scenario, DATE, admit_undated_days=60)
    assert len(admitted.scenario.expansions) == 1
    assert [(one.what, one.column) for one in admitted.told] == [("admitted", column) for column in NEEDED]
    assert as_known(scenario, DATE, admit_undated_days=91).scenario.expansions == ()


CHAINS: dict[str, Any] = {
    "chains": (ChainState(chain="gate", state="open", start_probability=1.0, mean_duration_days=300.0),
               ChainState(chain="gate", state="shut", mean_duration_days=90.0, release_share=0.1)),
    "transitions": (Transition(chain="gate", from_state="open", to_state="shut", probability=1.0),
                    Transition(chain="gate", from_state="shut", to_state="open", probability=1.0)),
}  # fmt: skip


def test_states_after_the_date_are_random_and_what_was_lived_through_is_known() -> None:
    forced = tuple(
        Forced(chain="gate", start=dt.date(2023, first, 1), end=dt.date(2023, first + 2, 28), state="open")
        for first in (1, 5, 9)
    )
    known = as_known(toy(*(told("forced", row.key_value(), "start", "end", "state") for row in forced),
                         forced=forced, **CHAINS), DATE)  # fmt: skip
    assert [(row.start.month, row.end) for row in known.scenario.forced] == [
        (1, dt.date(2023, 3, 28)), (5, DATE),
    ]  # fmt: skip
    assert [one.what for one in known.told] == ["kept", "cut", "dropped"]


def test_a_state_that_was_announced_by_then_is_known_beyond_the_date() -> None:
    row = Forced(chain="gate", start=dt.date(2023, 5, 1), end=dt.date(2023, 12, 31), state="open")
    known = as_known(toy(told("forced", row.key_value(), "start", "end", "state", source=OLD), forced=(row,), **CHAINS),
                     DATE)  # fmt: skip
    assert known.scenario.forced == (row,)


def test_a_gate_does_nothing_until_its_share_is_known() -> None:
    known = as_known(toy(told("chains", "gate/shut", "release_share"), **CHAINS), DATE)
    assert [row.release_share for row in known.scenario.chains] == [1.0, 1.0]


def test_an_opening_value_with_a_later_source_is_kept_as_an_assumption_and_listed() -> None:
    known = as_known(toy(told("stocks", "maker/shell", "on_hand")), DATE)
    assert known.scenario.stocks[0].on_hand == 1000.0
    assert [(one.what, one.column) for one in known.told] == [("kept", "on_hand")]
    assert [(row.basis, row.source) for row in known.scenario.evidence] == [("assumed", "")]
    assert known.used == {NEW}


def test_a_budget_year_not_known_has_the_amount_of_the_year_before_it() -> None:
    budgets = tuple(Budget(holder="maker", year=year, amount=10.0 * year) for year in (2023, 2024))
    known = as_known(toy(told("budgets", "maker/2023/orders", "amount", source=OLD),
                         told("budgets", "maker/2024/orders", "amount"), budgets=budgets), DATE)  # fmt: skip
    assert [row.amount for row in known.scenario.budgets] == [20230.0, 20230.0]
    none = as_known(toy(*(told("budgets", row.key_value(), "amount") for row in budgets), budgets=budgets), DATE)
    assert [row.amount for row in none.scenario.budgets] == [0.0, 0.0]


def test_a_need_that_was_told_later_leaves_the_one_before_it_in_force() -> None:
    rows = tuple(Demand(holder="user", item="shell", mean=mean, start=start, when_unmet="lost")
                 for mean, start in ((100.0, None), (900.0, dt.date(2023, 3, 1))))  # fmt: skip
    known = as_known(toy(told("demand", rows[1].key_value(), "mean"), demand=rows), DATE)
    assert known.scenario.demand == rows[:1]


def seen(name: str, day: str, value: float, **more: Any) -> Observation:
    own: dict[str, Any] = {"measure": "production", "line": "plant", "per": "month", "source": OLD}
    return Observation(name=name, date=dt.date.fromisoformat(day), item="shell", value=value, **(own | more))


def test_figures_for_later_days_or_told_later_are_not_known() -> None:
    rows = (seen("a", "2023-02-01", 50), seen("b", "2023-02-01", 50, source=NEW), seen("c", "2023-08-01", 60))
    known = as_known(toy(observations=rows), DATE)
    assert [row.name for row in known.scenario.observations] == ["a"]


RICH = toy(
    told("expansions", "late", *NEEDED), told("expansions", "part", *NEEDED, source=OLD),
    told("expansions", "part", "realised_share", "cost"), told("demand", "user/shell/use///2023-03-01", "mean"),
    told("pledges", "maker/user/shell/2024-12-31", "quantity"), told("budgets", "maker/2023/orders", "amount"),
    told("chains", "gate/shut", "release_share"), told("forced", "gate/2023-09-01", "start", "end", "state"),
    expansions=(step("late", "2023-05-01"), step("part", "2023-04-01", realised_share=0.5, cost=5.0)),
    demand=(Demand(holder="user", item="shell", mean=100.0, when_unmet="lost"),
            Demand(holder="user", item="shell", mean=900.0, start=dt.date(2023, 3, 1), when_unmet="lost")),
    pledges=(Pledge(from_holder="maker", to_holder="user", item="shell", quantity=5.0, due=dt.date(2024, 12, 31)),),
    budgets=(Budget(holder="maker", year=2023, amount=7.0),),
    forced=(Forced(chain="gate", start=dt.date(2023, 9, 1), end=dt.date(2023, 12, 31), state="shut"),),
    observations=(seen("later", "2023-09-01", 80.0, source=NEW),), **CHAINS,
)  # fmt: skip
LATER: dict[tuple[str, int], tuple[str, ...]] = {
    ("expansions", 0): ("capacity_step", "build_time_days", "realised_share", "cost"),
    ("expansions", 1): ("realised_share", "cost"), ("demand", 1): ("mean",), ("pledges", 0): ("quantity",),
    ("budgets", 0): ("amount",), ("chains", 1): ("release_share",), ("observations", 0): ("value",),
}  # fmt: skip
"""Cells of `RICH` whose evidence is later than the date, by table and place."""


@settings(max_examples=40)
@given(st.sampled_from(sorted(LATER)), st.data())
def test_changing_what_was_known_later_changes_nothing_of_what_was_known_then(
    place: tuple[str, int], data: st.DataObject
) -> None:
    table, number = place
    column = data.draw(st.sampled_from(LATER[place]))
    value = data.draw(st.floats(0.01, 0.99))
    rows = list(RICH.rows(table))
    rows[number] = rows[number].model_copy(update={column: value})
    changed = RICH.model_copy(update={table: tuple(rows)})
    assert as_known(changed, DATE).scenario == as_known(RICH, DATE).scenario


@given(st.dates(dt.date(2023, 7, 1), dt.date(2025, 12, 31)))
def test_the_end_of_a_state_that_came_later_changes_nothing_of_what_was_known_then(end: dt.date) -> None:
    def known(day: dt.date) -> Scenario:
        row = Forced(chain="gate", start=dt.date(2023, 5, 1), end=day, state="shut")
        told_of = told("forced", row.key_value(), "start", "end", "state")
        return as_known(toy(told_of, forced=(row,), **CHAINS), DATE).scenario

    assert known(end) == known(dt.date(2023, 12, 31))


def test_cases_are_left_out_as_they_may_name_what_is_gone() -> None:
    case = Case(case="x", table_name="expansions", row_key="late", column="cost", change="set", value="1")
    assert as_known(toy(cases=(case,)), DATE).scenario.cases == ()


def test_the_flagship_is_sound_at_each_date_and_knows_more_as_time_goes_by() -> None:
    flagship, counts = replenish.load("artillery"), []
    for day in (dt.date(2022, 12, 31), dt.date(2023, 12, 31), dt.date(2024, 6, 30)):
        known = as_known(flagship, day, admit_undated_days=90)
        assert [one for one in replenish.check(known.scenario) if one.severity == "error"] == []
        counts.append((len(known.scenario.expansions), len(known.scenario.observations)))
    assert counts == sorted(set(counts))


# Scores


@pytest.mark.parametrize("value", [-2.0, 0.0, 0.5, 3.0])
def test_crps_of_a_normal_sample_agrees_with_its_closed_form(value: float) -> None:
    """Gneiting and Raftery (2007), equation 20 with mean 0 and deviation 1, its sign turned."""
    paths = ndtri((np.arange(20_000) + 0.5) / 20_000)
    density = math.exp(-(value**2) / 2) / math.sqrt(2 * math.pi)
    closed = value * (2 * float(ndtr(value)) - 1) + 2 * density - 1 / math.sqrt(math.pi)
    assert crps(paths, value) == pytest.approx(closed, abs=2e-4)


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=20), st.floats(-100, 100))
def test_crps_is_never_negative_and_equals_its_definition(paths: list[float], value: float) -> None:
    x = np.array(paths)
    found = crps(x, value)
    assert found == pytest.approx(np.abs(x - value).mean() - np.abs(x[:, None] - x).mean() / 2, abs=1e-9)
    assert found >= -1e-9


def test_crps_is_twice_the_pinball_loss_over_all_levels() -> None:
    paths = ndtri((np.arange(4000) + 0.5) / 4000)
    levels = (np.arange(4000) + 0.5) / 4000
    assert 2 * mean_pinball(paths, 0.7, list(levels)) == pytest.approx(crps(paths, 0.7), abs=1e-3)


def test_the_true_quantile_has_the_least_expected_pinball_loss() -> None:
    values = np.linspace(0, 1, 1001)
    losses = {q: np.mean([pinball(q, 0.9, y) for y in values]) for q in (0.8, 0.9, 0.95)}
    assert min(losses, key=lambda q: losses[q]) == 0.9


def test_a_band_holds_its_share_of_its_own_paths() -> None:
    paths = np.arange(1001.0)
    assert np.mean([is_covered(paths, y, 0.5) for y in paths]) == pytest.approx(0.5, abs=2e-3)
    assert mean_pinball(np.full(9, 5.0), 7.0) == pytest.approx(2.0 * np.mean(LEVELS))


# Naive forecasts


def test_naive_forecasts_use_only_what_was_known() -> None:
    rows = (seen("a", "2023-02-01", 40.0), seen("b", "2023-05-01", 600.0, per="year"))
    known = as_known(toy(told("expansions", "works", *NEEDED, source=OLD), observations=rows,
                         expansions=(step("works", "2023-04-01", realised_share=0.5),)), DATE).scenario  # fmt: skip
    point = seen("c", "2024-01-01", 999.0)
    assert naive_forecasts(known, point) == pytest.approx(
        {"last_value": 50.0, "announced_target": 100.0,
         "linear_trend": 40 + 10 * (dt.date(2024, 1, 1) - dt.date(2023, 2, 1)).days / 89}
    )  # fmt: skip


def test_a_pledge_is_expected_at_an_even_pace_from_the_last_count_on() -> None:
    pledge = Pledge(from_holder="maker", to_holder="user", item="shell", quantity=100.0, start=dt.date(2023, 1, 1),
                    due=dt.date(2023, 4, 11))  # fmt: skip
    delivered: dict[str, Any] = {"measure": "delivered_cumulative", "line": "", "per": None, "holder": "maker",
                                 "to_holder": "user"}  # fmt: skip
    known = toy(pledges=(pledge,), observations=(seen("a", "2023-02-20", 20.0, **delivered),))
    assert naive_forecasts(known, seen("b", "2023-04-30", 0.0, **delivered))["announced_target"] == pytest.approx(70.0)


def test_without_anything_known_there_is_no_naive_forecast() -> None:
    found = naive_forecasts(toy(), seen("a", "2024-01-01", 1.0))
    assert found == {"last_value": None, "announced_target": None, "linear_trend": None}
    assert linear_trend([DATE, DATE], [1.0, 2.0], DATE) is None


def test_a_falling_trend_ends_at_zero() -> None:
    assert linear_trend([dt.date(2024, 1, 1), dt.date(2024, 1, 11)], [10.0, 5.0], dt.date(2024, 3, 1)) == 0.0


# The study and its command


def backtested(**more: Any) -> Scenario:
    """Return a plant whose doubling was announced early and came to half, as its later output shows."""
    rows = (seen("before", "2023-05-15", 50.0), seen("after", "2024-06-15", 75.0, source=NEW))
    return toy(told("expansions", "works", *NEEDED, source=OLD), told("expansions", "works", "realised_share"),
               expansions=(step("works", "2023-07-15", realised_share=0.5),), observations=rows, **more)  # fmt: skip


UNTIL = dt.date(2024, 12, 31)


def test_a_back_test_is_fooled_by_the_announced_target_and_helped_by_the_share_that_came(tmp_path: Path) -> None:
    fooled = replenish.backtest(backtested(), known_at=DATE, until=UNTIL, out=tmp_path / "a")
    helped = replenish.backtest(backtested(), known_at=DATE, until=UNTIL, realised_share=0.5, out=tmp_path / "b")
    [one], [other] = fooled.points.to_dicts(), helped.points.to_dicts()
    assert (one["name"], one["p50"], one["crps"], one["in_90"]) == ("after", pytest.approx(100.0), 25.0, False)
    assert (other["p50"], other["crps"], other["in_90"]) == (pytest.approx(75.0), pytest.approx(0.0, abs=1e-3), True)
    assert (one["last_value"], one["announced_target"], one["linear_trend"]) == (50.0, 100.0, None)
    assert fooled.rows["coverage_90"].to_list() == [0.0, 0.0]


def test_a_figure_on_whose_source_the_scenario_rests_is_not_judged(tmp_path: Path) -> None:
    scenario = backtested()
    leaning = scenario.model_copy(update={"evidence": scenario.evidence + told("stocks", "maker/shell", "on_hand")})
    found = replenish.backtest(leaning, known_at=DATE, until=UNTIL, out=tmp_path / "a")
    assert found.points["is_used"].to_list() == [True]
    assert found.rows["points"].to_list() == [0]


def test_scores_by_series_are_means_and_the_last_row_is_over_all() -> None:
    base: dict[str, Any] = {"measure": "production", "holder": "", "item": "shell", "line": "plant", "to_holder": "",
                            "unit": "round/month", "value": 10.0, "in_50": False, "range_meets": True,
                            "is_used": False, "pinball": 1.0, "announced_target": None,
                            "linear_trend": 13.0}  # fmt: skip
    points = pl.DataFrame([base | {"crps": 1.0, "in_90": True, "last_value": 12.0},
                           base | {"crps": 3.0, "in_90": False, "last_value": 11.0}],
                          schema_overrides={"announced_target": pl.Float64})  # fmt: skip
    own, whole = by_series(points).to_dicts()
    assert (own["points"], own["coverage_90"], own["crps"], own["last_value"]) == (2, 0.5, 2.0, 1.5)
    assert (whole["measure"], whole["crps_share"], whole["last_value_beaten"]) == (None, pytest.approx(0.2), 0.5)
    assert whole["announced_target_share"] is None


@pytest.mark.parametrize(
    ("options", "words"),
    [({"until": dt.date(2023, 7, 1)}, "nothing was reported"), ({"realised_share": 1.5}, "must be from 0 to 1")],
)
def test_what_cannot_be_back_tested_is_refused(tmp_path: Path, options: dict[str, Any], words: str) -> None:
    all_options: dict[str, Any] = {"known_at": DATE, "until": UNTIL, "out": tmp_path / "a"} | options
    with pytest.raises(UsageError, match=words):
        replenish.backtest(backtested(), **all_options)


def test_a_share_leaves_what_was_seen_to_be_there_by_the_date_as_it_is() -> None:
    rows = (step("done", "2023-01-15"), step("unseen", "2023-01-15", realised_share=0.5), step("coming", "2023-06-01"))
    known = as_known(toy(told("expansions", "unseen", "realised_share"), expansions=rows), DATE)
    assert [row.realised_share for row in with_share(known, 0.3).expansions] == [1.0, 0.3, 0.3]


def test_the_command_prints_scores_and_leaves_tables_a_scenario_and_a_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    replenish.write(backtested(), tmp_path / "toy")
    words = ["backtest", str(tmp_path / "toy"), "--known-at", "2023-06-30", "--until", "2024-12-31"]
    assert main([*words, "--out", str(tmp_path / "out"), "--no-progress"]) == 0
    printed = capsys.readouterr().out
    assert "Of 1 later figures 0 lie in the 90 % band" in printed
    assert "production/shell/plant" in printed
    assert replenish.load(tmp_path / "out" / "scenario").expansions[0].realised_share == 1.0
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "points.csv", "series.csv", "not_known.csv", "study.json", "scenario", "backtest.html",
    }  # fmt: skip
    page = (tmp_path / "out" / "backtest.html").read_text(encoding="utf-8")
    assert page.count("<svg role=") == 1
    assert "not known yet; its default instead" in page
    assert "Figures reported later" in page
    assert "Said late" in page
    assert main([*words, "--out", str(tmp_path / "out"), "--no-progress"]) == 0  # a study may be done again
    assert main([*words[:-1], "2023-07-01", "--out", str(tmp_path / "out")]) == 2


def test_rows_that_are_not_changed_are_the_same_objects() -> None:
    scenario = toy()
    known = as_known(scenario, DATE).scenario
    kept: list[tuple[Row, Row]] = list(zip(scenario.lines, known.lines, strict=True))
    assert all(one is other for one, other in kept)


def test_unchanged_the_flagship_is_fooled_by_the_targets_of_2023_as_its_page_says(tmp_path: Path) -> None:
    """Our own numbers, in docs/explanation/back-test.md: US output and EU capacity believed at the end of 2023."""
    found = replenish.backtest("artillery", known_at=dt.date(2023, 12, 31), until=dt.date(2025, 6, 30), paths=128,
                               admit_undated_days=90, out=tmp_path / "a")  # fmt: skip
    median = dict(found.points.select("name", "p50").iter_rows())
    assert median["usp33"] == pytest.approx(54_000, rel=0.02)
    assert median["eup12"] == pytest.approx(54_167, rel=0.001)
    assert found.points.filter("is_used")["name"].to_list() == ["usp32"]
    whole = found.rows.row(-1, named=True)
    assert whole["points"] == 18
    assert whole["crps_share"] == pytest.approx(0.36, abs=0.02)


PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "back-test.md"


def told_on_the_page() -> list[list[str]]:
    """Return the rows of the page's table of four dates, without its head."""
    rows = [line.strip("|\n ").split(" | ") for line in PAGE.read_text(encoding="utf-8").splitlines()]
    start = next(place for place, row in enumerate(rows) if row[:3] == ["known at", "rows dropped", "cells kept"])
    return rows[start + 2 : start + 6]


@pytest.mark.slow
@pytest.mark.parametrize("told", told_on_the_page(), ids=lambda row: row[0])
def test_the_page_tells_how_the_flagship_fared(told: list[str], tmp_path: Path) -> None:
    """Our own numbers; with 200 paths for 1,000 and five other seeds the errors moved by at most 0.7 points."""
    found = replenish.backtest("artillery", known_at=dt.date.fromisoformat(told[0]), until=dt.date(2025, 6, 30),
                               paths=200, admit_undated_days=90, out=tmp_path / "a")  # fmt: skip
    whole = found.rows.row(-1, named=True)
    counts = [str(found.known.count("dropped")), str(found.known.count("kept")), str(whole["points"])]
    assert counts == told[1:4]
    assert whole["crps_share"] == pytest.approx(float(told[6].strip(" %")) / 100, abs=0.015)
    assert whole["coverage_90"] == pytest.approx(float(told[5].strip(" %")) / 100, abs=1.5 / whole["points"])


def test_undated_sources_are_admitted_as_the_settings_say_unless_the_call_does(tmp_path: Path) -> None:
    undated = told("expansions", "works", *NEEDED, source=NEVER)
    scenario = backtested().model_copy(update={"evidence": undated})
    admitting = scenario.with_settings({"ledger.admit_undated_days": 0, "time.start": dt.date(2023, 1, 1)})
    rows = (step("works", "2023-05-15"),)
    counts = [
        replenish.backtest(one.model_copy(update={"expansions": rows}), known_at=DATE, until=UNTIL, out=tmp_path / name,
                           admit_undated_days=days).known.count("admitted")
        for name, one, days in (("a", scenario, None), ("b", admitting, None), ("c", admitting, 90))
    ]  # fmt: skip
    assert counts == [0, 3, 0]
