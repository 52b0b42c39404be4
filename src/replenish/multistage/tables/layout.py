"""Which states pass between which nodes, and the order of rows and columns in the programmes that are solved.

Nodes that lie on one border (the children of a node, and all other parents of these children, and so on) share the
states that cross it, in one order.  A structure is a programme with its borders: nodes with the same structure share
linear programmes.  Columns come as [incoming states, the others, outgoing states], then costs to go; rows whose bounds
move with parameters come first, so that one call changes them all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from replenish.multistage.modelling.expression import NONE, Floats, Ints
from replenish.multistage.modelling.model import ROOT, Model
from replenish.multistage.modelling.program import Program

Border = tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Structure:
    """A programme in the order in which it is solved.

    Attributes:
        incoming, outgoing: names of the states that cross its borders.
        futures: how many columns for costs to go follow the columns of the programme.
        column: column of the programme at each place; `NONE` for an incoming state that the programme does not use.
        row: row of the programme at each place.
        moved_rows: how many rows move with parameters; they come first.
        moved_bounds, moved_costs: places of the columns whose bounds or costs do.
        moved_factors: nonzeros (of the programme) that do.
    """

    program: Program
    incoming: Border
    outgoing: Border
    futures: int
    column: Ints
    row: Ints
    moved_rows: int
    moved_bounds: Ints
    moved_costs: Ints
    moved_factors: Ints

    def place_of_columns(self) -> Ints:
        """Return the place of each column of the programme; every column has one."""
        place = np.zeros(self.program.columns, int)
        place[self.column[self.column != NONE]] = np.nonzero(self.column != NONE)[0]
        return place

    def place_of_rows(self) -> Ints:
        """Return the place of each row of the programme."""
        place = np.zeros(self.program.rows, int)
        place[self.row] = np.arange(self.program.rows)
        return place


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Structures, and which node has which.

    Attributes:
        names: nodes, in the order of the model.
        structure: number of the structure of each node.
        parameters: values of all parameters in each outcome, for each node (outcome, parameter); outcomes that are
            only met outside the model, as in a history, come after those of the model.
        probability: for each node (outcome,).
        initial: state before the first stage, by name.
    """

    names: tuple[str, ...]
    structures: tuple[Structure, ...]
    structure: Ints
    parameters: tuple[Floats, ...]
    probability: tuple[Floats, ...]
    initial: dict[str, float]

    @property
    def extra(self) -> dict[str, Floats]:
        """Return the values of outcomes that are only met outside the model, by node."""
        own = zip(self.names, self.parameters, self.probability, strict=True)
        return {name: values[len(chances) :] for name, values, chances in own if len(values) > len(chances)}


def to_layout(model: Model, futures: Mapping[str, int], extra: Mapping[str, Floats]) -> Layout:
    """Return the layout of a sound model.

    Args:
        model: a model in which `check` finds nothing wrong.
        futures: how many columns for costs to go each node has.
        extra: for some nodes values of their parameters (outcome, parameter) that the model does not hold.
    """
    borders = _borders(model)
    keys: dict[tuple[int, Border, Border, int], int] = {}
    structures: list[Structure] = []
    chosen = []
    for node in model.nodes.values():
        incoming, outgoing = borders[node.name]
        key = (id(node.program), incoming, outgoing, futures[node.name])
        if key not in keys:
            keys[key] = len(structures)
            structures.append(_structure(node.program, incoming, outgoing, futures[node.name]))
        chosen.append(keys[key])
    return Layout(
        names=tuple(model.nodes), structures=tuple(structures), structure=np.array(chosen, int),
        parameters=tuple(_with_extra(model.nodes[name].parameter_values(), extra.get(name)) for name in model.nodes),
        probability=tuple(_probability(model, name) for name in model.nodes), initial=initial_state(model),
    )  # fmt: skip


def initial_state(model: Model) -> dict[str, float]:
    """Return the state before the first stage, by name, as the first stages give it."""
    state: dict[str, float] = {}
    for edge in model.children(ROOT):
        program = model.nodes[edge.child].program
        state.update(zip(program.states, program.initial.tolist(), strict=True))
    return state


def _with_extra(values: Floats, extra: Floats | None) -> Floats:
    return values if extra is None else np.concatenate([values, extra])


def _probability(model: Model, name: str) -> Floats:
    outcomes = model.nodes[name].outcomes
    return np.ones(1) if outcomes is None else outcomes.probability


def _borders(model: Model) -> dict[str, tuple[Border, Border]]:
    """Return the states that come into and go out of each node."""
    border_of = _join_borders(model)
    states: dict[str, dict[str, None]] = {border: {} for border in border_of.values()}
    for edge in model.edges:
        states[border_of[edge.parent]].update(dict.fromkeys(model.nodes[edge.child].program.states))
    into = {edge.child: border_of[edge.parent] for edge in model.edges}
    return {
        name: (tuple(states[into[name]]), tuple(states[border_of[name]]) if name in border_of else ())
        for name in model.nodes
    }


def _join_borders(model: Model) -> dict[str, str]:
    """Return for each parent the name of the first parent on its border."""
    first = {edge.parent: edge.parent for edge in model.edges}

    def find(parent: str) -> str:
        while first[parent] != parent:
            parent = first[parent]
        return parent

    parent_of: dict[str, str] = {}
    for edge in model.edges:
        here = find(edge.parent)
        there = find(parent_of.setdefault(edge.child, edge.parent))
        first[max(here, there)] = min(here, there)
    return {parent: find(parent) for parent in first}


def _structure(program: Program, incoming: Border, outgoing: Border, futures: int) -> Structure:
    number = {state: place for place, state in enumerate(program.states)}
    into = np.array([program.incoming[number[s]] if s in number else NONE for s in incoming], int)
    out = np.array([program.outgoing[number[s]] for s in outgoing], int)
    taken = {*into.tolist(), *out.tolist()}
    rest = np.array([column for column in range(program.columns) if column not in taken], int)
    moves = np.zeros(program.rows, bool)
    moves[program.row_slopes.entry] = True
    row = np.concatenate([np.nonzero(moves)[0], np.nonzero(~moves)[0]])
    column = np.concatenate([into, rest, out])
    place = np.zeros(program.columns, int)
    place[column[column != NONE]] = np.nonzero(column != NONE)[0]
    bounds = np.union1d(program.lower_slopes.entry, program.upper_slopes.entry).astype(int)
    return Structure(
        program=program, incoming=incoming, outgoing=outgoing, futures=futures, column=column, row=row,
        moved_rows=int(moves.sum()),
        moved_bounds=np.sort(place[bounds]), moved_costs=np.sort(place[_distinct(program.cost_slopes.entry)]),
        moved_factors=_distinct(program.matrix_slopes.entry),
    )  # fmt: skip


def _distinct(entries: Iterable[int] | Ints) -> Ints:
    return np.unique(np.asarray(entries, int))
