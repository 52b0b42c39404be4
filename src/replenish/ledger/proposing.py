"""Passages proposed out of a recorded document, and those of them that a person accepts."""

from __future__ import annotations

from collections.abc import Sequence

from replenish.errors import UsageError
from replenish.ledger.beginnings import find_document
from replenish.ledger.documents.proposals.propose import Proposal, propose_passages
from replenish.ledger.store import Ledger
from replenish.ledger.values import Document, Passage


def passages(ledger: Ledger, document: str) -> list[Proposal]:
    """Return passages of a recorded document that may be worth recording: quotations, sentences with quantities.

    Args:
        ledger: where it is recorded.
        document: its id, or the beginning of it.

    Raises:
        UsageError: there is no such document, or its text is not kept.
    """
    return proposed(find_document(ledger, document))


def proposed(document: Document) -> list[Proposal]:
    """Return what is proposed out of a document; `on Friday` is no day where its day of publication is not known."""
    if not document.text:
        raise UsageError(f"{document.id}: the ledger has its address, not its text; add the file")
    published = document.published if document.published_precision == "day" else None
    return propose_passages(document.text, document=document.id, published=published)


def chosen(found: Sequence[Proposal], document: str, numbers: Sequence[int]) -> list[tuple[int, Proposal]]:
    """Return proposals of some numbers, counted from 1, each once, or all where no number is given.

    Raises:
        UsageError: there is none of a number.
    """
    if wrong := [number for number in numbers if not 1 <= number <= len(found)]:
        raise UsageError(f"{document}: there is no passage {wrong[0]}; {len(found)} are proposed, counted from 1")
    return [(number, found[number - 1]) for number in dict.fromkeys(numbers or range(1, len(found) + 1))]


def accept_passages(ledger: Ledger, document: str, numbers: Sequence[int], *, author: str) -> list[Passage]:
    """Record some of the passages that `passages` proposes, counted from 1 as they come, and return them.

    Those that are recorded already are left as they are.  A statement names its passage by the id.

    Raises:
        UsageError: there is no such document, its text is not kept, or there is no passage of a number.
    """
    if not numbers:
        return []
    accepted = [one.passage for _, one in chosen(passages(ledger, document), document, numbers)]
    fresh = [one for one in accepted if ledger.find(Passage, one.named()) is None]
    if fresh:
        ledger.record(fresh, author=author, purpose=f"passages of {fresh[0].document}")
    return accepted
