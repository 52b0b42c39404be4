"""The names behind the rows of the arrays, sorted, so that the order of rows in the tables changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from replenish.arrays.keyed import by_key
from replenish.policy import CalledRole
from replenish.scenario.model import Contract, Demand, Expansion, Influence, Scenario

PURPOSES = ("orders", "expansions", "transport", "holding", "lines")
"""What money is spent on; each holder has one account for each."""


class Call(NamedTuple):
    """A function of the user and what it decides about."""

    function: Callable[..., Any]
    rows: Mapping[CalledRole, tuple[int, ...]]  # of order slots, flows, lines, expansions or limits
    is_joint: bool  # it answers for all of them at once, by role


@dataclass(frozen=True)
class Labels:
    """Names of all things that have rows in `Arrays`; each tuple is in the order of the rows."""

    scenario: Scenario
    holders: tuple[str, ...]
    items: tuple[str, ...]
    chains: tuple[str, ...]
    states: tuple[tuple[str, ...], ...]  # by chain
    cells: tuple[tuple[str, str], ...]  # holder, item
    demands: tuple[tuple[str, str, str], ...]  # holder, item, purpose
    lines: tuple[str, ...]
    products: tuple[tuple[str, str], ...]  # line, item
    slots: tuple[tuple[str, str, str], ...]  # line, item, holder
    routes: tuple[tuple[str, str], ...]
    flows: tuple[tuple[str, str, str], ...]  # from, to, item
    pledges: tuple[tuple[str, str, str, str, str], ...]  # from, to, item, due date, name
    expansions: tuple[str, ...]
    components: tuple[tuple[str, ...], ...]  # by product
    slips: tuple[str, ...]  # contracts with a random slip
    influences: tuple[tuple[str, ...], ...]  # chain, from state, to state, what, holder, item
    budgets: tuple[tuple[str, str], ...]  # holder, purpose
    calls: tuple[Call, ...] = ()

    @cached_property
    def members(self) -> dict[str, frozenset[str]]:
        """Return each holder with all that belong to it; every holder under the empty name."""
        parents = {holder.name: holder.parent for holder in self.scenario.holders}
        found: dict[str, set[str]] = {"": set(self.holders)}
        for name in self.holders:
            group = name
            while group:
                found.setdefault(group, set()).add(name)
                group = parents.get(group, "")
        return {group: frozenset(own) for group, own in found.items()}

    @cached_property
    def groups(self) -> frozenset[str]:
        """Return the holders to which others belong: what bears their name is the sum over their members."""
        return frozenset(holder.parent for holder in self.scenario.holders) - {""}

    @cached_property
    def cell_of(self) -> dict[tuple[str, str], int]:
        """Return the row of each stock."""
        return {cell: row for row, cell in enumerate(self.cells)}

    @cached_property
    def chain_of(self) -> dict[str, int]:
        """Return the row of each chain; the empty name has row -1."""
        return {"": -1} | {chain: row for row, chain in enumerate(self.chains)}

    @cached_property
    def product_of(self) -> dict[tuple[str, str], int]:
        """Return the row of each product."""
        return {product: row for row, product in enumerate(self.products)}

    @cached_property
    def flow_of(self) -> dict[tuple[str, str, str], int]:
        """Return the row of each flow."""
        return {flow: row for row, flow in enumerate(self.flows)}

    @cached_property
    def slot_of(self) -> dict[tuple[str, str, str], int]:
        """Return the row of each order slot."""
        return {slot: row for row, slot in enumerate(self.slots)}

    @cached_property
    def route_of(self) -> dict[tuple[str, str], int]:
        """Return the row of each route."""
        return {route: row for row, route in enumerate(self.routes)}

    @cached_property
    def line_of(self) -> dict[str, int]:
        """Return the row of each line."""
        return {line: row for row, line in enumerate(self.lines)}

    @cached_property
    def holder_of(self) -> dict[str, int]:
        """Return the row of each holder."""
        return {holder: row for row, holder in enumerate(self.holders)}

    @cached_property
    def lines_of(self) -> dict[str, tuple[str, ...]]:
        """Return the lines that make each item."""
        return {item: tuple(line for line, _ in made) for item, made in by_key(self.products, lambda p: p[1]).items()}

    def account(self, holder: str, purpose: str) -> int:
        """Return the row of an account."""
        return self.holder_of[holder] * len(PURPOSES) + PURPOSES.index(purpose)

    def state(self, chain: str, state: str) -> int:
        """Return the row of a state in its chain; 0 for no chain."""
        return self.states[self.chain_of[chain]].index(state) if chain else 0


def to_labels(scenario: Scenario) -> Labels:
    """Return the sorted names of everything that the simulation keeps a number for."""
    products = tuple(sorted((row.line, row.item) for row in scenario.line_items))
    owners = {line.name: line.owner for line in scenario.lines}
    states = by_key(scenario.chains, lambda row: row.chain)
    flows = _flows(scenario)
    slots = _slots(scenario, products, owners)
    parts = by_key(scenario.components, lambda row: row.item)
    components = tuple(tuple(sorted(row.component for row in parts.get(item, ()))) for _, item in products)
    cells = (
        {(row.holder, row.item) for row in scenario.stocks}
        | {(row.holder, row.item) for row in scenario.requirements}
        | {(row.holder, row.item) for row in scenario.demand}
        | {(row.holder, row.item) for row in scenario.influences}
        | {(holder, item) for _, item, holder in slots}
        | {(owners[line], part) for (line, _), own in zip(products, components, strict=True) for part in own}
        | {end for giver, taker, item in flows for end in ((giver, item), (taker, item))}
    )
    return Labels(
        scenario=scenario,
        holders=tuple(sorted(row.name for row in scenario.holders)),
        items=tuple(sorted(row.name for row in scenario.items)),
        chains=tuple(sorted(states)),
        states=tuple(tuple(sorted(row.state for row in states[chain])) for chain in sorted(states)),
        cells=tuple(sorted(cells)),
        demands=_demands(scenario),
        lines=tuple(sorted(row.name for row in scenario.lines)),
        products=products,
        slots=slots,
        routes=tuple(sorted((row.from_holder, row.to_holder) for row in scenario.routes)),
        flows=flows,
        pledges=tuple(
            sorted((p.from_holder, p.to_holder, p.item, p.due.isoformat(), p.name) for p in scenario.pledges)
        ),
        expansions=tuple(sorted(row.name for row in scenario.expansions if row.start or is_triggered(row))),
        components=components,
        slips=tuple(sorted(row.name for row in scenario.orders if is_random(row))),
        budgets=tuple(sorted({(row.holder, row.purpose) for row in scenario.budgets})),
        influences=tuple(sorted(influence_name(row) for row in scenario.influences)),
    )


def is_triggered(row: Expansion) -> bool:
    """Return whether an expansion waits for a stock or a chain."""
    return bool(row.trigger_item or row.trigger_chain)


def is_random(row: Contract) -> bool:
    """Return whether a contract is late by a drawn time."""
    return row.slip_distribution != "none" and row.slip_days > 0


def influence_name(row: Influence) -> tuple[str, ...]:
    """Return what names an influence."""
    return row.chain, row.from_state, row.to_state, row.what, row.holder, row.item


def _flows(scenario: Scenario) -> tuple[tuple[str, str, str], ...]:
    released = {(row.holder, row.to_holder, row.item) for row in scenario.policies if row.role == "release"}
    return tuple(sorted(released | {(row.from_holder, row.to_holder, row.item) for row in scenario.pledges}))


def _slots(
    scenario: Scenario, products: tuple[tuple[str, str], ...], owners: dict[str, str]
) -> tuple[tuple[str, str, str], ...]:
    """Return who orders what: by policy or contract, and each owner of a line."""
    priority = {holder.name: holder.priority for holder in scenario.holders}
    makers = by_key(products, lambda product: product[1])
    slots = {(line, item, owners[line]) for line, item in products}
    slots |= {(row.line, row.item, row.holder) for row in scenario.orders}
    for row in scenario.policies:
        if row.role == "ordering":
            lines = [row.line] if row.line else [line for line, _ in makers[row.item]]
            slots |= {(line, row.item, row.holder) for line in lines}
    return tuple(sorted(slots, key=lambda slot: (slot[0], slot[1], priority[slot[2]], slot[2])))


def _demands(scenario: Scenario) -> tuple[tuple[str, str, str], ...]:
    def place(row: Demand) -> tuple[str, str, int, str]:
        return row.holder, row.item, row.priority, row.purpose

    ordered = sorted(scenario.demand, key=place)
    return tuple(dict.fromkeys((row.holder, row.item, row.purpose) for row in ordered))
