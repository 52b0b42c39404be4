"""Section 5 of docs/explanation/period-step.md: who gets what a line makes."""

from __future__ import annotations

import numpy as np

from replenish.arrays.groups import (
    ALLOCATE_DUE_DATE,
    ALLOCATE_PRIORITY,
    ALLOCATE_PROPORTIONAL,
    ALLOCATE_WEIGHTS,
    OVERDUE,
    Floats,
    Ints,
)
from replenish.simulation.kernel.compiled import compiled, inlined
from replenish.simulation.kernel.lanes import add
from replenish.simulation.kernel.records import Records
from replenish.simulation.kernel.tables import Tables

_EPSILON = 1e-12  # what is left of an order beyond it is rounding


@inlined
def allocate(t: int, product: Records, lead: int, tables: Tables, amounts: Floats, codes: Ints) -> None:
    """Share the good units started, in the second lane row, among open orders; the rest is the owner's."""
    lane = tables.layout[0].lane
    rule = tables.lines[product.line].allocation
    left = amounts[lane + 1]
    if rule == ALLOCATE_PRIORITY:
        serve_in_turn(left, product, tables, amounts)
    elif rule == ALLOCATE_WEIGHTS:
        serve_by_weight(left, product, tables, amounts)
    elif rule == ALLOCATE_DUE_DATE:
        serve_by_due_date(t, left, product, tables, amounts)
    else:
        find_cut(left, product, tables, amounts)
    for o in range(product.first_slot, product.end_slot):
        slot = tables.slots[o]
        served = amounts[slot.served]
        if rule == ALLOCATE_PROPORTIONAL:
            served = amounts[lane + 5]
            serve_part(left, served, amounts[slot.book], amounts[lane + 4])
        hand_over(t, served, slot, product, lead, tables, amounts, codes)
    give_rest(t, left, product, lead, tables, amounts, codes)


@inlined
def find_cut(left: Floats, product: Records, tables: Tables, amounts: Floats) -> None:
    """Write the factor by which all open orders are cut into the fifth lane row."""
    cut = amounts[tables.layout[0].lane + 4]
    cut[:] = 0.0
    for o in range(product.first_slot, product.end_slot):
        add(cut, amounts[tables.slots[o].book])
    for i in range(cut.shape[0]):
        cut[i] = left[i] / cut[i] if cut[i] > left[i] else 1.0


@inlined
def serve_part(left: Floats, served: Floats, book: Floats, cut: Floats) -> None:
    """Write the part of one slot's open orders that is served."""
    for i in range(left.shape[0]):
        served[i] = book[i] * cut[i]
        left[i] -= served[i]


@inlined
def serve_in_turn(left: Floats, product: Records, tables: Tables, amounts: Floats) -> None:
    """Serve slots in the order of their rows, which is that of priority."""
    for o in range(product.first_slot, product.end_slot):
        book, served = amounts[tables.slots[o].book], amounts[tables.slots[o].served]
        for i in range(left.shape[0]):
            served[i] = min(left[i], book[i])
            left[i] -= served[i]


@compiled
def serve_by_weight(left: Floats, product: Records, tables: Tables, amounts: Floats) -> None:
    """Share by weight; what one holder does not need goes to the others."""
    for o in range(product.first_slot, product.end_slot):
        amounts[tables.slots[o].served, :] = 0.0
    for i in range(left.shape[0]):
        for _ in range(product.end_slot - product.first_slot):
            weight = 0.0
            for o in range(product.first_slot, product.end_slot):
                if amounts[tables.slots[o].book, i] > amounts[tables.slots[o].served, i]:
                    weight += tables.slots[o].weight
            if weight == 0.0 or left[i] <= 0.0:
                break
            part = left[i] / weight
            for o in range(product.first_slot, product.end_slot):
                slot = tables.slots[o]
                wanted = amounts[slot.book, i] - amounts[slot.served, i]
                if wanted > _EPSILON * amounts[slot.book, i]:
                    given = min(part * slot.weight, wanted)
                    amounts[slot.served, i] += given
                    left[i] -= given
                else:
                    amounts[slot.served, i] = amounts[slot.book, i]


@compiled
def serve_by_due_date(t: int, left: Floats, product: Records, tables: Tables, amounts: Floats) -> None:
    """Serve what is due earliest first; what is due in the same period is cut by one factor."""
    cut, length = amounts[tables.layout[0].lane + 4], product.lead + OVERDUE + 1
    for o in range(product.first_slot, product.end_slot):
        amounts[tables.slots[o].served, :] = 0.0
    for due in range(t - OVERDUE, t + product.lead + 1):
        cut[:] = 0.0
        for o in range(product.first_slot, product.end_slot):
            book = amounts[tables.slots[o].due + due % length]
            for i in range(cut.shape[0]):
                cut[i] += book[i]
        for i in range(cut.shape[0]):
            cut[i] = left[i] / cut[i] if cut[i] > left[i] else 1.0
        for o in range(product.first_slot, product.end_slot):
            book, served = amounts[tables.slots[o].due + due % length], amounts[tables.slots[o].served]
            for i in range(cut.shape[0]):
                given = book[i] * cut[i]
                served[i] += given
                left[i] = max(0.0, left[i] - given)
                book[i] = book[i] - given if book[i] - given > _EPSILON * book[i] else 0.0


@compiled
def join_overdue(t: int, slots: Records, amounts: Floats) -> None:
    """Let what becomes later than is told apart join what is as late; its row is that of the newest due period."""
    for o in range(slots.shape[0]):
        if slots[o].due_length > 0 and t > OVERDUE:
            late = amounts[slots[o].due + (t - OVERDUE) % slots[o].due_length]
            later = amounts[slots[o].due + (t - OVERDUE - 1) % slots[o].due_length]
            for i in range(late.shape[0]):
                late[i] += later[i]
                later[i] = 0.0


@inlined
def hand_over(
    t: int, served: Floats, slot: Records, product: Records, lead: int, tables: Tables, amounts: Floats, codes: Ints
) -> None:
    """Take what is served off the book and put it into production; what rounding leaves of an order is dropped."""
    book = amounts[slot.book]
    if lead > 0:
        work = amounts[slot.work + (t + lead) % product.longest]
        for i in range(book.shape[0]):
            left = book[i] - served[i]
            book[i] = left if left > _EPSILON * book[i] else 0.0
            work[i] += served[i]
    else:
        for i in range(book.shape[0]):
            left = book[i] - served[i]
            book[i] = left if left > _EPSILON * book[i] else 0.0
        scatter(served, slot.work, codes[product.place], amounts)
    charge_surge(served, slot, product, tables, amounts)


@inlined
def give_rest(t: int, left: Floats, product: Records, lead: int, tables: Tables, amounts: Floats, codes: Ints) -> None:
    """Give the owner what nobody ordered; it is on order, and paid for, from now on."""
    owner = tables.slots[product.owner]
    on_order, spend = amounts[owner.on_order], amounts[owner.spend]
    for i in range(left.shape[0]):
        left[i] = max(0.0, left[i])
        on_order[i] += left[i]
    if owner.pays_on_delivery == 0 and owner.price > 0.0:
        for i in range(left.shape[0]):
            spend[i] += left[i] * owner.price
    if lead > 0:
        add(amounts[owner.work + (t + lead) % product.longest], left)
    else:
        scatter(left, owner.work, codes[product.place], amounts)
    charge_surge(left, owner, product, tables, amounts)


@inlined
def charge_surge(quantity: Floats, slot: Records, product: Records, tables: Tables, amounts: Floats) -> None:
    """Charge what units made above the normal rate cost more."""
    if product.surge_extra != 0.0:
        surge, spend = amounts[tables.layout[0].lane + 2], amounts[slot.spend]
        for i in range(quantity.shape[0]):
            spend[i] += quantity[i] * surge[i] * product.surge_extra


@inlined
def scatter(quantity: Floats, first: int, places: Ints, amounts: Floats) -> None:
    """Add a quantity to the row of a ring that each lane has drawn."""
    for i in range(quantity.shape[0]):
        amounts[np.uint64(first + places[i]), i] += quantity[i]
