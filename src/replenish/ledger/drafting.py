"""A table of statements drafted from the proposals of a document, for a person to judge, fill and import."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import select

from replenish.errors import UsageError
from replenish.ledger.beginnings import find_document
from replenish.ledger.database import reading
from replenish.ledger.documents.proposals.propose import Figure, Proposal
from replenish.ledger.exporting import Cell, stated, write_table
from replenish.ledger.importing.quoting import MOST_QUOTED, to_line
from replenish.ledger.proposing import chosen, proposed
from replenish.ledger.store import Ledger
from replenish.ledger.tables import documents
from replenish.ledger.values import Document

COLUMNS = (
    "words", "kind", "holder", "item", "low", "best", "high", "unit", "valid_from", "valid_to", "valid_precision",
    "speaker", "grade", "directness", "is_middle", "is_cumulative", "starts_at", "ends_at", "note", "published",
    "published_precision", "is_published_inferred", "document", "id",
)  # fmt: skip
"""Columns of a draft, what a person judges and fills before what follows from the document."""


class Draft(NamedTuple):
    """A draft that was written.

    path: of the table.  rows: figures in it.  without_figures: numbers of the passages that have none, and no row.
    """

    path: Path
    rows: int
    without_figures: tuple[int, ...]


def draft_statements(
    ledger: Ledger, document: str, path: Path | str, *, numbers: Sequence[int] = (), item: str = "", holder: str = ""
) -> Draft:
    """Write a table with a row for each figure that `passages` proposes, and record nothing.

    A row holds what the rules found beside the words that say it, and is empty elsewhere: a person deletes the rows of
    no interest, fills the others and imports the table, which records their words as passages.  Its id stands for the
    place of the figure, so that a row that was imported and then changed is told and not recorded beside the first.

    Args:
        ledger: where the document is recorded.
        document: its id, or the beginning of it.
        path: table to write: a workbook if the name ends in .xlsx, else a CSV file.
        numbers: of passages, counted from 1; all if none are given.
        item: of all rows, where it is one.
        holder: of all rows, where it is one.

    Raises:
        UsageError: the file exists, or there is no such document, text, passage or any figure in it.
    """
    origin = find_document(ledger, document)
    _refuse_corrected(ledger, origin)
    found = chosen(proposed(origin), document, numbers)
    rows = [row for _, one in found for row in _rows(one, origin, {"item": item or None, "holder": holder or None})]
    if not rows:
        raise UsageError(f"{document}: no figure is found in {'these passages' if numbers else 'it'}")
    write_table(Path(path), rows, COLUMNS)
    return Draft(Path(path), len(rows), tuple(number for number, one in found if not one.figures))


def _refuse_corrected(ledger: Ledger, document: Document) -> None:
    """Raise UsageError for a document that was corrected: its rows would hold what was found to be wrong of it."""
    with reading(ledger.engine) as connection:
        name = connection.scalar(select(documents.c.id).where(documents.c.supersedes == document.id).limit(1))
    if name is not None:
        raise UsageError(f"{document.id}: was corrected; take {name}")


def _rows(one: Proposal, document: Document, known: dict[str, Cell]) -> Iterator[dict[str, Cell]]:
    for place, figure in enumerate(one.figures, 1):
        quantity, valid = figure.quantity, figure.valid
        own: dict[str, Cell] = {
            "words": to_line(_around(one.passage.words, figure)), "kind": figure.kind, "low": quantity.low,
            "best": quantity.best, "high": quantity.high, "unit": to_line(quantity.unit),
            "speaker": to_line(one.speaker), "published": document.published,
            "published_precision": document.published_precision,
            "is_published_inferred": document.is_published_inferred, "document": document.id,
            "id": f"s-{one.passage.named()[2:]}.{place}",
        }  # fmt: skip
        if valid is not None:
            own |= {"valid_from": valid.first, "valid_to": valid.last, "valid_precision": valid.precision}
        yield {name: stated(name, cell) for name, cell in (dict.fromkeys(COLUMNS) | known | own).items()}


def _around(words: str, figure: Figure) -> str:
    """Return the words of a passage; of a very long one those around a figure."""
    if len(words) <= MOST_QUOTED:
        return words
    quantity = figure.quantity
    start, end = max(0, quantity.start - MOST_QUOTED // 2), quantity.end + MOST_QUOTED // 2
    first = words.find(" ", start, quantity.start) + 1 if start else 0
    last = words.rfind(" ", quantity.end, end) if end < len(words) else end
    return words[first or start : last if last > 0 else end]
