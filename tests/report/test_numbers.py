from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replenish.report import numbers


@given(st.one_of(st.floats(-1e300, 1e300), st.sampled_from([math.nan, math.inf, -math.inf])))
def test_every_number_can_be_written(value: float) -> None:
    assert numbers.people(value)
    assert "e+" not in numbers.people(value) or abs(value) >= 1e18
    assert numbers.percent(value)
    assert numbers.days(value)


@given(st.floats(1, 1e14))
def test_three_digits_are_within_half_a_per_cent(value: float) -> None:
    text = numbers.people(value).replace(",", "")
    sizes = {"k": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
    number, _, word = text.partition(numbers.NBSP)
    assert float(number) * sizes.get(word, 1.0) == pytest.approx(value, rel=0.0051)


def test_a_share_that_is_not_quite_all_is_not_called_all() -> None:
    assert numbers.percent(0.9999) != numbers.percent(1.0)
    assert numbers.percent(0.0001) != numbers.percent(0.0)


@pytest.mark.parametrize("value", [math.nan, None])
def test_what_is_not_known_is_a_dash(value: float | None) -> None:
    assert numbers.people(value) == numbers.quantity(value, "round") == numbers.money(value, "EUR") == numbers.DASH


def test_stock_that_nobody_uses_lasts_without_limit() -> None:
    assert numbers.days(math.inf) == "no use planned"
    assert numbers.days(1.0) == "1\xa0day"
    assert numbers.days(30.0) == "30\xa0days"


def test_a_negative_number_has_a_minus_sign_and_a_size() -> None:
    assert numbers.people(-1_200_000) == "\u22121.2\xa0million"


@given(st.floats(0, 1e15))
def test_an_axis_has_labels_of_at_most_four_digits(largest: float) -> None:
    assert largest / numbers.scale(largest).factor < 1500 or largest >= 1e15
