"""Stores that help each other out, where what none of them has comes from outside at once.

Demand at stores is Poisson, each unit taken is replaced after an exponential time.  A store with nothing on hand is
sent a unit by the one that has most; if none has any, the unit comes in an emergency from outside and nothing is
replaced.  The group as a whole is then a loss system: all its units are on order with the chance of Erlang B, whatever
the law of the replacement time.  How demand is split between the own shelf and others' depends on that law and on who
sends.

References:
    Alfredsson & Verrijdt (1999), Modeling emergency supply flexibility in a two-echelon inventory system, Management
    Science 45(10), 1416-1431.
    Kukreja, Schmidt & Miller (2001), Stocking decisions for low-usage items in a multilocation inventory system,
    Management Science 47(10), 1371-1383.
"""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array

from replenish.arrays.groups import Floats, Ints
from replenish.errors import UsageError
from replenish.sustain.laws.law import erlang_b

MOST_STATES = 20_000
"""Combinations of numbers on hand up to which the chain is solved."""


class EmergencyShares(NamedTuple):
    """How the demand of stores is met, each (store,): from their own shelf, from another store, from outside."""

    local: Floats
    lateral: Floats
    emergency: Floats


def emergency_share(demand: npt.ArrayLike, stock: npt.ArrayLike, replacement_time: float) -> float:
    """Return the share of demand that no store of a group can meet: Erlang B of all stock and all demand.

    Args:
        demand: (store,) [unit/day].
        stock: (store,) [unit].
        replacement_time: mean, of any law [day].

    >>> round(emergency_share([0.8, 0.4], [2, 1], 1.0), 6)
    0.089776
    """
    return erlang_b(int(np.sum(stock)), float(np.sum(demand)) * replacement_time)


def emergency_shares(demand: npt.ArrayLike, stock: npt.ArrayLike, replacement_time: float) -> EmergencyShares:
    """Return how the demand of each store of a group is met, replacement times being exponential.

    Args:
        demand: (store,) [unit/day].
        stock: (store,) [unit].
        replacement_time: mean [day].

    Raises:
        UsageError: there are more than 20,000 combinations of numbers on hand.

    References:
        Kukreja, Schmidt & Miller (2001): the chain of numbers on hand.
    """
    rates, levels = np.asarray(demand, float), np.asarray(stock, np.int64)
    if (count := int(np.prod(levels + 1.0))) > MOST_STATES:
        raise UsageError(
            f"stores have {count} combinations of numbers on hand, at most {MOST_STATES} are solved; simulate the"
            " group, or ask for emergency_share alone"
        )
    states = np.array(list(product(*(range(level + 1) for level in levels))), np.int64)
    law = _long_run(states, rates, levels, replacement_time)
    local = law @ (states > 0)
    emergency = float(law @ (states.sum(axis=1) == 0))
    return EmergencyShares(local, 1.0 - local - emergency, np.full(len(rates), emergency))


def _long_run(states: Ints, rates: Floats, levels: Ints, time: float) -> Floats:
    """Return the long-run law of the numbers on hand, (state,), by steps of the uniformised chain.

    The chain forgets its start at least about as fast as a unit is replaced, so exp(-45) of it is left.
    """
    place = np.cumprod(np.append(1, levels[::-1] + 1))[:-1][::-1]
    rows, stores = np.arange(len(states)), np.arange(len(levels))
    sender = np.where(states > 0, stores, np.argmax(states, axis=1)[:, None])  # the first of those that have most
    has = np.flatnonzero(states.sum(axis=1) > 0)
    moves = [(has, has - place[sender[has, store]], np.full(len(has), rates[store])) for store in stores]
    for store, level in enumerate(levels):
        short = np.flatnonzero(states[:, store] < level)
        moves.append((short, short + place[store], (level - states[short, store]) / time))
    start, end, rate = (np.concatenate(column) for column in zip(*moves, strict=True))
    fastest = float(rates.sum() + levels.sum() / time)
    step = coo_array((rate / fastest, (end, start)), shape=(len(states),) * 2).tocsr()
    stay = 1.0 - np.bincount(start, rate / fastest, minlength=len(states))
    law = (rows == rows[-1]).astype(float)
    for _ in range(int(45 * max(fastest * time, 1.0))):
        law = step @ law + stay * law
    return np.asarray(law / law.sum())
