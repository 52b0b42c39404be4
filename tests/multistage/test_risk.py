"""Risk measures: coherence, known values, and the worst distribution by another route."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from replenish.multistage import CVaR, Expectation, Mix, ModifiedChiSquared, RiskMeasure, WorstCase
from replenish.multistage.modelling.expression import Floats

MEASURES: tuple[RiskMeasure, ...] = (
    Expectation(),
    WorstCase(),
    CVaR(0.05),
    CVaR(0.5),
    CVaR(1.0),
    Mix((0.25, Expectation()), (0.5, CVaR(0.3)), (0.25, WorstCase())),
    ModifiedChiSquared(0.0),
    ModifiedChiSquared(0.2),
    ModifiedChiSquared(3.0),
)
seeds = st.integers(0, 10**6)
each_measure = pytest.mark.parametrize("measure", MEASURES, ids=str)


def _draw(seed: int, *, count: int | None = None) -> tuple[Floats, Floats, Floats]:
    """Return probabilities, some of them perhaps small, and two random costs, one of them perhaps with ties."""
    random = np.random.default_rng(seed)
    size = count or int(random.integers(1, 8))
    probability = random.dirichlet(np.full(size, random.choice([0.3, 2.0])))
    costs = random.normal(0, random.choice([1e-3, 1.0, 1e5]), (2, size))
    costs[1] = np.round(costs[1], 1)
    return probability, costs[0], costs[1]


def _risk(measure: RiskMeasure, probability: Floats, cost: Floats) -> float:
    return float(measure.weights(probability, cost) @ cost)


def _slack(*costs: Floats) -> float:
    return 1e-7 * sum(1e-9 + float(np.abs(cost).max()) for cost in costs)


@each_measure
@settings(max_examples=20)
@given(seed=seeds)
def test_weights_are_probabilities(measure: RiskMeasure, seed: int) -> None:
    probability, cost, ties = _draw(seed)
    for one in (cost, ties, np.zeros_like(cost)):
        weights = measure.weights(probability, one)
        assert weights.shape == probability.shape
        assert (weights >= 0).all()
        assert weights.sum() == pytest.approx(1, abs=1e-12)


@each_measure
@settings(max_examples=20)
@given(seed=seeds)
def test_a_higher_cost_is_never_a_lower_risk(measure: RiskMeasure, seed: int) -> None:
    probability, cost, more = _draw(seed)
    higher = cost + np.abs(more)
    assert _risk(measure, probability, higher) >= _risk(measure, probability, cost) - _slack(cost, more)


@each_measure
@settings(max_examples=20)
@given(seed=seeds, shift=st.floats(-1e3, 1e3), factor=st.floats(0, 1e3))
def test_shift_and_unit_of_costs_are_those_of_the_risk(
    measure: RiskMeasure, seed: int, shift: float, factor: float
) -> None:
    probability, cost, _ = _draw(seed)
    moved = _risk(measure, probability, factor * cost + shift)
    expected = factor * _risk(measure, probability, cost) + shift
    assert moved == pytest.approx(expected, abs=_slack(factor * cost, np.array([shift])))


@each_measure
@settings(max_examples=20)
@given(seed=seeds, share=st.floats(0, 1))
def test_the_risk_of_a_mean_is_at_most_the_mean_of_risks(measure: RiskMeasure, seed: int, share: float) -> None:
    probability, left, right = _draw(seed)
    mixed = _risk(measure, probability, share * left + (1 - share) * right)
    separate = share * _risk(measure, probability, left) + (1 - share) * _risk(measure, probability, right)
    assert mixed <= separate + _slack(left, right)


@each_measure
@settings(max_examples=20)
@given(seed=seeds)
def test_risk_lies_between_mean_and_maximum(measure: RiskMeasure, seed: int) -> None:
    probability, cost, _ = _draw(seed)
    risk = _risk(measure, probability, cost)
    assert probability @ cost - _slack(cost) <= risk <= cost.max() + _slack(cost)


@each_measure
@settings(max_examples=15)
@given(seed=seeds)
def test_weights_maximise_over_a_set_that_costs_do_not_move(measure: RiskMeasure, seed: int) -> None:
    probability, cost, other = _draw(seed)
    assert measure.weights(probability, other) @ cost <= _risk(measure, probability, cost) + _slack(cost)


@each_measure
@settings(max_examples=15)
@given(seed=seeds)
def test_the_order_of_outcomes_is_irrelevant(measure: RiskMeasure, seed: int) -> None:
    probability, cost, _ = _draw(seed)
    order = np.random.default_rng(seed).permutation(len(cost))
    expected = _risk(measure, probability, cost)
    assert _risk(measure, probability[order], cost[order]) == pytest.approx(expected, abs=_slack(cost))


@settings(max_examples=60)
@given(seed=seeds, tail=st.floats(0.01, 1))
def test_cvar_is_the_lowest_of_its_rockafellar_uryasev_functions(seed: int, tail: float) -> None:
    probability, cost, _ = _draw(seed)
    lowest = min(level + probability @ np.maximum(cost - level, 0) / tail for level in cost)
    assert _risk(CVaR(tail), probability, cost) == pytest.approx(lowest, abs=_slack(cost) / tail)


@settings(max_examples=15)
@given(seed=seeds)
def test_the_ends_of_cvar_are_mean_and_worst_case(seed: int) -> None:
    probability, cost, _ = _draw(seed)
    assert _risk(CVaR(1.0), probability, cost) == pytest.approx(probability @ cost, abs=_slack(cost))
    smallest = float(probability[probability > 0].min())
    worst = _risk(WorstCase(), probability, cost)
    assert _risk(CVaR(0.5 * smallest), probability, cost) == pytest.approx(worst, abs=_slack(cost))


@settings(max_examples=15)
@given(seed=seeds, tails=st.tuples(st.floats(0.02, 1), st.floats(0.02, 1)))
def test_a_smaller_tail_is_a_higher_risk(seed: int, tails: tuple[float, float]) -> None:
    probability, cost, _ = _draw(seed)
    narrow, wide = (_risk(CVaR(tail), probability, cost) for tail in sorted(tails))
    assert narrow >= wide - _slack(cost) / min(tails)


@settings(max_examples=15)
@given(seed=seeds, share=st.floats(0, 1))
def test_a_mix_is_the_mean_of_its_parts(seed: int, share: float) -> None:
    probability, cost, _ = _draw(seed)
    parts = (CVaR(0.3), ModifiedChiSquared(0.1))
    mixed = _risk(Mix((share, parts[0]), (1 - share, parts[1])), probability, cost)
    risks = [_risk(part, probability, cost) for part in parts]
    assert mixed == pytest.approx(share * risks[0] + (1 - share) * risks[1], abs=_slack(cost))


def test_the_worst_case_leaves_out_what_cannot_happen() -> None:
    weights = WorstCase().weights(np.array([0.5, 0.5, 0.0]), np.array([1.0, 2.0, 9.0]))
    assert weights.tolist() == [0, 1, 0]


def _farthest(probability: Floats, cost: Floats, radius: float) -> float:
    """Return the highest mean within the radius by sequential quadratic programming."""
    limits = [
        {"type": "eq", "fun": lambda q: q.sum() - 1},
        {"type": "ineq", "fun": lambda q: radius**2 - ((q - probability) ** 2).sum()},
    ]
    starts = [probability, *(0.7 * probability + 0.3 * corner for corner in np.eye(len(cost)))]
    options = {"maxiter": 500, "ftol": 1e-12}
    found = [
        minimize(lambda q: -(q @ cost), start, constraints=limits, bounds=[(0, 1)] * len(cost), method="SLSQP",
                 options=options)
        for start in starts
    ]  # fmt: skip
    sound = [-one.fun for one in found if abs(one.x.sum() - 1) < 1e-7 and limits[1]["fun"](one.x) > -1e-7]  # type: ignore[operator]
    return float(max(sound))


@pytest.mark.parametrize("radius", [0.05, 0.3, 0.8, 1.5])
@pytest.mark.parametrize("seed", range(4))
def test_the_worst_distribution_is_that_of_a_general_optimiser(seed: int, radius: float) -> None:
    probability, cost, _ = _draw(seed, count=5)
    cost = cost / np.abs(cost).max()
    weights = ModifiedChiSquared(radius).weights(probability, cost)
    assert np.sqrt(((weights - probability) ** 2).sum()) <= radius * (1 + 1e-9)
    assert weights @ cost == pytest.approx(_farthest(probability, cost, radius), abs=2e-5)


def test_a_radius_beyond_all_distributions_is_the_worst_case() -> None:
    weights = ModifiedChiSquared(5.0).weights(np.array([0.1, 0.7, 0.2]), np.array([3.0, 1.0, 2.0]))
    assert weights == pytest.approx([1, 0, 0], abs=1e-9)


def test_a_small_radius_moves_probability_along_the_centred_costs() -> None:
    probability, cost = np.array([0.25, 0.25, 0.5]), np.array([1.0, 2.0, 6.0])
    centred = cost - cost.mean()
    expected = probability + 0.01 * centred / np.sqrt((centred**2).sum())
    assert ModifiedChiSquared(0.01).weights(probability, cost) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: CVaR(0.0), "must lie in"),
        (lambda: CVaR(1.01), "must lie in"),
        (lambda: CVaR(float("nan")), "must lie in"),
        (lambda: ModifiedChiSquared(-0.1), "not negative"),
        (lambda: ModifiedChiSquared(float("inf")), "finite"),
        (lambda: ModifiedChiSquared(float("nan")), "finite"),
        (Mix, "must sum to 1"),
        (lambda: Mix((0.5, Expectation()), (0.6, WorstCase())), "must sum to 1"),
        (lambda: Mix((-0.5, Expectation()), (1.5, WorstCase())), "must not be negative"),
    ],
)  # fmt: skip
def test_measures_that_are_none_are_refused(make: object, text: str) -> None:
    assert callable(make)
    with pytest.raises(ValueError, match=text):
        make()


@each_measure
def test_every_measure_is_known_as_one(measure: RiskMeasure) -> None:
    assert isinstance(measure, RiskMeasure)


@settings(max_examples=40)
@given(seed=seeds, radius=st.floats(0, 10))
def test_weights_of_any_radius_sum_to_one_and_keep_within_it(seed: int, radius: float) -> None:
    probability, cost, ties = _draw(seed)
    for one in (cost, ties):
        weights = ModifiedChiSquared(radius).weights(probability, one)
        assert weights.sum() == pytest.approx(1, abs=1e-12)
        assert np.sqrt(((weights - probability) ** 2).sum()) <= radius * (1 + 1e-9) + 1e-12


@pytest.mark.parametrize("tie", [1e-3, 1e-6, 1e-8, 1e-12, 0.0])
def test_costs_that_nearly_tie_leave_weights_that_sum_to_one(tie: float) -> None:
    probability, cost = np.array([0.3, 0.2, 0.5]), np.array([1.0, 1.0 - tie, 0.0])
    for radius in (0.4, 0.7, 0.75, 2.0):
        assert ModifiedChiSquared(radius).weights(probability, cost).sum() == pytest.approx(1, abs=1e-12)
    certain = ModifiedChiSquared(0.5).weights(np.array([1.0, 0.0]), np.array([0.1, 0.1 - 1e-3]))
    assert certain.tolist() == [1, 0]
