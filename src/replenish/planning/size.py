"""How large the tree of a plan would be, and whether anything in it is random."""

from __future__ import annotations

import numpy as np

from replenish.arrays.groups import Arrays, Floats, Ints
from replenish.planning.chances import first_chances, marginal_chances, moved
from replenish.planning.graph import LEAST_CHANCE, used_chains
from replenish.planning.problem import Problem


def is_random(problem: Problem) -> bool:
    """Return whether anything that a plan sees is random: demand, outages, or a chain on which something depends."""
    return has_noise(problem) or len(random_chains(problem)) > 0


def has_noise(problem: Problem) -> bool:
    """Return whether demand is drawn from a law, or a line may fail."""
    arrays = problem.arrays
    is_drawn = any(arrays.laws.kind[law] != 0 for law in np.unique(arrays.demands.law).tolist())
    return bool(is_drawn or (arrays.lines.outage_start > 0).any())


def random_chains(problem: Problem) -> Ints:
    """Return the chains on which demand, a requirement or a gate depends and whose state is not always known."""
    used = used_chains(problem)
    if not len(used):
        return used
    chance = marginal_chances(problem.arrays)[: int(problem.stages.end[-1]), used]
    return used[((chance > LEAST_CHANCE) & (chance < 1.0 - LEAST_CHANCE)).any(axis=(0, 2))]


def count_vertices(problem: Problem, chains: tuple[int, ...], outcomes: int, *, most: int) -> int:
    """Return how many vertices the tree has whose nodes are the states of chains; some number above `most` once passed.

    The paths of chain states are counted through all states that can be reached. Each node counts `outcomes` times
    where demand or outages are random within it, but for those of the first stage.
    """
    arrays, stages = problem.arrays, problem.stages
    varies = has_noise(problem) or _varies_within(problem, chains)
    own = np.array(chains, np.int64)
    ways, total, branches = (first_chances(arrays)[own] > LEAST_CHANCE).astype(float), 0.0, 1.0
    for stage in range(len(stages)):
        if stage:
            moves = _moves(arrays, int(stages.first[stage - 1]), int(stages.first[stage]))[:, own]
            ways = np.einsum("ks,skj->kj", ways, moves > LEAST_CHANCE)
            branches *= outcomes if varies else 1
        total += branches * float(np.prod(ways.sum(axis=1)))
        if total > most:
            break
    return int(min(total, 2.0**53))


def _varies_within(problem: Problem, chains: tuple[int, ...]) -> bool:
    """Return whether demand goes by states that are random within nodes: of several periods, or not told apart."""
    own = np.intersect1d(random_chains(problem), problem.arrays.demands.chain)
    return bool(len(own)) and (problem.stages.length > 1 or len(np.setdiff1d(own, chains)) > 0)


def _moves(arrays: Arrays, first: int, end: int) -> Floats:
    """Return the chances of states in one period from each state in an earlier one, (from, chain, state)."""
    chains, size = arrays.chains.start.shape
    chance = np.repeat(np.eye(size)[:, None], chains, axis=1)
    for t in range(first + 1, end + 1):
        chance = moved(arrays, t, chance)
    return chance
