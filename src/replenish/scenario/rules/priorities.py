"""Rules about priorities: statements that are complete, and do not contradict each other."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise, product
from typing import Any

from replenish.scenario.draft import Draft, Entry
from replenish.scenario.model import Preference, Price
from replenish.scenario.rules.names import find_circles
from replenish.scenario.rules.registry import Finding, rule
from replenish.scenario.rules.worth import depths

Quantity = tuple[str, str, str]
Pieces = Mapping[Quantity, list[tuple[float, float, str]]]


@rule(
    "priority-ratio",
    meaning="A statement `worth` does not say how many units of the other one unit is worth, or a statement `before`"
    " does, though it holds whatever it takes.",
    example="`relation` before with `ratio` 2.",
    remedy="give ratio with worth, and leave it empty with before",
)
def priority_ratios(draft: Draft) -> Iterator[Finding]:
    """Find statements without their number, and numbers without a meaning."""
    for entry in draft.sound(Preference, "relation", "ratio"):
        if entry.row.relation == "worth" and entry.row.ratio is None:
            yield Finding(entry, "ratio", "is needed with worth")
        if entry.row.relation == "before" and entry.row.ratio is not None:
            yield Finding(entry, "ratio", "has no meaning with before")


@rule(
    "priority-money-share",
    meaning="A statement weighs against money and gives shares of it; the price of a unit has none.",
    example="`over_what` money with `over_share_from` 0.5.",
    remedy="empty over_share_from and over_share_to",
)
def money_shares(draft: Draft) -> Iterator[Finding]:
    """Find shares that would be left out without a word."""
    for entry in draft.sound(Preference, "over_what", "over_share_from", "over_share_to"):
        for column, usual in (("over_share_from", 0.0), ("over_share_to", 1.0)):
            if entry.row.over_what == "money" and getattr(entry.row, column) != usual:
                yield Finding(entry, column, "money has no shares")


@rule(
    "priced-twice",
    meaning="A range of shares gets its worth from two rows: a price and a statement `worth`, or two such statements.",
    example="unmet need of `ukraine` has a row in prices, and another in priorities says that it is worth 3 of money.",
    remedy="keep one of the rows, or let their ranges follow each other without overlap",
)
def priced_twice(draft: Draft) -> Iterator[Finding]:
    """Find worths that contradict each other; prices among themselves are another rule's."""
    found: dict[Quantity, list[Entry[Any]]] = {}
    columns = ("holder", "item", "what", "share_from", "share_to")
    rows: list[Entry[Any]] = [
        *draft.sound(Price, *columns),
        *(entry for entry in draft.sound(Preference, "relation", *columns) if entry.row.relation == "worth"),
    ]
    for entry in rows:
        found.setdefault((entry.row.holder, entry.row.item, entry.row.what), []).append(entry)
    for entries in found.values():
        ordered = sorted(entries, key=lambda entry: (entry.row.share_from, entry.row.share_to))
        for before, entry in pairwise(ordered):
            told = [each for each in (entry, before) if isinstance(each.row, Preference)]
            if told and entry.row.share_from < before.row.share_to:
                other = before if told[0] is entry else entry
                yield Finding(told[0], "share_from", f"row {other.line} of {other.row.table} gives this range a worth")


@dataclass(slots=True)
class _Order:
    """What is worth at least as much as what, by names of ranges that no statement divides."""

    following: dict[str, list[str]] = field(default_factory=dict)
    _reached: dict[str, dict[str, str]] = field(default_factory=dict)

    def add(self, dearer: Iterable[str], cheaper: Iterable[str]) -> None:
        for one, other in product(dearer, cheaper):
            self.following.setdefault(one, []).append(other)

    def way(self, start: str, end: str) -> list[str]:
        """Return a shortest way from `start` to `end`, both included; an empty list if there is none."""
        before = self._reached.get(start) or self._search(start)
        if end not in before:
            return []
        way = [end]
        while way[-1] != start:
            way.append(before[way[-1]])
        return way[::-1]

    def _search(self, start: str) -> dict[str, str]:
        before, waiting = {start: start}, deque([start])
        while waiting:
            here = waiting.popleft()
            for name in self.following.get(here, ()):
                if name not in before:
                    before[name] = here
                    waiting.append(name)
        self._reached[start] = before
        return before


_SIDES = ("holder", "item", "what", "share_from", "share_to", "relation")
_OVER = ("over_holder", "over_item", "over_what", "over_share_from", "over_share_to")


@rule(
    "priority-circle",
    meaning="Statements contradict each other: over others, something comes before itself. A deeper range never costs"
    " less than one that is less deep, which counts as a statement too.",
    example="need of `ukraine` before the reserve of `germany`, and that reserve before the same need.",
    remedy="remove or turn one of the statements of the circle, or let them speak of different ranges of shares",
)
def priority_circles(draft: Draft) -> Iterator[Finding]:
    """Find contradictions at the first row of each circle; of circles that share a step the shortest."""
    entries = list(draft.sound(Preference, *_SIDES, *_OVER))
    pieces = _pieces(entries)
    order = _Order()
    for names in pieces.values():
        for (_, _, shallow), (_, _, deep) in pairwise(names):
            order.add([deep], [shallow])
    for entry in entries:
        own, other = _own(entry, pieces), _other(entry, pieces)
        order.add(own, other)
        if entry.row.relation == "worth":
            order.add(other, own)
    seen: set[tuple[str, str]] = set()
    for circle, entry in _circles(entries, pieces, order):
        if not (steps := set(pairwise(circle))) & seen:
            seen |= steps
            yield Finding(entry, "relation", "contradictory: " + " -> ".join(circle))


def _circles(
    entries: list[Entry[Preference]], pieces: Pieces, order: _Order
) -> list[tuple[list[str], Entry[Preference]]]:
    """Return a shortest circle through each statement `before` that is part of one, the shorter ones first."""
    found = []
    for entry in (entry for entry in entries if entry.row.relation == "before"):
        ways = (order.way(b, a) for a, b in product(_own(entry, pieces), _other(entry, pieces)))
        if way := min(filter(None, ways), key=len, default=None):
            found.append(([way[-1], *way], entry))
    return sorted(found, key=lambda each: len(each[0]))


@rule(
    "priority-worth-circle",
    meaning="Statements `worth` lead back to where they start, so that nothing says what any of them is worth.",
    example="need is worth 4 of a shortfall, and that shortfall 0.25 of the need.",
    remedy="remove one statement of the circle, or say what one of them is worth in money or in prices",
)
def worth_circles(draft: Draft) -> Iterator[Finding]:
    """Find worths without an end; each circle once."""
    told = [entry for entry in draft.sound(Preference, *_SIDES, *_OVER) if entry.row.relation == "worth"]
    pieces = _pieces(told)
    first: dict[str, Entry[Preference]] = {}
    order = _Order()
    for entry in told:
        own = _own(entry, pieces)
        order.add(own, _other(entry, pieces))
        for name in own:
            first.setdefault(name, entry)
    seen: set[int] = set()
    for circle in find_circles(order.following):
        if (line := min(first[name].line for name in circle)) not in seen:
            seen.add(line)
            yield Finding(first[circle[0]], "relation", " -> ".join((*circle, circle[0])))


def _pieces(entries: Iterable[Entry[Preference]]) -> Pieces:
    """Return, of each quantity that is spoken of, the ranges that no statement divides: ends by depth and a name."""
    ends: dict[Quantity, set[float]] = {}
    for entry in entries:
        row = entry.row
        ends.setdefault((row.holder, row.item, row.what), set()).update((row.share_from, row.share_to))
        ends.setdefault(_priced(row), set()).update((row.over_share_from, row.over_share_to))
    found: dict[Quantity, list[tuple[float, float, str]]] = {}
    for quantity, shares in ends.items():
        ranges = pairwise(sorted(shares))
        found[quantity] = sorted((*depths(quantity[2], *each), _name(quantity, *each)) for each in ranges)
    return found


def _priced(row: Preference) -> Quantity:
    """Return what a statement weighs against; money is the same for every holder."""
    holder, item, what = row.other
    return ("" if what == "money" else holder), item, what


def _name(quantity: Quantity, low: float, high: float) -> str:
    holder, item, what = quantity
    shares = "" if (low, high) == (0, 1) else f" {low:g} to {high:g}"
    return f"{what} for {item}" if what == "money" else f"{what} of {holder}/{item}{shares}"


def _own(entry: Entry[Preference], pieces: Pieces) -> list[str]:
    row = entry.row
    return _within(pieces[row.holder, row.item, row.what], depths(row.what, row.share_from, row.share_to))


def _other(entry: Entry[Preference], pieces: Pieces) -> list[str]:
    row = entry.row
    return _within(pieces[_priced(row)], depths(row.over_what, row.over_share_from, row.over_share_to))


def _within(pieces: list[tuple[float, float, str]], whole: tuple[float, float]) -> list[str]:
    return [name for low, high, name in pieces if whole[0] <= low and high <= whole[1]]
