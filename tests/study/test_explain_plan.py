"""What a plan says is explained by terms that add up, limits that bind with their prices, and the statements behind."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

import replenish
from replenish.cli import main
from replenish.errors import UsageError
from replenish.result import Result, save_studies
from replenish.study.explain import explain
from tests.report import planned, synthetic


@pytest.fixture(scope="module")
def run() -> Result:
    return planned.result()


def terms(found: replenish.Explanation, place: int = 0) -> dict[str, float | None]:
    return {term.name: term.value for term in found.breakdowns[place].terms}


def test_the_cost_of_a_plan_is_that_of_as_it_is_and_the_difference(run: Result) -> None:
    found = explain(run, "plan")
    assert (found.values[0].mean, found.unit) == (4.5e9, "EUR")
    assert terms(found) == {"as it is": 7.5e9, "the plan less as it is": -3.0e9}
    assert terms(found, 1) == {"bound: no plan can cost less": 4.1e9, "gap": pytest.approx(1e8)}
    assert all(part.expected == pytest.approx(part.value) for part in found.breakdowns)
    assert found.notes == (f"warning: {planned.WARNING}", *planned.WHY)


def test_prices_come_with_their_reason_and_the_rows_that_state_them(run: Result) -> None:
    prices = [row for row in explain(run, "plan").inputs if row.table == "price used"]
    assert [(row.key, row.value, row.unit, row.basis) for row in prices[:2]] == [
        ("front/shell", "5,000", "EUR/round/month", "stated"),
        ("north/shell", "333", "EUR/round/month", "default"),
    ]
    assert prices[-1].unit == "EUR/round"  # what is held at the end is paid once
    assert prices[0].note == "comes before its dearest price"


def test_the_row_of_priorities_behind_a_price_is_listed(run: Result) -> None:
    (row,) = run.scenario.priorities
    table = run.studies["plan_prices"]
    named = table.with_columns(source=pl.lit(f"priorities {row.key_value()}"))
    of = replace(run, studies={**run.studies, "plan_prices": named})
    cells = [(cell.table, cell.key, cell.column, cell.value) for cell in explain(of, "plan").inputs]
    assert ("priorities", row.key_value(), "relation", "before") in cells


def test_decisions_of_the_first_stage_are_listed_with_their_range(run: Result) -> None:
    found = explain(run, "plan/decisions")
    told = {replenish.study.explained.words(value.labels): value for value in found.values}
    release = told["north, shell, front"]
    assert (release.mean, release.unit, release.date) == (600_000, "round", dt.date(2022, 3, 1))
    assert release.note == "release; 500,000 to 640,000 cost at most 0.1 % more in all"
    assert told["works, works_2"].note == "start"
    assert not any("fuzes" in name for name in told)


def test_the_worth_of_a_stock_is_what_it_is_worth_elsewhere_and_what_more_at_home(run: Result) -> None:
    found = explain(run, "value/north/shell")
    assert found.values[0].mean == 5_200
    part = found.breakdowns[0]
    assert part.expected == pytest.approx(part.value)
    assert list(terms(found)) == ["delivered to the best recipient", "worth more at home"]
    assert part.check == "may be dug down to 700,000 of the 2,000,000 held"
    assert [limit.name for limit in found.limits] == [
        "highest rate of a line of north, works from 2022-06-01 on",
        "highest rate of a line of north, works from 2022-03-01 on",
    ]
    assert found.limits[0].note == "one unit more is worth 1,100 EUR"
    cells = {(row.table, row.column) for row in found.inputs}
    assert {("price used", "unmet 0 to 1"), ("stocks", "on_hand"), ("requirements", "quantity")} <= cells


def test_an_expansion_is_told_by_its_start_its_worth_and_its_cells(run: Result) -> None:
    found = explain(run, "plan/works_2")
    assert [value.note for value in found.values] == ["start", "worth of one more: expansion"]
    early = found.breakdowns[0]
    assert early.title == "start of works, works_2, sum over the first 8 quarters"
    assert terms(found) == {"as it is": 1, "the plan less as it is": 0}
    assert early.check.endswith("first in the quarter from 2022-03-01, as it is 2023-09-01")
    assert found.breakdowns[1].title == "share started of works, works_2, by year"
    cells = {(row.table, row.key, row.column) for row in found.inputs}
    assert ("expansions", "works_2", "build_time_days") in cells
    assert ("lines", "works", "max_rate") in cells
    assert ("stocks", "north/fuze", "on_hand") not in cells


def test_a_line_is_told_by_its_rate_its_orders_and_what_limits_it(run: Result) -> None:
    found = explain(run, "plan", line="works")
    assert {value.note.partition(";")[0] for value in found.values} >= {"order", "rate", "worth of one more: capacity"}
    assert all(part.expected == pytest.approx(part.value) for part in found.breakdowns)
    assert found.limits[0].of == 40_000


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("plan/work_2", "work_2: the plan decides nothing of this name; did you mean `works_2`"),
        ("value/north/fuzzy", "fuzzy: the plan decides nothing of this name"),
        ("value/south/fuze", "south/fuze: the plan has nothing that is about all of these together"),
    ],
)
def test_a_name_that_the_plan_does_not_know_is_told_with_its_neighbour(run: Result, name: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        explain(run, name)


def test_a_run_without_a_plan_and_a_date_are_refused(run: Result) -> None:
    with pytest.raises(UsageError, match="the run carries no plan"):
        explain(synthetic.result(), "plan")
    with pytest.raises(UsageError, match="takes no date"):
        explain(run, "value/north/shell", date=dt.date(2022, 3, 1))


def test_the_command_prints_all_of_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")  # so that no word is broken
    saved = save_studies(replenish.simulate("blank", paths=1, out=tmp_path / "run"), planned.result().studies)
    assert saved.folder is not None
    assert main(["explain", str(saved.folder), "plan/decisions"]) == 0
    told = capsys.readouterr().out
    assert "Decisions of the first stage" in told
    assert "600,000 round; release; 500,000 to 640,000 cost at most 0.1 % more in all" in told
    assert "one unit more is worth 5,000 EUR" in told
    assert main(["explain", str(saved.folder), "value/north/shell", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["values"][0]["mean"] == 5_200


def test_a_line_is_told_in_which_years_its_limit_binds(run: Result) -> None:
    told = explain(run, "plan/works").limits[-1]
    assert told.name.startswith("highest rate of a line of north, works over the horizon")
    assert told.value == pytest.approx(100 * 10.5 / 23)  # the sum of 1 - t / 20 over 23 stages
    assert told.note.startswith("most paths on which it binds in a stage of 2022 100 %, 2023 80 %,")
    assert told.note.endswith("one unit more is worth at most 1,000 EUR, from 2022-03-01 on")
