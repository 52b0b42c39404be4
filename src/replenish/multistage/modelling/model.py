"""A model: nodes, each a stage with its outcomes, and the edges along which time passes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from replenish.multistage.modelling.expression import Floats
from replenish.multistage.modelling.outcomes import Outcomes
from replenish.multistage.modelling.program import Program, Sense
from replenish.multistage.modelling.risk import Expectation, RiskMeasure
from replenish.multistage.modelling.stage import Stage

ROOT = "root"
"""Where every path begins: edges from here lead to the first stage."""


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A stage with its data: what is fixed here, and what is random.

    Attributes:
        name: its name in the graph.
        program: the stage; nodes that differ only in data share it, and with it their linear programmes.
        outcomes: random parameters, revealed before the node decides; None if nothing is random.
        data: values of the other parameters, each of the parameter's shape.
    """

    name: str
    program: Program
    outcomes: Outcomes | None
    data: Mapping[str, npt.ArrayLike]

    def parameter_values(self) -> Floats:
        """Return the value of each parameter in each outcome, (outcome, parameter)."""
        count = 1 if self.outcomes is None else len(self.outcomes)
        table = np.zeros((count, self.program.parameter_count))
        for name, block in self.program.parameters.items():
            if self.outcomes is not None and name in self.outcomes.values:
                values = self.outcomes.values[name]
                ones = (1,) * (len(block.shape) + 1 - values.ndim)
                wide = np.broadcast_to(values.reshape(count, *ones, *values.shape[1:]), (count, *block.shape))
                table[:, block.places] = wide.reshape(count, block.size)
            else:
                table[:, block.places] = np.broadcast_to(np.asarray(self.data[name], float), block.shape).ravel()
        return table


@dataclass(frozen=True, slots=True)
class Edge:
    """From a node to one that may follow."""

    parent: str
    child: str
    probability: float
    discount: float


@dataclass(slots=True)
class Model:
    """A policy graph (Dowson 2020): nodes, edges with probabilities, and how risk counts.

    What is missing to 1 in the probabilities of the edges that leave a node is the chance that the path ends there.
    Cycles are allowed if paths end, or are discounted: that is an infinite horizon.

    Attributes:
        leaving: the edges that leave each node.
        risk: measure of the cost to go of nodes that have none of their own in `risks`.
        bounds: bound of the cost to go after a node (below when minimising, above when maximising), in the caller's
            units; where none is given it is derived from the bounds of variables.

    References:
        Dowson (2020), The policy graph decomposition of multistage stochastic programming problems, Networks 76(1).
    """

    risk: RiskMeasure = field(default_factory=Expectation)
    nodes: dict[str, Node] = field(default_factory=dict)
    leaving: dict[str, list[Edge]] = field(default_factory=dict)
    risks: dict[str, RiskMeasure] = field(default_factory=dict)
    bounds: dict[str, float] = field(default_factory=dict)
    _programs: dict[int, tuple[Stage, Program]] = field(default_factory=dict)

    def __reduce__(self) -> tuple[type[Model], tuple[object, ...]]:
        return Model, (self.risk, self.nodes, self.leaving, self.risks, self.bounds)  # ids of stages mean nothing there

    @property
    def sense(self) -> Sense:
        """Return `"min"` or `"max"`, as in the stages."""
        return next(iter(self.nodes.values())).program.sense if self.nodes else "min"

    def add_node(
        self,
        name: str,
        stage: Stage | Program,
        outcomes: Outcomes | None = None,
        *,
        data: Mapping[str, npt.ArrayLike] | None = None,
        risk: RiskMeasure | None = None,
        bound: float | None = None,
    ) -> None:
        """Add a node; hand over the same stage again for each node that differs only in data.

        Raises:
            ValueError: the name is taken.
        """
        if name in self.nodes or name == ROOT:
            raise ValueError(f"node `{name}` exists already; give each node its own name (`{ROOT}` is taken)")
        self.nodes[name] = Node(name, self._program(stage), outcomes, dict(data or {}))
        if risk is not None:
            self.risks[name] = risk
        if bound is not None:
            self.bounds[name] = bound

    def add_edge(self, parent: str, child: str, probability: float = 1.0, discount: float = 1.0) -> None:
        """Add an edge; `parent` is `ROOT` for a first stage. Costs after it count `discount` times.

        Raises:
            ValueError: a node is unknown, or the probability or discount is not in (0, 1].
        """
        if child == ROOT:
            raise ValueError(f"edge {parent} -> {child}: paths begin at `{ROOT}`, so no edge leads there")
        for name in (parent, child):
            if name not in self.nodes and name != ROOT:
                raise ValueError(
                    f"edge {parent} -> {child}: there is no node `{name}` that it may join; add nodes first"
                )
        if not 0 < probability <= 1 or not 0 < discount <= 1:
            raise ValueError(
                f"edge {parent} -> {child}: probability {probability} and discount {discount} must both lie in (0, 1]"
            )
        self.leaving.setdefault(parent, []).append(Edge(parent, child, float(probability), float(discount)))

    @property
    def edges(self) -> list[Edge]:
        """Return all edges."""
        return [edge for edges in self.leaving.values() for edge in edges]

    def children(self, parent: str) -> list[Edge]:
        """Return the edges that leave a node, in the order in which they were added."""
        return self.leaving.get(parent, [])

    def risk_of(self, parent: str) -> RiskMeasure:
        """Return the risk measure of the cost to go of a node."""
        return self.risks.get(parent, self.risk)

    def _program(self, stage: Stage | Program) -> Program:
        if isinstance(stage, Program):
            return stage
        if id(stage) not in self._programs:
            self._programs[id(stage)] = (stage, stage.program())
        return self._programs[id(stage)][1]


Stages = Stage | Program | Sequence[Stage | Program]
Data = Mapping[str, npt.ArrayLike]


def linear(
    stages: Stages,
    outcomes: Sequence[Outcomes | None],
    *,
    data: Sequence[Data] | None = None,
    discount: float = 1.0,
    risk: RiskMeasure | None = None,
    bound: float | None = None,
) -> Model:
    """Return a model of stages in a row, named "1", "2", ...

    Args:
        stages: one stage for all, or one for each.
        outcomes: what is random in each stage; its length is the number of stages.
        data: fixed parameters of each stage.
        discount: factor from each stage to the next.
        risk: risk measure of every node and of the root; default the mean.
        bound: bound of the cost to go after each stage but the last; derived if None.

    Raises:
        ValueError: lengths differ.
    """
    matrices = [np.ones((1, 1))] * len(outcomes)
    facts = [[facts] for facts in data] if data is not None else None
    return markov(
        [[stage] for stage in _each(stages, len(outcomes))], matrices, outcomes=[[one] for one in outcomes], data=facts,
        names=[[str(t + 1)] for t in range(len(outcomes))], discount=discount, risk=risk, bound=bound,
    )  # fmt: skip


def markov(
    stages: Stage | Program | Sequence[Stages],
    transitions: Sequence[npt.ArrayLike],
    *,
    outcomes: Sequence[Sequence[Outcomes | None]] | None = None,
    data: Sequence[Sequence[Data]] | None = None,
    names: Sequence[Sequence[str]] | None = None,
    discount: float = 1.0,
    risk: RiskMeasure | None = None,
    bound: float | None = None,
) -> Model:
    """Return a model whose nodes are pairs of stage and regime, named "1-0", "1-1", ... (stage from 1, regime from 0).

    Args:
        stages: one stage for all nodes, or for each time one, or one for each regime.
        transitions: for each time the matrix (regime before, regime now); the first is (1, regimes) from the root.
        outcomes: what is random at [time][regime].
        data: fixed parameters at [time][regime].
        names: names of the nodes at [time][regime].
        discount: factor from each stage to the next.
        risk: risk measure of every node and of the root; default the mean.
        bound: bound of the cost to go after each stage but the last; derived if None.

    Raises:
        ValueError: sizes do not fit each other, or a row of a matrix sums to more than 1.
    """
    matrices = [np.atleast_2d(np.asarray(matrix, float)) for matrix in transitions]
    sizes = [matrix.shape[1] for matrix in matrices]
    if [1, *sizes[:-1]] != [matrix.shape[0] for matrix in matrices]:
        raise ValueError(
            f"transition matrices have shapes {[m.shape for m in matrices]}; each must follow the one before"
        )
    titles = names or [[f"{t + 1}-{regime}" for regime in range(size)] for t, size in enumerate(sizes)]
    model = Model() if risk is None else Model(risk=risk)
    per_time = _each(stages, len(sizes))
    for t, size in enumerate(sizes):
        for regime, stage in enumerate(_each(per_time[t], size)):
            model.add_node(
                titles[t][regime], stage, outcomes[t][regime] if outcomes else None,
                data=data[t][regime] if data else None, bound=bound if t < len(sizes) - 1 else None,
            )  # fmt: skip
    for t, matrix in enumerate(matrices):
        for before, now in zip(*np.nonzero(matrix), strict=True):
            parent = titles[t - 1][before] if t else ROOT
            model.add_edge(parent, titles[t][now], matrix[before, now], discount if t else 1.0)
    return model


def tree(nodes: Iterable[tuple[str, str, float, Stage | Program, Data]], *, risk: RiskMeasure | None = None) -> Model:
    """Return a model of a scenario tree from rows of (node, parent, probability, stage, data), parents first."""
    model = Model() if risk is None else Model(risk=risk)
    for name, parent, probability, stage, data in nodes:
        model.add_node(name, stage, data=data)
        model.add_edge(parent, name, probability)
    return model


def _each(value: object, count: int) -> list[Stage | Program]:
    """Return one thing for each of `count`: the one that was given, or those of a sequence.

    Raises:
        ValueError: a sequence has another length.
    """
    if isinstance(value, Stage | Program):
        return [value] * count
    things: list[Stage | Program] = list(value)  # type: ignore[call-overload]
    if len(things) != count:
        raise ValueError(f"{len(things)} stages were given for {count}; give one for all, or one for each")
    return things
