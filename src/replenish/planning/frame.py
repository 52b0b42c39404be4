"""A problem with the programmes of its stages, ready to be joined to a model."""

from __future__ import annotations

from dataclasses import dataclass

from replenish.arrays.groups import Floats
from replenish.arrays.state import State
from replenish.multistage import Program
from replenish.planning.data import Data, Teller
from replenish.planning.problem import Problem
from replenish.planning.programme.build import to_stage
from replenish.planning.programme.opening import settle, to_incoming
from replenish.planning.programme.sets import Sets, to_sets
from replenish.planning.programme.symbols import Symbols


@dataclass(frozen=True, slots=True)
class Frame:
    """What all nodes of a plan share.

    Attributes:
        problem, sets: the numbers of the scenario and what rows are about.
        symbols: the parts of the usual stage by name.
        usual, last: the programme of every stage but the last, and of the last.
        teller: gives parameters their values.
    """

    problem: Problem
    sets: Sets
    symbols: Symbols
    usual: Program
    last: Program
    teller: Teller

    def program(self, stage: int) -> Program:
        """Return the programme of a stage."""
        return self.last if stage == len(self.problem.stages) - 1 else self.usual

    def data(self, stage: int, chance: Floats, *, is_begun: bool | None = None) -> Data:
        """Return the parameters of a stage that its programme has; the first has begun with the opening state."""
        begun = stage == 0 if is_begun is None else is_begun
        told = self.teller.data(stage, chance, is_begun=begun)
        return {name: told[name] for name in self.program(stage).parameters}

    def incoming(self, state: State) -> Floats:
        """Return the incoming states of a stage that begins now, (lane, state)."""
        return to_incoming(self.symbols, state, self.usual.states)

    def settled(self, incoming: Floats, data: Data) -> Floats:
        """Return incoming states, (path, state), with what a stage with these parameters brings counted as there."""
        return settle(self.symbols, incoming, data, self.usual.states)


def to_frame(problem: Problem) -> Frame:
    """Return a problem with the programmes of its stages."""
    sets = to_sets(problem)
    symbols, last = to_stage(problem, sets, is_last=False), to_stage(problem, sets, is_last=True)
    return Frame(problem, sets, symbols, symbols.stage.program(), last.stage.program(), Teller(problem, symbols))
