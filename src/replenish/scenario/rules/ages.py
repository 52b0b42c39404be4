"""Rules about what does not keep: shelf lives and lots."""

from __future__ import annotations

import math
from collections.abc import Iterator

from replenish.scenario.draft import Draft
from replenish.scenario.model import Item, Lot, Stock
from replenish.scenario.rules.groups import is_uncertain, uncertain_keys
from replenish.scenario.rules.registry import Finding, rule
from replenish.units import MEAN_DAYS


def _shelf_lives(draft: Draft) -> dict[str, float | None]:
    """Return the shelf life of each item [day], None where it keeps."""
    return {entry.row.name: entry.row.shelf_life_days for entry in draft.sound(Item, "name", "shelf_life_days")}


@rule(
    "lot-of-lasting-item",
    meaning="A lot has a last day of use, and its item has no shelf life: fresh units would keep for ever.",
    example="`expires` 2027-06-30 for a lot of `shell`, whose `shelf_life_days` is empty.",
    remedy="give shelf_life_days of the item, or empty expires",
)
def lots_of_lasting_items(draft: Draft) -> Iterator[Finding]:
    """Find lots that expire of items that do not."""
    lives = _shelf_lives(draft)
    for entry in draft.sound(Lot, "item", "expires"):
        if entry.row.expires is not None and lives.get(entry.row.item, 0.0) is None:
            yield Finding(entry, "expires", f"`{entry.row.item}` has no shelf life")


@rule(
    "lot-without-expiry",
    meaning="A lot of an item with a shelf life does not say when it expires.",
    example="a lot of `mask`, whose `shelf_life_days` is 1800, with an empty `expires`.",
    remedy="give expires; or remove the lot: what is in no lot expires evenly over one shelf life",
)
def lots_without_expiry(draft: Draft) -> Iterator[Finding]:
    """Find lots of perishable items that would keep."""
    lives = _shelf_lives(draft)
    for entry in draft.sound(Lot, "item", "expires"):
        if entry.row.expires is None and lives.get(entry.row.item) is not None:
            yield Finding(entry, "expires", f"`{entry.row.item}` has a shelf life of {lives[entry.row.item]:g} days")


@rule(
    "lot-outlives-fresh",
    meaning="A lot of the opening stock can be used longer than a unit that is fresh at the start.",
    example="`expires` 2032-01-01 in a study from 2025 on, for an item whose `shelf_life_days` is 1000.",
    remedy="correct expires, or shelf_life_days of the item",
)
def lots_that_outlive_fresh_units(draft: Draft) -> Iterator[Finding]:
    """Find lots that are younger than fresh; one period of rounding is let through."""
    if (calendar := draft.calendar) is None:
        return
    lives, period = _shelf_lives(draft), MEAN_DAYS[calendar.period]
    for entry in draft.sound(Lot, "item", "expires"):
        life = lives.get(entry.row.item)
        if entry.row.expires is None or life is None:
            continue
        fresh, leaves = max(1, math.floor(life / period + 1e-9)), calendar.index(entry.row.expires) + 1
        if leaves > fresh + 1:
            message = f"lies {leaves} periods after the start, a fresh unit lasts {fresh}"
            yield Finding(entry, "expires", message)


@rule(
    "stock-without-lots",
    severity="warning",
    meaning="Part of an opening stock that does not keep is in no lot; it is taken to expire evenly over one shelf"
    " life.",
    example="`on_hand` 1000 of an item with a shelf life, and lots of 600.",
    remedy="add its lots with their last day of use",
)
def stocks_without_lots(draft: Draft) -> Iterator[Finding]:
    """Find opening stocks whose ages are guessed."""
    lives, key = _shelf_lives(draft), ("holder", "item")
    uncertain = uncertain_keys(draft, Lot, key, "quantity")
    lots: dict[tuple[str, str], float] = {}
    for lot in draft.sound(Lot, *key, "quantity"):
        lots[lot.row.holder, lot.row.item] = lots.get((lot.row.holder, lot.row.item), 0.0) + lot.row.quantity
    for entry in draft.sound(Stock, *key, "on_hand"):
        cell = (entry.row.holder, entry.row.item)
        if lives.get(cell[1]) is None or is_uncertain(cell, uncertain):
            continue
        if lots.get(cell, 0.0) < entry.row.on_hand * (1 - 1e-9):
            yield Finding(entry, "on_hand", f"its lots hold {lots.get(cell, 0.0):.6g}")
