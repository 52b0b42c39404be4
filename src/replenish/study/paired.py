"""Differences of two runs in numbers that each path has one of.

Runs of one seed meet the same draws, so that path i of one can be compared with path i of the other: the error of the
mean difference is then that of the differences by path, mostly far below that of either mean (common random numbers;
Law (2015), Simulation Modeling and Analysis, ch. 11).  Runs of different seeds are compared as independent samples
(Welch 1947).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from replenish.arrays.groups import Floats, Ints
from replenish.measures import LABELS
from replenish.result import Result

LEVEL = 0.95
"""Level of the confidence intervals."""

NOTHING = 1e-12
"""Part of the largest value up to which a difference is rounding."""

Key = tuple[str, ...]  # measure, then the labels in the order of measures.LABELS


class Sample(NamedTuple):
    """One number for each path; NaN where it has none, such as a date that never comes."""

    unit: str
    path: Ints  # (path,)
    value: Floats  # (path,)


class Difference(NamedTuple):
    """What the second of two samples has more than the first."""

    mean_a: float | None
    mean_b: float | None
    difference: float | None
    standard_error: float | None
    low: float | None  # of the confidence interval
    high: float | None
    share_higher: float | None  # of the paths, in which the second is higher
    share_lower: float | None
    correlation: float | None  # None where one of them does not vary
    applies_a: float  # share of the paths that have the number, such as a date that comes at all
    applies_b: float
    paths: int  # that have both numbers; of independent samples the smaller number


def samples(result: Result) -> dict[Key, Sample]:
    """Return the numbers by path that a run has kept, by measure and labels."""
    if result.scalars.is_empty():
        return {}
    kept = result.paths
    path = kept["path"].to_numpy().astype(np.int64)
    return {
        (row["measure"], *(row[label] for label in LABELS)): Sample(row["unit"], path, kept[row["column"]].to_numpy())
        for row in result.scalars.iter_rows(named=True)
    }


def name_of(key: Key) -> str:
    """Return a number in words: its measure and what it is about."""
    return "/".join(filter(None, key))


def paired(a: Sample, b: Sample) -> Difference:
    """Return the differences by path, over the paths in which both have a number."""
    _, at_a, at_b = np.intersect1d(a.path, b.path, return_indices=True)
    first, second = a.value[at_a], b.value[at_b]
    known = np.isfinite(first), np.isfinite(second)
    applies = _share(known[0]), _share(known[1])
    both = known[0] & known[1]
    first, second = first[both], second[both]
    count = len(first)
    if count == 0:
        return _none(*applies)
    differences = second - first
    rounding = NOTHING * np.maximum(np.abs(first), np.abs(second)).max()
    differences[np.abs(differences) <= rounding] = 0.0  # what rounding leaves is no difference
    error = float(differences.std(ddof=1) / math.sqrt(count)) if count > 1 else None
    return Difference(
        float(first.mean()), float(second.mean()), *_interval(float(differences.mean()), error, count - 1),
        _share(differences > 0), _share(differences < 0), _correlation(first, second), *applies, count,
    )  # fmt: skip


def unpaired(a: Sample, b: Sample) -> Difference:
    """Return the difference of the means of independent samples, with Welch's degrees of freedom."""
    applies = _share(np.isfinite(a.value)), _share(np.isfinite(b.value))
    first, second = a.value[np.isfinite(a.value)], b.value[np.isfinite(b.value)]
    count = min(len(first), len(second))
    if count < 2:
        return _none(*applies)
    parts = [float(values.var(ddof=1)) / len(values) for values in (first, second)]
    error = math.sqrt(sum(parts))
    spread = sum(part**2 / (len(values) - 1) for part, values in zip(parts, (first, second), strict=True))
    freedom = sum(parts) ** 2 / spread if spread > 0 else float(len(first) + len(second) - 2)
    means = float(first.mean()), float(second.mean())
    return Difference(*means, *_interval(means[1] - means[0], error, freedom), None, None, None, *applies, count)


def _none(applies_a: float, applies_b: float) -> Difference:
    """Return that nothing can be compared."""
    return Difference(None, None, None, None, None, None, None, None, None, applies_a, applies_b, 0)


def _share(flags: npt.NDArray[np.bool_]) -> float:
    return float(flags.mean()) if len(flags) else 0.0


def _interval(
    difference: float, error: float | None, freedom: float
) -> tuple[float, float | None, float | None, float | None]:
    """Return a difference with its error and confidence interval by Student's law."""
    if error is None:
        return difference, None, None, None
    reach = float(stdtrit(freedom, (1 + LEVEL) / 2)) * error
    return difference, error, difference - reach, difference + reach


def _correlation(first: Floats, second: Floats) -> float | None:
    spread = float(first.std() * second.std())
    if not spread > 0:
        return None
    return float(((first - first.mean()) * (second - second.mean())).mean() / spread)
