"""What goes into and out of every stock, from readings; what is no reading is taken from the reference."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from replenish.arrays import Arrays
from replenish.arrays.groups import Floats, Ints
from replenish.simulation.reference import World, step
from tests.simulation.engines import Readings, gross


def by_group(group: Ints, values: Floats, count: int) -> Floats:
    """Return the sums of (period, path, thing) values by the group of their thing."""
    total = np.zeros((count, *values.shape[:2]))
    np.add.at(total, group, np.moveaxis(values, 2, 0))
    return np.moveaxis(total, 0, 2)


def before(values: Floats, opening: Floats) -> Floats:
    """Return what (period, path, thing) values were in the period before."""
    return np.concatenate([np.broadcast_to(opening, (1, *values.shape[1:])), values[:-1]])


@dataclass(frozen=True)
class Inside:
    """What is no reading, taken from the reference, each (period, path, thing)."""

    received: Floats  # by order slot
    on_order: Floats  # by order slot
    own: Floats  # by stock: taken by demands for its item
    rate: Floats  # by line
    added: Floats  # by line
    stands_still: Floats  # by line
    is_paid: Floats  # by expansion


def look_inside(arrays: Arrays, *, seed: int, paths: int) -> Inside:
    """Return what the reference has inside on paths 0, 1, ..."""
    world, found = World(arrays, seed, np.arange(paths)), []
    for t in range(len(arrays.clock.days)):
        own = step(world, t).issued.own
        on_order = world.book + world.to_book[t + 1 :].sum(axis=0) + world.to_receive[t + 1 :].sum(axis=0)
        is_paid = (world.paid_at == t).astype(float)
        found.append((world.to_receive[t], on_order, own, world.rate, world.added, world.stands_still, is_paid))
    return Inside(*(np.stack([values.T for values in series]) for series in zip(*found, strict=True)))


@dataclass(frozen=True)
class Flows:
    """What went into and out of each stock, each (period, path, stock)."""

    opening: Floats
    arrivals: Floats
    issued: Floats  # to whatever demand, and used up with it
    shipped: Floats
    taken: Floats
    expired: Floats
    closing: Floats
    rounding: float

    def received(self) -> Floats:
        """Return what must have come from lines for the sums to be right."""
        went = self.issued + self.shipped + self.taken + self.expired
        return self.closing - self.opening - self.arrivals + went


def to_flows(arrays: Arrays, readings: Readings, own: Floats) -> Flows:
    """Return the flows of every stock; `own` is what demands for its item took of it."""
    held, count = readings["on_hand"] + readings["outside"], len(arrays.stocks.opening)
    products, routes = arrays.products, arrays.flows
    made = np.repeat(np.arange(len(products.line)), np.diff(products.first_component))
    started = readings["started_capacity"] / products.capacity_use
    return Flows(
        opening=before(held, arrays.stocks.opening),
        arrivals=by_group(routes.to_cell, readings["delivered"], count),
        issued=own + readings["substituted"] + readings["bundled"],
        shipped=by_group(routes.from_cell, readings["shipped"], count),
        taken=by_group(products.component_cell, started[:, :, made] * products.component_use, count),
        expired=readings["expired"],
        closing=held,
        rounding=1e-12 * gross(readings),
    )


def excess(arrays: Arrays, readings: Readings, *, seed: int) -> float:
    """Return the largest difference between what a stock must have received from lines and what it did receive."""
    world, received, own = World(arrays, seed, np.arange(readings["on_hand"].shape[1])), [], []
    for t in range(len(arrays.clock.days)):
        own.append(step(world, t).issued.own.T)
        received.append(world.to_receive[t].T)
    by_stock = by_group(arrays.slots.cell, np.stack(received), len(arrays.stocks.opening))
    return float(np.abs(to_flows(arrays, readings, np.stack(own)).received() - by_stock).max(initial=0.0))
