"""A run is saved whole, read back unchanged, and never replaces what is not a run."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import replenish
from replenish.errors import ScenarioError, UsageError
from replenish.result import Result, load_result, save_result
from replenish.result import folder as folder_module


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Result:
    return replenish.run("blank", paths=64, out=tmp_path_factory.mktemp("runs") / "blank")


def test_a_saved_run_reads_back_unchanged(saved: Result) -> None:
    assert saved.folder is not None
    again = load_result(saved.folder)
    assert again.provenance == saved.provenance
    assert again.scenario == saved.scenario
    assert again.calendar == saved.calendar
    for name in ("series", "dates", "summary", "scalars", "paths", "trajectories"):
        assert_frame_equal(getattr(again, name), getattr(saved, name))


def test_a_run_holds_tables_scenario_report_and_how_to_repeat_it(saved: Result) -> None:
    assert saved.folder is not None
    names = {path.name for path in saved.folder.iterdir()}
    assert names == {
        "run.json", "quantiles.parquet", "measures.parquet", "dates.parquet", "scalars.parquet", "paths.parquet",
        "statistics.npz", "scenario", "report.html", "report.xlsx",
    }  # fmt: skip
    about = json.loads((saved.folder / "run.json").read_text())
    assert {"seed", "paths", "input_hash", "array_hash", "versions"} <= set(about)


def test_the_saved_scenario_repeats_the_run(saved: Result, tmp_path: Path) -> None:
    assert saved.folder is not None
    again = replenish.simulate(saved.folder / "scenario", paths=64, out=tmp_path / "again", workers=2)
    assert again.provenance.array_hash == saved.provenance.array_hash
    assert again.provenance.input_hash == saved.provenance.input_hash


def test_another_seed_gives_another_hash_of_arrays_but_the_same_input(saved: Result, tmp_path: Path) -> None:
    other = replenish.simulate("blank", paths=64, seed=99, out=tmp_path / "other")
    assert other.provenance.array_hash != saved.provenance.array_hash


def test_a_run_replaces_a_run_and_nothing_else(saved: Result, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    save_result(saved, folder)
    save_result(saved, folder)
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("years of work")
    with pytest.raises(UsageError, match="holds something that is not a run"):
        replenish.simulate("blank", paths=32, out=tmp_path / "thesis")
    assert [path.name for path in (tmp_path / "thesis").iterdir()] == ["chapter.txt"]


def test_a_failure_while_saving_keeps_the_old_run_and_leaves_nothing_behind(
    saved: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "run"
    save_result(saved, folder)
    before = (folder / "run.json").read_text()

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(folder_module, "write", fail)
    with pytest.raises(OSError, match="disk full"):
        save_result(saved, folder)
    assert (folder / "run.json").read_text() == before
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_folder_without_a_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"holds no run \(no run\.json\)"):
        load_result(tmp_path)


@pytest.mark.parametrize("content", ["{", "[]", '{"format": 1}', '{"format": 99}', '{"seed": 1}'])
def test_a_broken_run_file_is_an_error_of_one_line(saved: Result, tmp_path: Path, content: str) -> None:
    folder = tmp_path / "run"
    save_result(saved, folder)
    (folder / "run.json").write_text(content)
    with pytest.raises(UsageError, match="run the scenario again"):
        load_result(folder)


def test_a_broken_table_is_named(saved: Result, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    save_result(saved, folder)
    (folder / "quantiles.parquet").write_bytes(b"not parquet")
    with pytest.raises(UsageError, match=r"quantiles\.parquet"):
        load_result(folder)


def test_a_policy_given_in_python_replaces_that_of_the_scenario(tmp_path: Path) -> None:
    scenario = replenish.load("artillery")
    lines = {line.name: replenish.RunAtMaximum() for line in scenario.lines}
    usual = replenish.simulate(scenario, paths=32, out=tmp_path / "usual")
    fast = replenish.simulate(scenario, paths=32, out=tmp_path / "fast", policies=lines)

    def made(result: Result) -> float:
        return float(result.series.filter(pl.col("measure") == "production")["mean"].sum())

    assert made(fast) > made(usual)
    assert fast.provenance.input_hash != usual.provenance.input_hash


def test_a_policy_for_nobody_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="unknown"):
        replenish.simulate("blank", out=tmp_path / "run", policies={"no_such_line": replenish.RunAtMaximum()})
    with pytest.raises(ValueError, match="names who decides"):
        replenish.simulate("blank", out=tmp_path / "run", policies={("a", "b"): replenish.RunAtMaximum()})


def test_a_measure_that_there_is_not_is_refused_with_the_nearest_one(tmp_path: Path) -> None:
    scenario = replenish.load("blank")
    collect = scenario.settings.collect.model_copy(update={"measures": ("on_hnd",)})
    settings = scenario.settings.model_copy(update={"collect": collect})
    with pytest.raises(ScenarioError, match=r"on_hnd.*unknown-measure.*did you mean `on_hand`"):
        replenish.simulate(scenario.model_copy(update={"settings": settings}), out=tmp_path / "run")


def test_only_the_chosen_measures_holders_and_items_are_kept(tmp_path: Path) -> None:
    scenario = replenish.load("artillery")
    collect = scenario.settings.collect.model_copy(
        update={"measures": ("on_hand",), "holders": ("germany",), "items": ("round_155",)}
    )
    chosen = scenario.model_copy(
        update={
            "settings": scenario.settings.model_copy(update={"collect": collect}),
            "observations": (),
            "evidence": tuple(row for row in scenario.evidence if row.table_name != "observations"),
        }
    )
    run = replenish.simulate(chosen, paths=32, out=tmp_path / "run")
    assert run.series.select("measure", "holder", "item").unique().rows() == [("on_hand", "germany", "round_155")]


def test_a_saved_run_saved_elsewhere_can_still_go_on(saved: Result, tmp_path: Path) -> None:
    assert saved.folder is not None
    copied = save_result(load_result(saved.folder), tmp_path / "copy")
    again = replenish.simulate(resume=copied.folder, paths=100, out=tmp_path / "more")
    assert (
        again.provenance.array_hash == replenish.simulate("blank", paths=100, out=tmp_path / "a").provenance.array_hash
    )
    assert load_result(copied.folder or "").provenance.paths == 64


def test_nothing_to_simulate_is_said() -> None:
    with pytest.raises(UsageError, match="name a scenario, or a run to go on with"):
        replenish.simulate()


def test_memory_does_not_grow_with_the_number_of_paths_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is kept of single paths leaves memory in files, which are gone once the run is saved."""
    from replenish.result import growing

    monkeypatch.setattr(growing, "ROWS", 300)
    seen: list[int] = []

    def look(_: int) -> None:
        seen.append(len(list(tmp_path.glob(".run-paths-*/*.parquet"))))

    result = replenish.simulate("blank", paths=1500, out=tmp_path / "run", progress=look)
    assert max(seen) >= 2
    assert result.paths["path"].to_list() == list(range(1500))
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
