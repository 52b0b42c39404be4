"""The names behind the rows of the arrays, sorted, so that the order of rows in the tables changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from replenish.scenario.model import Demand, Scenario

PURPOSES = ("orders", "expansions", "transport", "holding")
"""What money is spent on; each holder has one account for each."""


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
    def line_of(self) -> dict[str, int]:
        """Return the row of each line."""
        return {line: row for row, line in enumerate(self.lines)}

    def account(self, holder: str, purpose: str) -> int:
        """Return the row of an account."""
        return self.holders.index(holder) * len(PURPOSES) + PURPOSES.index(purpose)

    def state(self, chain: str, state: str) -> int:
        """Return the row of a state in its chain; 0 for no chain."""
        return self.states[self.chain_of[chain]].index(state) if chain else 0


def to_labels(scenario: Scenario) -> Labels:
    """Return the sorted names of everything that the simulation keeps a number for."""
    chains = tuple(sorted({row.chain for row in scenario.chains}))
    products = tuple(sorted((row.line, row.item) for row in scenario.line_items))
    owners = {line.name: line.owner for line in scenario.lines}
    priority = {holder.name: holder.priority for holder in scenario.holders}
    flows = _flows(scenario)
    slots = _slots(scenario, products, owners, priority)
    components = {p: tuple(sorted(c.component for c in scenario.components if c.item == p[1])) for p in products}
    cells = (
        {(row.holder, row.item) for row in scenario.stocks}
        | {(row.holder, row.item) for row in scenario.requirements}
        | {(row.holder, row.item) for row in scenario.demand}
        | {(holder, item) for _, item, holder in slots}
        | {(owners[line], part) for (line, item) in products for part in components[line, item]}
        | {end for giver, taker, item in flows for end in ((giver, item), (taker, item))}
    )
    return Labels(
        scenario=scenario,
        holders=tuple(sorted(row.name for row in scenario.holders)),
        items=tuple(sorted(row.name for row in scenario.items)),
        chains=chains,
        states=tuple(tuple(sorted(r.state for r in scenario.chains if r.chain == chain)) for chain in chains),
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
        expansions=tuple(sorted(row.name for row in scenario.expansions if row.start)),
        components=tuple(components[product] for product in products),
    )


def _flows(scenario: Scenario) -> tuple[tuple[str, str, str], ...]:
    released = {(row.holder, row.to_holder, row.item) for row in scenario.policies if row.role == "release"}
    return tuple(sorted(released | {(row.from_holder, row.to_holder, row.item) for row in scenario.pledges}))


def _slots(
    scenario: Scenario, products: tuple[tuple[str, str], ...], owners: dict[str, str], priority: dict[str, int]
) -> tuple[tuple[str, str, str], ...]:
    """Return who orders what: by policy or contract, and each owner of a line."""
    slots = {(line, item, owners[line]) for line, item in products}
    slots |= {(row.line, row.item, row.holder) for row in scenario.orders}
    for row in scenario.policies:
        if row.role == "ordering":
            slots |= {(line, row.item, row.holder) for line in lines_of(scenario, row.item, row.line)}
    return tuple(sorted(slots, key=lambda slot: (slot[0], slot[1], priority[slot[2]], slot[2])))


def lines_of(scenario: Scenario, item: str, line: str) -> list[str]:
    """Return the lines that make `item`, or only `line` if one is named."""
    return [line] if line else [row.line for row in scenario.line_items if row.item == item]


def _demands(scenario: Scenario) -> tuple[tuple[str, str, str], ...]:
    def place(row: Demand) -> tuple[str, str, int, str]:
        return row.holder, row.item, row.priority, row.purpose

    ordered = sorted(scenario.demand, key=place)
    return tuple(dict.fromkeys((row.holder, row.item, row.purpose) for row in ordered))
