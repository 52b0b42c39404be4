"""A plan in the simulator: at each review it sees the state of a path and decides."""

from __future__ import annotations

import threading
from collections.abc import Callable

from replenish.arrays.groups import Floats
from replenish.planning.decisions import to_joint
from replenish.planning.plan import Plan
from replenish.policy import CalledRole, Joint
from replenish.result import Result
from replenish.scenario.model import Scenario
from replenish.simulation import Control
from replenish.simulation.called import Block
from replenish.study.coupled import simulate


def to_policies(plan: Plan) -> Joint:
    """Return a plan as the policies of a simulation; it takes every decision that it was made for."""
    steps = plan.steps()

    def decide(block: Block) -> dict[CalledRole, Floats]:
        return steps.answer(block.period, int(block.paths[0]), block.state())

    decide.__name__ = f"a plan by {plan.options.method}"
    return to_joint(plan.problem.decisions, decide)


def simulate_plan(
    plan: Plan,
    *,
    scenario: Scenario | None = None,
    paths: int | None = None,
    seed: int | None = None,
    workers: int | None = None,
    progress: Callable[[int], None] = lambda _: None,
    stop: threading.Event | None = None,
) -> Result:
    """Return what a plan does on simulated paths, with everything that its programme does not see.

    Args:
        plan: what decides.
        scenario: the plan's own if None; else one that differs only in what is collected.
        paths: number of paths; the scenario's if None.
        seed: of all draws; the scenario's if None.
        workers: threads; one per processor if None.
        progress: called with the number of paths finished since the last call.
        stop: once it is set, what has begun is finished.

    Raises:
        SolveError: a stage has no decision from a state of a path.
    """
    return simulate(
        scenario or plan.problem.scenario, paths=paths, seed=seed, workers=workers, policies=to_policies(plan),
        progress=progress, control=Control(stop=stop),
    )  # fmt: skip
