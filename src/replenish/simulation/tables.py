"""From statistics to tables with labels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from replenish.arrays import Labels
from replenish.arrays.groups import Arrays, Floats, Ints
from replenish.measures import DATE_MEASURES, LABELS
from replenish.periods import Calendar
from replenish.result import QUANTILES, SCALARS, quantile_column
from replenish.simulation.engine import Part
from replenish.simulation.kernel.collect import HISTOGRAM, Series
from replenish.simulation.selection import Scalar
from replenish.simulation.series import SeriesName
from replenish.simulation.statistics import Totals, quantiles


def series_table(
    names: list[SeriesName],
    series: Series,
    totals: Totals,
    labels: Labels,
    days: Calendar,
    *,
    chosen: list[int] | None = None,
) -> pl.DataFrame:
    """Return one row per series, of all or of those chosen, and period that is kept; see `Result.series`."""
    rows = np.arange(len(names)) if chosen is None else np.array(chosen, np.int64)
    names = [names[row] for row in rows]
    moments, lowest, highest = totals.moments, totals.lowest[rows], totals.highest[rows]
    kept = np.flatnonzero(series.periods >= 0)
    count, paths = len(names), moments.count
    spread = np.sqrt(moments.deviations[rows] / max(1, paths - 1) / paths)
    texts = {"measure": [name.measure.name for name in names], "unit": [unit_of(name, labels) for name in names]}
    texts |= {label: [name.labels[place] for name in names] for place, label in enumerate(LABELS)}
    repeated = np.repeat(np.arange(count), len(kept))
    columns: dict[str, object] = {name: pl.Series(own, dtype=pl.String).gather(repeated) for name, own in texts.items()}
    columns["period"] = np.tile(kept, count)
    columns["date"] = [days.starts[period] for period in kept] * count
    columns["mean"] = moments.mean[rows].ravel()
    columns["standard_error"] = spread.ravel()
    counted = series.columns[rows, HISTOGRAM]
    for level, values in zip(QUANTILES, _quantiles(counted, totals, lowest, highest), strict=True):
        columns[quantile_column(level)] = values.ravel()
    columns["minimum"], columns["maximum"] = lowest.ravel(), highest.ravel()
    columns["positive_share"] = _positive_share(counted, totals, lowest.shape).ravel()
    numbers = [quantile_column(level) for level in QUANTILES] + ["positive_share"]
    table = pl.DataFrame(columns, schema_overrides={"date": pl.Date})
    return table.with_columns(pl.col(numbers).fill_nan(None))


def unit_of(name: SeriesName, labels: Labels) -> str:
    """Return the unit of a series in the words of the scenario: rounds/month rather than unit/period."""
    item = name.labels[LABELS.index("item")]
    units = {row.name: row.unit for row in labels.scenario.items}
    settings = labels.scenario.settings
    unit = name.measure.unit.replace("period", settings.time.period).replace("currency", settings.money.currency)
    return unit.replace("unit", units.get(item, "unit"))


def _quantiles(rows: Ints, totals: Totals, lowest: Floats, highest: Floats) -> Floats:
    """Return the quantiles, (level, series, place); NaN for series of which only the mean is kept."""
    found = np.full((len(QUANTILES), *lowest.shape), np.nan)
    for n, row in enumerate(rows):
        if row >= 0:
            found[:, n] = quantiles(totals.histogram[row], lowest[n], highest[n], QUANTILES)
    return found


def _positive_share(rows: Ints, totals: Totals, shape: tuple[int, ...]) -> Floats:
    share = np.full(shape, np.nan)
    share[rows >= 0] = 1.0 - totals.histogram[rows[rows >= 0], :, 0] / totals.paths
    return share


def scalars_table(scalars: list[Scalar], labels: Labels) -> pl.DataFrame:
    """Return what each column of the table of paths is; see `Result.scalars`."""
    rows = [
        {
            "column": scalar_column(place), "measure": scalar.measure,
            **dict(zip(LABELS, scalar.labels, strict=True)),
            "unit": unit_of(scalar.series, labels) if scalar.series else "period",
        }
        for place, scalar in enumerate(scalars)
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=SCALARS)


def scalar_column(place: int) -> str:
    """Return the column of a scalar in the table of paths."""
    return f"s{place:02d}"


def paths_table(part: Part) -> pl.DataFrame:
    """Return the scalars of some paths; see `Result.paths`."""
    columns = {scalar_column(place): values for place, values in enumerate(part.scalars)}
    return pl.DataFrame({"path": np.arange(part.first, part.first + part.count), **columns})


class TrajectoryTable:
    """Turns trajectories of some paths into a table; see `Result.trajectories`."""

    def __init__(self, names: Sequence[SeriesName]) -> None:
        """Prepare for these series."""
        texts = {"measure": [name.measure.name for name in names]}
        texts |= {label: [name.labels[place] for name in names] for place, label in enumerate(LABELS)}
        self._labels = {name: pl.Series(name, own, pl.Enum(sorted(set(own)))) for name, own in texts.items()}

    def __call__(self, part: Part) -> pl.DataFrame:
        """Return the paths of `part` one after the other, each series by series."""
        series, periods, paths = part.trajectories.shape
        rows = np.tile(np.repeat(np.arange(series), periods), paths)
        numbers = np.arange(part.first, part.first + paths, dtype=np.uint32)
        columns = {
            "path": np.repeat(numbers, series * periods),
            "period": np.tile(np.arange(periods, dtype=np.uint32), paths * series),
            "value": part.trajectories.transpose(2, 0, 1).ravel(),
        }
        return pl.DataFrame([own.gather(rows) for own in self._labels.values()]).with_columns(
            pl.Series(name, values) for name, values in columns.items()
        )


def dates_table(arrays: Arrays, totals: Totals, labels: Labels) -> pl.DataFrame:
    """Return the number of paths by stock and period for each date measure; see `Result.dates`."""
    frames = [pl.DataFrame(schema=_DATES)]
    cells = [labels.cells[cell] for cell in arrays.stocks.dated]
    for measure, counts in zip(DATE_MEASURES, (totals.first_below, totals.replenished), strict=True):
        rows, periods = counts.nonzero()
        columns = {
            "measure": [measure] * len(rows),
            "holder": [cells[row][0] for row in rows],
            "item": [cells[row][1] for row in rows],
            "period": [int(period) if period < counts.shape[1] - 1 else None for period in periods],
            "paths": counts[rows, periods],
            "applies": counts.sum(axis=1)[rows],
        }
        frames.append(pl.DataFrame(columns, schema=_DATES))
    return pl.concat(frames)


_DATES = pl.Schema(
    {
        "measure": pl.String,
        "holder": pl.String,
        "item": pl.String,
        "period": pl.Int64,
        "paths": pl.Int64,
        "applies": pl.Int64,
    }
)
