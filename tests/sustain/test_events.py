"""Histories of networks against published and closed-form values, within three standard errors unless said."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy.special import gammaln
from scipy.stats import poisson

from replenish.arrays.network import EXPONENTIAL, FIXED, GAMMA, LOGNORMAL, NONE, NetworkLabels
from replenish.errors import UsageError
from replenish.sustain.evaluation import evaluate
from replenish.sustain.events import Estimate, Histories, simulate_network
from replenish.sustain.events.kernel.world import HEAP, REMOVE, SYSTEM, World
from replenish.sustain.events.tables import to_tables
from replenish.sustain.events.workers import Span, Worker
from replenish.sustain.flows import to_flows
from tests.sustain.networks import network

YEAR = 365.0


def simulated(removals: npt.ArrayLike, years: float = 500.0, histories: int = 16, **more: Any) -> Histories:
    """Return histories of a network."""
    return simulate_network(network(removals, **more), years=years, histories=histories)


def agree(found: Estimate, expected: npt.ArrayLike, errors: float = 3.0) -> bool:
    """Return whether all means lie within some standard errors of what is expected."""
    return bool((np.abs(found.mean - np.asarray(expected)) <= errors * found.standard_error + 1e-12).all())


def four_bases(**more: Any) -> dict[str, Any]:
    """Return the depot with four bases of Rossetti, Analysis of Inventory Systems."""
    daily = 45 / YEAR
    return {
        "removals": [[0.0, daily, daily, daily, daily]], "order_time": 10.0, "repair_share": [[1, 0.3, 0.3, 0.3, 0.3]],
        "repair_time": [[60.0, 30, 30, 30, 30]], "stock": [[16, 4, 4, 4, 4]],
    } | more  # fmt: skip


def pooled(found: Estimate) -> Estimate:
    """Return the mean over the bases of a depot, with the error of one base: they share the depot."""
    return Estimate(found.mean[0, 1:].mean(), found.standard_error[0, 1:].mean(), found.histories)


LAWS = [(EXPONENTIAL, 1.0), (FIXED, 0.0), (LOGNORMAL, 0.8), (GAMMA, 0.5)]


@pytest.mark.parametrize(("law", "spread"), LAWS)
def test_backorders_of_two_echelons_do_not_depend_on_the_law_of_repair(law: int, spread: float) -> None:
    """Rossetti, Analysis of Inventory Systems: inputs; exact values by binomial thinning (Palm's theorem)."""
    found = simulated(**four_bases(law=law, spread=spread), years=700)
    assert agree(pooled(found.backorders), 0.483016)
    assert agree(Estimate(found.backorders.mean[0, 0], found.backorders.standard_error[0, 0], 1), 5.0201)
    assert agree(Estimate(found.wait.mean[0, 0], found.wait.standard_error[0, 0], 1), 14.54)
    assert pooled(found.backorders).standard_error < 0.01


@pytest.mark.parametrize(("stock", "expected"), [(24, 0.1106), (26, 0.0888)])
def test_more_stock_at_the_depot_gives_the_exact_backorders(stock: int, expected: float) -> None:
    found = simulated(**four_bases(stock=[[stock, 4, 4, 4, 4]]), years=700)
    assert agree(pooled(found.backorders), expected)


@pytest.mark.parametrize(("count", "depot", "base"), [(24, 7.3962, 0.8975), (23, 9.6964, 1.3395)])
def test_finite_repair_at_the_depot_gives_the_exact_backorders(count: int, depot: float, base: float) -> None:
    """M/M/c law of the depot, thinned: closed form, and an independent simulation."""
    found = simulated(**four_bases(servers=[[0, NONE, NONE, NONE, NONE]], groups=[(0, count, count, 0.0)]), years=2000)
    assert agree(pooled(found.backorders), base)
    assert agree(Estimate(found.backorders.mean[0, 0], found.backorders.standard_error[0, 0], 1), depot)
    assert agree(found.utilisation, [126 / YEAR * 60 / count])


def test_waits_for_inner_parts_add_to_the_pipeline_of_the_outer_one() -> None:
    """Exact law: Poisson repair and the backorders of four inner parts, independent of each other."""
    found = simulated(
        [[20 / YEAR], [0.0], [0.0], [0.0], [0.0]], repair_time=[[20.0], [60], [80], [40], [100]],
        stock=[[2], [1], [1], [1], [0]], inner=[(1, 0, 0.4), (2, 0, 0.3), (3, 0, 0.2), (4, 0, 0.1)], years=2000,
    )  # fmt: skip
    assert agree(found.backorders, [[1.20305], [0.58352], [0.58352], [0.08345], [0.54795]])
    assert agree(Estimate(found.outstanding.mean[0], found.outstanding.standard_error[0], 1), 2.89434)


def test_a_surge_gives_the_exact_backorders_day_by_day() -> None:
    """Dyna-METRIC type: thinned depot backorders of a Poisson process whose rate changes."""
    rows = [(fleet, start, use) for fleet in range(4) for start, use in ((0.0, 4.0), (10.0, 2.0))]
    days = [0.0, 5, 10, 13, 20, 30, 60]
    found = simulate_network(
        network([[0, 0.08, 0.08, 0.08, 0.08]], order_time=3.0, repair_share=[[1, 0, 0, 0, 0]], repair_time=10.0,
                stock=[[6, 2, 2, 2, 2]], operations=rows),
        years=0.1, warm_up_years=0.4, histories=8_000, curve_days=days,
    )  # fmt: skip
    curve = found.curve_backorders
    base = Estimate(curve.mean[:, 0, 1:].mean(axis=1), curve.standard_error[:, 0, 1:].mean(axis=1), 1)
    assert agree(base, [0.00302, 0.13261, 0.33886, 0.26076, 0.14742, 0.09689, 0.07521])


@pytest.mark.parametrize(("systems", "spares", "count", "expected"), [(10, 2, 2, 0.90783), (24, 4, 3, 0.76480)])
def test_a_closed_fleet_has_the_availability_of_the_finite_source_queue(
    systems: int, spares: int, count: int, expected: float
) -> None:
    """Machine repair with spares: birth and death process, 50 days between failures and 8 days of repair."""
    found = simulated(
        [[systems / 50]], repair_time=8.0, stock=spares, systems=systems, is_closed=True, servers=0,
        groups=[(0, count, count, 0.0)], years=300,
    )  # fmt: skip
    assert agree(found.availability, [expected])


ALLOCATION = np.array([0.4074, 0.3870, 0.8000, 1.5957, 0.3367, 1.1508, 2.4531, 0.3447, 0.2366])
POINT_15 = np.array([1, 1, 2, 3, 1, 2, 2, 1, 1])


@pytest.mark.parametrize(("gathered", "down", "whole"), [(True, 1.136523, 0.340093), (False, 1.3887, None)])
def test_cannibalisation_gathers_holes_in_the_fewest_systems(gathered: bool, down: float, whole: float | None) -> None:
    """Inputs of the KTH SF2863 course report; independent Poisson parts in twenty systems."""
    found = simulated(
        ALLOCATION[:, None], repair_time=1.0, stock=POINT_15[:, None], systems=20, is_cannibalised=gathered, years=40
    )
    assert agree(found.down, [down], errors=3.0 if gathered else 4.0)
    assert np.isclose(found.down_by_part.mean.sum(), found.down.mean[0])
    assert whole is None or agree(found.whole, [whole])


def lateral_chain(stock: tuple[int, int], rate: float, most: int) -> tuple[float, float]:
    """Return expected units owed in all, and requests met from the own shelf, of two equal stores that pool fully.

    Exponential lead time 1, no lateral time.  A state is the units on order of each store, what the first has lent,
    and who waits, in the order of coming; with more than `most` on order requests are turned away.
    """
    moves: dict[Any, list[tuple[float, Any]]] = {}
    start = (0, 0, 0, ())
    waiting = [start]
    while waiting:
        state = waiting.pop()
        if state in moves:
            continue
        moves[state] = [*_requests(state, stock, rate, most), *_deliveries(state, stock)]
        waiting += [after for _, after in moves[state]]
    place = {state: number for number, state in enumerate(moves)}
    balance = np.zeros((len(place), len(place)))
    for state, ways in moves.items():
        for speed, after in ways:
            balance[place[after], place[state]] += speed
            balance[place[state], place[state]] -= speed
    balance[0] = 1.0
    chance = np.linalg.solve(balance, np.eye(len(place))[0])
    owed = sum(chance[number] * len(state[3]) for state, number in place.items())
    own = sum(chance[number] * (_on_hand(state, stock)[0] > 0) for state, number in place.items())
    return float(owed), float(own)


def _on_hand(state: Any, stock: tuple[int, int]) -> tuple[int, int]:
    first, second, lent, queue = state
    return stock[0] - first - lent + queue.count(0), stock[1] - second + lent + queue.count(1)


def _requests(state: Any, stock: tuple[int, int], rate: float, most: int) -> list[tuple[float, Any]]:
    first, second, lent, queue = state
    if first + second >= most:
        return []
    found = []
    for store in (0, 1):
        own, other = _on_hand(state, stock)[store], _on_hand(state, stock)[1 - store]
        step = 0 if own > 0 or other == 0 else (-1 if store == 0 else 1)
        after = (*queue, store) if own == 0 and other == 0 else queue
        found.append((rate, (first + (store == 0), second + (store == 1), lent + step, after)))
    return found


def _deliveries(state: Any, stock: tuple[int, int]) -> list[tuple[float, Any]]:
    first, second, lent, queue = state
    found = []
    for store, count in ((0, first), (1, second)):
        if count == 0:
            continue
        one, two, gives = first - (store == 0), second - (store == 1), 1 if store == 0 else -1
        owes = lent if store == 0 else -lent
        if store in queue:
            at = queue.index(store)
            after = (one, two, lent, queue[:at] + queue[at + 1 :])
        elif queue:
            after = (one, two, lent + gives, queue[1:])
        else:
            after = (one, two, lent + gives if owes < 0 else lent, queue)
        found.append((float(count), after))
    return found


def test_stores_that_pool_owe_what_the_markov_chain_says() -> None:
    """Units stay owed where no store has any (no emergency supply); a Markov chain of eleven units at most."""
    found = simulated(
        [[0.0, 0.5, 0.5]], stock=[[0, 1, 1]], group=[NONE, 0, 0], repair_share=[[1, 1, 1]], repair_time=1.0, years=60
    )
    owed, own = lateral_chain((1, 1), 0.5, 11)
    assert np.isclose(owed, 1 - 2 + 2 * np.exp(-1) + np.exp(-1), atol=1e-6)  # of a Poisson law with mean 1, two spares
    total = Estimate(found.backorders.mean.sum(), found.backorders.standard_error.sum(), 1)
    assert agree(total, owed)
    fill = Estimate(found.fill_rate.mean[0, 1:].mean(), found.fill_rate.standard_error[0, 1:].mean(), 1)
    assert agree(fill, own)


COUPLED: dict[str, Any] = {
    "removals": [[0.0, 0.1, 0.2, 0.3, 0.2], [0.0, 0.2, 0.1, 0.1, 0.1], [0.0] * 5],
    "parents": [NONE, 0, 0, 1, 1], "order_time": [0.0, 4, 4, 2, 2], "repair_share": [[0.9, 0.5, 0.5, 0.2, 0.2]],
    "condemned_share": 0.1, "no_fault_share": 0.1, "no_fault_time": 1.0, "procurement_time": [30.0, 20, 10],
    "repair_time": 3.0, "law": LOGNORMAL, "spread": 0.7, "stock": [[6, 2, 2, 1, 1], [4, 1, 1, 1, 0], [2, 1, 1, 0, 0]],
    "inner": [(2, 0, 0.5)], "groups": [(0, 4, 9, 0.0)], "servers": [[0, NONE, NONE, NONE, NONE]],
    "priority": [[2], [1], [1]], "group": [NONE, NONE, NONE, 0, 0], "lateral_time": 0.5, "systems": 8,
    "quantity": [3, 2, 1], "needed": [2, 2, 1], "variance_ratio": [2.0, 0.5, 1.0], "rate_shape": [5.0, np.inf, 3.0],
}  # fmt: skip


@pytest.mark.parametrize("closed", [False, True])
@pytest.mark.parametrize("gathered", [False, True])
def test_nothing_is_lost_on_the_way(closed: bool, gathered: bool) -> None:
    """On hand + at work + on order - owed + lent = stock, and holes are what fleets are owed."""
    net = network(**(COUPLED | {"is_closed": closed, "is_cannibalised": gathered}))
    for years in (0.1, 0.5, 3.0):
        tables = to_tables(net, net.spares.on_hand, net.servers.number, None)
        worker = Worker(net, tables, seed=3, draws_rates=True)
        worker.run(0, Span(-100.0, years * YEAR, np.zeros(0), np.zeros(0)))
        outstanding, holes = _under_way(worker.world)
        cells = worker.world.cells
        assert (cells["on_hand"] + outstanding - cells["owed"] + cells["lent"] == net.spares.on_hand.ravel()).all()
        assert (holes == worker.world.states["holes"]).all()
        assert (cells["on_hand"] * np.maximum(cells["owed"] - cells["coming"], 0) == 0).all()
        assert cells["lent"].sum() == 0


def _under_way(world: World) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return units at work or on order for each place, and parts owed to each row of parts in fleets."""
    found, holes = np.zeros(len(world.places), np.int64), np.zeros(len(world.rows), np.int64)
    for code in world.heap.code[: world.counters[HEAP]]:
        if code & 7 != REMOVE:
            found[(code >> 3) & (2**31 - 1)] += 1
    for cell in world.cells[world.cells["owed"] > 0]:
        at = cell["first"]
        for _ in range(cell["owed"]):
            node = world.nodes[at]
            (holes if node["kind"] == SYSTEM else found)[node["who"]] += 1
            at = node["next"]
    for queue in world.queues:
        at = queue["first"]
        while at != NONE:
            found[world.nodes[at]["who"]] += 1
            at = world.nodes[at]["next"]
    return found, holes


def test_with_stock_everywhere_units_outstanding_are_those_of_the_flows() -> None:
    """No queue and no wait: means of work and of orders on the way, whatever the laws (Little)."""
    more: dict[str, Any] = {"stock": 400, "groups": [], "servers": NONE, "rate_shape": np.inf, "variance_ratio": 1.0}
    net = network(**(COUPLED | more))
    found = simulate_network(net, years=100, histories=16)
    assert agree(found.outstanding, to_flows(net).pipeline, errors=4.0)
    assert (found.fill_rate.mean[found.outstanding.mean > 0] == 1).all()
    assert agree(found.availability, 1.0)


def test_workers_and_progress_change_nothing() -> None:
    net = network(**COUPLED)
    seen: list[int] = []
    one, two = (
        simulate_network(net, years=3, histories=6, workers=workers, curve_days=[0.0, 9.5], progress=seen.append)
        for workers in (1, 2)
    )
    assert seen == [1] * 12
    assert one.events == two.events
    for name in ("backorders", "wait", "down_by_part", "curve_backorders", "utilisation"):
        np.testing.assert_array_equal(getattr(one, name).mean, getattr(two, name).mean)


def test_other_stock_meets_the_same_removals_and_more_never_adds_backorders() -> None:
    few, more = (simulated(**four_bases(stock=[[depot, 4, 4, 4, 4]]), years=20, histories=4) for depot in (14, 17))
    assert few.events == pytest.approx(more.events, abs=40)  # orders that wait for stock at the end
    assert (few.backorders.mean >= more.backorders.mean).all()


def test_draws_follow_names() -> None:
    rates = np.array([[0.0, 0.2], [0.0, 0.5]])
    names = [NetworkLabels(("depot", "base"), ("fleet",), parts, ()) for parts in (("a", "b"), ("b", "a"))]
    one, two = (
        simulate_network(network(rates[order], stock=1, repair_time=4.0), years=2, histories=3, labels=label)
        for order, label in zip(([0, 1], [1, 0]), names, strict=True)
    )
    np.testing.assert_array_equal(one.backorders.mean, two.backorders.mean[::-1])
    np.testing.assert_allclose(one.down.mean, two.down.mean)


@pytest.mark.parametrize(("ratio", "errors"), [(3.0, 3.0), (1.0, 3.0)])
def test_batches_give_the_negative_binomial_backorders(ratio: float, errors: float) -> None:
    """Fixed repair: outstanding units are the removals of one repair time, negative binomial with this ratio."""
    found = simulated([[0.5]], repair_time=6.0, law=FIXED, stock=3, variance_ratio=ratio, years=400)
    shape, x = 3.0 / (ratio - 1) if ratio > 1 else np.inf, np.arange(200)
    law = nbinom_pmf(x, shape, 1 / ratio) if ratio > 1 else np.exp(x * np.log(3.0) - 3.0 - gammaln(x + 1))
    assert agree(found.backorders, [[np.maximum(x - 3, 0) @ law]], errors)


def nbinom_pmf(x: npt.NDArray[np.int64], shape: float, chance: float) -> npt.NDArray[np.float64]:
    """Return the negative binomial law."""
    log = gammaln(x + shape) - gammaln(x + 1) - gammaln(shape) + shape * np.log(chance) + x * np.log1p(-chance)
    found: npt.NDArray[np.float64] = np.exp(log)
    return found


def test_ratios_below_one_give_regular_removals() -> None:
    regular, poisson = (
        simulated([[0.5]], repair_time=20.0, law=FIXED, stock=10, variance_ratio=ratio, years=100) for ratio in (0.2, 1)
    )
    assert agree(regular.outstanding, [[10.0]])
    assert regular.backorders.mean < 0.6 * poisson.backorders.mean


def test_counted_rates_are_drawn_for_each_history() -> None:
    """Gamma-Poisson: outstanding units are negative binomial with the shape of the rate."""
    net = network([[0.5]], repair_time=6.0, stock=3, rate_shape=2.0)
    drawn = simulate_network(net, years=2, warm_up_years=0.5, histories=1500)
    mean = simulate_network(net, years=30, histories=30, draws_rates=False)
    x = np.arange(300)
    assert agree(drawn.backorders, [[np.maximum(x - 3, 0) @ nbinom_pmf(x, 2.0, 2.0 / 5.0)]])
    assert agree(mean.backorders, [[3.0 - 3 + 3 * np.exp(-3) * (1 + 2 + 1.5)]])


def test_systems_work_while_enough_of_each_part_does() -> None:
    """Two of three in a closed fleet without spares: a birth and death process for each system."""
    found = simulated([[0.3 * 4 * 3]], repair_time=1.0, systems=4, quantity=3, needed=2, is_closed=False, years=40)
    closed = simulated([[0.3 * 4 * 3]], repair_time=1.0, systems=4, quantity=3, needed=2, is_closed=True, years=40)
    # By missing parts, 0 to 2: with two the system rests until one is back.
    weights = np.array([1.0, 0.9, 0.9 * 0.6 / 2])
    assert agree(closed.availability, [1 - weights[2] / weights.sum()])
    assert closed.availability.mean > found.availability.mean


def test_holes_gathered_in_a_closed_fleet_raise_its_availability() -> None:
    rates = np.full((5, 1), 0.4)
    scattered, gathered = (
        simulated(rates, repair_time=2.0, systems=6, is_closed=True, is_cannibalised=flag, years=20)
        for flag in (False, True)
    )
    assert gathered.availability.mean > scattered.availability.mean


def test_urgent_parts_are_repaired_first() -> None:
    """One server, two classes, exponential: Cobham (1954), waits r / (1 - r1) and r / ((1 - r1)(1 - r))."""
    found = simulated(
        [[0.4], [0.3]], repair_time=1.0, servers=0, priority=[[1], [2]], groups=[(0, 1, 1, 0.0)], years=400
    )
    assert agree(found.wait, [[1 + 0.7 / 0.6], [1 + 0.7 / (0.6 * 0.3)]])


def test_memory_grows_where_a_history_needs_it() -> None:
    """No spares: a Poisson number of units is under repair, each missing in a system of its own."""
    found = simulated([[20.0]], repair_time=100.0, systems=3000, years=2, histories=8)
    assert agree(found.down, [2000.0])
    assert agree(found.availability, [1 / 3])


def test_contract_risk_counts_years_below_the_target() -> None:
    found = simulated(**four_bases(), years=10, histories=8)
    assert found.yearly_availability.shape == (8, 10, 4)
    np.testing.assert_allclose(found.yearly_availability.mean(axis=(0, 1)), found.availability.mean, rtol=0, atol=1e-9)
    with pytest.raises(UsageError, match="at least one"):
        simulated(**four_bases(), years=0.5, histories=2).contract_risk(0.9)
    risk = found.contract_risk(0.5)
    assert ((risk.mean >= 0) & (risk.mean <= 1)).all()
    assert (found.contract_risk(1.1).mean == 1).all()


def test_a_stop_keeps_what_is_done() -> None:
    stop = threading.Event()
    net = network(**four_bases())
    found = simulate_network(net, years=1, histories=500, workers=1, stop=stop, progress=lambda _: stop.set())
    assert 0 < found.histories < 500
    with pytest.raises(UsageError, match="stopped before its first history"):
        simulate_network(net, years=1, histories=2, stop=stop)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"stock": [[-1, 0, 0, 0, 0]]}, "stock is -1"), ({"years": 0.0}, "years and histories"),
        ({"curve_days": [3.0, 1.0]}, "curve_days"),
    ],
)  # fmt: skip
def test_numbers_out_of_range_are_named(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        simulate_network(network(**four_bases()), **wrong)


def test_an_interval_is_students() -> None:
    low, high = Estimate(np.array([2.0]), np.array([1.0]), 5).interval(0.95)
    np.testing.assert_allclose([low, high], [[2 - 2.776445], [2 + 2.776445]], atol=1e-6)


def test_a_fleet_without_any_part_left_has_no_more_holes_than_positions() -> None:
    """Poisson outstanding with mean 6, no spare, 4 systems: E[min(B, 4)] systems are down."""
    one = network([[6.0]], repair_time=1.0, systems=4)
    seen = simulate_network(one, years=20.0, warm_up_years=0.2, histories=16, seed=5)
    owed = np.arange(60)
    expected = float(np.minimum(owed, 4) @ poisson.pmf(owed, 6.0))
    assert seen.down.mean[0] == pytest.approx(expected, abs=4 * seen.down.standard_error[0])
    assert evaluate(one).availability[0] == pytest.approx(1 - expected / 4, abs=1e-9)
