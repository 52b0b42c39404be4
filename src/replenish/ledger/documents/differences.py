"""How the words of one text differ from those of another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rapidfuzz.distance import Levenshtein

from replenish.errors import UsageError
from replenish.ledger.documents.words import Word, to_words

MOST_WORDS = 20_000
"""Words of each text that are compared one by one; the work grows with the product."""

CONTEXT_WORDS = 6
SHORT_RUN = 1
"""Unchanged words between two changes up to which the changes count as one."""


class Difference(NamedTuple):
    """Words of one text that the other has not, or has otherwise; `own` empty: inserted, `other` empty: left out."""

    own: str
    other: str
    before: str
    after: str


class _Run(NamedTuple):
    own_start: int
    own_end: int
    other_start: int
    other_end: int


def differences(own: str, other: str) -> list[Difference]:
    """Return in order where the words of two texts differ, as written, with the words of `own` around them.

    Case, punctuation, quotation marks and spaces do not count.

    Raises:
        UsageError: a text is too long to be compared word by word.

    >>> differences("It continues its invasion today.", "It continues its military operation today.")
    [Difference(own='invasion', other='military operation', before='It continues its', after='today')]
    """
    mine, theirs = to_words(own), to_words(other)
    if max(len(mine), len(theirs)) > MOST_WORDS:
        raise UsageError(f"texts of more than {MOST_WORDS:,} words are not compared word by word")
    runs = (_trimmed(run, mine, theirs) for run in _merged(_runs(mine, theirs)))
    return [_difference(run, own, other, mine, theirs) for run in runs]


def _runs(mine: Sequence[Word], theirs: Sequence[Word]) -> Iterator[_Run]:
    numbers: dict[str, int] = {}
    own, other = ([numbers.setdefault(word.form, len(numbers)) for word in words] for words in (mine, theirs))
    for step in Levenshtein.opcodes(own, other):
        if step.tag != "equal":
            yield _Run(step.src_start, step.src_end, step.dest_start, step.dest_end)


def _merged(runs: Iterator[_Run]) -> list[_Run]:
    found: list[_Run] = []
    for run in runs:
        if found and run.own_start - found[-1].own_end <= SHORT_RUN:
            run = _Run(found[-1].own_start, run.own_end, found[-1].other_start, run.other_end)  # noqa: PLW2901
            found.pop()
        found.append(run)
    return found


def _trimmed(run: _Run, mine: Sequence[Word], theirs: Sequence[Word]) -> _Run:
    """Return a run without words at its ends that are the same in both, which merging left there."""
    start, end, other_start, other_end = run
    while start < end and other_start < other_end and mine[start].form == theirs[other_start].form:
        start, other_start = start + 1, other_start + 1
    while start < end and other_start < other_end and mine[end - 1].form == theirs[other_end - 1].form:
        end, other_end = end - 1, other_end - 1
    return _Run(start, end, other_start, other_end)


def _difference(run: _Run, own: str, other: str, mine: Sequence[Word], theirs: Sequence[Word]) -> Difference:
    return Difference(
        _written(own, mine, run.own_start, run.own_end),
        _written(other, theirs, run.other_start, run.other_end),
        _written(own, mine, max(0, run.own_start - CONTEXT_WORDS), run.own_start),
        _written(own, mine, run.own_end, run.own_end + CONTEXT_WORDS),
    )


def _written(text: str, words: Sequence[Word], start: int, end: int) -> str:
    chosen = words[start:end]
    return text[chosen[0].start : chosen[-1].end] if chosen else ""
