"""Fleets and stocks in one simulation: systems in service limit issues, and issues wear systems out.

At the opening of a period the systems in service limit what their holder may issue of their item in it; what it issued
is the use that fails parts before the next opening.  The order of steps is in docs/explanation/fleets-and-stocks.md.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from replenish.arrays import to_calendar
from replenish.arrays.groups import Floats, Ints
from replenish.arrays.sustainment import to_network
from replenish.errors import UsageError
from replenish.policy import CalledRole, Joint
from replenish.scenario.model import Scenario
from replenish.simulation.called import Block
from replenish.study.fleets.record import Record
from replenish.study.fleets.upkeep import Course, Random, Upkeep

Key = tuple[str, str]  # holder and item


class _Open(NamedTuple):
    """What a group of paths holds from one period to the next."""

    course: Course
    systems: Floats  # (fleet, lane)
    most: Floats  # that each fleet could be used in the period, (fleet, lane)


class Coupling:
    """The fleets of a scenario as a function that limits issues; it remembers each group of paths that is under way."""

    def __init__(self, scenario: Scenario, *, seed: int, paths: int) -> None:
        """Prepare fleets for `paths` paths.

        Raises:
            UsageError: a fleet issues an item for which nobody asks its holder.
        """
        self._calendar = to_calendar(scenario)
        network, labels = to_network(scenario)
        rows, days = scenario.fleets, self._calendar.days
        holder_of = {site.name: site.holder for site in scenario.sites}
        self._holders = [holder_of[fleet.site] for fleet in rows]
        self.keys = _keys(scenario)
        places = {key: place for place, key in enumerate(self.keys)}
        self._key_of = np.array([
            places[holder, row.item] if row.item else -1 for holder, row in zip(self._holders, rows, strict=True)
        ])  # fmt: skip
        self._upkeep = Upkeep(network, labels, float(days.mean()), (self._key_of >= 0).tolist())
        self._usage = _usage(scenario, np.concatenate([[0.0], np.cumsum(days)[:-1]])) * days[:, None]
        self._grown = _grown(scenario, self._holders)
        self._seed, self._open = seed, dict[int, _Open]()
        self.record = Record(labels, self.keys, np.asarray(self._upkeep.quantity.any(axis=0)), (len(days), paths))

    def joint(self) -> Joint:
        """Return the function and the stocks whose issues it limits."""
        return Joint(self.limit, issuing=self.keys)

    def limit(self, block: Block) -> dict[CalledRole, Floats]:
        """Return what may be issued of each stock in the period, (key, path), after failures of the period before."""
        first = int(block.paths[0])
        before = self._open.pop(first, None) if block.period else None
        systems = self._systems(block)
        if before is None:
            course = Course(self._upkeep, Random(self._seed, first, len(block.paths)))
        else:
            course = before.course
            use = self._use(before, block)
            removed = course.step(block.period - 1, use, before.systems)
            self.record.removed(block, removed.sum(axis=0))
        serving = self._upkeep.in_service(course.holes, systems)
        usage = self._usage[block.period][:, None]
        is_open = ~self._upkeep.is_closed[:, None] & (self._key_of < 0)[:, None]
        most = np.where(is_open, systems, serving) * usage
        limits = self._by_key(most)
        if block.period + 1 < len(self._calendar):
            self._open[first] = _Open(course, systems, most)
        self.record.opened(block, systems, serving, course.holes.sum(axis=0))
        self.record.limited(block, limits, self._by_key(systems * usage))
        return {"issuing": limits}

    def _use(self, before: _Open, block: Block) -> Floats:
        """Return how much fleets were used, (fleet, lane): what was issued, in proportion to their limits."""
        use, total = before.most.copy(), self._by_key(before.most)
        for fleet, key in enumerate(self._key_of):
            if key >= 0:
                share = np.divide(before.most[fleet], total[key], out=np.zeros(len(block.paths)), where=total[key] > 0)
                use[fleet] = block.issued[key] * share
        return use

    def _by_key(self, values: Floats) -> Floats:
        """Return sums over the fleets of each stock, (key, lane)."""
        found = np.zeros((len(self.keys), values.shape[1]))
        np.add.at(found, self._key_of[self._key_of >= 0], values[self._key_of >= 0])
        return found

    def _systems(self, block: Block) -> Floats:
        """Return how many systems fleets have: as stated, or what the holder has on hand of the item they are."""
        stated = self._upkeep.network.fleets.systems.astype(float)
        found = np.repeat(stated[:, None], len(block.paths), axis=1)
        for (holder, item), fleets in self._grown.items():
            left = np.floor(block.read("on_hand", holder=holder, item=item) + 1e-9)
            rest = stated[fleets].sum()
            for fleet in fleets:
                found[fleet] = np.floor(left * stated[fleet] / rest + 1e-9)
                left, rest = left - found[fleet], rest - stated[fleet]
        return found


def is_coupled(scenario: Scenario) -> bool:
    """Return whether a fleet of a scenario issues an item."""
    return any(fleet.item for fleet in scenario.fleets)


def _keys(scenario: Scenario) -> tuple[Key, ...]:
    """Return the stocks from which fleets issue, in order of their names."""
    holder_of = {site.name: site.holder for site in scenario.sites}
    asked = {(row.holder, row.item) for row in scenario.demand}
    found = {(holder_of[fleet.site], fleet.item): fleet for fleet in scenario.fleets if fleet.item}
    for key, fleet in found.items():
        if key not in asked:
            raise UsageError(
                f"fleet {fleet.name}: it issues {fleet.item!r} of {key[0]!r}, of which nobody asks for it; add a row of"
                " demand, or empty the item of the fleet"
            )
    return tuple(sorted(found))


def _grown(scenario: Scenario, holders: list[str]) -> dict[Key, Ints]:
    """Return the fleets whose systems are an item that their holder stocks, by that stock."""
    stocked = {(row.holder, row.item) for row in scenario.stocks}
    found: dict[Key, list[int]] = {}
    for place, (holder, fleet) in enumerate(zip(holders, scenario.fleets, strict=True)):
        if (holder, fleet.system) in stocked:
            found.setdefault((holder, fleet.system), []).append(place)
    return {key: np.array(fleets) for key, fleets in found.items()}


def _usage(scenario: Scenario, openings: Floats) -> Floats:
    """Return the use of one system in force at each opening of a period, (period, fleet) [use/day]."""
    network, _ = to_network(scenario)
    found = np.repeat(network.fleets.usage[None, :], len(openings), axis=0)
    for fleet, start, usage in zip(*network.operations, strict=True):
        found[openings >= start, fleet] = usage
    return found
