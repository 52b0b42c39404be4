"""Curves and points over two numbers, neither of which is time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import altair as alt

from replenish.report import drawing as draw
from replenish.report.drawing import Layer, Row
from replenish.report.numbers import scale

MARGIN = 0.06
"""Part of an axis that is left free at each end where it does not begin at zero."""


@dataclass(frozen=True, slots=True)
class Plane:
    """The axes that all layers of one picture share; numbers are divided by the factors."""

    x: alt.X
    y: alt.Y
    x_factor: float
    y_factor: float

    def rows(self, pairs: Iterable[tuple[float | None, float | None]]) -> list[Row]:
        """Return pairs as rows with `x` and `y`; what is not finite is left out."""
        found = [{"x": draw.clamp(x, self.x_factor), "y": draw.clamp(y, self.y_factor)} for x, y in pairs]
        return [row for row in found if None not in row.values()]


def plane(xs: Sequence[float], ys: Sequence[float], titles: tuple[str, str], *, from_zero: bool = True) -> Plane:
    """Return axes for these numbers, from zero or around them; `{}` in a title is the word for its size."""
    (x_factor, x_word), (y_factor, y_word) = (scale(max(map(abs, values), default=0.0)) for values in (xs, ys))
    x_title, y_title = (_titled(*pair) for pair in zip(titles, (x_word, y_word), strict=True))
    x_axis = alt.Axis(title=x_title, tickCount=5, format=",~r", grid=True)
    x_ends, y_ends = _ends(xs, x_factor, from_zero=from_zero), _ends(ys, y_factor, from_zero=from_zero)
    return Plane(
        alt.X("x:Q", axis=x_axis, scale=alt.Scale(domain=x_ends, nice=from_zero)),
        alt.Y("y:Q", axis=draw.value_axis(y_title), scale=alt.Scale(domain=y_ends, nice=from_zero)),
        x_factor, y_factor,
    )  # fmt: skip


def curve(on: Plane, rows: list[Row], colour: str, *, dashed: bool = False, thin: bool = False) -> Layer:
    """Return one line through points in the order of `x`."""
    style: Row = {"strokeDash": [5, 3]} if dashed else {}
    return Layer(
        rows, alt.Chart().mark_line(color=colour, strokeWidth=1 if thin else 2, **style).encode(x=on.x, y=on.y)
    )


def upright(on: Plane, place: float, colour: str) -> Layer:
    """Return a dashed line upwards from a place on the x axis."""
    rows: list[Row] = [{"x": draw.clamp(place, on.x_factor)}]
    return Layer(rows, alt.Chart().mark_rule(color=colour, strokeWidth=2, strokeDash=[5, 3]).encode(x=on.x))


def dots(on: Plane, rows: list[Row], colour: str, shape: Literal["circle", "diamond"] = "circle") -> Layer:
    """Return points."""
    size = 60 if shape == "circle" else 150
    return Layer(rows, alt.Chart().mark_point(filled=True, opacity=1, color=colour, shape=shape, size=size).encode(
        x=on.x, y=on.y
    ))  # fmt: skip


def _titled(title: str, word: str) -> str:
    return title.replace("{}", word).replace("  ", " ").strip()


def _ends(values: Sequence[float], factor: float, *, from_zero: bool) -> list[float]:
    low, high = min(values, default=0.0) / factor, max(values, default=1.0) / factor
    if from_zero:
        low, high = min(low, 0.0), max(high, 0.0)
        return [low, high if high > low else low + 1.0]
    free = MARGIN * (high - low) or abs(high) or 1.0
    return [low - free, high + free]
