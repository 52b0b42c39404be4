"""Building power plants before their load is known."""

from __future__ import annotations

import numpy as np

from replenish.multistage.modelling.model import Model, linear
from replenish.multistage.modelling.outcomes import Outcomes
from replenish.multistage.modelling.stage import Stage
from replenish.multistage.problems.problem import Problem

BUILD_COST = np.array([16.0, 5.0, 32.0, 2.0])
RUN_COST = np.array([25.0, 80.0, 6.5, 160.0])
HOURS = np.array([8760.0, 7000.0, 1500.0]) / 8760.0
LOADS = np.diff([[0.0, 3919.0, 7329.0, 10315.0], [0.0, 7086.0, 9004.0, 11169.0]])
MOST = 11169.0

UNITS, UNIT_COST, FUEL_COST, UNMET_COST, RATE = 5, 1e4, 4.0, 5e5, 0.99
DEMANDS = 0.5 * np.array(
    [
        [5, 5, 5, 5, 5, 5, 5, 5],
        [4, 3, 1, 3, 0, 9, 8, 17],
        [0, 9, 4, 2, 19, 19, 13, 7],
        [25, 11, 4, 14, 4, 6, 15, 12],
        [6, 7, 5, 3, 8, 4, 17, 13],
    ]
)


def load_blocks(stages: int, penalty: float) -> Model:
    """Return four kinds of plants that serve three blocks of the load duration curve.

    Capacity x' = x + built, none at first; power of a plant over all blocks <= x (what stood before); in each block
    power + unmet >= load, where one `unmet` serves all blocks at `penalty` a unit.  The load is 0 in the first stage,
    then one of two with probability 0.9 and 0.1; nothing is built in the last stage.
    """
    stage = Stage()
    most_built, load = stage.parameter("most_built"), stage.parameter("load", 3)
    capacity = stage.state("capacity", 4, upper=MOST, initial=0)
    built = stage.variable("built", 4, upper=most_built)
    power = stage.variable("power", (4, 3), upper=MOST)
    unmet = stage.variable("unmet", upper=MOST)
    stage.row("growth", capacity.after == capacity.before + built)
    for plant in range(4):
        stage.row(f"limit{plant}", power[plant].sum() <= capacity.before[plant])
    for block in range(3):
        stage.row(f"block{block}", power[:, block].sum() + unmet >= load[block])
    stage.objective(BUILD_COST * built)
    stage.objective(np.outer(RUN_COST, HOURS) * power)
    stage.objective(penalty * unmet)
    chance = [Outcomes({"load": np.zeros((1, 3))}), *[Outcomes({"load": LOADS}, [0.9, 0.1])] * (stages - 1)]
    data = [{"most_built": MOST if t < stages - 1 else 0.0} for t in range(stages)]
    return linear(stage, chance, data=data)


def units(*, is_integer: bool = True) -> Model:
    """Return five equal units, each built at most once, over 5 stages with 8 demands each.

    A unit costs 10,000, its power 4, both discounted by 0.99 a stage; demand that is not met costs 500,000.  A unit
    that is built runs at once; the order of building is fixed, because the units are alike.
    """
    stage = Stage()
    standing = stage.state("standing", UNITS, upper=1, initial=0)
    built = stage.variable("built", UNITS, upper=1, is_integer=is_integer)
    power = stage.variable("power", upper=UNITS)
    unmet = stage.variable("unmet", upper=DEMANDS.max())
    demand, rate = stage.parameter("demand"), stage.parameter("rate")
    stage.row("growth", standing.after == standing.before + built)
    stage.row("limit", power <= standing.after.sum())
    stage.row("balance", unmet + power >= demand)
    stage.row("order", standing.after[:-1] <= standing.after[1:])
    stage.objective(rate * (UNIT_COST * built.sum() + FUEL_COST * power) + UNMET_COST * unmet)
    chance = [Outcomes({"demand": [5 * 0.5]}), *(Outcomes({"demand": row}) for row in DEMANDS[1:])]
    return linear(stage, chance, data=[{"rate": RATE**t} for t in range(len(DEMANDS))])


PROBLEMS = (
    Problem(
        name="expansion-2", case="M6", title="plants for three load blocks, 2 stages",
        build=lambda: load_blocks(2, 1e6), optimum=340315.52, tolerance=0.1,
        source="SDDP.jl, docs/src/examples/StructDualDynProg.jl_prob5.2_2stages.jl",
    ),
    Problem(
        name="expansion-3", case="M7", title="plants for three load blocks, 3 stages",
        build=lambda: load_blocks(3, 1e5), optimum=406712.49, tolerance=0.1,
        source="SDDP.jl, docs/src/examples/StructDualDynProg.jl_prob5.2_3stages.jl",
    ),
    Problem(
        name="generation-shares", title="shares of generating units, 5 stages", build=lambda: units(is_integer=False),
        optimum=2.078860e6, tolerance=1.0, source="SDDP.jl, docs/src/examples/generation_expansion.jl",
        note="Published for whole units within 1,000, but it is the optimum without whole numbers.",
    ),
    Problem(
        name="generation-units", title="whole generating units, 5 stages", build=units,
        optimum=2.078860e6, tolerance=1e3, source="SDDP.jl, docs/src/examples/generation_expansion.jl",
        note="The published number is a bound from below: that of shares of units.",
    ),
)  # fmt: skip
