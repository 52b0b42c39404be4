"""A lane: its own programmes in HiGHS, solved in its own order, by whichever thread serves it.

Work is split into a fixed number of lanes.  What a lane finds depends on what it solved before (a linear programme may
have many optima), but never on threads: so results are the same bits on any number of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from replenish.errors import SolveError
from replenish.multistage.linear_program import Solution
from replenish.multistage.modelling.expression import Floats, Ints
from replenish.multistage.records import ANSWER, COUNTS, MEMORY, MOST_RANDOM_ROWS, SLOT, TASK
from replenish.multistage.solver import Option, open_library
from replenish.multistage.solving.diagnosis import explain_failure
from replenish.multistage.solving.kernel.bulk import solve_bulk
from replenish.multistage.solving.kernel.reveal import leave
from replenish.multistage.solving.kernel.solve import solve_tasks
from replenish.multistage.tables.tables import Records, Tables

LADDER: tuple[dict[str, Option], ...] = (
    {"presolve": "on"},
    {"simplex_scale_strategy": 4},
    {"simplex_strategy": 4},
    {"solver": "ipm", "run_crossover": "on"},
)
"""What is tried, each from scratch, when a programme that should have an optimum is not solved to one."""
DEFAULTS: dict[str, Option] = {
    "presolve": "off",
    "simplex_scale_strategy": 1,
    "simplex_strategy": 1,
    "solver": "simplex",
    "run_crossover": "on",
}
MOST_PROGRAMMES = 500
"""So many programmes a lane holds at most; nodes of one structure share them beyond that."""
NEWEST = 4
"""So many new cuts of a node go into its programme unasked: they were made near where it will be solved next."""
ROOM = 3
"""A programme may hold so many times the cuts that it tries to keep, where all of them bind now and then."""
MOST_EAGER = 10_000
"""So many cuts a programme can hold when all are loaded."""

Words = np.ndarray[tuple[int], np.dtype[np.int32]]


class Space(NamedTuple):
    """What kernels write on while they work."""

    x: Floats
    dual: Floats
    cost: Floats
    lower: Floats
    upper: Floats
    blur: Floats
    pull: Floats
    slope: Floats
    worst: Floats
    height: Floats
    which: Ints
    chosen: Ints
    infinity: Floats
    row_lower: Floats
    row_factor: Floats
    row_start: Words
    row_column: Words
    dropped: Words
    activity: Floats
    basic: Words
    column_kind: Words
    row_kind: Words
    unit: Floats
    move: Floats
    stand: Floats
    least: Floats
    most: Floats
    trial: Floats
    shift: Floats
    low: Floats
    high: Floats
    chance: Floats


class Found(NamedTuple):
    """What was found for some tasks.

    Answers, slopes by incoming state (task, state), variables (task, column) and multipliers of rows (task, row).
    """

    answers: Records
    slopes: Floats
    primal: Floats
    duals: Floats


class Start(NamedTuple):
    """What a lane may begin a node with: the cuts in its programme, how idle they are, and the basis."""

    cut: Ints
    idle: Ints
    column_basis: Words
    row_basis: Words


class Lane:
    """Programmes of all nodes, and what was learned about each; one thread at a time may use it."""

    def __init__(self, tables: Tables, *, is_lazy: bool = True, most_programmes: int = MOST_PROGRAMMES) -> None:
        """Prepare to solve; programmes are made when they are needed first."""
        self._tables, self._library = tables, open_library()
        self._kept: list[np.ndarray[tuple[int, ...], np.dtype[np.generic]]] = []
        self._starts: list[Start] = []
        self._slots = np.zeros(0, SLOT)
        self._memories = np.zeros(len(tables.nodes), MEMORY)
        self._assign(most_programmes)
        for node in range(len(tables.nodes)):
            self._remember(node, is_lazy=is_lazy)
        self._space = _to_space(tables, int(self._memories["limit"].max()))
        self.counts = np.zeros(1, COUNTS)

    def __del__(self) -> None:
        for slot in getattr(self, "_slots", ()):
            if slot["model"]:
                self._library.destroy(int(slot["model"]))

    def solve(
        self,
        tasks: Records,
        states: Floats,
        *,
        first: Mapping[int, Solution] | None = None,
        with_primal: bool = False,
        with_duals: bool = False,
    ) -> Found:
        """Solve tasks in order; outgoing states are written into `states`. Those in `first` are solved already.

        Raises:
            SolveError: a programme has no optimum, in the caller's words.
        """
        for node in set(tasks["node"].tolist()):
            self._ensure(node)
        columns, rows = (int(self._tables.structures[name].max()) for name in ("columns", "rows"))
        found = _room(len(tasks), states.shape[1], columns if with_primal else 0, rows if with_duals else 0)
        for place, solution in (first or {}).items():
            self._take(place, tasks[place], solution, found)
        done = self._run(tasks, 0, states, found)
        while done < len(tasks):
            self._climb(tasks, done, states, found)
            done = self._run(tasks, done + 1, states, found)
        return found

    def _take(self, place: int, task: np.void, solution: Solution, found: Found) -> None:
        """Write an answer that was found elsewhere; its bound holds at the state of the task alone."""
        columns = int(self._tables.structures["columns"][self._tables.nodes["structure"][task["node"]]])
        future = self._tables.future_cost[int(task["node"])] @ solution.x[columns:]
        found.answers[place] = (solution.objective, solution.objective - future, solution.bound, 0, 1)
        if len(found.primal):
            found.primal[place, :columns] = solution.x[:columns]
        if len(found.duals):
            found.duals[place] = np.nan  # whole numbers have no prices

    def solve_bulk(self, node: int, outcomes: Ints, state: Floats) -> tuple[Floats, Floats]:
        """Return sums over outcomes of one node, by probability: (level, probability, bunches unproven), and slope.

        Raises:
            SolveError: a programme has no optimum, in the caller's words.
        """
        self._ensure(node)
        tables, rest = self._tables, outcomes
        alone, pull = np.zeros(3), np.zeros(len(state))
        while True:
            left, mean, slope = rest.copy(), np.zeros(3), np.zeros(len(state))
            failed = solve_bulk(
                self._library.addresses, tables.structures, tables.nodes, self._slots, self._memories, node, state,
                tables.layout.probability[node], left, mean, slope, self._space, self.counts,
            )  # fmt: skip
            if failed < 0:
                return mean + alone, slope + pull
            task, found = np.zeros(1, TASK), _room(1, len(state), 0, 0)
            task["node"], task["outcome"], task["target"] = node, failed, -1
            self._climb(task, 0, state[None, :], found)
            answer, chance = found.answers[0], tables.layout.probability[node][failed]
            alone += [chance * answer["level"], chance, 1.0 - answer["is_sure"]]
            pull += chance * found.slopes[0]
            rest = rest[rest != failed]

    def leave(self, node: int) -> Start:
        """Forget what was found for a node that was solved just now; return what it may begin with again."""
        memory = self._memories[node]
        self._empty(int(memory["slot"]))
        own, loaded = self._starts[node], int(memory["loaded"])
        return Start(own.cut[:loaded].copy(), own.idle[:loaded].copy(), own.column_basis.copy(), own.row_basis.copy())

    def begin(self, node: int, start: Start | None) -> None:
        """Let what is found for a node next depend on nothing that was solved before: from a start, or from none."""
        memory = self._memories[node]
        self._empty(int(memory["slot"]))
        memory["loaded"] = memory["seen"] = memory["has_basis"] = 0
        self.counts["tasks"] = 0
        if start is not None:
            own, loaded = self._starts[node], len(start.cut)
            own.cut[:loaded], own.idle[:loaded] = start.cut, start.idle
            own.column_basis[:], own.row_basis[:] = start.column_basis, start.row_basis
            memory["loaded"], memory["has_basis"] = loaded, 1
            memory["seen"] = self._tables.nodes["cuts"][node]

    def _empty(self, slot: int) -> None:
        """Let a slot hold no node; it is what it was when its programme was made."""
        leave(self._library.addresses, self._tables.structures, self._tables.nodes, self._slots, self._memories, slot)

    def _run(self, tasks: Records, first: int, states: Floats, found: Found) -> int:
        return int(
            solve_tasks(
                self._library.addresses, self._tables.structures, self._tables.nodes, self._slots, self._memories,
                tasks, first, states, found.answers, found.slopes, found.primal, found.duals, self._space, self.counts,
            )
        )  # fmt: skip

    def _climb(self, tasks: Records, failed: int, states: Floats, found: Found) -> None:
        """Solve one task by other means.

        Raises:
            SolveError: none helped.
        """
        model = int(self._slots[self._memories[tasks["node"][failed]]["slot"]]["model"])
        status = self._library.status(model)
        for step in LADDER:
            for name, value in step.items():
                self._library.set_option(model, name, value)
            done = self._run(tasks[: failed + 1], failed, states, found)
            for name in step:
                self._library.set_option(model, name, DEFAULTS[name])
            if done == failed + 1:
                self.counts["cured"] += 1
                return
        task = tasks[failed]
        raise SolveError(
            explain_failure(self._tables, int(task["node"]), int(task["outcome"]), states[task["source"]], status)
        )

    def _assign(self, most: int) -> None:
        """Give every node a slot; nodes of one structure share when there are too many."""
        structure = self._tables.layout.structure
        counts = np.bincount(structure, minlength=len(self._tables.structures))
        share = np.maximum(1, np.minimum(counts, most * counts // max(len(structure), 1)))
        first = np.concatenate([[0], np.cumsum(share)])
        used = np.zeros(len(share), int)
        for node, own in enumerate(structure):
            self._memories[node]["slot"] = first[own] + used[own] % share[own]
            used[own] += 1
        self._slots = np.zeros(int(first[-1]), SLOT)
        self._slots["node"] = self._slots["outcome"] = -1

    def _remember(self, node: int, *, is_lazy: bool) -> None:
        record = self._tables.structures[self._tables.nodes[node]["structure"]]
        columns, outgoing, futures = (int(record[name]) for name in ("columns", "outgoing", "futures"))
        keep = max(40, 3 * outgoing) + futures if is_lazy else MOST_EAGER
        memory = self._memories[node]
        memory["keep"] = keep
        memory["limit"] = limit = ROOM * keep + outgoing + 2 * futures + 16 if futures else 1
        memory["newest"] = NEWEST * futures if is_lazy else MOST_EAGER
        start = Start(
            np.zeros(limit, np.int64), np.zeros(limit, np.int64), np.zeros(columns + futures, np.int32),
            np.zeros(int(record["rows"]) + limit, np.int32),
        )  # fmt: skip
        self._starts.append(start)
        memory["cut"], memory["idle"] = self._keep(start.cut), self._keep(start.idle)
        memory["column_basis"], memory["row_basis"] = self._keep(start.column_basis), self._keep(start.row_basis)

    def _ensure(self, node: int) -> None:
        """Make the programme of a node if there is none."""
        slot = self._slots[self._memories[node]["slot"]]
        if slot["model"]:
            return
        solved = self._tables.solved[int(self._tables.nodes[node]["structure"])]
        slot["model"] = self._library.create(solved.to_linear_program())
        slot["state"] = self._keep(np.zeros(len(solved.structure.incoming)))
        slot["factor"] = self._keep(solved.factor.copy())

    def _keep(self, array: np.ndarray[tuple[int, ...], np.dtype[np.generic]]) -> int:
        self._kept.append(array)
        return int(array.ctypes.data)


def _room(tasks: int, states: int, columns: int, rows: int) -> Found:
    """Return where answers are written; variables and multipliers only if there is room for columns and rows."""
    tables = (np.zeros((tasks if width else 0, width)) for width in (columns, rows))
    return Found(np.zeros(tasks, ANSWER), np.zeros((tasks, states)), *tables)


def _to_space(tables: Tables, limit: int) -> Space:
    most = {name: int(tables.structures[name].max()) for name in ("rows", "columns", "futures", "incoming")}
    columns, rows, futures = most["columns"] + most["futures"], most["rows"] + limit, max(most["futures"], 1)
    nonzeros = limit * (int(tables.nodes["width"].max()) + 1)
    return Space(
        x=np.zeros(columns), dual=np.zeros(rows), cost=np.zeros(columns), lower=np.zeros(columns),
        upper=np.zeros(columns), blur=np.zeros(columns), pull=np.zeros(columns), slope=np.zeros(most["incoming"] + 1),
        worst=np.zeros(futures), height=np.zeros(256), which=np.zeros(futures, np.int64),
        chosen=np.zeros(limit, np.int64), infinity=np.full(max(limit, futures), np.inf), row_lower=np.zeros(limit),
        row_factor=np.zeros(nonzeros), row_start=np.zeros(limit, np.int32), row_column=np.zeros(nonzeros, np.int32),
        dropped=np.zeros(limit, np.int32), activity=np.zeros(rows), basic=np.zeros(rows, np.int32),
        column_kind=np.zeros(columns, np.int32), row_kind=np.zeros(rows, np.int32), unit=np.zeros(rows),
        move=np.zeros((max(1, int(tables.nodes["random_rows"].max())), rows)), stand=np.zeros(rows),
        least=np.zeros(rows), most=np.zeros(rows), trial=np.zeros(rows),
        shift=np.zeros(MOST_RANDOM_ROWS), low=np.zeros(MOST_RANDOM_ROWS), high=np.zeros(MOST_RANDOM_ROWS),
        chance=np.zeros(2),
    )  # fmt: skip
