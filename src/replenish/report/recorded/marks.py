"""What is drawn of a series: each statement by its grade, what the rule picks over time, and what was promised."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final, Literal, NamedTuple

import altair as alt

from replenish.ledger import Statement
from replenish.ledger.ask.picking import first_of, span
from replenish.report import drawing as draw
from replenish.report.drawing import Key, Layer, Layers, Panel, Row
from replenish.report.numbers import people
from replenish.report.recorded import words
from replenish.report.recorded.series import Pictured, course, dated, is_level, value

COLOURS: Final = {"A": draw.GREEN, "B": draw.SKY, "C": draw.ORANGE, "D": draw.GREY}
SHAPES: Final = {"A": "circle", "B": "square", "C": "triangle-up", "D": "cross"}
"""Each grade has a colour and a shape of its own, so that either alone tells it."""

GRADE_KEYS: Final = (
    Key(COLOURS["A"], "grade A: official", "point"), Key(COLOURS["B"], "B: press or research", "square"),
    Key(COLOURS["C"], "C: copied or undated", "triangle"), Key(COLOURS["D"], "D: wrong, never picked", "cross"),
    Key(draw.BLUE, "what the rule picks for each day", "line"),
)  # fmt: skip
PROMISED_KEYS: Final = (
    Key(draw.PURPLE, "promised (hollow) for the day on which it is due", "hollow"),
    Key(draw.PURPLE, "from its announcement to that day", "dash"),
)

PALE: Final = 0.5
"""How strongly a statement is drawn that the rule picks for no day."""

STUB: Final = 0.09
"""Length of the arrow at a bound that stands alone, as a share of the axis."""

LONGEST_UNIT: Final = 48
"""Longest unit over an axis [character]."""

ROOM: Final = 0.18
"""What the picked figure needs beside its place, as a share of the axis."""

MARGIN: Final = 0.04
LEAST_SHOWN: Final = 150
"""Days that the time axis shows at least."""

Picks = Sequence[tuple[dt.date, Statement]]


class Scene(NamedTuple):
    """What is drawn of a series.

    own: its statements.  promised: targets that stand beside them.  due: those that get a line from their announcement.
    picks: from which day on the rule picks which.  is_level: a line leads from one to the next.
    """

    unit: str
    own: Sequence[Statement]
    promised: Sequence[Statement]
    due: Sequence[Statement]
    picks: Picks
    is_level: bool

    @property
    def said(self) -> list[Statement]:
        """Return all statements, in the order of their tips."""
        return [*self.own, *self.promised]


def scene(one: Pictured) -> Scene:
    """Return what is drawn of a series."""
    own = [known.statement for known in dated(one.answer)]
    promised = [known.statement for known in dated(one.promised)] if one.promised else []
    due = promised or (own if one.answer.series.kind == "capacity_target" else [])
    return Scene(one.answer.series.unit, own, promised, due, course(one.answer), is_level(one.answer))


def layers(drawn: Scene) -> Layers:
    """Return the marks of a series, those that matter most on top."""
    on, days = panel(drawn), shown_days(drawn)
    colours = [COLOURS[one.grade] for one in drawn.own] + [draw.PURPLE] * len(drawn.promised)
    found = announced(on, drawn.due) + ranges(on, drawn.said, colours)
    if not drawn.picks:
        return found + hollow(on, drawn.promised, len(drawn.own)) + points(on, drawn.own, set())
    last = drawn.picks[-1][1]
    end = max(span(one).end_last for one in drawn.own) if drawn.is_level else place(last)
    found += picked(on, drawn.picks, end) if drawn.is_level else []
    found += hollow(on, drawn.promised, len(drawn.own))
    found += points(on, drawn.own, {one.id for _, one in drawn.picks})
    room = dt.timedelta(days=round(ROOM * (days[1] - days[0]).days))
    return found + label(on, last, end, is_before=end < days[1] - room)


def panel(drawn: Scene) -> Panel:
    """Return the axes on which all statements find a place, with the announcements of those that are due."""
    numbers = [number for one in drawn.said for number in (one.low, one.best, one.high) if number is not None]
    top = max(0.0, *numbers) * (1 + STUB if any(_is_bound(one, "low") for one in drawn.said) else 1.0)
    return draw.panel_between(shown_days(drawn), words.name(drawn.unit, LONGEST_UNIT), [*numbers, top])


def shown_days(drawn: Scene) -> tuple[dt.date, dt.date]:
    """Return from when to when statements are for, with announcements, and some room at the sides."""
    days = [day.toordinal() for one in drawn.said for day in (first_of(one), span(one).end_last) if day]
    days += [one.known_from.toordinal() for one in drawn.due if one.known_from and one.valid_to]
    first, last = min(days), max(*days, min(days) + LEAST_SHOWN)
    free = max(1, round((last - first) * MARGIN))
    ends = max(first - free, dt.date.min.toordinal()), min(last + free, dt.date.max.toordinal())
    return dt.date.fromordinal(ends[0]), dt.date.fromordinal(ends[1])


def place(one: Statement) -> dt.date:
    """Return the day at which a statement is drawn."""
    return one.valid_to or one.valid_from or dt.date.min


def announced(on: Panel, promised: Sequence[Statement]) -> Layers:
    """Return a dashed line for each target from its announcement to the day on which it is due."""
    rows = [
        {"x": draw.moment(one.known_from), "end": draw.moment(place(one)), "value": draw.clamp(value(one), on.factor)}
        for one in promised
        if one.known_from and one.valid_to
    ]
    rule = alt.Chart().mark_rule(color=draw.PURPLE, strokeWidth=1.2, strokeDash=[4, 3], opacity=0.75)
    return [Layer(rows, rule.encode(x=on.x, x2=alt.X2("end:T"), y=on.y("value")))] if rows else []


def picked(on: Panel, picks: Picks, end: dt.date) -> Layers:
    """Return the figure that the rule picks as a line in steps, up to a day."""
    rows = [{"x": draw.moment(day), "value": draw.clamp(value(one), on.factor)} for day, one in picks]
    rows += [{"x": draw.moment(end), "value": rows[-1]["value"]}] if rows else []
    line = alt.Chart().mark_line(color=draw.BLUE, strokeWidth=2, interpolate="step-after")
    return [Layer(rows, line.encode(x=on.x, y=on.y("value")))] if rows else []


def label(on: Panel, one: Statement, day: dt.date, *, is_before: bool) -> Layers:
    """Return the figure that is picked at last as text: after a day, or above it where no room is left."""
    sign = next((sign for side, sign in (("low", "\u2265 "), ("high", "\u2264 ")) if _is_bound(one, side)), "")
    text = f"{sign}{people(value(one))}"
    rows = [{"x": draw.moment(day), "value": draw.clamp(value(one), on.factor), "text": text}]
    marked = alt.Chart().mark_text(
        align="left" if is_before else "right", baseline="middle" if is_before else "bottom", dx=8 if is_before else 0,
        dy=0 if is_before else -8, fontSize=13, fontWeight="bold",
    )  # fmt: skip
    return [Layer(rows, marked.encode(x=on.x, y=on.y("value"), text=alt.Text("text:N")))]


def ranges(on: Panel, said: Sequence[Statement], colours: Sequence[str]) -> Layers:
    """Return a bar from low to high, a thin one over the days that a date may mean, an arrow at a lone bound."""
    upright = [
        {"x": draw.moment(place(one)), "low": draw.clamp(one.low, on.factor), "high": draw.clamp(one.high, on.factor),
         "colour": colour}
        for one, colour in zip(said, colours, strict=True)
        if one.low is not None and one.high is not None
    ]  # fmt: skip
    level = [
        {"x": draw.moment(first_of(one) or place(one)), "end": draw.moment(span(one).end_last),
         "value": draw.clamp(value(one), on.factor), "colour": colour}
        for one, colour in zip(said, colours, strict=True)
        if (first_of(one) or place(one)) < span(one).end_last
    ]  # fmt: skip
    colour = alt.Color("colour:N", scale=None, legend=None)
    bar, thin = alt.Chart().mark_rule(strokeWidth=2.5, opacity=0.7), alt.Chart().mark_rule(opacity=0.6)
    layers = [
        Layer(level, thin.encode(x=on.x, x2=alt.X2("end:T"), y=on.y("value"), color=colour)),
        Layer(upright, bar.encode(x=on.x, y=on.y("low"), y2=alt.Y2("high:Q"), color=colour)),
    ]
    return [layer for layer in layers if layer.rows] + _arrows(on, said, colours)


def _arrows(on: Panel, said: Sequence[Statement], colours: Sequence[str]) -> Layers:
    reach, colour = STUB * (on.top - on.bottom), alt.Color("colour:N", scale=None, legend=None)
    found = Layers()
    for side, sign, head in (("low", 1.0, "triangle-up"), ("high", -1.0, "triangle-down")):
        rows = [
            {"x": draw.moment(place(one)), "value": (start := draw.clamp(value(one), on.factor)),
             "end": max((start or 0.0) + sign * reach, on.bottom), "colour": own}
            for one, own in zip(said, colours, strict=True)
            if _is_bound(one, side)
        ]  # fmt: skip
        if rows:
            stem = alt.Chart().mark_rule(strokeWidth=2)
            tip = alt.Chart().mark_point(filled=True, shape=head, size=45, opacity=1)
            found += [
                Layer(rows, stem.encode(x=on.x, y=on.y("value"), y2=alt.Y2("end:Q"), color=colour)),
                Layer(rows, tip.encode(x=on.x, y=on.y("end"), color=colour)),
            ]
    return found


def points(on: Panel, own: Sequence[Statement], taken: set[str]) -> Layers:
    """Return a point for each statement by its grade; those whose ids are not taken are pale."""
    rows = [
        _row(on, number, one) | {"strength": 1.0 if one.id in taken else PALE, "colour": COLOURS[one.grade]}
        for number, one in enumerate(own)
    ]
    marked = alt.Chart().mark_point(filled=True, size=75)
    strength = alt.Opacity("strength:Q", scale=None, legend=None)
    return [_marks(on, rows, marked, opacity=strength)] if rows else []


def hollow(on: Panel, promised: Sequence[Statement], first: int) -> Layers:
    """Return a hollow point for each target; its description counts from `first`."""
    rows = [_row(on, first + number, one) | {"colour": draw.PURPLE} for number, one in enumerate(promised)]
    marked = alt.Chart().mark_point(filled=False, size=60, strokeWidth=1.8, opacity=1, fill="transparent")
    return [_marks(on, rows, marked)] if rows else []


def _row(on: Panel, number: int, one: Statement) -> Row:
    return {
        "x": draw.moment(place(one)), "value": draw.clamp(value(one), on.factor), "shape": SHAPES[one.grade],
        "description": f"#{number}",
    }  # fmt: skip


def _marks(on: Panel, rows: list[Row], marked: alt.Chart, **more: Any) -> Layer:
    return Layer(rows, marked.encode(
        x=on.x, y=on.y("value"), shape=alt.Shape("shape:N", scale=None, legend=None),
        color=alt.Color("colour:N", scale=None, legend=None), description=alt.Description("description:N"), **more,
    ))  # fmt: skip


def _is_bound(one: Statement, side: Literal["low", "high"] | str) -> bool:
    """Return whether a statement gives this bound and nothing else."""
    other = one.high if side == "low" else one.low
    return one.best is None and other is None and getattr(one, side) is not None
