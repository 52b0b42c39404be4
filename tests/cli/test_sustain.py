"""The commands on spares and repair: what they print, and how they end."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from replenish.cli import main
from replenish.study.spares import checking, lengths
from replenish.sustain.events import simulate_network

EXAMPLES = Path(lengths.__file__).parents[2] / "examples"
SHORT = ["--years", "5", "--histories", "8"]

Edit = Callable[[str, str, str], str]


@pytest.fixture
def rescue(tmp_path: Path) -> Edit:
    """Return a function that changes a text of a table in a copy of the helicopters, and gives the folder."""
    folder = tmp_path / "rescue"
    shutil.copytree(EXAMPLES / "air_rescue", folder)

    def edit(table: str, old: str, new: str) -> str:
        path = folder / "tables" / f"{table}.csv"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return str(folder)

    return edit


def plain(text: str) -> str:
    return text.replace("\xa0", " ").replace("\u2212", "-")


def run(capsys: pytest.CaptureFixture[str], *command: str) -> tuple[int, str, str]:
    """Return the exit status of a command, what it printed, and its errors."""
    status = main(["sustain", *command])
    out, error = capsys.readouterr()
    return status, plain(out), plain(error)


def test_evaluate_prints_fleets_servers_spares_and_says_what_is_wrong(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    status, out, error = run(capsys, "evaluate", "air_rescue", "--out", str(tmp_path / "s"))
    assert status == 0
    assert "75 % of systems are in service in the long run." in out
    assert "Systems that are down now wait mostly for Engine (88 %)" in out
    assert "Engine stands with their crews at 90 % of their time busy" in out
    assert "Without queues for repair the model would promise 4." in out
    assert "note: the law is an approximation for hoist" in error
    assert "warning" not in error
    assert (tmp_path / "s" / "report.html").exists()
    assert (tmp_path / "s" / "sustain_spares.csv").exists()


def test_optimise_prints_what_to_buy_and_its_simulation(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    status, out, _ = run(
        capsys, "optimise", "air_rescue", "--target-availability", "0.9", *SHORT, "--out", str(tmp_path / "s")
    )  # fmt: skip
    assert status == 0
    assert "What to buy, in the order in which it pays" in out
    assert "server: engine_stands" in out
    assert "Formulas beside simulation" in out
    assert "more raises systems in service from 75 % to 9" in out


def test_simulate_prints_means_with_their_errors(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    status, out, _ = run(capsys, "simulate", "air_rescue", *SHORT, "--out", str(tmp_path / "s"))
    assert status == 0
    assert "Parts owed, mean over histories; 15 of 34" in out
    assert "standard error" in out


def test_check_prints_every_number_beside_its_simulation(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    status, out, _ = run(capsys, "check", "air_rescue", *SHORT, "--out", str(tmp_path / "s"))
    assert status == 0
    assert out.count("parts owed") == 34
    assert out.count("availability") == 4
    assert "Formulas and simulation agree in all" in out or "too little happens to judge them" in out


def test_check_ends_with_4_where_an_exact_law_is_wrong(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busier(network: Any, *, servers: Any, **options: Any) -> Any:
        return simulate_network(network, servers=servers + 1, **options)

    monkeypatch.setattr(lengths, "simulate_network", busier)
    status, out, error = run(capsys, "check", "air_rescue", "--out", str(tmp_path / "s"))
    assert status == 4
    assert "differs" in out
    assert "numbers differ from the simulation by more than chance allows" in out
    assert "warning: servers busy of" in error
    assert (tmp_path / "s" / "report.html").exists()


def test_a_chosen_point_that_the_simulation_contradicts_ends_with_4(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "limit", lambda *_: 0.0)
    status, out, _ = run(
        capsys, "optimise", "air_rescue", "--target-availability", "0.9", "--out", str(tmp_path / "s")
    )  # fmt: skip
    assert status == 4
    assert "What to buy" in out  # shown all the same


def test_metric_comes_with_a_warning(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    status, _, error = run(capsys, "evaluate", "air_rescue", "--method", "metric", "--out", str(tmp_path / "s"))
    assert status == 0
    assert "warning: METRIC takes units outstanding for Poisson" in error


@pytest.mark.parametrize("command", ["evaluate", "simulate", "check"])
def test_servers_with_too_much_work_are_named_with_load_and_smallest_count(
    rescue: Edit, capsys: pytest.CaptureFixture[str], tmp_path: Path, command: str
) -> None:
    folder = rescue("servers", "depot,3,6,650000", "depot,2,6,650000")
    status, _, error = run(capsys, command, folder, "--out", str(tmp_path / "s"))
    assert status == 4
    assert "`engine_stands` get work for 2.7" in error
    assert "and are 2: give at least 3" in error
    assert not (tmp_path / "s").exists()


def test_a_target_that_no_budget_reaches_is_told_with_the_best(
    rescue: Edit, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    rescue("servers", "depot,3,6,650000", "depot,3,3,650000")
    folder = rescue("part_stock", "engine,depot,4,,", "engine,depot,4,,4\nengine,coast,0,,0\nengine,lakes,0,,0")
    status, _, error = run(capsys, "optimise", folder, "--target-availability", "0.99", "--out", str(tmp_path / "s"))
    assert status == 4
    assert "an availability of 0.99 is not reached at any budget: the best is 0.8" in error
    assert "the maximum of `engine` at" in error


def test_a_scenario_without_fleets_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, error = run(capsys, "evaluate", "blank")
    assert status == 2
    assert "fleets" in error


@pytest.mark.parametrize(
    ("table", "old", "new", "told"),
    [
        ("sites", "coast,Coast base,agency,depot,3", "coast,Coast base,agency,coast,3", "coast"),
        ("sites", "depot,Maintenance centre,agency,,", "depot,Maintenance centre,agency,alps,3", "alps"),
        ("parts", "engine,Engine,420000,0.0008", "engine,Engine,420000,-0.0008", "failure_rate"),
        ("breakdown", "engine,,,,0.25", "engine,,,,0.25\nengine,fuel_control,,,,0.1", "engine"),
        ("breakdown", "fuel_control,engine,,,,0.25", "fuel_control,engine,,,,0.7\nwinch_motor,engine,,,,0.6", "1.3"),
        ("fleets", "coast,light,8", "coast,glider,8", "glider"),
    ],
)  # fmt: skip
def test_a_table_that_makes_no_sense_is_named(
    rescue: Edit, capsys: pytest.CaptureFixture[str], table: str, old: str, new: str, told: str
) -> None:
    folder = rescue(table, old, new)
    status, _, error = run(capsys, "evaluate", folder)
    assert status == 3
    assert f"{table}.csv" in error
    assert told in error


def test_servers_that_no_optimum_may_add_are_told_with_their_limit(
    rescue: Edit, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder = rescue("servers", "depot,3,6,650000", "depot,1,2,650000")
    status, _, error = run(capsys, "optimise", folder, "--out", str(tmp_path / "s"))
    assert status == 4
    assert "give at least 3" in error
    assert "an optimum adds servers up to `most`, which allows fewer" in error


def test_a_budget_below_zero_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, error = run(capsys, "optimise", "air_rescue", "--budget", "-5")
    assert status == 2
    assert "budget is -5, must be >= 0" in error


def test_a_new_study_of_spares_says_how_to_go_on(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["new", str(tmp_path / "mine"), "--from", "air_rescue"]) == 0
    assert "then: replenish sustain evaluate" in capsys.readouterr().out


def test_an_option_out_of_its_range_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "optimise", "air_rescue", "--target-availability", "1.2")[0] == 2
    assert run(capsys, "check", "air_rescue", "--histories", "1")[0] == 2
    assert run(capsys, "evaluate", "air_rescue", "--method", "guess")[0] == 2


def test_a_report_of_a_run_shows_its_study_of_spares(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    folder, of = str(tmp_path / "s"), str(tmp_path / "run")
    assert main(["simulate", "air_rescue", "--paths", "2", "--out", of]) == 0
    assert main(["sustain", "evaluate", "air_rescue", "--out", folder]) == 0
    assert main(["report", of, "--sustain", folder]) == 0
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert '<section id="sustain">' in page
    assert "Engine stands with their crews" in page
    assert main(["report", of, "--sustain", str(tmp_path)]) == 2
    assert "holds no study of spares" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_ctrl_c_keeps_the_histories_that_are_done(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "replenish", "sustain", "check", "air_rescue", "--histories", "1000000"]
    process = subprocess.Popen(
        [*command, "--years", "5", "--no-progress", "--out", "s"], cwd=tmp_path, text=True, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )  # fmt: skip
    time.sleep(8)
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=120)
    if process.returncode == 5 and "nothing was saved" in error:  # too slow a machine to have begun
        return
    assert process.returncode == 5
    assert "stopping after the histories that have begun" in error
    assert "stopped; what was done is kept" in error
    assert (tmp_path / "s" / "report.html").exists()
