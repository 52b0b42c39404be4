"""From statistics to tables with labels."""

from __future__ import annotations

import numpy as np
import polars as pl

from replenish.arrays import Labels
from replenish.arrays.groups import Arrays, Floats
from replenish.measures import DATE_MEASURES, LABELS
from replenish.periods import Calendar
from replenish.result import QUANTILES, quantile_column
from replenish.simulation.kernel.collect import Series
from replenish.simulation.series import SeriesName
from replenish.simulation.statistics import Totals, quantiles


def series_table(
    names: list[SeriesName], series: Series, totals: Totals, labels: Labels, days: Calendar
) -> pl.DataFrame:
    """Return one row per series and period; see `Result.series`."""
    count, periods = len(names), len(days)
    paths = totals.moments.count
    spread = np.sqrt(totals.moments.deviations / max(1, paths - 1) / paths)
    columns: dict[str, object] = {
        "measure": np.repeat([name.measure.name for name in names], periods),
        "unit": np.repeat([unit_of(name, labels) for name in names], periods),
    }
    for place, label in enumerate(LABELS):
        columns[label] = np.repeat([name.labels[place] for name in names], periods)
    columns["period"] = np.tile(np.arange(periods), count)
    columns["date"] = list(days.starts) * count
    columns["mean"] = totals.moments.mean.ravel()
    columns["standard_error"] = spread.ravel()
    for level, values in zip(QUANTILES, _quantiles(series, totals), strict=True):
        columns[quantile_column(level)] = values.ravel()
    columns["minimum"], columns["maximum"] = totals.lowest.ravel(), totals.highest.ravel()
    columns["positive_share"] = _positive_share(series, totals).ravel()
    numbers = [quantile_column(level) for level in QUANTILES] + ["positive_share"]
    return pl.DataFrame(columns).with_columns(pl.col(numbers).fill_nan(None))


def unit_of(name: SeriesName, labels: Labels) -> str:
    """Return the unit of a series in the words of the scenario: rounds/month rather than unit/period."""
    item = name.labels[LABELS.index("item")]
    units = {row.name: row.unit for row in labels.scenario.items}
    settings = labels.scenario.settings
    unit = name.measure.unit.replace("period", settings.time.period).replace("currency", settings.money.currency)
    return unit.replace("unit", units.get(item, "unit"))


def _quantiles(series: Series, totals: Totals) -> Floats:
    """Return the quantiles, (level, series, period); NaN for series of which only the mean is kept."""
    found = np.full((len(QUANTILES), *totals.lowest.shape), np.nan)
    for row, histogram in enumerate(series.histogram):
        if histogram >= 0:
            counts = totals.histogram[histogram].astype(np.float64)
            found[:, row] = quantiles(counts, totals.lowest[row], totals.highest[row], QUANTILES)
    return found


def _positive_share(series: Series, totals: Totals) -> Floats:
    share = np.full(totals.lowest.shape, np.nan)
    kept = series.histogram >= 0
    share[kept] = 1.0 - totals.histogram[:, :, 0] / totals.moments.count
    return share


def dates_table(arrays: Arrays, totals: Totals, labels: Labels) -> pl.DataFrame:
    """Return the number of paths by stock and period for each date measure; see `Result.dates`."""
    frames = []
    for measure, counts in zip(DATE_MEASURES, (totals.first_below, totals.replenished), strict=True):
        for row, cell in enumerate(arrays.stocks.dated):
            holder, item = labels.cells[cell]
            periods = [*range(counts.shape[1] - 1), None]
            frame = pl.DataFrame({"period": periods, "paths": counts[row]}, schema_overrides={"period": pl.Int64})
            names = {"measure": measure, "holder": holder, "item": item, "applies": int(counts[row].sum())}
            frames.append(frame.filter(pl.col("paths") > 0).with_columns(**{k: pl.lit(v) for k, v in names.items()}))
    empty = pl.DataFrame(schema=_DATES)
    return pl.concat([empty, *(frame.select(list(_DATES)).cast(_DATES) for frame in frames)])


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
