"""Rows by what they share."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

R = TypeVar("R")
K = TypeVar("K", bound=Hashable)


def by_key(rows: Iterable[R], key: Callable[[R], K]) -> dict[K, list[R]]:
    """Return rows by their key, in the order in which they came.

    >>> by_key(["ant", "bee", "asp"], lambda word: word[0])
    {'a': ['ant', 'asp'], 'b': ['bee']}
    """
    found: dict[K, list[R]] = {}
    for row in rows:
        found.setdefault(key(row), []).append(row)
    return found
