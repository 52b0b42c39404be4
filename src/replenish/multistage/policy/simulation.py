"""What a policy does on many futures, as arrays with names."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from replenish.multistage.modelling.expression import Floats, Ints
from replenish.multistage.modelling.program import Block, entry_name
from replenish.multistage.tables.prepare import Prepared
from replenish.multistage.training.beginning import FirstDecision
from replenish.multistage.training.forward import NO_NODE, Paths
from replenish.multistage.training.trainer import Trainer

if TYPE_CHECKING:
    import polars as pl

BLOCK = 256  # paths whose variables are held at once


@dataclass(frozen=True, slots=True, eq=False)
class Simulation:
    """What a policy did on some paths; arrays are (stage, path, ...), NaN where there is nothing.

    Attributes:
        nodes: names of the nodes of the model, which `node` numbers.
        node, outcome: (stage, path), -1 after the end of a path.
        cost: cost (or gain) of each stage, undiscounted.
        total: discounted sum of each path, (path,).
        variables: by name, (stage, path, *shape of the variable).
        parameters: what the parameters were, likewise.
        prices: of the rows that were asked for, likewise: change of the value of a stage by one more unit of a limit.
    """

    nodes: tuple[str, ...]
    node: Ints
    outcome: Ints
    cost: Floats
    total: Floats
    variables: Mapping[str, Floats]
    parameters: Mapping[str, Floats]
    prices: Mapping[str, Floats] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Floats:
        """Return a variable or parameter by name."""
        if name in self.variables:
            return self.variables[name]
        if name in self.parameters:
            return self.parameters[name]
        known = ", ".join([*self.variables, *self.parameters])
        raise KeyError(f"nothing is called `{name}`; there are {known}")

    def to_polars(self) -> pl.DataFrame:
        """Return a row for each stage and path: node, cost, and each single variable and parameter."""
        import polars as pl

        stages, paths = self.node.shape
        columns: dict[str, object] = {
            "stage": np.repeat(np.arange(1, stages + 1), paths), "path": np.tile(np.arange(paths), stages),
            "node": [self.nodes[n] if n != NO_NODE else None for n in self.node.ravel()], "cost": self.cost.ravel(),
        }  # fmt: skip
        for name, values in (*self.variables.items(), *self.parameters.items()):
            for place in np.ndindex(*values.shape[2:]):
                label = entry_name(name, place)
                columns[label] = values[(slice(None), slice(None), *place)].ravel()
        return pl.DataFrame(columns).filter(pl.col("node").is_not_null())

    def quantiles(self, name: str, levels: Sequence[float] = (0.05, 0.5, 0.95)) -> Floats:
        """Return quantiles over paths of a variable or parameter, (level, stage, ...); NaN where no path has it."""
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "All-NaN slice")
            return np.asarray(np.nanquantile(self[name], levels, axis=1))


def simulate_paths(
    trainer: Trainer,
    paths: Paths,
    *,
    record: Sequence[str] | None,
    prices: Sequence[str] = (),
    first: FirstDecision | None = None,
) -> Simulation:
    """Return what the cuts of a model decide on given paths, after a first decision if one is given.

    Args:
        trainer: the model with its cuts.
        paths: nodes and outcomes.
        record: names of variables to keep; all if None.
        prices: names of rows whose prices to keep.
        first: what is decided in the first stage; by the cuts if None.

    Raises:
        SolveError: a programme has no optimum.
        ValueError: a name is unknown.
    """
    prepared = trainer.prepared
    blocks = [
        _block(
            trainer,
            Paths(paths.node[start : start + BLOCK], paths.outcome[start : start + BLOCK]),
            record,
            prices,
            first,
        )
        for start in range(0, len(paths.node), BLOCK)
    ]
    cost = np.concatenate([block[0] for block in blocks])
    sums = np.concatenate([block[1] for block in blocks])
    unit = prepared.sign * prepared.cost_scale
    variables, duals = _joined([block[2] for block in blocks]), _joined([block[3] for block in blocks])
    return Simulation(
        nodes=prepared.layout.names, node=paths.node.T.copy(), outcome=paths.outcome.T.copy(), cost=unit * cost.T,
        total=unit * sums, variables=variables, prices={name: unit * values for name, values in duals.items()},
        parameters={name: values.swapaxes(0, 1) for name, values in _parameters(prepared, paths).items()},
    )  # fmt: skip


def _block(
    trainer: Trainer, paths: Paths, record: Sequence[str] | None, prices: Sequence[str], first: FirstDecision | None
) -> tuple[Floats, Floats, dict[str, Floats], dict[str, Floats]]:
    """Return costs (path, stage), discounted sums (path,), variables and prices (path, stage, ...) of some paths."""
    prepared = trainer.prepared
    variables, rows = _shapes(prepared, record, "variable"), _shapes(prepared, prices, "row")
    walked = trainer.walk(paths, first, with_duals=bool(rows))
    return (
        walked.cost, walked.total, _tables(prepared, paths, variables, (walked.primal, column_places)),
        _tables(prepared, paths, rows, (walked.duals, row_places)),
    )  # fmt: skip


def _joined(blocks: Sequence[Mapping[str, Floats]]) -> dict[str, Floats]:
    """Return the tables of blocks of paths by name, (stage, path, ...)."""
    return {name: np.concatenate([block[name] for block in blocks]).swapaxes(0, 1) for name in blocks[0]}


def _tables(
    prepared: Prepared, paths: Paths, shapes: Mapping[str, tuple[int, ...]], source: tuple[Floats, _Finder]
) -> dict[str, Floats]:
    """Return blocks by name, (path, stage, *shape), from all entries (path, stage, entry) and their places."""
    entries, find_places = source
    found: dict[str, Floats] = {}
    for name, shape in shapes.items():
        table = found[name] = np.full((*paths.node.shape, *shape), np.nan)
        for node in np.unique(paths.node[paths.node != NO_NODE]).tolist():
            places = find_places(prepared, node, name)
            if places is not None:
                here = paths.node == node
                table[here] = (entries[here][:, places[0]] * places[1]).reshape(-1, *shape)
    return found


def _shapes(prepared: Prepared, asked: Sequence[str] | None, kind: str) -> dict[str, tuple[int, ...]]:
    """Return the variables or rows to keep with their shapes.

    Raises:
        ValueError: a name is not that of a variable or a row.
    """
    blocks: dict[str, Block] = {}
    for structure in prepared.layout.structures:
        program = structure.program
        own = program.variables if kind == "variable" else program.constraints
        blocks |= {name: block for name, block in own.items() if name not in blocks}
    if unknown := [name for name in asked or () if name not in blocks]:
        raise ValueError(f"no {kind} is called {', '.join(unknown)}; there are {', '.join(blocks)}")
    return {name: block.shape for name, block in blocks.items() if asked is None or name in asked}


def _parameters(prepared: Prepared, paths: Paths) -> dict[str, Floats]:
    """Return what parameters were, (path, stage, ...)."""
    layout = prepared.layout
    found: dict[str, Floats] = {}
    for node in np.unique(paths.node[paths.node != NO_NODE]).tolist():
        program, here = layout.structures[layout.structure[node]].program, paths.node == node
        for name, block in program.parameters.items():
            table = found.setdefault(name, np.full((*paths.node.shape, *block.shape), np.nan))
            table[here] = layout.parameters[node][paths.outcome[here]][:, block.places].reshape(-1, *block.shape)
    return found


def column_places(prepared: Prepared, node: int, name: str) -> tuple[Ints, Floats] | None:
    """Return where a variable stands among the columns of a node, and its scale; None if the node lacks it."""
    solved = prepared.tables.solved[int(prepared.layout.structure[node])]
    block = solved.structure.program.variables.get(name)
    if block is None:
        return None
    places = solved.structure.place_of_columns()[block.places]
    return places, solved.scale.column[places]


def row_places(prepared: Prepared, node: int, name: str) -> tuple[Ints, Floats] | None:
    """Return where a block of rows stands among those of a node, and the scale of its prices; None if it has none."""
    solved = prepared.tables.solved[int(prepared.layout.structure[node])]
    block = solved.structure.program.constraints.get(name)
    if block is None:
        return None
    places = solved.structure.place_of_rows()[block.places]
    return places, solved.scale.row[places]


_Finder = Callable[[Prepared, int, str], tuple[Ints, Floats] | None]
