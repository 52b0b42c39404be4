"""What a run keeps: by the size of the scenario, unless its settings say it.

The rule.  A run whose settings under `[collect]` name no measure, holder or item keeps

- every measure of every single thing and group, if that is at most `MOST` series-periods;
- else sums over groups and over all holders, and of single things what the report is about, on hand, unmet and
  production, if that is at most `MOST_THINNED` series-periods;
- else the same without on hand, unmet and production of single things.

Where more than `MOST_OF_PART` series-periods are left of the latter two, statistics are kept of every k-th period,
counted from the last, for the smallest k that helps, and of the periods in which pledges are due.  What the settings
name is kept in every period.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from replenish.arrays import Arrays, Labels
from replenish.arrays.groups import Ints
from replenish.errors import UsageError
from replenish.measures import LABELS, MEASURES, REPLENISHMENT
from replenish.scenario.model import Collect
from replenish.simulation.series import (
    Kept,
    Names,
    Scope,
    SeriesName,
    choose_series,
    focus,
    named_series,
    things,
)

Vector = np.ndarray[tuple[int], np.dtype[np.float64]]

MOST: Final = 80_000  # series-periods: 255 MiB of histograms for each worker
MOST_THINNED: Final = 4 * MOST
MOST_OF_PART: Final = MOST // 4  # series-periods where not everything is kept: counting should cost little there
MOST_SCALARS: Final = 24  # 192 bytes a path
MOST_ITEMS, MOST_STOCKS = 4, 3  # of which scalars are kept unless measures are named
MOST_VALUES: Final = 2**25  # of trajectories: about 1 GB as a table

_SAID: dict[Scope, str] = {
    "all": "every measure of everything",
    "main": "sums over holders; of single holders on hand, unmet and production, and what the report is about",
    "totals": "sums over holders, and what the report is about",
}


@dataclass(frozen=True, slots=True)
class Scalar:
    """A number that is kept of every path: a series at the end of the horizon, or the date of replenishment."""

    measure: str
    labels: tuple[str, ...]
    series: SeriesName | None  # None for a date
    dated: int = -1  # row of the stocks with a requirement


@dataclass(frozen=True, slots=True)
class Selection:
    """All that a run keeps."""

    names: list[SeriesName]  # with statistics
    kept: Kept
    scalars: list[Scalar]
    trajectory_paths: int  # 0: all
    collected: str  # the same in words

    def check_memory(self, periods: int, paths: int) -> None:
        """Raise UsageError if the trajectories of `paths` paths are too many."""
        count, paths = len(self.kept.trajectories), min(paths, self.trajectory_paths or paths)
        if count * periods * paths > MOST_VALUES:
            raise UsageError(
                f"trajectories of {count} series over {periods} periods and {paths:,} paths are"
                f" {count * periods * paths:,} values, the limit is {MOST_VALUES:,}; name fewer measures, holders or"
                f" items under [collect], or write trajectory_paths = {MOST_VALUES // (count * periods)}"
            )


def select(arrays: Arrays, labels: Labels, collect: Collect) -> Selection:
    """Return what a run of this scenario keeps."""
    periods = len(arrays.clock.days)
    is_named = bool(collect.measures or collect.holders or collect.items)
    full = choose_series(arrays, labels, collect)
    scope: Scope = "all"
    names = full
    if not is_named:
        scope, names = _in_scope(arrays, labels, collect, full)
    most = MOST if scope == "all" else MOST_OF_PART
    every = collect.every or (1 if is_named else max(1, -(-len(names) * periods // most)))
    scalars = _cut(_named_scalars(arrays, labels, collect) if collect.scalars else _main_scalars(arrays, labels))
    dated = np.full(len(arrays.stocks.dated), -1)
    for column, scalar in enumerate(scalars):
        if scalar.series is None:
            dated[scalar.dated] = column
    kept = Kept(
        periods=_periods(arrays, every), trajectories=tuple(_trajectories(arrays, labels, collect, names)),
        scalars=tuple(scalar.series for scalar in scalars), dated=dated,
    )  # fmt: skip
    said = "what [collect] names" if is_named else _SAID[scope]
    if len(names) < len(full):
        said += f" ({len(names):,} of {len(full):,} series; name others under [collect])"
    return Selection(names, kept, scalars, collect.trajectory_paths, f"{said}; {_said_periods(every)}")


def _said_periods(every: int) -> str:
    return "every period" if every == 1 else f"one period of {every} and those in which pledges are due"


def _in_scope(
    arrays: Arrays, labels: Labels, collect: Collect, full: list[SeriesName]
) -> tuple[Scope, list[SeriesName]]:
    """Return the widest scope that is small enough, and its series."""
    periods = len(arrays.clock.days)
    if len(full) * periods <= MOST:
        return "all", full
    names = choose_series(arrays, labels, collect, "main")
    if len(names) * periods <= MOST_THINNED:
        return "main", names
    return "totals", choose_series(arrays, labels, collect, "totals")


def _periods(arrays: Arrays, every: int) -> Ints:
    """Return the place of the statistics of each period, (T,); -1 where none are kept."""
    last = len(arrays.clock.days) - 1
    is_kept = (last - np.arange(last + 1)) % every == 0
    is_kept[np.minimum(arrays.pledges.due[arrays.pledges.due >= 0], last)] = True
    places: Ints = np.where(is_kept, np.cumsum(is_kept) - 1, -1).astype(np.int64)
    return places


def _trajectories(arrays: Arrays, labels: Labels, collect: Collect, names: list[SeriesName]) -> Iterator[SeriesName]:
    if not collect.trajectories:
        yield from names if collect.trajectory_paths else ()
        return
    wanted = collect.model_copy(update={"measures": collect.trajectories})
    yield from (s for s in choose_series(arrays, labels, wanted) if s.measure.name in collect.trajectories)


def _cut(scalars: Iterator[Scalar]) -> list[Scalar]:
    """Return the first scalars, each once."""
    found = {(scalar.measure, scalar.labels): scalar for scalar in scalars}
    return list(found.values())[:MOST_SCALARS]


def _named_scalars(arrays: Arrays, labels: Labels, collect: Collect) -> Iterator[Scalar]:
    """Yield the scalars of the measures that the settings name: sums first, then single things, dates last."""
    wanted = collect.model_copy(update={"measures": collect.scalars})
    for scope in ("totals", "all"):
        for s in sorted(choose_series(arrays, labels, wanted, scope), key=lambda s: s.names["holder"] != ""):
            if s.measure.name in collect.scalars:
                yield _scalar(s)
    if REPLENISHMENT in collect.scalars:
        yield from _dates(arrays, labels)


def _main_scalars(arrays: Arrays, labels: Labels) -> Iterator[Scalar]:
    """Yield the scalars of a run that names none, the most important first.

    Money spent in all; unmet, fill rate and deliveries of the items with the largest demand, over all holders; unmet
    and fill rate of the largest single demands; dates of replenishment of the largest stocks.
    """
    named = things(labels)
    yield _scalar(named_series(MEASURES["spend_cumulative"], {}, list(range(len(named["account"])))))
    asked = arrays.demands.mean.mean(axis=(0, 2))
    by_item, by_cell = _rows_by(named["demand"], "item"), _rows_by(named["demand"], "holder", "item")
    shipped = _rows_by(named["flow"], "item")
    for key in sorted(by_item, key=lambda key: -asked[by_item[key]].sum())[:MOST_ITEMS]:
        for name in ("unmet_cumulative", "fill_rate"):
            yield _scalar(named_series(MEASURES[name], {"item": key[0]}, by_item[key]))
        if key in shipped:
            yield _scalar(named_series(MEASURES["delivered_cumulative"], {"item": key[0]}, shipped[key]))
    for key in _largest(by_cell, asked, focus(labels.scenario)):
        for name in ("unmet_cumulative", "fill_rate"):
            yield _scalar(named_series(MEASURES[name], {"holder": key[0], "item": key[1]}, by_cell[key]))
    yield from _dates(arrays, labels)


def _largest(rows: dict[tuple[str, ...], list[int]], asked: Vector, first: tuple[str, str]) -> list[tuple[str, ...]]:
    """Return the stocks with the largest demand, that of the report first."""
    return sorted(rows, key=lambda key: (key != first, -asked[rows[key]].sum()))[:MOST_STOCKS]


def _rows_by(rows: list[Names], *columns: str) -> dict[tuple[str, ...], list[int]]:
    """Return the rows of each combination of names, in their order."""
    found: dict[tuple[str, ...], list[int]] = {}
    for row, names in enumerate(rows):
        found.setdefault(tuple(names[column] for column in columns), []).append(row)
    return found


def _scalar(series: SeriesName) -> Scalar:
    return Scalar(series.measure.name, series.labels, series)


def _dates(arrays: Arrays, labels: Labels) -> Iterator[Scalar]:
    """Yield the dates of replenishment, that of the largest opening stock first."""
    opening = arrays.stocks.opening[arrays.stocks.dated]
    for row in np.argsort(-opening, kind="stable"):
        holder, item = labels.cells[arrays.stocks.dated[row]]
        names = {"holder": holder, "item": item}
        yield Scalar(REPLENISHMENT, tuple(names.get(label, "") for label in LABELS), None, int(row))
