"""Solving tasks one after the other: the loop in which all time is spent."""

from __future__ import annotations

from typing import Any

from replenish.multistage.modelling.expression import Floats, Ints
from replenish.multistage.records import VERBS
from replenish.multistage.solving.kernel.bunch import fits, is_cut_off, is_worth, read_basis
from replenish.multistage.solving.kernel.certify import certify, gather_columns
from replenish.multistage.solving.kernel.compiled import compiled, entry
from replenish.multistage.solving.kernel.cuts import PATIENCE, drop_idle, find_violated, load, load_newest, note_binding
from replenish.multistage.solving.kernel.foreign import DOUBLE, call_p, call_ppppp, doubles
from replenish.multistage.solving.kernel.reveal import enter_node, enter_state, reveal

RUN, STATUS = VERBS.index("run"), VERBS.index("getModelStatus")
SOLUTION, CLEAR = VERBS.index("getSolution"), VERBS.index("clearSolver")
OPTIMAL = 7  # HighsModelStatus::kOptimal
COLD = 1000
"""Every so many tasks are solved again from scratch, to see whether warm starts still tell the truth."""
AGREES = 1e-6  # relative difference of optima that tolerances of 1e-7 allow


@entry
def solve_tasks(
    verbs: Ints,
    structures: Any,
    nodes: Any,
    slots: Any,
    memories: Any,
    tasks: Any,
    first: int,
    states: Floats,
    answers: Any,
    slopes: Floats,
    primal: Floats,
    duals: Floats,
    space: Any,
    counts: Any,
) -> int:
    """Solve tasks from number `first` on; return the number of the first that failed, or how many there are.

    Each reads its incoming state from `states` and writes its outgoing one there, so a later task may go on from an
    earlier one.  `slopes` is (task, state); `primal` is (task, column) and `duals` (task, row), or they are empty.
    """
    end = first
    for t in range(first, len(tasks)):
        task, node = tasks[t], nodes[tasks[t].node]
        s, memory = structures[node.structure], memories[task.node]
        slot = slots[memory.slot]
        if t >= end:
            end = end_of_bunch(tasks, t)
        if answers[t].is_done == 1:
            continue
        if slot.node != task.node:
            enter_node(verbs, s, nodes, slot, memories, task.node, space)
            counts[0].switched += 1
        if slot.outcome != task.outcome:
            reveal(verbs, s, node, slot, task.outcome)
        enter_state(verbs, s, slot, memory, states.ctypes.data + task.source * states.shape[1] * DOUBLE)
        if memory.seen < node.cuts:
            make_room(verbs, slot, s, memory, memory.newest, space, counts)
            load_newest(verbs, slot, s, node, memory, space)
        if not optimise(verbs, s, node, slot, memory, space, counts):
            return t
        counts[0].tasks += 1
        if counts[0].tasks % COLD == 0:
            repeat_cold(verbs, s, node, slot, memory, space, counts)
        write(s, node, slot, memory, tasks[t], states, answers, slopes, primal, duals, t, space)
        if t + 1 < end and is_worth(node, memory):
            read_basis(verbs, s, node, slot, memory, space)
            for u in range(t + 1, end):
                other = tasks[u].outcome
                is_free = answers[u].is_done == 0 and fits(s, node, memory, task.outcome, other, space)
                if is_free and not is_cut_off(s, node, memory, space):
                    write(s, node, slot, memory, tasks[u], states, answers, slopes, primal, duals, u, space)
                    memory.bunched += 1
                    counts[0].bunched += 1
    return len(tasks)


@compiled
def end_of_bunch(tasks: Any, first: int) -> int:
    """Return the end of the tasks from `first` on that have one node and one incoming state."""
    end = first + 1
    while end < len(tasks) and tasks[end].node == tasks[first].node and tasks[end].source == tasks[first].source:
        end += 1
    return end


@compiled
def optimise(verbs: Ints, s: Any, node: Any, slot: Any, memory: Any, space: Any, counts: Any) -> bool:
    """Solve until no cut of the node is violated; return whether that came about."""
    while True:
        if not run(verbs, slot, space, counts):
            return False
        note_binding(s, memory, space.dual)
        if s.futures == 0:
            return True
        found = find_violated(s, node, memory, space.x, space)
        if found == 0:
            return True
        make_room(verbs, slot, s, memory, found, space, counts)
        load(verbs, slot, s, node, memory, space.chosen, min(found, memory.limit - memory.loaded), space)
        counts[0].added += found


@compiled
def run(verbs: Ints, slot: Any, space: Any, counts: Any) -> bool:
    """Run the solver and fetch what it found; try once more from scratch if it found no optimum."""
    for trial in range(2):
        call_p(verbs[RUN], (slot.model,))
        counts[0].solves += 1
        if call_p(verbs[STATUS], (slot.model,)) == OPTIMAL:
            call_ppppp(
                verbs[SOLUTION],
                (
                    slot.model,
                    space.x.ctypes.data,
                    0,
                    space.activity.ctypes.data,
                    space.dual.ctypes.data,
                ),
            )
            counts[0].cured += trial
            return True
        call_p(verbs[CLEAR], (slot.model,))
    return False


@compiled
def make_room(verbs: Ints, slot: Any, s: Any, memory: Any, need: int, space: Any, counts: Any) -> None:
    """Drop idle cuts from a programme that holds more than it should keep, and all idle ones if room lacks.

    Those that bind are at most as many as there are states and costs to go, so some room there always is.
    """
    if memory.loaded > memory.keep:
        dropped = drop_idle(verbs, slot, s, memory, PATIENCE, space)
        if memory.limit - memory.loaded < need:
            dropped += drop_idle(verbs, slot, s, memory, 0, space)
        counts[0].dropped += dropped


@compiled
def repeat_cold(verbs: Ints, s: Any, node: Any, slot: Any, memory: Any, space: Any, counts: Any) -> None:
    """Solve again from scratch, count a disagreement and go on with the cold answer."""
    warm = evaluate(s, node, slot.outcome, space)
    call_p(verbs[CLEAR], (slot.model,))
    counts[0].repeated += 1
    if optimise(verbs, s, node, slot, memory, space, counts):
        cold = evaluate(s, node, slot.outcome, space)
        if abs(cold - warm) > AGREES * max(1.0, abs(cold)):
            counts[0].disagreed += 1


@compiled
def write(
    s: Any, node: Any, slot: Any, memory: Any, task: Any, states: Floats, answers: Any, slopes: Floats, primal: Floats,
    duals: Floats, t: int, space: Any,
) -> None:  # fmt: skip
    """Write what was found for task `t`: values, the outgoing state, and the safe bound with its slope."""
    answer = answers[t]
    answer.value = evaluate(s, node, task.outcome, space)
    answer.cost = answer.value - future(s, space)
    if task.target >= 0:
        first = s.columns - s.outgoing
        for k in range(s.outgoing):  # the solver may step over bounds by its tolerance
            inside = max(space.x[first + k], space.lower[first + k])
            states[task.target, k] = min(inside, space.upper[first + k])
    level, is_sure = certify(s, node, slot, memory, task.outcome, space.dual, slopes[t], space)
    answer.level, answer.is_sure, answer.is_done = level, 1 if is_sure else 0, 1
    if len(primal) > 0:
        for j in range(s.columns):
            primal[t, j] = space.x[j]
    if len(duals) > 0:
        for i in range(s.rows):
            duals[t, i] = space.dual[i]


@compiled
def evaluate(s: Any, node: Any, outcome: int, space: Any) -> float:
    """Return the objective at `space.x`, cost to go included; leave costs and bounds of the outcome in `space`."""
    gather_columns(s, node, outcome, space)
    total: float = doubles(node.offset, outcome + 1)[outcome]
    for j in range(s.columns + s.futures):
        total += space.cost[j] * space.x[j]
    return total


@compiled
def future(s: Any, space: Any) -> float:
    """Return the part of the objective that is cost to go."""
    total = 0.0
    for j in range(s.columns, s.columns + s.futures):
        total += space.cost[j] * space.x[j]
    return total
