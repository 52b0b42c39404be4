"""What may hold a number down in a period: bottlenecks of lines, routes, stocks of donors, gates, budgets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from replenish.measures import Measure
from replenish.simulation.series import Names
from replenish.study.explain_kept import Kept
from replenish.study.explained import Limit, shown

Flow = tuple[str, str, str]


def limits(kept: Kept, measure: Measure, names: Names, period: int) -> Iterator[Limit]:
    """Yield the limits on what makes, moves and pays for a thing, those that are kept."""
    match measure.about:
        case "product" | "limit":
            product = kept.labels.product_of[names["line"], names["item"]]
            when = _started(kept, product, period) if measure.name == "production" else period
            yield from _bottlenecks(kept, [product], when)
        case "cell" | "demand":
            cell = kept.labels.cell_of[names["holder"], names["item"]]
            slots = kept.arrays.slots
            yield from _bottlenecks(kept, sorted(set(slots.product[slots.cell == cell].tolist())), period)
            flows = [flow for flow in kept.labels.flows if flow[1:] == (names["holder"], names["item"])]
            yield from _transport(kept, flows, period)
            yield from _money(kept, names["holder"], period)
        case "flow" | "pledge":
            yield from _transport(kept, [(names["holder"], names["to_holder"], names["item"])], period)
        case "account" | "budget":
            yield from _money(kept, names["holder"], period)
        case "state":
            return


def _started(kept: Kept, product: int, period: int) -> int:
    """Return the period in which was started what is completed now, as far as it is known and not before the first."""
    products = kept.arrays.products
    return max(0, period - int(products.lead[product])) if products.lead_law[product] < 0 else period


def _bottlenecks(kept: Kept, products: Iterable[int], period: int) -> Iterator[Limit]:
    """Yield what held production back that was started in the period, in most paths first."""
    note = f"of the paths, in what is started from {kept.result.calendar.starts[period]} on"
    for row in products:
        own = kept.things["product"][row]
        found = [
            (share, thing["limit"])
            for thing in kept.things["limit"]
            if thing["line"] == own["line"] and thing["item"] == own["item"]
            if (share := kept.mean("bottleneck_share", period, thing))
        ]
        for share, limit in sorted(found, reverse=True):
            name = f"{own['line']} making {own['item']} held back by {limit}"
            yield Limit(name=name, value=share, unit="share", note=note)


def _transport(kept: Kept, flows: list[Flow], period: int) -> Iterator[Limit]:
    arrays, labels = kept.arrays, kept.labels
    for route in sorted({int(arrays.flows.route[labels.flow_of[flow]]) for flow in flows}):
        yield from _route(kept, route, period)
    for donor, item in sorted({(flow[0], flow[2]) for flow in flows}):
        held = kept.mean("on_hand", period, {"holder": donor, "item": item})
        floor = float(arrays.stocks.floor[labels.cell_of[donor, item]])
        if held is not None:
            name = f"stock of {donor} above its floor of {shown(floor)}"
            unit = next(row.unit for row in labels.scenario.items if row.name == item)
            yield Limit(name=name, value=held - floor, unit=unit, note="mean; a rule may keep more")
    for donor in sorted({flow[0] for flow in flows}):
        yield from _gate(kept, donor, period, is_release=True)


def _route(kept: Kept, route: int, period: int) -> Iterator[Limit]:
    """Yield the part of a route's capacity that is used, where it has one."""
    flows, capacity = kept.arrays.flows, float(kept.arrays.flows.route_capacity[period, route])
    if not np.isfinite(capacity):
        return
    own = np.flatnonzero(flows.route == route)
    moved = [kept.mean("shipped", period, kept.things["flow"][row]) for row in own]
    if all(amount is not None for amount in moved):
        weight = sum(float(flows.weight[row]) * (amount or 0.0) for row, amount in zip(own, moved, strict=True))
        name = " to ".join(kept.labels.routes[route])
        yield Limit(name=f"route {name} carries", value=weight, of=capacity, unit="tonne")


def _gate(kept: Kept, holder: str, period: int, *, is_release: bool) -> Iterator[Limit]:
    """Yield the mean share that the gate of a holder lets through."""
    gate = next((row.gate for row in kept.labels.scenario.holders if row.name == holder), "")
    if not gate:
        return
    chain, chains = kept.labels.chain_of[gate], kept.arrays.chains
    through = (chains.release_share if is_release else chains.buy_share)[chain]
    parts = [(share, float(through[place])) for place, (_, share) in enumerate(kept.states(chain, period))]
    if all(share is not None for share, _ in parts):
        value = sum((share or 0.0) * own for share, own in parts)
        what = "releases" if is_release else "purchases"
        yield Limit(
            name=f"gate {gate} of {holder} lets through", value=value, unit="share", note=f"of decided {what}, mean"
        )


def _money(kept: Kept, holder: str, period: int) -> Iterator[Limit]:
    for row, (owner, purpose) in enumerate(kept.labels.budgets):
        if owner != holder:
            continue
        left = kept.mean("budget_left", period, {"holder": owner, "purpose": purpose})
        brought = kept.arrays.budgets.amount[: period + 1, row]
        if left is not None and brought.any():
            last = float(brought[np.flatnonzero(brought)[-1]])
            currency = kept.labels.scenario.settings.money.currency
            name = f"budget of {owner} for {purpose}, left of the year's money"
            yield Limit(name=name, value=left, of=last, unit=currency)
    yield from _gate(kept, holder, period, is_release=False)
