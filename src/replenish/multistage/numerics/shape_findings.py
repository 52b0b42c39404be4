"""What about the shape of a sound model can spoil its results: open bounds, fractions, idle states and the like."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from replenish.multistage.modelling.expression import NONE, Floats, Ints
from replenish.multistage.modelling.model import ROOT, Model
from replenish.multistage.modelling.program import Program
from replenish.multistage.numerics.finding import Finding, block_of, listed, quoted
from replenish.multistage.tables.layout import Layout
from replenish.multistage.tables.tables import Data, Solved


def open_variables(
    layout: Layout, solved: Sequence[Solved], data: Sequence[Data], safe: Sequence[tuple[Floats, Floats]]
) -> Iterator[Finding]:
    """Yield the variables without finite bounds: those for which bounds were derived, and those for which none was."""
    derived: dict[str, str] = {}
    endless: dict[str, str] = {}
    for node, structure in enumerate(layout.structure.tolist()):
        for name, is_found in _open(solved[structure], data[node], safe[node]):
            (derived if is_found else endless).setdefault(block_of(name), layout.names[node])
    if endless:
        yield Finding(
            "warning", listed(endless), "no finite bounds, and none follow from rows and costs: the bound of the"
            " optimum is not proven", "give variables `lower=` and `upper=`",
        )  # fmt: skip
    if derived := {name: node for name, node in derived.items() if name not in endless}:
        yield Finding(
            "note", listed(derived), "no finite bounds of their own; bounds for proofs follow from rows and costs",
            "nothing need be done",
        )  # fmt: skip


def _open(solved: Solved, data: Data, safe: tuple[Floats, Floats]) -> Iterator[tuple[str, bool]]:
    """Yield the variables of a node that have no finite bounds of their own, and whether bounds were derived."""
    s = solved.structure
    is_open = ~(np.isfinite(solved.lower) & np.isfinite(solved.upper))
    is_open[s.moved_bounds] = ~(np.isfinite(data.lower) & np.isfinite(data.upper)).all(axis=0)
    is_open[: len(s.incoming)] = False
    names, is_found = s.program.column_names(), np.isfinite(safe[0]) & np.isfinite(safe[1])
    for place in np.nonzero(is_open & (s.column != NONE))[0].tolist():
        yield names[int(s.column[place])], bool(is_found[place])


def random_equations(layout: Layout, solved: Sequence[Solved], data: Sequence[Data]) -> Iterator[Finding]:
    """Yield the equality rows that have coefficients which differ between outcomes of a node."""
    found: dict[str, str] = {}
    for node, structure in enumerate(layout.structure.tolist()):
        program, moved = solved[structure].structure.program, solved[structure].structure.moved_factors
        rows = program.row[moved[np.ptp(data[node].factor, axis=0) > 0]]
        for row in rows[program.row_lower[rows] == program.row_upper[rows]].tolist():
            found.setdefault(block_of(program.row_names()[row]), layout.names[node])
    if found:
        yield Finding(
            "note", listed(found), "equations with random coefficients: what holds in one outcome may be impossible"
            " in another, and no bounds follow from them",
            "bound their variables, and price their slack (`stage.price_slack`) if an outcome can break them",
        )  # fmt: skip


def later_integers(model: Model) -> dict[str, str]:
    """Return the integer variables beyond the first stage, each with the first node that has it."""
    later = {edge.child for edge in model.edges if edge.parent != ROOT}
    found: dict[str, str] = {}
    for node in model.nodes.values():
        for name, block in node.program.variables.items() if node.name in later else ():
            if node.program.is_integer[block.places].any():
                found.setdefault(name, node.name)
    return found


def fractions(model: Model) -> Iterator[Finding]:
    """Yield that integer variables beyond the first stage are solved as fractions."""
    if found := later_integers(model):
        yield Finding(
            "warning", listed(found), "integer variables after the first stage are solved as fractions: the bound"
            " stays a bound, decisions may not be whole",
            "round them when a decision is carried out, or solve a small tree as a whole (`solve_extensive`)",
        )  # fmt: skip


def idle_states(model: Model) -> Iterator[Finding]:
    """Yield the states that no later stage looks at: it may hand them on, but neither limits nor prices them."""
    handed = {edge.child for edge in model.edges if edge.parent != ROOT}
    own = {id(node.program): node.program for node in model.nodes.values()}
    later = {id(node.program) for node in model.nodes.values() if node.name in handed}
    limits: dict[str, set[tuple[float, float]]] = {}
    for program in own.values():
        for state, after in zip(program.states, program.outgoing, strict=True):
            limits.setdefault(state, set()).add((float(program.lower[after]), float(program.upper[after])))
    used = {
        state for key in later for place, state in enumerate(own[key].states)
        if _matters(own[key], place, is_limited=len(limits[state]) > 1)
    }  # fmt: skip
    names = dict.fromkeys(block_of(state) for state in limits if state not in used)
    if idle := [name for name in names if not any(block_of(state) == name for state in used)]:
        yield Finding(
            "note", f"states {quoted(idle)}", "never matter: no later stage uses what comes in",
            "make them variables, or leave them out",
        )  # fmt: skip


def _matters(program: Program, place: int, *, is_limited: bool) -> bool:
    """Return whether a stage does more with a state than to hand it on; `is_limited` if its bounds differ by stage."""
    before, after = int(program.incoming[place]), int(program.outgoing[place])
    rows = _rows(program, before)
    if _is_priced(program, before) or not np.isin(program.column[np.isin(program.row, rows)], (before, after)).all():
        return True
    if not rows.size:
        return False
    if (program.row_lower[rows] != program.row_upper[rows]).any() or np.isin(rows, program.row_slopes.entry).any():
        return True
    moves = np.isin(after, np.concatenate([program.lower_slopes.entry, program.upper_slopes.entry]))
    return bool(moves) or is_limited or _is_priced(program, after) or not np.isin(_rows(program, after), rows).all()


def _rows(program: Program, column: int) -> Ints:
    """Return the rows in which a column has a coefficient, or may have one."""
    is_used = program.factor != 0
    is_used[program.matrix_slopes.entry] = True
    return np.unique(program.row[is_used & (program.column == column)])


def _is_priced(program: Program, column: int) -> bool:
    return bool(program.cost[column] != 0 or (program.cost_slopes.entry == column).any())
