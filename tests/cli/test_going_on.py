"""The command line stops, goes on and ends runs."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from replenish.cli import main
from replenish.result import load_result

ROOT = Path(__file__).resolve().parents[2]
CODE = "import sys; from replenish.cli import main; sys.exit(main())"


def test_a_run_goes_on_by_its_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second, whole = (str(tmp_path / name) for name in ("first", "second", "whole"))
    assert main(["simulate", "blank", "--paths", "100", "--out", first]) == 0
    assert main(["run", "--resume", first, "--paths", "300", "--out", second]) == 0
    assert main(["simulate", "blank", "--paths", "300", "--out", whole]) == 0
    assert load_result(second).provenance.array_hash == load_result(whole).provenance.array_hash
    assert "kept    every measure of everything; every period" in capsys.readouterr().out
    assert main(["simulate", "--resume", first]) == 0  # all that was asked for is there
    assert load_result(first).provenance.paths == 100


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["run"], "name a scenario, or a run to go on with by --resume"),
        (["run", "--resume", "nothing"], "holds no run"),
        (["run", "blank", "--until", "fill_rate"], "write MEASURE=SE"),
        (["run", "blank", "--until", "fil_rate=1"], "did you mean `fill_rate`"),
    ],
)
def test_misuse_is_said_in_one_line(
    words: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(words) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert not (tmp_path / "runs").exists() or list((tmp_path / "runs").iterdir()) == []


def test_a_run_says_whether_its_target_was_reached(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = str(tmp_path / "run")
    assert main(["simulate", "artillery", "--paths", "5000", "--until", "fill_rate/ukraine=0.005", "--out", out]) == 0
    assert "target reached after 1,024 paths: standard error of fill_rate/ukraine <= 0.005" in capsys.readouterr().out
    assert main(["simulate", "artillery", "--paths", "1030", "--until", "fill_rate=1e-9", "--out", out]) == 0
    assert "target not reached after 1,030 paths" in capsys.readouterr().out


@pytest.mark.skipif(sys.platform == "win32", reason="signals differ")
@pytest.mark.parametrize(("presses", "example"), [(1, "blank"), (2, "artillery")])
def test_ctrl_c_keeps_what_is_done_and_twice_ends_at_once(presses: int, example: str, tmp_path: Path) -> None:
    """The large example takes seconds to end well, time enough for the second press."""
    path = os.pathsep.join([str(ROOT / "src"), os.environ.get("PYTHONPATH", "")])
    words = ["run", example, "--paths", "5000000", "--out", "run", "--no-progress"]
    process = subprocess.Popen(
        [sys.executable, "-c", CODE, *words], cwd=tmp_path, env=os.environ | {"PYTHONPATH": path},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    end = time.monotonic() + 120
    while not list(tmp_path.glob(".run-paths-*/*.parquet")) and time.monotonic() < end:
        time.sleep(0.05)  # until the first paths are put away
    process.send_signal(signal.SIGINT)
    if presses == 2:
        assert process.stderr is not None
        assert "Ctrl-C again ends at once" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
    out, error = process.communicate(timeout=120)
    assert process.returncode == 5, error
    if presses == 2:
        assert "stopped; nothing was saved" in error
        assert list(tmp_path.iterdir()) == []
        return
    done = load_result(tmp_path / "run").provenance.paths
    told = re.search(
        r"stopped after ([\d,]+) of 5,000,000 paths; continue with: replenish run --resume run --paths", out
    )
    assert told is not None
    assert int(told[1].replace(",", "")) == done > 0
    assert {path.name for path in tmp_path.iterdir()} == {"run"}
    assert (tmp_path / "run" / "report.html").is_file()
