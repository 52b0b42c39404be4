"""What a plan decides first: how free each decision is at nearly the best value, and the one that is taken.

Where decisions tie, what a solver ends at is an accident. What is taken is near to a place in each range that does not
depend on it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from replenish.arrays.groups import Floats
from replenish.arrays.state import opening_state
from replenish.multistage import FirstDecision, NearOptimal, Policy
from replenish.planning.graph import PlanModel
from replenish.planning.names import Names, names_of
from replenish.planning.steps import RECORDED, First, to_held, to_runnable

WITHIN: Final = 1e-3
"""Decisions whose value is within this share of the best are taken as equally good."""

DECIDED: Final = {"order": "order", "shipped": "release", "release": "release", "run": "rate", "start": "start"}
"""What each block of the first stage decides."""

LOW, MIDDLE, HIGH = 0.0, 0.5, 1.0

AIMS: Final = {"order": LOW, "release": LOW}
"""Where in its range a decision is taken, if not in the middle: nothing is ordered or decided ahead for nothing."""


class Decided(NamedTuple):
    """One decision of the first stage: single variables of a block that are about one thing.

    block: of the variables.
    names: what it is about.
    entries: of the block.
    """

    block: str
    names: Names
    entries: tuple[int, ...]

    @property
    def key(self) -> str:
        """Return the name under which the decision is asked for."""
        return f"{self.block}[{self.entries[0]}]"


@dataclass(frozen=True)
class FirstStage:
    """The first stage of a plan with what training has learned of it."""

    model: PlanModel
    policy: Policy

    @property
    def node(self) -> str:
        """Return the node that is known, or most likely, at the start."""
        edges = self.model.model.children("root")
        return max(edges, key=lambda edge: edge.probability).child

    @property
    def incoming(self) -> Floats:
        """Return the incoming state, (state,)."""
        return np.asarray(self.model.frame.incoming(opening_state(self.model.frame.problem.arrays))[0])

    @property
    def time(self) -> Floats:
        """Return how long each line works in the stage, outages taken off, (line,)."""
        node = self.model.model.nodes[self.node]
        block = node.program.parameters.get("time")
        return np.zeros(0) if block is None else node.parameter_values()[0, block.places]

    def decisions(self) -> Iterator[Decided]:
        """Yield what is decided; parcels of one flow stand together, and what was decided before is left out."""
        waits, flow = self.model.frame.problem.arrays.flows.wait, self.model.frame.sets.parcel_flow
        for block in DECIDED:
            found: dict[tuple[tuple[str, str], ...], list[int]] = {}
            known = block in self.model.frame.program(0).variables
            for place, names in enumerate(names_of(self.model.frame, block) if known else []):
                if block != "shipped" or waits[flow[place]] == 0:
                    found.setdefault(tuple(sorted(names.items())), []).append(place)
            yield from (Decided(block, dict(key), tuple(own)) for key, own in found.items())

    def near_optimal(self, *, until: int | None = None) -> NearOptimal:
        """Return how free each decision is, by `Decided.key`, and the one that is taken.

        With `until`, cuts of that iteration and later ones are left out.
        """
        decided = list(self.decisions())
        groups = {one.key: {f"{one.block}[{place}]": 1.0 for place in one.entries} for one in decided}
        program = self.model.model.nodes[self.node].program
        came = dict(zip(program.states, self.incoming.tolist(), strict=True))
        aims = {one.key: self._aim(one) for one in decided}
        return self.policy.near_optimal(self.node, groups, came, aims=aims, within=WITHIN, until=until)

    def decision(self, variables: Mapping[str, Floats]) -> FirstDecision:
        """Return what the variables of the first stage decide, for paths of the programme."""
        return FirstDecision(self.node, {name: variables[name] for name in RECORDED if name in variables})

    def first(self, variables: Mapping[str, Floats]) -> First:
        """Return what the variables of the first stage decide, for the simulator."""
        decided = {name: variables[name] for name in RECORDED if name in variables}
        return First(self.node, self.incoming, to_held(self.model, decided, self.time))

    def told(self, decided: Decided, value: float) -> float:
        """Return a quantity of a decision as it is told: what lines run as a rate that they can run."""
        if decided.block != "run":
            return max(0.0, value)
        line = decided.entries[0]
        rate = np.array([value / self.time[line] if self.time[line] > 0 else 0.0])
        return float(to_runnable(rate, self.model.frame.problem.arrays.lines.min_rate[[line]])[0])

    def _aim(self, decided: Decided) -> float:
        """Return where in its range a decision is taken: what costs nothing is built at once, what costs waits."""
        if decided.block != "start":
            return AIMS.get(decided.block, MIDDLE)
        return LOW if self._costs[decided.names["expansion"]] > 0 else HIGH

    @property
    def _costs(self) -> Mapping[str, float]:
        return {row.name: row.cost for row in self.model.frame.problem.scenario.expansions}
