"""Sites that share their stock: a group as one stock point.

A request is met by any site of its group that has the part, so units are owed only when no site has one: with N units
outstanding at all sites of the group and S spares, N - S are owed if that is above 0.  N is under repair at the sites,
on the way to them, or owed by their common parent, which owes them together their common share: as one site that
repairs what all of them repair.  That is exact for what the group owes, while order times are the same and moves within
the group take no time.  Not exact is which site of the group waits (here: each by its share of requests) and how many
units are on the way between sites.

References:
    Lee (1987), A multi-echelon inventory model for repairable items with emergency lateral transshipments, Management
    Science 33(10), 1302-1316; Axsaeter (1990), Modelling emergency lateral transshipments in inventory systems,
    Management Science 36(11), 1329-1338: groups whose sites are alike.
    Muckstadt (2005), Analysis and Algorithms for Service Parts Supply Chains, ch. 7.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from replenish.arrays.groups import Floats, Ints
from replenish.arrays.network import NONE, UNLIMITED, Bools, Network, Repairs, ServerGroups, Sites, Spares
from replenish.errors import UsageError
from replenish.sustain.evaluation import DEFAULT, Evaluation, evaluate
from replenish.sustain.flows import Flows, to_flows
from replenish.sustain.methods import Method

ORDER_TIMES = "order times differ within a group of sites that help each other out"
ON_THE_WAY = "units on the way between sites of a group are estimated"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pooled:
    """A network in which each lateral group is one site.

    network: with fewer sites; a group stands where its first site stood.
    row: of each site in it, (site,).
    share: of the requests of its row that come from a site, (part, site); 0 where nobody asks.
    is_exact, why_not: (part,) whether what groups owe is exact, and reasons if not.
    """

    network: Network
    row: Ints
    share: Floats
    is_exact: Bools
    why_not: tuple[tuple[str, ...], ...]

    def stock(self, spares: Ints) -> Ints:
        """Return spares (part, site) of the network as those of the pooled one: sums over groups."""
        return np.asarray(_sums(spares, self.row))

    def apart(self, values: Floats) -> Floats:
        """Return values of the pooled network, units by its sites in the last axis, split by requests over sites."""
        return np.asarray(values[..., self.row] * self.share)


def pooled(network: Network) -> Network:
    """Return the network with each lateral group as one site, for an evaluator, an optimiser or surge curves.

    Raises:
        UsageError: a part is repaired by several servers' groups of one lateral group.
    """
    return pool(network).network


def pool(network: Network) -> Pooled:
    """Return the network with each lateral group as one site, and the way back to its sites.

    Repair at the group is the mean of that at its sites, weighted by what comes to each; the law of a repair time is
    that of the site with most work, which is of no matter in the long run without queues.

    Raises:
        UsageError: a part is repaired by servers at several sites of a group, which one site cannot tell.
    """
    flows, row = to_flows(network), _rows(network.sites)
    first = np.array([int(np.flatnonzero(row == at)[0]) for at in range(int(row.max()) + 1)])
    total = _sums(flows.requests, row)[:, row]
    why_not = tuple(_why_not(network, flows, part) for part in range(len(flows.requests)))
    above = network.sites.parent[first]
    merged = replace(
        network,
        sites=Sites(
            parent=np.where(above == NONE, NONE, row[above]),
            order_time=_weighted(network.sites.order_time, flows.orders.sum(axis=0), row),
            group=np.full(len(first), NONE),
            lateral_time=np.zeros(len(first)),
        ),
        fleets=network.fleets._replace(site=row[network.fleets.site]),
        repairs=_repairs(network, flows, row),
        servers=ServerGroups(row[network.servers.site], *network.servers[1:]),
        spares=Spares(
            on_hand=_sums(network.spares.on_hand, row),
            minimum=_sums(network.spares.minimum, row),
            maximum=np.minimum(_sums(network.spares.maximum, row), UNLIMITED),
        ),
    )
    return Pooled(
        network=merged, row=row, share=np.divide(flows.requests, total, out=np.zeros_like(total), where=total > 0),
        is_exact=np.array([not why for why in why_not]), why_not=why_not,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PooledEvaluation:
    """A network whose groups share their stock, in the long run, by its own sites.

    pooled: evaluation with each group as one site.  pool: the way from one to the other.
    backorders: units owed, those on the way between sites among them, (part, site) [unit].
    on_the_way: of them, on the way between sites: an estimate, (part, site) [unit].
    is_exact, why_not: (part,) of what groups owe, and reasons if not.
    """

    pooled: Evaluation
    pool: Pooled
    backorders: Floats
    on_the_way: Floats
    is_exact: Bools
    why_not: tuple[tuple[str, ...], ...]


def evaluate_pooled(
    network: Network, *, stock: Ints | None = None, servers: Ints | None = None, method: Method = DEFAULT
) -> PooledEvaluation:
    """Return backorders of a network whose groups share their stock.

    A request at a site that would have nothing by itself waits for a unit of the group: at once if the group has one,
    else if the next one comes to another site.  It waits for `lateral_time`, or until a unit of its own site comes
    back, if that is earlier.  Availability, in `pooled`, leaves these waits out.

    Args:
        network: with its groups.
        stock: spares, (part, site) of the network; those held if None.
        servers: how many, (group,); those there are if None.
        method: Exact(), VariMetric() or Metric().

    Raises:
        UsageError: a part is repaired by servers at several sites of a group.
        OverloadError: a shop is at or above a utilisation of 1.
    """
    found = pool(network)
    held = network.spares.on_hand if stock is None else np.asarray(stock)
    together = evaluate(found.network, stock=found.stock(held), servers=servers, method=method)
    way = np.zeros(held.shape)
    if np.any(network.sites.lateral_time[network.sites.group != NONE] > 0):
        way = _on_the_way(network, found, evaluate(network, stock=held, servers=servers, method=method), together)
    why_not = tuple(own + more for own, more in zip(together.why_not, found.why_not, strict=True))
    return PooledEvaluation(
        pooled=together, pool=found, backorders=found.apart(together.backorders) + way, on_the_way=way,
        is_exact=np.array([not why for why in why_not], dtype=bool), why_not=why_not,
    )  # fmt: skip


def _on_the_way(network: Network, found: Pooled, alone: Evaluation, together: Evaluation) -> Floats:
    """Return an estimate of the units that are waited for on their way between sites, (part, site) [unit].

    The next of N units outstanding for T days on average comes after T / N days, taken as exponential.
    """
    empty, group_empty = 1.0 - alone.fill_rate, 1.0 - together.fill_rate[:, found.row]
    sent = np.maximum(empty - group_empty, 0.0) + group_empty * (1.0 - found.share)
    asked = (alone.flows.requests > 0) & (empty > 0) & (network.sites.group != NONE)
    number = np.maximum(alone.stock + np.divide(alone.backorders, empty, out=np.zeros_like(empty), where=asked), 0.0)
    pace = np.divide(number * alone.flows.requests, alone.outstanding, out=np.zeros_like(empty), where=asked)
    time = np.broadcast_to(network.sites.lateral_time, pace.shape)
    wait = np.divide(-np.expm1(-pace * time), pace, out=time.copy(), where=pace > 0)
    return np.where(asked, alone.flows.requests * sent * wait, 0.0)


def _rows(sites: Sites) -> Ints:
    """Return the row of each site once groups are one site, (site,)."""
    seen: dict[tuple[int, int], int] = {}
    keys = [(0, int(group)) if group != NONE else (1, site) for site, group in enumerate(sites.group)]
    return np.array([seen.setdefault(key, len(seen)) for key in keys], np.int64)


def _sums(table: Any, row: Ints) -> Any:
    """Return sums over groups in the last axis."""
    found = np.zeros((*table.shape[:-1], int(row.max()) + 1), table.dtype)
    np.add.at(found.T, row, table.T)
    return found


def _weighted(values: Floats, weights: Floats, row: Ints) -> Floats:
    """Return means over groups in the last axis; plain ones where nothing weighs."""
    weight = np.where(_sums(weights, row)[..., row] > 0, weights, 1.0)
    return np.asarray(_sums(values * weight, row) / _sums(weight, row))


def _repairs(network: Network, flows: Flows, row: Ints) -> Repairs:
    """Return repair at groups, (part, row)."""
    own = network.repairs
    faulty = flows.arrivals * (1.0 - own.no_fault_share)
    most = np.zeros(_sums(flows.taken_in, row).shape, np.int64)
    for at in range(most.shape[1]):
        sites = np.flatnonzero(row == at)
        most[:, at] = sites[np.argmax(flows.taken_in[:, sites], axis=1)]
    part = np.arange(len(most))[:, None]
    _check_servers(network, flows, row)
    return Repairs(
        no_fault_share=_weighted(own.no_fault_share, flows.arrivals, row),
        no_fault_time=_weighted(own.no_fault_time, flows.arrivals * own.no_fault_share, row),
        repair_share=_weighted(own.repair_share, faulty, row),
        condemned_share=_weighted(own.condemned_share, flows.taken_in, row),
        time=_weighted(own.time, flows.taken_in, row),
        law=own.law[part, most],
        spread=own.spread[part, most],
        servers=own.servers[part, most],
        priority=own.priority[part, most],
    )


def _check_servers(network: Network, flows: Flows, row: Ints) -> None:
    """Raise UsageError where sites of one row repair a part by servers of their own."""
    works = flows.taken_in > 0
    with_servers = works & (network.repairs.servers != NONE)
    for at in range(int(row.max()) + 1):
        here = row == at
        clash = np.flatnonzero((works[:, here].sum(axis=1) > 1) & with_servers[:, here].any(axis=1))
        if clash.size:
            raise UsageError(
                f"part in row {clash[0]} is repaired by servers at several sites of one lateral group, sites in rows"
                f" {np.flatnonzero(here).tolist()}; simulate it, or repair it at one of them"
            )


def _why_not(network: Network, flows: Flows, part: int) -> tuple[str, ...]:
    """Return why what groups owe of a part is not exact."""
    sites, found = network.sites, {ORDER_TIMES: False, ON_THE_WAY: False}
    for group in np.unique(sites.group[sites.group != NONE]):
        own = np.flatnonzero((sites.group == group) & (flows.requests[part] > 0))
        times = sites.order_time[own[flows.orders[part, own] > 0]]
        found[ORDER_TIMES] |= len(times) > 1 and bool(np.ptp(times) > 0)
        found[ON_THE_WAY] |= len(own) > 1 and bool(np.any(sites.lateral_time[own] > 0))
    return tuple(why for why, holds in found.items() if holds)
