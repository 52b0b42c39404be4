"""Studies of spares: judged, bought, simulated, checked, saved and read back."""

from __future__ import annotations

import datetime as dt
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import replenish
from replenish.arrays.sustainment import to_network
from replenish.errors import SolveError, UsageError
from replenish.result import SUSTAIN_TABLES
from replenish.scenario import Scenario
from replenish.scenario.examples import read_scenario
from replenish.scenario.model import (
    Fleet,
    Holder,
    Installed,
    Operation,
    Part,
    PartStock,
    Repair,
    Servers,
    Site,
)
from replenish.study.attached import attach_spares
from replenish.study.spares import (
    SpareStudy,
    checking,
    judging,
    read_spare_study,
    study,
    sustain_check,
    sustain_evaluate,
    sustain_optimise,
    sustain_simulate,
)
from replenish.sustain.methods import Exact, Metric
from tests.simulation.small import settings as small_settings
from tests.study.test_fleets import battery

SHORT: dict[str, Any] = {"years": 10.0, "histories": 16, "warm_up_years": 2.0}


def base(*, spares: int = 1, systems: int = 10, rate: float = 0.001, **more: Any) -> Scenario:
    """Return a depot that repairs and two bases with a fleet each; every law in it is exact unless `more` says so."""
    fleet = {"system": "truck", "systems": systems, "usage": 10.0, "per": "day"} | more.get("fleet", {})
    group = more.get("site", {})
    return Scenario(
        settings=small_settings(end=dt.date(2026, 12, 31)).model_copy(
            update={"sustain": small_settings().sustain.model_copy(update=more.get("settings", {}))}
        ),
        holders=(Holder(name="army"),),
        sites=(
            Site(name="depot", holder="army"),
            Site(name="north", holder="army", parent="depot", order_time_days=5, **group),
            Site(name="south", holder="army", parent="depot", order_time_days=5, **group),
        ),
        fleets=(Fleet(name="northern", site="north", **fleet), Fleet(name="southern", site="south", **fleet)),
        operations=more.get("operations", ()),
        parts=(
            Part(name="motor", unit_cost=100.0, **({"failure_rate": rate} | more.get("motor", {}))),
            Part(name="pump", unit_cost=10.0, failure_rate=rate, **more.get("pump", {})),
        ),
        breakdown=(Installed(part="motor", inside="truck"), Installed(part="pump", inside="truck")),
        repairs=(
            Repair(repair_share=0.0, repair_time_days=0.0),
            Repair(part="motor", site="depot", repair_time_days=20, servers="bench" if "servers" in more else ""),
            Repair(part="pump", site="depot", repair_time_days=10),
        ),
        servers=(Servers(name="bench", site="depot", **more["servers"]),) if "servers" in more else (),
        part_stock=(
            PartStock(part="motor", site="depot", on_hand=spares), PartStock(part="pump", site="depot", on_hand=spares),
        ),
    )  # fmt: skip


def about(found: SpareStudy, key: str) -> float:
    """Return a number that a study says of the whole."""
    table = found.tables["sustain_about"]
    return float(table.filter(pl.col("key") == key)["value"][0])


def bought(found: SpareStudy) -> int:
    """Return by how many spares the chosen stocks exceed those of now, the fewer ones taken off."""
    rows = found.tables["sustain_spares"]
    return int((rows["chosen"] - rows["now"]).sum())


@pytest.fixture(scope="module")
def rescue(tmp_path_factory: pytest.TempPathFactory) -> SpareStudy:
    """Return what to buy for the helicopters, within four million."""
    return sustain_optimise("air_rescue", out=tmp_path_factory.mktemp("rescue") / "study", **SHORT)


def test_what_there_is_comes_out_with_every_table_of_its_schema(tmp_path: Path) -> None:
    found = sustain_evaluate("air_rescue", out=tmp_path / "study")
    assert {name: table.schema for name, table in found.tables.items()} == SUSTAIN_TABLES
    fleets = found.tables["sustain_fleets"]
    assert fleets["now"].to_list() == pytest.approx([0.726, 0.745, 0.741, 0.815], abs=5e-4)
    assert fleets["chosen"].null_count() == fleets["simulated"].null_count() == len(fleets)
    assert (fleets["without_queues"] > fleets["now"]).all()
    causes = found.tables["sustain_causes"]
    assert causes.group_by("part").agg(pl.col("now").sum()).sort("now")["part"][-1] == "engine"
    down = (fleets["systems"] * (1 - fleets["now"])).sum()
    assert causes["now"].sum() == pytest.approx(down, rel=1e-9)


def test_the_chosen_point_spends_the_budget_and_no_more(rescue: SpareStudy) -> None:
    added = about(rescue, "cost_chosen") - about(rescue, "cost_now")
    assert 0.97 * 4e6 < added <= 4e6 * (1 + 1e-9)
    assert about(rescue, "availability_chosen") > 0.99


def test_purchases_add_up_to_what_is_chosen(rescue: SpareStudy) -> None:
    bought = rescue.tables["sustain_purchases"]
    spares = rescue.tables["sustain_spares"].select("part", "site", more=pl.col("chosen") - pl.col("now"))
    listed = bought.filter(pl.col("kind") == "spare").group_by("part", "site").agg(pl.col("units").sum())
    joined = spares.join(listed, on=["part", "site"], how="left").with_columns(pl.col("units").fill_null(0))
    assert joined["more"].to_list() == joined["units"].to_list()
    assert bought["cost"].sum() == pytest.approx(about(rescue, "cost_chosen") - about(rescue, "cost_now"), rel=1e-12)
    servers = rescue.tables["sustain_servers"]
    stands = bought.filter(pl.col("servers") == "engine_stands")["units"].sum()
    assert stands == (servers["chosen"] - servers["now"]).to_list()[0] == 2


def test_each_purchase_saves_less_for_its_price_than_the_one_before(rescue: SpareStudy) -> None:
    rate = rescue.tables["sustain_purchases"]["saved_per_cost"].drop_nulls()
    assert len(rate) > 10
    assert (rate.diff().drop_nulls() <= 1e-18).all()


def test_buying_sells_nothing_that_is_held(rescue: SpareStudy) -> None:
    scenario = read_scenario("air_rescue")
    network, labels = to_network(scenario)
    chosen = {(row["part"], row["site"]): row["chosen"] for row in rescue.tables["sustain_spares"].to_dicts()}
    for part, site in np.argwhere(network.spares.on_hand > 0).tolist():
        name = labels.parts[part], labels.sites[site]
        at_least = int(network.spares.on_hand[part, site])
        fitted = rescue.tables["sustain_purchases"].filter(pl.col("units") < 0)
        assert chosen[name] >= at_least, fitted


def test_an_optimum_from_nothing_may_hold_less_and_costs_what_is_held_at_most(tmp_path: Path) -> None:
    found = sustain_optimise("air_rescue", anew=True, budget=6_725_000.0, out=tmp_path / "s", **SHORT)
    rows = found.tables["sustain_spares"]
    assert (rows["chosen"] < rows["now"]).any()
    assert about(found, "cost_chosen") <= 6_725_000.0 * (1 + 1e-9)
    assert about(found, "availability_chosen") > about(found, "availability_now") + 0.1


def test_an_optimum_reaches_the_target_and_the_targets_of_fleets(tmp_path: Path) -> None:
    found = sustain_optimise("air_rescue", target_availability=0.95, out=tmp_path / "s", **SHORT)
    assert about(found, "availability_chosen") >= 0.95
    fleets = found.tables["sustain_fleets"]
    assert (fleets["chosen"] >= fleets["target"]).all()
    cheaper = sustain_optimise("air_rescue", target_availability=0.93, out=tmp_path / "t", **SHORT)
    assert about(cheaper, "cost_chosen") < about(found, "cost_chosen")


def test_without_servers_the_same_money_brings_less(rescue: SpareStudy, tmp_path: Path) -> None:
    alone = sustain_optimise("air_rescue", servers=False, out=tmp_path / "s", **SHORT)
    assert (alone.tables["sustain_servers"]["chosen"] == alone.tables["sustain_servers"]["now"]).all()
    assert about(alone, "availability_chosen") < about(rescue, "availability_chosen") - 0.01


def test_the_objective_backorders_lowers_what_is_owed_to_fleets(tmp_path: Path) -> None:
    found = sustain_optimise(base(), objective="backorders", budget=500.0, out=tmp_path / "s", **SHORT)
    rows = found.tables["sustain_purchases"]
    assert rows["availability"].null_count() == len(rows)
    assert about(found, "backorders_chosen") < 0.3 * about(found, "backorders_now")


def test_a_target_that_nothing_reaches_is_refused_with_the_best_and_what_stops_it(tmp_path: Path) -> None:
    scenario = base()
    capped = scenario.model_copy(update={"part_stock": tuple(
        PartStock(part=part, site=site, on_hand=1, maximum=1) for part in ("motor", "pump")
        for site in ("depot", "north", "south")
    )})  # fmt: skip
    with pytest.raises(SolveError, match=r"the best is 0\.8\d+") as caught:
        sustain_optimise(capped, target_availability=0.9999, out=tmp_path / "s")
    assert "motor" in str(caught.value)
    assert not (tmp_path / "s").exists()


def test_a_target_beyond_the_budget_is_refused_with_what_the_budget_reaches(tmp_path: Path) -> None:
    with pytest.raises(SolveError, match=r"more than the budget of 1,000,000, which reaches 0\.9\d+"):
        sustain_optimise("air_rescue", target_availability=0.99, budget=1e6, out=tmp_path / "s")


def test_an_optimum_without_budget_and_target_says_what_to_give(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no budget and no target; give --budget or --target-availability"):
        sustain_optimise(base(), out=tmp_path / "s")


@pytest.mark.parametrize("method", ["exact", Exact()])
def test_a_method_is_a_value_or_its_name(method: Any, tmp_path: Path) -> None:
    found = replenish.sustain_evaluate(base(spares=0), method=method, out=tmp_path / "s")
    assert found.tables["sustain_spares"]["is_exact"].all()
    down = (0.1 * (20 + 5) / 10, 0.1 * (10 + 5) / 10)  # removals a day, days, systems; hardly ever more than ten down
    assert about(found, "availability_now") == pytest.approx((1 - down[0]) * (1 - down[1]), abs=1e-3)


def test_the_method_metric_promises_fewer_owed_and_warns(tmp_path: Path) -> None:
    exact = sustain_evaluate("air_rescue", out=tmp_path / "e")
    metric = sustain_evaluate("air_rescue", method=Metric(), out=tmp_path / "m")
    assert about(metric, "backorders_now") < about(exact, "backorders_now")
    warnings = metric.tables["sustain_about"].filter(pl.col("key") == "warning")["value"]
    assert "use it for comparison only" in warnings[0]


def test_an_unknown_method_is_refused_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="method is 'guess'; use exact, vari_metric, metric"):
        sustain_evaluate(base(), method="guess", out=tmp_path / "s")


def test_a_scenario_without_fleets_is_refused() -> None:
    with pytest.raises(UsageError, match="fleets"):
        sustain_evaluate("blank")


def test_servers_with_more_work_than_they_can_do_are_named_with_load_and_smallest_count(tmp_path: Path) -> None:
    busy = base(rate=0.02, servers={"count": 3, "unit_cost": 10.0})  # 4 a day, 20 days each
    with pytest.raises(SolveError, match="`bench` get work for 80 and are 3: give at least 81"):
        sustain_evaluate(busy, out=tmp_path / "s")


def test_an_optimum_adds_the_servers_without_which_queues_grow(tmp_path: Path) -> None:
    busy = base(servers={"count": 1, "most": 9, "unit_cost": 10.0}, spares=4)  # 0.2 a day, 20 days each
    found = sustain_optimise(busy, target_availability=0.9, out=tmp_path / "s", **SHORT)
    row = found.tables["sustain_servers"].row(0, named=True)
    assert (row["smallest"], row["now"]) == (5, 1)
    assert row["chosen"] >= 5
    assert found.tables["sustain_fleets"]["now"].null_count() == 2  # there is no long run as it is


def test_exact_laws_agree_with_the_simulation(tmp_path: Path) -> None:
    found = sustain_check(base(spares=6), out=tmp_path / "s", years=40.0, histories=32)
    checks = found.tables["sustain_checks"]
    assert set(checks["verdict"]) == {"agrees"}
    assert checks["errors"].abs().max() < 4  # type: ignore[operator]
    assert found.is_sound


def tampered(monkeypatch: pytest.MonkeyPatch, **factors: float) -> None:
    """Let formulas say other numbers than they find."""
    honest = judging.judge

    def judge(*args: Any, **options: Any) -> Any:
        found = honest(*args, **options)
        return replace(found, **{name: getattr(found, name) * factor for name, factor in factors.items()})

    monkeypatch.setattr(study, "judge", judge)


def test_an_exact_law_that_is_wrong_is_found_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tampered(monkeypatch, backorders=1.15)
    found = sustain_check(base(), out=tmp_path / "s", years=60.0, histories=64)
    wrong = found.tables["sustain_checks"].filter(pl.col("verdict") == "differs")
    assert not found.is_sound
    assert set(wrong["quantity"]) == {"parts owed"}
    assert (wrong["errors"].abs() > checking.limit(9, 64)).all()
    told = found.tables["sustain_about"].filter(pl.col("key") == "warning")["value"]
    assert "standard errors apart, more than chance allows" in told[0]
    assert not read_spare_study(tmp_path / "s", base()).is_sound


def test_servers_that_are_busier_than_the_formula_says_are_found_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tampered(monkeypatch, utilisation=0.9)
    busy = base(servers={"count": 6, "unit_cost": 10.0}, spares=3)
    found = sustain_check(busy, out=tmp_path / "s", years=60.0, histories=64)
    wrong = found.tables["sustain_checks"].filter(pl.col("verdict") == "differs")
    assert wrong["quantity"].to_list() == ["servers busy"]


def test_an_approximation_may_differ(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tampered(monkeypatch, backorders=1.5)
    batches = base(motor={"variance_ratio": 2.0}, pump={"variance_ratio": 2.0})
    found = sustain_check(batches, out=tmp_path / "s", years=60.0, histories=64)
    owed = found.tables["sustain_checks"].filter(pl.col("quantity") == "parts owed")
    assert set(owed["verdict"]) == {"approximation"}
    assert (owed["errors"].abs() > 4).any()
    assert found.is_sound


def test_what_hardly_ever_happens_is_not_judged(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tampered(monkeypatch, backorders=3.0)
    found = sustain_check(base(spares=40, rate=1e-5), out=tmp_path / "s", years=2.0, histories=8)
    assert set(found.tables["sustain_checks"]["verdict"]) == {"rare"}
    assert found.is_sound


def test_many_numbers_may_lie_farther_apart_than_one() -> None:
    limits = [checking.limit(count, 32) for count in (1, 10, 1000)]
    assert limits == sorted(limits)
    assert checking.limit(1, 10**9) == pytest.approx(4.0, abs=1e-6)


def test_sites_that_share_their_stock_are_bought_for_as_one_and_within_their_limits(tmp_path: Path) -> None:
    group = base(site={"lateral_group": "pair", "lateral_time_days": 0.5})
    alone = sustain_optimise(base(), target_availability=0.99, out=tmp_path / "a", **SHORT)
    shared = sustain_optimise(group, target_availability=0.99, out=tmp_path / "b", **SHORT)
    assert about(shared, "cost_chosen") <= about(alone, "cost_chosen")
    assert about(shared, "availability_chosen") >= 0.99
    told = shared.tables["sustain_spares"]
    assert not told["is_exact"].any()
    assert told.filter(pl.col("site") == "north")["fill_rate_chosen"].null_count() == 2


def test_a_closed_fleet_does_better_than_the_open_model_says(tmp_path: Path) -> None:
    few: dict[str, Any] = {"systems": 4, "rate": 0.02, "spares": 2}
    open_one = sustain_evaluate(base(**few), out=tmp_path / "o")
    closed = sustain_simulate(base(**few, fleet={"closed": True}), out=tmp_path / "c", years=40.0, histories=32)
    fleets = closed.tables["sustain_fleets"]
    assert (fleets["simulated"] > open_one.tables["sustain_fleets"]["now"]).all()
    checks = closed.tables["sustain_checks"].filter(pl.col("quantity") == "parts owed")
    assert set(checks["verdict"]) <= {"approximation", "rare"}
    assert closed.is_sound


def test_a_rate_from_few_failures_asks_for_more_spares_than_the_same_rate_given(tmp_path: Path) -> None:
    counted = base(motor={"failure_rate": None, "failures": 2.0, "observed_use": 2500.0})
    stated = base(motor={"failure_rate": 0.001})
    costs = [
        about(sustain_optimise(one, target_availability=0.995, out=tmp_path / name, **SHORT), "cost_chosen")
        for name, one in (("counted", counted), ("stated", stated))
    ]
    assert costs[0] > costs[1]


def test_a_change_of_use_is_told_day_by_day(tmp_path: Path) -> None:
    surge = base(operations=(
        Operation(fleet="northern", start=dt.date(2024, 3, 1), usage=30, per="day"),
        Operation(fleet="northern", start=dt.date(2024, 5, 1), usage=10, per="day"),
    ))  # fmt: skip
    found = sustain_evaluate(surge, out=tmp_path / "s")
    rows = found.tables["sustain_surge"].filter(pl.col("fleet") == "northern").sort("day")
    before = rows.filter(pl.col("date") < dt.date(2024, 3, 1))["availability"].min()
    worst = rows.row(int(np.argmin(rows["availability"].to_numpy())), named=True)
    assert dt.date(2024, 3, 10) < worst["date"] < dt.date(2024, 5, 20)
    assert isinstance(before, float)
    assert worst["availability"] < before - 0.05
    steady = sustain_evaluate(base(), out=tmp_path / "t")
    assert steady.tables["sustain_surge"].is_empty()
    assert about(found, "availability_now") == pytest.approx(about(steady, "availability_now"), rel=1e-12)


def test_the_same_seed_says_the_same_whatever_the_workers(tmp_path: Path) -> None:
    first, second = (
        sustain_simulate(base(), out=tmp_path / str(workers), workers=workers, **SHORT) for workers in (1, 2)
    )
    assert first.tables["sustain_checks"].equals(second.tables["sustain_checks"])


def test_a_study_is_read_back_as_it_was(rescue: SpareStudy) -> None:
    assert rescue.folder is not None
    again = read_spare_study(rescue.folder, rescue.scenario)
    for name, table in rescue.tables.items():
        assert again.tables[name].equals(table), name


def test_a_study_of_another_scenario_or_none_is_refused(rescue: SpareStudy, tmp_path: Path) -> None:
    assert rescue.folder is not None
    with pytest.raises(UsageError, match="is a study of another scenario"):
        read_spare_study(rescue.folder, base())
    with pytest.raises(UsageError, match="holds no study of spares"):
        read_spare_study(tmp_path, base())
    sustain_evaluate(base(), out=tmp_path / "s")
    (tmp_path / "s" / "sustain_fleets.csv").write_text("fleet\nx\n")
    with pytest.raises(UsageError, match="cannot be read"):
        read_spare_study(tmp_path / "s", base())


def test_a_folder_that_holds_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(UsageError, match="holds something that is not a sustain study"):
        sustain_evaluate(base(), out=tmp_path)


def test_a_run_carries_its_study_of_spares_and_no_other(tmp_path: Path, rescue: SpareStudy) -> None:
    run = replenish.simulate("air_rescue", paths=2, out=tmp_path / "run")
    assert rescue.folder is not None
    carried = attach_spares(run, rescue.folder)
    assert carried.studies["sustain_purchases"].equals(rescue.tables["sustain_purchases"])
    sustain_evaluate(base(), out=tmp_path / "s")
    with pytest.raises(UsageError, match="another scenario"):
        attach_spares(run, tmp_path / "s")


def test_the_report_of_a_coupled_run_shows_fleets_at_work_and_the_study_of_spares(tmp_path: Path) -> None:
    scenario = battery(guns=20, rate=0.0005, spares=2)
    run = replenish.simulate(scenario, paths=16, out=tmp_path / "run")
    found = sustain_evaluate(scenario, out=tmp_path / "s")
    assert "fleets" in run.studies
    assert found.folder is not None
    page = replenish.write_report(attach_spares(run, found.folder), tmp_path / "report.html").read_text("utf-8")
    assert "Fleets at work" in page
    assert '<section id="sustain">' in page
    assert found.is_sound


def test_a_study_that_is_stopped_before_its_first_history_saves_nothing(tmp_path: Path) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(KeyboardInterrupt):
        sustain_simulate(base(), out=tmp_path / "s", stop=stop)
    assert not (tmp_path / "s").exists()


def test_a_study_that_is_stopped_keeps_and_counts_the_histories_that_are_done(tmp_path: Path) -> None:
    stop = threading.Event()
    found = sustain_simulate(
        base(), out=tmp_path / "s", stop=stop, workers=1, years=5.0, histories=1000, progress=lambda _: stop.set()
    )
    assert 1 <= about(found, "histories") < 1000


def test_a_busy_queue_gets_the_warm_up_that_it_needs(tmp_path: Path) -> None:
    busy = base(servers={"count": 5, "unit_cost": 10.0}, spares=4)  # load 4, repairs of 20 days
    relaxation = 20.0 / (np.sqrt(5) - np.sqrt(4)) ** 2
    found = sustain_check(busy, out=tmp_path / "s", histories=8)
    assert about(found, "warm_up_years") == pytest.approx(6 * relaxation / 365.25, rel=1e-3)
    assert about(sustain_check(base(), out=tmp_path / "t", histories=8), "warm_up_years") == 5.0


def test_queues_that_had_no_time_to_settle_are_not_judged(tmp_path: Path) -> None:
    busy = base(servers={"count": 5, "unit_cost": 10.0}, spares=4)
    found = sustain_check(busy, out=tmp_path / "s", years=1.0, warm_up_years=0.0, histories=2000)
    checks = found.tables["sustain_checks"]
    served = checks.filter((pl.col("part") == "motor") | (pl.col("servers") == "bench"))
    assert set(served["verdict"]) == {"unsettled"}
    assert served["errors"].abs().max() > 6  # type: ignore[operator]
    assert found.is_sound


@pytest.mark.slow
def test_the_laws_of_the_helicopters_that_are_exact_stand_two_thousand_histories(tmp_path: Path) -> None:
    found = sustain_check("air_rescue", out=tmp_path / "s", histories=2000)
    checks = found.tables["sustain_checks"]
    assert found.is_sound
    assert (checks["verdict"] == "agrees").sum() > 15
    assert checks.filter(pl.col("part") == "engine")["verdict"].to_list() == ["agrees"] * 4
