"""Proposals of passages: quotations, and sentences with quantities, each with what a statement would need."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from replenish.errors import UsageError
from replenish.ledger.documents.dates import FoundDate, find_dates
from replenish.ledger.documents.passages import to_passage
from replenish.ledger.documents.pdf_files import MOST_CHARACTERS
from replenish.ledger.documents.proposals.dating import Valid, find_valid
from replenish.ledger.documents.proposals.guesses import guess_kind, has_lead_time
from replenish.ledger.documents.proposals.quantities import Quantity, find_quantities
from replenish.ledger.documents.proposals.sentences import Span, joined
from replenish.ledger.documents.proposals.speakers import LEAST_WORDS, Quotation, Speakers, find_speech
from replenish.ledger.kinds import Kind
from replenish.ledger.values import Passage


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A quantity of a passage, with a guess at its kind and the words that gave it; None and empty: no guess.

    valid: the days that it is for, where a date stands beside it.
    """

    quantity: Quantity
    kind: Kind | None
    kind_words: str
    valid: Valid | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A passage that may be worth recording; nothing of it is recorded before a person accepts it.

    dates: those in the passage, at offsets in it; inferred ones rest on the day on which the document appeared.
    """

    passage: Passage
    is_quotation: bool
    figures: tuple[Figure, ...]
    dates: tuple[FoundDate, ...]

    @property
    def speaker(self) -> str:
        """Return who is said to have said it; empty: the document itself."""
        return self.passage.speaker


def propose_passages(text: str, *, document: str = "", published: dt.date | None = None) -> list[Proposal]:
    """Return the quotations of a text and its sentences with quantities, in order.

    Args:
        text: of a document.
        document: its id.
        published: day on which it appeared; without it no day is worked out from `on Friday`.

    Raises:
        UsageError: the text is longer than documents are.
    """
    if len(text) > MOST_CHARACTERS:
        raise UsageError(f"a text of more than {MOST_CHARACTERS:,} characters is not searched for passages")
    source = _Source(text, joined(text), document, published)
    marked, told = find_speech(source.joined, Speakers())
    quotations = [one for one in marked if len(text[one.start : one.end].split()) >= LEAST_WORDS]
    quoted = [_proposal(source, Span(one.start, one.end), one.speaker, is_quotation=True) for one in quotations]
    found = [*quoted, *_of_sentences(source, quotations, told)]
    return sorted(found, key=lambda one: one.passage.offset or 0)


class _Source(NamedTuple):
    text: str
    joined: str
    document: str
    published: dt.date | None


def _of_sentences(source: _Source, quotations: list[Quotation], told: dict[Span, str]) -> Iterator[Proposal]:
    """Return the sentences with quantities outside of quotations."""
    for span, speaker in told.items():
        own = _proposal(source, span, speaker, is_quotation=False)
        if any(not _is_quoted(span, one.quantity, quotations) for one in own.figures):
            yield own


def _is_quoted(span: Span, quantity: Quantity, quotations: list[Quotation]) -> bool:
    place = span.start + quantity.start
    return any(one.start <= place < one.end for one in quotations)


def _proposal(source: _Source, span: Span, speaker: str, *, is_quotation: bool) -> Proposal:
    words = source.joined[span.start : span.end]
    dates = find_dates(words, source.published)
    passage = to_passage(source.text, span.start, span.end, document=source.document, speaker=speaker)
    return Proposal(
        passage=passage, is_quotation=is_quotation, figures=tuple(_figures(words, dates, source.published)),
        dates=tuple(dates),
    )  # fmt: skip


def _figures(words: str, dates: list[FoundDate], published: dt.date | None) -> Iterator[Figure]:
    waits = has_lead_time(words)
    quantities = find_quantities(words, [Span(one.start, one.end) for one in dates])
    for quantity in quantities:
        if waits or not quantity.is_time:
            kind, by = guess_kind(words, quantity) or (None, "")
            valid = find_valid(words, quantity, dates, kind=kind, others=quantities, published=published)
            yield Figure(quantity=quantity, kind=kind, kind_words=by, valid=valid)
