"""One function that decides everything: as good as many, and refused where it is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from replenish.arrays import to_arrays
from replenish.arrays.groups import CALLED, Floats
from replenish.errors import UsageError
from replenish.policy import AboveFloorShare, BaseStock, Called, Decider, Joint, Level, Who, to_calls
from replenish.simulation import simulate
from replenish.simulation.called import Block
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
