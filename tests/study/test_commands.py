"""Commands of studies print what they found, and end with the status that says how it went."""

from __future__ import annotations

from pathlib import Path

import pytest

import replenish
from replenish.cli import main
from replenish.scenario.model import Case
from replenish.study import numbers
from tests.study.test_rare import surges
from tests.study.test_tornado import MEAN, ON_HAND, SAME, TOO_HIGH, UNMET, used_up


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """Print tables so wide that no name is folded."""
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture
def masks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a scenario folder with a case, in an empty working directory."""
    monkeypatch.chdir(tmp_path)
    cases = (Case(case="more", title="Ten more", table_name="stocks", column="on_hand", change="add", value="10"),)
    scenario = used_up(ON_HAND, MEAN, SAME, TOO_HIGH).model_copy(update={"cases": cases})
    replenish.write(scenario, tmp_path / "masks")
    return Path("masks")


def run(*words: object) -> int:
    return main([str(word) for word in words])


def test_compare_prints_cells_and_differences(masks: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("compare", masks, f"{masks}:more", "--paths", 32, "--out", "study") == 0
    printed = capsys.readouterr().out
    assert "1 cell differs" in printed
    assert "stocks depot/mask on_hand" in printed
    assert "same draws, by path" in printed
    assert Path("study/differences.csv").exists()


def test_compare_says_so_where_nothing_differs(masks: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("compare", masks, masks, "--paths", 32, "--out", "study") == 0
    assert "the inputs are the same" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("compare", "masks"), "nothing to compare with"),
        (("compare", "masks", "masks:mor"), "did you mean `more`"),
        (("compare", "masks", "nowhere:more"), "no such folder"),
        (("compare", "masks", "blank"), "time.start"),
        (("tornado", "masks", "--measure", "fil_rate"), "did you mean `fill_rate`"),
        (("tornado", "masks", "--measure", UNMET, "--resume", "--out", "new"), "cannot be resumed"),
        (("rare", "masks", "--tilt", "war:surge=2"), "there is no chain `war`"),
        (("requirement", "masks", "--date", "2024-02-01"), "a date needs a saved run"),
    ],
)
def test_misuse_ends_in_one_line_with_status_2(
    masks: Path, words: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert masks.exists()
    assert run(*words) == 2
    printed = capsys.readouterr().err
    assert message in printed
    assert printed.startswith("replenish: ")
    assert printed.count("\n") == 1


def test_an_unsound_case_ends_with_status_3(masks: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = "case,table_name,row_key,column,change,value\nmore,stocks,,on_hand,set,-5\n"
    (masks / "tables" / "cases.csv").write_text(table)
    assert run("compare", masks, f"{masks}:more") == 3
    assert "tables/cases.csv:2:value" in capsys.readouterr().err


def test_tornado_prints_the_widest_and_counts_what_was_skipped(masks: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("tornado", masks, "--measure", UNMET, "--paths", 32, "--out", "study", "--top", 1) == 0
    printed = capsys.readouterr().out
    assert "demand depot/mask/use/// mean" in printed
    assert "on_hand" not in printed  # the second
    assert "2 ranges run, 0 of them not told from none; 2 skipped" in printed
    assert "1: breaks min-above-max" in printed
    assert Path("study/tornado.svg").exists()


def test_a_stopped_tornado_ends_with_status_5_and_can_go_on(
    masks: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stop(*_: object) -> numbers.Effect:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(numbers, "effect", stop)
        assert run("tornado", masks, "--measure", UNMET, "--paths", 32, "--out", "study") == 5
    assert "--resume goes on" in capsys.readouterr().err
    assert run("tornado", masks, "--measure", UNMET, "--paths", 32, "--out", "study", "--resume") == 0


def test_rare_prints_the_estimate_and_warns_on_the_error_stream(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    replenish.write(surges(), tmp_path / "surges")
    words = ("rare", tmp_path / "surges", "--tilt", "regime:surge=2", "--paths", 400, "--out", tmp_path / "study")
    assert run(*words) == 0
    printed = capsys.readouterr()
    assert "depot/mask/use" in printed.out
    assert "effective paths" in printed.err
    assert (tmp_path / "study" / "estimates.csv").exists()


def test_requirement_prints_each_stock_of_a_scenario_and_of_a_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("requirement", "artillery") == 0
    at_start = capsys.readouterr().out
    assert "germany" in at_start
    replenish.simulate("artillery", paths=32, out=tmp_path / "run")
    assert run("requirement", tmp_path / "run", "--date", "2026-01-01") == 0
    assert capsys.readouterr().out != at_start
    assert run("requirement", tmp_path / "run", "--date", "2040-01-01") == 2


def test_requirement_says_so_where_nothing_is_required(masks: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("requirement", masks) == 0
    assert "no stock has a requirement" in capsys.readouterr().out
