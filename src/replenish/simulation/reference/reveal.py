"""Sections 1 and 4: what a period brings before anything is decided."""

from __future__ import annotations

import numpy as np

from replenish import draws
from replenish.arrays import groups
from replenish.arrays.groups import Floats, Ints, Words
from replenish.arrays.laws import law_of
from replenish.simulation.reference.world import Known, World, sum_by


def move_chains(world: World, t: int) -> None:
    """Move each chain by one draw, or to its forced state."""
    chains = world.arrays.chains
    words = world.words(draws.CHAIN_DRAW, world.arrays.streams.chain, t)
    for k, forced in enumerate(chains.forced[t]):
        thresholds = _thresholds(world, t, k)
        drawn = (words[k][:, None] > thresholds[:, : chains.states[k] - 1]).sum(axis=1)
        world.chain[k] = forced if forced >= 0 else drawn


def _thresholds(world: World, t: int, k: int) -> Words:
    """Return the cumulative probabilities of the next state of a chain as words, (path or 1, state)."""
    chains = world.arrays.chains
    if t == 0:
        return np.asarray(chains.start[k][None, :])
    if chains.first_influence[k] == chains.first_influence[k + 1]:
        return np.asarray(chains.move[k][world.chain[k]])
    return draws.to_thresholds(np.cumsum(_influenced(world, t, k), axis=-1))


def _influenced(world: World, t: int, k: int) -> Floats:
    """Return the probabilities of the next state of a chain under its influences, (path, state)."""
    chains, influences, now = world.arrays.chains, world.arrays.influences, world.chain[k]
    moves: Floats = chains.probability[k][now]
    for i in range(chains.first_influence[k], chains.first_influence[k + 1]):
        from_state = influences.from_state[i]
        is_here = (now == from_state) | (from_state < 0)
        moves[:, influences.to_state[i]] *= np.where(is_here, _pull(world, t, i), 1.0)
    moves[world.every, now] = 0.0
    leaving = moves.sum(axis=1)
    moves /= np.maximum(1.0, leaving)[:, None]
    moves[world.every, now] = np.maximum(0.0, 1.0 - leaving)
    return moves


def _pull(world: World, t: int, i: int) -> Floats:
    """Return by how much an influence multiplies its move, from what was there in the period before."""
    influences = world.arrays.influences
    watched = world.on_hand if influences.what[i] == groups.ON_HAND else world.arrived
    lack = np.maximum(0.0, 1.0 - watched[influences.cell[i]] / influences.reference[t - 1, i])
    return np.asarray(np.maximum(0.0, 1.0 + influences.strength[i] * lack))


def break_down(world: World, t: int) -> None:
    """Stop lines that work and restart lines that stand still, by one draw for each."""
    lines = world.arrays.lines
    words = world.words(draws.OUTAGE_DRAW, world.arrays.streams.line, t)
    starts, ends = words <= lines.outage_start[:, None], words <= lines.outage_end[:, None]
    world.stands_still = np.where(world.stands_still, ~ends, starts)


def reveal(world: World, t: int) -> Known:
    """Return requirement, planning use, demand, gates and lead times of period `t`."""
    stocks, demands, chains = world.arrays.stocks, world.arrays.demands, world.arrays.chains
    stated = np.asarray(world.by_state(stocks.planning_use[t], stocks.requirement_chain), np.float64)
    mean = np.asarray(world.by_state(demands.mean[t], demands.chain), np.float64)
    return Known(
        requirement=np.asarray(world.by_state(stocks.requirement[t], stocks.requirement_chain), np.float64),
        planning_use=np.where(stated > 0, stated, world.by_cell(demands.cell, mean) / world.arrays.clock.days[t]),
        demand=_draw_demand(world, t, mean),
        buy_share=_gate_shares(world, chains.buy_share),
        release_share=_gate_shares(world, chains.release_share),
        production_lead=_production_leads(world, t),
        transport_lead=_transport_leads(world, t),
    )


def _gate_shares(world: World, table: Floats) -> Floats:
    """Return what each chain lets through, and 1 for no chain."""
    padded = np.vstack([table, np.ones((1, table.shape[1]))])
    return np.asarray(padded[np.arange(len(padded))[:, None], world.chain])


def _draw_demand(world: World, t: int, mean: Floats) -> Floats:
    demands = world.arrays.demands
    words = world.words(draws.DEMAND_DRAW, world.arrays.streams.demand, t)
    laws = np.asarray(world.by_state(demands.law[t], demands.chain), np.int64)
    drawn = np.zeros(mean.shape)
    for d in range(len(demands.cell)):
        for number, value in set(zip(laws[d].tolist(), mean[d].tolist(), strict=True)):
            here = (laws[d] == number) & (mean[d] == value)
            drawn[d, here] = draws.draw(law_of(world.arrays.laws, number), value, words[d, here])
    return drawn


def _production_leads(world: World, t: int) -> Ints:
    products = world.arrays.products
    words = world.words(draws.LEAD_DRAW, world.arrays.streams.product, t)
    return _draw_leads(world, products.lead, products.lead_law, words)


def _transport_leads(world: World, t: int) -> Ints:
    """Return the periods on the way of each flow; all flows of a route share its draw."""
    flows = world.arrays.flows
    words = world.words(draws.ROUTE_DRAW, world.arrays.streams.route, t)
    return _draw_leads(world, flows.lead, flows.lead_law, words[flows.route])


def _draw_leads(world: World, planned: Ints, laws: Ints, words: Words) -> Ints:
    """Return the planned lead times, or drawn ones where there is a law, (thing, path)."""
    leads = np.repeat(planned[:, None], len(world.paths), axis=1)
    for row in np.flatnonzero(laws >= 0):
        leads[row] = draws.draw(law_of(world.arrays.laws, laws[row]), 0.0, words[row])
    return leads


def grow(world: World, t: int) -> None:
    """Count the capacity of every expansion that is complete and was paid for before this period."""
    expansions = world.arrays.expansions
    if t == 0:
        world.completion, world.gain = draw_expansions(world)
    late = world.paid_at - expansions.start[:, None]
    is_complete = (world.paid_at >= 0) & (t >= world.completion + late)
    world.added = sum_by(expansions.line, world.gain * is_complete, len(world.rate))


def draw_expansions(world: World) -> tuple[Ints, Floats]:
    """Return the period of completion if paid in time, and the capacity gained."""
    expansions, streams = world.arrays.expansions, world.arrays.streams.expansion
    when = world.words(draws.DELAY_DRAW, streams, 0)
    uniform = world.words(draws.SHARE_DRAW, streams, 0) / draws.WORD
    periods = [draws.draw(law_of(world.arrays.laws, law), 0.0, when[x]) for x, law in enumerate(expansions.law)]
    share = expansions.share[:, None] + expansions.spread[:, None] * (2 * uniform - 1)
    gain: Floats = expansions.step[:, None] * np.clip(share, 0.0, 1.0)
    return np.array(periods, np.int64).reshape(gain.shape), gain
