"""Why a stage has no optimum, in the caller's names."""

from __future__ import annotations

import numpy as np

from replenish.errors import SolveError
from replenish.multistage.linear_program import LinearProgram
from replenish.multistage.modelling.expression import Floats
from replenish.multistage.modelling.program import Program
from replenish.multistage.solver import find_conflict, solve_once
from replenish.multistage.tables.tables import Tables

FAR = 1e9
"""Bound that unbounded variables are given to see which of them run away."""
MOST_NAMES = 8


def to_instance(program: Program, values: Floats, state: dict[str, float]) -> LinearProgram:
    """Return a programme in the caller's units, for parameter `values` and incoming states by name."""
    row = values[None, :]
    shift = program.row_slopes.moved(np.zeros(program.rows), row)[0]
    lower, upper = program.lower_slopes.moved(program.lower, row)[0], program.upper_slopes.moved(program.upper, row)[0]
    came = np.array([state.get(name, np.nan) for name in program.states])
    lower[program.incoming] = upper[program.incoming] = came
    sign = -1.0 if program.sense == "max" else 1.0
    counts = np.bincount(program.column, minlength=program.columns)
    return LinearProgram(
        cost=sign * program.cost_slopes.moved(program.cost, row)[0], lower=lower, upper=upper,
        row_lower=program.row_lower + shift, row_upper=program.row_upper + shift,
        starts=np.concatenate([[0], np.cumsum(counts)]).astype(int), row=program.row,
        factor=program.matrix_slopes.moved(program.factor, row)[0],
        offset=sign * float(program.offset_slopes.moved(program.offset, row)[0, 0]), is_integer=program.is_integer,
    )  # fmt: skip


def explain_failure(tables: Tables, node: int, outcome: int, state: Floats, status: str) -> str:
    """Return why a node's programme has no optimum in an outcome, from an incoming state (scaled)."""
    layout = tables.layout
    solved = tables.solved[int(layout.structure[node])]
    structure = solved.structure
    count = len(structure.incoming)
    came = dict(zip(structure.incoming, state[:count] * solved.scale.column[:count], strict=True))
    where = f"node {layout.names[node]}, outcome {outcome}"
    values = layout.parameters[node][outcome]
    instance = to_instance(structure.program, values, {name: float(value) for name, value in came.items()})
    from_state = ", ".join(f"{name}={value:.6g}" for name, value in list(came.items())[:MOST_NAMES]) or "no state"
    return f"{where}, from {from_state}: {explain(structure.program, instance, status)}"


def explain(program: Program, instance: LinearProgram, status: str) -> str:
    """Return what is wrong with an instance of a programme: rows and variables in conflict, or what runs away."""
    found = solve_once(instance)
    if "infeasible" in found.status and "unbounded" not in found.status:
        return _conflict(program, instance)
    bounded = LinearProgram(
        cost=instance.cost, lower=np.maximum(instance.lower, -FAR), upper=np.minimum(instance.upper, FAR),
        row_lower=instance.row_lower, row_upper=instance.row_upper, starts=instance.starts, row=instance.row,
        factor=instance.factor,
    )  # fmt: skip
    limited = solve_once(bounded)
    if found.status != "optimal" and limited.status == "optimal":
        names = program.column_names()
        far = [names[j] for j in np.nonzero(np.abs(limited.x) > 0.99 * FAR)[0]]
        return (
            f"unbounded: {'gains rise' if program.sense == 'max' else 'costs fall'} without limit along"
            f" {', '.join(far[:MOST_NAMES]) or 'some variables'}; give them bounds or a price"
        )
    if found.status != "optimal":
        return _conflict(program, instance)
    return (
        f"HiGHS says {status} with the cuts of its cost to go, though the stage alone has an optimum; look at the"
        " ranges of coefficients (`stability`), or give a `bound` for the cost to go"
    )


def _conflict(program: Program, instance: LinearProgram) -> str:
    try:
        rows, columns = find_conflict(instance)
    except SolveError:
        return "infeasible, but no conflict of rows was found: it may be a matter of tolerances; look at `stability`"
    row_names, column_names = program.row_names(), program.column_names()
    told = [f"row {row_names[row]}" for row in rows] + [f"variable {column_names[column]}" for column in columns]
    more = f" and {len(told) - MOST_NAMES} more" if len(told) > MOST_NAMES else ""
    return (
        f"infeasible: these cannot hold together: {', '.join(told[:MOST_NAMES])}{more};"
        " relax one, or give a row a price: `stage.price_slack(price, row)`"
    )
