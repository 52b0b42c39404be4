"""Rules about names: what a row refers to exists, and no row stands twice.

They run first: a name that leads nowhere is damaged, and later rules leave its row alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from replenish.scenario.draft import Draft, Entry, columns_with
from replenish.scenario.model import (
    TABLES,
    ChainState,
    Demand,
    Expansion,
    Forced,
    Holder,
    Item,
    Line,
    Requirement,
    Row,
    Source,
    Transition,
)
from replenish.scenario.rules.groups import Key, key_getter
from replenish.scenario.rules.reading import EMPTY_REQUIRED
from replenish.scenario.rules.registry import CHECKS, Finding, rule

KINDS: dict[str, tuple[type[Row], str]] = {
    "item": (Item, "name"),
    "holder": (Holder, "name"),
    "line": (Line, "name"),
    "chain": (ChainState, "chain"),
    "expansion": (Expansion, "name"),
    "source": (Source, "name"),
}
"""Table and column that define each kind of name."""

_STATE_COLUMNS: tuple[tuple[type[Any], str], ...] = (
    (Demand, "state"), (Requirement, "state"), (Forced, "state"), (Transition, "from_state"), (Transition, "to_state"),
)  # fmt: skip
_WITH_CHAIN: tuple[type[Any], ...] = (Demand, Requirement)


def _empty_required(draft: Draft) -> Iterator[Finding]:
    """Find empty text where a value is required; in files reading has found it before."""
    if draft.settings is not None and not draft.settings.title.strip():
        yield Finding(None, "title", "is empty and has no default")
    for row_class in TABLES.values():
        required = [name for name, declared in row_class.model_fields.items() if declared.is_required()]
        for entry in draft.entries(row_class):
            for column in required:
                if getattr(entry.row, column) == "":
                    yield Finding(entry, column, "is empty and has no default")


CHECKS.append((EMPTY_REQUIRED, _empty_required))


def known_names(draft: Draft, kind: str) -> set[str] | None:
    """Return the names of a kind, or None if their table could not be read in full.

    Names in damaged rows count as known, as they were written: the mistake is there, not where they are used.
    """
    row_class, column = KINDS[kind]
    table = draft.tables.get(row_class.table)
    if table is not None and not table.is_whole:
        return None
    names: set[str] = set()
    for entry in draft.entries(row_class):
        if entry.is_sound(column):
            names.add(getattr(entry.row, column))
        else:
            names.update(cell.strip() for cell in entry.cells)
    return names


@rule(
    "unknown-name",
    meaning="A cell or a setting names an item, holder, line, chain, expansion or source that its table does not hold.",
    example="`germny` as `holder` of a stock.",
    remedy="add it to its table, or use one of the names there",
)
def unknown_names(draft: Draft) -> Iterator[Finding]:
    """Find references to what does not exist."""
    known = {kind: known_names(draft, kind) for kind in KINDS}
    for row_class, column, kind in columns_with("refers_to"):
        names = known[kind]
        if names is None:
            continue
        for entry in draft.sound(row_class, column):
            name = getattr(entry.row, column)
            if name and name not in names:
                yield Finding(entry, column, f"there is no {kind} `{name}`", draft.advice(name, names, kind))
    yield from _unknown_settings(draft, known)


def _unknown_settings(draft: Draft, known: dict[str, set[str] | None]) -> Iterator[Finding]:
    if draft.settings is None:
        return
    collect, report = draft.settings.collect, draft.settings.report
    named: tuple[tuple[str, str, Iterable[str]], ...] = (
        ("collect.holders", "holder", collect.holders),
        ("collect.items", "item", collect.items),
        ("report.item", "item", [report.item]),
        ("report.recipient", "holder", [report.recipient]),
    )
    for column, kind, names in named:
        valid = known[kind]
        for name in names:
            if name and valid is not None and name not in valid:
                yield Finding(None, column, f"there is no {kind} `{name}`", draft.advice(name, valid, kind), name)


@rule(
    "unknown-state",
    meaning="A cell names a state that its chain does not have.",
    example="state `surg` of the chain `regime`.",
    remedy="add the state to the table chains, or use one that it holds",
)
def unknown_states(draft: Draft) -> Iterator[Finding]:
    """Find states that their chain does not have."""
    states = _states(draft)
    for row_class, column in _STATE_COLUMNS:
        for entry in draft.sound(row_class, "chain", column):
            chain, state = entry.row.chain, getattr(entry.row, column)
            valid = states.get(chain)
            if state and valid is not None and state not in valid:
                message = f"chain `{chain}` has no state `{state}`"
                yield Finding(entry, column, message, draft.advice(state, valid, f"state of {chain}"))


def _states(draft: Draft) -> dict[str, set[str]]:
    """Return the states of each chain whose states are all known, and names in damaged rows as they were written."""
    if not draft.is_complete(ChainState, "chain"):
        return {}
    states: dict[str, set[str]] = {}
    for entry in draft.entries(ChainState):
        own = states.setdefault(entry.row.chain, set())
        own.update([entry.row.state] if entry.is_sound("state") else entry.cells)
    return states


@rule(
    "state-without-chain",
    meaning="A row names a state but not the chain that it belongs to.",
    example="demand with `state` `surge` and an empty `chain`.",
    remedy="name the chain, or empty the state",
)
def states_without_chain(draft: Draft) -> Iterator[Finding]:
    """Find states whose chain is not named."""
    for row_class in _WITH_CHAIN:
        for entry in draft.sound(row_class, "chain", "state"):
            if entry.row.state and not entry.row.chain:
                yield Finding(entry, "state", f"state `{entry.row.state}` belongs to no chain")


@rule(
    "chain-without-state",
    meaning="A row names a chain but not the state in which it holds.",
    example="demand with `chain` `regime` and an empty `state`.",
    remedy="name the state, or empty the chain",
)
def chains_without_state(draft: Draft) -> Iterator[Finding]:
    """Find chains whose state is not named."""
    for row_class in _WITH_CHAIN:
        for entry in draft.sound(row_class, "chain", "state"):
            if entry.row.chain and not entry.row.state:
                yield Finding(entry, "chain", f"no state of `{entry.row.chain}` is named")


@rule(
    "duplicate-key",
    meaning="Two rows of a table have the same key; it cannot be known which of them holds.",
    example="two rows for `germany`, `shell` in `tables/stocks.csv`.",
    remedy="remove one of the rows, or make the columns of the key differ",
)
def duplicate_keys(draft: Draft) -> Iterator[Finding]:
    """Find rows whose key stands in an earlier row; other rules leave them alone."""
    for row_class in TABLES.values():
        seen: dict[Key, Entry[Any]] = {}
        values_of = key_getter(row_class.key)
        for entry in draft.sound(row_class, *row_class.key):
            first = seen.setdefault(values_of(entry.row), entry)
            if first is not entry:
                entry.is_repeated = True
                columns = ", ".join(row_class.key)
                yield Finding(
                    entry, row_class.key[0], f"{columns}: the same as in row {first.line}", "", entry.row.key_value()
                )


@rule(
    "parent-cycle",
    meaning="A holder is, through its parents, a part of itself.",
    example="`europe` has the parent `nato` and `nato` the parent `europe`.",
    remedy="empty one parent of the circle",
)
def parent_cycles(draft: Draft) -> Iterator[Finding]:
    """Find holders that are parts of themselves; each circle once."""
    entries = {entry.row.name: entry for entry in draft.sound(Holder, "name", "parent")}
    circles = find_circles({name: [entry.row.parent] for name, entry in entries.items() if entry.row.parent})
    for circle in circles:
        yield Finding(entries[circle[0]], "parent", " -> ".join((*circle, circle[0])))


def find_circles(following: dict[str, list[str]]) -> list[list[str]]:
    """Return circles of a directed graph, each once and from the name met first; an empty list if there are none.

    >>> find_circles({"a": ["b"], "b": ["c"], "c": ["b"]})
    [['b', 'c']]
    """
    found: list[list[str]] = []
    done: set[str] = set()
    for start in following:
        path: list[str] = []
        waiting = [iter([start])]
        while waiting:
            name = next(waiting[-1], None)
            if name is None:
                waiting.pop()
                done.update(path[-1:])
                del path[-1:]
            elif name in path:
                found.append(path[path.index(name) :])
            elif name not in done:
                path.append(name)
                waiting.append(iter(following.get(name, [])))
    return found
