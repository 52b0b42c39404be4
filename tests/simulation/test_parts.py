"""Expansions that functions start, in parts or whole, and lines that they close."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

import replenish
from replenish.arrays import Arrays, Labels, to_arrays, to_calendar
from replenish.arrays.groups import Floats, Ints
from replenish.arrays.labels import PURPOSES
from replenish.arrays.state import State, expected_gain
from replenish.policy import Joint, to_calls, with_policies
from replenish.scenario.model import Budget, ChainState, Expansion, Holder, Item, Row, Scenario, Stock, Transition
from replenish.simulation import simulate
from replenish.simulation.called import Block, Deciders
from replenish.simulation.reference import World
from replenish.simulation.reference.reveal import draw_expansions
from tests.simulation.by_hand import plant
from tests.simulation.engines import Readings, gross, numbers
from tests.simulation.random_scenarios import random_scenario
from tests.simulation.runs import trace
from tests.simulation.small import settings as calendar
from tests.simulation.small import small


class Hand:
    """A works of the army in a made-up year; readings of two paths."""

    def __init__(self, answer: Any, *rows: Row, months: int = 8, review: int = 1, **columns: Any) -> None:
        made = plant(**columns)
        end = dt.date(2024 + (months - 1) // 12, (months - 1) % 12 + 1, 28)
        scenario = Scenario(settings=calendar(end=end, review_interval=review)).with_rows(
            *made, *rows, Stock(holder="army", item="round"), Holder(name="army"),
            Item(name="round", unit="round", unit_cost=1),
        )  # fmt: skip
        halls = tuple(row.name for row in rows if isinstance(row, Expansion))
        self.asked: list[Any] = []

        def decide(block: Block) -> dict[str, Any]:
            self.asked.append(block.state())
            return {"production": 1e9, "expansion": 0.0, **answer(block)}

        joint = Joint(decide, production=("plant",), expansion=halls)
        self.scenario = with_policies(scenario, joint)
        assert [p for p in replenish.check(self.scenario) if p.severity == "error"] == []
        self.arrays, self.labels = to_arrays(self.scenario, to_calls(joint))
        deciders = Deciders(self.arrays, self.labels, to_calendar(self.scenario))
        self.readings = trace(self.arrays, paths=2, lanes=2, decide=deciders.decide)

    def __call__(self, reading: str, row: int = 0) -> list[float]:
        return [round(value, 6) for value in self.readings[reading][:, 0, row].tolist()]

    def spent(self, purpose: str) -> list[float]:
        return self("spend", PURPOSES.index(purpose))


def hall(**columns: Any) -> Expansion:
    given = {"name": "hall", "line": "plant", "capacity_step": 40, "build_time_days": 60, "cost": 100, **columns}
    return Expansion.model_validate(given)


def plan(*shares: float) -> Any:
    """Return a function that answers these shares in turn, then 0."""
    return lambda block: {"expansion": shares[block.period] if block.period < len(shares) else 0.0}


def test_parts_of_an_expansion_are_paid_for_and_complete_each_in_its_time() -> None:
    """Sixty days from 1 January end on 1 March 2024: two months, in whichever month a part starts."""
    run = Hand(plan(0.5, 0.25), hall(divisible=True))
    assert run("line_capacity") == [100, 100, 120, 130, 130, 130, 130, 130]
    assert run.spent("expansions") == [50, 25, 0, 0, 0, 0, 0, 0]


def test_more_than_the_whole_is_cut_to_it_and_less_than_nothing_is_nothing() -> None:
    run = Hand(plan(0.75, -3.0, 5.0, 1.0), hall(divisible=True))
    assert run.spent("expansions") == [75, 0, 25, 0, 0, 0, 0, 0]
    assert run("line_capacity")[-1] == 140


def test_a_whole_expansion_starts_at_a_half_once() -> None:
    run = Hand(plan(0.49, 0.5, 1.0, 1.0), hall())
    assert run.spent("expansions") == [0, 100, 0, 0, 0, 0, 0, 0]
    assert run("line_capacity") == [100, 100, 100, 140, 140, 140, 140, 140]


def test_a_part_is_cut_to_the_money_that_the_budget_lets_through() -> None:
    gate = (
        ChainState(chain="gate", state="half", start_probability=1, purchase_share=0.5),
        Transition(chain="gate", from_state="half", to_state="half", probability=1),
    )
    budget = Budget(holder="army", purpose="expansions", year=2024, amount=80, gate="gate")
    run = Hand(plan(1.0, 1.0, 0.05), hall(divisible=True), budget, *gate)
    assert run.spent("expansions") == [40, 20, 5, 0, 0, 0, 0, 0]
    assert run("budget") == [40, 20, 15, 15, 15, 15, 15, 15]
    assert run("line_capacity")[3:6] == [124, 126, 126]
    whole = Hand(plan(1.0, 1.0, 1.0), hall(cost=30), budget, *gate)
    assert whole.spent("expansions") == [30, 0, 0, 0, 0, 0, 0, 0]
    dear = Hand(plan(1.0, 1.0, 1.0), hall(cost=41), budget, *gate)
    assert dear.spent("expansions") == [0] * 8


def test_a_function_starts_nothing_before_its_earliest_day_or_between_reviews() -> None:
    late = Hand(plan(*[0.25] * 8), hall(divisible=True, earliest=dt.date(2024, 3, 1)))
    assert late.spent("expansions") == [0, 0, 25, 25, 25, 25, 0, 0]
    assert late("line_capacity") == [100, 100, 100, 100, 110, 120, 130, 140]
    rare = Hand(plan(*[0.25] * 8), hall(divisible=True), review=3)
    assert rare.spent("expansions") == [25, 0, 0, 25, 0, 0, 25, 0]


def test_an_expansion_that_a_function_starts_has_no_start_of_its_own() -> None:
    dated = Hand(plan(0.0, 0.0, 1.0), hall(start=dt.date(2024, 1, 1)))
    assert dated.spent("expansions") == [0, 0, 100, 0, 0, 0, 0, 0]


def test_an_expansion_built_in_no_time_serves_from_the_month_after_its_part_is_started() -> None:
    run = Hand(plan(0.5, 0.5), hall(build_time_days=0, divisible=True))
    assert run("line_capacity")[:4] == [100, 120, 140, 140]


def test_construction_shows_what_is_expected_and_not_what_is_drawn() -> None:
    """Thirty days late on the mean: three months are expected; one that is not complete by then is expected next."""
    slow = {"delay_distribution": "exponential", "delay_mean_days": 30, "realised_share": 0.5, "realised_spread": 0.1}
    run = Hand(plan(0.5, 0.5), hall(divisible=True, **slow))
    growing = np.stack([state.growing[:, 0] for state in run.asked])  # (period, ahead, lane)
    assert growing.shape[1] == 3
    assert growing[1, :, 0].tolist() == pytest.approx([0, 10, 0])
    assert growing[2, :, 0].tolist() == pytest.approx([10, 10, 0])
    complete = (np.diff(run.readings["line_capacity"][:, :, 0], axis=0, prepend=100.0) > 0).cumsum(axis=0)
    parts = np.minimum(np.arange(8), 2)[:, None]
    np.testing.assert_allclose(growing.sum(axis=1), 10.0 * (parts - complete))
    assert len(np.unique(complete, axis=1).T) == 2  # the two paths are drawn apart
    assert all((state.started == min(1.0, 0.5 * t)).all() for t, state in enumerate(run.asked))


def test_a_line_closes_where_a_function_answers_nothing_and_pays_to_open_again() -> None:
    rates = [80.0, 0.0, -1.0, 1e-9, 15.0, 0.0, 50.0, 20.0]
    usual = {"min_sustaining_rate": 20, "start_rate": 50, "keeping_cost": 1200, "restart_cost": 7}
    run = Hand(lambda block: {"production": rates[block.period]}, hall(), **usual)
    assert run("started_capacity") == [80, 0, 0, 20, 20, 0, 50, 20]
    months = run.arrays.clock.years
    kept = [1200 * float(years) for years in months]
    opens = [0, 0, 0, 7, 0, 0, 7, 0]
    due = [kept[t] + opens[t] if rates[t] > 0 else 0 for t in range(8)]
    assert run.spent("lines") == pytest.approx(due, abs=1e-5)


def shares(block: Block, count: int) -> Floats:
    """Return made-up shares to start, (expansion, path)."""
    mixed = block.paths * 7 + block.period * 3 + np.arange(count)[:, None] * 5
    return np.asarray(np.where(mixed % 13 == 0, 0.6, (mixed % 11) / 40.0 - 0.05))


@cache
def grown(number: int) -> tuple[Arrays, Labels, Readings, list[State]]:
    """Return a random scenario with expansions in parts, its readings, and the state of each period."""
    scenario = random_scenario(number)
    scenario = scenario.with_rows(
        *(row.model_copy(update={"divisible": n % 2 == 0}) for n, row in enumerate(scenario.expansions))
    )
    names, states = tuple(sorted(row.name for row in scenario.expansions)), list[State]()
    if not names:
        return *to_arrays(scenario), {}, states

    def decide(block: Block) -> dict[str, Floats]:
        states.append(block.state())
        return {"expansion": shares(block, len(names))}

    joint = Joint(decide, expansion=names)
    arrays, labels = to_arrays(with_policies(scenario, joint), to_calls(joint))
    decide_all = Deciders(arrays, labels, to_calendar(scenario)).decide
    return arrays, labels, trace(arrays, seed=number, decide=decide_all), states


def begun_in(states: list[State]) -> Floats:
    """Return the share of each expansion that each period starts but the last, whose start nobody sees."""
    return np.diff(np.stack([state.started for state in states]), axis=0)


def construction(arrays: Arrays, number: int, paths: int) -> tuple[Ints, Floats]:
    """Return for how many periods each expansion is built and what it brings, as the reference draws them."""
    completion, gain = draw_expansions(World(arrays, number, np.arange(paths)))
    return np.maximum(1, completion - arrays.expansions.start[:, None]), gain


@given(numbers)
@settings(max_examples=40)
def test_what_is_started_is_what_may_be_started(number: int) -> None:
    arrays, _, _, states = grown(number)
    if not states:
        return
    own, begun = arrays.expansions, begun_in(states)
    assert begun.min(initial=0.0) >= 0
    assert max(state.started.max() for state in states) <= 1
    assert np.isin(begun[:, own.divisible == 0], [0.0, 1.0]).all()
    assert not begun[arrays.clock.is_review[:-1] == 0].any()
    assert not any(begun[:start, x].any() for x, start in enumerate(own.start))


@given(numbers)
@settings(max_examples=40)
def test_parts_bring_their_share_of_the_step_when_their_construction_ends(number: int) -> None:
    arrays, _, readings, states = grown(number)
    if not states:
        return
    periods, paths = readings["spend"].shape[:2]
    begun, (took, gain) = begun_in(states), construction(arrays, number, paths)
    added = np.zeros((periods, len(arrays.lines.max_rate), paths))
    for x, line in enumerate(arrays.expansions.line):
        for s, i in zip(*np.nonzero(begun[:, x]), strict=True):
            added[s + took[x, i] :, line, i] += begun[s, x, i] * gain[x, i]
    highest = (arrays.lines.max_rate[:, None] + added) * arrays.lines.length[:, :, None]
    of_products = np.moveaxis(highest[:, arrays.products.line], 1, 2)
    np.testing.assert_allclose(readings["line_capacity"], of_products, rtol=1e-9)


@given(numbers)
@settings(max_examples=40)
def test_parts_under_construction_are_seen_when_they_are_expected(number: int) -> None:
    arrays, _, readings, states = grown(number)
    if not states:
        return
    own, begun, gain = arrays.expansions, begun_in(states), expected_gain(arrays.expansions)
    took, _ = construction(arrays, number, readings["spend"].shape[1])
    for t, state in enumerate(states):
        growing = np.zeros(state.growing.shape)
        for x, line in enumerate(own.line):
            for s in range(t):
                ahead = max(0, s + int(own.expected[x]) - t - 1)
                if ahead < len(growing):
                    growing[ahead, line] += begun[s, x] * (t < s + took[x]) * gain[x]
        np.testing.assert_allclose(state.growing, growing, rtol=1e-9, atol=1e-9)


@given(numbers)
@settings(max_examples=40)
def test_parts_cost_their_share_and_no_budget_pays_what_it_has_not(number: int) -> None:
    arrays, _, readings, states = grown(number)
    if not states:
        return
    own, begun, spent = arrays.expansions, begun_in(states), readings["spend"][:-1]
    cost = np.zeros(spent.shape)
    for x, account in enumerate(own.account):
        cost[:, :, account] += begun[:, x] * own.cost[x]
    accounts = np.unique(own.account)
    np.testing.assert_allclose(spent[:, :, accounts], cost[:, :, accounts], rtol=1e-9, atol=1e-7)
    assert readings["budget"].min(initial=0.0) >= 0


@given(numbers)
@settings(max_examples=40)
def test_what_lines_start_arrives_and_nothing_is_negative_with_expansions_in_parts(number: int) -> None:
    arrays, _, readings, _ = grown(number)
    if not readings:
        return
    rounding = 1e-12 * gross(readings)
    for name, values in readings.items():
        assert np.isfinite(values).all()
        assert values.min(initial=0.0) >= (-rounding if name in ("on_order", "in_transit") else 0.0), name
    products = arrays.products
    good = readings["started_capacity"] / products.capacity_use * products.yield_fraction
    for p in np.flatnonzero(products.lead_law < 0):
        made = readings["production"][products.lead[p] :, :, p]
        assert np.abs(made - good[: len(made), :, p]).max(initial=0.0) <= rounding
    used = np.zeros((*readings["spend"].shape[:2], len(arrays.lines.max_rate)))
    np.add.at(np.moveaxis(used, 2, 0), products.line, np.moveaxis(readings["started_capacity"], 2, 0))
    assert (used[:, :, products.line] <= readings["line_capacity"] * (1 + 1e-12)).all()


def test_most_random_scenarios_have_expansions_in_parts() -> None:
    last = [states[-1].started for *_, states in map(grown, range(40)) if states]
    assert sum(bool(((started > 0) & (started < 1)).any()) for started in last) > 15


def test_expansions_that_functions_start_leave_the_draws_of_others_alone() -> None:
    scenario = small()
    joint = Joint(lambda _: {"expansion": 0.0}, expansion=("press",))
    found = simulate(scenario, paths=40, policies=joint).series
    without = simulate(scenario.without_rows("expansions", "press"), paths=40).series
    assert found["mean"].to_list() == without["mean"].to_list()
