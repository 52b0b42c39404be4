"""Monte Carlo simulation of a scenario in compiled kernels."""

from __future__ import annotations

from collections.abc import Callable

from replenish.errors import ScenarioError
from replenish.policy import Policies, to_calls, with_policies
from replenish.result import Result
from replenish.scenario import check
from replenish.scenario.model import Scenario
from replenish.simulation.session import Control, Session
from replenish.simulation.target import Target, parse_target
from replenish.simulation.versions import versions

__all__ = ["Control", "Target", "parse_target", "simulate", "versions"]


def simulate(
    scenario: Scenario,
    *,
    paths: int | None = None,
    seed: int | None = None,
    workers: int | None = None,
    policies: Policies | None = None,
    progress: Callable[[int], None] = lambda _: None,
    resume: Result | None = None,
    control: Control | None = None,
) -> Result:
    """Return the result of simulating `scenario`.

    Args:
        scenario: what to simulate.
        paths: number of paths; the scenario's if not given, or what was asked of the run that is resumed.
        seed: seed of all draws; the scenario's if not given, or that of the run that is resumed.
        workers: threads; one per processor if not given.  Results do not depend on it.
        policies: policies that replace those of the scenario, by who decides; see `replenish.policy`.
        progress: called with the number of paths finished since the last call.
        resume: a run of the same scenario and seed to go on with; its paths are not simulated again.
        control: when to end before all paths are done.

    Raises:
        ScenarioError: the scenario is not sound.
        UsageError: what is asked for does not fit in memory, or `resume` or `control` does not fit the scenario.
        KeyboardInterrupt: the run was stopped before any path was done.
    """
    scenario = with_policies(scenario, policies or {})
    problems = check(scenario, cases=())
    if any(problem.severity == "error" for problem in problems):
        raise ScenarioError(problems)
    settings, before = scenario.settings.simulation, resume.provenance if resume else None
    if seed is None:
        seed = before.seed if before else settings.seed
    paths = paths or (max(before.asked, before.paths) if before else settings.paths)
    session = Session(
        scenario,
        seed=seed,
        workers=workers,
        resume=resume,
        control=control or Control(),
        calls=to_calls(policies or {}),
    )
    return session.run(paths, progress)
