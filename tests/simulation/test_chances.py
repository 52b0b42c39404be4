"""Laws of what is drawn: many paths against closed forms, within four standard errors of a fixed seed."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from scipy.special import gammainc

from replenish.arrays.groups import Floats
from replenish.scenario.model import (
    ChainState,
    Contract,
    Holder,
    Influence,
    Item,
    LineItem,
    Route,
    Stock,
    Transition,
)
from replenish.simulation.reference.world import Bools
from tests.simulation.by_hand import Run, ordering, plant, producing, release

pytestmark = pytest.mark.usefixtures("each_engine")

MONTH = 365.2425 / 12
PATHS = 4000


def assert_shares(happened: Bools, expected: Floats) -> None:
    """Assert that events, (period, path), happened as often as expected in each period."""
    error = np.sqrt(expected * (1 - expected) / happened.shape[1])
    assert np.abs(happened.mean(axis=1) - expected).max() > 0  # a law, not a constant
    assert (np.abs(happened.mean(axis=1) - expected) <= 4 * error + 1e-9).all()


def test_outages_come_and_go_as_a_chain_of_two_states() -> None:
    """A fifth of working months end in an outage, half of those in an outage end it."""
    run = Run(
        *plant(start_rate=100, outage_probability=0.2, outage_duration_days=2 * MONTH),
        producing("maximum"),
        months=8,
        paths=PATHS,
    )
    stands, expected = 0.0, []
    for _ in range(8):
        stands = stands * 0.5 + (1 - stands) * 0.2
        expected.append(stands)
    assert_shares(run.on_paths("started_capacity", "plant", "round") == 0, np.array(expected))


def within_months(mean: float, variation: float, *, later: float = 0.0) -> Floats:
    """Return the probability that a gamma time of `mean` days is over within 1, 2, ... 6 months."""
    days = np.maximum(0.0, np.arange(1, 7) * MONTH - later)
    return np.asarray(gammainc(variation**-2, days / mean * variation**-2))


def test_a_random_production_lead_time_follows_its_gamma_law_rounded_up() -> None:
    run = Run(
        *plant(LineItem(line="plant", item="round", production_lead_time_days=60,
                        lead_time_coefficient_of_variation=0.5)),
        ordering("schedule", rate=100),
        ordering("schedule", rate=0, start=dt.date(2024, 2, 1)),
        months=7,
        paths=PATHS,
    )  # fmt: skip
    assert_shares(run.on_paths("on_hand", "army", "round")[1:] > 0, within_months(60, 0.5))


def test_absorption_comes_on_top_of_a_random_time_on_the_way_and_does_not_vary() -> None:
    run = Run(
        Holder(name="user", absorption_delay_days=20),
        Stock(holder="donor", item="round", on_hand=100),
        Route(from_holder="donor", to_holder="user", lead_time_days=40, lead_time_coefficient_of_variation=0.8),
        release("schedule", rate=100),
        months=7,
        paths=PATHS,
    )
    assert_shares(run.on_paths("on_hand", "user", "round")[1:] > 0, within_months(40, 0.8, later=20))


def test_all_items_on_a_route_that_leave_together_arrive_together() -> None:
    run = Run(
        Item(name="round", unit="unit"),
        Item(name="rocket", unit="unit"),
        *(Stock(holder="donor", item=item, on_hand=600) for item in ("round", "rocket")),
        Route(from_holder="donor", to_holder="user", lead_time_days=60, lead_time_coefficient_of_variation=1.0),
        *(release("schedule", rate=100, item=item) for item in ("round", "rocket")),
        months=12,
        paths=200,
    )
    arrived = run.on_paths("delivered", "donor", "user", "round")
    assert np.array_equal(arrived, run.on_paths("delivered", "donor", "user", "rocket"))
    assert len(set(arrived[3].tolist())) > 1  # what leaves in several months may arrive in one
    assert arrived.sum(axis=0).max() <= 600


@pytest.mark.parametrize(("law", "variation"), [("exponential", 1.0), ("gamma", 0.6)])
def test_a_contract_with_a_random_slip_arrives_as_much_later_as_is_drawn(law: str, variation: float) -> None:
    """Due on 10 January; what would have to enter the book before the start enters in January."""
    shape = 0.0 if law == "exponential" else variation
    run = Run(
        *plant(),
        Contract(name="old", holder="ally", item="round", line="plant", quantity=50, due=dt.date(2024, 1, 10),
                 slip_days=60, slip_distribution=law, slip_coefficient_of_variation=shape),
        months=6,
        paths=PATHS,
    )  # fmt: skip
    ends = [dt.date(2024, month, 1) for month in range(3, 8)]  # of the months from February on
    slips = np.array([(end - dt.date(2024, 1, 10)).days for end in ends])
    expected = gammainc(variation**-2, slips / 60 * variation**-2)
    on_hand = run.on_paths("on_hand", "ally", "round")
    assert (on_hand[0] == 0).all()
    happened = on_hand[1:] > 0
    error = np.sqrt(expected * (1 - expected) / PATHS)
    one_day = gammainc(variation**-2, (slips - 1) / 60 * variation**-2)  # whole days, or parts of them
    assert (happened.mean(axis=1) <= expected + 4 * error).all()
    assert (happened.mean(axis=1) >= one_day - 4 * error).all()
    assert (run.on_paths("on_order", "ally", "round") + on_hand == 50).all()


def test_influences_that_ask_for_more_than_all_share_the_move_and_nothing_stays() -> None:
    """0.5 and 0.4 are doubled to 1.0 and 0.8: five ninths go one way, four ninths the other."""
    moves = {"calm": 0.1, "flood": 0.5, "storm": 0.4}
    run = Run(
        Stock(holder="army", item="round"),
        *(ChainState(chain="sky", state=state, start_probability=float(state == "calm")) for state in moves),
        *(Transition(chain="sky", from_state="calm", to_state=to, probability=share) for to, share in moves.items()),
        *(Transition(chain="sky", from_state=state, to_state=state, probability=1) for state in ("flood", "storm")),
        *(Influence(chain="sky", to_state=to, what="on_hand", holder="army", item="round", reference=9, strength=1)
          for to in ("flood", "storm")),
        months=2,
        paths=PATHS,
    )  # fmt: skip
    state = run.on_paths("chain_state", "sky")[1]
    assert (state > 0).all()
    assert_shares((state == 1)[None, :], np.array([5 / 9]))


def test_part_of_what_lacks_raises_a_chance_in_part() -> None:
    """A tenth is multiplied by 1 + 4 x (1 - 25/100) = 4 while three quarters lack."""
    run = Run(
        Stock(holder="army", item="round", on_hand=25),
        *(
            ChainState(chain="sky", state=state, start_probability=float(state == "calm"))
            for state in ("calm", "storm")
        ),
        Transition(chain="sky", from_state="calm", to_state="calm", probability=0.9),
        Transition(chain="sky", from_state="calm", to_state="storm", probability=0.1),
        Transition(chain="sky", from_state="storm", to_state="storm", probability=1),
        Influence(
            chain="sky", to_state="storm", what="on_hand", holder="army", item="round", reference=100, strength=4
        ),
        months=6,
        paths=PATHS,
    )
    in_storm = run.on_paths("chain_state", "sky")[1:] == 1
    assert_shares(in_storm, np.asarray(1 - 0.6 ** np.arange(1, 6), np.float64))
