"""Pictures over many series: how far figures are apart, promises against deliveries, age of counts, what came when."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import Final

import altair as alt

from replenish.ledger import Conflict, PledgeLine, Statement
from replenish.ledger.kinds import GRADES
from replenish.report import drawing as draw
from replenish.report.bars import Bar, named_bars
from replenish.report.drawing import Key, Layer, Layers
from replenish.report.figure import Drawing, Figure, Numbers, Value
from replenish.report.numbers import MONTHS, NBSP, count, people, percent, quantity
from replenish.report.recorded import words
from replenish.report.recorded.book import Book
from replenish.report.recorded.marks import COLOURS
from replenish.report.recorded.series import value

MOST_BARS: Final = 16
"""Bars in a picture; the table below has more."""

MOST_MONTHS: Final = 180
"""Months that are drawn; where there are more, years are."""

LONGEST: Final = 46
"""Longest name over a bar [character]."""

FARTHEST: Final = 300.0
"""A figure is drawn up to this many per cent of the picked one; its name says how far it goes."""

APART_KEYS: Final = (Key(draw.BLUE, "picked figure, 100\xa0%", "point"), Key(draw.BLUE, "least to most said", "line"))
PLEDGE_KEYS: Final = (
    Key(draw.YELLOW, "pledged, 100\xa0%", "area"), Key(draw.BLUE, "delivered by the day on which it is due", "area"),
    Key(draw.SKY, "delivered at last", "area"),
)  # fmt: skip
AGE_KEYS: Final = (Key(draw.BLUE, "days since the last count", "area"),)
MONTH_KEYS: Final = tuple(Key(COLOURS[grade], f"grade {grade}", "area") for grade in GRADES)


def apart(book: Book) -> list[Figure]:
    """Return how far the figures are apart of which the rule picks one, the widest first."""
    found = [(line, *ends) for line in book.conflicts if (ends := _ends(line))]
    ranked = sorted(found, key=lambda one: one[1] - one[2])
    if not ranked:
        return []
    bars = [Bar(f"{_brief(line)}: {percent(low / 100)} to {percent(high / 100)}",
                [(min(low, FARTHEST), min(high, FARTHEST), draw.BLUE)], 100.0) for line, low, high in ranked[:MOST_BARS]]  # fmt: skip
    rows: list[list[Value]] = [[words.harmless(str(line.series)), low, high] for line, low, high in ranked]
    widest = ranked[0]
    title = f"Farthest apart: {_brief(widest[0], 90)}, from {percent(widest[1] / 100)} to {percent(widest[2] / 100)} of the picked figure"
    return [_bars("ledger-conflicts", title, bars, "% of the picked figure",
                  Numbers(("series", "least, % of picked", "most, % of picked"), rows, f"{count(len(rows))} series."),
                  len(ranked))]  # fmt: skip


def _ends(line: Conflict) -> tuple[float, float] | None:
    """Return least and most that is said, in per cent of the picked figure; None where that is none above zero."""
    picked = value(line.statements[0])
    numbers = [number for one in line.statements for number in (one.low, one.best, one.high) if number is not None]
    if not picked or picked < 0 or not numbers:
        return None
    return 100 * min(numbers) / picked, 100 * max(numbers) / picked


def _brief(line: Conflict, longest: int = LONGEST) -> str:
    return words.harmless(words.about(line.series), longest)


def pledges(book: Book) -> list[Figure]:
    """Return what was delivered of each pledge that a delivery can be set against, by holder."""
    able = [line for line in book.pledges if line.share is not None or share_at_last(line) is not None]
    if not able:
        return []
    bars = [_pledge_bar(line) for line in able[:MOST_BARS]]
    rows: list[list[Value]] = [
        [words.name(line.pledge.holder), words.name(line.pledge.item), line.pledge.best, words.name(line.pledge.unit),
         line.due.isoformat() if line.due else "no day named", line.share, share_at_last(line), line.pledge.id]
        for line in able
    ]  # fmt: skip
    due = [line for line in able if line.share is not None]
    kept = sum(line.share >= 1 for line in due if line.share is not None)
    title = f"Of {count(len(due))} pledges with a sum delivered by their day, {count(kept)} were kept by then"
    head = ("holder", "item", "pledged", "unit", "due", "share by then", "share at last", "id")
    numbers = Numbers(head, rows, "; ".join(bar.name for bar in bars))
    return [_bars("ledger-pledges", title, bars, "% of what was pledged", numbers, len(able))]


def share_at_last(line: PledgeLine) -> float | None:
    """Return the last sum delivered over the pledge; None where it is no sum since some start, or has no figure."""
    last = line.latest
    if last is None or not last.is_cumulative or last.best is None or not line.pledge.best:
        return None
    return last.best / line.pledge.best


def _pledge_bar(line: PledgeLine) -> Bar:
    one, at_last = line.pledge, share_at_last(line)
    due = f"due {words.day(line.due)}" if line.due else "no day named"
    told = f"{words.harmless(one.holder, 24)}, {people(one.best)} {words.harmless(one.item.replace('_', ' '), 18)}, {due}"
    parts = [(0.0, 100.0, draw.YELLOW)]
    parts += [(0.0, min(100 * at_last, FARTHEST), draw.SKY)] if at_last is not None else []
    parts += [(0.0, min(100 * line.share, FARTHEST), draw.BLUE)] if line.share is not None else []
    return Bar(f"{told}: {percent(line.share if line.share is not None else at_last)}", parts)


def ages(book: Book) -> list[Figure]:
    """Return the days since the last count of each stock, the oldest first."""
    able = [line for line in book.counts if line.days is not None]
    if not able:
        return []
    bars = [
        Bar(f"{words.harmless(f'{line.statement.holder}, {line.statement.item}'.replace('_', ' '), LONGEST - 14)}:"
            f" {_days(line.days or 0)}, grade {line.statement.grade}", [(0.0, float(line.days or 0), draw.BLUE)])
        for line in able[:MOST_BARS]
    ]  # fmt: skip
    rows: list[list[Value]] = [
        [words.name(line.statement.holder), words.name(line.statement.item), float(line.days or 0),
         words.amount(line.statement), words.days(line.statement), line.statement.grade, line.statement.id]
        for line in able
    ]  # fmt: skip
    oldest = able[0].statement
    title = f"The oldest count is {_days(able[0].days or 0)} old: {words.name(oldest.holder)}, {words.name(oldest.item)}"
    numbers = Numbers(("holder", "item", "days", "figure", "for", "grade", "id"), rows, "; ".join(b.name for b in bars))
    return [_bars("ledger-counts", title, bars, f"days before {words.day(book.on)}", numbers, len(able))]


def _days(number: int) -> str:
    return f"{number:,d}{NBSP}day" + ("" if number == 1 else "s")


def _bars(key: str, title: str, bars: Sequence[Bar], axis: str, numbers: Numbers, total: int) -> Figure:
    detail = f"{len(bars)} of {total}" if total > len(bars) else ""
    drawing = Drawing(named_bars(bars, axis), numbers, height=len(bars) * draw.STRIP)
    svg = draw.picture(drawing.layers, f"{title}. {numbers.words}", height=drawing.height)
    return Figure(key, title, detail, svg, "", numbers)


def published(book: Book) -> list[Figure]:
    """Return how many of the statements that are known were published in each month, by grade."""
    dated = [one.statement for one in book.known if one.statement.published]
    months = Counter((_month(one), one.grade) for one in dated)
    shown = {month for month, _ in months}
    if len(shown) < 2:
        return []
    first, last = min(shown), max(shown)
    step = 1 if last - first < MOST_MONTHS else 12
    bins = Counter[tuple[int, str]]()
    for (month, grade), number in months.items():
        bins[month - month % step, grade] += number
    places = sorted({start for start, _ in bins})
    rows: list[list[Value]] = [[_name(start, step), *(float(bins[start, grade]) for grade in GRADES)] for start in places]
    totals = {start: sum(bins[start, grade] for grade in GRADES) for start in places}
    most = max(places, key=lambda start: totals[start])
    word = "month" if step == 1 else "year"
    title = f"Most became known in {_name(most, step)}: {count(totals[most])} of {quantity(len(dated), 'statement')}"
    numbers = Numbers((word, *(f"grade {grade}" for grade in GRADES)), rows,
                      f"From {_name(places[0], step)} to {_name(places[-1], step)}.")  # fmt: skip
    svg = draw.picture(_columns(bins, places, step), f"{title}. {numbers.words}")
    return [Figure("ledger-published", title, f"by {word} of publication", svg, "", numbers)]


def _columns(bins: Counter[tuple[int, str]], places: Sequence[int], step: int) -> Layers:
    totals = [float(sum(bins[start, grade] for grade in GRADES)) for start in places]
    on = draw.panel_between((_first(places[0]), _first(places[-1] + step)), "statements", totals)
    rows = []
    for start in places:
        low = 0.0
        for grade in GRADES:
            high = low + bins[start, grade] / on.factor
            rows.append({"x": draw.moment(_first(start)), "end": draw.moment(_first(start + step)), "low": low,
                         "high": high, "colour": COLOURS[grade]})  # fmt: skip
            low = high
    bar = alt.Chart().mark_rect()
    colour = alt.Color("colour:N", scale=None, legend=None)
    return [Layer([row for row in rows if row["high"] > row["low"]], bar.encode(
        x=on.x, x2=alt.X2("end:T"), y=on.y("low"), y2=alt.Y2("high:Q"), color=colour
    ))]  # fmt: skip


def _month(one: Statement) -> int:
    """Return the month in which a statement was known for sure, counted from the year 0."""
    day = one.known_from
    assert day is not None  # only dated ones are asked for
    return 12 * day.year + day.month - 1


def _first(month: int) -> dt.date:
    return dt.date(month // 12, month % 12 + 1, 1) if month < 12 * (dt.MAXYEAR + 1) else dt.date.max


def _name(month: int, step: int) -> str:
    return f"{MONTHS[month % 12]}{NBSP}{month // 12}" if step == 1 else str(month // 12)
