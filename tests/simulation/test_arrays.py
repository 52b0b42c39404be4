"""Scenarios become the numbers that the page on the period step says."""

from __future__ import annotations

import datetime as dt
import math
import time
from typing import Any

import numpy as np
import pytest

from replenish.arrays import Arrays, Labels, groups, to_arrays
from replenish.policy import Called, Decider, FollowOrClose, RunAtMaximum, Who, to_calls, with_policies
from replenish.scenario import check
from replenish.scenario.model import (
    Budget,
    Bundle,
    ChainState,
    Contract,
    Demand,
    ExchangeRate,
    Expansion,
    Holder,
    Influence,
    Item,
    Line,
    LineItem,
    Lot,
    PolicyRow,
    Requirement,
    Route,
    Row,
    Scenario,
    Stock,
    Substitute,
    Transition,
)
from tests.simulation.random_scenarios import random_scenario, shuffled
from tests.simulation.small import settings, small

MONTH = 365.2425 / 12
DEPOT = Stock(holder="depot", item="mask", on_hand=1200)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def _scenario(*rows: Row) -> Scenario:
    """Return a scenario of 24 months from 2024-01-01 on with two holders and a mask."""
    usual: tuple[Row, ...] = (
        Item(name="mask", unit="mask", unit_cost=4), Holder(name="depot"), Holder(name="ward", priority=2), DEPOT
    )  # fmt: skip
    return Scenario(settings=settings()).with_rows(*usual, *rows)


def _arrays(*rows: Row) -> tuple[Arrays, Labels]:
    scenario = _scenario(*rows)
    assert [problem for problem in check(scenario) if problem.severity == "error"] == []
    return to_arrays(scenario)


def _perishable(days: float) -> Item:
    return Item(name="mask", unit="mask", shelf_life_days=days)


def _release(to: str = "ward", **values: Any) -> tuple[Row, ...]:
    usual = {"role": "release", "holder": "depot", "item": "mask", "to_holder": to, "rule": "proportional"}
    route = Route(from_holder="depot", to_holder=to, lead_time_days=40)
    return route, PolicyRow.model_validate(usual | values)


def _works(**values: Any) -> Line:
    return Line.model_validate({"name": "works", "owner": "depot", "max_rate": 100} | values)


def _made(**values: Any) -> LineItem:
    return LineItem.model_validate({"line": "works", "item": "mask", "production_lead_time_days": 90} | values)


def _probabilities(arrays: Arrays, law: int) -> list[float]:
    """Return the cumulative probabilities of a counting law."""
    table = arrays.laws
    ends = [*np.sort(table.offset[table.kind == 1]).tolist(), len(table.thresholds)]
    first = int(table.offset[law])
    last = next(end for end in ends if end > first)
    return [(int(word) + 1) / 2**32 for word in table.thresholds[first:last]]


def test_ages_are_kept_in_classes_only_where_goods_move() -> None:
    arrays, labels = _arrays(
        _perishable(900), Item(name="gauze", unit="roll"), Stock(holder="depot", item="gauze"),
        Stock(holder="ward", item="mask"), Holder(name="attic"), Stock(holder="attic", item="mask"), *_release(),
    )  # fmt: skip
    ages = dict(zip(labels.cells, arrays.stocks.ages.tolist(), strict=True))
    assert ages == {
        ("attic", "mask"): groups.FIRST_IN_FIRST_OUT, ("depot", "gauze"): groups.KEEPS,
        ("depot", "mask"): groups.CLASSES, ("ward", "mask"): groups.CLASSES,
    }  # fmt: skip


def test_a_shelf_life_of_900_days_is_29_months_in_classes_of_3() -> None:
    arrays, labels = _arrays(_perishable(900), *_release())  # 900 / 30.44 = 29.57; 29 / 12 = 2.4; on the way 2
    row = labels.cell_of["depot", "mask"]
    stocks = arrays.stocks
    assert (stocks.shelf_life[row], stocks.class_width[row], stocks.classes[row]) == (29, 3, (29 + 2) // 3 + 3)


def test_a_shelf_life_below_a_period_is_one_period() -> None:
    arrays, _ = _arrays(_perishable(3))
    assert (arrays.stocks.shelf_life[0], arrays.stocks.class_width[0], arrays.stocks.classes[0]) == (1, 1, 0)


def test_lots_leave_in_the_first_period_after_their_last_day_and_the_rest_evenly() -> None:
    dates = {"a": "2023-12-31", "b": "2024-03-15", "c": "2024-03-31", "d": "2024-04-01", "e": "2026-01-01"}
    lots = [Lot(holder="depot", item="mask", lot=lot, quantity=100, expires=day(date)) for lot, date in dates.items()]
    arrays, _ = _arrays(_perishable(29.5 * MONTH), *lots)
    expected = np.zeros(24)
    expected[1:] = (1200 - 500) / 29
    expected[[0, 3, 4]] += [100, 200, 100]  # March ends before April starts; what expires in April stays April
    np.testing.assert_allclose(arrays.stocks.opening_expiry[:, 0], expected, rtol=1e-15)


def test_what_is_not_stated_is_without_limit_and_free() -> None:
    arrays, labels = _arrays(Stock(holder="ward", item="mask", storage_limit=50, outside_cost=2, currency="USD"),
                             ExchangeRate(currency="USD", rate=0.9))  # fmt: skip
    depot, ward = labels.cell_of["depot", "mask"], labels.cell_of["ward", "mask"]
    assert arrays.stocks.storage_limit[[depot, ward]].tolist() == [math.inf, 50]
    assert arrays.stocks.outside_cost[[depot, ward]].tolist() == [0, 1.8]


def test_a_lead_time_with_coefficient_of_variation_1_is_exponential() -> None:
    route = Route(from_holder="depot", to_holder="ward", lead_time_days=40, lead_time_coefficient_of_variation=1)
    arrays, _ = _arrays(*_release(), route, Holder(name="ward", absorption_delay_days=35))
    flows = arrays.flows
    longest = math.ceil((40 * math.log(1e4) + 35) / MONTH)  # exceeded with probability 0.0001
    assert (flows.lead[0], flows.longest[0]) == (math.ceil(75 / MONTH), longest)
    assert arrays.laws.base[flows.lead_law[0]] == 1
    expected = [1 - math.exp(-max(0.0, k * MONTH - 35) / 40) for k in range(1, longest)] + [1.0]
    np.testing.assert_allclose(_probabilities(arrays, int(flows.lead_law[0])), expected, atol=1e-9)


def test_no_lead_time_is_drawn_beyond_the_horizon_but_a_planned_one_may_be() -> None:
    arrays, _ = _arrays(_works(), _made(production_lead_time_days=400, lead_time_coefficient_of_variation=2))
    assert (arrays.products.lead[0], arrays.products.longest[0]) == (14, 24)
    arrays, _ = _arrays(_works(), _made(production_lead_time_days=900, lead_time_coefficient_of_variation=0.1))
    assert (arrays.products.lead[0], arrays.products.longest[0]) == (30, 30)


def test_a_lead_time_without_spread_is_as_planned() -> None:
    arrays, _ = _arrays(_works(), _made(), *_release())
    assert (arrays.products.lead[0], arrays.products.longest[0], arrays.products.lead_law[0]) == (3, 3, -1)
    assert (arrays.flows.lead[0], arrays.flows.longest[0], arrays.flows.lead_law[0]) == (2, 2, -1)


@pytest.mark.parametrize("variation", [1e-300, 1e-9, 1e300])
def test_spreads_beyond_all_sense_still_make_a_law(variation: float) -> None:
    contract = Contract(
        name="late", holder="ward", item="mask", line="works", quantity=70, due=day("2024-06-30"), slip_days=20,
        slip_distribution="lognormal", slip_coefficient_of_variation=variation,
    )  # fmt: skip
    arrays, _ = _arrays(_perishable(1e300), _works(), _made(lead_time_coefficient_of_variation=variation), contract)
    for law in (arrays.products.lead_law[0], arrays.slips.law[0]):
        cumulative = _probabilities(arrays, int(law))
        assert cumulative == sorted(cumulative)
        assert cumulative[-1] == 1
    if variation < 1:
        assert arrays.products.longest[0] == 3
        assert _probabilities(arrays, int(arrays.slips.law[0]))[3:5] == pytest.approx([1, 1])  # due on 20 July


def test_work_before_the_start_fills_the_planned_part_of_longer_rings() -> None:
    arrays, _ = _arrays(_works(start_rate=60), _made(lead_time_coefficient_of_variation=0.5, yield_fraction=0.5))
    longest = int(arrays.products.longest[0])
    assert longest > 3
    assert arrays.products.opening_output.tolist() == [30.0] * 3 + [0.0] * (longest - 3)
    assert arrays.slots.opening_work.tolist() == arrays.products.opening_output.tolist()
    assert arrays.slots.opening_on_order.tolist() == [90.0]


def test_contracts_that_enter_at_once_are_told_apart_by_their_due_period() -> None:
    dues = {"a": ("2024-02-10", 70), "b": ("2024-04-20", 20), "c": ("2024-05-20", 40)}
    contracts = [
        Contract(name=name, holder="ward", item="mask", line="works", quantity=quantity, due=day(due))
        for name, (due, quantity) in dues.items()
    ]
    arrays, labels = _arrays(_works(start_rate=60, allocation="due_date"), _made(), *contracts)
    slots, ward = arrays.slots, labels.slot_of["works", "mask", "ward"]
    assert slots.due_length.tolist() == [3 + groups.OVERDUE + 1] * 2
    due = slots.opening_due[slots.due_ring[ward] : slots.due_ring[ward] + slots.due_length[ward]]
    assert {d: q for d, q in enumerate(due.tolist()) if q} == {1: 10, 3: 20}  # 60 of the 70 are in production
    assert slots.contracts[:2, ward].tolist() == [30, 40]
    assert slots.opening_on_order[ward] == 70 + 20 + 40


def test_other_lines_keep_no_due_periods() -> None:
    arrays, _ = _arrays(_works(), _made())
    assert (arrays.slots.due_length.tolist(), len(arrays.slots.opening_due)) == ([0], 0)


def test_a_late_contract_enters_one_lead_time_before_its_drawn_due_date() -> None:
    contract = Contract(name="late", holder="ward", item="mask", line="works", quantity=70, due=day("2024-06-15"),
                        slip_days=60, slip_distribution="exponential")  # fmt: skip
    arrays, labels = _arrays(_works(start_rate=0), _made(), contract)
    ward = labels.slot_of["works", "mask", "ward"]
    assert (arrays.slips.slot.tolist(), arrays.slips.quantity.tolist()) == ([ward], [70])
    assert (arrays.slots.contracts[:, ward].sum(), arrays.slots.opening_on_order[ward]) == (0, 70)
    cumulative = _probabilities(arrays, int(arrays.slips.law[0]))
    assert len(cumulative) == 25  # the last stands for after the horizon
    assert cumulative[1] < 1e-9  # due in May at the latest: too early
    for entry, before in ((2, "2024-07-01"), (3, "2024-08-01"), (20, "2026-01-01")):  # due three months later
        late = (day(before) - day("2024-06-15")).days
        assert cumulative[entry] == pytest.approx(1 - math.exp(-late / 60), abs=1e-9)
    beyond = math.ceil(day("2026-01-01").toordinal() + 3 * MONTH) - day("2024-06-15").toordinal()
    assert cumulative[23] == pytest.approx(1 - math.exp(-beyond / 60), abs=1e-9)


def test_a_slip_without_law_is_added_as_it_is_however_long() -> None:
    contract = Contract(name="late", holder="ward", item="mask", line="works", quantity=70, due=day("2024-06-30"),
                        slip_days=1.9)  # fmt: skip
    arrays, labels = _arrays(_works(start_rate=0), _made(), contract)
    ward = labels.slot_of["works", "mask", "ward"]
    assert np.flatnonzero(arrays.slots.contracts[:, ward]).tolist() == [3]  # due on 1 July
    never, _ = _arrays(_works(start_rate=0), _made(), contract.model_copy(update={"slip_days": 1e9}))
    assert (never.slots.contracts.sum(), never.slots.opening_on_order.sum()) == (0, 70)


def _sources(arrays: Arrays, labels: Labels, name: tuple[str, str, str]) -> list[Any]:
    demand, sources = labels.demands.index(name), arrays.sources
    return [
        (labels.cells[sources.cell[n]][1], float(sources.ratio[n]), [
            (labels.cells[sources.bundle_cell[b]][1], float(sources.bundle_use[b]))
            for b in range(sources.first_bundle[n], sources.first_bundle[n + 1])
        ])
        for n in range(arrays.demands.first_source[demand], arrays.demands.first_source[demand + 1])
    ]  # fmt: skip


def test_substitutes_follow_by_rank_where_the_holder_has_them_with_what_their_use_uses_up() -> None:
    items = [Item(name=name, unit="piece") for name in ("hood", "visor", "veil", "filter", "strap")]
    held = [Stock(holder="depot", item=item) for item in ("hood", "visor", "filter", "strap")]
    arrays, labels = _arrays(
        *items, *held,
        *(Demand(holder=holder, item="mask", mean=1) for holder in ("depot", "ward")),
        Substitute(item="mask", substitute="visor", ratio=2, rank=3), Substitute(item="mask", substitute="veil"),
        Substitute(item="mask", substitute="hood", ratio=0.5, rank=2),
        Bundle(item="mask", bundled_item="filter", quantity=3),
        Bundle(holder="depot", item="visor", bundled_item="strap", quantity=1),
        Bundle(item="visor", bundled_item="strap", quantity=9), Bundle(item="visor", bundled_item="filter", quantity=5),
    )  # fmt: skip
    assert _sources(arrays, labels, ("depot", "mask", "use")) == [
        ("mask", 1.0, [("filter", 3.0)]), ("hood", 0.5, []), ("visor", 2.0, [("filter", 5.0), ("strap", 1.0)])
    ]  # fmt: skip
    assert _sources(arrays, labels, ("ward", "mask", "use")) == [("mask", 1.0, [])]


def test_demands_of_a_holder_are_served_by_priority_whatever_their_item() -> None:
    arrays, labels = _arrays(
        Item(name="gown", unit="gown"), Stock(holder="depot", item="gown"), Stock(holder="ward", item="gown"),
        Demand(holder="depot", item="gown", mean=1, priority=5), Demand(holder="ward", item="gown", mean=1, priority=1),
        Demand(holder="depot", item="mask", mean=1, priority=2),
        Demand(holder="depot", item="gown", mean=1, purpose="training", priority=2),
    )  # fmt: skip
    assert [labels.demands[d] for d in arrays.demands.order] == [
        ("depot", "gown", "training"), ("depot", "mask", "use"), ("depot", "gown", "use"), ("ward", "gown", "use")
    ]  # fmt: skip


def test_flows_of_a_stock_are_ranked_by_the_priority_and_name_of_the_recipient() -> None:
    arrays, labels = _arrays(
        Holder(name="attic", priority=3), Holder(name="clinic", priority=2),
        *_release("ward"), *_release("attic"), *_release("clinic", rule="priority", ship_first="freshest"),
    )  # fmt: skip
    assert dict(zip((to for _, to, _ in labels.flows), arrays.flows.rank.tolist(), strict=True)) == {
        "clinic": 0, "ward": 1, "attic": 2
    }  # fmt: skip
    row = arrays.flows.policy[0, labels.flow_of["depot", "clinic", "mask"]]
    assert (arrays.rules.rule[row], arrays.rules.ships_freshest[row]) == (groups.PRIORITY, 1)
    assert arrays.rules.ships_freshest.sum() == 1


@pytest.mark.parametrize(
    ("probability", "days", "start", "end"),
    [(0, 0, 0, 2**32 - 1), (0.25, 2 * MONTH, 2**30 - 1, 2**31 - 1), (1, 10, 2**32 - 1, 2**32 - 1)],
)
def test_outages_start_and_end_by_thresholds(probability: float, days: float, start: int, end: int) -> None:
    arrays, _ = _arrays(_works(outage_probability=probability, outage_duration_days=days), _made())
    assert (arrays.lines.outage_start.tolist(), arrays.lines.outage_end.tolist()) == ([start], [end])


def test_money_of_lines_and_orders() -> None:
    arrays, labels = _arrays(
        ExchangeRate(currency="USD", rate=0.5), _works(keeping_cost=100, restart_cost=30, currency="USD"),
        _made(unit_cost=6, surge_unit_cost=10, currency="USD"),
        *(Budget(holder="depot", year=year, amount=1, paid="delivery") for year in (2024, 2025)),
        PolicyRow(role="ordering", holder="ward", item="mask", rule="base_stock", quantity=5),
    )  # fmt: skip
    assert (arrays.lines.keeping_cost[0], arrays.lines.restart_cost[0]) == (50, 15)
    assert arrays.lines.account.tolist() == [labels.account("depot", "lines")]
    assert (arrays.products.surge_extra.tolist(), arrays.slots.price.tolist()) == ([2.0], [3.0, 3.0])
    assert arrays.slots.pays_on_delivery.tolist() == [1, 0]


def test_an_expansion_with_a_trigger_counts_from_the_start() -> None:
    requirement = Requirement(holder="depot", item="mask", quantity=1500)
    usual: dict[str, Any] = {"line": "works", "capacity_step": 5, "build_time_days": 100, "delay_mean_days": 50}
    usual |= {"delay_distribution": "exponential"}
    arrays, labels = _arrays(
        _works(), _made(), requirement, *_regimes(),
        Expansion(name="dated", start=day("2024-01-01"), **usual), Expansion(name="planned", **usual),
        Expansion(name="short", trigger_holder="depot", trigger_item="mask", trigger_share=0.4, **usual),
        Expansion(name="war", trigger_chain="regime", trigger_state="surge", start=day("2024-03-10"), **usual),
    )  # fmt: skip
    expansions = arrays.expansions
    assert labels.expansions == ("dated", "short", "war")
    assert expansions.start.tolist() == [0, 0, 2]
    assert expansions.trigger_cell.tolist() == [-1, labels.cell_of["depot", "mask"], -1]
    assert expansions.trigger_share.tolist() == [0, 0.4, 0]
    assert expansions.trigger_chain.tolist() == [-1, -1, 0]
    assert expansions.trigger_state[2] == labels.state("regime", "surge")
    dated, short, war = (_probabilities(arrays, int(law)) for law in expansions.law)
    assert dated == short
    late = (day("2024-07-01") - day("2024-03-10")).days - 100  # complete in July at the latest
    assert war[6] == pytest.approx(1 - math.exp(-late / 50), abs=1e-9)


def _regimes() -> tuple[Row, ...]:
    return (
        ChainState(chain="regime", state="quiet", start_probability=1, mean_duration_days=4 * MONTH),
        ChainState(chain="regime", state="surge"),
        Transition(chain="regime", from_state="quiet", to_state="surge", probability=1),
        Transition(chain="regime", from_state="surge", to_state="surge", probability=0.7),
        Transition(chain="regime", from_state="surge", to_state="quiet", probability=0.3),
        Demand(holder="depot", item="mask", chain="regime", state="surge", mean=5),
    )


def test_influences_stand_by_chain_with_levels_by_period() -> None:
    usual: dict[str, Any] = {"chain": "regime", "holder": "depot", "item": "mask"}
    arrays, _ = _arrays(
        *_regimes(),
        Influence(to_state="quiet", what="delivered", reference=31, per="day", strength=-0.5, **usual),
        Influence(from_state="quiet", to_state="surge", what="on_hand", reference=900, strength=2, **usual),
    )
    influences = arrays.influences
    assert arrays.chains.first_influence.tolist() == [0, 2]
    assert (influences.from_state.tolist(), influences.to_state.tolist()) == ([-1, 0], [0, 1])
    assert influences.what.tolist() == [groups.DELIVERED, groups.ON_HAND]
    assert influences.reference[:2].tolist() == [[31 * 31, 900], [31 * 29, 900]]  # January and February 2024
    assert influences.strength.tolist() == [-0.5, 2]
    np.testing.assert_allclose(arrays.chains.probability[0], [[0.75, 0.25], [0.3, 0.7]], rtol=1e-15)


def test_functions_decide_in_place_of_rules() -> None:
    def decide() -> float:
        return 1.0

    policies: dict[Who, Decider] = {
        ("west", "round", "private"): Called(role="ordering", function=decide),
        ("west", "front", "round"): Called(role="release", function=decide),
        "forge": Called(role="production", function=decide),
        "private": FollowOrClose(),
    }
    scenario = with_policies(small(), policies)
    assert len(scenario.policies) == len(small().policies) - 3
    arrays, labels = to_arrays(scenario, to_calls(policies))
    called = {(role, *rows): call.function for call in labels.calls for role, rows in call.rows.items()}
    slot, flow = labels.slot_of["private", "round", "west"], labels.flow_of["west", "front", "round"]
    line = labels.line_of["forge"]
    assert called == {("ordering", slot): decide, ("release", flow): decide, ("production", line): decide}
    tables = arrays.slots.policy, arrays.flows.policy, arrays.lines.policy
    marked = [np.argwhere((arrays.rules.rule[table] == groups.CALLED) & (table >= 0)) for table in tables]
    for found, row in zip(marked, (slot, flow, line), strict=True):
        assert found.tolist() == [[t, row] for t in range(24)]
    assert (arrays.rules.rule == groups.CALLED).sum() == 3
    assert groups.FOLLOW_OR_CLOSE in arrays.rules.rule
    assert labels.scenario is scenario


def test_without_functions_nothing_is_called() -> None:
    arrays, labels = to_arrays(with_policies(small(), {"forge": RunAtMaximum()}))
    assert (labels.calls, groups.CALLED in arrays.rules.rule) == ((), False)


@pytest.mark.parametrize(
    ("who", "role", "message"),
    [
        ("forg", "production", "there is no line 'forg'"),
        (("front", "east", "round"), "release", "no route leads from 'front' to 'east'"),
        (("east", "front", "ruond"), "release", "there is no item 'ruond'"),
        (("est", "shell"), "ordering", "there is no holder 'est'"),
        (("east", "round"), "ordering", "made by assembly, private; name the line"),
        (("east", "round", "forge"), "ordering", "made by assembly, private; name the line"),
    ],
)
def test_a_function_for_what_is_not_there_is_refused(who: Any, role: Any, message: str) -> None:
    calls = to_calls({who: Called(role=role, function=float)})
    with pytest.raises(ValueError, match=message):
        to_arrays(small(), calls)


@pytest.mark.parametrize("number", range(20))
def test_the_order_of_rows_changes_nothing_but_the_numbers_of_rules(number: int) -> None:
    scenario = random_scenario(number)
    one, other = to_arrays(scenario)[0], to_arrays(shuffled(scenario, number))[0]
    for name in set(one._fields) - {"accounts", "rules"}:
        group, again = getattr(one, name), getattr(other, name)
        for field in set(group._fields) - {"policy"}:
            np.testing.assert_array_equal(getattr(again, field), getattr(group, field), err_msg=f"{name}.{field}")


def _large(holders: int, items: int, end: str, period: str) -> Scenario:
    """Return a scenario in which every holder stocks, requires, uses, orders and ships every item."""
    own, things = [f"h{n:04}" for n in range(holders)], [f"i{n:03}" for n in range(items)]
    pairs = [(holder, item) for holder in own for item in things]
    ways = [(holder, own[(n + k) % holders]) for n, holder in enumerate(own) for k in (1, 2)]
    return Scenario(settings=settings(day(end), period=period)).model_copy(update={
        "items": tuple(Item(name=item, unit="piece", shelf_life_days=900) for item in things),
        "holders": tuple(Holder(name=holder) for holder in own),
        "stocks": tuple(Stock(holder=holder, item=item, on_hand=9) for holder, item in pairs),
        "requirements": tuple(Requirement(holder=holder, item=item, quantity=15) for holder, item in pairs),
        "demand": tuple(
            Demand(holder=holder, item=item, mean=2, distribution="gamma", coefficient_of_variation=0.5)
            for holder, item in pairs
        ),
        "lines": tuple(Line(name=item, owner=own[n % holders], max_rate=9) for n, item in enumerate(things)),
        "line_items": tuple(LineItem(line=item, item=item, production_lead_time_days=200) for item in things),
        "routes": tuple(Route(from_holder=giver, to_holder=taker, lead_time_days=30) for giver, taker in ways),
        "policies": (
            *(PolicyRow(role="ordering", holder=holder, item=item, rule="base_stock") for holder, item in pairs),
            *(PolicyRow(role="release", holder=giver, to_holder=taker, item=item, rule="proportional")
              for giver, taker in ways for item in things),
        ),
    })  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(
    ("holders", "items", "end", "period"), [(40, 60, "2053-11-20", "week"), (1000, 1, "2033-12-31", "month")]
)
def test_large_scenarios_are_converted_in_seconds(holders: int, items: int, end: str, period: str) -> None:
    scenario = _large(holders, items, end, period)
    begun = time.perf_counter()
    arrays, _ = to_arrays(scenario)
    assert len(arrays.flows.route) == 2 * holders * items
    assert time.perf_counter() - begun < 10
