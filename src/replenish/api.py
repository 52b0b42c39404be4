"""Whole commands as functions: check, simulate, save, report."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from replenish.policy import Policies
from replenish.report import write_report
from replenish.result import Result, refuse_other, save_result
from replenish.scenario import Scenario
from replenish.scenario.examples import read_scenario
from replenish.simulation import simulate as simulate_scenario

Source = Scenario | Path | str


def simulate(
    source: Source,
    *,
    paths: int | None = None,
    seed: int | None = None,
    workers: int | None = None,
    out: Path | str | None = None,
    policies: Policies | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Result:
    """Check, simulate and save a scenario, and return the result.

    Args:
        source: a scenario, its folder, or the name of an example.
        paths: number of paths; the scenario's if not given.
        seed: seed of all draws; the scenario's if not given.
        workers: threads; one per processor if not given.  Results do not depend on it.
        out: folder of the run; a new one under `runs/` if not given.  A run that is there is replaced.
        policies: policies that replace those of the scenario, by who decides; see `replenish.policy`.
        progress: called with the number of paths finished since the last call.

    Raises:
        ScenarioError: the scenario is not sound.
        UsageError: there is no such scenario, or `out` holds something that is not a run.
    """
    scenario = read_scenario(source)
    folder = Path(out) if out is not None else new_folder(source)
    refuse_other(folder)  # before the work, not after it
    result = simulate_scenario(
        scenario, paths=paths, seed=seed, workers=workers, policies=policies, progress=progress
    )  # fmt: skip
    return save_result(result, folder)


def run(
    source: Source,
    *,
    paths: int | None = None,
    seed: int | None = None,
    workers: int | None = None,
    out: Path | str | None = None,
    policies: Policies | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Result:
    """Do what `simulate` does and write `report.html` into the folder of the run."""
    result = simulate(
        source, paths=paths, seed=seed, workers=workers, out=out, policies=policies, progress=progress
    )  # fmt: skip
    assert result.folder is not None  # simulate has saved it
    write_report(result, result.folder / "report.html")
    return result


def new_folder(source: Source) -> Path:
    """Return a folder under `runs/` named after the scenario and the time."""
    name = "scenario" if isinstance(source, Scenario) else Path(source).resolve().name
    return Path("runs") / f"{name}-{datetime.now(UTC):%Y%m%d-%H%M%S}"
