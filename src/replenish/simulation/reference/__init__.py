"""The period step once more, in plain NumPy: slow, easy to read, and written from the documentation alone.

It follows `docs/explanation/period-step.md` section by section and exists to be compared with the compiled kernel.
Everything is (thing, path); what lies ahead is (period, thing, path), so there are no rings here.
"""

from __future__ import annotations

import numpy as np

from replenish.arrays.groups import Arrays, Floats, Ints
from replenish.simulation.reference.decide import open_budgets, order, pay_expansions
from replenish.simulation.reference.issue import issue, measure
from replenish.simulation.reference.produce import produce
from replenish.simulation.reference.release import release, ship
from replenish.simulation.reference.reveal import grow, move_chains, receive, reveal
from replenish.simulation.reference.world import World
from replenish.simulation.state import Readings

__all__ = ["World", "simulate_reference", "step"]


def simulate_reference(arrays: Arrays, *, seed: int, paths: Ints) -> dict[str, Floats]:
    """Return every reading of the paths with the given numbers, each (period, path, thing)."""
    world = World(arrays, seed, paths)
    periods = [step(world, t) for t in range(len(arrays.clock.days))]
    return {name: np.stack([getattr(period, name).T for period in periods]) for name in Readings._fields}


def step(world: World, t: int) -> Readings:
    """Run period `t` and return its readings, (thing, path)."""
    world.spend[...] = 0.0
    move_chains(world, t)
    known = reveal(world, t)
    grow(world, t)
    production, delivered = receive(world, t)
    open_budgets(world, t)
    pay_expansions(world, t, known)
    order(world, t, known)
    started, binding = produce(world, t)
    release(world, t, known)
    shipped = ship(world, t, known)
    issues, unmet = issue(world, known)
    return measure(
        world, t, known,
        production=production, started_capacity=started, binding=binding, shipped=shipped, delivered=delivered,
        issues=issues, unmet=unmet,
    )  # fmt: skip
