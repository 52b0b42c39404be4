"""Terms of what is made, moved and spent, and of the states of chains."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from replenish.simulation.series import Names
from replenish.study.explain_kept import Kept, added, divided, number
from replenish.study.explained import Breakdown, Term, shown
from replenish.study.rare import probabilities


def production(kept: Kept, names: Names, period: int, value: float) -> Iterator[Breakdown]:
    """Yield the capacity and its use one lead time before, when what is completed now was started."""
    products, row = kept.arrays.products, kept.labels.product_of[names["line"], names["item"]]
    started = period - int(products.lead[row])
    if products.lead_law[row] >= 0:
        yield added(
            "started before; its lead time is random", value, [number("started in several earlier periods", None)]
        )
    elif started < 0:
        yield added(
            "started before the first period, at the start rate", value, [number("in production at the start", value)]
        )
    else:
        terms = (
            kept.term("capacity when it was started", "capacity", started, names),
            kept.term("part of it that was used", "utilisation", started, names),
        )
        yield _multiplied("capacity x utilisation, one lead time before", value, terms)


def capacity(kept: Kept, names: Names, period: int, value: float) -> Iterator[Breakdown]:
    """Yield what the line could make with the tooling of the start, and what expansions added."""
    products, lines = kept.arrays.products, kept.arrays.lines
    row = kept.labels.product_of[names["line"], names["item"]]
    line = int(products.line[row])
    each = float(products.yield_fraction[row] / products.capacity_use[row])
    base = number(
        "highest rate with the tooling of the start", lines.max_rate[line] * lines.length[period, line] * each
    )
    grown = bool((kept.arrays.expansions.line == line).any())
    yield added(
        "tooling of the start and expansions", value, [base] + [number("expansions that are complete", None)] * grown
    )


def utilisation(kept: Kept, names: Names, period: int, value: float) -> Iterator[Breakdown]:
    """Yield what was started, as it comes out one lead time later, and the capacity."""
    products, row = kept.arrays.products, kept.labels.product_of[names["line"], names["item"]]
    able = kept.term("capacity", "capacity", period, names)
    later = period + int(products.lead[row])
    if products.lead_law[row] >= 0 or later >= kept.periods:
        made = number("started; it comes out at a random time or after the horizon", None)
    else:
        made = kept.term("started, as completed one lead time later", "production", later, names)
    ratio = made.value / able.value if made.value is not None and able.value else None
    yield divided("started / capacity", value, (made, able), ratio, "started / capacity")


def bottleneck_share(kept: Kept, names: Names, period: int, value: float) -> Iterator[Breakdown]:
    """Yield one less the shares of all other limits of the product."""
    others = [
        kept.term(thing["limit"], "bottleneck_share", period, thing, sign=-1)
        for thing in kept.things["limit"]
        if thing | {"limit": ""} == names | {"limit": ""} and thing != names
    ]
    possible = [term for term in others if term.value is not None]  # a limit that can never hold has no series
    yield added("all paths less those in which another limit holds", value, [number("all paths", 1.0), *possible])


def delivered(kept: Kept, names: Names, period: int, value: float) -> Iterator[Breakdown]:
    """Yield what was shipped one transport time before, less losses."""
    flows, row = kept.arrays.flows, kept.labels.flow_of[names["holder"], names["to_holder"], names["item"]]
    left, survival = period - int(flows.lead[row]), float(flows.survival[row])
    if flows.lead_law[row] >= 0:
        terms = [number("shipped in several earlier periods, less losses", None)]
    elif left < 0:
        terms = [number("nothing is on the way at the start", 0.0)]
    else:
        title = f"shipped one transport time before, x {survival:g} that is not lost"
        terms = [kept.term(title, "shipped", left, names, factor=survival)]
    yield added("what was shipped before", value, terms)


def pledge_fulfilment(kept: Kept, names: Names, period: int, value: float) -> Iterator[Breakdown]:
    """Yield what was promised, what had arrived at the start and what has since."""
    pledges, row = kept.arrays.pledges, kept.things["pledge"].index(names)
    promised = float(pledges.quantity[row])
    before = promised - float(pledges.open[row])
    terms = (
        number("promised", promised),
        number("arrived before the start", before),
        number("arrived since and counted for this pledge, the earliest due first", value * promised - before),
    )
    check = (
        f"({shown(before)} + {shown(terms[2].value)}) / {shown(promised)} = {shown(value)}; all paths have one promise"
    )
    yield Breakdown(
        title="arrived / promised", kind="ratio", terms=terms, value=value, expected=value, is_exact=True, check=check
    )


def spend(kept: Kept, names: Names, period: int, value: float) -> Iterator[Breakdown]:
    """Yield transport by route and holding by stock; of other purposes no smaller part is kept."""
    arrays, labels, holder = kept.arrays, kept.labels, names["holder"]
    if names["purpose"] == "transport":
        own = [
            row for row, account in enumerate(arrays.flows.account) if account == labels.account(holder, "transport")
        ]
        terms = [_shipping(kept, row, period) for row in own if arrays.flows.cost[row] > 0]
        yield added("shipped x cost of a unit", value, terms)
    elif names["purpose"] == "holding":
        account = labels.account(holder, "holding")
        cells = [row for row in range(len(labels.cells)) if arrays.stocks.account[row] == account]
        yield added(
            "stock x cost of a unit for the period", value, [t for row in cells for t in _holding(kept, row, period)]
        )


def budget_left(kept: Kept, names: Names, period: int, value: float) -> Iterator[Breakdown]:
    """Yield what was left, what the year brought and what was spent."""
    budgets, row = kept.arrays.budgets, kept.labels.budgets.index((names["holder"], names["purpose"]))
    carry, amount = float(budgets.carry[period, row]), float(budgets.amount[period, row])
    terms = []
    if period:
        title = "left at the end of the period before" + ("" if carry == 1 else f", x {carry:g} that is carried over")
        terms.append(kept.term(title, "budget_left", period - 1, names, factor=carry))
    terms.append(number("money that a budget year brings in this period", amount))
    terms.append(kept.term("spent", "spend", period, names, sign=-1))
    free = [number("spent beside the budget: output nobody ordered, surge prices, payment at another time", None)]
    yield added("left before, new money and spend", value, [*terms, *free * (names["purpose"] == "orders")])


def state_share(kept: Kept, names: Names, period: int, value: float) -> Iterator[Breakdown]:
    """Yield the moves into the state from each state of the period before."""
    chains, chain = kept.arrays.chains, kept.labels.chain_of[names["chain"]]
    state = kept.labels.states[chain].index(names["state"])
    forced = int(chains.forced[period, chain])
    if forced >= 0:
        yield added(
            "the state is known in this period", value, [number("known from the table forced", float(forced == state))]
        )
        return
    count = int(chains.states[chain])
    moves = probabilities(chains.move[chain, :count], count)
    if period == 0:
        terms = [number("start probability", probabilities(chains.start[chain], count)[state])]
    else:
        terms = [
            kept.term(
                f"from {other}: its share x {moves[place, state]:.4g}", "state_share", period - 1,
                {"chain": names["chain"], "state": other}, factor=moves[place, state],
            )
            for place, other in enumerate(kept.labels.states[chain])
        ]  # fmt: skip
    influenced = chains.first_influence[chain] != chains.first_influence[chain + 1]
    rest = "influences of stocks and deliveries, and chance" if influenced else "chance: how these paths moved"
    yield added("moves into the state", value, terms, rest=rest)


def _multiplied(title: str, value: float, terms: tuple[Term, Term]) -> Breakdown:
    first, second = (term.value for term in terms)
    expected = None if first is None or second is None else first * second
    came = "a term is not kept" if expected is None else f"product of the means {shown(expected)}"
    check = (
        f"{came}; {shown(value)} is the mean of the products, the same only where one of them is the same in every path"
    )
    return Breakdown(
        title=title, kind="product", terms=terms, value=value, expected=expected, is_exact=False, check=check
    )  # fmt: skip


def _shipping(kept: Kept, row: int, period: int) -> Term:
    cost = float(kept.arrays.flows.cost[row])
    flow = kept.things["flow"][row]
    return kept.term(f"{flow['item']} to {flow['to_holder']} x {cost:g}", "shipped", period, flow, factor=cost)


def _holding(kept: Kept, row: int, period: int) -> Iterator[Term]:
    stocks, years = kept.arrays.stocks, float(kept.arrays.clock.years[period])
    holder, item = kept.labels.cells[row]
    for measure, cost in (("on_hand", stocks.holding_cost[row]), ("outside", stocks.outside_cost[row])):
        if cost > 0 and (measure == "on_hand" or np.isfinite(stocks.storage_limit[row])):
            title = f"{item} {measure.replace('_', ' ')} x {cost:g} a year"
            yield kept.term(title, measure, period, {"holder": holder, "item": item}, factor=float(cost) * years)
