"""Both engines behind one call: tests that follow from the documentation alone are run on each."""

from __future__ import annotations

from functools import cache

import numpy as np
from hypothesis import strategies as st

from replenish.arrays import Arrays, to_arrays
from replenish.arrays.groups import Floats
from replenish.simulation.reference import simulate_reference
from tests.simulation.random_scenarios import random_scenario

Readings = dict[str, Floats]  # each (period, path, thing)

ENGINES = ("kernel", "reference")
SEVERAL = 32  # paths of a random scenario

numbers = st.integers(0, 59)
"""Random scenarios that tests draw from: few enough to simulate each once."""


def readings_of(arrays: Arrays, engine: str, *, seed: int = 1, paths: int = SEVERAL) -> Readings:
    """Return the readings that an engine writes for paths 0, 1, ..."""
    if engine == "reference":
        return simulate_reference(arrays, seed=seed, paths=np.arange(paths))
    from tests.simulation.runs import trace  # compiles the kernel, which the reference does not need

    return trace(arrays, seed=seed, paths=paths)


@cache
def random_arrays(number: int) -> Arrays:
    """Return a random scenario as arrays."""
    return to_arrays(random_scenario(number))[0]


@cache
def random_readings(number: int, engine: str) -> Readings:
    """Return the readings of 32 paths of a random scenario."""
    return readings_of(random_arrays(number), engine, seed=number)


def gross(readings: Readings) -> float:
    """Return the largest quantity that flows or lies anywhere, at least 1: what rounding is measured against."""
    names = ("on_hand", "outside", "on_order", "in_transit", "demand", "backorders", "production", "shipped")
    return max([1.0, *(float(np.abs(readings[name]).max(initial=0.0)) for name in names)])
