"""Stocks of parts: requests, units owed in the order of requests, units received, and help within lateral groups."""

from __future__ import annotations

from replenish.sustain.events.kernel.compiled import compiled, inlined
from replenish.sustain.events.kernel.fleet import close_hole
from replenish.sustain.events.kernel.heap import coded, push
from replenish.sustain.events.kernel.world import (
    ARRIVE,
    BACK,
    FREE,
    INNER,
    LENT,
    NOBODY,
    NODES,
    NODES_FULL,
    ORDER,
    STATUS,
    SYSTEM,
    Records,
    World,
)


@inlined
def settle(cell: Records, t: float) -> None:
    """Bring the sums over days of a stock up to now; days before day 0 do not count."""
    days = max(t, 0.0) - max(cell.last, 0.0)
    cell.last = t
    cell.backorders_days += cell.owed * days
    cell.on_hand_days += cell.on_hand * days
    cell.lent_days += cell.lent * days


@compiled
def new_node(world: World, kind: int, who: int, which: int, time: float) -> int:
    """Return a node at the end of no queue yet; NOBODY once there is no room."""
    counters, nodes = world.counters, world.nodes
    at = counters[FREE]
    if at != NOBODY:
        counters[FREE] = nodes[at].next
    elif counters[NODES] < nodes.shape[0]:
        at = counters[NODES]
        counters[NODES] = at + 1
    else:
        counters[STATUS] = NODES_FULL
        return NOBODY
    node = nodes[at]
    node.time, node.kind, node.who, node.which, node.next = time, kind, who, which, NOBODY
    return int(at)


@compiled
def request(world: World, c: int, t: float, kind: int, who: int, which: int) -> bool:
    """Ask a stock for a unit and return whether it is there; if not, it is owed after all that is owed already."""
    cell = world.cells[c]
    settle(cell, t)
    cell.requests += t >= 0.0
    if cell.on_hand > 0:
        cell.on_hand -= 1
        cell.filled += t >= 0.0
        return True
    node = new_node(world, kind, who, which, 0.0)
    if node == NOBODY:
        return False
    if cell.owed == 0:
        cell.first = node
    else:
        world.nodes[cell.last_node].next = node
    cell.last_node = node
    cell.owed += 1
    if world.places[c].group_end > world.places[c].group_start:
        borrow(world, c, t)
    return False


@compiled
def order(world: World, c: int, t: float) -> None:
    """Order a part from the parent, or from the maker at the top."""
    place = world.places[c]
    if place.above == NOBODY or request(world, place.above, t, ORDER, c, 0):
        push(world.heap, world.counters, t + place.lead_time, coded(ARRIVE, c, 0))


@compiled
def receive(world: World, c: int, t: float) -> None:
    """Take a unit in: for who has waited longest here, for who waits in the group, to pay back, or for the shelf."""
    cell, counters = world.cells[c], world.counters
    settle(cell, t)
    if cell.owed == 0:
        if world.places[c].group_end == world.places[c].group_start or not hand_on(world, c, t):
            cell.on_hand += 1
        return
    at = cell.first
    node = world.nodes[at]
    kind, who, which = node.kind, node.who, node.which
    cell.first = node.next
    cell.owed -= 1
    node.next = counters[FREE]
    counters[FREE] = at
    if kind == SYSTEM:
        close_hole(world, who, which, t)
    elif kind == ORDER:
        push(world.heap, counters, t + world.places[who].lead_time, coded(ARRIVE, who, 0))
    elif kind == INNER:
        push(world.heap, counters, t, coded(BACK, who, 0))


@compiled
def lend(world: World, giver: int, taker: int, t: float) -> None:
    """Send a unit that has left the stock of `giver` to another site of its group."""
    settle(world.cells[taker], t)
    world.cells[giver].lent += 1
    world.cells[taker].lent -= 1
    world.cells[taker].coming += 1
    push(world.heap, world.counters, t + world.places[taker].lateral_time, coded(LENT, taker, 0))


@compiled
def borrow(world: World, c: int, t: float) -> None:
    """Send a unit from the site of the group that has most on hand, if any has some."""
    most, giver = 0, NOBODY
    for m in range(world.places[c].group_start, world.places[c].group_end):
        other = world.members[m]
        if world.cells[other].on_hand > most:
            most, giver = world.cells[other].on_hand, other
    if giver == NOBODY:
        return
    settle(world.cells[giver], t)
    world.cells[giver].on_hand -= 1
    world.cells[c].lateral += t >= 0.0
    lend(world, giver, c, t)


@compiled
def hand_on(world: World, c: int, t: float) -> bool:
    """Send a unit that nobody here waits for to the site of the group where most wait, or pay it back if it is owed.

    Who waits and has a unit on the way does not count.
    """
    most, taker = 0, NOBODY
    first, end = world.places[c].group_start, world.places[c].group_end
    for m in range(first, end):
        other = world.cells[world.members[m]]
        if other.owed - other.coming > most:
            most, taker = other.owed - other.coming, world.members[m]
    if taker == NOBODY and world.cells[c].lent < 0:
        for m in range(first, end):
            if world.cells[world.members[m]].lent > most:
                most, taker = world.cells[world.members[m]].lent, world.members[m]
    if taker == NOBODY:
        return False
    lend(world, c, taker, t)
    return True
