"""Parts in fleets: when they are removed, from which system, and which systems are out of service."""

from __future__ import annotations

import numpy as np

from replenish.sustain.events.kernel.compiled import compiled
from replenish.sustain.events.kernel.draw import mixed
from replenish.sustain.events.kernel.world import CHANGES, CHANGES_FULL, NOBODY, STATUS, World


@compiled
def next_removal(world: World, r: int, t: float, gap: float) -> float:
    """Return when a removal comes that is `gap` mean times between removals ahead; inf if it never does.

    Use is constant in stretches, so the time is exact.
    """
    state = world.states[r]
    last = world.fleets[world.rows[r].fleet].last_stretch
    while True:
        speed = state.rate * world.stretch_usage[state.stretch]
        end = np.inf if state.stretch + 1 == last else world.stretch_start[state.stretch + 1]
        if speed > 0.0 and t + gap / speed <= end:
            return float(t + gap / speed)
        if end == np.inf:
            return np.inf
        gap -= speed * (end - t)
        t = end
        state.stretch += 1


@compiled
def log_change(world: World, t: float, fleet: int, system: int, row: int, is_down: bool) -> None:
    """Note that a row of parts in fleets puts a system out of service, or no longer does."""
    counters = world.counters
    at = counters[CHANGES]
    if at >= world.changes.shape[0]:
        counters[STATUS] = CHANGES_FULL
        return
    change = world.changes[at]
    change.time, change.system, change.row = t, system, row if is_down else -1 - row
    counters[CHANGES] = at + 1
    if world.fleets[fleet].is_closed:
        before = world.causes[system]
        world.causes[system] = before + (1 if is_down else -1)
        if is_down and before == 0:
            world.down[fleet] += 1
        elif not is_down and before == 1:
            world.down[fleet] -= 1


@compiled
def gather(world: World, r: int, t: float) -> None:
    """Bring the number of systems that a row of a fleet with gathered holes puts out of service up to now."""
    row, state = world.rows[r], world.states[r]
    fleet = world.fleets[row.fleet]
    spared = fleet.systems * (row.quantity - row.needed)
    beyond = state.holes - spared
    down = 0
    if beyond > 0 and row.needed > 0:
        down = min((beyond + row.needed - 1) // row.needed, fleet.systems)
    while state.down < down:
        log_change(world, t, row.fleet, fleet.first_system + state.down, r, True)
        state.down += 1
    while state.down > down:
        state.down -= 1
        log_change(world, t, row.fleet, fleet.first_system + state.down, r, False)


@compiled
def open_hole(world: World, r: int, system: int, t: float) -> None:
    """Leave a part of a system missing."""
    row, state = world.rows[r], world.states[r]
    fleet = world.fleets[row.fleet]
    state.holes += 1
    if fleet.is_gathered:
        gather(world, r, t)
    elif system != NOBODY:
        at = row.first_hole + system
        world.holes[at] += 1
        if world.holes[at] == row.quantity - row.needed + 1:
            log_change(world, t, row.fleet, fleet.first_system + system, r, True)


@compiled
def close_hole(world: World, r: int, system: int, t: float) -> None:
    """Give a system its part.

    An open fleet goes on asking when all its positions are empty: units for more than there are positions are taken
    first, so that empty ones are always min(owed, positions).
    """
    row, state = world.rows[r], world.states[r]
    fleet = world.fleets[row.fleet]
    state.holes -= 1
    if fleet.is_gathered:
        gather(world, r, t)
    elif state.holes < fleet.systems * row.quantity:
        if system == NOBODY or world.holes[row.first_hole + system] == 0:
            system = lacking_system(world, r)
        at = row.first_hole + system
        world.holes[at] -= 1
        if world.holes[at] == row.quantity - row.needed:
            log_change(world, t, row.fleet, fleet.first_system + system, r, False)


@compiled
def lacking_system(world: World, r: int) -> int:
    """Return a system that lacks a part, any one of them alike; there is one."""
    row, systems = world.rows[r], world.fleets[world.rows[r].fleet].systems
    mix = mixed(np.uint64(world.states[r].drawn) ^ (np.uint64(r) << np.uint64(32)))
    while True:
        system = int(np.int64(mix % np.uint64(systems)))
        if world.holes[row.first_hole + system] > 0:
            return system
        mix = mixed(mix)


@compiled
def is_in_use(world: World, r: int, position: int) -> bool:
    """Return whether a part of a closed fleet at one of all positions is there and in a system in service."""
    row, state = world.rows[r], world.states[r]
    fleet = world.fleets[row.fleet]
    if fleet.is_gathered:
        down = world.down[row.fleet]
        elsewhere = max(0, state.holes - down * row.quantity)
        return bool(position < (fleet.systems - down) * row.quantity - elsewhere)
    system = position // row.quantity
    if world.causes[fleet.first_system + system] > 0:
        return False
    return bool(position - system * row.quantity >= world.holes[row.first_hole + system])


@compiled
def working_system(world: World, r: int, mix: np.uint64) -> int:
    """Return the system of a random position of an open fleet that holds a part; NOBODY if none does."""
    row = world.rows[r]
    positions = world.fleets[row.fleet].systems * row.quantity
    if world.fleets[row.fleet].is_gathered or world.states[r].holes >= positions:
        return NOBODY
    while True:
        position = int(np.int64(mix % np.uint64(positions)))
        system = position // row.quantity
        if position - system * row.quantity >= world.holes[row.first_hole + system]:
            return int(system)
        mix = mixed(mix)


@compiled
def close_log(world: World, r: int, t: float) -> None:
    """Note that systems that are still out of service by a row are so until now."""
    row, state = world.rows[r], world.states[r]
    fleet = world.fleets[row.fleet]
    if fleet.is_gathered:
        for down in range(state.down):
            log_change(world, t, row.fleet, fleet.first_system + down, r, False)
        return
    for system in range(fleet.systems):
        if world.holes[row.first_hole + system] > row.quantity - row.needed:
            log_change(world, t, row.fleet, fleet.first_system + system, r, False)
