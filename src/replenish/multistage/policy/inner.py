"""A bound of the optimum from the other side, for graphs in which paths end.

Costs to go are convex in the state.  So from above they lie below every mean of values that are known to be reachable:
at a few states of each stage such values are found backwards from the end, each by a programme whose cost to go is the
best mean of the values of the next stage.  Moving the state to a mean of known ones may be paid for by a Lipschitz
constant, if one is known.  What comes out at the start is a cost that a policy attains, so it bounds the optimum.

References:
    Philpott, de Matos and Finardi (2013), On solving multistage stochastic programs with coherent risk measures,
    Operations Research 61(4), section 4.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from replenish.errors import SolveError
from replenish.multistage.linear_program import LinearProgram
from replenish.multistage.modelling.expression import Floats
from replenish.multistage.solver import solve_once
from replenish.multistage.solving.diagnosis import to_instance
from replenish.multistage.tables.branches import Branches
from replenish.multistage.tables.layout import Structure
from replenish.multistage.tables.prepare import Prepared
from replenish.multistage.training.trainer import Trainer

Lipschitz: TypeAlias = float | Mapping[str, float] | None
MOST_CORNERS = 6
"""With at most so many states the corners of their bounds are among the points; 2^6 of them."""


@dataclass(frozen=True, slots=True, eq=False)
class _Known:
    """States that leave a node, (point, state), and costs to go that are attained there (caller's units, minimised)."""

    states: Floats
    value: Floats


def inner_bound(trainer: Trainer, *, points: int, lipschitz: Lipschitz) -> float:
    """Return a cost that some policy attains, hence a bound of the optimum from above (below when maximising).

    Args:
        trainer: a trained model.
        points: at most so many of the states that training met are used for each node, the newest.
        lipschitz: how much the cost to go changes at most with a unit of each state; without it, states must lie
            between known ones: the corners of their bounds are known where there are few states.

    Raises:
        SolveError: the graph has a cycle, or some state cannot be reached from known ones.
    """
    prepared = trainer.prepared
    known: dict[int, _Known] = {}
    for node in _backward(prepared):
        if len(prepared.branches[node].child):
            known[node] = _value_points(prepared, node, known, points, lipschitz)
    start = prepared.start * prepared.state_scale(int(prepared.first.child[0]), outgoing=False)
    value = _follow(prepared, prepared.first, start, known, lipschitz)
    if not np.isfinite(value):
        raise SolveError(
            "no bound from inside: some state does not lie between known ones; train longer, ask for more `points`, or"
            " give `lipschitz`: how much costs to go change at most with a unit of a state"
        )
    return prepared.sign * value


def _backward(prepared: Prepared) -> list[int]:
    """Return nodes so that children come before parents.

    Raises:
        SolveError: there is a cycle.
    """
    children = [set(one.child.tolist()) for one in prepared.branches]
    done: list[int] = []
    waiting = set(range(len(children)))
    while waiting:
        ready = sorted(node for node in waiting if not children[node] & waiting)
        if not ready:
            raise SolveError("a bound from inside needs a graph without cycles; this one has an infinite horizon")
        done += ready
        waiting -= set(ready)
    return done


def _value_points(prepared: Prepared, node: int, known: dict[int, _Known], points: int, lipschitz: Lipschitz) -> _Known:
    """Return states of a node with what following them costs at most."""
    scale = prepared.state_scale(node, outgoing=True)
    pool = prepared.tables.pools[node]
    met = pool.state[: pool.count, : len(scale)] * scale
    lower, upper = prepared.border(node)
    corners = _corners(lower[: len(scale)] * scale, upper[: len(scale)] * scale)
    states = np.concatenate([corners, np.unique(met[-points:], axis=0)])
    value = np.array([_follow(prepared, prepared.branches[node], x, known, lipschitz) for x in states])
    is_known = np.isfinite(value)
    return _Known(states[is_known], value[is_known])


def _corners(lower: Floats, upper: Floats) -> Floats:
    if len(lower) > MOST_CORNERS or not (np.isfinite(lower).all() and np.isfinite(upper).all()):
        return np.zeros((0, len(lower)))
    pairs = [sorted({low, high}) for low, high in zip(lower.tolist(), upper.tolist(), strict=True)]
    return np.array([*itertools.product(*pairs)]).reshape(-1, len(lower))


def _follow(
    prepared: Prepared, branches: Branches, state: Floats, known: dict[int, _Known],
    lipschitz: Lipschitz,
) -> float:  # fmt: skip
    """Return the risk of what follows a state; infinite if it cannot be bounded from there."""
    value = np.array([
        _solve(prepared, (int(child), int(outcome)), state, known.get(int(child)), lipschitz)
        for child, outcome in zip(branches.child, branches.outcome, strict=True)
    ])  # fmt: skip
    if not np.isfinite(value).all():
        return float("inf")
    discounted = branches.discount * value
    return float(branches.weights(discounted) @ discounted)


def _solve(
    prepared: Prepared, task: tuple[int, int], state: Floats, known: _Known | None, lipschitz: Lipschitz
) -> float:
    """Return the cost of a stage and what follows at most; infinite if no known state can be reached."""
    node, outcome = task
    structure = prepared.structure(node)
    came = dict(zip(structure.incoming, state.tolist(), strict=True))
    program = to_instance(structure.program, prepared.layout.parameters[node][outcome], came)
    if known is not None:
        program = _with_known(program, structure, known, lipschitz)
    found = solve_once(program)
    return found.objective if found.status == "optimal" else float("inf")


def _with_known(program: LinearProgram, structure: Structure, known: _Known, lipschitz: Lipschitz) -> LinearProgram:
    """Return a stage whose outgoing state is a mean of known ones, at the mean of their values."""
    own = structure.program
    outgoing = [own.outgoing[own.states.index(name)] for name in structure.outgoing]
    states, columns, count = len(outgoing), len(program.cost), len(known.value)
    prices = _prices(structure.outgoing, lipschitz)
    factor = np.zeros((states + 1, columns + count + 2 * states))
    factor[np.arange(states), outgoing] = -1.0
    factor[:states, columns : columns + count], factor[states, columns : columns + count] = known.states.T, 1.0
    factor[:states, columns + count : columns + count + states] = np.eye(states)
    factor[:states, columns + count + states :] = -np.eye(states)
    ends = np.concatenate([np.zeros(states), [1.0]])
    cost = np.where(np.isfinite(prices), prices, 0.0)
    most = np.where(np.isfinite(prices), np.inf, 0.0)
    wider = replace(program, is_integer=None).with_columns(
        np.concatenate([known.value, cost, cost]), np.zeros(count + 2 * states),
        np.concatenate([np.full(count, np.inf), most, most]),
    )  # fmt: skip
    return wider.with_rows(ends, ends, factor)


def _prices(names: tuple[str, ...], lipschitz: Lipschitz) -> Floats:
    if lipschitz is None:
        return np.full(len(names), np.inf)
    if isinstance(lipschitz, Mapping):
        return np.array([lipschitz.get(name, np.inf) for name in names], float)
    return np.full(len(names), float(lipschitz))
