"""Cells that ask a ledger -> values, each with a row of evidence and a source, or a finding."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from replenish.scenario.asked import Answer, Ask, Opener, Refusal, Resolver, parse_ask
from replenish.scenario.cells import Column, columns
from replenish.scenario.describe import unit_of
from replenish.scenario.draft import Asked, Draft, Entry, Table
from replenish.scenario.files import TABLES_FOLDER, Report
from replenish.scenario.model import TABLES, Evidence, Row, Source
from replenish.scenario.rules import ledger_cells as rules

ADDED: Final = 0
"""Line of rows that stand in no file: the evidence and sources of cells that were resolved."""

_LACKING: Final = {"no ledger": rules.NOT_OPEN, "no answer": rules.NO_ANSWER, "unit": rules.UNIT}

Texts = Mapping[tuple[str, str, str], str]
"""Cells as written, by table, key of the row and column."""


class _Found(NamedTuple):
    """A cell that was answered."""

    asked: Asked
    answer: Answer


def resolve(draft: Draft, folder: Path, opener: Opener | None) -> None:
    """Put values into the cells of a draft that ask a ledger; what cannot be answered is a problem and stays damaged.

    Args:
        draft: as read.
        folder: the folder that holds the scenario, or its workbook.
        opener: opens the ledger; None: whoever reads has none.
    """
    pending = [(table, asked) for table in draft.tables.values() for asked in table.asked]
    if not pending or draft.settings is None:
        return
    opened: Resolver | Refusal = Refusal("no ledger", "no ledger can be asked here")
    if opener is not None:
        opened = opener(draft.settings.ledger, folder)
    found: list[_Found] = []
    for table, asked in pending:
        answer = _resolved(draft, table, asked, opened)
        if answer is not None:
            found.append(_Found(asked, answer))
    _add_evidence(draft, found)


def texts(draft: Draft) -> Texts:
    """Return the cells of a draft that ask a ledger, as written."""
    return {
        (asked.entry.row.table, asked.entry.row.key_value(), asked.column): asked.text
        for table in draft.tables.values()
        for asked in table.asked
    }


def _resolved(draft: Draft, table: Table, asked: Asked, opened: Resolver | Refusal) -> Answer | None:
    report, row = Report(table.file, draft.problems), asked.entry.row

    def add(rule: Any, message: str, remedy: str = "") -> None:
        report.add(rule, message, row=asked.entry.line, column=asked.column, value=asked.text, remedy=remedy)

    kind: type[Row] = type(row)
    column = columns(kind)[asked.column]
    ask = parse_ask(asked.text)
    if isinstance(ask, str):
        add(rules.CELL, ask)
        return None
    if column.kind not in ("number", "whole") or asked.column in row.key:
        add(rules.CELL, f"{asked.column} is {'part of the key' if asked.column in row.key else 'no number'}")
        return None
    answer = opened if isinstance(opened, Refusal) else opened(ask)
    if isinstance(answer, Refusal):
        add(_LACKING[answer.lacking], answer.message, answer.remedy)
        return None
    if message := _unit_fault(draft, asked, answer):
        add(rules.UNIT, message)
        return None
    if answer.conflicts:
        add(rules.CONFLICT, f"{answer.statement} says {answer.value:g}, others say {'; '.join(answer.conflicts)};"
            f" taken by the rule: {answer.picked_by}")  # fmt: skip
    if answer.is_admitted:
        add(rules.UNDATED, f"{answer.statement} has no date of publication")
    return answer if _put(asked, column, answer.value, add) else None


def _put(asked: Asked, column: Column, value: float, add: Any) -> bool:
    """Put a value into its cell; return whether it lies in the range of the column."""
    reading = column.read(f"{value!r}")
    if reading.fault:
        add(reading.fault.rule, reading.fault.message, reading.fault.remedy)
        return False
    entry = asked.entry
    entry.damaged -= {asked.column}
    values = {name: getattr(entry.row, name) for name in entry.row.model_fields_set} | {asked.column: reading.value}
    kind: type[Row] = type(entry.row)
    if entry.damaged:
        entry.row = kind.model_construct(set(values), **dict.fromkeys(entry.damaged), **values)
    else:
        entry.row = kind.model_validate(values)
    return True


def _unit_fault(draft: Draft, asked: Asked, answer: Answer) -> str:
    """Return what is wrong with the unit of an answer; of a column in no unit of an item any unit will do."""
    row = asked.entry.row
    declared = unit_of(type(row).model_fields[asked.column])
    item = getattr(row, "item", "")
    parts = declared.split("/")
    if not answer.unit or parts[0] != "unit" or " " in declared:
        return ""
    units = [entry.row.unit for entry in draft.entries(TABLES["items"]) if getattr(entry.row, "name", "") == item]  # type: ignore[attr-defined]
    wanted = "/".join([*units[:1], *([getattr(row, "per", None) or "period"] if len(parts) > 1 else [])])
    if not units or _singular(answer.unit, units[0]) == wanted:
        return ""
    return f"{answer.statement} is in {answer.unit}, the row is in {wanted}"


def _singular(told: str, unit: str) -> str:
    """Return a unit with the plural of the item's own unit in the singular.

    >>> _singular("rounds/month", "round"), _singular("boxes", "box"), _singular("shells", "round")
    ('round/month', 'box', 'shells')
    """
    first, slash, per = told.partition("/")
    return (unit if first in (f"{unit}s", f"{unit}es") else first) + slash + per


def _add_evidence(draft: Draft, found: list[_Found]) -> None:
    for name, rows in (("evidence", _evidence(found)), ("sources", _sources(draft, found))):
        table = draft.tables.setdefault(name, Table(f"{TABLES_FOLDER}/{name}.csv"))
        table.entries += [Entry(row, ADDED) for row in rows]


def _evidence(found: list[_Found]) -> Iterator[Evidence]:
    for asked, answer in found:
        row = asked.entry.row
        told = f"statement {answer.statement}"
        if answer.passage:
            told += f", passage {answer.passage}" + (f': "{answer.words}"' if answer.words else "")
        if answer.conflicts:
            told += f"; others say {'; '.join(answer.conflicts)}"
        yield Evidence(
            table_name=row.table, row_key=row.key_value(), column=asked.column,
            basis="derived" if answer.is_derived else "reported", source=source_name(answer),
            low=answer.low, high=answer.high, note=told,
        )  # fmt: skip


def _sources(draft: Draft, found: list[_Found]) -> Iterator[Source]:
    named = {entry.row.name for entry in draft.entries(Source)}
    for _, answer in found:
        if (name := source_name(answer)) not in named:
            named.add(name)
            yield Source(
                name=name, title=answer.title, publisher=answer.publisher, address=answer.address,
                published=answer.published, note=f"document {answer.document or 'not recorded'} of the ledger",
            )  # fmt: skip


def source_name(answer: Answer) -> str:
    """Return the name of the source of an answer: its document, or the statement where it has none.

    Documents with several statements of other days of publication are as many sources.
    """
    told = f"{answer.document or answer.statement}.{answer.published or 'undated'}".lower()
    return "ledger." + re.sub(r"[^a-z0-9_.+-]+", "_", told)


__all__ = ["ADDED", "Ask", "Texts", "resolve", "source_name", "texts"]
