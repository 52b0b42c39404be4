"""Documents from files into a ledger; one that repeats a recorded one is linked to it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from replenish.errors import UsageError
from replenish.ledger.chain import Entry
from replenish.ledger.documents.differences import Difference
from replenish.ledger.documents.files import find_files, shown
from replenish.ledger.documents.proposals.propose import Proposal, propose_passages
from replenish.ledger.documents.reading import DateProposal, Reading, read_document, to_document
from replenish.ledger.documents.repeats import (
    DEFAULT,
    Repeat,
    RepeatSettings,
    edits,
    find_repeats,
    linked,
    sampled,
)
from replenish.ledger.kinds import Precision
from replenish.ledger.store import Ledger
from replenish.ledger.values import Document, Passage


class Added(NamedTuple):
    """What became of a file.

    document: as recorded; None where it was not.  entry: that recorded it.
    repeats: recorded documents that it shares so much with that they are one source, most alike first.
    changes: how its words differ from those of the first of them.
    dates: days on which it may have appeared, the first one taken if the document says so.
    refused: why it was not recorded; empty where it was.
    """

    path: Path
    document: Document | None = None
    entry: Entry | None = None
    repeats: tuple[Repeat, ...] = ()
    changes: tuple[Difference, ...] = ()
    dates: tuple[DateProposal, ...] = ()
    notes: tuple[str, ...] = ()
    refused: str = ""


def add_files(
    ledger: Ledger,
    paths: Iterable[Path | str],
    *,
    author: str = "",
    address: str = "",
    published: dt.date | None = None,
    precision: Precision = "day",
    settings: RepeatSettings = DEFAULT,
) -> list[Added]:
    """Record text, HTML and PDF files as documents, each as an entry of its own, and return what became of each.

    The day of publication is taken only where the document states it, or where it is given.  A file that cannot be
    read, or is recorded already, is told and left out; the others are recorded.

    Args:
        ledger: where they are recorded.
        paths: files, and folders with all that lies in them.
        author: who records.
        address: where it was published, for one file.
        published: day of publication, for one file; a recorded one without a day is corrected so.
        precision: how exactly that day is known.
        settings: when a document counts as repeating another one.

    Raises:
        UsageError: a path does not exist, or address or day are given for several files.
    """
    found = find_files(map(Path, paths))
    if (address or published) and len(found.taken) != 1:
        raise UsageError("an address or a day of publication is given for one file at a time")
    adding = _Adding(ledger, author, address, (published, precision) if published else None, settings)
    return [
        *map(adding.add, found.taken),
        *(Added(path, refused=why) for path, why in found.refused),
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Adding:
    ledger: Ledger
    author: str
    address: str
    stated: tuple[dt.date, Precision] | None
    settings: RepeatSettings

    def add(self, path: Path) -> Added:
        try:
            reading = read_document(path)
        except UsageError as error:
            return Added(path, refused=str(error))
        known = {"address": self.address} if self.address else {}
        document = to_document(reading, **_dated(reading, self.stated), **known)
        repeats = tuple(find_repeats(self.ledger.engine, document, self.settings))
        origin = self.ledger.find(Document, repeats[0].document) if repeats else None
        changes, others = tuple[Difference, ...](), list[Document]()
        if isinstance(origin, Document) and repeats[0].is_same_file:
            if self.stated is None or origin.published is not None:
                return Added(path, repeats=repeats, dates=reading.dates, refused=f"{path}: {repeats[0]}; not added")
            published, precision = self.stated
            document = replace(
                origin, id="", published=published, published_precision=precision, supersedes=origin.id,
                reason="the day of publication was found",
            )  # fmt: skip
        elif isinstance(origin, Document):
            document, *others = linked(document, origin)
            changes = tuple(edits(document, origin))
        rows = [document, *others]
        hashes = (pair for row in rows for pair in sampled(row))
        entry = self.ledger.record(rows, author=self.author, purpose=f"document {shown(path)}", shingles=hashes)
        return Added(path, document, entry, repeats, changes, reading.dates, reading.notes)


def _dated(reading: Reading, stated: tuple[dt.date, Precision] | None) -> dict[str, object]:
    """Return the columns of the day of publication: as given, or as the document states it."""
    if stated is not None:
        return {"published": stated[0], "published_precision": stated[1]}
    own = next((one for one in reading.dates if not one.is_inferred), None)
    return {} if own is None else {"published": own.day, "published_precision": own.precision}


def passages(ledger: Ledger, document: str) -> list[Proposal]:
    """Return passages of a recorded document that may be worth recording: quotations, sentences with quantities.

    Raises:
        UsageError: there is no such document, or its text is not kept.
    """
    found = ledger.find(Document, document)
    if not isinstance(found, Document):
        raise UsageError(f"{document}: no document has this id; `replenish ledger sources` lists them")
    if not found.text:
        raise UsageError(f"{document}: the ledger has its address, not its text; add the file")
    return propose_passages(found.text, document=document, published=found.published)


def accept_passages(ledger: Ledger, document: str, numbers: Sequence[int], *, author: str) -> list[Passage]:
    """Record some of the passages that `passages` proposes, counted from 1 as they come, and return them.

    Those that are recorded already are left as they are.  A statement names its passage by the id.

    Raises:
        UsageError: there is no such document, its text is not kept, or there is no passage of a number.
    """
    proposed = passages(ledger, document)
    if wrong := [number for number in numbers if not 1 <= number <= len(proposed)]:
        raise UsageError(f"{document}: there is no passage {wrong[0]}; {len(proposed)} are proposed, counted from 1")
    chosen = [proposed[number - 1].passage for number in dict.fromkeys(numbers)]
    fresh = [one for one in chosen if ledger.find(Passage, one.named()) is None]
    if fresh:
        ledger.record(fresh, author=author, purpose=f"passages of {document}")
    return chosen
