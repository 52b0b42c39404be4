"""Means over independent histories, with their standard errors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from replenish.arrays.groups import Floats, Ints
from replenish.errors import UsageError


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """A mean over histories; `standard_error` is NaN for a single one, and infinite for a ratio to nothing."""

    mean: Floats
    standard_error: Floats
    histories: int

    def interval(self, level: float = 0.95) -> tuple[Floats, Floats]:
        """Return the ends of Student's interval that holds the truth with probability `level`."""
        width = stdtrit(max(self.histories - 1, 1), (1 + level) / 2) * self.standard_error
        return self.mean - width, self.mean + width


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Histories:
    """What histories of a network say; averages over the days after day 0.

    stock (part, site), servers (group,): what was simulated.
    backorders, on_hand, outstanding: (part, site) [unit].
    fill_rate: (part, site) requests met from the shelf of the site; NaN without requests.
    lateral_share: (part, site) requests met at once from the group of the site.
    wait: (part, site) mean wait of a request [day].
    utilisation: (group,) servers at work / servers.
    availability: (fleet,) systems in service / systems.
    down: (fleet,) systems out of service [system].
    whole: (fleet,) share of days with no system out of service.
    down_by_part: (fleet, part) systems out of service by a part; a system that lacks n parts counts 1/n for each.
    yearly_availability: (history, year, fleet) mean over each whole year.
    curve_days: (day,) days after the start.
    curve_backorders, curve_on_hand: (day, part, site), curve_down: (day, fleet); just before those days.
    events: removals, tests, repairs and arrivals that were simulated, warm-up included.
    """

    histories: int
    years: float
    stock: Ints
    servers: Ints
    backorders: Estimate
    on_hand: Estimate
    outstanding: Estimate
    fill_rate: Estimate
    lateral_share: Estimate
    wait: Estimate
    utilisation: Estimate
    availability: Estimate
    down: Estimate
    whole: Estimate
    down_by_part: Estimate
    yearly_availability: Floats
    curve_days: Floats
    curve_backorders: Estimate
    curve_on_hand: Estimate
    curve_down: Estimate
    events: int

    def contract_risk(self, target: float | Floats) -> Estimate:
        """Return the probability that the availability of one year is below `target`, (fleet,).

        Raises:
            UsageError: histories are shorter than a year.
        """
        if not self.yearly_availability.shape[1]:
            raise UsageError(f"histories have {self.years:g} years; for the risk of a year simulate at least one")
        missed = (self.yearly_availability < target).mean(axis=1)
        moments = Moments()
        for history in missed:
            moments.add(history)
        return moments.estimate()


class Moments:
    """Mean and sum of squares around it, one array after the other.

    References:
        Welford (1962), Note on a method for calculating corrected sums of squares. Technometrics 4, 419-420.
    """

    def __init__(self) -> None:
        self.count = 0
        self._mean: Floats = np.zeros(())
        self._squares: Floats = np.zeros(())

    def add(self, values: Floats) -> None:
        """Take in one more array."""
        self.count += 1
        before = values - self._mean
        self._mean = self._mean + before / self.count
        self._squares = self._squares + before * (values - self._mean)

    def estimate(self) -> Estimate:
        """Return the mean and its standard error."""
        return Estimate(self._mean, _standard_error(self._squares, self.count), self.count)


class Ratios:
    """A ratio of sums over histories."""

    def __init__(self) -> None:
        self.count = 0
        self._sums: Floats = np.zeros(())

    def add(self, above: Floats, below: Floats) -> None:
        """Take in what one history adds to the numerator and to the denominator."""
        self.count += 1
        self._sums = self._sums + np.stack([above, below, above**2, above * below, below**2])

    def estimate(self) -> Estimate:
        """Return the ratio and its standard error by linearisation; NaN where the denominator is 0.

        References:
            Law (2015), Simulation Modeling and Analysis, 5th ed., section 9.5.3 on ratio estimators.
        """
        above, below, squares, products, below_squares = self._sums
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = above / below
            residual = np.maximum(squares - 2 * ratio * products + ratio**2 * below_squares, 0.0)
            error = _standard_error(residual, self.count) / (below / self.count)
        return Estimate(ratio, error, self.count)


def _standard_error(squares: Floats, count: int) -> Floats:
    if count < 2:
        return np.full_like(squares, np.nan)
    found: Floats = np.sqrt(squares / (count - 1) / count)
    return found
