"""Expected use of a force: training events that come at random, and missions that begin and end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from replenish.arrays.groups import Floats
from replenish.scenario.model import Bundle, ChainState, Demand, Stock, Transition
from tests.simulation.by_hand import Run

pytestmark = pytest.mark.usefixtures("each_engine")

MONTHS, PATHS = 12, 4000
ROUNDS = 1e6  # of every item: more than is ever used


@dataclass(frozen=True)
class Event:
    """A kind of training event: so many a year, each of which uses one of these numbers of rounds, equally likely."""

    rate: float
    quantities: tuple[float, ...]


EVENTS = {"live_fire": Event(24.0, (40.0, 80.0)), "exercise": Event(2.0, (300.0, 500.0, 1000.0))}
MEAN = sum(event.rate * float(np.mean(event.quantities)) for event in EVENTS.values())
VARIANCE = sum(event.rate * float(np.mean(np.square(event.quantities))) for event in EVENTS.values())


def assert_mean(values: Floats, mean: float) -> None:
    """Assert that a mean over paths is as expected within four standard errors."""
    assert abs(values.mean() - mean) <= 4 * values.std(ddof=1) / np.sqrt(len(values))


def assert_variance(values: Floats, variance: float) -> None:
    """Assert that a variance over paths is as expected within four of its standard errors."""
    deviations = np.square(values - values.mean())
    assert abs(values.var(ddof=1) - variance) <= 4 * deviations.std(ddof=1) / np.sqrt(len(values))


def test_s1_the_numbers_of_this_case_by_hand() -> None:
    """24 x 60 + 2 x 600 = 2,640 rounds a year; 24 x 4,000 + 2 x 446,667 = 989,333 rounds squared."""
    assert pytest.approx(2_640) == MEAN
    assert pytest.approx(989_333.3333) == VARIANCE


def test_s1_events_at_poisson_times_use_rounds_with_mean_and_variance_of_the_compound_law() -> None:
    """Verification of FEAST (Caron, Bryce and Young, SIMULTECH 2023): mean sum f E[Q], variance sum f E[Q^2].

    An event is an item of its own, asked for by a Poisson law, whose use uses up rounds (a bundle).  Events that use
    different numbers of rounds are counted apart: thinned, Poisson events stay Poisson.
    """
    kinds = {
        f"{name}_{quantity:.0f}": (event.rate / len(event.quantities), quantity)
        for name, event in EVENTS.items()
        for quantity in event.quantities
    }
    run = Run(
        Stock(holder="army", item="round", on_hand=ROUNDS),
        *(Stock(holder="army", item=kind, on_hand=ROUNDS) for kind in kinds),
        *(
            Demand(holder="army", item=kind, purpose="training", mean=rate / 12, distribution="poisson")
            for kind, (rate, _) in kinds.items()
        ),
        *(Bundle(item=kind, bundled_item="round", quantity=quantity) for kind, (_, quantity) in kinds.items()),
        months=MONTHS,
        paths=PATHS,
    )
    used = run.on_paths("bundled", "army", "round").sum(axis=0)
    assert_mean(used, MEAN)
    assert_variance(used, VARIANCE)
    assert np.array_equal(ROUNDS - run.on_paths("on_hand", "army", "round")[-1], used)


@pytest.mark.parametrize("law", ["negative_binomial", "gamma", "lognormal"])
def test_s1_a_law_by_mean_and_variation_has_the_same_two_numbers_over_a_year(law: str) -> None:
    """Months are independent, so each has a twelfth of the mean and of the variance."""
    variation = (VARIANCE / 12) ** 0.5 / (MEAN / 12)
    run = Run(
        Stock(holder="army", item="round", on_hand=ROUNDS),
        Demand(holder="army", item="round", purpose="training", mean=MEAN / 12, distribution=law,
               coefficient_of_variation=variation),
        months=MONTHS,
        paths=PATHS,
    )  # fmt: skip
    asked = run.on_paths("demand", "army", "round", "training")
    assert_mean(asked.sum(axis=0), MEAN)
    assert_variance(asked.sum(axis=0), VARIANCE)


LENGTH, PAUSE, USE = 182.62125, 547.86375, 900.0  # days of a mission, days between missions, rounds a year of mission


def test_s1_missions_use_their_rate_times_their_length_times_their_use() -> None:
    """Mean annual use g E[L] E[u]: one mission in 730.485 days, of half a year, at 900 rounds a year: 225 a year.

    The chain starts in its long-run shares, so that every year is like any other.
    """
    rate, length = 365.2425 / (LENGTH + PAUSE), LENGTH / 365.2425
    assert (rate, length) == pytest.approx((0.5, 0.5))
    share = LENGTH / (LENGTH + PAUSE)
    run = Run(
        Stock(holder="army", item="round", on_hand=ROUNDS),
        ChainState(chain="duty", state="home", start_probability=1 - share, mean_duration_days=PAUSE),
        ChainState(chain="duty", state="mission", start_probability=share, mean_duration_days=LENGTH),
        Transition(chain="duty", from_state="home", to_state="mission", probability=1),
        Transition(chain="duty", from_state="mission", to_state="home", probability=1),
        Demand(holder="army", item="round", chain="duty", state="home", mean=0, distribution="gamma",
               coefficient_of_variation=0.7),
        Demand(holder="army", item="round", chain="duty", state="mission", mean=USE / 12, distribution="gamma",
               coefficient_of_variation=0.7),
        months=MONTHS,
        paths=PATHS,
    )  # fmt: skip
    assert_mean(run.on_paths("issues", "army", "round", "use").sum(axis=0), rate * length * USE)
    begun = np.diff(run.on_paths("chain_state", "duty"), axis=0) == 1
    assert_mean(begun.sum(axis=0).astype(np.float64), rate * (MONTHS - 1) / 12)
