"""When training ends. A rule looks at what happened so far and gives its reason to stop, or nothing.

Combine rules with `AllOf` (each must hold) and `AnyOf` (one is enough).  No rule proves a policy optimal: only the
gap between the bound and the policy's own value does (`Policy.evaluate`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from replenish.multistage.modelling.expression import Floats


@dataclass(slots=True)
class Progress:
    """What a rule may look at; one entry for each iteration, in the caller's units.

    Attributes:
        bounds: bound of the model after each iteration.
        first: variables of the first stage; empty if the first stage has several outcomes.
        seconds: since training began.
        simulate: returns the costs of so many paths under the policy as it is, always on the same random futures.
    """

    bounds: list[float] = field(default_factory=list)
    first: list[Floats] = field(default_factory=list)
    seconds: float = 0.0
    simulate: Callable[[int], Floats] = np.zeros

    @property
    def iterations(self) -> int:
        """Return how many iterations are done."""
        return len(self.bounds)


class StoppingRule(Protocol):
    """What training asks of a rule."""

    def reason(self, progress: Progress) -> str:
        """Return why training should stop now, or an empty text."""
        ...  # pragma: no cover


@dataclass(frozen=True, slots=True)
class Iterations:
    """Stop after so many. Not alone, unless you know the problem: the number says nothing about quality."""

    count: int

    def reason(self, progress: Progress) -> str:
        """Return whether the count is reached."""
        return f"{self.count} iterations" if progress.iterations >= self.count else ""


@dataclass(frozen=True, slots=True)
class Seconds:
    """Stop after so much time. Not where results must repeat: the clock then decides how many iterations there are."""

    seconds: float

    def reason(self, progress: Progress) -> str:
        """Return whether the time is up."""
        return f"{self.seconds:g} seconds" if progress.seconds >= self.seconds else ""


@dataclass(frozen=True, slots=True)
class Stalled:
    """Stop when the bound moved less than a share of itself over some iterations.

    Not with few outcomes seen: a bound rests for a while before a rare outcome is walked. Take more iterations than it
    takes to see each outcome of a stage about once.
    """

    iterations: int = 50
    tolerance: float = 1e-4

    def reason(self, progress: Progress) -> str:
        """Return whether the bound rests."""
        if progress.iterations <= self.iterations:
            return ""
        before, now = progress.bounds[-1 - self.iterations], progress.bounds[-1]
        if abs(now - before) > self.tolerance * max(1.0, abs(now)):
            return ""
        return f"bound moved less than {self.tolerance:g} of itself over {self.iterations} iterations"


@dataclass(frozen=True, slots=True)
class FirstStage:
    """Stop when the decision of the first stage has rested: what is done now is what a planner acts on.

    Not where optima are many: decisions then wander although their value rests. It looks at the largest change of a
    variable, as a share of the largest variable; models whose first stage has several outcomes never stop by it.
    """

    iterations: int = 50
    tolerance: float = 1e-3

    def reason(self, progress: Progress) -> str:
        """Return whether the first decision rests."""
        recent = progress.first[-1 - self.iterations :]
        if len(recent) <= self.iterations or not recent[-1].size:
            return ""
        table = np.stack(recent)
        if np.ptp(table, axis=0).max() > self.tolerance * max(1.0, float(np.abs(table[-1]).max())):
            return ""
        return f"first decision moved less than {self.tolerance:g} over {self.iterations} iterations"


@dataclass(frozen=True, slots=True)
class Statistical:
    """Stop when the bound lies within the confidence interval of the policy's mean cost on simulated paths.

    The rule of Pereira and Pinto. Not with few paths or wide costs: a wide interval holds the bound early, and the rule
    rewards a bad estimate (Shapiro 2011, section 4). Not with risk measures: the mean is not what is optimised.
    """

    paths: int = 400
    every: int = 25
    z: float = 1.96

    def reason(self, progress: Progress) -> str:
        """Return whether bound and mean cannot be told apart."""
        if progress.iterations % self.every:
            return ""
        costs = progress.simulate(self.paths)
        half = self.z * float(costs.std(ddof=1)) / self.paths**0.5
        if abs(float(costs.mean()) - progress.bounds[-1]) > half:
            return ""
        return f"bound lies within {half:.4g} of the mean of {self.paths} simulated paths"


@dataclass(slots=True)
class Simulated:
    """Stop when the policy no longer changes what it costs on the same simulated paths, path by path.

    Compares the costs of paths with those some iterations ago: their mean absolute change, as a share of their mean.
    Not as proof: a policy may rest far from the optimum where the walks never led. Costs a simulation each time.
    """

    paths: int = 100
    every: int = 25
    tolerance: float = 1e-3
    _before: Floats | None = None

    def reason(self, progress: Progress) -> str:
        """Return whether costs of paths rest."""
        if progress.iterations % self.every:
            return ""
        before, self._before = self._before, progress.simulate(self.paths)
        size = self.tolerance * max(1e-12, float(np.abs(self._before).mean()))
        if before is None or float(np.abs(self._before - before).mean()) > size:
            return ""
        return f"costs of {self.paths} paths moved less than {self.tolerance:g} over {self.every} iterations"


@dataclass(frozen=True, slots=True)
class AllOf:
    """Stop when each of the rules says so at once."""

    rules: tuple[StoppingRule, ...]

    def __init__(self, *rules: StoppingRule) -> None:
        object.__setattr__(self, "rules", rules)

    def reason(self, progress: Progress) -> str:
        """Return all reasons, if there is one from each rule."""
        reasons = [rule.reason(progress) for rule in self.rules]
        return " and ".join(reasons) if all(reasons) else ""


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Stop when one of the rules says so."""

    rules: tuple[StoppingRule, ...]

    def __init__(self, *rules: StoppingRule) -> None:
        object.__setattr__(self, "rules", rules)

    def reason(self, progress: Progress) -> str:
        """Return the first reason."""
        return next((reason for rule in self.rules if (reason := rule.reason(progress))), "")


def default_rule(*, has_first: bool) -> StoppingRule:
    """Return the rule that is used if none is given: bound, first decision (if there is one) and simulated costs rest.

    Costs are looked at because a bound can rest long before the policy is good: where optima tie, cuts say too little
    about states that were not visited.
    """
    watched: list[StoppingRule] = [Stalled(), FirstStage()] if has_first else [Stalled()]
    return AllOf(*watched, Simulated(tolerance=1e-2))
