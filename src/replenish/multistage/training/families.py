"""Nodes that learn together: what follows a state does not depend on who left it.

Nodes with children in common are told apart by probabilities, discounts and risk alone.  So the children of all of them
are solved once at a state, and each node makes its own cut of them.

References:
    Infanger and Morton (1996), Cut sharing for multistage stochastic linear programs with interstage dependency,
    Mathematical Programming 75. Philpott and de Matos (2012), Dynamic sampling algorithms for multi-stage stochastic
    programs with risk aversion, European Journal of Operational Research 218(2), section 2.3.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from replenish.multistage.modelling.expression import Ints
from replenish.multistage.modelling.risk import Expectation
from replenish.multistage.tables.branches import Branches
from replenish.multistage.tables.prepare import Prepared
from replenish.multistage.training.backward import Ahead

UNSEEN, MIXED = -1, -2


@dataclass(frozen=True, slots=True, eq=False)
class Family:
    """Nodes that get a cut whenever one of them is visited.

    Attributes:
        nodes: their numbers.
        branches: all that may follow any of them; probabilities and discounts mean nothing.
        order: these branches in the order in which they are solved.
        places: for each node, its branches among these.
        groups: for each node, its children among those of the family.
    """

    nodes: tuple[int, ...]
    branches: Branches
    order: Ints
    places: tuple[Ints, ...]
    groups: tuple[Ints, ...]


def chosen(ahead: Ahead, places: Ints) -> Ahead:
    """Return what follows in some of the branches."""
    level, slope, is_sure, value = ahead
    return Ahead(
        np.take(level, places, axis=1), np.take(slope, places, axis=1), np.take(is_sure, places, axis=1),
        np.take(value, places, axis=1),
    )  # fmt: skip


def find_families(prepared: Prepared, *, is_wide: bool) -> list[Family]:
    """Return the family of each node.

    Args:
        prepared: a model.
        is_wide: whether nodes of one stage with some children in common are a family; else only those that have all
            children in common are.
    """
    of_node: list[Family | None] = [None] * len(prepared.branches)
    for nodes in _joined(_keys(prepared.branches, is_wide=is_wide)):
        family = _family(prepared, nodes)
        for node in nodes:
            of_node[node] = family
    return [family for family in of_node if family is not None]


def _keys(branches: Sequence[Branches], *, is_wide: bool) -> list[list[object]]:
    """Return keys of each node; nodes with one in common belong together."""
    whole: list[list[object]] = [[(one.child.tobytes(), one.outcome.tobytes())] for one in branches]
    if not is_wide:
        return whole
    depths = find_depths(branches)
    return [
        keys + [(depth, child) for child in np.unique(one.child).tolist() if depth >= 0]
        for keys, depth, one in zip(whole, depths, branches, strict=True)
    ]


def find_depths(branches: Sequence[Branches]) -> list[int]:
    """Return how many steps each node comes after a node that nothing leads to; -2 if that is not one number.

    Where nodes are met at several depths, a chain of common children may run through the whole graph.
    """
    children = [np.unique(one.child).tolist() for one in branches]
    depth = [UNSEEN] * len(children)
    here, step = set(range(len(children))) - {child for some in children for child in some}, 0
    while here:
        changed = {node for node in here if depth[node] not in (step, MIXED)}
        for node in changed:
            depth[node] = step if depth[node] == UNSEEN else MIXED
        here, step = {child for node in changed for child in children[node]}, step + 1
    return [MIXED if one == UNSEEN else one for one in depth]


def _joined(keys: Iterable[Iterable[object]]) -> list[list[int]]:
    """Return numbers in groups: those that share a key, and those that share one with them, and so on."""
    first: dict[object, int] = {}
    above: list[int] = []

    def find(node: int) -> int:
        while above[node] != node:
            node = above[node]
        return node

    for node, own in enumerate(keys):
        above.append(node)
        for key in own:
            other = find(first.setdefault(key, node))
            mine = find(node)
            above[max(mine, other)] = min(mine, other)
    groups: dict[int, list[int]] = {}
    for node in range(len(above)):
        groups.setdefault(find(node), []).append(node)
    return list(groups.values())


def _family(prepared: Prepared, nodes: list[int]) -> Family:
    each = [prepared.branches[node] for node in nodes]
    children = np.array(list(dict.fromkeys(child for one in each for child in one.by_child.child.tolist())), int)
    sizes = np.array([len(prepared.layout.probability[child]) for child in children], int)
    starts = np.cumsum(sizes) - sizes
    number = np.zeros(len(prepared.branches), int)
    number[children] = np.arange(len(children))
    group = np.repeat(np.arange(len(children)), sizes)
    size = len(group)
    branches = Branches(
        child=children[group], outcome=np.arange(size) - starts[group], probability=np.zeros(size),
        discount=np.ones(size), group=group,
        risk=next((one.risk for one in each if not one.is_expectation), Expectation()),
    )  # fmt: skip
    places = [starts[number[one.child]] + one.outcome if len(one.child) else one.outcome for one in each]
    tours = [own[prepared.order[node]] for node, own in zip(nodes, places, strict=True)]
    groups = [number[one.by_child.child] for one in each]
    return Family(tuple(nodes), branches, _without_repeats(np.concatenate(tours)), tuple(places), tuple(groups))


def _without_repeats(values: Ints) -> Ints:
    _, first = np.unique(values, return_index=True)
    return values[np.sort(first)]
