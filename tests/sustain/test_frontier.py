"""Curves of cost against backorders: published cases, all splits tried, what must hold of any network."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from replenish.arrays.network import Network
from replenish.errors import SolveError
from replenish.sustain.evaluation import evaluate
from replenish.sustain.frontier import Budget, Curve, dynamic_programme, optimise
from replenish.sustain.frontier.blocks import PlainBlock
from replenish.sustain.methods import Exact, Method, Metric, VariMetric
from tests.sustain.networks import network

YEAR = 365.0
KTH_MEAN = [0.4074, 0.3870, 0.8000, 1.5957, 0.3367, 1.1508, 2.4531, 0.3447, 0.2366]
KTH_COST = [13, 17, 23, 21, 11, 53, 76, 32, 23]


def kth() -> Network:
    return network(np.array(KTH_MEAN)[:, None], cost=KTH_COST)


def all_points(curve: Curve, piece: int = 0) -> npt.NDArray[np.float64]:
    """Return the least objective by units beyond the smallest stocks."""
    block, own = curve.merged.owner(piece)
    return block.points(own).value


def test_purchases_at_one_site_are_the_published_ones() -> None:
    """Published: order of purchases, backorders after each and costs.

    References:
        Haapanen, KTH course SF2863 Systems Engineering, report on spare part allocation.
    """
    curve = optimise(kth(), objective="backorders")
    items = [4, 5, 1, 3, 4, 2, 6, 7, 4, 7, 9, 8, 3, 6]
    owed = [
        7.7120, 6.9148, 6.6289, 6.2943, 5.7436, 5.2699, 4.9490, 4.2654, 3.3514, 3.1359, 2.4329, 2.2223, 1.9307, 1.7395,
        1.4200,
    ]  # fmt: skip
    assert (curve.merged.part[curve.merged.piece[:14]] + 1).tolist() == items
    assert curve.objective[:15] == pytest.approx(owed, abs=5.1e-5)
    assert curve.cost[1:15].tolist() == [21, 32, 45, 68, 89, 106, 159, 235, 256, 332, 355, 387, 410, 463]
    first = next(curve.purchases())
    assert first.moved == ((3, 0, 1),)
    assert first.gain_per_cost == pytest.approx((first.before - first.after) / 21)


@pytest.mark.parametrize(
    ("budget", "stock", "owed", "cost"),
    [
        (100, [1, 0, 1, 2, 2, 0, 0, 0, 0], 5.22448592440900, 100),
        (150, [1, 1, 1, 3, 1, 0, 0, 0, 1], 4.52278482166815, 150),
        (350, [1, 1, 1, 2, 1, 1, 2, 1, 0], 2.35690972347718, 343),
        (500, [2, 1, 2, 3, 1, 1, 3, 1, 1], 1.23182977648002, 499),
    ],
)
def test_dynamic_programming_finds_the_published_optima(
    budget: float, stock: list[int], owed: float, cost: float
) -> None:
    """Published to 14 digits: optima off the hull.

    References:
        Haapanen, KTH course SF2863 Systems Engineering, report on spare part allocation.
    """
    curve = optimise(kth(), objective="backorders", stop=Budget(budget))
    exact = curve.exactly_at_budget(budget)
    assert curve.stock_at(exact)[:, 0].tolist() == stock
    assert exact.objective == pytest.approx(owed, abs=1e-12)
    assert exact.cost == cost
    assert curve.chosen is not None
    assert curve.chosen.objective == pytest.approx(owed, abs=1e-12)  # what fills the budget finds it as well
    assert curve.chosen.bound <= owed
    assert curve.stock_at(curve.chosen)[:, 0].tolist() == stock


def test_corners_of_the_hull_are_optima() -> None:
    curve = optimise(kth(), objective="backorders")
    for step in range(15):
        best = curve.exactly_at_budget(float(curve.cost[step]))
        assert best.objective == pytest.approx(curve.objective[step], abs=1e-12)


def test_four_parts_have_21_undominated_points() -> None:
    """Barlow, Proschan (1965), Mathematical Theory of Reliability: the four parts of their example."""
    one = network(np.array([[1.0], [3.0], [1.8], [2.0]]), cost=[200, 100, 300, 250])
    cost, owed = optimise(one, objective="backorders").efficient_points(1500)
    assert len(cost) == 21
    assert cost[:6].tolist() == [0, 100, 200, 300, 400, 500]
    assert owed[:6] == pytest.approx([7.8, 6.84979, 6.04894, 5.47213, 5.11936, 4.84], abs=1e-5)


def rossetti(*, second: bool = False) -> Network:
    rate = [[0.0, *[45 / YEAR] * 4], [0.0, *[12 / YEAR] * 4]][: 1 + second]
    return network(
        rate, order_time=10.0, repair_share=[[1.0, *[0.3] * 4], [1.0, *[0.2] * 4]][: 1 + second],
        repair_time=[[60.0, *[30.0] * 4], [90.0, *[45.0] * 4]][: 1 + second], cost=[3800, 9500][: 1 + second],
    )  # fmt: skip


def test_a_part_at_two_levels_has_the_curve_of_the_reference() -> None:
    """VARI-METRIC with the best depot stock; inputs of Rossetti, Analysis of Inventory Systems."""
    curve = optimise(rossetti(), objective="backorders", method=VariMetric())
    block, own = curve.merged.owner(0)
    points = block.points(own)
    owed = [
        18.6080, 17.6154, 16.6303, 15.6433, 14.6587, 13.6817, 12.7166, 11.7696, 10.8490, 9.9647, 9.1088, 8.2462,
    ]  # fmt: skip
    assert points.value[10:22] == pytest.approx(owed, abs=5.1e-5)
    assert [row for _, row in points.keys[10:22]] == [10, 11, 12, 9, 10, 11, 12, 13, 14, 15, 12, 13]
    assert isinstance(block, PlainBlock)
    corners = block.hulls.units.tolist()
    assert 12 not in corners
    assert 20 not in corners


def test_two_parts_share_a_budget_as_in_the_reference() -> None:
    curve = optimise(rossetti(second=True), objective="backorders", method=VariMetric())
    step = int(np.searchsorted(curve.cost, 250_000, side="right")) - 1
    assert curve.cost[step] == 247_000
    assert curve.objective[step] == pytest.approx(2.8792, abs=5e-5)
    stock = curve.stock_at(curve.at_step(step))
    assert stock.tolist() == [[19, 4, 4, 4, 4], [8, 1, 1, 1, 1]]
    assert curve.cost[step + 1] == 250_800


SHERBROOKE: dict[int, tuple[Any, ...]] = {
    0: (3.50877, 3.50877, 3.50877), 3: (1.50717, 1.50717, 1.50717), 4: (1.24692, 1.25105, 1.25095),
    5: (0.96577, 0.98624, 0.98653), 6: (0.57433, 0.60584, 0.60783), 7: (0.32694, 0.36105, 0.36154),
    8: (0.20595, 0.22660, 0.22607), 9: (0.15446, 0.16318, 0.16275), 10: (0.12613, 0.13357, 0.13329),
    11: (0.09137, 0.10396, 0.10382), 12: (0.03932, 0.05328, 0.05308),
}  # fmt: skip


@pytest.mark.parametrize(("which", "method"), [(0, Metric()), (1, VariMetric()), (2, Exact())])
def test_five_bases_have_the_curves_of_the_reference(which: int, method: Method) -> None:
    """Inputs: Sherbrooke (2004), Optimal Inventory Modeling of Systems, 2nd ed., chapter 3."""
    one = network(
        [[0.0, *[23.2] * 5]], order_time=0.01, repair_share=[1.0, *[0.2] * 5], repair_time=[0.02531, *[0.01] * 5]
    )
    value = all_points(optimise(one, objective="backorders", method=method))
    for units, expected in SHERBROOKE.items():
        assert value[units] == pytest.approx(expected[which], abs=6e-6), units


def test_two_parts_at_two_bases_have_the_curve_of_the_reference() -> None:
    one = network(
        [[0.0, 23.2, 20.1], [0.0, 35.2, 30.2]], order_time=[0.0, 0.01, 0.02], cost=[5, 3],
        repair_share=[[1.0, 0.5, 0.6], [1.0, 0.7, 0.6]], repair_time=[[0.02531, 0.01, 0.015], [0.01782, 0.02, 0.02]],
    )  # fmt: skip
    curve = optimise(one, objective="backorders", method=VariMetric())
    points = dict(zip(curve.cost.tolist(), curve.objective.tolist(), strict=True))
    for cost, owed in [(0, 2.67663), (3, 2.11739), (6, 1.57279), (11, 1.15252), (16, 0.74372), (22, 0.35918)]:
        assert points[cost] == pytest.approx(owed, abs=6e-6)


def random_network(seed: int, *, parents: list[int] | None = None, parts: int = 1, **more: Any) -> Network:
    random = np.random.default_rng(seed)
    above = parents or [-1, 0, 0, 0]
    rate = random.uniform(0.1, 0.9, (parts, len(above)))
    rate[:, [site for site in range(len(above)) if site in above]] *= random.integers(0, 2)
    share = random.uniform(0.1, 0.9, rate.shape)
    share[:, 0] = 1.0
    return network(
        rate, parents=above, order_time=random.uniform(0.1, 2.0, len(above)), repair_share=share,
        repair_time=random.uniform(0.2, 2.0, rate.shape), **more,
    )  # fmt: skip


def owed_to_fleets(one: Network, stock: npt.ArrayLike, **more: Any) -> float:
    found = evaluate(one, stock=stock, **more)
    removals = one.removals()
    return float((found.backorders * removals / np.where(found.flows.requests > 0, found.flows.requests, 1.0)).sum())


@pytest.mark.parametrize("seed", range(30))
def test_no_split_of_any_number_of_units_is_better(seed: int) -> None:
    parents = [[-1, 0, 0, 0], [-1, 0, 0, 1], [-1, -1, 0, 0]][seed % 3]
    one = random_network(seed, parents=parents)
    best = np.full(6, np.inf)
    for stock in product(range(6), repeat=4):
        if sum(stock) < 6:
            best[sum(stock)] = min(best[sum(stock)], owed_to_fleets(one, [stock]))
    curve = optimise(one, objective="backorders")
    pieces = [all_points(curve, piece) for piece in range(len(curve.merged.part))]
    merged = dynamic_programme([(np.arange(len(own), dtype=float), own) for own in pieces], 5)
    for cost, value in zip(merged.cost, merged.value, strict=True):
        assert value == pytest.approx(best[int(cost)], abs=1e-12)


@pytest.mark.parametrize("objective", ["backorders", "availability"])
@pytest.mark.parametrize("method", [Exact(), VariMetric(), Metric()])
def test_a_point_evaluated_gives_the_numbers_of_the_curve(objective: Any, method: Method) -> None:
    one = random_network(3, parts=3, systems=40)
    curve = optimise(one, objective=objective, method=method)
    point = curve.at_step(len(curve.cost) // 2)
    found = curve.evaluate_at(point)
    assert (curve.stock_at(point).sum(axis=1) * one.parts.cost).sum() == pytest.approx(point.cost)
    if objective == "backorders":
        assert owed_to_fleets(one, curve.stock_at(point), method=method) == pytest.approx(point.objective, abs=1e-9)
    else:
        assert -(one.fleets.systems * np.log(found.availability)).sum() == pytest.approx(point.objective, rel=1e-6)


def test_the_hull_is_convex() -> None:
    curve = optimise(random_network(5, parts=4), objective="backorders")
    slope = np.diff(curve.objective) / np.diff(curve.cost)
    assert np.all(np.diff(slope) >= -1e-12)


def test_the_order_of_parts_is_irrelevant() -> None:
    one, order = random_network(9, parts=4, cost=[1.0, 2.0, 3.0, 5.0]), [2, 0, 3, 1]
    rate = one.removals()[order]
    other = network(
        rate, order_time=one.sites.order_time, repair_share=one.repairs.repair_share[order],
        repair_time=one.repairs.time[order], cost=one.parts.cost[order],
    )  # fmt: skip
    first, second = (optimise(which, objective="backorders") for which in (one, other))
    assert second.cost == pytest.approx(first.cost)
    assert second.objective == pytest.approx(first.objective, abs=1e-9)


def test_pooling_never_hurts() -> None:
    rate = np.array([[0.4, 0.7, 1.1]])
    apart = optimise(network(rate, parents=[-1, -1, -1]), objective="backorders")
    pooled = optimise(network(rate.sum(axis=1, keepdims=True)), objective="backorders")
    at = np.interp(apart.cost, pooled.cost, pooled.objective)
    assert np.all(at <= apart.objective + 1e-5)


def test_minimum_and_maximum_are_kept_to() -> None:
    one = random_network(4, parts=2, minimum=[1, 0, 2, 0], maximum=[3, 4, 2, 1])
    curve = optimise(one, objective="backorders")
    for step in (0, len(curve.merged.gain) // 2, len(curve.merged.gain)):
        stock = curve.stock_at(curve.at_step(step))
        assert np.all(stock >= one.spares.minimum)
        assert np.all(stock <= one.spares.maximum)
    assert curve.cost[0] == 6.0


def test_buying_only_starts_from_what_is_on_hand_at_no_cost() -> None:
    one = random_network(4, parts=2, stock=[1, 0, 1, 2])
    curve = optimise(one, objective="backorders", buy_only=True)
    assert curve.cost[0] == 0.0
    assert curve.objective[0] == pytest.approx(owed_to_fleets(one, one.spares.on_hand), abs=1e-9)
    assert np.all(curve.stock_at(curve.at_step(10)) >= one.spares.on_hand)


def test_a_target_that_nothing_reaches_is_told_with_the_best() -> None:
    one = random_network(4, parts=2, maximum=1, systems=5)
    curve = optimise(one)
    with pytest.raises(SolveError, match=r"not reached at any budget: the best is 0\.\d+.*the maximum of part"):
        curve.at_availability(0.999999)
    with pytest.raises(SolveError, match="does not pay for the smallest stocks"):
        optimise(random_network(4, minimum=1), objective="backorders").at_budget(1.0)


def test_a_fleet_with_its_own_target_goes_on_alone() -> None:
    one = random_network(4, parts=2, systems=5)
    target = np.zeros(len(one.fleets.site))
    target[1] = 0.999
    own = replace(one, fleets=one.fleets._replace(target=target))
    curve = optimise(own)
    point = curve.at_availability(0.9)
    found = curve.evaluate_at(point)
    assert point.place.extra
    assert found.availability[1] >= 0.999
    assert found.availability.mean() >= 0.9
