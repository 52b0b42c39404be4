"""Coarse parallel work: whole trainings, and blocks of simulated paths, on any executor with the same results.

>>> from concurrent.futures import ThreadPoolExecutor
>>> from replenish.multistage.problems import get
>>> model = get("fast-quickstart").build()
>>> with ThreadPoolExecutor(2) as pool:
...     first, second = train_each([Job(model, seed=seed, iterations=10) for seed in (0, 1)], executor=pool)
>>> round(first.bound, 6), round(second.bound, 6)
(-2.0, -2.0)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from replenish.executors import Executor, InTurn
from replenish.multistage.modelling.expression import Floats, Ints
from replenish.multistage.modelling.model import Model
from replenish.multistage.policy.policy import Policy
from replenish.multistage.policy.simulation import Simulation
from replenish.multistage.solving.crew import Work
from replenish.multistage.tables.branches import Cuts, Graph
from replenish.multistage.train import train
from replenish.multistage.training.forward import NO_NODE, ForwardPass, Paths, Sampled, generator
from replenish.multistage.training.stopping import StoppingRule

T = TypeVar("T", Floats, Ints)


@dataclass(frozen=True, slots=True)
class Job:
    """One training: a model, and how it is trained; see `train`."""

    model: Model
    seed: int = 0
    iterations: int = 1_000
    stopping: StoppingRule | None = None
    cuts: Cuts = "single"
    forward: ForwardPass | None = None
    work: Work | None = None


def train_each(jobs: Iterable[Job], *, executor: Executor | None = None) -> list[Policy]:
    """Return the policies of independent trainings, in the order of the jobs.

    Args:
        jobs: what to train; without `work` of its own each has one thread, unless jobs are done in turn.
        executor: a pool of threads or processes, say; one job after the other if None.

    Raises:
        ModelError, SolveError: as `train`, for the first job that fails.
    """
    chosen = executor or InTurn()
    threads = None if isinstance(chosen, InTurn) else 1
    divided = [replace(job, work=job.work or Work(threads=threads)) for job in jobs]
    return list(chosen.map(_train, divided))


def simulate_blocks(
    policy: Policy,
    paths: int,
    *,
    block: int = 1_000,
    draw: Callable[[int], ForwardPass] = Sampled,
    record: Sequence[str] | None = None,
    seed: int = 1,
    executor: Executor | None = None,
) -> Simulation:
    """Return what a policy does on sampled paths that are walked in blocks; seed and `block` make the result.

    Args:
        policy: what to simulate.
        paths: how many.
        block: at most so many paths in a block; with one block the result is that of `Policy.simulate`.
        draw: makes the forward pass of a number of paths, such as `partial(OutOfSample, outcomes)`.
        record: variables to keep; all if None.
        seed: of the sample; block k has the random numbers of (seed, k).
        executor: a pool of threads or processes, say; one block after the other if None.

    Raises:
        SolveError: a programme has no optimum.
        ValueError: a name is unknown, or there is no path to walk.
    """
    if paths < 1 or block < 1:
        raise ValueError(f"{paths} paths in blocks of {block}: both must be at least 1")
    chosen = executor or InTurn()
    work = policy.trainer.work if isinstance(chosen, InTurn) else replace(policy.trainer.work, threads=1)
    blocks = [
        _Block(policy, draw(min(block, paths - first)), record, seed, number, work)
        for number, first in enumerate(range(0, paths, block))
    ]
    return _joined(list(chosen.map(_Block.simulate, blocks)))


def _train(job: Job) -> Policy:
    forward, stopping = deepcopy((job.forward, job.stopping))  # some remember what they saw, and jobs may share them
    return train(
        job.model, iterations=job.iterations, stopping=stopping, cuts=job.cuts, forward=forward, seed=job.seed,
        work=job.work,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Block:
    """A block of paths: a forward pass that draws its own random numbers."""

    policy: Policy
    forward: ForwardPass
    record: Sequence[str] | None
    seed: int
    number: int
    work: Work

    def simulate(self) -> Simulation:
        """Return what the policy does on the paths of this block."""
        return self.policy.simulate(self, record=self.record, seed=self.seed, work=self.work)

    def extra(self, model: Model) -> dict[str, Floats]:
        """Return what the forward pass needs."""
        return self.forward.extra(model)

    def sample(self, graph: Graph, rng: np.random.Generator, iteration: int) -> Paths:
        """Return the paths of this block, whatever generator is handed in."""
        own = generator(self.seed, self.number)
        return self.forward.sample(graph, own, iteration)


def _joined(parts: Sequence[Simulation]) -> Simulation:
    """Return the paths of several simulations of one model as one."""
    stages = max(len(part.node) for part in parts)
    return Simulation(
        nodes=parts[0].nodes,
        node=np.concatenate([_longer(part.node, stages, NO_NODE) for part in parts], axis=1),
        outcome=np.concatenate([_longer(part.outcome, stages, NO_NODE) for part in parts], axis=1),
        cost=np.concatenate([_longer(part.cost, stages, np.nan) for part in parts], axis=1),
        total=np.concatenate([part.total for part in parts]),
        variables=_joined_tables([part.variables for part in parts], parts, stages),
        parameters=_joined_tables([part.parameters for part in parts], parts, stages),
    )


def _joined_tables(
    tables: Sequence[Mapping[str, Floats]], parts: Sequence[Simulation], stages: int
) -> dict[str, Floats]:  # fmt: skip
    """Return the tables of all parts by name; where a part lacks one, none of its paths came to a node that has it."""
    shapes = {name: values.shape[2:] for own in tables for name, values in own.items()}
    return {
        name: np.concatenate(
            [
                _longer(own.get(name, np.full((*part.node.shape, *shape), np.nan)), stages, np.nan)
                for own, part in zip(tables, parts, strict=True)
            ],
            axis=1,
        )
        for name, shape in shapes.items()
    }


def _longer(table: T, stages: int, filler: float) -> T:
    """Return a table (stage, ...) with as many stages as the longest."""
    room = [(0, stages - len(table)), *[(0, 0)] * (table.ndim - 1)]
    return np.pad(table, room, constant_values=filler)
