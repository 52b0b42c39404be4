"""From parts missing in systems to systems in service."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import gammaln

from replenish.arrays.groups import Floats, Ints
from replenish.arrays.network import NONE, Network
from replenish.sustain.flows import Flows
from replenish.sustain.kernel.tables import Found, Holes


class Availability(NamedTuple):
    """Systems in service.

    share: (fleet,) expected share of systems in service.
    down_by_part: (fleet, part) expected systems down, by the part that is the cause; sums to systems * (1 - share).
    down: for each fleet that cannibalises P(systems down > 0), P(> 1), ...; empty for others.
    """

    share: Floats
    down_by_part: Floats
    down: tuple[Floats, ...]


class Placement(NamedTuple):
    """Where the rows of `Holes` come from.

    row: (row,) installation.
    width: (row,) chances of numbers of systems down that are kept for it.
    """

    row: Ints
    width: Ints


def to_holes(network: Network, flows: Flows, removals: Floats) -> tuple[Holes, Placement]:
    """Return what holes do to systems, and where rows come from.

    Backorders of a site are spread over all who ask its stock, in proportion to their requests; holes in a fleet over
    all places for the part in it.

    Args:
        network: installations tell what is in which fleet.
        flows: its flows.
        removals: of parts from systems, (part, site) [unit/day].
    """
    own = network.installations
    row = np.argsort(own.part, kind="stable")
    part, fleet = own.part[row], own.fleet[row]
    site, systems = network.fleets.site[fleet], network.fleets.systems[fleet]
    asked, whole = flows.requests[part, site], network.removals()[part, site]
    direct = np.divide(network.removals_by_row()[row], whole, out=np.zeros_like(whole), where=whole > 0)
    share = direct * np.divide(removals[part, site], asked, out=np.zeros_like(asked), where=asked > 0)
    table, up, down = _tables(systems, own.quantity[row], own.needed[row])
    width = np.where(network.fleets.is_cannibalised[fleet], systems + 1, 0)
    place = np.where(width > 0, np.cumsum(width) - width, NONE)
    start = np.searchsorted(part, np.arange(len(network.parts.cost) + 1))
    holes = Holes(start, site, systems * own.quantity[row], share, table, place, up, down)
    return holes, Placement(row, width)


def to_availability(network: Network, holes: Holes, placement: Placement, found: Found) -> Availability:
    """Return systems in service.

    Not cannibalised: a system is in service if no part holds it down, independently from part to part, the product
    formula of Sherbrooke (1968) over the full law of holes.  Cannibalised: as many are down as the worst part alone
    takes.  Systems down are put to parts in proportion to what each alone would hold down.
    """
    fleets = network.fleets
    share, causes = np.ones(len(fleets.site)), np.zeros((len(fleets.site), len(network.parts.cost)))
    down: list[Floats] = [np.zeros(0)] * len(share)
    part, fleet = (column[placement.row] for column in network.installations[:2])
    for which, systems in enumerate(fleets.systems):
        rows = np.flatnonzero(fleet == which)
        if fleets.is_cannibalised[which]:
            up = _chances_up(found.down, holes.place[rows], int(systems))
        else:
            up = np.clip(found.up[rows], 0.0, 1.0)[:, None] * np.ones(1)
        lost, by_row = _losses(up)
        share[which] = 1.0 - lost.mean() if len(lost) else 1.0
        np.add.at(causes[which], part[rows], by_row.mean(axis=1) * systems if len(lost) else 0.0)
        if fleets.is_cannibalised[which]:
            down[which] = lost
    return Availability(share, causes, tuple(down))


def _losses(up: Floats) -> tuple[Floats, Floats]:
    """Return 1 - the product over parts, (level,), and what of it each part causes, (row, level)."""
    lost = -np.expm1(np.log(np.maximum(up, 1e-300)).sum(axis=0))
    alone = 1.0 - up
    total = alone.sum(axis=0)
    return lost, alone * np.divide(lost, total, out=np.zeros_like(lost), where=total > 0)


def _chances_up(chances: Floats, place: Ints, systems: int) -> Floats:
    """Return P(at most d systems are held down), (row, d) for d = 0, ..., systems - 1."""
    found = chances[place[:, None] + np.arange(systems)]
    chance: Floats = np.clip(np.cumsum(found, axis=1), 0.0, 1.0)
    return chance


def _tables(systems: Ints, quantity: Ints, needed: Ints) -> tuple[Ints, Floats, Ints]:
    """Return the place of each row's table, and the tables, one for each kind of installation."""
    kinds, which = np.unique(np.stack([systems, quantity, needed]), axis=1, return_inverse=True)
    up = [chance_up(*kind) for kind in kinds.T.tolist()]
    down = [fewest_down(*kind) for kind in kinds.T.tolist()]
    first = np.cumsum([0, *(len(one) for one in up)])
    if not up:
        return np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.int64)
    return first[which.reshape(-1)], np.concatenate(up), np.concatenate(down)


def chance_up(systems: int, quantity: int, needed: int) -> Floats:
    """Return the chance that a part does not hold a system down, by holes 0, 1, ..., systems * quantity.

    Holes lie anywhere with the same chance, so those in one system are hypergeometric.

    >>> chance_up(2, 2, 1).round(6).tolist()
    [1.0, 1.0, 0.833333, 0.5, 0.0]
    """
    places = systems * quantity
    holes = np.arange(places + 1, dtype=float)
    found = np.zeros(places + 1)
    for here in range(quantity - max(needed, 0) + 1):
        elsewhere = holes - here
        is_possible = (elsewhere >= 0) & (elsewhere <= places - quantity)
        ways = _log_choose(places - quantity, elsewhere) - _log_choose(places, holes)
        found += np.where(is_possible, np.exp(ways + _log_choose(quantity, here)), 0.0)
    return np.clip(found, 0.0, 1.0)


def fewest_down(systems: int, quantity: int, needed: int) -> Ints:
    """Return how many systems are down at least, by holes 0, 1, ..., systems * quantity.

    >>> fewest_down(2, 2, 1).tolist()
    [0, 0, 0, 1, 2]
    """
    working = systems * quantity - np.arange(systems * quantity + 1)
    return systems - np.minimum(working // needed, systems) if needed > 0 else np.zeros_like(working)


def _log_choose(n: float, k: Floats | float) -> Floats:
    inside = np.clip(k, 0.0, n)
    found: Floats = gammaln(n + 1.0) - gammaln(inside + 1.0) - gammaln(n - inside + 1.0)
    return found
