"""Rules about the table policies: parameters, names and what they can act on."""

from __future__ import annotations

from collections.abc import Iterator
from math import fsum

from replenish.scenario.draft import Draft, Entry
from replenish.scenario.model import Demand, LineItem, Pledge, PolicyRow, Requirement, Route
from replenish.scenario.rules.groups import is_uncertain, uncertain_keys
from replenish.scenario.rules.policy_table import (
    PARAMETER_COLUMNS,
    PLACE_COLUMNS,
    POLICY_PARAMETERS,
    ROLE_PLACES,
    Parameters,
)
from replenish.scenario.rules.production import made_items
from replenish.scenario.rules.registry import Finding, rule
from replenish.scenario.rules.transport import routes

_PLACES = ("role", *PLACE_COLUMNS)


def _with_parameters(draft: Draft) -> Iterator[tuple[Entry[PolicyRow], Parameters]]:
    """Iterate over policies whose rule fits their role, with the parameters of the rule."""
    for entry in draft.sound(PolicyRow, "role", "rule"):
        if parameters := POLICY_PARAMETERS.get((entry.row.role, entry.row.rule)):
            yield entry, parameters


@rule(
    "policy-rule-role",
    meaning="A policy rule does not decide what its role decides.",
    example="`role` production with `rule` base_stock.",
    remedy="take a rule of this role, or correct the role",
)
def rules_of_other_roles(draft: Draft) -> Iterator[Finding]:
    """Find rules in a role that cannot follow them."""
    for entry in draft.sound(PolicyRow, "role", "rule"):
        role, name = entry.row.role, entry.row.rule
        if (role, name) not in POLICY_PARAMETERS:
            valid = ", ".join(f"`{other}`" for wanted, other in POLICY_PARAMETERS if wanted == role)
            yield Finding(
                entry, "rule", f"`{name}` is no rule for {role}", f"write one of {valid}, or correct the role"
            )
            entry.damage("role")  # either may be the wrong one


@rule(
    "policy-parameter-missing",
    meaning="A policy lacks a parameter that its rule needs.",
    example="`rule` reorder_point with an empty `reorder_point`.",
    remedy="fill the cell",
)
def parameters_missing(draft: Draft) -> Iterator[Finding]:
    """Find rules without what they need."""
    for entry, parameters in _with_parameters(draft):
        for column in parameters.required:
            if entry.is_sound(column) and getattr(entry.row, column) is None:
                yield Finding(entry, column, f"`{entry.row.rule}` needs it")


@rule(
    "policy-parameter-not-taken",
    meaning="A policy gives a parameter that its rule does not take and that would have no effect.",
    example="`rule` maximum with `rate` 500.",
    remedy="empty the cell, or name the rule that takes it",
)
def parameters_not_taken(draft: Draft) -> Iterator[Finding]:
    """Find parameters that would be left out without a word."""
    for entry, parameters in _with_parameters(draft):
        for column in PARAMETER_COLUMNS:
            is_taken = column in parameters.required or column in parameters.optional
            if not is_taken and entry.is_sound(column) and getattr(entry.row, column) is not None:
                yield Finding(entry, column, f"`{entry.row.rule}` as {entry.row.role} does not take it")


@rule(
    "policy-place-missing",
    meaning="A policy does not name whom or what its role decides for.",
    example="`role` release with an empty `to_holder`.",
    remedy="ordering names holder and item; release holder, item and to_holder; production a line",
)
def places_missing(draft: Draft) -> Iterator[Finding]:
    """Find policies of nobody."""
    for entry in draft.sound(PolicyRow, "role"):
        for column in ROLE_PLACES[entry.row.role].required:
            if entry.is_sound(column) and not getattr(entry.row, column):
                yield Finding(entry, column, f"a policy for {entry.row.role} needs it")


@rule(
    "policy-place-not-taken",
    meaning="A policy names something that its role does not decide for and that would have no effect.",
    example="`role` production with an `item`.",
    remedy="empty the cell, or correct the role",
)
def places_not_taken(draft: Draft) -> Iterator[Finding]:
    """Find names that would be left out without a word."""
    for entry in draft.sound(PolicyRow, "role"):
        places = ROLE_PLACES[entry.row.role]
        for column in PLACE_COLUMNS:
            is_taken = column in places.required or column in places.optional
            if not is_taken and entry.is_sound(column) and getattr(entry.row, column):
                yield Finding(entry, column, f"a policy for {entry.row.role} does not take it")


def _of_role(draft: Draft, role: str) -> list[Entry[PolicyRow]]:
    """Return the policies of a role that name all they need."""
    found = [entry for entry in draft.sound(PolicyRow, *_PLACES) if entry.row.role == role]
    return [entry for entry in found if all(getattr(entry.row, name) for name in ROLE_PLACES[entry.row.role].required)]


def _lines_by_item(draft: Draft) -> dict[str, list[str]]:
    lines: dict[str, list[str]] = {}
    for line, item in sorted(made_items(draft)):
        lines.setdefault(item, []).append(line)
    return lines


@rule(
    "ordering-unmade-item",
    meaning="A policy orders an item that no line makes, or that the line which it names does not make.",
    example="`germany` orders `shell`, and no row of line_items holds it.",
    remedy="add the item to line_items of a line, or correct item or line",
)
def ordering_unmade_items(draft: Draft) -> Iterator[Finding]:
    """Find orders that no line can serve."""
    lines, uncertain = _lines_by_item(draft), uncertain_keys(draft, LineItem, ("line", "item"))
    unsure = bool(uncertain)
    for entry in _of_role(draft, "ordering"):
        line, item = entry.row.line, entry.row.item
        if line and line not in lines.get(item, []) and not is_uncertain((line, item), uncertain):
            yield Finding(entry, "line", f"`{line}` does not make `{item}`")
        elif not line and item not in lines and not unsure:
            yield Finding(entry, "item", f"no line makes `{item}`")


@rule(
    "ordering-line-unclear",
    meaning="A policy orders an item that several lines make and does not say from which.",
    example="`germany` orders `shell`, which two lines make, with an empty `line`.",
    remedy="write one row for each line, and in `share` which part of the order goes there",
)
def ordering_lines_unclear(draft: Draft) -> Iterator[Finding]:
    """Find orders whose line would have to be guessed."""
    lines = _lines_by_item(draft)
    for entry in _of_role(draft, "ordering"):
        makers = lines.get(entry.row.item, [])
        if not entry.row.line and len(makers) > 1:
            yield Finding(entry, "line", f"`{entry.row.item}` is made by {', '.join(makers)}")


@rule(
    "ordering-twice",
    meaning="Two policies in force from the same day order the same item for the same holder from the same line.",
    example="one row names the only line that makes `shell`, another leaves `line` empty.",
    remedy="remove one of the rows",
)
def ordering_twice(draft: Draft) -> Iterator[Finding]:
    """Find rows of which only one can be in force, though their keys differ."""
    lines = _lines_by_item(draft)
    seen: dict[tuple[object, ...], Entry[PolicyRow]] = {}
    for entry in _of_role(draft, "ordering"):
        row = entry.row
        makers = lines.get(row.item, [])
        line = row.line or (makers[0] if len(makers) == 1 else "")
        first = seen.setdefault((row.holder, row.item, line, row.start), entry)
        if entry.is_sound("start") and first is not entry:
            yield Finding(entry, "line", f"orders the same as row {first.line}")


@rule(
    "order-shares-above-one",
    severity="warning",
    meaning="The shares of an order that go to several lines sum to more than 1: more is ordered than the rule wants.",
    example="two rows for two lines, each with an empty `share`.",
    remedy="let the shares of a holder's rows for one item sum to 1",
)
def order_shares(draft: Draft) -> Iterator[Finding]:
    """Find orders that are given out more than once."""
    groups: dict[tuple[object, ...], list[Entry[PolicyRow]]] = {}
    for entry in _of_role(draft, "ordering"):
        if entry.is_sound("rule", "share", "start") and entry.row.rule != "schedule":
            groups.setdefault((entry.row.holder, entry.row.item, entry.row.start), []).append(entry)
    for entries in groups.values():
        total = fsum(1.0 if entry.row.share is None else entry.row.share for entry in entries)
        if len(entries) > 1 and total > 1 + 1e-6:
            row = entries[0].row
            message = f"the shares of what `{row.holder}` orders of `{row.item}` sum to {total:.6g}"
            yield Finding(entries[0], "share", message, value=f"{total:.6g}")


@rule(
    "release-without-route",
    meaning="A policy releases from one holder to another, and no route leads from the one to the other.",
    example="`germany` releases to `ukraine` without a row for both in routes.",
    remedy="add the route with its lead time, or correct the holders",
)
def releases_without_route(draft: Draft) -> Iterator[Finding]:
    """Find releases that cannot leave."""
    known, uncertain = routes(draft), uncertain_keys(draft, Route, ("from_holder", "to_holder"))
    for entry in _of_role(draft, "release"):
        key = (entry.row.holder, entry.row.to_holder)
        if key not in known and not is_uncertain(key, uncertain):
            yield Finding(entry, "to_holder", f"no route leads from `{key[0]}` to `{key[1]}`")


@rule(
    "order-level-unknown",
    severity="warning",
    meaning="A policy orders up to a level that nothing gives, so that it never orders.",
    example="`rule` base_stock with an empty `quantity` for a stock without requirement.",
    remedy="give quantity, or a requirement (for days_of_supply: a requirement with planning_use, or demand)",
)
def order_levels_unknown(draft: Draft) -> Iterator[Finding]:
    """Find order levels of zero."""
    if not (draft.is_complete(Requirement, "holder", "item") and draft.is_complete(Demand, "holder", "item")):
        return
    required = {(entry.row.holder, entry.row.item) for entry in draft.sound(Requirement)}
    used = required | {(entry.row.holder, entry.row.item) for entry in draft.sound(Demand)}
    for entry in _of_role(draft, "ordering"):
        row = entry.row
        if not entry.is_sound("rule", "quantity"):
            continue
        needs = used if row.rule == "days_of_supply" else required
        if row.rule != "schedule" and row.quantity is None and (row.holder, row.item) not in needs:
            yield Finding(entry, "rule", f"nothing says how much `{row.item}` `{row.holder}` should have")


@rule(
    "pledge-without-policy",
    severity="warning",
    meaning="Nothing is ever released for a pledge: no release rule covers its item on its route.",
    example="a pledge of `shell` from `germany` to `ukraine`, and no row of policies releases any.",
    remedy="add a row to policies with role release, for instance with the rule pledge_schedule",
)
def pledges_without_policy(draft: Draft) -> Iterator[Finding]:
    """Find promises that nobody acts on."""
    columns = ("role", "holder", "to_holder", "item")
    if not draft.is_complete(PolicyRow, *columns):
        return
    rows = (entry.row for entry in draft.sound(PolicyRow, *columns))
    released = {(row.holder, row.to_holder, row.item) for row in rows if row.role == "release"}
    for entry in draft.sound(Pledge, "from_holder", "to_holder", "item"):
        row = entry.row
        if (row.from_holder, row.to_holder, row.item) not in released:
            message = f"no policy releases `{row.item}` from `{row.from_holder}` to `{row.to_holder}`"
            yield Finding(entry, "item", message)
