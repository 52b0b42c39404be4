"""Units outstanding of every part at every site, as laws.

Units outstanding at a site are those under test and repair, those on order, and the repairs there that wait for an
inner part.  An inner part is asked for when the repair time is over; the repair is done once it is there.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from replenish.arrays.groups import Floats, Ints
from replenish.arrays.network import NONE, Bools, Network
from replenish.errors import SolveError
from replenish.sustain.batches import over, to_own_ratio, to_ratio
from replenish.sustain.doubt import rates
from replenish.sustain.flows import Flows
from replenish.sustain.kernel.tables import LAW, MEAN, MOMENTS, Found, Holes, Jobs, Memory, Supply
from replenish.sustain.kernel.tree import evaluate_jobs, write_one
from replenish.sustain.laws.law import Law, mix
from replenish.sustain.methods import Exact, Method, Metric
from replenish.sustain.utilisation import Shops, to_shops

ROOM = 256  # places for a law to begin with
MOST_ROOM = 2**23
FEW = 2_000  # jobs that are not worth another thread


class Doubt(NamedTuple):
    """Which rates are uncertain.

    shape: (part,) of the gamma law that the requests for a part follow.
    follows: (link,) whether an inner part's requests all come from the one outer part, and so follow its rate.
    is_mixed: (part,) whether uncertain rates of several sources meet; they are taken at their means.
    """

    shape: Floats
    follows: Ints
    is_mixed: Bools


@dataclass(frozen=True, slots=True, eq=False)
class Outstanding:
    """All that laws of units outstanding are made from."""

    flows: Flows
    ratio: Floats  # (part, site) variance / mean of requests
    shops: Shops
    doubt: Doubt
    supply: Supply
    units: Floats  # (part,) most that is outstanding at a site without stock, on average

    def law(self, part: int, site: int) -> Law:
        """Return the law of units outstanding of a part at a site."""
        factors, weights = rates(float(self.doubt.shape[part]), float(self.units[part]))
        return mix([self._law(part, site, float(factor)) for factor in factors], weights)

    def jobs(self) -> Jobs:
        """Return every part at every rate that it may have."""
        found = [rates(float(shape), float(units)) for shape, units in zip(self.doubt.shape, self.units, strict=True)]
        part = np.repeat(np.arange(len(found)), [len(factors) for factors, _ in found])
        if not found:
            return Jobs(part, np.zeros(0), np.zeros(0))
        return Jobs(part, *(np.concatenate([pair[k] for pair in found]) for k in range(2)))

    def evaluate(self, holes: Holes, chances: int) -> Found:
        """Return sums over all parts and rates; chances: how many chances of systems down there are."""
        shape = self.supply.own.shape
        found = Found(
            mean=np.zeros(shape),
            square=np.zeros(shape),
            owed=np.zeros(shape),
            owed_square=np.zeros(shape),
            below=np.zeros(shape),
            up=np.zeros(len(holes.site)),
            down=np.zeros(chances),
        )
        chunks = _chunks(self.jobs())

        def run(jobs: Jobs) -> None:
            _run(self.supply, holes, jobs, found)

        with ThreadPoolExecutor(max(len(chunks), 1)) as pool:
            list(pool.map(run, chunks))
        return found

    def _law(self, part: int, site: int, factor: float) -> Law:
        room = ROOM
        while not write_one(self.supply, part, factor, memory := to_memory(len(self.supply.parent), room)):
            room = _doubled(room)
        return Law(int(memory.start[site]), memory.law[site, : memory.length[site]].copy())


def to_outstanding(network: Network, flows: Flows, stock: Ints, servers: Ints, method: Method) -> Outstanding:
    """Return what the laws of units outstanding are made from.

    Raises:
        OverloadError: a shop is at or above a utilisation of 1.
    """
    ratio = to_ratio(network, flows)
    shops = to_shops(network, flows, servers, ratio)
    links = np.argsort(network.inner.inside, kind="stable")
    doubt = _to_doubt(network, flows, links, method)
    is_served = np.where(network.repairs.servers != NONE, 1.0, 0.0)
    kind = np.full(len(ratio), MEAN if isinstance(method, Metric) else MOMENTS)
    if isinstance(method, Exact):
        kind[np.all(ratio == 1.0, axis=1)] = LAW
    supply = Supply(
        parent=network.sites.parent,
        kind=kind,
        own=flows.pipeline - is_served * flows.taken_in * network.repairs.time,
        ratio=to_own_ratio(network, flows, ratio, is_served),
        batch=ratio,
        share=flows.share,
        stock=stock,
        shop=np.where(shops.share > 0.0, network.repairs.servers, NONE),
        shop_share=shops.share,
        shop_tail=shops.tail,
        servers=servers,
        load=shops.load,
        link_start=np.searchsorted(network.inner.inside[links], np.arange(len(ratio) + 1)),
        link_part=network.inner.part[links],
        follows=doubt.follows,
        link_share=_link_shares(network, flows, links),
    )
    return Outstanding(flows, ratio, shops, doubt, supply, _most_units(supply))


def to_memory(sites: int, room: int) -> Memory:
    """Return room for laws."""
    return Memory(
        law=np.empty((sites, room)),
        start=np.zeros(sites, np.int64),
        length=np.zeros(sites, np.int64),
        inner=np.empty((sites, room)),
        inner_start=np.zeros(sites, np.int64),
        inner_length=np.zeros(sites, np.int64),
        inner_moments=np.zeros((sites, 2)),
        one=np.empty(room),
        two=np.empty(room),
        more=np.empty(2 * room),
    )


def _run(supply: Supply, holes: Holes, jobs: Jobs, found: Found) -> None:
    """Evaluate jobs, in more room where laws need it."""
    room, job = ROOM, 0
    while True:
        job = evaluate_jobs(supply, holes, jobs, job, to_memory(len(supply.parent), room), found)
        if job == len(jobs.part):
            return
        room = _doubled(room)


def _doubled(room: int) -> int:
    if room >= MOST_ROOM:
        raise SolveError(
            f"a number of units outstanding spreads over more than {room} values; look for a shop just below a"
            " utilisation of 1, or a repair time in the wrong unit"
        )
    return 2 * room


def _chunks(jobs: Jobs) -> Sequence[Jobs]:
    """Return jobs for threads; no part is in two."""
    count = max(min(len(os.sched_getaffinity(0)), len(jobs.part) // FEW), 1)
    cuts = np.searchsorted(jobs.part, jobs.part[(np.arange(1, count) * len(jobs.part)) // count])
    rows = zip([0, *cuts], [*cuts, len(jobs.part)], strict=True)
    return [Jobs(jobs.part[first:last], jobs.factor[first:last], jobs.weight[first:last]) for first, last in rows]


def _to_doubt(network: Network, flows: Flows, links: Ints, method: Method) -> Doubt:
    inner, shape = network.inner, network.parts.rate_shape.copy()
    is_mixed = np.zeros(len(shape), dtype=bool)
    follows = np.zeros(len(links), np.int64)
    has_own: Bools = network.removals().max(axis=1, initial=0.0) > 0
    for part in np.unique(inner.part):
        rows = np.flatnonzero((inner.part == part) & (flows.requests[inner.inside].sum(axis=1) > 0))
        sources = [*network.parts.rate_shape[inner.inside[rows]], *([shape[part]] if has_own[part] else [])]
        if len(rows) == 1 and not has_own[part]:
            shape[part] = sources[0]
            follows[links == rows[0]] = 1
        elif len(rows):
            is_mixed[part] = bool(np.any(np.isfinite(sources)))
            shape[part] = np.inf
    if isinstance(method, Metric):
        shape[:] = np.inf
    return Doubt(shape, follows, is_mixed)


def _link_shares(network: Network, flows: Flows, links: Ints) -> Floats:
    part, inside = network.inner.part[links], network.inner.inside[links]
    kept = flows.taken_in * (1.0 - network.repairs.condemned_share)
    return over(network.inner.share[links, None] * kept[inside], flows.requests[part])


def _most_units(supply: Supply) -> Floats:
    """Return the greatest mean number of units outstanding without stock, (part,), shops left out."""
    outer = np.repeat(np.arange(len(supply.kind)), np.diff(supply.link_start))
    waits = np.zeros_like(supply.own)
    np.add.at(waits, outer, supply.link_share * _from_the_top(supply, supply.own)[supply.link_part])
    most: Floats = _from_the_top(supply, supply.own + waits).max(axis=1, initial=0.0)
    return most


def _from_the_top(supply: Supply, own: Floats) -> Floats:
    found = own.copy()
    for site, above in enumerate(supply.parent):
        if above != NONE:
            found[:, site] += supply.share[:, site] * found[:, above]
    return found
