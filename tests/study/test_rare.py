"""Importance sampling gives the probability of a rare stock-out that a dynamic programme gives."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from functools import cache

import numpy as np
import polars as pl
import pytest

from replenish.arrays import to_arrays
from replenish.errors import UsageError
from replenish.scenario.model import (
    ChainState,
    Demand,
    Forced,
    Holder,
    Item,
    Scenario,
    Settings,
    Stock,
    Time,
    Transition,
)
from replenish.simulation import simulate
from replenish.study.rare import Rare, Tilt, estimate_rare, parse_tilt, probabilities, tilted_chains

USE = {"calm": 1.0, "surge": 4.0}
MONTHS, STOCK = 24, 84.0


def surges(*, stock: float = STOCK, forced: tuple[Forced, ...] = ()) -> Scenario:
    """Return a stock that is used up if surges last long; nothing comes in."""
    start = dt.date(2024, 1, 1)
    return Scenario(
        settings=Settings(title="surges", time=Time(start=start, end=dt.date(2025, 12, 31))),
        items=(Item(name="mask", unit="box"),),
        holders=(Holder(name="depot"),),
        stocks=(Stock(holder="depot", item="mask", on_hand=stock),),
        demand=tuple(
            Demand(holder="depot", item="mask", chain="regime", state=state, mean=mean) for state, mean in USE.items()
        ),
        chains=(
            ChainState(chain="regime", state="calm", start_probability=0.9),
            ChainState(chain="regime", state="surge", start_probability=0.1),
            ChainState(chain="idle", state="on", start_probability=1),
        ),
        transitions=(
            Transition(chain="regime", from_state="calm", to_state="calm", probability=0.85),
            Transition(chain="regime", from_state="calm", to_state="surge", probability=0.15),
            Transition(chain="regime", from_state="surge", to_state="surge", probability=0.7),
            Transition(chain="regime", from_state="surge", to_state="calm", probability=0.3),
            Transition(chain="idle", from_state="on", to_state="on", probability=1),
        ),
        forced=forced,
    )


def exact(stock: float, known: dict[int, str]) -> float:
    """Return the probability that use exceeds the stock, by a programme over months, states and use so far."""
    start = {"calm": 0.9, "surge": 0.1}
    move = {"calm": {"calm": 0.85, "surge": 0.15}, "surge": {"calm": 0.3, "surge": 0.7}}
    law: dict[tuple[str, float], float] = {("", 0.0): 1.0}
    for month in range(MONTHS):
        after: dict[tuple[str, float], float] = defaultdict(float)
        for (state, used), chance in law.items():
            row = {known[month]: 1.0} if month in known else move[state] if state else start
            for to, probability in row.items():
                after[to, used + USE[to]] += chance * probability
        law = after
    return sum(chance for (_, used), chance in law.items() if used > stock)


def row(rare: Rare, holder: str = "depot") -> dict[str, float]:
    found: dict[str, float] = rare.estimates.filter(pl.col("holder") == holder).to_dicts()[0]
    return found


@cache
def tilted(factor: float, paths: int = 4000) -> Rare:
    return estimate_rare(surges(), [Tilt("regime", "surge", factor)], paths=paths, seed=7)


def test_a_probability_of_a_thousandth_is_the_exact_one_with_a_fifth_of_the_variance_at_most() -> None:
    found, truth = row(tilted(2.0)), exact(STOCK, {})
    assert 5e-4 < truth < 2e-3
    assert found["probability"] == pytest.approx(truth, abs=4 * found["standard_error"])
    assert found["relative_error"] < 0.1
    assert found["variance_ratio"] > 5


def test_any_demand_is_the_only_demand() -> None:
    assert row(tilted(2.0), "")["probability"] == row(tilted(2.0))["probability"]


def test_mean_weight_is_one() -> None:
    """Of a demand that never runs short the weights are those of whole paths, whose mean is 1."""
    from replenish.study import rare

    arrays, labels = to_arrays(surges(stock=1e6))
    drawn = tilted_chains(arrays.chains, labels, [Tilt("regime", "surge", 1.2)])
    is_short, weights = rare._sample(arrays, drawn, paths=4000, seed=3, progress=lambda _: None)
    assert not is_short.any()
    assert weights[0].mean() == pytest.approx(1.0, abs=4 * weights[0].std() / np.sqrt(4000))
    assert weights[0].std() > 0.1


def test_tilt_of_one_is_the_crude_estimate_bit_for_bit() -> None:
    found = row(estimate_rare(surges(stock=70), [Tilt("regime", "surge", 1.0)], paths=1000, seed=7))
    assert found["probability"] == found["crude_probability"] > 0
    assert found["standard_error"] == found["crude_standard_error"]
    assert found["effective_paths"] == 1000


def test_the_crude_estimate_is_that_of_a_run() -> None:
    scenario = surges(stock=70)
    summary = simulate(scenario, paths=1000, seed=7).summary
    of_run = summary.filter(pl.col("measure") == "stock_out_probability", pl.col("purpose") == "use")["value"][0]
    found = row(estimate_rare(scenario, [Tilt("regime", "surge", 2.0)], paths=1000, seed=7))
    assert found["crude_probability"] == pytest.approx(of_run, abs=1e-12)


def test_known_states_have_ratio_one() -> None:
    forced = (Forced(chain="regime", start=dt.date(2024, 1, 1), end=dt.date(2024, 6, 30), state="calm"),)
    found = row(estimate_rare(surges(stock=69, forced=forced), [Tilt("regime", "surge", 1.6)], paths=4000, seed=7))
    truth = exact(69, dict.fromkeys(range(6), "calm"))
    assert truth < 0.01
    assert found["probability"] == pytest.approx(truth, abs=4 * found["standard_error"])


def test_an_extreme_tilt_is_called_doubtful() -> None:
    warnings = tilted(1000.0, 500).warnings
    assert any("effective paths" in text or "no path" in text for text in warnings)


def test_thresholds_keep_their_probabilities() -> None:
    arrays, _ = to_arrays(surges())
    assert probabilities(arrays.chains.move[1], 2) == pytest.approx(np.array([[0.85, 0.15], [0.3, 0.7]]), abs=1e-9)
    assert (probabilities(arrays.chains.move[1], 2).sum(axis=1) == 1).all()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("regime=2", "CHAIN:STATE=FACTOR"),
        ("regime:surge=x", "CHAIN:STATE=FACTOR"),
        ("regime:surge=0", "above 0"),
        ("regim:surge=2", "did you mean `regime`"),
        ("regime:surg=2", "did you mean `surge`"),
        ("idle:on=2", "no demand, requirement or gate"),
        ("regime:surge=1e30", "impossible"),
    ],
)
def test_a_tilt_that_cannot_be_is_refused(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        estimate_rare(surges(), [parse_tilt(text)], paths=32)
