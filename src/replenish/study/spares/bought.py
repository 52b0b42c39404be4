"""The curve of cost against systems in service, and what is bought, as tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from replenish.arrays.groups import Floats, Ints
from replenish.arrays.network import Network, NetworkLabels
from replenish.result import SUSTAIN_TABLES
from replenish.sustain.evaluation import evaluate
from replenish.sustain.frontier import Curve, Point
from replenish.sustain.frontier.curve import Moved

FEW, MANY = 40, 12
"""Points of the curve that are judged, each anew: of a small network, and of one with more cells than LARGE."""

LARGE = 20_000
"""Parts by sites from which on a network is large."""

_BLANK = dict.fromkeys(("saved", "saved_per_cost", "total_cost", "availability", "backorders"))

MOST_PURCHASES = 2_000
"""Purchases that are listed."""


def to_curve(curve: Curve, chosen: Point, before: float) -> pl.DataFrame:
    """Return points of the curve, half of them up to the chosen one, evenly in cost; each is judged anew."""
    network = curve.network
    count = FEW if network.repairs.time.size <= LARGE else MANY
    start = min(max(chosen.place.steps, 1), len(curve.cost) - 1)
    near, far = _spread(curve.cost[: start + 1], count // 2), _spread(curve.cost[start:], count // 2)
    steps = np.unique(np.concatenate([near, start + far]))
    rows = []
    for step in steps:
        point = curve.at_step(int(step))
        found = evaluate(
            network, stock=curve.stock_at(point), servers=curve.servers_at(point), method=curve.method
        )  # fmt: skip
        rows.append({
            "cost": point.cost + before,
            "availability": float(np.average(found.availability, weights=network.fleets.systems)),
            "backorders": float(found.backorders[:, np.unique(network.fleets.site)].sum()),
        })  # fmt: skip
    return pl.DataFrame(rows, schema=SUSTAIN_TABLES["sustain_curve"])


def _spread(cost: Floats, count: int) -> Ints:
    """Return steps of a curve, the first and the last among them, near evenly spread costs."""
    wanted = np.linspace(cost[0], cost[-1], count)
    return np.unique(np.clip(np.searchsorted(cost, wanted), 0, len(cost) - 1))


def to_purchases(
    curve: Curve, point: Point, labels: NetworkLabels, sites: Ints, before: float
) -> pl.DataFrame:  # fmt: skip
    """Return the steps of the curve up to a point; a step that also moves other spares has a row for each."""
    network = curve.network
    systems, is_log = float(network.fleets.systems.sum()), curve.objective_name == "availability"
    rows: list[dict[str, Any]] = []
    for step in curve.purchases(0, min(point.place.steps, MOST_PURCHASES)):
        first, *others = _moves(curve.network, labels, sites, step.servers, step.moved)
        reason = {
            "saved": step.gain, "saved_per_cost": step.gain_per_cost,
            "total_cost": float(curve.cost[step.step + 1]) + before,
            "availability": float(np.exp(-step.after / systems)) if is_log else None,
            "backorders": None if is_log else step.after,
        }  # fmt: skip
        rows += [first | reason, *others]
    rows += _fitted(curve, point, labels, sites)
    placed = [_BLANK | row | {"place": place} for place, row in enumerate(rows, start=1)]
    return pl.DataFrame(placed, schema=SUSTAIN_TABLES["sustain_purchases"])


def _fitted(curve: Curve, point: Point, labels: NetworkLabels, sites: Ints) -> list[dict[str, Any]]:
    """Return what a point beside the curve has more or less than the corner before it, as rows of purchases."""
    corner = curve.at_step(point.place.steps)
    servers = curve.servers_at(point) - curve.servers_at(corner)
    stock = curve.stock_at(point) - curve.stock_at(corner)
    moved = [Moved(part, site, int(stock[part, site])) for part, site in np.argwhere(stock != 0).tolist()]
    more = [(group, int(servers[group])) for group in np.flatnonzero(servers).tolist()]
    return _moves(curve.network, labels, sites, more, moved)


def _moves(
    network: Network, labels: NetworkLabels, sites: Ints, servers: Sequence[tuple[int, int]], moved: Sequence[Moved]
) -> list[dict[str, Any]]:  # fmt: skip
    """Return a row for each group of servers and each stock that changes, those that grow most first."""
    found: list[dict[str, Any]] = [
        {
            "kind": "server", "part": "", "servers": labels.servers[group],
            "site": labels.sites[sites[network.servers.site[group]]], "units": more,
            "cost": float(more * network.servers.cost[group]),
        }
        for group, more in servers
    ]  # fmt: skip
    found += [
        {
            "kind": "spare", "part": labels.parts[one.part], "servers": "", "site": labels.sites[sites[one.site]],
            "units": one.units, "cost": float(one.units * network.parts.cost[one.part]),
        }
        for one in sorted(moved, key=lambda one: -one.units)
    ]  # fmt: skip
    return found
