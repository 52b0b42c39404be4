"""The only file that talks to HiGHS (Huangfu and Hall 2018, Mathematical Programming Computation 10)."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any, Literal, TypeAlias

import highspy
import numpy as np

from replenish.errors import SolveError
from replenish.multistage.linear_program import LinearProgram, Solution
from replenish.multistage.modelling.expression import Floats, Ints
from replenish.multistage.records import VERBS

Option: TypeAlias = bool | int | float | str
Method: TypeAlias = Literal["choose", "simplex", "ipm"]
SMALL_GAP = 1e-9
OPTIONS: dict[str, Option] = {
    "output_flag": False, "threads": 1, "solver": "simplex", "simplex_strategy": 1, "presolve": "off",
}  # fmt: skip
"""Options of programmes that are solved again and again from the last basis."""


def solve_once(
    program: LinearProgram, *, seconds: float | None = None, gap: float = SMALL_GAP, method: Method = "choose"
) -> Solution:
    """Solve one linear or mixed-integer programme from scratch, on one thread.

    Args:
        program: what to solve.
        seconds: limit of time.
        gap: a mixed-integer programme is solved when the bound is so near, relative to the objective.
        method: how a linear programme is solved; interior points are followed by crossover, so that duals are those of
            a vertex. One with whole numbers is left to HiGHS, which would take them for fractions if told a method.
    """
    highs = _load(program)
    if seconds is not None:
        highs.setOptionValue("time_limit", seconds)
    if not program.has_integers:
        highs.setOptionValue("solver", method)
    highs.setOptionValue("mip_rel_gap", gap)
    highs.setOptionValue("mip_abs_gap", SMALL_GAP)
    return _run(highs, program)


def solve_costs(program: LinearProgram, costs: Iterable[Floats]) -> Iterator[Solution]:
    """Yield the solution for each of several vectors of costs, on one thread, each from the last basis."""
    highs, columns = _load(program), np.arange(len(program.cost), dtype=np.int32)
    for number, cost in enumerate(costs):
        highs.changeColsCost(len(columns), columns, cost)
        if number == 1:
            highs.setOptionValue("simplex_strategy", 4)  # primal: the last basis is feasible
        yield _run(highs, program)


class Loaded:
    """A linear programme that stays loaded, on one thread: solved for other costs, and with more rows, from its basis.

    Attributes:
        program: what was loaded at first.
    """

    def __init__(self, program: LinearProgram) -> None:
        """Load a programme without whole variables."""
        self.program = program
        self._highs = _load(program)
        self._highs.setOptionValue("solver", "simplex")

    def solve(self, cost: Floats | None = None, *, has_grown: bool = True) -> Solution:
        """Return the optimum for other costs, (column,), or for the last ones if None.

        With the rows that it had (not `has_grown`) the last basis is feasible, and the primal simplex method goes on.
        """
        self._highs.setOptionValue("simplex_strategy", 1 if has_grown else 4)
        if cost is not None:
            self._highs.changeColsCost(len(cost), np.arange(len(cost), dtype=np.int32), np.ascontiguousarray(cost))
        found = _run(self._highs, self.program)
        if found.status == "unknown":  # lost in rounding: the last basis is no help
            self._highs.clearSolver()
            found = _run(self._highs, self.program)
        return found

    def add_columns(self, lower: Floats, upper: Floats) -> None:
        """Add columns that cost nothing and stand in no row."""
        nothing, none = np.zeros(0), np.zeros(0, np.int32)
        starts = np.zeros(len(lower), np.int32)
        self._highs.addCols(len(lower), np.zeros(len(lower)), lower, upper, 0, starts, none, nothing)

    def add_rows(self, lower: Floats, upper: Floats, factor: Floats) -> None:
        """Add rows: lower <= factor @ x <= upper, where `factor` is (row, column)."""
        row, column = np.nonzero(factor)
        starts = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=len(lower)))])[:-1].astype(np.int32)
        values = np.ascontiguousarray(factor[row, column])
        self._highs.addRows(len(lower), lower, upper, len(row), starts, column.astype(np.int32), values)


def _run(highs: Any, program: LinearProgram) -> Solution:
    """Solve a programme that is loaded."""
    highs.run()
    found, info = highs.getSolution(), highs.getInfo()
    return Solution(
        status=_text(highs.getModelStatus()),
        objective=info.objective_function_value,
        bound=info.mip_dual_bound if program.has_integers else info.objective_function_value,
        x=np.array(found.col_value),
        activity=np.array(found.row_value),
        row_dual=np.array(found.row_dual) if len(found.row_dual) else np.zeros(len(program.row_lower)),
        column_dual=np.array(found.col_dual) if len(found.col_dual) else np.zeros(len(program.cost)),
    )


def find_conflict(program: LinearProgram) -> tuple[list[int], list[int]]:
    """Return rows and columns that cannot hold together: none can be left out of an irreducible conflict.

    Raises:
        SolveError: HiGHS found no conflict, as when the programme is feasible after all.
    """
    highs = _load(program)
    highs.setOptionValue("iis_strategy", int(highspy.IisStrategy.kIisStrategyIrreducible))
    _, conflict = highs.getIis()
    if not conflict.valid_ or not (conflict.row_index_ or conflict.col_index_):
        raise SolveError("no conflict was found between rows and bounds")
    return list(conflict.row_index_), list(conflict.col_index_)


def _load(program: LinearProgram) -> Any:
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(program.cost), len(program.row_lower)
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = program.cost, program.lower, program.upper
    lp.row_lower_, lp.row_upper_ = program.row_lower, program.row_upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = program.starts.astype(np.int32)
    lp.a_matrix_.index_ = program.row.astype(np.int32)
    lp.a_matrix_.value_ = program.factor
    lp.offset_ = program.offset
    if program.is_integer is not None and program.has_integers:
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        lp.integrality_ = [kinds[int(whole)] for whole in program.is_integer]
    highs: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("threads", 1)
    highs.passModel(lp)
    return highs


class Library:
    """HiGHS through its C interface, from the library inside the highspy wheel.

    Attributes:
        addresses: of the functions that kernels call, in the order of `records.VERBS`.
    """

    addresses: Ints

    def __init__(self, path: Path) -> None:
        """Load the library.

        Raises:
            OSError, AttributeError: it cannot be loaded, or lacks a function.
        """
        self._c = ctypes.CDLL(str(path))
        self._c.Highs_create.restype = ctypes.c_void_p
        found = [ctypes.cast(getattr(self._c, f"Highs_{verb}"), ctypes.c_void_p).value for verb in VERBS]
        self.addresses = np.array(found, np.int64)

    def create(self, program: LinearProgram) -> int:
        """Return the handle of a new model that is solved by the dual simplex method on one thread."""
        model = int(self._c.Highs_create())
        for name, value in OPTIONS.items():
            self.set_option(model, name, value)
        vectors = (program.cost, program.lower, program.upper, program.row_lower, program.row_upper)
        kept = [np.ascontiguousarray(vector, float) for vector in vectors]
        starts, row = np.ascontiguousarray(program.starts, np.int32), np.ascontiguousarray(program.row, np.int32)
        factor = np.ascontiguousarray(program.factor, float)
        self._c.Highs_passLp(
            ctypes.c_void_p(model), len(program.cost), len(program.row_lower), len(row), 1, 1, ctypes.c_double(0.0),
            *(ctypes.c_void_p(vector.ctypes.data) for vector in (*kept, starts, row, factor)),
        )  # fmt: skip
        return model

    def destroy(self, model: int) -> None:
        """Free a model."""
        self._c.Highs_destroy(ctypes.c_void_p(model))

    def set_option(self, model: int, name: str, value: Option) -> None:
        """Set an option of a model."""
        handle, key = ctypes.c_void_p(model), name.encode()
        if isinstance(value, bool):
            self._c.Highs_setBoolOptionValue(handle, key, int(value))
        elif isinstance(value, int):
            self._c.Highs_setIntOptionValue(handle, key, value)
        elif isinstance(value, float):
            self._c.Highs_setDoubleOptionValue(handle, key, ctypes.c_double(value))
        else:
            self._c.Highs_setStringOptionValue(handle, key, value.encode())

    def status(self, model: int) -> str:
        """Return the status of a model in small letters."""
        return _text(highspy.HighsModelStatus(self._c.Highs_getModelStatus(ctypes.c_void_p(model))))


class Objects:
    """HiGHS through the objects of highspy, where its library has no C interface (as in its wheel for Windows).

    Looks to kernels like `Library`: each verb is a small function with the signature of the C interface.
    """

    addresses: Ints

    def __init__(self) -> None:
        """Make the functions that kernels call."""
        self._models: dict[int, Any] = {}
        self._next = 1
        self._verbs = [_SIGNATURES[verb](partial(getattr(self, f"_{verb}"))) for verb in VERBS]
        self.addresses = np.array([ctypes.cast(verb, ctypes.c_void_p).value for verb in self._verbs], np.int64)

    def create(self, program: LinearProgram) -> int:
        """Return the handle of a new model that is solved by the dual simplex method on one thread."""
        handle, self._next = self._next, self._next + 1
        self._models[handle] = _load(program)
        for name, value in OPTIONS.items():
            self.set_option(handle, name, value)
        return handle

    def destroy(self, model: int) -> None:
        """Free a model."""
        del self._models[model]

    def set_option(self, model: int, name: str, value: Option) -> None:
        """Set an option of a model."""
        self._models[model].setOptionValue(name, value)

    def status(self, model: int) -> str:
        """Return the status of a model in small letters."""
        return _text(self._models[model].getModelStatus())

    def _changeColsBoundsByRange(self, model: int, first: int, last: int, lower: int, upper: int) -> int:  # noqa: N802
        chosen = np.arange(first, last + 1, dtype=np.int32)
        return _code(self._models[model].changeColsBounds(len(chosen), chosen, *_doubles(len(chosen), lower, upper)))

    def _changeRowsBoundsByRange(self, model: int, first: int, last: int, lower: int, upper: int) -> int:  # noqa: N802
        chosen = np.arange(first, last + 1, dtype=np.int32)
        return _code(self._models[model].changeRowsBounds(len(chosen), chosen, *_doubles(len(chosen), lower, upper)))

    def _changeColsBoundsBySet(self, model: int, count: int, chosen: int, lower: int, upper: int) -> int:  # noqa: N802
        places = _words(count, chosen)
        return _code(self._models[model].changeColsBounds(count, places, *_doubles(count, lower, upper)))

    def _changeColsCostBySet(self, model: int, count: int, chosen: int, cost: int) -> int:  # noqa: N802
        return _code(self._models[model].changeColsCost(count, _words(count, chosen), *_doubles(count, cost)))

    def _changeColsCostByRange(self, model: int, first: int, last: int, cost: int) -> int:  # noqa: N802
        chosen = np.arange(first, last + 1, dtype=np.int32)
        return _code(self._models[model].changeColsCost(len(chosen), chosen, *_doubles(len(chosen), cost)))

    def _changeCoeff(self, model: int, row: int, column: int, value: float) -> int:  # noqa: N802
        return _code(self._models[model].changeCoeff(row, column, value))

    def _addRows(  # noqa: N802, PLR0917
        self, model: int, count: int, lower: int, upper: int, nonzeros: int, starts: int, column: int, factor: int
    ) -> int:
        bounds, (values,) = _doubles(count, lower, upper), _doubles(nonzeros, factor)
        places = _words(nonzeros, column)
        return _code(self._models[model].addRows(count, *bounds, nonzeros, _words(count, starts), places, values))

    def _deleteRowsBySet(self, model: int, count: int, chosen: int) -> int:  # noqa: N802
        return _code(self._models[model].deleteRows(count, _words(count, chosen)))

    def _deleteRowsByRange(self, model: int, first: int, last: int) -> int:  # noqa: N802
        chosen = np.arange(first, last + 1, dtype=np.int32)
        return _code(self._models[model].deleteRows(len(chosen), chosen))

    def _run(self, model: int) -> int:
        return _code(self._models[model].run())

    def _getModelStatus(self, model: int) -> int:  # noqa: N802
        return _code(self._models[model].getModelStatus())

    def _getSolution(self, model: int, x: int, column_dual: int, row_value: int, row_dual: int) -> int:  # noqa: N802
        found = self._models[model].getSolution()
        kinds = (found.col_value, found.col_dual, found.row_value, found.row_dual)
        for address, values in zip((x, column_dual, row_value, row_dual), kinds, strict=True):
            if address:
                _doubles(len(values), address)[0][:] = values
        return 0

    def _clearSolver(self, model: int) -> int:  # noqa: N802
        return _code(self._models[model].clearSolver())

    def _getBasis(self, model: int, column: int, row: int) -> int:  # noqa: N802
        basis = self._models[model].getBasis()
        for address, kinds in ((column, basis.col_status), (row, basis.row_status)):
            _words(len(kinds), address)[:] = [int(kind) for kind in kinds]
        return 0

    def _setBasis(self, model: int, column: int, row: int) -> int:  # noqa: N802
        highs, basis = self._models[model], highspy.HighsBasis()
        basis.col_status = [highspy.HighsBasisStatus(int(k)) for k in _words(highs.getNumCol(), column)]
        basis.row_status = [highspy.HighsBasisStatus(int(k)) for k in _words(highs.getNumRow(), row)]
        basis.valid = True
        return _code(highs.setBasis(basis))

    def _getBasicVariables(self, model: int, basic: int) -> int:  # noqa: N802
        _, found = self._models[model].getBasicVariables()
        _words(len(found), basic)[:] = found
        return 0

    def _getBasisSolve(self, model: int, rhs: int, solution: int, count: int, index: int) -> int:  # noqa: N802
        rows = self._models[model].getNumRow()
        _, found = self._models[model].getBasisSolve(_doubles(rows, rhs)[0])
        _doubles(rows, solution)[0][:] = found
        return 0


def _text(status: Any) -> str:
    """Return a status of HiGHS as words, such as "unbounded or infeasible"."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", str(status.name)[1:]).lower()


def _code(status: Any) -> int:
    return int(status)


def _doubles(count: int, *addresses: int) -> list[Floats]:
    """Return the doubles at addresses."""
    return [np.ctypeslib.as_array((ctypes.c_double * count).from_address(address)) for address in addresses]


def _words(count: int, address: int) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    """Return the 32-bit integers at an address."""
    return np.ctypeslib.as_array((ctypes.c_int32 * count).from_address(address))


_P, _I, _D = ctypes.c_size_t, ctypes.c_int32, ctypes.c_double
_verb = partial(ctypes.CFUNCTYPE, _I, _P)
_SIGNATURES = {
    "changeColsBoundsByRange": _verb(_I, _I, _P, _P), "changeRowsBoundsByRange": _verb(_I, _I, _P, _P),
    "changeColsBoundsBySet": _verb(_I, _P, _P, _P), "changeColsCostBySet": _verb(_I, _P, _P),
    "changeColsCostByRange": _verb(_I, _I, _P), "changeCoeff": _verb(_I, _I, _D),
    "addRows": _verb(_I, _P, _P, _I, _P, _P, _P), "deleteRowsBySet": _verb(_I, _P),
    "deleteRowsByRange": _verb(_I, _I), "run": _verb(), "getModelStatus": _verb(),
    "getSolution": _verb(_P, _P, _P, _P), "clearSolver": _verb(), "getBasis": _verb(_P, _P),
    "setBasis": _verb(_P, _P), "getBasicVariables": _verb(_P), "getBasisSolve": _verb(_P, _P, _P, _P),
}  # fmt: skip


@cache
def open_library() -> Library | Objects:
    """Return HiGHS by its C interface, or by the objects of highspy where that is missing."""
    for path in sorted(Path(highspy.__file__).parent.glob("libhighs*")):
        try:
            return Library(path)
        except (OSError, AttributeError):
            continue
    return Objects()
