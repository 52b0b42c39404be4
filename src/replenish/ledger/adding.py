"""Documents from files into a ledger; one that repeats a recorded one is linked to it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from replenish.errors import UsageError
from replenish.ledger.chain import Entry
from replenish.ledger.documents.dates import read_day
from replenish.ledger.documents.differences import Difference
from replenish.ledger.documents.files import find_files, shown
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
from replenish.ledger.documents.standing import Standing, find_standing
from replenish.ledger.store import Ledger
from replenish.ledger.values import Document


class Added(NamedTuple):
    """What became of a file.

    document: as recorded; None where it was not.  entry: that recorded it.
    repeats: recorded documents that it shares so much with that they are one source, most alike first.
    changes: how its words differ from those of the first of them.
    standing: recorded passages of that one, and where they stand in this one.
    dates: days on which it may have appeared, the first one taken if the document says so.
    refused: why it was not recorded; empty where it was.
    corrected: the recorded document that it corrects by what was given; None where it corrects none.
    """

    path: Path
    document: Document | None = None
    entry: Entry | None = None
    repeats: tuple[Repeat, ...] = ()
    changes: tuple[Difference, ...] = ()
    standing: tuple[Standing, ...] = ()
    dates: tuple[DateProposal, ...] = ()
    notes: tuple[str, ...] = ()
    refused: str = ""
    corrected: Document | None = None


def add_files(
    ledger: Ledger,
    paths: Iterable[Path | str],
    *,
    author: str = "",
    title: str = "",
    publisher: str = "",
    address: str = "",
    published: dt.date | str | None = None,
    settings: RepeatSettings = DEFAULT,
) -> list[Added]:
    """Record text, HTML and PDF files as documents, each as an entry of its own, and return what became of each.

    The day of publication is taken only where the document states it, or where it is given.  A file that cannot be
    read, or is recorded already, is told and left out; the others are recorded.  What is given for one file that is
    recorded already, and that differs from what is recorded of it, corrects the document; the old row stays.

    Args:
        ledger: where they are recorded.
        paths: files, and folders with all that lies in them.
        author: who records.
        title: of one file; else as the file says.
        publisher: of one file; else as the file says.
        address: where it was published, for one file.
        published: day of publication, for one file; as text also `2024-02`, `2024-Q1`, `2024` where no more is known.
        settings: when a document counts as repeating another one.

    Raises:
        UsageError: a path does not exist, no day is written so, or something is given for several files.
    """
    found = find_files(map(Path, paths))
    texts = {"title": title.strip(), "publisher": publisher.strip(), "address": address.strip()}
    given: dict[str, object] = {name: text for name, text in texts.items() if text}
    if published:
        day, precision = read_day(published) if isinstance(published, str) else (published, "day")
        given |= {"published": day, "published_precision": precision}
    if given and len(found.taken) != 1:
        raise UsageError(f"{next(iter(given))}: is given for one file at a time")
    adding = _Adding(ledger, author, given, settings)
    return [
        *map(adding.add, found.taken),
        *(Added(path, refused=why) for path, why in found.refused),
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Adding:
    """given: columns of the document, as a person stated them."""

    ledger: Ledger
    author: str
    given: dict[str, object]
    settings: RepeatSettings

    def add(self, path: Path) -> Added:
        try:
            reading = read_document(path)
        except UsageError as error:
            return Added(path, refused=str(error))
        document = to_document(reading, **(_dated(reading) | self.given))
        repeats = tuple(find_repeats(self.ledger.engine, document, self.settings))
        origin = self.ledger.find(Document, repeats[0].document) if repeats else None
        told = tuple[str, ...]()
        changes, standing, others = tuple[Difference, ...](), tuple[Standing, ...](), list[Document]()
        if isinstance(origin, Document) and repeats[0].is_same_file:
            return self._correct(path, origin, Added(path, repeats=repeats, dates=reading.dates, notes=reading.notes))
        if isinstance(origin, Document):
            document, *others = linked(document, origin)
            changes, told = self._edits(document, origin)
            standing = tuple(find_standing(self.ledger.engine, origin.named(), document.text))
        rows = [document, *others]
        hashes = (pair for row in rows for pair in sampled(row))
        entry = self.ledger.record(rows, author=self.author, purpose=f"document {shown(path)}", shingles=hashes)
        return Added(path, document, entry, repeats, changes, standing, reading.dates, (*reading.notes, *told))

    def _edits(self, document: Document, origin: Document) -> tuple[tuple[Difference, ...], tuple[str, ...]]:
        """Return how a copy differs from its origin, or a note of why that is not told."""
        try:
            return tuple(edits(document, origin)), ()
        except UsageError as error:
            return (), (str(error),)

    def _correct(self, path: Path, origin: Document, found: Added) -> Added:
        """Record what is given of a file that is recorded already and differs from that; refuse it if nothing does."""
        document = _corrected(origin, self.given)
        if document is None:
            why = f"{path}: recorded already, as {origin.named()} ({origin.title}); not added"
            return found._replace(refused=why)
        entry = self.ledger.record(
            [document], author=self.author, purpose=f"document {shown(path)}", shingles=sampled(document)
        )
        return found._replace(document=document, entry=entry, corrected=origin)


def _dated(reading: Reading) -> dict[str, object]:
    """Return the columns of the day of publication as the document states it."""
    own = next((one for one in reading.dates if not one.is_inferred), None)
    return {} if own is None else {"published": own.day, "published_precision": own.precision}


def _corrected(origin: Document, given: Mapping[str, object]) -> Document | None:
    """Return the correction of a recorded document by what is given and differs; None where nothing does."""
    fresh = [name for name, value in given.items() if getattr(origin, name) != value]
    if not fresh:
        return None
    columns: dict[str, Any] = dict(given)
    if "published" in given:
        columns["is_published_inferred"] = False
    told = dict.fromkeys(name.removesuffix("_precision") for name in fresh)
    reason = f"{', '.join(told)} given when it was added again"
    return replace(origin, **columns, id="", supersedes=origin.id, reason=reason)
