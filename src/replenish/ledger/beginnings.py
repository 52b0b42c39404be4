"""Ids that a person gives by their beginning."""

from __future__ import annotations

import re

from sqlalchemy import func, select

from replenish.errors import UsageError
from replenish.ledger.database import reading
from replenish.ledger.importing.quoting import to_line
from replenish.ledger.store import Ledger
from replenish.ledger.tables import documents
from replenish.ledger.values import Document, Record

LEAST = 4
"""Characters after the hyphen that a beginning has at least."""

MOST_TOLD = 5
"""Candidates that an error lists."""

_BEGINNING = re.compile(rf"d-.{{{LEAST},}}")


def find_document(ledger: Ledger, id: str) -> Document:  # noqa: A002 - the column's name
    """Return the document of an id, or the only one whose id begins so.

    Raises:
        UsageError: there is none, several begin so, or the beginning is too short.
    """
    found: Record | None = ledger.find(Document, id)
    if found is None:
        found = ledger.find(Document, _whole(ledger, id))
    assert isinstance(found, Document)  # nothing is ever removed
    return found


def _whole(ledger: Ledger, beginning: str) -> str:
    """Return the only id of a document that begins so."""
    if re.fullmatch(rf"d-.{{0,{LEAST - 1}}}", beginning):
        raise UsageError(f"{beginning}: is no id of a document; of its beginning give {LEAST} characters after `d-`")
    found = _candidates(ledger, beginning) if _BEGINNING.fullmatch(beginning) else []
    if not found:
        raise UsageError(
            f"{beginning}: no document has this id; `replenish ledger add` tells it, of a file that is recorded too"
        )
    if len(found) > 1:
        told = ", ".join(f"{name} ({to_line(title)})" for name, title in found[:MOST_TOLD])
        more = f", and {len(found) - MOST_TOLD} more" if len(found) > MOST_TOLD else ""
        raise UsageError(f"{beginning}: the ids of {len(found)} documents begin so; give more of one: {told}{more}")
    return found[0][0]


def _candidates(ledger: Ledger, beginning: str) -> list[tuple[str, str]]:
    """Return ids that begin so, with titles, in order."""
    column = documents.c.id
    asked = select(column, documents.c.title).where(func.substr(column, 1, len(beginning)) == beginning)
    with reading(ledger.engine) as connection:
        return [(name, title) for name, title in connection.execute(asked.order_by(column))]
