"""A recorded statement put right: a new row that names it, with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from replenish.errors import Problem, TableError, UsageError
from replenish.ledger.beginnings import find_document
from replenish.ledger.chain import Entry
from replenish.ledger.database import reading
from replenish.ledger.importing import rules
from replenish.ledger.importing.imports import as_correction, differing
from replenish.ledger.importing.rows import StatementRow, escaped, to_statements
from replenish.ledger.kinds import MEANINGS
from replenish.ledger.lookup import find_chains, find_ids
from replenish.ledger.store import Ledger
from replenish.ledger.values import Statement
from replenish.scenario.by_column import Columns
from replenish.scenario.cells import columns
from replenish.scenario.suggest import advice

FIXED = ("id", "supersedes", "reason", "title", "publisher", "address", "words")
"""Columns that a correction does not state."""


def correct(
    ledger: Ledger,
    id: str,  # noqa: A002 - the column's name
    changes: Mapping[str, str],
    *,
    reason: str,
    author: str = "",
) -> tuple[Statement, Entry]:
    """Record a statement anew with other values, as the correction of the one of an id, and return both.

    Args:
        ledger: where it is recorded.
        id: of a statement; where it was corrected before, its last correction is corrected.
        changes: columns and their new values as they are written in a table; empty text: none.
        reason: why.
        author: who corrects.

    Raises:
        UsageError: there is no such statement, nothing changes, or no reason is given.
        TableError: a value breaks a rule of tables of statements.
    """
    if not reason.strip():
        raise UsageError("a correction needs a reason")
    if changes.get("document"):
        changes = {**changes, "document": find_document(ledger, changes["document"]).id}
    with reading(ledger.engine) as connection:
        chain = find_chains(connection, [id]).get(id)
        passage = changes.get("passage", "")
        is_missing = bool(passage) and not find_ids(connection, "passages", [passage])
    if chain is None:
        raise UsageError(f"{id}: no statement has this id")
    if is_missing:
        raise UsageError(f"passage {passage}: is not recorded")
    changed = _changed(chain[-1], changes)
    if not differing(chain[-1], changed):
        raise UsageError(f"{id}: nothing would change")
    made = as_correction(replace(changed, id=id), chain, reason)
    return made, ledger.record([made], author=author, purpose=f"correction of {chain[-1].id}: {reason}")


def _changed(statement: Statement, changes: Mapping[str, str]) -> Statement:
    known = [name for name in StatementRow.model_fields if name not in FIXED]
    for name in changes:
        if name not in known:
            raise UsageError(f"{name}: is no column that can be corrected; {advice(name, known) or ', '.join(known)}")
    values = {name: getattr(statement, name) for name in known}
    values = {name: escaped(value) if isinstance(value, str) else value for name, value in values.items()}
    problems = list[Problem]()
    for name, written in changes.items():
        column = columns(StatementRow)[name]
        if not written and StatementRow.model_fields[name].is_required():
            raise UsageError(f"{name}: may not be empty")
        if not written:
            values[name] = StatementRow.model_fields[name].get_default()
            continue
        value, fault = column.read(written)
        values[name] = escaped(value) if isinstance(value, str) else value
        if fault:
            remedy = fault.remedy or fault.rule.remedy
            problems.append(Problem(fault.rule.id, "error", "correction", None, name, written, fault.message, remedy))
    return _checked(values, problems, statement)


def _checked(values: dict[str, Any], problems: list[Problem], statement: Statement) -> Statement:
    if not problems:
        row = StatementRow.model_validate({name: value for name, value in values.items() if value is not None})
        said = Columns.of(row)
        for _, (rule, name, message, remedy) in rules.breaches(said):
            if rule.severity != "error":
                continue
            found = str(values.get(name, ""))
            problems.append(Problem(rule.id, "error", "correction", None, name, found, message, remedy or rule.remedy))
    if problems:
        raise TableError(problems)
    (made,) = to_statements(said, [""])
    is_open = MEANINGS[made.kind].dated != "due" and values["valid_to"] is None and statement.valid_to is None
    return replace(made, valid_to=None) if is_open and statement.valid_from == made.valid_from else made
