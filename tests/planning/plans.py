"""Short ways to plans of small scenarios."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from replenish.arrays.groups import Floats
from replenish.multistage import Extensive, solve_extensive
from replenish.planning.frame import Frame, to_frame
from replenish.planning.graph import PlanModel, mean_model
from replenish.planning.problem import to_problem
from replenish.scenario import Scenario


@dataclass(frozen=True)
class Best:
    """The optimum on mean paths; arrays are (stage, ...)."""

    model: PlanModel
    found: Extensive

    @property
    def value(self) -> float:
        return self.found.value

    @cached_property
    def frame(self) -> Frame:
        return self.model.frame

    def __getitem__(self, variable: str) -> Floats:
        """Return a variable, or the values that a state leaves, in all stages."""
        name = variable if variable in self.frame.usual.variables else f"{variable}.after"
        return np.stack([self.found.decision(vertex, name) for vertex in range(len(self.found.vertices))])

    def order(self, holder: str, item: str, line: str) -> Floats:
        """Return what a holder orders in each stage."""
        return np.asarray(self["order"][:, self.frame.problem.labels.slot_of[line, item, holder]])

    def run(self, line: str) -> Floats:
        """Return the capacity that a line uses in each stage."""
        return np.asarray(self["run"][:, self.frame.problem.labels.line_of[line]])

    def shipped(self, giver: str, taker: str, item: str) -> Floats:
        """Return what leaves over a route in each stage."""
        flow = self.frame.problem.labels.flow_of[giver, taker, item]
        return np.asarray(self["shipped"][:, self.frame.sets.parcel_flow == flow].sum(axis=1))

    def held(self, holder: str, item: str) -> Floats:
        """Return what a stock has at the end of each stage and may still use, outside included."""
        cell = self.frame.problem.labels.cell_of[holder, item]
        return np.asarray(self["on_hand"][:, self.frame.sets.lots.cell == cell].sum(axis=1))


def best(scenario: Scenario, *, whole: bool = False, length: int = 1) -> Best:
    """Return the deterministic optimum."""
    model = mean_model(to_frame(to_problem(scenario, whole=whole, length=length)))
    return Best(model, solve_extensive(model.model))
