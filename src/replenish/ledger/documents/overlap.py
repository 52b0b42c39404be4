"""What two texts share: a share of their runs of five words, and the longest run of words."""

from __future__ import annotations

from collections.abc import Hashable, Sequence, Set

import numpy as np

from replenish.arrays.groups import Ints


def containment(own: Set[Hashable], other: Set[Hashable]) -> float:
    """Return the share of the shingles of the smaller set that the larger one has too.

    References:
        Broder (1997), On the resemblance and containment of documents, section 2.

    >>> containment({1, 2, 3, 4}, {3, 4, 5, 6, 7, 8})
    0.5
    """
    least = min(len(own), len(other))
    return len(own & other) / least if least else 0.0


def longest_run(own: Sequence[str], other: Sequence[str]) -> tuple[int, int, int]:
    """Return where the longest run of words that two texts share begins in each of them, and its length.

    Runs of doubled length get numbers of their own from the numbers of their halves, as in sorting of suffixes, so
    neither hashes nor repeated words can mislead or slow it.

    References:
        Karp, Miller and Rosenberg (1972), Rapid identification of repeated patterns in strings, trees and arrays.

    >>> longest_run("a b c d e".split(), "x b c d y".split())
    (1, 1, 3)
    """
    if not own or not other:
        return 0, 0, 0
    numbers: dict[str, int] = {}
    joined = np.array([numbers.setdefault(word, len(numbers)) for word in (*own, *other)])
    ranks = [joined]
    while _shared(ranks[-1], len(own), len(other), 1 << (len(ranks) - 1)) is not None:
        ranks.append(_doubled(ranks[-1], 1 << (len(ranks) - 1)))
        if len(ranks[-1]) == 0:
            break
    low, high, place = 0, min(1 << (len(ranks) - 1), len(own), len(other)), (0, 0)
    while low < high:
        middle = (low + high + 1) // 2
        found = _shared(_of_length(ranks, middle), len(own), len(other), middle)
        low, high, place = (middle, high, found) if found is not None else (low, middle - 1, place)
    return *place, low


def _doubled(ranks: Ints, length: int) -> Ints:
    """Return numbers of the runs of twice the length."""
    return _joined(ranks[:-length], ranks[length:]) if len(ranks) > length else ranks[:0]


def _of_length(ranks: list[Ints], length: int) -> Ints:
    """Return numbers of the runs of a length, each from two shorter ones that cover it."""
    power = length.bit_length() - 1
    known, step = ranks[power], length - (1 << power)
    return known if step == 0 else _joined(known[:-step], known[step:])


def _joined(first: Ints, second: Ints) -> Ints:
    own = first.astype(np.int64) * (int(second.max(initial=0)) + 1) + second
    numbers: Ints = np.unique(own, return_inverse=True)[1]
    return numbers


def _shared(ranks: Ints, own: int, other: int, length: int) -> tuple[int, int] | None:
    """Return where a run of a length that lies wholly in one text stands in the other one too."""
    if length > min(own, other):
        return None
    mine, theirs = ranks[: own - length + 1], ranks[own : own + other - length + 1]
    _, at, there = np.intersect1d(mine, theirs, return_indices=True)
    return (int(at[0]), int(there[0])) if len(at) else None
