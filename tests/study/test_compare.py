"""Comparisons: paired errors are those of differences by path, and a base-stock policy gives its closed form."""

from __future__ import annotations

import datetime as dt
import math
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy.special import gammainc

import replenish
from replenish.errors import UsageError
from replenish.result import Result
from replenish.scenario.model import (
    Case,
    Collect,
    Demand,
    Holder,
    Item,
    Line,
    LineItem,
    Money,
    PolicyRow,
    Scenario,
    Settings,
    Simulation,
    Stock,
    Time,
)
from replenish.simulation import simulate
from replenish.study.compare import Comparison
from replenish.study.paired import Sample, paired, samples, unpaired

MEAN, LEVEL, PATHS = 8.0, 20, 4000


def base_stock(level: float, *, seed: int = 1, title: str = "toy") -> Scenario:
    """Return orders up to a level with a lead time of one month and Poisson demand that is owed."""
    return Scenario(
        settings=Settings(
            title=title,
            time=Time(start=dt.date(2024, 1, 1), end=dt.date(2024, 6, 30)),
            simulation=Simulation(paths=PATHS, seed=seed),
            collect=Collect(scalars=("backorders",)),
        ),
        items=(Item(name="part", unit="part"),),
        holders=(Holder(name="depot"),),
        stocks=(Stock(holder="depot", item="part", on_hand=level),),
        demand=(Demand(holder="depot", item="part", mean=MEAN, distribution="poisson"),),
        lines=(Line(name="maker", owner="depot", start_rate=0, max_rate=1e6),),
        line_items=(LineItem(line="maker", item="part"),),
        policies=(PolicyRow(role="ordering", holder="depot", item="part", rule="base_stock", quantity=level),),
    )


@cache
def result(level: float, seed: int = 1) -> Result:
    return simulate(base_stock(level, seed=seed))


def poisson_above(level: int, mean: float) -> float:
    """Return P(X > level)."""
    return float(gammainc(level + 1, mean))


def expected_backorders(level: int, mean: float) -> float:
    """Return E[max(X - level, 0)], Sherbrooke (1968)."""
    return mean * poisson_above(level - 1, mean) - level * poisson_above(level, mean)


def row(found: Comparison, measure: str = "backorders") -> dict[str, float]:
    rows = found.differences.filter(pl.col("measure") == measure).to_dicts()
    return dict(rows[0])


def test_one_more_in_stock_saves_the_probability_of_a_stock_out(tmp_path: Path) -> None:
    """What is owed at the end is what two months ask beyond the level: this one's demand, and last month's on order."""
    found = row(replenish.compare(result(LEVEL), result(LEVEL + 1), out=tmp_path))
    error = result(LEVEL).series.filter(pl.col("measure") == "backorders")["standard_error"][-1]
    assert found["mean_a"] == pytest.approx(expected_backorders(LEVEL, 2 * MEAN), abs=4 * error)
    short = poisson_above(LEVEL, 2 * MEAN)
    assert found["difference"] == pytest.approx(-short, abs=4 * math.sqrt(short * (1 - short) / PATHS))
    assert found["share_lower"] == pytest.approx(-found["difference"])
    assert found["share_higher"] == 0
    assert found["standard_error"] < error / 3  # what common draws are for


def test_the_paired_error_is_that_of_the_differences_by_path(tmp_path: Path) -> None:
    a, b = result(LEVEL), result(LEVEL + 3)
    column = a.scalars.row(0, named=True)["column"]
    differences = (b.paths[column] - a.paths[column]).to_numpy()
    found = row(replenish.compare(a, b, out=tmp_path))
    assert found["difference"] == pytest.approx(differences.mean())
    assert found["standard_error"] == pytest.approx(differences.std(ddof=1) / math.sqrt(PATHS))
    assert found["high"] - found["low"] == pytest.approx(2 * 1.9606 * found["standard_error"], rel=1e-3)
    assert found["correlation"] == pytest.approx(float(np.corrcoef(a.paths[column], b.paths[column])[0, 1]))
    assert found["paths"] == PATHS


def test_identical_runs_differ_by_nothing_without_error(tmp_path: Path) -> None:
    found = replenish.compare(base_stock(LEVEL), base_stock(LEVEL), paths=100, out=tmp_path)
    assert found.inputs.is_empty()
    assert row(found)["difference"] == row(found)["standard_error"] == 0
    assert row(found)["correlation"] == pytest.approx(1)


def test_other_seeds_are_compared_as_independent_samples(tmp_path: Path) -> None:
    found = row(replenish.compare(result(LEVEL), result(LEVEL, seed=2), out=tmp_path))
    errors = [r.series.filter(pl.col("measure") == "backorders")["standard_error"][-1]
              for r in (result(LEVEL), result(LEVEL, seed=2))]  # fmt: skip
    assert found["is_paired"] is False
    assert found["standard_error"] == pytest.approx(math.hypot(*errors))
    assert found["correlation"] is None
    assert abs(found["difference"]) < 4 * found["standard_error"]


def test_scenarios_are_run_with_the_seed_of_the_first(tmp_path: Path) -> None:
    found = replenish.compare(base_stock(LEVEL, seed=5), base_stock(LEVEL, seed=6), paths=64, out=tmp_path)
    assert [r.provenance.seed for r in found.results] == [5, 5]
    assert row(found)["is_paired"] is True
    assert found.inputs.select("table_name", "column", "value_a", "value_b").rows() == [
        ("scenario.toml", "simulation.seed", "5", "6")
    ]


def test_cells_and_rows_that_differ_are_listed(tmp_path: Path) -> None:
    a = base_stock(LEVEL)
    b = base_stock(LEVEL + 1).model_copy(update={"holders": (*a.holders, Holder(name="other"))})
    found = replenish.compare(a, b, paths=32, out=tmp_path)
    assert found.inputs.select("table_name", "row_key", "column", "value_a", "value_b").rows() == [
        ("holders", "other", "", "", "name=other"),
        ("policies", "ordering/depot/part///", "quantity", "20", "21"),
        ("stocks", "depot/part", "on_hand", "20", "21"),
    ]


def test_several_are_each_compared_with_the_first_and_names_differ(tmp_path: Path) -> None:
    found = replenish.compare(*(base_stock(LEVEL + n) for n in range(3)), paths=64, out=tmp_path)
    assert found.differences["b"].unique(maintain_order=True).to_list() == ["toy (2)", "toy (3)"]
    assert set(found.differences["a"]) == {"toy"}
    assert {path.name for path in tmp_path.iterdir()} == {"inputs.csv", "differences.csv", "study.json"}


def test_a_case_and_a_saved_run_are_taken_by_name(tmp_path: Path) -> None:
    cases = (Case(case="more", table_name="stocks", column="on_hand", change="add", value="5"),)
    replenish.write(base_stock(LEVEL).model_copy(update={"cases": cases}), tmp_path / "toy")
    replenish.simulate(tmp_path / "toy", paths=64, out=tmp_path / "run")
    found = replenish.compare(tmp_path / "run", f"{tmp_path}/toy:more", out=tmp_path / "study")
    assert [r.provenance.paths for r in found.results] == [64, 64]
    assert found.inputs["row_key"].to_list() == ["depot/part"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            {"time": Time(start=dt.date(2024, 1, 1), end=dt.date(2024, 12, 31))},
            r"time.end \(2024-06-30 and 2024-12-31\)",
        ),
        ({"time": Time(start=dt.date(2024, 1, 1), end=dt.date(2024, 6, 30), period="week")}, "time.period"),
        ({"money": Money(currency="USD")}, r"money.currency \(EUR and USD\)"),
    ],
)
def test_what_cannot_be_compared_is_refused(change: dict[str, object], words: str, tmp_path: Path) -> None:
    a = base_stock(LEVEL)
    b = a.model_copy(update={"settings": a.settings.model_copy(update=change)})
    with pytest.raises(UsageError, match=words):
        replenish.compare(a, b, out=tmp_path)


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(UsageError, match="not a compare study"):
        replenish.compare(base_stock(LEVEL), base_stock(LEVEL), paths=32, out=tmp_path)


def test_only_paths_in_which_both_have_a_number_are_compared() -> None:
    a = Sample("period", np.arange(4), np.array([1.0, 2.0, np.nan, 4.0]))
    b = Sample("period", np.arange(1, 5), np.array([5.0, 6.0, np.nan, 8.0]))
    found = paired(a, b)
    assert (found.paths, found.difference, found.standard_error) == (1, 3.0, None)
    assert found.applies_a == found.applies_b == pytest.approx(2 / 3)


def test_welch_on_numbers_worked_by_hand() -> None:
    """Variances of 1 over 3 paths each: error sqrt(2/3), degrees of freedom (2/3)^2 / (1/18 + 1/18) = 4; t is 2.776."""
    a = Sample("unit", np.arange(3), np.array([1.0, 2.0, 3.0]))
    b = Sample("unit", np.arange(3), np.array([5.0, 6.0, 7.0]))
    found = unpaired(a, b)
    assert found.standard_error == pytest.approx(math.sqrt(2 / 3))
    assert (found.difference, found.correlation) == (4, None)
    assert found.high == pytest.approx(4 + 2.776 * math.sqrt(2 / 3), abs=1e-3)


def test_samples_bear_the_names_of_the_run() -> None:
    assert ("backorders", "", "part", "use", *[""] * 6) in samples(result(LEVEL))
