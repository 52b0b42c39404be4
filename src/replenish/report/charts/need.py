"""Need of the recipient: what is asked, issued, and left unmet."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from replenish.report import drawing as draw
from replenish.report import facts, titles
from replenish.report.charts.common import COLUMNS, units
from replenish.report.drawing import Key
from replenish.report.figure import Drawing, Figure, by_date, figure
from replenish.report.numbers import percent
from replenish.report.view import View

NEED_KEYS = (
    Key(draw.PURPLE, "need", "line"),
    Key(draw.GREEN, "issued", "line"),
    Key(draw.ORANGE, "unmet", "line"),
    Key(draw.GREY, "bands: half and 90\xa0% of the paths", "band"),
)
COLOURS = {"demand": draw.PURPLE, "issues": draw.GREEN}


def need(view: View) -> list[Figure]:
    """Return need beside issues, unmet by period, and unmet since the start, of the recipient."""
    if _series(view, "demand").is_empty():
        return []
    found = facts.need(view)
    met = f"{percent(found.fill_rate.middle)} of the need is issued when it arises" if found else "no need"
    name, per = view.title("holders", view.recipient), titles.plural_per(view, view.item)
    total = titles.total_title(view, "unmet_cumulative", "Unmet so far")
    return [
        _fans(view, f"{name}: {met}", ("demand", "issues"), per),
        _fans(view, titles.unmet_title(view), ("unmet",), per),
        _fans(view, total, ("unmet_cumulative",), units(view)),
    ]


def _series(view: View, measure: str) -> pl.DataFrame:
    return view.need(measure, view.recipient, view.item)


def _fans(view: View, title: str, measures: Sequence[str], unit: str) -> Figure:
    """Return fans of several measures of the recipient's need over one another."""
    frames = {measure: _series(view, measure) for measure in measures}
    on = draw.panel(view, unit, view.top(lambda own: [_series(own, measure) for measure in measures], "p95"))
    layers = [
        layer
        for measure, frame in frames.items()
        for layer in draw.fan(on, draw.rows(view, frame, COLUMNS, on.factor), COLOURS.get(measure, draw.ORANGE))
    ]
    names = {"demand": "need", "issues": "issued", "unmet": "unmet", "unmet_cumulative": "unmet so far"}
    drawing = Drawing(layers, by_date(view, {names[measure]: frame for measure, frame in frames.items()}))
    cells = [("demand", f"{view.recipient}/{view.item}")]
    return figure(view, f"need-{measures[0]}-{view.recipient}/{view.item}", title, drawing, cells=cells)
