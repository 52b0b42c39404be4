"""The box of each node: within which bounds its programme, and with it all of its variables, can lie."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from replenish.multistage.modelling.expression import Floats
from replenish.multistage.tables.branches import Branches
from replenish.multistage.tables.layout import Layout
from replenish.multistage.tables.reach import Box, find_reach
from replenish.multistage.tables.tables import Data, Solved, to_box


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """What is known of a model before bounds are looked for; see `prepare.Prepared` for the words."""

    layout: Layout
    solved: list[Solved]
    data: list[Data]
    branches: list[Branches]
    first: Branches
    start: Floats

    def own(self, node: int) -> Solved:
        """Return the structure of a node."""
        return self.solved[int(self.layout.structure[node])]


def find_boxes(draft: Draft) -> tuple[list[Box], list[tuple[Floats, Floats]]]:
    """Return for each node the box of its programme, and bounds of its columns for proofs."""
    parents: list[list[int]] = [[] for _ in draft.data]
    for parent, one in enumerate(draft.branches):
        for child in np.unique(one.child):
            parents[child].append(parent)
    firsts = set(draft.first.child.tolist())
    boxes: dict[int, Box] = {}
    safe: dict[int, tuple[Floats, Floats]] = {}
    known: dict[bytes, tuple[Floats, Floats]] = {}
    for node in _forward(draft.branches, draft.first):
        ranges = [_outgoing(draft, parent, safe) for parent in parents[node]]
        ranges += [(draft.start, draft.start)] if node in firsts else []
        low, high = np.min([r[0] for r in ranges], axis=0), np.max([r[1] for r in ranges], axis=0)
        boxes[node] = box = to_box(draft.own(node), draft.data[node], low, high)
        key = b"".join([str(draft.layout.structure[node]).encode(), *(part.tobytes() for part in parts(box))])
        if key not in known:
            known[key] = find_reach(box)
        safe[node] = known[key]
    nodes = range(len(draft.data))
    return [boxes[node] for node in nodes], [safe[node] for node in nodes]


def parts(box: Box) -> tuple[Floats, ...]:
    """Return what differs between the boxes of one structure."""
    return (box.lower, box.upper, box.cost, box.row_lower, box.row_upper, box.row_lower_most, box.row_upper_least)


def _forward(branches: list[Branches], first: Branches) -> list[int]:
    """Return nodes so that parents come before children, as far as there are no cycles."""
    seen: set[int] = set()
    finished: list[int] = []
    waiting = [(node, False) for node in np.unique(first.child)[::-1].tolist()]
    while waiting:
        node, is_left = waiting.pop()
        if is_left:
            finished.append(node)
        elif node not in seen:
            seen.add(node)
            waiting.append((node, True))
            waiting += [(child, False) for child in np.unique(branches[node].child)[::-1].tolist() if child not in seen]
    return finished[::-1]


def _outgoing(draft: Draft, node: int, safe: dict[int, tuple[Floats, Floats]]) -> tuple[Floats, Floats]:
    """Return bounds of the states that leave a node; those of its variables if it was not looked at yet."""
    own = draft.own(node)
    size = len(own.structure.outgoing)
    if node in safe:
        low, high = safe[node]
    else:
        anything = np.full(len(own.structure.incoming), np.inf)
        box = to_box(own, draft.data[node], -anything, anything)
        low, high = box.lower, box.upper
    return low[own.columns - size :], high[own.columns - size :]
