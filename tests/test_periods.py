"""The calendar: real days, conversion of rates, delays and dates."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replenish.periods import calendar
from replenish.units import Per

PERIODS: tuple[Per, ...] = ("day", "week", "month", "year")
DAYS = st.dates(date(1990, 1, 1), date(2060, 1, 1))


@given(DAYS, st.integers(0, 3000), st.sampled_from(PERIODS))
def test_periods_follow_one_another_and_hold_the_horizon(start: date, length: int, period: Per) -> None:
    days = calendar(start, start + timedelta(days=length), period)
    assert days.starts[0] == start
    assert days.starts[-1] <= start + timedelta(days=length) <= days.last_day
    assert days.days.sum() == (days.bounds[-1] - start).days
    assert [days.index(first) for first in days.starts] == list(range(len(days)))
    assert days.index(days.last_day) == len(days) - 1


@given(DAYS, st.integers(1, 12), st.sampled_from(PERIODS), st.sampled_from(PERIODS))
def test_a_rate_gives_its_yearly_total_whatever_the_period(start: date, years: int, period: Per, per: Per) -> None:
    first = date(start.year, 1, 1)
    days = calendar(first, date(first.year + years, 1, 1) - timedelta(days=1), period)
    if period in ("month", "year"):  # whole years end with a period
        expected = {"year": years, "month": 12 * years, "day": days.days.sum(), "week": days.days.sum() / 7}
        assert days.share_of(per).sum() == pytest.approx(expected[per])


def test_a_month_counts_as_one_and_a_day_rate_as_its_real_days() -> None:
    days = calendar(date(2024, 1, 1), date(2024, 3, 31), "month")
    assert days.share_of("month").tolist() == [1, 1, 1]
    assert days.share_of("day").tolist() == [31, 29, 31]
    weeks = calendar(date(2024, 1, 29), date(2024, 2, 4), "week")
    assert weeks.share_of("month").tolist() == pytest.approx([3 / 31 + 4 / 29])


@pytest.mark.parametrize(("days", "periods"), [(0, 1), (1, 1), (30.4, 1), (31, 2), (365, 12), (366, 13)])
def test_a_delay_is_rounded_up_once_to_at_least_one_period(days: float, periods: int) -> None:
    assert calendar(date(2024, 1, 1), date(2024, 12, 31), "month").delay(days) == periods


def test_the_last_day_of_a_long_month_starts_the_last_day_of_a_short_one() -> None:
    days = calendar(date(2024, 1, 31), date(2024, 5, 1), "month")
    assert [day.isoformat() for day in days.starts] == ["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30"]


def test_a_horizon_cannot_end_before_it_starts() -> None:
    with pytest.raises(ValueError, match="must not lie before start"):
        calendar(date(2024, 2, 1), date(2024, 1, 31), "month")
