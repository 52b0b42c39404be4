"""Generated networks of any size: holders x items x periods, with everything that a study of one would use.

Every holder holds every item, asks for it by a regime that all share, and orders it up to a level from a line that
makes it from components; all others also give to the first holder.
"""

from __future__ import annotations

import datetime as dt
from itertools import product
from typing import Any

from replenish.scenario.model import (
    ChainState,
    Component,
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
    Transition,
)
from replenish.units import Per

STATES = ("low", "middle", "high")
MEANS = (60.0, 100.0, 160.0)  # demand of a period by state [unit]


def network(
    holders: int, items: int, periods: int, components: int, *, shelf_life_days: float | None = None, per: Per = "week",
    regimes: int = 3,
) -> Scenario:  # fmt: skip
    """Return a network of `holders` x `items` stocks over `periods` weeks, its lines fed by `components`.

    Args:
        holders: number of holders; the first gets from all others.
        items: number of items; each has a line of its own.
        periods: length of the horizon [period].
        components: number of components, shared by the lines.
        shelf_life_days: life of every item; None: they keep.
        per: length of a period.
        regimes: states of the chain on which all demand depends.
    """
    states, means = (STATES, MEANS) if regimes == 3 else _regimes(regimes)
    names = [f"holder{n:04d}" for n in range(holders)]
    things = [f"item{n:02d}" for n in range(items)]
    parts = [f"part{n:02d}" for n in range(components)]
    cells = list(product(names, things))
    return Scenario(
        settings=_settings(periods, per),
        items=tuple(Item(name=name, unit="unit", unit_cost=10.0, shelf_life_days=shelf_life_days) for name in things)
        + tuple(Item(name=name, unit="unit", unit_cost=1.0) for name in parts),
        holders=(*(Holder(name=name) for name in names), Holder(name="maker")),
        stocks=tuple(Stock(holder=h, item=i, on_hand=2_000.0, floor=300.0) for h, i in cells)
        + tuple(Stock(holder="maker", item=part, on_hand=1e6) for part in parts),
        requirements=tuple(Requirement(holder=h, item=i, quantity=2_000.0) for h, i in cells),
        chains=tuple(ChainState(chain="regime", state=state, start_probability=1 / regimes) for state in states),
        transitions=tuple(
            Transition(chain="regime", from_state=a, to_state=b, probability=0.9 if a == b else 0.1 / (regimes - 1))
            for a, b in product(states, states)
        ),
        demand=tuple(
            Demand(holder=h, item=i, chain="regime", state=state, mean=mean, per=per,
                   distribution="negative_binomial", coefficient_of_variation=0.5)
            for (h, i), (state, mean) in product(cells, zip(states, means, strict=True))
        ),
        lines=tuple(_line(f"line_{name}", holders, per) for name in things)
        + tuple(_line(f"line_{name}", holders * items, per) for name in parts),
        line_items=tuple(
            LineItem(line=f"line_{name}", item=name, production_lead_time_days=14.0,
                     lead_time_coefficient_of_variation=0.3)
            for name in things
        ) + tuple(LineItem(line=f"line_{name}", item=name, production_lead_time_days=14.0) for name in parts),
        components=tuple(
            Component(item=name, component=parts[n % components]) for n, name in enumerate(things) if components
        ),
        routes=tuple(
            Route(from_holder=name, to_holder=names[0], lead_time_days=14.0, loss_probability=0.02)
            for name in names[1:]
        ),
        policies=tuple(_policies(names, things, parts)),
    )  # fmt: skip


def _regimes(count: int) -> tuple[tuple[str, ...], tuple[float, ...]]:
    """Return names of regimes and the demand of a period in each [unit]."""
    steps = [n / (count - 1) for n in range(count)]
    return tuple(f"regime{n}" for n in range(count)), tuple(60.0 + 100.0 * step for step in steps)


def _settings(periods: int, per: Per) -> Settings:
    start = dt.date(2024, 1, 1)
    days = {"day": 1, "week": 7, "month": 30.4375, "year": 365.25}[per]
    time: dict[str, Any] = {
        "start": start, "end": start + dt.timedelta(days=int(periods * days) - 1), "period": per,
    }  # fmt: skip
    return Settings.model_validate({"title": "Generated network", "time": time})


def _line(name: str, size: int, per: Per) -> Line:
    return Line(name=name, owner="maker", normal_rate=110.0 * size, max_rate=130.0 * size, per=per,
                ramp_limit=20.0 * size, start_rate=100.0 * size)  # fmt: skip


def _policies(names: list[str], things: list[str], parts: list[str]) -> list[PolicyRow]:
    orders = [
        PolicyRow(role="ordering", holder=h, item=i, rule="reorder_point", reorder_point=1_500.0, quantity=2_000.0)
        for h, i in product(names, things)
    ]
    gifts = [
        PolicyRow(role="release", holder=h, to_holder=names[0], item=i, rule="proportional", quantity=500.0)
        for h, i in product(names[1:], things)
    ]
    supplies = [
        PolicyRow(role="ordering", holder="maker", item=part, rule="base_stock", quantity=1e6) for part in parts
    ]
    return orders + gifts + supplies
