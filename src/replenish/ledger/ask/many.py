"""What the rule picks of every series at once: only what the rule looks at is read of each statement."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, cast

from sqlalchemy import Connection, or_, select

from replenish.ledger import tables
from replenish.ledger.ask.knowing import (
    ALL,
    NOW,
    AsOf,
    Known,
    Which,
    all_superseded,
    is_known,
    last_entry,
    published,
    to_known,
)
from replenish.ledger.ask.picking import Series, first_of_days
from replenish.ledger.database import reading
from replenish.ledger.importing.recorded import batches
from replenish.ledger.kinds import DIRECTNESS
from replenish.ledger.store import Ledger
from replenish.ledger.values import last_day

_COLUMNS = (
    "id", "kind", "holder", "item", "unit", "valid_from", "valid_to", "valid_precision", "known_from", "grade",
    "directness",
)  # fmt: skip
_Brief = Any
_DIRECTNESS = {name: place for place, name in enumerate(DIRECTNESS)}
NO_DAY = "0001-01-01"


class Current(NamedTuple):
    """The statement that the rule picks of a series, and how many others compete with it."""

    series: Series
    picked: Known
    others: int


def current_all(
    ledger: Ledger, which: Which = ALL, as_of: AsOf = NOW, *, valid: dt.date | None = None
) -> list[Current]:
    """Return the statement that the rule of `current` picks of each series that has a figure, by series."""
    with reading(ledger.engine) as connection:
        competing = _competing(connection, which, as_of, valid)
        picked = read_statements(connection, (ids[0] for ids in competing.values()), as_of)
    return [Current(series, picked[ids[0]], len(ids) - 1) for series, ids in sorted(competing.items())]


def competing_all(
    ledger: Ledger, which: Which = ALL, as_of: AsOf = NOW, *, valid: dt.date | None = None
) -> dict[Series, list[Known]]:
    """Return the statements that compete for each series that has several, the picked one first."""
    with reading(ledger.engine) as connection:
        found = {series: ids for series, ids in _competing(connection, which, as_of, valid).items() if len(ids) > 1}
        known = read_statements(connection, (name for ids in found.values() for name in ids), as_of)
    return {series: [known[name] for name in ids] for series, ids in sorted(found.items())}


def read_statements(connection: Connection, ids: Iterable[str], as_of: AsOf) -> dict[str, Known]:
    """Return statements by their ids."""
    found, table = dict[str, Known](), tables.statements
    for some in batches(sorted(ids)):
        for row in connection.execute(select(table).where(table.c.id.in_(some))).mappings():
            found[row["id"]] = to_known(row, as_of)
    return found


def _competing(connection: Connection, which: Which, as_of: AsOf, valid: dt.date | None) -> dict[Series, list[str]]:
    """Return the ids of the statements that compete for each series, best first."""
    last = last_entry(connection, as_of.recorded_by)
    gone = all_superseded(connection, as_of, last)
    latest = valid.isoformat() if valid else "9999-12-31"
    spans = _Spans()
    return {
        Series(*cast(Any, key)): found
        for key, rows in _by_series(connection, which, as_of, last).items()
        if (found := _ranked([row for row in rows if row[0] not in gone], spans, latest))
    }


def _by_series(connection: Connection, which: Which, as_of: AsOf, last: int) -> dict[tuple[str, ...], list[_Brief]]:
    table = tables.statements
    has_figure = or_(*(table.c[name].is_not(None) for name in ("low", "best", "high")))
    asked = select(*(table.c[name] for name in _COLUMNS)).where(table.c.grade != "D", has_figure, *which.conditions())
    is_open = as_of.known_at is None or as_of.admit_undated_days is None
    grouped = defaultdict[tuple[str, ...], list[_Brief]](list)
    for row in connection.execute(published(asked, as_of, last)):
        if is_open or row[8] is not None or is_known(row._mapping, as_of):
            grouped[row[1:5]].append(row)
    return grouped


def _ranked(rows: Sequence[_Brief], spans: _Spans, latest: str) -> list[str]:
    """Return the ids of the statements that compete, best first."""
    dated = [(span, row) for row in rows if (span := spans[row[5:8]])[0] <= latest]
    if not dated:
        return []
    (first, last), _ = max(dated, key=lambda one: (one[0][1], one[0][0], one[1][0]))
    competing = [row for (start, end), row in dated if start <= last and end >= first]
    competing.sort(key=_by_id)
    competing.sort(key=_by_publication, reverse=True)
    competing.sort(key=_by_grade)
    return [row[0] for row in competing]


def _by_id(row: _Brief) -> str:
    return cast(str, row[0])


def _by_publication(row: _Brief) -> str:
    return row[8] or ""


def _by_grade(row: _Brief) -> tuple[str, int]:
    return row[9], _DIRECTNESS[row[10]]


class _Spans(dict[tuple[Any, ...], tuple[str, str]]):
    """First and last day in ISO form that valid dates with their precision may mean."""

    def __missing__(self, key: tuple[Any, ...]) -> tuple[str, str]:
        start, end, precision = key
        if start is None and end is None:
            found = NO_DAY, NO_DAY
        else:
            first = first_of_days(dt.date.fromisoformat(start or end), precision)
            found = first.isoformat(), last_day(dt.date.fromisoformat(end or start), precision).isoformat()
        self[key] = found
        return found
