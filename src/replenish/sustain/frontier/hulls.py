"""Lower hulls of cost and objective, and points that no other beats."""

from __future__ import annotations

import numpy as np

from replenish.arrays.groups import Floats, Ints


def lower_hull(cost: Floats, value: Floats) -> Ints:
    """Return the corners, by rising cost, of the lower convex hull of points as long as it falls.

    >>> lower_hull(np.array([0.0, 1.0, 2.0, 3.0]), np.array([9.0, 8.0, 4.0, 4.0])).tolist()
    [0, 2]
    """
    found: list[int] = []
    for point in np.lexsort((value, cost)).tolist():
        if found and value[point] >= value[found[-1]]:
            continue
        while len(found) >= 2:
            last, before = found[-1], found[-2]
            old = (value[before] - value[last]) / (cost[last] - cost[before])
            if (value[last] - value[point]) / (cost[point] - cost[last]) < old:
                break
            found.pop()
        found.append(point)
    return np.array(found, np.int64)


def undominated(cost: Floats, value: Floats) -> Ints:
    """Return the points, by rising cost, that no cheaper or equally dear one equals or beats."""
    order = np.lexsort((value, cost))
    least = np.minimum.accumulate(value[order])
    is_new = np.concatenate(([True], value[order][1:] < least[:-1]))
    return order[is_new]
