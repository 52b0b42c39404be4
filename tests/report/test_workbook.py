"""The workbook of a run holds the numbers of the run, says what it leaves out, and how to repeat it."""

from __future__ import annotations

import datetime as dt
import math
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from python_calamine import CalamineWorkbook

import replenish
from replenish.measures import MEASURES
from replenish.report import workbook
from replenish.report.workbook import HEAD_ROW, write_book
from replenish.result import PLAN_TABLES, Result
from tests.report import planned


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    run = replenish.simulate("artillery", paths=64, out=tmp_path_factory.mktemp("runs") / "artillery")
    assert run.folder is not None
    write_book(run, run.folder / "report.xlsx")
    return run


@pytest.fixture(scope="module")
def sheets(result: Result) -> dict[str, list[list[Any]]]:
    assert result.folder is not None
    with CalamineWorkbook.from_path(result.folder / "report.xlsx") as book:
        return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}


def _table(rows: list[list[Any]]) -> list[dict[str, Any]]:
    head = [name for name in rows[HEAD_ROW] if name]
    return [dict(zip(head, row, strict=False)) for row in rows[HEAD_ROW + 1 :]]


def test_it_has_a_sheet_for_each_question(sheets: dict[str, Any]) -> None:
    assert list(sheets) == ["summary", "series", "dates", "assumptions", "measures", "provenance"]


def test_headline_numbers_are_those_of_the_result(sheets: dict[str, Any], result: Result) -> None:
    rows = _table(sheets["summary"])
    assert len(rows) == len(result.summary)
    for found, row in zip(rows, result.summary.iter_rows(named=True), strict=True):
        assert [found[name] for name in ("measure", "holder", "item", "unit", "formula")] == [
            row[name] or "" for name in ("measure", "holder", "item", "unit", "formula")
        ]
        assert math.isclose(found["value"], row["value"], rel_tol=1e-14)


def test_series_are_those_of_the_result(sheets: dict[str, Any], result: Result) -> None:
    rows = [row for row in _table(sheets["series"]) if row["measure"] == "on_hand" and row["holder"] == "germany"]
    rows = [row for row in rows if row["item"] == "round_155"]
    wanted = pl.col("measure") == "on_hand", pl.col("holder") == "germany", pl.col("item") == "round_155"
    series = result.series.filter(*wanted).sort("period")
    assert [row["date"] for row in rows] == series["date"].to_list()
    for name in ("mean", "p05", "p50", "p95"):
        assert [row[name] for row in rows] == pytest.approx(series[name].to_list(), rel=1e-14)


def test_what_does_not_fit_is_left_out_whole_and_named(sheets: dict[str, Any], result: Result) -> None:
    rows, remark = _table(sheets["series"]), sheets["series"][1][0]
    kept = {row["measure"] for row in rows}
    assert len(rows) <= workbook.MOST_ROWS
    assert {"on_hand", "requirement", "demand", "production", "delivered_cumulative"} <= kept
    told = set(remark.replace(",", " ").replace(".", " ").split())
    moving = result.series.filter((pl.col("maximum") != 0) | (pl.col("minimum") != 0))
    assert kept.isdisjoint(told)
    assert kept | told >= set(moving["measure"])
    still = result.series.filter(pl.col("maximum") == 0, pl.col("minimum") == 0)
    assert 0 < int(remark.split("parquet: ")[1].split(" rows")[0].replace(",", "")) <= len(still)


def test_dates_sum_to_one_for_each_stock(sheets: dict[str, Any]) -> None:
    total: dict[tuple[str, ...], float] = {}
    for row in _table(sheets["dates"]):
        assert isinstance(row["date"], dt.date) or row["date"] == "never by the end"
        key = (row["measure"], row["holder"], row["item"])
        total[key] = total.get(key, 0.0) + row["share"]
    assert total
    assert all(math.isclose(share, 1) for share in total.values())


def test_every_assumption_stands_there_with_value_range_and_source(sheets: dict[str, Any], result: Result) -> None:
    rows = _table(sheets["assumptions"])
    scenario = result.scenario
    assert len(rows) == len(scenario.evidence)
    cost = next(row for row in scenario.evidence if (row.row_key, row.column) == ("round_155", "unit_cost"))
    found = next(row for row in rows if (row["row"], row["column"]) == ("round_155", "unit_cost"))
    item = next(item for item in scenario.items if item.name == "round_155")
    source = next(source for source in scenario.sources if source.name == cost.source)
    assert (found["value"], found["low"], found["high"]) == (item.unit_cost, cost.low, cost.high)
    assert (found["source"], found["address"]) == (source.title, source.address)


def test_measures_are_defined_and_the_run_can_be_repeated(sheets: dict[str, Any], result: Result) -> None:
    assert {row["measure"] for row in _table(sheets["measures"])} >= set(MEASURES)
    told = {row["what"]: row["value"] for row in _table(sheets["provenance"])}
    assert told["to repeat"] == f"replenish run SCENARIO --paths 64 --seed {result.provenance.seed}"
    assert told["hash of the results"] == result.provenance.array_hash
    assert told["version of replenish"] == result.provenance.versions["replenish"]


def test_each_table_of_a_plan_has_a_sheet(tmp_path: Path, result: Result) -> None:
    studies = {**planned.result().studies, "plan_limits": pl.DataFrame()}
    path = write_book(replace(result, studies=studies, series=result.series.clear()), tmp_path / "report.xlsx")
    with CalamineWorkbook.from_path(path) as book:
        found = {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}
    assert set(PLAN_TABLES) - set(found) == {"plan_limits"}
    rows = _table(found["plan_decisions"])
    assert len(rows) == len(studies["plan_decisions"])
    assert (rows[1]["what"], rows[1]["to_holder"], rows[1]["quantity"]) == ("release", "front", 600_000)
    assert "pledge" not in rows[1]  # nothing in the table is about one
    assert rows[0]["last_day"] == dt.date(2022, 5, 31)


def test_a_link_is_followed_only_where_a_browser_may(tmp_path: Path, result: Result) -> None:
    scenario = result.scenario
    sources = tuple(row.model_copy(update={"address": "javascript:alert(1)"}) for row in scenario.sources)
    changed = replace(result, scenario=scenario.model_copy(update={"sources": sources}), series=result.series.clear())
    with CalamineWorkbook.from_path(write_book(changed, tmp_path / "report.xlsx")) as book:
        rows = _table(book.get_sheet_by_name("assumptions").to_python(skip_empty_area=False))
    assert {row["address"] for row in rows} == {""}


def test_it_is_written_in_seconds_and_replaces_the_old_one(tmp_path: Path, result: Result) -> None:
    old = tmp_path / "report.xlsx"
    old.write_bytes(b"old")
    started = time.process_time()
    write_book(result, old)
    assert time.process_time() - started < 10  # under 2 on an idle machine
    assert [path.name for path in tmp_path.iterdir()] == ["report.xlsx"]
    assert old.read_bytes().startswith(b"PK")
