"""Sections 2 and 3: what comes in, what finds room, and what expires."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from replenish import draws
from replenish.arrays.groups import Floats, Flows
from replenish.arrays.laws import law_of
from replenish.simulation.reference.world import Bools, World


def open_books(world: World) -> None:
    """Put contracts into the plan of the book: those with a drawn slip, and those whose entry was cut to period 0."""
    slots = world.arrays.slots
    _plan_slipped_contracts(world)
    known = world.to_book.sum(axis=0)[:, 0] + world.to_receive.sum(axis=0)[:, 0]
    beyond = slots.opening_on_order - known
    world.to_book[-1] += np.where(beyond > 1e-9 * slots.opening_on_order, beyond, 0.0)[:, None]
    for o in np.flatnonzero(slots.due_length).tolist():
        lead, first = int(world.arrays.products.lead[slots.product[o]]), slots.due_ring[o]
        world.due[: lead + 1, o] += slots.opening_due[first : first + lead + 1, None]
        world.book[o] += slots.contracts[0, o]
        world.to_book[0, o] -= slots.contracts[0, o]


def _plan_slipped_contracts(world: World) -> None:
    """Draw when each contract with a random slip enters the book; the last row of the plan is never reached."""
    slips, words = world.arrays.slips, world.words(draws.SLIP_DRAW, world.arrays.streams.slip, 0)
    for n, (slot, law) in enumerate(zip(slips.slot, slips.law, strict=True)):
        entry = draws.draw(law_of(world.arrays.laws, law), 0.0, words[n]).astype(np.int64)
        is_later = entry >= len(world.arrays.clock.days)
        world.to_book[np.where(is_later, -1, entry), slot, world.every] += slips.quantity[n]


def receive(world: World, t: int) -> tuple[Floats, Floats]:
    """Return good units completed by product, and delivered by flow."""
    slots, flows = world.arrays.slots, world.arrays.flows
    delivered: Floats = world.to_arrive[t] * flows.survival[:, None]
    received = world.by_cell(slots.cell, world.to_receive[t])
    world.arrived = world.by_cell(flows.to_cell, delivered)
    _store(world, received + world.arrived)
    _add_lots(world, t, received)
    np.add.at(world.spend, slots.account, world.to_receive[t] * (slots.price * slots.pays_on_delivery)[:, None])
    enter_book(world, t, world.to_book[t])
    count_for_pledges(world, world.to_deliver, delivered, world.arrays.pledges.start <= t)
    return world.to_complete[t], delivered


def enter_book(world: World, t: int, amounts: Floats) -> None:
    """Add to the open book of each slot; it is due one planned lead time later."""
    leads = world.arrays.products.lead[world.arrays.slots.product]
    world.book += amounts
    world.due[t + leads, np.arange(len(leads))] += amounts


def _store(world: World, amounts: Floats) -> None:
    """Add to what waits outside, and let in what finds room."""
    world.outside += amounts
    free = np.maximum(0.0, world.arrays.stocks.storage_limit[:, None] - world.on_hand)
    entering = np.minimum(world.outside, free)
    world.on_hand += entering
    world.outside -= entering


def _add_lots(world: World, t: int, received: Floats) -> None:
    """Write down when what comes in will expire: fresh units by their life, moved ones as they left."""
    flows = world.arrays.flows
    for c, lots in world.lots.items():
        lots.add_fresh(received[c], t)
    for f, arriving in world.lots_to_arrive.items():
        world.lots[int(flows.to_cell[f])].units += arriving[t] * flows.survival[f]


def expire(world: World, t: int) -> Floats:
    """Remove and return what is past its life, by stock: from what is on hand first, then from outside."""
    expired = world.zeros(len(world.on_hand))
    for c, lots in world.lots.items():
        gone = lots.expire(t)
        from_hand = np.minimum(world.on_hand[c], gone)
        from_outside = np.minimum(world.outside[c], gone - from_hand)
        world.on_hand[c] -= from_hand
        world.outside[c] -= from_outside
        expired[c] = from_hand + from_outside
    return expired


def count_for_pledges(world: World, left: Floats, amounts: Floats, is_open: Bools) -> None:
    """Take the amounts of each flow off what is left of its pledges, the earliest due first."""
    rest = amounts.copy()
    for f, g in _pledges(world.arrays.flows):
        counted = np.minimum(left[g], rest[f]) * is_open[g]
        left[g] -= counted
        rest[f] -= counted


def _pledges(flows: Flows) -> Iterator[tuple[int, int]]:
    """Iterate over flows and their pledges, the earliest due first."""
    for f in range(len(flows.from_cell)):
        for g in range(flows.first_pledge[f], flows.first_pledge[f + 1]):
            yield f, g
