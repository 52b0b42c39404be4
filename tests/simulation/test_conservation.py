"""What goes in comes out, in every period, path and stock of random scenarios."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hypothesis import given, settings

from replenish.arrays import Arrays
from replenish.arrays.groups import Floats, Ints
from replenish.simulation.reference import World, step
from tests.simulation.runs import Readings, gross, numbers, traced_random

examples = settings(max_examples=30)


def by_group(group: Ints, values: Floats, count: int) -> Floats:
    """Return the sums of (period, path, thing) values by the group of their thing."""
    total = np.zeros((count, *values.shape[:2]))
    np.add.at(total, group, np.moveaxis(values, 2, 0))
    return np.moveaxis(total, 0, 2)


@dataclass(frozen=True)
class Flows:
    """What went into and out of each stock, each (period, path, stock)."""

    opening: Floats
    arrivals: Floats
    issues: Floats
    shipped: Floats
    taken: Floats
    closing: Floats
    rounding: float

    def received(self) -> Floats:
        """Return what must have come from lines for the sums to be right."""
        return self.closing - self.opening - self.arrivals + self.issues + self.shipped + self.taken


def flows_of(arrays: Arrays, readings: Readings) -> Flows:
    on_hand, count = readings["on_hand"], len(arrays.stocks.opening)
    products, routes = arrays.products, arrays.flows
    first = np.broadcast_to(arrays.stocks.opening, (1, *on_hand.shape[1:]))
    made = np.repeat(np.arange(len(products.line)), np.diff(products.first_component))
    started = readings["started_capacity"] / products.capacity_use
    return Flows(
        opening=np.concatenate([first, on_hand[:-1]]),
        arrivals=by_group(routes.to_cell, readings["delivered"], count),
        issues=by_group(arrays.demands.cell, readings["issues"], count),
        shipped=by_group(routes.from_cell, readings["shipped"], count),
        taken=by_group(products.component_cell, started[:, :, made] * products.component_use, count),
        closing=on_hand,
        rounding=1e-12 * gross(readings),
    )


@given(numbers)
@examples
def test_stock_changes_by_what_goes_in_and_out(number: int) -> None:
    """What lines handed to whom is no reading; it is taken from the reference, and added up against the kernel's."""
    arrays, readings = traced_random(number)
    world, periods = World(arrays, number, np.arange(32)), range(len(arrays.clock.days))
    for t in periods:
        step(world, t)
    by_slot = world.to_receive[: len(periods)].swapaxes(1, 2)
    flows, slots, products = flows_of(arrays, readings), arrays.slots, arrays.products
    received = by_group(slots.cell, by_slot, len(arrays.stocks.opening))
    assert np.abs(flows.received() - received).max(initial=0.0) <= flows.rounding
    good = readings["production"] * arrays.lines.unbound[products.line]
    handed_out = by_group(slots.product, by_slot, len(products.line))
    assert np.abs(handed_out - good).max(initial=0.0) <= flows.rounding


@given(numbers)
@examples
def test_a_stock_without_a_line_receives_nothing_from_lines(number: int) -> None:
    arrays, readings = traced_random(number)
    flows = flows_of(arrays, readings)
    received = flows.received()
    others = np.setdiff1d(np.arange(received.shape[2]), arrays.slots.cell)
    assert np.abs(received[:, :, others]).max(initial=0.0) <= flows.rounding
    assert received.min(initial=0.0) >= -flows.rounding


@given(numbers)
@examples
def test_no_quantity_is_negative(number: int) -> None:
    _, readings = traced_random(number)
    rounding = 1e-12 * gross(readings)
    for name, values in readings.items():
        lowest = -rounding if name in ("on_order", "in_transit") else 0.0
        assert values.min(initial=0.0) >= lowest, name
        assert np.isfinite(values).all(), name


@given(numbers)
@examples
def test_shipping_never_takes_a_stock_below_its_floor(number: int) -> None:
    arrays, readings = traced_random(number)
    flows = flows_of(arrays, readings)
    when_shipped = flows.closing + flows.issues
    below = (when_shipped < arrays.stocks.floor - flows.rounding) & (flows.shipped > flows.rounding)
    assert not below.any()


@given(numbers)
@examples
def test_nothing_is_owed_while_anything_is_on_hand(number: int) -> None:
    arrays, readings = traced_random(number)
    owed = by_group(arrays.demands.cell, readings["backorders"], len(arrays.stocks.opening))
    assert np.minimum(owed, readings["on_hand"]).max(initial=0.0) <= 1e-12 * gross(readings)


@given(numbers)
@examples
def test_demand_is_issued_owed_or_lost(number: int) -> None:
    arrays, readings = traced_random(number)
    owed = readings["backorders"]
    before = np.concatenate([np.zeros((1, *owed.shape[1:])), owed[:-1]])
    lost = np.where(arrays.demands.is_owed == 1, 0.0, readings["unmet"])
    change = readings["demand"] - readings["issues"] - lost
    assert np.abs(before + change - owed).max(initial=0.0) <= 1e-12 * gross(readings)
    assert (readings["unmet"] <= readings["demand"]).all()


@given(numbers)
@examples
def test_what_is_in_transit_was_shipped_within_the_lead_time(number: int) -> None:
    arrays, readings = traced_random(number)
    flows, shipped = arrays.flows, readings["shipped"]
    under_way, delivered = np.zeros(shipped.shape), np.zeros(shipped.shape)
    for f, lead in enumerate(flows.lead):
        for t in range(len(shipped)):
            under_way[t, :, f] = shipped[max(0, t - lead + 1) : t + 1, :, f].sum(axis=0)
            delivered[t, :, f] = shipped[t - lead, :, f] * flows.survival[f] if t >= lead else 0.0
    in_transit = by_group(flows.to_cell, under_way, len(arrays.stocks.opening))
    rounding = 1e-12 * gross(readings)
    assert np.abs(in_transit - readings["in_transit"]).max(initial=0.0) <= rounding
    assert np.abs(delivered - readings["delivered"]).max(initial=0.0) <= rounding


@given(numbers)
@examples
def test_a_pledge_is_credited_with_arrivals_and_never_beyond_its_quantity(number: int) -> None:
    arrays, readings = traced_random(number)
    counted = readings["pledge_delivered"]
    rounding = 1e-12 * gross(readings)
    assert (np.diff(counted, axis=0) >= 0).all()
    assert (counted <= arrays.pledges.quantity + rounding).all()
    arrived = readings["delivered"].cumsum(axis=0)[:, :, arrays.pledges.flow]
    before = arrays.pledges.quantity - arrays.pledges.open
    assert (counted <= before + arrived + rounding).all()


@given(numbers)
@examples
def test_production_is_what_was_started_a_lead_time_ago(number: int) -> None:
    arrays, readings = traced_random(number)
    products = arrays.products
    good = readings["started_capacity"] / products.capacity_use * products.yield_fraction
    for p, lead in enumerate(products.lead):
        made = readings["production"][lead:, :, p]
        assert np.abs(made - good[: len(made), :, p]).max(initial=0.0) <= 1e-12 * gross(readings)


@given(numbers)
@examples
def test_a_line_never_runs_above_its_capacity(number: int) -> None:
    arrays, readings = traced_random(number)
    used = by_group(arrays.products.line, readings["started_capacity"], len(arrays.lines.max_rate))
    highest = readings["line_capacity"]
    assert (used[:, :, arrays.products.line] <= highest * (1 + 1e-12)).all()


@given(numbers)
@examples
def test_each_chain_is_in_one_state_and_each_product_held_back_by_one_thing(number: int) -> None:
    arrays, readings = traced_random(number)
    chains = np.repeat(np.arange(len(arrays.chains.states)), arrays.chains.states)
    assert (by_group(chains, readings["is_in_state"], len(arrays.chains.states)) == 1).all()
    starts = np.diff(arrays.products.first_limit)
    products = np.repeat(np.arange(len(starts)), starts)
    assert (by_group(products, readings["binding"], len(starts)) == 1).all()


@given(numbers)
@examples
def test_expansions_never_cost_more_than_their_budget(number: int) -> None:
    arrays, readings = traced_random(number)
    given_out = np.cumsum(arrays.budgets.amount, axis=0)
    spent = np.cumsum(readings["spend"], axis=0)
    for account, budget in set(zip(arrays.expansions.account, arrays.expansions.budget, strict=True)):
        if budget >= 0:
            assert (spent[:, :, account] <= given_out[:, None, budget] * (1 + 1e-12)).all()
