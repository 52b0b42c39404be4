"""From the three files to programmes of each period."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from replenish.multistage.modelling.expression import Floats
from replenish.multistage.modelling.program import Block, Program, Slopes
from replenish.multistage.smps.carry import State, find_states
from replenish.multistage.smps.core import FREE, Core
from replenish.multistage.smps.stoch import Place, name_of
from replenish.multistage.smps.text import Report
from replenish.multistage.smps.times import Periods


def build_programs(core: Core, periods: Periods, places: Sequence[Sequence[Place]], report: Report) -> list[Program]:
    """Return the programme of each period, whose parameters are its random `places`, by period."""
    states = find_states(core, periods, places)
    moving = frozenset(place for each in places for place in each)
    names = (list(core.columns), list(core.rows))
    drafts = [_Draft(core, period, list(random), moving, *names) for period, random in enumerate(places)]
    for column, period in enumerate(periods.of_column):
        drafts[period].add_column(column)
    for row, period in enumerate(periods.of_row):
        if core.kinds[row] != FREE:
            drafts[period].add_row(row)
    for draft in drafts:
        for state in states:
            if state.is_alive(draft.period):
                draft.add_state(state)
    for column, row in dict.fromkeys([*core.entries, *_coefficients(places)]):
        if core.kinds[row] != FREE:
            drafts[periods.of_row[row]].add_entry(column, row)
    for name in [name for draft in drafts for name in draft.clashes]:
        report.add(None, f"`{name}` has a name that a state of the model needs", "rename it")
    return [draft.program() for draft in drafts]


def _coefficients(places: Sequence[Sequence[Place]]) -> list[tuple[int, int]]:
    return [(place.column, place.row) for each in places for place in each if place.kind == "matrix"]


@dataclass(slots=True)
class _Draft:
    """The programme of a period while it is put together."""

    core: Core
    period: int
    random: list[Place]
    moving: frozenset[Place]  # random in any period
    column_names: list[str]
    row_names: list[str]
    parameter: dict[Place, int] = field(default_factory=dict)
    names: dict[str, Block] = field(default_factory=dict)
    rows: dict[str, Block] = field(default_factory=dict)
    clashes: list[str] = field(default_factory=list)
    ends: list[tuple[float, float]] = field(default_factory=list)
    row_ends: list[tuple[float, float]] = field(default_factory=list)
    cost: list[float] = field(default_factory=list)
    is_integer: list[bool] = field(default_factory=list)
    at_column: dict[int, int] = field(default_factory=dict)  # of the core file, own or incoming -> here
    at_row: dict[int, int] = field(default_factory=dict)
    entries: dict[tuple[int, int], float] = field(default_factory=dict)  # (column, row) here
    states: list[tuple[str, int, int]] = field(default_factory=list)  # name, incoming, outgoing

    def __post_init__(self) -> None:
        self.parameter = {place: number for number, place in enumerate(self.random)}

    def add_column(self, column: int) -> None:
        """Add a column of the period."""
        cost = self._fixed(Place("cost", self.core.objective, column))
        low, high = (self._fixed(place) for place in _ends(column))
        name, is_integer = self.column_names[column], self.core.is_integer[column]
        self.at_column[column] = self._column(name, low, high, cost, is_integer)

    def add_row(self, row: int) -> None:
        """Add a row of the period."""
        right = self._fixed(Place("right", row, -1))
        low, high = self.core.offsets(row)
        self.at_row[row] = self._row(self.row_names[row], right + low, right + high)

    def add_state(self, state: State) -> None:
        """Add what comes in and goes out by a state; where it carries nothing it is zero."""
        names = self.column_names
        name = names[state.columns[0].column]
        comes, goes = state.incoming(self.period), state.outgoing(self.period)
        before = self._column(f"{name if comes is None else names[comes]}.before", -math.inf, math.inf)
        if comes is not None:
            self.at_column[comes] = before
        if goes is None:
            after = self._column(f"{name}.after", 0.0, 0.0)
        elif goes == comes:
            after = self._column(f"{names[goes]}.after", *self._kept_bounds(goes))
            row = self._row(f"{names[goes]}.copy", 0.0, 0.0)
            self.entries[after, row], self.entries[before, row] = 1.0, -1.0
        else:
            after = self.at_column[goes]
        self.states.append((name, before, after))

    def add_entry(self, column: int, row: int) -> None:
        """Add a coefficient of a row of the period."""
        self.entries[self.at_column[column], self.at_row[row]] = self._fixed(Place("matrix", row, column))

    def program(self) -> Program:
        """Return the programme as numbers."""
        keys = sorted(self.entries)
        where = {key: number for number, key in enumerate(keys)}
        lower, upper = _pairs(self.ends)
        row_lower, row_upper = _pairs(self.row_ends)
        is_first = self.period == 0
        offset = -self.core.right.get(self.core.objective, 0.0) if is_first else 0.0
        return Program(
            variables=self.names, constraints=self.rows, priced=(), sense=self.core.sense, offset=np.array([offset]),
            parameters={self._name(place): Block(number, ()) for place, number in self.parameter.items()},
            cost=np.array(self.cost, float), lower=lower, upper=upper, row_lower=row_lower, row_upper=row_upper,
            row=np.array([row for _, row in keys], int), column=np.array([column for column, _ in keys], int),
            factor=np.array([self.entries[key] for key in keys], float), is_integer=np.array(self.is_integer, bool),
            states=tuple(name for name, _, _ in self.states),
            incoming=np.array([before for _, before, _ in self.states], int),
            outgoing=np.array([after for _, _, after in self.states], int),
            initial=np.full(len(self.states), 0.0 if is_first else math.nan), offset_slopes=_slopes([]),
            cost_slopes=self._moved("cost"), lower_slopes=self._moved("lower"), upper_slopes=self._moved("upper"),
            row_slopes=_slopes([(self.at_row[p.row], n) for p, n in self.parameter.items() if p.kind == "right"]),
            matrix_slopes=_slopes([
                (where[self.at_column[p.column], self.at_row[p.row]], n)
                for p, n in self.parameter.items() if p.kind == "matrix"
            ]),
        )  # fmt: skip

    def _fixed(self, place: Place) -> float:
        """Return the number of the core file, or zero where a parameter gives it."""
        return 0.0 if place in self.parameter else place.value(self.core)

    def _kept_bounds(self, column: int) -> tuple[float, float]:
        """Return the bounds of a column that is passed on, as far as they are not random."""
        lower, upper = _ends(column)
        return (
            -math.inf if lower in self.moving else lower.value(self.core),
            math.inf if upper in self.moving else upper.value(self.core),
        )

    def _name(self, place: Place) -> str:
        return name_of(place, self.row_names, self.column_names)

    def _moved(self, kind: str) -> Slopes:
        return _slopes([(self.at_column[p.column], n) for p, n in self.parameter.items() if p.kind == kind])

    def _column(
        self, name: str, low: float, high: float, cost: float = 0.0, is_integer: bool = False
    ) -> int:  # fmt: skip
        if name in self.names:
            self.clashes.append(name)
        number = len(self.ends)
        self.names[name] = Block(number, ())
        self.ends.append((low, high))
        self.cost.append(cost)
        self.is_integer.append(is_integer)
        return number

    def _row(self, name: str, low: float, high: float) -> int:
        if name in self.rows:
            self.clashes.append(name)
        number = len(self.row_ends)
        self.rows[name] = Block(number, ())
        self.row_ends.append((low, high))
        return number


def _ends(column: int) -> tuple[Place, Place]:
    return Place("lower", -1, column), Place("upper", -1, column)


def _pairs(ends: Sequence[tuple[float, float]]) -> tuple[Floats, Floats]:
    return np.array([low for low, _ in ends], float), np.array([high for _, high in ends], float)


def _slopes(pairs: Sequence[tuple[int, int]]) -> Slopes:
    """Return slopes of 1 for pairs of entry and parameter."""
    table = np.array(pairs, int).reshape(-1, 2)
    return Slopes(table[:, 0].copy(), table[:, 1].copy(), np.ones(len(table)))
