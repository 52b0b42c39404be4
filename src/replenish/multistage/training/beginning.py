"""A first decision that is given: paths leave their first stage with it, whatever the cuts would decide there.

Costs to go do not depend on how a state was reached, so cuts that are made on such paths hold for the model as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from replenish.errors import SolveError
from replenish.multistage.linear_program import LinearProgram
from replenish.multistage.modelling.expression import Floats
from replenish.multistage.solving.once import outgoing_places, solve_with_cuts, stage_program
from replenish.multistage.tables.prepare import Prepared

SLACK = 1e-8
"""Share of its size, or of its scale where it is smaller, by which a given variable may give way to rounding."""


class FirstDecision(NamedTuple):
    """A decision that is given for paths that begin at a node.

    node: its name; paths that begin elsewhere are decided by the cuts.
    variables: some of its variables by name, in the caller's units; the others are as the cuts say.
    """

    node: str
    variables: Mapping[str, npt.ArrayLike]


class Begun(NamedTuple):
    """A first stage with its given decision, all scaled.

    value: of the stage and all that follows, by the cuts; cost: of the stage alone; primal: (column,);
    left: the state that it leaves, (state,).
    """

    value: float
    cost: float
    primal: Floats
    left: Floats


def number_of(prepared: Prepared, first: FirstDecision) -> int:
    """Return the number of the node of a decision.

    Raises:
        ValueError: no path begins there.
    """
    begins = sorted({prepared.layout.names[child] for child in prepared.first.child.tolist()})
    if first.node not in begins:
        raise ValueError(f"no path begins at node `{first.node}`; give a decision for {', '.join(begins)}")
    return prepared.layout.names.index(first.node)


def begin(prepared: Prepared, first: FirstDecision, outcome: int) -> Begun:
    """Return the first stage with a given decision in one of its outcomes.

    Raises:
        ValueError: no path begins at its node, or a variable is unknown, does not fit or is not finite.
        SolveError: the decision cannot be taken.
    """
    node = number_of(prepared, first)
    program = _held(prepared, node, first, stage_program(prepared.tables, node, outcome, prepared.start))
    try:
        found = solve_with_cuts(prepared.tables, node, program, [])
    except SolveError as error:
        raise SolveError(f"the decision that is given for the first stage cannot be taken: {error}") from error
    columns = prepared.tables.solved[int(prepared.layout.structure[node])].columns
    future = float(prepared.tables.future_cost[node] @ found.x[columns:])
    left = found.x[outgoing_places(prepared.tables, node)]
    return Begun(found.objective, found.objective - future, found.x[:columns], left)


def _held(prepared: Prepared, node: int, first: FirstDecision, program: LinearProgram) -> LinearProgram:
    """Return the programme of a node in which given variables are held.

    Raises:
        ValueError: a variable is unknown, does not fit or is not finite.
    """
    structure = prepared.structure(node)
    scale = prepared.tables.solved[int(prepared.layout.structure[node])].scale.column
    blocks, columns = structure.program.variables, structure.place_of_columns()
    lower, upper = program.lower.copy(), program.upper.copy()
    for name, given in first.variables.items():
        if name not in blocks:
            raise ValueError(f"node `{first.node}` has no variable `{name}`; it has {', '.join(blocks)}")
        values = np.asarray(given, float)
        if values.shape != blocks[name].shape or not np.isfinite(values).all():
            raise ValueError(f"variable `{name}`: give finite numbers of shape {blocks[name].shape}")
        places = columns[blocks[name].places]
        held = values.ravel() / scale[places]
        room = SLACK * np.maximum(1.0, np.abs(held))
        lower[places], upper[places] = np.maximum(lower[places], held - room), np.minimum(upper[places], held + room)
    return replace(program, lower=lower, upper=upper)
