"""Exact costs of a hub and its stores: stock held in both, backorders at the stores.

Demand at the stores is Poisson, each orders one for one from the hub, the hub orders one for one or in batches from a
source that always delivers after a fixed time.  The hub's last orders are those it owes, each from a store with the
probability of its share of demand; so what a store has outstanding is the thinned law of the hub's backorders plus
Poisson demand over the time from hub to store.  A hub that orders in batches of Q at r is at each of r+1, ..., r+Q in
the same share of time, and its cost is the mean of the costs of those levels.  Levels may be negative: a hub at -k
orders only once k + 1 units are asked for.

References:
    Simon (1971), Stationary properties of a two-echelon inventory model for low demand items, Operations Research 19.
    Svoronos & Zipkin (1991), Evaluation of one-for-one replenishment policies for multiechelon inventory systems,
    Management Science 37(1), 68-83.
    Axsaeter (1990), Simple solution procedures for a class of two-echelon inventory problems, Operations Research 38,
    64-69.
    Axsaeter (1993), Exact and approximate evaluation of batch-ordering policies for two-level inventory systems,
    Operations Research 41(4), 777-785.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from replenish.arrays.groups import Floats, Ints
from replenish.arrays.network import NONE, Network
from replenish.errors import UsageError
from replenish.sustain.flows import Flows, to_flows
from replenish.sustain.laws.law import Law, add, mix, owed, poisson


class Hub(NamedTuple):
    """A hub and its stores.

    demand: of customers at each store, (store,) [unit/day].
    store_time: from hub to store, (store,) [day].
    hub_demand: mean demand over the time in which the hub is replenished [unit].
    own_demand: of customers at the hub itself [unit/day].
    """

    demand: Floats
    store_time: Floats
    hub_demand: float
    own_demand: float = 0.0

    @property
    def total(self) -> float:
        """Return all demand on the hub [unit/day]."""
        return float(self.demand.sum()) + self.own_demand


class Prices(NamedTuple):
    """What a unit costs for a day: held at the hub, held at stores, owed at stores (store,), owed to the hub's own."""

    hub: float
    store: Floats
    backorder: Floats
    own_backorder: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HubCosts:
    """A hub and its stores in the long run.

    hub_on_hand, hub_backorders: mean, to stores and own customers [unit].
    on_hand, backorders: mean at stores, (store,) [unit].
    cost: all of it [currency/day].
    """

    hub_on_hand: float
    hub_backorders: float
    on_hand: Floats
    backorders: Floats
    cost: float


def evaluate_hub(hub: Hub, prices: Prices, *, level: int, levels: Ints, batch: int = 1) -> HubCosts:
    """Return exact means and the cost of a hub and its stores.

    Args:
        hub: demand and times.
        prices: of stock held and units owed.
        level: of the hub that orders one for one; with a batch its reorder point + 1.
        levels: of the stores, (store,) [unit]; negative levels are allowed.
        batch: units in an order of the hub.

    References:
        Axsaeter (1990, 1993); the tests hold 16 problems of Svoronos & Zipkin.
    """
    if batch < 1:
        raise ValueError(f"batch is {batch}, must be at least 1")
    found = [_at_level(hub, prices, at, np.asarray(levels)) for at in range(level, level + batch)]
    return HubCosts(
        hub_on_hand=_mean([one.hub_on_hand for one in found]),
        hub_backorders=_mean([one.hub_backorders for one in found]),
        on_hand=np.mean([one.on_hand for one in found], axis=0),
        backorders=np.mean([one.backorders for one in found], axis=0),
        cost=_mean([one.cost for one in found]),
    )


def best_levels(hub: Hub, prices: Prices, *, batch: int = 1) -> tuple[int, Ints]:
    """Return the level of the hub and those of the stores (store,) that cost least.

    For a level of the hub each store solves a newsvendor problem of its own.  A hub that never holds stock gains
    nothing from a lower level (each unit less adds to what stores wait for), one that never owes gains nothing from a
    higher one; all levels between are tried, so the minimum is global.

    Raises:
        ValueError: holding or backorders at a store cost nothing.

    References:
        Axsaeter (1990): bounds of the hub's level; the store's cost is convex in its level.
    """
    if not (np.all(prices.store > 0) and np.all(prices.backorder > 0)):
        raise ValueError("prices of holding and backorders at stores must be above 0")
    most = int(poisson(hub.hub_demand).numbers[-1])
    tried = [(_best_stores(hub, prices, level, batch), level) for level in range(1 - batch, most + 1)]
    costs = [evaluate_hub(hub, prices, level=level, levels=stores, batch=batch).cost for stores, level in tried]
    stores, level = tried[int(np.argmin(costs))]
    return level, stores


def _best_stores(hub: Hub, prices: Prices, level: int, batch: int) -> Ints:
    """Return the newsvendor levels of stores below a hub at a level, (store,)."""
    by_level = [_outstanding(hub, at) for at in range(level, level + batch)]
    ratio = prices.backorder / (prices.backorder + prices.store)
    laws = [mix([laws[store] for laws in by_level], np.full(batch, 1.0 / batch)) for store in range(len(hub.demand))]
    found = [law.start + np.searchsorted(np.cumsum(law.chance), at) for law, at in zip(laws, ratio, strict=True)]
    return np.array(found, np.int64)


def _at_level(hub: Hub, prices: Prices, level: int, levels: Ints) -> HubCosts:
    """Return means and cost of a hub that orders one for one."""
    hub_backorders = poisson(hub.hub_demand).backorders(level)
    hub_on_hand = level - hub.hub_demand + hub_backorders
    laws = _outstanding(hub, level)
    backorders = np.array([law.backorders(int(at)) for law, at in zip(laws, levels, strict=True)])
    on_hand = levels - np.array([law.mean for law in laws]) + backorders
    own = prices.own_backorder * hub_backorders * (hub.own_demand / hub.total if hub.total > 0 else 0.0)
    cost = prices.hub * hub_on_hand + prices.store @ on_hand + prices.backorder @ backorders + own
    return HubCosts(
        hub_on_hand=hub_on_hand, hub_backorders=hub_backorders, on_hand=on_hand, backorders=backorders, cost=float(cost)
    )


def _outstanding(hub: Hub, level: int) -> list[Law]:
    """Return the law of units outstanding at each store."""
    at_hub = poisson(hub.hub_demand)
    stores = list(zip(hub.demand.tolist(), hub.store_time.tolist(), strict=True))
    laws = {
        (rate, time): add(owed(at_hub, level, share=rate / hub.total if rate > 0 else 0.0), poisson(rate * time))
        for rate, time in set(stores)
    }
    return [laws[store] for store in stores]


def _mean(values: list[float]) -> float:
    return float(np.mean(values))


def hub_costs(
    network: Network,
    part: int,
    *,
    holding: Floats,
    backorder: Floats,
    hub_level: int | None = None,
    levels: Ints | None = None,
    batch: int = 1,
) -> HubCosts:
    """Return the exact cost of a consumable, or a part repaired at the hub alone, at one top site and the sites below.

    Args:
        network: one top site with the part; the sites below it repair nothing of it and order from it.
        part: row of the part.
        holding: of a unit at a site, (site,) [currency/unit/day].
        backorder: of a unit owed at a site, (site,) [currency/unit/day].
        hub_level: of the top site; with a batch the reorder point + 1; that of the network if None.
        levels: of all sites, that of the hub is not looked at, (site,); those of the network if None.
        batch: units in an order to the maker.

    Raises:
        UsageError: the network has another form.
    """
    hub, top, stores = to_hub(network, part)
    held = network.spares.on_hand[part] if levels is None else np.asarray(levels)
    level = int(network.spares.on_hand[part, top]) if hub_level is None else hub_level
    prices = Prices(float(holding[top]), holding[stores], backorder[stores], float(backorder[top]))
    return evaluate_hub(hub, prices, level=level, levels=held[stores], batch=batch)


def best_hub_levels(
    network: Network, part: int, *, holding: Floats, backorder: Floats, batch: int = 1
) -> tuple[int, Ints]:
    """Return the level of the hub and those of all sites (site,), 0 at the hub, that cost least for a part.

    Args:
        network: as in `hub_costs`.
        part: row of the part.
        holding: of a unit at a site, (site,) [currency/unit/day].
        backorder: of a unit owed at a site, (site,) [currency/unit/day].
        batch: units in an order to the maker.

    Raises:
        UsageError: the network has another form.
        ValueError: holding or backorders at a store cost nothing.
    """
    hub, top, stores = to_hub(network, part)
    prices = Prices(float(holding[top]), holding[stores], backorder[stores], float(backorder[top]))
    level, best = best_levels(hub, prices, batch=batch)
    levels = np.zeros(len(holding), np.int64)
    levels[stores] = best
    return level, levels


def to_hub(network: Network, part: int) -> tuple[Hub, int, Ints]:
    """Return a part of a network as hub and stores: the hub, the row of its site, the rows of the stores.

    Raises:
        UsageError: there is no such hub: several top sites or levels, repair at the sites below, servers, inner parts,
            sites that help each other out, closed fleets, or removals that are not Poisson with a known rate.
    """
    flows = to_flows(network)
    tops = np.flatnonzero((network.sites.parent == NONE) & (flows.requests[part] > 0))
    if len(tops) != 1:
        raise UsageError(f"part in row {part} has {len(tops)} top sites with demand; a hub is one")
    top = int(tops[0])
    stores = np.flatnonzero((network.sites.parent != NONE) & (flows.requests[part] > 0))
    if why := _why_no_hub(network, flows, part, stores):
        raise UsageError(f"part in row {part} has no hub with exact costs: {why}")
    rate = flows.requests[part]
    hub = Hub(
        demand=rate[stores], store_time=network.sites.order_time[stores], hub_demand=float(flows.pipeline[part, top]),
        own_demand=float(rate[top] - rate[stores].sum()),
    )  # fmt: skip
    return hub, top, stores


def _why_no_hub(network: Network, flows: Flows, part: int, stores: Ints) -> str:
    """Return what keeps a part from having exact costs in closed form, "" if nothing does."""
    sites, rows = network.sites, network.installations
    is_doubtful = network.parts.variance_ratio[part] != 1.0 or np.isfinite(network.parts.rate_shape[part])
    found = {
        "sites stand more than one level below the top": np.any(sites.parent[sites.parent[stores]] != NONE),
        "sites below the top test or repair it": np.any(flows.at_work[part, stores] > 0),
        "it waits for servers": np.any((network.repairs.servers[part] != NONE) & (flows.taken_in[part] > 0)),
        "it is in other parts or holds some": np.any(network.inner.part == part)
        or np.any(network.inner.inside == part),
        "sites help each other out": np.any(sites.group[stores] != NONE),
        "its fleets are closed": np.any(network.fleets.is_closed[rows.fleet[rows.part == part]]),
        "its removals are not Poisson with a known rate": is_doubtful,
    }
    return next((why for why, holds in found.items() if holds), "")
