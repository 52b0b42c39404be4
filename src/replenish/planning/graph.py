"""Models of a plan: a row of stages on mean paths, or nodes by the states of chains."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

from replenish.arrays.groups import Floats, Ints
from replenish.arrays.state import opening_state
from replenish.errors import UsageError
from replenish.multistage import ROOT, CVaR, Expectation, Mix, Model, RiskMeasure
from replenish.planning.chances import first_chances, moved
from replenish.planning.frame import Frame
from replenish.planning.noise import to_outcomes
from replenish.planning.problem import Problem

MOST_NODES = 12
"""Most combinations of chain states that a stage may have as nodes of its own."""

LEAST_CHANCE = 1e-12

States = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PlanModel:
    """A model with what its nodes stand for.

    Attributes:
        frame: the problem.
        model: nodes, edges and risk.
        chains: rows of the chains whose states are told apart.
        nodes: (stage, states of those chains) of each node by name.
    """

    frame: Frame
    model: Model
    chains: tuple[int, ...]
    nodes: dict[str, tuple[int, States]]

    def node(self, stage: int, states: States) -> str:
        """Return the name of a node."""
        return _name(self.frame.problem, self.chains, stage, states)

    def chance(self, stage: int, states: States) -> Floats:
        """Return the chances of chain states in the periods of a stage, (period, chain, state)."""
        return stage_chances(self.frame, self.chains, stage, states)


def mean_model(frame: Frame) -> PlanModel:
    """Return the model in which everything random takes its mean."""
    return _to_model(frame, (), outcomes=1, seed=0, risk=Expectation())


def markov_model(
    frame: Frame, chains: tuple[int, ...], *, outcomes: int, seed: int, risk: RiskMeasure | None = None
) -> PlanModel:
    """Return the model whose nodes are stages and states of some chains, with random outcomes in each.

    The first stage has one outcome, its mean, so that there is one first decision.
    """
    return _to_model(frame, chains, outcomes=outcomes, seed=seed, risk=risk or Expectation())


def to_risk(weight: float, tail: float) -> RiskMeasure:
    """Return the mean of all costs, or a part of it with the mean of the worst share of costs."""
    return Expectation() if weight == 0 or tail == 1 else Mix((weight, CVaR(tail)), (1.0 - weight, Expectation()))


def _to_model(frame: Frame, chains: tuple[int, ...], *, outcomes: int, seed: int, risk: RiskMeasure) -> PlanModel:
    problem = frame.problem
    model, nodes = Model(risk=risk), {}
    _set_start(frame)
    reached = _first(problem, chains)
    before: dict[States, str] = {}
    for stage in range(len(problem.stages)):
        names = {states: _name(problem, chains, stage, states) for states in reached}
        for states, name in names.items():
            chance = stage_chances(frame, chains, stage, states)
            found = to_outcomes(frame, stage, chance, most=outcomes if stage else 1, seed=seed)
            data = frame.data(stage, chance)
            told = {key: values for key, values in data.items() if found is None or key not in found.values}
            model.add_node(name, frame.program(stage), found, data=told)
            nodes[name] = (stage, states)
        for parent, child, probability in _edges(frame, chains, stage, before, names):
            discount = problem.discounts[stage] / problem.discounts[stage - 1] if stage else 1.0
            model.add_edge(parent, child, probability, float(discount))
        before = names
        if stage + 1 < len(problem.stages):
            reached = _reached(frame, chains, stage, list(names))
    return PlanModel(frame, model, chains, nodes)


def _set_start(frame: Frame) -> None:
    """Write the opening state into the programmes: it is what comes into the first stage."""
    start = frame.incoming(opening_state(frame.problem.arrays))[0]
    for program in (frame.usual, frame.last):
        program.initial[:] = start


def _name(problem: Problem, chains: tuple[int, ...], stage: int, states: States) -> str:
    first = problem.calendar.starts[problem.stages.first[stage]].isoformat()
    named = [problem.labels.states[chain][state] for chain, state in zip(chains, states, strict=True)]
    return " ".join([first, *named])


def stage_chances(frame: Frame, chains: tuple[int, ...], stage: int, states: States) -> Floats:
    """Return the chances in each period of a stage that begins in some states of some chains; others as from the start.

    (period, chain, state)
    """
    problem, first = frame.problem, int(frame.problem.stages.first[stage])
    chance = fixed(frame.teller.marginal[first], chains, states)
    found = [chance]
    for t in range(first + 1, int(problem.stages.end[stage])):
        found.append(moved(problem.arrays, t, found[-1]))
    return np.stack(found)


def fixed(chance: Floats, chains: tuple[int, ...], states: States) -> Floats:
    """Return chances, (chain, state), with some chains in known states."""
    found = chance.copy()
    for chain, state in zip(chains, states, strict=True):
        found[chain] = np.eye(found.shape[1])[state]
    return found


def _first(problem: Problem, chains: tuple[int, ...]) -> list[States]:
    chance = first_chances(problem.arrays)
    return [s for s in _combinations(problem, chains) if _joint(chance, chains, s) > LEAST_CHANCE]


def _combinations(problem: Problem, chains: tuple[int, ...]) -> Iterator[States]:
    yield from product(*(range(int(problem.arrays.chains.states[chain])) for chain in chains))


def _joint(chance: Floats, chains: tuple[int, ...], states: States) -> float:
    return float(np.prod([chance[chain, state] for chain, state in zip(chains, states, strict=True)]))


def _edges(
    frame: Frame, chains: tuple[int, ...], stage: int, before: dict[States, str], names: dict[States, str]
) -> Iterator[tuple[str, str, float]]:
    """Yield the edges into the nodes of a stage with their probabilities."""
    problem = frame.problem
    parents = {(): ROOT} if stage == 0 else before
    for states, parent in parents.items():
        ahead = first_chances(problem.arrays) if stage == 0 else _ahead(frame, chains, stage - 1, states)
        chance = {child: _joint(ahead, chains, child) for child in names}
        likely = {child: p for child, p in chance.items() if p > LEAST_CHANCE}
        total = sum(likely.values())
        for child, probability in likely.items():
            yield parent, names[child], min(1.0, probability / total)


def _ahead(frame: Frame, chains: tuple[int, ...], stage: int, states: States) -> Floats:
    """Return the chances in the first period of the next stage from states in the first period of this one."""
    problem = frame.problem
    chance = stage_chances(frame, chains, stage, states)[-1]
    return moved(problem.arrays, int(problem.stages.end[stage]), chance)


def _reached(frame: Frame, chains: tuple[int, ...], stage: int, now: list[States]) -> list[States]:
    found = [_ahead(frame, chains, stage, states) for states in now]
    return [
        states
        for states in _combinations(frame.problem, chains)
        if any(_joint(chance, chains, states) > LEAST_CHANCE for chance in found)
    ]


def choose_chains(problem: Problem, named: tuple[str, ...]) -> tuple[int, ...]:
    """Return the chains whose states are nodes: those named, else all on which anything depends.

    Raises:
        UsageError: there are more than twelve combinations of states.
    """
    labels = problem.labels
    chosen = tuple(sorted(labels.chain_of[name] for name in named)) if named else tuple(used_chains(problem).tolist())
    count = int(np.prod([problem.arrays.chains.states[chain] for chain in chosen], dtype=np.int64))
    if count > MOST_NODES:
        sizes = ", ".join(f"{labels.chains[chain]} {problem.arrays.chains.states[chain]}" for chain in chosen)
        raise UsageError(
            f"chains: the states of {sizes} make {count} combinations, a plan tells at most {MOST_NODES} apart; name"
            " the chains that matter most under [plan] chains (the others then count as noise of each stage)"
        )
    return chosen


def used_chains(problem: Problem) -> Ints:
    """Return the chains on which demand, a requirement or a gate depends."""
    arrays = problem.arrays
    rows = (
        arrays.demands.chain, arrays.stocks.requirement_chain, arrays.flows.gate, arrays.slots.gate, arrays.budgets.gate
    )  # fmt: skip
    used = np.unique(np.concatenate(rows))
    return used[used >= 0]
