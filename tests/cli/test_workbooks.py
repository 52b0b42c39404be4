"""Workbooks in place of folders: made, run, compared, turned into folders and back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from replenish.cli import main
from replenish.scenario import load
from replenish.scenario.examples import read_scenario


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_new_workbook_runs_as_it_is_and_gives_the_numbers_of_the_folder(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["new", "study.xlsx", "--from", "blank"]) == 0
    assert "from `start` on, then: replenish run study.xlsx" in capsys.readouterr().out
    assert main(["run", "study.xlsx", "--paths", "64", "--out", "one"]) == 0
    assert main(["run", "blank", "--paths", "64", "--out", "two"]) == 0
    one, two = (json.loads((here / name / "run.json").read_text()) for name in ("one", "two"))
    assert one["array_hash"] == two["array_hash"]
    assert one["input_hash"] == two["input_hash"]
    assert (here / "one" / "report.html").exists()
    assert f"numbers {Path('one') / 'report.xlsx'}" in capsys.readouterr().out


def test_a_run_of_a_workbook_is_named_after_it(here: Path) -> None:
    main(["new", "study.xlsx"])
    assert main(["simulate", "study.xlsx", "--paths", "32"]) == 0
    (run,) = (here / "runs").iterdir()
    assert run.name.startswith("study-2")


def test_folder_to_workbook_and_back_is_the_same_scenario(here: Path) -> None:
    assert main(["export-xlsx", "artillery", "a.xlsx"]) == 0
    assert main(["import-xlsx", "a.xlsx", "a"]) == 0
    assert load(here / "a") == load(here / "a.xlsx") == read_scenario("artillery")


def test_a_template_is_empty_but_for_the_settings(here: Path) -> None:
    assert main(["export-xlsx", "blank", "template.xlsx", "--template"]) == 0
    scenario = load(here / "template.xlsx")
    assert scenario.settings == read_scenario("blank").settings
    assert scenario.stocks == ()


def test_nothing_is_overwritten(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["new", "study.xlsx"])
    main(["import-xlsx", "study.xlsx", "study"])
    before = (here / "study.xlsx").read_bytes()
    for words in (
        ["new", "study.xlsx"],
        ["export-xlsx", "blank", "study.xlsx"],
        ["import-xlsx", "study.xlsx", "study"],
    ):
        assert main(words) == 2
        assert "exists" in capsys.readouterr().err
    assert (here / "study.xlsx").read_bytes() == before


@pytest.mark.parametrize("name", ["nowhere.xlsx", "folder", "table.csv"])
def test_only_a_workbook_is_imported(name: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "folder").mkdir()
    (here / "table.csv").touch()
    assert main(["import-xlsx", name, "study"]) == 2
    assert "no such workbook" in capsys.readouterr().err
    assert not (here / "study").exists()


def test_a_wrong_workbook_is_not_imported_and_all_findings_are_shown(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "study.xlsx").write_bytes(b"holder,item")
    assert main(["import-xlsx", "study.xlsx", "study"]) == 3
    assert "no workbook, whatever its name says" in capsys.readouterr().out
    assert not (here / "study").exists()


def test_studies_take_workbooks(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["export-xlsx", "artillery", "a.xlsx"])
    assert main(["requirement", "a.xlsx"]) == 0
    assert "round_155" in capsys.readouterr().out
