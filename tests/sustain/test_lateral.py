"""Sites that help each other out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replenish.arrays.network import NONE, Network
from replenish.errors import UsageError
from replenish.sustain.emergency import emergency_share, emergency_shares
from replenish.sustain.evaluation import evaluate
from replenish.sustain.flows import to_flows
from replenish.sustain.lateral import ON_THE_WAY, ORDER_TIMES, evaluate_pooled, pool, pooled
from tests.sustain.networks import network
from tests.sustain.replications import Replication, removals


@pytest.mark.parametrize(
    ("stock", "demand", "local", "lateral", "emergency"),
    [
        ([1, 1], [0.5, 0.5], [0.6, 0.6], [0.2, 0.2], 0.2),
        ([2, 1], [0.8, 0.4], [0.817827, 0.661487], [0.092397, 0.248737], 0.089776),
    ],
)
def test_two_stores_that_help_each_other(
    stock: list[int], demand: list[float], local: list[float], lateral: list[float], emergency: float
) -> None:
    """Computed twice: shares met from the own shelf, the other one and outside; replacement takes a day."""
    found = emergency_shares(demand, stock, 1.0)
    assert found.local == pytest.approx(local, abs=1e-6)
    assert found.lateral == pytest.approx(lateral, abs=1e-6)
    assert found.emergency == pytest.approx([emergency] * 2, abs=1e-6)
    assert emergency_share(demand, stock, 1.0) == pytest.approx(emergency, abs=1e-6)


def test_three_stores_agree_with_the_balance_of_their_chain() -> None:
    """Agreement: the linear equations of the chain, solved as they stand."""
    rates, levels, time = np.array([0.5, 0.9, 0.3]), (2, 1, 3), 2.5
    states = list(np.ndindex(*(level + 1 for level in levels)))
    generator = np.zeros((len(states), len(states)))
    for row, state in enumerate(states):
        for store, rate in enumerate(rates):
            if any(state):
                giver = store if state[store] else int(np.argmax(state))
                to = tuple(have - (at == giver) for at, have in enumerate(state))
                generator[row, states.index(to)] += rate
            if state[store] < levels[store]:
                to = tuple(have + (at == store) for at, have in enumerate(state))
                generator[row, states.index(to)] += (levels[store] - state[store]) / time
    generator -= np.diag(generator.sum(axis=1))
    system = np.vstack([generator.T, np.ones(len(states))])
    law = np.linalg.lstsq(system, np.append(np.zeros(len(states)), 1), rcond=None)[0]
    found = emergency_shares(rates, levels, time)
    assert found.local == pytest.approx([law[[state[at] > 0 for state in states]].sum() for at in range(3)], abs=1e-12)
    assert found.emergency[0] == pytest.approx(law[0], abs=1e-12)


@given(
    demand=st.lists(st.floats(0.05, 2.0), min_size=1, max_size=3),
    stock=st.lists(st.integers(0, 3), min_size=3, max_size=3),
)
@settings(max_examples=40, deadline=None)
def test_emergencies_are_those_of_erlang(demand: list[float], stock: list[int]) -> None:
    levels = stock[: len(demand)]
    found = emergency_shares(demand, levels, 1.5)
    assert found.emergency == pytest.approx(emergency_share(demand, levels, 1.5), abs=1e-9)
    alone = [emergency_share([rate], [level], 1.5) for rate, level in zip(demand, levels, strict=True)]
    assert found.emergency[0] <= np.average(alone, weights=demand) + 1e-9  # pooling never hurts


def test_a_chain_that_is_too_long_is_refused() -> None:
    with pytest.raises(UsageError, match="simulate the group"):
        emergency_shares([1.0] * 8, [9] * 8, 1.0)


def three_in_a_group(**more: Any) -> Network:
    """Return a depot with four bases, the first three of which help each other out."""
    own: dict[str, Any] = {
        "order_time": 3.0, "repair_share": [[1.0, 0.5, 0.2, 0.4, 0.3]] * 2, "repair_time": [8.0, 2.0, 4.0, 3.0, 5.0],
        "stock": [[2, 1, 0, 2, 1], [1, 1, 1, 1, 1]], "group": [NONE, 0, 0, 0, NONE], "systems": [4, 5, 6, 7],
        "no_fault_share": [0.0, 0.2, 0.0, 0.1, 0.0], "no_fault_time": 1.0,
    }  # fmt: skip
    return network([[0.0, 0.3, 0.1, 0.2, 0.2], [0.0, 0.1, 0.1, 0.0, 0.3]], **(own | more))


def test_a_group_is_one_site_with_the_same_flows() -> None:
    one = three_in_a_group(condemned_share=[0.1, 0.1, 0.3, 0.0, 0.2], procurement_time=20.0)
    found = pool(one)
    before, after = to_flows(one), to_flows(found.network)
    assert found.row.tolist() == [0, 1, 1, 1, 2]
    for table in ("requests", "arrivals", "taken_in", "orders", "at_work", "on_the_way"):
        summed = np.zeros((2, 3))
        np.add.at(summed.T, found.row, getattr(before, table).T)
        assert getattr(after, table) == pytest.approx(summed)
    assert found.stock(one.spares.on_hand).tolist() == [[2, 3, 1], [1, 3, 1]]
    assert found.network.spares.on_hand.tolist() == [[2, 3, 1], [1, 3, 1]]
    assert found.apart(after.requests) == pytest.approx(before.requests)


def test_sites_below_a_group_keep_their_place() -> None:
    one = network([[0.0, 0.1, 0.1, 0.2, 0.1]], parents=[-1, 0, 0, 1, 2], group=[NONE, 0, 0, 1, 1], order_time=2.0)
    assert pooled(one).sites.parent.tolist() == [NONE, 0, 1]
    assert pooled(one).removals()[0] == pytest.approx([0.0, 0.2, 0.3])


@given(
    stock=st.lists(st.integers(0, 4), min_size=4, max_size=4),
    rates=st.lists(st.floats(0.02, 0.8), min_size=3, max_size=3),
)
@settings(max_examples=30, deadline=None)
def test_pooling_never_hurts(stock: list[int], rates: list[float]) -> None:
    one = network(
        [[0.0, *rates]], order_time=2.0, repair_share=[1.0, 0.3, 0.6, 0.0], repair_time=5.0, stock=stock,
        group=[NONE, 0, 0, 0],
    )  # fmt: skip
    alone, together = evaluate(one), evaluate(pooled(one))
    assert together.backorders[0, 1] <= alone.backorders[0, 1:].sum() + 1e-9
    assert together.outstanding[0, 1] == pytest.approx(alone.outstanding[0, 1:].sum())
    assert together.is_exact.all()


def test_a_group_without_a_parent_has_the_law_of_its_sum() -> None:
    """Agreement: with repair at the sites alone units outstanding are independent Poisson numbers."""
    one = network(
        [[0.3, 0.2]], parents=[-1, -1], repair_time=[4.0, 6.0], stock=[1, 2], group=[0, 0]
    )  # fmt: skip
    number = np.arange(60)
    law = np.exp(-2.4) * np.cumprod(np.append(1.0, 2.4 / number[1:]))
    assert evaluate(pooled(one)).backorders[0, 0] == pytest.approx(law @ np.maximum(number - 3, 0))


def test_a_group_below_a_depot_agrees_with_its_histories() -> None:
    """Agreement: 2,000 histories of units outstanding at each site, summed, four standard errors."""
    rates = [0.0, 0.3, 0.2, 0.4, 0.2]
    sites: dict[str, Any] = {
        "order_time": 3.0, "repair_share": [1.0, 0.5, 0.2, 0.4, 0.3], "repair_time": [8.0, 2.0, 4.0, 3.0, 5.0],
        "group": [NONE, 0, 0, 0, NONE],
    }  # fmt: skip
    bare = network([rates], stock=[4, 0, 0, 0, 0], **sites)  # a site without spares owes all that is outstanding
    random = np.random.default_rng(2)
    history = Replication(bare, random, 0.0)
    outstanding = [history.owed(0, [removals(random, [(-90.0, 30.0, rate)]) for rate in rates]) for _ in range(2000)]
    owed = np.maximum(np.array(outstanding)[:, 1:4].sum(axis=1) - 5, 0)
    found = evaluate(pooled(network([rates], stock=[4, 2, 1, 2, 0], **sites))).backorders[0, 1]
    assert found == pytest.approx(owed.mean(), abs=4 * owed.std() / np.sqrt(2000))


def test_what_a_group_owes_is_split_by_requests() -> None:
    one = three_in_a_group()
    found = evaluate_pooled(one)
    assert found.backorders[:, 1:4].sum(axis=1) == pytest.approx(found.pooled.backorders[:, 1])
    assert found.backorders[0, 1] / found.backorders[0, 2] == pytest.approx(3.0)
    assert found.backorders[:, [0, 4]] == pytest.approx(found.pooled.backorders[:, [0, 2]])
    assert found.is_exact.all()
    assert found.on_the_way.sum() == 0


def test_time_between_sites_is_owed_too_but_no_more_than_all_of_it() -> None:
    quick, slow = evaluate_pooled(three_in_a_group()), evaluate_pooled(three_in_a_group(lateral_time=2.0))
    more = slow.backorders - quick.backorders
    assert more == pytest.approx(slow.on_the_way)
    assert np.all(more[:, [0, 4]] == 0)
    assert np.all(more[:, 1:4] <= to_flows(three_in_a_group()).requests[:, 1:4] * 2.0)
    assert more[0, 2] > 0
    assert all(reasons == (ON_THE_WAY,) for reasons in slow.why_not)


def test_order_times_that_differ_are_said() -> None:
    found = pool(three_in_a_group(order_time=[0.0, 1.0, 2.0, 3.0, 4.0]))
    assert found.why_not == ((ORDER_TIMES,), (ORDER_TIMES,))
    assert 1.0 < found.network.sites.order_time[1] < 3.0


def test_servers_at_several_sites_of_a_group_are_refused() -> None:
    one = three_in_a_group(servers=[NONE, 0, 1, NONE, NONE], groups=[(1, 2, 2, 1), (2, 2, 2, 1)])
    with pytest.raises(UsageError, match="servers at several sites"):
        pool(one)
    alone = three_in_a_group(
        repair_share=[[1.0, 0.5, 0.0, 0.0, 0.3]] * 2, servers=[NONE, 0, NONE, NONE, NONE], groups=[(1, 2, 2, 1)]
    )
    assert pooled(alone).repairs.servers[:, 1].tolist() == [0, 0]
    assert pooled(alone).servers.site.tolist() == [1]
