"""Why the extensive form has no plan, in the names of nodes, rows and variables."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from replenish.errors import SolveError
from replenish.multistage.extensive.layout import Layout
from replenish.multistage.extensive.path_tree import PathTree
from replenish.multistage.linear_program import LinearProgram
from replenish.multistage.solver import find_conflict

NAMES_SHOWN = 10
"""How many rows and variables of a conflict an error names."""


def failure(status: str, program: LinearProgram, tree: PathTree, layout: Layout) -> SolveError:
    """Return an error that says why there is no plan, and which limits clash if some do."""
    if "infeasible" in status:
        try:
            return _clash(*find_conflict(program), tree, layout)
        except SolveError:
            if status == "infeasible":
                return SolveError("no plan in whole numbers meets every limit, though one in fractions does")
    if "unbounded" in status:
        return SolveError("the objective improves without limit; a bound of a variable or a cost is missing")
    return SolveError(f"the solver stopped without a plan ({status}); allow it more time")


def _clash(rows: Sequence[int], columns: Sequence[int], tree: PathTree, layout: Layout) -> SolveError:
    limits, bounds = _row_names(rows, tree, layout), _column_names(columns, tree, layout)
    return SolveError(
        f"no plan meets every limit: rows {_listed(limits)} and the bounds of {_listed(bounds)} cannot hold together; "
        "relax one of them, or let rows be broken at a price (`Stage.price_slack`)"
    )


def _row_names(rows: Sequence[int], tree: PathTree, layout: Layout) -> list[str]:
    """Return names such as `2-0: balance[3]`; rows that only measure risk have none."""
    names = []
    for row in sorted(row for row in rows if row < layout.rows):
        vertex = int(np.searchsorted(layout.first_row, row, side="right")) - 1
        program = layout.programs[layout.program[vertex]]
        names.append(f"{_vertex_name(vertex, tree)}: {program.row_names()[row - layout.first_row[vertex]]}")
    return names


def _column_names(columns: Sequence[int], tree: PathTree, layout: Layout) -> list[str]:
    """Return names such as `1: stock.after`, each at the vertex that decides the variable."""
    names = []
    for column in sorted(column for column in columns if column < layout.columns):
        entry = int(np.argmax(layout.column == column))
        vertex = int(np.searchsorted(layout.first_entry, entry, side="right")) - 1
        program = layout.programs[layout.program[vertex]]
        names.append(f"{_vertex_name(vertex, tree)}: {program.column_names()[entry - layout.first_entry[vertex]]}")
    return names


def _vertex_name(vertex: int, tree: PathTree) -> str:
    node = tree.nodes[int(tree.node[vertex])]
    if node.outcomes is None or len(node.outcomes) == 1:
        return node.name
    return f"{node.name} (outcome {tree.outcome[vertex]})"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
    return (", ".join(names[:NAMES_SHOWN]) or "(none)") + more
