"""From a network to the records that kernels read, the same for all histories."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy.special import gammaincinv

from replenish import draws
from replenish.arrays.groups import Floats, Ints
from replenish.arrays.network import EXPONENTIAL, FIXED, GAMMA, NONE, Network, NetworkLabels
from replenish.draws import WORD, philox, stream_id
from replenish.sustain.events.clusters import find_clusters
from replenish.sustain.events.kernel.draw import PURPOSE, RATE_DRAW
from replenish.sustain.events.kernel.world import (
    CELL,
    FIXED_LAW,
    FLEET,
    INNER_PART,
    NO_LAW,
    NOBODY,
    PLACE,
    QUEUE,
    ROW,
    SHOP,
    Records,
)


class Tables(NamedTuple):
    """What never changes, and what changes as it is at the start of a history."""

    places: Records
    cells: Records
    rows: Records
    fleets: Records
    system_fleet: Ints  # (system,)
    stretch_start: Floats
    stretch_usage: Floats
    shops: Records
    queues: Records
    inner: Records
    members: Ints
    knots: Floats
    cluster_row: Ints
    cluster_place: Ints
    row_start: Ints
    place_start: Ints
    part_stream: Ints  # (part,)
    holes: int
    sites: int


def to_tables(network: Network, stock: Ints, servers: Ints, labels: NetworkLabels | None) -> Tables:
    """Return the tables of a network with spares `stock` (part, site) and `servers` (group,)."""
    parts, sites = stock.shape
    laws: dict[tuple[int, float], int] = {}
    streams = _Streams.of(network, labels)
    fleets, stretch_start, stretch_usage = _fleets(network)
    members, group_start, group_end = _members(network, parts)
    shops, queues, queue_of = _shops(network, servers)
    inner, inner_start = _inner(network, sites)
    places = _places(network, streams, laws)
    places["group_start"], places["group_end"] = group_start, group_end
    places["queue"] = queue_of
    places["inner"], places["inner_end"] = (np.repeat(inner_start[n : parts + n], sites) for n in (0, 1))
    cells = np.zeros(parts * sites, CELL)
    cells["on_hand"] = stock.ravel()
    rows, holes = _rows(network, streams, fleets, laws)
    cluster = find_clusters(network)
    count = int(cluster.max(initial=-1)) + 1
    row_cluster = cluster[rows["part"]]
    return Tables(
        places=places, cells=cells, rows=rows, fleets=fleets,
        system_fleet=np.repeat(np.arange(len(fleets)), network.fleets.systems),
        stretch_start=stretch_start, stretch_usage=stretch_usage, shops=shops, queues=queues, inner=inner,
        members=members, knots=_knots(laws),
        cluster_row=np.argsort(row_cluster, kind="stable"), cluster_place=np.argsort(cluster, kind="stable") * sites,
        row_start=_starts(row_cluster, count), place_start=_starts(cluster, count),
        part_stream=streams.part, holes=holes, sites=sites,
    )  # fmt: skip


class _Streams(NamedTuple):
    """Names of things as words of random streams."""

    part: Ints
    site: Ints
    fleet: Ints

    @classmethod
    def of(cls, network: Network, labels: NetworkLabels | None) -> _Streams:
        if labels is not None:
            return cls(*(
                np.array([stream_id(name) for name in names], np.int64)
                for names in (labels.parts, labels.sites, labels.fleets)
            ))  # fmt: skip
        parts, sites = network.repairs.time.shape
        return cls(np.arange(parts), np.arange(sites), np.arange(len(network.fleets.site)))


def _starts(number: Ints, count: int) -> Ints:
    """Return where each of `count` numbers would begin in a sorted list, and the end."""
    return np.concatenate([[0], np.cumsum(np.bincount(number, minlength=count))]).astype(np.int64)


def _places(network: Network, streams: _Streams, laws: dict[tuple[int, float], int]) -> Records:
    repairs, parent = network.repairs, network.sites.parent
    parts, sites = repairs.time.shape
    above = np.arange(parts)[:, None] * sites + parent
    lead = np.where(parent == NONE, network.parts.procurement_time[:, None], network.sites.order_time)
    columns: dict[str, Any] = {
        "lead_time": lead, "no_fault_time": repairs.no_fault_time, "no_fault_share": repairs.no_fault_share,
        "repair_share": repairs.repair_share, "condemned_share": repairs.condemned_share, "time": repairs.time,
        "lateral_time": np.broadcast_to(network.sites.lateral_time, (parts, sites)),
        "part_stream": np.broadcast_to(streams.part[:, None], (parts, sites)),
        "site_stream": np.broadcast_to(streams.site & (WORD // 4 - 1), (parts, sites)),
        "above": np.where(parent == NONE, NOBODY, above), "law": _laws(repairs.law, repairs.spread, laws),
        "servers": repairs.servers,
    }  # fmt: skip
    places = np.zeros(parts * sites, PLACE)
    for name, column in columns.items():
        places[name] = column.ravel()
    return places


def _laws(law: Ints, spread: Floats, laws: dict[tuple[int, float], int]) -> Ints:
    """Return which law each place has; new tables of quantiles are added to `laws`."""
    found = np.where(law == EXPONENTIAL, NO_LAW, FIXED_LAW)
    is_table = (law != EXPONENTIAL) & (law != FIXED) & (spread > 0)
    for kind, value in sorted(set(zip(law[is_table].tolist(), spread[is_table].tolist(), strict=True))):
        number = laws.setdefault((kind, value), len(laws))
        found[(law == kind) & (spread == value)] = number
    return found


def _knots(laws: dict[tuple[int, float], int]) -> Floats:
    made = [draws.gamma(spread) if kind == GAMMA else draws.lognormal(spread) for kind, spread in laws]
    return np.concatenate([np.zeros(0), *(law.knots for law in made if law.knots is not None)])


def _rows(
    network: Network, streams: _Streams, fleets: Records, laws: dict[tuple[int, float], int]
) -> tuple[Records, int]:
    """Return parts in fleets, and how many counts of missing parts they need."""
    own, sites = network.installations, len(network.sites.parent)
    systems = network.fleets.systems[own.fleet]
    ratio = network.parts.variance_ratio[own.part]
    batch = np.where(ratio > 1, 1 - 1 / np.maximum(ratio, 1.0), 0.0)
    size = np.where(batch > 0, -batch / ((1 - batch) * np.log1p(-np.where(batch > 0, batch, 0.5))), 1.0)
    room = np.where(fleets["is_gathered"][own.fleet], 0, systems)
    rows = np.zeros(len(own.part), ROW)
    columns: dict[str, Any] = {
        "factor": network.parts.rate[own.part] * systems * own.quantity * own.use / size, "batch": batch,
        "part_stream": streams.part[own.part], "fleet_stream": streams.fleet[own.fleet] & (WORD // 4 - 1),
        "place": own.part * sites + network.fleets.site[own.fleet], "fleet": own.fleet, "part": own.part,
        "quantity": own.quantity, "needed": own.needed, "first_hole": np.cumsum(room) - room,
        "gap_law": _laws(np.where(ratio < 1, GAMMA, EXPONENTIAL), np.sqrt(ratio), laws),
    }  # fmt: skip
    for name, column in columns.items():
        rows[name] = column
    return rows, int(room.sum())


def _fleets(network: Network) -> tuple[Records, Floats, Floats]:
    """Return fleets and the stretches of days in which they are used alike: when each starts, and the use."""
    own, operations = network.fleets, network.operations
    count = len(own.site)
    fleet = np.concatenate([np.arange(count), operations.fleet])
    start = np.concatenate([np.full(count, -np.inf), operations.start])
    usage = np.concatenate([own.usage, operations.usage])
    order = np.lexsort((start, fleet))
    ends = _starts(fleet, count)
    fleets = np.zeros(count, FLEET)
    fleets["systems"], fleets["first_system"] = own.systems, np.cumsum(own.systems) - own.systems
    fleets["first_stretch"], fleets["last_stretch"] = ends[:-1], ends[1:]
    fleets["is_closed"], fleets["is_gathered"] = own.is_closed, own.is_cannibalised
    return fleets, start[order], usage[order]


def _shops(network: Network, servers: Ints) -> tuple[Records, Records, Ints]:
    """Return groups of servers, their queues by rank, and the queue of each place."""
    group, priority = network.repairs.servers.ravel(), network.repairs.priority.ravel()
    ranks, queue_of = np.unique(np.stack([group, priority], axis=1), axis=0, return_inverse=True)
    shops, queues = np.zeros(len(servers), SHOP), np.zeros(len(ranks), QUEUE)
    queues["first"] = queues["last"] = NOBODY
    shops["servers"] = servers
    shops["first_queue"] = np.searchsorted(ranks[:, 0], np.arange(len(servers)))
    shops["last_queue"] = np.searchsorted(ranks[:, 0], np.arange(len(servers)), side="right")
    return shops, queues, queue_of.ravel()


def _inner(network: Network, sites: int) -> tuple[Records, Ints]:
    """Return inner parts by the part that holds them, and where those of each part start."""
    own = network.inner
    order = np.argsort(own.inside, kind="stable")
    inside, share = own.inside[order], own.share[order]
    starts = _starts(inside, len(network.parts.rate))
    before = np.concatenate([[0.0], np.cumsum(share)])
    inner = np.zeros(len(order), INNER_PART)
    inner["share"] = before[1:] - before[starts[inside]]
    inner["place_step"] = (own.part[order] - inside) * sites
    return inner, starts


def _members(network: Network, parts: int) -> tuple[Ints, Ints, Ints]:
    """Return the places of each part in each lateral group, and the range of them for each place."""
    group, sites = network.sites.group, len(network.sites.group)
    order = np.argsort(group, kind="stable")
    order = order[np.bincount(group + 1, minlength=1)[group[order] + 1] > 1]
    order = order[group[order] != NONE]
    first = np.searchsorted(group[order], group) * (group != NONE)
    end = np.searchsorted(group[order], group, side="right") * (group != NONE)
    steps = np.arange(parts)[:, None]
    members = (steps * sites + order).ravel()
    return members, (steps * len(order) + first).ravel(), (steps * len(order) + end).ravel()


def draw_rates(network: Network, tables: Tables, seed: int, history: int) -> Floats:
    """Return the rate of each part over its mean in one history, (part,): gamma where it was counted, else 1."""
    shape = network.parts.rate_shape
    counter = np.zeros((4, len(shape)), np.uint64)
    counter[0], counter[2], counter[3] = history, tables.part_stream, RATE_DRAW
    chance = (philox(counter, seed, PURPOSE)[0] + 0.5) / WORD
    is_drawn = np.isfinite(shape)
    found = np.ones(len(shape))
    found[is_drawn] = gammaincinv(shape[is_drawn], chance[is_drawn]) / shape[is_drawn]
    return found
