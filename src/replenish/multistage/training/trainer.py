"""Stochastic dual dynamic programming: walk forward through some futures, come back with cuts.

References:
    Pereira and Pinto (1991), Multi-stage stochastic optimization applied to energy planning, Mathematical Programming
    52. Philpott and Guan (2008), On the convergence of stochastic dual dynamic programming and related methods,
    Operations Research Letters 36. Shapiro (2011), Analysis of stochastic dual dynamic programming method, European
    Journal of Operational Research 209. Dowson and Kapelevich (2021), SDDP.jl, INFORMS Journal on Computing 33.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from replenish.multistage.modelling.expression import Floats, Ints
from replenish.multistage.solving.crew import Crew, Work, to_tasks
from replenish.multistage.tables.branches import ROOT_NUMBER, Branches, Graph
from replenish.multistage.tables.prepare import Prepared
from replenish.multistage.training.backward import UNIT, Ahead, add_cuts, highest, make_cuts
from replenish.multistage.training.forward import NO_NODE, ForwardPass, Paths


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """What one iteration found, in scaled units.

    Attributes:
        bound: of the whole model, from below.
        is_sure: whether it is proven.
        simulated: discounted cost of each path that was walked, (path,).
        first: variables of the first stage, if there is only one way to begin; else empty.
    """

    bound: float
    is_sure: bool
    simulated: Floats
    first: Floats


class Walked(NamedTuple):
    """What was decided on paths, in scaled units.

    states: (path * (steps + 1), state), row by row along each path; cost: (path, step), NaN after the end of a path;
    primal: (path, step, column).
    """

    states: Floats
    cost: Floats
    primal: Floats


NOTHING = np.zeros(0)


@dataclass(slots=True, eq=False)
class Trainer:
    """A model in training."""

    prepared: Prepared
    work: Work
    seed: int
    iteration: int = 0
    crew: Crew = field(init=False)
    graph: Graph = field(init=False)
    _similar: list[list[int]] = field(init=False)

    def __post_init__(self) -> None:
        """Make lanes, and find nodes that have the same children: what is learned of these serves all."""
        self.crew = Crew(self.prepared.tables, self.work)
        self.graph = self.prepared.to_graph()
        self._similar = _similar(self.prepared.branches)

    def step(self, forward: ForwardPass) -> Step:
        """Do one iteration: walk, come back, and look at the bound.

        Raises:
            SolveError: a programme has no optimum, in the caller's words.
        """
        rng = np.random.Generator(np.random.Philox(key=self.seed, counter=[0, 0, 0, self.iteration]))
        paths = forward.sample(self.graph, rng, self.iteration)
        walked = self.walk(paths)
        self._return(paths, walked.states)
        bound, is_sure = self.bound()
        self.iteration += 1
        simulated = (np.nan_to_num(walked.cost) * self.discounts(paths)).sum(axis=1)
        return Step(bound, is_sure, simulated, walked.primal[0, 0] if len(self.prepared.first.child) == 1 else NOTHING)

    def walk(self, paths: Paths) -> Walked:
        """Return what the cuts so far decide on some paths."""
        count, steps = paths.node.shape
        tasks, states = self.to_walk(paths)
        order = [np.concatenate([np.arange(p * steps, (p + 1) * steps) for p in own]) for own in self.crew.share(count)]
        used = [places[tasks["node"][places] != NO_NODE] for places in order]
        found = self.crew.solve_parts([tasks[places] for places in used], states, with_primal=True)
        cost = np.full(count * steps, np.nan)
        primal = np.full((count * steps, found.primal.shape[1]), np.nan)
        places = np.concatenate(used)
        cost[places], primal[places] = found.answers["cost"], found.primal
        return Walked(states, cost.reshape(count, steps), primal.reshape(count, steps, -1))

    def to_walk(self, paths: Paths) -> tuple[np.ndarray[tuple[int], np.dtype[np.void]], Floats]:
        """Return the tasks of paths in order, and states of which each path's first is the start."""
        count, steps = paths.node.shape
        row = (np.arange(count)[:, None] * (steps + 1) + np.arange(steps)[None, :]).ravel()
        states = np.zeros((count * (steps + 1), self.state_width()))
        states[:: steps + 1, : len(self.prepared.start)] = self.prepared.start
        return to_tasks(paths.node.ravel(), paths.outcome.ravel(), row, row + 1), states

    def state_width(self) -> int:
        """Return how many states cross a border at most."""
        structures = self.prepared.tables.structures
        return max(1, int(structures["incoming"].max()), int(structures["outgoing"].max()))

    def discounts(self, paths: Paths) -> Floats:
        """Return by what the cost of each step of each path counts, (path, step)."""
        factors = np.ones(paths.node.shape)
        for p, nodes in enumerate(paths.node):
            for t in range(1, len(nodes)):
                if nodes[t] != NO_NODE:
                    factors[p, t] = factors[p, t - 1] * self._discount(int(nodes[t - 1]), int(nodes[t]))
        return factors

    def bound(self) -> tuple[float, bool]:
        """Return the bound of the whole model from below, and whether it is proven."""
        ahead = self._look(self.prepared.first, self.prepared.start[None, :])[0]
        weights = self.weigh(ROOT_NUMBER, self.prepared.first, ahead)
        terms = weights * self.prepared.first.discount * ahead.value
        margin = UNIT * (len(terms) + 4) * float(np.abs(terms).sum())
        return float(terms.sum()) - margin, bool(ahead.is_sure[weights > 0].all())

    def weigh(self, node: int, branches: Branches, ahead: Ahead) -> Floats:
        """Return the weights by risk of what follows, and remember them for forward passes."""
        weights = branches.weights(branches.discount * ahead.value)
        if not branches.is_expectation:
            self.graph.weights[node] = weights
        return weights

    def _return(self, paths: Paths, states: Floats) -> None:
        """Come back along paths, last step first, and make cuts at the states that were met."""
        steps = paths.node.shape[1]
        for t in range(steps - 1, -1, -1):
            nodes = paths.node[:, t]
            for node in np.unique(nodes[nodes != NO_NODE]).tolist():
                if len(self.prepared.branches[node].child):
                    own = np.nonzero(nodes == node)[0]
                    self._refine(node, own, states[own * (steps + 1) + t + 1])

    def _refine(self, node: int, trials: Ints, states: Floats) -> None:
        """Make cuts at states that leave a node, for it and for all nodes with the same children."""
        size = int(self.prepared.tables.structures[self.prepared.tables.nodes[node]["structure"]]["outgoing"])
        all_ahead = self._look(self.prepared.branches[node], states[:, :size])
        for same in self._similar[node]:
            for trial, state, ahead in zip(trials, states[:, :size], all_ahead, strict=True):
                self._cut(same, ahead, int(trial), state)
            self.prepared.tables.update_cuts(same)

    def _cut(self, node: int, ahead: Ahead, trial: int, state: Floats) -> None:
        prepared, branches = self.prepared, self.prepared.branches[node]
        pool, tables = prepared.tables.pools[node], prepared.tables
        made = make_cuts(branches, self.weigh(node, branches, ahead), ahead, prepared.cuts, pool.width)
        add_cuts(pool, made, iteration=self.iteration, trial=trial, state=state)
        lower, upper = prepared.border(node)
        tables.raise_future(node, made.of, highest(made, lower, upper))

    def _look(self, branches: Branches, states: Floats) -> list[Ahead]:
        """Return what follows each of some states, (trial, state)."""
        trials, count = len(states), len(branches.child)
        wide = np.zeros((trials, self.state_width()))
        wide[:, : states.shape[1]] = states
        source = np.repeat(np.arange(trials), count)
        tasks = to_tasks(np.tile(branches.child, trials), np.tile(branches.outcome, trials), source, -1)
        found = self.crew.solve(tasks, wide)
        size = states.shape[1]
        level, is_sure = (found.answers[name].reshape(trials, count) for name in ("level", "is_sure"))
        slope = found.slopes[:, :size].reshape(trials, count, size)
        value = level + np.einsum("tbs,ts->tb", slope, states)
        return [Ahead(*parts) for parts in zip(level, slope, is_sure, value, strict=True)]

    def _discount(self, parent: int, child: int) -> float:
        branches = self.prepared.branches[parent]
        place = np.nonzero(branches.child == child)[0]
        return float(branches.discount[place[0]]) if len(place) else 1.0


def _similar(branches: list[Branches]) -> list[list[int]]:
    """Return for each node those with the same children and outcomes."""
    groups: dict[bytes, list[int]] = {}
    keys = [one.child.tobytes() + b"|" + one.outcome.tobytes() for one in branches]
    for node, key in enumerate(keys):
        groups.setdefault(key, []).append(node)
    return [groups[key] for key in keys]
