"""Generated meshes: every pair of holders is joined by a route, and two of them share a line."""

from __future__ import annotations

import datetime as dt
from itertools import permutations
from typing import Any

import numpy as np

from replenish.scenario.model import (
    Demand,
    Holder,
    Item,
    Line,
    LineItem,
    PolicyRow,
    Requirement,
    Route,
    Scenario,
    Settings,
    Stock,
)

ITEM = "round"
KEPT = 0.3  # share of the opening stock that may not leave


def mesh(holders: int, periods: int, *, seed: int = 1) -> Scenario:
    """Return so many holders of one item over so many days.

    Each asks for the item every day, has a stock of which a share may not leave, and a requirement; transfers take one
    to three days.  The first two order from one line, which makes nine tenths of what all ask for.

    Args:
        holders: their number.
        periods: length of the horizon [day].
        seed: of where holders lie, what they have and what they ask for.
    """
    rng = np.random.default_rng(seed)
    names = [f"holder{n:02d}" for n in range(holders)]
    use = np.round(rng.uniform(20.0, 200.0, holders))  # [unit/day]
    held = np.round(use * rng.uniform(5.0, 60.0, holders))
    place = rng.uniform(0.0, 1.0, (holders, 2))
    far = np.linalg.norm(place[:, None] - place, axis=2)
    output = 0.9 * float(use.sum())
    return Scenario(
        settings=_settings(periods),
        items=(Item(name=ITEM, unit="round", unit_cost=1_000.0),),
        holders=tuple(Holder(name=name) for name in names),
        stocks=tuple(
            Stock(holder=name, item=ITEM, on_hand=have, floor=np.round(KEPT * have), holding_cost=20.0)
            for name, have in zip(names, held.tolist(), strict=True)
        ),
        requirements=tuple(
            Requirement(holder=name, item=ITEM, quantity=30.0 * daily)
            for name, daily in zip(names, use.tolist(), strict=True)
        ),
        demand=tuple(
            Demand(holder=name, item=ITEM, mean=daily, per="day")
            for name, daily in zip(names, use.tolist(), strict=True)
        ),
        lines=(Line(name="line", owner=names[0], max_rate=output, normal_rate=output, per="day"),),
        line_items=(LineItem(line="line", item=ITEM, production_lead_time_days=5.0),),
        routes=tuple(
            Route(
                from_holder=names[a], to_holder=names[b], lead_time_days=1.0 + min(2, int(3.0 * far[a, b])),
                unit_cost=1.0 + float(np.round(10.0 * far[a, b], 2)),
            )
            for a, b in permutations(range(holders), 2)
        ),
        policies=tuple(
            PolicyRow(role="ordering", holder=name, item=ITEM, line="line", rule="base_stock", quantity=0.0)
            for name in names[:2]
        ),
    )  # fmt: skip


def _settings(periods: int) -> Settings:
    start = dt.date(2024, 1, 1)
    time: dict[str, Any] = {"start": start, "end": start + dt.timedelta(days=periods - 1), "period": "day"}
    return Settings.model_validate({"title": "Generated mesh", "time": time})
