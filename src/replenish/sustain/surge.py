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

from replenish.arrays.groups import Floats, Ints
from replenish.arrays.network import NONE, Bools, Network
from replenish.sustain import law_rows
from replenish.sustain.availability import chance_up, fewest_down
from replenish.sustain.doubt import rates
from replenish.sustain.flows import to_flows
from replenish.sustain.profiles import to_profiles
from replenish.sustain.rates import Rate, recent_shares
from replenish.sustain.surge_limits import find_limits
from replenish.sustain.timed_flows import PartFlows, order_delay, removals_of, repair_delay, to_timed_flows


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SurgeCurves:
    """A network day by day.

    days: (day,) after the start of the study.
    outstanding: mean units under repair, on the way or on order, (day, part, site) [unit].
    backorders: mean units owed, (day, part, site) [unit].
    availability: mean share of systems in service, (day, fleet).
    is_exact, why_not: (part,) whether the laws are exact, and reasons if not.
    """

    days: Floats
    outstanding: Floats
    backorders: Floats
    availability: Floats
    is_exact: Bools
    why_not: tuple[tuple[str, ...], ...]


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
    peak = np.array([[rate.at_most() for rate in own.removals] for own in flows])
    most = to_flows(network, peak).pipeline.sum(axis=1)
    shape = (len(times), *held.shape)
    outstanding, backorders = np.zeros(shape), np.zeros(shape)
    owed: list[list[Floats]] = []
    for part in range(len(held)):
        doubt = _doubt(network, part, float(most[part]))
        walk = _Walk(network=network, flows=flows, stock=held, days=times, doubt=doubt)
        laws = [walk.to_days(walk.outstanding(part, site, 0.0)) for site in range(held.shape[1])]
        outstanding[:, part] = np.stack([law_rows.means(law) for law in laws], axis=1)
        owed.append([law_rows.owed(law, int(held[part, site])) for site, law in enumerate(laws)])
        backorders[:, part] = np.stack([law_rows.means(law) for law in owed[part]], axis=1)
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
        laws = law_rows.poisson(np.outer(self.doubt[0], np.maximum(mean, 0.0)).ravel())
        if (parent := int(network.sites.parent[site])) != NONE:
            whole = self.flows[part].requests[parent]
            owed = self._owed(part, parent, own.orders[site], whole, ago + order.mean)
            laws = law_rows.summed(laws, owed)
        for inner, inside, share in zip(*network.inner, strict=True):
            if inside == part:
                asked = own.repaired[site].times(float(share))
                owed = self._owed(int(inner), site, asked, self.flows[inner].requests[site], ago)
                laws = law_rows.summed(laws, owed)
        return laws

    def _owed(self, part: int, site: int, asked: Rate, whole: Rate, ago: float) -> Floats:
        """Return the laws of what a site owes to one of those that ask it, some days ago."""
        if asked.is_nothing:
            return np.ones((len(self.days) * len(self.doubt[0]), 1))
        owed = law_rows.owed(self.outstanding(part, site, ago), int(self.stock[part, site]))
        days = np.tile(self.days - ago, len(self.doubt[0]))
        return law_rows.thinned(owed, recent_shares(asked, whole, days, owed.shape[1] - 1))

    def to_days(self, laws: Floats) -> Floats:
        """Return laws by day, (day, number), from those by rate and day."""
        by_rate = laws.reshape(len(self.doubt[0]), len(self.days), -1)
        return np.asarray(np.tensordot(self.doubt[1], by_rate, axes=1))


def _doubt(network: Network, part: int, most: float) -> tuple[Floats, Floats]:
    """Return values of a doubtful rate, as multiples of its mean, and weights; `most`: outstanding on average."""
    is_linked = np.any(network.inner.part == part) or np.any(network.inner.inside == part)
    return (np.ones(1), np.ones(1)) if is_linked else rates(float(network.parts.rate_shape[part]), most)


def _availability(
    network: Network, flows: list[PartFlows], owed: list[list[Floats]], fleet: int, days: Floats
) -> Floats:
    """Return the mean share of the systems of a fleet in service, (day,)."""
    systems, site = int(network.fleets.systems[fleet]), int(network.fleets.site[fleet])
    profiles = to_profiles(network)
    up = np.ones((len(days), systems if network.fleets.is_cannibalised[fleet] else 1))
    for row in np.flatnonzero(network.installations.fleet == fleet).tolist():
        part = int(network.installations.part[row])
        laws, whole = owed[part][site], flows[part].requests[site]
        share = recent_shares(removals_of(network, profiles, row), whole, days, laws.shape[1] - 1)
        quantity, needed = int(network.installations.quantity[row]), int(network.installations.needed[row])
        own = law_rows.thinned(laws, share)
        if network.fleets.is_cannibalised[fleet]:
            down = fewest_down(systems, quantity, needed)
            up *= np.cumsum(_spread(own, down), axis=1)[:, :systems]
        else:
            up *= (_spread(own, np.arange(systems * quantity + 1)) @ chance_up(systems, quantity, needed))[:, None]
    return np.asarray(np.clip(up, 0.0, 1.0).mean(axis=1))


def _spread(laws: Floats, value: Ints) -> Floats:
    """Return the laws of value[X], X no more than its last place, (case, value)."""
    found = np.zeros((len(laws), int(value.max()) + 1))
    np.add.at(found.T, value[np.minimum(np.arange(laws.shape[1]), len(value) - 1)], laws.T)
    return found
