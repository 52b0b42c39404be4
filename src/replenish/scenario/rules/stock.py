"""Rules about stocks, lots, requirements and the items themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from replenish.scenario.draft import Draft, Entry
from replenish.scenario.model import TABLES, Bundle, Holder, Item, Lot, Requirement, Stock, Substitute
from replenish.scenario.rules.groups import groups, is_uncertain, uncertain_keys
from replenish.scenario.rules.registry import Finding, rule
from replenish.units import MEAN_DAYS

_ROUNDING = 1 + 1e-9
_WITH_UNIT: tuple[type[Any], ...] = tuple(
    row_class for row_class in TABLES.values() if {"unit", "item"} <= row_class.model_fields.keys()
)


@rule(
    "unit-mismatch",
    meaning="A row states another unit than that of its item; units are never converted.",
    example="a stock of `shell` in `tonne`, while the item counts in `round`.",
    remedy="convert the quantities into the unit of the item, and write that unit or none",
)
def unit_mismatches(draft: Draft) -> Iterator[Finding]:
    """Find rows written in another unit than their item."""
    units = {entry.row.name: entry.row.unit for entry in draft.sound(Item, "name", "unit")}
    for row_class in _WITH_UNIT:
        for entry in draft.sound(row_class, "unit", "item"):
            stated, own = entry.row.unit, units.get(entry.row.item)
            if stated and own is not None and stated != own:
                yield Finding(entry, "unit", f"`{entry.row.item}` counts in `{own}`")


@rule(
    "requirement-kind",
    meaning="A requirement gives both a quantity and days of supply, or neither.",
    example="`quantity` 10000 and `days_of_supply` 30.",
    remedy="give exactly one of quantity and days_of_supply",
)
def requirement_kinds(draft: Draft) -> Iterator[Finding]:
    """Find requirements that say two things or nothing."""
    for entry in draft.sound(Requirement, "quantity", "days_of_supply"):
        quantity, days = entry.row.quantity, entry.row.days_of_supply
        if quantity is not None and days is not None:
            yield Finding(entry, "days_of_supply", "stands beside a quantity")
        if quantity is None and days is None:
            yield Finding(entry, "quantity", "neither quantity nor days_of_supply is given")


@rule(
    "planning-use-missing",
    meaning="A requirement in days of supply does not say from which use the days are counted.",
    example="`days_of_supply` 30 with an empty `planning_use`.",
    remedy="give planning_use and per",
)
def planning_use_missing(draft: Draft) -> Iterator[Finding]:
    """Find days of supply of nothing."""
    for entry in draft.sound(Requirement, "days_of_supply", "planning_use"):
        if entry.row.days_of_supply is not None and entry.row.planning_use is None:
            yield Finding(entry, "planning_use", "is needed with days_of_supply")


@rule(
    "requirement-below-floor",
    meaning="A requirement is less than the floor of the same stock: more is kept from shipping than should be held.",
    example="a requirement of 5000 and a floor of 8000.",
    remedy="lower the floor, or raise the requirement",
)
def requirements_below_floor(draft: Draft) -> Iterator[Finding]:
    """Find requirements that the floor contradicts."""
    wrong: list[Entry[Stock]] = []
    stocks = {(entry.row.holder, entry.row.item): entry for entry in draft.sound(Stock, "holder", "item", "floor")}
    used = ("holder", "item", "quantity", "days_of_supply", "planning_use", "per")
    for entry in draft.sound(Requirement, *used):
        required, stock = _required(entry.row), stocks.get((entry.row.holder, entry.row.item))
        if stock is not None and required is not None and required * _ROUNDING < stock.row.floor:
            column = "quantity" if entry.row.quantity is not None else "days_of_supply"
            yield Finding(entry, column, f"is {required:.6g}, below the floor of {stock.row.floor:.6g}")
            wrong.append(stock)
    for stock in wrong:
        stock.damage("floor")  # either may be the wrong one


def _required(row: Requirement) -> float | None:
    if row.quantity is not None:
        return row.quantity
    if row.days_of_supply is None or row.planning_use is None:
        return None
    return row.days_of_supply * row.planning_use / MEAN_DAYS[row.per]


@rule(
    "lots-exceed-stock",
    meaning="The lots of a stock hold more than the stock, of which they are a part.",
    example="two lots of 600 in a stock of 1000.",
    remedy="correct the lots, or raise on_hand of the stock to their sum or more",
)
def lots_exceed_stock(draft: Draft) -> Iterator[Finding]:
    """Find lots of more than there is; the finding stands where the sum passes the stock."""
    uncertain = uncertain_keys(draft, Stock, ("holder", "item"), "on_hand")
    stocks = {(e.row.holder, e.row.item): e.row.on_hand for e in draft.sound(Stock, "holder", "item", "on_hand")}
    for key, entries in groups(draft, Lot, ("holder", "item"), "quantity").items():
        on_hand, total = stocks.get((str(key[0]), str(key[1])), 0.0), 0.0
        for entry in entries:
            total += entry.row.quantity
            if total > on_hand * _ROUNDING and not is_uncertain(key, uncertain):
                yield Finding(entry, "quantity", f"with it the lots hold {total:.6g}, the stock {on_hand:.6g}")
                break


@rule(
    "lot-expired",
    severity="warning",
    meaning="A lot of the opening stock expires before the study starts.",
    example="`expires` 2021-06-30 in a study that starts on 2022-03-01.",
    remedy="remove the lot and lower on_hand, or correct the date",
)
def lots_expired(draft: Draft) -> Iterator[Finding]:
    """Find lots that are of no use from the first day on."""
    for entry in draft.sound(Lot, "expires") if draft.time else ():
        if draft.time and entry.row.expires is not None and entry.row.expires < draft.time.start:
            yield Finding(entry, "expires", f"lies before the first day, {draft.time.start}")


@rule(
    "stock-below-floor",
    severity="warning",
    meaning="A stock starts below its floor, so that nothing can be shipped from it at first.",
    example="`on_hand` 500 and `floor` 1000.",
    remedy="check on_hand and floor",
)
def stocks_below_floor(draft: Draft) -> Iterator[Finding]:
    """Find stocks that start below what is kept."""
    for entry in draft.sound(Stock, "on_hand", "floor"):
        if entry.row.on_hand < entry.row.floor:
            yield Finding(entry, "on_hand", f"is below the floor of {entry.row.floor:.6g}")


@rule(
    "stock-above-storage",
    severity="warning",
    meaning="A stock, or its floor, is larger than what can be stored: what is there stays, and nothing enters until it"
    " has fallen below the limit.",
    example="`on_hand` 5000 and `storage_limit` 4000.",
    remedy="check on_hand, floor and storage_limit",
)
def stocks_above_storage(draft: Draft) -> Iterator[Finding]:
    """Find stocks that do not fit."""
    for entry in draft.sound(Stock, "on_hand", "floor", "storage_limit"):
        limit = entry.row.storage_limit
        for column, value in (("on_hand", entry.row.on_hand), ("floor", entry.row.floor)):
            if limit is not None and value > limit:
                yield Finding(entry, column, f"is above the storage limit of {limit:.6g}")


@rule(
    "group-owns-stock",
    severity="warning",
    meaning="A holder that is the parent of others has a stock of its own, which sums of the group count as well.",
    example="`nato` is the parent of `germany`, and both have a row in stocks.",
    remedy="give the stock to a member of the group",
)
def groups_own_stock(draft: Draft) -> Iterator[Finding]:
    """Find stocks of groups."""
    parents = {entry.row.parent for entry in draft.sound(Holder, "parent")}
    for entry in draft.sound(Stock, "holder"):
        if entry.row.holder in parents:
            yield Finding(entry, "holder", f"`{entry.row.holder}` is the parent of other holders")


@rule(
    "substitute-for-itself",
    meaning="An item stands in for itself, or its use consumes itself.",
    example="`shell` as `substitute` of `shell`.",
    remedy="name another item, or remove the row",
)
def substitutes_for_themselves(draft: Draft) -> Iterator[Finding]:
    """Find pairs of one item."""
    for substitute in draft.sound(Substitute, "item", "substitute"):
        if substitute.row.item == substitute.row.substitute:
            yield Finding(substitute, "substitute", f"`{substitute.row.item}` stands in for itself")
    for bundle in draft.sound(Bundle, "item", "bundled_item"):
        if bundle.row.item == bundle.row.bundled_item:
            yield Finding(bundle, "bundled_item", f"use of `{bundle.row.item}` consumes itself")
