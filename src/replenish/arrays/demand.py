"""Demands and the stocks that may serve them as arrays."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from replenish import draws
from replenish.arrays.context import Context, floats, ints, offsets
from replenish.arrays.groups import Demands, Floats, Sources
from replenish.arrays.keyed import by_key
from replenish.scenario.model import Demand

Cell = tuple[str, str]


def to_demands(context: Context, sources: list[list[tuple[int, float]]]) -> Demands:
    """Return the demands with their mean and law by period and chain state."""
    labels = context.labels
    cells = ints([labels.cell_of[holder, item] for holder, item, _ in labels.demands])
    by_name = by_key(context.scenario.demand, _name)
    rows = [by_name[name] for name in labels.demands]
    shape = (len(context.calendar), len(rows), context.states)
    mean, law = np.zeros(shape), np.zeros(shape, np.int64)
    fixed = context.laws.add(("fixed",), draws.fixed)
    for index, own in enumerate(rows):
        mean[:, index] = context.dated(own, lambda row: row.mean * context.share_of[row.per])
        law[:, index] = context.dated(own, lambda row: _laws(context, row))
    law[mean == 0] = fixed  # also where no row is in force: the first law may be one of lead times
    places = [(holder, own[0].priority, item, purpose) for (holder, item, purpose), own in
              zip(labels.demands, rows, strict=True)]  # fmt: skip
    return Demands(
        first=offsets(np.bincount(cells, minlength=len(labels.cells))),
        cell=cells,
        chain=ints([context.only_chain(own) for own in rows]),
        is_owed=ints([int(own[0].when_unmet == "owed") for own in rows]),
        mean=mean,
        law=law,
        order=ints(sorted(range(len(rows)), key=places.__getitem__)),
        first_source=offsets([len(own) for own in sources]),
    )


def _name(row: Demand) -> tuple[str, str, str]:
    return row.holder, row.item, row.purpose


def _laws(context: Context, row: Demand) -> Floats | float:
    """Return the law of `row` in each period: laws of counts depend on the length of the period."""
    if row.distribution not in ("poisson", "negative_binomial"):
        return _law(context, row, row.mean)
    means, places = np.unique(row.mean * context.share_of[row.per], return_inverse=True)
    return floats([_law(context, row, float(mean)) for mean in means])[places]


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


def find_sources(context: Context) -> list[list[tuple[int, float]]]:
    """Return for each demand the stocks that may serve it, with the units that replace one: its own stock first."""
    labels = context.labels
    others = by_key(context.scenario.substitutes, lambda row: row.item)
    found = []
    for holder, item, _ in labels.demands:
        own = sorted(others.get(item, []), key=lambda row: (row.rank, row.substitute))
        held = [(labels.cell_of.get((holder, row.substitute), -1), row.ratio) for row in own]
        found.append([(labels.cell_of[holder, item], 1.0), *((cell, ratio) for cell, ratio in held if cell >= 0)])
    return found


def to_sources(context: Context, sources: list[list[tuple[int, float]]]) -> Sources:
    """Return the stocks that may serve each demand, with what is used up along with them."""
    rows = [source for own in sources for source in own]
    bundles = _bundles(context)
    used = [bundles(context.labels.cells[cell]) for cell, _ in rows]
    return Sources(
        cell=ints([cell for cell, _ in rows]),
        ratio=floats([ratio for _, ratio in rows]),
        first_bundle=offsets([len(own) for own in used]),
        bundle_cell=ints([cell for own in used for cell, _ in own]),
        bundle_use=floats([use for own in used for _, use in own]),
        limited=ints(sorted(context.labels.cell_of[cell] for cell in context.limited)),
    )


def _bundles(context: Context) -> Callable[[Cell], list[tuple[int, float]]]:
    """Return a function that gives, for a stock, the stocks that its use uses up, with the units for one unit.

    A row that names the holder goes before one for all holders.
    """
    by_item = by_key(context.scenario.bundles, lambda row: row.item)
    stocked = {(row.holder, row.item) for row in context.scenario.stocks}

    @cache
    def of(cell: Cell) -> list[tuple[int, float]]:
        holder, item = cell
        rows = by_item.get(item, [])
        is_stocked = cell in stocked
        use = {row.bundled_item: row.quantity for row in rows if not row.holder and is_stocked}
        use = {part: units for part, units in use.items() if (holder, part) in stocked}
        use |= {row.bundled_item: row.quantity for row in rows if row.holder == holder}
        return [(context.labels.cell_of[holder, part], units) for part, units in sorted(use.items())]

    return of
