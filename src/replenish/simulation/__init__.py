"""Monte Carlo simulation of a scenario in compiled kernels."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version

from replenish.arrays import to_arrays, to_calendar
from replenish.errors import Problem, ScenarioError
from replenish.policy import Policies, with_policies
from replenish.result import Provenance, Result
from replenish.scenario import check, input_hash
from replenish.scenario.model import Scenario
from replenish.simulation.engine import run_paths
from replenish.simulation.series import choose_series, find_unknown_measures, to_series
from replenish.simulation.summary import summarise
from replenish.simulation.tables import dates_table, series_table

__all__ = ["find_refusals", "simulate", "versions"]


def simulate(
    scenario: Scenario,
    *,
    paths: int | None = None,
    seed: int | None = None,
    workers: int | None = None,
    policies: Policies | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Result:
    """Return the result of simulating `scenario`.

    Args:
        scenario: what to simulate.
        paths: number of paths; the scenario's if not given.
        seed: seed of all draws; the scenario's if not given.
        workers: threads; one per processor if not given.  Results do not depend on it.
        policies: policies that replace those of the scenario, by who decides; see `replenish.policy`.
        progress: called with the number of paths finished since the last call.

    Raises:
        ScenarioError: the scenario is not sound.
    """
    started = datetime.now(UTC)
    clock = time.perf_counter()
    scenario = with_policies(scenario, policies or {})
    problems = [*check(scenario), *find_refusals(scenario)]
    if any(problem.severity == "error" for problem in problems):
        raise ScenarioError(problems)
    settings = scenario.settings.simulation
    paths, seed = paths or settings.paths, settings.seed if seed is None else seed
    arrays, labels = to_arrays(scenario)
    names = choose_series(arrays, labels, scenario.settings.collect)
    series = to_series(arrays, names)
    totals = run_paths(arrays, series, paths=paths, seed=seed, workers=workers, progress=progress)
    days = to_calendar(scenario)
    table, dates = series_table(names, series, totals, labels, days), dates_table(arrays, totals, labels)
    provenance = Provenance(
        seed=seed, paths=paths, input_hash=input_hash(scenario), array_hash=totals.array_hash(), versions=versions(),
        seconds=time.perf_counter() - clock, started=started.isoformat(timespec="seconds"),
    )  # fmt: skip
    return Result(
        scenario=scenario, calendar=days, series=table, dates=dates, provenance=provenance,
        summary=summarise(scenario, days, table, dates, paths),
    )  # fmt: skip


def find_refusals(scenario: Scenario) -> list[Problem]:
    """Return why a sound scenario cannot be simulated: unknown measures."""
    return list(find_unknown_measures(scenario.settings.collect))


def versions() -> dict[str, str]:
    """Return the versions of what a run depends on."""
    parts = ("replenish", "numpy", "numba", "scipy", "polars", "pydantic")
    return {"python": platform.python_version(), **{part: version(part) for part in parts}}
