"""A result goes to polars, pandas and xarray unchanged, and says what it is in a line and in a notebook."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import pytest

import replenish
from replenish.errors import UsageError
from replenish.measures import LABELS
from replenish.result import Result, convert
from replenish.result.model import TABLES
from tests.simulation.small import small


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    return replenish.simulate(small(), paths=40, out=tmp_path_factory.mktemp("result") / "run")


@pytest.mark.parametrize("table", TABLES)
def test_pandas_holds_the_values_of_polars(result: Result, table: str) -> None:
    ours, theirs = getattr(result, table), result.to_pandas(table)  # type: ignore[arg-type]
    assert list(theirs.columns) == ours.columns
    assert len(theirs) == len(ours)
    for column in ours:
        missing = column.is_null() | column.is_nan() if column.dtype.is_float() else column.is_null()
        kept = [value for value, is_missing in zip(column, missing, strict=True) if not is_missing]
        values = theirs[column.name].dropna()
        assert (values.dt.date.to_list() if column.name == "date" else values.to_list()) == kept


def test_days_are_dates_in_pandas_and_missing_quantiles_are_nan(result: Result) -> None:
    found = result.to_pandas(measures=["state_share"])
    assert found["date"].dtype.kind == "M"
    assert found["date"].iloc[0] == pd.Timestamp("2024-01-01")
    assert found["p50"].isna().all()
    assert found["mean"].notna().all()


def test_xarray_holds_each_number_under_its_names(result: Result) -> None:
    found = result.to_xarray()
    for row in result.series.sample(200, seed=1).iter_rows(named=True):
        names = {label: row[label] for label in LABELS if label in found[row["measure"]].dims}
        cell = found[row["measure"]].sel(period=row["period"], **names)
        assert cell.sel(statistic="mean").item() == row["mean"]
        assert np.datetime64(row["date"]) == cell["date"].values
    held = found["on_hand"].sel(statistic="mean")
    assert int(held.notnull().sum()) == len(result.to_polars(measures=["on_hand"]))


def test_xarray_says_what_it_holds(result: Result) -> None:
    found = result.to_xarray(measures=["on_hand", "fill_rate"], holders="east", items=["round"])
    assert found["on_hand"].dims == ("holder", "item", "period", "statistic")
    assert found["on_hand"].attrs["long_name"] == "Stock on hand"
    assert found["on_hand"].attrs["units"] == "round"
    assert found.attrs["seed"] == result.provenance.seed
    assert found.attrs["array_hash"] == result.provenance.array_hash
    assert "replenish" in found.attrs["versions"]


def test_a_data_set_that_would_be_too_large_is_refused_with_what_to_do(
    result: Result, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(convert, "MOST_CELLS", 1000)
    with pytest.raises(UsageError, match=r"the limit is 1,000: name fewer by measures=, holders= or items="):
        result.to_xarray()


@pytest.mark.parametrize("package", ["pandas", "xarray"])
def test_a_missing_package_is_named_with_its_extra(
    result: Result, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(UsageError, match=rf"pip install 'replenish\[{package}\]'"):
        getattr(result, f"to_{package}")()


def test_tables_are_narrowed_by_name_and_unknown_names_are_refused(result: Result) -> None:
    found = result.to_polars("summary", holders=["front"])
    assert set(found["holder"]) == {"front"}
    with pytest.raises(UsageError, match=r"measure on_hnd: the table has none; it has .*on_hand"):
        result.to_polars(measures=["on_hnd"])
    with pytest.raises(UsageError, match="did you mean `series`"):
        result.to_polars("serie")  # type: ignore[arg-type]


def test_a_result_says_what_it_is(result: Result) -> None:
    told = repr(result)
    assert "Result: small" in told
    assert "40 paths, seed 1; 24 months from 2024-01-01; complete" in told
    assert "fill_rate front/round/use" in told
    assert str(result.folder) in told
    assert result._repr_html_().count("<tr>") == len(told.splitlines()) - 3


def test_names_are_text_in_a_notebook_never_markup(result: Result) -> None:
    changed = result.scenario.with_settings(title="<script>alert(1)</script>")
    assert "<script>" not in replace(result, scenario=changed)._repr_html_()
    assert "<script>" not in changed._repr_html_()
