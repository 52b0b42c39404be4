"""Clock, chains and what influences them as arrays."""

from __future__ import annotations

import numpy as np

from replenish import draws
from replenish.arrays.context import PERS, Context, floats, ints, offsets
from replenish.arrays.groups import DELIVERED, ON_HAND, Chains, Clock, Floats, Influences, Ints
from replenish.arrays.keyed import by_key
from replenish.arrays.labels import influence_name
from replenish.scenario.model import ChainState, Transition
from replenish.units import MEAN_DAYS


def to_clock(context: Context) -> Clock:
    """Return the calendar as numbers."""
    every, count = context.scenario.settings.time.review_interval, len(context.calendar)
    is_review = ints([int(t % every == 0) for t in range(count)])
    lengths = np.stack([context.share_of[per] for per in PERS], axis=1)
    ends = np.minimum(np.arange(count) + every, count)
    spans = np.array([lengths[t:end].sum(axis=0) for t, end in enumerate(ends)])
    return Clock(context.calendar.days, lengths[:, 3], is_review, offsets(list(is_review)), spans)


def to_chains(context: Context) -> Chains:
    """Return the chains with thresholds for their draws."""
    labels, count = context.labels, context.states
    shape = (len(labels.chains), count)
    start, buy, release = np.zeros(shape), np.ones(shape), np.ones(shape)
    move = np.zeros((*shape, count))
    following = by_key(context.scenario.transitions, lambda row: (row.chain, row.from_state))
    for row in context.scenario.chains:
        chain, state = labels.chain_of[row.chain], labels.state(row.chain, row.state)
        start[chain, state] = row.start_probability
        buy[chain, state], release[chain, state] = row.purchase_share, row.release_share
        move[chain, state] = _transition_row(context, row, following.get((row.chain, row.state), []))
    influenced = [name[0] for name in labels.influences]
    return Chains(
        states=ints([len(states) for states in labels.states]),
        start=draws.to_thresholds(np.cumsum(start, axis=-1)),
        move=draws.to_thresholds(np.cumsum(move, axis=-1)),
        forced=_forced(context),
        probability=move,
        first_influence=offsets([influenced.count(chain) for chain in labels.chains]),
        buy_share=buy,
        release_share=release,
    )


def _transition_row(context: Context, state: ChainState, moves: list[Transition]) -> Floats:
    """Return the probability of each next state in one period."""
    row = np.zeros(context.states)
    for move in moves:
        row[context.labels.state(move.chain, move.to_state)] = move.probability
    if state.mean_duration_days is not None:
        leave = min(1.0, MEAN_DAYS[context.calendar.period] / state.mean_duration_days)
        row *= leave
        row[context.labels.state(state.chain, state.state)] += 1.0 - leave
    return row


def _forced(context: Context) -> Ints:
    forced = np.full((len(context.calendar), len(context.labels.chains)), -1, np.int64)
    starts = np.array(context.ordinals[:-1])
    for row in context.scenario.forced:
        known = (row.start.toordinal() <= starts) & (starts <= row.end.toordinal())
        forced[known, context.labels.chain_of[row.chain]] = context.labels.state(row.chain, row.state)
    return forced


def to_influences(context: Context) -> Influences:
    """Return what stocks and deliveries do to chains, by chain."""
    labels = context.labels
    by_name = {influence_name(row): row for row in context.scenario.influences}
    rows = [by_name[name] for name in labels.influences]
    levels = [row.reference * (1.0 if row.what == "on_hand" else context.share_of[row.per]) for row in rows]
    reference = np.zeros((len(context.calendar), len(rows)))
    for index, level in enumerate(levels):
        reference[:, index] = level
    return Influences(
        from_state=ints([labels.state(row.chain, row.from_state) if row.from_state else -1 for row in rows]),
        to_state=ints([labels.state(row.chain, row.to_state) for row in rows]),
        cell=ints([labels.cell_of[row.holder, row.item] for row in rows]),
        what=ints([ON_HAND if row.what == "on_hand" else DELIVERED for row in rows]),
        reference=reference,
        strength=floats([row.strength for row in rows]),
    )
