"""Lists that a ledger gives: conflicts, sums that fall, pledges beside deliveries, days since counts, sources."""

from __future__ import annotations

import datetime as dt
import math
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from replenish.ledger.ask.knowing import ALL, NOW, AsOf, Known, Which, check_asked, figures, find_known
from replenish.ledger.ask.picking import Series, answers, contradicts, figure, least, most, rank, span, to_series
from replenish.ledger.ask.spans import Span, for_latest_days, in_time
from replenish.ledger.citing import all_documents, cited_documents
from replenish.ledger.documents.repeats import independent_sources
from replenish.ledger.store import Ledger
from replenish.ledger.values import Document, Statement

UNNAMED = "(no document)"


class Conflict(NamedTuple):
    """Figures for the same days that contradict each other.

    statements: the picked one first.  sources: independent sources of each figure, in the same order.
    """

    series: Series
    statements: tuple[Statement, ...]
    sources: tuple[int, ...]

    @property
    def ratio(self) -> float:
        """Return the largest figure over the smallest; infinite where one is not above zero."""
        told = [end for one in self.statements for end in figure(one) if end is not None]
        return max(told) / min(told) if min(told) > 0 else math.inf


class Fall(NamedTuple):
    """A sum since some start that is smaller at a later day: one of the two statements cannot be right."""

    series: Series
    earlier: Statement
    later: Statement


class PledgeLine(NamedTuple):
    """A pledge and what is said of deliveries of the same holder and item; the two are never added.

    due: the last day that the day on which it is due may mean.
    by_due: the delivery picked for the day on which the pledge is due.  latest: the last one.
    share: by_due over the pledge, where both have a figure, the same unit, and the delivery is a sum since some start.
    met: first day by which, whatever its date may mean, such a sum is said to be at least what was pledged.
    """

    pledge: Statement
    due: dt.date | None
    by_due: Statement | None
    latest: Statement | None
    share: float | None
    met: dt.date | None


class CountLine(NamedTuple):
    """The last count of an item that a holder has, and the days since then: none where its month is not over."""

    statement: Statement
    days: int | None


class Source(NamedTuple):
    """A document that statements come from, as it is cited.

    origin: id of the document that it goes back to; those of one origin are one source.
    """

    document: Document
    statements: int
    origin: str

    def __str__(self) -> str:
        """Return the citation."""
        one = self.document
        day = one.published.isoformat() if one.published else "undated"
        inferred = " (inferred)" if one.is_published_inferred else ""
        read = f"read {one.accessed.isoformat()}" if one.accessed else ""
        return ". ".join(part for part in (one.title, one.publisher, day + inferred, one.address, read) if part)


def conflicts(ledger: Ledger, which: Which = ALL, as_of: AsOf = NOW, *, valid: dt.date | None = None) -> list[Conflict]:
    """Return figures of a series for the same days that contradict each other, the widest apart first.

    Each has all statements for these days, the one that the rule picks first.  The kind `other` is left out: its
    figures may be of anything.

    Args:
        ledger: the ledger.
        which: which statements; all if not given.
        as_of: as known and recorded when.
        valid: day for which the figures are wanted; if not given, contradictions of all days are found.
    """
    check_asked(which, as_of)
    roots = independent_sources(all_documents(ledger, as_of.recorded_by).values())
    by_series = dict[Series, list[Known]]()
    for known in figures(find_known(ledger, which, as_of)):
        if known.statement.kind != "other":
            by_series.setdefault(to_series(known.statement), []).append(known)
    found = [
        Conflict(series, tuple(one.statement for one in same), tuple(_sources(one, same, roots) for one in same))
        for series, own in by_series.items()
        for same in _contradictions(own, valid)
    ]
    return sorted(found, key=lambda one: (-one.ratio, one.series, one.statements[0].id))


def _contradictions(own: list[Known], valid: dt.date | None) -> Iterator[list[Known]]:
    """Iterate over statements of one series that may be for the same days, where two of them contradict each other."""
    spans = [span(one.statement) for one in own]
    groups = _of_same_days(spans, valid)
    having = defaultdict[int, list[frozenset[int]]](list)
    for group in groups:
        for place in group:
            having[place].append(group)
    for group in groups:
        same = sorted((own[place] for place in group), key=lambda one: rank(one.statement))
        if any(contradicts(same[0].statement, one.statement) for one in same):
            rarest = min((having[place] for place in group), key=len)
            if not any(group < other for other in rarest):
                yield same


def _of_same_days(spans: list[Span], valid: dt.date | None) -> list[frozenset[int]]:
    """Return the groups of statements for the same days: those for a day, or those for the latest days of each day."""
    places = in_time(spans, valid)
    if valid:
        return [frozenset(for_latest_days(spans, places))] if places else []
    found, near = dict[frozenset[int], None](), list[int]()
    for latest, same in groupby(sorted(places, key=lambda place: spans[place]), key=lambda place: spans[place]):
        near = [place for place in near if spans[place].end_last >= latest.end_first] + list(same)
        found[frozenset(place for place in near if spans[place].is_same(latest))] = None
    return list(found)


def _sources(one: Known, known: Iterable[Known], roots: dict[str, str]) -> int:
    """Return how many independent sources say the figure of a statement; those without a document count as one."""
    said = figure(one.statement)
    names = (other.statement.document for other in known if figure(other.statement) == said)
    return len({roots.get(name, name) or UNNAMED for name in names})


def falls(ledger: Ledger, which: Which = ALL, as_of: AsOf = NOW) -> list[Fall]:
    """Return sums since some start that are smaller for later days than for earlier ones, whatever their ranges."""
    by_series = dict[Series, list[Statement]]()
    for known in figures(find_known(ledger, which, as_of)):
        if known.statement.is_cumulative:
            by_series.setdefault(to_series(known.statement), []).append(known.statement)
    return [fall for series, own in sorted(by_series.items()) for fall in _falls(series, own)]


def _falls(series: Series, own: list[Statement]) -> list[Fall]:
    dated = [(days.end_last, days.end_first, one.id, one) for one in own if (days := span(one)).fineness]
    ordered = sorted(dated, key=lambda row: row[:3])
    ends, highest, found = [row[0] for row in ordered], list[Statement](), list[Fall]()
    for _, _, _, one in ordered:
        highest.append(max(highest[-1], one, key=least) if highest else one)
    for _, first, _, one in ordered:
        before = bisect_left(ends, first)
        if before and least(highest[before - 1]) > most(one):
            found.append(Fall(series, highest[before - 1], one))
    return found


def pledges(ledger: Ledger, which: Which = ALL, as_of: AsOf = NOW) -> list[PledgeLine]:
    """Return every pledge with what was delivered by the day on which it is due, by holder, item and due day."""
    check_asked(which, as_of)
    own = Which(item=which.item, holder=which.holder)
    known = find_known(ledger, own, as_of)
    delivered = defaultdict[tuple[str, str, str], list[Statement]](list)
    for one in figures(known):
        if one.statement.kind == "delivery":
            delivered[_goods(one.statement)].append(one.statement)
    arrived, none = {goods: _Arrived(rows) for goods, rows in delivered.items()}, _Arrived(())
    lines = [
        _pledge(one.statement, arrived.get(_goods(one.statement), none))
        for one in known
        if one.statement.kind == "pledge" and one.statement.grade != "D"
    ]
    return sorted(lines, key=lambda line: (line.pledge.holder, line.pledge.item, line.due or dt.date.max))


def _goods(one: Statement) -> tuple[str, str, str]:
    """Return holder, item and the unit without the word that says that it is a sum since some start."""
    return one.holder, one.item, one.unit.removesuffix("cumulative").strip()


class _Arrived:
    """Deliveries of one holder, item and unit, by series."""

    def __init__(self, rows: Iterable[Statement]) -> None:
        own = defaultdict[Series, list[Statement]](list)
        for one in rows:
            own[to_series(one)].append(one)
        self.series = [(rows, [span(one) for one in rows]) for rows in own.values()]
        self.sums = [
            (least(one), days.end_last)
            for rows, spans in self.series for one, days in zip(rows, spans, strict=True)
            if one.is_cumulative and days.fineness
        ]  # fmt: skip
        self.latest = self.picked(None)

    def picked(self, valid: dt.date | None) -> Statement | None:
        """Return what the rule picks of the series that goes farthest; a sum since some start before a part of it."""
        found = list[tuple[bool, dt.date, str, Statement]]()
        for rows, spans in self.series:
            if places := for_latest_days(spans, in_time(spans, valid)):
                place = min(places, key=lambda place: rank(rows[place]))
                found.append((rows[place].is_cumulative, spans[place].end_last, rows[place].id, rows[place]))
        return max(found, key=lambda row: row[:3])[3] if found else None

    def reached(self, wanted: float) -> dt.date | None:
        """Return the first day by which a sum is said to be at least as much; None where it never is."""
        return min((day for value, day in self.sums if math.isfinite(wanted) and value >= wanted), default=None)


def _pledge(pledge: Statement, arrived: _Arrived) -> PledgeLine:
    due = span(pledge).end_last if pledge.valid_to else None
    by_due = arrived.picked(due) if due else None
    share = None
    if by_due is not None and by_due.is_cumulative and pledge.best and by_due.best is not None:
        share = by_due.best / pledge.best
    return PledgeLine(pledge, due, by_due, arrived.latest, share, arrived.reached(least(pledge)))


def counts(ledger: Ledger, which: Which = ALL, as_of: AsOf = NOW, *, on: dt.date) -> list[CountLine]:
    """Return the last count of each holder and item with the days from it to a day, the oldest first."""
    check_asked(which, as_of)
    asked = Which(item=which.item, holder=which.holder, kind="count", unit=which.unit)
    found = [one.picked.statement for one in answers(find_known(ledger, asked, as_of), valid=on) if one.picked]
    lines = [CountLine(one, max((on - one.valid_to).days, 0) if one.valid_to else None) for one in found]
    return sorted(lines, key=lambda line: (-(line.days if line.days is not None else 10**7), line.statement.id))


def sources(ledger: Ledger, which: Which = ALL, as_of: AsOf = NOW) -> list[Source]:
    """Return the documents of known statements as last corrected, with how many statements come from each, by title."""
    check_asked(which, as_of)
    roots, cited = (
        independent_sources(all_documents(ledger, as_of.recorded_by).values()),
        cited_documents(ledger, as_of.recorded_by),
    )
    said = Counter(one.statement.document for one in find_known(ledger, which, as_of))
    numbers = Counter[str]()
    for name in said.keys() & cited.keys():
        numbers[cited[name].id] += said[name]
    found = [Source(cited[name], number, roots[name]) for name, number in numbers.items()]
    return sorted(found, key=lambda one: (one.document.title, one.document.id))
