"""Whether the chosen first decision is as good as the cuts say: training walks from it, and it is tried on paths.

Cuts are loose where training did not walk, so that a decision may look nearly the best and be far from it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from replenish.multistage import FirstDecision, NearOptimal, Policy, Seconds, resume
from replenish.multistage.policy.policy import Row
from replenish.multistage.train import STOPPED
from replenish.planning.first import WITHIN, FirstStage

RESERVED: Final = 0.2
"""Share of the minutes, and at most of the iterations, that is kept for training from the chosen decision."""

ROUNDS, ROUND = 3, 10
"""So many times at most, so many iterations from the chosen decision are trained; then it is chosen anew."""

RISE: Final = 0.1
"""Share of the tolerance by which the chosen decision may rise above it and be nearly the best: cuts never rest."""

TRIED: Final = 200
"""Paths of the programme on which the chosen decision and the solver's own are tried."""

ERRORS: Final = 2.0
"""Standard errors by which the chosen decision may be dearer beyond the tolerance."""


class Tried(NamedTuple):
    """How the chosen first decision did beside the solver's own on the same paths of the programme.

    paths: how many.
    more: mean of what it costs more [share of the mean cost of the solver's own].
    error: standard error of that.
    is_taken: whether it is what the plan says and does; if not, the solver's own is.
    """

    paths: int
    more: float
    error: float
    is_taken: bool

    @property
    def words(self) -> str:
        """Return how it did, in a sentence or two."""
        told = f"costs {abs(self.more):.2%} (standard error {self.error:.2%}) {'more' if self.more >= 0 else 'less'}"
        found = f"Tried on {self.paths} paths of the programme: the chosen first decision {told} than the solver's own."
        if self.is_taken:
            return found
        return (
            f"{found} That is more than its tolerance of {WITHIN:.1%}, so the plan says and does the solver's"
            " own, one of many where decisions tie, and ranges are too wide; more minutes of training help."
        )


def reserved(iterations: int) -> int:
    """Return how many iterations of a limit are kept for training from the chosen decision."""
    return min(ROUNDS * ROUND, int(iterations * RESERVED))


def walk_from_chosen(stage: FirstStage, *, iterations: int, minutes: float, report: Callable[[Row], None]) -> None:
    """Train on from the chosen first decision until it is still nearly the best after cuts were made from it.

    Limits are those of all training of the policy.
    """
    policy, ended, before = stage.policy, stage.policy.ended, len(stage.policy.rows)
    for _ in range(ROUNDS):
        left, seconds = iterations - len(policy.rows), 60 * minutes - policy.rows[-1].seconds
        if left < 1 or seconds <= 0 or STOPPED in policy.ended:
            break
        chosen = stage.decision(stage.near_optimal().variables)
        resume(policy, iterations=min(ROUND, left), stopping=Seconds(seconds), first=chosen, report=report)
        if _is_near(policy, chosen):
            break
    walked = len(policy.rows) - before
    stopped = f"; {STOPPED}" if STOPPED in policy.ended and STOPPED not in ended else ""
    policy.ended = f"{ended}; then {walked} iterations from the chosen decision{stopped}" if walked else ended


def _is_near(policy: Policy, chosen: FirstDecision) -> bool:
    best, value = policy.value_of_first(chosen._replace(variables={})), policy.value_of_first(chosen)
    return value - best <= (1 + RISE) * WITHIN * max(1.0, abs(best))


def try_chosen(stage: FirstStage, near: NearOptimal, *, seed: int) -> Tried:
    """Return how the chosen first decision does beside the solver's own on the same paths of the programme."""
    own, chosen = (
        stage.policy.simulate(TRIED, record=(), seed=seed, first=stage.decision(variables)).total
        for variables in (near.best_variables, near.variables)
    )
    size, difference = max(1.0, abs(float(own.mean()))), chosen - own
    more, error = float(difference.mean()) / size, float(difference.std(ddof=1)) / TRIED**0.5 / size
    return Tried(TRIED, more, error, more <= WITHIN + ERRORS * error)
