"""Statements as a table that `import` reads again, in a CSV file or a workbook; no cell is taken for a formula."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

from sqlalchemy import select

from replenish.errors import UsageError
from replenish.ledger import tables
from replenish.ledger.citing import all_documents
from replenish.ledger.database import reading
from replenish.ledger.importing.rows import COLUMNS as ALL_COLUMNS
from replenish.ledger.importing.rows import StatementRow, escaped
from replenish.ledger.store import Ledger
from replenish.ledger.values import Document, Statement, column_names, from_database
from replenish.scenario.workbook.layout import is_workbook
from replenish.scenario.written import number_text

Cell = str | float | bool | dt.date | None

COLUMNS = tuple(name for name in ALL_COLUMNS if name != "words")
"""Columns of an export: statements name their passage by its id."""

WIDE = 60
"""Width of a column of words [character]."""


def export_table(ledger: Ledger, path: Path | str, statements: Iterable[Statement] | None = None) -> Path:
    """Write statements, all if none are given, as a CSV file, or a workbook if the name ends in .xlsx.

    Text that a spreadsheet would take for a formula begins with an apostrophe, which `import_table` takes off.

    Raises:
        UsageError: the file exists.
    """
    rows = to_rows(all_statements(ledger) if statements is None else statements, all_documents(ledger))
    write_table(Path(path), rows)
    return Path(path)


def write_table(path: Path, rows: Sequence[Mapping[str, Cell]], columns: Sequence[str] = COLUMNS) -> None:
    """Write rows as a CSV file, or a workbook if the name says so; no cell of them is taken for a formula.

    Raises:
        UsageError: the file exists.
    """
    if is_workbook(path):
        _write_workbook(path, rows, columns)
    else:
        _write_text(path, to_csv(rows, columns))


def to_rows(statements: Iterable[Statement], documents: Mapping[str, Document]) -> list[dict[str, Cell]]:
    """Return statements as rows of cells by column; of a document that is not given, the id.

    What a statement corrects is named only where it is among them: another ledger takes the rows as well.
    """
    own = list(statements)
    ids = {one.id for one in own}
    freed = (one if one.supersedes in ids else replace(one, supersedes="", reason="") for one in own)
    return [_row(one, documents.get(one.document)) for one in freed]


def to_csv(rows: Sequence[Mapping[str, Cell]], columns: Sequence[str] = COLUMNS) -> str:
    """Return rows as the text of a CSV file."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_text(row[name]) for name in columns] for row in rows)
    return file.getvalue()


def all_statements(ledger: Ledger) -> list[Statement]:
    """Return every statement, corrected ones too, in the order in which they were recorded."""
    table = tables.statements
    with reading(ledger.engine) as connection:
        asked = select(*(table.c[name] for name in column_names(Statement))).order_by(table.c.entry, table.c.id)
        return from_database(Statement, connection.execute(asked).all())


def _row(one: Statement, document: Document | None) -> dict[str, Cell]:
    own: dict[str, Cell] = dict.fromkeys(COLUMNS)
    own |= {name: getattr(one, name) for name in COLUMNS if hasattr(one, name)}
    if document is not None and document.title:
        own |= {"title": document.title, "publisher": document.publisher, "address": document.address}
        own["document"] = one.document if document.content_hash else ""  # by its id it is found, in this ledger
    return {name: stated(name, value) for name, value in own.items()}


def stated(name: str, value: Cell) -> Cell:
    """Return a cell of a column; what is at its default is left empty."""
    field = StatementRow.model_fields[name]
    return None if not field.is_required() and value == field.default else value


def _text(cell: Cell) -> str:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return number_text(cell)
    return "" if cell is None else escaped(str(cell))


def _write_text(path: Path, text: str) -> None:
    """Write a new file; it appears complete or not at all."""
    if path.exists():
        raise UsageError(f"{path} exists; give another name")
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.parent / f".{path.name}-{uuid4().hex}"
    try:
        partial.write_bytes(text.encode())
        partial.rename(path)
    finally:
        partial.unlink(missing_ok=True)


def _write_workbook(path: Path, rows: Sequence[Mapping[str, Cell]], columns: Sequence[str]) -> None:
    from replenish.scenario.workbook.book import making_book, put, styles

    with making_book(path) as book:
        look, sheet = styles(book), book.add_worksheet(StatementRow.table)
        for column, name in enumerate(columns):
            put(sheet, 0, column, name, look.required)
            is_wide = name == "words"
            if is_wide:
                sheet.set_column(column, column, WIDE)
            for line, row in enumerate(rows, 1):
                cell = row[name]
                of_text = look.text if is_wide else look.plain
                style = look.day if isinstance(cell, dt.date) else of_text if isinstance(cell, str) else None
                put(sheet, line, column, escaped(cell) if isinstance(cell, str) else cell, style)
        sheet.freeze_panes(1, 1 if columns[0] == "words" else 0)
