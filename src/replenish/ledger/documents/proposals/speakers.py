"""Quotations and who is said to have spoken."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from replenish.ledger.documents.proposals.sentences import Span, lines

_SAID = (
    "said|says|told|added|adds|stressed|stated|noted|warned|announced|explained|insisted|argued|claimed|confirmed|"
    "acknowledged|admitted|declared|continued|underlined|underscored|emphasi[sz]ed|remarked|replied|recalled|wrote|"
    "urged|pledged|promised|estimated|reported|reiterated|concluded|asked|called|believes|tweeted|testified|according"
)
SAID = rf"(?:{_SAID.removesuffix('|according')})"
_CAPITAL = r"[A-Z\u00c0-\u00de][\w\u00c0-\u024f'\u2019-]*\.?"
_JOINER = r"(?:van|von|der|den|de|del|da|di|la|le|al|bin|el|of)"
NAME = rf"{_CAPITAL}(?:\s+(?:{_JOINER}\s+)*{_CAPITAL}){{0,6}}"
DESCRIPTION = r"(?:the|a|an|its|his|her|one)\s+(?:[\w'\u2019-]+\s+){0,4}?[a-z][\w'\u2019-]*"
PRONOUN = r"(?:he|she|they|He|She|They)"
WHO = rf"(?:{NAME}|{DESCRIPTION}|{PRONOUN})"
_BETWEEN = r"(?:,\s[^,.\"\u201c]{3,90},)?(?:\s+(?:also|later|has|had|then|further))?"

AFTER_NAME_FIRST = re.compile(rf"[\s,]*(?P<who>{WHO}){_BETWEEN}\s+(?P<said>{SAID})\b")
AFTER_VERB_FIRST = re.compile(rf"[\s,]*(?P<said>{SAID})\s+(?P<who>{NAME}|{DESCRIPTION}|he\b|she\b|they\b)")
BEFORE = re.compile(rf"(?P<who>{WHO}){_BETWEEN}\s+(?P<said>{SAID})\b(?P<rest>[^.!?\"\u201c\u201d]*?)[\s,:]*$")
ACCORDING = re.compile(rf"\b[Aa]ccording to (?P<who>{NAME}|{DESCRIPTION})(?=[,.\s]|$)")

TITLES: Final = frozenset({
    "secretary", "general", "minister", "president", "prime", "chancellor", "defence", "defense", "foreign", "deputy",
    "chief", "director", "head", "spokesman", "spokeswoman", "spokesperson", "commander", "colonel", "col", "gen",
    "major", "maj", "captain", "capt", "lieutenant", "lt", "admiral", "adm", "sergeant", "sgt", "senator", "sen",
    "representative", "rep", "governor", "gov", "professor", "prof", "doctor", "dr", "mr", "mrs", "ms", "sir", "lord",
    "lady", "chairman", "chairwoman", "chair", "ceo", "officer", "executive", "manager", "analyst", "commissioner",
    "ambassador", "king", "queen", "state", "army", "navy", "health", "finance", "economy", "interior", "logistics",
    "brigadier", "brig", "marshal", "under", "vice", "acting", "inspector"
})  # fmt: skip
NOT_NAMES: Final = frozenset({
    "the", "a", "an", "in", "on", "at", "but", "and", "or", "as", "it", "this", "that", "these", "those", "there",
    "here", "however", "meanwhile", "earlier", "later", "when", "while", "if", "since", "after", "before", "for",
    "with", "from", "by", "to", "of", "so", "yet", "still", "also", "according", "last", "next", "january",
    "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "he", "she", "they", "his", "her",
    "their", "its", "our", "we", "you", "i", "asked", "what", "who", "where", "why", "how"
})  # fmt: skip
ARTICLES: Final = ("the", "a", "an", "its", "his", "her", "one")

LEAST_WORDS = 4
"""Words of a quotation; fewer are a word in quotation marks, unless somebody is said to have spoken them."""

REACH = 160
"""Characters before and after a quotation in which its speaker is looked for."""


class Quotation(NamedTuple):
    """Words between quotation marks, without them; `speaker` is empty where none is said."""

    start: int
    end: int
    speaker: str


class Speakers:
    """Names that were said to speak so far, by which later surnames and pronouns are read."""

    def __init__(self) -> None:
        self.full: dict[str, str] = {}
        self.last = ""

    def resolved(self, written: str) -> str:
        """Return whom words for a speaker mean: a pronoun the last named one, a surname the name that had it."""
        if written.lower() in ("he", "she", "they"):
            return self.last
        if not written[:1].isupper() or written.split(maxsplit=1)[0].lower() in ARTICLES:
            return written
        name = _without_title(written)
        if not name:
            return ""
        surname = name.split()[-1]
        if len(name.split()) > 1:
            self.full[surname] = name
        self.last = self.full.get(name, name)
        return self.last

    def note_names(self, text: str) -> None:
        """Remember the names with a title in a text, so that a surname that follows is read in full."""
        for found in re.finditer(NAME, text):
            words = found[0].split()
            if any(word.lower().rstrip(".") in TITLES for word in words[:-1]):
                name = _without_title(found[0])
                if len(name.split()) > 1:
                    self.full.setdefault(name.split()[-1], name)


def _without_title(written: str) -> str:
    """Return a name without the office before it and words that only begin a sentence; empty where none is left.

    >>> _without_title("Alliance Secretary General Ada van Holm"), _without_title("On Friday Ost")
    ('Ada van Holm', 'Ost')
    """
    words = re.sub(r"['\u2019]s$", "", written.strip(" .,")).split()
    titled = [at for at, word in enumerate(words) if word.lower().rstrip(".") in TITLES]
    if titled and titled[-1] + 1 < len(words):
        words = words[titled[-1] + 1 :]
    while words and words[0].lower() in NOT_NAMES:
        words = words[1:]
    return " ".join(words)


def find_quotations(text: str, speakers: Speakers) -> list[Quotation]:
    """Return the quotations of a text in order with their speakers."""
    found: list[Quotation] = []
    for line in lines(text):
        speakers.note_names(text[line.start : line.end])
        for span in _quoted(text, line):
            speaker = _speaker(text, line, span, found, speakers)
            if speaker or len(text[span.start : span.end].split()) >= LEAST_WORDS:
                found.append(Quotation(span.start, span.end, speaker))
    return [one for one in found if len(text[one.start : one.end].split()) >= LEAST_WORDS]


def _quoted(text: str, line: Span) -> Iterator[Span]:
    """Return what stands between quotation marks in a line; a mark that is not closed reaches to its end."""
    opened: int | None = None
    for mark in re.finditer(r"[\"\u201c\u201d\u201e\u00ab\u00bb]", text[line.start : line.end]):
        place = line.start + mark.start()
        if opened is None:
            if mark[0] not in "\u201d\u00bb":
                opened = place + 1
        elif mark[0] != "\u201e" and (mark[0] != "\u201c" or text[opened - 1] == "\u201e"):
            yield from _stripped(text, opened, place)
            opened = None
    if opened is not None:
        yield from _stripped(text, opened, line.end)


def _stripped(text: str, start: int, end: int) -> Iterator[Span]:
    words = text[start:end]
    begin, stop = start + len(words) - len(words.lstrip()), end - len(words) + len(words.rstrip(" ,"))
    if begin < stop:
        yield Span(begin, stop)


def _speaker(text: str, line: Span, span: Span, earlier: list[Quotation], speakers: Speakers) -> str:
    after = re.sub(r"^[\"\u201d\u00bb,\s]+", "", text[span.end : min(line.end, span.end + REACH)])
    before = text[max(line.start, span.start - REACH) : span.start].rstrip('"\u201c\u201e\u00ab \n')
    ends_inside = text[span.end - 1] in ".!?"
    found = None if ends_inside and after[:1].isupper() else _after(after)
    found = found or BEFORE.search(before) or _after(after)
    if found:
        return speakers.resolved(found["who"])
    return _continued(text, line, span, earlier)


def _after(after: str) -> re.Match[str] | None:
    return AFTER_VERB_FIRST.match(after) or AFTER_NAME_FIRST.match(after) or ACCORDING.match(after)


def _continued(text: str, line: Span, span: Span, earlier: list[Quotation]) -> str:
    """Return the speaker of the quotation before in the same line, where only its attribution stands between."""
    if earlier and earlier[-1].start >= line.start and earlier[-1].speaker:
        between = text[earlier[-1].end : span.start]
        if len(between) <= REACH and between.count(".") <= 1:
            return earlier[-1].speaker
    return ""


def find_speaker(sentence: str, speakers: Speakers) -> str:
    """Return who is said to have said a sentence: `Ost said that ...`, `..., Ost said`, `according to Ost`."""
    bare = re.sub(r"[\"\u201c][^\"\u201d]*[\"\u201d]", lambda found: " " * len(found[0]), sentence)
    first = re.match(rf"[\s\"\u201c]*(?:[^,]{{0,60}},\s)?(?P<who>{WHO}){_BETWEEN}\s+(?P<said>{SAID})\b", bare)
    last = re.search(
        rf",\s+(?:(?P<who>{WHO}){_BETWEEN}\s+{SAID}|{SAID}\s+(?P<whom>{NAME}|{DESCRIPTION}))\b[^,]{{0,60}}$", bare
    )
    found = first or ACCORDING.search(bare)
    if found:
        return speakers.resolved(found["who"])
    return speakers.resolved(last["who"] or last["whom"]) if last else ""
