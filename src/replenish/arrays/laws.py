"""Single laws out of the joined tables."""

from __future__ import annotations

import numpy as np

from replenish import draws
from replenish.arrays.groups import Laws


def law_of(laws: Laws, number: int) -> draws.Law:
    """Return one law of the joined tables."""
    kind, start = int(laws.kind[number]), int(laws.offset[number])
    if kind == draws.FIXED:
        return draws.fixed()
    if kind == draws.COUNT:
        end = start + int(np.argmax(laws.thresholds[start:] == draws.WORD - 1)) + 1
        return draws.Law(kind, int(laws.base[number]), thresholds=laws.thresholds[start:end])
    return draws.Law(kind, knots=laws.knots[start : start + draws.KNOTS])
