"""Rules about names: what a row refers to exists, and no row stands twice.

They run first: a name that leads nowhere is damaged, and later rules leave its row alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from replenish.scenario.draft import Draft, Entry, columns_with
from replenish.scenario.model import (
    TABLES,
    ChainState,
    Demand,
    Expansion,
    Fleet,
    Forced,
    Holder,
    Influence,
    Item,
    Line,
    Part,
    Requirement,
    Row,
    Servers,
    Settings,
    Site,
    Source,
    Transition,
)
from replenish.scenario.rules.groups import Key, key_getter
from replenish.scenario.rules.reading import EMPTY_REQUIRED
from replenish.scenario.rules.registry import CHECKS, Finding, rule
from replenish.scenario.suggest import nearest

KINDS: dict[str, tuple[type[Row], str]] = {
    "item": (Item, "name"),
    "holder": (Holder, "name"),
    "line": (Line, "name"),
    "chain": (ChainState, "chain"),
    "expansion": (Expansion, "name"),
    "source": (Source, "name"),
    "site": (Site, "name"),
    "fleet": (Fleet, "name"),
    "part": (Part, "name"),
    "servers": (Servers, "name"),
}
"""Table and column that define each kind of name."""

_STATE_COLUMNS: tuple[tuple[type[Any], str, str], ...] = (
    (Demand, "chain", "state"), (Requirement, "chain", "state"), (Forced, "chain", "state"),
    (Transition, "chain", "from_state"), (Transition, "chain", "to_state"),
    (Influence, "chain", "from_state"), (Influence, "chain", "to_state"), (Expansion, "trigger_chain", "trigger_state"),
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


class Known(NamedTuple):
    """Names that a table defines, and what may stand in its damaged rows."""

    names: set[str]
    written: set[str]  # every cell of the damaged rows
    damaged: int  # rows whose name is not known

    def unknown(self, mentioned: Iterable[str]) -> set[str]:
        """Return the mentioned names that do not exist.

        Each damaged row may define one of them; the mistake is there, not where the name is used.  A name that is
        much like a sound one is taken for a slip all the same.
        """
        seen = self.names | self.written
        counts = Counter(name for name in mentioned if name and name not in seen)
        found = set(counts)
        if self.damaged:
            strangers = [name for name, _ in counts.most_common() if nearest(name, self.names) is None]
            found -= set(strangers[: self.damaged])
        return found


def _known(entries: Iterable[Entry[Any]], column: str) -> Known:
    known = Known(set(), set(), 0)
    for entry in entries:
        if entry.is_sound(column):
            known.names.add(getattr(entry.row, column))
        else:
            known.written.update(cell.strip() for cell in entry.cells)
            known = known._replace(damaged=known.damaged + 1)
    return known


@rule(
    "unknown-name",
    meaning="A cell or a setting names an item, holder, line, chain, expansion, source, site, fleet, part or servers"
    " that its table does not hold.",
    example="`germny` as `holder` of a stock.",
    remedy="add it to its table, or use one of the names there",
)
def unknown_names(draft: Draft) -> Iterator[Finding]:
    """Find references to what does not exist."""
    for kind, (row_class, column) in KINDS.items():
        if row_class.table in draft.tables and not draft.tables[row_class.table].is_whole:
            continue
        known = _known(draft.entries(row_class), column)
        mentions = list(_mentions(draft, kind))
        unknown = known.unknown(name for _, _, name in mentions)
        for entry, where, name in mentions if unknown else ():
            if name in unknown:
                remedy = draft.advice(name, known.names, kind)
                yield Finding(entry, where, f"there is no {kind} `{name}`", remedy, name if entry is None else None)


def _mentions(draft: Draft, kind: str) -> Iterator[tuple[Entry[Any] | None, str, str]]:
    """Iterate over all references to a kind of name: row (None for a setting), column and name."""
    for row_class, column, refers_to in columns_with("refers_to"):
        if refers_to == kind:
            for entry in draft.sound(row_class, column):
                yield entry, column, getattr(entry.row, column)
    if draft.settings is not None:
        for where, refers_to, names in _named_settings(draft.settings):
            if refers_to == kind:
                yield from ((None, where, name) for name in names)


def _named_settings(settings: Settings) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    return (
        ("collect.holders", "holder", settings.collect.holders),
        ("collect.items", "item", settings.collect.items),
        ("report.item", "item", (settings.report.item,)),
        ("report.recipient", "holder", (settings.report.recipient,)),
        ("plan.chains", "chain", settings.plan.chains),
    )


@rule(
    "unknown-state",
    meaning="A cell names a state that its chain does not have.",
    example="state `surg` of the chain `regime`.",
    remedy="add the state to the table chains, or use one that it holds",
)
def unknown_states(draft: Draft) -> Iterator[Finding]:
    """Find states that their chain does not have."""
    if not draft.is_complete(ChainState, "chain"):
        return
    chains: dict[str, list[Entry[ChainState]]] = {}
    for state in draft.entries(ChainState):
        chains.setdefault(state.row.chain, []).append(state)
    mentions: dict[str, list[tuple[Entry[Any], str]]] = {}
    for row_class, of, column in _STATE_COLUMNS:
        for entry in draft.sound(row_class, of, column):
            mentions.setdefault(getattr(entry.row, of), []).append((entry, column))
    for chain in mentions.keys() & chains.keys():
        yield from _unknown_states(draft, chain, _known(chains[chain], "state"), mentions[chain])


def _unknown_states(
    draft: Draft, chain: str, known: Known, mentions: list[tuple[Entry[Any], str]]
) -> Iterator[Finding]:
    unknown = known.unknown(getattr(entry.row, column) for entry, column in mentions)
    for entry, column in mentions:
        if (state := getattr(entry.row, column)) in unknown:
            remedy = draft.advice(state, known.names, f"state of {chain}")
            yield Finding(entry, column, f"chain `{chain}` has no state `{state}`", remedy)


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
