"""A purchase gate that is neither open nor shut holds back as much in the simulator as in the programme."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import numpy as np
import pytest

from replenish.arrays import to_arrays, to_calendar
from replenish.arrays.groups import Floats
from replenish.planning.methods import make_plan, to_options
from replenish.policy import to_calls
from replenish.scenario.model import ChainState, Forced, Holder, PolicyRow, Row, Stock, Transition
from replenish.simulation.called import Deciders
from replenish.study.stepping import to_policies
from tests.planning.plans import best
from tests.planning.test_programme import START, maker, months, need
from tests.simulation.runs import trace

DRY = 0.4


def vote(*days: dt.date) -> list[Row]:
    """Return a gate that is open until the first day, lets a part through until the second, is shut until the third."""
    states = {"open": 1.0, "dry": DRY, "shut": 0.0}
    spans = pairwise([START, *days, dt.date(2030, 1, 1)])
    return [
        *(ChainState(chain="vote", state=state, start_probability=float(state == "open"), purchase_share=share)
          for state, share in states.items()),
        *(Transition(chain="vote", from_state=state, to_state=state, probability=1.0) for state in states),
        *(Forced(chain="vote", start=first, end=end - dt.timedelta(days=1), state=state)
          for (first, end), state in zip(spans, ["open", "dry", "shut", "open"], strict=True)),
    ]  # fmt: skip


def rows(*days: dt.date) -> list[Row]:
    """Return an army behind a gate, without a budget, that needs all that a line of ten a month can make."""
    return [
        *maker(), Holder(name="army", gate="vote"), *vote(*days), *need(9.0, holder="army"),
        Stock(holder="army", item="round", on_hand=20),
        PolicyRow(role="ordering", holder="army", item="round", line="works", rule="base_stock"),
    ]  # fmt: skip


def ordered(length: int, *days: dt.date) -> Floats:
    """Return what the gate lets through of what the plan orders in the simulator, by what it costs: one each."""
    scenario = months(12, *rows(*days))
    options, _ = to_options(scenario, method="deterministic", stage_periods=length)
    arrays, labels = to_arrays(scenario, to_calls(to_policies(make_plan(scenario, options))))
    found = trace(arrays, paths=1, lanes=1, decide=Deciders(arrays, labels, to_calendar(scenario)).decide)
    account = arrays.slots.account[labels.slot_of["works", "round", "army"]]
    return np.asarray(found["spend"][:, 0, account])


def test_what_passes_in_the_simulator_is_what_the_programme_orders() -> None:
    days = dt.date(2025, 3, 1), dt.date(2025, 8, 1), dt.date(2025, 10, 1)
    plan = best(months(12, *rows(*days))).order("army", "round", "works")
    assert plan[2:7].max() == pytest.approx(10 * DRY, rel=1e-6)  # what the line could make in a month is ten
    assert plan[7:9].max() == 0
    assert ordered(1, *days) == pytest.approx(plan, abs=1e-6)


def test_a_gate_that_falls_half_shut_within_a_stage_holds_orders_back() -> None:
    """A stage is three months: a month then orders at most ten, of which the part passes that the gate lets through."""
    passed = ordered(3, dt.date(2025, 2, 1), dt.date(2025, 9, 1), dt.date(2025, 10, 1))
    assert passed[1:8].max() <= 10 * DRY * (1 + 1e-9)
    assert passed[0] > 10 * DRY
    assert passed[8] == 0
