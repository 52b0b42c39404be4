"""What a site does with parts that come to it: test, repair by servers, pass on."""

from __future__ import annotations

from replenish.sustain.events.kernel.compiled import compiled, inlined
from replenish.sustain.events.kernel.draw import BENCH_DRAW, quantile, share, words
from replenish.sustain.events.kernel.heap import coded, push
from replenish.sustain.events.kernel.stock import new_node, order, receive, request
from replenish.sustain.events.kernel.world import (
    BACK,
    CONDEMNED,
    FIRST_INNER,
    FREE,
    HISTORY,
    INNER,
    NOBODY,
    PLAIN,
    REPAIRED,
    SEED,
    Records,
    World,
)


@inlined
def work(shop: Records, t: float) -> None:
    """Bring the days that servers have worked up to now; days before day 0 do not count."""
    shop.busy_days += shop.busy * (max(t, 0.0) - max(shop.last, 0.0))
    shop.last = t


@compiled
def take_to_bench(world: World, c: int, t: float) -> None:
    """Test a removed part and repair it here, or pass it to the parent and order one; and so on upwards."""
    counters = world.counters
    while c != NOBODY:
        place, cell = world.places[c], world.cells[c]
        w0, w1, w2, w3 = words(
            counters[SEED], counters[HISTORY], cell.arrivals, place.part_stream, (place.site_stream << 2) | BENCH_DRAW
        )
        cell.arrivals += 1
        chance = share(w0) - place.no_fault_share
        if chance < 0.0:
            push(world.heap, counters, t + place.no_fault_time, coded(BACK, c, 0))
            return
        if chance < (1.0 - place.no_fault_share) * place.repair_share:
            time = place.time * quantile(world.knots, place.law, w2, w3)
            begin_repair(world, c, t, time, outcome_of(world, place, share(w1)))
            return
        order(world, c, t)
        c = place.above


@inlined
def outcome_of(world: World, place: Records, chance: float) -> int:
    """Return what a repair ends with."""
    if chance < place.condemned_share:
        return CONDEMNED
    chance = (chance - place.condemned_share) / (1.0 - place.condemned_share)
    for m in range(place.inner, place.inner_end):
        if chance < world.inner[m].share:
            return FIRST_INNER + m
    return PLAIN


@compiled
def begin_repair(world: World, c: int, t: float, time: float, outcome: int) -> None:
    """Repair a part if somebody is free, else let it wait among those that are as urgent."""
    place = world.places[c]
    if place.servers == NOBODY:
        push(world.heap, world.counters, t + time, coded(REPAIRED, c, outcome))
        return
    shop = world.shops[place.servers]
    if shop.busy < shop.servers:
        work(shop, t)
        shop.busy += 1
        push(world.heap, world.counters, t + time, coded(REPAIRED, c, outcome))
        return
    node = new_node(world, 0, c, outcome, time)
    if node == NOBODY:
        return
    queue = world.queues[place.queue]
    if queue.first == NOBODY:
        queue.first = node
    else:
        world.nodes[queue.last].next = node
    queue.last = node


@compiled
def free_server(world: World, s: int, t: float) -> None:
    """Let a server take the most urgent part that waits, the first of its rank, or rest."""
    shop, counters = world.shops[s], world.counters
    for q in range(shop.first_queue, shop.last_queue):
        at = world.queues[q].first
        if at != NOBODY:
            node = world.nodes[at]
            world.queues[q].first = node.next
            push(world.heap, counters, t + node.time, coded(REPAIRED, node.who, node.which))
            node.next = counters[FREE]
            counters[FREE] = at
            return
    work(shop, t)
    shop.busy -= 1


@compiled
def end_repair(world: World, c: int, outcome: int, t: float) -> None:
    """Put a repaired part on the shelf, order one for a condemned part, or ask for the inner part that it needs.

    The wait for an inner part follows the repair, and no server is kept by it.
    """
    if world.places[c].servers != NOBODY:
        free_server(world, world.places[c].servers, t)
    if outcome == PLAIN:
        receive(world, c, t)
    elif outcome == CONDEMNED:
        while c != NOBODY:  # no part comes with such an order, so the parent orders one too, and so on upwards
            order(world, c, t)
            c = world.places[c].above
    else:
        part = c + world.inner[outcome - FIRST_INNER].place_step
        if request(world, part, t, INNER, c, 0):
            receive(world, c, t)
        take_to_bench(world, part, t)
