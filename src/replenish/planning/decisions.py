"""What a plan decides: every order, release, rate and expansion that a scenario allows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from replenish.arrays.keyed import by_key
from replenish.policy import Joint
from replenish.scenario.model import Scenario

Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Decisions:
    """Who may decide what, by the keys of `replenish.policy`.

    Attributes:
        ordering: holder, item, line.
        release: holder, to_holder, item.
        production: lines.
        expansion: names of expansions.
    """

    ordering: tuple[Key, ...]
    release: tuple[Key, ...]
    production: tuple[str, ...]
    expansion: tuple[str, ...]


def find_decisions(scenario: Scenario) -> Decisions:
    """Return all that a plan may decide, sorted.

    Who orders an item, or releases it along a route, is taken from policies, contracts and pledges where they name
    anyone for it; else every holder to whom the item means something may order it, and every route may carry it.
    """
    return Decisions(
        ordering=tuple(sorted(_orders(scenario))),
        release=tuple(sorted(_releases(scenario))),
        production=tuple(sorted(line.name for line in scenario.lines)),
        expansion=tuple(sorted(row.name for row in scenario.expansions)),
    )


def _orders(scenario: Scenario) -> set[Key]:
    makers = by_key(scenario.line_items, lambda row: row.item)
    owner = {line.name: line.owner for line in scenario.lines}
    found = {(owner[row.line], row.item, row.line) for row in scenario.line_items}
    found |= {(row.holder, row.item, row.line) for row in scenario.orders}
    rules = [row for row in scenario.policies if row.role == "ordering"]
    for row in rules:
        lines = [row.line] if row.line else [made.line for made in makers[row.item]]
        found |= {(row.holder, row.item, line) for line in lines}
    named = {row.item for row in rules}
    for holder, item in _interests(scenario):
        if item not in named:
            found |= {(holder, item, made.line) for made in makers.get(item, [])}
    return found


def _releases(scenario: Scenario) -> set[Key]:
    found = {(row.holder, row.to_holder, row.item) for row in scenario.policies if row.role == "release"}
    found |= {(row.from_holder, row.to_holder, row.item) for row in scenario.pledges}
    named = {key[:2] for key in found}
    interests = by_key(_interests(scenario), lambda pair: pair[0])
    supplied = by_key([*_interests(scenario), *_made(scenario)], lambda pair: pair[0])
    reach = _reachable(scenario, {holder: {item for _, item in pairs} for holder, pairs in interests.items()})
    for route in scenario.routes:
        ends = route.from_holder, route.to_holder
        if ends not in named:
            sent = {item for _, item in supplied.get(route.from_holder, [])} & reach.get(route.to_holder, set())
            found |= {(*ends, item) for item in sent}
    return found


def _interests(scenario: Scenario) -> set[tuple[str, str]]:
    """Return the holders and items of stocks, requirements and demands."""
    return {(row.holder, row.item) for table in ("stocks", "requirements", "demand") for row in scenario.rows(table)}  # type: ignore[attr-defined]


def _made(scenario: Scenario) -> Iterator[tuple[str, str]]:
    """Yield owners of lines with the items that they make."""
    owner = {line.name: line.owner for line in scenario.lines}
    yield from ((owner[row.line], row.item) for row in scenario.line_items)


def _reachable(scenario: Scenario, wanted: dict[str, set[str]]) -> dict[str, set[str]]:
    """Return for each holder the items that it, or someone further along routes, has a use for."""
    reach = {holder: set(items) for holder, items in wanted.items()}
    is_growing = True
    while is_growing:
        is_growing = False
        for route in scenario.routes:
            there, here = reach.get(route.to_holder, set()), reach.setdefault(route.from_holder, set())
            is_growing |= not there <= here
            here |= there
    return reach


def to_joint(decisions: Decisions, function: Callable[..., Any]) -> Joint:
    """Return a policy in which one function takes all decisions; its answers follow the order of the keys."""
    return Joint(
        function, ordering=decisions.ordering, release=decisions.release, production=decisions.production,
        expansion=decisions.expansion,
    )  # fmt: skip
