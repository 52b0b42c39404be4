"""Networks for tests, written as numbers: one root or a two-level tree unless `parents` says otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from replenish.arrays.network import (
    EXPONENTIAL,
    NONE,
    UNLIMITED,
    Fleets,
    InnerParts,
    Installations,
    Network,
    Operations,
    Parts,
    Repairs,
    ServerGroups,
    Sites,
    Spares,
)


def network(
    removals: npt.ArrayLike,
    *,
    parents: Sequence[int] | None = None,
    order_time: npt.ArrayLike = 0.0,
    repair_share: npt.ArrayLike = 1.0,
    repair_time: npt.ArrayLike = 1.0,
    stock: npt.ArrayLike = 0,
    **more: Any,
) -> Network:
    """Return a network with a fleet at each site that has removals.

    Args:
        removals: of each part at each site, (part, site) [unit/day]; a row for each site, the root first.
        parents: row of the parent of each site, NONE at the top; the first site supplies all others if None.
        order_time, repair_share, repair_time, stock: broadcast to (site,) and (part, site).
        **more: cost, rate_shape, variance_ratio, procurement_time by part; systems (fleet,), is_closed,
            is_cannibalised (fleet,), quantity, needed (part,); inner: rows (part, inside, share); law, spread,
            condemned_share, no_fault_share, no_fault_time, servers, priority (part, site); groups: rows
            (site, number, most, cost) of servers; group, lateral_time (site,); operations: rows
            (fleet, start, usage); minimum, maximum (part, site); outer: parts that are in systems.
    """
    rate = np.asarray(removals, float)
    parts, sites = rate.shape
    above = [NONE, *[0] * (sites - 1)] if parents is None else list(parents)

    def by_part(name: str, default: float) -> Any:
        return np.broadcast_to(np.asarray(more.get(name, default), float), (parts,)).copy()

    def table(value: npt.ArrayLike, kind: type) -> Any:
        return np.broadcast_to(np.asarray(value, kind), (parts, sites)).copy()

    held = [site for site in range(sites) if rate[:, site].any()]
    systems = np.broadcast_to(np.asarray(more.get("systems", 1), np.int64), (len(held),)).copy()
    inner = np.asarray(more.get("inner", np.zeros((0, 3))), float).reshape(-1, 3)
    groups = np.asarray(more.get("groups", np.zeros((0, 4))), float).reshape(-1, 4)
    operations = np.asarray(more.get("operations", np.zeros((0, 3))), float).reshape(-1, 3)
    own = [(part, fleet) for fleet, site in enumerate(held) for part in range(parts) if rate[part, site] > 0]
    quantity = np.broadcast_to(np.asarray(more.get("quantity", 1), np.int64), (parts,))
    needed = np.broadcast_to(np.asarray(more.get("needed", quantity), np.int64), (parts,))
    rows = np.array(own, np.int64).reshape(-1, 2)
    mean = np.array([rate[part].max(initial=0.0) for part in range(parts)])
    fleet_rate = np.array([rate[part, held[fleet]] for part, fleet in own])
    flags = {
        name: np.broadcast_to(np.asarray(more.get(name, False), bool), (len(held),)).copy()
        for name in ("is_closed", "is_cannibalised")
    }
    return Network(
        sites=Sites(
            np.array(above, np.int64),
            np.where(np.array(above) == NONE, 0.0, np.broadcast_to(np.asarray(order_time, float), (sites,))),
            np.broadcast_to(np.asarray(more.get("group", NONE), np.int64), (sites,)).copy(),
            np.broadcast_to(np.asarray(more.get("lateral_time", 0.0), float), (sites,)).copy(),
        ),
        fleets=Fleets(
            np.array(held, np.int64), systems, np.ones(len(held)), flags["is_closed"], flags["is_cannibalised"],
            np.zeros(len(held)),
        ),
        operations=Operations(operations[:, 0].astype(np.int64), operations[:, 1], operations[:, 2]),
        parts=Parts(
            by_part("cost", 1.0), mean, by_part("rate_shape", np.inf), by_part("variance_ratio", 1.0),
            by_part("procurement_time", 0.0),
        ),
        installations=Installations(
            rows[:, 0], rows[:, 1], quantity[rows[:, 0]], needed[rows[:, 0]],
            fleet_rate / (mean[rows[:, 0]] * quantity[rows[:, 0]] * systems[rows[:, 1]]),
        ),
        inner=InnerParts(inner[:, 0].astype(np.int64), inner[:, 1].astype(np.int64), inner[:, 2]),
        repairs=Repairs(
            table(more.get("no_fault_share", 0.0), float), table(more.get("no_fault_time", 0.0), float),
            table(repair_share, float), table(more.get("condemned_share", 0.0), float), table(repair_time, float),
            table(more.get("law", EXPONENTIAL), np.int64), table(more.get("spread", 1.0), float),
            table(more.get("servers", NONE), np.int64), table(more.get("priority", 1), np.int64),
        ),
        servers=ServerGroups(
            groups[:, 0].astype(np.int64), groups[:, 1].astype(np.int64), groups[:, 2].astype(np.int64), groups[:, 3]
        ),
        spares=Spares(
            table(stock, np.int64), table(more.get("minimum", 0), np.int64),
            table(more.get("maximum", UNLIMITED), np.int64),
        ),
    )  # fmt: skip
