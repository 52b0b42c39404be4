"""Folders of planted mistakes; a table beside each lists its mistakes, written or read through by hand."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from replenish.errors import ScenarioError
from replenish.scenario import check, load

HERE = Path(__file__).parent
FOLDER = HERE / "mistakes"


def _expected(name: str = "mistakes") -> list[tuple[str, int | None, str | None, str]]:
    with (HERE / f"{name}_expected.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [(row["file"], int(row["row"]), row["column"] or None, row["rule"]) for row in rows]


def test_thirty_planted_mistakes_yield_exactly_these_thirty_findings() -> None:
    found = [(problem.file, problem.row, problem.column, problem.rule) for problem in check(FOLDER)]
    assert found == _expected()
    assert len(found) == 30


def test_mistakes_about_fleets_and_spares_are_all_found_in_one_pass() -> None:
    problems = check(HERE / "mistakes_of_spares")
    assert [(found.file, found.row, found.column, found.rule) for found in problems] == _expected("mistakes_of_spares")
    assert len(problems) == 36
    assert all(found.remedy and found.message for found in problems)


def test_the_folder_is_refused_with_all_findings_and_a_message_of_one_line() -> None:
    with pytest.raises(ScenarioError) as refused:
        load(FOLDER)
    assert len(refused.value.problems) == 30
    assert "and 28 more" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_findings_do_not_depend_on_the_way_the_folder_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FOLDER.parent)
    assert check("mistakes") == check(Path("./mistakes/")) == check(FOLDER)
