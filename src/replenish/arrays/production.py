"""Lines and products as arrays."""

from __future__ import annotations

from collections import Counter
from functools import cached_property

import numpy as np

from replenish.arrays import groups
from replenish.arrays.context import Context, floats, ints, offsets
from replenish.arrays.delays import Lead, to_lead
from replenish.arrays.groups import Floats, Lines, Products, Words
from replenish.arrays.keyed import by_key
from replenish.arrays.rules import in_force
from replenish.draws import WORD
from replenish.scenario.model import Line, LineItem
from replenish.units import MEAN_DAYS

ALLOCATIONS = {
    "proportional": groups.ALLOCATE_PROPORTIONAL,
    "priority": groups.ALLOCATE_PRIORITY,
    "weights": groups.ALLOCATE_WEIGHTS,
    "due_date": groups.ALLOCATE_DUE_DATE,
}


def to_lines(context: Context) -> Lines:
    """Return the lines, rates in their own units of time."""
    labels = context.labels
    by_name = {line.name: line for line in context.scenario.lines}
    rows = [by_name[name] for name in labels.lines]
    made = Counter(line for line, _ in labels.products)
    months = context.share_of["month"]
    shape = (len(rows), len(context.calendar))
    period = MEAN_DAYS[context.calendar.period]
    return Lines(
        first_product=offsets([made[name] for name in labels.lines]),
        start_rate=floats([start_rate(row) for row in rows]),
        min_rate=floats([row.min_sustaining_rate for row in rows]),
        normal_rate=floats([row.max_rate if row.normal_rate is None else row.normal_rate for row in rows]),
        max_rate=floats([row.max_rate for row in rows]),
        ramp=floats([np.inf if row.ramp_limit is None else row.ramp_limit for row in rows]) * months[:, None],
        unbound=floats([1.0 - row.bound_share for row in rows]),
        length=np.array([context.share_of[row.per] for row in rows]).reshape(shape).T.copy(),
        allocation=ints([ALLOCATIONS[row.allocation] for row in rows]),
        policy=in_force(context, len(rows), lambda row: [labels.line_of[row.line]], "production", default=0),
        outage_start=_thresholds([row.outage_probability for row in rows]),
        outage_end=_thresholds([1.0 / max(1.0, row.outage_duration_days / period) for row in rows]),
        keeping_cost=floats([context.price(row.keeping_cost, row.currency) for row in rows]),
        restart_cost=floats([context.price(row.restart_cost, row.currency) for row in rows]),
        account=ints([labels.account(row.owner, "lines") for row in rows]),
    )


def _thresholds(probabilities: list[float]) -> Words:
    """Return probabilities as words: it happens if a draw, which is at least 1, is not above the word."""
    words: Words = np.clip(np.rint(floats(probabilities) * WORD) - 1, 0, WORD - 1).astype(np.uint32)
    return words


def start_rate(line: Line) -> float:
    """Return the rate before the first period: as stated, else the normal rate, else the highest."""
    stated = (line.start_rate, line.normal_rate, line.max_rate)
    return next(rate for rate in stated if rate is not None)


class Making:
    """Products with the rows that they are made from, looked up once."""

    def __init__(self, context: Context) -> None:
        """Collect the rows of every product."""
        by_name = {(row.line, row.item): row for row in context.scenario.line_items}
        lines = {line.name: line for line in context.scenario.lines}
        self.context = context
        self.rows = [by_name[product] for product in context.labels.products]
        self.lines = [lines[row.line] for row in self.rows]

    @cached_property
    def leads(self) -> list[Lead]:
        """Return the production lead time of each product."""
        return [
            to_lead(self.context, row.production_lead_time_days, row.lead_time_coefficient_of_variation)
            for row in self.rows
        ]

    @cached_property
    def prices(self) -> list[float]:
        """Return the usual price of a good unit of each product."""
        items, price = {item.name: item for item in self.context.scenario.items}, self.context.price
        return [
            price(items[row.item].unit_cost, items[row.item].currency)
            if row.unit_cost is None
            else price(row.unit_cost, row.currency)
            for row in self.rows
        ]

    @cached_property
    def shares(self) -> list[float]:
        """Return the share of each product in output that nobody ordered; they sum to 1 by line."""
        weights = by_key(self.rows, lambda row: row.line)
        total = {line: sum(sorted(row.output_share for row in rows)) for line, rows in weights.items()}
        return [row.output_share / total[row.line] if total[row.line] else 0.0 for row in self.rows]


def to_products(context: Context, making: Making) -> Products:
    """Return the products with their components and what is in production at the start."""
    labels = context.labels
    use = {(row.item, row.component): row.quantity for row in context.scenario.components}
    parts = [
        (line.owner, row.item, part)
        for row, line, own in zip(making.rows, making.lines, labels.components, strict=True)
        for part in own
    ]
    ordered = Counter(slot[:2] for slot in labels.slots)
    surge = [_surge_price(context, row, usual) for row, usual in zip(making.rows, making.prices, strict=True)]
    longest = [lead.longest for lead in making.leads]
    return Products(
        line=ints([labels.line_of[row.line] for row in making.rows]),
        capacity_use=floats([row.capacity_use for row in making.rows]),
        yield_fraction=floats([row.yield_fraction for row in making.rows]),
        output_share=floats(making.shares),
        lead=ints([lead.planned for lead in making.leads]),
        longest=ints(longest),
        lead_law=ints([lead.law for lead in making.leads]),
        surge_extra=floats(surge) - floats(making.prices),
        owner_slot=ints([labels.slot_of[r.line, r.item, line.owner] for r, line in
                         zip(making.rows, making.lines, strict=True)]),
        first_slot=offsets([ordered[product] for product in labels.products]),
        first_component=offsets([len(own) for own in labels.components]),
        component_cell=ints([labels.cell_of[holder, part] for holder, _, part in parts]),
        component_use=floats([use[item, part] for _, item, part in parts]),
        ring=offsets(longest)[:-1],
        opening_output=_opening_output(making),
    )  # fmt: skip


def _surge_price(context: Context, row: LineItem, usual: float) -> float:
    return usual if row.surge_unit_cost is None else context.price(row.surge_unit_cost, row.currency)


def _opening_output(making: Making) -> Floats:
    """Return the good units that lines, run at their start rates, have in production, by period of completion."""
    rings = [np.zeros(0)]
    for row, line, share, lead in zip(making.rows, making.lines, making.shares, making.leads, strict=True):
        ring = np.zeros(lead.longest)
        length = np.resize(making.context.share_of[line.per], lead.planned)
        ring[: lead.planned] = start_rate(line) * length * share / row.capacity_use * row.yield_fraction
        rings.append(ring)
    return np.concatenate(rings)
