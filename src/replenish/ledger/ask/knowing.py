"""Which statements are known at a date, as far as they were recorded at another.

A statement is known on day K, as recorded by R, if the last day that its date of publication may mean is K or before,
its entry was recorded by R, and no correction of it meets the same two conditions.  One without date of publication,
or with one of unknown precision, is
known only where no day K is named, or where `admit_undated_days` takes it as known so many days after the last day
that it is for.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, exists, func, or_, select

from replenish.errors import UsageError
from replenish.ledger import tables
from replenish.ledger.database import reading
from replenish.ledger.kinds import KINDS, Kind, to_kind
from replenish.ledger.lookup import batches
from replenish.ledger.store import Ledger
from replenish.ledger.values import Statement, column_names, from_database, last_day, to_record


@dataclass(frozen=True, slots=True, kw_only=True)
class AsOf:
    """As of when a ledger is asked.

    known_at: day by which it must have been published for sure; None: no matter when, undated ones too.
    recorded_by: moment, or end of a day in UTC, by which it must have been recorded; None: now.
    admit_undated_days: an undated statement is taken as known so many days after the last day that it is for; None:
        never.

    Raises:
        TypeError: a day or a moment is given as something else, such as text.
    """

    known_at: dt.date | None = None
    recorded_by: dt.date | None = None
    admit_undated_days: int | None = None

    def __post_init__(self) -> None:
        """Refuse what is no day."""
        if isinstance(self.known_at, dt.datetime) or not isinstance(self.known_at, dt.date | None):
            raise TypeError(f"known_at: {self.known_at!r} is no day; give one such as datetime.date(2023, 12, 31)")
        if not isinstance(self.recorded_by, dt.date | None):
            raise TypeError(
                f"recorded_by: {self.recorded_by!r} is no day or moment; give one such as datetime.date(2023, 12, 31)"
            )

    def __str__(self) -> str:
        """Return it in words."""
        known = f"known at {self.known_at}" if self.known_at else "known at any time"
        recorded = f", recorded by {self.recorded_by}" if self.recorded_by else ""
        admitted = ""
        if self.known_at and self.admit_undated_days is not None:
            admitted = f", undated ones admitted after {self.admit_undated_days} days"
        return known + recorded + admitted


NOW = AsOf()


@dataclass(frozen=True, slots=True, kw_only=True)
class Which:
    """Which statements are asked for; what is empty does not matter.

    kind: words of other lists are taken as well and kept as the kind that they stand for.

    >>> Which(kind="stock").kind
    'count'

    Raises:
        UsageError: there is no such kind.
    """

    item: str = ""
    holder: str = ""
    kind: Kind | None = None
    unit: str = ""

    def __post_init__(self) -> None:
        """Put the kind for the word that was given; refuse what is none."""
        if not self.kind:
            return
        kind = to_kind(self.kind)
        if kind is None:
            raise UsageError(f"kind: there is no kind `{self.kind}`; the kinds are {', '.join(KINDS)}")
        object.__setattr__(self, "kind", kind)

    def conditions(self) -> list[Any]:
        """Return what they must fulfil in the database."""
        asked = {"item": self.item, "holder": self.holder, "kind": self.kind, "unit": self.unit}
        return [tables.statements.c[name] == value for name, value in asked.items() if value]


ALL = Which()


def check_asked(which: Which, as_of: AsOf) -> None:
    """Refuse what was given in another place than its own.

    Raises:
        TypeError: `which` is no `Which` or `as_of` no `AsOf`.
    """
    if not isinstance(which, Which):
        raise TypeError(f"which: give a ledger.Which, such as Which(item='shell'), not {which!r}")
    if not isinstance(as_of, AsOf):
        raise TypeError(f"as_of: give a ledger.AsOf, such as AsOf(known_at=datetime.date(2023, 12, 31)), not {as_of!r}")


class Known(NamedTuple):
    """A statement that is known.

    entry: number of the entry that recorded it.  is_admitted: it has no date of publication and a rule let it in.
    """

    statement: Statement
    entry: int
    is_admitted: bool


def find_known(ledger: Ledger, which: Which = ALL, as_of: AsOf = NOW) -> list[Known]:
    """Return the statements that are known, by item, holder, kind, unit, valid date and id."""
    with reading(ledger.engine) as connection:
        return read_known(connection, which, as_of)


def read_known(connection: Connection, which: Which = ALL, as_of: AsOf = NOW) -> list[Known]:
    """Return what `find_known` returns, by a connection that is open."""
    check_asked(which, as_of)
    last = last_entry(connection, as_of.recorded_by)
    asked = published(select(tables.statements).where(*which.conditions()), as_of, last)
    rows = [row for row in connection.execute(asked).mappings() if is_known(row, as_of)]
    gone = superseded(connection, (row["id"] for row in rows), as_of, last)
    kept = [row for row in rows if row["id"] not in gone]
    made = from_database(Statement, [[row[name] for name in column_names(Statement)] for row in kept])
    known = (to_known(one, row["entry"], as_of) for one, row in zip(made, kept, strict=True))
    return sorted(known, key=lambda one: order(one.statement))


def order(one: Statement) -> tuple[str, ...]:
    """Return by what statements are sorted."""
    days = (one.valid_from or dt.date.min).isoformat(), (one.valid_to or dt.date.max).isoformat()
    return one.item, one.holder, one.kind, one.unit, *days, one.id


def last_entry(connection: Connection, recorded_by: dt.date | None = None) -> int:
    """Return the number of the last entry recorded by a moment or the end of a day; 0 for none.

    Since entries are never older than those before them, a row was recorded by then if its `entry` is not higher.

    Args:
        connection: from `reading` or `writing`.
        recorded_by: end of that day in UTC, or with a time the exact moment, of UTC if it has no zone; None: now.
    """
    moment = tables.entries.c.recorded_at
    query = select(func.max(tables.entries.c.number))
    if isinstance(recorded_by, dt.datetime):
        aware = recorded_by if recorded_by.tzinfo else recorded_by.replace(tzinfo=dt.UTC)
        query = query.where(moment <= aware.astimezone(dt.UTC).isoformat(timespec="microseconds"))
    elif recorded_by is not None:
        query = query.where(func.substr(moment, 1, 10) <= recorded_by.isoformat())
    return connection.scalar(query) or 0


def published(asked: Select[Any], as_of: AsOf, last: int) -> Select[Any]:
    """Return a question for statements with what they must fulfil to be known, but for corrections of them.

    Of undated ones it lets through a few too many, which `is_known` leaves out.
    """
    table = tables.statements
    asked = asked.where(table.c.entry <= last)
    if as_of.known_at is None:
        return asked
    is_dated = ~is_undated() & (table.c.known_from <= as_of.known_at.isoformat())
    if as_of.admit_undated_days is None:
        return asked.where(is_dated)
    try:
        latest = as_of.known_at - dt.timedelta(days=as_of.admit_undated_days)
    except OverflowError:
        return asked.where(is_dated)
    said_for = func.coalesce(table.c.valid_to, table.c.valid_from)
    return asked.where(or_(is_dated, and_(is_undated(), said_for <= latest.isoformat())))


def is_undated() -> ColumnElement[bool]:
    """Return the condition that it is open by when a statement was published."""
    table = tables.statements
    return or_(table.c.known_from.is_(None), table.c.published_precision == "unknown")


def is_known(row: Mapping[Any, Any], as_of: AsOf) -> bool:
    """Return whether a row that `published` let through is known."""
    is_dated = row["known_from"] is not None and row["published_precision"] != "unknown"
    if as_of.known_at is None or is_dated:
        return True
    valid = row["valid_to"] or row["valid_from"]
    if valid is None or as_of.admit_undated_days is None:
        return False
    end = last_day(dt.date.fromisoformat(valid), row["valid_precision"])
    return (as_of.known_at - end).days >= as_of.admit_undated_days


def superseded(connection: Connection, ids: Iterable[str], as_of: AsOf, last: int) -> set[str]:
    """Return those of the ids that a known row corrects."""
    found = set[str]()
    for some in batches(sorted(ids)):
        asked = published(select(*_BRIEF).where(tables.statements.c.supersedes.in_(some)), as_of, last)
        found |= {row["supersedes"] for row in connection.execute(asked).mappings() if is_known(row, as_of)}
    return found


def uncorrected(table: Table) -> ColumnElement[bool]:
    """Return the condition that, as recorded by now, no row corrects a row of a table."""
    later = table.alias()
    return ~exists().where(later.c.supersedes == table.c.id, later.c.supersedes != "")


def correcting(connection: Connection, ids: Iterable[str], as_of: AsOf) -> dict[str, Statement]:
    """Return by the id of a statement the known row that corrects it, even if that one is corrected in turn."""
    last, table = last_entry(connection, as_of.recorded_by), tables.statements
    found = dict[str, Statement]()
    for some in batches(sorted(ids)):
        asked = published(select(table).where(table.c.supersedes.in_(some)), as_of, last)
        for row in connection.execute(asked.order_by(table.c.entry, table.c.id)).mappings():
            if is_known(row, as_of):
                found.setdefault(row["supersedes"], cast(Statement, to_record(Statement, dict(row))))
    return found


def all_superseded(connection: Connection, as_of: AsOf, last: int) -> set[str]:
    """Return the ids of all statements that a known row corrects."""
    asked = published(select(*_BRIEF).where(tables.statements.c.supersedes > ""), as_of, last)
    return {row["supersedes"] for row in connection.execute(asked).mappings() if is_known(row, as_of)}


_BRIEF = tuple(
    tables.statements.c[name]
    for name in ("supersedes", "known_from", "published_precision", "valid_from", "valid_to", "valid_precision")
)


def to_known(one: Statement, entry: int, as_of: AsOf) -> Known:
    """Return a statement that an entry recorded as a known one."""
    return Known(one, entry, as_of.known_at is not None and one.known_from is None)


def figures(known: Iterable[Known]) -> Iterator[Known]:
    """Iterate over those that say a figure and are not graded as wrong."""
    return (one for one in known if one.statement.grade != "D" and has_figure(one.statement))


def has_figure(one: Statement) -> bool:
    """Return whether a statement says a figure."""
    return not (one.low is None and one.best is None and one.high is None)
