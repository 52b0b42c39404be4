"""A hay farm over a year of three cuttings, with a Markov chain of weather."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from replenish.multistage.modelling.model import Model, markov
from replenish.multistage.modelling.stage import Stage
from replenish.multistage.problems.problem import Problem

DAYS = np.array([60.0, 60.0, 245.0])
FEED = np.array([210.0, 210.0, 858.0])
YIELD = np.array([[30.0, 75.0, 37.5], [15.0, 37.5, 18.25], [7.5, 18.75, 9.325]])  # [cutting, weather] bales an acre
FEED_COST = np.array([[0.0, 1.0, 2.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]])  # [cutting, period]
SELL_PRICE, BUY_PRICE = np.array([4.5, 5.5, 6.5]), np.array([5.0, 6.0, 7.0])
WEATHER = np.array([0.14, 0.69, 0.17])  # dry, normal, wet
ACRES, STORE, MARKET, GROWING_COST, STORING_COST, PENALTY = 60.0, 3000.0, 3000.0, 50.0, 0.05, 1000.0
MOST = STORE + MARKET + ACRES * YIELD.max() + FEED.max()


def mccardle() -> Model:
    """Return the farm: plan the acres, then cut, buy, feed and sell bales in three periods.

    Acres only shrink.  A period's cutting grows acres x yield of its weather.  The bales of each cutting change by
    bought + grown - eaten - sold, and at a penalty of 1,000 a bale by found - lost.  The store holds 3,000 bales in
    all; one sells from what was in store, at most 3,000 bales; the cattle must eat the feed of the period.
    """
    plan, season = Stage(), _season()
    acres = plan.state("acres", upper=ACRES, initial=ACRES)
    bales = plan.state("bales", 3, upper=STORE, initial=0)
    plan.row("shrink", acres.after <= acres.before)
    plan.row("keep", bales.after == bales.before)
    data: list[list[dict[str, npt.ArrayLike]]] = [[{}]]
    for period in range(3):
        cutting = np.eye(3)[period]
        fixed = {"feed": FEED[period], "days": DAYS[period], "feed_cost": FEED_COST[:, period]}
        data.append([fixed | {"grown": cutting * YIELD[period, weather]} for weather in range(3)])
    transitions = [np.ones((1, 1)), WEATHER[None, :], *[np.tile(WEATHER, (3, 1))] * 2]
    return markov([plan, season, season, season], transitions, data=data)


def _season() -> Stage:
    stage = Stage()
    acres = stage.state("acres", upper=ACRES)
    bales = stage.state("bales", 3, upper=STORE)
    bought, sold, eaten = (stage.variable(name, 3, upper=MOST) for name in ("bought", "sold", "eaten"))
    found, lost = (stage.variable(name, 3, upper=MOST) for name in ("found", "lost"))
    grown, feed_cost = stage.parameter("grown", 3), stage.parameter("feed_cost", 3)
    feed, days = stage.parameter("feed"), stage.parameter("days")
    stage.row("shrink", acres.after <= acres.before)
    stage.row("fed", eaten.sum() >= feed)
    stage.row("balance", bales.after == bales.before + bought - eaten - sold + found - lost + grown * acres.before)
    stage.row("store", bales.after.sum() <= STORE)
    stage.row("in_store", sold <= bales.before)
    stage.row("market", sold.sum() <= MARKET)
    stage.objective(PENALTY * (found + lost))
    stage.objective(GROWING_COST * acres.before)
    stage.objective(STORING_COST * days * bales.before)
    stage.objective(BUY_PRICE * bought + feed_cost * eaten - SELL_PRICE * sold)
    return stage


PROBLEMS = (
    Problem(
        name="mccardle-farm", case="M8", title="a hay farm in uncertain weather", build=mccardle,
        optimum=4074.1391, tolerance=1e-4,
        source="SDDP.jl, docs/src/examples/agriculture_mccardle_farm.jl; R. McCardle, Farm management optimization, "
        "Master's thesis, University of Louisville, 2009",
    ),
)  # fmt: skip
