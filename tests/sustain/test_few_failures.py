"""Spares when few failures were counted."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replenish.errors import UsageError
from replenish.sustain.few_failures import assurance, plug_in_spares, predictive_spares, spares_for, spares_to_last
from tests.sustain.networks import network

CHANCES = [0.80, 0.90, 0.95, 0.99]


@pytest.mark.parametrize(
    ("failures", "observed", "ahead", "spares", "plug_in"),
    [(0, 32_441, 90_247, [2, 4, 6, 11], [0, 0, 0, 0]), (1, 251_775, 270_742, [3, 4, 5, 8], [2, 2, 3, 4])],
)
def test_spares_from_few_failures(
    failures: int, observed: float, ahead: float, spares: list[int], plug_in: list[int]
) -> None:
    """Computed twice for hours that an engineer asked about: 0 failures so far do not make 0 spares right."""
    assert predictive_spares(failures, observed, ahead, CHANCES).tolist() == spares
    assert plug_in_spares(failures, observed, ahead, CHANCES).tolist() == plug_in


@given(mean=st.floats(0.01, 30), shape=st.floats(0.5, 40), spares=st.integers(0, 60))
@settings(max_examples=50, deadline=None)
def test_the_closed_form_is_the_sum_of_the_negative_binomial(mean: float, shape: float, spares: int) -> None:
    share = shape / (shape + mean)
    terms = [
        math.exp(math.lgamma(shape + k) - math.lgamma(shape) - math.lgamma(k + 1) + shape * math.log(share))
        * (1 - share) ** k
        for k in range(spares + 1)
    ]
    assert float(assurance(spares, mean, shape)) == pytest.approx(sum(terms), abs=1e-10)


def test_sampled_rates_and_removals_agree_with_the_law() -> None:
    random = np.random.default_rng(5)
    removals = random.poisson(random.gamma(1.5, 2.0 / 1.5, size=200_000))
    for spares in (0, 2, 6):
        share = float(assurance(spares, 2.0, 1.5))
        assert (removals <= spares).mean() == pytest.approx(share, abs=4 * math.sqrt(share * (1 - share) / 200_000))


@given(mean=st.floats(0, 500), shape=st.floats(0.5, 1e6) | st.just(math.inf), chance=st.floats(0, 0.9999))
@settings(max_examples=60, deadline=None)
def test_the_spares_are_the_fewest_that_last(mean: float, shape: float, chance: float) -> None:
    spares = int(spares_for(mean, shape, chance))
    assert float(assurance(spares, mean, shape)) >= chance
    assert spares == 0 or float(assurance(spares - 1, mean, shape)) < chance


@given(mean=st.floats(0.01, 50), shape=st.floats(0.5, 20))
@settings(max_examples=40, deadline=None)
def test_doubt_never_asks_for_fewer_at_a_high_assurance(mean: float, shape: float) -> None:
    assert spares_for(mean, shape, 0.99) >= spares_for(mean, math.inf, 0.99)


def test_a_kit_follows_the_operations_of_its_fleet() -> None:
    one = network([[0.1, 0.3], [0.2, 0.0]], operations=[(0, 10.0, 3.0)], rate_shape=[math.inf, 2.5])
    kit = spares_to_last(one, 30.0, 0.9)  # 10 days as stated, 20 at three times the use
    assert kit[0].tolist() == spares_for([0.1 * 70, 0.3 * 30], math.inf, 0.9).tolist()
    assert kit[1].tolist() == [int(spares_for(0.2 * 70, 2.5, 0.9)), 0]
    assert spares_to_last(one, 5.0, 0.9, start=20.0)[0, 0] == spares_for(0.1 * 15, math.inf, 0.9)


def test_removals_in_batches_are_refused() -> None:
    with pytest.raises(UsageError, match="variance_ratio"):
        spares_to_last(network([[0.1]], variance_ratio=2.0), 5.0, 0.9)


def test_no_number_of_spares_is_certain() -> None:
    with pytest.raises(ValueError, match="probability"):
        spares_for(1.0, math.inf, 1.0)
