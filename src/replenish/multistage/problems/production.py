"""Air conditioners made in regular time or overtime before their demand is known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from replenish.multistage.modelling.model import Model, linear, markov
from replenish.multistage.modelling.outcomes import Outcomes
from replenish.multistage.modelling.stage import Stage
from replenish.multistage.problems.problem import Problem

SOURCE = "SDDP.jl, {}; after Birge and Louveaux (1997), Introduction to Stochastic Programming, p. 237"
LOW_HIGH = (100.0, 300.0)


def _stage(*, is_integer: bool, most_stored: float = 100.0) -> Stage:
    """Return a month: up to 200 made at `cost`, overtime at 300 and storage at 50 a unit; all demand is met."""
    stage = Stage()
    stored = stage.state("stored", upper=most_stored, initial=0)
    made = stage.variable("made", upper=200, is_integer=is_integer)
    overtime = stage.variable("overtime", upper=max(LOW_HIGH) + most_stored, is_integer=is_integer)
    demand, cost = stage.parameter("demand"), stage.parameter("cost")
    stage.row("balance", stored.after == stored.before + made + overtime - demand)
    stage.objective(cost * made + 300 * overtime + 50 * stored.after)
    return stage


def air_conditioning(
    demands: Sequence[Sequence[float]] = ((100.0,), LOW_HIGH, LOW_HIGH),
    high: float = 0.5,
    *,
    is_integer: bool = True,
    most_stored: float = 100.0,
) -> Model:
    """Return months of production, of which at most `most_stored` units are kept for later.

    Args:
        demands: possible demands of each month.
        high: probability of the higher demand, where there are two.
        is_integer: make whole units only.
        most_stored: limit of the store [unit].
    """
    chance = [Outcomes({"demand": row}, [1 - high, high] if len(row) == 2 else None) for row in demands]
    stage = _stage(is_integer=is_integer, most_stored=most_stored)
    return linear(stage, chance, data=[{"cost": 100.0}] * len(demands))


def air_conditioning_markov() -> Model:
    """Return three months in which the second decides between demand 100 and 300 for the third as well.

    In the high regime a unit costs 102, in the low one 101.
    """
    low, high = ({"demand": demand, "cost": 101.0 + k} for k, demand in enumerate(LOW_HIGH))
    transitions = [np.ones((1, 1)), np.array([[0.5, 0.5]]), np.eye(2)]
    return markov(_stage(is_integer=False), transitions, data=[[low], [low, high], [low, high]])


PROBLEMS = (
    Problem(
        name="air-conditioning", case="M9", title="air conditioners in 3 months", build=air_conditioning,
        optimum=62_500.0, tolerance=0.1, source=SOURCE.format("docs/src/examples/air_conditioning.jl"),
        note="The first month makes 200 and stores 100.",
    ),
    Problem(
        name="air-conditioning-52", case="M10", title="air conditioners in 52 months",
        build=lambda: air_conditioning([LOW_HIGH] * 52, is_integer=False),
        optimum=1_432_500.0, tolerance=0.1, source=SOURCE.format("docs/src/guides/use_multithreading.md"),
    ),
    Problem(
        name="air-conditioning-markov", title="air conditioners, demand that stays", build=air_conditioning_markov,
        optimum=65_650.0, tolerance=1e-4, source=SOURCE.format("test/algorithm.jl"),
    ),
    Problem(
        name="air-conditioning-skewed", title="air conditioners, high demand with probability 0.6",
        build=lambda: air_conditioning(high=0.6, most_stored=1000.0),
        optimum=68_200.0, tolerance=0.1, source="msppy, quick_start/air_conditioners.py",
        note="The store has no limit there; 1,000 never binds, since later demand is at most 600.",
    ),
)  # fmt: skip
