"""Backorders and availability day by day while the use of fleets changes: deployments, surges, quiet times.

With Poisson removals and ample repair the number under repair on a day is Poisson whatever the use over time.  What a
site waits for from its parent are some of the last requests, those that the parent owes, each from that site with the
probability of its share of requests.  As long as that share does not change, the law at a site on day t is the thinned
law of the parent's backorders on day t - (order time) plus Poisson numbers of orders since then and of own repairs.
Requests until that day and later ones are independent, and so are flows between which chance chooses: the sum is exact.
Sites further down see the backorders of this one in the same way, so it is exact for trees of any depth.  Where shares
change, the share of the k-th last request is that of the time since which k requests are expected: not exact.

References:
    Hillestad (1982), Dyna-METRIC: dynamic multi-echelon technique for recoverable item control, RAND R-2785-AF.
    Carrillo (1991), Extensions of Palm's theorem: a review, Management Science 37(6), 739-744.
    Palm (1938), Analysis of the Erlang traffic formulae for busy-signal arrangements, Ericsson Technics 4, 39-58.
    Graves (1985), A multi-echelon inventory model for a repairable item with one-for-one replenishment, Management
    Science 31(10), 1247-1256: the law at a site in the long run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.special import bdtrc

from replenish.arrays.groups import Floats, Ints
from replenish.arrays.network import NONE, Bools, Network
from replenish.sustain import batches
from replenish.sustain.rates import Rate, recent_shares
from replenish.sustain.surge_limits import find_limits
from replenish.sustain.timed_flows import PartFlows, order_delay, removals_of, repair_delay, to_timed_flows

_NODES = 24
"""Values of a doubtful rate that stand for its gamma law: those of Gauss and Laguerre."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SurgeCurves:
    """A network day by day.

    days: (day,) after the start of the study.
    outstanding: mean units under repair, on the way or on order, (day, part, site) [unit].
    backorders: mean units owed, (day, part, site) [unit].
    availability: mean share of systems in service, (day, fleet).
    is_exact: (part,); why_not: (part,) words, "" for those that are.
    """

    days: Floats
    outstanding: Floats
    backorders: Floats
    availability: Floats
    is_exact: Bools
    why_not: tuple[str, ...]


def surge_curves(network: Network, days: Sequence[float] | Floats, *, stock: Ints | None = None) -> SurgeCurves:
    """Return means of a network on days, from the long run of the use before its first operation.

    Fleets are taken as open and servers as ample: `why_not` says of which parts that matters.  A group of sites that
    help each other out is first made one site (`pooled`).

    Args:
        network: its operations say when the use of fleets changes.
        days: after the start of the study; any order, negative ones look back.
        stock: (part, site) [unit]; that of the network if None.
    """
    held = network.spares.on_hand if stock is None else np.asarray(stock)
    flows, times = to_timed_flows(network), np.asarray(days, float)
    shape = (len(times), *held.shape)
    outstanding, backorders = np.zeros(shape), np.zeros(shape)
    owed: list[list[Floats]] = []
    for part in range(len(held)):
        walk = _Walk(network=network, flows=flows, stock=held, days=times, doubt=_doubt(network, part))
        laws = [walk.to_days(walk.outstanding(part, site, 0.0)) for site in range(held.shape[1])]
        outstanding[:, part] = np.stack([batches.means(law) for law in laws], axis=1)
        owed.append([batches.owed(law, int(held[part, site])) for site, law in enumerate(laws)])
        backorders[:, part] = np.stack([batches.means(law) for law in owed[part]], axis=1)
    why_not = find_limits(network, flows)
    availability = [_availability(network, flows, owed, fleet, times) for fleet in range(len(network.fleets.site))]
    return SurgeCurves(
        days=times, outstanding=outstanding, backorders=backorders, availability=np.stack(availability, axis=1),
        is_exact=np.array([not why for why in why_not]), why_not=why_not,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Walk:
    """Laws on the way up from one site; cases are values of a doubtful rate by days."""

    network: Network
    flows: list[PartFlows]
    stock: Ints
    days: Floats
    doubt: tuple[Floats, Floats]
    known: dict[tuple[int, int, float], Floats] = field(default_factory=dict)

    def outstanding(self, part: int, site: int, ago: float) -> Floats:
        """Return the laws of units outstanding some days ago, (case, number)."""
        if (part, site, ago) not in self.known:
            self.known[part, site, ago] = self._outstanding(part, site, ago)
        return self.known[part, site, ago]

    def _outstanding(self, part: int, site: int, ago: float) -> Floats:
        network, own, days = self.network, self.flows[part], self.days - ago
        test = order_delay(network, part, site)._replace(mean=float(network.repairs.no_fault_time[part, site]))
        order = order_delay(network, part, site)
        mean = own.tested[site].kept(test, days) + own.orders[site].kept(order, days)
        mean += own.taken_in[site].kept(repair_delay(network, part, site), days)
        laws = batches.poisson(np.outer(self.doubt[0], np.maximum(mean, 0.0)).ravel())
        if (parent := int(network.sites.parent[site])) != NONE:
            whole = self.flows[part].requests[parent]
            owed = self._owed(part, parent, own.orders[site], whole, ago + order.mean)
            laws = batches.summed(laws, owed)
        for inner, inside, share in zip(*network.inner, strict=True):
            if inside == part:
                asked = own.repaired[site].times(float(share))
                owed = self._owed(int(inner), site, asked, self.flows[inner].requests[site], ago)
                laws = batches.summed(laws, owed)
        return laws

    def _owed(self, part: int, site: int, asked: Rate, whole: Rate, ago: float) -> Floats:
        """Return the laws of what a site owes to one of those that ask it, some days ago."""
        if asked.is_nothing:
            return np.ones((len(self.days) * len(self.doubt[0]), 1))
        owed = batches.owed(self.outstanding(part, site, ago), int(self.stock[part, site]))
        days = np.tile(self.days - ago, len(self.doubt[0]))
        return batches.thinned(owed, recent_shares(asked, whole, days, owed.shape[1] - 1))

    def to_days(self, laws: Floats) -> Floats:
        """Return laws by day, (day, number), from those by rate and day."""
        by_rate = laws.reshape(len(self.doubt[0]), len(self.days), -1)
        return np.asarray(np.tensordot(self.doubt[1], by_rate, axes=1))


def _doubt(network: Network, part: int) -> tuple[Floats, Floats]:
    """Return values of a doubtful rate, as multiples of its mean, and their weights.

    References:
        Golub & Welsch (1969), Calculation of Gauss quadrature rules, Mathematics of Computation 23, 221-230.
    """
    shape = float(network.parts.rate_shape[part])
    is_linked = np.any(network.inner.part == part) or np.any(network.inner.inside == part)
    if not np.isfinite(shape) or is_linked:
        return np.ones(1), np.ones(1)
    number = np.arange(_NODES)
    beside = np.sqrt(number[1:] * (number[1:] + shape - 1.0))
    values, vectors = np.linalg.eigh(np.diag(2.0 * number + shape) + np.diag(beside, 1) + np.diag(beside, -1))
    return values / shape, vectors[0] ** 2


def _availability(
    network: Network, flows: list[PartFlows], owed: list[list[Floats]], fleet: int, days: Floats
) -> Floats:
    """Return the mean share of the systems of a fleet in service, (day,)."""
    systems, site = int(network.fleets.systems[fleet]), int(network.fleets.site[fleet])
    up = np.ones((len(days), systems if network.fleets.is_cannibalised[fleet] else 1))
    for row in np.flatnonzero(network.installations.fleet == fleet).tolist():
        part = int(network.installations.part[row])
        laws, whole = owed[part][site], flows[part].requests[site]
        share = recent_shares(removals_of(network, row), whole, days, laws.shape[1] - 1)
        quantity, needed = int(network.installations.quantity[row]), int(network.installations.needed[row])
        own = batches.thinned(laws, share)
        if network.fleets.is_cannibalised[fleet]:
            down = np.arange(systems)
            room = quantity * down + (quantity - needed) * (systems - down)  # holes that `down` systems can take
            total = np.cumsum(own, axis=1)
            up *= total[:, np.minimum(room, total.shape[1] - 1)]
        else:
            works = np.clip(1.0 - batches.means(own) / (systems * quantity), 0.0, 1.0)
            up *= bdtrc(needed - 1, quantity, works)[:, None] if needed > 0 else 1.0
    return np.asarray(up.mean(axis=1))
