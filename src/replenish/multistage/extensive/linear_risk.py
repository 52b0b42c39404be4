"""Risk measures as columns and rows of a linear programme over a tree of paths.

A vertex whose parent weighs what may follow by another measure than the mean gets a column for its value, with a row
that says: value >= discount x (cost here + risk of what follows).  The measure is then linear in these columns.  Costs
after a mean are not given columns: they go, times their probability, to wherever the cost of their parent goes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from replenish.errors import SolveError
from replenish.multistage.extensive.assembly import OBJECTIVE, Assembly
from replenish.multistage.extensive.path_tree import PathTree
from replenish.multistage.modelling.expression import NONE, Floats, Ints
from replenish.multistage.modelling.model import Model
from replenish.multistage.modelling.outcomes import CLOSE
from replenish.multistage.modelling.risk import CVaR, Expectation, Mix, RiskMeasure, WorstCase

Parts: TypeAlias = tuple[tuple[float, Expectation | WorstCase | CVaR], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Bearing:
    """Where the cost of each vertex counts: in `row` (-1 is the objective), times `factor`; both (vertex,)."""

    row: Ints
    factor: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Families:
    """Parents that share a measure, with what may follow each of them; value column -1 is the end of a path."""

    row: Ints  # (parent,)
    factor: Floats  # (parent,)
    parent: Ints  # (child,) place among the parents
    value: Ints  # (child,)
    chance: Floats  # (child,)


def linear_parts(measure: RiskMeasure, share: float = 1.0) -> Parts:
    """Return a measure as a weighted sum of measures with a linear form.

    Raises:
        SolveError: the measure, or a part of it, has none.

    >>> linear_parts(Mix((0.5, WorstCase()), (0.5, CVaR(1.0))))
    ((0.5, WorstCase()), (0.5, Expectation()))
    """
    if isinstance(measure, Mix):
        return tuple(part for each, kind in measure.parts for part in linear_parts(kind, share * each) if part[0] > 0)
    if isinstance(measure, Expectation) or (isinstance(measure, CVaR) and measure.tail == 1):
        return ((share, Expectation()),)
    if isinstance(measure, WorstCase | CVaR):
        return ((share, measure),)
    raise SolveError(
        f"the risk measure {measure!r} has no linear form, which the extensive form needs; use Expectation, WorstCase, "
        "CVaR or a Mix of them, or train a policy, which takes any measure"
    )


def add_risk(assembly: Assembly, model: Model, tree: PathTree) -> Bearing:
    """Add the values of vertices and the measures of them; return where the cost of each vertex counts.

    Raises:
        SolveError: a measure has no linear form.

    References:
        Rockafellar and Uryasev (2000), Optimization of conditional value-at-risk, Journal of Risk 2(3), 21-41.
    """
    kinds, kind = _kinds(model, tree)
    is_valued = np.array([_is_risky(parts) for parts in kinds])[kind]
    value, row = np.full(len(tree), NONE), np.full(len(tree), OBJECTIVE)
    count = int(is_valued.sum())
    value[is_valued] = assembly.add_columns(np.full(count, -math.inf), np.full(count, math.inf))
    row[is_valued] = assembly.add_positive_rows(count)
    assembly.add_terms(row[is_valued], value[is_valued], 1.0)
    bearing = _bearing(tree, row, is_valued)
    for place, parts in enumerate(kinds):
        if _is_risky(parts):
            _add_measure(assembly, parts, _families(tree, bearing, value, np.flatnonzero(kind == place)))
    return bearing


def _kinds(model: Model, tree: PathTree) -> tuple[Sequence[Parts], Ints]:
    """Return the distinct measures, and for each vertex which of them weighs it against its siblings."""
    measures = [model.risk, *(model.risks.get(node.name, model.risk) for node in tree.nodes)]
    numbers: dict[Parts, int] = {}
    of_parent = np.array([numbers.setdefault(linear_parts(measure), len(numbers)) for measure in measures])
    parent = np.where(tree.parent == NONE, 0, tree.node[tree.parent] + 1)
    return list(numbers), of_parent[parent]


def _is_risky(parts: Parts) -> bool:
    return any(not isinstance(measure, Expectation) for _, measure in parts)


def _bearing(tree: PathTree, row: Ints, is_valued: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Bearing:
    """Return where costs count: at the own value, or where the parent's cost counts."""
    row, factor = row.copy(), np.where(is_valued, -tree.discount, tree.discount * tree.chance)
    for level in list(tree.levels())[1:]:
        heirs = level[~is_valued[level]]
        row[heirs] = row[tree.parent[heirs]]
        factor[heirs] *= factor[tree.parent[heirs]]
    return Bearing(row, factor)


def _families(tree: PathTree, bearing: Bearing, value: Ints, children: Ints) -> Families:
    """Return children by parent; where probability is missing to 1, the end of the path is one more child."""
    parents, family = np.unique(tree.parent[children], return_inverse=True)
    missing = 1.0 - np.bincount(family, tree.chance[children])
    ends = np.flatnonzero(missing > CLOSE)
    return Families(
        row=np.where(parents == NONE, OBJECTIVE, bearing.row[parents]),
        factor=np.where(parents == NONE, 1.0, bearing.factor[parents]),
        parent=np.concatenate([family, ends]),
        value=np.concatenate([value[children], np.full(len(ends), NONE)]),
        chance=np.concatenate([tree.chance[children], missing[ends]]),
    )


def _add_measure(assembly: Assembly, parts: Parts, families: Families) -> None:
    """Add the terms of a measure, part by part."""
    for share, part in parts:
        if isinstance(part, Expectation):
            going = families.value != NONE
            parent = families.parent[going]
            factor = share * families.factor[parent] * families.chance[going]
            assembly.add_terms(families.row[parent], families.value[going], factor)
        else:
            _add_worst(assembly, share, part, families)


def _add_worst(assembly: Assembly, share: float, part: WorstCase | CVaR, families: Families) -> None:
    """Add a level for each parent: no value lies above it, but for CVaR by an excess that costs share / tail."""
    count, parent = len(families.parent), families.parent
    level = assembly.add_columns(np.full(len(families.row), -math.inf), np.full(len(families.row), math.inf))
    assembly.add_terms(families.row, level, share * families.factor)
    row = assembly.add_positive_rows(count)
    assembly.add_terms(row, level[parent], 1.0)
    going = families.value != NONE
    assembly.add_terms(row[going], families.value[going], -1.0)
    if isinstance(part, CVaR):
        excess = assembly.add_columns(np.zeros(count), np.full(count, math.inf))
        assembly.add_terms(row, excess, 1.0)
        factor = share / part.tail * families.factor[parent] * families.chance
        assembly.add_terms(families.row[parent], excess, factor)
