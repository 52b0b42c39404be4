"""A calendar of whole months, written out of the rules of the period step."""

from __future__ import annotations

import calendar
import datetime as dt
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from replenish.scenario.model import Scenario

YEAR = 365.2425
MEAN = {"day": 1.0, "week": 7.0, "month": YEAR / 12, "year": YEAR}


class Months:
    """The months of a scenario that begins on the first of one."""

    def __init__(self, scenario: Scenario) -> None:
        time = scenario.settings.time
        assert (time.period, time.review_interval, time.start.day) == ("month", 1, 1)
        self.starts = [time.start]
        while (following := _next(self.starts[-1])) <= time.end:
            self.starts.append(following)
        self.mean = MEAN["month"]

    def __len__(self) -> int:
        return len(self.starts)

    def mean_days(self, per: str) -> float:
        return MEAN[per]

    @property
    def days(self) -> np.ndarray[Any, Any]:
        return np.array([(_next(day) - day).days for day in self.starts], float)

    @property
    def years(self) -> np.ndarray[Any, Any]:
        return self.days / [366 if calendar.isleap(day.year) else 365 for day in self.starts]

    def length(self, per: str) -> np.ndarray[Any, Any]:
        """Return how many of a unit of time each month has."""
        return {"day": self.days, "week": self.days / 7, "month": np.ones(len(self)), "year": self.years}[per]

    def of(self, day: dt.date) -> int:
        """Return the month of a day; after the end months of mean length are counted on."""
        end = _next(self.starts[-1])
        if day >= end:
            return len(self) + int((day - end).days / self.mean)
        return max(n for n, start in enumerate(self.starts) if start <= day)

    def first(self, day: dt.date | None) -> int:
        """Return the month from which a row holds."""
        return 0 if day is None or day < self.starts[0] else self.of(day)

    def delay(self, days: float) -> int:
        return max(1, math.ceil(days / self.mean - 1e-9))

    def construction(self, earliest: dt.date | None, days: float) -> int:
        """Return the months from the decision on the first possible day to the first that begins once all is built."""
        start = earliest or self.starts[0]
        built, end = start.toordinal() + days, _next(self.starts[-1]).toordinal()
        ready = [n for n, day in enumerate(self.starts) if day.toordinal() >= built]
        complete = ready[0] if ready else len(self) + math.ceil(max(0.0, built - end) / self.mean)
        return max(1, complete - self.first(earliest))

    def years_that_begin(self, month: int) -> Iterator[tuple[int, int]]:
        """Yield the first month of each budget year, with the number of that year."""
        before = None
        for n, day in enumerate(self.starts):
            year = day.year - (day.month < month) + (month >= 10)
            if year != before:
                yield n, year
            before = year


def _next(day: dt.date) -> dt.date:
    return dt.date(day.year + day.month // 12, day.month % 12 + 1, 1)
