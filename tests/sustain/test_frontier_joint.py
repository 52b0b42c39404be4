"""Curves of parts that hang together or have laws of their own, against all stocks tried."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from replenish.arrays.network import Network
from replenish.sustain.evaluation import evaluate
from replenish.sustain.frontier import lower_hull, optimise
from replenish.sustain.frontier.joint import JointBlock
from replenish.sustain.utilisation import OverloadError
from tests.sustain.networks import network
from tests.sustain.test_frontier import all_points, owed_to_fleets


def shop(*, most: int = 4, cost: float = 3.0) -> Network:
    return shop_of([[0.5], [0.8]], most=most, cost=cost)


def shop_of(rate: list[list[float]], *, most: int, cost: float) -> Network:
    return network(rate, cost=[2.0, 5.0], repair_time=1.2, servers=0, groups=[(0, 2, most, cost)])


@pytest.mark.parametrize("cost", [0.5, 3.0, 20.0])
def test_servers_and_spares_are_bought_as_all_choices_tried_say(cost: float) -> None:
    one = shop(cost=cost)
    curve = optimise(one, objective="backorders")
    money, owed = [], []
    for servers in range(2, 5):
        for stock in product(range(12), repeat=2):
            money.append((servers - 2) * cost + 2.0 * stock[0] + 5.0 * stock[1])
            owed.append(owed_to_fleets(one, np.array(stock)[:, None], servers=[servers]))
    hull = lower_hull(np.array(money), np.array(owed))
    own = np.flatnonzero(curve.cost < 24.0)
    best = np.array(money)[hull], np.array(owed)[hull]
    assert curve.objective[own] == pytest.approx(np.interp(curve.cost[own], *best), abs=1e-12)
    assert curve.cost[own].tolist() == best[0][: len(own)].tolist()
    point = curve.at_step(int(own[-1]))
    counted = owed_to_fleets(one, curve.stock_at(point), servers=curve.servers_at(point))
    assert counted == pytest.approx(point.objective, abs=1e-12)
    if cost == 0.5:
        assert curve.servers_at(point)[0] > 2
        assert any(step.servers for step in curve.purchases(0, int(own[-1])))


def test_servers_are_added_until_a_shop_keeps_up() -> None:
    busy = shop_of([[1.5], [0.8]], most=4, cost=10.0)
    curve = optimise(busy, objective="backorders")
    assert curve.servers_at(curve.at_step(0)).tolist() == [3]
    assert curve.cost[0] == 10.0
    with pytest.raises(OverloadError, match="at least 3"):
        optimise(busy, objective="backorders", servers_free=False)


def test_without_free_servers_curves_take_them_as_they_are() -> None:
    one = shop()
    curve = optimise(one, objective="backorders", servers_free=False)
    point = curve.at_step(4)
    assert owed_to_fleets(one, curve.stock_at(point)) == pytest.approx(point.objective, abs=1e-12)
    assert curve.servers_at(point).tolist() == [2]


def test_a_family_is_near_the_best_of_all_stocks() -> None:
    """The order of inner parts is a heuristic: never below the hull of all stocks, and close to it."""
    one = network([[0.9], [0.0], [0.0]], inner=[(1, 0, 0.5), (2, 0, 0.3)], repair_time=[[1.0], [3.0], [2.0]],
                  cost=[10.0, 2.0, 3.0])  # fmt: skip
    curve = optimise(one, objective="backorders")
    assert isinstance(curve.merged.blocks[-1], JointBlock)
    money, owed = [], []
    for stock in product(range(8), range(6), range(5)):
        money.append(10.0 * stock[0] + 2.0 * stock[1] + 3.0 * stock[2])
        owed.append(owed_to_fleets(one, np.array(stock)[:, None]))
    hull = lower_hull(np.array(money), np.array(owed))
    own = np.flatnonzero(curve.cost < 60.0)
    best = np.interp(curve.cost[own], np.array(money)[hull], np.array(owed)[hull])
    assert np.all(curve.objective[own] >= best - 1e-12)
    assert np.all(curve.objective[own] <= 1.02 * best + 1e-3)
    for step in own:
        point = curve.at_step(int(step))
        assert owed_to_fleets(one, curve.stock_at(point)) == pytest.approx(point.objective, abs=1e-12)


@pytest.mark.parametrize("law", [{"rate_shape": 2.5}, {"variance_ratio": 1.8}])
def test_other_laws_have_the_best_of_all_splits_too(law: dict[str, Any]) -> None:
    one = network([[0.0, 0.7, 0.4]], order_time=1.0, repair_share=[1.0, 0.3, 0.3], repair_time=2.0, **law)
    best = np.full(6, np.inf)
    for stock in product(range(6), repeat=3):
        if sum(stock) < 6:
            best[sum(stock)] = min(best[sum(stock)], owed_to_fleets(one, [stock]))
    assert all_points(optimise(one, objective="backorders"))[:6] == pytest.approx(best, abs=1e-10)


def test_redundant_places_make_a_curve_that_is_not_convex_and_its_hull_is_taken() -> None:
    one = network([[0.0, 0.9, 1.4]], order_time=1.0, repair_share=[1.0, 0.3, 0.3], repair_time=1.0, systems=1,
                  quantity=3, needed=1)  # fmt: skip
    curve = optimise(one, objective="availability")
    slope = np.diff(curve.objective) / np.diff(curve.cost)
    assert np.all(np.diff(slope) >= -1e-12)
    points = all_points(curve)
    assert np.any(np.diff(points, 2) < 0)
    point = curve.at_step(3)
    assert evaluate(one, stock=curve.stock_at(point)).availability.min() > 0
