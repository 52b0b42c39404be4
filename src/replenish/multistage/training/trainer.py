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

from replenish.errors import SolveError
from replenish.multistage.modelling.expression import Floats, Ints
from replenish.multistage.solving.crew import Crew, Work, to_tasks
from replenish.multistage.solving.kernel.certify import UNIT
from replenish.multistage.solving.whole import Whole
from replenish.multistage.tables.branches import ROOT_NUMBER, Branches, Graph
from replenish.multistage.tables.prepare import Prepared
from replenish.multistage.training.backward import Ahead, highest, make_cuts, weigh
from replenish.multistage.training.beginning import Begun, FirstDecision, begin, number_of
from replenish.multistage.training.families import Family, chosen, find_families
from replenish.multistage.training.forward import NO_NODE, ForwardPass, Paths, generator


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """What one iteration found, in scaled units.

    Attributes:
        bound: of the whole model, from below.
        is_sure: whether it is proven.
        simulated: discounted cost of each path that was walked, (path,).
        first: variables of the first stage on the paths, if there is only one way to begin; else empty.
    """

    bound: float
    is_sure: bool
    simulated: Floats
    first: Floats


class Walked(NamedTuple):
    """What was decided on paths, in scaled units.

    states: (path * (steps + 1), state), row by row along each path; cost: (path, step), NaN after the end of a path;
    total: (path,) its discounted sum;
    primal: (path, step, column);
    duals: (path, step, row), or empty.
    """

    states: Floats
    cost: Floats
    total: Floats
    primal: Floats
    duals: Floats


NOTHING = np.zeros(0)
BULK = 1_000
"""With so many outcomes only their mean is found, where means are all that counts."""


@dataclass(slots=True, eq=False)
class Trainer:
    """A model in training."""

    prepared: Prepared
    work: Work
    seed: int
    iteration: int = 0
    crew: Crew = field(init=False)
    graph: Graph = field(init=False)
    width: int = field(init=False)  # how many states cross a border at most
    families: list[Family] = field(init=False, default_factory=list)  # of each node, once a cut was made

    def __post_init__(self) -> None:
        """Make lanes."""
        prepared = self.prepared
        following = np.concatenate([one.child for one in prepared.branches])
        whole = Whole.find(prepared.tables, prepared.first.child, following)
        self.crew = Crew(prepared.tables, self.work, whole)
        self.graph = self.prepared.to_graph()
        structures = self.prepared.tables.structures
        self.width = max(1, int(structures["incoming"].max()), int(structures["outgoing"].max()))

    def step(self, forward: ForwardPass, first: FirstDecision | None = None) -> Step:
        """Do one iteration: walk, come back, and look at the bound.

        A first decision that is given is taken on the paths; the bound is that of the model as it is.

        Raises:
            SolveError: a programme has no optimum, in the caller's words.
        """
        rng = generator(self.seed, self.iteration)
        paths = forward.sample(self.graph, rng, self.iteration)
        walked = self.walk(paths, first)
        self._return(paths, walked.states)
        bound, is_sure = self.bound()
        self.iteration += 1
        return Step(
            bound, is_sure, walked.total, walked.primal[0, 0] if len(self.prepared.first.child) == 1 else NOTHING
        )

    def walk(self, paths: Paths, first: FirstDecision | None = None, *, with_duals: bool = False) -> Walked:
        """Return what the cuts so far decide on some paths.

        Args:
            paths: nodes and outcomes.
            first: what is decided in the first stage; by the cuts if None.
            with_duals: whether the multipliers of rows are returned; those of a first stage that is given are NaN.
        """
        count, steps = paths.node.shape
        tasks, states = self.to_walk(paths)
        begun = {} if first is None else self._begun(paths, first)
        is_open = tasks["node"] != NO_NODE
        for path, one in begun.items():
            is_open[path * steps] = False
            states[path * (steps + 1) + 1, : len(one.left)] = one.left
        order = [np.concatenate([np.arange(p * steps, (p + 1) * steps) for p in own]) for own in self.crew.share(count)]
        used = [places[is_open[places]] for places in order]
        found = self.crew.solve_parts(
            [tasks[places] for places in used], states, with_primal=True, with_duals=with_duals
        )
        cost = np.full(count * steps, np.nan)
        primal = np.full((count * steps, found.primal.shape[1]), np.nan)
        duals = np.full((count * steps if with_duals else 0, found.duals.shape[1]), np.nan)
        places = np.concatenate(used)
        cost[places], primal[places] = found.answers["cost"], found.primal
        if with_duals:
            duals[places] = found.duals
            duals = duals.reshape(count, steps, -1)
        for path, one in begun.items():
            cost[path * steps], primal[path * steps, : len(one.primal)] = one.cost, one.primal
        cost = cost.reshape(count, steps)
        total = (np.nan_to_num(cost) * self._discounts(paths)).sum(axis=1)
        return Walked(states, cost, total, primal.reshape(count, steps, -1), duals)

    def _begun(self, paths: Paths, first: FirstDecision) -> dict[int, Begun]:
        """Return the first stage of each path that begins at the node of a given decision."""
        own = np.flatnonzero(paths.node[:, 0] == number_of(self.prepared, first)).tolist()
        outcomes = paths.outcome[own, 0].tolist()
        known = {outcome: begin(self.prepared, first, outcome) for outcome in sorted(set(outcomes))}
        return {path: known[outcome] for path, outcome in zip(own, outcomes, strict=True)}

    def to_walk(self, paths: Paths) -> tuple[np.ndarray[tuple[int], np.dtype[np.void]], Floats]:
        """Return the tasks of paths in order, and states of which each path's first is the start."""
        count, steps = paths.node.shape
        row = (np.arange(count)[:, None] * (steps + 1) + np.arange(steps)[None, :]).ravel()
        states = np.zeros((count * (steps + 1), self.width))
        states[:: steps + 1, : len(self.prepared.start)] = self.prepared.start
        return to_tasks(paths.node.ravel(), paths.outcome.ravel(), row, row + 1), states

    def _discounts(self, paths: Paths) -> Floats:
        """Return by what the cost of each step of each path counts, (path, step)."""
        before = np.concatenate([np.full((len(paths.node), 1), ROOT_NUMBER), paths.node[:, :-1]], axis=1)
        edges, which = np.unique(np.stack([before.ravel(), paths.node.ravel()]), axis=1, return_inverse=True)
        factors = np.array([self._discount(parent, child) for parent, child in edges.T.tolist()])
        return np.cumprod(factors[which.ravel()].reshape(paths.node.shape), axis=1)

    def bound(self) -> tuple[float, bool]:
        """Return the bound of the whole model from below, and whether it is proven."""
        first = self.prepared.first
        first, ahead = self._look(first, np.arange(len(first.child)), self.prepared.start[None, :])
        weights = self._weigh(ROOT_NUMBER, first, ahead)[0]
        terms = weights * first.discount * ahead.value[0]
        size = np.abs(ahead.level[0]) + np.abs(ahead.slope[0]) @ np.abs(self.prepared.start)
        margin = UNIT * (len(terms) + len(self.prepared.start) + 4) * float(np.abs(weights) @ size)
        return float(terms.sum()) - margin, bool(ahead.is_sure[0][weights > 0].all())

    def _weigh(self, node: int, branches: Branches, ahead: Ahead) -> Floats:
        """Return the weights by risk of what follows, and remember the last of them for forward passes."""
        weights = weigh(branches, ahead)
        if not branches.is_expectation:
            self.graph.weights[node] = weights[-1]
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
        """Make cuts at states that leave a node, for it and for all nodes of its family."""
        prepared = self.prepared
        size = len(prepared.structure(node).outgoing)
        family, seen, ahead = self._ask(node, states[:, :size])
        is_whole = len(seen.child) == len(family.branches.child)
        for place, same in enumerate(family.nodes):
            pool, branches = prepared.tables.pools[same], prepared.branches[same]
            own = chosen(ahead, (family.places if is_whole else family.groups)[place])
            branches = branches if is_whole else branches.by_child
            border = prepared.border(same)
            made = make_cuts(
                branches, self._weigh(same, branches, own), own, prepared.cuts, pool.width,
                reach=np.maximum(*np.abs(border))[:size],
            )  # fmt: skip
            where = np.zeros((len(made.level), pool.width))
            where[:, :size] = states[made.trial, :size]
            pool.add(
                made.level, made.slope, made.of, is_sure=made.is_sure, iteration=self.iteration,
                trial=trials[made.trial], state=where,
            )  # fmt: skip
            prepared.tables.raise_future(same, made.of, highest(made, *border))
            prepared.tables.update_cuts(same)

    def _ask(self, node: int, states: Floats) -> tuple[Family, Branches, Ahead]:
        """Return the family of a node and what follows each of some states, (trial, state), in its branches.

        A state that one node leaves may be hopeless for the children of another: then only nodes with the same
        children remain a family.

        Raises:
            SolveError: a child of the node itself has no optimum.
        """
        self.families = self.families or find_families(self.prepared, is_wide=True)
        family = self.families[node]
        try:
            return family, *self._look(family.branches, family.order, states)
        except SolveError:
            narrow = find_families(self.prepared, is_wide=False)
            if len(narrow[node].nodes) == len(family.nodes):
                raise
            for same in family.nodes:
                self.families[same] = narrow[same]
            return self._ask(node, states)

    def _look(self, branches: Branches, order: Ints, states: Floats) -> tuple[Branches, Ahead]:
        """Return what follows each of some states, (trial, state); branches are solved in the given order.

        Where outcomes are very many and only their mean counts, the branches that come back are the children.
        """
        if self._is_bulk(branches):
            return branches.by_child, self._look_in_bulk(branches, states)
        (trials, size), count = states.shape, len(branches.child)
        wide = np.zeros((trials, self.width))
        wide[:, :size] = states
        tours = np.tile(order, (trials, 1))
        tours[1::2] = tours[1::2, ::-1]  # there and back
        source = np.repeat(np.arange(trials), count)
        tasks = to_tasks(branches.child[tours.ravel()], branches.outcome[tours.ravel()], source, -1)
        found = self.crew.solve(tasks, wide)
        place = np.empty(trials * count, int)
        place[source * count + tours.ravel()] = np.arange(trials * count)
        level, is_sure = (found.answers[name][place].reshape(trials, count) for name in ("level", "is_sure"))
        slope = found.slopes[place, :size].reshape(trials, count, size)
        value = level + np.matmul(slope, states[:, :, None])[:, :, 0]
        return branches, Ahead(level, slope, is_sure, value)

    def _is_bulk(self, branches: Branches) -> bool:
        if len(branches.child) < BULK or not branches.is_expectation or self.prepared.cuts == "multi":
            return False
        return bool((self.prepared.tables.nodes["random_rows"][branches.by_child.child] > 0).all())

    def _look_in_bulk(self, branches: Branches, states: Floats) -> Ahead:
        """Return the means of what follows each state in each child, (trial, child)."""
        children = branches.by_child.child.tolist()
        level, is_sure = np.zeros((len(states), len(children))), np.zeros((len(states), len(children)), int)
        slope = np.zeros((*level.shape, states.shape[1]))
        for trial, state in enumerate(states):
            for place, child in enumerate(children):
                own = branches.outcome[branches.group == place]
                sums, slope[trial, place] = self.crew.solve_bulk(child, own, np.ascontiguousarray(state))
                level[trial, place], is_sure[trial, place] = sums[0], sums[2] == 0.0
        return Ahead(level, slope, is_sure, level + np.matmul(slope, states[:, :, None])[:, :, 0])

    def _discount(self, parent: int, child: int) -> float:
        if child == NO_NODE:
            return 1.0
        branches = self.prepared.first if parent == ROOT_NUMBER else self.prepared.branches[parent]
        place = np.nonzero(branches.child == child)[0]
        return float(branches.discount[place[0]]) if len(place) else 1.0
