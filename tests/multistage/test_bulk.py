"""Means over very many outcomes are those of the outcomes one by one, bunched or not."""

from __future__ import annotations

import numpy as np
import pytest

from replenish.multistage import Outcomes, Stage, linear
from replenish.multistage.modelling.model import Model
from replenish.multistage.solving.crew import to_tasks
from replenish.multistage.solving.lanes import Lane
from replenish.multistage.tables.prepare import prepare

COUNT = 1_200


def _depots(spread: float) -> Model:
    """Return eight depots that are supplied first and swap stock once their demands are known."""
    rng = np.random.default_rng(5)
    first, second = Stage(), Stage()
    stock = first.state("stock", 8, upper=100, initial=0)
    first.objective(np.arange(1.0, 9.0) * stock.after)
    stock = second.state("stock", 8, upper=100)
    swapped, short = second.variable("swapped", (8, 8), upper=30), second.variable("short", 8, upper=500)
    demand = second.parameter("demand", 8)
    for here in range(8):
        came = swapped[:, here].sum() - swapped[here, :].sum()
        second.row(f"need{here}", stock.before[here] + came + short[here] >= demand[here])
    second.objective(rng.uniform(0.5, 2.0, (8, 8)) * swapped)
    second.objective(rng.uniform(20.0, 40.0, 8) * short)
    values = 40.0 + spread * rng.uniform(-1.0, 1.0, (COUNT, 8))
    return linear([first, second], [None, Outcomes({"demand": values}, rng.dirichlet(np.ones(COUNT)))])


@pytest.mark.parametrize(("spread", "is_bunched"), [(0.01, True), (40.0, False)])
def test_a_mean_in_bulk_is_the_mean_of_the_outcomes(spread: float, is_bunched: bool) -> None:
    prepared = prepare(_depots(spread))
    chances, state = prepared.layout.probability[1], np.full(8, 30.0)
    bulk, alone = Lane(prepared.tables), Lane(prepared.tables)
    (level, chance, unproven), slope = bulk.solve_bulk(1, np.arange(COUNT), state)
    tasks = to_tasks(np.ones(COUNT, int), np.arange(COUNT), np.zeros(COUNT, int), -1)
    found = alone.solve(tasks, state[None, :])
    assert (int(bulk.counts["solves"][0]) < COUNT / 10) == is_bunched
    assert (chance, unproven) == (pytest.approx(1.0), 0.0)
    assert level + slope @ state == pytest.approx(float(chances @ found.answers["value"]), rel=1e-9)
    assert level + slope @ state <= chances @ found.answers["value"]
