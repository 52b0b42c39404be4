"""A number of a run is explained by terms that add up to it, by what limits it and by the rows behind it."""

from __future__ import annotations

import datetime as dt
import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import replenish
from replenish.cli import main
from replenish.errors import UsageError
from replenish.measures import DATE_MEASURES, LABELS, MEASURES
from replenish.result import Result
from replenish.scenario.model import (
    Collect,
    Component,
    Demand,
    Evidence,
    Holder,
    Item,
    Line,
    LineItem,
    PolicyRow,
    Requirement,
    Scenario,
    Settings,
    Source,
    Stock,
    Time,
)
from replenish.study.explain import explain
from replenish.study.explain_dates import HEADLINES
from replenish.study.explain_kept import ROUNDING, Kept
from replenish.study.explained import Explanation
from tests.simulation.small import small

MARCH = dt.date(2024, 3, 1)


def depot(collect: Collect | None = None) -> Scenario:
    """Return a depot of 100 masks that asks for 80 a month of the 20 that its plant makes, one strap each."""
    return Scenario(
        settings=Settings(
            title="masks", time=Time(start=MARCH, end=dt.date(2024, 4, 30)), collect=collect or Collect()
        ),
        items=(Item(name="mask", unit="box", unit_cost=2), Item(name="strap", unit="strap")),
        holders=(Holder(name="depot"),),
        stocks=(
            Stock(holder="depot", item="mask", on_hand=100, holding_cost=12),
            Stock(holder="depot", item="strap", on_hand=500),
        ),
        requirements=(Requirement(holder="depot", item="mask", quantity=90),),
        demand=(Demand(holder="depot", item="mask", mean=80, when_unmet="lost"),),
        lines=(Line(name="plant", owner="depot", max_rate=20),),
        line_items=(LineItem(line="plant", item="mask", unit_cost=3),),
        components=(Component(item="mask", component="strap", quantity=2),),
        policies=(PolicyRow(role="production", line="plant", rule="maximum"),),
        sources=(Source(name="count", title="Count of masks", address="https://example.org/masks"),),
        evidence=(
            Evidence(table_name="stocks", row_key="depot/mask", column="on_hand", basis="reported", source="count",
                     low=90, high=120, note="counted by hand"),
        ),
    )  # fmt: skip


@pytest.fixture(scope="module")
def hand(tmp_path_factory: pytest.TempPathFactory) -> Result:
    return replenish.simulate(depot(), paths=4, out=tmp_path_factory.mktemp("hand") / "run")


@pytest.fixture(scope="module")
def artillery(tmp_path_factory: pytest.TempPathFactory) -> Result:
    return replenish.simulate("artillery", paths=64, out=tmp_path_factory.mktemp("artillery") / "run")


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Result:
    return replenish.simulate(small(), paths=64, out=tmp_path_factory.mktemp("small") / "run")


@pytest.fixture(autouse=True, scope="module")
def read_once() -> Iterator[None]:
    """Keep the tables of a run between questions about it; users have them read for each."""
    kept: dict[int, Kept] = {}

    def once(result: Result) -> Kept:
        if id(result) not in kept:
            kept[id(result)] = Kept(result)  # which holds the result, so that no other has its id
        return kept[id(result)]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys.modules["replenish.study.explain"], "Kept", once)
        yield


def terms(found: Explanation, place: int = 0) -> dict[str, float | None]:
    return {
        term.name: term.value if term.value is None else term.sign * term.value
        for term in found.breakdowns[place].terms
    }


def test_stock_by_hand_is_what_was_there_what_came_and_what_left(hand: Result) -> None:
    """100 + 20 - 80 in March."""
    found = explain(hand, "on_hand/depot/mask", date=dt.date(2024, 3, 31))
    assert found.values[0].mean == 40
    assert terms(found) == {"stock on hand at the start": 100, "received from plant": 20, "issued for use": -80}
    assert found.breakdowns[0].expected == 40
    assert found.breakdowns[0].is_exact


def test_production_takes_what_comes_out_one_lead_time_later(hand: Result) -> None:
    """20 masks are started in March, which takes 40 straps; what April starts comes out after the horizon."""
    found = explain(hand, "on_hand", holder="depot", item="strap", date=MARCH)
    assert terms(found) == {"stock on hand at the start": 500, "taken by plant for mask": -40}
    later = explain(hand, "on_hand", holder="depot", item="strap")
    assert later.breakdowns[0].expected is None
    assert later.breakdowns[0].rest == -40


def test_fill_rate_by_hand_is_one_less_unmet_over_demand(hand: Result) -> None:
    """In April 60 of 80 are issued: 1 - 20 / 160."""
    found = explain(hand, "fill_rate")
    assert terms(found) == {"unmet since the start": 20, "demand since the start": 160}
    assert found.breakdowns[0].expected == found.values[0].mean == 0.875


def test_shortfall_and_its_largest_value_by_hand(hand: Result) -> None:
    found = explain(hand, "largest_shortfall")
    assert (found.values[0].mean, found.values[0].date) == (90, dt.date(2024, 4, 1))
    assert terms(found) == {"requirement": 90, "on hand": 0}
    assert terms(explain(hand, "shortfall", date=MARCH)) == {"requirement": 90, "on hand": -40}


def test_holding_cost_by_hand(hand: Result) -> None:
    """40 boxes at 12 a year for 31 of the 366 days of 2024."""
    found = explain(hand, "spend", holder="depot", purpose="holding", date=MARCH)
    assert found.values[0].mean == pytest.approx(40 * 12 * 31 / 366)
    assert list(terms(found)) == ["mask on hand x 12 a year"]


def test_stock_out_and_dates_by_hand(hand: Result) -> None:
    assert terms(explain(hand, "stock_out_probability")) == {"first in 2024": 1}
    found = explain(hand, "first_below_requirement")
    assert found.values[0].quantiles["p50"] == MARCH
    assert terms(found) == {"2024": 1, "never within the horizon": 0}
    assert terms(explain(hand, "not_replenished_probability")) == {"all paths that were below": 1}


def test_rows_behind_a_number_come_with_evidence_and_defaults(hand: Result) -> None:
    cells = {(row.table, row.key, row.column): row for row in explain(hand, "on_hand/depot/mask").inputs}
    told = cells["stocks", "depot/mask", "on_hand"]
    assert (told.value, told.unit, told.basis, told.low, told.high) == ("100", "box", "reported", 90, 120)
    assert (told.source, told.address) == ("Count of masks", "https://example.org/masks")
    assert told.note == "counted by hand"
    assert cells["stocks", "depot/mask", "floor"].is_default
    assert cells["lines", "plant", "max_rate"].unit == "unit/month"
    assert cells["components", "mask/strap", "quantity"].value == "2"  # upstream
    assert ("stocks", "depot/strap", "on_hand") in cells


def test_what_holds_production_back_is_told(hand: Result) -> None:
    assert [limit.name for limit in explain(hand, "production").limits] == ["plant making mask held back by capacity"]


def test_terms_that_are_not_kept_are_named_with_how_to_keep_them(tmp_path: Path) -> None:
    few = replenish.simulate(depot(Collect(measures=("on_hand",))), paths=2, out=tmp_path / "few")
    found = explain(few, "on_hand", item="mask")
    assert found.breakdowns[0].rest == pytest.approx(-40)  # received and issued together
    assert any(text.startswith("not kept: issues of depot, mask, use") for text in found.missing)
    assert '"issues", "on_hand", "production"' in found.missing[-1]
    with pytest.raises(UsageError, match=r"the run does not keep it; .*\"fill_rate\", \"on_hand\""):
        explain(few, "fill_rate")


def test_a_run_that_keeps_every_other_period_is_explained_as_far_as_it_goes(tmp_path: Path) -> None:
    """Of 800 asked in the ten months of 2024 the opening 100 and 20 a month are issued; 60 a month then lack."""
    scenario = depot(Collect(every=2)).with_settings(end=dt.date(2025, 2, 28))
    thin = replenish.simulate(scenario, paths=2, out=tmp_path / "thin")
    assert [term.value for term in explain(thin, "unmet_cumulative").breakdowns[0].terms] == [500, 120]
    found = explain(thin, "fill_rate")
    assert found.breakdowns[0].expected is None
    assert found.missing[0] == "not kept: demand of depot, mask, use in every period"
    assert "stock on hand at the end of the period before" in explain(thin, "on_hand/depot/mask").breakdowns[0].check
    with pytest.raises(UsageError, match="the nearest that it keeps is 2024-04-01"):
        explain(thin, "on_hand", date=dt.date(2024, 5, 5))


def test_functions_that_decided_are_named(tmp_path: Path) -> None:
    def nothing(block: object) -> float:
        return 0.0

    policies = {("depot", "mask", "plant"): replenish.Called(role="ordering", function=nothing)}
    called = replenish.simulate(depot(), paths=2, policies=policies, out=tmp_path / "called")
    assert "functions decided in this run (nothing)" in explain(called, "on_hand/depot/mask").notes[-1]


def test_several_values_are_listed_with_how_to_choose(hand: Result) -> None:
    found = explain(hand, "on_hand")
    assert [value.labels["item"] for value in found.values] == ["mask", "strap"]
    assert found.notes == ("2 numbers fit; the terms are told of one: choose it by item",)


@pytest.mark.parametrize(
    ("measure", "asked", "message"),
    [
        ("fil_rate", {}, "did you mean `fill_rate`"),
        ("on_hand", {"holder": "depo"}, "did you mean `depot`"),
        ("on_hand", {"hodler": "depot"}, "did you mean `holder`"),
        ("on_hand/depot/mask/box", {}, "write NAME, NAME/holder"),
        ("on_hand", {"line": "plant"}, "it has no line"),
        ("delivered", {}, "nothing in this scenario has it"),
    ],
)
def test_what_is_not_there_is_refused_with_what_is(
    hand: Result, measure: str, asked: dict[str, str], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        explain(hand, measure, date=None, **asked)


@pytest.mark.parametrize("day", [dt.date(2024, 2, 1), dt.date(2030, 1, 1)])
def test_a_date_outside_the_horizon_is_refused(hand: Result, day: dt.date) -> None:
    with pytest.raises(UsageError, match="outside the horizon"):
        explain(hand, "on_hand", date=day)


def test_a_date_of_a_number_of_the_whole_horizon_is_refused(hand: Result) -> None:
    with pytest.raises(UsageError, match="takes no date"):
        explain(hand, "stock_out_probability", date=MARCH)


@pytest.mark.parametrize(("run", "date"), [("artillery", dt.date(2024, 8, 1)), ("everything", None)])
def test_terms_of_means_add_up_in_every_series(run: str, date: dt.date | None, request: pytest.FixtureRequest) -> None:
    """Conservation, state by state, member by member, year by year: whatever has all its terms comes out."""
    result: Result = request.getfixturevalue(run)
    exact = 0
    conserved = ("on_hand", "in_transit", "requirement", "issues", "backorders", "delivered")
    for measure in (*conserved, "unmet_cumulative", "spend_cumulative"):
        for value in explain(result, measure, date=date).values:
            names = {label: value.labels.get(label, "") for label in LABELS}
            for part in explain(result, measure, date=date, **names).breakdowns:
                if part.expected is not None:
                    gross = abs(part.value) + sum(abs(term.value or 0.0) for term in part.terms)
                    assert abs(part.expected - part.value) <= ROUNDING * gross, (measure, names, part)
                    exact += 1
    assert exact > 20


@pytest.mark.parametrize("name", [*MEASURES, *DATE_MEASURES, *HEADLINES])
def test_every_number_is_explained_and_can_be_written_as_json(everything: Result, name: str) -> None:
    first = explain(everything, name).values[0]
    found = explain(everything, name, date=None, **{label: first.labels.get(label, "") for label in LABELS})
    assert found.breakdowns or name in ("substituted", "shipped")
    again = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert again["measure"] == name
    assert name in repr(found)
    assert "<table>" in found._repr_html_()
    for table in ("values", "terms", "limits", "inputs"):
        assert len(found.to_polars(table)) == len(found._rows(table))
    with pytest.raises(UsageError, match="did you mean `terms`"):
        found.to_polars("term")


def test_a_line_is_told_once_though_reports_name_it_without_its_owner(artillery: Result) -> None:
    found = explain(artillery, "production", line="us_assembly", date=dt.date(2024, 6, 1))
    assert [value.labels["holder"] for value in found.values] == ["united_states"]
    assert [limit.name.rsplit(" ", 1)[-1] for limit in found.limits]


def test_a_probability_is_the_sum_of_its_years(artillery: Result) -> None:
    for name in ("stock_out_probability", "below_requirement_probability", "not_replenished_probability"):
        for value in explain(artillery, name).values:
            found = explain(artillery, name, date=None, **{label: value.labels.get(label, "") for label in LABELS})
            part = found.breakdowns[0]
            assert part.expected == pytest.approx(value.mean, abs=1e-9)


def test_money_of_a_holder_is_that_of_its_purposes_and_of_its_years(artillery: Result) -> None:
    found = explain(artillery, "spend_cumulative/germany", purpose="")
    assert [part.title for part in found.breakdowns] == ["parts of the sum", "amounts by year"]
    assert all(part.expected == pytest.approx(part.value) for part in found.breakdowns)
    assert len(found.breakdowns[1].terms) == 10


def test_the_command_prints_terms_cells_and_sources(
    hand: Result, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert main(["explain", str(hand.folder), "on_hand", "--item", "mask", "--date", "2024-03-31"]) == 0
    printed = capsys.readouterr().out
    assert "received from plant" in printed
    assert "the terms come to 40, the run says 40: as means of sums must" in printed
    assert "reported: Count of masks https://example.org/masks" in printed
    assert "plant making mask held back by capacity" in printed
    assert "Defaults used" in printed


def test_the_command_prints_json(hand: Result, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", str(hand.folder), "days_of_supply/depot/mask", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["values"][0]["mean"] == 0
    assert main(["explain", str(hand.folder), "on_hand", "--holder", "depo"]) == 2
    assert "did you mean `depot`" in capsys.readouterr().err


def test_infinite_days_of_supply_are_text_in_json(hand: Result) -> None:
    value = explain(hand, "days_of_supply").values[0]
    assert math.isfinite(value.mean or 0.0)
    changed = Explanation(measure="m", title="t", unit="u", formula="f", values=(
        type(value)(labels={}, unit="day", date=None, mean=math.inf, quantiles={"p50": math.nan}),
    ))  # fmt: skip
    assert changed.to_dict()["values"][0] | {} == {
        "labels": {}, "unit": "day", "date": None, "mean": "inf", "standard_error": None, "quantiles": {"p50": None},
        "minimum": None, "maximum": None, "note": "",
    }  # fmt: skip
