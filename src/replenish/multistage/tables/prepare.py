"""From a model to the tables that kernels work on: layout, scales, data, bounds for proofs, floors of costs to go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from replenish.errors import SolveError
from replenish.multistage.modelling.expression import Floats, Ints
from replenish.multistage.modelling.model import ROOT, Model
from replenish.multistage.tables.boxes import Draft, find_boxes, parts
from replenish.multistage.tables.branches import Branches, Cuts, Graph, to_branches
from replenish.multistage.tables.cuts import Pool
from replenish.multistage.tables.floor import cheapest, find_floors
from replenish.multistage.tables.layout import Layout, Structure, to_layout
from replenish.multistage.tables.order import visiting_order
from replenish.multistage.tables.reach import Box
from replenish.multistage.tables.scaling import to_scales
from replenish.multistage.tables.tables import Solved, Tables, to_data, to_solved


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A model that is ready to be solved.

    Attributes:
        branches: what may follow each node.
        first: what may follow the root.
        order: for each node, its branches in the order in which they are solved.
        start: the incoming state of the first stages, scaled.
        unbounded: names of variables, as node: variable, without a finite bound; they leave the bound unproven.
    """

    model: Model
    cuts: Cuts
    tables: Tables
    branches: list[Branches]
    first: Branches
    order: list[Ints]
    start: Floats
    unbounded: list[str]

    @property
    def layout(self) -> Layout:
        """Return nodes and structures."""
        return self.tables.layout

    @property
    def sign(self) -> float:
        """Return 1 if costs are minimised, -1 if gains are maximised."""
        return self.tables.sign

    def to_graph(self) -> Graph:
        """Return the model as forward passes see it."""
        own = [len(chances) for chances in self.layout.probability]
        return Graph(self.layout.names, own, self.branches, self.first, {})

    @property
    def cost_scale(self) -> float:
        """Return by what costs were divided."""
        return self.tables.solved[0].scale.cost

    def to_value(self, scaled: float) -> float:
        """Return a scaled cost in the caller's units and sense."""
        return self.sign * self.cost_scale * scaled

    def structure(self, node: int) -> Structure:
        """Return the structure of a node."""
        return self.layout.structures[int(self.layout.structure[node])]

    def with_pools(self, other: Prepared) -> Prepared:
        """Return this model after taking over the cuts of the same model prepared before."""
        for node, pool in enumerate(other.tables.pools):
            self.tables.pools[node] = pool
            self.tables.raise_future(
                node, np.arange(len(other.tables.future_upper[node])), other.tables.future_upper[node]
            )
            self.tables.update_cuts(node)
        return self

    def cost_to_go(self, node: int, x: Floats) -> tuple[float, Floats]:
        """Return the bound of the cost to go at an outgoing state, and its slope there; all scaled."""
        tables, branches = self.tables, self.branches[node]
        futures = len(tables.future_lower[node])
        if not futures:
            return 0.0, np.zeros(len(x))
        pool = tables.pools[node]
        wide = np.concatenate([x, np.zeros(pool.width - len(x))])
        found = [_above(pool.height(wide, of), low) for of, low in enumerate(tables.future_lower[node])]
        value, slope = np.array([v for v, _ in found]), np.stack([g[: len(x)] for _, g in found])
        weights = tables.future_cost[node].copy()
        if pool.width > len(x):  # the last cost to go weighs the others by risk
            weights = np.append(branches.weights(branches.discount * value[:-1]) * branches.discount, 0.0)
        return float(weights @ value), weights @ slope

    def border(self, node: int) -> tuple[Floats, Floats]:
        """Return bounds, for proofs, of what the cuts of a node reach over: states, then costs to go."""
        tables = self.tables
        low, high = tables.safe[node]
        outgoing, width = int(tables.structures[tables.nodes[node]["structure"]]["outgoing"]), tables.pools[node].width
        first = len(low) - outgoing
        futures = width - outgoing
        return (
            np.concatenate([low[first:], tables.future_lower[node][:futures]]),
            np.concatenate([high[first:], tables.future_upper[node][:futures]]),
        )

    def state_scale(self, node: int, *, outgoing: bool) -> Floats:
        """Return the scale of the states that leave or enter a node: state = scaled state x scale."""
        solved = self.tables.solved[self.layout.structure[node]]
        size = len(solved.structure.outgoing if outgoing else solved.structure.incoming)
        scale: Floats = solved.scale.column[solved.columns - size :] if outgoing else solved.scale.column[:size]
        return scale


def prepare(model: Model, cuts: Cuts = "single", extra: Mapping[str, Floats] | None = None) -> Prepared:
    """Return a sound model ready to be solved with one kind of cuts.

    `extra` holds parameter values (outcome, parameter) of nodes that a path may meet though the model does not.

    Raises:
        SolveError: a stage can be infinitely cheap, and no bound was given.
    """
    draft = to_draft(model, cuts, extra or {})
    layout, branches, sign = draft.layout, draft.branches, -1.0 if model.sense == "max" else 1.0
    boxes, safe = find_boxes(draft)
    floors = _floors(model, draft, boxes, safe)
    lowest = [_lowest(one, cuts, floor, floors) for one, floor in zip(branches, floors.go, strict=True)]
    tables = Tables(
        layout=layout, solved=draft.solved, data=draft.data, sign=sign, safe=safe,
        pools=[Pool(_width(layout, node, one, cuts)) for node, one in enumerate(branches)],
        future_cost=[one.future_cost(cuts) for one in branches], future_lower=lowest,
        future_upper=[low.copy() for low in lowest],
    )  # fmt: skip
    tours = [visiting_order(one, len(chances)) for one, chances in zip(draft.data, layout.probability, strict=True)]
    order = [_order(one, tours) for one in branches]
    return Prepared(model, cuts, tables, branches, draft.first, order, draft.start, _unbounded(layout, safe))


def to_draft(model: Model, cuts: Cuts, extra: Mapping[str, Floats]) -> Draft:
    """Return a sound model scaled and in the order in which it is solved, before bounds are looked for."""
    number = {name: place for place, name in enumerate(model.nodes)}
    branches = [to_branches(model, name, number) for name in model.nodes]
    first = to_branches(model, ROOT, number)
    layout = to_layout(model, {name: one.futures(cuts) for name, one in zip(model.nodes, branches, strict=True)}, extra)
    sign = -1.0 if model.sense == "max" else 1.0
    scales = to_scales(layout.structures)
    solved = [to_solved(s, scale, sign) for s, scale in zip(layout.structures, scales, strict=True)]
    data = [to_data(solved[s], values, sign) for s, values in zip(layout.structure, layout.parameters, strict=True)]
    return Draft(layout, solved, data, branches, first, _start(layout, solved, first))


def _above(height: tuple[float, Floats], floor: float) -> tuple[float, Floats]:
    return height if height[0] >= floor else (floor, np.zeros_like(height[1]))


@dataclass(frozen=True, slots=True, eq=False)
class _Floors:
    """Bounds from below, (node,), scaled: of the cost of each stage, and of the cost to go after it."""

    stage: Floats
    go: Floats


def _order(branches: Branches, tours: list[Ints]) -> Ints:
    """Return branches child by child, the outcomes of each in the order of its tour."""
    if not len(branches.child):
        return np.zeros(0, int)
    starts = np.nonzero(np.diff(branches.group, prepend=-1))[0]
    return np.concatenate([first + tours[int(branches.child[first])] for first in starts])


def _width(layout: Layout, node: int, branches: Branches, cuts: Cuts) -> int:
    """Return over how many columns cuts reach: with a risk measure also over the cost to go of each outcome."""
    width = len(layout.structures[layout.structure[node]].outgoing)
    return width + (len(branches.child) if cuts == "multi" and not branches.is_expectation else 0)


def _start(layout: Layout, solved: list[Solved], first: Branches) -> Floats:
    own = solved[layout.structure[first.child[0]]]
    initial = np.array([layout.initial[state] for state in own.structure.incoming], float)
    start: Floats = initial / own.scale.column[: len(initial)]
    return start


def _floors(model: Model, draft: Draft, boxes: list[Box], safe: list[tuple[Floats, Floats]]) -> _Floors:
    """Return bounds from below, derived where the model gives none.

    Raises:
        SolveError: a stage can be infinitely cheap, and no bound was given.
    """
    sign, scale = (-1.0 if model.sense == "max" else 1.0), draft.solved[0].scale.cost
    given = np.array([sign * model.bounds.get(name, np.nan) / scale for name in model.nodes])
    stage = np.full(len(boxes), np.nan)
    known: dict[bytes, float] = {}
    for node, (box, (low, high)) in enumerate(zip(boxes, safe, strict=True)):
        offset = float(draft.data[node].offset.min())
        key = b"".join([*(part.tobytes() for part in parts(box)), box.factor.tobytes(), np.float64(offset).tobytes()])
        if key not in known:
            known[key] = cheapest(box, low, high, offset)
        stage[node] = known[key]
    needed = {int(child) for node, one in enumerate(draft.branches) for child in one.child if np.isnan(given[node])}
    names = list(model.nodes)
    endless = [names[node] for node in sorted(needed) if not np.isfinite(stage[node])]
    if endless:
        raise SolveError(
            f"nodes {', '.join(endless[:5])}: what the stage costs has no bound from below over its bounds alone"
            " (in a model that maximises: from above); give variables finite bounds, or the nodes before a `bound`"
        )
    return _Floors(stage, find_floors(draft.branches, np.where(np.isfinite(stage), stage, 0.0), given))


def _lowest(branches: Branches, cuts: Cuts, floor: float, floors: _Floors) -> Floats:
    """Return the lower bound of each cost to go of a node."""
    count = branches.futures(cuts)
    if cuts == "single" or count == 0:
        return np.full(count, floor)
    known = floors.stage[branches.child]
    each = np.where(np.isfinite(known), known + floors.go[branches.child], np.minimum(floor, floor / branches.discount))
    if cuts == "grouped":
        least = np.full(count, np.inf)
        np.minimum.at(least, branches.group, each)
        return least
    return np.concatenate([each, np.full(count - len(each), floor)])


def _unbounded(layout: Layout, safe: list[tuple[Floats, Floats]]) -> list[str]:
    """Return the variables that have no finite bound, by structure, each with a node in which that is so."""
    found: dict[str, str] = {}
    for node, (low, high) in enumerate(safe):
        structure = layout.structures[layout.structure[node]]
        names = structure.program.column_names()
        for place in np.nonzero(~(np.isfinite(low) & np.isfinite(high)))[0]:
            column = structure.column[place]
            if column >= 0:
                found.setdefault(names[column], f"{layout.names[node]}: {names[column]}")
    return list(found.values())
