"""Buying and selling at prices that follow a Markov chain."""

from __future__ import annotations

import numpy as np

from replenish.multistage.modelling.expression import Ints
from replenish.multistage.modelling.model import Model, markov
from replenish.multistage.modelling.outcomes import Outcomes
from replenish.multistage.modelling.risk import CVaR, Expectation, Mix, RiskMeasure
from replenish.multistage.modelling.stage import Stage
from replenish.multistage.problems.problem import Problem

DEMANDS = ((10.0, 15.0), (12.0, 20.0), (8.0, 20.0))
STEPS = (-2, -1, 1, 2)  # eighths of a unit of price


def newsvendor(risk: RiskMeasure | None = None) -> Model:
    """Return three stages that buy at a random price and sell between half of the demand and all of it at 7.

    The stock is 5 at first and 100 at most.
    The price is 5 in the first stage, 5 or 8 (0.6, 0.4) in the second, and (0.3, 0.7) from either in the third.
    """
    stage = Stage()
    demand, price = stage.parameter("demand"), stage.parameter("price")
    stock = stage.state("stock", upper=100, initial=5)
    bought = stage.variable("bought", upper=120)
    sold = stage.variable("sold", lower=0.5 * demand, upper=demand)
    stage.row("balance", stock.after == stock.before + bought - sold)
    stage.objective(price * bought - 7 * sold)
    prices = ((5.0,), (5.0, 8.0), (5.0, 8.0))
    transitions = ([[1.0]], [[0.6, 0.4]], [[0.3, 0.7], [0.3, 0.7]])
    chance = [[Outcomes({"demand": DEMANDS[t]})] * len(row) for t, row in enumerate(prices)]
    data = [[{"price": price} for price in row] for row in prices]
    return markov(stage, transitions, outcomes=chance, data=data, risk=risk)


def spot_price(stages: int = 3) -> Model:
    """Return a stock of 2 that gains 0 to 0.5 a stage and is sold by at most 1 a stage at a spot price; gains count.

    The price is 1.5 at first and moves by -0.25, -0.125, 0.125 or 0.25 before each sale, with equal chance.
    """
    stage = Stage("max")
    stock = stage.state("stock", upper=2 + 0.5 * stages, initial=2)
    sold = stage.variable("sold", upper=1)
    gained, price = stage.parameter("gained"), stage.parameter("price")
    stage.row("balance", stock.after == stock.before - sold + gained)
    stage.objective(price * sold)
    levels: list[Ints] = [np.array([0])]
    transitions = []
    for _ in range(stages):
        reached = levels[-1][:, None] + np.array(STEPS)
        levels.append(np.unique(reached))
        transitions.append((reached[:, :, None] == levels[-1]).mean(axis=1))
    chance = Outcomes({"gained": np.arange(11) * 0.05})
    data = [[{"price": 1.5 + level / 8} for level in row] for row in levels[1:]]
    return markov(stage, transitions, outcomes=[[chance] * len(row) for row in levels[1:]], data=data)


PROBLEMS = (
    Problem(
        name="newsvendor", case="M24", title="buy at Markov prices for random demand", build=newsvendor,
        optimum=-97.9, tolerance=1e-6, source="msppy, quick_start/newsvendor.py",
    ),
    Problem(
        name="newsvendor-averse", title="the same, half mean and half the worst 60 %",
        build=lambda: newsvendor(Mix((0.5, Expectation()), (0.5, CVaR(0.6)))), optimum=-91.6, tolerance=1e-6,
        source="msppy, quick_start/newsvendor.py",
    ),
    Problem(
        name="spot-price", title="sell a stock at a wandering price", build=spot_price,
        optimum=4.04, tolerance=0.05, source="SDDP.jl, docs/src/examples/objective_state_newsvendor.jl",
        note="There the price is an objective state; here it is a Markov chain of the same law.  By dynamic "
        "programming the optimum is 4.0847.",
    ),
)  # fmt: skip
