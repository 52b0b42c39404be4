"""Rows of bars or intervals about zero, each under its name, so that a phone has room for long names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import altair as alt

from replenish.report import drawing as draw
from replenish.report.drawing import Layer, Layers, Row
from replenish.report.numbers import scale

HALF = 6  # of the height of a bar


class Bar(NamedTuple):
    """One named row: what reaches from `start` to `end`, and a point at `middle` if it is an interval."""

    name: str
    parts: Sequence[tuple[float, float, str]]  # start, end, colour
    middle: float | None = None


def named_bars(bars: Sequence[Bar], title: str) -> Layers:
    """Return one row for each of `bars`; its height is `draw.STRIP` a row."""
    ends = [end for bar in bars for start, stop, _ in bar.parts for end in (start, stop)]
    factor, word = scale(max(map(abs, ends), default=0.0))
    x = _axis(min([0.0, *ends]) / factor, max([0.0, *ends]) / factor, title.replace("{}", word).replace("  ", " "))
    layers: Layers = [Layer([{"x": 0}], alt.Chart().mark_rule(color=draw.GREY).encode(x=x))]
    for place, bar in enumerate(bars):
        layers += _row(bar, x, factor, place * draw.STRIP + 17)
    return layers


def _axis(low: float, high: float, title: str) -> alt.X:
    axis = alt.Axis(title=title, tickCount=5, format=",~r", grid=True)
    domain = [low, high] if high > low else [-1, 1]
    return alt.X("x:Q", axis=axis, scale=alt.Scale(domain=domain, nice=True), stack=None)


def _row(bar: Bar, x: alt.X, factor: float, top: int) -> Layers:
    height = 2 if bar.middle is not None else HALF
    middle = top + HALF + 1
    rows: list[Row] = [{"x": start / factor, "end": end / factor, "colour": colour} for start, end, colour in bar.parts]
    text = alt.Chart().mark_text(align="left", baseline="bottom", fontSize=12)
    where: Row = {"x": x, "x2": "end:Q", "y": draw.at("y", middle - height), "y2": draw.at("y2", middle + height)}
    layers = [
        Layer([{"name": bar.name}], text.encode(x=draw.at("x", 0), y=draw.at("y", top - 2), text="name:N")),
        Layer(rows, alt.Chart().mark_rect().encode(color=alt.Color("colour:N", scale=None, legend=None), **where)),
    ]
    if bar.middle is not None:
        dot = alt.Chart().mark_point(filled=True, size=60, opacity=1, color=bar.parts[0][2])
        layers.append(Layer([{"x": bar.middle / factor}], dot.encode(x=x, y=draw.at("y", middle))))
    return layers
