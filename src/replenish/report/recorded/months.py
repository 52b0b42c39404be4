"""How many statements were published when, by grade."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import Final

import altair as alt

from replenish.ledger import Statement
from replenish.ledger.kinds import GRADES
from replenish.report import drawing as draw
from replenish.report.drawing import Key, Layer, Layers, Row
from replenish.report.figure import Figure, Numbers, Value
from replenish.report.numbers import MONTHS, NBSP, count, quantity
from replenish.report.recorded.book import Book
from replenish.report.recorded.marks import COLOURS

MOST_MONTHS: Final = 180
"""Months that are drawn; where there are more, years are."""

MONTH_KEYS: Final = tuple(Key(COLOURS[grade], f"grade {grade}", "area") for grade in GRADES)

Bins = Counter[tuple[int, str]]
"""Number of statements by first month, counted from the year 0, and grade."""


def published(book: Book) -> list[Figure]:
    """Return how many of the statements that are known were published in each month, by grade."""
    months = Bins((_month(one), one.grade) for known in book.known if (one := known.statement).known_from)
    shown = sorted({month for month, _ in months})
    if len(shown) < 2:
        return []
    step = 1 if shown[-1] - shown[0] < MOST_MONTHS else 12
    bins = Bins()
    for (month, grade), number in months.items():
        bins[month - month % step, grade] += number
    places, word = sorted({start for start, _ in bins}), "month" if step == 1 else "year"
    totals = {start: sum(bins[start, grade] for grade in GRADES) for start in places}
    most = max(places, key=lambda start: totals[start])
    told = quantity(float(sum(totals.values())), "statement")
    title = f"Most became known in {_name(most, step)}: {count(totals[most])} of {told}"
    numbers = _numbers(bins, places, word, step)
    svg = draw.picture(_columns(bins, places, step), f"{title}. {numbers.words}")
    return [Figure("ledger-published", title, f"by {word} of publication", svg, "", numbers)]


def _numbers(bins: Bins, places: Sequence[int], word: str, step: int) -> Numbers:
    rows: list[list[Value]] = [
        [_name(start, step), *(float(bins[start, grade]) for grade in GRADES)] for start in places
    ]
    told = f"From {_name(places[0], step)} to {_name(places[-1], step)}."
    return Numbers((word, *(f"grade {grade}" for grade in GRADES)), rows, told)


def _columns(bins: Bins, places: Sequence[int], step: int) -> Layers:
    totals = [float(sum(bins[start, grade] for grade in GRADES)) for start in places]
    on = draw.panel_between((_first(places[0]), _first(places[-1] + step)), "statements", totals)
    rows = [row for start in places for row in _column(bins, start, step, on.factor)]
    colour = alt.Color("colour:N", scale=None, legend=None)
    return [Layer(rows, alt.Chart().mark_rect().encode(
        x=on.x, x2=alt.X2("end:T"), y=on.y("low"), y2=alt.Y2("high:Q"), color=colour
    ))]  # fmt: skip


def _column(bins: Bins, start: int, step: int, factor: float) -> list[Row]:
    """Return the parts of one column, one above the other."""
    found, low = list[Row](), 0.0
    ends = {"x": draw.moment(_first(start)), "end": draw.moment(_first(start + step))}
    for grade in GRADES:
        high = low + bins[start, grade] / factor
        found += [{**ends, "low": low, "high": high, "colour": COLOURS[grade]}] if high > low else []
        low = high
    return found


def _month(one: Statement) -> int:
    """Return the month in which a statement was known for sure, counted from the year 0."""
    day = one.known_from
    assert day is not None  # only dated ones are asked for
    return 12 * day.year + day.month - 1


def _first(month: int) -> dt.date:
    return dt.date(month // 12, month % 12 + 1, 1) if month < 12 * (dt.MAXYEAR + 1) else dt.date.max


def _name(month: int, step: int) -> str:
    return f"{MONTHS[month % 12]}{NBSP}{month // 12}" if step == 1 else str(month // 12)
