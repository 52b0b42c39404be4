from __future__ import annotations

import threading
from pathlib import Path

import polars as pl
import pytest

import replenish
from replenish.errors import UsageError
from replenish.result import Result, load_result
from replenish.scenario.model import Case, Evidence, Scenario
from replenish.study.attached import attach_cases, attach_delays, attach_target, attach_tornado
from tests.study.test_compare import base_stock
from tests.study.test_delays import shipped
from tests.study.test_reaching import back, refilled


def study() -> Scenario:
    """Return a toy with a case, and with a range for the same cell."""
    return base_stock(20).with_rows(
        Case(
            case="more", title="More at first", table_name="stocks", row_key="depot/part", column="on_hand",
            change="set", value="40",
        ),
        Evidence(table_name="stocks", row_key="depot/part", column="on_hand", basis="assumed", low=10, high=40),
    )  # fmt: skip


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Result:
    return replenish.simulate(study(), paths=64, out=tmp_path_factory.mktemp("attached") / "run")


def test_a_run_carries_what_a_comparison_with_its_cases_finds(run: Result, tmp_path: Path) -> None:
    carried = attach_cases(run)
    apart = replenish.compare(run, replenish.apply_case(run.scenario, "more"), out=tmp_path / "c")
    assert carried.studies["cases"].drop(["a", "b"]).equals(apart.differences.drop(["a", "b"]))
    cells = [found.filter(pl.col("table_name") == "stocks") for found in (carried.studies["case_inputs"], apart.inputs)]
    assert cells[0].drop(["a", "b"]).equals(cells[1].drop(["a", "b"]))
    assert run.folder is not None
    assert load_result(run.folder).studies["cases"].equals(carried.studies["cases"])


def test_a_stopped_run_simulates_no_case(run: Result) -> None:
    stop = threading.Event()
    stop.set()
    assert attach_cases(run, stop=stop) is run


def test_a_scenario_without_cases_carries_none(tmp_path: Path) -> None:
    plain = replenish.simulate(base_stock(20), paths=32, out=tmp_path / "run")
    assert attach_cases(plain).studies == {}


def test_a_run_carries_its_sensitivity_study_and_no_other(run: Result, tmp_path: Path) -> None:
    found = replenish.tornado(study(), measure="unmet_cumulative/depot", paths=32, out=tmp_path / "t")
    carried = attach_tornado(run, tmp_path / "t")
    assert carried.studies["tornado"]["width"].to_list() == found.rows["width"].to_list()
    assert carried.studies["tornado"]["base"].to_list() == [found.base]
    with pytest.raises(UsageError, match="study of another scenario"):
        attach_tornado(replenish.simulate(base_stock(21), paths=32, out=tmp_path / "other"), tmp_path / "t")
    with pytest.raises(UsageError, match="holds no sensitivity study"):
        attach_tornado(run, tmp_path)


def test_a_run_carries_what_delays_cost_and_its_report_shows_it(tmp_path: Path) -> None:
    own = replenish.simulate(shipped(), out=tmp_path / "run")
    replenish.delay_costs(shipped(), out=tmp_path / "d")
    carried = attach_delays(own, tmp_path / "d")
    page = replenish.write_report(carried, tmp_path / "report.html").read_text(encoding="utf-8")
    assert "What a month costs" in page
    assert "Unmet need since the start, user: +20\xa0boxes if everything takes 30\xa0days longer" in page
    assert load_result(tmp_path / "run").studies["delays"].equals(carried.studies["delays"])


def test_a_run_carries_targets_side_by_side_each_once(tmp_path: Path) -> None:
    own = replenish.simulate(refilled(), out=tmp_path / "run")
    for name, day in (("may", "2024-05-31"), ("june", "2024-06-30"), ("again", "2024-05-31")):
        replenish.reach(refilled(), back(day), out=tmp_path / name)
        own = attach_target(own, tmp_path / name)
    table = own.studies["targets"]
    assert table.filter(pl.col("outcome") == "met")["wish"].to_list() == [str(back("2024-06-30"))]
    assert table.filter(pl.col("wish") == str(back("2024-05-31")))["lever"].to_list() == [
        "capacity", "delays", "opening_stock",
    ]  # fmt: skip
    page = replenish.write_report(own, tmp_path / "report.html").read_text(encoding="utf-8")
    assert "What would have to be true" in page
    assert "0\xa0% today, 2 of 3 single changes reach it" in page
    assert "100\xa0% today, met already" in page
    with pytest.raises(UsageError, match="holds no study of a target"):
        attach_target(own, tmp_path)


def test_run_simulates_the_cases_and_shows_them(tmp_path: Path) -> None:
    whole = replenish.run(study(), paths=64, out=tmp_path / "with")
    assert whole.studies["cases"]["b"].unique().to_list() == ["more"]
    assert "More at first" in (tmp_path / "with" / "report.html").read_text(encoding="utf-8")
    assert replenish.run(study(), paths=64, out=tmp_path / "without", cases=False).studies == {}
