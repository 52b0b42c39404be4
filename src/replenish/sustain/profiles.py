"""Use of fleets over time: constant from one operation to the next."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from replenish.arrays.groups import Floats
from replenish.arrays.network import Network


class Profiles(NamedTuple):
    """Use of one system of each fleet, as steps.

    start: (step,) days on which the use of some fleet changes, ascending.
    before: (fleet,) use before all of them [use/day].
    jump: (step, fleet) change of use on those days [use/day].
    """

    start: Floats
    before: Floats
    jump: Floats

    def at(self, day: float) -> Floats:
        """Return the use of each fleet on a day, (fleet,) [use/day]."""
        return np.asarray(self.before + self.jump[self.start <= day].sum(axis=0))


def to_profiles(network: Network) -> Profiles:
    """Return the use of fleets over time: as stated for the fleet until its first operation, then as in operations."""
    rows, stated = network.operations, network.fleets.usage
    start = np.unique(rows.start)
    use = np.tile(stated, (len(start) + 1, 1))
    for row in np.argsort(rows.start, kind="stable"):
        use[np.searchsorted(start, rows.start[row]) + 1 :, rows.fleet[row]] = rows.usage[row]
    return Profiles(start, stated.copy(), np.diff(use, axis=0))


def use_between(network: Network, first: float, last: float) -> Floats:
    """Return the use of one system of each fleet between two days, (fleet,) [use]."""
    profiles = to_profiles(network)
    within = last - np.clip(profiles.start, first, last)
    return np.asarray(profiles.before * (last - first) + within @ profiles.jump)
