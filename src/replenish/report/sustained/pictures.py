"""Pictures of cost against availability, of causes, of formulas beside simulation, and of surges."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from replenish.report import drawing as draw
from replenish.report import plane
from replenish.report.bars import Bar, named_bars
from replenish.report.drawing import Key
from replenish.report.figure import Drawing, Figure, Numbers
from replenish.report.numbers import people
from replenish.report.sustained.facts import Sustained, availability

MOST_BARS = 12
"""Bars in a picture; the table and the workbook have all."""

MOST_POINTS = 400
"""Points of a curve that are drawn."""

CURVE_KEYS = (
    Key(draw.BLUE, "best that each amount buys", "line"),
    Key(draw.ORANGE, "now", "diamond"),
    Key(draw.VERMILLION, "chosen", "diamond"),
)
CAUSE_KEYS = (Key(draw.BLUE, "systems down for want of the part", "area"),)
FLEET_KEYS = (
    Key(draw.BLUE, "by formulas", "area"),
    Key(draw.VERMILLION, "simulated, 95\xa0% interval", "point"),
)

ORIGIN = "Long-run means of the model of spares and repair"


def curve(study: Sustained) -> list[Figure]:
    """Return what each amount of money buys at best, with what there is now and what was chosen."""
    rows = study.table("sustain_curve").filter(pl.col("availability").is_not_null()).sort("cost")
    if len(rows) < 2:
        return []
    marks = [
        (draw.ORANGE, study.number("cost_now"), study.number("availability_now")),
        (draw.VERMILLION, study.number("cost_chosen"), study.number("availability_chosen")),
    ]
    known = [(colour, x, y) for colour, x, y in marks if x is not None and y is not None]
    kept = _window(rows, [x for _, x, _ in known])
    xs = [*kept["cost"].to_list(), *(x for _, x, _ in known)]
    ys = [100 * y for y in (*kept["availability"].to_list(), *(y for *_, y in known))]
    on = plane.plane(
        xs, ys, (f"{{}} {study.currency} in spares and servers", "% of systems in service"), from_zero=False
    )
    layers = [
        plane.curve(on, on.rows((x, 100 * y) for x, y in kept.select("cost", "availability").iter_rows()), draw.BLUE)
    ]
    layers += [plane.dots(on, on.rows([(x, 100 * y)]), colour, "diamond") for colour, x, y in known]
    told = [[people(x), y, z] for x, y, z in rows.select("cost", "availability", "backorders").iter_rows()]
    first, last = rows.row(0, named=True), rows.row(-1, named=True)
    words = (
        f"From {availability(first['availability'])} at {people(first['cost'])} to {availability(last['availability'])}"
        f" at {people(last['cost'])} {study.currency}."
    )
    numbers = Numbers((f"cost, {study.currency}", "availability", "parts owed"), told, words)
    title = "What money buys: systems in service by the cost of spares and servers"
    return [_figure("sustain-curve", title, Drawing(layers, numbers))]


def _window(rows: pl.DataFrame, marks: Sequence[float]) -> pl.DataFrame:
    """Return the part of a curve that is drawn: up to twice the dearest mark or where it is flat, in few points."""
    top = 2.0 * max(marks, default=0.0)
    kept = rows.filter(pl.col("cost") <= top) if top > 0 and (rows["cost"] <= top).sum() > 2 else rows
    step = -(-len(kept) // MOST_POINTS)
    return kept.gather_every(step) if step > 1 else kept


def fleets(study: Sustained) -> list[Figure]:
    """Return systems in service by fleet, by formulas and simulated."""
    rows = study.table("sustain_fleets").filter(pl.col(study.side).is_not_null())
    if rows.is_empty():
        return []
    shown = rows.sort(study.side, maintain_order=True).head(MOST_BARS).to_dicts()
    bars = [bar for row in shown for bar in _fleet_bars(study, row)]
    told = [
        [study.title("fleet", row["fleet"]), row["now"], row["chosen"], row["simulated"], row["standard_error"]]
        for row in rows.iter_rows(named=True)
    ]
    numbers = Numbers(("fleet", "now", "chosen", "simulated", "standard error"), told, "; ".join(
        f"{study.title('fleet', row['fleet'])} {availability(row[study.side])}" for row in shown
    ))  # fmt: skip
    worst = shown[0]
    title = f"Fewest are in service in {study.title('fleet', worst['fleet'])}: {availability(worst[study.side])}"
    detail = f"the lowest {len(shown)} of {len(rows)}" if len(rows) > len(shown) else ""
    return [_figure("sustain-fleets", title, Drawing(
        named_bars(bars, "% of systems in service"), numbers, height=len(bars) * draw.STRIP
    ), detail)]  # fmt: skip


def _fleet_bars(study: Sustained, row: dict[str, Any]) -> list[Bar]:
    name = study.title("fleet", row["fleet"])
    found = [Bar(f"{name}: {availability(row[study.side])}", [(0.0, 100 * row[study.side], draw.BLUE)])]
    if row["simulated"] is not None:
        low, high = 100 * row["low"], 100 * row["high"]
        told = f"simulated: {availability(row['simulated'])}"
        found.append(Bar(told, [(low, high, draw.VERMILLION)], 100 * row["simulated"]))
    return found


def causes(study: Sustained) -> list[Figure]:
    """Return for which parts systems are down, over all fleets, the most first."""
    rows = study.table("sustain_causes").group_by("part", maintain_order=True).agg(pl.col("now", "chosen").sum())
    ranked = rows.filter(pl.col(study.side) > 0).sort(study.side, descending=True, maintain_order=True)
    if ranked.is_empty():
        return []
    shown = ranked.head(MOST_BARS).to_dicts()
    bars = [Bar(study.title("part", row["part"]), [(0.0, row[study.side], draw.BLUE)]) for row in shown]
    told = [[study.title("part", row["part"]), row["now"], row["chosen"]] for row in ranked.iter_rows(named=True)]
    numbers = Numbers(("part", "down now", "down, chosen"), told, ", ".join(
        f"{study.title('part', row['part'])} {people(row[study.side])}" for row in shown
    ))  # fmt: skip
    title = f"Systems are down most of all for {study.title('part', shown[0]['part'])}"
    detail = f"{len(shown)} of {len(ranked)} parts" if len(ranked) > len(shown) else ""
    return [_figure("sustain-causes", title, Drawing(
        named_bars(bars, "systems down, mean"), numbers, height=len(bars) * draw.STRIP
    ), detail)]  # fmt: skip


def surge(study: Sustained) -> list[Figure]:
    """Return systems in service by day where use changes over time, one line for each fleet."""
    rows = study.table("sustain_surge").filter(pl.col("availability").is_not_null())
    if rows.is_empty():
        return []
    parts = rows.partition_by("fleet", maintain_order=True)
    on = plane.plane(
        rows["day"].to_list(), [100 * value for value in rows["availability"].to_list()],
        ("days from the start", "% of systems in service"), from_zero=False,
    )  # fmt: skip
    colours = draw.colours_of([part["fleet"][0] for part in parts])
    layers = [
        plane.curve(on, on.rows((day, 100 * share) for day, share in part.select("day", "availability").iter_rows()),
                    colours[part["fleet"][0]])
        for part in parts
    ]  # fmt: skip
    lowest = rows.sort("availability").row(0, named=True)
    keys = tuple(Key(colour, study.title("fleet", name), "line") for name, colour in colours.items())
    told = [[str(row["date"]), study.title("fleet", row["fleet"]), row["availability"], row["backorders"]]
            for row in rows.iter_rows(named=True)]  # fmt: skip
    where = study.title("fleet", lowest["fleet"])
    title = f"The surge takes {where} down to {availability(lowest['availability'])} on day {lowest['day']:g}"
    words = f"Lowest {availability(lowest['availability'])}, {where}, on day {lowest['day']:g}."
    numbers = Numbers(("date", "fleet", "availability", "parts owed"), told, words)
    return [_figure("sustain-surge", title, Drawing(layers, numbers), keys=keys)]


def _figure(key: str, title: str, drawing: Drawing, detail: str = "", keys: Sequence[Key] = ()) -> Figure:
    label = f"{title}. {drawing.numbers.words}"
    svg = draw.picture(drawing.layers, label, height=drawing.height)
    return Figure(key, title, detail, svg, f"{ORIGIN}.", drawing.numbers, keys)
