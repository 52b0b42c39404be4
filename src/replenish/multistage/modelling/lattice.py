"""Markov chains fitted to simulated paths, for costs and prices that are not independent from stage to stage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.cluster.vq import vq

from replenish.multistage.modelling.expression import Floats, Ints

MOST_ROUNDS = 200
"""Rounds of k-means; it ends earlier where nothing moves any more."""


@dataclass(frozen=True, slots=True, eq=False)
class Lattice:
    """A Markov chain on a few values a stage; stages count from 0.

    Attributes:
        values: for each stage (node, dimension), ordered by the first dimension.
        transitions: for each stage the matrix (node before, node now) for `markov`; the first is (1, nodes).
        probability: for each stage (node,), the share of paths at each node.
        error: (stage,) root mean square distance of the paths from their node: what the chain leaves out, in the unit
            of the data.
        paths_per_node: for each stage (node,) number of paths; transitions from a node are shares of so many paths.
    """

    values: tuple[Floats, ...]
    transitions: tuple[Floats, ...]
    probability: tuple[Floats, ...]
    error: Floats
    paths_per_node: tuple[Ints, ...]

    def data(self, name: str) -> list[list[dict[str, Floats]]]:
        """Return the values as data of a parameter, [stage][node], for `markov`: single numbers in one dimension."""
        dimension = self.values[0].shape[1]
        shape = () if dimension == 1 else (dimension,)
        return [[{name: node.reshape(shape)} for node in stage] for stage in self.values]


def fit_markov(paths: npt.ArrayLike, states: int | Sequence[int], *, seed: int | Sequence[int] = 0) -> Lattice:
    """Return a Markov chain whose nodes are the k-means of each stage and whose transitions count paths between them.

    In each stage the mean over nodes is the mean over paths, and the variance is smaller by `error` squared.  Paths
    that are not Markov themselves lose what they remember beyond one stage: put it into the dimensions, such as a
    second one that holds the value of the stage before.  Dimensions of different units should be scaled to like
    spread first, since distances add them up.

    Two traps.  With few paths a node the transitions are noise that the policy takes for knowledge: the share p of n
    paths has standard error sqrt(p (1 - p) / n), so look at `paths_per_node`, and compare results under other seeds.
    With few nodes a stage the policy knows less than the process: compare `error` with the spread of the data and add
    nodes while results still move; work and memory grow with their number.  Either way judge a policy by simulating
    the process itself, at the node that lies nearest.

    Args:
        paths: (stage, path) or (stage, path, dimension), simulated or observed.
        states: most nodes a stage, one number for all or one for each; a stage in which all paths agree has one node.
        seed: of the starting points of k-means.

    Raises:
        ValueError: shapes do not fit, a number is not finite, or a stage has more nodes than paths.

    References:
        Löhndorf and Shapiro (2019), Modeling time-dependent randomness in stochastic dual dynamic programming,
        European Journal of Operational Research 273(2), 650-661.  Arthur and Vassilvitskii (2007), k-means++: the
        advantages of careful seeding, SODA.

    >>> lattice = fit_markov([[5.0, 5.0, 5.0, 5.0], [1.0, 1.0, 3.0, 3.0]], 2)
    >>> lattice.values[1].ravel().tolist(), lattice.transitions[1].tolist()
    ([1.0, 3.0], [[0.5, 0.5]])
    """
    table = _checked(paths)
    counts = _counts(states, *table.shape[:2])
    random = np.random.default_rng(seed)
    fits = [_cluster(points, count, random) for points, count in zip(table, counts, strict=True)]
    nodes = [nearest for _, nearest in fits]
    values = tuple(centres for centres, _ in fits)
    sizes = [len(centres) for centres in values]
    before = [np.zeros(table.shape[1], int), *nodes[:-1]]
    tallies = [
        _tally(first, second, rows, columns)
        for first, second, rows, columns in zip(before, nodes, [1, *sizes[:-1]], sizes, strict=True)
    ]
    members = tuple(tally.sum(axis=0) for tally in tallies)
    away = [((points - centres[nearest]) ** 2).sum(1) for points, (centres, nearest) in zip(table, fits, strict=True)]
    return Lattice(
        values=values,
        transitions=tuple(tally / tally.sum(axis=1, keepdims=True) for tally in tallies),
        probability=tuple(count / table.shape[1] for count in members),
        error=np.sqrt([squared.mean() for squared in away]),
        paths_per_node=members,
    )


def _checked(paths: npt.ArrayLike) -> Floats:
    """Return paths as (stage, path, dimension)."""
    table = np.asarray(paths, float)
    if table.ndim not in (2, 3) or 0 in table.shape:
        raise ValueError(f"paths have shape {table.shape}; give (stage, path) or (stage, path, dimension), not empty")
    if not np.isfinite(table).all():
        raise ValueError(f"paths hold {table[~np.isfinite(table)].flat[0]}; give finite numbers")
    return table if table.ndim == 3 else table[:, :, None]


def _counts(states: int | Sequence[int], stages: int, paths: int) -> list[int]:
    """Return the most nodes of each stage."""
    counts = [states] * stages if isinstance(states, int) else list(states)
    if len(counts) != stages:
        raise ValueError(f"{len(counts)} numbers of nodes were given for {stages} stages; give one, or one for each")
    if min(counts) < 1 or max(counts) > paths:
        raise ValueError(f"numbers of nodes are {counts}; they must lie between 1 and the number of paths, {paths}")
    return counts


def _tally(before: Ints, now: Ints, rows: int, columns: int) -> Ints:
    """Return the number of paths from each node to each."""
    return np.bincount(before * columns + now, minlength=rows * columns).reshape(rows, columns)


def _cluster(points: Floats, count: int, random: np.random.Generator) -> tuple[Floats, Ints]:
    """Return at most `count` centres, (node, dimension), and the node of each of the points, (path, dimension).

    Each centre is the mean of its points (Lloyd 1982), so that the mean of a stage is kept.
    """
    distinct, place = np.unique(points, axis=0, return_inverse=True)
    if len(distinct) <= count:
        return distinct, place.ravel()
    centres = _spread_out(points, count, random)
    nearest, away = vq(points, centres)
    for _ in range(MOST_ROUNDS):
        centres = _means(points, nearest, away, count)
        found, away = vq(points, centres)
        if (found == nearest).all():
            break
        nearest = found
    used, nearest = np.unique(nearest, return_inverse=True)
    centres = _means(points, nearest, away, len(used))
    order = np.lexsort(centres.T[::-1])
    return centres[order], np.argsort(order)[nearest]


def _spread_out(points: Floats, count: int, random: np.random.Generator) -> Floats:
    """Return points as first centres, drawn with chances that grow with the squared distance from those before."""
    chosen = [int(random.integers(len(points)))]
    squared = ((points - points[chosen[0]]) ** 2).sum(axis=1)
    while len(chosen) < count:
        chosen.append(int(random.choice(len(points), p=squared / squared.sum())))
        squared = np.minimum(squared, ((points - points[chosen[-1]]) ** 2).sum(axis=1))
    return points[chosen]


def _means(points: Floats, nearest: Ints, away: Floats, count: int) -> Floats:
    """Return the mean of the points at each centre; a centre that lost all moves to a point far from its own."""
    members = np.bincount(nearest, minlength=count)
    sums = np.stack([np.bincount(nearest, weights=column, minlength=count) for column in points.T], axis=1)
    centres: Floats = sums / np.maximum(members, 1)[:, None]
    empty = np.nonzero(members == 0)[0]
    centres[empty] = points[np.argsort(-away, kind="stable")[: len(empty)]]
    return centres
