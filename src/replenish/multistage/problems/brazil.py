"""The Brazilian interconnected system: four equivalent reservoirs, 95 thermal plants, exchange between regions."""

from __future__ import annotations

import csv
from importlib.resources import files

import numpy as np

from replenish.multistage.modelling.expression import Floats, Ints
from replenish.multistage.modelling.model import Model, linear
from replenish.multistage.modelling.outcomes import Outcomes
from replenish.multistage.modelling.stage import Stage
from replenish.multistage.problems.problem import Problem

SOURCE = "msppy, doc/source/examples/hydro_thermal{}; Ding, Ahmed and Shapiro (2019), A Python package for multi-stage "
SOURCE += "stochastic programming"
DISCOUNT = 0.9906
SPILL_COST = 0.001
REGIONS = np.arange(4)


def build(stages: int = 3) -> Model:
    """Return months that begin in January, each with one of 82 historical inflows after the first.

    In each region stored' + spill + hydro = stored + inflow, and hydro + thermal + unmet + received - sent = demand.
    Energy is also exchanged through a station without demand.  Thermal plants have a least output and a cost; demand
    that is not met costs 1,142.80 to 5,845.54 by its share; spill costs 0.001.  A month counts 0.9906 times the one
    before.  Energy is in MW-months.
    """
    inflows, demand = _table("inflows"), _table("demand")[:, 1:]
    by_month = np.stack([inflows[inflows[:, 0] == region, 2:] for region in REGIONS], axis=2)  # [year, month, region]
    chance = [Outcomes({"inflow": by_month[:, month]}) for month in range(12)]
    first = Outcomes({"inflow": _table("regions")[:, 4][None, :]})
    return linear(
        _stage(by_month.max(axis=(0, 1))),
        [first, *(chance[t % 12] for t in range(1, stages))],
        data=[{"demand": demand[t % 12]} for t in range(stages)],
        discount=DISCOUNT,
    )


def _stage(most_inflow: Floats) -> Stage:
    stage = Stage()
    _, initial, most_stored, most_hydro, first_inflow = _table("regions").T
    plants, exchanges, shares = _table("thermals"), _table("exchanges"), _table("deficits")
    demand, inflow = stage.parameter("demand", 4), stage.parameter("inflow", 4)
    stored = stage.state("stored", 4, upper=most_stored, initial=initial)
    hydro = stage.variable("hydro", 4, upper=most_hydro)
    spill = stage.variable("spill", 4, upper=most_stored + np.maximum(most_inflow, first_inflow))
    thermal = stage.variable("thermal", len(plants), lower=plants[:, 1], upper=plants[:, 2])
    unmet = stage.variable("unmet", (4, len(shares)), upper=demand[:, None] * shares[:, 1])
    sent = stage.variable("sent", len(exchanges), upper=exchanges[:, 2])
    received = _places(exchanges[:, 1], 5) - _places(exchanges[:, 0], 5)
    stage.row("balance", stored.after + spill + hydro == stored.before + inflow)
    met = hydro + _places(plants[:, 0], 4) @ thermal + received[:4] @ sent
    for region in REGIONS:
        stage.row(f"demand{region}", met[region] + unmet[region].sum() == demand[region])
    stage.row("station", received[4] @ sent == 0)
    stage.objective(SPILL_COST * spill)
    stage.objective(plants[:, 3] * thermal)
    stage.objective(shares[:, 0] * unmet)
    stage.objective(exchanges[:, 3] * sent)
    return stage


def _places(place: Floats | Ints, count: int) -> Floats:
    """Return a matrix, (place, entry), that is 1 where an entry has its place."""
    found: Floats = (np.arange(count)[:, None] == place).astype(float)
    return found


def _table(name: str) -> Floats:
    """Return a table of the data as numbers; months become 0 to 11."""
    text = files("replenish.multistage.problems").joinpath(f"data/brazil/{name}.csv").read_text(encoding="utf-8")
    rows = list(csv.reader(text.splitlines()))[1:]
    if name == "demand":
        rows = [[str(month), *row[1:]] for month, row in enumerate(rows)]
    return np.array(rows, float)


PROBLEMS = (
    Problem(
        name="brazil-3", case="M25", title="four Brazilian reservoirs over 3 months", build=build,
        optimum=782309.188, tolerance=1e-6, is_relative=True, source=SOURCE.format("/introduction.ipynb"),
        note="With a first inflow of 2525.2938 in region 3, as in the notebook; copies that say 2525.938 have another "
        "optimum, lower by 1.3.",
    ),
    Problem(
        name="brazil-120", title="four Brazilian reservoirs over 10 years", build=lambda: build(120),
        optimum=None, tolerance=0.0, source=SOURCE.format(""),
    ),
)  # fmt: skip
