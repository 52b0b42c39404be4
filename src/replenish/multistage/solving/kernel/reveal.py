"""Putting a node, an outcome and an incoming state into a programme that HiGHS holds."""

from __future__ import annotations

from typing import Any

from replenish.multistage.modelling.expression import Ints
from replenish.multistage.records import VERBS
from replenish.multistage.solving.kernel.compiled import compiled, entry
from replenish.multistage.solving.kernel.cuts import add_cuts, age, forget_cuts
from replenish.multistage.solving.kernel.foreign import (
    DOUBLE,
    call_p,
    call_piid,
    call_piip,
    call_piipp,
    call_pipp,
    call_pippp,
    call_ppp,
    doubles,
    integers,
)

COLUMN_RANGE = VERBS.index("changeColsBoundsByRange")
ROW_RANGE = VERBS.index("changeRowsBoundsByRange")
COLUMN_SET = VERBS.index("changeColsBoundsBySet")
COST_SET = VERBS.index("changeColsCostBySet")
COST_RANGE = VERBS.index("changeColsCostByRange")
FACTOR = VERBS.index("changeCoeff")
GET_BASIS, SET_BASIS = VERBS.index("getBasis"), VERBS.index("setBasis")
CLEAR_ALL = VERBS.index("clearSolver")


@compiled
def enter_node(verbs: Ints, s: Any, nodes: Any, slot: Any, memories: Any, node: int, space: Any) -> None:
    """Make a slot hold a node: costs to go, the cuts that it had when it was left, and its basis."""
    before = slot.node
    if before >= 0:
        keep_basis(verbs, s, slot, memories[before])
    slot.node, slot.outcome = node, -1
    first, last = s.columns, s.columns + s.futures - 1
    if s.futures > 0:
        call_piip(verbs[COST_RANGE], (slot.model, first, last, nodes[node].future_cost))
        call_piipp(verbs[COLUMN_RANGE], (slot.model, first, last, nodes[node].future_lower, space.infinity.ctypes.data))
    memory = memories[node]
    if memory.loaded > 0:
        add_cuts(verbs, slot.model, s, nodes[node], integers(memory.cut, memory.loaded), memory.loaded, space)
    if memory.has_basis == 1:
        call_ppp(verbs[SET_BASIS], (slot.model, memory.column_basis, memory.row_basis))


@compiled
def keep_basis(verbs: Ints, s: Any, slot: Any, memory: Any) -> None:
    """Remember the basis of a node that is left, and take its cuts out of the programme."""
    call_ppp(verbs[GET_BASIS], (slot.model, memory.column_basis, memory.row_basis))
    memory.has_basis = 1
    forget_cuts(verbs, slot.model, s.rows, memory.loaded)


@entry
def leave(verbs: Ints, structures: Any, nodes: Any, slots: Any, memories: Any, place: int) -> None:
    """Let a slot hold no node, and let HiGHS forget what it found there."""
    slot = slots[place]
    if slot.node >= 0:
        keep_basis(verbs, structures[nodes[slot.node].structure], slot, memories[slot.node])
        call_p(verbs[CLEAR_ALL], (slot.model,))
    slot.node, slot.outcome, slot.has_state = -1, -1, 0


@compiled
def reveal(verbs: Ints, s: Any, node: Any, slot: Any, outcome: int) -> None:
    """Set what moves with parameters to an outcome."""
    slot.outcome = outcome
    if s.moved_rows > 0:
        skip = outcome * s.moved_rows * DOUBLE
        call_piipp(verbs[ROW_RANGE], (slot.model, 0, s.moved_rows - 1, node.row_lower + skip, node.row_upper + skip))
    if s.moved_bounds > 0:
        skip = outcome * s.moved_bounds * DOUBLE
        call_pippp(verbs[COLUMN_SET], (slot.model, s.moved_bounds, s.bound_set, node.lower + skip, node.upper + skip))
    if s.moved_costs > 0:
        skip = outcome * s.moved_costs * DOUBLE
        call_pipp(verbs[COST_SET], (slot.model, s.moved_costs, s.cost_set, node.cost + skip))
    if s.moved_factors > 0:
        new = doubles(node.factor + outcome * s.moved_factors * DOUBLE, s.moved_factors)
        row, column = integers(s.factor_row, s.moved_factors), integers(s.factor_column, s.moved_factors)
        place = integers(s.factor_place, s.moved_factors)
        held = doubles(slot.factor, integers(s.starts, s.columns + 1)[s.columns])
        for k in range(s.moved_factors):
            if held[place[k]] != new[k]:
                call_piid(verbs[FACTOR], (slot.model, row[k], column[k], new[k]))
                held[place[k]] = new[k]


@compiled
def enter_state(verbs: Ints, s: Any, slot: Any, memory: Any, state: int) -> None:
    """Fix the incoming state to the numbers at an address; loaded cuts age by it."""
    new, held = doubles(state, s.incoming), doubles(slot.state, s.incoming)
    is_same = slot.has_state == 1
    for k in range(s.incoming):
        is_same = is_same and held[k] == new[k]
        held[k] = new[k]
    if not is_same:
        age(memory)
    if s.incoming > 0 and not is_same:
        call_piipp(verbs[COLUMN_RANGE], (slot.model, 0, s.incoming - 1, state, state))
    slot.has_state = 1
