"""The nearest valid word for one that is not known."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches

LISTED = 8
"""So few valid words are listed in full."""
MOST_COMPARED = 2_000
"""Above so many valid words none is suggested: comparing takes time for each."""


def nearest(word: str, valid: Collection[str]) -> str | None:
    """Return the valid word most like `word`, or None if none is alike.

    >>> nearest("Germny", ["germany", "france"])
    'germany'
    """
    if len(valid) > MOST_COMPARED:
        return None
    by_plain = {_plain(candidate): candidate for candidate in sorted(valid, reverse=True)}
    found = get_close_matches(_plain(word), by_plain, n=1, cutoff=0.6)
    return by_plain[found[0]] if found else None


def advice(word: str, valid: Collection[str]) -> str:
    """Return what to write instead of `word`; empty if nothing can be said.

    >>> advice("monthly", ["day", "week", "month", "year"])
    'did you mean `month`?'
    >>> advice("x", ["day", "week"])
    'write one of `day`, `week`'
    """
    if (found := nearest(word, valid)) is not None:
        return f"did you mean `{found}`?"
    if 0 < len(valid) <= LISTED:
        return "write one of " + ", ".join(f"`{candidate}`" for candidate in sorted(valid))
    return ""


def respelt(words: Collection[str], valid: Collection[str]) -> list[str]:
    """Return the valid words that some words are but for capitals and the sign between parts.

    >>> respelt(["KIND", "Valid from", "x"], ["kind", "valid_from"])
    ['kind', 'valid_from']
    """
    by_plain = {_plain(candidate): candidate for candidate in valid}
    return [by_plain[plain] for plain in map(_plain, words) if plain in by_plain]


def _plain(word: str) -> str:
    """Return a word without what people often vary: capitals, and the sign between parts."""
    return word.strip().lower().replace("-", "_").replace(" ", "_")
