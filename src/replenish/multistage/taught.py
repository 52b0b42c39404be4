"""A policy that begins with what the extensive form has found: a cut at each vertex, from the prices of its rows.

The prices of an optimum are multipliers of all stages after a vertex at once, so by weak duality they bound the cost to
go from below at any state, and at the state of the optimum they meet it.  Training alone may need very many iterations
for that where states are many.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from replenish.multistage.extensive.extensive import Extensive
from replenish.multistage.extensive.path_tree import PathTree
from replenish.multistage.modelling.check import check
from replenish.multistage.modelling.expression import NONE, Floats, Ints
from replenish.multistage.modelling.model import Model
from replenish.multistage.policy.policy import Policy
from replenish.multistage.solving.crew import Work
from replenish.multistage.solving.kernel.certify import UNIT
from replenish.multistage.tables.prepare import Prepared, prepare
from replenish.multistage.training.backward import Ahead, Made, highest, make_cuts
from replenish.multistage.training.trainer import Trainer


def taught(model: Model, found: Extensive, *, seed: int = 0, work: Work | None = None) -> Policy:
    """Return a policy with a cut at each vertex of an optimum; `resume` trains it further and gives its bound.

    Args:
        model: nodes and edges; costs count by their mean.
        found: what `solve_extensive` returned for the model.
        seed: of the paths of training.
        work: how work is divided.

    Raises:
        ModelError: the model is not sound.
        ValueError: a node measures risk, or the optimum is in whole numbers.
    """
    check(model)
    prepared = prepare(model)
    if not all(one.is_expectation for one in (prepared.first, *prepared.branches)):
        raise ValueError("prices of the extensive form are weighed by risk and make no cuts; train the policy")
    _add_cuts(prepared, found)
    return Policy(Trainer(prepared, work or Work(), seed), [], [], "")


class Below(NamedTuple):
    """What a vertex and all after it cost at least, at an incoming state x: level + slope @ x; scaled."""

    level: float
    slope: Floats
    is_sure: bool


def _add_cuts(prepared: Prepared, found: Extensive) -> None:
    """Add a cut for each vertex that others follow, the last vertices first."""
    tree, number = found.vertices, {name: place for place, name in enumerate(prepared.layout.names)}
    node = np.array([number[one.name] for one in tree.nodes])[tree.node].tolist()
    weight, known = _weights(tree), {}
    after: list[dict[tuple[int, int], Below]] = [{} for _ in node]
    for vertex in range(len(tree) - 1, -1, -1):  # parents come first in a tree
        cut = _add_cut(prepared, node[vertex], after[vertex], found.columns_at(vertex)) if after[vertex] else None
        dual = prepared.sign * found.duals_at(vertex) / weight[vertex]
        known[vertex] = _below(prepared, node[vertex], int(tree.outcome[vertex]), dual, cut)
        if tree.parent[vertex] != NONE:
            after[tree.parent[vertex]][node[vertex], int(tree.outcome[vertex])] = known.pop(vertex)


def _weights(tree: PathTree) -> Floats:
    """Return what costs at each vertex count in the objective: its probability with discounts, (vertex,)."""
    weight = tree.chance * tree.discount
    for level in list(tree.levels())[1:]:
        weight[level] *= weight[tree.parent[level]]
    return weight


def _add_cut(prepared: Prepared, node: int, after: dict[tuple[int, int], Below], x: Floats) -> Made:
    """Add the cut of a node that what follows one of its vertices makes; return it."""
    tables, branches, structure = prepared.tables, prepared.branches[node], prepared.structure(node)
    size = len(structure.outgoing)
    nothing = Below(0.0, np.zeros(size), is_sure=True)  # what has no probability
    ahead = [after.get(pair, nothing) for pair in zip(branches.child.tolist(), branches.outcome.tolist(), strict=True)]
    level, slope = np.array([[one.level for one in ahead]]), np.stack([one.slope for one in ahead])[None]
    is_sure = np.array([[int(one.is_sure) for one in ahead]])
    border = prepared.border(node)
    made = make_cuts(
        branches, branches.probability[None], Ahead(level, slope, is_sure, level), "single", size,
        reach=np.maximum(*np.abs(border))[:size],
    )  # fmt: skip
    state = x[structure.column[len(structure.column) - size :]] / prepared.state_scale(node, outgoing=True)
    tables.pools[node].add(
        made.level, made.slope, made.of, is_sure=made.is_sure, iteration=0, trial=made.trial, state=state[None]
    )
    tables.raise_future(node, made.of, highest(made, *border))
    tables.update_cuts(node)
    return made


def _below(prepared: Prepared, node: int, outcome: int, dual: Floats, cut: Made | None) -> Below:
    """Return what multipliers of the rows prove, with the weight 1 for the cut of what follows.

    The same bound as `kernel.certify`, which has the reasons, for multipliers that no solve of the stage has found.
    """
    tables = prepared.tables
    solved, data = tables.solved[int(prepared.layout.structure[node])], tables.data[node]
    structure = solved.structure
    dual = dual[structure.row] / (solved.scale.row * solved.scale.cost)
    low, high = (
        _put(bound, slice(structure.moved_rows), moved[outcome])
        for bound, moved in ((solved.row_lower, data.row_lower), (solved.row_upper, data.row_upper))
    )
    total, size, count = _rows(dual, low, high)
    cost = _put(solved.cost, structure.moved_costs, data.cost[outcome])
    factor = _put(solved.factor, solved.place[structure.moved_factors], data.factor[outcome])
    column, pull = np.repeat(np.arange(len(cost)), np.diff(solved.starts)), factor * dual[solved.row]
    bulk = np.abs(cost) + np.bincount(column, np.abs(pull), minlength=len(cost))
    price = cost - np.bincount(column, pull, minlength=len(cost))
    is_sure = True
    if cut is not None:
        first = len(cost) - len(structure.outgoing)
        price[first:] += cut.slope[0]
        bulk[first:] += np.abs(cut.slope[0])
        total, size, count = total + float(cut.level[0]), size + abs(float(cut.level[0])), count + 1
        is_sure = bool(cut.is_sure[0])
    low, high = (bound.copy() for bound in tables.safe[node])
    moved = structure.moved_bounds
    low[moved], high[moved] = np.maximum(low[moved], data.lower[outcome]), np.minimum(high[moved], data.upper[outcome])
    blur, own = UNIT * (np.diff(solved.starts) + 4) * bulk, slice(len(structure.incoming), None)
    part, part_size, is_bounded = _columns(price[own], blur[own], low[own], high[own])
    offset = float(data.offset[outcome])
    size += part_size + abs(offset)
    level = total + part + offset - UNIT * (count + len(cost) + 4) * size
    return Below(level, price[: len(structure.incoming)], is_sure and is_bounded)


def _put(base: Floats, places: Ints | slice, values: Floats) -> Floats:
    found = base.copy()
    found[places] = values
    return found


def _rows(dual: Floats, low: Floats, high: Floats) -> tuple[float, float, int]:
    """Return what rows add, the size of the terms and their number; multipliers towards an infinite side become 0."""
    limit = np.where(dual > 0.0, low, high)
    dual[~np.isfinite(limit)] = 0.0
    terms = dual[dual != 0.0] * limit[dual != 0.0]
    return float(terms.sum()), float(np.abs(terms).sum()), len(terms)


def _columns(price: Floats, blur: Floats, low: Floats, high: Floats) -> tuple[float, float, bool]:
    """Return what columns add, the size of the terms, and whether that is proven."""
    is_known = np.abs(price) > blur
    side = np.where(price > 0.0, low, high)
    reach = np.where(is_known, np.abs(side), 2.0 * np.maximum(np.abs(low), np.abs(high)))
    ends = np.isfinite(reach)
    terms = price[is_known & ends] * side[is_known & ends]
    total = float(terms.sum()) - float((blur[ends] * reach[ends]).sum())
    return total, float(np.abs(terms).sum()), bool((ends | ((price == 0.0) & (blur == 0.0))).all())
