"""Reported figures over the simulated bands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import polars as pl

from replenish.report import drawing as draw
from replenish.report import titles
from replenish.report.charts.common import COLUMNS, FAN
from replenish.report.drawing import Key, Row
from replenish.report.figure import Drawing, Figure, by_date, figure
from replenish.report.numbers import plural
from replenish.report.view import View
from replenish.scenario.model import Observation
from replenish.study.observed import is_flow, series_of

REPORTED_KEYS = (
    *FAN,
    Key(draw.GREEN, "reported, in the 90\xa0% band", "point"),
    Key(draw.VERMILLION, "reported, outside it", "diamond"),
)
MARGIN = timedelta(days=365)
"""What is shown after the last reported figure."""


def reported(view: View, observed: pl.DataFrame) -> list[Figure]:
    """Return the simulated band of each series that has reported figures, with the figures on it."""
    groups: dict[tuple[str, ...], list[Observation]] = {}
    for row in view.scenario.observations:
        per = row.per or view.result.calendar.period
        groups.setdefault((row.measure, row.holder, row.item, row.line, row.to_holder, per), []).append(row)
    compared = observed.filter(pl.col("is_inside").is_not_null())
    names = set(compared["name"])
    shown = [rows for rows in groups.values() if names & {row.name for row in rows}]
    return [_reported(view, compared, rows) for rows in shown]


def _reported(view: View, compared: pl.DataFrame, group: Sequence[Observation]) -> Figure:
    """Return one band with its reported figures, up to a year after the last of all figures, in their unit of time."""
    first, calendar = group[0], view.result.calendar
    per = first.per or calendar.period
    last = _last_shown(view, compared)
    frame = series_of(view.result.series, first).filter(pl.col("period") <= last)
    unit = plural(first.unit or view.unit(first.item))
    if is_flow(first.measure):
        shares = dict(enumerate(calendar.share_of(per)))
        frame = frame.with_columns(pl.col(COLUMNS) / pl.col("period").replace_strict(shares, return_dtype=pl.Float64))
        unit = f"{unit} a {per}"
    found = compared.filter(pl.col("name").is_in([row.name for row in group]))
    top = max(draw.largest(frame, "p95"), draw.largest(found, "value", "high"))
    on = draw.panel(view, unit, top, end=calendar.bounds[last + 1])
    layers = draw.fan(on, draw.rows(view, frame, COLUMNS, on.factor), draw.BLUE)
    layers += draw.points(on, _dots(found, on.factor))
    key = "-".join(
        filter(None, ("reported", first.measure, first.holder, first.item, first.line, first.to_holder, per))
    )
    drawing = Drawing(layers, by_date(view, {"simulated": frame.select("period", "p05", "p50", "p95")}))
    return figure(view, key, titles.reported_title(view, first, found), drawing)


def _last_shown(view: View, compared: pl.DataFrame) -> int:
    """Return the last period that pictures of reported figures show."""
    day = max(compared["date"].to_list()) + MARGIN
    return min(view.last, view.result.calendar.index(day))


def _dots(found: pl.DataFrame, factor: float) -> list[Row]:
    return [
        {
            "x": draw.moment(row["date"]),
            "is_inside": row["is_inside"],
            **{end: (row["value"] if row[end] is None else row[end]) / factor for end in ("value", "low", "high")},
        }
        for row in found.iter_rows(named=True)
    ]
