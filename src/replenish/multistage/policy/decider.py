"""What a policy does from many states at once, with nothing left to prepare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from threading import Lock
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from replenish.errors import SolveError
from replenish.multistage.modelling.expression import Floats, Ints
from replenish.multistage.policy.simulation import column_places
from replenish.multistage.solving.crew import Crew, Work, to_tasks
from replenish.multistage.solving.lanes import Found, Start
from replenish.multistage.solving.whole import Whole
from replenish.multistage.tables.prepare import Prepared

Parameters: TypeAlias = npt.ArrayLike | Mapping[str, npt.ArrayLike] | None


class Decided(NamedTuple):
    """What a policy does at a node from some states, in the caller's units.

    value: cost of the stage and all that follows, (row,).
    cost: of the stage alone, (row,).
    variables: by name, (row, *shape of the variable).
    gradient: of the value by the incoming state, (row, state).
    """

    value: Floats
    cost: Floats
    variables: dict[str, Floats]
    gradient: Floats


class Decider:
    """The cuts of a policy as they were when this was made, ready to decide.

    What a call returns depends on nothing that was decided before and not on threads, but where optima tie, a row may
    depend on the others of its call.  Threads may share one: then they wait for each other.  One each does not wait.
    """

    def __init__(self, prepared: Prepared, work: Work, *, width: int) -> None:
        """Take over the cuts; programmes are made when a node is asked for first.

        Raises:
            ValueError: the width is below 1.
        """
        if width < 1:
            raise ValueError(f"the width is {width}; at least one state is solved at a time")
        self._prepared, self._width, self._lock = prepared, width, Lock()
        self._tables = prepared.tables.copied()
        following = np.concatenate([one.child for one in prepared.branches])
        whole = Whole.find(self._tables, prepared.first.child, following)
        self._crew = Crew(self._tables, work, whole, most_programmes=1)
        self._starts: dict[int, Start | None] = {}

    def states(self, node: str) -> tuple[str, ...]:
        """Return the names of the incoming states of a node, in the order in which `decide` takes them.

        Raises:
            ValueError: there is no such node.
        """
        return self._prepared.structure(self._number(node)).program.states

    def decide(
        self,
        node: str,
        states: npt.ArrayLike,
        parameters: Parameters = None,
        *,
        record: Sequence[str] | None = None,
    ) -> Decided:
        """Return what the policy does at a node.

        Args:
            node: its name.
            states: (row, state), in the order of `states(node)`.
            parameters: (row, entry), all entries in the order of the stage; or some by name, each (row, *shape) or of
                its shape alone. What is not given is that of the node's first outcome.
            record: names of the variables to return; all if None.

        Raises:
            ValueError: a name is unknown, a shape does not fit, or a number is not finite.
            SolveError: the node has no optimum from one of the states.
        """
        number = self._number(node)
        chosen = self._recorded(number, record)
        came = self._states(number, states)
        values = self._values(number, len(came), parameters)
        slope = np.zeros((len(came), self._prepared.structure(number).program.incoming.size))
        value, cost = np.zeros(len(came)), np.zeros(len(came))
        variables = {name: np.zeros((len(came), len(places))) for name, (places, _) in chosen.items()}
        into, scale = self._into(number)
        with self._lock:
            for first in range(0, len(came), self._width):
                part = slice(first, first + self._width)
                found = self._solve(number, came[part], values[part])
                value[part], cost[part] = found.answers["value"], found.answers["cost"]
                slope[part] = found.slopes[:, into] / scale
                for name, (places, factor) in chosen.items():
                    variables[name][part] = found.primal[:, places] * factor
        unit, blocks = self._prepared.to_value(1.0), self._prepared.structure(number).program.variables
        shaped = {name: table.reshape(-1, *blocks[name].shape) for name, table in variables.items()}
        return Decided(unit * value, unit * cost, shaped, unit * slope)

    def _number(self, node: str) -> int:
        names = self._prepared.layout.names
        if node not in names:
            raise ValueError(f"there is no node `{node}`; nodes are {', '.join(names[:10])}")
        return names.index(node)

    def _recorded(self, node: int, record: Sequence[str] | None) -> dict[str, tuple[Ints, Floats]]:
        """Return where the variables to return stand, and their scales.

        Raises:
            ValueError: a name is not that of a variable.
        """
        known = self._prepared.structure(node).program.variables
        if unknown := [name for name in record or () if name not in known]:
            raise ValueError(f"no variable is called {', '.join(unknown)}; there are {', '.join(known)}")
        found = {name: column_places(self._prepared, node, name) for name in (known if record is None else record)}
        return {name: places for name, places in found.items() if places is not None}

    def _into(self, node: int) -> tuple[Ints, Floats]:
        """Return where the states of a node stand among those that cross its border, and their scales."""
        structure = self._prepared.structure(node)
        number = {name: place for place, name in enumerate(structure.incoming)}
        into = np.array([number[name] for name in structure.program.states], int)
        return into, self._prepared.state_scale(node, outgoing=False)[into]

    def _states(self, node: int, states: npt.ArrayLike) -> Floats:
        """Return incoming states as they are solved, (row, state).

        Raises:
            ValueError: their shape does not fit, or one is not finite.
        """
        given, (into, scale) = np.asarray(states, float), self._into(node)
        if given.ndim != 2 or given.shape[1] != len(into):
            raise ValueError(
                f"states have shape {given.shape}; give (row, {len(into)}), in the order of `states(node)`"
            )
        if not np.isfinite(given).all():
            row, place = np.argwhere(~np.isfinite(given))[0]
            name = self._prepared.structure(node).program.states[place]
            raise ValueError(f"state {name} of row {row} is not a finite number; give finite numbers")
        room = np.zeros((len(given), self._room()))
        room[:, into] = given / scale
        return room

    def _room(self) -> int:
        """Return how many states cross a border at most."""
        structures = self._tables.structures
        return max(1, int(structures["incoming"].max()), int(structures["outgoing"].max()))

    def _values(self, node: int, rows: int, parameters: Parameters) -> Floats:
        """Return the values of all parameters, (row, entry).

        Raises:
            ValueError: a name is unknown, a shape does not fit, or a number is not finite.
        """
        base, program = self._prepared.layout.parameters[node][0], self._prepared.structure(node).program
        table = np.tile(base, (rows, 1))
        named = parameters if isinstance(parameters, Mapping) else {}
        for name, value in named.items():
            if name not in program.parameters:
                known = ", ".join(program.parameters) or "none"
                raise ValueError(f"the node has no parameter `{name}`; it has {known}")
            block = program.parameters[name]
            given = _spread(np.asarray(value, float), (rows, *block.shape), f"parameter `{name}`")
            table[:, block.places] = given.reshape(rows, -1)
        if parameters is not None and not isinstance(parameters, Mapping):
            table[:] = _spread(np.asarray(parameters, float), table.shape, "parameters")
        if not np.isfinite(table).all():
            raise ValueError("a parameter is not a finite number; give finite numbers")
        return table

    def _solve(self, node: int, states: Floats, values: Floats) -> Found:
        """Return what is found for some states, (row, state), with the parameters of each."""
        if node not in self._starts:
            self._starts[node] = self._warm(node)
        self._tables.put_outcomes(node, values)
        self._crew.begin(node, self._starts[node])
        rows = np.arange(len(states))
        return self._crew.solve(to_tasks(np.full(len(rows), node), rows, rows, -1), states, with_primal=True)

    def _warm(self, node: int) -> Start | None:
        """Return what a node begins with: what it ended with in its first outcome at a state that training met."""
        came = self._met(node)
        if came is None:
            return None
        self._tables.put_outcomes(node, self._prepared.layout.parameters[node][:1])
        self._crew.begin(node, None)
        states = np.zeros((1, self._room()))
        states[0, : len(came)] = came
        try:
            self._crew.solve(to_tasks(np.array([node]), np.zeros(1, int), np.zeros(1, int), -1), states)
        except SolveError:
            return None
        return self._crew.leave(node)

    def _met(self, node: int) -> Floats | None:
        """Return the incoming state of a node that training met last, scaled."""
        if node in self._prepared.first.child:
            return self._prepared.start
        for parent, branches in enumerate(self._prepared.branches):
            pool, count = self._tables.pools[parent], int(self._tables.nodes["cuts"][parent])
            if count and node in branches.child:
                return pool.state[count - 1, : len(self._prepared.structure(node).incoming)].copy()
        return None


def _spread(given: Floats, shape: tuple[int, ...], name: str) -> Floats:
    """Return an array as one of some shape.

    Raises:
        ValueError: it does not fit.
    """
    try:
        return np.broadcast_to(given, shape)
    except ValueError:
        raise ValueError(f"{name} has shape {given.shape}, which does not fit {shape}: a row for each state") from None
