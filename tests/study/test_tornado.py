"""A tornado on a stock that is used up at a known rate: every effect is arithmetic."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import replenish
from replenish.errors import UsageError
from replenish.report.tornado import write_tornado
from replenish.scenario.model import (
    Demand,
    Evidence,
    Holder,
    Item,
    Line,
    LineItem,
    Scenario,
    Settings,
    Simulation,
    Stock,
    Time,
)
from replenish.study import numbers
from replenish.study import tornado as tornados

UNMET = "unmet_cumulative/depot/mask"


def doubt(table: str, key: str, column: str, low: float | None, high: float | None, source: str = "") -> Evidence:
    return Evidence(table_name=table, row_key=key, column=column, basis="assumed", low=low, high=high, source=source)


def used_up(*evidence: Evidence) -> Scenario:
    """Return 40 masks, of which 10 are asked in each of six months: 20 are not met."""
    return Scenario(
        settings=Settings(title="masks", time=Time(start=dt.date(2024, 1, 1), end=dt.date(2024, 6, 30)),
                          simulation=Simulation(paths=32)),
        items=(Item(name="mask", unit="box", unit_cost=2.0),),
        holders=(Holder(name="depot", priority=1),),
        stocks=(Stock(holder="depot", item="mask", on_hand=40),),
        demand=(Demand(holder="depot", item="mask", mean=10, when_unmet="lost"),),
        lines=(Line(name="maker", owner="depot", start_rate=0, normal_rate=0, max_rate=0),),
        line_items=(LineItem(line="maker", item="mask"),),
        evidence=evidence,
    )  # fmt: skip


ON_HAND = doubt("stocks", "depot/mask", "on_hand", 30, 50)
MEAN = doubt("demand", "depot/mask/use///", "mean", 9, 13)
COST = doubt("items", "mask", "unit_cost", 1, 3)
SAME = doubt("stocks", "depot/mask", "floor", 0, 0)
TOO_HIGH = doubt("lines", "maker", "min_sustaining_rate", None, 5)
NO_PART = doubt("holders", "depot", "priority", 1, 1.5)


def rows(found: replenish.Tornado) -> dict[str, dict[str, Any]]:
    return {row["column"]: row for row in found.rows.to_dicts()}


def test_effects_are_those_of_arithmetic_and_the_widest_comes_first(tmp_path: Path) -> None:
    """A stock of 30 leaves 30 unmet, of 50 leaves 10; a use of 9 leaves 14, of 13 leaves 38."""
    found = replenish.tornado(used_up(ON_HAND, COST, MEAN), measure=UNMET, paths=32, out=tmp_path)
    assert (found.base, found.unit, found.measure) == (20, "box", f"{UNMET}/use")
    assert found.rows["column"].to_list() == ["mean", "on_hand", "unit_cost"]
    by_column = rows(found)
    assert (by_column["on_hand"]["effect_low"], by_column["on_hand"]["effect_high"]) == (10, -10)
    assert (by_column["mean"]["effect_low"], by_column["mean"]["effect_high"]) == pytest.approx((-6, 18))
    assert [by_column[name]["width"] for name in ("on_hand", "mean", "unit_cost")] == pytest.approx([20, 24, 0])
    assert [by_column[name]["is_distinguishable"] for name in ("on_hand", "mean", "unit_cost")] == [True, True, False]


def test_one_range_with_two_sources_is_run_once() -> None:
    sources = (doubt("stocks", "depot/mask", "on_hand", 30, 50, name) for name in ("first", "second"))
    assert [(found.column, found.source) for found in tornados.find_ranges(used_up(*sources, MEAN))] == [
        ("on_hand", "first, second"), ("mean", ""),
    ]  # fmt: skip


def test_ranges_that_cannot_be_run_are_skipped_with_the_reason(tmp_path: Path) -> None:
    found = rows(replenish.tornado(used_up(ON_HAND, SAME, TOO_HIGH, NO_PART), measure=UNMET, paths=32, out=tmp_path))
    assert [found[name]["state"] for name in ("on_hand", "floor", "min_sustaining_rate", "priority")] == [
        "done", "skipped", "skipped", "skipped",
    ]  # fmt: skip
    assert found["floor"]["reason"] == "the range is the value"
    assert found["min_sustaining_rate"]["rule"] == "min-above-max"
    assert "above max_rate" in found["min_sustaining_rate"]["reason"]
    assert "whole numbers" in found["priority"]["reason"]


def test_a_headline_number_that_is_not_kept_by_path_is_taken_from_the_summary(tmp_path: Path) -> None:
    found = replenish.tornado(used_up(ON_HAND), measure="stock_out_probability/depot", paths=32, out=tmp_path)
    assert found.base == 1
    assert found.rows["width"].to_list() == [0]
    enough = replenish.tornado(
        used_up(doubt("stocks", "depot/mask", "on_hand", None, 60)),
        measure="stock_out_probability/depot/mask", paths=32, out=tmp_path / "other",
    )  # fmt: skip
    assert enough.rows["effect_high"].to_list() == [-1]


def test_a_stopped_study_keeps_its_rows_and_goes_on_from_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scenario, count = used_up(ON_HAND, MEAN, COST), 0
    of_row = numbers.effect

    def stopping(*arguments: Any) -> numbers.Effect:
        nonlocal count
        count += 1
        if count > 3:
            raise KeyboardInterrupt
        return of_row(*arguments)

    monkeypatch.setattr(numbers, "effect", stopping)
    part = replenish.tornado(scenario, measure=UNMET, paths=32, out=tmp_path)
    assert not part.is_complete
    assert part.rows["column"].to_list() == ["on_hand"]
    monkeypatch.setattr(numbers, "effect", of_row)
    ran: list[int] = []
    whole = replenish.tornado(
        scenario, measure=UNMET, paths=32, out=tmp_path, is_resumed=True, progress=lambda done, _: ran.append(done)
    )
    assert whole.is_complete
    assert ran == [1, 2, 3]
    fresh = replenish.tornado(scenario, measure=UNMET, paths=32, out=tmp_path / "fresh")
    assert whole.rows.equals(fresh.rows)


def test_a_study_of_other_input_is_not_resumed(tmp_path: Path) -> None:
    replenish.tornado(used_up(ON_HAND), measure=UNMET, paths=32, out=tmp_path)
    with pytest.raises(UsageError, match="input_hash differ"):
        replenish.tornado(used_up(MEAN), measure=UNMET, paths=32, out=tmp_path, is_resumed=True)


@pytest.mark.parametrize(
    ("measure", "words"),
    [("fil_rate", "did you mean `fill_rate`"), ("fill_rate/dpot", "did you mean `fill_rate/depot"),
     ("pledge_fulfilment", "none of it")],
)  # fmt: skip
def test_a_number_that_there_is_not_is_refused_with_the_nearest(measure: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=words):
        replenish.tornado(used_up(ON_HAND), measure=measure, paths=32, out=tmp_path)


def test_an_unsound_scenario_is_refused(tmp_path: Path) -> None:
    spoilt = used_up(ON_HAND).model_copy(update={"holders": ()})
    with pytest.raises(replenish.ScenarioError):
        replenish.tornado(spoilt, measure=UNMET, paths=32, out=tmp_path)


def test_the_table_on_disk_is_that_of_the_study(tmp_path: Path) -> None:
    found = replenish.tornado(used_up(ON_HAND, MEAN, SAME), measure=UNMET, paths=32, out=tmp_path)
    saved = pl.read_csv(tmp_path / "tornado.csv", schema=tornados.SCHEMA)
    assert saved["width"].to_list() == found.rows["width"].to_list()


def test_the_picture_has_a_bar_for_each_end_and_names_what_it_shows(tmp_path: Path) -> None:
    found = replenish.tornado(used_up(ON_HAND, MEAN, COST), measure=UNMET, paths=32, out=tmp_path)
    text = write_tornado(found, tmp_path / "tornado.svg").read_text()
    assert text.startswith('<svg xmlns="http://www.w3.org/2000/svg"')
    assert all(
        name in text for name in ("stocks: depot / mask, on hand", "unmet_cumulative", "#0072B2", "#E69F00", "#8A94A0")
    )
