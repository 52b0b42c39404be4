"""One function that decides everything: as good as many, refused where wrong; expansions in parts and closed lines."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

import replenish
from replenish import draws
from replenish.arrays import Arrays, Labels, to_arrays, to_calendar
from replenish.arrays.groups import CALLED, Floats
from replenish.arrays.labels import PURPOSES
from replenish.errors import UsageError
from replenish.policy import AboveFloorShare, BaseStock, Called, Decider, Joint, Level, Who, to_calls, with_policies
from replenish.scenario.model import Budget, ChainState, Expansion, Holder, Row, Scenario, Stock, Transition
from replenish.simulation import simulate
from replenish.simulation.called import Block, Deciders
from replenish.simulation.reference import World
from replenish.simulation.reference.reveal import _draw_expansions
from replenish.simulation.state import reading_sizes
from tests.simulation.by_hand import plant
from tests.simulation.engines import Readings, gross, numbers
from tests.simulation.random_scenarios import random_scenario
from tests.simulation.runs import trace
from tests.simulation.small import settings as calendar
from tests.simulation.small import small
from tests.simulation.test_called import depot, order_up_to, share_above_floor

PATHS = 300
ORDER, RELEASE = ("depot", "mask"), ("depot", "clinic", "mask")


def array_hash(policies: Any, review: int = 1, workers: int = 2) -> str:
    """Return the hash of a run of the depot."""
    return simulate(depot(review), paths=PATHS, seed=3, workers=workers, policies=policies).provenance.array_hash


def everything(block: Block) -> dict[str, Any]:
    """Order, release and produce as three rules do."""
    return {
        "ordering": order_up_to(400.0)(block)[None, :],
        "release": share_above_floor(block)[None, :],
        "production": [90.0 + block.period],
    }


@pytest.mark.parametrize("review", [1, 3])
@pytest.mark.parametrize("workers", [1, 3])
def test_one_function_for_all_does_what_a_function_for_each_does_to_the_last_bit(review: int, workers: int) -> None:
    many: dict[Any, Decider] = {
        ORDER: Called(role="ordering", function=order_up_to(400.0)),
        RELEASE: Called(role="release", function=share_above_floor),
        "works": Called(role="production", function=lambda block: 90.0 + block.period),
    }
    one = Joint(everything, ordering=(ORDER,), release=(RELEASE,), production=("works",))
    assert array_hash(one, review, workers) == array_hash(many, review)


def test_one_function_for_all_does_what_the_rules_do_to_the_last_bit() -> None:
    def decide(block: Block) -> dict[str, Any]:
        return {**everything(block), "production": 90.0}

    rules: dict[Any, Decider] = {ORDER: BaseStock(quantity=400.0), RELEASE: AboveFloorShare(share=0.3)}
    joint = Joint(decide, ordering=((*ORDER, "works"),), release=(RELEASE,), production=("works",))
    assert array_hash(joint) == array_hash(rules | {"works": Level(rate=90.0)})


def test_one_function_for_all_is_asked_once_in_every_period_and_its_orders_count_in_review_periods() -> None:
    asked: Counter[int] = Counter()

    def decide(block: Block) -> dict[str, Any]:
        asked[block.period] += 1
        return {"production": 50.0} | ({"ordering": 75.0} if block.period % 3 == 0 else {"ordering": 1e9})

    joint = Joint(decide, ordering=(ORDER,), production=("works",))
    found = simulate(depot(3), paths=20, seed=3, workers=1, policies=joint)
    assert asked == dict.fromkeys(range(12), 1)
    steady = Joint(lambda _: {"ordering": 75.0, "production": 50.0}, ordering=(ORDER,), production=("works",))
    again = simulate(depot(3), paths=20, seed=3, workers=1, policies=steady)
    assert again.provenance.array_hash == found.provenance.array_hash


def test_answers_stand_in_the_order_of_the_keys() -> None:
    def of(block: Block) -> Floats:
        return np.array([[30.0], [50.0]]) + block.paths % 2

    keys: list[Who] = [("west", "round", "private"), ("east", "shell", "forge")]
    hashes = set()
    for order in ([0, 1], [1, 0]):
        joint = Joint(lambda block, o=order: {"ordering": of(block)[o]}, ordering=tuple(keys[n] for n in order))
        hashes.add(simulate(small(), paths=40, policies=joint).provenance.array_hash)
    many = {key: Called(role="ordering", function=lambda block, n=n: of(block)[n]) for n, key in enumerate(keys)}
    hashes.add(simulate(small(), paths=40, policies=many).provenance.array_hash)
    assert len(hashes) == 1


def test_what_a_joint_function_names_exists_even_if_no_policy_named_it() -> None:
    scenario = small().without_rows("policies", "*/*/*/*/*/*").without_rows("pledges", "*/*/*/*")
    joint = Joint(lambda _: {}, ordering=(("front", "round", "private"),), release=(("west", "front", "round"),),
                  production=("forge",), expansion=("press",))  # fmt: skip
    arrays, labels = to_arrays(scenario, to_calls(joint))
    assert labels.flows == (("west", "front", "round"),)
    assert ("private", "round", "front") in labels.slots
    (call,) = labels.calls
    assert call.rows == {
        "ordering": (labels.slot_of["private", "round", "front"],), "release": (0,),
        "production": (labels.line_of["forge"],), "expansion": (labels.expansions.index("press"),),
    }  # fmt: skip
    assert (arrays.rules.rule == CALLED).sum() == 3
    assert arrays.expansions.is_called.tolist() == [int(name == "press") for name in labels.expansions]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({"ordering": np.zeros(3)}, r"answered \(3,\) for ordering in period 0; it must return one finite number for"),
        ({"ordering": np.zeros((2, 1))}, r"answered \(2, 1\) for ordering .* each of the 1 keys and \d+ paths"),
        ({"ordering": float("nan")}, "one finite number"),
        ({"ordering": np.inf}, "one finite number"),
        ({"ordering": "many"}, "one finite number"),
        ({"ordering": [[1.0], [2.0, 3.0]]}, "one finite number"),
        ({}, "answered nothing in period 0; it must return a mapping from ordering to numbers"),
        ({"production": 1.0}, "answered 'production' in period 0; it must return a mapping from ordering"),
        ({"ordering": 1.0, "orders": 2.0}, "answered 'ordering', 'orders' in period 0"),
        (None, "answered NoneType in period 0"),
        (5.0, "answered float in period 0"),
    ],
    ids=str,
)
def test_a_wrong_answer_of_a_joint_function_is_refused(answer: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        array_hash(Joint(lambda _: answer, ordering=(ORDER,)))


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({}, "Joint: it decides nothing; name keys under ordering, release, production, expansion"),
        ({"ordering": (("depot",),)}, r"a function for ordering: \('depot',\) names who decides"),
        ({"ordering": (ORDER, (*ORDER, "works"))}, "decide the same"),
        ({"expansion": ("hall",)}, "a function starts 'hall': there is no such expansion"),
        ({"production": ("work",)}, "there is no line 'work'"),
    ],
)
def test_a_joint_function_for_what_is_not_there_is_refused(columns: Mapping[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        array_hash(Joint(lambda _: {}, **columns))


def test_what_cannot_be_called_is_no_joint_function() -> None:
    with pytest.raises(ValueError, match="3 cannot be called"):
        Joint(3, ordering=(ORDER,))  # type: ignore[arg-type]


def test_a_function_for_one_expansion_starts_what_a_joint_function_starts() -> None:
    one = Called(role="expansion", function=lambda block: 0.1 + 0.2 * (block.paths % 2))
    joint = Joint(lambda block: {"expansion": [0.1 + 0.2 * (block.paths % 2)]}, expansion=("press",))
    divisible = next(row for row in small().expansions if row.name == "press").model_copy(update={"divisible": True})
    scenario = small().with_rows(divisible)
    found = [simulate(scenario, paths=40, policies=policies) for policies in ({"press": one}, joint)]
    assert found[0].provenance.array_hash == found[1].provenance.array_hash
    assert found[0].provenance.array_hash != simulate(scenario, paths=40).provenance.array_hash


# Expansions and lines, in months, worked out on paper.


class Hand:
    """A works of the army in a made-up year; readings of two paths."""

    def __init__(self, answer: Any, *rows: Row, months: int = 8, review: int = 1, **columns: Any) -> None:
        made = plant(**columns)
        end = dt.date(2024 + (months - 1) // 12, (months - 1) % 12 + 1, 28)
        scenario = Scenario(settings=calendar(end=end, review_interval=review)).with_rows(
            *made, *rows, Stock(holder="army", item="round"), Holder(name="army"),
            replenish.scenario.model.Item(name="round", unit="round", unit_cost=1),
        )  # fmt: skip
        keys = {"expansion": tuple(row.name for row in rows if isinstance(row, Expansion))}
        self.asked: list[Any] = []

        def decide(block: Block) -> dict[str, Any]:
            self.asked.append(block.state())
            return {"production": 1e9, "expansion": 0.0, **answer(block)}

        joint = Joint(decide, production=("plant",), expansion=keys["expansion"])
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


# Random scenarios: a function that starts parts of every expansion.


def shares(block: Block, count: int) -> Floats:
    """Return made-up shares to start, (expansion, path)."""
    mixed = block.paths * 7 + block.period * 3 + np.arange(count)[:, None] * 5
    return np.asarray(np.where(mixed % 13 == 0, 0.6, (mixed % 11) / 40.0 - 0.05))


@cache
def grown(number: int) -> tuple[Arrays, Labels, Readings, list[Floats]]:
    """Return a random scenario with expansions in parts, its readings, and what is started before each period."""
    scenario = random_scenario(number)
    scenario = scenario.with_rows(
        *(row.model_copy(update={"divisible": n % 2 == 0}) for n, row in enumerate(scenario.expansions))
    )
    names, started = tuple(sorted(row.name for row in scenario.expansions)), list[Floats]()
    if not names:
        return *to_arrays(scenario), {}, started

    def decide(block: Block) -> dict[str, Floats]:
        started.append(block.state().started)
        return {"expansion": shares(block, len(names))}

    joint = Joint(decide, expansion=names)
    arrays, labels = to_arrays(with_policies(scenario, joint), to_calls(joint))
    decide_all = Deciders(arrays, labels, to_calendar(scenario)).decide
    return arrays, labels, trace(arrays, seed=number, decide=decide_all), started


@given(numbers)
@settings(max_examples=40)
def test_parts_bring_and_cost_their_share_in_random_scenarios(number: int) -> None:
    """Replayed from the shares that were started and from what the reference draws."""
    arrays, _, readings, started = grown(number)
    own = arrays.expansions
    if not readings:
        return
    paths, periods = readings["spend"].shape[1], len(arrays.clock.days)
    begun = np.diff(np.stack([*started, started[-1]]), axis=0)[:-1]  # what the last period starts is seen by nobody
    assert begun.min(initial=0.0) >= 0
    assert max(s.max() for s in started) <= 1
    whole = own.divisible == 0
    assert np.isin(np.stack(started)[:, whole], [0.0, 1.0]).all()
    assert not begun[arrays.clock.is_review[:-1] == 0].any()
    completion, gain = _draw_expansions(World(arrays, number, np.arange(paths)))
    added = np.zeros((periods, len(arrays.lines.max_rate), paths))
    for x, line in enumerate(own.line):
        assert not begun[: own.start[x], x].any()
        took = np.maximum(1, completion[x] - own.start[x])
        for s in range(periods - 1):
            ends = s + took
            for i in np.flatnonzero((ends < periods) & (begun[s, x] > 0)):
                added[ends[i] :, line, i] += begun[s, x, i] * gain[x, i]
    highest = (arrays.lines.max_rate[:, None] + added) * arrays.lines.length[:, :, None]
    of_products = np.moveaxis(highest[:, arrays.products.line], 1, 2)
    np.testing.assert_allclose(readings["line_capacity"], of_products, rtol=1e-9)
    cost = np.zeros((periods - 1, paths, reading_sizes(arrays)["spend"]))
    for x, account in enumerate(own.account):
        cost[:, :, account] += begun[:, x] * own.cost[x]
    spent = readings["spend"][:-1]
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
    begun = [len(started) > 0 and bool(((started[-1] > 0) & (started[-1] < 1)).any())
             for *_, started in map(grown, range(40))]  # fmt: skip
    assert sum(begun) > 15


def test_expansions_that_functions_start_leave_the_draws_of_others_alone() -> None:
    scenario = small()
    joint = Joint(lambda _: {"expansion": 0.0}, expansion=("press",))
    found = simulate(scenario, paths=40, policies=joint).series
    without = simulate(scenario.without_rows("expansions", "press"), paths=40).series
    assert found["mean"].to_list() == without["mean"].to_list()
    assert draws.DELAY_DRAW != draws.SHARE_DRAW
