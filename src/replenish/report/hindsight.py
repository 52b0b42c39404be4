"""A back-test as one page: bands of what was known at a date, with the figures that came later over them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import altair as alt
import polars as pl

from replenish.measures import MEASURES
from replenish.report import drawing as draw
from replenish.report.charts.common import COLUMNS, FAN
from replenish.report.drawing import Key, Layer, Layers, Panel
from replenish.report.figure import Drawing, Figure, by_date, figure
from replenish.report.numbers import DASH, count, people, percent, plural, when
from replenish.report.origins import safe_address
from replenish.report.rendering import render
from replenish.report.tables import Cell, Table, number
from replenish.report.view import View, look_at
from replenish.scenario.model import Observation, Source
from replenish.study.hindsight.doubt import Doubt
from replenish.study.hindsight.naive import NAIVE, series_key
from replenish.study.hindsight.study import KEYS, Backtest
from replenish.study.observed import is_flow, series_of

PICTURE_KEYS: Final = (
    *FAN,
    Key(draw.GREY, "reported by then", "point"),
    Key(draw.GREEN, "reported later, in the 90\xa0% band", "point"),
    Key(draw.VERMILLION, "reported later, outside it", "diamond"),
    Key(draw.ORANGE, "as announced by then", "dash"),
)
MARGIN: Final = timedelta(days=120)
"""What is shown after the last day that is judged."""

NAMES: Final = {"last_value": "Last value", "announced_target": "Announced", "linear_trend": "Trend"}


def write_backtest(found: Backtest, path: Path) -> Path:
    """Write a back-test as a page to `path` and return it; the file opens anywhere, without a network."""
    path.write_text(backtest_to_html(found), encoding="utf-8")
    return path


def backtest_to_html(found: Backtest) -> str:
    """Return a back-test as one HTML page."""
    view = look_at(found.result)
    return render(
        "hindsight.html.j2",
        title=f"Back-test: {found.result.scenario.settings.title}",
        sub=f"as known at {found.known.date}, held against figures up to {found.until}",
        headline=headline(found),
        lead=_lead(found),
        keys=PICTURE_KEYS,
        figures=[_figure(view, found, own) for own in _groups(found)],
        scores=_scores(view, found),
        points=_points(view, found),
        told=_told(found),
        drawn=_drawn(found.doubts),
        version=found.result.provenance.versions.get("replenish", ""),
        origin="a scenario as known at a past date",
    )


def headline(found: Backtest) -> str:
    """Return how many of the later figures lie in the bands."""
    judged = found.points.filter(~pl.col("is_used"))
    inside = {column: int(judged[column].sum()) for column in ("in_50", "in_90")}
    return (
        f"Of {count(len(judged))} later figures {count(inside['in_90'])} lie in the 90\xa0% band and"
        f" {count(inside['in_50'])} in the 50\xa0% band"
    )


def _lead(found: Backtest) -> str:
    known = found.known
    share = found.realised_share
    announced = "" if share is None else f" Announced capacity not there by the date counts with {percent(share)}."
    used = found.points.filter(pl.col("is_used")).height
    left = f" {count(used)} more rest on a source that the scenario uses, and are not judged." if used else ""
    drawn = f" Assumptions drawn from their ranges: {count(len(found.doubts))}." if found.doubts else ""
    return (
        f"To be right, nine in ten should lie in the one and half in the other. {count(known.count('dropped'))} rows"
        f" were dropped as not yet known, {count(known.count('reverted'))} cells put back,"
        f" {count(known.count('kept'))} kept as assumptions although their source is later.{announced}{drawn}{left}"
    )


def _groups(found: Backtest) -> Iterator[pl.DataFrame]:
    for _, own in found.points.group_by(*KEYS, "unit", maintain_order=True):
        yield own


def _figure(view: View, found: Backtest, points: pl.DataFrame) -> Figure:
    rows = {row.name: row for row in view.scenario.observations}
    first = rows[str(points["name"][0])]
    calendar, per = view.result.calendar, first.per or view.result.calendar.period
    last = min(view.last, calendar.index(found.until + MARGIN))
    frame = series_of(found.bands, first).filter(pl.col("period") <= last)
    unit = plural(first.unit or view.unit(first.item))
    if is_flow(first.measure):
        shares = dict(enumerate(calendar.share_of(per)))
        frame = frame.with_columns(pl.col(COLUMNS) / pl.col("period").replace_strict(shares, return_dtype=pl.Float64))
        unit = f"{unit} a {per}"
    before = _before(view, found, first)
    top = max(draw.largest(frame, "p95"), draw.largest(points, "value", "high", "announced_target"),
              *(row.value for row in before), 0.0)  # fmt: skip
    on = draw.panel(view, unit, top, end=calendar.bounds[last + 1])
    layers = draw.fan(on, draw.rows(view, frame, COLUMNS, on.factor), draw.BLUE)
    layers += _date(on, found) + _announced(on, points) + _known(on, before)
    layers += draw.points(on, [_dot(row, on.factor) for row in points.iter_rows(named=True)])
    key = "-".join(filter(None, ("backtest", *series_key(first), per)))
    drawing = Drawing(layers, by_date(view, {"forecast": frame.select("period", "p05", "p50", "p95")}))
    return figure(view, key, _title(view, first, points), drawing)


def _before(view: View, found: Backtest, first: Observation) -> list[Observation]:
    own = (row for row in found.known.scenario.observations if series_key(row) == series_key(first))
    default = view.result.calendar.period
    return [row for row in own if (row.per or default) == (first.per or default)]


def _date(on: Panel, found: Backtest) -> Layers:
    rule = alt.Chart().mark_rule(color=draw.GREY, strokeDash=[2, 3], strokeWidth=1.5)
    return [Layer([{"x": draw.moment(found.known.date)}], rule.encode(x=on.x))]


def _known(on: Panel, rows: list[Observation]) -> Layers:
    dots = alt.Chart().mark_point(filled=True, size=60, opacity=1, color=draw.GREY)
    values: list[draw.Row] = [{"x": draw.moment(row.date), "value": draw.clamp(row.value, on.factor)} for row in rows]
    return [Layer(values, dots.encode(x=on.x, y=on.y("value")))] if values else []


def _announced(on: Panel, points: pl.DataFrame) -> Layers:
    told = points.filter(pl.col("announced_target").is_not_null()).sort("date")
    values: list[draw.Row] = [
        {"x": draw.moment(row["date"]), "value": draw.clamp(row["announced_target"], on.factor)}
        for row in told.iter_rows(named=True)
    ]
    marked = alt.Chart().mark_line(
        color=draw.ORANGE, strokeWidth=2, strokeDash=[5, 3], point=alt.OverlayMarkDef(color=draw.ORANGE, size=30)
    )
    return [Layer(values, marked.encode(x=on.x, y=on.y("value")))] if values else []


def _dot(row: dict[str, Any], factor: float) -> draw.Row:
    ends = {end: (row["value"] if row[end] is None else row[end]) / factor for end in ("value", "low", "high")}
    return {"x": draw.moment(row["date"]), "is_inside": row["in_90"], **ends}


def _title(view: View, row: Observation, points: pl.DataFrame) -> str:
    """Return of how many figures the forecast was right; those on whose source the scenario rests are no test."""
    name, judged = _name(view, row.model_dump()), points.filter(~pl.col("is_used"))
    if judged.is_empty():
        return f"{name}: not judged, as the scenario rests on the same source"
    return f"{name}: {int(judged['in_90'].sum())} of {len(judged)} in the 90\xa0% band"


def _name(view: View, row: dict[str, Any]) -> str:
    who = view.title("lines", row["line"]) if row["line"] else view.title("holders", row["holder"] or "")
    to = f" to {view.title('holders', row['to_holder'])}" if row["to_holder"] else ""
    item = "" if row["item"] == view.item else f", {view.title('items', row['item'])}"
    return f"{who or 'All'}, {MEASURES[row['measure']].title.lower()}{to}{item}"


def _scores(view: View, found: Backtest) -> Table:
    columns = (
        "Series", "Figures", "In 50\xa0%", "In 90\xa0%", "Ranges that meet 90\xa0%", "Unit", "Pinball loss", "CRPS",
        *(f"{NAMES[name]}: error (model better in)" for name in NAIVE),
    )  # fmt: skip
    return Table("Mean scores by series; less is better, and zero is right on the point", columns, [
        _score(view, row) for row in found.rows.iter_rows(named=True)
    ])  # fmt: skip


def _score(view: View, row: dict[str, Any]) -> tuple[Cell, ...]:
    is_whole = row["measure"] is None
    name = "All, errors as shares of the reported value" if is_whole else _name(view, row)
    return (
        Cell(name), number(count(row["points"])),
        *(number(percent(row[column])) for column in ("coverage_50", "coverage_90", "ranges_met")),
        Cell("share" if is_whole else row["unit"]), number(DASH if is_whole else people(row["pinball"])),
        *(number(told_score(row, column)) for column in ("crps", *NAIVE)),
    )  # fmt: skip


def told_score(row: dict[str, Any], column: str) -> str:
    """Return a mean score, and of a naive forecast the share of figures of which the model was closer."""
    is_whole = row["measure"] is None
    value, better = row[f"{column}_share" if is_whole else column], row.get(f"{column}_beaten")
    if value is None:
        return DASH
    return (percent(value) if is_whole else people(value)) + ("" if better is None else f" ({percent(better)})")


def _points(view: View, found: Backtest) -> Table:
    """Return every later figure with its source, beside the forecast."""
    sources = {row.name: row for row in view.scenario.sources}
    columns = ("Series", "Day", "Reported", "Unit", "Median", "90\xa0% band", "In it", "Source", "Published")
    return Table("Figures reported later, and the forecast of each", columns, [
        _point(view, row, sources.get(row["source"])) for row in found.points.sort(*KEYS, "date").iter_rows(named=True)
    ])  # fmt: skip


def _point(view: View, row: dict[str, Any], source: Source | None) -> tuple[Cell, ...]:
    inside = "not judged" if row["is_used"] else "yes" if row["in_90"] else "no"
    if inside == "no" and row["range_meets"]:
        inside = "no, but its range meets it"
    ends = "" if row["low"] is row["high"] is None else f" ({_end(row['low'])} to {_end(row['high'])})"
    reported = people(row["value"]) + ends
    return (
        Cell(_name(view, row)), number(when(row["date"], "day")), number(reported), Cell(row["unit"]),
        number(people(row["p50"])), number(f"{people(row['p05'])} to {people(row['p95'])}"), Cell(inside),
        Cell(source.title if source else row["source"], "", safe_address(source.address if source else "")),
        number(when(row["published"], "day") if row["published"] else "undated"),
    )  # fmt: skip


def _end(value: float | None) -> str:
    return "?" if value is None else people(value)


def _drawn(doubts: Sequence[Doubt]) -> Table:
    """Return the assumptions that were drawn, those held by the most cells first."""
    columns = ("Table", "Column", "Rows", "Value", "Low", "High")
    return Table("Assumptions drawn from their ranges", columns, [
        (Cell(one.table), Cell(one.column), Cell(", ".join(one.rows), "code"),
         *(number(people(end)) for end in (one.value, one.low, one.high)))
        for one in sorted(doubts, key=lambda one: -len(one.rows))
    ])  # fmt: skip


def _told(found: Backtest) -> Table:
    columns = ("Table", "Row", "Column", "What was done", "Known from", "Why")
    return Table("What was not known yet", columns, [
        (Cell(one.table), Cell(one.key, "code"), Cell(one.column), Cell(one.what), Cell(str(one.known_from or DASH)),
         Cell(one.why, "note"))
        for one in found.known.told
    ])  # fmt: skip
