"""Runs that go on, stop, fail, or end when a number is exact enough."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

import replenish
from replenish.arrays import to_arrays
from replenish.errors import UsageError
from replenish.result import Result, load_result, save_result
from replenish.scenario.model import Scenario
from replenish.simulation import Control, Target, parse_target, simulate
from replenish.simulation import engine as engine_module
from replenish.simulation.engine import Simulation
from replenish.simulation.target import reached
from tests.simulation.random_scenarios import random_scenario
from tests.simulation.runs import every_series
from tests.simulation.small import small

TABLES = ("series", "dates", "summary", "scalars", "paths", "trajectories")


def with_collect(scenario: Scenario, **collect: Any) -> Scenario:
    """Return a scenario with these settings under `[collect]`."""
    settings = scenario.settings
    changed = settings.model_copy(update={"collect": settings.collect.model_copy(update=collect)})
    return scenario.model_copy(update={"settings": changed})


def kept() -> Scenario:
    """Return the small scenario, with trajectories of its stocks in the first 300 paths."""
    return with_collect(small(), trajectories=("on_hand", "fill_rate"), trajectory_paths=300)


def assert_same(result: Result, other: Result) -> None:
    """Hold two runs equal to the last bit, times apart."""
    assert result.provenance.array_hash == other.provenance.array_hash
    for name in TABLES:
        assert_frame_equal(getattr(result, name), getattr(other, name), check_exact=True)


@pytest.mark.parametrize("steps", [(1, 700), (31, 33, 700), (256, 700), (300, 512, 700), (699, 700)])
def test_a_run_that_goes_on_is_that_of_all_paths(steps: tuple[int, ...], tmp_path: Path) -> None:
    result = None
    for workers, paths in enumerate(steps, start=1):
        found = simulate(kept(), paths=paths, seed=4, workers=workers, resume=result)
        result = load_result(save_result(found, tmp_path / "run").folder or "")
    assert result is not None
    assert_same(result, simulate(kept(), paths=700, seed=4, workers=2))


@pytest.mark.parametrize("number", [3, 17, 41])
def test_a_random_run_that_goes_on_is_that_of_all_paths(number: int) -> None:
    scenario = random_scenario(number)
    first = simulate(scenario, paths=77, seed=4)
    assert_same(simulate(scenario, paths=301, resume=first), simulate(scenario, paths=301, seed=4))


def test_a_run_that_goes_on_simulates_no_path_again() -> None:
    counted: list[int] = []
    first = simulate(small(), paths=500, seed=4)
    simulate(small(), paths=800, resume=first, progress=counted.append)
    assert sum(counted) == 300


def test_what_does_not_belong_to_a_run_is_refused(tmp_path: Path) -> None:
    first = save_result(simulate(small(), paths=40, seed=4), tmp_path / "run")
    with pytest.raises(UsageError, match="cannot go on with another seed"):
        simulate(small(), paths=80, seed=5, resume=first)
    with pytest.raises(UsageError, match="cannot go on with another scenario"):
        simulate(kept(), paths=80, resume=first)
    with pytest.raises(UsageError, match="has 40 paths already"):
        simulate(small(), paths=30, resume=first)
    (tmp_path / "run" / "paths.parquet").write_bytes(b"nothing")
    with pytest.raises(UsageError, match="path_values has 0 rows, should have 40"):
        simulate(small(), paths=80, resume=load_result(tmp_path / "run"))
    (tmp_path / "run" / "statistics.npz").write_bytes(b"nothing")
    with pytest.raises(UsageError, match=r"statistics\.npz: cannot be read"):
        simulate(small(), paths=80, resume=first)


def test_statistics_of_other_series_are_refused(tmp_path: Path) -> None:
    first = simulate(small(), paths=40, seed=4)
    assert first.state is not None
    state = dict(first.state) | {"signature": np.zeros(32, np.uint8)}
    changed = Result(**{name: getattr(first, name) for name in Result.__slots__} | {"state": state})
    with pytest.raises(UsageError, match="not of these series"):
        simulate(small(), paths=80, resume=changed)


def test_a_run_that_is_stopped_keeps_the_first_paths_and_can_go_on(tmp_path: Path) -> None:
    stop = threading.Event()

    def halt(_: int) -> None:
        stop.set()

    stopped = replenish.simulate(
        kept(), paths=20_000, seed=4, workers=2, out=tmp_path / "run", stop=stop, progress=halt
    )
    done = stopped.provenance.paths
    assert (stopped.provenance.ended, stopped.provenance.asked) == ("stopped", 20_000)
    assert 0 < done < 20_000
    assert_same(stopped, simulate(kept(), paths=done, seed=4))
    again = replenish.simulate(resume=tmp_path / "run", paths=done + 100)
    assert_same(again, simulate(kept(), paths=done + 100, seed=4))
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_run_that_is_stopped_before_its_first_path_saves_nothing(tmp_path: Path) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(KeyboardInterrupt):
        replenish.simulate(small(), paths=100, out=tmp_path / "run", stop=stop)
    assert list(tmp_path.iterdir()) == []


def test_a_worker_that_fails_leaves_no_half_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = engine_module.run_group

    def fail(*arguments: Any, first: int, **options: Any) -> None:
        if first >= 512:
            raise MemoryError("no room for path 512")
        usual(*arguments, first=first, **options)

    before = threading.active_count()
    monkeypatch.setattr(engine_module, "run_group", fail)
    with pytest.raises(MemoryError, match="no room"):
        replenish.simulate(small(), paths=20_000, workers=3, out=tmp_path / "run")
    assert list(tmp_path.iterdir()) == []
    assert threading.active_count() == before


def test_an_error_while_parts_are_kept_stops_the_threads() -> None:
    arrays, labels = to_arrays(small())
    simulation = Simulation(arrays, every_series(arrays, labels), seed=1, workers=2)

    def fail(_: object) -> None:
        raise OSError("disk full")

    before = threading.active_count()
    with pytest.raises(OSError, match="disk full"):
        simulation.run(20_000, keep=fail)
    for thread in threading.enumerate()[before:]:
        thread.join(timeout=60)
    assert threading.active_count() == before


def test_scalars_and_trajectories_are_those_of_the_statistics() -> None:
    result = simulate(with_collect(kept(), scalars=("on_hand", "unmet_cumulative")), paths=300, seed=4)
    last = result.series.filter(pl.col("period") == pl.col("period").max())
    assert result.paths["path"].to_list() == list(range(300))
    compared = 0
    for row in result.scalars.iter_rows(named=True):
        labels = {name: row[name] for name in ("measure", "holder", "item", "purpose", "to_holder")}
        found = last.filter(**labels)
        if len(found):  # sums over all holders have no series in so small a study
            values = result.paths[row["column"]]
            assert values.mean() == pytest.approx(found["mean"][0], rel=1e-12)
            assert (values.min(), values.max()) == (found["minimum"][0], found["maximum"][0])
            compared += 1
    assert compared >= 8
    means = result.trajectories.group_by("measure", "holder", "item", "purpose", "period").agg(pl.col("value").mean())
    assert len(result.trajectories) == 300 * len(means)
    both = means.cast({"measure": pl.String, "holder": pl.String, "item": pl.String, "purpose": pl.String}).join(
        result.series, on=["measure", "holder", "item", "purpose", "period"]
    )
    assert len(both) == len(means)
    assert both["value"].to_numpy() == pytest.approx(both["mean"].to_numpy(), rel=1e-5)


def test_dates_of_single_paths_are_those_that_are_counted() -> None:
    result = simulate(with_collect(small(), scalars=("date_of_replenishment",)), paths=300, seed=4)
    assert set(result.scalars["measure"]) == {"date_of_replenishment"}
    for row in result.scalars.iter_rows(named=True):
        counts = result.dates.filter(measure="date_of_replenishment", holder=row["holder"], item=row["item"])
        counted = dict(counts.filter(pl.col("period").is_not_null()).select("period", "paths").iter_rows())
        values = result.paths[row["column"]]
        assert dict(values.filter(~values.is_nan()).cast(pl.Int64).value_counts().iter_rows()) == counted


def test_too_many_trajectories_are_refused_with_what_would_fit() -> None:
    with pytest.raises(UsageError, match=r"values, the limit is 33,554,432; .* trajectory_paths = \d+"):
        simulate(with_collect(small(), trajectories=("on_hand",)), paths=1_000_000)


TARGET = Target(measure="fill_rate", holder="front", item="round", standard_error=0.002)


def test_a_run_ends_when_its_target_is_reached_whatever_the_workers() -> None:
    results = [
        simulate(small(), paths=50_000, seed=4, workers=workers, control=Control(target=TARGET)) for workers in (1, 3)
    ]
    assert_same(*results)
    provenance = results[0].provenance
    assert provenance.ended == "target reached"
    assert provenance.paths in (1024, 2048, 4096, 8192, 16384, 32768)
    row = results[0].summary.filter(measure="fill_rate", holder="front")
    assert row["standard_error"].max() <= TARGET.standard_error  # type: ignore[operator]


def test_a_target_that_is_not_reached_is_said() -> None:
    target = Target(measure="stock_out_probability", standard_error=1e-6)
    provenance = simulate(small(), paths=1100, seed=4, control=Control(target=target)).provenance
    assert (provenance.paths, provenance.ended) == (1100, "target not reached")
    assert "standard error of stock_out_probability <= 1e-06; it is " in provenance.target


def test_a_share_that_was_never_seen_is_not_known_exactly() -> None:
    summary = pl.DataFrame({"measure": ["stock_out_probability"], "standard_error": [0.0]})
    target = Target(measure="stock_out_probability", standard_error=0.001)
    assert reached(target, summary, pl.DataFrame(), 500) == 1 / 500


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("fil_rate=0.1", "did you mean `fill_rate`"),
        ("fill_rate/frnt=0.1", "holder `frnt` of fill_rate.*did you mean `front`"),
        ("fill_rate/front/rond=0.1", "did you mean `round`"),
        ("fill_rate", "not understood"),
        ("fill_rate=x", "not understood"),
        ("fill_rate/a/b/c=1", "not understood"),
        ("fill_rate=0", "must be > 0"),
    ],
)
def test_a_target_that_there_is_not_is_refused_before_any_path(text: str, message: str) -> None:
    def none(_: int) -> None:
        raise AssertionError("paths were simulated")

    with pytest.raises(UsageError, match=message):
        simulate(small(), paths=5000, progress=none, control=Control(target=parse_target(text)))


def test_a_run_whose_folder_holds_another_by_now_is_not_mixed_up_with_it(tmp_path: Path) -> None:
    first = replenish.simulate("blank", paths=16, seed=1, out=tmp_path / "run")
    kept = first.paths
    second = replenish.simulate("blank", paths=16, seed=2, out=tmp_path / "run")
    assert not second.paths.equals(kept)
    with pytest.raises(UsageError, match="holds another run by now"):
        _ = first.paths
    with pytest.raises(UsageError, match="holds another run by now"):
        replenish.compare(first, second, out=tmp_path / "compared")
    shutil.rmtree(tmp_path / "run")
    with pytest.raises(UsageError, match="is gone"):
        _ = second.paths
