"""Records as columns that go into a table, checked, with their ids and digests."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter
from typing import Any

from sqlalchemy import Boolean, Column, Float, Integer, String, Table

from replenish.errors import UsageError
from replenish.ledger import tables
from replenish.ledger.canonical import to_bodies, to_digest, to_id
from replenish.ledger.values import DAYS, WORDS, Record, Statement, column_names, last_day, to_number

MOST_CHARACTERS = 20_000_000
"""Characters that a text without a smaller limit may have."""

NAMES = frozenset(("id", "supersedes", "holder", "item", "unit", "document", "passage", "derived_from"))
"""Columns that hold a name; without control signs, by one of which names are joined where many are asked for."""

Columns = dict[str, list[Any]]


@dataclass(frozen=True, slots=True)
class Packed:
    """Rows of one table, column by column, ready to be recorded."""

    table: Table
    columns: Columns

    @property
    def ids(self) -> list[str]:
        """Return the ids of the rows."""
        return self.columns["id"]

    @property
    def digests(self) -> dict[str, str]:
        """Return the digest of each row by its id."""
        return dict(zip(self.ids, self.columns["digest"], strict=True))

    @property
    def corrections(self) -> dict[str, str]:
        """Return the id that each correcting row supersedes, by its own id."""
        return {own: other for own, other in zip(self.ids, self.columns["supersedes"], strict=True) if other}

    def rows(self, entry: int, flag: type[int] = bool) -> Iterator[tuple[Any, ...]]:
        """Return the rows of an entry in the order of the table's columns, true and false as a type of number."""
        columns = self.columns | {"entry": [entry] * len(self.ids)}
        columns |= {name: list(map(flag, values)) for name, values in columns.items() if name.startswith("is_")}
        return zip(*(columns[column.name] for column in self.table.columns), strict=True)


def pack(table: Table, records: Iterable[Record]) -> Packed:
    """Return records of one table as its columns.

    Raises:
        UsageError: a value is none that the table can hold, or an id stands twice.
    """
    own = list(records)
    columns: Columns = {}
    if own:
        names = column_names(type(own[0]))
        columns = dict(zip(names, map(list, zip(*map(attrgetter(*names), own), strict=True)), strict=True))
        _convert(columns, is_statement=isinstance(own[0], Statement))
        _check(table, columns)
    else:
        columns = {column.name: [] for column in table.columns}
    return _named(table, columns)


def _convert(columns: Columns, *, is_statement: bool) -> None:
    if is_statement:
        pairs = zip(columns["published"], columns["published_precision"], strict=True)
        columns["known_from"] = [day and _known_from(day, precision) for day, precision in pairs]
    for name in columns:
        if name in DAYS:
            columns[name] = [value and _to_text(value) for value in columns[name]]
        elif name in ("low", "best", "high"):
            columns[name] = list(map(to_number, columns[name]))


_known_from = lru_cache(maxsize=50_000)(last_day)


@lru_cache(maxsize=50_000)
def _to_text(day: dt.date) -> str:
    return dt.date.isoformat(day)


def _named(table: Table, columns: Columns) -> Packed:
    if not columns["id"]:
        return Packed(table, columns)
    bodies = to_bodies(columns)
    columns["id"] = [own or to_id(table.name, body) for own, body in zip(columns["id"], bodies, strict=True)]
    if len(set(columns["id"])) < len(bodies):
        twice = next(own for own, times in Counter(columns["id"]).items() if times > 1)
        raise UsageError(f"{table.name}: `{twice}` stands twice among the rows to record")
    columns["digest"] = list(map(to_digest, columns["id"], bodies))
    return Packed(table, columns)


def check_words(**words: str) -> None:
    """Raise UsageError for words on an entry that one database would change or refuse."""
    for name, word in words.items():
        if not _is_text(word, MOST_CHARACTERS):
            raise UsageError(f"{name}: {word[:60]!r} is not {_TEXT.format(MOST_CHARACTERS, 'NUL')}")


def _check(table: Table, columns: Columns) -> None:
    """Raise UsageError for values that one database would change or refuse: all databases then hold the same."""
    for name, values in columns.items():
        allowed, rule = _rule(table.c[name])
        if not all(map(allowed, values if name.startswith("is_") else set(values))):  # in a set, 1 and true are one
            number = next(n for n, value in enumerate(values) if not allowed(value))
            own = columns["id"][number] or f"row {number + 1}"
            raise UsageError(f"{table.name} {own}, {name}: {str(values[number])[:60]!r} is not {rule}")


def _rule(column: Column[Any]) -> tuple[Callable[[Any], bool], str]:
    kind = column.type
    if column.name in WORDS:
        words = WORDS[column.name]
        return lambda value: value in words, f"one of {', '.join(words)}"
    if isinstance(kind, Boolean):
        return lambda value: value is True or value is False, "true or false"
    if isinstance(kind, Float):
        return lambda value: value is None or math.isfinite(value), "a finite number or empty"
    if isinstance(kind, Integer):
        return lambda value: value is None or (type(value) is int and 0 <= value < 2**31), "a whole number or empty"
    if column.name in DAYS:
        return lambda value: value is None or isinstance(value, str), "a day or empty"
    most = (kind.length if isinstance(kind, String) else None) or MOST_CHARACTERS
    refused, signs = (_CONTROL, "control signs (NUL and others)") if column.name in NAMES else (_NUL, "NUL")
    return lambda value: _is_text(value, most) and not refused.search(value), _TEXT.format(most, signs)


_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_NUL = re.compile("\0")
_TEXT = "text of at most {:,} characters without {} or half a character"


def _is_text(value: Any, most: int) -> bool:
    if not isinstance(value, str) or len(value) > most or "\0" in value:
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def pack_all(rows: Iterable[Record]) -> dict[str, Packed]:
    """Return records by the table into which they go, in the order in which an entry hashes tables.

    Raises:
        UsageError: there is nothing to record, or a value is none that its table can hold.
    """
    own: Mapping[str, list[Record]] = {name: [] for name in tables.RECORDED}
    for row in rows:
        own[row.table].append(row)
    if not any(own.values()):
        raise UsageError("there is nothing to record")
    return {name: pack(tables.RECORDED[name], records) for name, records in own.items()}
