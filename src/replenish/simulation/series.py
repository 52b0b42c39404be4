"""Which series a run keeps: every measure of every thing it applies to, sums over groups, and reported figures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from replenish.arrays import Arrays, Labels
from replenish.arrays.context import floats, ints, offsets
from replenish.arrays.labels import PURPOSES
from replenish.errors import Problem
from replenish.measures import LABELS, MEASURES, Measure, Thing
from replenish.scenario.model import Collect
from replenish.scenario.rules.simulation import UNKNOWN_MEASURE
from replenish.scenario.suggest import advice
from replenish.simulation.kernel.collect import Series
from replenish.simulation.state import reading_sizes

Names = dict[str, str]  # label column -> name


@dataclass(frozen=True)
class SeriesName:
    """A series to keep: a measure, its labels, and the rows of its reading that it sums."""

    measure: Measure
    labels: tuple[str, ...]  # in the order of measures.LABELS
    rows: tuple[int, ...] = field(compare=False)


def things(labels: Labels) -> dict[Thing, list[Names]]:
    """Return the labels of every row of the readings, by kind of thing."""
    owner = {line.name: line.owner for line in labels.scenario.lines}
    limits = [("orders", "capacity", "ramp", *parts) for parts in labels.components]
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
        "state": [
            {"chain": chain, "state": state}
            for chain, states in zip(labels.chains, labels.states, strict=True)
            for state in states
        ],
    }


def members(labels: Labels, group: str) -> set[str]:
    """Return a holder and all that belong to it; every holder for the empty name."""
    parents = {holder.name: holder.parent for holder in labels.scenario.holders}

    def is_inside(name: str) -> bool:
        return name == group or (bool(parents.get(name)) and is_inside(parents[name]))

    return {name for name in labels.holders if not group or is_inside(name)}


def choose_series(arrays: Arrays, labels: Labels, collect: Collect) -> list[SeriesName]:
    """Return the series to keep, in the order of measures and then of labels."""
    wanted = [measure for name, measure in MEASURES.items() if not collect.measures or name in collect.measures]
    found: dict[SeriesName, None] = {}
    named = things(labels)
    for measure in wanted:
        own = [s for s in _of_measure(measure, named, labels) if _is_collected(s, collect, labels)]
        found.update(dict.fromkeys(s for s in own if _applies(s, arrays)))
    found.update(dict.fromkeys(_observed(named, labels)))
    order = {name: place for place, name in enumerate(MEASURES)}
    return sorted(found, key=lambda s: (order[s.measure.name], s.labels))


def find_unknown_measures(collect: Collect) -> list[Problem]:
    """Return a problem for each name under `[collect]` that is no measure."""
    rule = UNKNOWN_MEASURE
    return [
        Problem(
            rule.id, rule.severity, "scenario.toml", None, "collect.measures", name, f"there is no measure `{name}`",
            advice(name, MEASURES) or rule.remedy,
        )
        for name in collect.measures
        if name not in MEASURES
    ]  # fmt: skip


def _of_measure(measure: Measure, named: dict[Thing, list[Names]], labels: Labels) -> Iterator[SeriesName]:
    rows = named[measure.about]
    for row, names in enumerate(rows):
        yield _series(measure, names, [row])
    if measure.adds_up:
        yield from _groups(measure, rows, labels)


def _groups(measure: Measure, rows: list[Names], labels: Labels) -> Iterator[SeriesName]:
    """Yield sums over the members of each group, over all donors of a recipient, and over all purposes of spend."""
    groups = sorted({holder.parent for holder in labels.scenario.holders} - {""})
    if measure.about == "flow":
        groups.append("")
    for group in groups:
        inside = members(labels, group)
        by_rest: dict[tuple[tuple[str, str], ...], list[int]] = {}
        for row, names in enumerate(rows):
            if names.get("holder") in inside and "line" not in names:
                rest = tuple(sorted((key, value) for key, value in names.items() if key != "holder"))
                by_rest.setdefault(rest, []).append(row)
        for rest, own in by_rest.items():
            yield _series(measure, {**dict(rest), "holder": group}, own)
    if measure.about == "account":
        for holder in ("", *groups, *labels.holders):
            own = [row for row, names in enumerate(rows) if names["holder"] in members(labels, holder)]
            yield _series(measure, {"holder": holder}, own)


def _series(measure: Measure, names: Names, rows: list[int]) -> SeriesName:
    return SeriesName(measure, tuple(names.get(label, "") for label in LABELS), tuple(rows))


def _is_collected(series: SeriesName, collect: Collect, labels: Labels) -> bool:
    names = dict(zip(LABELS, series.labels, strict=True))
    chosen = set().union(*(members(labels, holder) for holder in collect.holders)) | set(collect.holders)
    is_item = not collect.items or not names["item"] or names["item"] in collect.items
    return is_item and (not chosen or not names["holder"] or names["holder"] in chosen)


def _applies(series: SeriesName, arrays: Arrays) -> bool:
    """Return whether the measure says anything about these rows."""
    rows = np.array(series.rows)
    match series.measure.name:
        case "requirement" | "shortfall":
            return bool(np.isin(rows, arrays.stocks.dated).any())
        case "days_of_supply":
            return bool((_least_use(arrays)[rows] > 0).all())
        case "in_transit":
            return bool(np.isin(rows, arrays.flows.to_cell).any())
        case "on_order":
            return bool(np.isin(rows, arrays.slots.cell).any())
        case _:
            return len(rows) > 0
    return True


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
        inside = members(labels, row.holder)
        own = [
            index
            for index, thing in enumerate(named[measure.about])
            if thing["holder"] in inside
            and thing["item"] == row.item
            and row.line in ("", thing.get("line", ""))
            and row.to_holder in ("", thing.get("to_holder", ""))
        ]
        if own:
            yield _series(measure, names, own)


def to_series(arrays: Arrays, names: list[SeriesName]) -> Series:
    """Return the chosen series as rows of the readings' buffer."""
    sizes = reading_sizes(arrays)
    start = dict(zip(sizes, offsets(list(sizes.values())), strict=False))
    terms = [[start[s.measure.reading] + row for row in s.rows] for s in names]
    overs = [[start[s.measure.over] + row for row in s.rows] if s.measure.over else [] for s in names]
    keeps = [s.measure.about not in ("limit", "state") for s in names]
    return Series(
        first_term=offsets([len(rows) for rows in terms]),
        term=ints([row for rows in terms for row in rows]),
        first_over=offsets([len(rows) for rows in overs]),
        over=ints([row for rows in overs for row in rows]),
        is_cumulative=ints([int(s.measure.is_cumulative) for s in names]),
        one_minus=ints([int(s.measure.one_minus) for s in names]),
        when_empty=floats([s.measure.when_empty for s in names]),
        histogram=np.where(keeps, np.cumsum(keeps) - 1, -1).astype(np.int64),
    )
