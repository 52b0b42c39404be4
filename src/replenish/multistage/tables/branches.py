"""What may follow a node: pairs of a child and one of its outcomes, with probabilities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

import numpy as np

from replenish.multistage.modelling.expression import Floats, Ints
from replenish.multistage.modelling.model import Model
from replenish.multistage.modelling.risk import Expectation, RiskMeasure

Cuts: TypeAlias = Literal["single", "multi", "grouped"]


ROOT_NUMBER = -1


@dataclass(frozen=True, eq=False)
class Branches:
    """What may follow a node; all arrays are (branch,), in the order of its edges, then of outcomes.

    Attributes:
        child, outcome: numbers of the node and of its outcome.
        probability: of each; what is missing to 1 is the chance that the path ends.
        discount: factor of the costs that follow.
        group: number of the edge.
        risk: how their costs become one.
    """

    child: Ints
    outcome: Ints
    probability: Floats
    discount: Floats
    group: Ints
    risk: RiskMeasure

    @property
    def ends(self) -> float:
        """Return the probability that the path ends here; rounding of sums is no chance."""
        rest = 1.0 - float(self.probability.sum())
        return rest if rest > 1e-9 else 0.0

    @cached_property
    def by_child(self) -> Branches:
        """Return the children as branches, without their outcomes."""
        first = np.nonzero(np.diff(self.group, prepend=-1))[0]
        return Branches(
            child=self.child[first], outcome=np.full(len(first), -1), group=self.group[first],
            probability=np.bincount(self.group, weights=self.probability).astype(float),
            discount=self.discount[first], risk=self.risk,
        )  # fmt: skip

    @cached_property
    def total(self) -> Floats:
        """Return the running sum of probabilities, by which branches are drawn."""
        return np.cumsum(self.probability)

    @property
    def is_expectation(self) -> bool:
        """Return whether costs are averaged."""
        return isinstance(self.risk, Expectation)

    def weights(self, cost: Floats) -> Floats:
        """Return the weights by risk of discounted costs, (branch,); an end of the path is an outcome without cost."""
        if self.is_expectation:
            return self.probability
        if self.ends == 0.0:
            return self.risk.weights(self.probability, cost)
        weights = self.risk.weights(np.append(self.probability, self.ends), np.append(cost, 0.0))
        return weights[:-1]

    def futures(self, cuts: Cuts) -> int:
        """Return how many costs to go a node has with one kind of cuts."""
        if not len(self.child) or cuts == "single":
            return min(len(self.child), 1)
        if cuts == "grouped":
            return int(self.group[-1]) + 1
        return len(self.child) + (0 if self.is_expectation else 1)

    def future_cost(self, cuts: Cuts) -> Floats:
        """Return the weight of each cost to go in the objective."""
        cost: Floats = np.ones(self.futures(cuts))
        if cuts == "grouped" and len(self.child):
            cost = np.bincount(self.group, weights=self.probability * self.discount).astype(float)
        elif cuts == "multi" and len(self.child):
            cost = np.zeros_like(cost) if not self.is_expectation else self.probability * self.discount
            cost[len(self.child) :] = 1.0
        return cost


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """A model as forward passes see it.

    Attributes:
        names: of the nodes.
        own_outcomes: how many outcomes of each node are those of the model.
        branches, first: what may follow each node, and the root.
        weights: weights by risk of what may follow, last found at each node; `ROOT_NUMBER` stands for the root.
    """

    names: tuple[str, ...]
    own_outcomes: list[int]
    branches: list[Branches]
    first: Branches
    weights: dict[int, Floats]


def to_branches(model: Model, parent: str, number: Mapping[str, int]) -> Branches:
    """Return what may follow a node, or what may come first after the root."""
    edges = model.children(parent)
    chances = [_chances(model, edge.child) for edge in edges]
    sizes = [len(chance) for chance in chances]
    return Branches(
        child=np.repeat(np.array([number[edge.child] for edge in edges], int), sizes),
        outcome=np.concatenate([np.zeros(0, int), *(np.arange(size) for size in sizes)]),
        probability=np.concatenate(
            [np.zeros(0), *(edge.probability * chance for edge, chance in zip(edges, chances, strict=True))]
        ),
        discount=np.repeat(np.array([edge.discount for edge in edges], float), sizes),
        group=np.repeat(np.arange(len(edges)), sizes),
        risk=model.risk_of(parent),
    )


def _chances(model: Model, name: str) -> Floats:
    outcomes = model.nodes[name].outcomes
    return np.ones(1) if outcomes is None else outcomes.probability
