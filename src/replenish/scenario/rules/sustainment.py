"""Rules about sites, fleets, and what parts are in their systems."""

from __future__ import annotations

from collections.abc import Iterator

from replenish.scenario.draft import Draft, Entry
from replenish.scenario.model import Demand, Fleet, Installed, Operation, Part, Site
from replenish.scenario.rules.groups import groups
from replenish.scenario.rules.names import find_circles
from replenish.scenario.rules.registry import Finding, rule
from replenish.scenario.rules.supply import parts_by_site

_ROUNDING = 1e-9


@rule(
    "site-cycle",
    meaning="A site is, through its parents, supplied by itself.",
    example="`base` has the parent `depot` and `depot` the parent `base`.",
    remedy="empty one parent of the circle",
)
def site_cycles(draft: Draft) -> Iterator[Finding]:
    """Find sites that supply themselves; each circle once."""
    entries = {entry.row.name: entry for entry in draft.sound(Site, "name", "parent")}
    for circle in find_circles({name: [entry.row.parent] for name, entry in entries.items() if entry.row.parent}):
        yield Finding(entries[circle[0]], "parent", " -> ".join((*circle, circle[0])))


@rule(
    "order-time-at-top",
    severity="warning",
    meaning="A site without parent has an order time, which has no effect: new parts come after their"
    " procurement_lead_time_days.",
    example="`order_time_days` 30 at a depot without parent.",
    remedy="empty order_time_days, or name the parent",
)
def order_times_at_the_top(draft: Draft) -> Iterator[Finding]:
    """Find order times that nothing uses."""
    for entry in draft.sound(Site, "parent", "order_time_days"):
        if not entry.row.parent and entry.row.order_time_days > 0:
            yield Finding(entry, "order_time_days", f"`{entry.row.name}` has no parent to order from")


@rule(
    "lateral-group-apart",
    meaning="Sites that help each other out have different parents, so that they have no stock behind them in common.",
    example="`base_1` below `depot_a` and `base_2` below `depot_b` in one `lateral_group`.",
    remedy="form groups among the sites of one parent",
)
def lateral_groups_apart(draft: Draft) -> Iterator[Finding]:
    """Find groups of sites with several parents; each site that differs from the first."""
    for (group,), entries in groups(draft, Site, ("lateral_group",), "parent").items():
        for entry in entries[1:] if group else []:
            if entry.row.parent != entries[0].row.parent:
                message = f"`{entry.row.name}` is supplied by `{entry.row.parent}`, `{entries[0].row.name}` by"
                yield Finding(entry, "lateral_group", f"{message} `{entries[0].row.parent}`")


@rule(
    "lateral-group-of-one",
    severity="warning",
    meaning="A site is alone in its lateral group, or has a lateral time and no group: nobody helps it out.",
    example="`lateral_group` west at `base_1` alone; `lateral_time_days` 2 with an empty `lateral_group`.",
    remedy="name the group at the sites that help each other out, or empty both columns",
)
def lateral_groups_of_one(draft: Draft) -> Iterator[Finding]:
    """Find sites that expect help from nowhere."""
    for (group,), entries in groups(draft, Site, ("lateral_group",), "lateral_time_days").items():
        if group and len(entries) == 1:
            yield Finding(entries[0], "lateral_group", f"no other site is in `{group}`")
        for entry in entries if not group else []:
            if entry.row.lateral_time_days > 0:
                yield Finding(entry, "lateral_time_days", f"`{entry.row.name}` is in no lateral group")


@rule(
    "site-without-fleet",
    severity="warning",
    meaning="No fleet stands at a site or at one that it supplies: nothing is ever asked of it.",
    example="`base_3`, where no row of fleets has the `site` base_3.",
    remedy="add its fleet, or the sites below it, or remove it",
)
def sites_without_fleet(draft: Draft) -> Iterator[Finding]:
    """Find sites that serve nobody."""
    needed = parts_by_site(draft)
    if needed is None:
        return
    standing = {entry.row.site for entry in draft.sound(Fleet, "site")}
    for entry in draft.sound(Site, "name"):
        if entry.row.name not in standing and not needed.get(entry.row.name):
            yield Finding(entry, "name", f"no fleet is at `{entry.row.name}` or below it")


@rule(
    "unknown-inside",
    meaning="A part is said to be inside what is neither a part nor the system of a fleet.",
    example="`inside` m776 where fleets hold the system m777.",
    remedy="use the system of a fleet, or the name of a part",
)
def unknown_insides(draft: Draft) -> Iterator[Finding]:
    """Find parts that are inside nothing."""
    if not (draft.is_complete(Part, "name") and draft.is_complete(Fleet, "system")):
        return
    known = _part_names(draft) | _systems(draft)
    for entry in draft.sound(Installed, "inside"):
        if entry.row.inside not in known:
            message = f"there is no part and no system `{entry.row.inside}`"
            yield Finding(entry, "inside", message, draft.advice(entry.row.inside, known, "part or system"))


@rule(
    "part-named-as-system",
    meaning="A part and a system have the same name, so that it cannot be known what is inside which.",
    example="a part `radar` and a fleet of the system `radar`.",
    remedy="rename one of them",
)
def parts_named_as_systems(draft: Draft) -> Iterator[Finding]:
    """Find names with two meanings."""
    systems = _systems(draft)
    for entry in draft.sound(Part, "name"):
        if entry.row.name in systems:
            yield Finding(entry, "name", f"`{entry.row.name}` is the system of a fleet as well")


@rule(
    "part-cycle",
    meaning="A part is, through others, inside itself.",
    example="`board` inside `radio` and `radio` inside `board`.",
    remedy="remove one row of the circle",
)
def part_cycles(draft: Draft) -> Iterator[Finding]:
    """Find parts that hold themselves; each circle once."""
    inside = _insides(draft)
    following = {part: [entry.row.inside for entry in entries] for part, entries in inside.items()}
    for circle in find_circles(following):
        entry = next(entry for entry in inside[circle[0]] if entry.row.inside in circle)
        yield Finding(entry, "inside", " -> ".join((*circle, circle[0])))


@rule(
    "breakdown-too-deep",
    meaning="A part is inside a part that is itself inside a part; two levels below a system are the most.",
    example="`chip` inside `board` inside `radio`.",
    remedy="leave the lowest level out, and let the repair time of the part above it hold its delay",
)
def breakdowns_too_deep(draft: Draft) -> Iterator[Finding]:
    """Find a third level of parts."""
    inner = {entry.row.part: entry.row.inside for entries in _insides(draft).values() for entry in entries}
    for entries in _insides(draft).values():
        for entry in entries:
            if entry.row.inside in inner and inner[entry.row.inside] != entry.row.part:
                yield Finding(entry, "inside", f"`{entry.row.inside}` is inside `{inner[entry.row.inside]}`")


@rule(
    "fleet-without-parts",
    meaning="No part is inside the system of a fleet: it never fails.",
    example="a fleet of `m777`, and no row of breakdown with `inside` m777.",
    remedy="add its parts to breakdown, or correct the system",
)
def fleets_without_parts(draft: Draft) -> Iterator[Finding]:
    """Find fleets that nothing can bring down."""
    if not draft.is_complete(Installed, "inside"):
        return
    held = {entry.row.inside for entry in draft.sound(Installed, "inside")}
    for entry in draft.sound(Fleet, "system"):
        if entry.row.system not in held:
            yield Finding(entry, "system", f"nothing is inside `{entry.row.system}`", draft.advice(
                entry.row.system, held, "system"
            ))  # fmt: skip


@rule(
    "fleet-never-used",
    severity="warning",
    meaning="A fleet has no use, now or from a later day on: none of its parts ever fails.",
    example="`usage` 0, and no row of operations for the fleet.",
    remedy="give its usage, or its use from a day on in operations",
)
def fleets_never_used(draft: Draft) -> Iterator[Finding]:
    """Find fleets that stand still for ever."""
    if not draft.is_complete(Operation, "fleet", "usage"):
        return
    later = {entry.row.fleet for entry in draft.sound(Operation, "fleet", "usage") if entry.row.usage > 0}
    for entry in draft.sound(Fleet, "name", "usage", "item"):
        if entry.row.usage == 0 and not entry.row.item and entry.row.name not in later:
            yield Finding(entry, "usage", f"is 0, and operations gives `{entry.row.name}` no other")


@rule(
    "fleet-item-not-asked",
    severity="warning",
    meaning="A fleet is used as its item is issued, and nobody asks for that item where the fleet stands.",
    example="a fleet with the `item` shell at a site of `home`, and no demand of `home` for shell.",
    remedy="add the demand of the site's holder, correct the item, or empty it to use the fleet as stated",
)
def fleet_items_not_asked(draft: Draft) -> Iterator[Finding]:
    """Find fleets whose use would follow issues that never come."""
    if not (draft.is_complete(Demand, "holder", "item") and draft.is_complete(Site, "name", "holder")):
        return
    asked = {(entry.row.holder, entry.row.item) for entry in draft.sound(Demand, "holder", "item")}
    holders = {entry.row.name: entry.row.holder for entry in draft.sound(Site, "name", "holder")}
    for entry in draft.sound(Fleet, "site", "item"):
        holder = holders.get(entry.row.site)
        if entry.row.item and holder is not None and (holder, entry.row.item) not in asked:
            yield Finding(entry, "item", f"`{holder}`, to whom `{entry.row.site}` belongs, has no demand for it")


@rule(
    "availability-of-one",
    meaning="All systems are to be in service all the time, which no number of spares gives.",
    example="`target_availability` 1.",
    remedy="take a share below 1, such as 0.95",
)
def availabilities_of_one(draft: Draft) -> Iterator[Finding]:
    """Find targets that no budget reaches."""
    for entry in draft.sound(Fleet, "target_availability"):
        if entry.row.target_availability == 1:
            yield Finding(entry, "target_availability", "is 1, which no stock reaches")


@rule(
    "unused-part",
    severity="warning",
    meaning="A part is inside no system and no other part.",
    example="`radio` stands only in parts.",
    remedy="add it to breakdown, or remove it",
)
def unused_parts(draft: Draft) -> Iterator[Finding]:
    """Find parts that nothing needs."""
    if draft.is_complete(Installed, "part"):
        used = {entry.row.part for entry in draft.sound(Installed, "part")}
        for entry in draft.sound(Part, "name"):
            if entry.row.name not in used:
                yield Finding(entry, "name", f"`{entry.row.name}` is inside nothing")


@rule(
    "part-without-rate",
    meaning="A part of a system has neither a failure rate nor counted failures with the use behind them.",
    example="`failure_rate` empty, `failures` 2 and `observed_use` empty.",
    remedy="give failure_rate, or failures and observed_use",
)
def parts_without_rate(draft: Draft) -> Iterator[Finding]:
    """Find parts of which it is not said how often they fail."""
    if not draft.is_complete(Installed, "part"):
        return
    doubtful = {entry.row.part for entry in draft.entries(Installed) if not entry.is_sound("inside")}
    without = _inner(draft) | doubtful
    for entry in draft.sound(Part, "name", "failure_rate", "failures", "observed_use"):
        row = entry.row
        if row.name in without or row.failure_rate is not None:
            continue
        if row.failures is None or row.observed_use is None:
            lacking = "failures" if row.failures is None and row.observed_use is not None else "observed_use"
            column = "failure_rate" if row.failures is None and row.observed_use is None else lacking
            yield Finding(entry, column, "is empty, so the part has no rate")


@rule(
    "part-with-two-rates",
    meaning="A part has a failure rate and counted failures as well; it cannot be known which of them holds.",
    example="`failure_rate` 0.001 beside `failures` 3 and `observed_use` 2000.",
    remedy="empty failure_rate to use the count with its doubt, or empty the count",
)
def parts_with_two_rates(draft: Draft) -> Iterator[Finding]:
    """Find rates that are said twice."""
    for entry in draft.sound(Part, "failure_rate", "failures"):
        if entry.row.failure_rate is not None and entry.row.failures is not None:
            yield Finding(entry, "failure_rate", f"stands beside failures, {entry.row.failures:g}")


@rule(
    "inner-part-with-rate",
    severity="warning",
    meaning="A part that is only inside other parts has a rate of its own, which has no effect: it fails as often as"
    " repairs of the other part need it.",
    example="`failure_rate` of `board`, which is inside `radio`.",
    remedy="empty the rate; the share in breakdown says how often it is needed",
)
def inner_parts_with_rate(draft: Draft) -> Iterator[Finding]:
    """Find rates that nothing uses."""
    systems = _systems(draft)
    inner, outer = _inner(draft), {row.part for row in _sound_rows(draft) if row.inside in systems}
    for entry in draft.sound(Part, "name", "failure_rate", "failures"):
        for column in ("failure_rate", "failures"):
            if entry.row.name in inner - outer and getattr(entry.row, column) is not None:
                yield Finding(entry, column, f"`{entry.row.name}` is only inside other parts")


@rule(
    "share-of-repairs",
    meaning="A part in another part says in which share of the repairs it is needed; a part of a system does not.",
    example="`share` empty for `board` inside `radio`.",
    remedy="give the share for a part in a part, and leave it empty for a part of a system",
)
def shares_of_repairs(draft: Draft) -> Iterator[Finding]:
    """Find shares that lack, and those that have no effect."""
    parts = _part_names(draft)
    for entry in draft.sound(Installed, "inside", "share"):
        is_inner = entry.row.inside in parts
        if is_inner and entry.row.share is None:
            yield Finding(entry, "share", f"is empty, and `{entry.row.inside}` is a part")
        if not is_inner and entry.row.share is not None:
            yield Finding(entry, "share", f"has no effect, as `{entry.row.inside}` is a system")


@rule(
    "shares-above-one",
    meaning="The parts inside a part are needed in more than all of its repairs; a repair needs one at most.",
    example="shares 0.6 and 0.5 inside `radio`.",
    remedy="correct the shares; what is left to one is repaired without a part",
)
def shares_above_one(draft: Draft) -> Iterator[Finding]:
    """Find shares that sum to more than one; the last row that belongs to them."""
    parts = _part_names(draft)
    for (inside,), entries in groups(draft, Installed, ("inside",), "share").items():
        total = sum(entry.row.share or 0.0 for entry in entries)
        if inside in parts and total > 1 + _ROUNDING:
            yield Finding(entries[-1], "share", f"the shares inside `{inside}` sum to {total:g}")


@rule(
    "number-of-inner-part",
    severity="warning",
    meaning="A quantity, a number needed or a use stands beside a part in another part, where it has no effect: a"
    " repair needs one inner part at most, in the share of the repairs that is given.",
    example="`quantity` 4 for `board` inside `radio`.",
    remedy="empty the column, and let share say how often the part is needed",
)
def numbers_of_inner_parts(draft: Draft) -> Iterator[Finding]:
    """Find numbers that nothing uses."""
    parts = _part_names(draft)
    for column, default in (("quantity", 1), ("needed", None), ("use", 1.0)):
        for entry in draft.sound(Installed, "inside", column):
            if entry.row.inside in parts and getattr(entry.row, column) != default:
                yield Finding(entry, column, f"has no effect, as `{entry.row.inside}` is a part")


@rule(
    "needed-above-quantity",
    meaning="A system needs more of a part than it holds.",
    example="`quantity` 2 and `needed` 3.",
    remedy="correct needed or quantity",
)
def needed_above_quantity(draft: Draft) -> Iterator[Finding]:
    """Find systems that are never in service."""
    for entry in draft.sound(Installed, "quantity", "needed"):
        if entry.row.needed is not None and entry.row.needed > entry.row.quantity:
            yield Finding(entry, "needed", f"is above quantity, {entry.row.quantity}")


def _part_names(draft: Draft) -> set[str]:
    return {entry.row.name for entry in draft.sound(Part, "name")}


def _systems(draft: Draft) -> set[str]:
    return {entry.row.system for entry in draft.sound(Fleet, "system")}


def _sound_rows(draft: Draft) -> list[Installed]:
    return [entry.row for entry in draft.sound(Installed)]


def _inner(draft: Draft) -> set[str]:
    """Return the parts that are inside other parts."""
    return set(_insides(draft))


def _insides(draft: Draft) -> dict[str, list[Entry[Installed]]]:
    """Return the rows of parts in other parts, by the inner part."""
    parts, found = _part_names(draft), dict[str, list[Entry[Installed]]]()
    for entry in draft.sound(Installed, "part", "inside"):
        if entry.row.inside in parts:
            found.setdefault(entry.row.part, []).append(entry)
    return found
