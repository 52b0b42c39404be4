"""How old the units of a stock are: receipts and classes of expiry as units by what is left of their life."""

from __future__ import annotations

import numpy as np

from replenish.arrays.groups import CLASSES, FIRST_IN_FIRST_OUT, Arrays, Floats, Ints


def receipt_periods(arrays: Arrays) -> Ints:
    """Return how many periods of receipts each first-in-first-out stock remembers, (C,)."""
    life = np.minimum(arrays.stocks.shelf_life, len(arrays.clock.days))
    return np.where(arrays.stocks.ages == FIRST_IN_FIRST_OUT, life, 0)


def opening_classes(arrays: Arrays) -> Floats:
    """Return the opening units of each class of expiry, for stocks whose ages are kept by class, joined end to end."""
    cells = np.flatnonzero(arrays.stocks.ages == CLASSES).tolist()
    return np.concatenate([np.zeros(0), *(_classes(arrays, c) for c in cells)])


def _classes(arrays: Arrays, c: int) -> Floats:
    stocks, ring = arrays.stocks, np.zeros(int(arrays.stocks.classes[c]))
    width, dated = int(stocks.class_width[c]), stocks.opening_expiry[:, c]
    for period in np.flatnonzero(dated):
        ring[class_of(int(period), width) % len(ring)] += dated[period]
    ring[class_of(int(stocks.shelf_life[c]), width) % len(ring)] += max(0.0, stocks.opening[c] - dated.sum())
    return ring


def class_of(period: int, width: int) -> int:
    """Return the class of units that expire in `period`: the nearest multiple of the width, in widths."""
    return (2 * period + width) // (2 * width)


def longest_life(arrays: Arrays) -> int:
    """Return the longest shelf life, at most the horizon; 0 where nothing expires [period]."""
    return min(int(arrays.stocks.shelf_life.max(initial=0)), len(arrays.clock.days))


def rows_of_classes(arrays: Arrays, c: int, t: int) -> tuple[Ints, Ints]:
    """Return the places of the classes that a stock may hold in period `t`, and the row of life of each.

    A class that is kept a little longer than the longest life counts as that life.
    """
    stocks, longest = arrays.stocks, longest_life(arrays)
    width, life = int(stocks.class_width[c]), int(stocks.shelf_life[c])
    classes = np.arange(t // width + 1, class_of(t + life, width) + 1)
    last = longest if life > longest else longest - 1
    return classes % int(stocks.classes[c]), np.minimum(classes * width - t - 1, last)


def opening_by_life(arrays: Arrays, c: int, t: int) -> Floats:
    """Return the opening units of a stock that are not past their life in period `t`, by row of life, (R + 1,)."""
    expiry, came = arrays.stocks.opening_expiry[:, c], np.zeros(longest_life(arrays) + 1)
    left = expiry[t + 1 :]
    came[: min(len(left), len(came) - 1)] = left[: len(came) - 1]
    came[-1] = left[len(came) - 1 :].sum() + max(0.0, arrays.stocks.opening[c] - expiry.sum())
    return came


def fresh_row(arrays: Arrays, c: int, age: int) -> int:
    """Return the row of life of a unit received `age` periods ago."""
    return min(int(arrays.stocks.shelf_life[c]) - 1 - age, longest_life(arrays))


def came_at_start(arrays: Arrays, c: int, received: float) -> Floats:
    """Return what a stock may hold in the first period by row of life, (R + 1,), once `received` has come."""
    stocks = arrays.stocks
    if stocks.ages[c] == CLASSES:
        ring, came = _classes(arrays, c), np.zeros(longest_life(arrays) + 1)
        places, rows = rows_of_classes(arrays, c, 0)
        ring[places[-1]] += received
        np.add.at(came, rows, ring[places])
        return came
    if stocks.ages[c] == FIRST_IN_FIRST_OUT:
        came = opening_by_life(arrays, c, 0)
        came[fresh_row(arrays, c, 0)] += received
        return came
    came = np.zeros(longest_life(arrays) + 1)
    came[-1] = stocks.opening[c] + received
    return came


def held_by_life(came: Floats, on_hand: Floats, outside: Floats) -> Floats:
    """Return what is on hand by row of life, where the freshest of what `came` (row, lane) is left.

    What waits outside is the freshest of it.
    """
    through = np.cumsum(came[::-1], axis=0)[::-1]
    before = through - came
    return np.asarray(np.maximum(0.0, np.minimum(through, outside + on_hand) - np.maximum(before, outside)))
