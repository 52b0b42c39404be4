"""Rules about repairs, who does them, and spares."""

from __future__ import annotations

from collections.abc import Iterator

from replenish.scenario.draft import Draft
from replenish.scenario.model import Installed, Part, PartStock, Repair, Servers, Site
from replenish.scenario.rules.registry import Finding, rule
from replenish.scenario.rules.supply import parts_by_site


@rule(
    "servers-elsewhere",
    meaning="A repair is done by servers that stand at another site.",
    example="a repair at `base_1` by servers of `depot`; a repair at every site by servers of one.",
    remedy="name the site of the servers, or servers of the site",
)
def servers_elsewhere(draft: Draft) -> Iterator[Finding]:
    """Find repairs whose servers are not there."""
    places = {entry.row.name: entry.row.site for entry in draft.sound(Servers, "name", "site")}
    for entry in draft.sound(Repair, "site", "servers"):
        place = places.get(entry.row.servers)
        if place is not None and place != entry.row.site:
            where = f"`{entry.row.site}`" if entry.row.site else "every site"
            yield Finding(entry, "servers", f"`{entry.row.servers}` stand at `{place}`, the repair is at {where}")


@rule(
    "servers-above-most",
    meaning="There are more servers than there may be.",
    example="`count` 4 and `most` 3.",
    remedy="raise most, or correct count",
)
def servers_above_most(draft: Draft) -> Iterator[Finding]:
    """Find limits that are passed at the start."""
    for entry in draft.sound(Servers, "count", "most"):
        if entry.row.most is not None and entry.row.most < entry.row.count:
            yield Finding(entry, "most", f"is below count, {entry.row.count}")


@rule(
    "repair-law-incomplete",
    meaning="The law of a repair time needs a coefficient of variation and has none, or has one that it does not take.",
    example="`repair_law` gamma with an empty `repair_coefficient_of_variation`.",
    remedy="give it for gamma and lognormal, empty it for exponential and fixed",
)
def repair_laws_incomplete(draft: Draft) -> Iterator[Finding]:
    """Find laws that cannot be drawn from, and spreads without effect."""
    for entry in draft.sound(Repair, "repair_law", "repair_coefficient_of_variation"):
        law, spread = entry.row.repair_law, entry.row.repair_coefficient_of_variation
        if (law in ("gamma", "lognormal")) != (spread is not None):
            what = "is needed for" if spread is None else "is not taken by"
            yield Finding(entry, "repair_coefficient_of_variation", f"{what} {law}")


@rule(
    "minimum-above-maximum",
    meaning="An optimum must hold more spares than it may.",
    example="`minimum` 3 and `maximum` 2.",
    remedy="correct minimum or maximum",
)
def minima_above_maxima(draft: Draft) -> Iterator[Finding]:
    """Find limits that nothing meets."""
    for entry in draft.sound(PartStock, "minimum", "maximum"):
        if entry.row.maximum is not None and entry.row.minimum > entry.row.maximum:
            yield Finding(entry, "minimum", f"is above maximum, {entry.row.maximum}")


@rule(
    "idle-repair",
    severity="warning",
    meaning="A repair is described for a site that the part never comes to: no fleet there or below holds it.",
    example="a repair of `rotor` at `base_2`, where no helicopter stands.",
    remedy="correct the part or the site, or remove the row",
)
def idle_repairs(draft: Draft) -> Iterator[Finding]:
    """Find repairs without anything to repair."""
    needed = parts_by_site(draft) or {}
    used = set().union(*needed.values())
    for entry in draft.sound(Repair, "part", "site"):
        part, site = entry.row.part, entry.row.site
        if part in used and needed.get(site) and part not in needed[site]:
            yield Finding(entry, "site", f"`{part}` never comes to `{site}`")


@rule(
    "idle-servers",
    severity="warning",
    meaning="No repair is done by a group of servers.",
    example="`bench` in servers, and no row of repairs with `servers` bench.",
    remedy="name them in repairs, or remove them",
)
def idle_servers(draft: Draft) -> Iterator[Finding]:
    """Find servers without work."""
    if draft.is_complete(Repair, "servers"):
        busy = {entry.row.servers for entry in draft.sound(Repair, "servers")}
        for entry in draft.sound(Servers, "name"):
            if entry.row.name not in busy:
                yield Finding(entry, "name", f"no repair is done by `{entry.row.name}`")


@rule(
    "idle-spares",
    severity="warning",
    meaning="Spares are held at a site from which nobody draws them: no fleet there, below it or in its lateral group"
    " holds the part.",
    example="`on_hand` 3 of `rotor` at `base_2`, where no helicopter stands.",
    remedy="correct the part or the site, or remove the row",
)
def idle_spares(draft: Draft) -> Iterator[Finding]:
    """Find spares that can help nobody."""
    drawn = _drawn(draft)
    used = set().union(*drawn.values())
    for entry in draft.sound(PartStock, "part", "site", "on_hand", "minimum"):
        part, here = entry.row.part, drawn.get(entry.row.site)
        if part in used and here and part not in here and entry.row.on_hand + entry.row.minimum > 0:
            column = "on_hand" if entry.row.on_hand else "minimum"
            yield Finding(entry, column, f"nobody draws `{part}` from `{entry.row.site}`")


def _drawn(draft: Draft) -> dict[str, set[str]]:
    """Return the parts that each site or a site of its lateral group is asked for."""
    needed, groups = parts_by_site(draft) or {}, dict[str, set[str]]()
    group_of = {entry.row.name: entry.row.lateral_group for entry in draft.sound(Site, "name", "lateral_group")}
    for site, group in group_of.items():
        groups.setdefault(group, set()).update(needed.get(site, ()))
    return {site: groups[group_of[site]] if group_of.get(site) else parts for site, parts in needed.items()}


@rule(
    "spares-without-price",
    severity="warning",
    meaning="A part in use, or one more server, costs nothing, so that an optimum takes as many as it may.",
    example="`unit_cost` empty for `rotor`; `most` 4 with an empty `unit_cost` in servers.",
    remedy="give its unit_cost",
)
def spares_without_price(draft: Draft) -> Iterator[Finding]:
    """Find what an optimum would get for nothing."""
    used = {entry.row.part for entry in draft.sound(Installed, "part")}
    for entry in draft.sound(Part, "name", "unit_cost"):
        if entry.row.unit_cost == 0 and entry.row.name in used:
            yield Finding(entry, "unit_cost", f"a spare of `{entry.row.name}` costs nothing")
    for servers in draft.sound(Servers, "count", "most", "unit_cost"):
        if servers.row.unit_cost == 0 and (servers.row.most or 0) > servers.row.count:
            yield Finding(servers, "unit_cost", f"one more of `{servers.row.name}` costs nothing")


@rule(
    "never-replaced",
    severity="warning",
    meaning="Parts that are not repaired, or turn out to be beyond repair, are replaced by new ones that take no time"
    " to come.",
    example="`repair_share` 0.9 at the depot, or no row of repairs for a part, and `procurement_lead_time_days` 0.",
    remedy="give its procurement_lead_time_days, or repair all that come to the top site",
)
def never_replaced(draft: Draft) -> Iterator[Finding]:
    """Find parts that come from nowhere at once; each part once."""
    needed = parts_by_site(draft)
    if needed is None or not draft.is_complete(Repair, "part", "site", "repair_share", "condemned_share"):
        return
    rows = {(entry.row.part, entry.row.site): entry.row for entry in draft.sound(Repair)}
    parents = {entry.row.name: entry.row.parent for entry in draft.sound(Site, "name", "parent")}
    for entry in draft.sound(Part, "name", "procurement_lead_time_days"):
        if entry.row.procurement_lead_time_days > 0:
            continue
        for site in (site for site, parts in needed.items() if entry.row.name in parts):
            if message := _lost(rows, entry.row.name, site, is_top=not parents.get(site)):
                yield Finding(entry, "procurement_lead_time_days", message)
                break


def _lost(rows: dict[tuple[str, str], Repair], part: str, site: str, *, is_top: bool) -> str:
    """Return how a part is lost to the network at a site; empty if it is not."""
    keys = ((part, site), (part, ""), ("", site), ("", ""))
    row = next((rows[key] for key in keys if key in rows), None)
    if is_top and (row is None or row.repair_share < 1):
        return f"`{site}` repairs a share of {row.repair_share if row else 0:g} of `{part}`"
    return f"`{site}` finds a share of {row.condemned_share:g} beyond repair" if row and row.condemned_share > 0 else ""
