"""A trained policy: what to do at a node from a state, what a unit of a state is worth, and how good all that is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from replenish.multistage.modelling.expression import Floats
from replenish.multistage.modelling.model import Model
from replenish.multistage.modelling.program import entry_name
from replenish.multistage.policy.decider import Decider
from replenish.multistage.policy.evaluation import Evaluation, evaluate
from replenish.multistage.policy.explanation import Explanation, explain_stage
from replenish.multistage.policy.inner import inner_bound
from replenish.multistage.policy.near_optimal import Groups, NearOptimal, Question, near_optimal
from replenish.multistage.policy.simulation import Simulation, simulate_paths
from replenish.multistage.solving.crew import Work
from replenish.multistage.tables.prepare import Prepared, prepare
from replenish.multistage.training.beginning import FirstDecision, begin
from replenish.multistage.training.forward import ForwardPass, Historical, Sampled, generator, visit_values
from replenish.multistage.training.store import File, read_about, read_cuts, write_learned, write_policy
from replenish.multistage.training.trainer import Trainer

if TYPE_CHECKING:
    import polars as pl

State = Mapping[str, npt.ArrayLike]


class Row(NamedTuple):
    """One iteration of training, in the caller's units.

    bound: of the whole model.
    simulated: mean cost of the paths that were walked, which is not a bound.
    seconds, cuts, solves: time, number of cuts and runs of the solver so far.
    is_proven: whether the bound holds whatever the solver did.
    """

    iteration: int
    bound: float
    simulated: float
    seconds: float
    cuts: int
    solves: int
    is_proven: bool


class Worth(NamedTuple):
    """A value and its gradient by state, in the caller's units."""

    value: float
    gradient: dict[str, float]


class Decision(NamedTuple):
    """What a policy does at a node.

    value: cost of the stage and all that follows.
    cost: of the stage alone.
    variables: by name, each of its shape.
    gradient: of the value by the incoming state; when minimising, its negative is the worth of one more unit.
    """

    value: float
    cost: float
    variables: dict[str, Floats]
    gradient: dict[str, float]


@dataclass(slots=True, eq=False)
class Policy:
    """What training has learned.

    Attributes:
        trainer: the model with its cuts; training goes on from here.
        rows: one for each iteration.
        first: variables of the first stage on the paths of each iteration, (iteration, column), if there is one way to
            begin.
        ended: why training ended.
    """

    trainer: Trainer
    rows: list[Row]
    first: list[Floats]
    ended: str
    _asked: tuple[Trainer, int, Decider] | None = field(default=None, init=False, repr=False)

    @property
    def model(self) -> Model:
        """Return the model."""
        return self.prepared.model

    @property
    def prepared(self) -> Prepared:
        """Return the model as it is solved."""
        return self.trainer.prepared

    @property
    def bound(self) -> float:
        """Return the bound of the optimum: from below when minimising, from above when maximising."""
        return self.rows[-1].bound if self.rows else float("nan")

    @property
    def is_proven(self) -> bool:
        """Return whether the bound holds whatever the solver did."""
        return bool(self.rows) and self.rows[-1].is_proven

    def table(self) -> pl.DataFrame:
        """Return the iterations as a table."""
        import polars as pl

        return pl.DataFrame(self.rows, schema=Row._fields, orient="row")

    def first_decisions(self) -> pl.DataFrame:
        """Return the variables of the first stage on the paths of each iteration.

        Raises:
            ValueError: there is more than one way to begin, so no single first decision.
        """
        import polars as pl

        node, names = self._only_first()
        return pl.DataFrame(
            {"iteration": np.arange(1, len(self.first) + 1)}
            | {name: [float(x) for x in column] for name, column in zip(names, self._unscaled(node), strict=True)}
        )

    def decide(self, node: str, state: State | None = None, **parameters: npt.ArrayLike) -> Decision:
        """Return what the policy does at a node from a state, with parameters as given (default: first outcome).

        Raises:
            ValueError: a node, state or parameter is unknown, or a state is missing.
            SolveError: the node has no optimum from there.
        """
        values = visit_values(self.model, node, parameters)
        structure = self.prepared.structure(_number(self.prepared, node))
        came = _named(structure.incoming, self._values(state or self.prepared.layout.initial, structure.incoming))
        decider = self._own_decider()
        own = decider.states(node)
        found = decider.decide(node, np.array([[came[name] for name in own]]), values[None, :])
        slope = dict.fromkeys(structure.incoming, 0.0) | _named(own, found.gradient[0])
        return Decision(
            value=float(found.value[0]), cost=float(found.cost[0]), gradient=slope,
            variables={name: table[0] for name, table in found.variables.items()},
        )  # fmt: skip

    def explain(self, node: str, state: State | None = None, **parameters: npt.ArrayLike) -> Explanation:
        """Return what each row and bound of a stage costs, decided as by `decide`: it is solved anew with its cuts.

        Duals and reduced costs are changes of the value (cost, or gain if the sense is `"max"`) by a unit of a limit.

        Raises:
            ValueError: a node, state or parameter is unknown, or a state is missing.
            SolveError: the node has no optimum from there.
        """
        values = visit_values(self.model, node, parameters)
        number = _number(self.prepared, node)
        came = self._values(state or self.prepared.layout.initial, self.prepared.structure(number).incoming)
        return explain_stage(self.prepared, number, came, values)

    def near_optimal(
        self,
        node: str,
        groups: Groups,
        state: State | None = None,
        *,
        parameters: Mapping[str, npt.ArrayLike] | None = None,
        aims: Mapping[str, float] | None = None,
        within: float = 1e-3,
        until: int | None = None,
    ) -> NearOptimal:
        """Return how free the decision at a node is: ranges of quantities at nearly the best value, and one decision.

        That decision is the one whose quantities are nearest to the aims, each measured by its range. All is as far as
        the cuts know: they lie below the costs to go, and most so where training did not lead.

        Args:
            node: its name.
            groups: quantities by name, each a sum of single variables: their weights by name, such as `run[3]`.
            state: incoming state; the initial one if None.
            parameters: by name; what is not given is that of the first outcome.
            aims: of groups: the place in its range to be near to, from 0 (low) to 1 (high); the middle if not given.
            within: how far the value may be from the best, as a share of it (of 1 if it is less).
            until: cuts of this iteration and later ones are left out, as the policy was then; none if None.

        Raises:
            ValueError: a name is unknown, a state is missing, or a number is out of its bounds.
            SolveError: the node has no optimum from there.
        """
        values, number = visit_values(self.model, node, parameters or {}), _number(self.prepared, node)
        came = self._values(state or self.prepared.layout.initial, self.prepared.structure(number).incoming)
        return near_optimal(self.prepared, Question(number, came, values, groups, aims or {}, within, until))

    def decider(self, *, width: int = 256, work: Work | None = None) -> Decider:
        """Return what decides for many states at once by the cuts so far, with nothing to prepare in each call.

        Args:
            width: how many states are solved at a time; with `work.lanes` it makes the result.
            work: how work is divided; as in training if None.

        Raises:
            ValueError: the width is below 1.
        """
        return Decider(self.prepared, work or self.trainer.work, width=width)

    def _own_decider(self) -> Decider:
        """Return the decider of single states, as long as nothing new is learned."""
        if self._asked is None or self._asked[:2] != (self.trainer, self.trainer.iteration):
            self._asked = (self.trainer, self.trainer.iteration, self.decider(width=1, work=Work(lanes=1)))
        return self._asked[2]

    def cost_to_go(self, node: str, state: State) -> Worth:
        """Return the bound of what follows a node that leaves a state, and its gradient: the worth of a unit.

        Raises:
            ValueError: the node or a state is unknown, or a state is missing.
        """
        prepared = self.prepared
        number = _number(prepared, node)
        outgoing = prepared.structure(number).outgoing
        scale = prepared.state_scale(number, outgoing=True)
        value, slope = prepared.cost_to_go(number, self._values(state, outgoing) / scale)
        return Worth(prepared.to_value(value), _named(outgoing, prepared.to_value(1.0) * slope / scale))

    def value_of_first(self, first: FirstDecision) -> float:
        """Return what a first decision and all that follows cost by the cuts, in the first outcome of its node.

        With no variable in it that is the value of the node.

        Raises:
            SolveError: the decision cannot be taken.
            ValueError: it does not fit the model.
        """
        return self.prepared.to_value(begin(self.prepared, first, 0).value)

    def simulate(
        self,
        paths: int | Historical | ForwardPass = 1_000,
        *,
        record: Sequence[str] | None = None,
        prices: Sequence[str] = (),
        seed: int = 1,
        work: Work | None = None,
        first: FirstDecision | None = None,
    ) -> Simulation:
        """Return what the policy does: on sampled paths, on all paths of a history, or on those of a forward pass.

        Args:
            paths: how many to sample; or a history, each path of which is walked; or a forward pass with its paths.
            record: variables to keep; all if None.
            prices: rows whose prices to keep.
            seed: of the sample.
            work: how work is divided; as in training if None.
            first: what is decided in the first stage; by the cuts if None. With the same seed paths are the same.

        Raises:
            SolveError: a programme has no optimum, or the first decision cannot be taken.
            ValueError: a name is unknown, or the first decision does not fit the model.
        """
        forward = Sampled(paths) if isinstance(paths, int) else paths
        prepared = self._prepared_for(forward.extra(self.model))
        trainer = Trainer(prepared, work or self.trainer.work, seed)
        trainer.graph.weights.update(self.trainer.graph.weights)
        if isinstance(forward, Historical):
            chosen = forward.numbered(trainer.graph)
        else:
            chosen = forward.sample(trainer.graph, generator(seed), 0)
        return simulate_paths(trainer, chosen, record=record, prices=prices, first=first)

    def evaluate(self, *, most: int = 20_000, paths: int = 1_000, seed: int = 1) -> Evaluation:
        """Return what the policy is worth: exactly if its tree has at most so many vertices, else by simulation.

        Raises:
            SolveError: a programme has no optimum; or risk is measured and the tree is too large to value it.
        """
        trainer = Trainer(self.prepared, self.trainer.work, seed)
        return evaluate(trainer, self.bound, most=most, paths=paths)

    def inner_bound(self, *, points: int = 50, lipschitz: float | Mapping[str, float] | None = None) -> float:
        """Return a bound of the optimum from the other side; see `inner.inner_bound`."""
        return inner_bound(self.trainer, points=points, lipschitz=lipschitz)

    def save(self, file: str | Path) -> None:
        """Write cuts and log to a file (`.npz`), from which training can go on: `load_policy`."""
        write_policy(self.trainer, self.rows, self.first, Path(file))

    def __reduce__(self) -> tuple[Callable[..., Policy], tuple[object, ...]]:
        """Return how another process makes this policy: from the model and from what `save` would write."""
        packed = BytesIO()
        write_learned(self.trainer, self.rows, self.first, packed)
        beside = _Beside(self.trainer.work, self.ended, self.prepared.layout.extra, self.trainer.graph.weights)
        return _unpack, (self.model, packed.getvalue(), beside)

    def prepared_with(self, extra: Mapping[str, Floats]) -> Prepared:
        """Return the model with further outcomes and the cuts that were learned."""
        return prepare(self.model, self.prepared.cuts, extra).with_pools(self.prepared)

    def _prepared_for(self, extra: Mapping[str, Floats]) -> Prepared:
        """Return the model as it is solved with further outcomes; as it is if it knows them."""
        known = self.prepared.layout.extra
        if all(name in known and np.array_equal(known[name], values) for name, values in extra.items()):
            return self.prepared
        return self.prepared_with(extra)

    def _values(self, state: State, names: Sequence[str]) -> Floats:
        """Return the values of states in order; blocks may be given whole, by the name without index.

        Raises:
            ValueError: a state is missing, unknown or not finite.
        """
        single: dict[str, float] = {}
        for name, value in state.items():
            array = np.asarray(value, float)
            for place in np.ndindex(*array.shape):
                single[entry_name(name, place)] = float(array[place])
        if missing := [name for name in names if name not in single]:
            raise ValueError(f"the state lacks {', '.join(missing)}")
        structures = self.prepared.layout.structures
        known = {name for one in structures for name in (*one.incoming, *one.outgoing, *one.program.states)}
        if unknown := [name for name in single if name not in known]:
            raise ValueError(f"no state is called {', '.join(unknown)}; states are {', '.join(sorted(known))}")
        if strange := [name for name in names if not np.isfinite(single[name])]:
            raise ValueError(f"state {', '.join(strange)} is not a finite number; give finite numbers")
        return np.array([single[name] for name in names], float)

    def _only_first(self) -> tuple[int, list[str]]:
        first = self.prepared.first
        if len(first.child) != 1:
            raise ValueError(
                f"the first stage has {len(first.child)} outcomes, so there is no one first decision; simulate instead"
            )
        node = int(first.child[0])
        return node, self.prepared.structure(node).program.column_names()

    def _unscaled(self, node: int) -> Floats:
        """Return the first decisions in the caller's units and order of variables, (column, iteration)."""
        solved = self.prepared.tables.solved[int(self.prepared.layout.structure[node])]
        first = np.stack(self.first) if self.first else np.zeros((0, solved.columns))
        table = first[:, : solved.columns] * solved.scale.column
        return table[:, solved.structure.place_of_columns()].T


def to_policy(model: Model, file: File, *, work: Work | None, ended: str, extra: Mapping[str, Floats]) -> Policy:
    """Return a policy of a sound model from what `save` has written.

    Args:
        model: the model that was trained.
        file: where to read from.
        work: how work is divided; as in training if None.
        ended: why training ended.
        extra: parameter values (outcome, parameter) of nodes that a path may meet though the model does not.

    Raises:
        UsageError: the file is not a saved policy of this model.
    """
    about = read_about(file)
    prepared = prepare(model, about["cuts"], extra)
    first = read_cuts(prepared, file)
    divided = work or Work(lanes=about["lanes"], is_lazy=about["is_lazy"])
    trainer = Trainer(prepared, divided, about["seed"], iteration=about["iteration"])
    return Policy(trainer, [Row(*row) for row in about["rows"]], first, ended)


class _Beside(NamedTuple):
    """What a policy holds beside what `save` writes."""

    work: Work
    ended: str
    extra: dict[str, Floats]
    weights: dict[int, Floats]


def _unpack(model: Model, packed: bytes, beside: _Beside) -> Policy:
    policy = to_policy(model, BytesIO(packed), work=beside.work, ended=beside.ended, extra=beside.extra)
    policy.trainer.graph.weights.update(beside.weights)
    return policy


def _number(prepared: Prepared, node: str) -> int:
    if node not in prepared.layout.names:
        raise ValueError(f"there is no node `{node}`; nodes are {', '.join(prepared.layout.names[:10])}")
    return prepared.layout.names.index(node)


def _named(names: Sequence[str], values: Floats) -> dict[str, float]:
    return dict(zip(names, values.tolist(), strict=True))
