"""Costs of a hub and its stores."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import gammainc

from replenish.errors import UsageError
from replenish.sustain.holding_costs import Hub, Prices, best_hub_levels, best_levels, evaluate_hub, hub_costs
from tests.sustain.networks import network

# number: demand of a store, stores, price of a backorder, batch of the hub; (hub r0, store r) -> cost, twice
PROBLEMS = {
    1: (0.1, 4, 20, 1, ((-1, 1), 7.30), ((-1, 0), 4.77)),
    2: (0.1, 4, 20, 4, ((-2, 1), 7.85), ((-1, 0), 5.45)),
    5: (0.1, 4, 5, 1, ((0, 0), 4.37), ((0, -1), 3.02)),
    6: (0.1, 4, 5, 4, ((-1, 0), 4.91), ((-1, -1), 3.82)),
    10: (0.1, 32, 20, 4, ((-4, 1), 57.57), ((1, 0), 34.10)),
    13: (0.1, 32, 5, 1, ((4, 0), 31.65), ((4, -1), 18.85)),
    17: (1, 4, 20, 1, ((3, 3), 13.01), ((4, 2), 12.02)),
    18: (1, 4, 20, 4, ((1, 3), 12.97), ((2, 2), 12.38)),
    21: (1, 4, 5, 1, ((3, 2), 9.17), ((3, 1), 8.13)),
    22: (1, 4, 5, 4, ((1, 2), 9.07), ((2, 1), 8.44)),
    26: (1, 32, 20, 4, ((33, 2), 85.19), ((30, 2), 84.51)),
    29: (1, 32, 5, 1, ((27, 2), 67.51), ((30, 1), 55.95)),
}


def alike(
    demand: float, stores: int, backorder: float, *, holding: float = 1.0, time: float = 1.0
) -> tuple[Hub, Prices]:
    """Return a hub with stores alike, a day away."""
    hub = Hub(np.full(stores, float(demand)), np.ones(stores), demand * stores * time)
    return hub, Prices(holding, np.full(stores, holding), np.full(stores, float(backorder)))


@pytest.mark.parametrize("number", PROBLEMS)
def test_costs_of_the_problems_of_svoronos_and_zipkin(number: int) -> None:
    """Published: exact costs, and the policies that are best.

    References:
        Svoronos & Zipkin (1988); Axsaeter (1993), Exact and approximate evaluation of batch-ordering policies for
        two-level inventory systems, Operations Research 41, 777-785: those with stores that order one for one.
    """
    demand, stores, backorder, batch, *policies = PROBLEMS[number]
    hub, prices = alike(demand, stores, backorder)
    for (r0, r), cost in policies:
        found = evaluate_hub(hub, prices, level=r0 + 1, levels=np.full(stores, r + 1), batch=batch)
        assert found.cost == pytest.approx(cost, abs=0.005)
    level, levels = best_levels(hub, prices, batch=batch)
    assert ((level - 1, int(levels[0]) - 1), set(levels.tolist())) == (policies[1][0], {int(levels[0])})


def test_costs_to_ten_digits() -> None:
    """Published: four stores with demand 1, hub (9, 8) three days from its source.

    References:
        Rossetti, Analysis of Inventory Systems: exact two-echelon evaluation.
    """
    hub, prices = alike(1, 4, 287.5 / 52, holding=28.75 / 52, time=3.0)
    found = evaluate_hub(hub, prices, level=10, levels=np.full(4, 3), batch=8)
    assert found.cost == pytest.approx(7.0194859291, abs=1e-9)
    assert found.hub_on_hand == pytest.approx(2.5273098089, abs=1e-9)
    assert found.backorders == pytest.approx([0.0726389473] * 4, abs=1e-9)
    assert found.on_hand == pytest.approx([1.8158114951] * 4, abs=1e-9)


def test_costs_by_level_of_the_stores() -> None:
    """Published: the same with hub (9, 12), stores at 0 to 6; and hub (7, 12), stores at 3."""
    hub, prices = alike(1, 4, 287.5 / 52, holding=28.75 / 52, time=3.0)
    costs = [evaluate_hub(hub, prices, level=10, levels=np.full(4, at), batch=12).cost for at in range(7)]
    assert costs == pytest.approx([28.2978, 14.1004, 8.4818, 7.7367, 8.9794, 10.8975, 13.0244], abs=5e-5)
    assert evaluate_hub(hub, prices, level=8, levels=np.full(4, 3), batch=12).cost == pytest.approx(7.5379, abs=5e-5)


def erlang_costs(demand: float, level: int, wait: np.ndarray[Any, Any], holding: float, backorder: float) -> Any:
    """Return the cost of a unit that arrives `wait` after its order and serves the level-th demand from then on."""
    below, mean = gammainc(level, demand * wait), level / demand
    early = wait * below - mean * gammainc(level + 1, demand * wait)  # E[(wait - T)+], T the time of that demand
    return backorder * early + holding * (mean - wait + early)


@pytest.mark.parametrize(("level", "store"), [(1, 1), (4, 2), (7, 4)])
def test_costs_agree_with_those_that_follow_single_units(level: int, store: int) -> None:
    """Agreement: a unit at the hub waits for demand number s0, and its store for demand number S after its order.

    References:
        Axsaeter (1990), Simple solution procedures for a class of two-echelon inventory problems: units are followed,
        no law of backorders is used.
    """
    rates, times, source = np.array([0.5, 1.0, 2.0]), np.array([1.0, 0.5, 2.0]), 1.5
    hub = Hub(rates, times, rates.sum() * source)
    prices = Prices(0.0, np.ones(3), np.full(3, 9.0))
    found = evaluate_hub(hub, prices, level=level, levels=np.full(3, store))
    nodes, weights = np.polynomial.legendre.leggauss(80)
    delay, total = source * (nodes + 1) / 2, rates.sum()
    left = source - delay  # demand number `level` comes then: Erlang density
    density = total * np.exp(-total * left) * (total * left) ** (level - 1) / float(np.prod(np.arange(1, level)))
    for at, (rate, time) in enumerate(zip(rates, times, strict=True)):
        cost = erlang_costs(rate, store, time + delay, 1.0, 9.0) @ (density * weights) * source / 2
        cost += erlang_costs(rate, store, np.array([time]), 1.0, 9.0)[0] * (1 - gammainc(level, total * source))
        assert found.on_hand[at] + 9.0 * found.backorders[at] == pytest.approx(rate * cost, abs=1e-9)


@given(level=st.integers(-3, 8), store=st.integers(-2, 5), batch=st.integers(1, 4))
@settings(max_examples=40, deadline=None)
def test_best_levels_cost_least(level: int, store: int, batch: int) -> None:
    hub, prices = alike(0.8, 3, 7.0, time=2.0)
    best, levels = best_levels(hub, prices, batch=batch)
    least = evaluate_hub(hub, prices, level=best, levels=levels, batch=batch).cost
    assert least <= evaluate_hub(hub, prices, level=level, levels=np.full(3, store), batch=batch).cost + 1e-12


def test_a_network_of_consumables_has_the_costs_of_its_hub() -> None:
    """Agreement: problem 18 as a part that no site repairs."""
    one = network(
        [[0.0, *[1.0] * 4]], order_time=1.0, repair_share=0.0, procurement_time=1.0, stock=[[2, *[4] * 4]]
    )  # fmt: skip
    found = hub_costs(one, 0, holding=np.ones(5), backorder=np.full(5, 20.0), batch=4)
    assert found.cost == pytest.approx(evaluate_hub(*alike(1, 4, 20), level=2, levels=np.full(4, 4), batch=4).cost)
    assert found.cost == pytest.approx(12.97, abs=0.005)
    level, levels = best_hub_levels(one, 0, holding=np.ones(5), backorder=np.full(5, 20.0), batch=4)
    assert (level, levels.tolist()) == (3, [0, 3, 3, 3, 3])


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"repair_share": 0.5}, "repair it"),
        ({"parents": [-1, 0, 1]}, "more than one level"),
        ({"parents": [-1, -1, 0]}, "2 top sites"),
        ({"variance_ratio": 1.5}, "not Poisson"),
        ({"group": [-1, 0, 0]}, "help each other"),
        ({"is_closed": True}, "closed"),
    ],
)
def test_networks_of_another_form_are_refused(change: dict[str, Any], why: str) -> None:
    own: dict[str, Any] = {"order_time": 1.0, "repair_share": 0.0, "procurement_time": 1.0}
    with pytest.raises(UsageError, match=why):
        hub_costs(network([[0.0, 1.0, 1.0]], **(own | change)), 0, holding=np.ones(3), backorder=np.ones(3))
