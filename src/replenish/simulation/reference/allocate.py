"""Section 5: how the output of a product is shared among its open orders."""

from __future__ import annotations

import numpy as np

from replenish.arrays import groups
from replenish.arrays.groups import Floats
from replenish.simulation.reference.world import ROUNDING, factor


def allocate(rule: int, book: Floats, output: Floats, weight: Floats) -> Floats:
    """Return what each open order for a product gets of its output, (slot, path), unless due dates decide."""
    if rule == groups.ALLOCATE_PRIORITY:
        before = np.cumsum(book, axis=0) - book
        return np.clip(output - before, 0.0, book)
    if rule == groups.ALLOCATE_WEIGHTS:
        return _share_by_weights(book, output, weight[:, None])
    return book * factor(book.sum(axis=0), output)


def _share_by_weights(book: Floats, output: Floats, weight: Floats) -> Floats:
    """Return min(book, weight x level) with the level at which the output is used up.

    The level rises from one filled order to the next; on the way there it serves all that are still open.
    """
    full_at = np.divide(book, weight, out=np.full(book.shape, np.inf), where=weight > 0)
    level, rest = np.zeros(output.shape), output.copy()
    for top in np.sort(full_at, axis=0):
        total = ((full_at > level) * weight).sum(axis=0)
        needed = np.where(total > 0, total * np.maximum(0.0, np.where(np.isinf(top), 0.0, top) - level), 0.0)
        part = np.divide(rest, total, out=np.zeros(rest.shape), where=total > 0)
        level = np.where(needed <= rest, np.where(np.isinf(top), level, top), level + part)
        rest = np.maximum(0.0, rest - needed)
    return np.where(full_at <= level, book, weight * level)


def allocate_by_due_date(due: Floats, book: Floats, output: Floats, t: int) -> Floats:
    """Return what each open order gets, (slot, path), and take it off both forms of the book.

    Args:
        due: the book by due period, (period, slot, path); long overdue orders are moved together.
        book: its sums, (slot, path).
        output: what there is to hand out, (path,).
        t: the period.
    """
    _forget_how_late(due, t)
    served, rest = np.zeros(book.shape), output.copy()
    for open_orders in due:
        part = open_orders * factor(open_orders.sum(axis=0), rest)
        rest = np.maximum(0.0, rest - part.sum(axis=0))
        served += part
        left = open_orders - part
        open_orders[...] = np.where(left > ROUNDING * book, left, 0.0)
    book[...] = due.sum(axis=0)
    return served


def _forget_how_late(due: Floats, t: int) -> None:
    """Let orders that are overdue for longer than is told apart count as one."""
    oldest = max(0, t - groups.OVERDUE)
    due[oldest] += due[:oldest].sum(axis=0)
    due[:oldest] = 0.0
