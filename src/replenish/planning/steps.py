"""A plan as a policy: from what a path has, at each review, to what is ordered, released, run and started."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from replenish.arrays.groups import Floats, Ints
from replenish.arrays.state import State
from replenish.multistage import Decider
from replenish.planning.course import CLOSE, Course
from replenish.planning.data import Data
from replenish.planning.graph import PlanModel, stage_chances
from replenish.planning.programme.transport import reserved_demands
from replenish.policy import CalledRole

RECORDED = ("order", "shipped", "release", "run", "start")
"""Variables of a stage that decisions are read from."""

LEAST_MINIMUM = 0.5
"""A rate of at least this part of the minimum sustaining rate is raised to it; a lower one closes the line."""

NEGLIGIBLE = 1e-9
"""Part of the largest decision of its kind below which a decision is rounding of the solver."""


class Held(NamedTuple):
    """What is decided for a stage on some paths, each (thing, lane).

    order, release: for the whole stage, in units that pass the gates; rate: of lines; start: part of each expansion.
    """

    order: Floats
    release: Floats
    rate: Floats
    start: Floats


class First(NamedTuple):
    """What is decided for the first stage, whatever its demand turns out to be.

    node: in which it is decided.
    incoming: state of its start, (state,); from any other state it does not hold.
    held: the decisions, of one lane.
    """

    node: str
    incoming: Floats
    held: Held

    def holds(self, node: str, incoming: Floats) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Return at which of some incoming states of a node it holds, (lane,)."""
        near = np.abs(incoming - self.incoming) <= CLOSE * np.maximum(1.0, np.abs(self.incoming))
        return np.asarray(near.all(axis=1) & (node == self.node))


@dataclass(slots=True)
class Steps:
    """Decides for blocks of paths, period by period; what is decided for a stage holds until its end.

    Only what is known in the first period of a stage is used: its demand and states as revealed, the rest of the stage
    as expected from there.
    """

    model: PlanModel
    decider: Decider
    course: Course | None = None
    first: First | None = None
    _held: dict[int, Held] = field(default_factory=dict)
    _told: dict[tuple[int, tuple[int, ...]], tuple[Data, Floats]] = field(default_factory=dict)

    def answer(self, t: int, first_path: int, state: State) -> dict[CalledRole, Floats]:
        """Return what is decided in period `t`, each (key, lane) in the order of the plan's decisions.

        Args:
            t: the period; those of a block of paths come in turn.
            first_path: number of the first path of the block, by which it is known again.
            state: of the block.
        """
        stages = self.model.frame.problem.stages
        stage = int(np.searchsorted(stages.end, t, side="right"))
        if stage >= len(stages):
            return self._nothing(state)
        if t == stages.first[stage] or first_path not in self._held:
            self._held[first_path] = self.decide(stage, state)
        return self._asked(t, stage, self._held[first_path], state)

    def decide(self, stage: int, state: State) -> Held:
        """Return what is decided for a stage that begins in a state."""
        lanes = state.on_hand.shape[1]
        found = _Found.empty(self.model, lanes)
        incoming = self.model.frame.incoming(state)
        for states, lanes_there in _by_states(state.chain_state):
            node = self.model.node(stage, tuple(states[chain] for chain in self.model.chains))
            own = lanes_there
            if stage == 0 and self.first is not None:
                on = self.first.holds(node, incoming[own])
                found.follow(own[on], self.first.held)
                own = own[~on]
            if len(own):
                told = self._parameters(stage, states, state, own)
                variables = self._decided(node, stage, incoming[own], told)
                found.put(self.model, own, variables, np.asarray(told.get("time", 0.0)))
        return found.held()

    def _decided(self, node: str, stage: int, incoming: Floats, told: Data) -> dict[str, Floats]:
        """Return the variables of a stage, (lane, entry): those of the course where a lane is on it."""
        recorded = [name for name in RECORDED if name in self.model.frame.program(stage).variables]
        if self.course is None:
            return self.decider.decide(node, incoming, told, record=recorded).variables
        bringing = {name: values[0] for name, values in told.items() if name in ("contracts", "carry", "amount")}
        settled = self.model.frame.settled(incoming, bringing)
        on = self.course.follows(stage, settled, told.get("demand", np.zeros((len(incoming), 0))))
        found = {name: np.repeat(self.course.variables[name][stage][None], len(on), axis=0) for name in recorded}
        if not on.all():
            rest = {name: values[~on] for name, values in told.items()}
            decided = self.decider.decide(node, incoming[~on], rest, record=recorded).variables
            for name, values in decided.items():
                found[name][~on] = values
        return found

    def _parameters(self, stage: int, states: tuple[int, ...], state: State, own: Ints) -> Data:
        """Return the parameters of a stage for some lanes that are in the same chain states, each (lane, entry)."""
        arrays, t = self.model.frame.problem.arrays, int(self.model.frame.problem.stages.first[stage])
        if (stage, states) not in self._told:
            chance = stage_chances(self.model.frame, tuple(range(len(states))), stage, states)
            data = self.model.frame.data(stage, chance, is_begun=True)
            mean = np.array(
                [arrays.demands.mean[t, d, states[k] if k >= 0 else 0] for d, k in enumerate(arrays.demands.chain)]
            )
            self._told[stage, states] = data, mean
        data, mean = self._told[stage, states]
        told = {name: np.repeat(values[None], len(own), axis=0) for name, values in data.items()}
        if "demand" in told:
            told["demand"] = np.maximum(0.0, told["demand"] - mean + state.demand[:, own].T)
        if "time" in told:
            working = self.model.frame.teller.working[t]
            told["time"] = told["time"] - working + (1.0 - state.is_out[:, own].T) * arrays.lines.length[t]
        if "may_lack" in told:
            symbols = self.model.frame.symbols
            lacks = np.maximum(0.0, arrays.stocks.floor[:, None] - state.on_hand[:, own])[symbols.donors].T
            told["may_lack"] = np.where(symbols.lacks_by_itself, told["may_lack"], lacks)
        if "gated_demand" in told:
            reserved = reserved_demands(arrays, self.model.frame.symbols.gated_flows)
            before = [told["demand"][:, list(demands)].sum(axis=1) for demands in reserved]
            told["gated_demand"] = np.stack(before, axis=1) * told["release_share"]
        return told

    def _asked(self, t: int, stage: int, held: Held, state: State) -> dict[CalledRole, Floats]:
        arrays, keys = self.model.frame.problem.arrays, self._keys
        chain = state.chain_state.astype(np.int64)
        first, end = (
            int(bounds[stage])
            for bounds in (self.model.frame.problem.stages.first, self.model.frame.problem.stages.end)
        )
        reviews = np.flatnonzero(arrays.clock.is_review[first:end]) + first
        part = 1.0 / max(1, len(reviews))
        buy = _open_share(arrays.chains.buy_share, arrays.slots.gate, chain)
        release = _open_share(arrays.chains.release_share, arrays.flows.gate, chain)
        starts = held.start if len(reviews) and t == reviews[0] else np.zeros_like(held.start)
        found: dict[CalledRole, Floats] = {
            "ordering": np.minimum(_over(held.order * part, buy), self._most(buy) * part)[keys.ordering],
            "release": (_over(held.release * part, release))[keys.release],
            "production": held.rate[keys.production],
            "expansion": starts[keys.expansion],
        }
        return {role: values for role, values in found.items() if len(values)}

    def _most(self, share: Floats) -> Floats:
        """Return the most that may be asked for in a stage, (slot, lane).

        Behind a gate that is neither open nor shut it is what the line could make, unless money is the limit.
        """
        is_held = (share > 0.0) & (share < 1.0) & (self.model.frame.problem.arrays.slots.budget < 0)[:, None]
        return np.where(is_held, self.model.frame.teller.potential[:, None], np.inf)

    def _nothing(self, state: State) -> dict[CalledRole, Floats]:
        """Return no decision at all, for periods after those of the plan."""
        roles: tuple[CalledRole, ...] = ("ordering", "release", "production", "expansion")
        sizes = zip(roles, self._keys, strict=True)
        return {role: np.zeros((len(rows), state.on_hand.shape[1])) for role, rows in sizes if len(rows)}

    @property
    def _keys(self) -> Keys:
        return to_keys(self.model)


class Keys(NamedTuple):
    """Rows of the arrays in the order of the keys of decisions."""

    ordering: Ints
    release: Ints
    production: Ints
    expansion: Ints


def to_keys(model: PlanModel) -> Keys:
    """Return the rows of slots, flows, lines and expansions in the order of a plan's decisions."""
    labels, decisions = model.frame.problem.labels, model.frame.problem.decisions
    expansion = {name: row for row, name in enumerate(labels.expansions)}
    return Keys(
        np.array([labels.slot_of[line, item, holder] for holder, item, line in decisions.ordering], np.int64),
        np.array([labels.flow_of[key] for key in decisions.release], np.int64),
        np.array([labels.line_of[name] for name in decisions.production], np.int64),
        np.array([expansion[name] for name in decisions.expansion], np.int64),
    )


@dataclass(slots=True)
class _Found:
    """Decisions as they are found for lanes, each (thing, lane)."""

    order: Floats
    release: Floats
    rate: Floats
    start: Floats

    @classmethod
    def empty(cls, model: PlanModel, lanes: int) -> _Found:
        """Return no decisions."""
        arrays = model.frame.problem.arrays
        sizes = (
            len(arrays.slots.cell),
            len(arrays.flows.from_cell),
            len(arrays.lines.max_rate),
            len(arrays.expansions.line),
        )
        return cls(*(np.zeros((size, lanes)) for size in sizes))

    def put(self, model: PlanModel, own: Ints, variables: dict[str, Floats], time: Floats) -> None:
        """Write down what a stage decides for some lanes."""
        sets, symbols, lines = model.frame.sets, model.frame.symbols, model.frame.problem.arrays.lines
        if "order" in variables:
            self.order[:, own] = variables["order"].T
        if "shipped" in variables:
            at_once = model.frame.problem.arrays.flows.wait[sets.parcel_flow] == 0
            moved = np.zeros((len(self.release), len(own)))
            np.add.at(moved, sets.parcel_flow[at_once], variables["shipped"].T[at_once])
            self.release[:, own] = moved
        if "release" in variables:
            self.release[np.ix_(symbols.waiting_flows, own)] = variables["release"].T
        if "run" in variables:
            rate = np.divide(variables["run"], time, out=np.zeros_like(time), where=time > 0).T
            self.rate[:, own] = to_runnable(rate, lines.min_rate[:, None])
        if "start" in variables:
            self.start[:, own] = variables["start"].T

    def follow(self, own: Ints, first: Held) -> None:
        """Write down what is decided at the start for some lanes."""
        for values, same in zip((self.order, self.release, self.rate, self.start), first, strict=True):
            values[:, own] = same

    def held(self) -> Held:
        """Return the decisions without what is only rounding of the solver."""
        return Held(*(_clean(values) for values in (self.order, self.release, self.rate, self.start)))


def to_held(model: PlanModel, variables: dict[str, Floats], time: Floats) -> Held:
    """Return the variables of a stage as decisions of one lane; `time` is that in which lines work, (line,)."""
    found = _Found.empty(model, 1)
    found.put(
        model, np.zeros(1, np.int64), {name: values.ravel()[None] for name, values in variables.items()}, time[None]
    )
    return found.held()


def to_runnable(rate: Floats, least: Floats) -> Floats:
    """Return rates that lines can run: those below the minimum are raised to it, or closed below half of it."""
    return np.where(rate >= least, rate, np.where(rate >= LEAST_MINIMUM * least, least, 0.0))


def _clean(values: Floats) -> Floats:
    return np.where(values > NEGLIGIBLE * values.max(initial=0.0), values, 0.0)


def _by_states(chain_state: Floats) -> Iterator[tuple[tuple[int, ...], Ints]]:
    """Yield each combination of chain states with the lanes that are in it."""
    if not len(chain_state):
        yield (), np.arange(chain_state.shape[1])
        return
    rows, place = np.unique(chain_state.astype(np.int64).T, axis=0, return_inverse=True)
    for number, states in enumerate(rows.tolist()):
        yield tuple(states), np.flatnonzero(place.ravel() == number)


def _open_share(table: Floats, gate: Ints, chain: Ints) -> Floats:
    """Return what gates let through now, (thing, lane)."""
    if not len(table):
        return np.ones((len(gate), chain.shape[1]))
    share = np.take_along_axis(table, chain, axis=1)
    return np.where(gate[:, None] >= 0, share[gate], 1.0)


def _over(amount: Floats, share: Floats) -> Floats:
    """Return what is asked so that an amount passes a gate."""
    return np.divide(amount, share, out=np.zeros_like(amount), where=share > 0)
