"""Tables of a scenario from data frames are read and judged as files are."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import polars as pl
import pytest

import replenish
from replenish.errors import ScenarioError, UsageError
from replenish.scenario import TABLES
from replenish.scenario.model import Scenario, Stock
from tests.scenario.small import HORIZON, ROWS
from tests.simulation.small import small

SETTINGS = {"title": "masks", "time": {"start": dt.date(2024, 1, 1), "end": dt.date(2024, 12, 31)}}
ITEMS = [{"name": "mask", "unit": "box"}]
HOLDERS = [{"name": "depot"}]


def problems(error: pytest.ExceptionInfo[ScenarioError]) -> set[tuple[str, str, int | None, str | None]]:
    return {(found.rule, found.file, found.row, found.column) for found in error.value.problems}


def to_pandas(frame: pl.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({name: frame[name].to_list() for name in frame.columns}, columns=frame.columns)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("scenario", [small(), replenish.load("artillery")], ids=["small", "artillery"])
def test_a_table_goes_out_and_comes_back(scenario: Scenario, table: str) -> None:
    frame = scenario.table(table)
    assert frame.columns == list(TABLES[table].model_fields)
    for rows in (frame, to_pandas(frame), frame.to_dicts(), scenario.rows(table)):
        assert scenario.with_table(table, rows).rows(table) == scenario.rows(table)


def test_rows_that_are_put_back_as_they_are_keep_which_cells_were_stated() -> None:
    scenario = small()
    again = scenario.with_table("stocks", scenario.stocks)
    assert [row.model_fields_set for row in again.stocks] == [row.model_fields_set for row in scenario.stocks]


def test_a_column_of_a_frame_can_be_computed_with() -> None:
    scenario = small()
    halved = scenario.with_table("stocks", scenario.table("stocks").with_columns(pl.col("on_hand") / 2))
    assert [row.on_hand for row in halved.stocks] == [row.on_hand / 2 for row in scenario.stocks]
    assert scenario.stocks[0].on_hand == 5000  # as it was


def test_all_that_is_wrong_with_a_frame_is_told_at_once_by_row() -> None:
    frame = pl.DataFrame(
        {"holder": ["depot", "De pot"], "item": ["mask", None], "on_hnd": [1.0, 2.0], "floor": [-1.0, math.nan]}
    )
    with pytest.raises(ScenarioError) as error:
        small().with_table("stocks", frame)
    assert problems(error) == {
        ("unknown-column", "stocks", None, "on_hnd"),
        ("negative", "stocks", 1, "floor"),
        ("bad-name", "stocks", 2, "holder"),
        ("empty-required", "stocks", 2, "item"),
        ("nan", "stocks", 2, "floor"),
    }
    assert "did you mean `on_hand`" in str(error.value)


def test_rows_are_counted_right_behind_cells_of_several_lines() -> None:
    rows = [{"name": "a", "title": "one\r\ntwo\nthree"}, {"name": "b"}, {"name": "B"}]
    with pytest.raises(ScenarioError) as error:
        small().with_table("sources", rows)
    assert problems(error) == {("bad-name", "sources", 3, "name"), ("empty-required", "sources", 2, "title"),
                               ("empty-required", "sources", 3, "title")}  # fmt: skip


@pytest.mark.parametrize(
    ("value", "read"),
    [(5, 5.0), (np.float32(0.5), 0.5), (np.int64(7), 7.0), ("12.5", 12.5), (0.1, 0.1), (None, 0.0), (pd.NA, 0.0)],
)
def test_values_of_any_kind_are_read_exactly(value: Any, read: float) -> None:
    row = {"holder": "depot", "item": "mask", "on_hand": value}
    assert small().with_table("stocks", [row]).stocks == (Stock(holder="depot", item="mask", on_hand=read),)


def test_dates_of_pandas_are_days_and_nan_there_is_an_empty_cell() -> None:
    frame = pd.DataFrame(
        {"holder": "depot", "item": "mask", "quantity": [90.0, np.nan], "days_of_supply": [np.nan, 30.0],
         "planning_use": [np.nan, 3.0], "start": [pd.NaT, pd.Timestamp("2024-05-01")]}
    )  # fmt: skip
    first, second = small().with_table("requirements", frame).requirements
    assert (first.start, first.quantity, first.days_of_supply) == (None, 90, None)
    assert (second.start, second.quantity, second.days_of_supply) == (dt.date(2024, 5, 1), None, 30)


def test_a_named_index_of_pandas_is_a_column() -> None:
    frame = pd.DataFrame(
        {"on_hand": [5.0]}, index=pd.MultiIndex.from_tuples([("depot", "mask")], names=["holder", "item"])
    )
    assert small().with_table("stocks", frame).stocks == (Stock(holder="depot", item="mask", on_hand=5),)


def test_a_table_can_be_emptied() -> None:
    assert small().with_table("lots", []).lots == ()


@pytest.mark.parametrize("rows", ["stocks.csv", 5, {"holder": "depot"}, [5]])
def test_what_is_no_frame_is_refused(rows: object) -> None:
    with pytest.raises(UsageError, match=r"DataFrame|mapping"):
        small().with_table("stocks", rows)


def test_an_unknown_table_is_refused_with_the_nearest() -> None:
    for call in (lambda: small().table("stock"), lambda: small().with_table("stock", [])):
        with pytest.raises(UsageError, match="did you mean `stocks`"):
            call()


def test_rows_are_left_out_by_key_and_pattern() -> None:
    kept = small().without_rows("stocks", "front/barrel", "east/*")
    assert [row.key_value() for row in kept.stocks] == [
        key for row in small().stocks if not (key := row.key_value()).startswith("east/") and key != "front/barrel"
    ]
    with pytest.raises(UsageError, match="did you mean `front/barrel`"):
        small().without_rows("stocks", "front/barel")


def test_settings_are_changed_by_name_or_in_full() -> None:
    changed = small().with_settings({"simulation.seed": 7}, paths=500, end=dt.date(2024, 6, 30), measures=("on_hand",))
    assert (changed.settings.simulation.seed, changed.settings.simulation.paths) == (7, 500)
    assert changed.settings.time.end == dt.date(2024, 6, 30)
    assert changed.settings.time.start == small().settings.time.start
    assert changed.settings.collect.measures == ("on_hand",)
    assert changed.with_settings(paths=None).settings.simulation.paths == 1000
    assert small().settings.simulation.paths == 1000


def test_all_that_is_wrong_with_settings_is_told_at_once() -> None:
    with pytest.raises(ScenarioError) as error:
        small().with_settings({"simulation.path": 5}, seed=-1, discount_rate=2.0, period="weekly")
    assert problems(error) == {
        ("unknown-key", "settings", None, "simulation.path"), ("negative", "settings", None, "simulation.seed"),
        ("out-of-range", "settings", None, "money.discount_rate"), ("unknown-choice", "settings", None, "time.period"),
    }  # fmt: skip
    with pytest.raises(UsageError, match="settings hold texts"):
        small().with_settings(title=object())


def test_a_scenario_from_frames_is_that_of_its_rows() -> None:
    tables: dict[str, list[Any]] = {}
    for row in ROWS:
        tables.setdefault(row.table, []).append(row)
    found = replenish.scenario_from(HORIZON, **tables)
    assert {name: list(found.rows(name)) for name in tables} == tables


def test_a_scenario_from_frames_is_judged_as_a_whole() -> None:
    """Names that no table has, cells out of range and settings that are not there: one pass tells all."""
    settings = {**SETTINGS, "simulation": {"paths": 0}}
    with pytest.raises(ScenarioError) as error:
        replenish.scenario_from(settings, items=ITEMS, stocks=[{"holder": "depo", "item": "mask", "on_hand": -1}])
    assert {("out-of-range", "settings", None, "simulation.paths"), ("negative", "stocks", 1, "on_hand"),
            ("unknown-name", "stocks", 1, "holder")} <= problems(error)  # fmt: skip


def test_a_scenario_from_frames_runs(tmp_path: Any) -> None:
    scenario = replenish.scenario_from(
        SETTINGS, items=pl.DataFrame(ITEMS), holders=pd.DataFrame(HOLDERS),
        stocks=pl.DataFrame({"holder": ["depot"], "item": ["mask"], "on_hand": [100]}),
        demand=[{"holder": "depot", "item": "mask", "mean": 10}],
    )  # fmt: skip
    result = replenish.simulate(scenario, paths=2, out=tmp_path / "run")
    assert result.to_polars(measures=["on_hand"])["mean"][-1] == 0


def test_a_scenario_says_what_it_is_in_a_few_lines() -> None:
    told = repr(small())
    assert told == str(small())
    assert told.startswith(
        "Scenario: small\n  2024-01-01 to 2025-12-31 by month; 1,000 paths, seed 1\n  rows: items 5,"
    )
    assert "<td>stocks</td><td>9</td>" in small()._repr_html_()


@pytest.mark.parametrize(
    "start", ["2022-04-01", dt.date(2022, 4, 1), pd.Timestamp("2022-04-01"), np.datetime64("2022-04-01")]
)
def test_days_of_settings_may_be_text_timestamps_and_dates(start: object) -> None:
    assert small().with_settings(start=start).settings.time.start == dt.date(2022, 4, 1)


def test_what_is_no_day_is_refused() -> None:
    for start in ("1 April 2022", dt.datetime(2022, 4, 1, 12)):
        with pytest.raises(ScenarioError):
            small().with_settings(start=start)
