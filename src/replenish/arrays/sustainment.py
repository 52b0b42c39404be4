"""From the tables of a scenario to a network: the last place of the sustain engine that sees a name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from replenish.arrays.context import floats, ints
from replenish.arrays.groups import Ints
from replenish.arrays.network import (
    EXPONENTIAL,
    FIXED,
    GAMMA,
    LOGNORMAL,
    NONE,
    UNLIMITED,
    Fleets,
    InnerParts,
    Installations,
    Network,
    NetworkLabels,
    Operations,
    Parts,
    Repairs,
    ServerGroups,
    Sites,
    Spares,
)
from replenish.errors import UsageError
from replenish.scenario.model import Part, Repair, Scenario, Site
from replenish.units import MEAN_DAYS

JEFFREYS = 0.5
"""Failures that the prior of a counted rate stands for: the rate given n failures in a use of u is gamma (n + 0.5, u).

References:
    Jeffreys (1946), An invariant form for the prior probability in estimation problems, Proc. R. Soc. A 186, 453-461.
"""

_LAWS = {"exponential": EXPONENTIAL, "fixed": FIXED, "gamma": GAMMA, "lognormal": LOGNORMAL}
_SPREADS = {"exponential": 1.0, "fixed": 0.0}
_NOTHING = Repair(repair_share=0.0, repair_time_days=0.0)
"""What a site does that no row of repairs speaks of: it passes everything on."""


def to_network(scenario: Scenario) -> tuple[Network, NetworkLabels]:
    """Return what keeps the fleets of a sound scenario in service as numbers, and the names of its rows.

    Raises:
        UsageError: the scenario has no fleets.
    """
    if not scenario.fleets:
        raise UsageError(
            "the scenario has no fleets; fill the tables sites, fleets, parts, breakdown, repairs and part_stock"
        )
    sites = _from_the_top(scenario.sites)
    labels = NetworkLabels(*(
        tuple(row.name for row in rows) for rows in (sites, scenario.fleets, scenario.parts, scenario.servers)
    ))  # fmt: skip
    site, fleet, part, servers = (_places(names) for names in labels)
    return Network(
        sites=_to_sites(sites, site),
        fleets=_to_fleets(scenario, site),
        operations=_to_operations(scenario, fleet),
        parts=_to_parts(scenario),
        installations=_to_installations(scenario, part),
        inner=_to_inner(scenario, part),
        repairs=_to_repairs(scenario, labels, servers),
        servers=_to_servers(scenario, site),
        spares=_to_spares(scenario, part, site),
    ), labels


def _places(names: Iterable[str]) -> dict[str, int]:
    return {name: place for place, name in enumerate(names)}


def _from_the_top(sites: Sequence[Site]) -> list[Site]:
    """Return sites so that each stands after its parent; else in the order of the table."""
    by_parent: dict[str, list[Site]] = {}
    for site in sites:
        by_parent.setdefault(site.parent, []).append(site)
    found: list[Site] = []
    waiting = by_parent.get("", [])[::-1]
    while waiting:
        found.append(waiting.pop())
        waiting += by_parent.get(found[-1].name, [])[::-1]
    return found


def _to_sites(sites: Sequence[Site], place: dict[str, int]) -> Sites:
    groups = _places(sorted({site.lateral_group for site in sites} - {""}))
    return Sites(
        parent=ints([place.get(site.parent, NONE) for site in sites]),
        order_time=floats([site.order_time_days if site.parent else 0.0 for site in sites]),
        group=ints([groups.get(site.lateral_group, NONE) for site in sites]),
        lateral_time=floats([site.lateral_time_days for site in sites]),
    )


def _to_fleets(scenario: Scenario, site: dict[str, int]) -> Fleets:
    rows = scenario.fleets
    return Fleets(
        site=ints([site[row.site] for row in rows]),
        systems=ints([row.systems for row in rows]),
        usage=floats([row.usage / MEAN_DAYS[row.per] for row in rows]),
        is_closed=np.array([row.closed for row in rows]),
        is_cannibalised=np.array([row.cannibalised for row in rows]),
        target=floats([row.target_availability or 0.0 for row in rows]),
    )


def _to_operations(scenario: Scenario, fleet: dict[str, int]) -> Operations:
    rows = sorted(scenario.operations, key=lambda row: (fleet[row.fleet], row.start))
    first = scenario.settings.time.start
    return Operations(
        fleet=ints([fleet[row.fleet] for row in rows]),
        start=floats([(row.start - first).days for row in rows]),
        usage=floats([row.usage / MEAN_DAYS[row.per] for row in rows]),
    )


def _to_parts(scenario: Scenario) -> Parts:
    rates = scenario.currency_rates
    rows = scenario.parts
    found = [_to_rate(row) for row in rows]
    return Parts(
        cost=floats([row.unit_cost * rates[row.currency] for row in rows]),
        rate=floats([rate for rate, _ in found]),
        rate_shape=floats([shape for _, shape in found]),
        variance_ratio=floats([row.variance_ratio for row in rows]),
        procurement_time=floats([row.procurement_lead_time_days for row in rows]),
    )


def _to_rate(row: Part) -> tuple[float, float]:
    """Return the mean rate of a part [unit/use] and the shape of its gamma law, inf where the rate is stated."""
    if row.failure_rate is not None or row.failures is None or row.observed_use is None:
        return row.failure_rate or 0.0, np.inf
    shape = row.failures + JEFFREYS
    return shape / row.observed_use, shape


def _to_installations(scenario: Scenario, part: dict[str, int]) -> Installations:
    fleets: dict[str, list[int]] = {}
    for number, fleet in enumerate(scenario.fleets):
        fleets.setdefault(fleet.system, []).append(number)
    rows = [(row, number) for row in scenario.breakdown for number in fleets.get(row.inside, [])]
    return Installations(
        part=ints([part[row.part] for row, _ in rows]),
        fleet=ints([number for _, number in rows]),
        quantity=ints([row.quantity for row, _ in rows]),
        needed=ints([row.quantity if row.needed is None else row.needed for row, _ in rows]),
        use=floats([row.use for row, _ in rows]),
    )


def _to_inner(scenario: Scenario, part: dict[str, int]) -> InnerParts:
    rows = [row for row in scenario.breakdown if row.inside in part]
    return InnerParts(
        part=ints([part[row.part] for row in rows]),
        inside=ints([part[row.inside] for row in rows]),
        share=floats([row.share or 0.0 for row in rows]),
    )


def _to_repairs(scenario: Scenario, labels: NetworkLabels, servers: dict[str, int]) -> Repairs:
    rows = [_NOTHING, *scenario.repairs]
    row = _rows_in_force(rows, labels)

    def table(value: Callable[[Repair], Any]) -> Any:
        return np.array([value(one) for one in rows])[row]

    return Repairs(
        no_fault_share=table(lambda one: one.no_fault_share),
        no_fault_time=table(lambda one: one.no_fault_time_days),
        repair_share=table(lambda one: one.repair_share),
        condemned_share=table(lambda one: one.condemned_share),
        time=table(lambda one: one.repair_time_days),
        law=table(lambda one: _LAWS[one.repair_law]),
        spread=table(lambda one: _SPREADS.get(one.repair_law, one.repair_coefficient_of_variation)),
        servers=table(lambda one: servers.get(one.servers, NONE)),
        priority=table(lambda one: one.priority),
    )


def _rows_in_force(rows: Sequence[Repair], labels: NetworkLabels) -> Ints:
    """Return the row that holds for each part at each site, (part, site): the one that says most."""
    part, site = _places(labels.parts), _places(labels.sites)
    found = np.zeros((len(part), len(site)), np.int64)
    for number, one in sorted(enumerate(rows), key=lambda pair: (pair[1].part != "", pair[1].site != "")):
        places = slice(None) if not one.part else part[one.part], slice(None) if not one.site else site[one.site]
        found[places] = number
    return found


def _to_servers(scenario: Scenario, site: dict[str, int]) -> ServerGroups:
    rates = scenario.currency_rates
    rows = scenario.servers
    return ServerGroups(
        site=ints([site[row.site] for row in rows]),
        number=ints([row.count for row in rows]),
        most=ints([row.count if row.most is None else row.most for row in rows]),
        cost=floats([row.unit_cost * rates[row.currency] for row in rows]),
    )


def _to_spares(scenario: Scenario, part: dict[str, int], site: dict[str, int]) -> Spares:
    shape = (len(part), len(site))
    on_hand, minimum = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    maximum = np.full(shape, UNLIMITED)
    for row in scenario.part_stock:
        place = part[row.part], site[row.site]
        on_hand[place], minimum[place] = row.on_hand, row.minimum
        if row.maximum is not None:
            maximum[place] = row.maximum
    return Spares(on_hand, minimum, maximum)
