"""Sites, fleets, parts and repair as numbers alone; days everywhere.

A *network* is what the sustain engine works on.  Tables by part and site are dense, (part, site).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from replenish.arrays.groups import Floats, Ints

Bools = npt.NDArray[np.bool_]

NONE = -1
"""Stands for no site, no servers, no group."""

UNLIMITED = 2**31 - 1
"""Stands for no limit on spares at a site."""

EXPONENTIAL, FIXED, GAMMA, LOGNORMAL = range(4)
"""Laws of a repair time."""


class Sites(NamedTuple):
    """Places, parents before children: a site stands after the one that supplies it.

    parent: (site,) row of the parent; NONE at the top.
    order_time: (site,) from the parent, while it has stock [day]; 0 at the top.
    group: (site,) lateral group; NONE for none.
    lateral_time: (site,) from a site of the group [day].
    """

    parent: Ints
    order_time: Floats
    group: Ints
    lateral_time: Floats


class Fleets(NamedTuple):
    """Systems of one type at one site, each (fleet,).

    usage: use of one system in service [use/day].
    target: share that should be in service; 0 for none.
    """

    site: Ints
    systems: Ints
    usage: Floats
    is_closed: Bools
    is_cannibalised: Bools
    target: Floats


class Operations(NamedTuple):
    """Use of fleets from a day on, each (row,), by fleet and day.

    start: days after the start of the study.
    usage: of one system [use/day].
    """

    fleet: Ints
    start: Floats
    usage: Floats


class Parts(NamedTuple):
    """What fails, each (part,).

    cost: of a spare [currency/unit].
    rate: mean removals of an installed part [unit/use]; 0 for a part that is only inside others.
    rate_shape: shape of the gamma law of that rate given what was counted; inf where the rate is known.
    variance_ratio: variance / mean of removals in a stretch of time.
    procurement_time: of a new one at the top [day].
    """

    cost: Floats
    rate: Floats
    rate_shape: Floats
    variance_ratio: Floats
    procurement_time: Floats


class Installations(NamedTuple):
    """Parts in the systems of fleets, each (row,): one row for a part in a fleet.

    quantity: in one system; needed: of them for the system to be in service.
    use: of the part by unit of use of the system.
    """

    part: Ints
    fleet: Ints
    quantity: Ints
    needed: Ints
    use: Floats


class InnerParts(NamedTuple):
    """Parts inside parts, each (row,).

    share: of the repairs of `inside` that need `part`.
    """

    part: Ints
    inside: Ints
    share: Floats


class Repairs(NamedTuple):
    """What sites do with parts that come to them, each (part, site).

    no_fault_share: tested and put back after no_fault_time [day].
    repair_share: of the faulty, taken in here; the others go to the parent at once, at the top they are replaced.
    condemned_share: of those taken in, beyond repair once `time` is over.
    time: mean under repair [day]; law: EXPONENTIAL, FIXED, GAMMA or LOGNORMAL; spread: coefficient of variation.
    servers: who repairs; NONE for always somebody.  priority: smaller first.
    """

    no_fault_share: Floats
    no_fault_time: Floats
    repair_share: Floats
    condemned_share: Floats
    time: Floats
    law: Ints
    spread: Floats
    servers: Ints
    priority: Ints


class ServerGroups(NamedTuple):
    """Who repairs one part at a time each, (group,).

    number: how many; most: how many there may be; cost: of one more [currency].
    """

    site: Ints
    number: Ints
    most: Ints
    cost: Floats


class Spares(NamedTuple):
    """Spares, each (part, site): held now, and what an optimum keeps to (UNLIMITED where there is no limit)."""

    on_hand: Ints
    minimum: Ints
    maximum: Ints


class NetworkLabels(NamedTuple):
    """Names of the rows of a network."""

    sites: tuple[str, ...]
    fleets: tuple[str, ...]
    parts: tuple[str, ...]
    servers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Network:
    """What keeps systems in service, as numbers.  Rows keep the order of the tables, but sites follow their parents."""

    sites: Sites
    fleets: Fleets
    operations: Operations
    parts: Parts
    installations: Installations
    inner: InnerParts
    repairs: Repairs
    servers: ServerGroups
    spares: Spares

    def removals(self) -> Floats:
        """Return parts taken out of systems, at the use stated for fleets, (part, site) [unit/day]."""
        found = np.zeros_like(self.repairs.time)
        np.add.at(found, (self.installations.part, self.fleets.site[self.installations.fleet]), self.removals_by_row())
        return found

    def removals_by_row(self) -> Floats:
        """Return the same for each part in a fleet, all its systems in service, (installation,) [unit/day]."""
        own, fleet = self.installations, self.installations.fleet
        use = self.fleets.systems[fleet] * self.fleets.usage[fleet] * own.use
        found: Floats = self.parts.rate[own.part] * own.quantity * use
        return found
