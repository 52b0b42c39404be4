"""Warnings about what is written down and has no part in the study."""

from __future__ import annotations

from collections.abc import Iterator

from replenish.scenario.draft import Draft, columns_with
from replenish.scenario.model import (
    Bundle,
    ChainState,
    Component,
    Contract,
    Demand,
    Evidence,
    Forced,
    Holder,
    Influence,
    Item,
    Line,
    LineItem,
    Observation,
    Pledge,
    PolicyRow,
    Preference,
    Price,
    Requirement,
    Row,
    Source,
    Stock,
    Substitute,
    TargetRow,
    Transition,
)
from replenish.scenario.rules.registry import Finding, rule

_SAYS_NOTHING: tuple[type[Row], ...] = (Observation, Evidence, Price, Preference, TargetRow)
"""Tables that speak about things but give them no part in the study."""


def _mentioned(draft: Draft, kind: str, without: tuple[type[Row], ...] = ()) -> set[str] | None:
    """Return the names of a kind that rows refer to, or None if a damaged cell may hold another one."""
    names: set[str] = set()
    for row_class, column, refers_to in columns_with("refers_to"):
        if refers_to == kind and row_class not in without:
            if not draft.is_complete(row_class, column):
                return None
            names.update(getattr(entry.row, column) for entry in draft.sound(row_class, column))
    return names


def _unused(draft: Draft, row_class: type[Row], column: str, used: set[str] | None) -> Iterator[Finding]:
    if used is None:
        return
    seen: set[str] = set()
    for entry in draft.sound(row_class, column):
        name = getattr(entry.row, column)
        if name not in used and name not in seen:
            yield Finding(entry, column, f"nothing refers to `{name}`")
        seen.add(name)


@rule(
    "unused-item",
    severity="warning",
    meaning="No stock, demand, line, component, pledge or policy names an item.",
    example="`mortar_round` stands only in the table items.",
    remedy="remove the item, or check how other tables write its name",
)
def unused_items(draft: Draft) -> Iterator[Finding]:
    """Find items without a part in the study."""
    yield from _unused(draft, Item, "name", _mentioned(draft, "item", _SAYS_NOTHING))


@rule(
    "unused-holder",
    severity="warning",
    meaning="No stock, demand, line, route, pledge or policy names a holder, and it is nobody's parent.",
    example="`austria` stands only in the table holders.",
    remedy="remove the holder, or check how other tables write its name",
)
def unused_holders(draft: Draft) -> Iterator[Finding]:
    """Find holders without a part in the study."""
    yield from _unused(draft, Holder, "name", _mentioned(draft, "holder", _SAYS_NOTHING))


@rule(
    "unused-chain",
    severity="warning",
    meaning="No demand, requirement, holder, budget or expansion depends on a chain.",
    example="the chain `threat` has states and transitions, and nothing names it.",
    remedy="name it where it should have an effect, or remove it",
)
def unused_chains(draft: Draft) -> Iterator[Finding]:
    """Find chains without an effect."""
    yield from _unused(draft, ChainState, "chain", _mentioned(draft, "chain", (Transition, Forced, Influence)))


@rule(
    "unused-source",
    severity="warning",
    meaning="No evidence and no observation names a source.",
    example="a document stands in sources, and nothing rests on it.",
    remedy="name it in evidence or observations, or remove it",
)
def unused_sources(draft: Draft) -> Iterator[Finding]:
    """Find documents on which nothing rests."""
    yield from _unused(draft, Source, "name", _mentioned(draft, "source"))


@rule(
    "line-without-demand",
    severity="warning",
    meaning="Nobody demands, requires, orders, promises or builds in anything that a line makes.",
    example="a line makes `mortar_round`, and no other table names it.",
    remedy="add the demand or requirement that it serves, or remove the line",
)
def lines_without_demand(draft: Draft) -> Iterator[Finding]:
    """Find lines that work for nobody."""
    wants: tuple[tuple[type[Row], str], ...] = (
        (Demand, "item"), (Requirement, "item"), (Component, "component"), (Contract, "item"), (Pledge, "item"),
        (PolicyRow, "item"), (Bundle, "bundled_item"), (Substitute, "substitute"),
    )  # fmt: skip
    if not (draft.is_complete(LineItem, "line") and all(draft.is_complete(*want) for want in wants)):
        return
    wanted = {getattr(entry.row, column) for row_class, column in wants for entry in draft.sound(row_class, column)}
    products: dict[str, set[str]] = {}
    for entry in draft.sound(LineItem, "line", "item"):
        products.setdefault(entry.row.line, set()).add(entry.row.item)
    for line in draft.sound(Line, "name"):
        made = products.get(line.row.name, set())
        if made and not made & wanted:
            yield Finding(line, "name", f"nobody asks for what `{line.row.name}` makes: {', '.join(sorted(made))}")


@rule(
    "no-source-of-supply",
    severity="warning",
    meaning="A holder needs an item, for its demand or as a component of what its line makes, and never gets any.",
    example="demand of `shell` by `ukraine`, which has no stock, line, order or delivery of it.",
    remedy="give it a stock, an ordering policy, a line, or a release policy of another holder",
)
def no_source_of_supply(draft: Draft) -> Iterator[Finding]:
    """Find needs that stay unmet whatever happens; each once."""
    if (supplied := _supplied(draft)) is None:
        return
    seen: set[tuple[str, str]] = set()
    for demand in draft.sound(Demand, "holder", "item", "mean"):
        cell = (demand.row.holder, demand.row.item)
        if demand.row.mean > 0 and cell not in supplied and cell not in seen:
            seen.add(cell)
            yield Finding(demand, "item", f"`{cell[0]}` never has any `{cell[1]}`")
    yield from _components_without_supply(draft, supplied | seen)


def _components_without_supply(draft: Draft, supplied: set[tuple[str, str]]) -> Iterator[Finding]:
    owners = {entry.row.name: entry.row.owner for entry in draft.sound(Line, "name", "owner")}
    needs: dict[str, list[str]] = {}
    for entry in draft.sound(Component, "item", "component"):
        needs.setdefault(entry.row.item, []).append(entry.row.component)
    for product in draft.sound(LineItem, "line", "item"):
        owner = owners.get(product.row.line)
        missing = [part for part in needs.get(product.row.item, []) if (owner, part) not in supplied]
        if owner is not None and missing:
            yield Finding(product, "item", f"`{owner}`, the owner of the line, never has any `{', '.join(missing)}`")


def _supplied(draft: Draft) -> set[tuple[str, str]] | None:
    """Return holder and item of all stocks that anything is in or comes to, or None if that cannot be said."""
    columns: tuple[tuple[type[Row], tuple[str, ...]], ...] = (
        (Stock, ("holder", "item", "on_hand")),
        (Contract, ("holder", "item")),
        (PolicyRow, ("role", "holder", "item", "to_holder")),
        (Line, ("name", "owner")),
        (LineItem, ("line", "item")),
        (Substitute, ("item", "substitute")),
    )
    if not all(draft.is_complete(row_class, *names) for row_class, names in columns):
        return None
    found = {(stock.row.holder, stock.row.item) for stock in draft.sound(Stock) if stock.row.on_hand > 0}
    found |= {(order.row.holder, order.row.item) for order in draft.sound(Contract)}
    for entry in draft.sound(PolicyRow):
        row = entry.row
        found.add((row.to_holder if row.role == "release" else row.holder, row.item))
    owners = {entry.row.name: entry.row.owner for entry in draft.sound(Line)}
    found |= {(owners[e.row.line], e.row.item) for e in draft.sound(LineItem) if e.row.line in owners}
    replaced = [(entry.row.item, entry.row.substitute) for entry in draft.sound(Substitute)]
    return found | {(holder, item) for item, other in replaced for holder, held in found if held == other}
