"""Rules about items that are used together."""

from __future__ import annotations

from collections.abc import Iterator

from replenish.scenario.draft import Draft, Entry
from replenish.scenario.model import Bundle, Stock
from replenish.scenario.rules.names import find_circles
from replenish.scenario.rules.registry import Finding, rule


@rule(
    "bundle-without-stock",
    meaning="The use of an item consumes another of which the holder has no row in stocks; if no holder is named, of"
    " which no holder of the item has one.",
    example="`holder` `front` and `bundled_item` `barrel`, and no row of stocks for both.",
    remedy="add the stock of the bundled item, if need be with on_hand 0, or correct holder or bundled_item",
)
def bundles_without_stock(draft: Draft) -> Iterator[Finding]:
    """Find use that consumes what nobody keeps."""
    if not draft.is_complete(Stock, "holder", "item"):
        return
    holders: dict[str, set[str]] = {}
    for stock in draft.sound(Stock, "holder", "item"):
        holders.setdefault(stock.row.item, set()).add(stock.row.holder)
    for entry in draft.sound(Bundle, "holder", "item", "bundled_item"):
        row, having = entry.row, holders.get(entry.row.bundled_item, set())
        if row.holder and row.holder not in having:
            yield Finding(entry, "bundled_item", f"`{row.holder}` has no stock of `{row.bundled_item}`")
        elif not row.holder and not having & holders.get(row.item, set()):
            yield Finding(entry, "bundled_item", f"no holder has a stock of `{row.item}` and of `{row.bundled_item}`")


@rule(
    "bundle-cycle",
    meaning="The use of an item consumes, over others, the item itself.",
    example="`round` consumes `barrel`, and `barrel` consumes `round`.",
    remedy="remove one bundle of the circle",
)
def bundle_cycles(draft: Draft) -> Iterator[Finding]:
    """Find use that consumes itself; each circle once."""
    entries = list(draft.sound(Bundle, "holder", "item", "bundled_item"))
    seen: set[tuple[str, str]] = set()
    for holder in sorted({entry.row.holder for entry in entries}):
        own = {(e.row.item, e.row.bundled_item): e for e in entries if e.row.holder in ("", holder)}
        for closing, circle in _circles(own):
            if closing not in seen and len(circle) > 2:  # an item that consumes itself is another rule's
                seen.add(closing)
                yield Finding(own[closing], "bundled_item", " -> ".join(circle))


def _circles(entries: dict[tuple[str, str], Entry[Bundle]]) -> Iterator[tuple[tuple[str, str], tuple[str, ...]]]:
    following: dict[str, list[str]] = {}
    for item, bundled in entries:
        following.setdefault(item, []).append(bundled)
    for circle in find_circles(following):
        closed = (*circle, circle[0])
        yield (closed[0], closed[1]), closed
