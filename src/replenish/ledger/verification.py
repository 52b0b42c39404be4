"""Whether a ledger still holds what was recorded: rows against digests, entries against their chain, guards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, select, text
from sqlalchemy.exc import DBAPIError

from replenish.ledger import tables
from replenish.ledger.canonical import to_bodies, to_digest
from replenish.ledger.chain import START, Entry, to_content, to_hash

BATCH = 5_000
"""Rows that are read at a time."""

ALL_GUARDS = {"sqlite": 3 * len(tables.metadata.tables), "postgresql": 2 * len(tables.metadata.tables)}

GUARDS = {
    "sqlite": "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%RAISE(%, %only grows%'",
    "postgresql": "SELECT count(*) FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid"
    " JOIN pg_proc ON pg_proc.oid = tgfoid WHERE proname = 'refuse_change' AND tgenabled IN ('O', 'A')"
    " AND prosrc LIKE '%RAISE EXCEPTION %only grows%' AND pg_table_is_visible(pg_class.oid)",
}
"""What counts the triggers by which changes are refused."""

Found = dict[int, dict[str, dict[str, str]]]


class Fault(NamedTuple):
    """Something in a ledger that is not as it was recorded.

    entry: its number; 0 where it is none of one entry.
    """

    entry: int
    where: str
    what: str


def find_faults(connection: Connection) -> list[Fault]:
    """Return what is not as it was recorded; empty where the chain holds and every row has its digest."""
    digests: Found = {}
    checks = [
        _damage(connection),
        *(_row_faults(connection, table, digests) for table in tables.RECORDED.values()),
        _chain_faults(connection, digests),
    ]
    return [fault for check in checks for fault in _as_far_as_possible(check)]


def _as_far_as_possible(check: Iterator[Fault]) -> Iterator[Fault]:
    try:
        yield from check
    except DBAPIError as error:
        yield Fault(0, "database", f"cannot be read ({str(error.orig).strip()})")
    except (TypeError, ValueError) as error:
        yield Fault(0, "database", f"holds a value of a kind that no ledger records ({error})")


def _damage(connection: Connection) -> Iterator[Fault]:
    if connection.dialect.name == "sqlite":
        for (word,) in connection.execute(text("PRAGMA integrity_check(20)")):
            if word != "ok":
                yield Fault(0, "database", f"is damaged ({word})")
    if connection.execute(text(GUARDS[connection.dialect.name])).scalar_one() < ALL_GUARDS[connection.dialect.name]:
        yield Fault(0, "database", "does not refuse changes: triggers of the ledger are gone or switched off")


def _row_faults(connection: Connection, table: Table, digests: Found) -> Iterator[Fault]:
    names = [column.name for column in table.columns]
    found = connection.execute(select(table), execution_options={"yield_per": BATCH})
    for batch in found.partitions():
        columns = dict(zip(names, map(list, zip(*batch, strict=True)), strict=True))
        entries, ids, kept = columns["entry"], columns["id"], columns["digest"]
        for number, id_, own, body in zip(entries, ids, kept, _bodies(columns), strict=True):
            digests.setdefault(number, {}).setdefault(table.name, {})[id_] = own
            if body is None or own != to_digest(id_, body):
                yield Fault(number, f"{table.name} {id_}", "differs from what was recorded")


def _bodies(columns: dict[str, list[Any]]) -> Sequence[str | None]:
    """Return bodies of rows; None for one that holds what no recorded row can hold."""
    try:
        return to_bodies(columns)
    except (TypeError, ValueError):
        if len(columns["id"]) == 1:
            return [None]
        half = len(columns["id"]) // 2
        parts = ({name: part(values) for name, values in columns.items()} for part in (_to(half), _from(half)))
        return [body for part in parts for body in _bodies(part)]


def _to(number: int) -> Any:
    return lambda values: values[:number]


def _from(number: int) -> Any:
    return lambda values: values[number:]


def _chain_faults(connection: Connection, digests: Found) -> Iterator[Fault]:
    previous, expected, moment = START, 1, ""
    for one in connection.execute(select(tables.entries).order_by(tables.entries.c.number)):
        entry = Entry(*one)
        if entry.number != expected:
            yield Fault(entry.number, "entries", f"follows {expected - 1}: an entry between them is gone")
        if entry.previous != previous or entry.hash != to_hash(entry) or entry.recorded_at < moment:
            yield Fault(entry.number, "entries", "breaks the chain of hashes")
        if entry.content != to_content(digests.pop(entry.number, {})):
            yield Fault(entry.number, "rows", "are not those that were recorded: some are gone, new or changed")
        previous, expected, moment = entry.hash, entry.number + 1, entry.recorded_at
    for number in sorted(digests):
        yield Fault(number, "rows", "belong to an entry that is gone")
