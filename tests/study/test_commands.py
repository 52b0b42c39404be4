"""Commands of studies print what they found, and end with the status that says how it went."""

from __future__ import annotations

from pathlib import Path

import pytest

import replenish
from replenish.cli import main
from replenish.scenario.model import Case
from replenish.study import numbers
from tests.study.test_delays import shipped
from tests.study.test_rare import surges
from tests.study.test_reaching import refilled
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
        (("delay", "masks", "--holder", "dpot"), "did you mean `depot`"),
        (("target", "masks"), "no table of targets"),
        (("target", "masks", "--name", "back", "--what", "spend"), "leave out --name or --what"),
        (("target", "masks", "--what", "unmet", "--at-most", 0.5), "needs a holder and an item"),
        (("rare", "masks", "--tilt", "war:surge=2"), "there is no chain `war`"),
        (("requirement", "masks", "--date", "2024-02-01"), "a date needs a saved run"),
    ],
)
def test_misuse_ends_in_one_line_with_status_2(
    masks: Path, words: tuple[object, ...], message: str, capsys: pytest.CaptureFixture[str]
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


def test_delay_prints_what_each_kind_costs_and_what_was_skipped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    replenish.write(shipped(), tmp_path / "masks")
    assert run("delay", tmp_path / "masks", "--days", 30, "--out", tmp_path / "study") == 0
    printed = capsys.readouterr().out
    assert "Change if one delay is 30 days longer; same draws, 8 paths" in printed
    assert "unmet_cumulative/user/mask" in printed
    assert "building skipped: the scenario has no such delay" in printed
    assert (tmp_path / "study" / "delays.csv").exists()


def test_target_prints_what_suffices_and_what_does_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    replenish.write(refilled(), tmp_path / "depot")
    words = ("target", tmp_path / "depot", "--what", "replenished", "--holder", "depot", "--item", "mask", "--by")
    assert run(*words, "2024-05-31", "--out", tmp_path / "study") == 0
    printed = capsys.readouterr().out
    assert "today 0 % (95 % interval 0 % to 37 %, 8 paths)" in printed.replace("\xa0", " ")
    assert "1.25 times" in printed.replace("\xa0", " ")
    assert "not reached by this alone up to 30 days: best is 0 % as it is" in printed.replace("\xa0", " ")
    assert run(*words, "2024-06-30", "--out", tmp_path / "met") == 0
    assert "met already" in capsys.readouterr().out


def test_a_stopped_target_ends_with_status_5(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stop(*_: object) -> object:
        raise KeyboardInterrupt

    monkeypatch.setattr("replenish.study.reaching._row", stop)
    replenish.write(refilled(), tmp_path / "depot")
    words = ("--what", "replenished", "--holder", "depot", "--item", "mask", "--by", "2024-05-31")
    assert run("target", tmp_path / "depot", *words, "--out", tmp_path / "study") == 5
    assert "what was done is kept" in capsys.readouterr().err


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
