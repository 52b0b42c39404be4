"""A table of statements into a ledger: everything wrong told at once, all rows recorded together or none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from replenish.collection import without_collection
from replenish.errors import Problem, TableError
from replenish.ledger.chain import Entry
from replenish.ledger.database import reading
from replenish.ledger.documents.files import shown
from replenish.ledger.importing import rules
from replenish.ledger.importing.recorded import find_chains, find_documents, find_ids
from replenish.ledger.importing.rows import StatementRow, document_key, to_documents, to_statement
from replenish.ledger.store import Ledger
from replenish.ledger.values import Document, Statement
from replenish.scenario import draft
from replenish.scenario.rules.registry import RuleDoc
from replenish.scenario.single_table import placed, read_single_table

OWN_COLUMNS = ("id", "supersedes", "reason")
"""Columns by which a row and its correction differ whatever they say."""


class Imported(NamedTuple):
    """What an import did.

    entry: what was recorded; None where every row was recorded before.
    problems: what was found, none of it an error: rows that were skipped.
    """

    entry: Entry | None
    statements: tuple[Statement, ...]
    documents: tuple[Document, ...]
    corrections: int
    skipped: int
    problems: tuple[Problem, ...]


class Placed(NamedTuple):
    """A statement and the line of the table that makes it."""

    statement: Statement
    line: int


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A table that is being read, and what was found in it."""

    table: draft.Table
    problems: list[Problem]

    def add(self, rule: RuleDoc, line: int, column: str, message: str, *, value: str = "", remedy: str = "") -> None:
        self.problems.append(
            Problem(rule.id, rule.severity, self.table.file, line, column, value, message, remedy or rule.remedy)
        )

    def refuse_errors(self) -> None:
        """Raise TableError if anything found is an error."""
        found = sorted(
            (placed(one, self.table) for one in self.problems), key=lambda one: (one.row or 0, one.column or "")
        )
        if any(one.severity == "error" for one in found):
            raise TableError(found)


def import_table(
    ledger: Ledger, path: Path | str, *, author: str = "", purpose: str = "", correct: str = ""
) -> Imported:
    """Record the statements of a CSV file or workbook, and the documents that they name, as one entry.

    Rows that are recorded already are skipped.

    Args:
        ledger: where they are recorded.
        path: the file; columns are those of `StatementRow`.
        author: who records.
        purpose: why; the name of the file if not given.
        correct: reason for which rows that differ from what is recorded under their id correct it; empty: they are
            refused.

    Raises:
        TableError: anything is wrong with the table; `problems` holds all findings.
    """
    with without_collection():
        return _import(ledger, Path(path), author, purpose, correct)


def _import(ledger: Ledger, path: Path, author: str, purpose: str, correct: str) -> Imported:
    sheet = _Sheet(*read_single_table(path, StatementRow))
    _check_rows(sheet)
    sheet.refuse_errors()
    rows = [(entry.row, entry.line) for entry in sheet.table.entries]
    made, documents = _statements(ledger, rows)
    new, corrections = _sorted(ledger, sheet, _unrepeated(sheet, made), correct)
    sheet.refuse_errors()
    used = {one.document for one in new}
    documents = [one for one in documents if one.named() in used]
    entry = None
    if new:
        entry = ledger.record([*documents, *new], author=author, purpose=purpose or f"import of {shown(path)}")
    skipped = len(rows) - len(new)
    return Imported(entry, tuple(new), tuple(documents), corrections, skipped, tuple(sheet.problems))


def _check_rows(sheet: _Sheet) -> None:
    for entry in sheet.table.entries:
        for rule, column, message, remedy in rules.breaches(entry):
            place = sheet.table.position.get(column)
            value = entry.cells[place][:80] if place is not None and place < len(entry.cells) else ""
            sheet.add(rule, entry.line, column, message, value=value, remedy=remedy)


def _statements(ledger: Ledger, rows: Sequence[tuple[StatementRow, int]]) -> tuple[list[Placed], list[Document]]:
    """Return the statements of rows, and the documents among those that they name that are not recorded yet."""
    documents = to_documents([row for row, _ in rows])
    with reading(ledger.engine) as connection:
        recorded = find_documents(connection, (address for address, _ in documents))
    names = {key: recorded.get(key) or one.named() for key, one in documents.items()}
    made = [Placed(to_statement(row, names[key] if (key := document_key(row)) else ""), line) for row, line in rows]
    return made, [one for key, one in documents.items() if key not in recorded]


def _unrepeated(sheet: _Sheet, made: Sequence[Placed]) -> list[Placed]:
    """Return statements once each; two that say different things under one id are reported."""
    first, kept = dict[str, Placed](), list[Placed]()
    for one in made:
        name = one.statement.named()
        earlier = first.setdefault(name, one)
        if earlier is one:
            kept.append(one if one.statement.id else Placed(replace(one.statement, id=name), one.line))
        elif earlier.statement == one.statement:
            sheet.add(rules.RECORDED_ALREADY, one.line, "id", f"says the same as line {earlier.line}", value=name)
        else:
            what = ", ".join(differing(earlier.statement, one.statement))
            sheet.add(rules.ID_TWICE, one.line, "id", f"differs from line {earlier.line} in {what}", value=name)
    return kept


def _sorted(ledger: Ledger, sheet: _Sheet, made: list[Placed], correct: str) -> tuple[list[Statement], int]:
    """Return the statements to record and how many of them correct what is recorded under their id."""
    with reading(ledger.engine) as connection:
        chains = find_chains(connection, (one.statement.id for one in made))
        own = {one.statement.id: one.statement for one in made}
        superseded = find_chains(connection, {one.supersedes for one in own.values()} - {""})
        known = {
            "documents": find_ids(connection, "documents", (one.statement.document for one in made)),
            "passages": find_ids(connection, "passages", (one.statement.passage for one in made)),
            "statements": find_ids(connection, "statements", (one.statement.supersedes for one in made)) | own.keys(),
        }
    corrected = own | {name: chain[0] for name, chain in superseded.items()}
    named = {entry.line for entry in sheet.table.entries if entry.row.document}
    new, corrections = list[Statement](), 0
    for one in made:
        for table, column, value in _missing(one.statement, known, is_named=one.line in named):
            sheet.add(rules.UNKNOWN_RECORD, one.line, column, f"is none of the {table} of the ledger", value=value)
        chain = chains.get(one.statement.id)
        if chain is None:
            new.append(one.statement)
            _warn_of_later(sheet, one.line, one.statement, corrected.get(one.statement.supersedes))
        elif any(not differing(other, one.statement) for other in chain):
            sheet.add(rules.RECORDED_ALREADY, one.line, "id", "is recorded already", value=one.statement.id)
        elif correct:
            new.append(as_correction(one.statement, chain, correct))
            _warn_of_later(sheet, one.line, new[-1], chain[-1])
            corrections += 1
        else:
            what = ", ".join(differing(chain[-1], one.statement))
            message = f"is recorded already and differs in {what}"
            sheet.add(rules.CHANGED_ROW, one.line, "id", message, value=one.statement.id)
    return new, corrections


def _warn_of_later(sheet: _Sheet, line: int, one: Statement, corrected: Statement | None) -> None:
    """Warn of a correction that is known later than the row which it corrects, although the same document says both."""
    if corrected is None or corrected.known_from is None:
        return
    if one.known_from is None:
        sheet.add(rules.LATER_CORRECTION, line, "published", f"is empty; {corrected.id} is of {corrected.published}")
    elif one.document and one.document == corrected.document and one.known_from > corrected.known_from:
        message = f"is later than that of {corrected.id}, {corrected.published}, of the same document"
        sheet.add(rules.LATER_CORRECTION, line, "published", message, value=str(one.published))


def _missing(one: Statement, known: dict[str, set[str]], *, is_named: bool) -> Iterator[tuple[str, str, str]]:
    """Iterate over table, column and id of what a statement names and the ledger has not."""
    asked = [("passages", "passage", one.passage), ("statements", "supersedes", one.supersedes)]
    if is_named:  # other documents are recorded beside it
        asked.append(("documents", "document", one.document))
    return (place for place in asked if place[2] and place[2] not in known[place[0]])


def as_correction(statement: Statement, chain: Sequence[Statement], reason: str) -> Statement:
    """Return a statement as the correction of the last of a chain, under an id of its own."""
    name = f"{chain[0].id[: rules.LONGEST_NAME - 8]}~{len(chain) + 1}"
    return replace(statement, id=name, supersedes=chain[-1].id, reason=reason)


def differing(one: Statement, other: Statement) -> list[str]:
    """Return the columns in which two statements differ; those of a correction do not count."""
    if one == other:
        return []
    content, others = one.content(), other.content()
    return [name for name, value in content.items() if value != others[name] and name not in OWN_COLUMNS]
