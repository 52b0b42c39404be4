"""Pictures over many series: how far figures are apart, promises against deliveries, age of counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from replenish.ledger import Conflict, CountLine, PledgeLine
from replenish.report import drawing as draw
from replenish.report.bars import Bar, named_bars
from replenish.report.drawing import Key
from replenish.report.figure import Drawing, Figure, Numbers, Value
from replenish.report.numbers import NBSP, count, people, percent
from replenish.report.recorded import words
from replenish.report.recorded.book import Book
from replenish.report.recorded.series import value

MOST_BARS: Final = 16
"""Bars in a picture; the table below has more."""

MOST_LISTED: Final = 2_000
"""Rows in the file under a picture."""

LONGEST: Final = 57
"""Longest text over a bar [character]: what finds room in a picture."""

FARTHEST: Final = 300.0
"""A figure is drawn up to this many per cent of the picked one; its name says how far it goes."""

APART_KEYS: Final = (Key(draw.BLUE, "picked figure, 100\xa0%", "point"), Key(draw.BLUE, "least to most said", "line"))
PLEDGE_KEYS: Final = (
    Key(draw.YELLOW, "pledged, 100\xa0%", "area"), Key(draw.BLUE, "delivered by the day on which it is due", "area"),
    Key(draw.SKY, "delivered by the last report", "area"),
)  # fmt: skip
AGE_KEYS: Final = (Key(draw.BLUE, "days since the last count", "area"),)


def apart(book: Book) -> list[Figure]:
    """Return how far the figures are apart of which the rule picks one, the widest first."""
    found = [(line, *ends) for line in book.conflicts if (ends := _ends(line))]
    ranked = sorted(found, key=lambda one: one[1] - one[2])
    if not ranked:
        return []
    bars = [
        Bar(_label(words.about(line.series), f": {percent(low / 100)} to {percent(high / 100)}"),
            [(min(low, FARTHEST), min(high, FARTHEST), draw.BLUE)], 100.0)
        for line, low, high in ranked[:MOST_BARS]
    ]  # fmt: skip
    rows: list[list[Value]] = [[words.about(line.series), low, high] for line, low, high in ranked[:MOST_LISTED]]
    widest, low, high = ranked[0]
    told = f"{percent(low / 100)} to {percent(high / 100)}"
    title = f"Farthest apart: {words.about(widest.series)}, from {told} of the picked figure"
    head = ("series", "least, % of picked", "most, % of picked")
    numbers = Numbers(head, rows, "; ".join(bar.name for bar in bars))
    return [_bars("ledger-conflicts", title, bars, "% of the picked figure", numbers, total=len(ranked))]


def _ends(line: Conflict) -> tuple[float, float] | None:
    """Return least and most that is said, in per cent of the picked figure; None where that is none above zero."""
    picked = value(line.statements[0])
    numbers = [number for one in line.statements for number in (one.low, one.best, one.high) if number is not None]
    if not picked or picked < 0 or not numbers:
        return None
    return 100 * min(numbers) / picked, 100 * max(numbers) / picked


def _label(named: str, told: str) -> str:
    """Return a name and what is told of it, the name shortened so that both find room over a bar."""
    return words.harmless(named, max(LONGEST - len(told), 12)) + told


def pledges(book: Book) -> list[Figure]:
    """Return what was delivered of each pledge that a delivery can be set against, by holder."""
    able = [line for line in book.pledges if line.share is not None or share_at_last(line) is not None]
    if not able:
        return []
    has_items = len({line.pledge.item for line in able}) > 1
    bars = [_pledge_bar(line, has_item=has_items) for line in able[:MOST_BARS]]
    rows: list[list[Value]] = [
        [words.name(line.pledge.holder), words.name(line.pledge.item), line.pledge.best, words.name(line.pledge.unit),
         line.due.isoformat() if line.due else "no day named", line.share, share_at_last(line),
         words.name(line.pledge.id)]
        for line in able[:MOST_LISTED]
    ]  # fmt: skip
    due = [line.share for line in able if line.share is not None]
    title = f"{count(sum(share >= 1 for share in due))} of {count(len(due))} pledges kept by their day"
    if not due:
        title = "Delivered by the last report, of what was pledged"
    title += "" if has_items else f": {words.name(able[0].pledge.item)}"
    head = ("holder", "item", "pledged", "unit", "due", "share by then", "share by the last report", "id")
    numbers = Numbers(head, rows, "; ".join(bar.name for bar in bars))
    return [_bars("ledger-pledges", title, bars, "% of what was pledged", numbers, total=len(able))]


def share_at_last(line: PledgeLine) -> float | None:
    """Return the last sum delivered over the pledge; None where it is no sum since some start, or has no figure."""
    last = line.latest
    if last is None or not last.is_cumulative or last.best is None or not line.pledge.best:
        return None
    return last.best / line.pledge.best


def _pledge_bar(line: PledgeLine, *, has_item: bool) -> Bar:
    one, at_last = line.pledge, share_at_last(line)
    told = percent(line.share) if line.share is not None else f"{percent(at_last)} later"
    due = f" by {line.due.isoformat()}" if line.due else ""
    parts = [(0.0, 100.0, draw.YELLOW)]
    parts += [(0.0, min(100 * at_last, FARTHEST), draw.SKY)] if at_last is not None else []
    parts += [(0.0, min(100 * line.share, FARTHEST), draw.BLUE)] if line.share is not None else []
    named = f"{words.name(one.holder)}, {words.name(one.item)}" if has_item else words.name(one.holder)
    return Bar(_label(named, f", {people(one.best)}{due}: {told}"), parts)


def ages(book: Book) -> list[Figure]:
    """Return the days since the last count of each stock, the oldest first."""
    able = [(line, line.days) for line in book.counts if line.days is not None]
    if not able:
        return []
    bars = [_age_bar(line, days) for line, days in able[:MOST_BARS]]
    rows = [_age_row(line, days) for line, days in able[:MOST_LISTED]]
    oldest, days = able[0]
    title = f"The oldest count is {_days(days)} old: {_stock(oldest)}"
    numbers = Numbers(("holder", "item", "days", "figure", "for", "grade", "id"), rows, "; ".join(b.name for b in bars))
    return [_bars("ledger-counts", title, bars, f"{{}} days before {words.day(book.on)}", numbers, total=len(able))]


def _age_bar(line: CountLine, days: int) -> Bar:
    told = f": {_days(days)}, grade {line.statement.grade}"
    return Bar(_label(_stock(line), told), [(0.0, float(days), draw.BLUE)])


def _age_row(line: CountLine, days: int) -> list[Value]:
    one = line.statement
    return [
        words.name(one.holder), words.name(one.item), float(days), words.amount(one), words.days(one), one.grade,
        words.name(one.id),
    ]  # fmt: skip


def _stock(line: CountLine) -> str:
    return f"{words.name(line.statement.holder)}, {words.name(line.statement.item)}"


def _days(number: int) -> str:
    return f"{count(number)}{NBSP}day" + ("" if number == 1 else "s")


def _bars(key: str, title: str, bars: Sequence[Bar], axis: str, numbers: Numbers, *, total: int) -> Figure:
    """Return bars under their names, and of how many they are the first."""
    detail = f"{len(bars)} of {count(total)}" if total > len(bars) else ""
    drawing = Drawing(named_bars(bars, axis), numbers, height=len(bars) * draw.STRIP)
    svg = draw.picture(drawing.layers, f"{title}. {numbers.words}", height=drawing.height)
    return Figure(key, title, detail, svg, "", numbers)
