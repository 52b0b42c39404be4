"""Cells that ask a ledger -> values, each with a row of evidence and a source, or a finding."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, NamedTuple

from replenish.scenario.asked import LEDGER, Answer, Ask, Opener, Refusal, Resolver, parse_ask
from replenish.scenario.cells import Column, columns
from replenish.scenario.draft import Asked, Draft, Entry, Table
from replenish.scenario.files import TABLES_FOLDER, Report
from replenish.scenario.model import Evidence, Row, Source
from replenish.scenario.rules import ledger_cells as rules
from replenish.scenario.stated_units import find_factor, in_words, wanted_unit

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
    _warn_of_evidence(draft, [one.asked for one in found])
    _add_evidence(draft, found)
    if not isinstance(opened, Refusal):
        draft.settings = draft.settings.model_copy(update={"ledger": opened.used})


def _warn_of_evidence(draft: Draft, asked: list[Asked]) -> None:
    cells = {_cell(one) for one in asked}
    table = draft.tables.get("evidence", Table(""))
    report = Report(table.file, draft.problems)
    for entry in table.entries:
        if (cell := _evidence_of(entry)) in cells:
            report.add(rules.EVIDENCE, f"is about {' '.join(cell)}, which asks a ledger", row=entry.line,
                       column="column", value=cell[2])  # fmt: skip


def drop_overruled(draft: Draft) -> None:
    """Leave out evidence that somebody wrote about cells whose value comes from a ledger with evidence of its own."""
    cells = {_cell(asked) for table in draft.tables.values() for asked in table.asked}
    if cells and "evidence" in draft.tables:
        table = draft.tables["evidence"]
        table.entries = [entry for entry in table.entries if entry.line == ADDED or _evidence_of(entry) not in cells]


def _cell(asked: Asked) -> tuple[str, str, str]:
    return asked.entry.row.table, asked.entry.row.key_value(), asked.column


def _evidence_of(entry: Entry[Any]) -> tuple[str, str, str]:
    row = entry.row
    return str(row.table_name), str(row.row_key), str(row.column)


def texts(draft: Draft) -> Texts:
    """Return the cells of a draft that ask a ledger, as written."""
    return {_cell(asked): asked.text for table in draft.tables.values() for asked in table.asked}


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
    converted = _converted(draft, asked, answer)
    if isinstance(converted, str):
        add(rules.UNIT, converted)
        return None
    answer = converted
    if answer.conflicts:
        add(rules.CONFLICT, f"{answer.statement} says {answer.value:g}, others say {'; '.join(answer.conflicts)};"
            f" taken by the rule: {answer.picked_by}")  # fmt: skip
    if answer.admitted:
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


def _converted(draft: Draft, asked: Asked, answer: Answer) -> Answer | str:
    """Return an answer in the unit of the cell, or what is wrong with its unit."""
    wanted = wanted_unit(draft, asked.entry.row, asked.column)
    if wanted is None:
        return answer
    factor = find_factor(answer.unit, wanted)
    if factor is None:
        return f"{answer.statement} is in {answer.unit or 'no unit'}, the cell is in {in_words(wanted)}"
    if factor == 1.0:
        return answer
    low, high = (None if end is None else end * factor for end in (answer.low, answer.high))
    said = f"{answer.value:g} {answer.unit} is {answer.value * factor:.6g} {in_words(wanted)}"
    told = "; ".join(filter(None, (said, answer.told)))
    return replace(answer, value=answer.value * factor, low=low, high=high, told=told)


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
        if answer.told:
            told += f"; {answer.told}"
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
                published=answer.published, admitted=answer.admitted,
                note=f"document {answer.document or 'not recorded'} of the ledger",
            )  # fmt: skip


def source_name(answer: Answer) -> str:
    """Return the name of the source of an answer: its document, or the statement where it has none.

    Documents with several statements of other days of publication are as many sources.
    """
    day = answer.published or (f"admitted.{answer.admitted}" if answer.admitted else "undated")
    told = f"{answer.document or answer.statement}.{day}"
    plain = re.sub(r"[^a-z0-9_.+-]+", "_", told.lower())
    mark = "" if plain == told else f".{sha256(told.encode()).hexdigest()[:8]}"  # else two could have one name
    return f"{LEDGER}{plain}{mark}"


__all__ = ["ADDED", "Ask", "Texts", "resolve", "source_name", "texts"]
