"""Stocks emptied or filled at a price that swings with the season, from StochDynamicProgramming.jl."""

from __future__ import annotations

import math

import numpy as np

from replenish.multistage.modelling.model import Model, linear
from replenish.multistage.modelling.outcomes import Outcomes, independent
from replenish.multistage.modelling.stage import Stage
from replenish.multistage.problems.problem import Problem

SOURCE = "SDDP.jl, docs/src/examples/StochDynamicProgramming.jl_{}.jl"
STAGES = 5


def _prices() -> list[dict[str, float]]:
    return [{"price": math.sin(3 * t) - 1} for t in range(1, STAGES + 1)]


def stock() -> Model:
    """Return a stock in [0, 1], 0.5 at first, from which up to 0.5 is drawn in each of 5 stages.

    x' = x - drawn + supply with supply = k/30, k = 0..9; the cost is (sin 3t - 1) a unit drawn, t = 1..5.
    """
    stage = Stage()
    level = stage.state("level", upper=1, initial=0.5)
    drawn = stage.variable("drawn", upper=0.5)
    price, supply = stage.parameter("price"), stage.parameter("supply")
    stage.row("balance", level.after == level.before - drawn + supply)
    stage.objective(price * drawn)
    return linear(stage, [Outcomes({"supply": np.arange(10) / 30})] * STAGES, data=_prices())


def multistock(stocks: int = 3) -> Model:
    """Return stocks in [0, 1], 0.5 at first, each filled by up to 0.5 in each of 5 stages.

    x' = x + filled - demand with demands of 0, 0.15 or 0.3, independent of each other; all filling together is at most
    0.5 a stock; the cost is (sin 3t - 1) a unit filled, t = 1..5.
    """
    stage = Stage()
    level = stage.state("level", stocks, upper=1, initial=0.5)
    filled = stage.variable("filled", stocks, upper=0.5)
    price = stage.parameter("price")
    demands = [stage.parameter(f"demand{k}") for k in range(stocks)]
    stage.row("most", filled.sum() <= 0.5 * stocks)
    for k, demand in enumerate(demands):
        stage.row(f"balance{k}", level.after[k] == level.before[k] + filled[k] - demand)
    stage.objective(price * filled)
    chance = independent([Outcomes({f"demand{k}": [0.0, 0.15, 0.3]}) for k in range(stocks)])
    return linear(stage, [chance] * STAGES, data=_prices())


PROBLEMS = (
    Problem(
        name="stock", case="M4", title="one stock sold at a seasonal price", build=stock,
        optimum=-1.471, tolerance=1e-3, source=SOURCE.format("stock"),
    ),
    Problem(
        name="multistock", case="M5", title="three stocks bought at a seasonal price", build=multistock,
        optimum=-4.349, tolerance=1e-2, source=SOURCE.format("multistock"),
        note="The published number is a bound after 100 iterations, from below.  The common limit never binds, so that "
        "the optimum is three times that of one stock: `multistock(1)`.",
    ),
)  # fmt: skip
