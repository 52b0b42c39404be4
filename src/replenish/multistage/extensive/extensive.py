"""The extensive form: a finite model as one linear or mixed-integer programme over all of its paths.

It is exact and knows no cuts, so it is the yardstick of small models.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from replenish.multistage.extensive.assembly import Assembly
from replenish.multistage.extensive.conflict import failure
from replenish.multistage.extensive.layout import Layout, Numbers, lay_out, numbers_by_program
from replenish.multistage.extensive.linear_risk import Bearing, add_risk
from replenish.multistage.extensive.path_tree import PathTree, unfold
from replenish.multistage.linear_program import LinearProgram, Solution
from replenish.multistage.modelling.expression import NONE, Floats, Ints
from replenish.multistage.modelling.model import Model
from replenish.multistage.modelling.prices import RowPrice, VariablePrice, to_row_prices, to_variable_prices
from replenish.multistage.modelling.program import Block, Program
from replenish.multistage.solver import SMALL_GAP, Method, solve_costs, solve_once

Bools: TypeAlias = npt.NDArray[np.bool_]


class Size(NamedTuple):
    """How large an extensive form is, and how long it took.

    build_seconds, solve_seconds: wall time to write it and to solve it.
    """

    rows: int
    columns: int
    nonzeros: int
    build_seconds: float
    solve_seconds: float


@dataclass(frozen=True, slots=True, eq=False)
class Extensive:
    """An optimum of the extensive form.

    Prices are changes of `value` by one more unit of a limit at one vertex.  So they contain the probability of the
    vertex, discounts on the way to it, and with a risk measure its weight: divided by `vertices.probability[vertex]`
    they are prices as seen there.  Integer programmes have none.

    Attributes:
        value: cost, or gain if the sense is `"max"`, of these decisions, weighed by the risk measures.
        bound: proven bound of the optimum; for linear programmes it equals `value`.
        vertices: the tree of paths; a vertex is a place in its tables.
        size: rows, columns, nonzeros, and seconds.
    """

    value: float
    bound: float
    vertices: PathTree
    size: Size
    _sign: float
    _layout: Layout
    _program: LinearProgram
    _solution: Solution

    def decision(self, vertex: int, variable: str) -> Floats:
        """Return a variable at a vertex, in the variable's shape.

        Raises:
            ValueError: there is no such vertex or variable.
        """
        block = _block(vertex, variable, self._own(vertex).variables, "variable")
        found: Floats = self._solution.x[self._columns_of(vertex)[block.places]]
        return found.reshape(block.shape)

    def dual(self, vertex: int, row: str) -> Floats:
        """Return the price of a block of rows at a vertex, in the shape of the block.

        Raises:
            ValueError: there is no such vertex or row, or the programme has whole numbers.
        """
        block = _block(vertex, row, self._own(vertex).constraints, "row")
        return self._prices(self._solution.row_dual)[self._rows_of(vertex)][block.places].reshape(block.shape)

    def row_prices(self, vertex: int) -> tuple[RowPrice, ...]:
        """Return each row of a vertex with its limits and its price.

        Raises:
            ValueError: there is no such vertex, or the programme has whole numbers.
        """
        names, own = self._own(vertex).row_names(), self._rows_of(vertex)
        limits = (self._program.row_lower[own], self._program.row_upper[own])
        return to_row_prices(names, self._solution.activity[own], limits, self._prices(self._solution.row_dual)[own])

    def variable_prices(self, vertex: int) -> tuple[VariablePrice, ...]:
        """Return each variable of a vertex with its bounds and its reduced cost; what came in has those it left with.

        Raises:
            ValueError: there is no such vertex, or the programme has whole numbers.
        """
        names, own = self._own(vertex).column_names(), self._columns_of(vertex)
        bounds = (self._program.lower[own], self._program.upper[own])
        reduced = self._prices(self._solution.column_dual)[own]
        return to_variable_prices(names, self._solution.x[own], bounds, reduced)

    def values(self, variable: str) -> Floats:
        """Return a variable at all vertices, (vertex, *shape); NaN where a vertex lacks it.

        Raises:
            ValueError: no vertex has it, or its shape differs between vertices.
        """
        return self._layout.gathered(variable, self._solution.x[self._layout.column], of_rows=False)

    def duals(self, row: str) -> Floats:
        """Return the prices of a block of rows at all vertices, (vertex, *shape); NaN where a vertex lacks it.

        Raises:
            ValueError: no vertex has it, its shape differs between vertices, or the programme has whole numbers.
        """
        return self._layout.gathered(row, self._prices(self._solution.row_dual), of_rows=True)

    def reduced_costs(self, variable: str) -> Floats:
        """Return the reduced costs of a variable at all vertices, (vertex, *shape); NaN where a vertex lacks it.

        Raises:
            ValueError: no vertex has it, its shape differs between vertices, or the programme has whole numbers.
        """
        reduced = self._prices(self._solution.column_dual)[self._layout.column]
        return self._layout.gathered(variable, reduced, of_rows=False)

    def cost_of(self, variable: str) -> float:
        """Return what the entries of a block of variables add to `value` at all vertices.

        Raises:
            ValueError: no vertex has it, its shape differs between vertices, or costs are weighed by a risk measure.
        """
        own = self._columns_of_block(variable)
        return self._sign * float(self._program.cost[own] @ self._solution.x[own])

    def repriced(self, factors: Iterable[Mapping[str, float]]) -> Iterator[Extensive]:
        """Yield the optimum when what blocks of variables cost counts so many times; each starts from the last one.

        Args:
            factors: for each optimum the blocks that count otherwise, each with its factor.

        Raises:
            ValueError: no vertex has a block, its shape differs between vertices, costs are weighed by a risk measure,
                or the programme has whole numbers.
            SolveError: costs fall without limit.
        """
        if self._program.has_integers:
            raise ValueError("a programme in whole numbers is not solved again from a basis; use `relax=True`")
        programs = [self._with_costs(each) for each in factors]
        clock = perf_counter()
        for program, solution in zip(programs, solve_costs(self._program, (p.cost for p in programs)), strict=True):
            if not _has_plan(solution, program):
                raise failure(solution.status, program, self.vertices, self._layout)
            size = self.size._replace(build_seconds=0.0, solve_seconds=perf_counter() - clock)
            yield replace(
                self, value=self._sign * solution.objective, bound=self._sign * solution.bound, size=size,
                _program=program, _solution=solution,
            )  # fmt: skip
            clock = perf_counter()

    def _with_costs(self, factors: Mapping[str, float]) -> LinearProgram:
        """Return the programme in which what blocks of variables cost counts so many times."""
        cost = self._program.cost.copy()
        for variable, factor in factors.items():
            cost[self._columns_of_block(variable)] *= factor
        return replace(self._program, cost=cost)

    def _columns_of_block(self, variable: str) -> Ints:
        """Return the columns of a block of variables at all vertices."""
        if len(self._program.cost) > self._layout.columns:
            raise ValueError("costs are weighed by a risk measure, so that they are not those of single variables")
        places = self._layout.gathered(variable, self._layout.column.astype(float), of_rows=False)
        return np.unique(places[~np.isnan(places)]).astype(int)

    def columns_at(self, vertex: int) -> Floats:
        """Return all variables of a vertex in the order of its programme, (column,).

        Raises:
            ValueError: there is no such vertex.
        """
        self._own(vertex)
        found: Floats = self._solution.x[self._columns_of(vertex)]
        return found

    def duals_at(self, vertex: int) -> Floats:
        """Return the prices of all rows of a vertex in the order of its programme, (row,).

        Raises:
            ValueError: there is no such vertex, or the programme has whole numbers.
        """
        self._own(vertex)
        return self._prices(self._solution.row_dual)[self._rows_of(vertex)]

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

    def _own(self, vertex: int) -> Program:
        if not 0 <= vertex < len(self.vertices):
            raise ValueError(f"vertex {vertex} is not in the tree; vertices are 0 to {len(self.vertices) - 1}")
        return self._layout.programs[int(self._layout.program[vertex])]

    def _columns_of(self, vertex: int) -> Ints:
        return self._layout.column[self._layout.first_entry[vertex] : self._layout.first_entry[vertex + 1]]

    def _rows_of(self, vertex: int) -> slice:
        return slice(int(self._layout.first_row[vertex]), int(self._layout.first_row[vertex + 1]))

    def _prices(self, dual: Floats) -> Floats:
        if self._program.has_integers:
            raise ValueError("a programme in whole numbers has no prices; solve it with `relax=True`")
        return self._sign * dual


def _block(vertex: int, name: str, blocks: Mapping[str, Block], kind: str) -> Block:
    if name not in blocks:
        raise ValueError(f"vertex {vertex} has no {kind} `{name}`; it has {', '.join(blocks)}")
    return blocks[name]


def solve_extensive(
    model: Model,
    *,
    relax: bool = False,
    seconds: float | None = None,
    gap: float = SMALL_GAP,
    solver: Method = "choose",
    most_nodes: int = 100_000,
) -> Extensive:
    """Return the optimum of a model whose paths end, found as one programme over all of them.

    Args:
        model: a policy graph without cycles.
        relax: take integer variables as continuous.
        seconds: limit of time; a mixed-integer programme then returns the best plan so far with its bound.
        gap: a mixed-integer programme is solved once value and bound are so near, relative to the value.
        solver: how a linear programme is solved: interior points (then crossover) are the faster for very large ones.
        most_nodes: limit of the number of vertices of the tree.

    Raises:
        ValueError: the graph has a cycle, or its tree is too large.
        SolveError: no plan is feasible, costs fall without limit, no plan was found in time, or a risk measure has
            no linear form.
    """
    clock = perf_counter()
    tree = unfold(model, most=most_nodes)
    layout = lay_out(tree)
    program = _assembled(model, tree, layout, relax=relax)
    built = perf_counter()
    solution = solve_once(program, seconds=seconds, gap=gap, method=solver)
    if not _has_plan(solution, program):
        raise failure(solution.status, program, tree, layout)
    size = Size(
        len(program.row_lower), len(program.cost), len(program.factor), built - clock, perf_counter() - built
    )  # fmt: skip
    sign = _sign(model)
    return Extensive(sign * solution.objective, sign * solution.bound, tree, size, sign, layout, program, solution)


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
    return solution.status == "optimal" or (
        program.has_integers and np.isfinite(solution.objective) and len(solution.x) > 0
    )
