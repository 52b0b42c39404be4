"""Clock, chains, stocks, requirements and demands as arrays."""

from __future__ import annotations

from itertools import groupby

import numpy as np

from replenish import draws
from replenish.arrays.context import PERS, Context, floats, ints, offsets
from replenish.arrays.groups import Chains, Clock, Demands, Floats, Ints, Stocks
from replenish.scenario.model import ChainState, Demand, Requirement
from replenish.units import MEAN_DAYS


def to_clock(context: Context) -> Clock:
    """Return the calendar as numbers."""
    calendar, every = context.calendar, context.scenario.settings.time.review_interval
    count = len(calendar)
    is_review = ints([int(t % every == 0) for t in range(count)])
    lengths = np.stack([calendar.share_of(per) for per in PERS], axis=1)
    ends = np.minimum(np.arange(count) + every, count)
    spans = np.array([lengths[t:end].sum(axis=0) for t, end in enumerate(ends)])
    return Clock(calendar.days, lengths[:, 3], is_review, offsets(list(is_review)), spans)


def to_chains(context: Context) -> Chains:
    """Return the chains with thresholds for their draws."""
    labels, count = context.labels, context.states
    shape = (len(labels.chains), count)
    start, buy, release = np.zeros(shape), np.ones(shape), np.ones(shape)
    move = np.zeros((*shape, count))
    for row in context.scenario.chains:
        chain, state = labels.chain_of[row.chain], labels.state(row.chain, row.state)
        start[chain, state] = row.start_probability
        buy[chain, state], release[chain, state] = row.purchase_share, row.release_share
        move[chain, state] = _transition_row(context, row)
    return Chains(
        states=ints([len(states) for states in labels.states]),
        start=draws.to_thresholds(np.cumsum(start, axis=-1)),
        move=draws.to_thresholds(np.cumsum(move, axis=-1)),
        forced=_forced(context),
        buy_share=buy,
        release_share=release,
    )


def _transition_row(context: Context, state: ChainState) -> Floats:
    """Return the probability of each next state in one period."""
    row = np.zeros(context.states)
    for move in context.scenario.transitions:
        if (move.chain, move.from_state) == (state.chain, state.state):
            row[context.labels.state(move.chain, move.to_state)] = move.probability
    if state.mean_duration_days is not None:
        leave = min(1.0, MEAN_DAYS[context.calendar.period] / state.mean_duration_days)
        row *= leave
        row[context.labels.state(state.chain, state.state)] += 1.0 - leave
    return row


def _forced(context: Context) -> Ints:
    forced = np.full((len(context.calendar), len(context.labels.chains)), -1, np.int64)
    for row in context.scenario.forced:
        known = [row.start <= first <= row.end for first in context.calendar.starts]
        forced[known, context.labels.chain_of[row.chain]] = context.labels.state(row.chain, row.state)
    return forced


def to_stocks(context: Context) -> Stocks:
    """Return opening stocks, floors and requirements."""
    labels, scenario = context.labels, context.scenario
    by_cell = {(row.holder, row.item): row for row in scenario.stocks}
    required = {cell: [r for r in scenario.requirements if (r.holder, r.item) == cell] for cell in labels.cells}
    shape = (len(context.calendar), len(labels.cells), context.states)
    requirement, planning = np.zeros(shape), np.zeros(shape)
    for row, cell in enumerate(labels.cells):
        requirement[:, row] = context.dated(required[cell], lambda r: _required(context, r))
        planning[:, row] = context.dated(required[cell], lambda r: _daily_use(context, r))
    stocks = [by_cell.get(cell) for cell in labels.cells]
    return Stocks(
        opening=floats([stock.on_hand if stock else 0.0 for stock in stocks]),
        floor=floats([stock.floor if stock else 0.0 for stock in stocks]),
        holding_cost=floats([context.price(s.holding_cost, s.currency) if s else 0.0 for s in stocks]),
        account=ints([labels.account(holder, "holding") for holder, _ in labels.cells]),
        requirement_chain=ints([_only_chain(context, required[cell]) for cell in labels.cells]),
        requirement=requirement,
        planning_use=planning,
        dated=ints([row for row in range(len(labels.cells)) if requirement[:, row].max(initial=0.0) > 0]),
    )


def _required(context: Context, row: Requirement) -> Floats | float:
    if row.quantity is not None:
        return row.quantity
    return (row.days_of_supply or 0.0) * _daily_use(context, row)


def _daily_use(context: Context, row: Requirement) -> Floats | float:
    """Return the planning use [unit/day]; 0 where none is stated.

    A use per month or year is spread over the mean length of a month or year: a requirement does not change with the
    length of February.
    """
    return (row.planning_use or 0.0) / MEAN_DAYS[row.per]


def _only_chain(context: Context, rows: list[Requirement] | list[Demand]) -> int:
    return max([-1, *(context.labels.chain_of[row.chain] for row in rows)])


def to_demands(context: Context) -> Demands:
    """Return the demands with their mean and law by period and chain state."""
    labels = context.labels
    cells = [labels.cell_of[holder, item] for holder, item, _ in labels.demands]
    rows = [_rows_of(context, name) for name in labels.demands]
    shape = (len(context.calendar), len(rows), context.states)
    mean, law = np.zeros(shape), np.zeros(shape, np.int64)
    context.laws.add(("fixed",), draws.fixed)
    for index, own in enumerate(rows):
        mean[:, index] = context.dated(own, lambda row: row.mean * context.calendar.share_of(row.per))
        law[:, index] = context.dated(own, lambda row: _laws(context, row))
    return Demands(
        first=offsets([cells.count(cell) for cell in range(len(labels.cells))]),
        cell=ints(cells),
        chain=ints([_only_chain(context, own) for own in rows]),
        is_owed=ints([int(own[0].when_unmet == "owed") for own in rows]),
        mean=mean,
        law=law,
    )


def _rows_of(context: Context, name: tuple[str, str, str]) -> list[Demand]:
    return [row for row in context.scenario.demand if (row.holder, row.item, row.purpose) == name]


def _laws(context: Context, row: Demand) -> Floats:
    """Return the law of `row` in each period: laws of counts depend on the length of the period."""
    means = row.mean * context.calendar.share_of(row.per)
    by_mean = {mean: _law(context, row, float(mean)) for mean, _ in groupby(sorted(means))}
    return floats([by_mean[mean] for mean in means])


def _law(context: Context, row: Demand, mean: float) -> int:
    spread, add = row.coefficient_of_variation, context.laws.add
    if row.distribution == "poisson" and mean > 0:
        return add(("poisson", mean), lambda: draws.poisson(mean))
    if row.distribution == "negative_binomial" and mean > 0:
        return add(("negative_binomial", mean, spread), lambda: draws.negative_binomial(mean, spread))
    if row.distribution == "gamma" and spread > 0:
        return add(("gamma", spread), lambda: draws.gamma(spread))
    if row.distribution == "lognormal" and spread > 0:
        return add(("lognormal", spread), lambda: draws.lognormal(spread))
    return add(("fixed",), draws.fixed)
