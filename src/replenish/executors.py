"""Coarse parallel work: independent calls of one function, in turn, on threads, in processes or on a cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

R = TypeVar("R")


class Executor(Protocol):
    """Whatever calls a function for each of some arguments, such as the pools of `concurrent.futures`."""

    def map(self, function: Callable[..., R], /, *iterables: Iterable[Any]) -> Iterator[R]:
        """Return what the function gives for the first of each iterable, then for the second, in this order."""
        ...  # pragma: no cover


@dataclass(frozen=True, slots=True)
class InTurn:
    """One call after the other, here and now.

    >>> list(InTurn().map(pow, [2, 3], [5, 2]))
    [32, 9]
    """

    def map(self, function: Callable[..., R], /, *iterables: Iterable[Any]) -> Iterator[R]:
        """Return what the function gives; each call is made when its result is asked for."""
        return map(function, *iterables)
