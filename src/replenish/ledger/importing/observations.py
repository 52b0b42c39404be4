"""Rows of a list of observations with its tags in notes, turned into statements, and back without loss.

A note begins with tags in brackets: `[prec=month; tier=B; as_of inferred]`.  The columns and what becomes of them:

| column | becomes |
| --- | --- |
| `id`, `item`, `unit` | the same |
| `holder_or_producer` | `holder` |
| `kind` | `kind`; `stock` is count, `consumption_rate` use, `guideline` requirement |
| `date` | `valid_to`, and `valid_from` unless the unit names the months or the year that it sums over |
| `as_of` | `published`; with the tag `as_of inferred` it is marked as inferred |
| `value`, `low`, `high` | `best`, `low`, `high`; where one end alone is there and is the value, only that end |
| `source_title`, `source_address` | `title`, `address` of the document |
| `note` | `note`, in full |

| in the note | becomes |
| --- | --- |
| `prec=` | `valid_precision` |
| `tier=` | `grade`; a row that is called a misreading is graded D |
| `DERIVED` | `directness` derived; else a source of tier A is direct, all others reported |
| both ends of a range, and the value halfway between them | `is_middle` |
| `NO DUE DATE` | no `valid_to`: the date is that of the announcement |
| a pledge with a date before its publication | `valid_from`; `valid_to` is the end of the time granted, or empty |
| two events of a lead time, such as `ground-breaking DATE to opening DATE` | `starts_at`, `ends_at` |

A unit that says cumulative becomes `is_cumulative`.  `CONFLICTS`, `[corrected: ...]` and `[checked ...]` stay in the
note: conflicts are found anew from the figures.
"""

from __future__ import annotations

import calendar
import csv
import datetime as dt
import io
import re
from collections.abc import Iterable, Iterator
from typing import cast

from replenish.errors import UsageError
from replenish.ledger.importing.rows import StatementRow
from replenish.ledger.kinds import Directness, Grade, Kind, Precision, to_kind
from replenish.ledger.values import Document, Statement
from replenish.scenario.written import number_text

COLUMNS = (
    "id", "date", "as_of", "item", "holder_or_producer", "kind", "value", "unit", "low", "high", "source_title",
    "source_address", "note",
)  # fmt: skip

OWN_WORDS = {"count": "stock", "use": "consumption_rate", "requirement": "guideline"}
"""Words of such lists for kinds, where they differ."""

_TAGS = re.compile(r"\[prec=(?P<precision>day|month|quarter|year|unknown); tier=(?P<grade>[ABC])(?P<rest>[^\]]*)\]")
_MONTHS = {name: number for number, name in enumerate(
    ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"), 1
)}  # fmt: skip
_FIRST_MONTH = re.compile(rf"\b({'|'.join(_MONTHS)})(?: (\d{{4}}))?-(?:{'|'.join(_MONTHS)}) (\d{{4}})\b")
_SUMMED_YEAR = re.compile(r"\b(?:allocated in the year|in (\d{4})(?: to date)?)\b")
_GRANTED_MONTHS, _GRANTED_YEAR = re.compile(r"\bwithin (\d+) months\b"), re.compile(r"\bpledges for (\d{4})\b")
_EVENTS = tuple((re.compile(words), start, end) for words, start, end in (
    (r"task order .* to contract completion date", "task order", "contract completion date"),
    (r"ground-breaking .* to opening", "ground-breaking", "opening"),
    (r"ground-breaking .* to line qualification", "ground-breaking", "line qualification"),
    (r"announced .*, start-up planned", "announcement", "planned start-up"),
    (r"announced .*, first batch arrived", "announcement", "arrival of the first batch"),
    (r"contract .*, first deliveries", "contract award", "first delivery"),
    (r"deliveries begin .* after contract award", "contract award", "first delivery"),
    (r"(contract|award) .*, completion", "contract award", "completion"),
    (r"contract .*, work through", "contract award", "end of work"),
    (r"build within .* of contract", "contract award", "plant built"),
    (r"orders placed today delivered", "order placed", "delivery"),
))  # fmt: skip
"""Words of notes that name the two events between which a lead time runs."""


def read_observations(text: str) -> list[StatementRow]:
    """Return the rows of a list of observations as rows of a table of statements.

    Raises:
        UsageError: a column is missing, or a note does not begin with its tags.
    """
    table = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    if set(table.fieldnames or ()) != set(COLUMNS):
        raise UsageError(f"the columns are {', '.join(table.fieldnames or ())}, should be {', '.join(COLUMNS)}")
    return [to_row(row) for row in table]


def to_row(row: dict[str, str]) -> StatementRow:
    """Return one observation as a row of a table of statements.

    Raises:
        UsageError: the kind is unknown, or the note does not begin with its tags.
    """
    tags, kind = _TAGS.match(row["note"]), to_kind(row["kind"])
    if tags is None or kind is None:
        raise UsageError(f"{row['id']}: the note must begin with [prec=...; tier=...], and the kind be known")
    date, (low, best, high) = dt.date.fromisoformat(row["date"]), _figures(row)
    starts_at, ends_at = _events(row["note"][tags.end() :].strip()) if kind == "lead_time" else ("", "")
    return StatementRow(
        id=row["id"], kind=kind, holder=row["holder_or_producer"], item=row["item"], low=low, best=best, high=high,
        unit=row["unit"], valid_from=_first_day(row["unit"], date), valid_to=_last_day(row, kind, date),
        valid_precision=cast(Precision, tags["precision"]),
        published=dt.date.fromisoformat(row["as_of"]) if row["as_of"] else None,
        is_published_inferred=bool(row["as_of"]) and "as_of inferred" in tags["rest"], grade=_grade(row["note"], tags),
        directness=_directness(row["note"], tags), is_middle=None not in (low, best, high) and _is_middle(row),
        is_cumulative="cumulative" in row["unit"], starts_at=starts_at, ends_at=ends_at, title=row["source_title"],
        address=row["source_address"], note=row["note"],
    )  # fmt: skip


def _figures(row: dict[str, str]) -> tuple[float | None, float | None, float | None]:
    low, best, high = (float(row[name]) if row[name] else None for name in ("low", "value", "high"))
    is_open = (low is None) != (high is None)
    return (low, None, high) if is_open and best in (low, high) else (low, best, high)


def _is_middle(row: dict[str, str]) -> bool:
    return float(row["low"]) + float(row["high"]) == 2 * float(row["value"])


def _grade(note: str, tags: re.Match[str]) -> Grade:
    return "D" if "MISREADING" in note else cast(Grade, tags["grade"])


def _directness(note: str, tags: re.Match[str]) -> Directness:
    if "DERIVED" in note:
        return "derived"
    return "direct" if tags["grade"] == "A" else "reported"


def _first_day(unit: str, date: dt.date) -> dt.date:
    """Return the first day of the months or the year that a unit says it sums over; else the date itself.

    >>> _first_day("bn EUR allocated in Oct 2023-Mar 2024", dt.date(2024, 3, 31))
    datetime.date(2023, 10, 1)
    """
    if months := _FIRST_MONTH.search(unit):
        return dt.date(int(months[2] or months[3]), _MONTHS[months[1]], 1)
    if (year := _SUMMED_YEAR.search(unit)) and (year[1] is None or int(year[1]) == date.year):
        return date.replace(month=1, day=1)
    return date


def _last_day(row: dict[str, str], kind: Kind, date: dt.date) -> dt.date | None:
    """Return the last day that a row is for; None where it says when something was promised and not by when."""
    is_announced = kind == "pledge" and date.isoformat() <= row["as_of"]
    if kind == "capacity_target" and "NO DUE DATE" in row["note"]:
        return None
    if not is_announced or _first_day(row["unit"], date) != date:
        return date
    if months := _GRANTED_MONTHS.search(row["note"]):
        return _months_after(date, int(months[1]))
    year = _GRANTED_YEAR.search(row["unit"])
    return dt.date(int(year[1]), 12, 31) if year else None


def _months_after(date: dt.date, months: int) -> dt.date:
    year, month = divmod(12 * date.year + date.month - 1 + months, 12)
    return dt.date(year, month + 1, min(date.day, calendar.monthrange(year, month + 1)[1]))


def _events(note: str) -> tuple[str, str]:
    """Return the two events between which a lead time runs; both empty where the note does not name them."""
    return next(((start, end) for words, start, end in _EVENTS if words.search(note)), ("", ""))


def write_observations(statements: Iterable[Statement], documents: dict[str, Document]) -> Iterator[dict[str, str]]:
    """Iterate over statements as observations; what `to_row` made of one becomes the same again."""
    return (_observation(one, documents.get(one.document)) for one in statements)


def _observation(one: Statement, document: Document | None) -> dict[str, str]:
    value, date = one.best, one.valid_to or one.valid_from
    if date and one.valid_from and _first_day(one.unit, date) != one.valid_from:
        date = one.valid_from  # of a promise with a day by which it is due
    if value is None:
        value = one.low if one.high is None else one.high
    return {
        "id": one.id, "date": date.isoformat() if date else "",
        "as_of": one.published.isoformat() if one.published else "", "item": one.item,
        "holder_or_producer": one.holder, "kind": OWN_WORDS.get(one.kind, one.kind), "value": _number(value),
        "unit": one.unit, "low": _number(one.low), "high": _number(one.high),
        "source_title": document.title if document else "", "source_address": document.address if document else "",
        "note": one.note,
    }  # fmt: skip


def _number(value: float | None) -> str:
    return "" if value is None else number_text(value)
