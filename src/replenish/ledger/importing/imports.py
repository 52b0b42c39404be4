"""A table of statements into a ledger: everything wrong told at once, all rows recorded together or none."""

from __future__ import annotations

import re
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
from replenish.ledger.importing.grounding import Placed, ground
from replenish.ledger.importing.quoting import find_quoted, unrecorded
from replenish.ledger.importing.recorded import find_documents
from replenish.ledger.importing.rows import StatementRow, document_keys, to_documents, to_statements
from replenish.ledger.kinds import KINDS
from replenish.ledger.lookup import find_chains, find_ids
from replenish.ledger.store import Ledger
from replenish.ledger.values import Document, Passage, Statement, to_names
from replenish.scenario import draft
from replenish.scenario.by_column import Columns
from replenish.scenario.rules.reading import EMPTY_REQUIRED
from replenish.scenario.rules.registry import RuleDoc
from replenish.scenario.single_table import placed, read_single_table

_THOUSANDS = re.compile(r"-?[1-9]\d{0,2}\.\d{3}")

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

    def wrong_lines(self) -> set[int]:
        """Return the lines in which there is an error."""
        return {one.row for one in self.problems if one.severity == "error" and one.row}

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
    ids = set(filter(None, sheet.said.values["id"]))
    sheet = replace(sheet, said=sheet.said.without(sheet.wrong_lines()))  # the others are judged all the same
    made, documents = _statements(ledger, sheet)
    made, passages = _linked(made, quoted)
    with reading(ledger.engine) as connection:
        made = ground(connection, made, set(sheet.said.values["document"]), passages, sheet.add)
        _check_references(connection, sheet, made, {"statements": ids, "passages": set(passages)})
    new, corrections = _sorted(ledger, sheet, _unrepeated(sheet, made), correct)
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
    broken = list(rules.breaches(sheet.said))
    baseless = [n for n, found in broken if found.rule is rules.NO_SOURCE]
    for n, (rule, column, message, remedy) in broken:
        if rule is rules.NO_SOURCE:
            if n != baseless[0]:
                continue  # one row stands for all: a table without sources has them in none
            message += f"; so in {len(baseless)} rows" if len(baseless) > 1 else ""  # noqa: PLW2901
        place, cells = sheet.table.position.get(column), sheet.said.cells[n]
        value = cells[place][:80] if place is not None and place < len(cells) else ""
        sheet.add(rule, sheet.said.lines[n], column, message, value=value, remedy=remedy)
    if not sheet.table.letters:  # cells of a workbook hold numbers, not digits
        _warn_of_thousands(sheet)


def _warn_of_thousands(sheet: _Sheet) -> None:
    """Warn of figures such as 20.000."""
    for column in ("low", "best", "high"):
        place = sheet.table.position.get(column)
        written = (
            [cells[place] if place < len(cells) else "" for cells in sheet.said.cells] if place is not None else []
        )
        odd = {text for text in set(written) if _THOUSANDS.fullmatch(text.strip())}
        for line, text in zip(sheet.said.lines, written, strict=True) if odd else ():
            if text in odd:
                message = f"is read as {float(text):g}: the point parts the decimals"
                sheet.add(rules.THOUSANDS, line, column, message, value=text)


def _statements(ledger: Ledger, sheet: _Sheet) -> tuple[list[Placed], list[Document]]:
    """Return the statements of rows, and the documents among those that they name that are not recorded yet."""
    said = sheet.said
    with reading(ledger.engine) as connection:
        ids = find_ids(connection, "documents", set(said.values["document"]) - {""})
        keys = [None if name in ids else key
                for name, key in zip(said.values["document"], document_keys(said), strict=True)]  # fmt: skip
        documents = to_documents(said, keys)
        recorded = find_documents(connection, (address for address, _ in documents))
    made_names = to_names(list(documents.values()))
    names = {key: recorded.get(key) or name for key, name in zip(documents, made_names, strict=True)}
    made = list(map(Placed, to_statements(said, [names[key] if key else "" for key in keys]), said.lines))
    new = [replace(one, id=names[key]) for key, one in documents.items() if key not in recorded]
    return _carried(ledger, sheet, made, keys), new


def _carried(ledger: Ledger, sheet: _Sheet, made: list[Placed], keys: Sequence[tuple[str, str] | None]) -> list[Placed]:
    """Return statements of which some come from another ledger: of those a passage that is not here is left out."""
    given = sheet.said.values["document"]
    foreign = [n for n, (name, key) in enumerate(zip(given, keys, strict=True)) if name and key]
    with reading(ledger.engine) as connection:
        passages = find_ids(connection, "passages", {made[n].statement.passage for n in foreign} - {""})
    for n in foreign:
        statement, line = made[n]
        sheet.add(rules.DOCUMENT_BY_TITLE, line, "document", "is no document of the ledger; that of the title is taken",
                  value=given[n])  # fmt: skip
        if statement.passage and statement.passage not in passages:
            made[n] = Placed(replace(statement, passage=""), line)
    return made


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


def _sorted(ledger: Ledger, sheet: _Sheet, made: list[Placed], correct: str) -> tuple[list[Statement], int]:
    """Return the statements to record and how many of them correct what is recorded under their id."""
    with reading(ledger.engine) as connection:
        chains = find_chains(connection, (one.statement.id for one in made))
        own = {one.statement.id: one.statement for one in made}
        superseded = find_chains(connection, {one.supersedes for one in own.values()} - {""})
    corrected = own | {name: chain[0] for name, chain in superseded.items()}
    new, corrections = list[Statement](), 0
    for one in made:
        chain = chains.get(one.statement.id)
        if chain is None:
            new.append(one.statement)
            _warn_of_later(sheet, one.line, one.statement, corrected.get(one.statement.supersedes))
        elif not differing(chain[-1], one.statement):
            sheet.add(rules.RECORDED_ALREADY, one.line, "id", "is recorded already", value=one.statement.id)
        elif not correct and any(not differing(other, one.statement) for other in chain):
            message = f"is recorded already, and was corrected since by {chain[-1].id}"
            sheet.add(rules.RECORDED_ALREADY, one.line, "id", message, value=one.statement.id)
        elif correct:
            new.append(as_correction(one.statement, chain, correct))
            _warn_of_later(sheet, one.line, new[-1], chain[-1])
            corrections += 1
        else:
            what = ", ".join(differing(chain[-1], one.statement))
            message = f"is recorded already and differs in {what}"
            sheet.add(rules.CHANGED_ROW, one.line, "id", message, value=one.statement.id)
    return new, corrections


def _check_references(
    connection: Connection, sheet: _Sheet, made: Sequence[Placed], here: Mapping[str, set[str]]
) -> None:
    """Report what statements name and neither the ledger nor the table has.

    here: ids of what the table itself records, by table of the ledger.
    """
    given = dict(zip(sheet.said.lines, sheet.said.values["document"], strict=True))
    asked = {
        ("passages", "passage"): [one.statement.passage for one in made],
        ("statements", "supersedes"): [one.statement.supersedes for one in made],
        ("documents", "document"): [
            one.statement.document if one.statement.document == given[one.line].strip() else "" for one in made
        ],
    }
    for (table, column), names in asked.items():
        wanted = set(names) - {""} - here.get(table, set())
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
