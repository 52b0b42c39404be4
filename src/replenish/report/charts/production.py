"""Production by line, and what holds it back."""

from __future__ import annotations

import polars as pl

from replenish.report import drawing as draw
from replenish.report import facts, titles
from replenish.report.charts.common import COLUMNS, FAN, means, parts
from replenish.report.drawing import Key
from replenish.report.figure import Drawing, Figure, by_date, figure
from replenish.report.view import View

PRODUCTION_KEYS = (*FAN, Key(draw.ORANGE, "capacity (median)", "dash"))
PLAIN_LIMITS = {
    "orders": draw.GREY,
    "capacity": draw.ORANGE,
    "ramp": draw.SKY,
    "outage": draw.YELLOW,
    "minimum": draw.PURPLE,
}
COMPONENT_COLOURS = (draw.VERMILLION, draw.PURPLE, draw.GREEN, draw.BLUE, draw.YELLOW)
"""Colours of what may hold a product back: the same in every picture of an item."""


def production(view: View, line: str, item: str) -> Figure:
    """Return what a line makes of an item against its capacity, above a strip of what holds it back."""
    made, capacity = (view.product(measure, line, item) for measure in ("production", "capacity"))
    top = max(
        view.top(lambda own: [own.product("production", line, item)], "p95"),
        view.top(lambda own: [own.product("capacity", line, item)], "p50"),
    )
    on = draw.panel(view, titles.plural_per(view, item), top)
    layers = draw.fan(on, draw.rows(view, made, COLUMNS, on.factor), draw.BLUE)
    limit = draw.rows(view, capacity, ("p50",), on.factor)
    layers.append(draw.line(on, limit, "p50", colour=draw.ORANGE, dashed="linear"))
    colours = {key.label: key.colour for key in limit_keys(view, item)}
    names = dict(zip(view.labelled("bottleneck_share", "limit", item=item), colours, strict=True))
    limits = facts.limits(view, line, item).with_columns(pl.col("limit").replace(names))
    shares = parts(view, limits, "limit", list(colours))
    strip = draw.stack(view, shares, colours, labels=False) if shares else None
    own = [name for name in colours if name in limits["limit"]]
    frames = {"made": made, "capacity": capacity.select("period", "p50"), **means(limits, "limit", own)}
    cells = [("lines", line), ("line_items", f"{line}/{item}"), *_steps(view, line)]
    detail = "strip below: what sets the rate, as a share of paths" if shares else ""
    title = titles.production_title(view, line, item)
    drawing = Drawing(layers, by_date(view, frames), below=strip)
    return figure(view, f"production-{line}/{item}", title, drawing, detail=detail, cells=cells)


def limit_keys(view: View, item: str) -> list[Key]:
    """Return the legend of what may hold an item back."""
    found = view.labelled("bottleneck_share", "limit", item=item)
    components = [limit for limit in found if limit not in PLAIN_LIMITS]
    colours = PLAIN_LIMITS | dict(zip(components, COMPONENT_COLOURS, strict=False))
    return [Key(colours.get(limit, draw.GREY), titles.limit_name(view, limit), "area") for limit in found]


def _steps(view: View, line: str) -> list[tuple[str, str]]:
    return [("expansions", row.name) for row in view.scenario.expansions if row.line == line]
