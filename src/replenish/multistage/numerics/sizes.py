"""How large the numbers of a model are, as it was written and as it is solved, with the names where they stand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

import numpy as np

from replenish.multistage.modelling.expression import NONE, Floats, Ints
from replenish.multistage.modelling.model import Model, Node
from replenish.multistage.tables.layout import Layout
from replenish.multistage.tables.tables import Data, Solved

Kind: TypeAlias = Literal["coefficients", "costs", "right-hand sides", "bounds", "parameters"]
KINDS: tuple[Kind, ...] = ("coefficients", "costs", "right-hand sides", "bounds", "parameters")


class Place(NamedTuple):
    """A number without its sign, where it stands, and the name of its row, variable or parameter."""

    size: float
    where: str
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Entries:
    """Numbers of one kind that one node brings in.

    Attributes:
        node: its name.
        solved: (outcome, entry) as it is solved; one outcome if none of them is random.
        unit: (entry,) factors that make them the caller's.
        names: of rows, variables or parameters, by the number of an entry.
        also: of the variable of a coefficient.
    """

    kind: Kind
    node: str
    solved: Floats
    unit: Floats
    names: Callable[[int], str]
    also: Callable[[int], str] | None = None

    def sizes(self, *, is_scaled: bool) -> Floats:
        """Return the numbers without sign, (outcome, entry); infinite ones and zeros are NaN."""
        sizes = np.abs(self.solved if is_scaled else self.solved * self.unit)
        return np.where((sizes > 0) & np.isfinite(sizes), sizes, np.nan)

    def place(self, sizes: Floats, at: int) -> Place:
        """Return one of `sizes`, by its number in the table."""
        outcome, entry = divmod(at, sizes.shape[1])
        name = self.names(entry)
        also = f", variable `{self.also(entry)}`" if self.also else ""
        random = f", outcome {outcome}" if np.ptp(self.solved[:, entry]) > 0 else ""
        return Place(float(sizes[outcome, entry]), f"node {self.node}, {ROLES[self.kind]} `{name}`{also}{random}", name)


ROLES: dict[Kind, str] = {
    "coefficients": "row", "costs": "variable", "right-hand sides": "row", "bounds": "variable",
    "parameters": "parameter",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Range:
    """The smallest and the largest number of one kind; None if there is no nonzero, finite one."""

    kind: Kind
    is_scaled: bool
    smallest: Place | None
    largest: Place | None


def find_range(every: Sequence[Entries], kind: Kind, *, is_scaled: bool) -> Range:
    """Return the range of one kind over all nodes and outcomes, in the caller's units or as it is solved."""
    smallest: Place | None = None
    largest: Place | None = None
    for one in every:
        if one.kind == kind and np.isfinite(sizes := one.sizes(is_scaled=is_scaled)).any():
            if smallest is None or np.nanmin(sizes) < smallest.size:
                smallest = one.place(sizes, int(np.nanargmin(sizes)))
            if largest is None or np.nanmax(sizes) > largest.size:
                largest = one.place(sizes, int(np.nanargmax(sizes)))
    return Range(kind, is_scaled, smallest, largest)


@dataclass(frozen=True, slots=True, eq=False)
class _Names:
    """The names of rows and columns, in the order of a structure."""

    solved: Solved
    rows: list[str]
    columns: list[str]

    def row(self, place: int) -> str:
        return self.rows[int(self.solved.structure.row[place])]

    def column(self, place: int) -> str:
        return self.columns[int(self.solved.structure.column[place])]


def find_entries(model: Model, layout: Layout, solved: Sequence[Solved], data: Sequence[Data]) -> list[Entries]:
    """Return all numbers of a model; those that nodes share come once, with the first node that has them."""
    every: list[Entries] = []
    names: dict[int, _Names] = {}
    for number, node in enumerate(model.nodes.values()):
        structure, own = int(layout.structure[number]), solved[int(layout.structure[number])]
        if structure not in names:
            names[structure] = _Names(own, own.structure.program.row_names(), own.structure.program.column_names())
            every += _fixed(node.name, own, names[structure])
        every += _moved(node.name, own, data[number], names[structure])
        every += _parameters(node)
    return every


def _fixed(node: str, solved: Solved, names: _Names) -> Iterator[Entries]:
    """Yield the numbers that do not move with parameters."""
    s = solved.structure
    factors = np.setdiff1d(np.arange(len(solved.factor)), solved.place[s.moved_factors])
    costs = _own(s.column, np.arange(solved.columns), s.moved_costs)
    bounds = _own(s.column, np.arange(len(s.incoming), solved.columns), s.moved_bounds)
    rows = np.arange(s.moved_rows, len(s.row))
    yield _coefficients(node, solved, names, factors, solved.factor[None, factors])
    yield _costs(node, solved, names, costs, solved.cost[None, costs])
    for bound in _ends(solved.row_lower, solved.row_upper):
        yield _right_hand_sides(node, solved, names, rows, bound[None, rows])
    for bound in _ends(solved.lower, solved.upper):
        yield _bounds(node, solved, names, bounds, bound[None, bounds])


def _moved(node: str, solved: Solved, data: Data, names: _Names) -> Iterator[Entries]:
    """Yield the numbers that do."""
    s = solved.structure
    rows = np.arange(s.moved_rows)
    yield _coefficients(node, solved, names, solved.place[s.moved_factors], data.factor)
    yield _costs(node, solved, names, s.moved_costs, data.cost)
    for bound in _ends(data.row_lower, data.row_upper):
        yield _right_hand_sides(node, solved, names, rows, bound)
    for bound in _ends(data.lower, data.upper):
        yield _bounds(node, solved, names, s.moved_bounds, bound)


def _ends(lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
    """Return lower and upper bounds; where both are the same number it comes once."""
    return lower, np.where(upper == lower, 0.0, upper)


def _own(column: Ints, places: Ints, moved: Ints) -> Ints:
    """Return places that hold a column of the programme and do not move."""
    return np.setdiff1d(places[column[places] != NONE], moved)


def _coefficients(node: str, solved: Solved, names: _Names, places: Ints, table: Floats) -> Entries:
    row, column = solved.row[places], column_of(solved)[places]
    unit = 1.0 / (solved.scale.row[row] * solved.scale.column[column])
    return Entries(
        kind="coefficients", node=node, solved=table, unit=unit,
        names=lambda entry: names.row(row[entry]), also=lambda entry: names.column(column[entry]),
    )  # fmt: skip


def _costs(node: str, solved: Solved, names: _Names, places: Ints, table: Floats) -> Entries:
    unit = solved.scale.cost / solved.scale.column[places]
    return Entries("costs", node, table, unit, lambda entry: names.column(places[entry]))


def _right_hand_sides(node: str, solved: Solved, names: _Names, places: Ints, table: Floats) -> Entries:
    return Entries("right-hand sides", node, table, 1.0 / solved.scale.row[places], lambda e: names.row(places[e]))


def _bounds(node: str, solved: Solved, names: _Names, places: Ints, table: Floats) -> Entries:
    return Entries("bounds", node, table, solved.scale.column[places], lambda entry: names.column(places[entry]))


def _parameters(node: Node) -> Iterator[Entries]:
    values = node.parameter_values()
    names = [entry for name, block in node.program.parameters.items() for entry in block.names(name)]
    if names:
        yield Entries("parameters", node.name, values, np.ones(len(names)), lambda entry: names[entry])


def column_of(solved: Solved) -> Ints:
    """Return the column of each nonzero, in the order in which it is solved."""
    return np.repeat(np.arange(solved.columns), np.diff(solved.starts))
