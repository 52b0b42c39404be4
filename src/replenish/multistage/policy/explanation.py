"""Why a policy decides as it does: what each limit of a stage costs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from replenish.multistage.linear_program import LinearProgram, Solution
from replenish.multistage.modelling.expression import Floats
from replenish.multistage.modelling.prices import RowPrice, VariablePrice, to_row_prices, to_variable_prices
from replenish.multistage.solving.diagnosis import to_instance
from replenish.multistage.solving.once import solve_with_cuts, stage_program
from replenish.multistage.solving.whole import Whole
from replenish.multistage.tables.prepare import Prepared
from replenish.multistage.tables.tables import Tables

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """A stage at the optimum of its cost and all that follows, in the caller's units.

    Attributes:
        value: cost, or gain if the sense is `"max"`, of the stage and all that follows.
        rows, variables: each single one, in the order of the stage.
    """

    value: float
    rows: tuple[RowPrice, ...]
    variables: tuple[VariablePrice, ...]

    def row_table(self) -> pl.DataFrame:
        """Return the rows as a table."""
        import polars as pl

        return pl.DataFrame(self.rows, schema=dict.fromkeys(RowPrice._fields, pl.Float64) | {"name": pl.String},
                            orient="row")  # fmt: skip

    def variable_table(self) -> pl.DataFrame:
        """Return the variables as a table."""
        import polars as pl

        return pl.DataFrame(self.variables, orient="row",
                            schema=dict.fromkeys(VariablePrice._fields, pl.Float64) | {"name": pl.String})  # fmt: skip


def explain_stage(prepared: Prepared, node: int, state: Floats, values: Floats) -> Explanation:
    """Return a stage at its optimum from an incoming state, (state,) in the caller's units, with `values` (parameter,).

    Whole variables of a first stage are held at their optimum: prices are those of the others.

    Raises:
        SolveError: there is no optimum.
    """
    structure = prepared.structure(node)
    solution = _solved(prepared, node, state / prepared.state_scale(node, outgoing=False), values)
    scale = prepared.tables.solved[int(prepared.layout.structure[node])].scale
    unit, columns, rows = prepared.to_value(1.0), structure.place_of_columns(), structure.place_of_rows()
    x = solution.x[columns] * scale.column[columns]
    came = dict(zip(structure.incoming, state.tolist(), strict=True))
    instance = to_instance(structure.program, values, came)
    activity = np.bincount(instance.row, instance.factor * x[instance.column], len(rows)).astype(float)
    dual = unit * solution.row_dual[rows] * scale.row[rows]
    reduced = unit * solution.column_dual[columns] / scale.column[columns]
    return Explanation(
        prepared.to_value(solution.objective),
        to_row_prices(structure.program.row_names(), activity, (instance.row_lower, instance.row_upper), dual),
        to_variable_prices(structure.program.column_names(), x, (instance.lower, instance.upper), reduced),
    )


def _solved(prepared: Prepared, node: int, state: Floats, values: Floats) -> Solution:
    """Return the optimum of a node with its cuts, scaled; of a linear programme, so that there are duals."""
    tables = prepared.tables.copied()
    tables.put_outcomes(node, values[None, :])
    loaded: list[int] = []
    program = to_held_program(prepared, tables, node, state, loaded)
    return solve_with_cuts(tables, node, program, loaded)


def to_held_program(prepared: Prepared, tables: Tables, node: int, state: Floats, loaded: list[int]) -> LinearProgram:
    """Return the linear programme of a node, scaled, without cuts; whole variables are held at their optimum.

    Args:
        prepared: the model.
        tables: a copy of its tables, in which the node has the one outcome that counts.
        node: its number.
        state: scaled incoming state.
        loaded: grows by the cuts that matter for whole variables.

    Raises:
        SolveError: there is no optimum in whole numbers.
    """
    program = stage_program(tables, node, 0, state)
    following = np.concatenate([one.child for one in prepared.branches])
    whole = Whole.find(tables, prepared.first.child, following)
    if whole is not None and whole.node == node and program.is_integer is not None:
        x = solve_with_cuts(tables, node, program, loaded).x
        held = program.is_integer
        program = replace(
            program, lower=np.where(held, x.round(), program.lower), upper=np.where(held, x.round(), program.upper)
        )
    return replace(program, is_integer=None)
