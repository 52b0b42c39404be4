"""A binary heap of what is to come."""

from __future__ import annotations

from replenish.arrays.groups import Ints
from replenish.sustain.events.kernel.compiled import compiled, inlined
from replenish.sustain.events.kernel.world import HEAP, HEAP_FULL, STATUS, Heap


@inlined
def coded(kind: int, place: int, outcome: int) -> int:
    """Return the code of an event."""
    return kind | (place << 3) | (outcome << 34)


@compiled
def push(heap: Heap, counters: Ints, time: float, code: int) -> None:
    """Add an event."""
    times, codes = heap
    at = counters[HEAP]
    if at >= times.shape[0]:
        counters[STATUS] = HEAP_FULL
        return
    counters[HEAP] = at + 1
    while at > 0:
        above = (at - 1) >> 1
        if times[above] <= time:
            break
        times[at], codes[at] = times[above], codes[above]
        at = above
    times[at], codes[at] = time, code


@compiled
def sink(heap: Heap, size: int, time: float, code: int) -> None:
    """Put an event in the place of the first of `size` events."""
    times, codes = heap
    at, below = 0, 1
    while below < size:
        if below + 1 < size and times[below + 1] < times[below]:
            below += 1
        if time <= times[below]:
            break
        times[at], codes[at] = times[below], codes[below]
        at, below = below, 2 * below + 1
    times[at], codes[at] = time, code


@inlined
def drop_first(heap: Heap, counters: Ints) -> None:
    """Take the first event out."""
    size = counters[HEAP] - 1
    counters[HEAP] = size
    sink(heap, size, heap.time[size], heap.code[size])
