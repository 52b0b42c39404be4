"""Terms of what is held, asked and owed; see the conservation law in docs/explanation/period-step.md, section 8."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from replenish.simulation.series import Names
from replenish.study.explain_kept import Kept, added, divided, number
from replenish.study.explained import Breakdown, Term, shown


def on_hand(kept: Kept, names: Names, period: int, value: float) -> Iterator[Breakdown]:
    """Yield opening stock, what came and what left."""
    waiting = [kept.term("waiting outside", "outside", period, names, sign=-1)] * _has_storage_limit(kept, names)
    yield added("stock before, what came and what left", value, [*_balance(kept, names, period), *waiting])


def outside(kept: Kept, names: Names, period: int, value: float) -> Iterator[Breakdown]:
    """Yield what there is in all less what is on hand."""
    held = kept.term("on hand", "on_hand", period, names, sign=-1)
    yield added(
        "stock before, what came and what left, less what found room", value, [*_balance(kept, names, period), held]
    )


def in_transit(kept: Kept, names: Names, period: int, value: float) -> Iterator[Breakdown]:
    """Yield what was on the way, what left for the stock and what arrived, before losses."""
    terms = [kept.before("in_transit", period, names, 0.0)]
    for flow in _flows(kept, names, to="to_holder"):
        survival = float(kept.arrays.flows.survival[kept.labels.flow_of[_flow_key(flow)]])
        terms.append(kept.term(f"shipped from {flow['holder']}", "shipped", period, flow))
        arrived = kept.term(f"arrived from {flow['holder']}, losses put back", "delivered", period, flow, sign=-1)
        total = None if arrived.value is None or survival == 0 else arrived.value / survival
        terms.append(replace(arrived, value=total))
    yield added("on the way before, what left and what arrived", value, terms)


def on_order(kept: Kept, names: Names, period: int, value: float) -> Iterator[Breakdown]:
    """Yield what was on order, what was ordered and what was received."""
    slots = kept.arrays.slots
    at_start = float(slots.opening_on_order[slots.cell == _cell(kept, names)].sum())
    received = [replace(term, sign=-1.0) for term in _received(kept, names, period)]
    ordered = number("ordered, or started without an order, in the period", None)
    yield added(
        "on order before, ordered and received",
        value,
        [kept.before("on_order", period, names, at_start), ordered, *received],
    )


def requirement(kept: Kept, names: Names, period: int, value: float) -> Iterator[Breakdown]:
    """Yield the requirement of each state of the chain on which it depends."""
    stocks, cell = kept.arrays.stocks, _cell(kept, names)
    chain = int(stocks.requirement_chain[cell])
    yield added("requirement in force", value, _by_state(kept, stocks.requirement[period, cell], chain, period))


def shortfall(kept: Kept, names: Names, period: int, value: float) -> Iterator[Breakdown]:
    """Yield the requirement less what is on hand; paths that hold more do not make up for others."""
    terms = (
        kept.term("requirement", "requirement", period, names),
        kept.term("on hand", "on_hand", period, names, sign=-1),
    )
    yield added(
        "requirement less on hand", value, terms, rest="what other paths hold above it, which covers no shortfall"
    )


def days_of_supply(kept: Kept, names: Names, period: int, value: float) -> Iterator[Breakdown]:
    """Yield what is on hand and the planning use a day."""
    stocks, cell = kept.arrays.stocks, _cell(kept, names)
    stated = stocks.planning_use[period, cell]
    if stated.any():
        parts = _by_state(kept, stated, int(stocks.requirement_chain[cell]), period)
    else:
        parts = [part for row in _demands(kept, names) for part in _mean_demand(kept, row, period)]
        days = float(kept.arrays.clock.days[period])
        parts = [replace(part, value=None if part.value is None else part.value / days) for part in parts]
    known = [part.value for part in parts if part.value is not None]
    use = number("planning use a day", sum(known) if len(known) == len(parts) else None)
    held = kept.term("on hand", "on_hand", period, names)
    ratio = held.value / use.value if held.value is not None and use.value else None
    yield divided("on hand / planning use", value, (held, use), ratio, "on hand / planning use")


def expired(kept: Kept, names: Names, period: int, value: float) -> Iterator[Breakdown]:
    """Yield what has expired so far and what had before."""
    now = kept.term("expired since the start", "expired_cumulative", period, names)
    before = replace(kept.before("expired_cumulative", period, names, 0.0), sign=-1.0)
    yield added("difference of sums from the start", value, (now, before))


def bundled(kept: Kept, names: Names, period: int, value: float) -> Iterator[Breakdown]:
    """Yield what each demand used up along with what it was given."""
    sources, demands, cell = kept.arrays.sources, kept.arrays.demands, _cell(kept, names)
    terms = []
    for row, thing in enumerate(kept.things["demand"]):
        first, end = int(demands.first_source[row]), int(demands.first_source[row + 1])
        for source in range(first, end):
            for b in range(int(sources.first_bundle[source]), int(sources.first_bundle[source + 1])):
                if sources.bundle_cell[b] != cell:
                    continue
                use, (_, item) = float(sources.bundle_use[b]), kept.labels.cells[int(sources.cell[source])]
                title = f"{use:g} for each {item} issued for {thing['purpose']}"
                is_plain = end == first + 1
                terms.append(kept.term(title, "issues", period, thing, factor=use) if is_plain else number(title, None))
    yield added("used up by the use of other items", value, terms)


def demand(kept: Kept, names: Names, period: int, value: float) -> Iterator[Breakdown]:
    """Yield the mean by state of its chain; what is drawn around it is chance."""
    row = kept.things["demand"].index(names)
    parts = _mean_demand(kept, row, period)
    yield added("mean demand by state", value, parts, rest="chance: what these paths drew above or below the means")


def issues(kept: Kept, names: Names, period: int, value: float) -> Iterator[Breakdown]:
    """Yield what was asked and owed before, less what is owed now or lost."""
    asked = kept.term("demand of the period", "demand", period, names)
    if _is_owed(kept, names):
        owed = replace(kept.term("owed at the end of the period", "backorders", period, names), sign=-1.0)
        terms = [asked, kept.before("backorders", period, names, 0.0), owed]
    else:
        terms = [asked, kept.term("unmet, which is lost", "unmet", period, names, sign=-1)]
    yield added("asked, less what is owed or lost", value, terms)


def unmet(kept: Kept, names: Names, period: int, value: float) -> Iterator[Breakdown]:
    """Yield what was asked less what was issued of it."""
    terms = [
        kept.term("demand of the period", "demand", period, names),
        kept.term("issued in the period", "issues", period, names, sign=-1),
    ]
    served = [number("issued for what was owed from before", None)] * _is_owed(kept, names)
    yield added("demand less what was issued of it", value, [*terms, *served])


def backorders(kept: Kept, names: Names, period: int, value: float) -> Iterator[Breakdown]:
    """Yield what was owed, asked and issued; nothing is owed where unmet demand is lost."""
    if not _is_owed(kept, names):
        yield added("unmet demand is lost, not owed", value, [number("owed", 0.0)])
        return
    terms = [
        kept.before("backorders", period, names, 0.0),
        kept.term("demand of the period", "demand", period, names),
        kept.term("issued in the period", "issues", period, names, sign=-1),
    ]
    yield added("owed before, asked and issued", value, terms)


def fill_rate(kept: Kept, names: Names, period: int, value: float) -> Iterator[Breakdown]:
    """Yield what was asked and what was unmet since the start."""
    asked = [kept.mean("demand", t, names) for t in range(period + 1)]
    known = [number for number in asked if number is not None]
    unmet_term = kept.term("unmet since the start", "unmet_cumulative", period, names)
    last = kept.term("demand since the start", "demand", period, names)
    total = replace(last, unit=unmet_term.unit, date=None, value=sum(known) if len(known) == len(asked) else None)
    ratio = None
    if total.value is not None and unmet_term.value is not None:
        ratio = 1 - unmet_term.value / total.value if total.value else 1.0
    yield divided("1 - unmet / demand since the start", value, (unmet_term, total), ratio, "1 - unmet / demand")


def _balance(kept: Kept, names: Names, period: int) -> Iterator[Term]:
    """Yield the terms of the conservation law of a stock; on hand and outside together."""
    yield kept.before("on_hand", period, names, float(kept.arrays.stocks.opening[_cell(kept, names)]))
    if period and _has_storage_limit(kept, names):
        yield kept.term("waiting outside at the end of the period before", "outside", period - 1, names)
    yield from _received(kept, names, period)
    for flow in _flows(kept, names, to="to_holder"):
        yield kept.term(f"delivered from {flow['holder']}", "delivered", period, flow)
    yield from _issued(kept, names, period)
    for flow in _flows(kept, names, to="holder"):
        yield kept.term(f"shipped to {flow['to_holder']}", "shipped", period, flow, sign=-1)
    yield from _taken(kept, names, period)
    if kept.arrays.stocks.ages[_cell(kept, names)] > 0:
        yield kept.term("expired", "expired", period, names, sign=-1)


def _received(kept: Kept, names: Names, period: int) -> Iterator[Term]:
    """Yield what lines delivered: of a line with several customers it is not kept who got how much."""
    slots, products = kept.arrays.slots, kept.arrays.products
    for product in sorted(set(slots.product[slots.cell == _cell(kept, names)].tolist())):
        thing, line = kept.things["product"][product], kept.labels.products[product][0]
        unbound = float(kept.arrays.lines.unbound[products.line[product]])
        if products.first_slot[product + 1] - products.first_slot[product] == 1:
            net = "" if unbound == 1 else ", less what is bound to others"
            yield kept.term(f"received from {line}{net}", "production", period, thing, factor=unbound)
        else:
            yield number(f"received from {line}, which serves others too", None)


def _issued(kept: Kept, names: Names, period: int) -> Iterator[Term]:
    """Yield what demands took from the stock itself, and what left it for other items."""
    for row in _demands(kept, names):
        thing = kept.things["demand"][row]
        yield kept.term(f"issued for {thing['purpose']}", "issues", period, thing, sign=-1)
    yield from _substitutes(kept, names, period)
    sources, cell = kept.arrays.sources, _cell(kept, names)
    if _substitute_of(kept, cell):
        yield kept.term("issued in place of other items", "substituted", period, names, sign=-1)
    if (sources.bundle_cell == cell).any():
        yield kept.term("used up with other items", "bundled", period, names, sign=-1)


def _substitutes(kept: Kept, names: Names, period: int) -> Iterator[Term]:
    """Yield the part of what is issued for the item that was taken from its substitutes."""
    sources, demands, own = kept.arrays.sources, kept.arrays.demands, _demands(kept, names)
    used: dict[int, float] = {}
    for row in own:
        for source in range(int(demands.first_source[row]) + 1, int(demands.first_source[row + 1])):
            used[int(sources.cell[source])] = float(sources.ratio[source])
    for cell, ratio in used.items():
        holder, item = kept.labels.cells[cell]
        title = f"of it served by {item}"
        if set(_substitute_of(kept, cell)) <= set(own):
            yield kept.term(title, "substituted", period, {"holder": holder, "item": item}, factor=1 / ratio)
        else:
            yield number(title, None)


def _substitute_of(kept: Kept, cell: int) -> list[int]:
    """Return the demands that a stock may serve in place of their own."""
    sources, demands = kept.arrays.sources, kept.arrays.demands
    places = np.flatnonzero(sources.cell == cell)
    rows = np.searchsorted(demands.first_source, places, side="right") - 1
    return [int(row) for row, place in zip(rows, places, strict=True) if place != demands.first_source[row]]


def _taken(kept: Kept, names: Names, period: int) -> Iterator[Term]:
    """Yield what production took: what is started now and comes out one lead time later says how much."""
    products, cell = kept.arrays.products, _cell(kept, names)
    made = np.repeat(np.arange(len(products.line)), np.diff(products.first_component))
    for place in np.flatnonzero(products.component_cell == cell):
        product = int(made[place])
        line, item = kept.labels.products[product]
        later, title = period + int(products.lead[product]), f"taken by {line} for {item}"
        if products.lead_law[product] >= 0 or later >= kept.periods:
            yield number(title, None)
            continue
        factor = float(products.component_use[place]) / float(products.yield_fraction[product])
        yield kept.term(title, "production", later, kept.things["product"][product], sign=-1, factor=factor)


def _by_state(kept: Kept, values: np.ndarray[tuple[int], np.dtype[np.float64]], chain: int, period: int) -> list[Term]:
    """Return a number of each state of a chain times the share of paths in it."""
    if chain < 0:
        return [number("as the scenario says", float(values[0]))]
    name, terms = kept.labels.chains[chain], []
    for place, (state, share) in enumerate(kept.states(chain, period)):
        part = "its share" if share is None else f"{share:.4g}"
        title = f"{shown(float(values[place]))} in {part} of the paths, {name} {state}"
        asked = {"chain": name, "state": state}
        terms.append(kept.term(title, "state_share", period, asked, factor=float(values[place])))
    return [replace(term, unit="") for term in terms]


def _mean_demand(kept: Kept, row: int, period: int) -> list[Term]:
    demands = kept.arrays.demands
    return _by_state(kept, demands.mean[period, row], int(demands.chain[row]), period)


def _demands(kept: Kept, names: Names) -> list[int]:
    """Return the rows of the demands that a stock serves first."""
    return np.flatnonzero(kept.arrays.demands.cell == _cell(kept, names)).tolist()


def _is_owed(kept: Kept, names: Names) -> bool:
    return bool(kept.arrays.demands.is_owed[kept.things["demand"].index(names)])


def _flows(kept: Kept, names: Names, *, to: str) -> list[Names]:
    """Return the flows of a stock: those whose `to` label, recipient or donor, is its holder."""
    return [flow for flow in kept.things["flow"] if flow[to] == names["holder"] and flow["item"] == names["item"]]


def _flow_key(flow: Names) -> tuple[str, str, str]:
    return flow["holder"], flow["to_holder"], flow["item"]


def _cell(kept: Kept, names: Names) -> int:
    return kept.labels.cell_of[names["holder"], names["item"]]


def _has_storage_limit(kept: Kept, names: Names) -> bool:
    return bool(np.isfinite(kept.arrays.stocks.storage_limit[_cell(kept, names)]))
