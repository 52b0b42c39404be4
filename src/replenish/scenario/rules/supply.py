"""What comes to which site: the parts of the fleets that it serves."""

from __future__ import annotations

from replenish.scenario.draft import Draft
from replenish.scenario.model import Fleet, Installed, Site


def parts_by_site(draft: Draft) -> dict[str, set[str]] | None:
    """Return the parts in systems that stand at each site or below it, and the parts inside those.

    None where a row that says so could not be read.
    """
    said: tuple[tuple[type[Site] | type[Fleet] | type[Installed], tuple[str, ...]], ...] = (
        (Site, ("name", "parent")), (Fleet, ("site", "system")), (Installed, ("part", "inside")),
    )  # fmt: skip
    if not all(draft.is_complete(row_class, *columns) for row_class, columns in said):
        return None
    parents = {entry.row.name: entry.row.parent for entry in draft.sound(Site)}
    found: dict[str, set[str]] = {name: set() for name in parents}
    holds: dict[str, list[str]] = {}
    for entry in draft.sound(Installed):
        holds.setdefault(entry.row.inside, []).append(entry.row.part)
    systems: dict[str, set[str]] = {}
    for fleet in draft.sound(Fleet):
        parts = systems.setdefault(fleet.row.system, _all_inside(holds, fleet.row.system))
        site, passed = fleet.row.site, set[str]()
        while site in found and site not in passed:
            found[site] |= parts
            passed.add(site)
            site = parents[site]
    return found


def _all_inside(holds: dict[str, list[str]], system: str) -> set[str]:
    found, waiting = set[str](), list(holds.get(system, []))
    while waiting:
        part = waiting.pop()
        if part not in found:
            found.add(part)
            waiting += holds.get(part, [])
    return found
