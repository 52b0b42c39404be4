"""What the rule picks of every series at once: only what the rule looks at is read of each statement."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, cast

from sqlalchemy import ColumnElement, Connection, func, literal, or_, select, true

from replenish.collection import without_collection
from replenish.ledger import tables
from replenish.ledger.ask.knowing import (
    ALL,
    NOW,
    AsOf,
    Known,
    Which,
    all_superseded,
    check_asked,
    is_known,
    is_undated,
    last_entry,
    published,
    to_known,
)
from replenish.ledger.ask.picking import Series, contradicts, rank_of
from replenish.ledger.ask.spans import Span, for_latest_days, in_time, to_span
from replenish.ledger.database import reading
from replenish.ledger.kinds import KINDS, PRECISIONS, Kind
from replenish.ledger.lookup import batches
from replenish.ledger.store import Ledger
from replenish.ledger.values import Statement, column_names, from_database

BETWEEN = "\x1f"
"""Stands between texts that the database joins: a few long texts are read faster than many short ones."""

READ_AT_ONCE = 1_000
"""Rows that are fetched at a time: they are looked at while the processor still has them at hand."""


class _Brief(NamedTuple):
    """What the rule looks at in a statement."""

    id: str
    series: str
    days: str
    is_undated: bool
    is_told: bool


class Current(NamedTuple):
    """The statement that the rule picks of a series, and how many others compete with it."""

    series: Series
    picked: Known
    others: int


class Line(NamedTuple):
    """What a ledger says of one series, in short.

    picked: the statement that the rule picks; None where none gives a figure.
    statements: how many are known of it.  rivals: how many for the same days contradict the picked one.
    admitted: ids of undated statements that a rule admitted.
    """

    series: Series
    picked: Known | None
    statements: int
    rivals: int
    admitted: tuple[str, ...]


def current_all(
    ledger: Ledger, which: Which = ALL, as_of: AsOf = NOW, *, valid: dt.date | None = None
) -> list[Current]:
    """Return the statement that the rule of `current` picks of each series that has a figure, by series."""
    check_asked(which, as_of)
    with without_collection(), reading(ledger.engine) as connection:
        competing = _competing(connection, _by_series(connection, which, as_of, _IS_TOLD), valid)
        picked = read_statements(connection, (ids[0] for ids in competing.values()), as_of)
    return [Current(series, picked[ids[0]], len(ids) - 1) for series, ids in sorted(competing.items())]


def overview(ledger: Ledger, which: Which = ALL, as_of: AsOf = NOW, *, valid: dt.date | None = None) -> list[Line]:
    """Return what `show` says of each series, in short and without reading every statement in full, by series."""
    with without_collection(), reading(ledger.engine) as connection:
        grouped = _by_series(connection, which, as_of, true())
        competing = _competing(
            connection, {series: [row for row in rows if row[4]] for series, rows in grouped.items()}, valid,
        )  # fmt: skip
        known = read_statements(connection, (name for ids in competing.values() for name in ids), as_of)
    found = list[Line]()
    for series, rows in sorted(grouped.items()):
        own = [known[name] for name in competing.get(series, ())]
        begun = _begun(rows, _Spans(series.kind), valid)
        admitted = tuple(sorted(row[0] for row in begun if row[3] and as_of.known_at))
        rivals = sum(contradicts(own[0].statement, one.statement) for one in own[1:])
        found.append(Line(series, own[0] if own else None, len(begun), rivals, admitted))
    return found


def _begun(rows: Sequence[_Brief], spans: _Spans, valid: dt.date | None) -> Sequence[_Brief]:
    return rows if valid is None else [row for row in rows if spans[row[2]].start_first <= valid]


def read_statements(connection: Connection, ids: Iterable[str], as_of: AsOf) -> dict[str, Known]:
    """Return statements by their ids."""
    found, table = dict[str, Known](), tables.statements
    asked = select(*(table.c[name] for name in ("entry", *column_names(Statement))))
    for some in batches(sorted(ids)):
        rows = connection.execute(asked.where(table.c.id.in_(some))).all()
        made = from_database(Statement, [row[1:] for row in rows])
        found |= {one.id: to_known(one, row[0], as_of) for one, row in zip(made, rows, strict=True)}
    return found


def _competing(
    connection: Connection, grouped: Mapping[Series, Sequence[_Brief]], valid: dt.date | None
) -> dict[Series, list[str]]:
    """Return the ids of the statements that compete for each series, best first."""
    spans, found = {kind: _Spans(kind) for kind in KINDS}, dict[Series, list[str]]()
    for series, rows in grouped.items():
        if series.kind not in spans:
            raise ValueError(f"`{series.kind}` is no kind of statement")
        if ids := _of_last_days(rows, spans[series.kind], valid):
            found[series] = ids
    ranks = _ranks(connection, (name for ids in found.values() if len(ids) > 1 for name in ids))
    for ids in found.values():
        if len(ids) > 1:
            ids.sort(key=lambda name: ranks[name])
    return found


def _ranks(connection: Connection, ids: Iterable[str]) -> dict[str, tuple[int, int, int, str]]:
    """Return by what competing statements are ranked."""
    table, found = tables.statements, dict[str, tuple[int, int, int, str]]()
    columns = [table.c[name] for name in ("id", "grade", "directness", "known_from")]
    asked = select(*columns, is_undated().label("is_undated"))
    for some in batches(sorted(ids)):
        for row in connection.execute(asked.where(table.c.id.in_(some))):
            day = None if row.is_undated else dt.date.fromisoformat(row.known_from)
            found[row.id] = rank_of(row.grade, row.directness, day, row.id)
    return found


_IS_TOLD = (tables.statements.c.grade != "D") & or_(
    *(tables.statements.c[name].is_not(None) for name in ("low", "best", "high"))
)
"""Says a figure and is not graded as wrong."""


def _by_series(
    connection: Connection, which: Which, as_of: AsOf, wanted: ColumnElement[bool]
) -> dict[Series, list[_Brief]]:
    """Return known statements that meet a condition by their series."""
    last, table = last_entry(connection, as_of.recorded_by), tables.statements
    gone = all_superseded(connection, as_of, last)
    asked = select(
        table.c.id, _joined("kind", "holder", "item", "unit"), _joined("valid_from", "valid_to", "valid_precision"),
        is_undated().label("is_undated"), _IS_TOLD.label("is_told"),
    ).where(wanted, *which.conditions())  # fmt: skip
    is_open = as_of.known_at is None or as_of.admit_undated_days is None
    grouped = defaultdict[str, list[_Brief]](list)
    for rows in connection.execute(published(asked, as_of, last)).partitions(READ_AT_ONCE):
        for row in rows:
            if row[0] not in gone and (is_open or not row[3] or _is_admitted(row[2], as_of)):
                grouped[row[1]].append(cast(_Brief, row))
    return {Series(*cast(Any, series.split(BETWEEN))): rows for series, rows in grouped.items()}


def _joined(*names: str) -> ColumnElement[str]:
    """Return columns as one text; what is empty is empty text in it."""
    found: ColumnElement[str] = literal("")
    for place, name in enumerate(names):
        own = func.coalesce(tables.statements.c[name], "")
        found = found.concat(BETWEEN).concat(own) if place else own
    return found


def _is_admitted(days: str, as_of: AsOf) -> bool:
    start, end, precision = days.split(BETWEEN)
    valid = {"valid_from": start or None, "valid_to": end or None, "valid_precision": precision}
    return is_known({"known_from": None, "published_precision": "day"} | valid, as_of)


def _of_last_days(rows: Sequence[_Brief], known: _Spans, valid: dt.date | None) -> list[str]:
    """Return the ids of the statements that compete."""
    spans = [known[row[2]] for row in rows]
    return [rows[place][0] for place in for_latest_days(spans, in_time(spans, valid))]


class _Spans(dict[str, Span]):
    """For which days statements of a kind are, by their valid dates as they are read."""

    def __init__(self, kind: Kind) -> None:
        super().__init__()
        self.kind = kind

    def __missing__(self, days: str) -> Span:
        start, end, precision = days.split(BETWEEN)
        if precision not in PRECISIONS:
            raise ValueError(f"`{precision}` is no precision of a day")
        first, last = (dt.date.fromisoformat(day) if day else None for day in (start, end))
        self[days] = found = to_span(first, last, precision, self.kind)
        return found
