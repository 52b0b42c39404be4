"""The three examples of the package FAST (Cambier and Scieur), as given by SDDP.jl."""

from __future__ import annotations

import numpy as np

from replenish.multistage.modelling.model import Model, linear
from replenish.multistage.modelling.outcomes import Outcomes
from replenish.multistage.modelling.stage import Stage
from replenish.multistage.problems.problem import Problem

SOURCE = "SDDP.jl, docs/src/examples/FAST_{}.jl, after github.com/leopoldcambier/FAST"


def hydro_thermal() -> Model:
    """Return a reservoir and a thermal plant that meet a demand of 6 in each of 2 stages; gain -5 a unit of fuel.

    Water x in [0, 8], empty at first; x' <= x - release + rain; fuel + release >= 6.  Rain is 6, then 2 or 10.
    """
    stage = Stage("max")
    water = stage.state("water", upper=8, initial=0)
    release = stage.variable("release", upper=18)
    fuel = stage.variable("fuel", upper=6)
    rain = stage.parameter("rain")
    stage.row("demand", fuel + release >= 6)
    stage.row("balance", water.after <= water.before - release + rain)
    stage.objective(-5 * fuel)
    return linear(stage, [Outcomes({"rain": [6.0]}), Outcomes({"rain": [2.0, 10.0]})])


def production() -> Model:
    """Return two products that are made at a cost of 0.2 and 0.7 one stage before they are sold at 2.33 and 2.54.

    Sales of both together are at most the demand: 0 in the first stage, then 2 or 10 in each of two.
    """
    stage = Stage()
    stock = stage.state("stock", 2, upper=10, initial=0)
    sold = stage.variable("sold", 2, upper=10)
    demand = stage.parameter("demand")
    stage.row("available", sold <= stock.before)
    stage.row("wanted", sold.sum() <= demand)
    stage.objective(np.array([0.2, 0.7]) * stock.after - np.array([2.33, 2.54]) * sold)
    later = Outcomes({"demand": [2.0, 10.0]})
    return linear(stage, [Outcomes({"demand": [0.0]}), later, later])


def quickstart() -> Model:
    """Return a good bought at 1 in the first stage and sold at 2 in the second, which takes at most 2 or 3."""
    buy, sell = Stage(), Stage()
    bought = buy.state("bought", upper=3, initial=0)
    buy.objective(bought.after)
    bought, most = sell.state("bought", upper=3), sell.parameter("most")
    sold = sell.variable("sold", upper=most)
    sell.row("available", sold <= bought.before)
    sell.objective(-2 * sold)
    return linear([buy, sell], [None, Outcomes({"most": [2.0, 3.0]})])


PROBLEMS = (
    Problem(
        name="fast-hydro-thermal", case="M1", title="a reservoir and a thermal plant", build=hydro_thermal,
        optimum=-10.0, tolerance=1e-6, source=SOURCE.format("hydro_thermal"),
    ),
    Problem(
        name="fast-production", case="M2", title="two products made before they are sold", build=production,
        optimum=-23.96, tolerance=1e-2, source=SOURCE.format("production_management"),
    ),
    Problem(
        name="fast-quickstart", case="M3", title="buy now, sell later", build=quickstart,
        optimum=-2.0, tolerance=1e-6, source=SOURCE.format("quickstart"),
    ),
)  # fmt: skip
