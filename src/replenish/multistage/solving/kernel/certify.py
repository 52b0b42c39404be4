"""A bound that holds whatever the solver did: from any multipliers, by weak duality, rounding included.

With d = cost - matrix' dual, the optimum at an incoming state x is at least

    sum over rows of max(dual, 0) * lower + min(dual, 0) * upper
    + sum over columns of min(d * lower, d * upper) + d_incoming @ x,

whatever `dual` is: multipliers towards an infinite side are set to zero first.  The sum is computed in floating point;
what rounding can have added is bounded from the sizes of its terms and taken off.

References:
    Neumaier and Shcherbina (2004), Safe bounds in linear and mixed-integer linear programming, Mathematical
    Programming 99. Bounds of rounding: Higham (2002), Accuracy and Stability of Numerical Algorithms, section 3.1.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from replenish.multistage.modelling.expression import Floats
from replenish.multistage.solving.kernel.compiled import compiled
from replenish.multistage.solving.kernel.foreign import DOUBLE, doubles, integers, words

UNIT = 2.0**-52
"""Twice the unit roundoff: room for the products (1 + u)^n that first-order bounds leave out."""


@compiled
def certify(s: Any, node: Any, slot: Any, memory: Any, outcome: int, dual: Floats, slope: Floats, space: Any
            ) -> tuple[float, bool]:  # fmt: skip
    """Return the safe level at state zero and whether it is proven; write its slope by incoming state to `slope`.

    Costs and bounds of the outcome stand in `space` (see `gather_columns`) and are used up.
    """
    total, size, count = sum_rows(s, node, outcome, dual)
    part, part_size, part_count, is_sure = sum_cuts(s, node, memory, dual, space)
    reduce_costs(s, slot, memory, dual, space)
    total, size, count = total + part, size + part_size, count + part_count
    for j in range(s.columns + s.futures):
        d, blur, low, high = space.cost[j], space.blur[j], space.lower[j], space.upper[j]
        reach = max(abs(low), abs(high))
        if j < s.incoming:
            slope[j] = d
        elif abs(d) > blur:  # its sign is known
            reach = abs(low) if d > 0.0 else abs(high)
            if reach < np.inf:
                term = d * low if d > 0.0 else d * high
                total += term
                size += abs(term)
                count += 1
        elif reach < np.inf:  # the sign is not known: both ends are possible
            blur *= 2.0
        if reach < np.inf:
            total -= blur * reach
        else:
            is_sure = is_sure and d == 0.0 and blur == 0.0
    offset = doubles(node.offset, outcome + 1)[outcome]
    return total + offset - UNIT * (count + 4) * (size + abs(offset)), is_sure


@compiled
def gather_columns(s: Any, node: Any, outcome: int, space: Any) -> None:
    """Write costs and safe bounds of all columns in an outcome to `space`."""
    count, moved = s.columns, s.moved_costs
    copy(doubles(s.cost, count), space.cost, 0)
    copy(doubles(node.safe_lower, count), space.lower, 0)
    copy(doubles(node.safe_upper, count), space.upper, 0)
    if moved > 0:
        new, chosen = doubles(node.cost + outcome * moved * DOUBLE, moved), words(s.cost_set, moved)
        for k in range(moved):
            space.cost[chosen[k]] = new[k]
    moved = s.moved_bounds
    if moved > 0:
        skip, chosen = outcome * moved * DOUBLE, words(s.bound_set, moved)
        low, high = doubles(node.lower + skip, moved), doubles(node.upper + skip, moved)
        for k in range(moved):
            space.lower[chosen[k]] = max(space.lower[chosen[k]], low[k])
            space.upper[chosen[k]] = min(space.upper[chosen[k]], high[k])
    copy(doubles(node.future_cost, s.futures), space.cost, count)
    copy(doubles(node.future_lower, s.futures), space.lower, count)
    copy(doubles(node.future_upper, s.futures), space.upper, count)


@compiled
def copy(source: Floats, target: Floats, first: int) -> None:
    """Copy numbers to a place of another array."""
    for k in range(len(source)):
        target[first + k] = source[k]


@compiled
def reduce_costs(s: Any, slot: Any, memory: Any, dual: Floats, space: Any) -> None:
    """Turn `space.cost` into reduced costs and `space.blur`, the sizes of what cuts take off, into their rounding."""
    starts = integers(s.starts, s.columns + 1)
    row = integers(s.row, starts[s.columns])
    factor = doubles(slot.factor, starts[s.columns])
    for j in range(s.columns + s.futures):
        d, bulk, terms = space.cost[j] - space.pull[j], abs(space.cost[j]) + space.blur[j], memory.loaded + 2
        if j < s.columns:
            for p in range(starts[j], starts[j + 1]):
                pull = factor[p] * dual[row[p]]
                d -= pull
                bulk += abs(pull)
            terms += starts[j + 1] - starts[j]
        space.cost[j], space.blur[j] = d, UNIT * terms * bulk


@compiled
def sum_rows(s: Any, node: Any, outcome: int, dual: Floats) -> tuple[float, float, int]:
    """Return what rows add to the bound, the size of the terms and their number; clear duals of infinite sides."""
    total, size, count = 0.0, 0.0, 0
    skip = outcome * s.moved_rows * DOUBLE
    fixed_lower, fixed_upper = doubles(s.row_lower, s.rows), doubles(s.row_upper, s.rows)
    lower, upper = doubles(node.row_lower + skip, s.moved_rows), doubles(node.row_upper + skip, s.moved_rows)
    for i in range(s.rows):
        if dual[i] != 0.0:
            if i < s.moved_rows:
                bound = lower[i] if dual[i] > 0.0 else upper[i]
            else:
                bound = fixed_lower[i] if dual[i] > 0.0 else fixed_upper[i]
            if abs(bound) < np.inf:
                total += dual[i] * bound
                size += abs(dual[i] * bound)
                count += 1
            else:
                dual[i] = 0.0
    return total, size, count


@compiled
def sum_cuts(s: Any, node: Any, memory: Any, dual: Floats, space: Any) -> tuple[float, float, int, bool]:
    """Return what cuts add to the bound, sizes and number of terms, and whether all are proven.

    Writes to `space.pull` what they take off the costs of columns and to `space.blur` the size of what was summed.
    """
    total, size, count, is_sure = 0.0, 0.0, 0, True
    pull, bulk, first = space.pull, space.blur, s.columns - s.outgoing
    for j in range(s.columns + s.futures):
        pull[j], bulk[j] = 0.0, 0.0
    level, of = doubles(node.level, node.capacity), integers(node.of, node.capacity)
    slope, proven = doubles(node.slope, node.width * node.capacity), integers(node.is_sure, node.capacity)
    cut = integers(memory.cut, memory.limit)
    for k in range(memory.loaded):
        weight, c = dual[s.rows + k], cut[k]
        if weight > 0.0:
            total += weight * level[c]
            size += abs(weight * level[c])
            count += 1
            is_sure = is_sure and proven[c] == 1
            for j in range(node.width):
                term = weight * slope[j * node.capacity + c]
                pull[first + j] -= term
                bulk[first + j] += abs(term)
            pull[s.columns + of[c]] += weight
            bulk[s.columns + of[c]] += weight
    return total, size, count, is_sure
