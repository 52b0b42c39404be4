from __future__ import annotations

from dataclasses import replace
from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from replenish.scenario.model import Observation
from replenish.study.observed import SCHEMA, compare_observations, meets_band
from tests.report import synthetic

Rows = dict[str, dict[str, object]]


def _by_name(*observations: Observation) -> Rows:
    study = synthetic.scenario((*synthetic.rows_without("observations"), *observations))
    return {row["name"]: row for row in compare_observations(synthetic.result(study)).iter_rows(named=True)}


def _output(**changed: object) -> Observation:
    row = {
        "name": "output", "measure": "production", "date": date(2024, 2, 10), "holder": "north", "item": "shell",
        "value": 27_000.0, "per": "month", "source": "ministry",
    }  # fmt: skip
    return Observation.model_validate(row | changed)


def test_each_reported_figure_has_one_row_with_all_columns() -> None:
    found = compare_observations(synthetic.result())
    assert found.columns == list(SCHEMA)
    assert found["name"].to_list() == ["output_2023", "output_2024", "sent_2023", "before"]
    assert found["address"].unique().to_list() == ["https://example.org/report"]


def test_a_study_without_reported_figures_gives_the_same_columns() -> None:
    study = synthetic.scenario(synthetic.rows_without("observations"))
    found = compare_observations(synthetic.result(study))
    assert found.is_empty()
    assert dict(found.schema) == SCHEMA


def test_a_figure_of_another_unit_of_time_is_compared_in_its_own() -> None:
    found = _by_name(_output(name="monthly"), _output(name="yearly", per="year"), _output(name="daily", per="day"))
    monthly = found["monthly"]["p50"]
    assert isinstance(monthly, float)
    assert found["daily"]["p50"] == pytest.approx(monthly / 29)  # February 2024
    assert found["yearly"]["p50"] == pytest.approx(monthly * 366 / 29)
    assert [found[name]["unit"] for name in ("monthly", "yearly", "daily")] == [
        "round/month", "round/year", "round/day"
    ]  # fmt: skip


def test_a_stock_or_a_sum_is_not_divided_by_time() -> None:
    row = compare_observations(synthetic.result()).row(2, named=True)
    assert row["unit"] == "round"
    assert row["mean"] == pytest.approx(0.97 * 60_000 * 18)  # March 2022 to August 2023


def test_labels_must_be_the_same_not_only_alike() -> None:
    found = _by_name(_output(name="of_line", line="works"), _output(name="of_none", holder="south"))
    assert found["of_line"]["p50"] is not None
    assert found["of_none"]["p50"] is None
    assert found["of_none"]["is_inside"] is None


@pytest.mark.parametrize("day", [date(2022, 2, 28), date(2028, 1, 1)])
def test_a_figure_outside_the_horizon_is_not_judged(day: date) -> None:
    assert _by_name(_output(date=day))["output"]["is_inside"] is None


def test_a_range_that_meets_the_band_is_told_apart_from_a_value_inside() -> None:
    outside = _by_name(_output(value=60_000.0))["output"]
    touching = _by_name(_output(value=60_000.0, low=20_000.0))["output"]
    assert outside["is_inside"] is False
    assert outside["range_meets"] is False
    assert touching["is_inside"] is False
    assert touching["range_meets"] is True


@given(*[st.floats(0, 100)] * 4)
def test_two_ranges_meet_if_neither_ends_before_the_other_starts(a: float, b: float, c: float, d: float) -> None:
    (low, high), (p05, p95) = sorted((a, b)), sorted((c, d))
    assert meets_band(low, high, p05, p95) is not (high < p05 or p95 < low)


def test_a_measure_that_was_not_kept_gives_no_band() -> None:
    run = synthetic.result()
    other = replace(run, series=run.series.filter(pl.col("measure") != "production"))
    assert compare_observations(other)["is_inside"].to_list() == [None, None, True, None]
