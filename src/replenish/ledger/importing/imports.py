"""A table of statements into a ledger: everything wrong told at once, all rows recorded together or none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection

from replenish.collection import without_collection
from replenish.errors import Problem, TableError
from replenish.ledger.chain import Entry
from replenish.ledger.database import reading
from replenish.ledger.documents.files import shown
from replenish.ledger.importing import rules
from replenish.ledger.importing.quoting import find_quoted, unrecorded
from replenish.ledger.importing.recorded import find_chains, find_documents, find_ids
from replenish.ledger.importing.rows import StatementRow, document_keys, to_documents, to_statements
from replenish.ledger.kinds import KINDS
from replenish.ledger.store import Ledger
from replenish.ledger.values import Document, Passage, Statement, to_names
from replenish.scenario import draft
from replenish.scenario.by_column import Columns
from replenish.scenario.rules.reading import EMPTY_REQUIRED
from replenish.scenario.rules.registry import RuleDoc
from replenish.scenario.single_table import placed, read_single_table

OWN_COLUMNS = ("id", "supersedes", "reason")
"""Columns by which a row and its correction differ whatever they say."""


class Imported(NamedTuple):
    """What an import did.

    entry: what was recorded; None where every row was recorded before.
    problems: what was found, none of it an error: rows that were skipped.
    passages: that were recorded for the words that rows quote.
    """

    entry: Entry | None
    statements: tuple[Statement, ...]
    documents: tuple[Document, ...]
    corrections: int
    skipped: int
    problems: tuple[Problem, ...]
    passages: tuple[Passage, ...] = ()


class Placed(NamedTuple):
    """A statement and the line of the table that makes it."""

    statement: Statement
    line: int


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A table that is being read, and what was found in it."""

    table: draft.Table
    said: Columns
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
    """Record the statements of a CSV file or workbook, the documents that they name and the words that they quote.

    All of it is one entry.  Rows that are recorded already are skipped.

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
    table, said, found = read_single_table(path, StatementRow)
    sheet = _Sheet(table, said, [_advised(one) for one in found])
    _check_rows(sheet)
    quoted = find_quoted(ledger, sheet.said, sheet.add)
    sheet.refuse_errors()
    made, documents = _statements(ledger, sheet.said)
    made, passages = _linked(made, quoted)
    new, corrections = _sorted(ledger, sheet, _unrepeated(sheet, made), correct, set(passages))
    sheet.refuse_errors()
    used = {name for one in new for name in (one.document, one.passage)}
    documents = [one for one in documents if one.id in used]
    fresh = unrecorded(ledger, [one for name, one in passages.items() if name in used])
    entry = None
    if new:
        purpose = purpose or f"import of {shown(path)}"
        entry = ledger.record([*documents, *fresh, *new], author=author, purpose=purpose)
    skipped, problems = len(made) - len(new), tuple(sheet.problems)
    return Imported(entry, tuple(new), tuple(documents), corrections, skipped, problems, tuple(fresh))


def _advised(problem: Problem) -> Problem:
    """Return a problem of a cell with a remedy that fits a table of statements."""
    if problem.rule != EMPTY_REQUIRED.id or not problem.row:
        return problem
    kinds = f"write one of {', '.join(KINDS)}"
    return problem._replace(remedy=f"{kinds if problem.column == 'kind' else 'fill the cell'}, or delete the row")


def _check_rows(sheet: _Sheet) -> None:
    for n, (rule, column, message, remedy) in rules.breaches(sheet.said):
        place, cells = sheet.table.position.get(column), sheet.said.cells[n]
        value = cells[place][:80] if place is not None and place < len(cells) else ""
        sheet.add(rule, sheet.said.lines[n], column, message, value=value, remedy=remedy)


def _statements(ledger: Ledger, said: Columns) -> tuple[list[Placed], list[Document]]:
    """Return the statements of rows, and the documents among those that they name that are not recorded yet."""
    keys = document_keys(said)
    documents = to_documents(said, keys)
    with reading(ledger.engine) as connection:
        recorded = find_documents(connection, (address for address, _ in documents))
    made_names = to_names(list(documents.values()))
    names = {key: recorded.get(key) or name for key, name in zip(documents, made_names, strict=True)}
    made = to_statements(said, [names[key] if key else "" for key in keys])
    new = [replace(one, id=names[key]) for key, one in documents.items() if key not in recorded]
    return list(map(Placed, made, said.lines)), new


def _linked(made: Sequence[Placed], quoted: Mapping[int, Passage]) -> tuple[list[Placed], dict[str, Passage]]:
    """Return statements with the passages of the words that their rows quote, and these passages by id."""
    passages, linked = dict[str, Passage](), list[Placed]()
    for one in made:
        passage = quoted.get(one.line)
        if passage is None:
            linked.append(one)
        else:
            passage = replace(passage, speaker=one.statement.speaker)
            passages[passage.named()] = passage
            linked.append(one._replace(statement=replace(one.statement, passage=passage.named())))
    return linked, passages


def _unrepeated(sheet: _Sheet, made: Sequence[Placed]) -> list[Placed]:
    """Return statements once each; two that say different things under one id are reported."""
    first, kept = dict[str, Placed](), list[Placed]()
    names = to_names([one.statement for one in made])
    for one, name in zip(made, names, strict=True):
        earlier = first.setdefault(name, one)
        if earlier is one:
            kept.append(one if one.statement.id else Placed(replace(one.statement, id=name), one.line))
        elif earlier.statement == one.statement:
            sheet.add(rules.RECORDED_ALREADY, one.line, "id", f"says the same as line {earlier.line}", value=name)
        else:
            what = ", ".join(differing(earlier.statement, one.statement))
            sheet.add(rules.ID_TWICE, one.line, "id", f"differs from line {earlier.line} in {what}", value=name)
    return kept


def _sorted(
    ledger: Ledger, sheet: _Sheet, made: list[Placed], correct: str, passages: set[str]
) -> tuple[list[Statement], int]:
    """Return the statements to record and how many of them correct what is recorded under their id.

    passages: ids of those that are recorded with them.
    """
    with reading(ledger.engine) as connection:
        chains = find_chains(connection, (one.statement.id for one in made))
        own = {one.statement.id: one.statement for one in made}
        superseded = find_chains(connection, {one.supersedes for one in own.values()} - {""})
        _check_references(connection, sheet, made, passages)
    corrected = own | {name: chain[0] for name, chain in superseded.items()}
    new, corrections = list[Statement](), 0
    for one in made:
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


def _check_references(connection: Connection, sheet: _Sheet, made: Sequence[Placed], passages: set[str]) -> None:
    """Report what statements name and neither the ledger nor the table has."""
    lines = zip(sheet.said.lines, sheet.said.values["document"], strict=True)
    named = {line for line, document in lines if document}  # others are recorded beside them
    asked = {
        ("passages", "passage"): [one.statement.passage for one in made],
        ("statements", "supersedes"): [one.statement.supersedes for one in made],
        ("documents", "document"): [one.statement.document if one.line in named else "" for one in made],
    }
    here = {"statements": {one.statement.id for one in made}, "passages": passages, "documents": set[str]()}
    for (table, column), names in asked.items():
        wanted = set(names) - {""} - here[table]
        missing = wanted - find_ids(connection, table, wanted)
        for one, name in zip(made, names, strict=True) if missing else ():
            if name in missing:
                message = f"is none of the {table} of the ledger"
                sheet.add(rules.UNKNOWN_RECORD, one.line, column, message, value=name)


def _warn_of_later(sheet: _Sheet, line: int, one: Statement, corrected: Statement | None) -> None:
    """Warn of a correction that is known later than the row which it corrects, although the same document says both."""
    if corrected is None or corrected.known_from is None:
        return
    if one.known_from is None:
        sheet.add(rules.LATER_CORRECTION, line, "published", f"is empty; {corrected.id} is of {corrected.published}")
    elif one.document and one.document == corrected.document and one.known_from > corrected.known_from:
        message = f"is later than that of {corrected.id}, {corrected.published}, of the same document"
        sheet.add(rules.LATER_CORRECTION, line, "published", message, value=str(one.published))


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
