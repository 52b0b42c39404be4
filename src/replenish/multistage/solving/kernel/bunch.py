"""Bunching: one basis answers for all outcomes in which it stays feasible, when few right-hand sides are random.

A basis that is optimal for one outcome is dual feasible for all that differ in right-hand sides only; it is optimal
where its basic variables keep within their bounds.  These move linearly with the right-hand sides, so a look at them
replaces a solve.  The multipliers are the same, so the safe bound is found as for a solve.

References:
    Wets (1988), Large scale linear programming techniques in stochastic programming, in Ermoliev and Wets (eds.),
    Numerical Techniques for Stochastic Optimization. Gassmann (1990), MSLiP, Mathematical Programming 47.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from replenish.multistage.modelling.expression import Ints
from replenish.multistage.records import VERBS
from replenish.multistage.solving.kernel.compiled import compiled
from replenish.multistage.solving.kernel.cuts import find_violated
from replenish.multistage.solving.kernel.foreign import DOUBLE, call_pp, call_ppp, call_ppppp, doubles, integers, words

BASIC_VARIABLES, SOLVE, BASIS = (
    VERBS.index("getBasicVariables"), VERBS.index("getBasisSolve"), VERBS.index("getBasis"),
)  # fmt: skip
IS_LOWER, IS_BASIC, IS_UPPER = 0, 1, 2  # HighsBasisStatus
TOLERANCE = 1e-7  # of the solver for the bounds of variables
TRIAL = 64
"""So many bases are looked at before it is judged whether that pays."""
WORTH = 0.4
"""Looking at a basis costs about this share of a solve: with fewer answers a basis it is not done any more."""


@compiled
def is_worth(node: Any, memory: Any) -> bool:
    """Return whether outcomes of a node are bunched."""
    return bool(node.random_rows > 0 and (memory.bases < TRIAL or memory.bunched >= WORTH * memory.bases))


@compiled
def read_basis(verbs: Ints, s: Any, node: Any, slot: Any, memory: Any, space: Any) -> None:
    """Write to `space` where basic variables stand, their bounds, and how they move with each random row."""
    memory.bases += 1
    rows = s.rows + memory.loaded
    call_pp(verbs[BASIC_VARIABLES], (slot.model, space.basic.ctypes.data))
    call_ppp(verbs[BASIS], (slot.model, space.column_kind.ctypes.data, space.row_kind.ctypes.data))
    random = integers(node.random_set, node.random_rows)
    for k in range(node.random_rows):
        if space.row_kind[random[k]] == IS_BASIC:
            for p in range(rows):
                space.move[k, p] = 0.0
        else:
            space.unit[random[k]] = 1.0
            target = space.move.ctypes.data + k * space.move.shape[1] * DOUBLE
            call_ppppp(verbs[SOLVE], (slot.model, space.unit.ctypes.data, target, 0, 0))
            space.unit[random[k]] = 0.0
    bound_basics(s, node, slot.outcome, memory, rows, space)


@compiled
def bound_basics(s: Any, node: Any, outcome: int, memory: Any, rows: int, space: Any) -> None:
    """Write values and bounds of basic variables; basic rows move against the sign of the solver's logical columns."""
    skip = outcome * s.moved_rows * DOUBLE
    moved_lower, moved_upper = (
        doubles(node.row_lower + skip, s.moved_rows),
        doubles(node.row_upper + skip, s.moved_rows),
    )
    fixed_lower, fixed_upper = doubles(s.row_lower, s.rows), doubles(s.row_upper, s.rows)
    lower, upper = doubles(s.lower, s.columns), doubles(s.upper, s.columns)
    future_lower = doubles(node.future_lower, s.futures)
    level, cut = doubles(node.level, node.capacity), integers(memory.cut, memory.limit)
    bound_set, count = words(s.bound_set, s.moved_bounds), s.moved_bounds
    low_moved = doubles(node.lower + outcome * count * DOUBLE, count)
    high_moved = doubles(node.upper + outcome * count * DOUBLE, count)
    for p in range(rows):
        j = space.basic[p]
        if j < 0:
            i = -1 - j
            space.stand[p] = space.activity[i]
            for k in range(node.random_rows):
                space.move[k, p] = -space.move[k, p]
            if i < s.moved_rows:
                space.least[p], space.most[p] = moved_lower[i], moved_upper[i]
            elif i < s.rows:
                space.least[p], space.most[p] = fixed_lower[i], fixed_upper[i]
            else:
                space.least[p], space.most[p] = level[cut[i - s.rows]], np.inf
        else:
            space.stand[p] = space.x[j]
            if j < s.incoming:
                space.least[p] = space.most[p] = space.x[j]
            elif j < s.columns:
                space.least[p], space.most[p] = lower[j], upper[j]
                for k in range(count):
                    if bound_set[k] == j:
                        space.least[p], space.most[p] = low_moved[k], high_moved[k]
            else:
                space.least[p], space.most[p] = future_lower[j - s.columns], np.inf


@compiled
def fits(s: Any, node: Any, memory: Any, base: int, outcome: int, space: Any) -> bool:
    """Return whether the basis of outcome `base` is feasible in another one; leave basic values in `space.trial`."""
    rows, count, width = s.rows + memory.loaded, node.random_rows, s.moved_rows
    random = integers(node.random_set, count)
    old, new = base * width * DOUBLE, outcome * width * DOUBLE
    old_lower, new_lower = doubles(node.row_lower + old, width), doubles(node.row_lower + new, width)
    old_upper, new_upper = doubles(node.row_upper + old, width), doubles(node.row_upper + new, width)
    for k in range(count):
        i = random[k]
        if space.row_kind[i] == IS_BASIC:
            space.shift[k] = 0.0
        elif space.row_kind[i] == IS_UPPER:
            space.shift[k] = new_upper[i] - old_upper[i]
        else:
            space.shift[k] = new_lower[i] - old_lower[i]
    for p in range(rows):
        step = 0.0
        for k in range(count):
            step += space.move[k, p] * space.shift[k]
        value = space.stand[p] + step
        least, most, j = space.least[p], space.most[p], space.basic[p]
        if j < 0 and -1 - j < width:
            least, most = new_lower[-1 - j], new_upper[-1 - j]
        if value < least - TOLERANCE or value > most + TOLERANCE:
            return False
        space.trial[p] = value
    return True


@compiled
def is_cut_off(s: Any, node: Any, memory: Any, space: Any) -> bool:
    """Put the basic values that fitted into `space.x`; return whether a cut that is not loaded is violated there."""
    for p in range(s.rows + memory.loaded):
        if space.basic[p] >= 0:
            space.x[space.basic[p]] = space.trial[p]
    return bool(s.futures > 0 and find_violated(s, node, memory, space.x, space) > 0)
