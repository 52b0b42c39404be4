"""The period step once more, in plain NumPy: slow, easy to read, and written from the documentation alone.

It follows `docs/explanation/period-step.md` section by section and exists to be compared with the compiled kernel.
Everything is (thing, path); what lies ahead is (period, thing, path), so there are no rings here.  Rules in which a
function of the user decides are the kernel's alone, except limits on issues.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from replenish.arrays.groups import Arrays, Floats, Ints
from replenish.simulation.reference.decide import open_budgets, order, pay_expansions
from replenish.simulation.reference.issue import Issued, issue, measure
from replenish.simulation.reference.produce import produce
from replenish.simulation.reference.receive import expire, open_books, receive
from replenish.simulation.reference.release import release, ship
from replenish.simulation.reference.reveal import break_down, grow, move_chains, reveal
from replenish.simulation.reference.world import World
from replenish.simulation.state import Readings

__all__ = ["World", "simulate_reference", "step"]


Limit = Callable[[int, Floats], Floats]


@dataclass(frozen=True)
class Step:
    """What one period leaves behind."""

    readings: Readings  # each (thing, path)
    issued: Issued


def simulate_reference(arrays: Arrays, *, seed: int, paths: Ints, limit: Limit | None = None) -> dict[str, Floats]:
    """Return every reading of the paths with the given numbers, each (period, path, thing).

    `limit` takes a period and what was issued in the one before from stocks with limits, and returns the most that may
    be issued, both (limit, path).
    """
    world, periods = World(arrays, seed, paths), []
    issued = world.zeros(len(arrays.sources.limited))
    for t in range(len(arrays.clock.days)):
        done = step(world, t, limit(t, issued) if limit else None)
        issued = (done.issued.own + done.issued.substituted)[arrays.sources.limited]
        periods.append(done.readings)
    return {name: np.stack([getattr(period, name).T for period in periods]) for name in Readings._fields}


def step(world: World, t: int, most: Floats | None = None) -> Step:
    """Run period `t`; periods are run in turn from 0.  `most` limits what is issued, (limit, path)."""
    world.spend[...] = 0.0
    if t == 0:
        open_books(world)
    move_chains(world, t)
    break_down(world, t)
    known = reveal(world, t)
    grow(world, t)
    production, delivered = receive(world, t)
    expired = expire(world, t)
    open_budgets(world, t)
    pay_expansions(world, t, known)
    order(world, t, known)
    started, binding = produce(world, t, known)
    release(world, t, known)
    shipped = ship(world, t, known)
    issued = issue(world, known, most)
    readings = measure(
        world, t, known, issued,
        expired=expired, production=production, started_capacity=started, binding=binding, shipped=shipped,
        delivered=delivered,
    )  # fmt: skip
    return Step(readings, issued)
