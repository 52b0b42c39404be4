"""Who decides where a study changes a scenario: its own rules, given policies, or a function that plans anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from replenish.errors import UsageError
from replenish.policy import Policies
from replenish.scenario import Scenario

Planner = Callable[[Scenario], Policies]
"""Makes policies for a scenario; it sees what a study has changed in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deciding:
    """Policies that are the same in every run of a study, or a planner that makes them anew for each."""

    policies: Policies | None = None
    decider: Planner | None = None

    def __post_init__(self) -> None:
        """Refuse both at once.

        Raises:
            UsageError: policies and a decider are given.
        """
        if self.policies is not None and self.decider is not None:
            raise UsageError("policies and decider are both given; a decider makes the policies, so leave one out")

    def __call__(self, scenario: Scenario) -> Policies | None:
        """Return the policies for a scenario."""
        return self.policies if self.decider is None else self.decider(scenario)
