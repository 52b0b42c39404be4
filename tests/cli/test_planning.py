"""The commands `plan` and `run --plan`."""

from __future__ import annotations

from pathlib import Path

import pytest

from replenish.cli import main


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a short plan of the blank study."""
    folder = tmp_path_factory.mktemp("plans") / "plan"
    assert main(["plan", "blank", "--iterations", "5", "--out", str(folder)]) == 0
    return folder


def test_a_plan_prints_decisions_worths_and_its_bound(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["plan", "blank", "--iterations", "5", "--out", str(tmp_path / "plan")]) == 0
    printed = capsys.readouterr().out
    assert "Decided first (2026-01-01 to 2026-01-31)" in printed
    assert "one more piece of item held by depot now is worth" in printed
    assert "no plan costs less in this programme" in printed
    assert f"replenish run blank --plan {tmp_path / 'plan'}" in printed


def test_a_run_with_a_plan_reports_both(planned: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    assert main(["run", "blank", "--paths", "16", "--plan", str(planned), "--out", str(out)]) == 0
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "What the plan would do" in page
    assert "policies of the scenario" in page


def test_a_plan_of_another_scenario_stops_the_run_before_it_begins(
    planned: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    assert main(["run", "petroleum", "--paths", "16", "--plan", str(planned), "--out", str(out)]) == 2
    assert "the plan is for `Blank scenario` with other data" in capsys.readouterr().err
    assert not out.exists()


def test_a_wrong_setting_of_the_plan_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "blank", "--method", "guess"]) == 2
    assert "guess" in capsys.readouterr().err
