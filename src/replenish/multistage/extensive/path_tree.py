"""All paths of a finite policy graph, unfolded into a tree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import TypeAlias

import numpy as np

from replenish.multistage.modelling.expression import NONE, Floats, Ints
from replenish.multistage.modelling.model import ROOT, Edge, Model, Node

Arrivals: TypeAlias = Mapping[str, list[Edge]]


@dataclass(frozen=True, slots=True, eq=False)
class PathTree:
    """A tree whose vertices are the sequences of nodes and outcomes that begin at the root; parents come first.

    Attributes:
        nodes: the nodes that can be reached.
        node: (vertex,) place in `nodes`.
        parent: (vertex,) the vertex before, -1 where a path begins.
        outcome: (vertex,) place among the outcomes of the node.
        chance: (vertex,) probability of the vertex, given its parent.
        discount: (vertex,) factor of the edge that leads here.
        probability: (vertex,) probability of the path up to here.
        depth: (vertex,) number of vertices before it on its path.
    """

    nodes: tuple[Node, ...]
    node: Ints
    parent: Ints
    outcome: Ints
    chance: Floats
    discount: Floats
    probability: Floats
    depth: Ints

    def __len__(self) -> int:
        return len(self.node)

    def levels(self) -> Iterator[Ints]:
        """Yield the vertices of each depth, first those without parent."""
        order = np.argsort(self.depth, kind="stable")
        yield from np.split(order, np.cumsum(np.bincount(self.depth))[:-1])


def unfold(model: Model, *, most: int) -> PathTree:
    """Return the tree of all paths; outcomes of probability 0 are left out.

    Raises:
        ValueError: no path begins, paths have no end because of a cycle, or the tree has more than `most` vertices.
    """
    if (total := tree_size(model)) > most:
        raise ValueError(
            f"the tree of all paths has {total:,} vertices, the limit is {most:,}; raise the limit, take fewer stages "
            "or outcomes, or train a policy, which needs no tree"
        )
    arrivals = _arrivals(model)
    names = _sorted(arrivals)
    return _unfolded(model, names, arrivals, {name: _possible(model.nodes[name]) for name in names})


def tree_size(model: Model) -> int:
    """Return the number of vertices of the tree of all paths.

    Raises:
        ValueError: no path begins, or paths have no end because of a cycle.
    """
    arrivals = _arrivals(model)
    count = {ROOT: 1}
    for name in _sorted(arrivals):
        outcomes = len(_possible(model.nodes[name])[0])
        count[name] = outcomes * sum(count[edge.parent] for edge in arrivals[name])
    if len(count) == 1:
        raise ValueError(f"no edge leaves `{ROOT}`, so no path begins; add an edge to each first stage")
    return sum(count.values()) - 1


def _arrivals(model: Model) -> Arrivals:
    """Return the edges into each node that can be reached."""
    leaving: dict[str, list[Edge]] = {}
    for edge in model.edges:
        leaving.setdefault(edge.parent, []).append(edge)
    found: dict[str, list[Edge]] = {}
    waiting = [ROOT]
    while waiting:
        for edge in leaving.get(waiting.pop(), []):
            if edge.child not in found:
                waiting.append(edge.child)
            found.setdefault(edge.child, []).append(edge)
    return found


def _sorted(arrivals: Arrivals) -> list[str]:
    """Return the nodes so that each comes after those from which it can be reached."""
    before = {name: [edge.parent for edge in edges] for name, edges in arrivals.items()}
    try:
        return [name for name in TopologicalSorter(before).static_order() if name != ROOT]
    except CycleError as error:
        raise ValueError(
            f"nodes {' -> '.join(error.args[1])} form a cycle, so that paths have no end and no tree holds them; "
            "train a policy instead, or repeat the nodes for a finite number of rounds"
        ) from None


def _possible(node: Node) -> tuple[Ints, Floats]:
    """Return the outcomes that can happen, and their probabilities."""
    if node.outcomes is None:
        return np.zeros(1, int), np.ones(1)
    places = np.flatnonzero(node.outcomes.probability)
    return places, node.outcomes.probability[places]


def _unfolded(
    model: Model, names: list[str], arrivals: Arrivals, possible: Mapping[str, tuple[Ints, Floats]]
) -> PathTree:
    """Return the tree, node after node: for each edge and each vertex before it, all outcomes."""
    vertices = {ROOT: np.array([NONE])}
    tables: list[tuple[Ints, ...]] = []
    chances: list[tuple[Floats, Floats]] = []
    total = 0
    for place, name in enumerate(names):
        outcomes, probability = possible[name]
        begun = total
        for edge in arrivals[name]:
            before = vertices[edge.parent]
            parent, outcome = np.repeat(before, len(outcomes)), np.tile(outcomes, len(before))
            tables.append((np.full(len(parent), place), parent, outcome))
            chances.append((np.tile(edge.probability * probability, len(before)), np.full(len(parent), edge.discount)))
            total += len(parent)
        vertices[name] = np.arange(begun, total)
    node, parent, outcome = (np.concatenate(column) for column in zip(*tables, strict=True))
    chance, discount = (np.concatenate(column) for column in zip(*chances, strict=True))
    depth = _depth(parent)
    probability = chance.copy()
    for level in range(1, int(depth.max()) + 1):
        here = np.flatnonzero(depth == level)
        probability[here] *= probability[parent[here]]
    nodes = tuple(model.nodes[name] for name in names)
    return PathTree(nodes, node, parent, outcome, chance, discount, probability, depth)


def _depth(parent: Ints) -> Ints:
    """Return how many vertices come before each."""
    depth, ancestor = np.zeros(len(parent), int), parent.copy()
    while (ancestor != NONE).any():
        depth += ancestor != NONE
        ancestor = np.where(ancestor != NONE, parent[ancestor], NONE)
    return depth
