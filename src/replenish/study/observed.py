"""Reported figures held against the simulated bands.

A reported figure *lies in the 90 % band* when its value is between the 5 % and the 95 % quantile of the paths in the
period that holds its date.  Where reports conflict, the range from the lowest to the highest may *meet* the band
although the value lies outside; that is said apart and never counted as the same.  A stock or a cumulative figure is
compared with the end of that period.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from replenish.measures import LABELS, MEASURES
from replenish.result import Result
from replenish.scenario.model import Observation, Scenario
from replenish.units import Per

BAND = ("p05", "p50", "p95", "mean")
"""Columns of the simulated side."""

SCHEMA: dict[str, Any] = {
    "name": pl.String,
    "date": pl.Date,
    **dict.fromkeys(("measure", "holder", "item", "line", "to_holder"), pl.String),
    **dict.fromkeys(("value", "low", "high"), pl.Float64),
    "unit": pl.String,
    **dict.fromkeys(BAND, pl.Float64),
    "is_inside": pl.Boolean,
    "range_meets": pl.Boolean,
    **dict.fromkeys(("note", "source", "address"), pl.String),
}
"""Columns of a comparison; the simulated ones and the two verdicts are null where the run has no such series."""


def compare_observations(result: Result) -> pl.DataFrame:
    """Return one row for each reported figure with the simulated band at its date, in the unit of the report."""
    series = result.series.filter(pl.col("measure").is_in({row.measure for row in result.scenario.observations}))
    rows = [_compared(result, series, row) for row in result.scenario.observations]
    return pl.DataFrame(rows, schema=SCHEMA)


def series_of(series: pl.DataFrame, row: Observation) -> pl.DataFrame:
    """Return the simulated series with exactly the labels of a reported figure, by period."""
    labels = {"holder": row.holder, "item": row.item, "line": row.line, "to_holder": row.to_holder}
    wanted = [pl.col(label) == labels.get(label, "") for label in LABELS]
    return series.filter(pl.col("measure") == row.measure, *wanted).sort("period")


def is_flow(measure: str) -> bool:
    """Return whether a measure counts units in a period, so that it depends on the length of the period."""
    return MEASURES[measure].unit.endswith("/period")


def unit_of(scenario: Scenario, row: Observation) -> str:
    """Return the unit of a reported figure, such as round or round/month."""
    unit = row.unit or next((item.unit for item in scenario.items if item.name == row.item), "unit")
    return f"{unit}/{_per(scenario, row)}" if is_flow(row.measure) else unit


def meets_band(low: float, high: float, p05: float | None, p95: float | None) -> bool | None:
    """Return whether the reported range low to high overlaps the 90 % band; None where there is no band.

    >>> meets_band(28_000, 28_000, 20_000, 30_000), meets_band(31_000, 40_000, 20_000, 30_000)
    (True, False)
    """
    if p05 is None or p95 is None:
        return None
    return low <= p95 and high >= p05


def _compared(result: Result, series: pl.DataFrame, row: Observation) -> dict[str, Any]:
    band = _band(result, series, row)
    low, high = reported_range(row)
    source = next((source for source in result.scenario.sources if source.name == row.source), None)
    return {
        **{name: getattr(row, name) for name in ("name", "measure", "holder", "item", "line", "to_holder")},
        **{"date": row.date, "value": row.value, "low": row.low, "high": row.high},
        "unit": unit_of(result.scenario, row),
        **band,
        "is_inside": meets_band(row.value, row.value, band["p05"], band["p95"]),
        "range_meets": meets_band(low, high, band["p05"], band["p95"]),
        "note": row.note,
        "source": row.source,
        "address": source.address if source else "",
    }


def reported_range(row: Observation) -> tuple[float, float]:
    """Return the lowest and highest reported value; the value itself where no range was reported."""
    return row.value if row.low is None else row.low, row.value if row.high is None else row.high


def _band(result: Result, series: pl.DataFrame, row: Observation) -> dict[str, float | None]:
    period = result.calendar.index(row.date)
    found = series_of(series, row).filter(pl.col("period") == period)
    if found.is_empty() or not 0 <= period < len(result.calendar):
        return dict.fromkeys(BAND)
    length = result.calendar.share_of(_per(result.scenario, row))[period] if is_flow(row.measure) else 1.0
    return {column: float(found[column][0]) / float(length) for column in BAND}


def _per(scenario: Scenario, row: Observation) -> Per:
    return row.per or scenario.settings.time.period
