"""How long queues take to forget how they began."""

from __future__ import annotations

import math

import pytest

from replenish.sustain.settling import TIMES, pipeline_days, settling_days
from tests.sustain.networks import network


def test_one_server_settles_with_the_relaxation_time_of_its_queue() -> None:
    found = settling_days(network([[0.81]], repair_time=1.0, servers=0, groups=[[0, 1, 1, 0.0]]))
    assert found.tolist() == pytest.approx([TIMES / (1 - 0.9) ** 2])  # M/M/1: 1 / (sqrt(mu) - sqrt(lambda))^2


def test_more_servers_settle_sooner_and_too_few_never() -> None:
    shop = network([[2.0]], repair_time=1.0, servers=0, groups=[[0, 3, 3, 0.0]])
    days = [float(settling_days(shop, servers)[0]) for servers in ([2], [3], [4])]  # type: ignore[arg-type]
    assert days[0] == math.inf
    assert days[1] > days[2] > TIMES


def test_the_pipeline_settles_after_repairs_orders_and_makers() -> None:
    one = network([[0.1, 0.1]], repair_time=20.0, order_time=5.0, procurement_time=100.0)
    assert pipeline_days(one) == TIMES * 20 + 100 + 5
