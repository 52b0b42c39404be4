"""Sections 1, 2 and 4: what a period brings before anything is decided."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from replenish import draws
from replenish.arrays.groups import Floats, Flows, Ints, Laws, Words
from replenish.simulation.reference.world import Bools, Known, World, sum_by


def _words(world: World, draw_class: int, streams: Words, t: int) -> Words:
    return draws.words(world.seed, draw_class, streams, world.paths, t)


def move_chains(world: World, t: int) -> None:
    """Move each chain by one draw, or to its forced state."""
    chains = world.arrays.chains
    words = _words(world, draws.CHAIN_DRAW, world.arrays.streams.chain, t)
    for k, forced in enumerate(chains.forced[t]):
        thresholds = chains.start[k][None, :] if t == 0 else chains.move[k][world.chain[k]]
        drawn = (words[k][:, None] > thresholds[:, : chains.states[k] - 1]).sum(axis=1)
        world.chain[k] = forced if forced >= 0 else drawn


def reveal(world: World, t: int) -> Known:
    """Return requirement, planning use, demand and gates of period `t`."""
    stocks, demands, chains = world.arrays.stocks, world.arrays.demands, world.arrays.chains
    stated = np.asarray(world.by_state(stocks.planning_use[t], stocks.requirement_chain), np.float64)
    mean = np.asarray(world.by_state(demands.mean[t], demands.chain), np.float64)
    return Known(
        requirement=np.asarray(world.by_state(stocks.requirement[t], stocks.requirement_chain), np.float64),
        planning_use=np.where(stated > 0, stated, world.by_cell(demands.cell, mean) / world.arrays.clock.days[t]),
        demand=_draw_demand(world, t, mean),
        buy_share=_gate_shares(world, chains.buy_share),
        release_share=_gate_shares(world, chains.release_share),
    )


def _gate_shares(world: World, table: Floats) -> Floats:
    """Return what each chain lets through, and 1 for no chain."""
    padded = np.vstack([table, np.ones((1, table.shape[1]))])
    return np.asarray(padded[np.arange(len(padded))[:, None], world.chain])


def _draw_demand(world: World, t: int, mean: Floats) -> Floats:
    demands = world.arrays.demands
    words = _words(world, draws.DEMAND_DRAW, world.arrays.streams.demand, t)
    laws = np.asarray(world.by_state(demands.law[t], demands.chain), np.int64)
    drawn = np.zeros(mean.shape)
    for d in range(len(demands.cell)):
        for number, value in set(zip(laws[d].tolist(), mean[d].tolist(), strict=True)):
            here = (laws[d] == number) & (mean[d] == value)
            drawn[d, here] = draws.draw(_law(world.arrays.laws, number), value, words[d, here])
    return drawn


def _law(laws: Laws, number: int) -> draws.Law:
    """Return one law of the joined tables."""
    kind, start = int(laws.kind[number]), int(laws.offset[number])
    if kind == draws.FIXED:
        return draws.fixed()
    if kind == draws.COUNT:
        end = start + int(np.argmax(laws.thresholds[start:] == draws.WORD - 1)) + 1
        return draws.Law(kind, int(laws.base[number]), thresholds=laws.thresholds[start:end])
    return draws.Law(kind, knots=laws.knots[start : start + draws.KNOTS])


def grow(world: World, t: int) -> None:
    """Count the capacity of every expansion that is complete and was paid for before this period."""
    expansions = world.arrays.expansions
    if t == 0:
        world.completion, world.gain = _draw_expansions(world)
    late = world.paid_at - expansions.start[:, None]
    is_complete = (world.paid_at >= 0) & (t >= world.completion + late)
    world.added = sum_by(expansions.line, world.gain * is_complete, len(world.rate))


def _draw_expansions(world: World) -> tuple[Ints, Floats]:
    """Return the period of completion if paid in time, and the capacity gained."""
    expansions, streams = world.arrays.expansions, world.arrays.streams.expansion
    when = _words(world, draws.DELAY_DRAW, streams, 0)
    uniform = _words(world, draws.SHARE_DRAW, streams, 0) / draws.WORD
    periods = [draws.draw(_law(world.arrays.laws, law), 0.0, when[x]) for x, law in enumerate(expansions.law)]
    share = expansions.share[:, None] + expansions.spread[:, None] * (2 * uniform - 1)
    gain: Floats = expansions.step[:, None] * np.clip(share, 0.0, 1.0)
    return np.array(periods, np.int64).reshape(gain.shape), gain


def receive(world: World, t: int) -> tuple[Floats, Floats]:
    """Return good units completed by product, and delivered by flow."""
    slots, flows = world.arrays.slots, world.arrays.flows
    delivered: Floats = world.to_arrive[t] * flows.survival[:, None]
    np.add.at(world.on_hand, slots.cell, world.to_receive[t])
    np.add.at(world.on_hand, flows.to_cell, delivered)
    world.book += world.to_book[t]
    count_for_pledges(world, world.to_deliver, delivered, world.arrays.pledges.start <= t)
    return world.to_complete[t], delivered


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
