"""Words that a row of a table quotes, found in the text of their document."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from replenish.ledger.database import reading
from replenish.ledger.documents.passages import to_passage
from replenish.ledger.importing.recorded import find_texts
from replenish.ledger.importing.rows import unescaped
from replenish.ledger.importing.rules import PASSAGE_TWICE, WORDS_NOT_FOUND
from replenish.ledger.lookup import find_ids
from replenish.ledger.store import Ledger
from replenish.ledger.values import Passage
from replenish.scenario.by_column import Columns

MOST_QUOTED = 4_000
"""Longest words that a draft quotes [character]."""

HIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff]")
"""Signs that show nothing, change how other text is shown, or cannot stand in a cell."""

_DIGIT_BEFORE, _DIGIT_AFTER = re.compile(r"\d[.,]?$"), re.compile(r"[.,]?\d")


def to_line(text: str) -> str:
    r"""Return a text as one line for a cell: single spaces, and a mark for each hidden sign.

    >>> to_line("forty\n  thousand" + chr(27))
    'forty thousand\ufffd'
    """
    return " ".join(HIDDEN.sub("\ufffd", text).split())


@dataclass(frozen=True, slots=True)
class Quotable:
    """The text of a document in which words are looked for, whatever its spaces and ends of lines.

    line: the text as one line.  starts, own_starts: where its words begin, in that line and in the text.
    """

    document: str
    text: str
    line: str
    starts: list[int]
    own_starts: list[int]

    @classmethod
    def of(cls, document: str, text: str) -> Quotable:
        """Return the text of a document, prepared."""
        marked = HIDDEN.sub("\ufffd", text)
        words = list(re.finditer(r"\S+", marked))
        starts, place = list[int](), 0
        for word in words:
            starts.append(place)
            place += len(word[0]) + 1
        return cls(document, text, to_line(text), starts, [word.start() for word in words])

    def find(self, words: str) -> Passage | None:
        """Return the first passage that says exactly these words; None where the text has them nowhere."""
        sought = to_line(words)
        for start in self._places(sought) if sought else ():
            first, last = self._own(start), self._own(start + len(sought) - 1)
            return to_passage(self.text, first, last + 1, document=self.document)
        return None

    def _places(self, sought: str) -> Iterator[int]:
        place = self.line.find(sought)
        while place >= 0:
            if not self._is_cut(place, place + len(sought)):
                yield place
            place = self.line.find(sought, place + 1)

    def _is_cut(self, start: int, end: int) -> bool:
        """Return whether words would begin or end inside a word or a number, and so say something else."""
        before, after = self.line[max(0, start - 2) : start], self.line[end : end + 2]
        first, last = self.line[start], self.line[end - 1]
        if (before[-1:].isalnum() and first.isalnum()) or (after[:1].isalnum() and last.isalnum()):
            return True
        return bool(
            (first.isdigit() and _DIGIT_BEFORE.search(before)) or (last.isdigit() and _DIGIT_AFTER.match(after))
        )

    def _own(self, place: int) -> int:
        """Return where a place of the line stands in the text."""
        word = bisect_right(self.starts, place) - 1
        return self.own_starts[word] + place - self.starts[word]


class _Words(NamedTuple):
    """Words that a row quotes, and the id of the document that has them."""

    line: int
    document: str
    words: str


def find_quoted(ledger: Ledger, said: Columns, report: Callable[..., None]) -> dict[int, Passage]:
    """Return by line the passages, without speaker, whose words rows quote.

    Args:
        ledger: that has the documents.
        said: what the rows of a table say; damaged cells are not judged.
        report: called with rule, line, column, message and value for what is wrong.
    """
    asked = list[_Words]()
    for n, words in enumerate(said.values["words"]):
        if words and said.is_sound(n, "document", "passage", "words"):
            asked.append(_Words(said.lines[n], said.values["document"][n].strip(), unescaped(words).strip()))
            if said.values["passage"][n]:
                report(PASSAGE_TWICE, said.lines[n], "words", "is given beside passage", value=asked[-1].words[:80])
    if not asked:
        return {}
    with reading(ledger.engine) as connection:
        texts = find_texts(connection, (one.document for one in asked))
    quotable = {name: Quotable.of(name, text) for name, text in texts.items()}
    return dict(_passages(asked, quotable, report))


def _passages(
    asked: list[_Words], quotable: dict[str, Quotable], report: Callable[..., None]
) -> Iterator[tuple[int, Passage]]:
    for line, document, words in asked:
        if document and document not in quotable:
            continue  # told as a document that is not recorded
        passage = quotable[document].find(words) if document else None
        if passage is not None:
            yield line, passage
        elif words:
            what = f"are not in the text of {document}" if document else "are quoted, and `document` is empty"
            report(WORDS_NOT_FOUND, line, "words", what, value=words[:80])


def unrecorded(ledger: Ledger, passages: list[Passage]) -> list[Passage]:
    """Return those of some passages that the ledger has not."""
    with reading(ledger.engine) as connection:
        recorded = find_ids(connection, "passages", (one.named() for one in passages))
    return [one for one in passages if one.named() not in recorded]
