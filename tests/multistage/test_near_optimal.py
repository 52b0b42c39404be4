"""Near-optimal ranges and the decision that stands for them, by hand, by enumeration and by what must always hold."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from replenish.errors import ReplenishWarning
from replenish.multistage import Iterations, Model, NearOptimal, Outcomes, Policy, Stage, linear, train

GROUPS = {"first": {"bought[0]": 1.0}, "second": {"bought[1]": 1.0}, "both": {"bought[0]": 1.0, "bought[1]": 1.0}}
DEMAND = Outcomes({"demand": [2.0, 6.0, 11.0]}, [0.3, 0.4, 0.3])


def _model(sense: str = "min", *, prices: tuple[float, float] = (1.0, 1.0), is_integer: bool = False) -> Model:
    """Return three stages in which a store is filled from two sources, the units of which the engine has to scale."""
    stage, sign = Stage("max" if sense == "max" else "min"), 1.0 if sense == "min" else -1.0
    demand = stage.parameter("demand")
    store = stage.state("store", upper=3000.0, initial=0.0)
    bought = stage.variable("bought", 2, upper=[1000.0, 1000.0], is_integer=is_integer)
    short = stage.variable("short", upper=20.0)
    stage.variable("idle")
    stage.row("balance", store.after == store.before + bought[0] + bought[1] - 100 * demand + 100 * short)
    stage.objective(sign * (prices[0] * bought[0] + prices[1] * bought[1] + 400 * short + 0.1 * store.after))
    return linear(stage, [Outcomes({"demand": [6.0]}), DEMAND, DEMAND])


def _train(model: Model, iterations: int = 30) -> Policy:
    return train(model, iterations=iterations, stopping=Iterations(iterations))


def _ends(found: NearOptimal) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return np.array([(own.low, own.high) for own in found.ranges])


def _one_stage() -> Policy:
    """Return two sources of the same price for a need of 6; nothing follows that matters."""
    stage = Stage("min")
    used = stage.state("used", initial=0.0, upper=100.0)
    bought = stage.variable("bought", 2, upper=10.0)
    stage.row("need", bought[0] + bought[1] >= 6)
    stage.row("count", used.after == used.before + bought[0])
    stage.objective(bought[0] + bought[1] + 100)
    return _train(linear(stage, [None, None]), 3)


def test_what_ties_may_be_split_anyhow_and_is_split_in_the_middle() -> None:
    found = _one_stage().near_optimal("1", GROUPS, within=0.0)
    assert found.value == pytest.approx(212)
    assert _ends(found) == pytest.approx(np.array([(0.0, 6.0), (0.0, 6.0), (6.0, 6.0)]))
    assert found.variables["bought"] == pytest.approx([3.0, 3.0])


def test_the_best_variables_are_those_of_the_best_quantities() -> None:
    found = _train(_model()).near_optimal("1", GROUPS, within=0.01)
    assert found.best_variables["bought"] == pytest.approx([own.best for own in found.ranges[:2]])


def test_a_range_reaches_as_far_as_the_tolerance_pays_for() -> None:
    found = _one_stage().near_optimal("1", GROUPS, within=0.01)
    assert _ends(found) == pytest.approx(np.array([(0.0, 8.12), (0.0, 8.12), (6.0, 8.12)]))


def test_what_is_aimed_at_low_is_as_low_as_the_others_let_it() -> None:
    found = _one_stage().near_optimal("1", GROUPS, within=0.0, aims={"first": 0.0, "second": 1.0})
    assert [own.chosen for own in found.ranges] == pytest.approx([0.0, 6.0, 6.0])


def test_ties_between_deviations_are_spread() -> None:
    stage = Stage("min")
    stage.state("none", initial=0.0, upper=1.0)
    share = stage.variable("share", 4, upper=1.0)
    stage.row("whole", share[0] + share[1] + share[2] + share[3] == 1)
    stage.objective(0.0 * share[0])
    groups = {f"{place}": {f"share[{place}]": 1.0} for place in range(4)}
    found = _train(linear(stage, [None, None]), 2).near_optimal("1", groups)
    assert [own.chosen for own in found.ranges] == pytest.approx([0.25] * 4)


@pytest.mark.parametrize("sense", ["min", "max"])
def test_ranges_are_those_of_all_decisions_on_a_grid(sense: str) -> None:
    policy, within, step = _train(_model(sense, prices=(1.0, 1.02))), 0.02, 10.0
    sign = 1.0 if sense == "min" else -1.0
    found = policy.near_optimal("1", GROUPS, within=within)
    grid = np.arange(0.0, 1000.0 + step, step)
    near = []
    for first in grid:
        for second in grid:
            short = max(0.0, 6.0 - (first + second) / 100)
            after = first + second - 600 + 100 * short
            cost = first + 1.02 * second + 400 * short + 0.1 * after
            value = cost + sign * policy.cost_to_go("1", {"store": after}).value
            if value <= sign * found.value + within * abs(found.value):
                near.append((first, second, first + second))
    low, high = np.min(near, axis=0), np.max(near, axis=0)
    ends = _ends(found)
    assert (ends[:, 0] <= low + 1e-6).all()
    assert (ends[:, 1] >= high - 1e-6).all()
    assert ends == pytest.approx(np.stack([low, high], axis=1), abs=2 * step)


@pytest.mark.parametrize("sense", ["min", "max"])
def test_a_larger_tolerance_never_narrows_a_range(sense: str) -> None:
    policy = _train(_model(sense, prices=(1.0, 1.01)))
    ends = [_ends(policy.near_optimal("1", GROUPS, within=within)) for within in (0.0, 1e-4, 1e-3, 1e-2, 0.1)]
    for narrow, wide in pairwise(ends):
        assert (wide[:, 0] <= narrow[:, 0] + 1e-6).all()
        assert (wide[:, 1] >= narrow[:, 1] - 1e-6).all()


@pytest.mark.parametrize("sense", ["min", "max"])
@pytest.mark.parametrize("within", [0.0, 1e-3, 0.05])
def test_the_chosen_decision_is_feasible_near_the_best_and_in_its_ranges(sense: str, within: float) -> None:
    policy, sign = _train(_model(sense)), 1.0 if sense == "min" else -1.0
    found = policy.near_optimal("2", GROUPS, {"store": 137.0}, parameters={"demand": 7.5}, within=within)
    assert found.value == pytest.approx(policy.decide("2", {"store": 137.0}, demand=7.5).value)
    bought, short = found.variables["bought"], float(found.variables["short"])
    after = float(found.variables["store.after"])
    assert after == pytest.approx(137.0 + bought.sum() - 750 + 100 * short, abs=1e-6)
    cost = bought.sum() + 400 * short + 0.1 * after
    value = sign * cost + policy.cost_to_go("2", {"store": after}).value
    assert found.chosen_value == pytest.approx(value, rel=1e-6)
    assert sign * (value - found.value) <= (within + 1e-6) * abs(found.value)
    for own, quantity in zip(found.ranges, (*bought, bought.sum()), strict=True):
        assert own.low <= own.chosen <= own.high
        assert own.low <= own.best <= own.high
        assert own.chosen == pytest.approx(quantity, abs=1e-6)


def test_without_later_cuts_a_policy_is_what_it_was() -> None:
    model = _model(prices=(1.0, 1.02))
    short, long = _train(model, 1), _train(model, 9)
    before, again = short.near_optimal("1", GROUPS), long.near_optimal("1", GROUPS, until=1)
    assert again.value == pytest.approx(before.value)
    assert _ends(again) == pytest.approx(_ends(before), abs=1e-6)
    assert long.near_optimal("1", GROUPS, until=0).value < again.value


def test_what_nothing_bounds_has_no_end() -> None:
    found = _train(_model()).near_optimal("1", {"idle": {"idle": -2.0}, **GROUPS})
    assert found.ranges[0].low == -np.inf
    assert found.ranges[0].high == pytest.approx(0.0)
    assert np.isfinite(_ends(found)[1:]).all()


def test_whole_variables_are_held_at_their_optimum() -> None:
    with pytest.warns(ReplenishWarning, match="are solved as fractions"):
        policy = _train(_model(is_integer=True))
    found = policy.near_optimal("1", GROUPS, within=0.01)
    assert all(own.low == pytest.approx(own.high) == pytest.approx(own.best) for own in found.ranges)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"within": -1.0}, "within is -1.0"),
        ({"within": np.nan}, "within is nan"),
        ({"aims": {"third": 0.5}}, "no group is called third"),
        ({"aims": {"first": 2.0}}, "aim of first: give a place from 0"),
        ({"groups": {"first": {"sold": 1.0}}}, "group first: no variable is called sold"),
    ],
)
def test_what_cannot_be_asked_is_named(options: dict[str, object], told: str) -> None:
    asked: dict[str, object] = {"groups": GROUPS, **options}
    with pytest.raises(ValueError, match=told):
        _train(_model(), 2).near_optimal("1", **asked)  # type: ignore[arg-type]
