"""A network judged by formulas: the evaluator, with groups that share stock and closed fleets as they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from replenish.arrays.groups import Floats, Ints
from replenish.arrays.network import NONE, Bools, Network, NetworkLabels
from replenish.errors import SolveError
from replenish.sustain.closed import evaluate_closed, find_closed
from replenish.sustain.evaluation import Evaluation, evaluate
from replenish.sustain.lateral import evaluate_pooled
from replenish.sustain.methods import Exact, Method, Metric, VariMetric
from replenish.sustain.utilisation import OverloadError

METHODS: dict[str, Method] = {"exact": Exact(), "vari_metric": VariMetric(), "metric": Metric()}

SHARED = "which site of a group waits is estimated"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Judged:
    """Long-run means of a network with given spares and servers.

    network, stock, servers, method: what was judged, and how.
    outstanding, backorders: (part, site) [unit].  fill_rate: (part, site); NaN in a group that shares its stock.
    requests: (part, site) [unit/day].
    availability: (fleet,).  down_by_part: (fleet, part) systems down, by cause.
    utilisation: (group,) of servers.
    is_exact, why_not: (part,) of backorders.  is_available_exact: (fleet,) of availability.
    """

    network: Network
    stock: Ints
    servers: Ints
    method: Method
    outstanding: Floats
    backorders: Floats
    fill_rate: Floats
    requests: Floats
    availability: Floats
    down_by_part: Floats
    utilisation: Floats
    is_exact: Bools
    why_not: tuple[tuple[str, ...], ...]
    is_available_exact: Bools

    @property
    def wait(self) -> Floats:
        """Return the mean wait of a request, (part, site) [day]; 0 where nobody asks."""
        return np.divide(self.backorders, self.requests, out=np.zeros_like(self.requests), where=self.requests > 0)

    @property
    def value(self) -> float:
        """Return the price of all spares and servers [currency]."""
        return worth(self.network, self.stock, self.servers)

    def mean_availability(self) -> float:
        """Return the share of all systems in service."""
        return float(np.average(self.availability, weights=self.network.fleets.systems))


def worth(network: Network, stock: Ints, servers: Ints) -> float:
    """Return the price of spares, (part, site), and servers, (group,) [currency]."""
    return float((stock * network.parts.cost[:, None]).sum() + servers @ network.servers.cost)


def judge(
    network: Network, labels: NetworkLabels, method: Method, *, stock: Ints | None = None, servers: Ints | None = None
) -> Judged:
    """Return the long run of a network; with what it holds, unless stock and servers are given.

    Raises:
        SolveError: servers get more work than they can do; they are named.
    """
    held = network.spares.on_hand if stock is None else stock
    number = network.servers.number if servers is None else servers
    try:
        found = _shared(network, held, number, method) if _shares(network) else _apart(network, held, number, method)
    except OverloadError as error:
        raise SolveError(overload_words(error, labels)) from error
    return _with_closed(found)


def overload_words(error: OverloadError, labels: NetworkLabels) -> str:
    """Return which servers cannot keep up, by name, with what it would take."""
    told = [
        f"`{labels.servers[one.group]}` get work for {one.load:.4g} and are {one.servers}: give at least {one.fewest},"
        " or let less be repaired there"
        for one in error.overloads
    ]
    return f"parts come faster than they are repaired, so queues grow without end: {'; '.join(told)}"


def _shares(network: Network) -> bool:
    group = network.sites.group[network.sites.group != NONE]
    return len(np.unique(group)) < len(group)


def _apart(network: Network, stock: Ints, servers: Ints, method: Method) -> Judged:
    found = evaluate(network, stock=stock, servers=servers, method=method)
    return _judged(
        network, stock, servers, found, backorders=found.backorders, outstanding=found.outstanding,
        fill_rate=found.fill_rate, requests=found.flows.requests, is_exact=found.is_exact, why_not=found.why_not,
    )  # fmt: skip


def _shared(network: Network, stock: Ints, servers: Ints, method: Method) -> Judged:
    found = evaluate_pooled(network, stock=stock, servers=servers, method=method)
    pool, together = found.pool, found.pooled
    is_alone = network.sites.group == NONE
    fill_rate = np.where(is_alone, together.fill_rate[:, pool.row], np.nan)
    requests = together.flows.requests[:, pool.row] * np.where(is_alone, 1.0, pool.share)
    shares = np.any(pool.share[:, ~is_alone] > 0, axis=1)
    return _judged(
        network, stock, servers, together, backorders=found.backorders, outstanding=pool.apart(together.outstanding),
        fill_rate=fill_rate, requests=requests, is_exact=found.is_exact & ~shares,
        why_not=tuple((*why, SHARED) if own else why for why, own in zip(found.why_not, shares, strict=True)),
    )  # fmt: skip


def _judged(network: Network, stock: Ints, servers: Ints, found: Evaluation, **tables: object) -> Judged:
    return Judged(
        network=network, stock=stock, servers=servers, method=found.method, availability=found.availability,
        down_by_part=found.down_by_part, utilisation=found.utilisation,
        is_available_exact=_apart_exact(network, np.asarray(tables["is_exact"], bool)),
        **tables,  # type: ignore[arg-type]
    )  # fmt: skip


def _apart_exact(network: Network, is_exact: Bools) -> Bools:
    """Return fleets whose availability is exact, (fleet,): laws of their parts are, and nothing ties parts together.

    Parts that wait for the same servers, or hold the same inner part, are owed together more often than not, and the
    product over parts takes them as independent.
    """
    own, ties = network.installations, _ties(network)
    found = np.ones(len(network.fleets.site), dtype=bool)
    np.logical_and.at(found, own.fleet, is_exact[own.part])
    for fleet in np.flatnonzero(found):
        parts = np.unique(own.part[own.fleet == fleet])
        found[fleet] = not (ties[parts].sum(axis=0) > 1).any()
    return found


def _ties(network: Network) -> Bools:
    """Return what parts have in common: servers that repair them or what is in them, and inner parts, (part, tie)."""
    parts, groups = len(network.parts.cost), len(network.servers.number)
    served = np.zeros((parts, groups + parts), dtype=bool)
    is_repaired = (network.repairs.servers != NONE) & (network.repairs.repair_share > 0)
    part, site = np.nonzero(is_repaired)
    served[part, network.repairs.servers[part, site]] = True
    for inner, inside in zip(network.inner.part.tolist(), network.inner.inside.tolist(), strict=True):
        served[inside, groups + inner] = True
        served[inside, :groups] |= served[inner, :groups]
    return served


def _with_closed(found: Judged) -> Judged:
    """Put the closed form in the place of the open model where a closed fleet has one."""
    network = found.network
    if not network.fleets.is_closed.any():
        return found
    reasons = find_closed(network, stock=found.stock)
    for fleet in np.flatnonzero(network.fleets.is_closed):
        if reasons[fleet]:
            continue
        one = evaluate_closed(network, int(fleet), stock=found.stock, servers=found.servers)
        part = int(network.installations.part[network.installations.fleet == fleet][0])
        found.availability[fleet] = one.availability
        found.down_by_part[fleet] = 0.0
        found.down_by_part[fleet, part] = network.fleets.systems[fleet] * (1.0 - one.availability)
        found.backorders[part, network.fleets.site[fleet]] = one.backorders
        found.is_available_exact[fleet] = True
    return found
