"""What goes in comes out, in every period, path and stock of random scenarios; and every event is paid for."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings

from replenish.arrays import Arrays
from replenish.arrays.groups import KEEPS, LIMIT_COMPONENT, Floats
from replenish.arrays.labels import PURPOSES
from tests.simulation.balance import Flows, Inside, before, by_group, look_inside, to_flows
from tests.simulation.engines import ENGINES, SEVERAL, Readings, gross, numbers, random_arrays, random_readings

examples = settings(max_examples=30)
pytestmark = pytest.mark.parametrize("engine", ENGINES)


@cache
def inside(number: int) -> Inside:
    return look_inside(random_arrays(number), seed=number, paths=SEVERAL)


def flows_of(number: int, engine: str) -> Flows:
    return to_flows(random_arrays(number), random_readings(number, engine), inside(number).own)


def spent_on(arrays: Arrays, readings: Readings, purpose: str) -> Floats:
    """Return what all holders spent on something, (period, path)."""
    accounts = range(PURPOSES.index(purpose), readings["spend"].shape[2], len(PURPOSES))
    return np.asarray(readings["spend"][:, :, list(accounts)].sum(axis=2))


def money_rounding(arrays: Arrays, readings: Readings) -> float:
    dearest = max(1.0, *(float(part.max(initial=0.0)) for part in (arrays.slots.price, arrays.flows.cost)))
    return 1e-11 * gross(readings) * dearest


@given(number=numbers)
@examples
def test_stock_changes_by_what_goes_in_and_out(number: int, engine: str) -> None:
    """What lines handed to whom is no reading; it is taken from the reference."""
    arrays, readings, flows = random_arrays(number), random_readings(number, engine), flows_of(number, engine)
    by_slot, products = inside(number).received, arrays.products
    received = by_group(arrays.slots.cell, by_slot, len(arrays.stocks.opening))
    assert np.abs(flows.received() - received).max(initial=0.0) <= flows.rounding
    good = readings["production"] * arrays.lines.unbound[products.line]
    handed_out = by_group(arrays.slots.product, by_slot, len(products.line))
    assert np.abs(handed_out - good).max(initial=0.0) <= flows.rounding


@given(number=numbers)
@examples
def test_a_stock_without_a_line_receives_nothing_from_lines(number: int, engine: str) -> None:
    flows = flows_of(number, engine)
    received = flows.received()
    others = np.setdiff1d(np.arange(received.shape[2]), random_arrays(number).slots.cell)
    assert np.abs(received[:, :, others]).max(initial=0.0) <= flows.rounding
    assert received.min(initial=0.0) >= -flows.rounding


@given(number=numbers)
@examples
def test_no_quantity_is_negative(number: int, engine: str) -> None:
    readings = random_readings(number, engine)
    rounding = 1e-12 * gross(readings)
    for name, values in readings.items():
        lowest = -rounding if name in ("on_order", "in_transit") else 0.0
        assert values.min(initial=0.0) >= lowest, name
        assert np.isfinite(values).all(), name


@given(number=numbers)
@examples
def test_shipping_never_takes_a_stock_below_its_floor(number: int, engine: str) -> None:
    arrays, flows = random_arrays(number), flows_of(number, engine)
    when_shipped = random_readings(number, engine)["on_hand"] + flows.issued
    below = (when_shipped < arrays.stocks.floor - flows.rounding) & (flows.shipped > flows.rounding)
    assert not below.any()


@given(number=numbers)
@examples
def test_nothing_that_needs_nothing_else_is_owed_while_any_is_on_hand(number: int, engine: str) -> None:
    arrays, readings = random_arrays(number), random_readings(number, engine)
    own = arrays.demands.first_source[:-1]
    is_alone = arrays.sources.first_bundle[own] == arrays.sources.first_bundle[own + 1]
    owed, there = readings["backorders"], readings["on_hand"][:, :, arrays.demands.cell]
    assert np.minimum(owed, there)[:, :, is_alone].max(initial=0.0) <= 1e-12 * gross(readings)


@given(number=numbers)
@examples
def test_demand_is_issued_owed_or_lost(number: int, engine: str) -> None:
    arrays, readings = random_arrays(number), random_readings(number, engine)
    owed = readings["backorders"]
    lost = np.where(arrays.demands.is_owed == 1, 0.0, readings["unmet"])
    change = readings["demand"] - readings["issues"] - lost
    assert np.abs(before(owed, np.zeros(1)) + change - owed).max(initial=0.0) <= 1e-12 * gross(readings)
    assert (readings["unmet"] <= readings["demand"]).all()


@given(number=numbers)
@examples
def test_what_demands_of_an_item_take_is_issued_to_them_where_nothing_stands_in(number: int, engine: str) -> None:
    arrays, readings = random_arrays(number), random_readings(number, engine)
    issued = by_group(arrays.demands.cell, readings["issues"], len(arrays.stocks.opening))
    is_replaced = np.zeros(issued.shape[2], np.bool_)
    is_replaced[arrays.demands.cell[np.diff(arrays.demands.first_source) > 1]] = True
    rest = np.abs(issued - inside(number).own)[:, :, ~is_replaced]
    assert rest.max(initial=0.0) <= 1e-12 * gross(readings)


@given(number=numbers)
@examples
def test_what_is_shipped_is_in_transit_until_it_arrives(number: int, engine: str) -> None:
    arrays, readings = random_arrays(number), random_readings(number, engine)
    flows, count = arrays.flows, len(arrays.stocks.opening)
    arrives = flows.survival > 0  # of what is all lost on the way no arrival is seen
    arrived = readings["delivered"] / np.where(arrives, flows.survival, 1.0)
    change = by_group(flows.to_cell, readings["shipped"] - arrived, count)
    in_transit = readings["in_transit"]
    seen = np.ones(count, np.bool_)
    seen[flows.to_cell[~arrives]] = False
    difference = before(in_transit, np.zeros(1)) + change - in_transit
    assert np.abs(difference[:, :, seen]).max(initial=0.0) <= 1e-12 * gross(readings)


@given(number=numbers)
@examples
def test_what_arrives_was_shipped_a_lead_time_ago(number: int, engine: str) -> None:
    arrays, readings = random_arrays(number), random_readings(number, engine)
    flows, rounding = arrays.flows, 1e-12 * gross(readings)
    for f, (lead, longest) in enumerate(zip(flows.lead, flows.longest, strict=True)):
        sent, delivered = readings["shipped"][:, :, f] * flows.survival[f], readings["delivered"][:, :, f]
        if flows.lead_law[f] < 0:
            arrived = delivered[lead:]
            assert np.abs(arrived - sent[: len(arrived)]).max(initial=0.0) <= rounding
        assert (delivered.cumsum(axis=0)[1:] <= sent.cumsum(axis=0)[:-1] + rounding).all()
        assert (
            delivered.cumsum(axis=0)[longest:] >= sent.cumsum(axis=0)[: max(0, len(sent) - longest)] - rounding
        ).all()


@given(number=numbers)
@examples
def test_a_pledge_is_credited_with_arrivals_and_never_beyond_its_quantity(number: int, engine: str) -> None:
    arrays, readings = random_arrays(number), random_readings(number, engine)
    counted = readings["pledge_delivered"]
    rounding = 1e-12 * gross(readings)
    assert (np.diff(counted, axis=0) >= 0).all()
    assert (counted <= arrays.pledges.quantity + rounding).all()
    arrived = readings["delivered"].cumsum(axis=0)[:, :, arrays.pledges.flow]
    at_start = arrays.pledges.quantity - arrays.pledges.open
    assert (counted <= at_start + arrived + rounding).all()


@given(number=numbers)
@examples
def test_production_is_what_was_started_a_lead_time_ago(number: int, engine: str) -> None:
    arrays, readings = random_arrays(number), random_readings(number, engine)
    products = arrays.products
    good = readings["started_capacity"] / products.capacity_use * products.yield_fraction
    for p, lead in enumerate(products.lead):
        if products.lead_law[p] < 0:
            made = readings["production"][lead:, :, p]
            assert np.abs(made - good[: len(made), :, p]).max(initial=0.0) <= 1e-12 * gross(readings)


@given(number=numbers)
@examples
def test_a_line_never_runs_above_its_capacity_and_makes_nothing_in_an_outage(number: int, engine: str) -> None:
    arrays, readings = random_arrays(number), random_readings(number, engine)
    used = by_group(arrays.products.line, readings["started_capacity"], len(arrays.lines.max_rate))
    highest = readings["line_capacity"]
    assert (used[:, :, arrays.products.line] <= highest * (1 + 1e-12)).all()
    assert (used[inside(number).stands_still] == 0).all()


@given(number=numbers)
@examples
def test_each_chain_is_in_one_of_its_states_and_each_product_held_back_by_something(number: int, engine: str) -> None:
    arrays, readings = random_arrays(number), random_readings(number, engine)
    state, binding = readings["chain_state"], readings["binding"]
    limits = LIMIT_COMPONENT + np.diff(arrays.products.first_component)
    assert np.array_equal(state, np.floor(state))
    assert np.array_equal(binding, np.floor(binding))
    assert (state < arrays.chains.states).all()
    assert (binding < limits).all()


@given(number=numbers)
@examples
def test_storage_never_holds_more_than_its_limit_or_than_it_held(number: int, engine: str) -> None:
    stocks, readings = random_arrays(number).stocks, random_readings(number, engine)
    rounding = 1e-12 * gross(readings)
    on_hand, outside = readings["on_hand"], readings["outside"]
    held = before(on_hand, stocks.opening)
    assert (on_hand <= np.maximum(stocks.storage_limit, held) + rounding).all()
    assert (outside[:, :, np.isinf(stocks.storage_limit)] == 0).all()


@given(number=numbers)
@examples
def test_nothing_is_kept_beyond_its_life(number: int, engine: str) -> None:
    """At most what came in within one life, and half a class, is there; what keeps never expires.

    A lot of the opening stock may last a part of a period longer than the whole periods of a fresh unit.
    """
    arrays, flows = random_arrays(number), flows_of(number, engine)
    stocks, came = arrays.stocks, by_group(arrays.slots.cell, inside(number).received, len(arrays.stocks.opening))
    assert (flows.expired[:, :, stocks.ages == KEEPS] == 0).all()
    for c in np.flatnonzero(stocks.ages != KEEPS):
        life = int(stocks.shelf_life[c] + stocks.class_width[c] // 2)
        total = (came + flows.arrivals)[:, :, c].cumsum(axis=0)
        total[life:] -= total[:-life].copy()
        total[: life + 1] += stocks.opening[c]
        assert (flows.closing[:, :, c] <= total + flows.rounding).all()


@given(number=numbers)
@examples
def test_orders_are_paid_for_when_decided_or_when_received(number: int, engine: str) -> None:
    """What comes on order was ordered, or is output that nobody ordered: both are paid for, surge on top."""
    arrays, readings, seen = random_arrays(number), random_readings(number, engine), inside(number)
    slots, products, lines = arrays.slots, arrays.products, arrays.lines
    committed = seen.on_order - before(seen.on_order, slots.opening_on_order) + seen.received
    paid = np.where(slots.pays_on_delivery == 1, seen.received, committed)
    normal = lines.normal_rate + seen.added
    surge = np.divide(np.maximum(0.0, seen.rate - normal), seen.rate, out=np.zeros(normal.shape), where=seen.rate > 0)
    net = products.yield_fraction * lines.unbound[products.line] / products.capacity_use * products.surge_extra
    cost = (paid * slots.price).sum(axis=2)
    cost += (readings["started_capacity"] * net * surge[:, :, products.line]).sum(axis=2)
    assert np.abs(cost - spent_on(arrays, readings, "orders")).max() <= money_rounding(arrays, readings)


@given(number=numbers)
@examples
def test_lines_expansions_transport_and_keeping_cost_what_they_should(number: int, engine: str) -> None:
    arrays, readings, seen = random_arrays(number), random_readings(number, engine), inside(number)
    lines, stocks, years = arrays.lines, arrays.stocks, arrays.clock.years[:, None]
    closed_to = 1e-12 * lines.max_rate  # a smaller rate is rounding, see the page of the period step
    is_open = seen.rate > closed_to
    opens = is_open & (before(seen.rate, lines.start_rate) <= closed_to)
    keeping = (is_open * lines.keeping_cost).sum(axis=2) * years
    kept = (readings["on_hand"] * stocks.holding_cost + readings["outside"] * stocks.outside_cost).sum(axis=2)
    costs = {
        "lines": keeping + (opens * lines.restart_cost).sum(axis=2),
        "expansions": (seen.is_paid * arrays.expansions.cost).sum(axis=2),
        "transport": (readings["shipped"] * arrays.flows.cost).sum(axis=2),
        "holding": kept * years,
    }
    for purpose, cost in costs.items():
        difference = np.abs(cost - spent_on(arrays, readings, purpose)).max()
        assert difference <= money_rounding(arrays, readings), purpose


@given(number=numbers)
@examples
def test_a_budget_holds_what_is_left_of_it(number: int, engine: str) -> None:
    """It never rises but by what the year brings; who pays for expansions is never short of money."""
    arrays, readings = random_arrays(number), random_readings(number, engine)
    budgets, left = arrays.budgets, readings["budget"]
    there = before(left, np.zeros(1)) * budgets.carry[:, None] + budgets.amount[:, None]
    assert (left <= there * (1 + 1e-12)).all()
    spent = inside(number).is_paid * arrays.expansions.cost
    has_budget = arrays.expansions.budget >= 0
    by_budget = by_group(arrays.expansions.budget[has_budget], spent[:, :, has_budget], left.shape[2])
    for b in set(arrays.expansions.budget[has_budget].tolist()):
        assert np.abs(there - by_budget - left)[:, :, b].max() <= 1e-9 * max(1.0, there.max())
