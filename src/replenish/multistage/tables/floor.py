"""Where costs to go start: a bound from below for each node, given by the user or derived from the bounds of variables.

The cheapest that a stage can ever be is a linear programme over all of its states and outcomes at once; summed up along
the graph it bounds what can follow.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from replenish.errors import SolveError
from replenish.multistage.linear_program import LinearProgram
from replenish.multistage.modelling.expression import Floats
from replenish.multistage.solver import solve_once
from replenish.multistage.tables.branches import Branches
from replenish.multistage.tables.reach import Box

MOST_SWEEPS = 100
BELOW = 1e-6
"""Floors are lowered by this share, so that neither rounding nor tolerances of the solver make them too high."""


def cheapest(box: Box, lower: Floats, upper: Floats, offset: float) -> float:
    """Return a bound from below of what a stage costs anywhere in its box; -inf if it can fall without limit."""
    if not len(lower):
        return offset - BELOW * (1.0 + abs(offset))
    with np.errstate(invalid="ignore"):
        corners = box.cost[:, None, :] * np.stack([lower, upper])[None]
        spread = np.where(box.cost[0] != box.cost[1], np.nan_to_num(corners, nan=0.0).min(axis=(0, 1)), 0.0)
    fixed = np.where(box.cost[0] != box.cost[1], 0.0, box.cost[0])
    order = np.lexsort((box.row, box.column))
    starts = np.concatenate([[0], np.cumsum(np.bincount(box.column, minlength=len(fixed)))]).astype(int)
    program = LinearProgram(
            cost=fixed, lower=lower, upper=upper, row_lower=box.row_lower,
            row_upper=box.row_upper, starts=starts, row=box.row[order], factor=box.factor[order],
    )  # fmt: skip
    found = solve_once(program)
    if found.status == "infeasible":  # any bound holds; the solve of the stage itself will name what clashes
        return 0.0
    if found.status != "optimal":
        return -np.inf
    total = _safe(program, found.row_dual, found.objective) + float(spread.sum()) + offset
    return total - BELOW * (1.0 + abs(total))


def _safe(program: LinearProgram, dual: Floats, objective: float) -> float:
    """Return a bound from below by weak duality (see `kernel.certify`); the optimum found where bounds are missing."""
    column = np.repeat(np.arange(len(program.cost)), np.diff(program.starts))
    ends = np.where(dual > 0, program.row_lower, program.row_upper)
    dual = np.where(np.isfinite(ends), dual, 0.0)
    reduced = program.cost - np.bincount(column, program.factor * dual[program.row], minlength=len(program.cost))
    sides = np.where(reduced > 0, program.lower, program.upper)
    if not np.isfinite(sides[reduced != 0]).all():
        return objective
    rows = dual[dual != 0] @ ends[dual != 0]
    return float(rows + reduced[reduced != 0] @ sides[reduced != 0])


def find_floors(branches: Sequence[Branches], stage: Floats, given: Floats) -> Floats:
    """Return a bound from below of the cost to go of each node.

    Args:
        branches: what may follow each node.
        stage: (node,) cheapest cost of each stage.
        given: (node,) bounds that the user has given, NaN where none.

    Raises:
        SolveError: in a cycle, costs to go have no bound from below.
    """
    floor = np.zeros(len(stage))
    order = range(len(stage) - 1, -1, -1)
    for _ in range(MOST_SWEEPS):
        before = floor.copy()
        for node in order:
            floor[node] = _floor(branches[node], stage + floor) if np.isnan(given[node]) else given[node]
        change = np.abs(floor - before)
        if not (change > 1e-9 * (1.0 + np.abs(floor))).any():
            return floor - BELOW * np.abs(floor) * np.isnan(given)
        if not np.isfinite(floor).all():
            return floor
    if (floor >= before).all():  # rising from a valid start: each sweep is a bound
        return floor
    if all(one.is_expectation or not len(one.child) for one in branches):
        floor = _around(branches, stage, given)
        return floor - BELOW * np.abs(floor) * np.isnan(given)
    raise SolveError("the cost to go in a cycle has no bound from below; give nodes a `bound`")


def _around(branches: Sequence[Branches], stage: Floats, given: Floats) -> Floats:
    """Return the sums of means along cycles that go round often: one linear equation for each node."""
    matrix, side = np.eye(len(stage)), np.zeros(len(stage))
    for node, one in enumerate(branches):
        if np.isnan(given[node]):
            weight = one.probability * one.discount
            np.subtract.at(matrix[node], one.child, weight)
            side[node] = weight @ stage[one.child]
        else:
            side[node] = given[node]
    found: Floats = np.linalg.solve(matrix, side).astype(float)
    return found


def _floor(branches: Branches, value: Floats) -> float:
    """Return the least that can follow, by its mean where means count, else by its least outcome."""
    if not len(branches.child):
        return 0.0
    least = branches.discount * value[branches.child]
    if branches.is_expectation:
        return float(branches.probability @ least)
    return float(min(least.min(), 0.0 if branches.ends > 0 else np.inf))
