"""Speed of the multistage engine: `python benchmarks/multistage.py` with the parts to run.

CPU time but for threads, medians, in turns; compilation apart.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from time import perf_counter, process_time
from typing import Any

import numba
import numpy as np
from clock import Row, medians, show

import replenish.multistage as ms
from replenish.multistage.modelling.expression import Floats
from replenish.multistage.problems.brazil import build as brazil
from replenish.multistage.problems.problem import Problem
from replenish.multistage.problems.two_stage import PROBLEMS as TWO_STAGE
from replenish.multistage.solving.crew import to_tasks
from replenish.multistage.solving.kernel.certify import certify, gather_columns
from replenish.multistage.solving.kernel.cuts import find_violated, note_binding
from replenish.multistage.solving.kernel.foreign import call_p, call_ppppp
from replenish.multistage.solving.kernel.reveal import enter_state, reveal
from replenish.multistage.solving.kernel.solve import SOLUTION, STATUS, evaluate
from replenish.multistage.solving.lanes import Lane
from replenish.multistage.tables.prepare import Prepared, prepare
from replenish.multistage.training.families import find_families
from replenish.multistage.training.trainer import Trainer

OUTCOMES = 40
NO_BUNCHING = 10**9  # bases looked at, so that no more are
SIZES = ((10, 16, 4, 10), (60, 90, 10, 30), (300, 450, 20, 60))  # rows, variables, states, cuts
LOOKS = (1, 2, 5, 10, 20, 30, 50, 100, 200)


def stage(rows: int, columns: int, states: int, seed: int = 1) -> ms.Stage:
    """Return a random sparse stage whose first rows carry stocks and have random right-hand sides."""
    rng = np.random.default_rng(seed)
    found = ms.Stage()
    stock = found.state("stock", states, upper=100.0, initial=20.0)
    flow, short = found.variable("flow", columns, upper=50.0), found.variable("short", rows, upper=1e3)
    supply = found.parameter("supply", rows)
    matrix = np.where(rng.random((rows, columns)) < 4 / rows, rng.uniform(0.5, 2.0, (rows, columns)), 0.0)
    carried = np.zeros((rows, states))
    carried[np.arange(states) % rows, np.arange(states)] = 1.0
    found.row("need", matrix @ flow + carried @ (stock.before - stock.after) + short >= supply)
    found.objective(rng.uniform(1.0, 2.0, columns) * flow + 0.0)
    found.objective(20.0 * short)
    return found


def model(rows: int, columns: int, states: int, stages: int = 3) -> ms.Model:
    """Return a random model of a few stages that share a programme."""
    rng = np.random.default_rng(2)
    outcomes = ms.Outcomes({"supply": rng.uniform(18.0, 26.0, rows) * rng.uniform(0.85, 1.15, (OUTCOMES, rows))})
    return ms.linear(stage(rows, columns, states), [outcomes] * stages)


def with_cuts(prepared: Prepared, node: int, count: int) -> None:
    """Give a node tangents of a convex function as cuts."""
    pool, rng = prepared.tables.pools[node], np.random.default_rng(3)
    low, high = prepared.border(node)
    at = low + (high - low) * rng.uniform(0.2, 0.7, (count, pool.width))
    gap = (at - high) / (high - low)
    slope = 20.0 * gap / (high - low)
    level = 10.0 * (gap**2).sum(axis=1) - (slope * at).sum(axis=1)
    ones, zeros = np.ones(count, int), np.zeros(count, int)
    pool.add(level, slope, zeros, is_sure=ones, iteration=0, trial=zeros, state=at)
    prepared.tables.raise_future(node, zeros, np.full(count, 1e6))
    prepared.tables.update_cuts(node)


class Bench:
    """One node with cuts, in one lane, and tasks that vary its outcome and its incoming state."""

    def __init__(self, prepared: Prepared, cuts: int, tasks: int, *, is_lazy: bool = True) -> None:
        """Prepare and warm up."""
        with_cuts(prepared, 1, cuts)
        self.lane, self.prepared = Lane(prepared.tables, is_lazy=is_lazy), prepared
        self.lane._memories["bases"] = NO_BUNCHING
        rng = np.random.default_rng(4)
        low, high = prepared.border(0)
        self.states = low + (high - low) * rng.uniform(0.35, 0.45, (tasks, len(low)))
        self.tasks = to_tasks(
            np.ones(tasks, int), np.resize(prepared.order[0], tasks), np.arange(tasks) // OUTCOMES, -1
        )
        self.run()

    def run(self) -> None:
        """Solve all tasks."""
        self.lane.solve(self.tasks, self.states)

    def part(self, work: Callable[..., None]) -> Callable[[], None]:
        """Return a function that does one part of the work of all tasks, with the last solution."""
        lane = self.lane
        arguments: tuple[Any, ...] = (
            lane._library.addresses, lane._tables.structures, lane._tables.nodes, lane._slots, lane._memories,
            self.tasks, self.states, lane._space,
        )  # fmt: skip
        work(*arguments)  # compiles
        return lambda: work(*arguments)


@numba.njit(nogil=True)
def call_layer(
    verbs: Any, structures: Any, nodes: Any, slots: Any, memories: Any, tasks: Any, states: Floats, space: Any
) -> None:
    """Do all calls of a solve but the solve."""
    for t in range(len(tasks)):
        task, node = tasks[t], nodes[tasks[t].node]
        s, slot = structures[node.structure], slots[memories[task.node].slot]
        reveal(verbs, s, node, slot, task.outcome)
        slot.has_state = 0
        enter_state(verbs, s, slot, memories[task.node], states.ctypes.data + task.source * states.shape[1] * 8)
        call_p(verbs[STATUS], (slot.model,))
        call_ppppp(verbs[SOLUTION], (
            slot.model, space.x.ctypes.data, 0, space.activity.ctypes.data, space.dual.ctypes.data,
        ))  # fmt: skip


@numba.njit(nogil=True)
def safe_bound(
    verbs: Any, structures: Any, nodes: Any, slots: Any, memories: Any, tasks: Any, states: Floats, space: Any
) -> None:
    """Find the safe bound of each task."""
    for t in range(len(tasks)):
        task, node = tasks[t], nodes[tasks[t].node]
        s, memory = structures[node.structure], memories[task.node]
        gather_columns(s, node, task.outcome, space)
        certify(s, node, slots[memory.slot], memory, task.outcome, space.dual, space.slope, space)


@numba.njit(nogil=True)
def cut_scan(
    verbs: Any, structures: Any, nodes: Any, slots: Any, memories: Any, tasks: Any, states: Floats, space: Any
) -> None:
    """Look for a violated cut for each task."""
    for t in range(len(tasks)):
        node = nodes[tasks[t].node]
        find_violated(structures[node.structure], node, memories[tasks[t].node], space.x, space)


@numba.njit(nogil=True)
def bookkeeping(
    verbs: Any, structures: Any, nodes: Any, slots: Any, memories: Any, tasks: Any, states: Floats, space: Any
) -> None:
    """Count idle cuts and find the value of each task."""
    for t in range(len(tasks)):
        task, node = tasks[t], nodes[tasks[t].node]
        note_binding(structures[node.structure], memories[task.node], space.dual)
        evaluate(structures[node.structure], node, task.outcome, space)


def layer(options: argparse.Namespace) -> None:
    """Print what a warm solve costs, and which part of it is not HiGHS's own."""
    rows = []
    for size in SIZES:
        bench = Bench(prepare(model(*size[:3])), size[3], 4_000 if size[0] < 300 else 800)
        parts = [bench.part(work) for work in (call_layer, safe_bound, cut_scan, bookkeeping)]
        before = int(bench.lane.counts["solves"][0])
        times = medians([bench.run, *parts], options.repeats)
        solves = (int(bench.lane.counts["solves"][0]) - before) / options.repeats / len(bench.tasks)
        micro = [time / len(bench.tasks) * 1e6 for time in times]
        run = micro[0] - sum(micro[1:])
        shares = [f"{100 * part / micro[0]:.1f} %" for part in micro[1:]]
        rows.append((f"{size[0]} + {size[3]}", solves, micro[0], run, *shares))
    heads = ("rows + cuts", "solves a task", "task [us]", "HiGHS [us]", "call layer", "safe bound", "cut scan", "rest")
    show("A warm solve, all included, and the share of each part that is not HiGHS's own run", heads, rows)


def pool(options: argparse.Namespace) -> None:
    """Print what cuts cost when only those that matter are loaded, and when all are."""
    rows: list[Row] = []
    counts = (100, 300, 3_000)
    lazy = [Bench(prepare(model(30, 60, 28)), count, 400) for count in counts]
    loaded = [Bench(prepare(model(30, 60, 28)), count, 400, is_lazy=False) for count in counts]
    times = medians([bench.run for bench in (*lazy, *loaded)], options.repeats)
    micro = [time / 400 * 1e6 for time in times]
    for k, count in enumerate(counts):
        rows.append((count, micro[k], micro[k] / micro[0], micro[k + 3], micro[k + 3] / micro[k]))
    show("28 states: cuts loaded when they matter, and all loaded",
         ("cuts", "lazy [us]", "against 100", "all loaded [us]", "against lazy"), rows)  # fmt: skip


def threads(options: argparse.Namespace) -> None:
    """Print wall time of training on one thread and on two, and whether the bits are the same."""
    rows = []
    for size in SIZES[1:]:
        own = model(*size[:3], stages=6)
        iterations = 2_400 // size[0]
        bounds = {number: _train(own, number, iterations) for number in (1, 2)}
        works = [partial(_train, own, number, iterations) for number in (1, 2)]
        one, two = medians(works, options.repeats, perf_counter)
        rows.append((size[0], one, two, one / two, bounds[1] == bounds[2]))
    show("Training on one thread and on two, two lanes, wall time",
         ("rows", "one [s]", "two [s]", "ratio", "same bits"), rows)  # fmt: skip


def _train(own: ms.Model, threads: int, iterations: int) -> list[float]:
    """Return the bounds of a short training."""
    work = ms.Work(lanes=2, threads=threads)
    policy = ms.train(own, iterations=iterations, stopping=ms.Iterations(iterations), work=work)
    return [row.bound for row in policy.rows]


def hydro(options: argparse.Namespace) -> None:
    """Print bound and time of the Brazilian system over ten years."""
    rows: list[Row] = []
    clock, cpu = perf_counter(), process_time()

    def note(row: ms.Row) -> None:
        if row.iteration in LOOKS:
            wall = perf_counter() - clock
            rows.append((
                row.iteration, row.bound / 1e6, wall, wall / row.iteration, process_time() - cpu, row.solves,
                row.is_proven,
            ))  # fmt: skip

    most = 30 if options.quick else LOOKS[-1]
    ms.train(brazil(120), iterations=most, stopping=ms.Iterations(most), report=note, work=ms.Work(lanes=2))
    show("Brazilian system, 120 months, 82 outcomes, one path an iteration, two lanes, two threads",
         ("iterations", "bound [M]", "wall [s]", "s an iteration", "CPU [s]", "solves", "proven"), rows)  # fmt: skip


def lands(options: argparse.Namespace) -> None:
    """Print how LandS with a million outcomes is solved."""
    problem: Problem = next(one for one in TWO_STAGE if one.name == "lands-full")
    own = problem.build()
    cpu = process_time()
    policy = ms.train(own, iterations=60, stopping=ms.Stalled(3, 1e-10), work=ms.Work(lanes=1))
    counts = policy.trainer.crew.counts()
    iterations = len(policy.rows)
    show(
        "LandS with a million outcomes",
        ("bound", "published", "proven", "iterations", "subproblems", "solved by HiGHS", "CPU [s]"),
        [(
            f"{policy.bound:.6f}", problem.optimum, policy.is_proven, iterations, iterations * 10**6,
            int(counts["solves"][0]), process_time() - cpu,
        )],
    )  # fmt: skip


def chain_model(times: int = 20, regimes: int = 12) -> ms.Model:
    """Return a Markov chain of which neighbours alone follow each other, four outcomes a node."""
    rng = np.random.default_rng(5)
    move = 0.7 * np.eye(regimes) + 0.15 * (np.eye(regimes, k=1) + np.eye(regimes, k=-1))
    move[0, 0] = move[-1, -1] = 0.85
    outcomes = [
        [ms.Outcomes({"supply": (12.0 + 1.2 * regime) * rng.uniform(0.7, 1.3, (4, 100))}) for regime in range(regimes)]
        for _ in range(times)
    ]
    start = np.full((1, regimes), 1 / regimes)
    return ms.markov(stage(100, 150, 12), [start, *[move] * (times - 1)], outcomes=outcomes, discount=0.99)


def chain(options: argparse.Namespace) -> None:
    """Print how the bound of a Markov chain rises where nodes learn from all visits to their stage, and where not."""
    rows: list[Row] = []
    own = chain_model()
    for is_wide in (False, True):
        trainer = Trainer(prepare(own), ms.Work(lanes=2), 0)
        trainer.families = find_families(trainer.prepared, is_wide=is_wide)
        clock, best = perf_counter(), -np.inf
        for iteration in range(1, (10 if is_wide else 50) + 1):
            best = max(best, trainer.prepared.to_value(trainer.step(ms.Sampled()).bound))
            if iteration in LOOKS:
                kind = "one stage" if is_wide else "the same children"
                rows.append((kind, iteration, best, perf_counter() - clock, trainer.crew.solves()))
    show("Markov chain, 20 stages, 12 regimes, 4 outcomes, 100 rows: nodes that learn together",
         ("nodes of", "iterations", "bound", "wall [s]", "solves"), rows)  # fmt: skip


def plan_stage(flows: int = 2_500, stocks: int = 50, limits: int = 2_600) -> ms.Stage:
    """Return a stage in which flows fill, move and empty stocks within limits that three of them share each."""
    rng = np.random.default_rng(1)
    found = ms.Stage()
    stock, flow = found.state("stock", stocks, upper=1e5, initial=100.0), found.variable("flow", flows, upper=60.0)
    short = found.variable("short", stocks)
    need, limit = found.parameter("need", stocks), found.parameter("limit", limits)
    to, of = rng.integers(0, stocks, (2, flows))
    fills, empties = np.eye(stocks)[:, to], np.where(np.arange(flows) < 100, 0.0, np.eye(stocks)[:, of])
    shared = np.zeros((limits, flows))
    shared[np.arange(limits)[:, None], rng.integers(0, flows, (limits, 3))] = rng.uniform(0.5, 2.0, (limits, 3))
    found.row("balance", stock.after == stock.before + (0.98 * fills - empties) @ flow + short - need)
    found.row("leave", empties @ flow <= stock.before)
    found.row("limits", shared @ flow <= limit)
    found.objective(rng.uniform(0.1, 2.0, flows) * flow + 0.0)
    found.objective(30.0 * short + 0.01 * stock.after)
    return found


def extensive(options: argparse.Namespace) -> None:
    """Print how long a linear model with a single path takes as one programme."""
    rows = []
    rng = np.random.default_rng(2)
    for times, solver in ((20, "simplex"), (20, "ipm"), *(() if options.quick else ((126, "ipm"),))):
        data = [{"need": rng.uniform(2, 30, 50), "limit": rng.uniform(2, 8, 2_600)} for _ in range(times)]
        stages = [plan_stage() for _ in range(times)]
        found = ms.solve_extensive(ms.linear(stages, [None] * times, data=data), solver=solver)
        rows.append((times, solver, *found.size))
    show("Extensive form of stages with 2,500 flows, 50 stocks and 2,700 rows each",
         ("stages", "solver", "rows", "columns", "nonzeros", "build [s]", "solve [s]"), rows)  # fmt: skip


PARTS = {
    "layer": layer, "pool": pool, "threads": threads, "hydro": hydro, "lands": lands, "chain": chain,
    "extensive": extensive,
}  # fmt: skip


def main() -> None:
    """Run the parts that are asked for, all by default."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="parts to run; all if none is given")
    parser.add_argument("--repeats", type=int, default=5, help="how often each work is timed")
    parser.add_argument("--quick", action="store_true", help="fewer iterations, no large programmes")
    options = parser.parse_args()
    for part in options.parts or PARTS:
        PARTS[part](options)


if __name__ == "__main__":
    main()
