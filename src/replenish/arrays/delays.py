"""Laws of delays: lead times, slips and construction, as periods."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from dataclasses import dataclass

import numpy as np
from scipy.special import gammainc, gammaincinv, ndtr

from replenish import draws
from replenish.arrays.context import Context
from replenish.arrays.groups import Floats
from replenish.scenario.model import Contract, Expansion
from replenish.scenario.model.production import Delay
from replenish.units import MEAN_DAYS

CUT = 0.9999  # longer lead times count as the one that is not exceeded with this probability
NARROWEST, WIDEST = 1e-6, 1e6  # coefficients of variation beyond which laws cannot be told apart in floating point


@dataclass(frozen=True, slots=True)
class Lead:
    """A lead time in whole periods."""

    planned: int  # what orders and releases count on
    longest: int  # the longest that may be drawn
    law: int  # row of its law; -1: always as planned


def to_lead(context: Context, days: float, variation: float, *, fixed: float = 0.0) -> Lead:
    """Return a lead time of mean `days` and coefficient of variation `variation`, followed by `fixed` days.

    Nothing longer than the horizon is told apart: it arrives after the end.
    """
    planned = context.calendar.delay(days + fixed)
    if variation == 0 or days == 0:
        return Lead(planned, planned, -1)
    shape, period = _told_apart(variation) ** -2, MEAN_DAYS[context.calendar.period]
    last = math.ceil((gammaincinv(shape, CUT) * days / shape + fixed) / period)
    longest = max(planned, min(last, len(context.calendar)))
    ends = np.maximum(np.arange(1, longest + 1) * period - fixed, 0.0)
    key = ("lead", days, fixed, variation)
    return Lead(planned, longest, context.laws.add(key, lambda: _table(gammainc(shape, ends * shape / days), base=1)))


def _table(cumulative: Floats, base: int = 0) -> draws.Law:
    """Return the law of a whole number from `base` on; the last value takes what is left."""
    return draws.Law(draws.COUNT, base, thresholds=draws.to_thresholds(cumulative))


def delay_cdf(law: Delay, mean: float, variation: float, days: Floats) -> Floats:
    """Return the probability of a delay of at most `days`, which are not negative."""
    if law == "none" or mean == 0:
        return np.where(days >= mean, 1.0, 0.0)
    if law == "exponential":
        return np.asarray(-np.expm1(-days / mean))
    variation = _told_apart(variation)
    if law == "gamma":
        return np.asarray(gammainc(variation**-2, days / mean * variation**-2))
    sigma = np.sqrt(np.log1p(variation**2))
    with np.errstate(divide="ignore"):
        return np.asarray(ndtr((np.log(days / mean) + sigma**2 / 2) / sigma))


def _told_apart(variation: float) -> float:
    return min(max(variation, NARROWEST), WIDEST)


def completion_law(context: Context, row: Expansion) -> draws.Law:
    """Return the law of the first period that starts on or after completion; T stands for never in the horizon."""
    start = row.start or context.calendar.starts[0]
    planned = start.toordinal() + row.build_time_days
    late = np.array([day.toordinal() - planned for day in context.calendar.starts])
    in_time = delay_cdf(
        row.delay_distribution, row.delay_mean_days, row.delay_coefficient_of_variation, np.maximum(late, 0.0)
    )
    return _table(np.append(np.where(late >= 0, in_time, 0.0), 1.0))


def expected_completion(context: Context, row: Expansion) -> int:
    """Return the periods from the decision to the first that starts on or after the mean completion, at least 1."""
    start, bounds = row.start or context.calendar.starts[0], context.ordinals
    day = start.toordinal() + row.build_time_days + row.delay_mean_days
    beyond = math.ceil(max(0.0, day - bounds[-1]) / MEAN_DAYS[context.calendar.period])
    return max(1, bisect_left(bounds, day) + beyond - context.first_period(row.start))


def entry_law(context: Context, row: Contract, lead: int) -> draws.Law:
    """Return the law of the period in which a late contract enters the book; T stands for after the horizon.

    It enters in period e or before if it falls due before period e + lead + 1 starts.
    """
    late = np.array([_first_day(context, lead + 1 + e) for e in range(len(context.calendar))]) - row.due.toordinal()
    in_time = delay_cdf(row.slip_distribution, row.slip_days, row.slip_coefficient_of_variation, np.maximum(late, 0.0))
    return _table(np.append(np.where(late > 0, in_time, 0.0), 1.0))


def due_period(context: Context, row: Contract) -> int:
    """Return the period in which a contract without random slip falls due, counted on beyond the horizon."""
    day, bounds = row.due.toordinal() + math.floor(row.slip_days), context.ordinals
    if (beyond := day - bounds[-1]) >= 0:
        return len(context.calendar) + int(beyond / MEAN_DAYS[context.calendar.period])
    return bisect_right(bounds, day) - 1


def _first_day(context: Context, period: int) -> int:
    """Return the first day of a period as an ordinal; beyond the horizon periods have their mean length."""
    beyond = period - len(context.calendar)
    if beyond <= 0:
        return context.ordinals[period]
    return math.ceil(context.ordinals[-1] + beyond * MEAN_DAYS[context.calendar.period])
