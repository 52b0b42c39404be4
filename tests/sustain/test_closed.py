"""Closed fleets: what is down is not used and does not fail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replenish.arrays.groups import Floats
from replenish.arrays.network import FIXED
from replenish.errors import UsageError
from replenish.sustain.closed import Queue, evaluate_closed, find_closed, finite_source
from replenish.sustain.laws.law import poisson, shop
from tests.sustain.networks import network


@pytest.mark.parametrize(
    ("systems", "spares", "servers", "availability"), [(10, 2, 2, 0.90783), (24, 4, 3, 0.76480), (24, 4, None, 0.97436)]
)
def test_availability_of_closed_fleets(systems: int, spares: int, servers: int | None, availability: float) -> None:
    """Computed twice, at a mean of 50 between failures and of 8 under repair: by this law and by birth and death."""
    if servers is None:
        found = finite_source(systems, spares, 1 / 50, delay=8.0)
    else:
        found = finite_source(systems, spares, 1 / 50, queues=[Queue(8.0, servers)])
    assert found.availability == pytest.approx(availability, abs=1e-5)
    rates = np.minimum(np.arange(systems + spares) + 1, servers or np.inf) / 8.0
    failures = np.minimum(systems, systems + spares - np.arange(systems + spares)) / 50.0
    law = np.concatenate([[1.0], np.cumprod(failures / rates)])
    assert found.outstanding == pytest.approx(law / law.sum(), abs=1e-12)


def test_the_open_model_counts_failures_of_systems_that_are_down() -> None:
    """Computed: 24 systems, 4 spares, ample repair: open .97111, closed .97436."""
    assert 1 - poisson(24 / 50 * 8).backorders(4) / 24 == pytest.approx(0.97111, abs=1e-5)


def stationary(start: tuple[int, ...], moves: Callable[[tuple[int, ...]], list[tuple[tuple[int, ...], float]]]) -> Any:
    """Return the states that a Markov chain reaches and their long-run law, from its generator."""
    states = [start]
    for state in states:
        states += [to for to, _ in moves(state) if to not in states]
    generator = np.zeros((len(states), len(states)))
    for row, state in enumerate(states):
        for to, rate in moves(state):
            generator[row, states.index(to)] += rate
            generator[row, row] -= rate
    system = np.vstack([generator.T, np.ones(len(states))])
    law = np.linalg.lstsq(system, np.append(np.zeros(len(states)), 1.0), rcond=None)[0]
    return states, law


def two_shops(state: tuple[int, ...]) -> list[tuple[tuple[int, ...], float]]:
    """Return moves of 4 systems and 2 spares: 0.6 are repaired by one server, the others by two above, then shipped."""
    low, high, way = state
    fails = 0.3 * min(4, 6 - low - high - way)
    moves = [
        ((low + 1, high, way), 0.6 * fails),
        ((low, high + 1, way), 0.4 * fails),
        ((low - 1, high, way), 1.0 * min(low, 1)),
        ((low, high - 1, way + 1), 0.5 * min(high, 2)),
        ((low, high, way - 1), 2.0 * way),
    ]
    return [(to, rate) for to, rate in moves if rate > 0]


def two_shops_network(**more: Any) -> Any:
    own: dict[str, Any] = {
        "order_time": 0.5,
        "repair_share": [1.0, 0.6],
        "repair_time": [2.0, 1.0],
        "stock": [0, 2],
        "systems": 4,
        "is_closed": True,
        "groups": [(0, 2, 2, 1), (1, 1, 1, 1)],
        "servers": [0, 1],
    }
    return network([[0.0, 1.2]], **(own | more))


def test_a_fleet_with_two_shops_and_transport_agrees_with_its_markov_chain() -> None:
    states, law = stationary((0, 0, 0), two_shops)
    found = evaluate_closed(two_shops_network(), 0)
    outstanding = np.bincount([sum(state) for state in states], law)
    assert found.outstanding == pytest.approx(outstanding, abs=1e-10)
    busy = sum(p * min(state[0], 1) for state, p in zip(states, law, strict=True))
    assert found.utilisation == pytest.approx(
        [busy, sum(p * min(s[1], 2) / 2 for s, p in zip(states, law, strict=True))]
    )
    assert found.down.sum() == pytest.approx(1.0)


@given(
    systems=st.integers(1, 30), spares=st.integers(0, 8), servers=st.integers(1, 6), load=st.floats(0.05, 0.95)
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_a_closed_fleet_never_owes_more_than_an_open_one(systems: int, spares: int, servers: int, load: float) -> None:
    found = finite_source(systems, spares, load * servers / systems, queues=[Queue(1.0, servers)])
    assert found.backorders <= shop(servers, load * servers).backorders(spares) + 1e-9
    ample = finite_source(systems, spares, load * servers / systems, delay=1.0)
    assert ample.backorders <= poisson(load * servers).backorders(spares) + 1e-9


@given(systems=st.integers(1, 20), spares=st.integers(0, 5), work=st.floats(0.1, 30.0))
@settings(max_examples=40, deadline=None)
def test_as_many_fail_as_are_repaired(systems: int, spares: int, work: float) -> None:
    found = finite_source(systems, spares, 0.1, queues=[Queue(work, 2)])
    busy = float(found.outstanding @ np.minimum(np.arange(systems + spares + 1), 2))
    assert found.removals == pytest.approx(busy / work)
    assert found.utilisation[0] == pytest.approx(busy / 2)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({}, ""),
        ({"is_closed": False}, "it is open"),
        ({"quantity": 2, "needed": 1}, "without all of its parts"),
        ({"rate_shape": 2.5}, "not exponential"),
        ({"operations": [(0, 5.0, 2.0)]}, "changes over time"),
        ({"stock": [1, 2]}, "a site above holds spares"),
        ({"law": FIXED}, "does not take exponential time"),
        ({"servers": 1}, "at several sites"),
        ({"group": [-1, 0]}, "share their stock"),
    ],
)
def test_it_is_said_why_no_closed_form_holds(change: dict[str, Any], why: str) -> None:
    one = two_shops_network(**change)
    (said,) = find_closed(one)
    assert (why in said) if why else said == ""
    if why:
        with pytest.raises(UsageError, match="simulate it"):
            evaluate_closed(one, 0)


def test_several_parts_have_no_closed_form() -> None:
    assert "several parts" in find_closed(network([[0.2], [0.1]], is_closed=True))[0]


def test_tests_and_orders_count_by_their_mean() -> None:
    one = network(
        [[2.0]], systems=4, is_closed=True, no_fault_share=0.5, no_fault_time=1.0, repair_share=0.5, repair_time=2.0,
        condemned_share=0.5, procurement_time=4.0, stock=1,
    )  # fmt: skip
    delay: Floats = np.array(0.5 * 1 + 0.25 * 2 + 0.25 * 4 + 0.125 * 4)
    assert evaluate_closed(one, 0).availability == pytest.approx(
        finite_source(4, 1, 0.5, delay=float(delay)).availability
    )
