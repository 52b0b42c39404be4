"""Rows of the ledger before and after they are recorded."""

from __future__ import annotations

import calendar
import datetime as dt
import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from types import NoneType
from typing import Any, ClassVar, TypeVar

from replenish.ledger.canonical import to_bodies, to_digest, to_id
from replenish.ledger.kinds import DIRECTNESS, GRADES, KINDS, PRECISIONS, Directness, Grade, Kind, Precision

DAYS = frozenset(("published", "accessed", "valid_from", "valid_to", "known_from"))
"""Columns that hold a day."""

NUMBERS = frozenset(("low", "best", "high"))
"""Columns that hold a figure."""

WORDS: dict[str, tuple[str, ...]] = {
    "kind": KINDS, "grade": GRADES, "directness": DIRECTNESS, "valid_precision": PRECISIONS,
    "published_precision": PRECISIONS,
}  # fmt: skip
"""Columns that hold one of a few words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What every row has.

    id: names it in this ledger; it is made from the content where none is given.
    supersedes: id of the row that it corrects; empty: none.
    reason: why it corrects it.
    """

    table: ClassVar[str]

    id: str = ""
    supersedes: str = ""
    reason: str = ""

    def content(self) -> dict[str, Any]:
        """Return all columns but those that recording adds, as the database holds them: days as text."""
        return {name: _plain(name, getattr(self, name)) for name in column_names(type(self))}

    def body(self) -> str:
        """Return the content in the form in which it is hashed (see `replenish.ledger.canonical`)."""
        return to_bodies({name: [value] for name, value in self.content().items()})[0]

    def named(self) -> str:
        """Return the id, or one that is made from the content."""
        return self.id or to_id(self.table, self.body())

    def digest(self) -> str:
        """Return the hash of the content with its id; any change of a recorded row changes it."""
        return to_digest(self.named(), self.body())


R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document(Record):
    """Something that was published.

    content_hash: SHA-256 of the file; empty where only its address is known.
    published: day on which it appeared; None where it does not say.  published_precision: how exactly that is known.
    is_published_inferred: the day was worked out from the text, not stated.
    derived_from: id of the document that it repeats or edits; empty: it is a source of its own.
    text: its words, from which passages are taken; empty where they are not kept.
    """

    table: ClassVar[str] = "documents"

    content_hash: str = ""
    title: str
    publisher: str = ""
    address: str = ""
    published: dt.date | None = None
    published_precision: Precision = "day"
    is_published_inferred: bool = False
    accessed: dt.date | None = None
    language: str = ""
    derived_from: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage(Record):
    """Exact words of a document, with the words around them by which they are found again after small edits."""

    table: ClassVar[str] = "passages"

    document: str
    words: str
    before: str = ""
    after: str = ""
    offset: int | None = None
    speaker: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement(Record):
    """One figure, or one fact without a figure.

    low, best, high: as said; None where it was not said.  is_middle: best is the middle of a range that was said.
    valid_from, valid_to: days that the figure is for; both the same for a moment.
    published, published_precision, is_published_inferred: as of the document; None: not known when it was said.
    is_cumulative: a sum since some start, which never falls.
    starts_at, ends_at: of a lead time, the two events between which it runs.
    """

    table: ClassVar[str] = "statements"

    kind: Kind
    holder: str
    item: str
    low: float | None = None
    best: float | None = None
    high: float | None = None
    unit: str = ""
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None
    valid_precision: Precision = "day"
    published: dt.date | None = None
    published_precision: Precision = "day"
    is_published_inferred: bool = False
    speaker: str = ""
    grade: Grade = "C"
    directness: Directness = "reported"
    is_middle: bool = False
    is_cumulative: bool = False
    starts_at: str = ""
    ends_at: str = ""
    document: str = ""
    passage: str = ""
    note: str = ""

    def content(self) -> dict[str, Any]:
        """Return all columns but those that recording adds, as the database holds them: days as text."""
        stored = self.published and last_day(self.published, self.published_precision)
        return Record.content(self) | {"known_from": _plain("known_from", stored)}

    @property
    def known_from(self) -> dt.date | None:
        """Return the first day on which it was known for sure: the last one that its date of publication may mean.

        None where that is open: no date, or one of unknown precision, of which the column of this name holds the date.
        """
        if self.published is None or self.published_precision == "unknown":
            return None
        return last_day(self.published, self.published_precision)


def last_day(day: dt.date, precision: Precision) -> dt.date:
    """Return the last day that a date of some precision may mean.

    >>> last_day(dt.date(2024, 2, 1), "month"), last_day(dt.date(2024, 2, 1), "quarter")
    (datetime.date(2024, 2, 29), datetime.date(2024, 3, 31))
    """
    month = {"month": day.month, "quarter": 3 * ((day.month + 2) // 3), "year": 12}.get(precision)
    return day if month is None else dt.date(day.year, month, calendar.monthrange(day.year, month)[1])


def column_names(kind: type[Record]) -> tuple[str, ...]:
    """Return the columns of a kind of row that are its content."""
    if kind not in _COLUMNS:
        _COLUMNS[kind] = tuple(field.name for field in fields(kind))
    return _COLUMNS[kind]


_COLUMNS: dict[type[Record], tuple[str, ...]] = {}


def to_number(value: Any) -> float | None:
    """Return a number as databases give it back: a float, and no negative zero; None for None."""
    return None if value is None else float(value) + 0.0


def to_record(kind: type[Record], row: Mapping[str, Any]) -> Record:
    """Return a row of the database as it was before it was recorded.

    Raises:
        ValueError: it holds what no ledger records.
    """
    return from_database(kind, [[row[name] for name in column_names(kind)]])[0]


def to_records(kind: type[R], columns: Mapping[str, Sequence[Any]]) -> list[R]:
    """Return rows from all columns of their content.

    They are filled column by column: to call the class for each takes more than twice as long.
    """
    made = [object.__new__(kind) for _ in columns["id"]]
    for name in column_names(kind):
        deque(map(getattr(kind, name).__set__, made, columns[name]), maxlen=0)
    return made


def to_names(records: Sequence[Record]) -> list[str]:
    """Return what `Record.named` returns of each of some rows of one kind, which all at once takes a fraction of it."""
    if all(one.id for one in records):
        return [one.id for one in records]
    contents = [one.content() for one in records]
    bodies = to_bodies({name: [content[name] for content in contents] for name in contents[0]})
    return [one.id or to_id(one.table, body) for one, body in zip(records, bodies, strict=True)]


def from_database(kind: type[R], rows: Sequence[Sequence[Any]]) -> list[R]:
    """Return rows of the database, columns in the order of `column_names`, as they were before they were recorded.

    Raises:
        ValueError: they hold what no ledger records.
    """
    if not rows:
        return []
    columns: dict[str, Sequence[Any]] = dict(zip(column_names(kind), zip(*rows, strict=True), strict=True))
    for name, values in columns.items():
        if not _is_recorded(name, values):
            raise ValueError(f"{kind.table}, {name}")
    for name in DAYS & columns.keys():
        days = {text: text and dt.date.fromisoformat(text) for text in set(columns[name])}
        columns[name] = [days[text] for text in columns[name]]
    return to_records(kind, columns)


def _is_recorded(name: str, values: Sequence[Any]) -> bool:
    """Return whether values of a column are such as are recorded, but for days that are none."""
    kinds = set(map(type, values))
    if name in WORDS:
        return kinds == {str} and set(values) <= set(WORDS[name])
    if name in NUMBERS:
        return kinds <= {float, int, NoneType} and all(map(math.isfinite, filter(None, values)))
    if name in DAYS:
        return kinds <= {str, NoneType}
    if name == "offset":
        return kinds <= {int, NoneType}
    return kinds == {bool} if name.startswith("is_") else kinds == {str}


def _plain(name: str, value: Any) -> Any:
    if name in NUMBERS:
        return to_number(value)
    return dt.date.isoformat(value) if isinstance(value, dt.date) else value
