"""Two reservoirs in a chain, with random inflow and a Markov chain of prices."""

from __future__ import annotations

import numpy as np

from replenish.multistage.modelling.model import Model, markov
from replenish.multistage.modelling.outcomes import Outcomes
from replenish.multistage.modelling.program import Sense
from replenish.multistage.modelling.risk import CVaR, Expectation, Mix, ModifiedChiSquared, RiskMeasure, WorstCase
from replenish.multistage.modelling.stage import Stage
from replenish.multistage.problems.problem import Problem

SOURCE = "SDDP.jl, docs/src/examples/hydro_valley.jl"
FLOW, POWER = np.array([50.0, 60.0, 70.0]), np.array([55.0, 65.0, 70.0])
INFLOWS = np.array([[0.0, 0.0], [20.0, 0.0], [50.0, 20.0]])  # [outcome, reservoir]
PRICES = np.array([[1.0, 2.0], [2.0, 1.0], [3.0, 4.0]])  # [stage, regime]
FULL, SPILL_COST = 200.0, 1000.0
TRANSITIONS = ([[1.0]], [[0.6, 0.4]], [[0.6, 0.4], [0.3, 0.7]])


def valley(
    *, has_inflow: bool = True, has_prices: bool = True, sense: Sense = "max", risk: RiskMeasure | None = None
) -> Model:
    """Return three stages of generation from two full reservoirs of 200; gains are price x power - 1,000 x spill.

    The turbine of each runs on a mixture of three working points (flow, power), of weight at most 1; what leaves the
    upper reservoir enters the lower one.  Rain is 0 in the first stage; inflow may be any part of the rain.

    Args:
        has_inflow: rain of (0, 0), (20, 0) or (50, 20) in the second and third stage; otherwise none.
        has_prices: prices by regime; otherwise those of the first regime.
        sense: "min" gives the same model with the sign of the gains turned.
        risk: measure at every node; default the mean.
    """
    transitions = TRANSITIONS if has_prices else ([[1.0]],) * 3
    sizes = [len(matrix[0]) for matrix in transitions]
    chance = [Outcomes({"rain": INFLOWS if has_inflow and t else INFLOWS[:1]}) for t in range(3)]
    data = [[{"price": PRICES[t, regime]} for regime in range(size)] for t, size in enumerate(sizes)]
    outcomes = [[chance[t]] * size for t, size in enumerate(sizes)]
    return markov(_stage(sense), transitions, outcomes=outcomes, data=data, risk=risk)


def _stage(sense: Sense) -> Stage:
    stage = Stage(sense)
    level = stage.state("level", 2, upper=FULL, initial=FULL)
    weight = stage.variable("weight", (2, 3), upper=1)
    flow = stage.variable("flow", 2, upper=FLOW.max())
    most = FULL + INFLOWS.max(axis=0)
    spill = stage.variable("spill", 2, upper=[most[0], most.sum() + FLOW.max()])
    rain, price = stage.parameter("rain", 2), stage.parameter("price")
    inflow = stage.variable("inflow", 2, upper=rain)
    power = stage.variable("power", upper=2 * POWER.max())
    stage.row("upper", level.after[0] == level.before[0] + inflow[0] - flow[0] - spill[0])
    stage.row("lower", level.after[1] == level.before[1] + inflow[1] - flow[1] - spill[1] + flow[0] + spill[0])
    stage.row("generation", power == (POWER * weight).sum())
    for k in range(2):
        stage.row(f"turbine{k}", flow[k] == (FLOW * weight[k]).sum())
        stage.row(f"weights{k}", weight[k].sum() <= 1)
    stage.objective((price * power - SPILL_COST * spill.sum()) * (1.0 if sense == "max" else -1.0))
    return stage


def _mean_and(measure: RiskMeasure) -> Mix:
    return Mix((0.5, Expectation()), (0.5, measure))


PROBLEMS = (
    Problem(
        name="valley", case="M12", title="two reservoirs, nothing random",
        build=lambda: valley(has_inflow=False, has_prices=False), optimum=835.0, tolerance=1e-3, source=SOURCE,
    ),
    Problem(
        name="valley-inflow", case="M13", title="two reservoirs, random inflow",
        build=lambda: valley(has_prices=False), optimum=838.33, tolerance=1e-2, source=SOURCE,
    ),
    Problem(
        name="valley-price", case="M14", title="two reservoirs, Markov prices",
        build=lambda: valley(has_inflow=False), optimum=851.8, tolerance=1e-2, source=SOURCE,
    ),
    Problem(
        name="valley-both", case="M15", title="two reservoirs, random inflow and Markov prices",
        build=valley, optimum=855.0, tolerance=1.0, source=SOURCE,
    ),
    Problem(
        name="valley-mean-worst", case="M16", title="two reservoirs, half mean and half worst case",
        build=lambda: valley(sense="min", risk=_mean_and(WorstCase())), optimum=-780.867, tolerance=1.0, source=SOURCE,
    ),
    Problem(
        name="valley-chi-squared", case="M17", title="two reservoirs, worst probabilities within a distance of 1/6",
        build=lambda: valley(has_prices=False, risk=ModifiedChiSquared(1 / 6)), optimum=836.695, tolerance=1.0,
        source=SOURCE,
    ),
    Problem(
        name="valley-chi-squared-far", title="two reservoirs, probabilities as bad as the worst case",
        build=lambda: valley(has_prices=False, risk=ModifiedChiSquared((2 / 3) ** 0.5 - 1e-6)), optimum=835.0,
        tolerance=1.0, source=SOURCE,
    ),
    Problem(
        name="valley-cvar", title="two reservoirs, half mean and half the worst 66 %",
        build=lambda: valley(risk=_mean_and(CVaR(0.66))), optimum=828.157, tolerance=1.0, source=SOURCE,
    ),
)  # fmt: skip
