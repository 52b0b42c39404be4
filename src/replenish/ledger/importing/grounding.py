"""What rows say of their source, held against what the ledger has of it, and completed from it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, Protocol

from sqlalchemy import Connection, select

from replenish.ledger import tables
from replenish.ledger.ask.spans import first_of_days
from replenish.ledger.importing import rules
from replenish.ledger.kinds import Precision
from replenish.ledger.lookup import batches
from replenish.ledger.values import Passage, Statement
from replenish.scenario.rules.registry import RuleDoc


class Placed(NamedTuple):
    """A statement and the line of the table that makes it."""

    statement: Statement
    line: int


class Report(Protocol):
    """Takes down what is found in a row."""

    def __call__(self, rule: RuleDoc, line: int, column: str, message: str, *, value: str = "") -> None:
        """Take it down."""


class Origin(NamedTuple):
    """A document as it was last corrected: its id, and when it was published."""

    id: str
    published: dt.date | None
    published_precision: Precision
    is_published_inferred: bool


def ground(
    connection: Connection,
    made: Sequence[Placed],
    by_id: Container[str],
    passages: Mapping[str, Passage],
    add: Report,
) -> list[Placed]:
    """Return statements with the document of their passage, and the day of publication of a recorded document.

    Only what a row leaves empty is completed, and only where it names passage or document by id: a page that several
    rows name by its title may hold figures of which nobody knows when they were said.

    Args:
        connection: from `reading`.
        made: statements of rows.
        by_id: documents that rows name by their ids.
        passages: passages that are recorded with them, by id.
        add: called with what does not fit.
    """
    homes = {name: one.document for name, one in passages.items()}
    homes |= _homes(connection, {one.statement.passage for one in made} - {"", *homes})
    named = {one.statement.document for one in made} | set(homes.values())
    origins = _origins(connection, named - {""})
    return [_grounded(one, homes, origins, by_id, add) for one in made]


def _grounded(
    one: Placed, homes: Mapping[str, str], origins: Mapping[str, Origin], by_id: Container[str], add: Report
) -> Placed:
    statement, line = one
    home = homes.get(statement.passage)
    if home is not None and not statement.document:
        statement = replace(statement, document=home)
    elif home is not None and home in origins and origins[home] != origins.get(statement.document):
        add(rules.PASSAGE_ELSEWHERE, line, "passage", f"is a passage of {home}", value=statement.passage)
    origin = origins.get(statement.document)
    if origin is None or origin.published is None:
        return one if statement is one.statement else Placed(statement, line)
    if statement.published is None:
        if home is None and statement.document not in by_id:
            return one
        found = {name: getattr(origin, name) for name in Origin._fields if name != "id"}
        return Placed(replace(statement, **found), line)
    first = first_of_days(origin.published, origin.published_precision)
    if statement.known_from is not None and statement.known_from < first:
        add(rules.BEFORE_DOCUMENT, line, "published", f"is before {origin.published}, the day of its document",
            value=str(statement.published))  # fmt: skip
    return one if statement is one.statement else Placed(statement, line)


def _homes(connection: Connection, names: set[str]) -> dict[str, str]:
    """Return the document of each recorded passage."""
    table, found = tables.passages, dict[str, str]()
    for some in batches(sorted(names)):
        for name, document in connection.execute(select(table.c.id, table.c.document).where(table.c.id.in_(some))):
            found[name] = document
    return found


def _origins(connection: Connection, names: set[str]) -> dict[str, Origin]:
    """Return recorded documents as they were last corrected, by the ids that name them."""
    table, found = tables.documents, dict[str, Origin]()
    columns = [table.c[name] for name in ("supersedes", *Origin._fields)]
    for row in _rows(connection, select(*columns), table.c.id, names):
        found[row[1]] = _told(row)
    waiting = {name: name for name in found}
    while waiting:
        later = [
            (waiting[row[0]], _told(row)) for row in _rows(connection, select(*columns), table.c.supersedes, waiting)
        ]
        found |= dict(later)
        waiting = {origin.id: name for name, origin in later}
    return found


def _rows(connection: Connection, asked: Any, column: Any, values: Iterable[str]) -> list[Any]:
    return [row for some in batches(sorted(values)) for row in connection.execute(asked.where(column.in_(some)))]


def _told(row: Any) -> Origin:
    _, name, published, precision, is_inferred = row
    return Origin(name, published and dt.date.fromisoformat(published), precision, bool(is_inferred))
