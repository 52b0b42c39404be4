"""One reservoir and a thermal plant."""

from __future__ import annotations

from replenish.multistage.modelling.model import Model, linear
from replenish.multistage.modelling.outcomes import Outcomes
from replenish.multistage.modelling.stage import Stage
from replenish.multistage.problems.problem import Problem

WEEK = Outcomes({"inflow": [0.0, 5.0, 10.0], "demand": [7.5, 5.0, 2.5]})


def week() -> Stage:
    """Return a stage with 5 <= x <= 15, 10 at first; x' = x - hydro - spill + inflow; hydro + thermal = demand.

    The cost is thermal + 10 spill; dry weeks have a high demand.
    """
    stage = Stage()
    water = stage.state("water", lower=5, upper=15, initial=10)
    hydro, thermal = stage.variable("hydro", upper=7.5), stage.variable("thermal", upper=7.5)
    spill = stage.variable("spill", upper=20)
    inflow, demand = stage.parameter("inflow"), stage.parameter("demand")
    stage.row("balance", water.after == water.before - hydro - spill + inflow)
    stage.row("load", hydro + thermal == demand)
    stage.objective(10 * spill + thermal)
    return stage


def hydro(stages: int) -> Model:
    """Return weeks of which each has an inflow and demand of (0, 7.5), (5, 5) or (10, 2.5)."""
    return linear(week(), [WEEK] * stages)


def first_steps() -> Model:
    """Return three weeks with a reservoir of 200, full at first, a load of 150 and fuel at 50, 100 and 150 a unit.

    The inflow is 0, 50 or 100 in each week, the first included.
    """
    stage = Stage()
    water = stage.state("water", upper=200, initial=200)
    hydro, thermal = stage.variable("hydro", upper=150), stage.variable("thermal", upper=150)
    spill = stage.variable("spill", upper=300)
    inflow, fuel_cost = stage.parameter("inflow"), stage.parameter("fuel_cost")
    stage.row("balance", water.after == water.before - hydro - spill + inflow)
    stage.row("load", hydro + thermal == 150)
    stage.objective(fuel_cost * thermal)
    data = [{"fuel_cost": cost} for cost in (50.0, 100.0, 150.0)]
    return linear(stage, [Outcomes({"inflow": [0.0, 50.0, 100.0]})] * 3, data=data)


PROBLEMS = (
    Problem(
        name="hydro-2", case="M18", title="a reservoir over 2 weeks", build=lambda: hydro(2),
        optimum=21.39, tolerance=1e-2, source="SDDP.jl, test/Inner.jl",
    ),
    Problem(
        name="hydro-4", case="M19", title="a reservoir over 4 weeks", build=lambda: hydro(4),
        optimum=45.833, tolerance=1e-3, source="SDDP.jl, test/Inner.jl",
    ),
    Problem(
        name="hydro-20", case="M20", title="a reservoir over 20 weeks", build=lambda: hydro(20),
        optimum=241.3833, tolerance=0.1, source="SDDP.jl, test/Inner.jl",
    ),
    Problem(
        name="hydro-first-steps", title="a large reservoir over 3 weeks", build=first_steps,
        optimum=8333.3333, tolerance=1e-4, source="SDDP.jl, test/hydro_thermal.problem.json and test/MSPFormat.jl",
    ),
)  # fmt: skip
