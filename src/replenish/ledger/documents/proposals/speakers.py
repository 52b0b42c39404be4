"""Quotations and who is said to have spoken."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import Final, NamedTuple

from replenish.ledger.documents.proposals.sentences import Span, lines, sentences

_SAYING = (
    "said|says|told|added|adds|stressed|stated|noted|warned|announced|explained|insisted|argued|claimed|confirmed|"
    "acknowledged|admitted|declared|continued|underlined|underscored|emphasi[sz]ed|remarked|replied|recalled|wrote|"
    "estimates?d?|reported|reiterated|concluded|believes|testified|complained|commented|predicted|cautioned|"
    "observed|joked|answered|found|conceded|suggested|maintained|say|tells|warns|notes|thinks|argues|concludes"
)
_DOING = "urged|pledged|promised|vowed|asked|called"
_NOT_PASSIVE = r"(?<!\bwas )(?<!\bwere )(?<!\bbeen )(?<!\bis )(?<!\bare )(?<!\bbe )"
SAID = rf"{_NOT_PASSIVE}(?:{_SAYING}|{_DOING})\b"
"""Verbs by which somebody speaks; by the last six of them people also do something."""

_SHORT_TITLE = r"(?:(?<=\b(?:Dr|Mr|Ms|Lt|Sr|Jr|St))\.|(?<=\b(?:Mrs|Gen|Col|Maj|Sgt|Adm|Sen|Rep|Gov))\.)?"
_CAPITAL = rf"[A-Z\u00c0-\u00de][\w\u00c0-\u024f'\u2019-]*{_SHORT_TITLE}"
_JOINER = r"(?:van|von|der|den|de|del|da|di|la|le|al|bin|el|of|for|and\s+the)"
NAME = rf"{_CAPITAL}(?:\s+(?:{_JOINER}\s+){{0,2}}{_CAPITAL}){{0,7}}"
ARTICLE = re.compile(r"(?:the|a|an|its|his|her|their|one)\b", re.IGNORECASE)
PRONOUN = re.compile(r"(?:he|she|they|him|her|them)", re.IGNORECASE)
PLACE = re.compile(r"\s(?:in|at|from|on|during|after|before|last|this|next)\s")
ASIDE = re.compile(r",\s(?:who|whose|which|a|an|the|now|then|its|his|her|in|on|at)\b[^,]*(?:,|$)")

_OFFICE = r"(?:[a-z'\u2019-]+\s+){0,4}?(?:[a-z'\u2019-]+,?\s+)?"
_WITH_TITLE = rf"{_OFFICE}{NAME}(?:\s+[a-z-]+){{0,3}},?\s+{NAME}|{_OFFICE}{NAME}"
_DESCRIPTION = r"(?:the|a|an|its|his|her|one)\s+(?:[\w'\u2019-]+\s+){0,3}?[a-z][\w'\u2019-]*(?=[\s,.]|$)"
_MORE = r"(?:,?\s+(?:also|later|has|have|had|then|further))?,?"

NAME_FIRST = re.compile(rf"[\s,]*(?P<who>(?:{_CAPITAL}|[^.;:!?\"\u201c\u201d]){{1,110}}?){_MORE}\s+{SAID}")
VERB_FIRST = re.compile(rf"[\s,]*{SAID}\s+(?P<who>(?:he|she|they)\b|{_WITH_TITLE}|{_DESCRIPTION})")
INTRODUCING = re.compile(
    rf"(?P<who>(?:{_CAPITAL}|[^.;:!?\"\u201c\u201d]){{1,110}}?){_MORE}\s+{SAID}[^.!?\"\u201c\u201d]*$"
)
COLON = re.compile(rf"(?P<who>{_WITH_TITLE})[^.!?\"\u201c\u201d]*:\s*$")
ACCORDING = re.compile(
    rf"\b[Aa]ccording to (?P<who>(?:{_DESCRIPTION},\s+)?(?:the\s+)?{NAME}|(?:him|her|them)\b|{_DESCRIPTION})"
)
REPORTING = re.compile(
    rf"(?:[^,]{{0,60}},\s)?(?P<who>[^,;:]{{1,80}}?(?:,\s[^,;:]{{1,80}},)?){_MORE}\s+(?P<said>{SAID})", re.IGNORECASE
)
MIDDLE = re.compile(rf",\s+(?P<who>[^,;:]{{1,60}}?){_MORE}\s+{SAID},\s+(?:and|but|while|so)\b")
REPORTED = re.compile(
    rf",\s+(?:(?P<who>[^,;:]{{1,80}}?(?:,\s[^,;:]{{1,60}},)?){_MORE}\s+{SAID}|{SAID}\s+(?P<whom>[^;:]{{1,100}}?))"
    r"(?:\s+(?:on|in|at|after|before|during|to|when|with|as|last|this)\b[^,;:]{0,60})?[.!?\s]*$"
)

TITLES: Final = frozenset({
    "secretary", "mp", "general", "minister", "president", "prime", "chancellor", "deputy", "chief", "director", "head",
    "spokesman", "spokeswoman", "spokesperson", "commander", "colonel", "col", "gen", "major", "maj", "captain",
    "capt", "lieutenant", "lt", "admiral", "adm", "sergeant", "sgt", "senator", "sen", "representative", "rep",
    "governor", "gov", "professor", "prof", "doctor", "dr", "mr", "mrs", "ms", "sir", "lord", "lady", "chairman",
    "chairwoman", "chair", "ceo", "officer", "executive", "manager", "analyst", "commissioner", "ambassador", "king",
    "queen", "state", "brigadier", "brig", "marshal", "vice", "acting", "inspector",
})  # fmt: skip
NOT_NAMES: Final = frozenset({
    "the", "a", "an", "in", "on", "at", "but", "and", "or", "as", "it", "this", "that", "these", "those", "there",
    "here", "however", "meanwhile", "earlier", "later", "when", "while", "if", "since", "after", "before", "for",
    "with", "from", "by", "to", "of", "so", "yet", "still", "also", "according", "last", "next", "january",
    "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "he", "she", "they", "his", "her",
    "their", "its", "our", "we", "you", "i", "asked", "what", "who", "where", "why", "how"
})  # fmt: skip
MARKS = re.compile('["\u201c\u201d\u201e\u00ab\u00bb]')

LEAST_WORDS = 4
"""Words of a quotation; fewer are a word in quotation marks, unless somebody is said to have spoken them."""

MOST_WORDS = 7
"""Words of a description of a speaker, such as `a driver at the border`."""

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
        self.named_since = ""

    def resolved(self, written: str) -> str:
        """Return whom words for a speaker mean; empty where they name nobody.

        A pronoun means the last named person who spoke, and nobody where another one was named since; a surname means
        the full name that had it.
        """
        words = _who(re.sub(r"\s+", " ", ASIDE.sub("", f"{written.strip(' ,')},")).strip(" ,"))
        if PRONOUN.fullmatch(words):
            return "" if self.named_since not in ("", self.last) else self.last
        names = [name for name in re.findall(NAME, words) if _without_title(name)]
        if not names or not words.removesuffix("'s").endswith(names[-1]) or _is_office(names[-1]):
            return _described(words)
        if ARTICLE.match(words) and re.fullmatch(rf"\w+\s+{re.escape(names[-1])}", words) and not _has_title(names[-1]):
            return _described(words)
        return self._named(_without_title(names[-1]))

    def _named(self, name: str) -> str:
        if len(name.split()) > 1:
            self.full[name.rsplit(maxsplit=1)[-1]] = name
        found = self.full.get(name, name)
        if not name.isupper():  # an organisation is no `he`
            self.last, self.named_since = found, ""
        return found

    def note_names(self, text: str) -> None:
        """Remember the names with a title in a text, so that a surname that follows is read in full."""
        for written in re.findall(NAME, text):
            name = _without_title(written)
            if _has_title(written) and len(name.split()) > 1:
                self.full.setdefault(name.split()[-1], name)
                self.named_since = name


def _who(words: str) -> str:
    """Return the part that names somebody of words with commas, without the place or time that follows."""
    parts = [part for part in words.split(", ") if any(map(_without_title, re.findall(NAME, part)))]
    if not parts:
        return words
    first = PLACE.split(parts[-1])[0]
    return first if re.search(NAME, first) else parts[-1]


def _described(words: str) -> str:
    """Return a description of a speaker as written; empty where it is none."""
    is_one = ARTICLE.match(words) is not None or any(word in TITLES for word in words.split())
    if not is_one or len(words.split()) > MOST_WORDS:
        return ""
    return words[0].lower() + words[1:] if ARTICLE.match(words) else words


def _is_office(written: str) -> bool:
    return written.rsplit(maxsplit=1)[-1].lower().rstrip(".") in TITLES


def _has_title(written: str) -> bool:
    return any(word.lower().rstrip(".") in TITLES for word in written.split()[:-1])


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


def find_speech(text: str, speakers: Speakers) -> tuple[list[Quotation], dict[Span, str]]:
    """Return all that stands in quotation marks with its speakers, and who is said to have said each sentence."""
    quotations: list[Quotation] = []
    told: dict[Span, str] = {}
    own, quoted = sentences(text), list(_quoted(text))
    ends = [one.end for one in quoted]
    for line in lines(text):
        near = quoted[bisect_left(ends, line.start) : bisect_left(ends, line.end) + 1]
        for sentence in own[bisect_left(own, Span(line.start, 0)) : bisect_left(own, Span(line.end, 0))]:
            words = text[sentence.start : sentence.end]
            speakers.note_names(words)
            is_quoted = any(one.start <= sentence.start and sentence.end <= one.end for one in near)
            told[sentence] = "" if is_quoted else find_speaker(words, speakers)
            for span in near:
                if sentence.start < span.end <= sentence.end:
                    speaker = _speaker(text, line, span, quotations, speakers)
                    quotations.append(Quotation(span.start, span.end, speaker))
    return quotations, told


def _quoted(text: str) -> Iterator[Span]:
    """Return what stands between quotation marks.

    A mark that is not closed in its line reaches to the one that closes it in the next line, or to the end of its own.
    """
    opened: int | None = None
    last = Span(0, 0)
    for line in lines(text):
        marks = list(MARKS.finditer(text, line.start, line.end))
        if opened is not None and not (marks and _closes(text, line, marks[0])):
            yield from _stripped(text, opened, last.end)
            opened = None
        for mark in marks:
            if opened is None:
                opened = None if mark[0] in "\u201d\u00bb" else mark.end()
            elif mark[0] != "\u201e" and (mark[0] != "\u201c" or text[opened - 1] == "\u201e"):
                yield from _stripped(text, opened, mark.start())
                opened = None
        last = line
    if opened is not None:
        yield from _stripped(text, opened, last.end)


def _closes(text: str, line: Span, mark: re.Match[str]) -> bool:
    """Return whether the first mark of a line closes what was opened before it."""
    return mark.start() > line.start and not text[mark.start() - 1].isspace() and mark[0] not in "\u201c\u201e\u00ab"


def _stripped(text: str, start: int, end: int) -> Iterator[Span]:
    words = text[start:end]
    begin, stop = start + len(words) - len(words.lstrip()), end - len(words) + len(words.rstrip(" ,"))
    if begin < stop:
        yield Span(begin, stop)


def _speaker(text: str, line: Span, span: Span, earlier: list[Quotation], speakers: Speakers) -> str:
    after = re.sub(r"^[\"\u201d\u00bb,\s]+", "", text[span.end : min(line.end, span.end + REACH)])
    before = text[max(line.start, span.start - REACH) : span.start].rstrip('"\u201c\u201e\u00ab \n')
    is_closed = text[span.end - 1] in ".!?" and after[:1].isupper()
    found = None if is_closed else VERB_FIRST.match(after) or NAME_FIRST.match(after) or ACCORDING.match(after)
    speaker = speakers.resolved(found["who"]) if found else ""
    return speaker or _introduced(before, speakers) or _continued(text, line, span, earlier)


def _introduced(before: str, speakers: Speakers) -> str:
    """Return the speaker whom the beginning of the sentence names: `Ost said: ...`."""
    if not before.strip():
        return ""
    last = re.split(r"; |[\"\u201c\u201d]", before[sentences(before)[-1].start :])[-1]
    found = INTRODUCING.match(last) or COLON.match(last)
    return speakers.resolved(found["who"]) if found else ""


def _continued(text: str, line: Span, span: Span, earlier: list[Quotation]) -> str:
    """Return the speaker of the quotation before in the same line, where only its attribution stands between."""
    if earlier and earlier[-1].start >= line.start and earlier[-1].speaker:
        between = text[earlier[-1].end : span.start].strip(' "\u201c\u201d,.')
        if len(between) <= REACH and len(sentences(between)) <= 1:
            return earlier[-1].speaker
    return ""


def find_speaker(sentence: str, speakers: Speakers) -> str:
    """Return who is said to have said a sentence: `Ost said that ...`, `..., Ost said`, `according to Ost`."""
    bare = re.sub(r"[\"\u201c][^\"\u201d]*[\"\u201d]", lambda found: " " * len(found[0]), sentence)
    if found := ACCORDING.search(bare):
        return speakers.resolved(found["who"])
    if found := MIDDLE.search(bare):
        return speakers.resolved(found["who"])
    if found := REPORTED.search(bare):
        return speakers.resolved(found["who"] or found["whom"])
    if found := REPORTING.match(bare.lstrip()):
        speaker = speakers.resolved(found["who"])
        is_deed = re.fullmatch(_DOING, found["said"], re.IGNORECASE) is not None
        is_named = " " in speaker and not ARTICLE.match(speaker)
        return speaker if is_named or not is_deed else ""
    return ""
