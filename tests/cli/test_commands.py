"""Each command does what it says, ends with the right status, and speaks in one line when it fails."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from replenish.cli import main


def test_one_cell_changed_changes_the_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study = tmp_path / "study"
    assert main(["new", str(study), "--from", "blank"]) == 0
    assert main(["run", str(study), "--paths", "64", "--out", str(tmp_path / "before")]) == 0
    stocks = study / "tables" / "stocks.csv"
    head, row = stocks.read_text().splitlines()[:2]
    cells = dict(zip(head.split(","), row.split(","), strict=True))
    cells["on_hand"] = "0"
    stocks.write_text("\n".join([head, ",".join(cells.values())]) + "\n")
    assert main(["run", str(study), "--paths", "64", "--out", str(tmp_path / "after")]) == 0
    before, after = (json.loads((tmp_path / name / "run.json").read_text()) for name in ("before", "after"))
    assert before["array_hash"] != after["array_hash"]
    assert before["input_hash"] != after["input_hash"]
    assert str(tmp_path / "after" / "report.html") in capsys.readouterr().out


def test_a_new_scenario_keeps_the_comments_of_its_example(tmp_path: Path) -> None:
    assert main(["new", str(tmp_path / "study")]) == 0
    assert "# first day of the first period" in (tmp_path / "study" / "scenario.toml").read_text()
    assert [path.name for path in tmp_path.iterdir()] == ["study"]


def test_new_takes_no_name_that_is_in_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "notes.txt").write_text("mine")
    assert main(["new", str(tmp_path / "study"), "--from", "blank"]) == 2
    assert main(["new", str(tmp_path / "other"), "--from", "nothing"]) == 2
    assert "there are air_rescue, antivirals, artillery, blank, petroleum" in capsys.readouterr().err


@pytest.mark.parametrize("example", ["air_rescue", "antivirals", "artillery", "blank", "petroleum"])
def test_examples_are_sound(example: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", example]) == 0
    assert "no errors, no warnings" in capsys.readouterr().out


def test_check_lists_problems_as_table_and_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study = tmp_path / "study"
    main(["new", str(study), "--from", "blank"])
    path = study / "tables" / "stocks.csv"
    path.write_text(path.read_text().replace("on_hand", "on_hnd"))
    capsys.readouterr()
    assert main(["check", str(study)]) == 3
    assert "on_hand" in capsys.readouterr().out
    assert main(["check", str(study), "--format", "json"]) == 3
    problems = json.loads(capsys.readouterr().out)["problems"]
    told = {"rule", "severity", "file", "row", "column", "value", "message", "remedy", "cell"}
    assert told == set(problems[0])
    assert main(["simulate", str(study), "--out", str(tmp_path / "run")]) == 3
    assert not (tmp_path / "run").exists()


def test_check_lists_the_defaults_in_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "blank", "--format", "json", "--defaults"]) == 0
    defaults = json.loads(capsys.readouterr().out)["defaults"]
    assert {"table", "row_key", "column", "default"} <= set(defaults[0])


def test_report_writes_the_page_of_a_saved_run_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = tmp_path / "run"
    assert main(["simulate", "blank", "--paths", "32", "--out", str(run)]) == 0
    assert not (run / "report.html").exists()
    assert main(["report", str(run)]) == 0
    assert main(["report", str(run), "--out", str(tmp_path / "page.html")]) == 0
    assert (run / "report.html").read_bytes() == (tmp_path / "page.html").read_bytes()
    assert (run / "report.xlsx").exists()
    assert main(["report", str(tmp_path)]) == 2
    assert "holds no run" in capsys.readouterr().err


def test_schema_is_json_and_can_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    printed = capsys.readouterr().out
    assert main(["schema", "--out", str(tmp_path / "schema.json")]) == 0
    assert json.loads(printed) == json.loads((tmp_path / "schema.json").read_text())


def test_doctor_finds_this_installation_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["doctor"]) == 0
    assert capsys.readouterr().out.count(": works") == 5


@pytest.mark.parametrize(
    "words",
    [
        ["check", "no_such_folder"],
        ["run"],
        ["run", "blank", "--paths", "0"],
        ["run", "blank", "--paths", "many"],
        ["run", "blank", "--seed", "-1"],
        ["runn", "blank"],
        ["check", "blank", "--format", "xml"],
    ],
)
def test_wrong_usage_ends_with_status_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_debug_shows_where_an_error_came_from() -> None:
    from replenish.errors import UsageError

    with pytest.raises(UsageError, match="no such folder"):
        main(["check", "no_such_folder", "--debug"])


def test_a_stop_by_the_user_ends_with_status_5(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from replenish.simulation import engine

    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(engine, "run_block", stop)
    assert main(["simulate", "blank", "--out", str(tmp_path / "run")]) == 5
    assert not (tmp_path / "run").exists()
    assert "stopped" in capsys.readouterr().err


def test_a_shell_completes_every_command_and_its_options(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "bash"]) == 0
    script = capsys.readouterr().out
    assert all(word in script for word in ("check", "export-xlsx", "tornado", "--measure", "--no-cases"))
    (tmp_path / "replenish.bash").write_text(script, encoding="utf-8")
    subprocess.run(["bash", "-n", str(tmp_path / "replenish.bash")], check=True)
    assert main(["completion", "no-such-shell"]) == 2


@pytest.mark.parametrize(
    "words",
    [
        ("ledger", "show", "--known-at", "31.12.2023"),
        ("ledger", "diff", "--known", "2023-12", "2023-12-31"),
        ("requirement", "artillery", "--date", "2024-02-30"),
        ("check", "blank", "--known-at", "soon"),
    ],
)
def test_what_is_no_day_is_told_with_the_form_of_one(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert main(list(words)) == 2
    assert "is no day; write a day as 2023-12-31" in capsys.readouterr().err
