"""A simulation in which fleets that issue an item are used, fail and are repaired beside the stocks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypedDict, Unpack

from replenish import simulation
from replenish.errors import ScenarioError, UsageError
from replenish.policy import Policies
from replenish.result import Result
from replenish.scenario import check
from replenish.scenario.model import Scenario
from replenish.simulation import Control
from replenish.study.fleets.coupling import Coupling, is_coupled


class Options(TypedDict, total=False):
    """Options of `replenish.simulation.simulate` that this hands on."""

    paths: int | None
    seed: int | None
    workers: int | None
    policies: Policies | None
    progress: Callable[[int], None]
    resume: Result | None


def simulate(
    scenario: Scenario, *, sustain: bool = True, control: Control | None = None, **options: Unpack[Options]
) -> Result:
    """Return the result of simulating a scenario, with its fleets if one of them issues an item.

    A coupled result has the table `fleets` among its studies.  Without fleets that issue an item, or with
    `sustain=False`, nothing limits issues and the result is that of `replenish.simulation.simulate`.

    Raises:
        ScenarioError: the scenario is not sound.
        UsageError: as `replenish.simulation.simulate`; or a coupled run is to be gone on with.
        KeyboardInterrupt: the run was stopped before any path was done.
    """
    if not (sustain and is_coupled(scenario)):
        return simulation.simulate(scenario, control=control, **options)
    if options.get("resume") is not None:
        raise UsageError("a run with fleets cannot be gone on with: they are not kept; start a new run")
    problems = check(scenario, cases=())
    if any(problem.severity == "error" for problem in problems):
        raise ScenarioError(problems)
    settings, seed = scenario.settings.simulation, options.get("seed")
    seed = settings.seed if seed is None else seed
    coupling = Coupling(scenario, seed=seed, paths=options.get("paths") or settings.paths)
    beside = replace(control or Control(), beside=coupling.joint())
    found = simulation.simulate(scenario, control=beside, **options)
    table = coupling.record.table(found.calendar.starts, found.provenance.paths)
    return replace(found, studies={**found.studies, "fleets": table})
