"""What flows through a network in the long run."""

from __future__ import annotations

import numpy as np
import pytest

from replenish.sustain.flows import to_flows
from tests.sustain.networks import network

YEAR = 365.0


def test_a_depot_gets_what_bases_do_not_repair() -> None:
    """Published: depot demand 126 a year, pipeline 20.7123; base pipeline of its own 1.9726.

    References:
        Rossetti, Analysis of Inventory Systems: four bases, 45 demands a year, 0.3 repaired at the base in 30 days,
        10 days from the depot, where repair takes 60 days.
    """
    rate = np.array([[0.0, *[45 / YEAR] * 4]])
    flows = to_flows(network(rate, order_time=10.0, repair_share=[1.0, *[0.3] * 4], repair_time=[60.0, *[30.0] * 4]))
    assert flows.requests[0, 0] * YEAR == pytest.approx(126.0)
    assert flows.pipeline[0, 0] == pytest.approx(20.7123, abs=5e-5)
    assert flows.pipeline[0, 1:] == pytest.approx(1.9726, abs=5e-5)
    assert flows.share[0, 1:] == pytest.approx(0.25)


def test_condemned_parts_are_ordered_up_to_the_maker() -> None:
    flows = to_flows(network([[0.0, 1.0]], condemned_share=[0.5, 0.2], repair_share=[1.0, 0.6], procurement_time=100.0))
    assert flows.orders[0, 1] == pytest.approx(0.4 + 0.6 * 0.2)  # passed on, and condemned here
    assert flows.arrivals[0, 0] == pytest.approx(0.4)  # a condemned part is not passed on
    assert flows.orders[0, 0] == pytest.approx(0.4 * 0.5 + 0.6 * 0.2)
    assert flows.on_the_way[0, 0] == pytest.approx(100.0 * flows.orders[0, 0])


def test_in_the_long_run_every_request_sets_off_a_repair_a_test_or_an_order() -> None:
    random = np.random.default_rng(7)
    shape = (3, 5)
    one = network(
        random.random(shape), parents=[-1, 0, 0, 1, 1], repair_share=random.random(shape),
        condemned_share=random.random(shape), no_fault_share=random.random(shape), procurement_time=5.0,
    )  # fmt: skip
    flows = to_flows(one)
    good = flows.arrivals * one.repairs.no_fault_share + flows.taken_in * (1 - one.repairs.condemned_share)
    assert flows.requests == pytest.approx(good + flows.orders)


def test_repairs_ask_for_inner_parts_where_they_are_done() -> None:
    flows = to_flows(network([[0.0, 2.0], [0.0, 0.0]], inner=[(1, 0, 0.25)], repair_share=[[1.0, 0.5], [1.0, 0.0]]))
    assert flows.requests[1, 1] == pytest.approx(2.0 * 0.5 * 0.25)
    assert flows.requests[1, 0] == pytest.approx(2.0 * 0.5 * 0.25 + flows.orders[1, 1])
