"""Words for time and money that every layer may use."""

from __future__ import annotations

from typing import Literal

Per = Literal["day", "week", "month", "year"]

DAYS_PER_WEEK = 7.0
DAYS_PER_YEAR = 365.2425  # mean Gregorian year
DAYS_PER_MONTH = DAYS_PER_YEAR / 12

MEAN_DAYS: dict[Per, float] = {"day": 1.0, "week": DAYS_PER_WEEK, "month": DAYS_PER_MONTH, "year": DAYS_PER_YEAR}
"""Mean length of each unit of time [day]."""
