"""Groups of rows that are judged together, without those that damaged cells make uncertain."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import product
from operator import attrgetter
from typing import TypeVar

from replenish.scenario.draft import Draft, Entry
from replenish.scenario.model import Row

R = TypeVar("R", bound=Row)
Key = tuple[object, ...]


def groups(draft: Draft, row_class: type[R], key: tuple[str, ...], *used: str) -> dict[Key, list[Entry[R]]]:
    """Return rows by the values of the columns `key`, in file order.

    A group is left out if one of its rows, or one that may belong to it, is damaged in `key` or in the columns `used`.
    """
    found: dict[Key, list[Entry[R]]] = defaultdict(list)
    values_of = key_getter(key)
    for entry in draft.sound(row_class, *key, *used):
        found[values_of(entry.row)].append(entry)
    uncertain = uncertain_keys(draft, row_class, key, *used)
    return {values: rows for values, rows in found.items() if not is_uncertain(values, uncertain)}


def key_getter(columns: tuple[str, ...]) -> Callable[[Row], Key]:
    """Return a function that gives the values of `columns` in a row."""
    getter = attrgetter(*columns)
    return getter if len(columns) > 1 else lambda row: (getter(row),)


def uncertain_keys(draft: Draft, row_class: type[Row], key: tuple[str, ...], *used: str) -> set[Key]:
    """Return the keys of damaged rows; a damaged part of a key is None and stands for any value."""
    table = draft.tables.get(row_class.table)
    found: set[Key] = set() if table is None or table.is_whole else {(None,) * len(key)}
    for entry in draft.entries(row_class):
        if entry.damaged and not entry.is_repeated and not entry.is_sound(*key, *used):
            found.add(tuple(getattr(entry.row, column) if entry.is_sound(column) else None for column in key))
    return found


def is_uncertain(values: Key, uncertain: set[Key]) -> bool:
    """Return whether a damaged row may belong to the group of these values."""
    return bool(uncertain) and any(masked in uncertain for masked in _masks(values))


def _masks(values: Key) -> Iterator[Key]:
    """Iterate over `values` with any of them replaced by None."""
    return product(*((value, None) for value in values))
