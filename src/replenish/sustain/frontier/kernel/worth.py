"""What backorders of a part mean for the objective, and how many stocks are worth looking at."""

from __future__ import annotations

import math
from typing import NamedTuple

from replenish.arrays.groups import Floats, Ints
from replenish.sustain.frontier.kernel.compiled import compiled, entry
from replenish.sustain.frontier.kernel.shapes import Shapes
from replenish.sustain.laws.fill import OVERFLOW, fill_moments

NEVER = 0.999
"""Chance of an empty place from which on what it costs goes on as a straight line, so as to stay convex."""


class Users(NamedTuple):
    """Fleets that ask for a part at a site, sorted by part and site.

    first: first user of the part at each site, (part x site + 1,).
    factor: of the backorders of the site, to those of the fleet's for each place of the part, or to the objective.
    weight: of the fleet, (user,).
    quantity, needed: of the part in a system, (user,); 0 where the objective is in backorders.
    """

    first: Ints
    factor: Floats
    weight: Floats
    quantity: Ints
    needed: Ints


@compiled
def lost(empty: float, quantity: int, needed: int) -> float:
    """Return -log of the chance that `needed` of `quantity` places are filled, each empty with a chance."""
    chance = min(empty, NEVER)
    if needed == quantity:
        found = -quantity * math.log1p(-chance)
        slope = quantity / (1.0 - chance)
    else:
        total, term, density = 0.0, 1.0, 0.0
        for missing in range(quantity - needed + 1):
            density = term * chance**missing * (1.0 - chance) ** (quantity - missing)
            total += density
            term *= (quantity - missing) / (missing + 1)
        found = -math.log(total)
        slope = density * needed / (1.0 - chance) / total
    return found + (empty - chance) * slope


@compiled
def worth(backorders: float, place: int, users: Users) -> float:
    """Return what backorders of a part at a site add to the objective."""
    total = 0.0
    for user in range(users.first[place], users.first[place + 1]):
        own = backorders * users.factor[user]
        if users.quantity[user] > 0:
            total += users.weight[user] * lost(own, users.quantity[user], users.needed[user])
        else:
            total += users.weight[user] * own
    return total


@entry
def fill_worth(
    shapes: Shapes, depot_place: Ints, place: Ints, users: Users, depot_found: Floats, found: Floats
) -> None:
    """Turn backorders into objective, in their place; `place` numbers part and site, (base,), of depots (piece,)."""
    for piece in range(len(shapes.low)):
        for row in range(shapes.first_row[piece], shapes.first_row[piece + 1]):
            depot_found[row] = worth(depot_found[row], depot_place[piece], users) if depot_place[piece] >= 0 else 0.0
        for row in range(shapes.rows[piece]):
            start = shapes.first[piece] + row * shapes.width[piece]
            for base in range(shapes.base_first[piece], shapes.base_first[piece + 1]):
                for level in range(shapes.levels[base]):
                    here = start + shapes.column[base] + level
                    found[here] = worth(found[here], place[base], users)


@entry
def count_levels(mean: Floats, least: float, space: Floats, most: Ints) -> int:
    """Fill in the smallest number that a Poisson law exceeds with chance `least` at most; return -1, or one left."""
    for number in range(len(mean)):
        start, length = fill_moments(mean[number], mean[number], space)
        if length == OVERFLOW:
            return number
        beyond, top = 0.0, start + length - 1
        while top > 0:
            beyond += space[top - start] if top >= start else 0.0
            if beyond > least:
                break
            top -= 1
        most[number] = top
    return -1


@entry
def fill_worth_at(place: int, users: Users, found: Floats) -> None:
    """Turn backorders of a part at a site into objective, in their place."""
    for number in range(len(found)):
        found[number] = worth(found[number], place, users)
