"""Trainings and blocks of paths give the same results on any executor."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from copy import deepcopy
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest

from replenish.executors import Executor, InTurn
from replenish.multistage import (
    Historical,
    Job,
    Model,
    ModelError,
    Outcomes,
    OutOfSample,
    Policy,
    Revisiting,
    RiskAdjusted,
    Sampled,
    Simulation,
    Stage,
    Work,
    load_policy,
    resume,
    simulate_blocks,
    train,
    train_each,
)
from replenish.multistage.problems import get

SHORT = 5


@pytest.fixture(scope="module")
def processes() -> Iterator[ProcessPoolExecutor]:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        yield pool


@pytest.fixture(params=["in turn", "threads", "processes"])
def executor(request: pytest.FixtureRequest) -> Iterator[Executor]:
    if request.param == "processes":
        yield request.getfixturevalue("processes")
    elif request.param == "threads":
        with ThreadPoolExecutor(3) as pool:
            yield pool
    else:
        yield InTurn()


def _trained(name: str, iterations: int = 10) -> Policy:
    return train(get(name).build(), iterations=iterations, work=Work(lanes=2, threads=1))


def _same(left: Simulation, right: Simulation) -> None:
    assert left.nodes == right.nodes
    for name in ("node", "outcome", "cost", "total"):
        np.testing.assert_array_equal(getattr(left, name), getattr(right, name))
    for mine, other in ((left.variables, right.variables), (left.parameters, right.parameters)):
        assert set(mine) == set(other)
        for name, values in mine.items():
            np.testing.assert_array_equal(values, other[name])


def _learned(policy: Policy) -> list[tuple[object, ...]]:
    """Return all rows without the clock."""
    return [row._replace(seconds=0.0) for row in policy.rows]


def _jobs() -> list[Job]:
    newsvendor, valley = get("newsvendor").build(), get("valley-mean-worst").build()
    revisiting = Revisiting(Sampled(), period=2)
    return [
        Job(newsvendor, seed=3, iterations=SHORT),
        Job(newsvendor, seed=4, cuts="multi", forward=revisiting, iterations=SHORT),
        Job(newsvendor, seed=5, forward=revisiting, iterations=SHORT),
        Job(valley, forward=RiskAdjusted(), work=Work(lanes=2), iterations=SHORT),
    ]


def test_trainings_give_the_same_rows_on_any_executor(executor: Executor) -> None:
    found = train_each(_jobs(), executor=executor)
    alone = [_learned(train_each([job])[0]) for job in _jobs()]
    assert [_learned(policy) for policy in found] == alone
    assert len({policy.rows[0].bound for policy in found[:2]}) == 2


def test_blocks_give_the_same_paths_on_any_executor(executor: Executor) -> None:
    policy = _trained("newsvendor")
    found = simulate_blocks(policy, 250, block=60, seed=9, executor=executor)
    assert found.node.shape == (3, 250)
    _same(found, simulate_blocks(policy, 250, block=60, seed=9))


def test_one_block_is_a_plain_simulation() -> None:
    policy = _trained("newsvendor")
    _same(simulate_blocks(policy, 100, seed=4, record=["sold"]), policy.simulate(100, seed=4, record=["sold"]))


def test_blocks_have_random_numbers_of_their_own() -> None:
    policy = _trained("newsvendor")
    found = simulate_blocks(policy, 100, block=50)
    longer = simulate_blocks(policy, 150, block=50)
    assert (found.outcome[:, :50] != found.outcome[:, 50:]).any()
    np.testing.assert_array_equal(longer.outcome[:, :100], found.outcome)
    np.testing.assert_array_equal(longer.total[:100], found.total)


def test_blocks_of_paths_of_different_lengths_are_joined() -> None:
    policy = _trained("infinite-trivial")
    found = simulate_blocks(policy, 40, block=4)
    lengths = (found.node >= 0).sum(axis=0)
    assert len(set(lengths)) > 5
    assert len(found.node) == lengths.max()
    np.testing.assert_array_equal(np.isnan(found.cost), found.node < 0)
    np.testing.assert_allclose(found.total, np.nansum(found.cost, axis=0))


def test_blocks_join_parameters_that_only_some_of_them_met() -> None:
    common, rare = Stage(), Stage()
    for stage, name in ((common, "usual"), (rare, "odd")):
        price = stage.parameter(name)
        stage.objective(price * stage.variable("bought", lower=1, upper=2))
    model = Model()
    model.add_node("common", common, data={"usual": 1.0})
    model.add_node("rare", rare, data={"odd": 5.0})
    model.add_edge("root", "common", 0.9)
    model.add_edge("root", "rare", 0.1)
    found = simulate_blocks(train(model, iterations=SHORT), 60, block=3)
    assert set(np.unique(found["odd"][found.node == 1])) == {5.0}
    assert np.isnan(found["odd"][found.node == 0]).all()
    np.testing.assert_array_equal(found.total, np.where(found.node[0] == 1, 5.0, 1.0))


def test_blocks_draw_from_other_outcomes_when_asked(executor: Executor) -> None:
    policy = _trained("newsvendor")
    other = {"1-0": Outcomes({"demand": [11.0, 12.0, 13.0]})}
    found = simulate_blocks(policy, 30, block=10, draw=partial(OutOfSample, other), executor=executor)
    assert set(found["demand"][0]) == {11.0, 12.0, 13.0}


@pytest.mark.parametrize(("paths", "block"), [(0, 10), (10, 0)])
def test_blocks_without_paths_are_refused(paths: int, block: int) -> None:
    with pytest.raises(ValueError, match="both must be at least 1"):
        simulate_blocks(_trained("fast-quickstart"), paths, block=block)


def test_a_policy_survives_pickling_and_goes_on_alike() -> None:
    policy = _trained("valley-mean-worst")
    copied: Policy = pickle.loads(pickle.dumps(policy))
    assert (copied.rows, copied.ended, copied.bound) == (policy.rows, policy.ended, policy.bound)
    _same(copied.simulate(50), policy.simulate(50))
    _same(copied.simulate(RiskAdjusted(paths=50)), policy.simulate(RiskAdjusted(paths=50)))
    assert copied.first_decisions().equals(policy.first_decisions())
    assert resume(copied, iterations=5).bound == pytest.approx(resume(policy, iterations=5).bound)


def test_a_policy_survives_pickling_with_the_history_that_it_met() -> None:
    history = Historical([[(name, {}) for name in ("1-0", "2-0", "3-0")]])
    policy = train(get("valley-inflow").build(), forward=history, iterations=SHORT)
    copied = pickle.loads(pickle.dumps(policy))
    assert resume(copied, iterations=3, forward=history).bound == pytest.approx(policy.bound)


def test_a_policy_survives_copying() -> None:
    policy = _trained("fast-production")
    copied = deepcopy(policy)
    resume(copied, iterations=1)
    assert len(copied.rows) == len(policy.rows) + 1


def test_a_policy_that_went_through_a_process_can_be_saved(processes: ProcessPoolExecutor, tmp_path: Path) -> None:
    policy = train_each([Job(get("fast-production").build(), iterations=SHORT)], executor=processes)[0]
    policy.save(tmp_path / "kept.npz")
    assert load_policy(policy.model, tmp_path / "kept.npz").bound == policy.bound


def test_a_copied_model_does_not_mistake_a_new_stage_for_an_old_one() -> None:
    model: Model = pickle.loads(pickle.dumps(get("newsvendor").build()))
    assert len({id(node.program) for node in model.nodes.values()}) == 1
    for number in range(50):
        stage = Stage()
        stage.variable(f"only_{number}", upper=1)
        model.add_node(f"new {number}", stage)
        assert model.nodes[f"new {number}"].program.column_names() == [f"only_{number}"]


def test_the_findings_of_a_model_come_back_from_a_process(processes: ProcessPoolExecutor) -> None:
    with pytest.raises(ModelError, match="nothing follows the root") as caught:
        train_each([Job(Model())], executor=processes)
    assert caught.value.problems[0].where == "model"
