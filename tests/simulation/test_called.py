"""Functions of the user that decide: as good as rules, at the moment of decision, and refused where they are wrong."""

from __future__ import annotations

import datetime as dt
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest

import replenish
from replenish.arrays.groups import Floats
from replenish.errors import UsageError
from replenish.policy import AboveFloorShare, BaseStock, Called, Decider, Level, Schedule, Who
from replenish.result import Result, load_result
from replenish.scenario import Scenario
from replenish.scenario.model import Demand, Holder, Item, Line, LineItem, Route, Stock
from replenish.simulation import simulate
from replenish.simulation.called import READABLE, Block, Deciders
from tests.simulation.small import settings, small

MONTHS, PATHS = 12, 300
NOTED = "deciding functions (not saved)"  # what a run says of them, beside its versions
Function = Callable[[Block], Any]


def depot(review: int = 1) -> Scenario:
    """Return a depot that orders masks from a works of its own and sends some to a clinic."""
    return Scenario(
        settings=settings(end=dt.date(2024, MONTHS, 31), review_interval=review),
        items=(Item(name="mask", unit="mask", unit_cost=2.0),),
        holders=(Holder(name="depot"), Holder(name="clinic")),
        stocks=(Stock(holder="depot", item="mask", on_hand=300, floor=20), Stock(holder="clinic", item="mask")),
        demand=(
            Demand(holder="depot", item="mask", mean=60, distribution="poisson"),
            Demand(holder="clinic", item="mask", mean=40, distribution="gamma", coefficient_of_variation=0.8),
        ),
        lines=(Line(name="works", owner="depot", start_rate=0, max_rate=400, ramp_limit=50),),
        line_items=(LineItem(line="works", item="mask", production_lead_time_days=50),),
        routes=(Route(from_holder="depot", to_holder="clinic", lead_time_days=20),),
    )


def run(policies: dict[Any, Decider], *, review: int = 1, paths: int = PATHS, workers: int | None = None) -> Result:
    base: dict[Who, Decider] = {
        ("depot", "mask"): BaseStock(quantity=400.0),
        ("depot", "clinic", "mask"): AboveFloorShare(share=0.3),
    }
    return simulate(depot(review), paths=paths, seed=3, workers=workers, policies=base | policies)


def order_up_to(level: float) -> Function:
    """Return the base stock rule as a function, step for step as the period step adds up the position."""

    def decide(block: Block) -> Floats:
        owed = block.read("backorders", holder="depot", item="mask")
        on_hand, on_order = (block.read(name, holder="depot", item="mask") for name in ("on_hand", "on_order"))
        return np.asarray(np.maximum(0.0, level - (on_hand + on_order - owed)))

    return decide


def share_above_floor(block: Block) -> Floats:
    return np.asarray(0.3 * np.maximum(0.0, block.read("on_hand", holder="depot", item="mask") - 20))


SAME: dict[str, tuple[Any, Decider, Called]] = {
    "base stock": (
        ("depot", "mask"), BaseStock(quantity=400.0), Called(role="ordering", function=order_up_to(400.0)),
    ),
    "schedule": (("depot", "mask"), Schedule(rate=75.0), Called(role="ordering", function=lambda _: 75.0)),
    "share": (
        ("depot", "clinic", "mask"), AboveFloorShare(share=0.3), Called(role="release", function=share_above_floor),
    ),
    "level": ("works", Level(rate=90.0), Called(role="production", function=lambda _: 90.0)),
}  # fmt: skip


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("rule", SAME)
def test_a_function_that_does_what_a_rule_does_gives_the_same_to_the_last_bit(rule: str, workers: int) -> None:
    who, policy, called = SAME[rule]
    with_rule, with_function = (run({who: decider}, workers=workers).provenance for decider in (policy, called))
    assert with_function.array_hash == with_rule.array_hash
    assert NOTED in with_function.versions
    assert NOTED not in with_rule.versions


def test_a_function_with_compiled_parts_decides_like_any_other() -> None:
    """Compiled code of the user is called from the threads that run the kernels."""

    @numba.njit(nogil=True)
    def up_to(level: float, position: Floats) -> Floats:
        wanted = np.empty_like(position)
        for i in range(position.shape[0]):
            wanted[i] = max(0.0, level - position[i])
        return wanted

    def decide(block: Block) -> Any:
        owed = block.read("backorders", holder="depot", item="mask")
        on_hand, on_order = (block.read(name, holder="depot", item="mask") for name in ("on_hand", "on_order"))
        return up_to(400.0, on_hand + on_order - owed)

    found = run({("depot", "mask"): Called(role="ordering", function=decide)}, workers=2)
    assert found.provenance.array_hash == run({}).provenance.array_hash
    assert "decide" in found.provenance.versions[NOTED]


def asked_in(role: Any, who: Any, review: int) -> Counter[int]:
    """Return how often a function is asked in each period."""
    asked: Counter[int] = Counter()
    lock = threading.Lock()

    def decide(block: Block) -> float:
        with lock:
            asked[block.period] += 1
        assert block.date == dt.date(2024, 1 + block.period, 1)
        return 10.0

    run({who: Called(role=role, function=decide)}, review=review)
    return asked


@pytest.mark.parametrize(("role", "who"), [("ordering", ("depot", "mask")), ("release", ("depot", "clinic", "mask"))])
def test_orders_and_releases_are_asked_for_in_review_periods_alone(role: str, who: Any) -> None:
    asked = asked_in(role, who, 3)
    assert sorted(asked) == [0, 3, 6, 9]
    assert len(set(asked.values())) == 1


def test_the_rate_of_a_line_is_asked_for_in_every_period() -> None:
    assert sorted(asked_in("production", "works", 3)) == list(range(MONTHS))


def test_every_path_of_the_run_is_seen_once_in_each_period() -> None:
    seen: Counter[int] = Counter()
    lock = threading.Lock()

    def decide(block: Block) -> float:
        with lock:
            seen.update(block.paths.tolist() if block.period == 5 else [])
        return 0.0

    run({("depot", "mask"): Called(role="ordering", function=decide)}, workers=2)
    assert {path: seen[path] for path in range(PATHS)} == dict.fromkeys(range(PATHS), 1)


def test_a_function_that_tells_paths_apart_does_so_whoever_runs_them() -> None:
    called: dict[Any, Decider] = {
        ("depot", "mask"): Called(role="ordering", function=lambda block: block.paths % 7 * 10.0)
    }
    assert len({run(called, workers=workers).provenance.array_hash for workers in (1, 2, 3)}) == 1
    some = run(called, paths=1).series
    assert run(called, paths=2).series["mean"].to_list() != some["mean"].to_list()


def test_less_than_nothing_is_nothing() -> None:
    for role, who in {"ordering": ("depot", "mask"), "production": "works"}.items():
        negative, none = (
            run({who: Called(role=role, function=lambda _, answer=answer: answer)})  # type: ignore[arg-type]
            for answer in (-5.0, 0.0)
        )
        assert negative.provenance.array_hash == none.provenance.array_hash


def test_a_release_beyond_the_room_is_cut_to_it() -> None:
    found = run({("depot", "clinic", "mask"): Called(role="release", function=lambda _: 1e6)})
    assert found.provenance.array_hash == run(
        {("depot", "clinic", "mask"): AboveFloorShare(share=1.0)}
    ).provenance.array_hash  # fmt: skip


@pytest.mark.parametrize("reading", READABLE)
def test_each_documented_reading_can_be_read(reading: str) -> None:
    """The sum over all things, in every period and path."""
    found: list[Floats] = []

    def decide(block: Block) -> float:
        found.append(block.read(reading))
        assert found[-1].shape == block.paths.shape
        return 0.0

    simulate(small(), paths=3, workers=1, policies={"private": Called(role="production", function=decide)})
    assert len(found) == 24
    assert np.isfinite(found).all()
    assert np.min(found) >= -1e-9  # rounding of what is in transit
    assert np.max(found) > 0


def test_what_is_read_is_that_of_the_moment_of_decision() -> None:
    """In April 2024 the gate is known to be shut; stock is that of the month before with receipts, before use."""
    found: dict[str, float] = {}

    def decide(block: Block) -> float:
        if block.date == dt.date(2024, 4, 1):
            found["gate"] = block.read("chain_state", chain="gate")[0]
            stocks = [block.read("on_hand", holder=name, item="round")[0] for name in ("east", "west", "front")]
            found["sum"] = block.read("on_hand", item="round")[0] - sum(stocks)
        if block.period == 0:
            found["opening"] = block.read("on_hand", holder="front", item="rocket")[0]
            found["pledged"] = block.read("pledge_delivered", holder="west", pledge="second 2025-10-01")[0]
        return 0.0

    simulate(small(), paths=1, workers=1, policies={"private": Called(role="production", function=decide)})
    assert found == {"gate": 1.0, "sum": pytest.approx(0.0, abs=1e-9), "opening": 500.0, "pledged": 100.0}


def test_what_a_function_does_to_what_it_has_read_stays_with_it() -> None:
    def decide(block: Block) -> float:
        for reading, about in READABLE.items():
            if about in ("cell", "demand", "flow", "product"):
                block.read(reading, **({"holder": "depot"} if about == "cell" else {}))[:] = -1e9
        return 75.0

    spoiled = run({("depot", "mask"): Called(role="ordering", function=decide)})
    assert spoiled.provenance.array_hash == run({("depot", "mask"): Schedule(rate=75.0)}).provenance.array_hash


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (np.zeros(3), r"ordering answered \(3,\) in period 0; it must return one finite number for each of the \d+"),
        (np.zeros((2, 2)), r"answered \(2, 2\) in period 0"),
        (float("nan"), r"must return one finite number"),
        (float("inf"), r"must return one finite number"),
        (None, r"must return one finite number"),
        ("many", r"must return one finite number"),
        ([1.0, [2.0, 3.0]], r"must return one finite number"),
        (1j, r"must return one finite number"),
        ("7", r"must return one finite number"),
    ],
    ids=str,
)
def test_a_wrong_answer_is_refused(answer: object, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        run({("depot", "mask"): Called(role="ordering", function=lambda _: answer)})


@pytest.mark.parametrize(
    ("reading", "names", "message"),
    [
        ("on_hnad", {}, "reads `on_hnad`: no such reading; .*on_hand"),
        ("on_hand", {"holder": "dpot"}, "reads `on_hand` of holder='dpot': nothing has these names"),
        ("on_hand", {"holdr": "depot"}, "nothing has these names"),
        ("chain_state", {}, "nothing"),
    ],
)
def test_an_unknown_reading_or_name_is_refused(reading: str, names: dict[str, str], message: str) -> None:
    called = Called(role="ordering", function=lambda block: block.read(reading, **names))
    with pytest.raises(UsageError, match=message):
        run({("depot", "mask"): called}, workers=2)


@pytest.mark.parametrize("other", [Called(role="ordering", function=lambda _: 1.0), BaseStock(quantity=5)])
def test_two_policies_for_one_decision_are_refused(other: Called | BaseStock) -> None:
    called = Called(role="ordering", function=lambda _: 1.0)
    with pytest.raises(ValueError, match=r"\('depot', 'mask'\) and \('depot', 'mask', 'works'\) decide the same"):
        run({("depot", "mask"): called, ("depot", "mask", "works"): other})


def test_a_key_of_too_few_names_says_what_a_function_needs() -> None:
    with pytest.raises(ValueError, match=r"a function for ordering: \('depot',\) names who decides"):
        run({("depot",): Called(role="ordering", function=lambda _: 1.0)})


@pytest.mark.parametrize(
    ("role", "function", "message"),
    [("orderin", abs, "no role 'orderin'; it is one of ordering, release"), ("ordering", 3, "3 cannot be called")],
)
def test_what_is_no_function_or_has_no_role_is_refused(role: Any, function: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Called(role=role, function=function)


def test_an_error_inside_a_function_is_its_own() -> None:
    def decide(_: Block) -> float:
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        run({("depot", "mask"): Called(role="ordering", function=decide)}, workers=2)


def test_a_run_in_which_functions_decide_is_saved_but_not_gone_on_with(tmp_path: Path) -> None:
    policies: dict[Any, Decider] = {("depot", "mask"): Called(role="ordering", function=order_up_to(400.0))}
    saved = replenish.simulate(depot(), out=tmp_path / "run", paths=20, policies=policies)
    assert load_result(saved.folder or "").provenance.versions[NOTED] == "decide"
    with pytest.raises(UsageError, match="functions decide cannot be gone on with"):
        replenish.simulate(resume=tmp_path / "run", out=tmp_path / "more", paths=40, policies=policies)


def test_without_functions_there_is_nobody_to_ask() -> None:
    from replenish.arrays import to_arrays, to_calendar

    assert not Deciders(*to_arrays(depot()), to_calendar(depot()))
