"""Where the columns and rows of each vertex of a path tree lie in one large programme, and the numbers in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from replenish.multistage.extensive.path_tree import PathTree
from replenish.multistage.modelling.expression import NONE, Floats, Ints
from replenish.multistage.modelling.program import Program


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """The places of all vertices; what a vertex takes over is a column of its parent.

    Attributes:
        programs: the distinct programmes of the tree.
        program: (vertex,) place in `programs`.
        first_entry: (vertex,) where its part of `column` begins; the whole length comes last.
        column: (entry,) column of each variable of each vertex.
        first_row: (vertex,) its first row; the number of all rows comes last.
    """

    programs: tuple[Program, ...]
    program: Ints
    first_entry: Ints
    column: Ints
    first_row: Ints

    @property
    def columns(self) -> int:
        """Return the number of columns."""
        return int(self.column.max(initial=-1)) + 1

    @property
    def rows(self) -> int:
        """Return the number of rows."""
        return int(self.first_row[-1])

    def columns_of(self, program: Program, vertices: Ints) -> Ints:
        """Return the columns of vertices that share a programme, (vertex, column of the programme)."""
        columns: Ints = self.column[self.first_entry[vertices][:, None] + np.arange(program.columns)]
        return columns

    def rows_of(self, program: Program, vertices: Ints) -> Ints:
        """Return the rows of vertices that share a programme, (vertex, row of the programme)."""
        return self.first_row[vertices][:, None] + np.arange(program.rows)

    def gathered(self, name: str, numbers: Floats, *, of_rows: bool) -> Floats:
        """Return the numbers of a block at all vertices, (vertex, *shape); NaN where a vertex lacks the block.

        Args:
            name: of a block of variables or rows.
            numbers: of every variable of every vertex, (entry,), or of every row.
            of_rows: which of the two it is.

        Raises:
            ValueError: no vertex has the block, or its shape differs between vertices.
        """
        first, kind = (self.first_row, "row") if of_rows else (self.first_entry, "variable")
        blocks = [(one.constraints if of_rows else one.variables).get(name) for one in self.programs]
        shapes = {block.shape for block in blocks if block is not None}
        if len(shapes) != 1:
            found = f"has {len(shapes)} shapes; ask vertex by vertex" if shapes else "is in no stage"
            raise ValueError(f"{kind} `{name}` {found}")
        table = np.full((len(self.program), *shapes.pop()), np.nan)
        for place, block in enumerate(blocks):
            if block is not None:
                vertices = np.flatnonzero(self.program == place)
                places = first[vertices][:, None] + np.arange(block.first, block.first + block.size)
                table[vertices] = numbers[places].reshape(len(vertices), *block.shape)
        return table


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """The numbers of all vertices that share a programme, (vertex, entry)."""

    vertices: Ints
    program: Program
    offset: Floats  # (vertex,)
    cost: Floats
    lower: Floats
    upper: Floats
    row_lower: Floats
    row_upper: Floats
    factor: Floats


def lay_out(tree: PathTree) -> Layout:
    """Return the places of all vertices.

    Raises:
        ValueError: a node needs a state that a node before it does not hand over.
    """
    numbers: dict[int, int] = {}
    programs: list[Program] = []
    of_node = np.zeros(len(tree.nodes), int)
    for place, node in enumerate(tree.nodes):
        if id(node.program) not in numbers:
            numbers[id(node.program)] = len(programs)
            programs.append(node.program)
        of_node[place] = numbers[id(node.program)]
    program = of_node[tree.node]
    first_entry = _starts(np.array([each.columns for each in programs])[program])
    entry = np.arange(first_entry[-1])
    for child, parent, vertices in _pairs(tree, program):
        after = _handed_over(programs[parent], programs[child], tree, vertices)
        into = first_entry[vertices][:, None] + programs[child].incoming
        entry[into] = first_entry[tree.parent[vertices]][:, None] + after
    while (entry[entry] != entry).any():  # a state that passes through several stages in the same column
        entry = entry[entry]
    used = np.unique(entry)
    first_row = _starts(np.array([each.rows for each in programs])[program])
    return Layout(tuple(programs), program, first_entry, np.searchsorted(used, entry), first_row)


def numbers_by_program(tree: PathTree, layout: Layout) -> Iterator[Numbers]:
    """Yield the numbers of the vertices of each programme."""
    for place, program in enumerate(layout.programs):
        vertices = np.flatnonzero(layout.program == place)
        tables = {number: node.parameter_values() for number, node in enumerate(tree.nodes) if node.program is program}
        first = np.zeros(len(tree.nodes), int)
        first[list(tables)] = _starts(np.array([len(table) for table in tables.values()]))[:-1]
        values = np.concatenate(list(tables.values()))
        which = first[tree.node[vertices]] + tree.outcome[vertices]
        yield Numbers(
            vertices,
            program,
            offset=program.offset_slopes.moved(program.offset, values)[which, 0],
            cost=program.cost_slopes.moved(program.cost, values)[which],
            lower=program.lower_slopes.moved(program.lower, values)[which],
            upper=program.upper_slopes.moved(program.upper, values)[which],
            row_lower=program.row_slopes.moved(program.row_lower, values)[which],
            row_upper=program.row_slopes.moved(program.row_upper, values)[which],
            factor=program.matrix_slopes.moved(program.factor, values)[which],
        )


def _starts(sizes: Ints) -> Ints:
    return np.concatenate(([0], np.cumsum(sizes)))


def _pairs(tree: PathTree, program: Ints) -> Iterator[tuple[int, int, Ints]]:
    """Yield for each pair of programmes that follow each other (child, parent, vertices of the child)."""
    vertices = np.flatnonzero(tree.parent != NONE)
    if not len(vertices):
        return
    pairs = np.stack([program[vertices], program[tree.parent[vertices]]])
    found, which = np.unique(pairs, axis=1, return_inverse=True)
    for place, (child, parent) in enumerate(found.T.tolist()):
        yield child, parent, vertices[which.ravel() == place]


def _handed_over(parent: Program, child: Program, tree: PathTree, vertices: Ints) -> Ints:
    """Return the columns of the parent that hold the states which the child takes over."""
    after = dict(zip(parent.states, parent.outgoing.tolist(), strict=True))
    if missing := [name for name in child.states if name not in after]:
        to, of = (tree.nodes[tree.node[vertex]].name for vertex in (vertices[0], tree.parent[vertices[0]]))
        raise ValueError(
            f"node `{to}` takes over {', '.join(missing)}, but `{of}` before it hands over only "
            f"{', '.join(after) or 'nothing'}; declare the state in the stage of `{of}` as well"
        )
    return np.array([after[name] for name in child.states], int)
