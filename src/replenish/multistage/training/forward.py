"""Forward passes: which futures are walked through to find states at which cuts are worth making.

Any of them leaves the bound a bound; they differ in how fast it rises, and where the policy becomes good.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from replenish.multistage.modelling.expression import Floats, Ints
from replenish.multistage.modelling.model import Model
from replenish.multistage.modelling.outcomes import Outcomes
from replenish.multistage.tables.branches import ROOT_NUMBER, Graph

NO_NODE = -1


class Paths(NamedTuple):
    """Paths through the graph: numbers of nodes and of their outcomes, (path, step), `NO_NODE` after the end."""

    node: Ints
    outcome: Ints


class ForwardPass(Protocol):
    """What training asks of a forward pass."""

    def extra(self, model: Model) -> dict[str, Floats]:
        """Return parameter values, (outcome, parameter), that paths meet and the model does not hold, by node."""
        ...  # pragma: no cover

    def sample(self, graph: Graph, rng: np.random.Generator, iteration: int) -> Paths:
        """Return the paths of an iteration (from 0)."""
        ...  # pragma: no cover


@dataclass(frozen=True, slots=True)
class Sampled:
    """Paths drawn as the model says. Not for risks that hide in rare outcomes: see `RiskAdjusted`.

    paths: how many an iteration walks; more give more cuts an iteration, of which more are alike.
    most_steps: paths of an infinite horizon are cut off here.
    """

    paths: int = 1
    most_steps: int = 1_000

    def extra(self, model: Model) -> dict[str, Floats]:
        """Return nothing: all outcomes are those of the model."""
        return {}

    def sample(self, graph: Graph, rng: np.random.Generator, iteration: int) -> Paths:
        """Return paths drawn by the probabilities of the model."""
        return walk(graph, {}, rng, self.paths, self.most_steps)


@dataclass(frozen=True, slots=True)
class RiskAdjusted:
    """Paths drawn by the weights that risk gave to branches when each node was visited last.

    share: chance that a path is drawn so; the others are drawn as the model says.  With a risk measure that looks at
    few outcomes the mean alone visits them too rarely.  Useless with plain expectations.
    """

    share: float = 0.5
    paths: int = 1
    most_steps: int = 1_000

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            raise ValueError(f"share is {self.share}, must lie in (0, 1]")

    def extra(self, model: Model) -> dict[str, Floats]:
        """Return nothing: all outcomes are those of the model."""
        return {}

    def sample(self, graph: Graph, rng: np.random.Generator, iteration: int) -> Paths:
        """Return paths of which a share is drawn by risk."""
        walks = [
            walk(graph, graph.weights if rng.random() < self.share else {}, rng, 1, self.most_steps)
            for _ in range(self.paths)
        ]
        return stack(walks)


@dataclass(frozen=True, slots=True)
class OutOfSample:
    """Paths drawn from other outcomes than the model holds, as from a finer distribution.

    outcomes: by node; nodes without any draw from the model.  The bound stays that of the model.
    """

    outcomes: Mapping[str, Outcomes]
    paths: int = 1
    most_steps: int = 1_000

    def extra(self, model: Model) -> dict[str, Floats]:
        """Return the values of these outcomes."""
        return {name: outcome_table(model, name, outcomes) for name, outcomes in self.outcomes.items()}

    def sample(self, graph: Graph, rng: np.random.Generator, iteration: int) -> Paths:
        """Return paths of the model whose outcomes are drawn from the other distributions."""
        found = walk(graph, {}, rng, self.paths, self.most_steps)
        totals = {name: np.cumsum(outcomes.probability) for name, outcomes in self.outcomes.items()}
        for place in np.ndindex(*found.node.shape):
            node = int(found.node[place])
            if node != NO_NODE and graph.names[node] in totals:
                drawn = _draw(totals[graph.names[node]], rng.random())
                found.outcome[place] = graph.own_outcomes[node] + drawn
        return found


@dataclass(frozen=True, slots=True)
class Historical:
    """Given paths, such as years that were; each is a sequence of (node, values of its random parameters).

    Values that a path does not give are those of the node's first outcome.  Paths are drawn by `probability`, or taken
    in turn if there is none.  A history of few years makes a policy that is good in these years.
    """

    paths: Sequence[Sequence[tuple[str, Mapping[str, npt.ArrayLike]]]]
    probability: Sequence[float] | None = None

    def extra(self, model: Model) -> dict[str, Floats]:
        """Return the values of all visits of each node, in the order of paths."""
        visits: dict[str, list[Floats]] = {}
        for path in self.paths:
            for name, values in path:
                visits.setdefault(name, []).append(visit_values(model, name, values))
        return {name: np.stack(rows) for name, rows in visits.items()}

    def sample(self, graph: Graph, rng: np.random.Generator, iteration: int) -> Paths:
        """Return one of the given paths."""
        every = self.numbered(graph)
        if self.probability is None:
            chosen = iteration % len(self.paths)
        else:
            chosen = _draw(np.cumsum(self.probability), rng.random() * sum(self.probability))
        return Paths(every.node[chosen : chosen + 1], every.outcome[chosen : chosen + 1])

    def numbered(self, graph: Graph) -> Paths:
        """Return all given paths in numbers.

        Raises:
            ValueError: there is none.
        """
        if not self.paths:
            raise ValueError("a history without paths: give at least one")
        number = {name: place for place, name in enumerate(graph.names)}
        steps = max(len(path) for path in self.paths)
        node, outcome = (np.full((len(self.paths), steps), NO_NODE) for _ in range(2))
        seen: dict[str, int] = {}
        for p, path in enumerate(self.paths):
            for t, (name, _) in enumerate(path):
                node[p, t] = number[name]
                outcome[p, t] = graph.own_outcomes[number[name]] + seen.get(name, 0)
                seen[name] = seen.get(name, 0) + 1
        return Paths(node, outcome)


@dataclass(slots=True)
class Revisiting:
    """Another forward pass, whose paths are walked again every so often.

    period: after so many new paths all of them are walked once more.  Old paths lead to other states once the policy
    has changed, without the noise of new draws; it costs iterations that see nothing new.
    """

    inner: ForwardPass
    period: int = 20
    _seen: list[Paths] = field(default_factory=list)

    def extra(self, model: Model) -> dict[str, Floats]:
        """Return what the inner pass needs."""
        self._seen.clear()
        return self.inner.extra(model)

    def sample(self, graph: Graph, rng: np.random.Generator, iteration: int) -> Paths:
        """Return new paths, or ones that were walked before."""
        turn = iteration % (2 * self.period)
        if turn >= self.period and turn - self.period < len(self._seen):
            return self._seen[turn - self.period]
        if turn == 0:
            self._seen.clear()
        found = self.inner.sample(graph, rng, iteration)
        self._seen.append(found)
        return found


def generator(seed: int, number: int = 0) -> np.random.Generator:
    """Return the random numbers of the iteration, or other part, with a number; they do not depend on other parts."""
    return np.random.Generator(np.random.Philox(key=seed, counter=[0, 0, 0, number]))


def walk(graph: Graph, weights: Mapping[int, Floats], rng: np.random.Generator, count: int, most_steps: int) -> Paths:
    """Return paths drawn by the weights of branches at some nodes and by their probabilities at the others.

    What weights or probabilities lack to 1 ends a path.
    """
    totals = {node: np.cumsum(weight) for node, weight in weights.items()}
    rows = [_walk_one(graph, totals, rng, most_steps) for _ in range(count)]
    return stack([Paths(np.array([nodes], int), np.array([outcomes], int)) for nodes, outcomes in rows])


def _walk_one(
    graph: Graph, totals: Mapping[int, Floats], rng: np.random.Generator, most_steps: int
) -> tuple[list[int], list[int]]:
    nodes: list[int] = []
    outcomes: list[int] = []
    here = ROOT_NUMBER
    while len(nodes) < most_steps:
        one = graph.first if here == ROOT_NUMBER else graph.branches[here]
        total, drawn = totals.get(here, one.total), rng.random()
        if not len(one.child) or (one.ends > 0.0 and drawn >= total[-1]):
            break
        branch = _draw(total, drawn)
        here = int(one.child[branch])
        nodes.append(here)
        outcomes.append(int(one.outcome[branch]))
    return nodes, outcomes


def _draw(total: Floats, drawn: float) -> int:
    """Return the branch that a number in [0, 1) falls on."""
    return min(int(np.searchsorted(total, drawn, side="right")), len(total) - 1)


def stack(walks: Sequence[Paths]) -> Paths:
    """Return all paths of several in one table.

    Raises:
        ValueError: there is none.
    """
    if not walks:
        raise ValueError("no path was asked for; ask for at least one")
    steps = max(found.node.shape[1] for found in walks)
    return Paths(*(np.concatenate([_padded(found[k], steps) for found in walks]) for k in range(2)))


def _padded(table: Ints, steps: int) -> Ints:
    return np.pad(table, ((0, 0), (0, steps - table.shape[1])), constant_values=NO_NODE)


def outcome_table(model: Model, name: str, outcomes: Outcomes) -> Floats:
    """Return values of all parameters of a node in outcomes that are not its own, (outcome, parameter)."""
    rows = [{key: value[k] for key, value in outcomes.values.items()} for k in range(len(outcomes))]
    return np.stack([visit_values(model, name, row) for row in rows])


def visit_values(model: Model, name: str, values: Mapping[str, npt.ArrayLike]) -> Floats:
    """Return the values of all parameters of a node at one visit; what is not given is that of its first outcome.

    Raises:
        ValueError: there is no such node or parameter.
    """
    if name not in model.nodes:
        raise ValueError(f"a path visits node `{name}`, which is not in the model")
    program = model.nodes[name].program
    row: Floats = model.nodes[name].parameter_values()[0].copy()
    for key, value in values.items():
        if key not in program.parameters:
            raise ValueError(
                f"node `{name}` has no parameter `{key}`; it has {', '.join(program.parameters) or 'none'}"
            )
        block = program.parameters[key]
        if not np.isfinite(np.asarray(value, float)).all():
            raise ValueError(f"parameter `{key}` of node `{name}` is not a finite number; give finite numbers")
        row[block.places] = np.broadcast_to(np.asarray(value, float), block.shape).ravel()
    return row
