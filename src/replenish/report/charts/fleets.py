"""Fleets of a coupled run: how many systems are in service, what the others hold back, and which parts wear out."""

from __future__ import annotations

import polars as pl

from replenish.report import drawing as draw
from replenish.report.charts.common import FAN, fan_picture
from replenish.report.figure import Figure, figure
from replenish.report.numbers import people, percent, plural
from replenish.report.view import View, finite
from replenish.result.fleet_tables import fleet_table

FLEET_KEYS = FAN


def fleets(view: View) -> list[Figure]:
    """Return availability by fleet, what is held back by stock, and parts taken out, over time."""
    found = [_availability(view, row.name) for row in view.scenario.fleets]
    table = fleet_table(view.result.studies)
    keys = table.filter(pl.col("measure") == "held_back").select("holder", "item").unique(maintain_order=True)
    found += [_held_back(view, holder, item) for holder, item in keys.iter_rows()]
    parts = table.filter(pl.col("measure") == "removals")["part"].unique(maintain_order=True)
    return found + [_removals(view, part) for part in parts]


def series(view: View, measure: str, *, is_opening: bool = True, **names: str) -> pl.DataFrame:
    """Return a measure of a thing by `period`; one at an opening stands at the end of the period before."""
    wanted = [pl.col(name) == value for name, value in {"measure": measure, **names}.items()]
    starts = view.result.calendar.starts
    periods = pl.col("date").replace_strict(list(starts), list(range(len(starts))), return_dtype=pl.Int64)
    rows = fleet_table(view.result.studies).filter(*wanted).with_columns(period=periods - int(is_opening))
    return rows.filter(pl.col("period") >= 0).sort("period")


def _availability(view: View, fleet: str) -> Figure:
    frame = series(view, "availability", fleet=fleet)
    row = next(row for row in view.scenario.fleets if row.name == fleet)
    worst = min(finite(frame["p50"]), default=1.0)
    on = draw.panel(view, "share in service", 1.0)
    drawing = fan_picture(view, frame, on.title, "in service")
    title = f"{row.title or fleet.replace('_', ' ')}: at worst {percent(worst)} in service"
    return figure(view, f"fleet-{fleet}", title, drawing, cells=[("fleets", fleet)], origin=_origin(frame))


def _held_back(view: View, holder: str, item: str) -> Figure:
    frame = series(view, "held_back", is_opening=False, holder=holder, item=item)
    worst = max(finite(frame["p50"]), default=0.0)
    units = plural(view.unit(item))
    what = (
        f"at most {people(worst)} {units} a {view.result.calendar.period} (median)"
        if worst
        else "nothing in most paths"
    )
    drawing = fan_picture(view, frame, units, "held back")
    title = f"{view.title('holders', holder)}: too few systems in service hold back {what}"
    return figure(
        view, f"held-back-{holder}/{item}", title, drawing, origin=_origin(frame),
        detail="asked for and on hand at the opening of the period, but more than systems in service can issue",
    )  # fmt: skip


def _removals(view: View, part: str) -> Figure:
    frame = series(view, "removals", is_opening=False, part=part)
    row = next(row for row in view.scenario.parts if row.name == part)
    mean = frame["mean"].mean() if len(frame) else None
    title = f"{row.title or part.replace('_', ' ')}: {people(float(str(mean)) if mean is not None else None)} taken out"
    drawing = fan_picture(view, frame, "units", "taken out")
    return figure(
        view, f"removals-{part}", f"{title} a {view.result.calendar.period}, mean over all", drawing,
        cells=[("parts", part)], origin=_origin(frame),
    )  # fmt: skip


def _origin(frame: pl.DataFrame) -> str:
    return f"Simulation, the first {frame['paths'][0]:,} paths" if len(frame) else "Simulation"
