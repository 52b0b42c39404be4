"""Input at the edge of what a study may hold: numbers stay sane, or the input is refused with a reason."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from replenish.arrays import to_arrays
from replenish.arrays.groups import Floats
from replenish.errors import ScenarioError
from replenish.result import load_result, save_result
from replenish.scenario import Scenario, check
from replenish.scenario.model import (
    ChainState,
    Collect,
    Component,
    Contract,
    Demand,
    Expansion,
    Holder,
    Item,
    Line,
    LineItem,
    Lot,
    Pledge,
    PolicyRow,
    Requirement,
    Route,
    Row,
    Settings,
    Stock,
    Time,
    Transition,
)
from replenish.simulation import simulate
from tests.simulation.balance import excess
from tests.simulation.engines import ENGINES, gross, readings_of

START = dt.date(2024, 1, 1)
MAY_BE_INFINITE = ("days_of_supply",)


def study(*rows: Row, end: dt.date = dt.date(2024, 12, 31), period: str = "month", **settings: Any) -> Scenario:
    """Return a scenario of these rows alone."""
    time = Time.model_validate({"start": START, "end": end, "period": period})
    return Scenario(settings=Settings(title="extreme", time=time, **settings)).with_rows(*rows)


def chain_of_supply(
    *, units: float = 1000.0, rate: float = 100.0, mean: float = 80.0, days: float = 20.0, loss: float = 0.0,
    life: float | None = None, floor: float = 0.0, step: float = 50.0, holders: int = 1, law: str = "poisson",
) -> tuple[Row, ...]:  # fmt: skip
    """Return a donor with a line, a component, an expansion and a contract, and users that it supplies."""
    users = [f"user{n:04d}" for n in range(holders)]
    return (
        Item(name="round", unit="round", unit_cost=7.0, shelf_life_days=life),
        Item(name="shell", unit="shell", unit_cost=1.0),
        Holder(name="donor"),
        *(Holder(name=user) for user in users),
        Stock(holder="donor", item="round", on_hand=units, floor=floor, holding_cost=0.1),
        Stock(holder="donor", item="shell", on_hand=3 * units),
        *(Stock(holder=user, item="round", storage_limit=2 * units) for user in users),
        *(
            Demand(holder=user, item="round", mean=mean, distribution=law,
                   coefficient_of_variation=0.0 if law in ("poisson", "deterministic") else 1.5)
            for user in users
        ),
        *(Requirement(holder=user, item="round", quantity=units) for user in users),
        Line(name="plant", owner="donor", max_rate=rate, start_rate=0),
        LineItem(line="plant", item="round", production_lead_time_days=days),
        Component(item="round", component="shell"),
        Expansion(name="grow", line="plant", capacity_step=step, start=START, build_time_days=days, cost=100.0),
        Contract(name="old", holder="donor", item="round", line="plant", quantity=units, due=START),
        *(Route(from_holder="donor", to_holder=user, lead_time_days=days, loss_probability=loss) for user in users),
        *(
            Pledge(from_holder="donor", to_holder=user, item="round", quantity=units, due=dt.date(2024, 1, 31))
            for user in users[:1]
        ),
        PolicyRow(role="ordering", holder="donor", item="round", rule="base_stock", quantity=2 * units),
        *(
            PolicyRow(role="release", holder="donor", to_holder=user, item="round",
                      rule="pledge_schedule" if user == users[0] else "proportional")
            for user in users
        ),
    )  # fmt: skip


ABSORBING = (
    ChainState(chain="war", state="peace", start_probability=1.0),
    ChainState(chain="war", state="over"),
    Transition(chain="war", from_state="peace", to_state="peace", probability=0.5),
    Transition(chain="war", from_state="peace", to_state="over", probability=0.5),
    Transition(chain="war", from_state="over", to_state="over", probability=1.0),
    Item(name="round", unit="round"),
    Holder(name="army"),
    Stock(holder="army", item="round", on_hand=10),
    *(
        Demand(holder="army", item="round", chain="war", state=state, mean=mean, distribution="poisson")
        for state, mean in (("peace", 4.0), ("over", 0.0))
    ),
)

CASES: dict[str, Callable[[], Scenario]] = {
    "as it is": lambda: study(*chain_of_supply()),
    "no demand": lambda: study(*chain_of_supply(mean=0.0)),
    "no demand under a law with spread": lambda: study(*chain_of_supply(mean=0.0, law="gamma")),
    "no capacity": lambda: study(*chain_of_supply(rate=0.0)),
    "no capacity that grows": lambda: study(*chain_of_supply(rate=0.0, step=1e-9)),
    "nothing anywhere": lambda: study(*chain_of_supply(units=1e-9, rate=0.0, mean=0.0)),
    "a billion of everything": lambda: study(*chain_of_supply(units=1e9, rate=1e9, mean=1e9, step=1e9)),
    "a billion under a gamma law": lambda: study(*chain_of_supply(units=1e9, rate=1e9, mean=1e9, law="gamma")),
    "a billion asked of one": lambda: study(*chain_of_supply(units=1.0, rate=1.0, mean=1e9, law="lognormal")),
    "a billionth of everything": lambda: study(*chain_of_supply(units=1e-9, rate=1e-9, mean=1e-9, step=1e-9)),
    "a floor above the stock": lambda: study(*chain_of_supply(floor=1e6)),
    "a chain that ends": lambda: study(*ABSORBING),
    "all is lost on the way": lambda: study(*chain_of_supply(loss=1.0)),
    "leads longer than the horizon": lambda: study(*chain_of_supply(days=3650.0)),
    "a life of a day in months": lambda: study(*chain_of_supply(life=1.0)),
    "one month": lambda: study(*chain_of_supply(), end=dt.date(2024, 1, 31)),
    "one day": lambda: study(
        *(row for row in chain_of_supply() if not isinstance(row, Pledge)), end=START, period="day"
    ),
    "one holder and one item": lambda: study(Item(name="round", unit="round"), Holder(name="army")),
    "one stock that nobody uses": lambda: study(
        Item(name="round", unit="round"), Holder(name="army"), Stock(holder="army", item="round", on_hand=5)
    ),
    "a stock of nothing": lambda: study(
        Item(name="round", unit="round"), Holder(name="army"), Stock(holder="army", item="round")
    ),
    "1,560 weeks": lambda: study(*chain_of_supply(), end=dt.date(2053, 11, 23), period="week"),
    "1,000 holders": lambda: study(
        *chain_of_supply(units=1e5, rate=1e5, holders=1000),
        end=dt.date(2024, 4, 30),
        collect=Collect(measures=("on_hand", "delivered")),
    ),
}


def assert_finite(frame: pl.DataFrame, columns: tuple[str, ...]) -> None:
    """Assert that no number is missing or infinite, days of supply of what nobody uses apart."""
    finite = frame.filter(~pl.col("measure").is_in(MAY_BE_INFINITE))
    for column in columns:
        assert finite[column].is_finite().all(), column


@pytest.mark.parametrize("case", CASES)
def test_a_run_gives_finite_numbers_and_counts_every_path(case: str) -> None:
    result = simulate(CASES[case](), paths=33, workers=1)
    assert_finite(result.series, ("mean", "minimum", "maximum", "p05", "p50", "p95", "standard_error"))
    assert result.series["positive_share"].is_between(0, 1).all()
    assert (result.series["minimum"] <= result.series["mean"] * (1 + 1e-9) + 1e-6).all()
    assert (result.series["mean"] <= result.series["maximum"] * (1 + 1e-9) + 1e-6).all()
    assert result.summary["value"].is_finite().all()
    assert (result.dates["applies"] <= 33).all()
    assert len(result.paths) == 33


@pytest.mark.parametrize("case", CASES)
def test_what_goes_in_comes_out_on_both_engines_alike(case: str) -> None:
    arrays = to_arrays(CASES[case]())[0]
    kernel, reference = (readings_of(arrays, engine, paths=2) for engine in ENGINES)
    rounding = 1e-12 * gross(kernel)
    assert excess(arrays, kernel, seed=1) <= rounding
    for name, values in kernel.items():
        assert np.isfinite(values).all(), name
        assert values.min(initial=0.0) >= -rounding, name
        np.testing.assert_allclose(values, reference[name], rtol=1e-9, atol=10 * rounding, err_msg=name)


def on_path(case: str, reading: str) -> Floats:
    """Return a reading summed over all things, (period, path)."""
    readings = readings_of(to_arrays(CASES[case]())[0], "kernel", paths=4)
    return np.asarray(readings[reading].sum(axis=2))


def test_a_stock_below_its_floor_ships_nothing() -> None:
    assert on_path("a floor above the stock", "shipped").max() == 0


def test_what_is_all_lost_is_never_delivered_and_no_pledge_is_served_in_vain() -> None:
    assert on_path("all is lost on the way", "delivered").max() == 0
    assert on_path("all is lost on the way", "shipped").max() == 0


def test_nothing_arrives_that_takes_longer_than_the_horizon() -> None:
    assert on_path("leads longer than the horizon", "delivered").max() == 0
    assert on_path("leads longer than the horizon", "production").max() == 0
    assert on_path("leads longer than the horizon", "on_order").min() > 0


def test_a_life_of_a_day_is_one_month_in_months() -> None:
    """Of the opening 1,000, what has not left by then expires in the second month."""
    assert on_path("a life of a day in months", "expired")[0].max() == 0
    assert on_path("a life of a day in months", "expired")[1].min() > 0


def test_a_chain_stays_in_a_state_that_none_leaves() -> None:
    """At 1,000 to one the war is over after ten months; from then on nothing is asked."""
    result = simulate(CASES["a chain that ends"](), paths=1000)
    rows = result.series.filter(pl.col("measure") == "state_share", pl.col("state") == "over").sort("period")
    shares = rows["mean"].to_numpy()
    expected = 1 - 0.5 ** np.arange(12)
    assert (np.diff(shares) >= 0).all()
    assert (np.abs(shares - expected) <= 4 * np.sqrt(expected * (1 - expected) / 1000) + 1e-12).all()


def test_of_a_billion_rounds_not_one_is_lost_to_rounding() -> None:
    """Whole numbers below 2^53 are exact: what is issued, owed and on hand is whole."""
    scenario = CASES["a billion of everything"]()
    readings = readings_of(to_arrays(scenario)[0], "kernel", paths=4)
    assert readings["demand"].max() > 9e8
    assert np.array_equal(readings["demand"], np.round(readings["demand"]))


def test_more_than_is_plausible_is_warned_of_and_still_runs() -> None:
    scenario = study(*chain_of_supply(units=1e14))
    assert {problem.rule for problem in check(scenario)} >= {"implausible-magnitude"}
    assert_finite(simulate(scenario, paths=5).series, ("mean", "maximum"))


@pytest.mark.parametrize(
    ("rows", "rule"),
    [
        ((Route(from_holder="a", to_holder="a"),), "route-to-itself"),
        ((Line(name="l", owner="a", min_sustaining_rate=2, max_rate=1),), "min-above-max"),
        ((Lot(holder="a", item="x", lot="1", quantity=1, expires=START),), "lots-exceed-stock"),
        ((Demand(holder="a", item="x", mean=100, distribution="negative_binomial",
                 coefficient_of_variation=0.05),), "negative-binomial-variance"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_with_its_rule(rows: tuple[Row, ...], rule: str) -> None:
    scenario = study(Item(name="x", unit="unit", shelf_life_days=400), Holder(name="a"), *rows)
    with pytest.raises(ScenarioError) as refused:
        simulate(scenario, paths=1)
    assert rule in {problem.rule for problem in refused.value.problems}


def test_an_expansion_of_nothing_is_refused_where_it_is_written() -> None:
    with pytest.raises(ValueError, match="capacity_step"):
        Expansion(name="grow", line="plant", capacity_step=0.0, start=START, build_time_days=0)


def test_a_run_of_which_no_series_is_kept_still_ends(tmp_path: Path) -> None:
    """Nobody carries a pledge here, so the only measure asked for applies to nothing."""
    scenario = study(*ABSORBING, collect=Collect(measures=("pledge_fulfilment",)))
    result = save_result(simulate(scenario, paths=3), tmp_path / "run")
    assert (len(result.series), len(result.summary), result.provenance.paths) == (0, 0, 3)
    assert len(load_result(tmp_path / "run").series) == 0
