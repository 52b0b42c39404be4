"""In which order outcomes are solved: each near the one before, so that the last basis is nearly right."""

from __future__ import annotations

import numpy as np

from replenish.multistage.modelling.expression import Floats, Ints
from replenish.multistage.tables.tables import Data

MOST = 2_000
"""Above so many outcomes they are sorted along their widest direction instead: a tour looks at all pairs."""


def visiting_order(data: Data, count: int) -> Ints:
    """Return the first `count` outcomes of a node in the order of a tour that goes to the nearest one left."""
    parts = (data.row_lower, data.row_upper, data.lower, data.upper, data.cost, data.factor)
    points = np.concatenate([np.where(np.isfinite(part[:count]), part[:count], 0.0) for part in parts], axis=1)
    points = points[:, np.ptp(points, axis=0) > 0]
    if count < 3 or not points.size:
        return np.arange(count)
    points = (points - points.mean(axis=0)) / points.std(axis=0)
    if count > MOST:
        direction = np.linalg.svd(points[:MOST], full_matrices=False)[2][0]
        return np.argsort(points @ direction, kind="stable")
    return _tour(points)


def _tour(points: Floats) -> Ints:
    square = (points**2).sum(axis=1)
    left = np.ones(len(points), bool)
    order = [int(np.argmax(square))]  # from the rim, so that no point is left far behind
    for _ in range(len(points) - 1):
        left[order[-1]] = False
        distance = square - 2.0 * (points @ points[order[-1]])
        order.append(int(np.argmin(np.where(left, distance, np.inf))))
    return np.array(order)
