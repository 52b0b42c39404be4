"""Stocks against their requirements: how much, how long it lasts, when it is back, and what expires."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from replenish.report import drawing as draw
from replenish.report import facts, titles
from replenish.report.charts.common import COLUMNS, FAN, fan_picture, units
from replenish.report.drawing import Key, Row
from replenish.report.facts import Reserve
from replenish.report.figure import Drawing, Figure, by_date, figure
from replenish.report.view import View

STOCK_KEYS = (*FAN, Key(draw.VERMILLION, "requirement (median)", "dash"), Key(draw.GREY, "floor", "dash"))
SUPPLY_KEYS = (*FAN, Key(draw.VERMILLION, "required days", "dash"))
MOST_LINES = len(draw.SERIES)
"""Lines in one picture; more could not be told apart."""


def below_requirement(view: View, reserves: Sequence[Reserve]) -> Figure | None:
    """Return strips over time of the share of paths in which each stock is below its requirement."""
    shares = {view.title("holders", row.holder): facts.share_below(view, row.holder) for row in reserves}
    if not shares:
        return None
    named = [(name, _runs(view, own)) for name, own in shares.items()]
    detail = f"share of paths at the end of each {view.result.calendar.period}: pale none, full colour all"
    numbers = by_date(view, {name: own.rename({"share": "mean"}) for name, own in shares.items()})
    drawing = Drawing(draw.strips(view, named, draw.VERMILLION), numbers, height=draw.STRIP * len(named))
    return figure(view, "below-requirement", titles.below_title(reserves), drawing, detail=detail)


def stock(view: View, holder: str) -> Figure:
    """Return the fan of a stock against its requirement and floor."""
    kept = facts.reserve(view, holder, view.item)
    floor = next((row.floor for row in view.scenario.stocks if (row.holder, row.item) == (holder, view.item)), 0.0)
    hand, required = (view.select(measure, holder=holder, item=view.item) for measure in ("on_hand", "requirement"))
    top = view.top(lambda own: [own.select("on_hand", holder=holder, item=view.item)], "p95")
    on = draw.panel(view, units(view), max(top, draw.largest(required, "p50"), floor))
    layers = draw.fan(on, draw.rows(view, hand, COLUMNS, on.factor), draw.BLUE)
    frames = {"on hand": hand}
    if floor > 0:
        level: list[Row] = [{"x": row["x"], "floor": floor / on.factor} for row in draw.rows(view, hand, ())]
        layers.append(draw.line(on, level, "floor", colour=draw.GREY, dashed="step"))
    if kept:
        limit = draw.rows(view, required, ("p50",), on.factor)
        layers.append(draw.line(on, limit, "p50", colour=draw.VERMILLION, dashed="step"))
        frames["requirement"] = required.select("period", "p50")
    detail = titles.back_words(view, kept.back) if kept else ""
    key = f"{holder}/{view.item}"
    drawing, cells = Drawing(layers, by_date(view, frames)), (("stocks", key), ("requirements", key))
    return figure(view, f"stock-{key}", titles.stock_title(view, holder, kept), drawing, detail=detail, cells=cells)


def supply(view: View, holder: str) -> Figure | None:
    """Return the days that a stock lasts against the days required; None where no use is planned."""
    frame = view.select("days_of_supply", holder=holder, item=view.item)
    finite = frame.filter(pl.col("p50").is_finite())
    if finite.is_empty():
        return None
    required = facts.required_days(view, holder)
    top = view.top(lambda own: [own.select("days_of_supply", holder=holder, item=view.item)], "p95")
    on = draw.panel(view, "days", max(top, required or 0.0))
    layers = draw.fan(on, draw.rows(view, finite, COLUMNS, on.factor), draw.BLUE)
    if required:
        level: list[Row] = [{"x": row["x"], "days": required / on.factor} for row in draw.rows(view, finite, ())]
        layers.append(draw.line(on, level, "days", colour=draw.VERMILLION, dashed="step"))
    key = f"{holder}/{view.item}"
    title = titles.supply_title(view, holder, finite, required)
    drawing = Drawing(layers, by_date(view, {"days of supply": frame}))
    return figure(view, f"supply-{key}", title, drawing, cells=(("requirements", key), ("stocks", key)))


def back_dates(view: View, reserves: Sequence[Reserve]) -> Figure | None:
    """Return by when each stock that falls below its requirement is back at it to stay, as a share of those paths."""
    was_below = sorted((row for row in reserves if row.back.applies), key=lambda row: -row.back.applies)[:MOST_LINES]
    if not was_below:
        return None
    shares = {view.title("holders", row.holder): facts.back_by(view, row) for row in was_below}
    colours = draw.colours_of(list(shares))
    on = draw.share_panel(view)
    layers = [
        draw.line(on, draw.rows(view, own, ("mean",)), "mean", colour=colours[name]) for name, own in shares.items()
    ]
    keys = [Key(colour, name) for name, colour in colours.items()]
    drawing = Drawing(layers, by_date(view, shares))
    title, detail = titles.back_title(view, was_below), "of the paths in which it falls below: share back to stay"
    return figure(view, "back-dates", title, drawing, detail=detail, keys=keys)


def expired(view: View, holder: str) -> Figure | None:
    """Return what has expired of a stock since the start; None where nothing can or does."""
    frame = view.select("expired_cumulative", holder=holder, item=view.item)
    if frame.is_empty() or draw.largest(frame, "maximum") <= 0:
        return None
    key = f"{holder}/{view.item}"
    drawing = fan_picture(view, frame, units(view), "expired")
    return figure(view, f"expired-{key}", titles.expired_title(view, holder), drawing, cells=[("stocks", key)])


def _runs(view: View, shares: pl.DataFrame) -> list[Row]:
    """Return stretches of time with the same share, to the nearest 2 per cent; empty ones are left out."""
    bounds, runs = view.result.calendar.bounds, list[Row]()
    for period, share in shares.iter_rows():
        tone, start, end = round(share * 50) / 50, draw.moment(bounds[period]), draw.moment(bounds[period + 1])
        if runs and runs[-1]["share"] == tone and runs[-1]["end"] == start:
            runs[-1]["end"] = end
        else:
            runs.append({"x": start, "end": end, "share": tone})
    return [run for run in runs if run["share"] > 0]
