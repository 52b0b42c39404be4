"""What several pictures share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import polars as pl

from replenish.report import drawing as draw
from replenish.report.drawing import Key, Row
from replenish.report.figure import Drawing, Figure, Frames, Numbers, by_date, figure
from replenish.report.numbers import plural
from replenish.report.view import View

FAN = (
    Key(draw.BLUE, "median", "line"),
    Key(draw.BLUE, "half of the paths", "inner"),
    Key(draw.BLUE, "90\xa0% of the paths", "band"),
)
COLUMNS = ("p05", "p25", "p50", "p75", "p95")


def fan_picture(view: View, frame: pl.DataFrame, unit: str, name: str, *, colour: str = draw.BLUE) -> Drawing:
    """Return one fan and nothing else."""
    on = draw.panel(view, unit, draw.largest(frame, "p95"))
    return Drawing(draw.fan(on, draw.rows(view, frame, COLUMNS, on.factor), colour), by_date(view, {name: frame}))


def units(view: View) -> str:
    """Return the plural of the unit of the main item."""
    return plural(view.unit(view.item))


def areas(colours: Mapping[str, str]) -> list[Key]:
    """Return the legend of filled parts."""
    return [Key(colour, name, "area") for name, colour in colours.items()]


def holder_colours(view: View, names: Mapping[str, str]) -> dict[str, str]:
    """Return the colour of each named holder by its title: the same in every picture, donors first."""
    donors = view.donors()
    others = [row.name for row in view.scenario.holders if row.name not in donors and row.name not in view.groups]
    colours = draw.colours_of([*donors, *others])
    return {title: colours.get(name, draw.GREY) for name, title in names.items()}


def parts(view: View, frame: pl.DataFrame, column: str, order: Sequence[str]) -> list[Row]:
    """Return rows of a stack of shares over time from a table of `period`, `mean` and the part's name."""
    found = []
    for name in order:
        part = frame.filter(pl.col(column) == name)
        found += [
            {"x": row["x"], "name": name, "share": row["mean"], "place": order.index(name)}
            for row in draw.rows(view, part, ("mean",))
        ]
    return found


def means(frame: pl.DataFrame, column: str, order: Sequence[str]) -> Frames:
    """Return the means of each part by its name."""
    return {name: frame.filter(pl.col(column) == name).select("period", "mean") for name in order}


def by_year(
    view: View, key: str, frames: Frames, title: Callable[[dict[int, float]], str], *, unit: str,
    colours: Mapping[str, str],
) -> Figure | None:  # fmt: skip
    """Return stacked bars of means by year, with a title made from the totals; None where all are zero."""
    starts = view.result.calendar.starts
    sums: dict[tuple[int, str], float] = {}
    for name, frame in frames.items():
        for period, mean in frame.select("period", "mean").iter_rows():
            cell = (starts[period].year, name)
            sums[cell] = sums.get(cell, 0.0) + (draw.clamp(mean) or 0.0)
    years = sorted({year for year, _ in sums})
    totals = {year: sum(sums.get((year, name), 0.0) for name in frames) for year in years}
    if max(totals.values(), default=0.0) <= 0:
        return None
    on, place = draw.panel(view, unit, max(totals.values())), list(frames)
    values = [
        {"year": year, "name": name, "value": value / on.factor, "place": place.index(name)}
        for (year, name), value in sums.items()
    ]
    rows = [[str(year), *(sums.get((year, name)) for name in frames)] for year in years]
    numbers = Numbers(("year", *(f"{name}, mean" for name in frames)), rows)
    drawing = Drawing([draw.yearly_bars(on, values, colours)], numbers)
    return figure(view, key, title(totals), drawing, keys=areas(colours))
