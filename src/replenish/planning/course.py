"""The course of a plan on mean paths: states and decisions of the optimum, stage by stage."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from replenish.arrays.groups import Floats
from replenish.multistage import Extensive
from replenish.planning.data import Data
from replenish.planning.frame import Frame

CLOSE = 1e-7
"""Relative difference up to which a path is still on the course."""

Bools = np.ndarray[tuple[int], np.dtype[np.bool_]]


@dataclass(frozen=True, slots=True)
class Course:
    """What the optimum on mean paths does; where costs tie, cuts alone may lead elsewhere at the same bound.

    Attributes:
        states: settled incoming state of each stage, (stage, state); see `Frame.settled`.
        demand: demand of each stage, (stage, demand).
        variables: decisions by block, (stage, entry).
    """

    states: Floats
    demand: Floats
    variables: dict[str, Floats]

    def follows(self, stage: int, states: Floats, demand: Floats) -> Bools:
        """Return which of some paths are on the course at the start of a stage, from settled states and demand.

        Both are (path, entry).
        """
        near = np.abs(states - self.states[stage]) <= CLOSE * np.maximum(1.0, np.abs(self.states[stage]))
        asked = np.abs(demand - self.demand[stage]) <= CLOSE * np.maximum(1.0, np.abs(self.demand[stage]))
        return np.asarray(near.all(axis=1) & asked.all(axis=1))


def to_course(found: Extensive, frame: Frame, data: list[Data], blocks: tuple[str, ...]) -> Course:
    """Return the course of an optimum over stages in a row.

    Args:
        found: the optimum of a model without branches.
        frame: what the stages share.
        data: parameters of each stage.
        blocks: variables to keep, of those that there are.
    """
    order = np.argsort(found.vertices.depth, kind="stable").tolist()
    names = list(dict.fromkeys(name.partition("[")[0] for name in frame.usual.states))
    states = [
        np.concatenate([np.zeros(0), *(found.decision(vertex, f"{name}.before").ravel() for name in names)])
        for vertex in order
    ]
    known = [block for block in blocks if block in frame.usual.variables]
    variables = {block: np.stack([found.decision(vertex, block).ravel() for vertex in order]) for block in known}
    settled = [frame.settled(state[None], told)[0] for state, told in zip(states, data, strict=True)]
    demand = [told.get("demand", np.zeros(0)) for told in data]
    return Course(np.stack(settled), np.stack(demand), variables)
