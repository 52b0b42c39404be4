"""What a longer delay costs, and what would have to be true for a target."""

from __future__ import annotations

from typing import Any

import polars as pl

from replenish.measures import LABELS
from replenish.report import drawing as draw
from replenish.report.bars import Bar, named_bars
from replenish.report.charts.studies import beside
from replenish.report.drawing import Key
from replenish.report.figure import Drawing, Figure, Numbers, figure
from replenish.report.numbers import NBSP, lever_amount, percent
from replenish.report.titles import Beside
from replenish.report.view import View

TARGET_KEYS = (
    Key(draw.BLUE, "reaches the probability", "area"),
    Key(draw.GREY, "does not, at its best", "area"),
)


def delays(view: View) -> list[Figure]:
    """Return what each delay costs in the numbers that matter most, one picture for each number."""
    table = view.result.studies.get("delays")
    done = None if table is None else table.filter(pl.col("outcome") == "done")
    if done is None or done.is_empty():
        return []
    is_told = (pl.col("low") > 0) | (pl.col("high") < 0) | (pl.col("applies_a") != pl.col("applies_b"))
    is_shown = is_told.any().over("measure", *LABELS) | (pl.col("measure") == "unmet_cumulative")
    many = f"as it is, {done['all'][0]:,} paths a run"
    titled = done.filter(is_shown).with_columns(
        a=pl.lit(many), b="kind", title=pl.col("kind").replace({"all": "everything"})
    )
    return beside(view, titled, "delays", _words(float(done["days"][0])))


def delay_title(days: float) -> str:
    """Return the title of the section: 30 days are spoken of as a month."""
    if abs(days) == 30:
        return "What a month costs" if days > 0 else "What a month saves"
    return f"What {abs(days):g} days {'cost' if days > 0 else 'save'}"


def _words(days: float) -> Beside:
    taken = f"{abs(days):g}{NBSP}days {'longer' if days > 0 else 'less'}"
    return Beside(f"if {{}} takes {taken}", "no delay makes a difference", "whichever delay", "with the delay", "delay")


def targets(view: View) -> list[Figure]:
    """Return how likely each target is today, and with the smallest single changes that make it likely enough."""
    table = view.result.studies.get("targets")
    if table is None or table.is_empty():
        return []
    return [_target(view, place, group) for place, group in enumerate(table.partition_by("wish", maintain_order=True))]


def _target(view: View, place: int, group: pl.DataFrame) -> Figure:
    first, tried = group.row(0, named=True), [row for row in group.to_dicts() if row["lever"]]
    names = ["as it is", *map(_name, tried)]
    shares = [first["today"], *(row["probability"] for row in tried)]
    is_enough = [first["today"] >= first["wanted"], *(row["outcome"] == "reached" for row in tried)]
    shown = [row for row in zip(names, shares, is_enough, strict=True) if row[1] is not None]
    bars = [Bar(name, [(0.0, 100 * share, draw.BLUE if enough else draw.GREY)]) for name, share, enough in shown]
    lows = [first["today_low"], *(row["low"] for row in tried)]
    highs = [first["today_high"], *(row["high"] for row in tried)]
    outcomes = ["", *(row["outcome"] for row in tried)]
    numbers = Numbers(
        ("change", "probability", "low", "high", "outcome"),
        list(zip(names, shares, lows, highs, outcomes, strict=True)),
        f"Probability: {', '.join(f'{name} {percent(share)}' for name, share, _ in shown)}.",
    )
    reached = sum(is_enough[1:])
    met = "met already" if is_enough[0] else f"{reached} of {len(tried)} single changes reach it"
    title = f"{first['wish']}: {percent(first['today'])} today, {met}"
    detail = f"{first['paths']:,} paths a run; wanted {percent(first['wanted'])}"
    drawing = Drawing(named_bars(bars, "probability, %"), numbers, height=len(bars) * draw.STRIP)
    return figure(view, f"target-{place + 1}", title, drawing, detail=detail)


def _name(row: dict[str, Any]) -> str:
    if row["amount"] is None:
        return f"{row['title']}: {row['reason']}"
    if row["amount"] == row["neutral"]:
        return f"{row['title']}: no help up to {lever_amount(row['unit'], row['limit'])}"
    return f"{row['title']}: {lever_amount(row['unit'], row['amount'])}"
