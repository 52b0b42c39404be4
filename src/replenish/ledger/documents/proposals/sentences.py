"""Where sentences begin and end."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

MOST_CHARACTERS = 1_500
"""Longest sentence; what is longer is cut at a space, so that a line without end costs no more than others."""

LEAST_WIDTH, WIDEST, WRAPPED = 30, 130, 0.75
"""Characters that a line has at least before it goes on in the next, the widest line of a text with short ones, and the
share of it that other lines have."""

MARKS = (".", "!", "?", "\u2026", ":", '"', "\u201d")

ABBREVIATIONS = frozenset({
    "mr", "mrs", "ms", "dr", "prof", "gen", "lt", "col", "maj", "capt", "sgt", "adm", "brig", "cmdr", "sen", "rep",
    "gov", "st", "no", "nos", "vs", "etc", "approx", "inc", "co", "corp", "ltd", "jr", "sr", "jan", "feb", "mar",
    "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "e.g", "i.e", "u.s", "u.k", "u.n", "a.m", "p.m",
    "e.u", "fig", "vol"
})  # fmt: skip
END = re.compile(r"[.!?\u2026]+[\"'\u201d\u2019)\]]*(?=\s+[\"'\u201c\u2018(\[]?[A-Z0-9\u00c0-\u00de]|\s*$)")
LAST_WORD = re.compile(r"[\w.]*\w$")


class Span(NamedTuple):
    """A part of a text."""

    start: int
    end: int


def sentences(text: str) -> list[Span]:
    """Return the sentences of a text; a line ends one too.

    >>> text = "Gen. Ost spoke. He had 1.5 million left. A third"
    >>> [text[one.start : one.end] for one in sentences(text)]
    ['Gen. Ost spoke.', 'He had 1.5 million left.', 'A third']
    """
    return [piece for line in lines(text) for piece in _split(text, line)]


def joined(text: str) -> str:
    r"""Return a text of the same length in which a space stands for each line end that only keeps lines short.

    A line goes on in the next one if it ends without a mark, and the next one begins with a small letter or a digit, or
    the line is about as wide as the widest of a text with short lines.

    >>> joined("The works in Ost make 600 filters a\nmonth, and nobody knows why.\nThe end")
    'The works in Ost make 600 filters a month, and nobody knows why.\nThe end'
    """
    widths = [len(line) for line in text.split("\n")]
    widest = max(widths)
    least = WRAPPED * widest if widest <= WIDEST else math.inf
    pieces, place = list(text), -1
    for width, following in pairwise(widths):
        place += width + 1
        before, after = text[place - width : place].rstrip(), text[place + 1 : place + 1 + following]
        goes_on = bool(before and after) and not before.endswith(MARKS) and after[0].isalnum()
        if goes_on and width >= LEAST_WIDTH and (width >= least or after[0].islower() or after[0].isdigit()):
            pieces[place] = " "
    return "".join(pieces)


def lines(text: str) -> Iterator[Span]:
    """Return the lines that hold something, without spaces at their ends."""
    for found in re.finditer(r"[^\n]+", text):
        start, end = found.span()
        own = text[start:end]
        if own.strip():
            yield Span(start + len(own) - len(own.lstrip()), end - len(own) + len(own.rstrip()))


def _split(text: str, line: Span) -> Iterator[Span]:
    start = line.start
    for found in END.finditer(text, line.start, line.end):
        if not _is_abbreviation(text, start, found):
            yield from _cut(text, Span(start, found.end()))
            start = _skip_spaces(text, found.end())
    if start < line.end:
        yield from _cut(text, Span(start, line.end))


def _skip_spaces(text: str, place: int) -> int:
    while place < len(text) and text[place] == " ":
        place += 1
    return place


def _is_abbreviation(text: str, start: int, found: re.Match[str]) -> bool:
    if found[0] != "." or found.end() >= len(text):
        return False
    last = LAST_WORD.search(text, max(start, found.start() - 20), found.start())
    word = last[0].lower() if last else ""
    return word in ABBREVIATIONS or (len(word) == 1 and word.isalpha())


def _cut(text: str, span: Span) -> Iterator[Span]:
    start = span.start
    while span.end - start > MOST_CHARACTERS:
        space = text.rfind(" ", start + 1, start + MOST_CHARACTERS)
        end = space if space > start else start + MOST_CHARACTERS
        yield Span(start, end)
        start = end + (space > start)
    if start < span.end:
        yield Span(start, span.end)
