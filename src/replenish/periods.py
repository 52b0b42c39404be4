"""The calendar of a scenario: periods with their real days, and the conversion of dates, rates and delays."""

from __future__ import annotations

import math
from bisect import bisect_right
from calendar import isleap, monthrange
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from replenish.units import DAYS_PER_WEEK, MEAN_DAYS, Per

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Calendar:
    """Consecutive periods; `bounds[t]` is the first day of period t and `bounds[t + 1]` the day after its last."""

    period: Per
    bounds: tuple[date, ...]

    def __len__(self) -> int:
        return len(self.bounds) - 1

    @property
    def starts(self) -> tuple[date, ...]:
        """Return the first day of each period."""
        return self.bounds[:-1]

    @property
    def last_day(self) -> date:
        """Return the last day of the last period."""
        return self.bounds[-1] - timedelta(days=1)

    @property
    def days(self) -> Floats:
        """Return the length of each period, (period,) [day]."""
        return np.array([(b - a).days for a, b in zip(self.bounds, self.bounds[1:], strict=False)], dtype=np.float64)

    def index(self, day: date) -> int:
        """Return the period that holds `day`: -1 before the start; after the end periods of mean length are counted on.

        >>> months = calendar(date(2023, 1, 1), date(2023, 12, 31), "month")
        >>> months.index(date(2022, 12, 31)), months.index(date(2023, 2, 28)), months.index(date(2024, 3, 15))
        (-1, 1, 14)
        """
        if day < self.bounds[0]:
            return -1
        if (beyond := (day - self.bounds[-1]).days) >= 0:
            return len(self) + int(beyond / MEAN_DAYS[self.period])
        return bisect_right(self.bounds, day) - 1

    def share_of(self, per: Per) -> Floats:
        """Return how many of unit `per` each period holds, (period,); a month and a year have their real days.

        >>> calendar(date(2023, 1, 1), date(2023, 12, 31), "month").share_of("month").sum()
        np.float64(12.0)
        """
        if per == self.period:
            return np.ones(len(self))
        if per == "day":
            return self.days
        if per == "week":
            return self.days / DAYS_PER_WEEK
        return np.array([_calendar_share(a, b, per) for a, b in zip(self.bounds, self.bounds[1:], strict=False)])

    def delay(self, days: float) -> int:
        """Return a delay in whole periods, rounded up once: no delivery comes early, none in the same period.

        A month counts as 365.2425 / 12 days, so twelve months given as 365 days are twelve periods.
        """
        return max(1, math.ceil(days / MEAN_DAYS[self.period] - 1e-9))


def calendar(start: date, end: date, period: Per) -> Calendar:
    """Return the periods from `start` to the one that holds `end`, both included.

    Raises:
        ValueError: `end` lies before `start`.
    """
    if end < start:
        raise ValueError(f"end is {end}, must not lie before start, {start}")
    bounds = [start]
    while bounds[-1] <= end:
        bounds.append(_after(start, period, len(bounds)))
    return Calendar(period, tuple(bounds))


def _after(start: date, period: Per, count: int) -> date:
    """Return the day `count` periods after `start`; the 31st becomes the last day of a shorter month."""
    if period == "day":
        return start + timedelta(days=count)
    if period == "week":
        return start + timedelta(weeks=count)
    months = start.month - 1 + count * (12 if period == "year" else 1)
    year, month = start.year + months // 12, months % 12 + 1
    return date(year, month, min(start.day, monthrange(year, month)[1]))


def _calendar_share(first: date, end: date, per: Per) -> float:
    """Return how many calendar months or years lie in [first, end), part of one counted by its real days."""
    total, day = 0.0, first
    while day < end:
        if per == "month":
            following, length = _after(day.replace(day=1), "month", 1), monthrange(day.year, day.month)[1]
        else:
            following, length = date(day.year + 1, 1, 1), 366 if isleap(day.year) else 365
        until = min(following, end)
        total += (until - day).days / length
        day = until
    return total
