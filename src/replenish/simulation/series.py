"""Series by name: every measure of every thing it applies to, sums over groups, and reported figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np

from replenish.arrays import Arrays, Labels
from replenish.arrays.context import ints, offsets
from replenish.arrays.groups import FOLLOW_OR_CLOSE, LIMIT_COMPONENT, Ints
from replenish.arrays.labels import PURPOSES
from replenish.measures import LABELS, MEASURES, Measure, Thing
from replenish.scenario.model import Collect, Scenario
from replenish.simulation.kernel.collect import (
    COLUMNS,
    DIRECT,
    EQUALS,
    FIRST,
    FREE,
    HISTOGRAM,
    LAST,
    NUMBERS,
    OVER,
    RUNNING,
    SCALAR,
    STATISTIC,
    TRAJECTORY,
    Series,
)
from replenish.simulation.state import reading_sizes

Names = dict[str, str]  # label column -> name


@dataclass(frozen=True)
class SeriesName:
    """A series to keep: a measure, its labels, and the rows of its reading that it sums."""

    measure: Measure
    labels: tuple[str, ...]  # in the order of measures.LABELS
    rows: tuple[int, ...] = field(compare=False)

    @property
    def names(self) -> Names:
        """Return its labels by column."""
        return dict(zip(LABELS, self.labels, strict=True))


Scope = Literal["all", "main", "totals"]
"""How much is kept: everything; sums, and single things by the measures in `MAIN`; sums alone.

What the report is about, and the states of chains, are kept in every scope.
"""

MAIN = ("on_hand", "unmet", "production")

OF_RESERVES = ("on_hand", "requirement", "shortfall", "days_of_supply", "expired_cumulative")
MOST_HOLDERS = 40
"""Up to so many holders of the main item these measures are kept of each of its stocks: the report is about them."""


LIMITS = ("orders", "capacity", "ramp", "outage", "minimum")
"""What may hold a product back, before its components, in the order of the codes of the reading `binding`."""


def things(labels: Labels) -> dict[Thing, list[Names]]:
    """Return the labels of every row of the readings, by kind of thing."""
    owner = {line.name: line.owner for line in labels.scenario.lines}
    limits = [(*LIMITS, *parts) for parts in labels.components]
    products: list[Names] = [{"holder": owner[line], "line": line, "item": item} for line, item in labels.products]
    return {
        "cell": [{"holder": holder, "item": item} for holder, item in labels.cells],
        "demand": [{"holder": h, "item": i, "purpose": purpose} for h, i, purpose in labels.demands],
        "product": products,
        "limit": [{**product, "limit": limit} for product, own in zip(products, limits, strict=True) for limit in own],
        "flow": [{"holder": giver, "to_holder": taker, "item": item} for giver, taker, item in labels.flows],
        "pledge": [
            {"holder": giver, "to_holder": taker, "item": item, "pledge": f"{name} {due}".strip()}
            for giver, taker, item, due, name in labels.pledges
        ],
        "account": [{"holder": holder, "purpose": purpose} for holder in labels.holders for purpose in PURPOSES],
        "budget": [{"holder": holder, "purpose": purpose} for holder, purpose in labels.budgets],
        "state": [
            {"chain": chain, "state": state}
            for chain, states in zip(labels.chains, labels.states, strict=True)
            for state in states
        ],
    }


def choose_series(arrays: Arrays, labels: Labels, collect: Collect, scope: Scope = "all") -> list[SeriesName]:
    """Return the series in scope and asked for, and those of reported figures, in the order of measures and labels."""
    wanted = [measure for name, measure in MEASURES.items() if not collect.measures or name in collect.measures]
    found: dict[SeriesName, None] = {}
    chosen = set(collect.holders).union(*(labels.members.get(holder, ()) for holder in collect.holders))
    named, masks = things(labels), _masks(arrays)
    for measure in wanted:
        own = [s for s in _of_measure(measure, named, labels, scope) if _is_collected(s, collect, chosen)]
        found.update(dict.fromkeys(s for s in own if _applies(s, masks)))
    found.update(dict.fromkeys(_observed(named, labels)))
    order = {name: place for place, name in enumerate(MEASURES)}
    return sorted(found, key=lambda s: (order[s.measure.name], s.labels))


def _of_measure(
    measure: Measure, named: dict[Thing, list[Names]], labels: Labels, scope: Scope
) -> Iterator[SeriesName]:
    rows, (recipient, item) = named[measure.about], focus(labels.scenario)
    is_short = sum(cell[1] == item for cell in labels.cells) <= MOST_HOLDERS
    keeps_all = scope == "all" or measure.about == "state" or (scope == "main" and measure.name in MAIN)
    for row, names in enumerate(rows):
        is_focus = names.get("item") == item and (
            recipient in (names.get("holder"), names.get("to_holder")) or (is_short and measure.name in OF_RESERVES)
        )
        if (keeps_all or is_focus) and not is_summed(measure, names, labels):
            yield named_series(measure, names, [row])
    if measure.adds_up:
        yield from _groups(measure, rows, labels, scope)


def is_summed(measure: Measure, names: Names, labels: Labels) -> bool:
    """Return whether these are the names of a sum over a group, which the group's own row then does not bear."""
    return measure.adds_up and names.get("holder") in labels.groups and "line" not in names


def focus(scenario: Scenario) -> tuple[str, str]:
    """Return the holder and the item that the report is about: as its settings say, else by the largest demand."""
    chosen = scenario.settings.report
    items = [row.item for row in scenario.demand] or [row.name for row in scenario.items]
    item = chosen.item or next(iter(items), "")
    asked: dict[str, float] = {}
    for row in scenario.demand:
        if row.item == item:
            asked[row.holder] = asked.get(row.holder, 0.0) + row.mean
    return chosen.recipient or max(asked, key=lambda holder: asked[holder], default=""), item


def _groups(measure: Measure, rows: list[Names], labels: Labels, scope: Scope) -> Iterator[SeriesName]:
    """Yield sums over the members of each group, over all donors of a recipient, and over all purposes of spend.

    Where single things are left out, sums over all holders are kept as well.
    """
    groups = sorted(labels.groups)
    for group in groups if scope == "all" and measure.about != "flow" else [*groups, ""]:
        yield from sums_over(measure, rows, labels, group)
    if measure.about == "account":
        by_holder: dict[str, list[int]] = {}
        for row, names in enumerate(rows):
            by_holder.setdefault(names["holder"], []).append(row)
        for holder in ("", *groups, *(labels.holders if scope == "all" else ())):
            own = sorted(row for member in labels.members[holder] for row in by_holder.get(member, ()))
            yield named_series(measure, {"holder": holder}, own)


def sums_over(measure: Measure, rows: list[Names], labels: Labels, group: str) -> Iterator[SeriesName]:
    """Yield the sums over the members of a group, one for each combination of the other labels."""
    inside = labels.members[group]
    by_rest: dict[tuple[tuple[str, str], ...], list[int]] = {}
    for row, names in enumerate(rows):
        if names.get("holder") in inside and "line" not in names:
            rest = tuple(sorted((key, value) for key, value in names.items() if key != "holder"))
            by_rest.setdefault(rest, []).append(row)
    for rest, own in by_rest.items():
        yield named_series(measure, {**dict(rest), "holder": group}, own)


def named_series(measure: Measure, names: Names, rows: list[int]) -> SeriesName:
    """Return the sum of rows of a measure under its labels."""
    return SeriesName(measure, tuple(names.get(label, "") for label in LABELS), tuple(rows))


def _is_collected(series: SeriesName, collect: Collect, chosen: set[str]) -> bool:
    names = series.names
    is_item = not collect.items or not names["item"] or names["item"] in collect.items
    return is_item and (not chosen or not names["holder"] or names["holder"] in chosen)


Bools = np.ndarray[tuple[int], np.dtype[np.bool_]]


def _masks(arrays: Arrays) -> dict[str, Bools]:
    """Return of which rows a measure says anything, for measures that do not hold for all."""
    stocks, sources = arrays.stocks, arrays.sources
    cells = {
        "requirement": stocks.dated, "shortfall": stocks.dated, "in_transit": arrays.flows.to_cell,
        "on_order": arrays.slots.cell, "bundled": sources.bundle_cell,
        "substituted": np.delete(sources.cell, arrays.demands.first_source[:-1]),
    }  # fmt: skip
    masks = {name: np.isin(np.arange(len(stocks.opening)), own) for name, own in cells.items()}
    return masks | {
        "days_of_supply": _least_use(arrays) > 0,
        "outside": np.isfinite(stocks.storage_limit),
        "expired": stocks.ages > 0,
        "expired_cumulative": stocks.ages > 0,
        "bottleneck_share": _may_hold(arrays),
    }


def _may_hold(arrays: Arrays) -> Bools:
    """Return which limits can ever hold a product back: outages and closing only where its line knows them."""
    lines, closes = arrays.lines, arrays.rules.rule == FOLLOW_OR_CLOSE
    may = [np.zeros(0, np.bool_)]
    for line, parts in zip(arrays.products.line, np.diff(arrays.products.first_component), strict=True):
        known = {"outage": lines.outage_start[line] > 0, "minimum": closes[lines.policy[:, line]].any()}
        may.append(np.array([known.get(limit, True) for limit in LIMITS] + [True] * parts))
    return np.concatenate(may)


def _applies(series: SeriesName, masks: dict[str, Bools]) -> bool:
    """Return whether the measure says anything about these rows."""
    mask = masks.get(series.measure.name)
    return len(series.rows) > 0 if mask is None else bool(mask[list(series.rows)].any())


def _least_use(arrays: Arrays) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return the least daily use from which days of supply of each stock are counted, (C,)."""
    stated = arrays.stocks.planning_use.min(axis=2)
    asked = np.zeros(stated.shape)
    np.add.at(asked.T, arrays.demands.cell, arrays.demands.mean.min(axis=2).T)
    least: np.ndarray[tuple[int], np.dtype[np.float64]] = np.where(stated > 0, stated, asked).min(axis=0)
    return least


def _observed(named: dict[Thing, list[Names]], labels: Labels) -> Iterator[SeriesName]:
    """Yield the series that each reported figure is held against, under the labels of its row."""
    for row in labels.scenario.observations:
        measure = MEASURES[row.measure]
        names = {"holder": row.holder, "item": row.item, "line": row.line, "to_holder": row.to_holder}
        inside = labels.members.get(row.holder, frozenset())
        own = [
            index
            for index, thing in enumerate(named[measure.about])
            if thing["holder"] in inside
            and thing["item"] == row.item
            and row.line in ("", thing.get("line", ""))
            and row.to_holder in ("", thing.get("to_holder", ""))
        ]
        if own:
            yield named_series(measure, names, own)


CODED: Final = frozenset({"binding", "chain_state"})
"""Readings with one row for each product or chain that holds a code, where others have one row for each thing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What is kept beyond the statistics of every period."""

    periods: Ints | None = None  # (T,) place of the statistics of each period; -1 where none are kept; None: all
    trajectories: tuple[SeriesName, ...] = ()
    scalars: tuple[SeriesName | None, ...] = ()  # by column; None where it is a date
    dated: Ints | None = None  # (stocks with a requirement,) column with the date of replenishment


def to_series(arrays: Arrays, names: Sequence[SeriesName], kept: Kept | None = None) -> Series:
    """Return the chosen series as rows of the readings' buffer, and what is kept of each."""
    kept = kept or Kept()
    every = list(dict.fromkeys([*names, *kept.trajectories, *filter(None, kept.scalars)]))
    columns = np.full((len(every), COLUMNS), -1, np.int64)
    sizes = reading_sizes(arrays)
    start = dict(zip(sizes, offsets(list(sizes.values())), strict=False))
    terms: list[int] = []
    for own, s in zip(columns, every, strict=True):
        rows, overs = _rows(arrays, s), list(s.rows) if s.measure.over else []
        own[[FIRST, OVER, LAST]] = np.cumsum([len(terms), len(rows), len(overs)])
        terms += [start[s.measure.reading] + row for row in rows] + [start[s.measure.over] + row for row in overs]
    columns[:, RUNNING] = _running(every)
    is_plain = [len(s.rows) == 1 and not (s.measure.over or s.measure.is_cumulative) for s in every]
    numbers = np.array([_numbers(arrays, s) for s in every]).reshape(-1, NUMBERS)
    is_direct = np.array(is_plain, bool) & np.isnan(numbers[:, EQUALS])
    columns[is_direct, DIRECT] = np.array(terms, np.int64)[columns[is_direct, FIRST]]
    _set_places(columns, every, names, kept)
    periods = np.arange(len(arrays.clock.days)) if kept.periods is None else kept.periods
    dated = np.full(len(arrays.stocks.dated), -1) if kept.dated is None else kept.dated
    return Series(columns, numbers, ints(terms), periods.astype(np.int64), dated.astype(np.int64))


def _set_places(columns: Ints, every: list[SeriesName], names: Sequence[SeriesName], kept: Kept) -> None:
    """Write where the statistics, histogram, trajectory and scalar of each series go."""
    place = {name: row for row, name in enumerate(every)}
    count = 0
    for row, name in enumerate(names):
        columns[place[name], STATISTIC] = row
        if has_histogram(name):
            columns[place[name], HISTOGRAM], count = count, count + 1
    for row, name in enumerate(kept.trajectories):
        columns[place[name], TRAJECTORY] = row
    for row, scalar in enumerate(kept.scalars):
        if scalar is not None:
            columns[place[scalar], SCALAR] = row


def has_histogram(name: SeriesName) -> bool:
    """Return whether quantiles are kept, which say nothing about what is 0 or 1 in each path."""
    return name.measure.about not in ("limit", "state")


def _running(every: list[SeriesName]) -> Ints:
    """Return the row of the scratch in which each series is summed from the start; a ratio takes two."""
    places, free = [], FREE
    for s in every:
        places.append(free if s.measure.is_cumulative else -1)
        free += (2 if s.measure.over else 1) if s.measure.is_cumulative else 0
    return ints(places)


def _numbers(arrays: Arrays, s: SeriesName) -> list[float]:
    base, sign = (1.0, -1.0) if s.measure.one_minus else (0.0, 1.0)
    code = place_and_code(arrays, s)[1] if s.measure.reading in CODED else np.nan
    return [s.measure.when_empty, base, sign, code]


def _rows(arrays: Arrays, s: SeriesName) -> list[int]:
    return [place_and_code(arrays, s)[0]] if s.measure.reading in CODED else list(s.rows)


def place_and_code(arrays: Arrays, s: SeriesName) -> tuple[int, int]:
    """Return the chain and the number of a state in it, or the product and the number of a limit of it."""
    limits = np.diff(arrays.products.first_component) + LIMIT_COMPONENT
    first = offsets((arrays.chains.states if s.measure.about == "state" else limits).tolist())
    place = int(np.searchsorted(first, s.rows[0], side="right")) - 1
    return place, s.rows[0] - int(first[place])
