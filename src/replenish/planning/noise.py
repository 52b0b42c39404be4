"""Random outcomes of a stage: a sample of what its periods may bring, gathered into a few."""

from __future__ import annotations

import numpy as np
from scipy.cluster.vq import kmeans2

from replenish import draws
from replenish.arrays.groups import Arrays, Floats, Ints
from replenish.arrays.laws import law_of
from replenish.multistage import Outcomes
from replenish.planning.frame import Frame
from replenish.planning.programme.transport import reserved_demands

SAMPLE = 1024
"""Draws that are gathered into outcomes."""


def sample_stage(frame: Frame, stage: int, chance: Floats, seed: int) -> dict[str, Floats]:
    """Return draws of demand, (draw, demand), and of working time, (draw, line), in a stage.

    Args:
        frame: the problem.
        stage: its number.
        chance: of the states of chains in its first period, (chain, state).
        seed: all nodes of a stage share its random words.
    """
    arrays, stages = frame.problem.arrays, frame.problem.stages
    rng = np.random.Generator(np.random.Philox(key=seed, counter=[0, 0, 0, stage]))
    state = _pick(np.broadcast_to(chance, (SAMPLE, *chance.shape)), rng)
    demand, time = np.zeros((SAMPLE, len(arrays.demands.cell))), np.zeros((SAMPLE, len(arrays.lines.max_rate)))
    is_down: np.ndarray[tuple[int, ...], np.dtype[np.bool_]] | None = None
    for t in range(stages.first[stage], stages.end[stage]):
        if t > stages.first[stage]:
            state = _move(arrays, t, state, rng)
        demand += _demand(arrays, t, state, rng)
        is_down = _down(frame, t, is_down, rng)
        time += np.where(is_down, 0.0, arrays.lines.length[t])
    return {"demand": demand, "time": time}


def to_outcomes(frame: Frame, stage: int, chance: Floats, *, most: int, seed: int) -> Outcomes | None:
    """Return at most so many outcomes whose mean is that of the stage; None where nothing is random.

    Args:
        frame: the problem.
        stage: its number.
        chance: of the states of chains in each of its periods, (period, chain, state).
        most: number of outcomes.
        seed: of the sample and of the clustering (k-means).
    """
    if most == 1:
        return None
    data = frame.data(stage, chance)
    if most == 1 or not data.keys() & {"demand", "time"}:
        return None
    sample = {name: values for name, values in sample_stage(frame, stage, chance[0], seed).items() if name in data}
    wide = np.concatenate([values - data[name] for name, values in sample.items()], axis=1)
    varies = wide.std(axis=0) > 1e-9 * np.maximum(np.abs(np.concatenate([data[name] for name in sample])), 1.0)
    if not varies.any():
        return None
    labels = _cluster(wide[:, varies] * _importance(frame, sample)[varies], most, seed)
    count = np.bincount(labels)
    values = {name: _means(values, labels, count, data[name]) for name, values in sample.items()}
    return Outcomes(_with_derived(frame, values, data), count / SAMPLE)


def _means(values: Floats, labels: Ints, count: Ints, mean: Floats) -> Floats:
    """Return the mean of each cluster, moved in proportion so that their mean is exact."""
    sums = np.zeros((len(count), values.shape[1]))
    np.add.at(sums, labels, values)
    sampled = values.mean(axis=0)
    return np.asarray(sums / count[:, None] * np.divide(mean, sampled, out=np.ones_like(mean), where=sampled > 0))


def _importance(frame: Frame, sample: dict[str, Floats]) -> Floats:
    """Return by what each random quantity weighs in the clustering: a demand by its price, a line by its output."""
    problem, parts = frame.problem, []
    price = np.ones(len(problem.arrays.demands.cell))
    np.maximum.at(price, problem.unmet.thing, problem.unmet.price)
    scale = {"demand": price, "time": problem.arrays.lines.max_rate * price.mean()}
    parts = [scale[name] for name in sample]
    return np.concatenate(parts)


def _cluster(points: Floats, most: int, seed: int) -> Ints:
    """Return the cluster of each draw, numbered without gaps."""
    distinct, place = np.unique(points, axis=0, return_inverse=True)
    if len(distinct) <= most:
        return np.asarray(place.ravel())
    scale = points.std()
    _, labels = kmeans2(points / scale, most, minit="++", seed=np.random.default_rng(seed), missing="warn")
    return np.unique(labels, return_inverse=True)[1]


def _with_derived(frame: Frame, values: dict[str, Floats], data: dict[str, Floats]) -> dict[str, Floats]:
    """Return outcomes with the parameters that follow from them."""
    found = dict(values)
    if "gated_demand" in data and "demand" in values:
        reserved = reserved_demands(frame.problem.arrays, frame.symbols.gated_flows)
        rows = [values["demand"][:, list(demands)].sum(axis=1) for demands in reserved]
        found["gated_demand"] = np.stack(rows, axis=1) * data["release_share"]
    return {name: table for name, table in found.items() if name in data}


def _pick(chance: Floats, rng: np.random.Generator) -> Ints:
    """Return a state drawn for each chain, (draw, chain)."""
    u = rng.random(chance.shape[:-1])
    return np.asarray((u[..., None] > np.cumsum(chance, axis=-1)[..., :-1]).sum(axis=-1), np.int64)


def _move(arrays: Arrays, t: int, state: Ints, rng: np.random.Generator) -> Ints:
    chains = arrays.chains
    drawn = _pick(chains.probability[np.arange(state.shape[1]), state], rng)
    return np.where(chains.forced[t] >= 0, chains.forced[t], drawn)


def _demand(arrays: Arrays, t: int, state: Ints, rng: np.random.Generator) -> Floats:
    demands = arrays.demands
    found = np.zeros((SAMPLE, len(demands.cell)))
    for d, chain in enumerate(demands.chain.tolist()):
        u = rng.integers(1, draws.WORD, SAMPLE, dtype=np.uint32)
        own = state[:, chain] if chain >= 0 else np.zeros(SAMPLE, np.int64)
        for number in np.unique(own).tolist():
            here = own == number
            law = law_of(arrays.laws, int(demands.law[t, d, number]))
            found[here, d] = draws.draw(law, float(demands.mean[t, d, number]), u[here])
    return found


def _down(
    frame: Frame, t: int, before: np.ndarray[tuple[int, ...], np.dtype[np.bool_]] | None, rng: np.random.Generator
) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Return which lines stand still, (draw, line): as from the start in a first period, else as they go on."""
    lines, length = frame.problem.arrays.lines, frame.problem.arrays.lines.length[t]
    u = rng.random((SAMPLE, len(lines.max_rate)))
    if before is None:
        up = np.divide(frame.teller.working[t], length, out=np.ones_like(length), where=length > 0)
        return np.asarray(u > up)
    starts, ends = lines.outage_start / draws.WORD, lines.outage_end / draws.WORD
    return np.where(before, u > ends, u <= starts)
