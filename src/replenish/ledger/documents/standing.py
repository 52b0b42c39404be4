"""Whether recorded passages of a document still stand in a later version of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import Connection, Engine, Table, select

from replenish.ledger import tables
from replenish.ledger.ask.knowing import uncorrected
from replenish.ledger.database import reading
from replenish.ledger.documents.passages import Found, find_passage
from replenish.ledger.values import Passage, to_record


class Standing(NamedTuple):
    """A recorded passage, where it stands in another text, and the ids of the statements that rest on it."""

    passage: Passage
    found: Found
    statements: tuple[str, ...]

    def __str__(self) -> str:
        """Return it in words."""
        resting = f", which {', '.join(self.statements)} rests on" if self.statements else ""
        figures = "" if self.found.has_same_numbers else "; its figures differ"
        now = f", now `{self.found.words}`{figures}" if self.found.finding == "edited" else ""
        return f"passage {self.passage.id}{resting}: {self.found.finding}{now}"


def find_standing(engine: Engine, document: str, text: str) -> list[Standing]:
    """Return where the recorded passages of a document stand in a text, in the order of the document.

    Corrected passages and statements are left out.
    """
    with reading(engine) as connection:
        rows = _current(connection, tables.passages, "document", _versions(connection, document))
        passages = [one for one in (to_record(Passage, row) for row in rows) if isinstance(one, Passage)]
        resting = defaultdict[str, list[str]](list)
        for row in _current(connection, tables.statements, "passage", [one.id for one in passages]):
            resting[str(row["passage"])].append(str(row["id"]))
    found = [Standing(one, find_passage(text, one), tuple(resting[one.id])) for one in passages]
    return sorted(found, key=lambda one: (one.passage.offset or 0, one.passage.id))


def _versions(connection: Connection, document: str) -> list[str]:
    """Return the ids of a document and of those that it corrects: passages name the one that was there."""
    table, found = tables.documents, [document]
    while earlier := connection.scalar(select(table.c.supersedes).where(table.c.id == found[-1])):
        found.append(earlier)
    return found


def _current(connection: Connection, table: Table, column: str, values: Iterable[str]) -> list[dict[str, object]]:
    """Return the rows with one of some values in a column that no other row corrects, by id."""
    asked = select(table).where(table.c[column].in_(list(values)), uncorrected(table))
    return [dict(row) for row in connection.execute(asked.order_by(table.c.id)).mappings()]
