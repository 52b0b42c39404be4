"""Fleets beside stocks: by hand and against closed forms, in both directions, and the same whoever runs which paths."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import gdtr, pdtr
from scipy.stats import binom, hypergeom, poisson

from replenish import api
from replenish.arrays.groups import Floats
from replenish.arrays.network import EXPONENTIAL, FIXED, GAMMA, LOGNORMAL, Network, NetworkLabels
from replenish.errors import UsageError
from replenish.policy import Joint
from replenish.result import Result, load_result
from replenish.result.fleet_tables import FLEET_MEASURES, FLEETS
from replenish.scenario import Scenario, apply_case
from replenish.scenario.examples import read_scenario
from replenish.scenario.model import (
    Demand,
    Fleet,
    Holder,
    Installed,
    Item,
    Part,
    PartStock,
    Repair,
    Route,
    Site,
    Stock,
)
from replenish.scenario.model.policies import PolicyRow
from replenish.study.coupled import simulate
from replenish.study.fleets.counts import draw_binomial, draw_chosen, draw_levels, draw_poisson
from replenish.study.fleets.times import finished_share, leaving_shares
from replenish.study.fleets.upkeep import Course, Random, Upkeep
from replenish.study.rare import estimate_rare
from replenish.sustain.evaluation import evaluate
from tests.simulation.small import settings as study_settings
from tests.sustain.networks import network

MONTH = 365.25 / 12
LANES = 256
MANY = 100_000


def battery(
    *, guns: int = 20, asked: float = 1000.0, on_hand: float = 1e6, usage: float = 100.0, rate: float = 0.002,
    repair_days: float = 30.0, months: int = 12, spares: int = 0, **more: Any,
) -> Scenario:  # fmt: skip
    """Return a holder whose guns fire shells, wear out barrels and get them back repaired."""
    return Scenario(
        settings=study_settings(end=dt.date(2024 + (months - 1) // 12, (months - 1) % 12 + 1, 28)),
        items=(Item(name="shell", unit="shell"), *more.get("items", ())),
        holders=(Holder(name="army"), *more.get("holders", ())),
        stocks=(Stock(holder="army", item="shell", on_hand=on_hand), *more.get("stocks", ())),
        demand=(Demand(holder="army", item="shell", mean=asked, when_unmet="lost"),),
        sites=(Site(name="front", holder="army"),),
        fleets=(Fleet(name="guns", site="front", system="gun", systems=guns, usage=usage, item="shell"),),
        parts=(Part(name="barrel", unit_cost=1.0, failure_rate=rate),),
        breakdown=(Installed(part="barrel", inside="gun"),),
        repairs=(Repair(part="barrel", repair_time_days=repair_days),),
        part_stock=(PartStock(part="barrel", site="front", on_hand=spares),),
        routes=more.get("routes", ()),
        policies=more.get("policies", ()),
    )


def of(found: Result, measure: str, **names: str) -> Floats:
    """Return the means of a measure of fleets by period."""
    table = found.studies["fleets"]
    wanted = [pl.col(name) == value for name, value in {"measure": measure, **names}.items()]
    return table.filter(*wanted).sort("date")["mean"].to_numpy()


def mean_of(found: Result, measure: str) -> Floats:
    rows = found.to_polars(measures=[measure], holders=["army"], items=["shell"]).filter(pl.col("purpose") == "use")
    return rows.sort("period")["mean"].to_numpy()


def course(own: Network, *, period: float = MONTH, lanes: int = LANES) -> Course:
    """Return the course of a network whose fleets are used as an item is issued."""
    parts, sites = own.repairs.time.shape
    counts = (sites, len(own.fleets.site), parts, len(own.servers.site))
    labels = NetworkLabels(
        *(tuple(f"{kind}{n}" for n in range(count)) for kind, count in zip("sfpg", counts, strict=True))
    )
    return Course(Upkeep(own, labels, period, [True] * len(own.fleets.site)), Random(5, 0, lanes))


def holes(own: Network, *, periods: int, warm: int, period: float = MONTH) -> tuple[float, float]:
    """Return mean holes of the last fleet at openings, and the standard error over paths."""
    now = course(own, period=period)
    systems = np.repeat(own.fleets.systems[:, None].astype(float), LANES, axis=1)
    found = np.zeros(LANES)
    for t in range(periods):
        now.step(t, systems * period, systems)
        if t >= warm:
            found += now.holes[-1].sum(axis=0) / (periods - warm)
    return float(found.mean()), float(found.std() / LANES**0.5)


# Numbers by chance.


@pytest.mark.parametrize("mean", [0.01, 3.7, 90.0, 2500.0])
def test_counts_are_poisson(mean: float) -> None:
    out = np.empty((1, MANY))
    draw_poisson(7, np.array([3]), 0, 5, np.full((1, MANY), mean), out)
    for x in np.unique(np.quantile(out, [0.05, 0.3, 0.5, 0.8, 0.99])):
        chance = pdtr(x, mean)
        assert abs((out <= x).mean() - chance) <= 4.5 * (chance * (1 - chance) / MANY) ** 0.5


@pytest.mark.parametrize(("size", "share"), [(1, 0.3), (12, 0.9), (400, 0.02), (9000, 0.5)])
def test_splits_are_binomial(size: int, share: float) -> None:
    out = np.empty((1, MANY))
    draw_binomial(7, np.array([4]), 0, 5, np.full((1, MANY), float(size)), np.full((1, MANY), share), out)
    for x in np.unique(np.quantile(out, [0.05, 0.5, 0.95])):
        chance = binom.cdf(x, size, share)
        assert abs((out <= x).mean() - chance) <= 4.5 * (chance * (1 - chance) / MANY) ** 0.5


@pytest.mark.parametrize(("drawn", "own", "others"), [(1, 2, 1), (5, 4, 3), (40, 300, 20), (7, 0, 9), (9, 5, 4)])
def test_what_is_shared_out_is_drawn_from_all_alike(drawn: int, own: int, others: int) -> None:
    out = np.empty((1, MANY))
    chosen, mine, theirs = (np.full((1, MANY), float(value)) for value in (drawn, own, others))
    draw_chosen(7, np.array([4]), 0, 5, chosen, mine, theirs, out)
    law = hypergeom(own + others, own, drawn)
    for x in range(own + 1):
        chance = law.pmf(x)
        assert abs((out == x).mean() - chance) <= 4.5 * (chance * (1 - chance) / MANY) ** 0.5 + 1e-12


def test_draws_are_those_of_the_named_streams() -> None:
    from replenish.draws import FLEET_DRAW, WORD, words

    own, out = np.array([9, 12]), np.empty((2, 8))
    for period in range(5):
        draw_levels(11, own, 40, period, out)
        expected = (words(11, FLEET_DRAW, own.astype(np.uint32), np.arange(40, 48), period) + 0.5) / WORD
        assert np.abs(out - expected).max() <= 1 / WORD  # the word 0 counts as 1 there


@given(
    mean=st.floats(1.0, 300.0), spread=st.floats(0.3, 2.0), law=st.sampled_from([EXPONENTIAL, FIXED, GAMMA, LOGNORMAL])
)
@settings(max_examples=40, deadline=None)
def test_a_unit_stays_for_the_mean_time(mean: float, spread: float, law: int) -> None:
    """The shares that stay sum to the mean in periods, however long a period is: so Little's law holds at openings."""
    shares = leaving_shares(law, mean, spread, 30.0)
    stays = np.cumprod(1 - shares)
    rest = stays[-1] * (1 - shares[-1]) / shares[-1]
    assert 30.0 * (stays.sum() + rest) == pytest.approx(mean, rel=0.02)


def test_gamma_times_stay_as_their_law_says() -> None:
    """Entered evenly over a period of 30 days, with a mean of 45 days and a coefficient of variation of 1/2."""
    first = leaving_shares(GAMMA, 45.0, 0.5, 30.0)[0]
    day = (np.arange(30_000) + 0.5) / 1000
    assert first == pytest.approx(float(np.mean(gdtr(4 / 45, 4, day))), abs=1e-4)


def test_servers_finish_no_more_than_they_can() -> None:
    waiting = np.array([0.0, 3.0, 50.0])
    share = finished_share(waiting, np.full(3, 5.0), np.full(3, 2.0))
    assert share[0] == 0
    assert share[1] == pytest.approx(1 - np.exp(-2))
    assert share[2] * 50 == pytest.approx(10)


# Closed forms.


@pytest.mark.parametrize(("law", "spread"), [(EXPONENTIAL, 1.0), (FIXED, 0.0), (GAMMA, 0.5)])
@pytest.mark.parametrize("stock", [0, 8, 14])
def test_holes_at_constant_use_are_those_of_palms_theorem(law: int, spread: float, stock: int) -> None:
    """References: Palm (1938); the number in repair is Poisson whatever the law of the repair time."""
    own = network([[0.5]], repair_time=20.0, stock=stock, systems=10_000, law=law, spread=spread)
    mean, error = holes(own, periods=90, warm=20)
    expected = float(poisson(10.0).expect(lambda x: np.maximum(x - stock, 0)))
    assert abs(mean - expected) <= 5 * error + 0.01 * expected


def test_two_echelons_come_to_the_exact_backorders() -> None:
    """Four bases and a depot; exact value by binomial thinning (Graves 1985) of Rossetti's example."""
    rate = np.array([[0.0, *[45 / 365] * 4]])
    own = network(
        rate, order_time=10.0, repair_share=np.array([[1, 0.3, 0.3, 0.3, 0.3]]),
        repair_time=np.array([[60.0, 30, 30, 30, 30]]), stock=np.array([[16, 4, 4, 4, 4]]), systems=100_000,
    )  # fmt: skip
    mean, error = holes(own, periods=160, warm=30)
    assert abs(mean - 0.48302) <= 5 * error


def test_few_servers_come_near_the_queue_of_erlang() -> None:
    """Load 2 on 3 servers: 2 + 8/9 units on average (Gross and Harris, M/M/c)."""
    own = network([[2 / 30]], repair_time=30.0, systems=100_000, servers=0, groups=[(0, 3, 3, 0)])
    mean, _ = holes(own, periods=300, warm=60)
    assert mean == pytest.approx(2 + 8 / 9, rel=0.05)


def test_no_part_is_made_or_lost() -> None:
    """Spares = on the shelf + at work + on the way - holes, with scrap, new parts and no fault found."""
    own = network(
        [[0.0, 0.4, 0.2], [0.0, 0.3, 0.1]], order_time=20.0, repair_share=[[0.6, 0.4, 0.5]] * 2, repair_time=40.0,
        no_fault_share=0.1, no_fault_time=5.0, condemned_share=0.2, procurement_time=100.0, stock=[[9, 3, 2]] * 2,
        systems=1000,
    )  # fmt: skip
    now = course(own)
    systems = np.full((2, LANES), 1000.0)
    for t in range(30):
        now.step(t, systems * MONTH, systems)
        inside = now.tested.sum(axis=0) + now.repaired.sum(axis=0) + now.sent.sum(axis=0) + now.queue
        np.testing.assert_allclose((now.on_hand + inside).sum(axis=0) - now.holes.sum(axis=0), 14.0)
        assert (now.on_hand >= 0).all()
        assert (now.holes >= 0).all()


def test_an_outer_part_waits_for_its_inner_one() -> None:
    own = network([[0.2], [0.0]], repair_time=[[10.0], [90.0]], systems=1000, inner=[(1, 0, 1.0)], outer=[0])
    lacking, error = holes(own, periods=120, warm=40)
    assert lacking - 5 * error > 0.2 * 10
    assert abs(lacking - (0.2 * 10 + 0.2 * 90)) <= 0.2 * 1.5 * MONTH  # the inner one comes to the bench a period later


@pytest.mark.parametrize(
    "own",
    [
        network(
            [[0.0, 0.4, 0.2], [0.0, 0.3, 0.1]], order_time=20.0, repair_share=[[0.6, 0.4, 0.5]] * 2, repair_time=40.0,
            no_fault_share=0.1, no_fault_time=5.0, condemned_share=0.2, procurement_time=100.0,
            stock=[[20, 6, 4]] * 2, systems=200,
        ),
        network(
            [[0.0, 0.0, 0.3, 0.2], [0.0, 0.0, 0.1, 0.25]], parents=[-1, 0, 1, 1], order_time=[0, 15, 8, 8],
            repair_share=[[1, 0.5, 0.3, 0.3]] * 2, repair_time=[[40, 25, 10, 10]] * 2, stock=[[8, 4, 2, 2]] * 2,
            systems=100,
        ),
    ],
    ids=["scrap and no fault found", "three echelons"],
)  # fmt: skip
def test_at_constant_use_backorders_are_those_of_the_evaluator(own: Network) -> None:
    """Two routes to one number: paths by week, and the exact law."""
    now, periods, warm = course(own, period=7.0), 500, 150
    systems = np.repeat(own.fleets.systems[:, None].astype(float), LANES, axis=1)
    found = np.zeros_like(now.holes)
    for t in range(periods):
        now.step(t, systems * 7.0, systems)
        found += now.holes / (periods - warm) if t >= warm else 0.0
    expected = evaluate(own).backorders[:, own.fleets.site].T
    error = found.std(axis=2) / LANES**0.5
    assert (np.abs(found.mean(axis=2) - expected) <= 4.5 * error + 0.01 * expected).all()


# Both directions.


def test_coupled_guns_come_to_the_closed_form_at_constant_use() -> None:
    """2 failures a month with a mean repair of 30 days: Poisson with mean 2 x 30 / month are out of service."""
    found = simulate(battery(months=36), paths=2000, seed=3)
    out = 20 - of(found, "in_service")[12:]
    assert out.mean() == pytest.approx(2.0 * 30 / MONTH, rel=0.03)


def test_fewer_guns_issue_less() -> None:
    many, few = (simulate(battery(guns=guns, asked=1500.0), paths=400, seed=3) for guns in (40, 12))
    assert (mean_of(few, "issues")[1:] < mean_of(many, "issues")[1:]).all()
    assert (mean_of(few, "issues") <= of(few, "issue_limit") * (1 + 1e-6)).all()  # written down in 32 bits
    np.testing.assert_allclose(mean_of(few, "issues") + mean_of(few, "unmet"), mean_of(few, "demand"))


def test_what_guns_hold_back_stays_on_hand() -> None:
    found = simulate(battery(guns=12, asked=1500.0, on_hand=50_000.0), paths=100, seed=3)
    stock = found.to_polars(measures=["on_hand"], holders=["army"], items=["shell"]).sort("period")["mean"].to_numpy()
    np.testing.assert_allclose(stock, 50_000 - np.cumsum(mean_of(found, "issues")), rtol=1e-12)


def test_more_issues_fail_more_parts() -> None:
    little, much = (simulate(battery(asked=asked), paths=400, seed=3) for asked in (200.0, 1800.0))
    assert (of(much, "removals") > of(little, "removals")).all()
    assert of(little, "removals")[0] == pytest.approx(0.4, abs=0.15)
    assert (of(much, "availability")[2:] < of(little, "availability")[2:]).all()


def test_use_of_a_period_shows_at_the_next_opening() -> None:
    found = simulate(battery(), paths=50, seed=3)
    assert of(found, "availability")[0] == 1.0
    assert of(found, "availability")[1] < 1.0


def test_spares_keep_guns_in_service() -> None:
    bare, stocked = (simulate(battery(spares=spares), paths=400, seed=3) for spares in (0, 4))
    assert (of(stocked, "availability")[1:] > of(bare, "availability")[1:]).all()


def test_guns_that_are_an_item_arrive_with_it() -> None:
    """Ten guns on hand, and five that an ally sends each month over a route of 30 days."""
    scenario = battery(
        items=(Item(name="gun", unit="gun"),), holders=(Holder(name="ally"),), guns=1, usage=10.0, rate=0.0,
        stocks=(Stock(holder="army", item="gun", on_hand=10), Stock(holder="ally", item="gun", on_hand=20)),
        routes=(Route(from_holder="ally", to_holder="army", lead_time_days=20),),
        policies=(PolicyRow(role="release", rule="schedule", holder="ally", to_holder="army", item="gun", rate=5.0),),
    )  # fmt: skip
    found = simulate(scenario, paths=10, seed=3)
    assert of(found, "systems").tolist() == [10, 15, 20, 25, 30, *[30] * 7]
    np.testing.assert_allclose(mean_of(found, "issues"), of(found, "issue_limit"))


# Runs.


def test_uncoupled_is_the_stock_simulation_to_the_last_bit() -> None:
    scenario = battery()
    alone = scenario.model_copy(
        update=dict.fromkeys(("sites", "fleets", "parts", "breakdown", "repairs", "part_stock"), ())
    )
    plain, off = simulate(alone, paths=60, seed=3), simulate(scenario, sustain=False, paths=60, seed=3)
    assert plain.provenance.array_hash == off.provenance.array_hash
    assert "fleets" not in off.studies


def test_guns_in_plenty_change_no_bit_of_the_stocks() -> None:
    scenario = battery(guns=1_000_000, rate=0.0)
    coupled, off = (simulate(scenario, sustain=on, paths=60, seed=3) for on in (True, False))
    assert coupled.provenance.array_hash == off.provenance.array_hash


def test_neither_workers_nor_the_number_of_paths_change_a_path() -> None:
    scenario = battery(asked=1800.0)
    one, three = (simulate(scenario, paths=1500, seed=3, workers=workers) for workers in (1, 3))
    assert one.provenance.array_hash == three.provenance.array_hash
    assert one.studies["fleets"].equals(three.studies["fleets"])
    assert simulate(scenario, paths=1500, seed=4).provenance.array_hash != one.provenance.array_hash


def test_the_order_of_rows_changes_nothing() -> None:
    base = battery(asked=1800.0)
    sight = Part(name="sight", unit_cost=1.0, failure_rate=0.001)
    inside = Installed(part="sight", inside="gun")
    repairs = (*base.repairs, Repair(part="sight", repair_time_days=20.0))
    whole = base.model_copy(
        update={"parts": (*base.parts, sight), "breakdown": (*base.breakdown, inside), "repairs": repairs}
    )
    turned = whole.model_copy(update={"parts": whole.parts[::-1], "breakdown": whole.breakdown[::-1]})
    found = [simulate(scenario, paths=200, seed=3) for scenario in (whole, turned)]
    assert found[0].provenance.array_hash == found[1].provenance.array_hash


def test_a_saved_run_keeps_its_fleets(tmp_path: Any) -> None:
    found = api.simulate(battery(), out=tmp_path / "run", paths=40)
    table = load_result(tmp_path / "run").studies["fleets"]
    assert table.equals(found.studies["fleets"])
    assert table.schema == FLEETS
    assert set(table["measure"]) == set(FLEET_MEASURES)
    with pytest.raises(UsageError, match="cannot be gone on with"):
        api.simulate(resume=tmp_path / "run", paths=80)


def test_functions_of_the_user_decide_beside_fleets() -> None:
    scenario = battery()
    limit = Joint(lambda _: {"issuing": 1.0}, issuing=(("army", "shell"),))
    with pytest.raises(ValueError, match="two functions limit"):
        simulate(scenario, paths=10, policies=limit)


def test_a_fleet_that_nobody_asks_is_refused() -> None:
    scenario = battery().model_copy(update={"demand": (Demand(holder="ally", item="shell", mean=1.0),)})
    scenario = scenario.model_copy(update={"holders": (Holder(name="army"), Holder(name="ally"))})
    with pytest.raises(UsageError, match="nobody asks for it"):
        simulate(scenario, paths=10)


def test_studies_that_cannot_see_fleets_say_so() -> None:
    with pytest.raises(UsageError, match="without fleets"):
        estimate_rare(battery(), (), paths=10)


def test_about_a_third_of_the_guns_of_the_flagship_is_out_of_action_late_in_2022() -> None:
    """BAR02: one third out of action at any time; the rate of the mechanism was chosen for it, barrels were not."""
    found = simulate(apply_case(read_scenario("artillery"), "guns_wear_out"), paths=200)
    table = found.studies["fleets"].filter(pl.col("date") == dt.date(2022, 12, 1))
    share = table.filter(pl.col("measure") == "availability")["mean"].item()
    assert 0.55 < share < 0.75
    assert 300 < table.filter(pl.col("measure") == "systems")["mean"].item() < 400
    barrels = table.filter(pl.col("measure") == "removals", pl.col("part") == "barrel")["mean"].item()
    assert 12 < barrels < 167  # what the maker can add (BAR07), and what all guns may need (BAR09)
