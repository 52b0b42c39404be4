"""The extensive form: a finite model as one linear or mixed-integer programme over all of its paths.

It is exact and knows no cuts, so it is the yardstick of small models.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from replenish.multistage.extensive.assembly import Assembly
from replenish.multistage.extensive.conflict import failure
from replenish.multistage.extensive.layout import Layout, Numbers, lay_out, numbers_by_program
from replenish.multistage.extensive.linear_risk import Bearing, add_risk
from replenish.multistage.extensive.path_tree import PathTree, unfold
from replenish.multistage.modelling.expression import NONE, Floats
from replenish.multistage.modelling.model import Model
from replenish.multistage.solver import LinearProgram, Solution, solve_once

Bools: TypeAlias = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Extensive:
    """An optimum of the extensive form.

    Attributes:
        value: cost, or gain if the sense is `"max"`, of these decisions, weighed by the risk measures.
        bound: proven bound of the optimum; for linear programmes it equals `value`.
        vertices: the tree of paths; a vertex is a place in its tables.
    """

    value: float
    bound: float
    vertices: PathTree
    _layout: Layout
    _x: Floats

    def decision(self, vertex: int, variable: str) -> Floats:
        """Return a variable at a vertex, in the variable's shape.

        Raises:
            ValueError: there is no such vertex or variable.
        """
        if not 0 <= vertex < len(self.vertices):
            raise ValueError(f"vertex {vertex} is not in the tree; vertices are 0 to {len(self.vertices) - 1}")
        variables = self._layout.programs[self._layout.program[vertex]].variables
        if variable not in variables:
            raise ValueError(f"vertex {vertex} has no variable `{variable}`; it has {', '.join(variables)}")
        block, first = variables[variable], self._layout.first_entry[vertex]
        found: Floats = self._x[self._layout.column[first : self._layout.first_entry[vertex + 1]]][block.places]
        return found.reshape(block.shape)

    def first(self) -> Mapping[str, Floats]:
        """Return each variable of the first vertex.

        Raises:
            ValueError: paths begin at more than one vertex, so that the first decision is not one.
        """
        begins = np.flatnonzero(self.vertices.parent == NONE)
        if len(begins) != 1:
            raise ValueError(f"paths begin at {len(begins)} vertices: ask `decision` for each of 0 to {begins[-1]}")
        program = self._layout.programs[self._layout.program[begins[0]]]
        return {name: self.decision(int(begins[0]), name) for name in program.variables}


def solve_extensive(
    model: Model, *, relax: bool = False, seconds: float | None = None, most_nodes: int = 100_000
) -> Extensive:
    """Return the optimum of a model whose paths end, found as one programme over all of them.

    Args:
        model: a policy graph without cycles.
        relax: take integer variables as continuous.
        seconds: limit of time; a mixed-integer programme then returns the best plan so far with its bound.
        most_nodes: limit of the number of vertices of the tree.

    Raises:
        ValueError: the graph has a cycle, or its tree is too large.
        SolveError: no plan is feasible, costs fall without limit, no plan was found in time, or a risk measure has
            no linear form.
    """
    tree = unfold(model, most=most_nodes)
    layout = lay_out(tree)
    program = _assembled(model, tree, layout, relax=relax)
    solution = solve_once(program, seconds=seconds)
    if not _has_plan(solution, program):
        raise failure(solution.status, program, tree, layout)
    sign = _sign(model)
    return Extensive(sign * solution.objective, sign * solution.bound, tree, layout, solution.x)


def _sign(model: Model) -> float:
    return 1.0 if model.sense == "min" else -1.0


def _assembled(model: Model, tree: PathTree, layout: Layout, *, relax: bool) -> LinearProgram:
    """Return the linear programme of a tree that minimises costs, or negated gains."""
    assembly = Assembly()
    blocks = list(numbers_by_program(tree, layout))
    lower, upper, is_integer = _columns(tree, layout, blocks)
    assembly.add_columns(lower, upper)
    assembly.add_rows(*_limits(layout, blocks))
    bearing = add_risk(assembly, model, tree)
    for block in blocks:
        _add_matrix(assembly, layout, block)
        _add_costs(assembly, layout, block, bearing, _sign(model))
    program = assembly.to_linear_program()
    extra = np.zeros(assembly.columns - layout.columns, bool)
    return program if relax else replace(program, is_integer=np.concatenate([is_integer, extra]))


def _columns(tree: PathTree, layout: Layout, blocks: Sequence[Numbers]) -> tuple[Floats, Floats, Bools]:
    """Return the bounds of all columns and which are integer; incoming states are fixed where paths begin.

    Raises:
        ValueError: a state has no value where paths begin.
    """
    lower, upper = np.zeros(layout.columns), np.zeros(layout.columns)
    is_integer = np.zeros(layout.columns, bool)
    for block in blocks:
        program, column = block.program, layout.columns_of(block.program, block.vertices)
        own = np.setdiff1d(np.arange(program.columns), program.incoming)
        lower[column[:, own]], upper[column[:, own]] = block.lower[:, own], block.upper[:, own]
        is_integer[column[:, own]] = program.is_integer[own]
        begins = tree.parent[block.vertices] == NONE
        if begins.any() and np.isnan(program.initial).any():
            name = program.states[int(np.argmax(np.isnan(program.initial)))]
            raise ValueError(f"state `{name}` has no value before the first stage; give `initial` to `stage.state`")
        fixed = column[begins][:, program.incoming]
        lower[fixed] = upper[fixed] = program.initial
    return lower, upper, is_integer


def _limits(layout: Layout, blocks: Sequence[Numbers]) -> tuple[Floats, Floats]:
    """Return lower and upper limits of all rows."""
    lower, upper = np.zeros(layout.rows), np.zeros(layout.rows)
    for block in blocks:
        row = layout.rows_of(block.program, block.vertices)
        lower[row], upper[row] = block.row_lower, block.row_upper
    return lower, upper


def _add_matrix(assembly: Assembly, layout: Layout, block: Numbers) -> None:
    row, column = layout.rows_of(block.program, block.vertices), layout.columns_of(block.program, block.vertices)
    assembly.add_terms(row[:, block.program.row], column[:, block.program.column], block.factor)


def _add_costs(assembly: Assembly, layout: Layout, block: Numbers, bearing: Bearing, sign: float) -> None:
    priced = np.flatnonzero((block.cost != 0).any(axis=0))
    row, factor = bearing.row[block.vertices], sign * bearing.factor[block.vertices]
    column = layout.columns_of(block.program, block.vertices)[:, priced]
    assembly.add_terms(row[:, None], column, factor[:, None] * block.cost[:, priced])
    assembly.add_constants(row, factor * block.offset)


def _has_plan(solution: Solution, program: LinearProgram) -> bool:
    is_mixed = program.is_integer is not None and bool(program.is_integer.any())
    return solution.status == "optimal" or (is_mixed and np.isfinite(solution.objective) and len(solution.x) > 0)
