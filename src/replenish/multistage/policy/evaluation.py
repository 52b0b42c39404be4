"""What a policy is worth: exactly on a small tree, else by simulation with a confidence interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from replenish.errors import SolveError
from replenish.multistage.modelling.expression import Floats, Ints
from replenish.multistage.solving.crew import to_tasks
from replenish.multistage.tables.branches import Branches
from replenish.multistage.tables.prepare import Prepared
from replenish.multistage.training.forward import Sampled, generator
from replenish.multistage.training.trainer import Trainer

Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The value of a policy beside the bound of the optimum, in the caller's units.

    Attributes:
        value: what the policy costs (or earns): exact, or the mean of simulated paths.
        low, high: 95 % confidence interval of the value; both the value itself where it is exact.
        bound: of the optimum, from training.
        is_exact: whether the value is exact, by going through the whole tree.
        paths: vertices of the tree, or simulated paths.
    """

    value: float
    low: float
    high: float
    bound: float
    is_exact: bool
    paths: int

    @property
    def gap(self) -> float:
        """Return how far the policy may be from the optimum at most: exactly, or at the far end of the interval."""
        return max(abs(self.low - self.bound), abs(self.high - self.bound))

    def __str__(self) -> str:
        if self.is_exact:
            return f"policy {self.value:.6g} (exact, {self.paths:,} vertices), bound {self.bound:.6g}"
        return (
            f"policy {self.value:.6g} (95 % interval {self.low:.6g} to {self.high:.6g}, {self.paths:,} paths),"
            f" bound {self.bound:.6g}"
        )


def evaluate(trainer: Trainer, bound: float, *, most: int, paths: int) -> Evaluation:
    """Return the value of the policy that the cuts of a model make; see `Policy.evaluate`.

    Raises:
        SolveError: a programme has no optimum; or risk is measured and the tree is too large.
        ValueError: fewer than 2 paths shall be simulated.
    """
    prepared = trainer.prepared
    vertices = count_vertices(prepared, most)
    if vertices <= most:
        value = prepared.to_value(_exact(trainer))
        return Evaluation(value, value, value, bound, is_exact=True, paths=vertices)
    if not all(one.is_expectation for one in (prepared.first, *prepared.branches) if len(one.child)):
        raise SolveError(
            f"the tree has more than {most:,} vertices, and a nested risk measure has no simple estimate from paths;"
            " raise `most`, or simulate and look at the distribution of costs"
        )
    if paths < 2:
        raise ValueError(f"{paths} paths give no interval; ask for at least 2")
    walks = Sampled(paths).sample(trainer.graph, generator(trainer.seed), 0)
    walked = trainer.walk(walks)
    cost = walked.total * prepared.to_value(1.0)
    mean, half = float(cost.mean()), Z95 * float(cost.std(ddof=1)) / paths**0.5
    return Evaluation(mean, mean - half, mean + half, bound, is_exact=False, paths=paths)


def count_vertices(prepared: Prepared, most: int) -> int:
    """Return how many vertices the tree of nodes and outcomes has; a number above `most` once it is passed."""
    visits = np.bincount(prepared.first.child, minlength=len(prepared.branches)).astype(float)
    total = visits.sum()
    while visits.any() and total <= most:
        following = np.zeros_like(visits)
        for node in np.nonzero(visits)[0]:
            following += visits[node] * np.bincount(prepared.branches[node].child, minlength=len(visits))
        visits, total = following, total + following.sum()
    return int(min(total, most + 1))


@dataclass(frozen=True, slots=True, eq=False)
class _Level:
    """The vertices of one depth of the tree: node, cost and vertex before (vertex,), and the states that they leave."""

    node: Ints
    parent: Ints
    cost: Floats
    states: Floats


def _exact(trainer: Trainer) -> float:
    """Return the value of a policy by solving every vertex of its tree, then folding it up from the leaves."""
    prepared = trainer.prepared
    start = np.zeros((1, trainer.width))
    start[0, : len(prepared.start)] = prepared.start
    levels = [_descend(trainer, [prepared.first], start)]
    while True:
        last = levels[-1]
        following = [prepared.branches[node] for node in last.node.tolist()]
        if not any(len(one.child) for one in following):
            break
        levels.append(_descend(trainer, following, last.states))
    value = levels[-1].cost
    for upper, lower in zip(levels[-2::-1], levels[:0:-1], strict=True):
        value = upper.cost + _fold([prepared.branches[node] for node in upper.node.tolist()], lower.parent, value)
    return float(_fold([prepared.first], levels[0].parent, value)[0])


def _descend(trainer: Trainer, following: list[Branches], states: Floats) -> _Level:
    """Return the vertices that follow others; tasks of one node stand together, so its programme changes little."""
    sizes = [len(one.child) for one in following]
    node = np.concatenate([one.child for one in following])
    outcome = np.concatenate([one.outcome for one in following])
    parent = np.repeat(np.arange(len(following)), sizes)
    order = np.argsort(node, kind="stable")
    space = np.concatenate([states, np.zeros((len(node), states.shape[1]))])
    tasks = to_tasks(node[order], outcome[order], parent[order], len(states) + order)
    found = trainer.crew.solve(tasks, space)
    cost = np.zeros(len(node))
    cost[order] = found.answers["cost"]
    return _Level(node, parent, cost, space[len(states) :])


def _fold(branches: list[Branches], parent: Ints, value: Floats) -> Floats:
    """Return for each vertex the risk of what follows it."""
    ends = np.cumsum(np.bincount(parent, minlength=len(branches)))
    total = np.zeros(len(branches))
    for vertex, one in enumerate(branches):
        if len(one.child):
            discounted = one.discount * value[ends[vertex] - len(one.child) : ends[vertex]]
            total[vertex] = one.weights(discounted) @ discounted
    return total
