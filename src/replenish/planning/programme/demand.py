"""Rows of demand: what is issued, what is unmet, what stays owed."""

from __future__ import annotations

import numpy as np

from replenish.planning.programme.limits import most_owed
from replenish.planning.programme.symbols import Symbols
from replenish.planning.sums import grouped


def add_demand_rows(s: Symbols) -> None:
    """Issued from all sources + unmet = asked, by demand; owed demand is carried on; each unmet range has its price.

    What is owed at the end costs one year more.
    """
    demands, bands = s.problem.arrays.demands, s.problem.unmet
    count = len(demands.cell)
    if not count:
        return
    source_of = np.repeat(np.arange(count), np.diff(demands.first_source))
    most = most_owed(s.problem)
    unmet = s.variable("unmet", count, upper=most)
    owed_before = grouped(s.owed.before, s.owed_demands, count)
    s.row("demand_met", grouped(s.issue, source_of, count) + unmet == s.demand + owed_before)
    s.row("owed", s.owed.after == unmet[s.owed_demands])
    ranges = s.variable("unmet_range", len(bands.thing), upper=most[bands.thing])
    own = np.unique(bands.thing)
    s.row("unmet_ranges", grouped(ranges, bands.thing, count)[own] >= unmet[own])
    narrow = np.flatnonzero(np.isfinite(bands.width))
    s.row("unmet_width", ranges[narrow] <= s.demand[bands.thing[narrow]] * bands.width[narrow])
    is_owed = demands.is_owed[bands.thing] == 1
    s.cost(bands.price[~is_owed], ranges[~is_owed])
    s.cost(s.periods, ranges[is_owed] * bands.price[is_owed])
    if s.is_last:  # what is owed at the end would cost on
        s.cost(bands.price[is_owed] * s.problem.periods_in_year, ranges[is_owed])
