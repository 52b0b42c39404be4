"""Each rule about a scenario finds its mistake, there and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest

from replenish.scenario import RULES, Scenario, check
from replenish.scenario.model import (
    Budget,
    Bundle,
    ChainState,
    Collect,
    Component,
    Contract,
    Demand,
    Evidence,
    ExchangeRate,
    Expansion,
    Forced,
    Holder,
    Influence,
    Item,
    Line,
    LineItem,
    Lot,
    Observation,
    Pledge,
    PolicyRow,
    Price,
    ReportSettings,
    Requirement,
    Route,
    Row,
    Settings,
    Source,
    Stock,
    Substitute,
    Time,
    Transition,
)
from tests.scenario.small import added, day, sound, without


class Case(NamedTuple):
    """A spoilt scenario with the place of its only finding."""

    rule: str
    place: tuple[str, int | None, str]
    make: Callable[[], Scenario]

    def __str__(self) -> str:
        return f"{self.rule} {self.place[2]}"


def _with(*rows: Row) -> Callable[[], Scenario]:
    """Replace rows by key, or add them."""
    return lambda: sound().with_rows(*rows)


def _and(*rows: Row) -> Callable[[], Scenario]:
    """Add rows even if their key is taken."""
    return lambda: added(sound(), *rows)


def _horizon(start: str, end: str) -> Callable[[], Scenario]:
    settings = Settings(title="Small", time=Time(start=day(start), end=day(end)))
    return lambda: Scenario(settings=settings)


def _settings(**changes: object) -> Callable[[], Scenario]:
    return lambda: (small := sound()).model_copy(update={"settings": small.settings.model_copy(update=changes)})


def _release(**values: object) -> PolicyRow:
    usual = {"role": "release", "holder": "donor", "item": "shell", "to_holder": "front", "rule": "pledge_schedule"}
    return PolicyRow.model_validate(usual | values)


def _ordering(**values: object) -> PolicyRow:
    return PolicyRow.model_validate(
        {"role": "ordering", "holder": "donor", "item": "shell", "rule": "base_stock"} | values
    )


def _pledge(**values: object) -> Pledge:
    usual = {"from_holder": "donor", "to_holder": "front", "item": "shell", "quantity": 5, "due": day("2023-01-01")}
    return Pledge.model_validate(usual | values)


def _line(**values: object) -> Line:
    return Line.model_validate({"name": "plant", "owner": "donor", "max_rate": 1000} | values)


def _expansion(**values: object) -> Expansion:
    usual = {"name": "second-hall", "line": "plant", "capacity_step": 500, "build_time_days": 400}
    return Expansion.model_validate(usual | {"start": day("2023-02-01")} | values)


def _observation(**values: object) -> Observation:
    usual = {"name": "output", "measure": "production", "date": day("2023-06-30"), "item": "shell", "value": 900}
    return Observation.model_validate(usual | {"per": "month", "source": "report"} | values)


def _evidence(**values: object) -> Evidence:
    usual = {"table_name": "stocks", "row_key": "donor/shell", "column": "on_hand", "basis": "reported"}
    return Evidence.model_validate(usual | {"source": "report"} | values)


def _surge(**values: object) -> Demand:
    usual = {"holder": "front", "item": "shell", "chain": "regime", "state": "surge", "mean": 5000}
    return Demand.model_validate(usual | values)


def _two_makers(*rows: Row) -> Callable[[], Scenario]:
    plant = PolicyRow(role="production", line="works", rule="maximum")
    works = (_line(name="works"), LineItem(line="works", item="shell"), plant)
    return lambda: without(sound(), "policies", sound().policies[0].key_value()).with_rows(*works, *rows)


PILLS: tuple[Row, ...] = (
    Item(name="pill", unit="pill", shelf_life_days=360),
    Stock(holder="front", item="pill", on_hand=100),
    Lot(holder="front", item="pill", lot="a", quantity=60, expires=day("2022-12-31")),
    Lot(holder="front", item="pill", lot="b", quantity=40, expires=day("2023-02-28")),
    Demand(holder="front", item="pill", mean=5),
)
"""A stock that does not keep; fresh on 2022-03-01 it leaves eleven months later, the second lot one later still."""


def _pills(*rows: Row) -> Callable[[], Scenario]:
    return lambda: sound().with_rows(*PILLS, *rows)


def _influence(**values: object) -> Influence:
    usual = {"chain": "regime", "from_state": "quiet", "to_state": "surge", "what": "on_hand", "holder": "front"}
    return Influence.model_validate(usual | {"item": "shell", "reference": 3000, "strength": 2} | values)


def _contract(**values: object) -> Contract:
    usual = {"name": "second", "holder": "donor", "item": "shell", "line": "plant", "quantity": 5}
    return Contract.model_validate(usual | {"due": day("2023-01-01")} | values)


def _shell(**values: object) -> LineItem:
    return LineItem.model_validate({"line": "plant", "item": "shell", "production_lead_time_days": 60} | values)


def _barrels(**values: object) -> Callable[[], Scenario]:
    barrel = Item(name="barrel", unit="barrel"), Stock(holder="donor", item="barrel", on_hand=9)
    usual = {"holder": "donor", "item": "shell", "bundled_item": "barrel", "quantity": 0.001}
    return lambda: sound().with_rows(*barrel, Bundle.model_validate(usual | values))


CASES = (
    # names
    Case("empty-required", ("settings", None, "title"), _settings(title=" ")),
    Case("empty-required", ("lots", 2, "lot"), _with(Lot(holder="donor", item="shell", lot="", quantity=5))),
    Case("unknown-name", ("stocks", 4, "holder"), _with(Stock(holder="donr", item="shell"))),
    Case("unknown-name", ("holders", 3, "gate"), _with(Holder(name="front", gate="parliment"))),
    Case("unknown-name", ("line_items", 2, "line"), _with(LineItem(line="plnt", item="shell"))),
    Case("unknown-name", ("evidence", 1, "source"), lambda: _replaced_source("raport")),
    Case("unknown-measure", ("settings", None, "collect.measures"), _settings(collect=Collect(measures=("on_hnd",)))),
    Case("unknown-name", ("settings", None, "collect.holders"), _settings(collect=Collect(holders=("donr",)))),
    Case("unknown-name", ("settings", None, "report.item"), _settings(report=ReportSettings(item="shel"))),
    Case("unknown-state", ("demand", 4, "state"), _with(_surge(state="surg"))),
    Case(
        "unknown-state", ("transitions", 7, "to_state"),
        _with(Transition(chain="regime", from_state="surge", to_state="war", probability=0)),
    ),
    Case("state-without-chain", ("demand", 4, "state"), _with(_surge(chain=""))),
    Case("chain-without-state", ("requirements", 3, "chain"), lambda: sound().with_rows(
        Requirement(holder="donor", item="shell", quantity=9000, chain="regime", start=day("2023-01-01")))),
    Case("duplicate-key", ("stocks", 4, "holder"), _and(Stock(holder="donor", item="shell", on_hand=1))),
    Case("duplicate-key", ("transitions", 7, "chain"), _and(
        Transition(chain="regime", from_state="surge", to_state="quiet", probability=0.5))),
    Case("parent-cycle", ("holders", 1, "parent"), _with(Holder(name="europe", parent="donor"))),
    # time
    Case("end-before-start", ("settings", None, "time.end"), _horizon("2024-01-01", "2023-12-31")),
    Case("horizon-too-long", ("settings", None, "time.end"), _horizon("2022-03-01", "9999-12-31")),
    Case("date-outside-horizon", ("orders", 2, "due"), _with(Contract(
        name="second", holder="donor", item="shell", line="plant", quantity=5, due=day("2025-01-01")))),
    Case("never-in-force", ("requirements", 3, "start"), _with(
        Requirement(holder="donor", item="shell", quantity=9000, start=day("2030-01-01")))),
    # chains
    Case("start-probability-sum", ("chains", 1, "start_probability"), _with(
        ChainState(chain="regime", state="surge", start_probability=0.7))),
    Case("start-probability-sum", ("chains", 3, "start_probability"), lambda: without(sound(), "forced")),
    Case("transition-sum", ("transitions", 1, "probability"), _with(
        Transition(chain="regime", from_state="quiet", to_state="surge", probability=0.2))),
    Case("transition-missing", ("chains", 5, "state"), _with(ChainState(chain="regime", state="truce"))),
    Case("transition-to-itself", ("transitions", 7, "to_state"), lambda: sound().with_rows(
        Transition(chain="parliament", from_state="open", to_state="shut", probability=0.5),
        Transition(chain="parliament", from_state="open", to_state="open", probability=0.5))),
    Case("duration-below-period", ("chains", 4, "mean_duration_days"), _with(
        ChainState(chain="parliament", state="shut", mean_duration_days=10, purchase_share=0))),
    Case("forced-ends-before-start", ("forced", 2, "end"), _with(
        Forced(chain="parliament", start=day("2024-05-01"), end=day("2024-04-01"), state="shut"))),
    Case("forced-overlap", ("forced", 2, "start"), _with(
        Forced(chain="parliament", start=day("2022-12-31"), end=day("2023-04-01"), state="shut"))),
    Case("gate-without-effect", ("holders", 3, "gate"), _with(Holder(name="front", gate="regime"))),
    Case("influence-on-staying", ("influences", 1, "to_state"), _with(_influence(to_state="quiet"))),
    Case("influence-without-stock", ("influences", 1, "item"), _with(_influence(holder="europe"))),
    Case("influence-without-delivery", ("influences", 1, "what"), _with(
        _influence(what="delivered", holder="donor"))),
    Case("unknown-state", ("influences", 1, "from_state"), _with(_influence(from_state="calm"))),
    Case("unknown-name", ("influences", 1, "chain"), _with(_influence(chain="regme"))),
    # demand
    Case("variation-not-taken", ("demand", 2, "coefficient_of_variation"), _with(
        _surge(distribution="poisson", coefficient_of_variation=0.3))),
    Case("variation-not-taken", ("expansions", 1, "delay_coefficient_of_variation"), _with(
        _expansion(delay_distribution="exponential", delay_mean_days=9, delay_coefficient_of_variation=0.5))),
    Case("variation-not-taken", ("orders", 2, "slip_coefficient_of_variation"), _with(
        _contract(slip_days=30, slip_coefficient_of_variation=0.5))),
    Case("variation-missing", ("orders", 2, "slip_coefficient_of_variation"), _with(
        _contract(slip_days=30, slip_distribution="gamma"))),
    Case("variation-missing", ("demand", 2, "coefficient_of_variation"), _with(_surge(distribution="gamma"))),
    Case("variation-missing", ("expansions", 1, "delay_coefficient_of_variation"), _with(
        _expansion(delay_distribution="lognormal", delay_mean_days=9))),
    Case("negative-binomial-variance", ("demand", 2, "coefficient_of_variation"), _with(
        _surge(distribution="negative_binomial", coefficient_of_variation=0.01))),
    Case("chain-mix", ("demand", 4, "chain"), _with(_surge(chain="parliament", state="open"))),
    Case("chain-mix", ("requirements", 5, "chain"), _with(*(
        Requirement(holder="donor", item="shell", quantity=9000, chain=chain, state=state)
        for chain, state in (("regime", "surge"), ("regime", "quiet"), ("parliament", "open"))))),
    Case("demand-differs", ("demand", 4, "priority"), _with(_surge(start=day("2023-01-01"), priority=2))),
    Case("demand-differs", ("demand", 4, "when_unmet"), _with(_surge(start=day("2023-01-01"), when_unmet="lost"))),
    # stock
    Case("unit-mismatch", ("stocks", 3, "unit"), _with(Stock(holder="front", item="shell", on_hand=5000, unit="kg"))),
    Case("unit-mismatch", ("observations", 1, "unit"), _with(_observation(unit="piece"))),
    Case("requirement-kind", ("requirements", 1, "days_of_supply"), _with(
        Requirement(holder="donor", item="shell", quantity=8000, days_of_supply=30, planning_use=100))),
    Case("requirement-kind", ("requirements", 1, "quantity"), _with(Requirement(holder="donor", item="shell"))),
    Case("planning-use-missing", ("requirements", 2, "planning_use"), _with(
        Requirement(holder="front", item="shell", days_of_supply=30))),
    Case("requirement-below-floor", ("requirements", 1, "quantity"), _with(
        Requirement(holder="donor", item="shell", quantity=1000))),
    Case("requirement-below-floor", ("requirements", 1, "days_of_supply"), _with(
        Requirement(holder="donor", item="shell", days_of_supply=30, planning_use=600, per="month"))),
    Case("lots-exceed-stock", ("lots", 3, "quantity"), _with(
        Lot(holder="donor", item="shell", lot="new", quantity=5000),
        Lot(holder="donor", item="shell", lot="x", quantity=1))),
    Case("lot-expired", ("lots", 2, "expires"), _pills(
        Lot(holder="front", item="pill", lot="a", quantity=60, expires=day("2021-12-31")))),
    Case("lot-of-lasting-item", ("lots", 1, "expires"), _with(
        Lot(holder="donor", item="shell", lot="old", quantity=4000, expires=day("2023-06-30")))),
    Case("lot-without-expiry", ("lots", 2, "expires"), _pills(
        Lot(holder="front", item="pill", lot="a", quantity=60))),
    Case("lot-outlives-fresh", ("lots", 3, "expires"), _pills(
        Lot(holder="front", item="pill", lot="b", quantity=40, expires=day("2023-03-01")))),
    Case("stock-without-lots", ("stocks", 4, "on_hand"), _pills(Stock(holder="front", item="pill", on_hand=101))),
    Case("stock-below-floor", ("stocks", 2, "on_hand"), _with(
        Stock(holder="donor", item="fuze", on_hand=100, floor=200))),
    Case("stock-above-storage", ("stocks", 2, "on_hand"), _with(
        Stock(holder="donor", item="fuze", on_hand=100, storage_limit=50))),
    Case("group-owns-stock", ("stocks", 4, "holder"), _with(Stock(holder="europe", item="shell"))),
    Case("substitute-for-itself", ("substitutes", 1, "substitute"), _with(
        Substitute(item="shell", substitute="shell"))),
    Case("substitute-for-itself", ("bundles", 1, "bundled_item"), _with(
        Bundle(item="shell", bundled_item="shell", quantity=1))),
    Case("bundle-without-stock", ("bundles", 1, "bundled_item"), _barrels(holder="front")),
    Case("bundle-without-stock", ("bundles", 1, "bundled_item"), lambda: without(
        _barrels(holder="")(), "stocks", "donor/barrel")),
    Case("bundle-cycle", ("bundles", 1, "bundled_item"), lambda: _barrels(holder="")().with_rows(
        Bundle(holder="donor", item="barrel", bundled_item="shell", quantity=1))),
    Case("price-band", ("prices", 1, "share_to"), _with(
        Price(holder="front", item="shell", what="unmet", share_from=0, share_to=0, price=10))),
    Case("price-band", ("prices", 3, "share_from"), _with(
        Price(holder="front", item="shell", what="unmet", share_from=0.8, price=30))),
    # production
    Case("min-above-max", ("lines", 1, "min_sustaining_rate"), _with(_line(min_sustaining_rate=1001))),
    Case("normal-rate-outside", ("lines", 1, "normal_rate"), _with(_line(normal_rate=1001))),
    Case("normal-rate-outside", ("lines", 1, "normal_rate"), _with(_line(normal_rate=9, min_sustaining_rate=10))),
    Case("start-above-max", ("lines", 1, "start_rate"), _with(_line(start_rate=1001))),
    Case("component-cycle", ("components", 1, "component"), _with(Component(item="fuze", component="shell"))),
    Case("component-cycle", ("components", 2, "component"), _with(Component(item="shell", component="shell"))),
    Case("order-for-unmade-item", ("orders", 2, "item"), _with(
        Contract(name="second", holder="donor", item="fuze", line="plant", quantity=5, due=day("2023-01-01")))),
    Case("line-makes-nothing", ("lines", 2, "name"), _with(_line(name="works"))),
    Case("expansion-start-before-earliest", ("expansions", 1, "start"), _with(
        _expansion(start=day("2022-06-01"), earliest=day("2022-07-01")))),
    Case("delay-mean-missing", ("expansions", 1, "delay_mean_days"), _with(
        _expansion(delay_distribution="exponential"))),
    Case("delay-mean-missing", ("orders", 2, "slip_days"), _with(_contract(slip_distribution="exponential"))),
    Case("trigger-incomplete", ("expansions", 1, "trigger_share"), _with(
        _expansion(trigger_holder="front", trigger_item="shell"))),
    Case("trigger-incomplete", ("expansions", 1, "trigger_chain"), _with(_expansion(trigger_state="surge"))),
    Case("trigger-without-requirement", ("expansions", 1, "trigger_item"), _with(
        _expansion(trigger_holder="donor", trigger_item="fuze", trigger_share=0.5))),
    Case("unknown-state", ("expansions", 1, "trigger_state"), _with(
        _expansion(trigger_chain="regime", trigger_state="war"))),
    Case("outage-without-probability", ("lines", 1, "outage_duration_days"), _with(_line(outage_duration_days=60))),
    Case("surge-below-unit-cost", ("line_items", 1, "surge_unit_cost"), _with(_shell(surge_unit_cost=2999))),
    Case("surge-below-unit-cost", ("line_items", 1, "surge_unit_cost"), _with(
        _shell(unit_cost=3500, surge_unit_cost=3499, currency="USD"))),
    Case("surge-below-unit-cost", ("line_items", 1, "surge_unit_cost"), _with(
        _shell(surge_unit_cost=3300, currency="USD"))),  # 2970 EUR
    Case("variation-of-no-lead-time", ("line_items", 1, "lead_time_coefficient_of_variation"), _with(
        LineItem(line="plant", item="shell", lead_time_coefficient_of_variation=0.3))),
    Case("variation-of-no-lead-time", ("routes", 1, "lead_time_coefficient_of_variation"), _with(
        Route(from_holder="donor", to_holder="front", lead_time_coefficient_of_variation=0.3, capacity=400))),
    Case("expansion-cannot-finish", ("expansions", 1, "build_time_days"), _with(
        _expansion(start=day("2024-06-01"), build_time_days=200, delay_mean_days=50))),
    Case("expansion-never-starts", ("expansions", 1, "start"), _with(_expansion(start=None))),
    Case("realised-share-cut", ("expansions", 1, "realised_spread"), _with(
        _expansion(realised_share=0.9, realised_spread=0.2))),
    # transport
    Case("route-to-itself", ("routes", 2, "to_holder"), _with(Route(from_holder="front", to_holder="front"))),
    Case("pledge-without-route", ("pledges", 2, "to_holder"), _with(
        _pledge(from_holder="front", to_holder="donor"))),
    Case("pledge-start-after-due", ("pledges", 2, "start"), _with(
        _pledge(start=day("2023-02-01")))),
    Case("pledge-overdelivered", ("pledges", 2, "delivered_before_start"), _with(
        _pledge(delivered_before_start=6))),
    Case("pledge-without-policy", ("pledges", 2, "item"), _with(
        _pledge(item="fuze"))),
    Case("weightless-on-limited-route", ("routes", 1, "capacity"), _with(
        _release(item="fuze", rule="above_floor_share", share=0.1))),
    # money
    Case("currency-without-rate", ("stocks", 2, "currency"), _with(
        Stock(holder="donor", item="fuze", on_hand=20_000, currency="GBP"))),
    Case("own-currency-rate", ("exchange_rates", 2, "rate"), _with(ExchangeRate(currency="EUR", rate=1.1))),
    Case("budget-gate-mix", ("budgets", 3, "gate"), _with(Budget(holder="donor", year=2024, amount=1e8))),
    Case("budget-paid-mix", ("budgets", 3, "paid"), _with(
        Budget(holder="donor", year=2024, amount=1e8, gate="parliament", paid="delivery"))),
    Case("expansion-paid-on-delivery", ("budgets", 4, "paid"), lambda: sound().with_rows(*(
        Budget(holder="donor", year=year, amount=1e8, purpose="expansions",
               paid="delivery" if year == 2022 else "order") for year in (2022, 2023, 2024)))),
    Case("budget-year-outside", ("budgets", 4, "year"), _with(
        Budget(holder="donor", year=2019, amount=1e8, gate="parliament"))),
    Case("budget-year-missing", ("budgets", 1, "year"), lambda: without(sound(), "budgets", "donor/2023/orders")),
    # policies
    Case("policy-rule-role", ("policies", 4, "rule"), _with(_release(rule="maximum", start=day("2023-01-01")))),
    Case("policy-parameter-missing", ("policies", 4, "reorder_point"), _with(
        _ordering(rule="reorder_point", start=day("2023-01-01")))),
    Case("policy-parameter-not-taken", ("policies", 3, "rate"), _with(
        PolicyRow(role="production", line="plant", rule="maximum", rate=500))),
    Case("policy-parameter-not-taken", ("policies", 1, "ship_first"), _with(_ordering(ship_first="oldest"))),
    Case("policy-place-missing", ("policies", 4, "to_holder"), _with(_release(to_holder=""))),
    Case("policy-place-not-taken", ("policies", 4, "item"), _with(
        PolicyRow(role="production", line="plant", item="shell", rule="maximum"))),
    Case("ordering-unmade-item", ("policies", 4, "item"), _with(_ordering(item="fuze", quantity=5))),
    Case("ordering-unmade-item", ("policies", 4, "line"), _with(_ordering(item="fuze", line="plant", quantity=5))),
    Case("ordering-line-unclear", ("policies", 4, "line"), _two_makers(_ordering())),
    Case("ordering-twice", ("policies", 4, "line"), _with(_ordering(line="plant", share=0))),
    Case("order-shares-above-one", ("policies", 4, "share"), _two_makers(
        _ordering(line="plant", share=0.5), _ordering(line="works", share=0.6))),
    Case("release-without-route", ("policies", 4, "to_holder"), _with(_release(holder="front", to_holder="donor"))),
    Case("order-level-unknown", ("policies", 4, "rule"), _with(_ordering(holder="europe"))),
    # evidence
    Case("evidence-without-cell", ("evidence", 2, "table_name"), _with(_evidence(table_name="stock"))),
    Case("evidence-without-cell", ("evidence", 2, "row_key"), _with(_evidence(row_key="dnor/shell"))),
    Case("evidence-without-cell", ("evidence", 2, "column"), _with(_evidence(column="onhand"))),
    Case("evidence-without-source", ("evidence", 2, "source"), _with(_evidence(source=""))),
    Case("low-above-high", ("evidence", 1, "low"), _with(_evidence(low=9500, high=9100))),
    Case("low-above-high", ("observations", 1, "low"), _with(_observation(low=950, high=910))),
    Case("value-outside-range", ("evidence", 1, "high"), _with(_evidence(low=8000, high=8500))),
    Case("value-outside-range", ("observations", 1, "low"), _with(_observation(low=910))),
    Case("observation-per", ("observations", 1, "per"), _with(_observation(per=None))),
    Case("observation-per", ("observations", 1, "per"), _with(_observation(measure="on_hand"))),
    Case("observation-place", ("observations", 1, "line"), _with(_observation(measure="demand", line="plant"))),
    # usage
    Case("unused-item", ("items", 3, "name"), _with(Item(name="mortar", unit="round"))),
    Case("unused-holder", ("holders", 4, "name"), _with(Holder(name="austria"))),
    Case("unused-chain", ("chains", 5, "chain"), _with(
        ChainState(chain="threat", state="low", start_probability=1),
        Transition(chain="threat", from_state="low", to_state="low", probability=1))),
    Case("unused-chain", ("chains", 5, "chain"), _with(
        ChainState(chain="threat", state="low", start_probability=1),
        ChainState(chain="threat", state="high"),
        Transition(chain="threat", from_state="low", to_state="low", probability=1),
        Transition(chain="threat", from_state="high", to_state="high", probability=1),
        _influence(chain="threat", from_state="low", to_state="high"))),
    Case("unused-source", ("sources", 2, "name"), _with(Source(name="leaflet", title="Leaflet"))),
    Case("line-without-demand", ("lines", 2, "name"), _with(
        Item(name="mortar", unit="round"), _line(name="works"), LineItem(line="works", item="mortar"))),
    Case("no-source-of-supply", ("demand", 4, "item"), _with(Demand(holder="front", item="fuze", mean=5))),
    Case("no-source-of-supply", ("line_items", 1, "item"), lambda: without(sound(), "stocks", "donor/fuze")),
    # magnitude
    Case("implausible-magnitude", ("demand", 3, "mean"), _with(
        Demand(holder="donor", item="shell", purpose="training", mean=2e12))),
    Case("implausible-magnitude", ("line_items", 1, "production_lead_time_days"), _with(
        LineItem(line="plant", item="shell", production_lead_time_days=11_000))),
)  # fmt: skip


def _replaced_source(name: str) -> Scenario:
    """Return a scenario whose only evidence names another source than its observation."""
    return without(sound(), "evidence").with_rows(_evidence(source=name))


def test_a_sound_scenario_yields_no_finding() -> None:
    assert check(sound()) == []
    assert check(_pills()()) == []


def test_all_that_is_random_joint_or_triggered_yields_no_finding() -> None:
    complete = (
        _influence(), _influence(from_state="", what="delivered", strength=-1), _shell(surge_unit_cost=3000),
        _contract(slip_days=30, slip_distribution="lognormal", slip_coefficient_of_variation=0.4),
        _expansion(trigger_holder="front", trigger_item="shell", trigger_share=0.5, trigger_chain="regime",
                   trigger_state="surge"),
        _release(rule="priority", quantity=5, ship_first="freshest"),
        PolicyRow(role="production", line="plant", rule="follow_or_close"),
    )  # fmt: skip
    assert check(_barrels()().with_rows(*complete)) == []


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_mistake_is_found_once_and_in_its_place(case: Case) -> None:
    found = [(problem.rule, (problem.file, problem.row, problem.column)) for problem in check(case.make())]
    assert found == [(case.rule, case.place)]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_finding_has_the_severity_of_its_rule_and_says_what_to_do(case: Case) -> None:
    (problem,) = check(case.make())
    assert problem.severity == RULES[case.rule].severity
    assert problem.message
    assert problem.remedy


def test_the_nearest_name_is_offered() -> None:
    (problem,) = check(sound().with_rows(Stock(holder="dnor", item="shell")))
    assert problem.remedy == "did you mean `donor`?"
    assert problem.value == "dnor"


def test_a_wrong_name_brings_no_second_finding_elsewhere() -> None:
    stocks = tuple(
        row.model_copy(update={"holder": "dnor"}) if row.holder == "donor" else row for row in sound().stocks
    )
    found = check(sound().model_copy(update={"stocks": stocks}))
    assert [problem.rule for problem in found] == ["unknown-name", "unknown-name"]


def test_a_chain_forced_in_the_first_period_needs_no_start_probabilities() -> None:
    assert sum(state.start_probability for state in sound().chains if state.chain == "parliament") == 0


def test_rows_out_of_force_do_not_count_for_the_variance_of_a_negative_binomial() -> None:
    surge = _surge(distribution="negative_binomial", coefficient_of_variation=0.01, start=day("2026-01-01"))
    assert [problem.rule for problem in check(sound().with_rows(surge))] == ["never-in-force"]
