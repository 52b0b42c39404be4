"""From scenarios to the nodes of a tree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from replenish.multistage.smps.core import Core
from replenish.multistage.smps.stoch import NO_PARENT, Place, Scenario
from replenish.multistage.smps.text import Report

Unlisted: TypeAlias = Literal["parent", "core"]
Values: TypeAlias = Mapping[Place, float]


@dataclass(frozen=True, slots=True)
class TreeNode:
    """A node of a scenario tree: the scenario whose numbers hold there, -1 for the core file, and where it hangs."""

    period: int
    scenario: int
    parent: int  # scenario of the node above
    probability: float  # given the node above
    values: Values


def grow(
    count: int, scenarios: Sequence[Scenario], places: Sequence[Sequence[Place]], values: Mapping[int, Values]
) -> Iterator[TreeNode]:
    """Return the nodes that some scenario of positive probability passes, period by period."""
    owners = _owners(count, scenarios)
    above = {NO_PARENT: sum(one.probability for one in scenarios)}
    for period in range(count):
        here: dict[int, float] = {}
        parents: dict[int, int] = {}
        for scenario, path in zip(scenarios, owners, strict=True):
            if scenario.probability > 0:
                here[path[period]] = here.get(path[period], 0.0) + scenario.probability
                parents[path[period]] = path[period - 1] if period else NO_PARENT
        for owner, weight in here.items():
            facts = {place: values[owner][place] for place in places[period]}
            yield TreeNode(period, owner, parents[owner], min(1.0, weight / above[parents[owner]]), facts)
        above = here


def _owners(count: int, scenarios: Sequence[Scenario]) -> list[list[int]]:
    """Return for each scenario whose numbers hold in each period: up to its branch those of its parent."""
    owners: list[list[int]] = []
    for number, scenario in enumerate(scenarios):
        before = [NO_PARENT] * count if scenario.parent == NO_PARENT else owners[scenario.parent]
        owners.append(before[: scenario.branch] + [number] * (count - scenario.branch))
    return owners


def inherit(
    core: Core,
    scenarios: Sequence[Scenario],
    places: Sequence[Sequence[Place]],
    unlisted: Unlisted | None,
    report: Report,
) -> dict[int, Values]:
    """Return the number of each place, by period, in each scenario and, as number -1, in the core file.

    What a scenario does not list is as in its parent before it branches, and from there on as `unlisted` says; None
    takes down a problem where that matters.
    """
    base = {place: place.value(core) for each in places for place in each}
    found: dict[int, Values] = {NO_PARENT: base}
    unclear: list[Scenario] = []
    for number, scenario in enumerate(scenarios):
        parent = found[scenario.parent]
        later = [place for each in places[scenario.branch :] for place in each if place not in scenario.values]
        differing = [place for place in later if parent[place] != base[place]]
        unclear += [scenario] if differing and unlisted is None else []
        reset = {place: base[place] for place in differing} if unlisted == "core" else {}
        found[number] = {**parent, **reset, **scenario.values}
    if unclear:
        message = (
            f"entries that {len(unclear)} scenarios (here `{unclear[0].name}`) leave out after they branch are taken"
        )
        remedy = 'say which with `unlisted="parent"` (as the format says) or `unlisted="core"` (as COIN-OR Smi does)'
        report.add(unclear[0].first, f"{message} from the parent by some readers, from the core file by others", remedy)
    return found
