"""Lanes, threads, shared programmes, bunches, recovery and the fallback: other ways to the same answers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replenish.errors import SolveError
from replenish.multistage import (
    Iterations,
    Model,
    Outcomes,
    Policy,
    Sampled,
    Stage,
    Work,
    linear,
    solve_extensive,
    train,
)
from replenish.multistage.problems import get
from replenish.multistage.solver import Library, Objects, open_library
from replenish.multistage.solving import crew, lanes
from replenish.multistage.solving.crew import to_tasks
from replenish.multistage.solving.lanes import Lane
from replenish.multistage.tables import tables
from replenish.multistage.training import trainer
from tests.multistage.random_models import PARTS, Reached, Recipe

WIDE = Recipe(seed=5, stages=4, states=2, outcomes=40, random=frozenset({"rhs", "price"}))
MIXED = Recipe(seed=11, shape="markov", stages=4, states=2, outcomes=3, random=frozenset(PARTS))


def _train(model: Model, iterations: int = 12, **options: Any) -> Policy:
    return train(model, iterations=iterations, stopping=Iterations(iterations), **options)


def _bits(policy: Policy) -> list[bytes]:
    """Return bounds, first decisions and cuts as bytes."""
    pools = policy.prepared.tables.pools
    cuts = [part for pool in pools for part in (pool.level[: pool.count], pool.slope[:, : pool.count])]
    bounds = np.array([(row.bound, row.simulated) for row in policy.rows])
    return [part.tobytes() for part in (bounds, np.stack(policy.first), *cuts)]


@pytest.mark.parametrize("count", [2, 4])
@pytest.mark.parametrize("cuts", ["single", "multi"])
def test_threads_do_not_change_a_bit(count: int, cuts: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crew, "CHUNK", 100.0)
    one, two = (
        _train(WIDE.build(), 6, cuts=cuts, work=Work(lanes=count, threads=threads), forward=Sampled(3))
        for threads in (1, 2)
    )
    assert all(lane.counts["tasks"][0] > 0 for lane in one.trainer.crew._lanes)
    assert _bits(one) == _bits(two)
    assert one.simulate(40).total.tobytes() == two.simulate(40).total.tobytes()


def test_many_outcomes_are_shared_out_and_few_are_not() -> None:
    few, many = (_train(WIDE.but(outcomes=count).build(), 2) for count in (3, 200))
    assert [lane.counts["tasks"][0] > 0 for lane in few.trainer.crew._lanes] == [True, False, False, False]
    assert all(lane.counts["tasks"][0] > 0 for lane in many.trainer.crew._lanes)


def test_a_run_repeats_bit_for_bit_and_another_seed_does_not() -> None:
    first, again, other = (_train(WIDE.build(), 5, seed=seed) for seed in (3, 3, 4))
    assert _bits(first) == _bits(again)
    assert _bits(first) != _bits(other)


@pytest.mark.parametrize("count", [1])
def test_lanes_lead_to_one_bound(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crew, "CHUNK", 20.0)
    found = [_train(MIXED.build(), 40, work=Work(lanes=lane), forward=Sampled(3)).bound for lane in (count, 4)]
    assert found[0] == pytest.approx(found[1], rel=1e-4)


@pytest.mark.parametrize("name", ["valley-both", "mccardle-farm", "newsvendor"])
def test_nodes_that_share_a_programme_reach_the_bound_of_their_own(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crew, "MOST_PROGRAMMES", 1)
    problem = get(name)
    policy = _train(problem.build(), 40)
    assert len(policy.trainer.crew._lanes[0]._slots) == len(policy.prepared.layout.structures)
    assert policy.trainer.crew.counts()["switched"][0] > len(policy.model.nodes)
    assert problem.accepts(policy.bound)
    assert policy.is_proven


def test_a_shared_programme_answers_each_node_like_one_of_its_own() -> None:
    policy = _train(MIXED.build(), 30)
    prepared = policy.prepared
    random = np.random.default_rng(0)
    node = random.integers(0, len(prepared.branches), 60)
    states = random.uniform(-1, 2, (60, policy.trainer.width))
    outcome = np.array([random.integers(len(prepared.layout.probability[n])) for n in node])
    tasks = to_tasks(node, outcome, np.arange(60), -1)
    own, shared = Lane(prepared.tables), Lane(prepared.tables, most_programmes=2)
    assert len(shared._slots) < len(own._slots)
    found, same = own.solve(tasks, states), shared.solve(tasks, states)
    np.testing.assert_allclose(found.answers["value"], same.answers["value"], rtol=1e-7, atol=1e-7)
    height = found.answers["level"] + np.einsum("ts,ts->t", found.slopes, states)
    np.testing.assert_allclose(height, found.answers["value"], rtol=1e-6, atol=1e-6)


def _reaches(recipe: Recipe, cuts: Any) -> Policy:
    """Return a policy whose training has reached the optimum of the extensive form."""
    optimum = solve_extensive(recipe.build()).value
    policy = train(
        recipe.build(), iterations=400, stopping=Reached(optimum, 1e-4), cuts=cuts, forward=Sampled(2)
    )  # fmt: skip
    assert policy.ended == "reached"
    sign = 1.0 if recipe.sense == "min" else -1.0
    assert sign * policy.bound <= sign * optimum + 1e-6 * (1 + abs(optimum))
    return policy


seeds = st.integers(0, 10**6)
one_random_row = st.builds(
    Recipe, seed=seeds, shape=st.sampled_from(("linear", "markov", "ending")), stages=st.integers(2, 3),
    states=st.integers(1, 2), outcomes=st.just(25), sense=st.sampled_from(("min", "max")),
)  # fmt: skip


@settings(max_examples=3)
@given(recipe=one_random_row, cuts=st.sampled_from(["single", "multi"]))
def test_bunches_of_outcomes_lead_to_the_optimum(recipe: Recipe, cuts: str) -> None:
    bunched = _reaches(recipe, cuts)
    assert bunched.trainer.crew.counts()["bunched"][0] > 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "MOST_RANDOM_ROWS", 0)
        single = _reaches(recipe, cuts)
    assert single.trainer.crew.counts()["bunched"][0] == 0


@settings(max_examples=3)
@given(recipe=one_random_row, cuts=st.sampled_from(["single", "grouped"]))
def test_means_in_bulk_lead_to_the_optimum(recipe: Recipe, cuts: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trainer, "BULK", 5)
        _reaches(recipe, cuts)


def test_means_in_bulk_keep_random_constants_of_the_objective(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage()
    stock = stage.state("stock", upper=10, initial=5)
    supply, fee = stage.parameter("supply"), stage.parameter("fee")
    spill = stage.variable("spill", upper=20)
    stage.row("balance", stock.after + spill == stock.before + supply)
    stage.objective(stock.after + fee)
    outcomes = Outcomes({"supply": np.arange(20.0) / 4, "fee": np.arange(20.0) ** 2})
    model = linear(stage, [None, outcomes], data=[{"supply": 0.0, "fee": 0.0}, {}])
    monkeypatch.setattr(trainer, "BULK", 5)
    assert _train(model).bound == pytest.approx(float((np.arange(20.0) ** 2).mean()))


class Scripted(Objects):
    """HiGHS whose runs report another status where a plan says so; counts runs and what was set."""

    def __init__(self, is_lost: Callable[[int, dict[str, Any]], bool]) -> None:
        self._is_lost, self.runs, self._options = is_lost, 0, dict[str, Any]()
        super().__init__()

    def set_option(self, model: int, name: str, value: Any) -> None:
        self._options[name] = value
        super().set_option(model, name, value)

    def status(self, model: int) -> str:
        return "unknown"

    def _run(self, model: int) -> int:
        self.runs += 1
        return super()._run(model)

    def _getModelStatus(self, model: int) -> int:  # noqa: N802
        lost = self._is_lost(self.runs, self._options)
        return 15 if lost else super()._getModelStatus(model)  # 15: kUnknown


def _use(patch: pytest.MonkeyPatch, library: Objects) -> None:
    patch.setattr(lanes, "open_library", lambda: library)


def test_a_single_failure_is_cured_by_a_cold_start(monkeypatch: pytest.MonkeyPatch) -> None:
    library = Scripted(lambda run, _: run == 20)
    _use(monkeypatch, library)
    policy = _train(get("hydro-4").build(), 40)
    assert policy.trainer.crew.counts()["cured"][0] == 1
    assert get("hydro-4").accepts(policy.bound)


@pytest.mark.parametrize("step", range(len(lanes.LADDER)))
def test_each_step_of_the_ladder_heals_a_failure_of_those_before(step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    needed = lanes.LADDER[step]

    def is_lost(run: int, options: dict[str, Any]) -> bool:
        return 20 <= run <= 40 and not all(options.get(name) == value for name, value in needed.items())

    library = Scripted(is_lost)
    _use(monkeypatch, library)
    policy = _train(get("hydro-4").build(), 40, work=Work(lanes=1))
    assert policy.trainer.crew.counts()["cured"][0] >= 1
    assert get("hydro-4").accepts(policy.bound)
    assert all(library._options[name] == value for name, value in lanes.DEFAULTS.items() if name in library._options)


def test_a_failure_that_nothing_heals_is_told_in_the_words_of_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    _use(monkeypatch, Scripted(lambda run, _: run > 30))
    with pytest.raises(SolveError, match=r"node \d, outcome \d, from water=.*HiGHS says unknown.*has an optimum"):
        _train(get("hydro-4").build(), 40)


def test_outcomes_that_fail_again_and_again_in_bulk_count_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trainer, "BULK", 2)
    sound = _train(get("hydro-4").build(), 15, work=Work(lanes=1))
    _use(monkeypatch, Scripted(lambda run, options: run > 5 and options.get("presolve") != "on"))
    policy = _train(get("hydro-4").build(), 15, work=Work(lanes=1))
    assert policy.trainer.crew.counts()["cured"][0] > 100
    assert policy.bound == pytest.approx(sound.bound, abs=1)
    assert policy.bound <= 45.8333334


def test_every_thousandth_optimum_is_found_again_cold() -> None:
    policy = _train(MIXED.build(), 60, work=Work(lanes=1))
    counts = policy.trainer.crew.counts()
    assert counts["tasks"][0] > 1_000
    assert counts["repeated"][0] == counts["tasks"][0] // 1_000
    assert counts["disagreed"][0] == 0


@pytest.mark.parametrize("name", ["hydro-4", "farmer", "newsvendor", "valley-cvar", "assets", "expansion-2"])
def test_the_fallback_gives_the_answers_of_the_library(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    policy = _train(get(name).build(), 12, work=Work(lanes=1))
    assert isinstance(open_library(), Library)
    _use(monkeypatch, Objects())
    fallback = _train(get(name).build(), 12, work=Work(lanes=1))
    assert [row.bound for row in fallback.rows] == pytest.approx([row.bound for row in policy.rows], rel=1e-9)


@pytest.mark.parametrize("is_shared", [False, True])
def test_the_fallback_changes_all_that_can_be_random(*, is_shared: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    optimum = _train(MIXED.build(), 40).bound
    if is_shared:
        monkeypatch.setattr(crew, "Lane", partial(Lane, most_programmes=1))
    _use(monkeypatch, Objects())
    assert _train(MIXED.build(), 40).bound == pytest.approx(optimum, rel=1e-4)


@pytest.mark.parametrize("library", [None, Objects])
def test_cuts_that_do_not_bind_leave_programmes_and_come_back(
    library: type[Objects] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = Recipe(seed=3, stages=3, states=3, outcomes=4, random=frozenset({"rhs", "price"}))
    if library:
        _use(monkeypatch, library())
    lazy = _train(recipe.build(), 70, forward=Sampled(3), work=Work(lanes=1))
    monkeypatch.undo()
    eager = _train(recipe.build(), 70, forward=Sampled(3), work=Work(lanes=1, is_lazy=False))
    assert lazy.trainer.crew.counts()["dropped"][0] > 0
    assert eager.trainer.crew.counts()["dropped"][0] == 0
    assert lazy.bound == pytest.approx(eager.bound, rel=1e-5)


@pytest.mark.parametrize(("lanes_", "threads"), [(0, 1), (1, 0)])
def test_work_without_lanes_or_threads_is_refused(lanes_: int, threads: int) -> None:
    with pytest.raises(ValueError, match="both must be at least 1"):
        Work(lanes=lanes_, threads=threads)
