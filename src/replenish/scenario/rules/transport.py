"""Rules about routes and pledges; whether a policy acts on a pledge is a rule about policies."""

from __future__ import annotations

from collections.abc import Iterator

from replenish.scenario.draft import Draft
from replenish.scenario.model import Item, Pledge, PolicyRow, Route
from replenish.scenario.rules.groups import is_uncertain, uncertain_keys
from replenish.scenario.rules.registry import Finding, rule


@rule(
    "route-to-itself",
    meaning="A route leads from a holder to itself.",
    example="`from_holder` and `to_holder` are both `germany`.",
    remedy="name two holders, or remove the route",
)
def routes_to_themselves(draft: Draft) -> Iterator[Finding]:
    """Find routes that lead nowhere."""
    for entry in draft.sound(Route, "from_holder", "to_holder"):
        if entry.row.from_holder == entry.row.to_holder:
            yield Finding(entry, "to_holder", f"the route leads from `{entry.row.from_holder}` to itself")


def routes(draft: Draft) -> set[tuple[str, str]]:
    """Return both ends of every route, unsound ones included: their mistake is reported where it stands."""
    return {(entry.row.from_holder, entry.row.to_holder) for entry in draft.entries(Route)}


@rule(
    "pledge-without-route",
    meaning="A pledge is from one holder to another, and no route leads from the one to the other.",
    example="a pledge from `germany` to `ukraine` without a row for both in routes.",
    remedy="add the route with its lead time, or correct the holders",
)
def pledges_without_route(draft: Draft) -> Iterator[Finding]:
    """Find promises that cannot be kept."""
    known, uncertain = routes(draft), uncertain_keys(draft, Route, ("from_holder", "to_holder"))
    for entry in draft.sound(Pledge, "from_holder", "to_holder"):
        key = (entry.row.from_holder, entry.row.to_holder)
        if key not in known and not is_uncertain(key, uncertain):
            yield Finding(entry, "to_holder", f"no route leads from `{key[0]}` to `{key[1]}`")


@rule(
    "pledge-start-after-due",
    meaning="A pledge is due before it is made.",
    example="`start` 2024-05-01 and `due` 2024-03-01.",
    remedy="correct start or due",
)
def pledges_due_before_start(draft: Draft) -> Iterator[Finding]:
    """Find promises that were late when made."""
    for entry in draft.sound(Pledge, "start", "due"):
        if entry.row.start is not None and entry.row.start > entry.row.due:
            yield Finding(entry, "start", f"lies after due, {entry.row.due}")


@rule(
    "pledge-overdelivered",
    meaning="More of a pledge was delivered before the start than was promised.",
    example="`quantity` 1000 and `delivered_before_start` 1500.",
    remedy="lower delivered_before_start, or raise quantity",
)
def pledges_overdelivered(draft: Draft) -> Iterator[Finding]:
    """Find promises that were more than kept."""
    for entry in draft.sound(Pledge, "quantity", "delivered_before_start"):
        if entry.row.delivered_before_start > entry.row.quantity:
            yield Finding(entry, "delivered_before_start", f"is above quantity, {entry.row.quantity:g}")


@rule(
    "weightless-on-limited-route",
    severity="warning",
    meaning="A route limits the weight that it carries, and an item released on it weighs nothing: no limit binds.",
    example="`capacity` 500 on a route for `shell`, whose `weight` is empty.",
    remedy="give the weight of the item, or empty the capacity",
)
def weightless_items(draft: Draft) -> Iterator[Finding]:
    """Find limits by weight on what weighs nothing."""
    weightless = {entry.row.name for entry in draft.sound(Item, "name", "weight") if entry.row.weight == 0}
    moved: dict[tuple[str, str], str] = {}
    for entry in draft.sound(PolicyRow, "role", "holder", "to_holder", "item"):
        if entry.row.role == "release" and entry.row.item in weightless:
            moved.setdefault((entry.row.holder, entry.row.to_holder), entry.row.item)
    for route in draft.sound(Route, "from_holder", "to_holder", "capacity"):
        item = moved.get((route.row.from_holder, route.row.to_holder))
        if item is not None and route.row.capacity is not None:
            yield Finding(route, "capacity", f"`{item}` has no weight")
