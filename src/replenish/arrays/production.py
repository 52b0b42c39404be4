"""Lines, products, orders, expansions and budgets as arrays."""

from __future__ import annotations

import datetime as dt
from functools import partial

import numpy as np
from scipy.special import gammainc, ndtr

from replenish import draws
from replenish.arrays import groups
from replenish.arrays.context import Context, floats, ints, offsets
from replenish.arrays.groups import Budgets, Expansions, Floats, Lines, Products, Slots
from replenish.arrays.labels import lines_of
from replenish.arrays.rules import in_force
from replenish.scenario.model import Budget, Expansion, Line, LineItem, PolicyRow
from replenish.units import MEAN_DAYS

ALLOCATIONS = {
    "proportional": groups.ALLOCATE_PROPORTIONAL,
    "priority": groups.ALLOCATE_PRIORITY,
    "weights": groups.ALLOCATE_WEIGHTS,
}


def to_lines(context: Context) -> Lines:
    """Return the lines, rates in their own units of time."""
    labels, calendar = context.labels, context.calendar
    by_name = {line.name: line for line in context.scenario.lines}
    rows = [by_name[name] for name in labels.lines]
    months = calendar.share_of("month")
    shape = (len(calendar), len(rows))
    return Lines(
        first_product=offsets([sum(line == name for line, _ in labels.products) for name in labels.lines]),
        start_rate=floats([start_rate(row) for row in rows]),
        min_rate=floats([row.min_sustaining_rate for row in rows]),
        normal_rate=floats([row.max_rate if row.normal_rate is None else row.normal_rate for row in rows]),
        max_rate=floats([row.max_rate for row in rows]),
        ramp=floats([np.inf if row.ramp_limit is None else row.ramp_limit for row in rows]) * months[:, None],
        unbound=floats([1.0 - row.bound_share for row in rows]),
        length=np.array([calendar.share_of(row.per) for row in rows]).reshape(shape[::-1]).T.copy(),
        allocation=ints([ALLOCATIONS[row.allocation] for row in rows]),
        policy=in_force(context, len(rows), lambda row: [labels.line_of[row.line]], "production", default=0),
    )


def start_rate(line: Line) -> float:
    """Return the rate before the first period: as stated, else the normal rate, else the highest."""
    stated = (line.start_rate, line.normal_rate, line.max_rate)
    return next(rate for rate in stated if rate is not None)


def to_products(context: Context) -> Products:
    """Return the products with their components and what is in production at the start."""
    labels, scenario = context.labels, context.scenario
    by_key = {(row.line, row.item): row for row in scenario.line_items}
    rows = [by_key[product] for product in labels.products]
    owner = {line.name: line.owner for line in scenario.lines}
    total = {line: sum(row.output_share for row in rows if row.line == line) for line in labels.lines}
    use = {(row.item, row.component): row.quantity for row in scenario.components}
    parts = [
        (owner[line], item, part)
        for (line, item), p in zip(labels.products, labels.components, strict=True)
        for part in p
    ]
    leads = [lead(context, row) for row in rows]
    return Products(
        line=ints([labels.line_of[line] for line, _ in labels.products]),
        capacity_use=floats([row.capacity_use for row in rows]),
        yield_fraction=floats([row.yield_fraction for row in rows]),
        output_share=floats([row.output_share / total[row.line] if total[row.line] else 0.0 for row in rows]),
        lead=ints(leads),
        owner_slot=ints([labels.slots.index((line, item, owner[line])) for line, item in labels.products]),
        first_slot=offsets([sum(slot[:2] == product for slot in labels.slots) for product in labels.products]),
        first_component=offsets([len(parts) for parts in labels.components]),
        component_cell=ints([labels.cell_of[holder, part] for holder, _, part in parts]),
        component_use=floats([use[item, part] for _, item, part in parts]),
        first_limit=offsets([groups.LIMIT_COMPONENT + len(parts) for parts in labels.components]),
        ring=offsets(leads)[:-1],
        opening_output=np.concatenate([np.zeros(0), *(_opening_output(context, row) for row in rows)]),
    )


def lead(context: Context, row: LineItem) -> int:
    """Return the production lead time [period]."""
    return context.calendar.delay(row.production_lead_time_days)


def _opening_output(context: Context, row: LineItem) -> Floats:
    """Return the good units that the line, run at its start rate, has in production, by period of completion."""
    line = next(line for line in context.scenario.lines if line.name == row.line)
    shares = sorted(other.output_share for other in context.scenario.line_items if other.line == row.line)
    part = row.output_share / sum(shares) if sum(shares) else 0.0
    length = np.resize(context.calendar.share_of(line.per), lead(context, row))
    return np.asarray(start_rate(line) * length * part / row.capacity_use * row.yield_fraction)


def to_slots(context: Context, lines: Lines, products: Products) -> Slots:
    """Return who orders what where, with contracts and work that come from before the start."""
    labels, holders = context.labels, context.holders
    product_rows = [labels.product_of[line, item] for line, item, _ in labels.slots]
    leads = [int(products.lead[p]) for p in product_rows]
    waits = [_wait(context, slot, lead) for slot, lead in zip(labels.slots, leads, strict=True)]
    work, contracts, later = _opening_book(context, lines, products, offsets(leads))
    budget = {name: row for row, name in enumerate(budget_names(context))}
    return Slots(
        product=ints(product_rows),
        cell=ints([labels.cell_of[holder, item] for _, item, holder in labels.slots]),
        gate=ints([labels.chain_of[holders[holder].gate] for *_, holder in labels.slots]),
        price=floats([_unit_cost(context, line, item) for line, item, _ in labels.slots]),
        weight=floats([holders[holder].allocation_weight for *_, holder in labels.slots]),
        account=ints([labels.account(holder, "orders") for *_, holder in labels.slots]),
        budget=ints([budget.get((holder, "orders"), -1) for *_, holder in labels.slots]),
        wait=ints(waits),
        wait_ring=offsets(waits)[:-1],
        lead_ring=offsets(leads)[:-1],
        opening_work=work,
        contracts=contracts,
        opening_on_order=_sums(work, leads) + contracts.sum(axis=0) + later,
        policy=in_force(context, len(labels.slots), partial(_ordering_slots, context), "ordering"),
    )


def _sums(values: Floats, counts: list[int]) -> Floats:
    return floats([float(part.sum()) for part in np.split(values, offsets(counts)[1:-1])]) if counts else floats([])


def _wait(context: Context, slot: tuple[str, str, str], lead_periods: int) -> int:
    """Return the periods from decided to the book: the whole chain rounded up once, less those in production."""
    line, item, holder = slot
    row = next(row for row in context.scenario.line_items if (row.line, row.item) == (line, item))
    days = context.holders[holder].decision_delay_days + row.administrative_lead_time_days
    return context.calendar.delay(days + row.production_lead_time_days) - lead_periods


def _unit_cost(context: Context, line: str, item: str) -> float:
    row = next(row for row in context.scenario.line_items if (row.line, row.item) == (line, item))
    if row.unit_cost is not None:
        return context.price(row.unit_cost, row.currency)
    thing = next(thing for thing in context.scenario.items if thing.name == item)
    return context.price(thing.unit_cost, thing.currency)


def _ordering_slots(context: Context, row: PolicyRow) -> list[int]:
    lines = lines_of(context.scenario, row.item, row.line)
    return [context.labels.slots.index((line, row.item, row.holder)) for line in lines]


def _opening_book(
    context: Context, lines: Lines, products: Products, ring: groups.Ints
) -> tuple[Floats, Floats, Floats]:
    """Return work in production at the start by slot, contracts by the period in which they enter the book, and later.

    Contracts that fall due within the lead time are served from what is already in production; what that does not
    cover enters the book in the first period.  What enters after the horizon is only on order.
    """
    labels, calendar = context.labels, context.calendar
    work, contracts = np.zeros(int(ring[-1])), np.zeros((len(calendar), len(labels.slots)))
    later = np.zeros(len(labels.slots))
    for p, owner in enumerate(products.owner_slot):
        output = products.opening_output[products.ring[p] : products.ring[p] + products.lead[p]]
        work[ring[owner] : ring[owner] + products.lead[p]] = output * lines.unbound[products.line[p]]
    free = work.copy()
    for row in sorted(context.scenario.orders, key=lambda row: (row.due, row.name)):
        slot = labels.slots.index((row.line, row.item, row.holder))
        product = labels.product_of[row.line, row.item]
        due = calendar.index(row.due + dt.timedelta(days=row.slip_days))
        entry, rest = due - int(products.lead[product]), row.quantity
        if entry < 0:
            owner = int(products.owner_slot[product])
            place = int(ring[owner]) + due
            taken = min(rest, free[place])
            free[place] -= taken
            work[place] -= taken
            work[int(ring[slot]) + due] += taken
            rest -= taken
        place_in_book = contracts[max(0, entry)] if entry < len(calendar) else later
        place_in_book[slot] += rest
    return work, contracts, later


def to_expansions(context: Context) -> Expansions:
    """Return the expansions that have a start date."""
    labels = context.labels
    by_name = {row.name: row for row in context.scenario.expansions}
    rows = [by_name[name] for name in labels.expansions]
    lines = {line.name: line for line in context.scenario.lines}
    budget = {name: row for row, name in enumerate(budget_names(context))}
    owners = [lines[row.line].owner for row in rows]
    return Expansions(
        line=ints([labels.line_of[row.line] for row in rows]),
        step=floats([r.capacity_step * MEAN_DAYS[lines[r.line].per] / MEAN_DAYS[r.per] for r in rows]),
        share=floats([row.realised_share for row in rows]),
        spread=floats([row.realised_spread for row in rows]),
        cost=floats([context.price(row.cost, row.currency) for row in rows]),
        start=ints([context.first_period(row.start) for row in rows]),
        law=ints([context.laws.add(("expansion", row.name), partial(_completion, context, row)) for row in rows]),
        account=ints([labels.account(owner, "expansions") for owner in owners]),
        budget=ints([budget.get((owner, "expansions"), -1) for owner in owners]),
    )


def _completion(context: Context, row: Expansion) -> draws.Law:
    """Return the law of the first period that starts on or after completion; T stands for never in the horizon."""
    assert row.start is not None  # only expansions with a start date are simulated
    planned = row.start.toordinal() + row.build_time_days
    late = np.array([day.toordinal() - planned for day in context.calendar.starts])
    cumulative = np.where(late >= 0, _delay_cdf(row, np.maximum(late, 0.0)), 0.0)
    return draws.Law(draws.COUNT, 0, thresholds=draws.to_thresholds(np.append(cumulative, 1.0)))


def _delay_cdf(row: Expansion, days: Floats) -> Floats:
    mean, variation = row.delay_mean_days, row.delay_coefficient_of_variation
    if row.delay_distribution == "none" or mean == 0:
        return np.where(days >= mean, 1.0, 0.0)
    if row.delay_distribution == "exponential" or variation == 0:
        return np.asarray(-np.expm1(-days / mean))
    if row.delay_distribution == "gamma":
        return np.asarray(gammainc(variation**-2, days / mean * variation**-2))
    sigma = np.sqrt(np.log1p(variation**2))
    with np.errstate(divide="ignore"):
        return np.asarray(ndtr((np.log(days / mean) + sigma**2 / 2) / sigma))


def budget_names(context: Context) -> tuple[tuple[str, str], ...]:
    """Return holder and purpose of each budget, sorted."""
    return tuple(sorted({(row.holder, row.purpose) for row in context.scenario.budgets}))


def to_budgets(context: Context) -> Budgets:
    """Return what each budget adds and keeps at the start of each budget year."""
    names = budget_names(context)
    shape = (len(context.calendar), len(names))
    amount, carry = np.zeros(shape), np.ones(shape)
    gates = []
    for index, (holder, purpose) in enumerate(names):
        rows = {row.year: row for row in context.scenario.budgets if (row.holder, row.purpose) == (holder, purpose)}
        gates.append(max(context.labels.chain_of[row.gate] for row in rows.values()))
        years = [_budget_year(day, context.holders[holder].fiscal_year_start_month) for day in context.calendar.starts]
        for t, year in enumerate(years):
            if t == 0 or year != years[t - 1]:
                amount[t, index] = _amount(context, rows.get(year))
                carry[t, index] = rows[year - 1].carry_over_share if t and year - 1 in rows else 0.0
    return Budgets(amount, carry, ints(gates))


def _amount(context: Context, row: Budget | None) -> float:
    return context.price(row.amount, row.currency) if row else 0.0


def _budget_year(day: dt.date, first_month: int) -> int:
    """Return the budget year of a day; years that start in October or later bear the number of the next year."""
    started = day.year if day.month >= first_month else day.year - 1
    return started + (1 if first_month >= 10 else 0)
