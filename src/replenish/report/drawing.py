"""Layers and style of the pictures: Altair charts drawn to static SVG, without scripts, fonts or addresses.

Every picture is one narrow panel, so that a phone shows one beside its text and a wide screen three in a row.  Colours
are those of Okabe and Ito, which colour-blind readers tell apart; text and grid take theirs from the style of the page.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from hashlib import sha256
from html import escape
from typing import Any, Literal, NamedTuple

import altair as alt
import polars as pl
import vl_convert as vlc
from markupsafe import Markup

from replenish.measures import MEASURES
from replenish.report.numbers import scale
from replenish.report.view import View, finite

BLUE, SKY, GREEN, ORANGE = "#0072B2", "#56B4E9", "#009E73", "#E69F00"
VERMILLION, PURPLE, YELLOW, GREY = "#D55E00", "#CC79A7", "#F0E442", "#8A94A0"
SERIES = (BLUE, ORANGE, GREEN, PURPLE, SKY, VERMILLION, YELLOW)
"""Colours of categories, in order; what comes after is grey."""

WIDTH, HEIGHT, AXIS, STRIP = 330, 170, 36, 34
LARGEST_DRAWN = 240
"""Periods drawn; of longer runs every second, third, ... is."""
MOST_KEPT = 256
"""Pictures kept, some 10 kB each, in case the same is asked for again."""

_PLACES: dict[str, Any] = {"x": alt.XValue, "y": alt.YValue, "y2": alt.Y2Value}

Row = dict[str, Any]
Band = tuple[str, str]
OUTER, INNER = ("p05", "p95"), ("p25", "p75")


class Layer(NamedTuple):
    """A chart that awaits its rows: they join it when the picture is drawn, so that they are not checked again."""

    rows: list[Row]
    chart: alt.Chart


Layers = list[Layer]


class Key(NamedTuple):
    """One entry of a legend."""

    colour: str
    label: str
    kind: Literal[
        "band", "inner", "line", "dash", "area", "point", "diamond", "square", "triangle", "cross", "hollow"
    ] = "line"


def moment(day: date) -> int:
    """Return a day as milliseconds since 1970 in UTC, so that no computer's time zone moves a chart."""
    return int(datetime.combine(day, time(), UTC).timestamp() * 1000)


def drawn(frame: pl.DataFrame) -> set[int]:
    """Return the periods of a series that are drawn: all that were kept, or every k-th and the last where many were."""
    periods = sorted(frame["period"].unique().to_list())
    step = max(1, math.ceil(len(periods) / LARGEST_DRAWN))
    return set(periods[(len(periods) - 1) % step :: step])


def rows(view: View, frame: pl.DataFrame, columns: Sequence[str], factor: float = 1.0) -> list[Row]:
    """Return a series as rows with `x`, columns divided by `factor`; what is not finite is left out.

    A stock or a running sum stands at the end of its period, a flow in the middle.
    """
    calendar, kept = view.result.calendar, drawn(frame)
    measure = frame["measure"][0] if "measure" in frame.columns and len(frame) else ""
    is_flow = measure in MEASURES and MEASURES[measure].unit.endswith("/period")
    found = []
    for row in frame.iter_rows(named=True):
        if row["period"] in kept:
            first, last = moment(calendar.bounds[row["period"]]), moment(calendar.bounds[row["period"] + 1])
            x = (first + last) // 2 if is_flow else last
            found.append({"x": x, **{column: clamp(row[column], factor) for column in columns}})
    return found


def clamp(value: float | None, factor: float = 1.0) -> float | None:
    """Return a number that can be drawn, with six digits; None for what is not finite."""
    if value is None or not math.isfinite(value):
        return None
    return float(f"{value / factor:.6g}")


def at(channel: Literal["x", "y", "y2"], pixels: float) -> Any:
    """Return a place that no scale moves; of `alt.value`, Altair would look through its schema for the class."""
    return _PLACES[channel](pixels)


def largest(frame: pl.DataFrame, *columns: str) -> float:
    """Return the largest finite value of some columns; 0 without rows."""
    return max((value for column in columns for value in finite(frame[column])), default=0.0)


@dataclass(frozen=True, slots=True)
class Panel:
    """The axes that all layers of one picture share; values are divided by `factor`."""

    x: alt.X
    title: str
    top: float
    factor: float
    bottom: float = 0.0

    def y(self, field: str, *, stack: Literal["zero"] | bool = False) -> alt.Y:
        """Return the value axis from zero, its title above it."""
        scale = _value_scale(self.bottom, self.top or 1)
        return alt.Y(f"{field}:Q", axis=value_axis(self.title), scale=scale, stack=stack)


def panel(view: View, unit: str, top: float, *, end: date | None = None) -> Panel:
    """Return a panel over the horizon, or up to `end`, for values up to `top`, in thousands or millions if large."""
    factor, word = scale(top)
    return Panel(x_axis(view, end=end), f"{word} {unit}".strip(), clamp(top, factor) or 0.0, factor)


def panel_between(days: tuple[date, date], unit: str, values: Sequence[float]) -> Panel:
    """Return a panel from one day to another for values of these sizes, from zero."""
    low, high = min(0.0, *values), max(0.0, *values)
    factor, word = scale(max(high, -low))
    ends = [clamp(end, factor) or 0.0 for end in (low, high)]
    return Panel(_time_axis(*days, labels=True), f"{word} {unit}".strip(), ends[1], factor, ends[0])


def share_panel(view: View) -> Panel:
    """Return a panel over the horizon for shares from none to all."""
    return Panel(x_axis(view), "share of paths", 1.0, 1.0)


def x_axis(view: View, *, labels: bool = True, end: date | None = None) -> alt.X:
    """Return the time axis over the whole horizon, or up to `end`."""
    bounds = view.result.calendar.bounds
    return _time_axis(bounds[0], end or bounds[-1], labels=labels)


def fan(on: Panel, values: list[Row], colour: str) -> Layers:
    """Return the 90 % band, the 50 % band and the median of a series."""
    outer, inner = (_area(on, values, band, colour=colour, opacity=o) for band, o in ((OUTER, 0.18), (INNER, 0.30)))
    return [outer, inner, line(on, values, "p50", colour=colour)]


def band(on: Panel, values: list[Row], colour: str) -> Layers:
    """Return the 90 % band and the median of a series, thin enough to lie over those of another."""
    return [_area(on, values, OUTER, colour=colour, opacity=0.16), line(on, values, "p50", colour=colour)]


def line(on: Panel, values: list[Row], field: str, *, colour: str, dashed: Literal["", "linear", "step"] = "") -> Layer:
    """Return one line; limits and promises are `dashed`, drawn straight or in steps."""
    style: Row = {"strokeDash": [5, 3], "interpolate": dashed} if dashed else {}
    marked = alt.Chart().mark_line(color=colour, strokeWidth=2, **style)
    return Layer(values, marked.encode(x=on.x, y=on.y(field)))


def points(on: Panel, values: list[Row]) -> Layers:
    """Return reported figures: a bar from low to high, a circle where it lies in the band, a diamond where not."""
    shape = alt.Shape("is_inside:N", legend=None, scale=alt.Scale(domain=[True, False], range=["circle", "diamond"]))
    colour = alt.Color("is_inside:N", legend=None, scale=alt.Scale(domain=[True, False], range=[GREEN, VERMILLION]))
    bars = alt.Chart().mark_rule(strokeWidth=2)
    dots = alt.Chart().mark_point(filled=True, size=70, opacity=1)
    return [
        Layer(values, bars.encode(x=on.x, y=on.y("low"), y2=alt.Y2("high:Q"), color=colour)),
        Layer(values, dots.encode(x=on.x, y=on.y("value"), shape=shape, color=colour)),
    ]


def stack(view: View, values: list[Row], colours: Mapping[str, str], *, labels: bool = True) -> Layer:
    """Return stacked shares over time, each part in its colour; rows have `x`, `name`, `share` and `place`."""
    axis = alt.Axis(
        title=None, values=[0, 0.5, 1] if labels else [], format="~%", minExtent=AXIS, maxExtent=AXIS, grid=False
    )
    y = alt.Y("share:Q", stack="normalize", axis=axis)
    encoded = {"x": x_axis(view, labels=labels), "y": y, "color": _categories(colours), "order": alt.Order("place:Q")}
    return Layer(values, alt.Chart().mark_area(opacity=0.9).encode(**encoded))


def yearly_bars(on: Panel, values: list[Row], colours: Mapping[str, str]) -> Layer:
    """Return stacked bars by year, each part in its colour; rows have `year`, `name`, `value` and `place`."""
    years = sorted({row["year"] for row in values})
    axis = alt.Axis(title=None, values=years[:: math.ceil(len(years) / 8) or 1], labelAngle=0, ticks=False)
    x = alt.X("year:O", axis=axis, scale=alt.Scale(paddingInner=0.2, paddingOuter=0.1))
    encoded = {"x": x, "y": on.y("value", stack="zero"), "color": _categories(colours), "order": alt.Order("place:Q")}
    return Layer(values, alt.Chart().mark_bar().encode(**encoded))


def strips(view: View, named: Sequence[tuple[str, list[Row]]], colour: str) -> Layers:
    """Return one strip over time for each name, the darker the larger `share`; rows have `x`, `end` and `share`."""
    found: Layers = []
    for place, (name, values) in enumerate(named):
        found += _strip(view, name, values, colour=colour, top=place * STRIP + 17)
    return found


def picture(
    layers: Layers, label: str, *, height: int = HEIGHT, below: Layer | None = None, tips: Sequence[str] = ()
) -> Markup:
    """Return layers drawn over one another as an SVG element that says `label` to those who cannot see it.

    A mark whose `description` is `#3` shows the fourth of `tips` to who points at it.
    """
    main: Row = {"width": WIDTH, "height": height, "layer": [_spec(i, layer) for i, layer in enumerate(layers)]}
    spec: Row = main
    if below:
        strip = {"width": WIDTH, "height": 26, **_spec(len(layers), below)}
        spec = {"vconcat": [main, strip], "spacing": 12, "resolve": {"scale": {"color": "independent"}}}
    rows_of = {f"rows{i}": layer.rows for i, layer in enumerate([*layers, *([below] if below else [])])}
    whole = {"$schema": alt.SCHEMA_URL, "datasets": rows_of, "config": _style(), **spec}
    return Markup(_tidy(_with_tips(_svg(json.dumps(whole)), tips), label))


@lru_cache(maxsize=MOST_KEPT)
def _svg(spec: str) -> str:
    """Return a picture drawn; sides of a comparison that do not differ share theirs."""
    return vlc.vegalite_to_svg(spec)


def _spec(place: int, layer: Layer) -> Row:
    """Return one layer in Vega-Lite's words; joining Altair's own layers copies each of them many times."""
    spec: Row = layer.chart.to_dict(validate=False)
    kept = {key: part for key, part in spec.items() if key in ("mark", "encoding")}
    return {"data": {"name": f"rows{place}"}, **kept}


def colours_of(names: Sequence[str]) -> dict[str, str]:
    """Return a colour for each name, in order; grey after the last."""
    return {name: SERIES[i] if i < len(SERIES) else GREY for i, name in enumerate(names)}


def _area(on: Panel, values: list[Row], band: Band, *, colour: str, opacity: float) -> Layer:
    marked = alt.Chart().mark_area(color=colour, opacity=opacity)
    return Layer(values, marked.encode(x=on.x, y=on.y(band[0]), y2=alt.Y2(f"{band[1]}:Q")))


def _strip(view: View, name: str, values: list[Row], *, colour: str, top: int) -> Layers:
    x, bounds = x_axis(view), view.result.calendar.bounds
    where: Row = {"x": x, "x2": "end:T", "y": at("y", top), "y2": at("y2", top + 14)}
    whole = [{"x": moment(bounds[0]), "end": moment(bounds[-1]), "name": name}]
    opacity = alt.Opacity("share:Q", legend=None, scale=alt.Scale(domain=[0, 1], range=[0, 1]))
    text = alt.Chart().mark_text(align="left", baseline="bottom", fontSize=12)
    return [
        Layer(whole, alt.Chart().mark_rect(color=GREY, opacity=0.16).encode(**where)),
        Layer(values, alt.Chart().mark_rect(color=colour).encode(opacity=opacity, **where)),
        Layer(whole, text.encode(x=x, y=at("y", top - 2), text="name:N")),
    ]


def _categories(colours: Mapping[str, str]) -> alt.Color:
    return alt.Color("name:N", legend=None, scale=alt.Scale(domain=list(colours), range=list(colours.values())))


@lru_cache(maxsize=MOST_KEPT)
def value_axis(title: str) -> alt.Axis:
    """Return the axis of values; Altair checks each one that is made, which takes longer than to fill it in."""
    return alt.Axis(
        title=title, titleAngle=0, titleAlign="left", titleAnchor="start", titleX=-AXIS, titleY=-8,
        titleBaseline="bottom", minExtent=AXIS, maxExtent=AXIS, tickCount=4, format=",~r", grid=True,
    )  # fmt: skip


@lru_cache(maxsize=MOST_KEPT)
def _value_scale(bottom: float, top: float) -> alt.Scale:
    return alt.Scale(domain=[bottom, top], nice=True)


@lru_cache(maxsize=MOST_KEPT)
def _time_axis(start: date, end: date, *, labels: bool) -> alt.X:
    ticks, form = _ticks(start, end)
    axis = alt.Axis(values=ticks, format=form, grid=False, title=None, labels=labels, ticks=labels)
    return alt.X("x:T", axis=axis, scale=alt.Scale(type="utc", domain=[moment(start), moment(end)], nice=False))


def _ticks(start: date, end: date) -> tuple[list[int], str]:
    """Return where the time axis has labels, and their form: at most eight years, or at most five months."""
    years = [date(year, 1, 1) for year in range(start.year, end.year + 1)]
    inside = [day for day in years if start <= day < end]
    if len(inside) >= 3:
        return [moment(day) for day in inside[:: math.ceil(len(inside) / 8)]], "%Y"
    step = (end - start) / 5
    days = [start + i * step for i in range(5)] if step > timedelta(days=27) else [start, start + 2.5 * step]
    if step > timedelta(days=27):
        return sorted({moment(day.replace(day=1)) for day in days if day.replace(day=1) >= start}), "%b %Y"
    return [moment(day) for day in days], "%d %b %Y"


def _style() -> Row:
    text: Row = {"labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal", "labelColor": "#555"}
    text["labelLimit"] = 0  # no label is cut: to measure each took a third of the time of a picture
    return {
        "background": "transparent",
        "padding": {"left": 2, "right": 12, "top": 6, "bottom": 2},
        "view": {"stroke": None},
        "axis": {"domain": False, "gridColor": "#ddd", "tickColor": "#aaa", "tickSize": 4, **text},
        "font": "Helvetica, Arial, sans-serif",
    }


def _with_tips(svg: str, tips: Sequence[str]) -> str:
    def tipped(mark: re.Match[str]) -> str:
        told = tips[int(mark[2])] if int(mark[2]) < len(tips) else ""
        return f"<path{mark[1]}{mark[3]}><title>{escape(told)}</title></path>" if told else mark[0]

    return re.sub(r'<path([^<>]*?) aria-label="#(\d{1,6})"([^<>]*)/>', tipped, svg) if tips else svg


def _tidy(svg: str, label: str) -> str:
    """Return an SVG that scales with the page, has names of its own for its parts, and no more digits than show.

    Only what stands inside tags is changed: a text that looks like an attribute stays as it is.
    """
    name = f"c{sha256(svg.encode()).hexdigest()[:10]}"
    svg = re.sub(r'<path class="(?:foreground|background)"[^>]*/>', "", svg)
    svg = re.sub(r"<[a-z][^<>]*>", lambda tag: _tidy_tag(tag[0], name), svg)
    svg = re.sub(r' (width|height)="[^"]*"', "", svg, count=2)
    return svg.replace("<svg", f'<svg role="img" aria-label="{escape(label)}"', 1)


def _tidy_tag(tag: str, name: str) -> str:
    tag = re.sub(r' (aria-[a-z]+|role|pointer-events|font-family|xmlns|xmlns:xlink|version)="[^"]*"', "", tag)
    tag = re.sub(r'( d| transform)="[^"]*"', lambda found: _round(found[0]), tag)
    return re.sub(r'\bid="', f'id="{name}-', tag).replace("url(#", f"url(#{name}-")


def _round(attribute: str) -> str:
    return re.sub(r"-?\d+\.\d\d+", lambda found: f"{float(found[0]):.1f}".removesuffix(".0"), attribute)
