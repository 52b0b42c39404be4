"""A picture with all that goes with it: its finding, its sources, its numbers, and its words for who cannot see it."""

from __future__ import annotations

import base64
import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl
from markupsafe import Markup

from replenish.report import drawing as draw
from replenish.report.drawing import Key, Layer, Layers
from replenish.report.numbers import count, people, when
from replenish.report.origins import inputs
from replenish.report.view import View

MOST_SHOWN = 12
"""Rows of numbers under a picture; the file has all."""

Frames = Mapping[str, pl.DataFrame]
"""What is drawn, by name: series with `period` and the columns of `_COLUMNS` that they have."""

_COLUMNS = {"mean": "mean", "p05": "5\xa0%", "p50": "median", "p95": "95\xa0%"}
Value = str | float | None


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers of a picture: `rows` begin with the name of their row, mostly a date."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Value]]
    words: str = ""  # the same in words; empty: how each series runs

    @property
    def shown(self) -> list[list[str]]:
        """Return the rows that stand under the picture, at even distances, the last one among them."""
        step = -(-len(self.rows) // MOST_SHOWN) or 1
        kept = self.rows[(len(self.rows) - 1) % step :: step]
        return [[cell if isinstance(cell, str) else people(cell) for cell in row] for row in kept]

    @property
    def address(self) -> str:
        """Return all rows as a file inside a link."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(_plain(column.replace("\xa0", " ")) for column in self.columns)
        for name, *values in self.rows:
            writer.writerow([_plain(name), *(_plain(value) for value in values)])
        return f"data:text/csv;base64,{base64.b64encode(text.getvalue().encode()).decode()}"


@dataclass(frozen=True, slots=True)
class Drawing:
    """Layers over one another, perhaps above a strip, and their numbers."""

    layers: Layers
    numbers: Numbers
    below: Layer | None = None
    height: int = draw.HEIGHT


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture with what is said above and below it."""

    key: str  # names the picture and the file of its numbers
    title: str
    detail: str
    svg: Markup
    source: str
    numbers: Numbers
    keys: Sequence[Key] = ()  # a legend of its own, where that of the section does not hold

    @property
    def file(self) -> str:
        """Return the name of the file of its numbers."""
        return f"{re.sub(r'[^a-zA-Z0-9_]+', '-', self.key).strip('-')}.csv"


def figure(
    view: View,
    key: str,
    title: str,
    drawing: Drawing,
    *,
    detail: str = "",
    cells: Sequence[tuple[str, str]] = (),
    keys: Sequence[Key] = (),
    origin: str = "",
) -> Figure:
    """Return a picture; `cells` are the rows of the scenario behind it, as pairs of table and key.

    `origin` says what its numbers rest on, if that is not the simulation of the run alone.
    """
    known, numbers = inputs(view, *cells), drawing.numbers
    source = origin or f"Simulation of {count(view.result.provenance.paths)} paths"
    label = f"{title}. {numbers.words or course(numbers)}".strip()
    svg = draw.picture(drawing.layers, label, height=drawing.height, below=drawing.below)
    return Figure(key, title, detail, svg, f"{source}. Inputs: {known}." if known else f"{source}.", numbers, keys)


def by_date(view: View, frames: Frames) -> Numbers:
    """Return series as one row for each date, with mean, 5 % quantile, median and 95 % quantile where they are kept."""
    columns, found = ["date"], dict[int, list[Value]]()
    for place, (name, frame) in enumerate(frames.items()):
        kept = [column for column in _COLUMNS if column in frame.columns and not frame[column].is_null().all()]
        width = len(columns)
        columns += [f"{name}, {_COLUMNS[column]}" for column in kept]
        for period, *values in frame.select("period", *kept).iter_rows():
            row = found.setdefault(period, [day(view, period), *[None] * (width - 1)] if place else [day(view, period)])
            row += [None] * (width - len(row)) + values
    rows = [row + [None] * (len(columns) - len(row)) for _, row in sorted(found.items())]
    return Numbers(columns, rows)


def day(view: View, period: int) -> str:
    """Return the last day of a period, at which its stocks and sums stand, in the form of files."""
    return (view.result.calendar.bounds[period + 1] - timedelta(days=1)).isoformat()


def course(numbers: Numbers) -> str:
    """Return how each series runs: its start, its least and largest values with their dates, and its end."""
    found = []
    for place, column in enumerate(numbers.columns):
        name, _, statistic = column.partition(", ")
        if statistic in ("median", "mean") and not (statistic == "mean" and f"{name}, median" in numbers.columns):
            known = [(str(row[0]), row[place]) for row in numbers.rows if isinstance(row[place], float)]
            if known:
                found.append(f"{name} ({statistic}): {_course([(a, float(b)) for a, b in known if b is not None])}.")
    return " ".join(found)


def _course(known: Sequence[tuple[str, float]]) -> str:
    least, most = min(known, key=lambda pair: pair[1]), max(known, key=lambda pair: pair[1])
    ends = f"{people(known[0][1])} at first, {people(known[-1][1])} at the end"
    if least[1] == most[1]:
        return f"{people(least[1])} throughout"
    return f"{ends}; least {people(least[1])} ({_when(least[0])}), most {people(most[1])} ({_when(most[0])})"


def _when(text: str) -> str:
    try:
        return when(date.fromisoformat(text), "month")
    except ValueError:
        return text


def _plain(value: Value) -> Value:
    """Return a cell of a file: six digits; text that a spreadsheet would run as a formula gets a quote."""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(("=", "+", "-", "@", "\t", "\r")) else value
    return None if value is None else float(f"{value:.6g}")
