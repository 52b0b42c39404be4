"""Deliveries to the recipient against what was pledged."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from replenish.report import drawing as draw
from replenish.report import facts, titles
from replenish.report.charts.common import COLUMNS, FAN, by_year, holder_colours, units
from replenish.report.drawing import Key, Row
from replenish.report.figure import Drawing, Figure, by_date, figure
from replenish.report.numbers import quantity
from replenish.report.view import View, band_at

DELIVERY_KEYS = (*FAN, Key(draw.VERMILLION, "pledged by due date", "dash"))


def deliveries_by_year(view: View) -> Figure | None:
    """Return mean deliveries to the recipient by year and donor."""
    names = {donor: view.title("holders", donor) for donor in view.donors()}
    frames = {
        name: view.select("delivered", holder=donor, item=view.item, to_holder=view.recipient)
        for donor, name in names.items()
    }
    unit, what = view.unit(view.item), f"{view.title('holders', view.recipient)} receives"

    def title(totals: dict[int, float]) -> str:
        return titles.by_year_title(what, totals, lambda total: quantity(total, unit))

    return by_year(view, "deliveries-by-year", frames, title, unit=units(view), colours=holder_colours(view, names))


def deliveries(view: View, donor: str) -> Figure:
    """Return what a donor has delivered to the recipient beside what it pledged."""
    frame, steps = facts.delivered(view, donor), facts.promised(view, donor)
    bounds = view.result.calendar.bounds
    inside = [(due, total) for due, total in steps if due < bounds[-1]]
    pledged = inside[-1][1] if inside else 0.0
    on = draw.panel(view, units(view), max(view.top(lambda own: [facts.delivered(own, donor)], "p95"), pledged))
    layers = draw.fan(on, draw.rows(view, frame, COLUMNS, on.factor), draw.BLUE)
    if inside:
        stairs = _stairs([(bounds[0], 0.0), *inside, (bounds[-1], pledged)], on.factor)
        layers.append(draw.line(on, stairs, "pledged", colour=draw.VERMILLION, dashed="linear"))
    title = titles.delivery_title(view, donor, band_at(frame, view.last), pledged)
    route = f"{donor}/{view.recipient}"
    drawing = Drawing(layers, by_date(view, {"delivered": frame}))
    cells = [("routes", route), ("pledges", f"{route}/{view.item}")]
    return figure(view, f"deliveries-{route}/{view.item}", title, drawing, cells=cells)


def _stairs(steps: Sequence[tuple[date, float]], factor: float) -> list[Row]:
    """Return the corners of a running sum that jumps on its dates."""
    start = steps[0][0]
    found, before = list[Row](), 0.0
    for day, total in steps:
        x = draw.moment(max(day, start))
        found += [{"x": x, "pledged": before / factor}, {"x": x, "pledged": total / factor}]
        before = total
    return found
