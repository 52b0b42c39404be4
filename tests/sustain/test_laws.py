"""Laws of counts against SciPy and against each other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from replenish.sustain.laws.law import Law, add, erlang_b, erlang_c, from_moments, mix, owed, poisson, shop, thin

means = st.floats(0.01, 60.0)


@settings(max_examples=30, deadline=None)
@given(mean=means)
def test_the_poisson_law_is_that_of_scipy(mean: float) -> None:
    law = poisson(mean)
    assert law.chance == pytest.approx(stats.poisson.pmf(law.numbers, mean), rel=1e-11, abs=1e-300)


def test_a_mean_of_a_hundred_thousand_has_a_law() -> None:
    law = poisson(1e5)
    assert law.mean == pytest.approx(1e5, rel=1e-13)
    assert law.variance == pytest.approx(1e5, rel=1e-9)
    assert law.chance_above(101_000) == pytest.approx(stats.poisson.sf(101_000, 1e5), rel=1e-8)


@settings(max_examples=60, deadline=None)
@given(mean=means, ratio=st.floats(0.05, 6.0))
def test_a_law_by_two_moments_has_them(mean: float, ratio: float) -> None:
    least = (mean % 1) * (1 - mean % 1)
    law = from_moments(mean, mean * ratio)
    assert law.chance.sum() == pytest.approx(1.0, abs=1e-13)
    assert law.mean == pytest.approx(mean, rel=1e-9)
    assert law.variance == pytest.approx(max(mean * ratio, least), rel=1e-7, abs=1e-9)


def test_nothing_jumps_where_variance_passes_mean() -> None:
    below, at, above = (from_moments(3.0, 3.0 * ratio).backorders(4) for ratio in (1 - 1e-7, 1.0, 1 + 1e-7))
    assert 0 < at - below < 1e-6
    assert 0 < above - at < 1e-6


def test_the_negative_binomial_law_is_that_of_scipy() -> None:
    law = from_moments(3.2276, 3.9527)
    size = 3.2276**2 / (3.9527 - 3.2276)
    assert law.chance == pytest.approx(stats.nbinom.pmf(law.numbers, size, 3.2276 / 3.9527), rel=1e-10)


@settings(max_examples=40, deadline=None)
@given(mean=means, stock=st.integers(-20, 40), share=st.floats(0.01, 1.0))
def test_thinning_keeps_each_unit_with_its_chance(mean: float, stock: int, share: float) -> None:
    law = poisson(mean)
    units = np.maximum(law.numbers - stock, 0).astype(int)
    found = owed(law, stock, share=share)
    expected = sum(p * stats.binom.pmf(found.numbers, n, share) for p, n in zip(law.chance, units, strict=True))
    assert found.chance == pytest.approx(expected, abs=1e-14)
    assert found.chance.sum() == pytest.approx(1.0, abs=1e-12)


def test_thinning_of_large_numbers_is_stable() -> None:
    found = thin(poisson(20_000.0), 0.25)
    expected = stats.poisson.pmf(found.numbers, 5000.0)  # its own error is 1e-11 of a chance
    assert found.chance == pytest.approx(expected, rel=1e-10)


@settings(max_examples=30, deadline=None)
@given(mean=means, stock=st.integers(-5, 60))
def test_one_more_spare_saves_the_chance_that_it_is_needed(mean: float, stock: int) -> None:
    law = poisson(mean)
    assert law.backorders(stock) - law.backorders(stock + 1) == pytest.approx(law.chance_above(stock), abs=1e-12)


def test_a_shop_with_three_servers_has_the_law_of_the_textbook() -> None:
    """Published: M/M/3 with 2 arrivals and 1 repair by unit of time: P0 = 1/9, Lq = 8/9, Erlang C = 4/9.

    References:
        Gross, Shortle, Thompson, Harris (2008), Fundamentals of Queueing Theory, section 2.3.
    """
    law = shop(3, 2.0)
    assert law.chance[0] == pytest.approx(1 / 9, abs=1e-14)
    assert law.backorders(3) == pytest.approx(8 / 9, abs=1e-12)
    assert law.chance_above(2) == pytest.approx(4 / 9, abs=1e-14)
    assert erlang_c(3, 2.0) == pytest.approx(4 / 9, abs=1e-14)
    assert erlang_b(3, 2.0) == pytest.approx(stats.poisson.pmf(3, 2.0) / stats.poisson.cdf(3, 2.0), rel=1e-12)


@pytest.mark.parametrize(("servers", "load"), [(1, 0.9), (5, 4.8), (40, 30.0), (1500, 900.0)])
def test_the_share_of_a_part_in_a_shop_is_the_thinned_law_of_the_shop(servers: int, load: float) -> None:
    whole, part = shop(servers, load), shop(servers, load, share=0.3)
    thinned = thin(whole, 0.3)
    numbers = np.arange(max(len(part.to_array()), len(thinned.to_array())))
    one, other = (np.pad(law.to_array(), (0, len(numbers) - len(law.to_array()))) for law in (part, thinned))
    assert one == pytest.approx(other, abs=1e-14)


def test_with_servers_to_spare_a_shop_is_poisson() -> None:
    law = shop(400, 20.0)
    assert law.chance == pytest.approx(stats.poisson.pmf(law.numbers, 20.0), abs=1e-15)


def test_sums_and_mixtures_of_laws_keep_their_means() -> None:
    one, other = poisson(2.0), from_moments(3.0, 7.0)
    both = add(one, other)
    assert both.mean == pytest.approx(5.0)
    assert both.variance == pytest.approx(9.0)
    mixed = mix([one, other, Law(7, np.ones(1))], np.array([0.25, 0.5, 0.25]))
    assert mixed.mean == pytest.approx(0.5 + 1.5 + 1.75)


def test_a_full_shop_has_no_law() -> None:
    with pytest.raises(ValueError, match="more servers"):
        shop(2, 2.0)
