"""What a plan costs: `python benchmarks/plan.py` with the parts to run.

CPU time, since other programs may run; wall time beside it where a figure takes minutes.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
from time import perf_counter, process_time
from typing import Any, NamedTuple

from clock import Row, show
from mesh import mesh
from networks import network

import replenish
import replenish.multistage as ms
from replenish.planning.frame import Frame, to_frame
from replenish.planning.graph import PlanModel, choose_chains, markov_model, mean_model
from replenish.planning.problem import to_problem
from replenish.scenario.model import Scenario

HOLDERS, DAYS = 50, 126
ITERATIONS = 10


class Built(NamedTuple):
    """A plan on mean paths and the CPU time of each step to it [s]."""

    model: PlanModel
    scenario: float
    problem: float
    frame: float
    nodes: float


def build(make: Any) -> Built:
    """Return the model of a scenario that `make` makes, and what each step took."""
    begun = process_time()
    scenario = make()
    made = process_time()
    problem = to_problem(scenario)
    read = process_time()
    frame = to_frame(problem)
    framed = process_time()
    model = mean_model(frame)
    return Built(model, made - begun, read - made, framed - read, process_time() - framed)


def solve(name: str, solver: Any, *sizes: int) -> dict[str, Any]:
    """Return what it takes to build and solve a plan on mean paths: figures by name."""
    made = build(lambda: mesh(*sizes) if name == "mesh" else replenish.load(name))
    wall, cpu = perf_counter(), process_time()
    found = ms.solve_extensive(made.model.model, solver=solver)
    spent, passed = process_time() - cpu, perf_counter() - wall
    share = found.size.solve_seconds / passed
    cpu = process_time()
    policy = ms.resume(ms.taught(made.model.model, found), iterations=1, stopping=ms.Iterations(1))
    return {
        "policy": process_time() - cpu, "bound": policy.bound, "is_proven": policy.is_proven,
        "scenario": made.scenario, "problem": made.problem, "frame": made.frame, "nodes": made.nodes,
        "assembly": spent * (1.0 - share), "solve": spent * share, "wall": found.size.solve_seconds,
        "rows": found.size.rows, "columns": found.size.columns, "nonzeros": found.size.nonzeros,
        "value": found.value,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10,
    }  # fmt: skip


def child(*words: object) -> dict[str, Any]:
    """Return `solve` of some words, run in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, "child", *map(str, words)], capture_output=True, text=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def network_part(options: argparse.Namespace) -> None:
    """Print what it takes to plan for a mesh of holders, every pair a route, day by day."""
    sizes = (12, 28) if options.quick else (HOLDERS, DAYS)
    runs = {solver: child("mesh", solver, *sizes) for solver in ("simplex", "ipm")}
    one = runs["simplex"]
    parts = ("problem", "frame", "nodes", "assembly")
    total = sum(one[part] for part in parts)
    show(f"A mesh of {sizes[0]} holders, {sizes[0] * (sizes[0] - 1):,} routes, {sizes[1]} days: building, CPU time",
         ("rows", "columns", "nonzeros", *(f"{part} [s]" for part in parts), "in all [s]", "s a million nonzeros"),
         [(one["rows"], one["columns"], one["nonzeros"], *(one[part] for part in parts), total,
           total / one["nonzeros"] * 1e6)])  # fmt: skip
    show("Solving it, and a policy from its prices with one iteration, a process each",
         ("solver", "CPU [s]", "wall [s]", "policy, CPU [s]", "peak memory [MiB]", "value", "bound", "proven"),
         [(solver, run["solve"], run["wall"], run["policy"], run["peak"], f"{run['value']:.9g}", f"{run['bound']:.9g}",
           run["is_proven"]) for solver, run in runs.items()])  # fmt: skip


def examples(options: argparse.Namespace) -> None:
    """Print what the plans of the examples on mean paths cost, with stages of one period."""
    rows: list[Row] = []
    for name in ("artillery", "petroleum", *(() if options.quick else ("antivirals",))):
        for solver in ("simplex", "ipm"):
            run = child(name, solver)
            rows.append((name, run["rows"], run["columns"], run["nonzeros"], solver, run["solve"], run["wall"],
                         f"{run['value']:.9g}"))  # fmt: skip
    show("Examples on mean paths, a stage a period",
         ("example", "rows", "columns", "nonzeros", "solver", "CPU [s]", "wall [s]", "value"), rows)  # fmt: skip


class Size(NamedTuple):
    """A made-up scenario by its size: months in stages of one, outcomes in each node."""

    holders: int = 4
    items: int = 2
    periods: int = 24
    regimes: int = 3
    outcomes: int = 4

    def scenario(self) -> Scenario:
        """Return the scenario."""
        return network(self.holders, self.items, self.periods, 0, per="month", regimes=self.regimes)


def scaling(options: argparse.Namespace) -> None:
    """Print what an iteration of sddp costs as each size grows, all others as in the first row."""
    base = Size()
    grown = [
        *(base._replace(holders=h, items=i) for h, i in ((2, 1), (8, 4), (16, 8))),
        *(base._replace(periods=periods) for periods in (12, 48, 96)),
        *(base._replace(regimes=regimes) for regimes in (2, 6, 12)),
        *(base._replace(outcomes=outcomes) for outcomes in (1, 8, 16)),
    ]
    _trained(base, 1)  # compiles
    rows = [_trained(size, ITERATIONS) for size in ([base, grown[0]] if options.quick else [base, *grown])]
    show(f"sddp, {ITERATIONS} iterations of one path, one lane, CPU time",
         ("holders", "items", "months", "regimes", "outcomes", "rows", "columns", "states", "nodes", "model [s]",
          "prepare [s]", "s an iteration", "solves an iteration"), rows)  # fmt: skip


def _trained(size: Size, iterations: int) -> Row:
    start = process_time()
    frame, model = _markov(size)
    built = process_time()
    marks: list[tuple[float, int]] = []
    ms.train(
        model.model, iterations=iterations, stopping=ms.Iterations(iterations), work=ms.Work(lanes=1, threads=1),
        report=lambda row: marks.append((process_time(), row.solves)),
    )  # fmt: skip
    each = (marks[-1][0] - marks[0][0]) / max(1, iterations - 1)
    program = frame.usual
    return (
        *size, program.rows, program.columns, len(program.states), len(model.nodes), built - start,
        marks[0][0] - built - each, each, marks[-1][1] // iterations,
    )  # fmt: skip


def _markov(size: Size) -> tuple[Frame, PlanModel]:
    problem = to_problem(size.scenario())
    frame = to_frame(problem)
    return frame, markov_model(frame, choose_chains(problem, ()), outcomes=size.outcomes, seed=1)


def prices(options: argparse.Namespace) -> None:
    """Print what the prices of an optimum spare training: bounds, and what a path by the cuts alone costs."""
    sizes, looks = ((6, 14), (1, 10, 20)) if options.quick else ((12, 42), (1, 10, 50, 100, 200))
    model = build(lambda: mesh(*sizes)).model.model
    found = ms.solve_extensive(model, solver="simplex")
    rows: list[Row] = []
    for kind in ("anew", "from prices"):
        begun = process_time()
        stopping, work = ms.Iterations(looks[-1]), ms.Work(lanes=1, threads=1)
        if kind == "anew":
            policy = ms.train(model, iterations=looks[-1], stopping=stopping, work=work)
        else:
            policy = ms.resume(ms.taught(model, found, work=work), iterations=looks[-1], stopping=stopping)
        spent = process_time() - begun
        rows += [(kind, look, f"{policy.rows[look - 1].bound:.8g}", f"{policy.rows[look - 1].simulated:.8g}", spent)
                 for look in looks]  # fmt: skip
    show(f"A mesh of {sizes[0]} holders over {sizes[1]} days, optimum {found.value:.8g}: training",
         ("begun", "iterations", "bound", "a path by the cuts", "all iterations, CPU [s]"), rows)  # fmt: skip


PARTS = {"network": network_part, "examples": examples, "prices": prices, "scaling": scaling}


def main() -> None:
    """Run the parts that are asked for, all by default."""
    if sys.argv[1:2] == ["child"]:
        name, solver, *sizes = sys.argv[2:]
        print(json.dumps(solve(name, solver, *map(int, sizes))))
        return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="parts to run; all if none is given")
    parser.add_argument("--quick", action="store_true", help="small sizes")
    options = parser.parse_args()
    for part in options.parts or PARTS:
        PARTS[part](options)


if __name__ == "__main__":
    main()
