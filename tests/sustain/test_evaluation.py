"""Properties of the evaluator, and agreement with sums over everything that may be."""

from __future__ import annotations

from itertools import combinations, product
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from replenish.arrays.network import EXPONENTIAL, FIXED, GAMMA, LOGNORMAL, NONE, Network
from replenish.errors import UsageError
from replenish.sustain import exactness
from replenish.sustain.availability import chance_up, fewest_down
from replenish.sustain.evaluation import evaluate
from replenish.sustain.methods import Exact, Metric, VariMetric
from replenish.sustain.utilisation import OverloadError, find_overloads, without_queues
from tests.sustain.networks import network

FIVE_SITES = [NONE, 0, 0, 1, 1]


def drawn(seed: int, *, parts: int = 3, **more: Any) -> Network:
    """Return a network of five sites on three levels, with numbers drawn at random."""
    random = np.random.default_rng(seed)
    removals = random.uniform(0.05, 1.5, (parts, 5)) * (random.random((parts, 5)) < 0.8)
    given: dict[str, Any] = {
        "order_time": random.uniform(0, 3, 5), "repair_share": random.random((parts, 5)),
        "repair_time": random.uniform(0, 6, (parts, 5)), "procurement_time": random.uniform(0, 20, parts),
        "no_fault_share": random.uniform(0, 0.3, (parts, 5)), "no_fault_time": 1.0,
        "stock": random.integers(0, 5, (parts, 5)), "systems": 9,
    }  # fmt: skip
    return network(removals, parents=FIVE_SITES, **(given | more))


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_one_more_spare_saves_the_chance_that_it_is_needed(seed: int) -> None:
    own = drawn(seed)
    site = seed % 5
    more = own.spares.on_hand.copy()
    more[:, site] += 1
    before, after = evaluate(own), evaluate(own, stock=more)
    for part in range(3):
        beyond = before.law(part, site)[own.spares.on_hand[part, site] + 1 :].sum()
        assert before.backorders[part, site] - after.backorders[part, site] == pytest.approx(beyond, abs=1e-12)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_metric_never_promises_more_backorders_than_there_are(seed: int) -> None:
    own = drawn(seed)
    assert np.all(evaluate(own).backorders >= evaluate(own, method=Metric()).backorders - 1e-12)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_methods_agree_on_means_of_units_outstanding_at_the_top(seed: int) -> None:
    own = drawn(seed)
    exact, vari = evaluate(own), evaluate(own, method=VariMetric())
    assert exact.outstanding[:, 0] == pytest.approx(vari.outstanding[:, 0], abs=1e-12)
    assert exact.outstanding == pytest.approx(vari.outstanding, rel=0.05)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_what_is_asked_is_on_the_shelf_or_outstanding(seed: int) -> None:
    own = drawn(seed, rate_shape=np.array([np.inf, 2.5, 0.7]), systems=9)
    found = evaluate(own)
    assert found.on_hand - found.backorders == pytest.approx(found.stock - found.outstanding, abs=1e-9)
    lost = own.fleets.systems * (1 - found.availability)
    assert found.down_by_part.sum(axis=1) == pytest.approx(lost, abs=1e-9)


def test_the_order_of_parts_changes_nothing() -> None:
    own, order = drawn(5, parts=6), np.array([4, 2, 0, 5, 1, 3])
    repairs, spares = own.repairs, own.spares
    given = own.removals()
    one = evaluate(own)
    other = evaluate(
        network(
            given[order], parents=FIVE_SITES, order_time=own.sites.order_time, repair_share=repairs.repair_share[order],
            repair_time=repairs.time[order], procurement_time=own.parts.procurement_time[order],
            no_fault_share=repairs.no_fault_share[order], no_fault_time=1.0, stock=spares.on_hand[order], systems=9,
        )
    )  # fmt: skip
    assert other.backorders == pytest.approx(one.backorders[order], rel=1e-12)
    assert other.availability == pytest.approx(one.availability, rel=1e-12)


def _owed(law: npt.NDArray[np.float64], stock: int, share: float) -> npt.NDArray[np.float64]:
    """Return the thinned law of units owed, as a sum over all numbers of units."""
    found = np.zeros(len(law))
    for number, chance in enumerate(law):
        units = max(number - stock, 0)
        found += chance * stats.binom.pmf(np.arange(len(law)), units, share)
    return found


def test_three_echelons_agree_with_sums_over_everything_that_may_be() -> None:
    own = drawn(11, parts=1, stock=[3, 2, 1, 0, 2])
    found = evaluate(own)
    flows, size = found.flows, 90
    laws: list[Any] = []
    for site, above in enumerate(FIVE_SITES):
        law = stats.poisson.pmf(np.arange(size), flows.pipeline[0, site])
        if above != NONE:
            law = np.convolve(law, _owed(laws[above], found.stock[0, above], flows.share[0, site]))[:size]
        laws.append(law)
        given = np.pad(found.law(0, site), (0, size))[:size]
        assert given == pytest.approx(law, abs=1e-12)
        met = law[: found.stock[0, site]].sum() if flows.requests[0, site] > 0 else 1.0
        assert found.fill_rate[0, site] == pytest.approx(met, abs=1e-12)
    assert found.is_exact.all()


def test_an_uncertain_rate_makes_units_outstanding_negative_binomial() -> None:
    """A Poisson number with a gamma mean is negative binomial (Greenwood and Yule 1920)."""
    shapes, mean = np.array([0.5, 2.5, 7.0, 40.0]), 6.0
    found = evaluate(network(np.full((4, 1), mean), rate_shape=shapes, stock=9))
    for part, shape in enumerate(shapes):
        law = stats.nbinom(shape, shape / (shape + mean))
        x = np.arange(9, 2000)
        assert found.backorders[part, 0] == pytest.approx(law.sf(x).sum(), abs=1e-7)
        # a world with twice the rate has twice the requests
        assert found.fill_rate[part, 0] == pytest.approx(
            stats.nbinom.cdf(8, shape + 1, shape / (shape + mean)), abs=1e-6
        )
    assert found.is_exact.all()


def test_an_uncertain_rate_is_one_for_all_sites() -> None:
    own = network([[0.0, 1.0, 2.0]], order_time=1.0, repair_share=[1, 0.5, 0.5], repair_time=4.0, stock=[3, 1, 2])
    shape, total = 2.5, 0.0
    points = np.linspace(0.0005, 9.9995, 1000)
    weights = stats.gamma.pdf(points, shape, scale=1 / shape)
    for point, weight in zip(points[::10], weights[::10] / weights[::10].sum(), strict=True):
        total += weight * evaluate(own, removals=own.removals() * point).backorders[0]
    doubtful = network(
        [[0.0, 1.0, 2.0]], order_time=1.0, repair_share=[1, 0.5, 0.5], repair_time=4.0, stock=[3, 1, 2], rate_shape=2.5
    )
    assert evaluate(doubtful).backorders[0] == pytest.approx(total, rel=1e-3)


def test_a_shop_shared_by_parts_of_one_rate_is_exact_by_part() -> None:
    own = network(
        [[0.5], [1.0]], repair_time=2.0, stock=[[1], [3]], groups=[(0, 4, 4, 1.0)], servers=0,
    )  # fmt: skip
    found = evaluate(own)
    assert found.is_exact.all()
    whole = np.array([1.0])
    chances = [1.0]
    for n in range(400):
        chances.append(chances[-1] * 3.0 / min(n + 1, 4))
    whole = np.array(chances) / np.sum(chances)
    for part, share in enumerate((1 / 3, 2 / 3)):
        law = _owed(whole, 0, share)
        assert found.law(part, 0)[:20] == pytest.approx(law[:20], abs=1e-12)


def test_a_shop_with_different_laws_is_told_to_be_approximate() -> None:
    own = network([[0.5], [0.2]], repair_time=[[2.0], [6.0]], groups=[(0, 4, 4, 1.0)], servers=0, law=FIXED)
    found = evaluate(own)
    assert not found.is_exact.any()
    assert found.why_not[0] == (exactness.SHARED_SERVERS,)


def test_the_mean_queue_before_one_server_is_that_of_pollaczek_and_khinchine() -> None:
    """M/G/1: Lq = rho^2 (1 + c^2) / (2 (1 - rho))."""
    for law, spread in ((FIXED, 0.0), (LOGNORMAL, 0.5)):
        own = network([[0.4]], repair_time=2.0, groups=[(0, 1, 1, 1.0)], servers=0, law=law, spread=spread)
        assert evaluate(own).outstanding[0, 0] == pytest.approx(0.8 + 0.64 * (1 + spread**2) / 0.4, abs=1e-9)


def test_those_who_go_first_wait_less_and_the_queue_is_the_same() -> None:
    """Kella and Yechiali (1985): with equal laws ranks only change who waits."""
    rows: dict[str, Any] = {"repair_time": 2.0, "groups": [(0, 3, 3, 1.0)], "servers": 0}
    equal = evaluate(network([[0.6], [0.6]], **rows))
    ranked = evaluate(network([[0.6], [0.6]], priority=[[1], [2]], **rows))
    assert ranked.outstanding.sum() == pytest.approx(equal.outstanding.sum(), rel=1e-9)
    assert ranked.outstanding[0, 0] < equal.outstanding[0, 0] < ranked.outstanding[1, 0]
    assert ranked.why_not[0] == (exactness.SHARED_SERVERS,)


def test_a_shop_with_too_few_servers_is_named_with_what_it_needs() -> None:
    own = network([[1.0], [2.0]], repair_time=2.0, groups=[(0, 6, 9, 1.0)], servers=0)
    (shop,) = find_overloads(own)
    assert (shop.group, shop.fewest) == (0, 7)
    assert shop.load == pytest.approx(6.0)
    with pytest.raises(OverloadError, match="give at least 7"):
        evaluate(own)
    assert evaluate(own, servers=[7]).utilisation == pytest.approx([6 / 7])
    assert evaluate(without_queues(own)).outstanding.sum() == pytest.approx(6.0)


def test_more_servers_than_work_are_as_good_as_none_to_wait_for() -> None:
    own = network([[1.0, 0.5]], repair_time=3.0, groups=[(0, 60, 60, 1.0)], servers=[0, NONE], repair_share=[1, 0])
    assert evaluate(own).backorders == pytest.approx(evaluate(without_queues(own)).backorders, abs=1e-12)


@pytest.mark.parametrize(("systems", "quantity"), [(3, 1), (2, 2), (3, 2), (2, 4)])
def test_holes_lie_anywhere_with_the_same_chance(systems: int, quantity: int) -> None:
    places = systems * quantity
    for needed, holes in product(range(quantity + 1), range(places + 1)):
        ways = [sum(hole < quantity for hole in choice) for choice in combinations(range(places), holes)]
        up = np.mean([here <= quantity - needed for here in ways])
        assert chance_up(systems, quantity, needed)[holes] == pytest.approx(up, abs=1e-12)


@pytest.mark.parametrize(("systems", "quantity", "needed"), [(3, 1, 1), (3, 2, 1), (2, 4, 3), (4, 3, 2)])
def test_gathered_holes_take_the_fewest_systems(systems: int, quantity: int, needed: int) -> None:
    for holes, down in enumerate(fewest_down(systems, quantity, needed)):
        working = systems * quantity - holes
        assert down == min(d for d in range(systems + 1) if (systems - d) * needed <= working)


def test_gathering_holes_never_hurts() -> None:
    for seed in range(6):
        apart = drawn(seed, quantity=2, needed=2)
        gathered = drawn(seed, quantity=2, needed=2, is_cannibalised=True)
        assert np.all(evaluate(gathered).availability >= evaluate(apart).availability - 1e-12)


def test_a_part_with_more_than_needed_holds_fewer_systems_down() -> None:
    all_needed, one_spare = (drawn(3, quantity=3, needed=needed) for needed in (3, 2))
    assert np.all(evaluate(one_spare).availability >= evaluate(all_needed).availability)


@settings(max_examples=15, deadline=None)
@given(ratio=st.floats(0.3, 4.0), mean=st.floats(0.5, 8.0))
def test_batches_have_the_variance_that_was_stated(ratio: float, mean: float) -> None:
    found = evaluate(network([[mean]], variance_ratio=ratio, stock=2, law=FIXED))
    assert found.outstanding_variance[0, 0] == pytest.approx(max(ratio * mean, mean % 1 * (1 - mean % 1)), rel=1e-6)
    assert found.why_not[0] == (() if ratio == 1.0 else (exactness.BATCHES,))


@pytest.mark.parametrize(
    ("law", "time"),
    [
        (EXPONENTIAL, stats.expon(scale=4)), (FIXED, None), (GAMMA, stats.gamma(1 / 0.49, scale=4 * 0.49)),
        (LOGNORMAL, stats.lognorm(np.log(1.49) ** 0.5, scale=4 / 1.49**0.5)),
    ],
)  # fmt: skip
def test_units_of_a_batch_are_out_together_as_long_as_the_law_of_repair_says(law: int, time: Any) -> None:
    own = network(
        [[0.0, 1.0]], variance_ratio=3.0, repair_share=[1.0, 0.6], repair_time=4.0, law=law, spread=0.7, order_time=3.0,
        no_fault_share=[0.0, 0.2], no_fault_time=2.0, stock=[[500, 0]],
    )  # fmt: skip
    u = (np.arange(400_000) + 0.5) / 4000
    repair = 1.0 * (u < 4) if time is None else time.sf(u)
    out = 0.8 * (0.6 * repair + 0.4 * (u < 3)) + 0.2 * (u < 2)
    found = evaluate(own)
    assert found.outstanding[0, 1] == pytest.approx(out.sum() / 4000, rel=1e-5)
    assert found.outstanding_variance[0, 1] == pytest.approx((out + 2 * out**2).sum() / 4000, rel=1e-5)


def test_a_unit_stands_behind_those_of_its_batch() -> None:
    """With one spare and repairs that take no time, only the first of each batch of the logarithmic law is met."""
    for ratio in (1.5, 3.0, 8.0):
        found = evaluate(network([[1.0]], variance_ratio=ratio, repair_time=1e-9, stock=1))
        assert found.fill_rate[0, 0] == pytest.approx(np.log(ratio) / (ratio - 1.0), rel=1e-6)


def test_what_is_not_exact_is_told_with_its_reason() -> None:
    places = network([[0.0, 1.0], [0.0, 0.0]], inner=[(1, 0, 0.5)], repair_share=0.5)
    assert evaluate(places).why_not == ((exactness.INNER_PLACES,), ())
    condemned = network([[0.5, 1.0]], condemned_share=[0.0, 0.3], repair_share=[1.0, 0.5])
    assert evaluate(condemned).why_not == ((exactness.CONDEMNED,),)
    assert evaluate(network([[0.0, 1.0]], condemned_share=[0.0, 0.3], repair_share=[1.0, 0.5])).is_exact.all()
    lateral = network([[0.0, 1.0, 1.0]], group=[NONE, 0, 0])
    assert evaluate(lateral).why_not == ((exactness.LATERAL,),)
    assert evaluate(network([[1.0]], is_closed=True)).why_not == ((exactness.CLOSED,),)
    assert evaluate(network([[1.0]]), method=VariMetric()).why_not == ((exactness.BY_METHOD,),)


def test_what_shares_servers_with_batches_is_not_exact() -> None:
    rows: dict[str, Any] = {"groups": [(0, 3, 3, 1.0)], "servers": 0, "variance_ratio": [1.0, 2.0]}
    assert not evaluate(network([[0.5], [0.5]], **rows)).is_exact.any()


def test_inner_parts_follow_the_uncertain_rate_of_the_part_they_are_in() -> None:
    rows: dict[str, Any] = {"inner": [(1, 0, 0.5)], "repair_time": [[3.0], [8.0]], "stock": [[2], [3]]}
    own, doubtful = network([[1.0], [0.0]], **rows), network([[1.0], [0.0]], rate_shape=[4.0, np.inf], **rows)
    points, weights = np.polynomial.laguerre.laggauss(60)
    weights = weights * points**3 / 6.0  # gamma with shape 4
    total = sum(
        w * evaluate(own, removals=own.removals() * x / 4).backorders for x, w in zip(points, weights, strict=True)
    )
    found = evaluate(doubtful)
    assert found.backorders == pytest.approx(total, abs=1e-6)
    assert found.is_exact.all()


def test_uncertain_rates_that_meet_in_one_inner_part_are_told() -> None:
    own = network([[1.0], [1.0], [0.0]], rate_shape=[2.0, np.inf, np.inf], inner=[(2, 0, 0.3), (2, 1, 0.3)], stock=2)
    assert evaluate(own).why_not == ((exactness.INNER_PARTS,), (exactness.INNER_PARTS,), (exactness.MIXED_RATES,))


def test_long_pipelines_have_laws() -> None:
    found = evaluate(network([[0.0, 500.0]], repair_time=100.0, repair_share=[1, 0], stock=[[50_000, 0]]))
    assert found.backorders[0, 0] == pytest.approx(50_000**0.5 * stats.norm.pdf(0), rel=1e-3)
    assert found.outstanding[0, 1] == pytest.approx(found.backorders[0, 0], rel=1e-12)


def test_stock_of_another_shape_is_refused() -> None:
    with pytest.raises(UsageError, match="stock has shape"):
        evaluate(network([[1.0]]), stock=[1])
    assert isinstance(evaluate(network([[1.0]])).method, Exact)
