"""What the kernels read and write: records of stocks, of parts in fleets, of servers, of waiting and coming units."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import numpy as np

from replenish.arrays.groups import Floats, Ints

Records: TypeAlias = Any
"""A structured array: its fields are read as attributes in compiled code."""

REMOVE, BACK, ARRIVE, REPAIRED, LENT = range(5)
"""Kinds of events: a removal is due; a part is as good as new; an order arrives; a repair ends; a lent unit comes."""

SYSTEM, ORDER, INNER = range(3)
"""Who waits for a unit: a system, a site below, a part under repair."""

PLAIN, CONDEMNED, FIRST_INNER = 0, 1, 2
"""What a repair ends with: FIRST_INNER + m needs inner part m."""

NO_LAW, FIXED_LAW = -1, -2
"""An exponential time, a fixed time; else the row of a table of quantiles."""

NOBODY = -1


def _record(**kinds: str) -> np.dtype[np.void]:
    return np.dtype([(name, kind) for kind, names in kinds.items() for name in names.split()], align=True)


PLACE = _record(
    f8="lead_time no_fault_time no_fault_share repair_share condemned_share time lateral_time",
    u4="part_stream site_stream",
    i4="above law servers queue inner inner_end group_start group_end",
)
"""A part at a site as it always is.  above: the same part at the parent; group: rows of `members`."""

CELL = _record(
    f8="last backorders_days on_hand_days lent_days",
    i8="requests filled lateral",
    u4="arrivals",
    i4="on_hand owed first last_node coming lent",
)
"""A part at a site as it is now.  Days are sums since day 0.

coming: units lent to it on the way.  lent: units given to others of the group that they owe back, less those taken.
On hand + under repair, test or order - owed + lent = stock.
"""

ROW = _record(
    f8="factor batch",
    u4="part_stream fleet_stream",
    i4="place fleet part quantity needed first_hole first_gap gap_law",
)
"""A part in a fleet as it always is.  factor: removals of all systems by unit of use of one, whole batches; batch: the
parameter of the logarithmic law of their sizes, 0 for single removals."""

STATE = _record(f8="rate", u4="drawn", i4="holes down stretch")
"""The same now.  holes: parts that are missing; down: systems out of service by it, if holes are gathered."""

FLEET = _record(i4="systems first_system first_stretch last_stretch is_closed is_gathered")
SHOP = _record(f8="last busy_days", i4="servers busy first_queue last_queue")
"""Servers of a group.  Their queues, first the most urgent, are rows of `queues`."""

QUEUE = _record(i4="first last")
INNER_PART = _record(f8="share", i4="place_step")
"""An inner part: cumulative share of the repairs of the outer one; rows of places from the outer part to it."""

NODE = _record(f8="time", i4="next kind who which")
"""Somebody or some part that waits."""

CHANGE = _record(f8="time", i4="system row")
"""A system goes down by a row of parts in fleets (row >= 0), or no longer is (row = -1 - row)."""


class Heap(NamedTuple):
    """What is to come, soonest first; code = kind + 8 x (place + 2^31 x outcome)."""

    time: Floats
    code: Ints


class World(NamedTuple):
    """Everything that a history reads and writes."""

    places: Records
    cells: Records
    rows: Records
    states: Records
    holes: Ints  # (system of a row,) parts that are missing
    fleets: Records
    down: Ints  # (fleet,) systems of closed fleets that are down
    causes: Ints  # (system,) of closed fleets: rows that keep it down
    stretch_start: Floats  # (stretch,) days from which a fleet is used so
    stretch_usage: Floats
    shops: Records
    queues: Records
    inner: Records
    members: Ints  # (member of a lateral group and part,) places
    knots: Floats  # (law x knot,)
    heap: Heap
    nodes: Records
    changes: Records
    counters: Ints
    cluster_row: Ints  # rows by cluster
    cluster_place: Ints  # first places of parts, by cluster
    row_start: Ints
    place_start: Ints
    sites: int


HEAP, NODES, FREE, CHANGES, STATUS, EVENTS, SEED, HISTORY, CLUSTER, MARK, BEGUN = range(11)
"""Places of `counters`; the last three say where a history goes on."""

FINE, SHORT, HEAP_FULL, NODES_FULL, CHANGES_FULL = range(5)
"""Values of the status: SHORT asks for room and goes on; what is full in the middle of an event ends the history."""

MARGIN = 512
"""Room that an event should find."""
