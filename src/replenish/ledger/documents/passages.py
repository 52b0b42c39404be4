"""Passages found again in a text that may have been edited since."""

from __future__ import annotations

import re
from itertools import product
from typing import Literal, NamedTuple

from rapidfuzz import fuzz

from replenish.ledger.values import Passage

Finding = Literal["exact", "moved", "edited", "lost"]

CONTEXT_CHARACTERS = 60
"""Characters before and after a passage that are kept with it."""

LEAST_SCORE = 80.0
"""Likeness of an edited passage to its words, of 100, below which it counts as lost: one word in five replaced."""

CONTEXT_WEIGHT = 0.2
NUDGED_WORDS = 8
"""Words by which the ends of a likely place are moved to find the best one."""

MARK_BONUS = 3.0

DIGITS = re.compile(r"\d+(?:[.,]\d+)*")


class Found(NamedTuple):
    """Where a passage stands in a text.

    finding: exact: at its offset; moved: the same words elsewhere; edited: other words, `score` says how like of 100.
    has_same_numbers: its figures stand in it unchanged.
    """

    finding: Finding
    offset: int | None
    words: str
    score: float
    has_same_numbers: bool


LOST = Found("lost", None, "", 0.0, False)


def to_passage(text: str, start: int, end: int, *, document: str, speaker: str = "") -> Passage:
    """Return the passage from `start` to `end` of a text, with the words around it."""
    before = text[max(0, start - CONTEXT_CHARACTERS) : start]
    after = text[end : end + CONTEXT_CHARACTERS]
    return Passage(document=document, words=text[start:end], before=before, after=after, offset=start, speaker=speaker)


def find_passage(text: str, passage: Passage, *, least_score: float = LEAST_SCORE) -> Found:
    """Return where a passage stands in a text, after small edits too; the words around it settle which place."""
    words, offset = passage.words, passage.offset
    if not words.strip():
        return LOST
    if offset is not None and text[offset : offset + len(words)] == words:
        return Found("exact", offset, words, 100.0, True)
    places = [found.start() for found in re.finditer(re.escape(words), text)]
    if places:
        best = max(places, key=lambda place: (_context(text, passage, place, place + len(words)), -place))
        return Found("exact" if offset is None else "moved", best, words, 100.0, True)
    return _edited(text, passage, least_score)


def _edited(text: str, passage: Passage, least_score: float) -> Found:
    likely = {_likely(text, passage.words), _likely_by_context(text, passage)} - {None}
    found = [_nudged(text, passage.words, *place) for place in likely if place is not None]
    scored = [(_score(text, passage, start, end), start, end) for start, end in found]
    if not scored:
        return LOST
    _, start, end = max(scored)
    likeness = fuzz.ratio(_plain(passage.words), _plain(text[start:end]))
    if likeness < least_score:
        return LOST
    is_same = DIGITS.findall(passage.words) == DIGITS.findall(text[start:end])
    return Found("edited", start, text[start:end], likeness, is_same)


def _plain(text: str) -> str:
    """Return a text with one kind of quotation mark and space."""
    return re.sub(r"\s+", " ", re.sub("[\u2018\u2019`]", "'", re.sub("[\u201c\u201d\u201e\u00ab\u00bb]", '"', text)))


def _context(text: str, passage: Passage, start: int, end: int) -> float:
    """Return how like the words around a place are to those around the passage, of 100."""
    before = text[max(0, start - len(passage.before)) : start]
    after = text[end : end + len(passage.after)]
    return (fuzz.ratio(before, passage.before) + fuzz.ratio(after, passage.after)) / 2


def _score(text: str, passage: Passage, start: int, end: int) -> float:
    own = fuzz.ratio(passage.words, text[start:end])
    return (1 - CONTEXT_WEIGHT) * own + CONTEXT_WEIGHT * _context(text, passage, start, end)


def _likely(text: str, words: str) -> tuple[int, int] | None:
    found = fuzz.partial_ratio_alignment(words, text)
    return (found.dest_start, found.dest_end) if found and len(words) <= len(text) else None


def _likely_by_context(text: str, passage: Passage) -> tuple[int, int] | None:
    """Return the place of the passage together with the words around it."""
    found = _likely(text, passage.before + passage.words + passage.after)
    return None if found is None else (found[0] + len(passage.before), max(found[1] - len(passage.after), found[0] + 1))


def _nudged(text: str, words: str, start: int, end: int) -> tuple[int, int]:
    """Return the ends near a likely place, at ends of words, between which the text is most like the words."""
    reach = 12 * NUDGED_WORDS
    starts = [start, *_near(text, r"(?<!\w)[\w\"'\u201c\u2018]", start, reach)]
    ends = [end, *(place + 1 for place in _near(text, r"[\w.!?\"'\u201c\u201d\u2019](?!\w)", end - 1, reach))]
    pairs = [(first, last) for first, last in product(starts, ends) if first < last]
    plain = _plain(words)
    return max(pairs, key=lambda pair: (_fit(plain, _plain(text[pair[0] : pair[1]])), -pair[0], pair[1]))


def _fit(words: str, found: str) -> float:
    """Return how like words are, of 100, with something more for ends that are the same mark."""
    same = sum(1 for at in (0, -1) if words[at] == found[at] and not words[at].isalnum())
    return fuzz.ratio(words, found) + MARK_BONUS * same


def _near(text: str, pattern: str, place: int, reach: int) -> list[int]:
    low = max(0, place - reach)
    found = [low + one.start() for one in re.finditer(pattern, text[low : place + reach])]
    return sorted(found, key=lambda one: abs(one - place))[: 2 * NUDGED_WORDS]
