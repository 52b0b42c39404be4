"""What the evaluator's kernel reads, writes and works in."""

from __future__ import annotations

from typing import NamedTuple

from replenish.arrays.groups import Floats, Ints

LAW, MOMENTS, MEAN = range(3)
"""What is carried from site to site: the full law, mean and variance, the mean."""


class Supply(NamedTuple):
    """How units come to be outstanding.

    parent: (site,).  kind: (part,) LAW, MOMENTS or MEAN.
    own: (part, site) mean of Poisson units under test, under repair where servers abound, and on the way [unit].
    ratio: (part, site) variance / mean of these; batch: (part, site) of requests.
    share: (part, site) of the parent's requests.  stock: (part, site).
    shop: (part, site) row of the servers that repair it, or NONE; shop_share, shop_tail: (part, site) of the part in
    the shop, and servers, load: (group,) of the shop, see `fill_shop`.
    link_start: (part + 1,) first link of a part to those inside it; link_part, follows: (link,) which, and whether its
    rate goes with that of the part; link_share: (link, site) of requests for the inner part, those of this part.
    """

    parent: Ints
    kind: Ints
    own: Floats
    ratio: Floats
    batch: Floats
    share: Floats
    stock: Ints
    shop: Ints
    shop_share: Floats
    shop_tail: Floats
    servers: Ints
    load: Floats
    link_start: Ints
    link_part: Ints
    follows: Ints
    link_share: Floats


class Holes(NamedTuple):
    """Where parts are missing in systems; rows are installations in order of parts.

    start: (part + 1,) first row of a part.  site, most: (row,) site, and places for the part in the fleet.
    share: (row,) of the requests at the site, those of the fleet.
    table: (row,) place in `up`, and in `down`, of what holds with no hole; then with one, and so on.
    place: (row,) first place in chances of numbers of systems down; NONE where the fleet does not cannibalise.
    up: chance that a system is not held down by the part.  down: least number of systems down.
    """

    start: Ints
    site: Ints
    most: Ints
    share: Floats
    table: Ints
    place: Ints
    up: Floats
    down: Ints


class Jobs(NamedTuple):
    """What is to be evaluated, (job,): a part at a multiple of its rate, and the weight of that."""

    part: Ints
    factor: Floats
    weight: Floats


class Found(NamedTuple):
    """Sums over jobs.

    mean, square: (part, site) moments of units outstanding; owed, owed_square: of backorders.
    below: (part, site) chance that a request is met at once.
    up: (row,) chance that a system is not held down; down: chances of numbers of systems that are.
    """

    mean: Floats
    square: Floats
    owed: Floats
    owed_square: Floats
    below: Floats
    up: Floats
    down: Floats


class Memory(NamedTuple):
    """Room for laws: of each site; of what inner parts hold up at each site; of steps between."""

    law: Floats  # (site, room)
    start: Ints  # (site,)
    length: Ints
    inner: Floats  # (site, room)
    inner_start: Ints
    inner_length: Ints
    inner_moments: Floats  # (site, 2) mean and variance
    one: Floats  # (room,)
    two: Floats  # (room,)
    more: Floats  # (2 room,)
