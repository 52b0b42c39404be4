"""Saving for a goal in stocks and bonds."""

from __future__ import annotations

import numpy as np

from replenish.multistage.modelling.expression import Expression
from replenish.multistage.modelling.model import Model, markov
from replenish.multistage.modelling.outcomes import Outcomes
from replenish.multistage.modelling.program import Sense
from replenish.multistage.modelling.risk import CVaR, Expectation, Mix
from replenish.multistage.modelling.stage import Stage
from replenish.multistage.problems.problem import Problem

SOURCE = "SDDP.jl, docs/src/examples/asset_management_{}.jl; after Birge and Louveaux (2011), section 1.2"
RETURNS = ({"stock": 1.25, "bond": 1.14}, {"stock": 1.06, "bond": 1.12})
START, GOAL = 55.0, 80.0
MOST = (START + 10) * 1.25**3
TRANSITIONS = [np.ones((1, 1)), np.full((1, 2), 0.5), np.full((2, 2), 0.5), np.full((2, 2), 0.5)]


def _invest(sense: Sense) -> tuple[Stage, Expression]:
    """Return a stage that splits what the assets are worth, plus cash, and the stocks that it then holds."""
    stage = Stage(sense)
    stocks, bonds = (stage.state(name, upper=MOST, initial=0) for name in ("stocks", "bonds"))
    stock, bond, cash = (stage.parameter(name) for name in ("stock", "bond", "cash"))
    stage.row("budget", stocks.after + bonds.after == stock * stocks.before + bond * bonds.before + cash)
    return stage, stocks.after


def _settle(sense: Sense) -> Stage:
    """Return the last stage: what is short of the goal costs 4 a unit, what is over earns 1."""
    stage = Stage(sense)
    stocks, bonds = (stage.state(name, upper=MOST) for name in ("stocks", "bonds"))
    stock, bond = stage.parameter("stock"), stage.parameter("bond")
    short, over = stage.variable("short", upper=GOAL), stage.variable("over", upper=MOST)
    stage.row("goal", stock * stocks.before + bond * bonds.before - over + short == GOAL)
    stage.objective((4 * short - over) * (1.0 if sense == "min" else -1.0))
    return stage


def simple() -> Model:
    """Return 55 saved over three periods for a goal of 80; stocks and bonds return 1.25 and 1.14, or 1.06 and 1.12.

    What is short of the goal costs 4 a unit, what is over earns 1.
    """
    (invest, _), settle = _invest("min"), _settle("min")
    first = {"stock": 0.0, "bond": 0.0, "cash": START}
    middle = [RETURNS[k] | {"cash": 0.0} for k in range(2)]
    data = [[first], middle, middle, list(RETURNS)]
    return markov([invest, invest, invest, settle], TRANSITIONS, data=data)


def stagewise() -> Model:
    """Return the same with a bonus of 2 % on stocks or none, and cash of -1 or 5, in the middle periods; gains count.

    Half the mean and half the mean of the worst half weigh what follows the third period; elsewhere the mean does.
    """
    (invest, stocks), settle = _invest("max"), _settle("max")
    invest.objective(invest.parameter("bonus") * stocks)
    chance = Outcomes({"cash": [-1.0, 5.0], "bonus": [0.02, 0.0]}, [0.6, 0.4])
    data = [[{"stock": 1.0, "bond": 1.0, "cash": START, "bonus": 0.0}], list(RETURNS), list(RETURNS), list(RETURNS)]
    outcomes: list[list[Outcomes | None]] = [[None], [chance, chance], [chance, chance], [None, None]]
    model = markov([invest, invest, invest, settle], TRANSITIONS, outcomes=outcomes, data=data)
    model.risks |= {name: Mix((0.5, Expectation()), (0.5, CVaR(0.5))) for name in ("3-0", "3-1")}
    return model


PROBLEMS = (
    Problem(
        name="assets", case="M11", title="saving for a goal", build=simple,
        optimum=1.514, tolerance=1e-4, source=SOURCE.format("simple"),
    ),
    Problem(
        name="assets-stagewise", title="saving for a goal, with cash flows and risk", build=stagewise,
        optimum=1.278, tolerance=1e-3, source=SOURCE.format("stagewise"),
    ),
)  # fmt: skip
