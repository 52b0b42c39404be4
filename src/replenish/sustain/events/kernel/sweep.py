"""Fleets as a whole: the joint state of systems from the log of all clusters, sorted by time."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from replenish.arrays.groups import Floats, Ints
from replenish.sustain.events.kernel.compiled import compiled, entry
from replenish.sustain.events.kernel.world import Records


class Seen(NamedTuple):
    """What is read off while days pass; days before day 0 do not count."""

    causes: Ints  # (system,) rows that keep it down
    shared: Floats  # (system,) days down, each divided by the number of causes
    last_shared: Floats  # (system,) [day]
    row_days: Floats  # (row,) system days down by it; a day with n causes counts 1/n for each
    down: Ints  # (fleet,)
    last: Floats  # (fleet,) [day]
    down_days: Floats  # (fleet,)
    whole_days: Floats  # (fleet,) days with no system down
    year_days: Floats  # (year end, fleet) system days down up to then
    curve: Ints  # (day, fleet) systems down just before


@entry
def sweep(
    changes: Records, order: Ints, system_fleet: Ints, seen: Seen, year_ends: Floats, curve_days: Floats, end: float
) -> None:
    """Read the log in `order` of time into `seen`, whose sums are zero."""
    year, mark = 0, 0
    for n in range(order.shape[0] + 1):
        t = changes[order[n]].time if n < order.shape[0] else end
        while mark < curve_days.shape[0] and (curve_days[mark] <= t or n == order.shape[0]):
            for f in range(seen.down.shape[0]):
                seen.curve[mark, f] = seen.down[f]
            mark += 1
        while year < year_ends.shape[0] and (year_ends[year] <= t or n == order.shape[0]):
            for f in range(seen.down.shape[0]):
                pass_days(seen, f, year_ends[year])
                seen.year_days[year, f] = seen.down_days[f]
            year += 1
        if n < order.shape[0]:
            change = changes[order[n]]
            read_change(seen, t, system_fleet[change.system], change.system, change.row)
    for f in range(seen.down.shape[0]):
        pass_days(seen, f, end)


@compiled
def pass_days(seen: Seen, f: int, t: float) -> None:
    """Bring the sums of a fleet up to now."""
    days = max(t, 0.0) - max(seen.last[f], 0.0)
    seen.last[f] = t
    seen.down_days[f] += seen.down[f] * days
    if seen.down[f] == 0:
        seen.whole_days[f] += days


@compiled
def read_change(seen: Seen, t: float, f: int, system: int, row: int) -> None:
    """Give or take a cause of a system's being down."""
    before = seen.causes[system]
    if before > 0:
        seen.shared[system] += (max(t, 0.0) - max(seen.last_shared[system], 0.0)) / before
    seen.last_shared[system] = t
    if row >= 0:
        seen.causes[system] = before + 1
        seen.row_days[row] -= seen.shared[system]
    else:
        seen.causes[system] = before - 1
        seen.row_days[-1 - row] += seen.shared[system]
    after = seen.causes[system]
    if (before == 0) != (after == 0):
        pass_days(seen, f, t)
        seen.down[f] += np.sign(after - before)
