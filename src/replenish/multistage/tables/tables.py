"""A model as records of numbers, scaled and in the order of its layout: what kernels work on.

This is the last place that sees a name.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from replenish.multistage.linear_program import LinearProgram
from replenish.multistage.modelling.expression import NONE, Floats, Ints
from replenish.multistage.modelling.program import Slopes
from replenish.multistage.records import MOST_RANDOM_ROWS, NODE, STRUCTURE
from replenish.multistage.tables.cuts import Pool
from replenish.multistage.tables.layout import Layout, Structure
from replenish.multistage.tables.reach import Box
from replenish.multistage.tables.scaling import Scale

Records = np.ndarray[tuple[int], np.dtype[np.void]]
MOVED = ("row_lower", "row_upper", "lower", "upper", "cost", "factor", "offset")
"""What parameters move: tables by outcome, in `Data` and in records of nodes."""
CUTS = ("level", "slope", "of", "is_sure")
"""What records of nodes hold of the pool of their cuts."""


@dataclass(frozen=True, slots=True, eq=False)
class Solved:
    """A structure as it is solved: scaled, by column, without costs to go.

    `place` holds where each nonzero of the programme stands among those by column.
    """

    structure: Structure
    scale: Scale
    starts: Ints
    row: Ints
    factor: Floats
    place: Ints
    cost: Floats
    lower: Floats
    upper: Floats
    row_lower: Floats
    row_upper: Floats

    @property
    def columns(self) -> int:
        """Return the number of columns, costs to go excluded."""
        return len(self.cost)

    def to_linear_program(self) -> LinearProgram:
        """Return the programme that HiGHS is given at first: costs to go are columns without rows."""
        futures = self.structure.futures
        endless = np.full(futures, np.inf)
        return LinearProgram(
            cost=np.concatenate([self.cost, np.zeros(futures)]),
            lower=np.concatenate([self.lower, -endless]),
            upper=np.concatenate([self.upper, endless]),
            row_lower=self.row_lower,
            row_upper=self.row_upper,
            starts=np.concatenate([self.starts, np.full(futures, self.starts[-1])]),
            row=self.row,
            factor=self.factor,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Data:
    """What the parameters of a node make of its structure: tables (outcome, entry), scaled."""

    row_lower: Floats
    row_upper: Floats
    lower: Floats
    upper: Floats
    cost: Floats
    factor: Floats
    offset: Floats  # (outcome,)


def to_solved(structure: Structure, scale: Scale, sign: float) -> Solved:
    """Return a structure as it is solved; `sign` is -1 where gains are maximised."""
    program, column = structure.program, structure.column
    used = column != NONE
    chosen = np.where(used, column, 0)
    places, rows = structure.place_of_columns(), structure.place_of_rows()
    order = np.lexsort((rows[program.row], places[program.column]))
    row, at = rows[program.row][order], places[program.column][order]
    place = np.empty(len(order), int)
    place[order] = np.arange(len(order))
    lower, upper = (np.where(used, bound[chosen] / scale.column, end) for bound, end in (
        (program.lower, -np.inf), (program.upper, np.inf)))  # fmt: skip
    return Solved(
        structure=structure, scale=scale, row=row, factor=program.factor[order] * scale.row[row] * scale.column[at],
        starts=np.concatenate([[0], np.cumsum(np.bincount(at, minlength=len(column)))]).astype(int), place=place,
        cost=np.where(used, sign * program.cost[chosen] * scale.column / scale.cost, 0.0), lower=lower, upper=upper,
        row_lower=program.row_lower[structure.row] * scale.row, row_upper=program.row_upper[structure.row] * scale.row,
    )  # fmt: skip


def to_data(solved: Solved, values: Floats, sign: float) -> Data:
    """Return what parameter `values`, (outcome, parameter), make of a structure."""
    structure, scale = solved.structure, solved.scale
    program = structure.program
    rows, bounds, costs = structure.row[: structure.moved_rows], structure.moved_bounds, structure.moved_costs
    row_scale, bound_scale = scale.row[: structure.moved_rows], scale.column[bounds]
    factors = structure.moved_factors
    at = solved.place[factors]
    column_of = np.repeat(np.arange(solved.columns), np.diff(solved.starts))
    factor_scale = scale.row[solved.row[at]] * scale.column[column_of[at]]
    return Data(
        row_lower=_chosen(program.row_lower, program.row_slopes, rows, values) * row_scale,
        row_upper=_chosen(program.row_upper, program.row_slopes, rows, values) * row_scale,
        lower=_chosen(program.lower, program.lower_slopes, structure.column[bounds], values) / bound_scale,
        upper=_chosen(program.upper, program.upper_slopes, structure.column[bounds], values) / bound_scale,
        cost=_chosen(program.cost, program.cost_slopes, structure.column[costs], values)
        * (sign * scale.column[costs] / scale.cost),
        factor=_chosen(program.factor, program.matrix_slopes, factors, values) * factor_scale,
        offset=_chosen(program.offset, program.offset_slopes, np.zeros(1, int), values)[:, 0] * (sign / scale.cost),
    )


def _chosen(base: Floats, slopes: Slopes, entries: Ints, values: Floats) -> Floats:
    """Return chosen entries of a vector that moves with parameters, (outcome, entry)."""
    number = np.full(len(base), NONE)
    number[entries] = np.arange(len(entries))
    own = number[slopes.entry]
    is_chosen = own != NONE
    few = Slopes(own[is_chosen], slopes.parameter[is_chosen], slopes.factor[is_chosen])
    return np.ascontiguousarray(few.moved(base[entries], values))


def to_box(solved: Solved, data: Data, state_lower: Floats, state_upper: Floats) -> Box:
    """Return the box in which a node's programme lies for all of its outcomes and incoming states."""
    s = solved.structure
    row_bounds = [_extremes(solved.row_lower, data.row_lower), _extremes(solved.row_upper, data.row_upper)]
    lower, upper, cost = solved.lower.copy(), solved.upper.copy(), np.stack([solved.cost, solved.cost])
    lower[s.moved_bounds], upper[s.moved_bounds] = data.lower.min(axis=0), data.upper.max(axis=0)
    cost[:, s.moved_costs] = data.cost.min(axis=0), data.cost.max(axis=0)
    lower[: len(s.incoming)], upper[: len(s.incoming)] = state_lower, state_upper
    column = np.repeat(np.arange(solved.columns), np.diff(solved.starts))
    random = solved.place[s.moved_factors]
    unknown = np.unique(solved.row[random])
    for bound, end in ((row_bounds[0], -np.inf), (row_bounds[1], np.inf)):
        bound[0][unknown] = bound[1][unknown] = end
    is_known = ~np.isin(solved.row, unknown) & (solved.factor != 0)
    is_fixed = np.zeros(solved.columns, bool)
    is_fixed[: len(s.incoming)] = is_fixed[solved.columns - len(s.outgoing) :] = True
    is_fixed[column[random]] = True
    return Box(
        row=solved.row[is_known], column=column[is_known], factor=solved.factor[is_known],
        row_lower=row_bounds[0][0], row_lower_most=row_bounds[0][1], row_upper_least=row_bounds[1][0],
        row_upper=row_bounds[1][1], cost=cost, lower=lower, upper=upper, is_fixed=is_fixed,
    )  # fmt: skip


def _extremes(base: Floats, moved: Floats) -> tuple[Floats, Floats]:
    least, most = base.copy(), base.copy()
    least[: moved.shape[1]], most[: moved.shape[1]] = moved.min(axis=0), moved.max(axis=0)
    return least, most


def _random_rows(data: Data, count: int) -> Ints:
    """Return the rows that differ between outcomes, if they are few and nothing else differs; else none."""
    others = (data.lower, data.upper, data.cost, data.factor)
    if count < 2 or any(len(part) and (part[:count] != part[0]).any() for part in others):
        return np.zeros(0, np.int64)
    random = np.nonzero((data.row_lower[:count] != data.row_lower[0]).any(axis=0)
                        | (data.row_upper[:count] != data.row_upper[0]).any(axis=0))[0]  # fmt: skip
    return random if len(random) <= MOST_RANDOM_ROWS else np.zeros(0, np.int64)


@dataclass(eq=False)
class Tables:
    """All records of a model; keeps the arrays that they point to."""

    layout: Layout
    solved: list[Solved]
    data: list[Data]
    pools: list[Pool]
    sign: float
    safe: list[tuple[Floats, Floats]]  # for each node
    future_cost: list[Floats]
    future_lower: list[Floats]
    future_upper: list[Floats]
    structures: Records = field(init=False)
    nodes: Records = field(init=False)
    _kept: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Write the records."""
        self.structures = np.zeros(len(self.solved), STRUCTURE)
        for record, solved in zip(self.structures, self.solved, strict=True):
            self._write_structure(record, solved)
        self.nodes = np.zeros(len(self.data), NODE)
        for number in range(len(self.nodes)):
            self._write_node(number)
            self.update_cuts(number)

    def update_cuts(self, node: int) -> None:
        """Let the record of a node follow its pool, which may have grown."""
        record, pool = self.nodes[node], self.pools[node]
        record["cuts"], record["capacity"], record["width"] = pool.count, len(pool.level), pool.width
        for name in CUTS:
            record[name] = getattr(pool, name).ctypes.data

    def copied(self) -> Tables:
        """Return tables whose nodes may be given other outcomes; cuts that these get later are not among its own."""
        other = copy(self)
        other.nodes, other.data = self.nodes.copy(), list(self.data)
        other._kept = [*self._kept, *(getattr(pool, name) for pool in self.pools for name in CUTS)]
        return other

    def put_outcomes(self, node: int, values: Floats) -> None:
        """Let a node have other outcomes, each a row of `values`, (outcome, parameter)."""
        data = to_data(self.solved[int(self.layout.structure[node])], values, self.sign)
        self.data[node] = data
        self.layout = replace(
            self.layout, parameters=(*self.layout.parameters[:node], values, *self.layout.parameters[node + 1 :])
        )
        record = self.nodes[node]
        for name in MOVED:
            record[name] = getattr(data, name).ctypes.data
        record["random_rows"] = 0  # nothing is known of what differs between them

    def raise_future(self, node: int, of: Ints, height: Floats) -> None:
        """Raise the upper bounds, for proofs, of costs to go to the heights of new cuts."""
        upper = self.future_upper[node]
        np.maximum.at(upper, of, height)
        if self.pools[node].width > int(self.structures[self.nodes[node]["structure"]]["outgoing"]):
            upper[-1] = max(
                upper[-1], upper[:-1].max(), 0.0
            )  # weighs the others; weights and discounts sum to 1 at most

    def _write_structure(self, record: np.void, solved: Solved) -> None:
        s, program = solved.structure, solved.structure.program
        column = np.repeat(np.arange(solved.columns), np.diff(solved.starts))
        place = solved.place[s.moved_factors]
        sizes = {
            "rows": program.rows, "columns": solved.columns, "futures": s.futures, "incoming": len(s.incoming),
            "outgoing": len(s.outgoing), "moved_rows": s.moved_rows, "moved_bounds": len(s.moved_bounds),
            "moved_costs": len(s.moved_costs), "moved_factors": len(s.moved_factors),
        }  # fmt: skip
        arrays = {
            name: getattr(solved, name) for name in ("factor", "cost", "lower", "upper", "row_lower", "row_upper")
        }
        integers = {
            "starts": solved.starts, "row": solved.row, "factor_row": solved.row[place],
            "factor_column": column[place], "factor_place": place,
        }  # fmt: skip
        for name, size in sizes.items():
            record[name] = size
        for name, values in (arrays | {name: ints.astype(np.int64) for name, ints in integers.items()}).items():
            record[name] = self._keep(values)
        record["bound_set"] = self._keep(s.moved_bounds.astype(np.int32))
        record["cost_set"] = self._keep(s.moved_costs.astype(np.int32))

    def _write_node(self, number: int) -> None:
        record, data = self.nodes[number], self.data[number]
        record["structure"] = self.layout.structure[number]
        for name in MOVED:
            record[name] = self._keep(getattr(data, name))
        record["safe_lower"], record["safe_upper"] = (self._keep(bound) for bound in self.safe[number])
        random = _random_rows(data, len(self.layout.probability[number]))
        record["random_rows"], record["random_set"] = len(random), self._keep(random)
        for name in ("future_cost", "future_lower", "future_upper"):
            record[name] = self._keep(getattr(self, name)[number])

    def _keep(self, array: Any) -> int:
        kept = np.ascontiguousarray(array)  # the array itself where it is contiguous, so that it can be written on
        self._kept.append(kept)
        return int(kept.ctypes.data)
