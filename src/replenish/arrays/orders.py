"""Order slots, with contracts and work that come from before the start, as arrays."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from replenish.arrays import groups
from replenish.arrays.context import Context, floats, ints, offsets
from replenish.arrays.delays import due_period, entry_law
from replenish.arrays.groups import Floats, Lines, Products, Slips, Slots
from replenish.arrays.labels import is_random
from replenish.arrays.production import Making
from replenish.arrays.rules import in_force
from replenish.scenario.model import Contract, PolicyRow


def to_slots(context: Context, lines: Lines, products: Products, making: Making) -> Slots:
    """Return who orders what where, with contracts and work that come from before the start."""
    labels = context.labels
    holders = [context.holders[holder] for *_, holder in labels.slots]
    product = ints([labels.product_of[line, item] for line, item, _ in labels.slots])
    waits = [_wait(context, making, slot, int(p)) for slot, p in zip(labels.slots, product, strict=True)]
    by_due = lines.allocation[products.line[product]] == groups.ALLOCATE_DUE_DATE
    due_length = np.where(by_due, products.lead[product] + groups.OVERDUE + 1, 0).astype(np.int64)
    ring, due_ring = offsets(products.longest[product]), offsets(due_length)
    book = _opening_book(context, lines, products, ring, due_ring)
    budget = {name: row for row, name in enumerate(context.labels.budgets)}
    paid = {row.holder: row.paid for row in context.scenario.budgets if row.purpose == "orders"}
    return Slots(
        product=product,
        cell=ints([labels.cell_of[holder, item] for _, item, holder in labels.slots]),
        gate=ints([labels.chain_of[holder.gate] for holder in holders]),
        price=floats(making.prices)[product],
        weight=floats([holder.allocation_weight for holder in holders]),
        account=ints([labels.account(holder.name, "orders") for holder in holders]),
        budget=ints([budget.get((holder.name, "orders"), -1) for holder in holders]),
        wait=ints(waits),
        wait_ring=offsets(waits)[:-1],
        lead_ring=ring[:-1],
        opening_work=book.work,
        contracts=book.contracts,
        opening_on_order=_sums(book.work, ring) + book.contracts.sum(axis=0) + book.later,
        policy=in_force(context, len(product), lambda row: ordering_slots(context, row), "ordering"),
        pays_on_delivery=ints([int(paid.get(holder.name) == "delivery") for holder in holders]),
        due_ring=due_ring[:-1],
        due_length=due_length,
        opening_due=book.due,
    )


def _sums(values: Floats, starts: groups.Ints) -> Floats:
    return floats([values[a:b].sum() for a, b in pairwise(starts)])


def _wait(context: Context, making: Making, slot: tuple[str, str, str], product: int) -> int:
    """Return the periods from decided to the book: the whole chain rounded up once, less those in production."""
    row = making.rows[product]
    days = context.holders[slot[2]].decision_delay_days + row.administrative_lead_time_days
    return context.calendar.delay(days + row.production_lead_time_days) - making.leads[product].planned


def ordering_slots(context: Context, row: PolicyRow) -> list[int]:
    """Return the slots in which an ordering policy orders: of its line, or of the one that makes the item."""
    lines = [row.line] if row.line else context.labels.lines_of[row.item]
    return [context.labels.slot_of[line, row.item, row.holder] for line in lines]


class _Book(NamedTuple):
    """What was ordered before the start."""

    work: Floats  # (ring,) good units in production, by slot and period of completion
    contracts: Floats  # (T, O) by the period in which they enter the book
    later: Floats  # (O,) contracts that enter after the horizon or at a time that is drawn: only on order
    due: Floats  # (due ring,) what enters in the first period on lines that allocate by due date, by due period


def _opening_book(
    context: Context, lines: Lines, products: Products, ring: groups.Ints, due_ring: groups.Ints
) -> _Book:
    """Return what was ordered before the start.

    Contracts that fall due within the lead time are served from what is already in production; what that does not
    cover enters the book in the first period.
    """
    slots = context.labels.slots
    book = _Book(np.zeros(int(ring[-1])), np.zeros((len(context.calendar), len(slots))), np.zeros(len(slots)),
                 np.zeros(int(due_ring[-1])))  # fmt: skip
    for p, owner in enumerate(products.owner_slot):
        output = products.opening_output[products.ring[p] : products.ring[p] + products.lead[p]]
        book.work[ring[owner] : ring[owner] + products.lead[p]] = output * lines.unbound[products.line[p]]
    free = book.work.copy()
    for row in sorted(context.scenario.orders, key=lambda row: (row.due, row.name)):
        slot = context.labels.slot_of[row.line, row.item, row.holder]
        if is_random(row):
            book.later[slot] += row.quantity
            continue
        product = context.labels.product_of[row.line, row.item]
        owner, due, rest = int(products.owner_slot[product]), due_period(context, row), row.quantity
        entry = due - int(products.lead[product])
        if entry < 0:
            taken = min(rest, free[ring[owner] + due])
            free[ring[owner] + due] -= taken
            book.work[ring[owner] + due] -= taken
            book.work[ring[slot] + due] += taken
            rest -= taken
        if entry <= 0 and due_ring[slot + 1] > due_ring[slot]:
            book.due[due_ring[slot] + due] += rest
        place_in_book = book.contracts[max(0, entry)] if entry < len(context.calendar) else book.later
        place_in_book[slot] += rest
    return book


def to_slips(context: Context, products: Products) -> Slips:
    """Return the contracts whose entry into the book is drawn."""
    labels = context.labels
    by_name = {row.name: row for row in context.scenario.orders}
    rows = [by_name[name] for name in labels.slips]
    return Slips(
        slot=ints([labels.slot_of[row.line, row.item, row.holder] for row in rows]),
        quantity=floats([row.quantity for row in rows]),
        law=ints([_law(context, products, row) for row in rows]),
    )


def _law(context: Context, products: Products, row: Contract) -> int:
    lead = int(products.lead[context.labels.product_of[row.line, row.item]])
    return context.laws.add(("slip", row.name), lambda: entry_law(context, row, lead))
