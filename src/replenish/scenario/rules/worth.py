"""Rules about prices, and about what prices, priorities and targets are about."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Final

from replenish.scenario.draft import Draft, Entry
from replenish.scenario.model import Demand, Pledge, Preference, Price, Requirement, Row, TargetRow
from replenish.scenario.model.worth import DEEPER_WHEN_SMALLER
from replenish.scenario.rules.groups import groups, is_uncertain, uncertain_keys
from replenish.scenario.rules.rates import rates
from replenish.scenario.rules.registry import Finding, rule

_ROUNDING: Final = 1e-9
_VALUED = ("holder", "item", "what")
_RANGES: tuple[tuple[type[Any], str, str], ...] = (
    (Price, "share_from", "share_to"),
    (Preference, "share_from", "share_to"),
    (Preference, "over_share_from", "over_share_to"),
)
_BOTH = (
    "holder", "item", "what", "share_from", "share_to",
    "over_holder", "over_item", "over_what", "over_share_from", "over_share_to",
)  # fmt: skip
Depths = tuple[float, float]


@rule(
    "price-band",
    meaning="A price or a statement of priority holds for an empty range of shares, or a price for shares for which"
    " another row has one.",
    example="`share_from` 0.5 and `share_to` 0.5; or 0 to 0.6 in one row and 0.5 to 1 in the next.",
    remedy="let the ranges of a holder, item and kind follow each other without overlap",
)
def price_bands(draft: Draft) -> Iterator[Finding]:
    """Find empty ranges, and ranges with two prices."""
    for row_class, low, high in _RANGES:
        for entry in draft.sound(row_class, low, high):
            if getattr(entry.row, high) <= getattr(entry.row, low):
                yield Finding(entry, high, f"is not above {low}, {getattr(entry.row, low):g}")
    for entries in groups(draft, Price, _VALUED, "share_from", "share_to").values():
        ordered = sorted(entries, key=lambda entry: entry.row.share_from)
        for before, own in pairwise(entry for entry in ordered if entry.row.share_from < entry.row.share_to):
            if own.row.share_from < before.row.share_to:
                yield Finding(own, "share_from", f"lies in the range of row {before.line}")


def depths(what: str, low: float, high: float) -> Depths:
    """Return a range of shares by how deep it is, from 0 on; of what is held the smaller share is the deeper one.

    >>> depths("unmet", 0.0, 0.25), depths("shortfall", 0.0, 0.25)
    ((0.0, 0.25), (0.75, 1.0))
    """
    return (1 - high, 1 - low) if what in DEEPER_WHEN_SMALLER else (low, high)


def _of(entry: Entry[Price]) -> Depths:
    return depths(entry.row.what, entry.row.share_from, entry.row.share_to)


@rule(
    "price-hole",
    severity="warning",
    meaning="The prices of a holder, item and kind leave out a range that is deeper than one they hold for, and no row"
    " of priorities speaks of it. The price of the range before it is taken to hold there too.",
    example="unmet need from 0 to 0.2 and from 0.5 to 1; a shortfall from 0.5 to 1 alone.",
    remedy="let the ranges meet and reach the deepest share: 1 of unmet and late, 0 of shortfall and terminal_stock",
)
def price_holes(draft: Draft) -> Iterator[Finding]:
    """Find deep shares without a price; each kind once."""
    if not draft.is_complete(Preference, *_BOTH):
        return
    told = _told(draft)
    for key, entries in groups(draft, Price, _VALUED, "share_from", "share_to").items():
        hole = _hole([_of(entry) for entry in entries], told.get(key, []))
        if hole is not None:
            what, before = str(key[2]), max((entry for entry in entries if _of(entry)[0] < hole[0]), key=_of)
            low, high = depths(what, *hole)
            column = "share_from" if what in DEEPER_WHEN_SMALLER else "share_to"
            yield Finding(before, column, f"no row says what {what} from {low:g} to {high:g} is worth")


def _told(draft: Draft) -> dict[tuple[object, ...], list[Depths]]:
    """Return the ranges of which priorities speak, by holder, item and kind."""
    found: dict[tuple[object, ...], list[Depths]] = {}
    for entry in draft.sound(Preference, *_BOTH):
        row = entry.row
        own = depths(row.what, row.share_from, row.share_to)
        found.setdefault((row.holder, row.item, row.what), []).append(own)
        found.setdefault(row.other, []).append(depths(row.over_what, row.over_share_from, row.over_share_to))
    return found


def _hole(priced: list[Depths], told: list[Depths]) -> Depths | None:
    """Return the first range without a word that is deeper than a priced one, or None."""
    reached = min(priced)[0]
    for start, end in sorted([*priced, *told]):
        if start > reached + _ROUNDING:
            return reached, start
        reached = max(reached, end)
    return (reached, 1.0) if reached < 1 - _ROUNDING else None


@rule(
    "price-falls",
    meaning="A deeper range costs less than one that is less deep: the plan would let the stock fall further, or leave"
    " more need unmet, because that is cheaper.",
    example="a shortfall from 0.5 to 1 of the requirement at 20, and one from 0 to 0.5 at 10.",
    remedy="raise the price of the deeper range: larger shares of unmet and late, smaller shares of shortfall and"
    " terminal_stock",
)
def prices_that_fall(draft: Draft) -> Iterator[Finding]:
    """Find prices that fall with depth."""
    worth = rates(draft)
    used = ("share_from", "share_to", "price", "currency")
    for entries in groups(draft, Price, _VALUED, *used).values():
        known = sorted((entry for entry in entries if entry.row.currency in worth), key=_of)
        for before, entry in pairwise(known):
            least, own = (each.row.price * worth[each.row.currency] for each in (before, entry))
            if own < least * (1 - _ROUNDING):
                yield Finding(entry, "price", f"is worth {own:.6g}, below {least:.6g} of row {before.line}, less deep")


_NEEDS: dict[str, tuple[type[Any], str, str]] = {
    "unmet": (Demand, "holder", "has no demand for"),
    "shortfall": (Requirement, "holder", "has no requirement of"),
    "terminal_stock": (Requirement, "holder", "has no requirement of"),
    "replenished": (Requirement, "holder", "has no requirement of"),
    "late": (Pledge, "from_holder", "has pledged no"),
}
"""Table in which there must be a row for holder and item, the column of the holder, and how its absence is said."""


@rule(
    "worth-of-nothing",
    meaning="A price, a priority or a target is about unmet need where nothing is demanded, about a stock without"
    " requirement, or about pledges of a holder that made none.",
    example="a price for the shortfall of `ukraine`, which has no requirement.",
    remedy="correct holder, item or what, or add the demand, requirement or pledge",
)
def worth_of_nothing(draft: Draft) -> Iterator[Finding]:
    """Find rows about what there is not."""
    there = {
        what: (
            {(getattr(entry.row, holder), entry.row.item) for entry in draft.sound(row_class, holder, "item")},
            uncertain_keys(draft, row_class, (holder, "item")),
        )
        for what, (row_class, holder, _) in _NEEDS.items()
    }
    for entry, column, holder, item, what in _spoken_of(draft):
        if what not in _NEEDS or not item:
            continue
        known, uncertain = there[what]
        if (holder, item) not in known and not is_uncertain((holder, item), uncertain):
            yield Finding(entry, column, f"`{holder}` {_NEEDS[what][2]} `{item}`")


def _spoken_of(draft: Draft) -> Iterator[tuple[Entry[Any], str, str, str, str]]:
    """Iterate over row, column, holder, item and kind of all that has or gets a worth."""
    tables: tuple[type[Row], ...] = (Price, Preference, TargetRow)
    for row_class in tables:
        for entry in draft.sound(row_class, *_VALUED):
            row: Any = entry.row
            yield entry, "item", row.holder, row.item, row.what
    for other in draft.sound(Preference, "holder", "item", "over_holder", "over_item", "over_what"):
        if other.row.other != (other.row.holder, other.row.item, other.row.what):
            yield other, "over_item", *other.row.other
